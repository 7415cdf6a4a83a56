"""riskkit.bundle.rejections"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskkit.bundle import answer, explain_rejections, reason_frequencies, with_outcomes
from riskkit.decisions import decide
from riskkit.errors import DataError


@pytest.fixture(scope="module")
def counted():
    return []


@pytest.fixture(scope="module")
def rejections(tuned, history, counted):
    return explain_rejections(tuned.bundle, history.applications, on_explained=counted.append)


@pytest.fixture(scope="module")
def truth():
    folder = Path(__file__).parents[2] / "data" / "synthetic" / "sample"
    return pd.read_parquet(folder / "truth.parquet")


class TestExplainRejections:
    def test_holds_every_stopped_application(self, rejections, tuned, history, counted):
        applications = history.applications
        pds = tuned.bundle.scorer.predict_proba(applications.features)[:, 1]
        decisions = decide(tuned.bundle.policy, pds, applications.table)

        assert rejections["application_id"].tolist() == list(applications.ids[~decisions.approved])
        assert sum(counted) == len(applications)
        assert counted[1:] == [(decisions.stopped_by == "score").sum()]

    def test_gives_the_reasons_that_one_application_alone_gets(self, rejections, tuned, history):
        for row in rejections[rejections["stopped_by"] == "score"].head(5).itertuples():
            found = answer(tuned.bundle, history.applications, row.application_id)

            given = [getattr(row, f"reason_{place}") for place in range(1, 6)]
            added = [getattr(row, f"contribution_{place}") for place in range(1, 6)]
            assert [key for key in given if isinstance(key, str)] == [r.key for r in found.reasons]
            expected = [reason.contribution for reason in found.reasons]
            np.testing.assert_allclose([a for a in added if a == a], expected, atol=1e-9)  # noqa: PLR0124 - not NaN

    def test_gives_other_gates_no_reasons(self, rejections):
        others = rejections[rejections["stopped_by"] != "score"]

        assert len(others)
        assert others["reason_1"].isna().all()
        assert others["contribution_1"].isna().all()


class TestReasonFrequencies:
    def test_agrees_with_a_count_by_hand(self):
        nothing = {f"reason_{place}": [None] * 3 for place in (3, 4, 5)}
        rejections = pd.DataFrame({
            "channel": ["app", "web", "web"], "stopped_by": ["score", "score", "profile"],
            "pd": [0.2, 0.4, 0.1], "reason_1": ["a", "b", None], "reason_2": ["b", None, None],
            **nothing,
        })  # fmt: skip

        counts = reason_frequencies(rejections)
        within = reason_frequencies(rejections, "channel")

        assert counts.to_dict("list") == {
            "stopped_by": ["profile", "score", "score"],
            "reason": [None, "b", "a"],
            "n_rejections": [1, 2, 1],
            "n_first": [1, 1, 1],
            "estimated_goods": [pytest.approx(0.9), pytest.approx(0.8 + 0.6), pytest.approx(0.8)],
        }
        assert within["channel"].tolist() == ["web", "app", "app", "web"]

    def test_counts_each_rejection_by_score_first_once(self, rejections):
        counts = reason_frequencies(rejections)

        by_score = counts[counts["stopped_by"] == "score"]
        has_reason = (rejections["stopped_by"] == "score") & rejections["reason_1"].notna()
        assert by_score["n_first"].sum() == has_reason.sum()

    def test_counts_goods_by_truth_and_by_propensities(self):
        rejections = pd.DataFrame({
            "stopped_by": ["score"] * 4 + ["system"], "pd": [0.5] * 5,
            "reason_1": ["a"] * 4 + [None], **{f"reason_{p}": [None] * 5 for p in range(2, 6)},
            "true_good": [1, 0, 1, 1, 1], "past_good": [1, 0, np.nan, 1, np.nan],
            "past_weight": [1, 10, np.nan, 10, np.nan],
        })  # fmt: skip

        score, system = reason_frequencies(rejections).to_dict("records")

        assert (score["true_goods"], system["true_goods"]) == (3, 1)
        assert score["corrected_goods"] == pytest.approx(4 * (1 + 10) / (1 + 10 + 10))
        assert np.isnan(system["corrected_goods"])


class TestWithOutcomes:
    def test_joins_the_truth_by_id_and_weighs_outcomes_of_the_past(
        self, rejections, history, schema, truth
    ):
        found = with_outcomes(
            rejections, history.applications, schema, truth=truth.sample(frac=1, random_state=0)
        )

        by_id = truth.set_index("application_id")["truth_bad"]
        assert found["true_good"].tolist() == (1 - by_id.loc[found["application_id"]]).tolist()
        table = history.applications.table.set_index("application_id").loc[found["application_id"]]
        known = (table["bad"].notna() & (table["propensity"] > 0)).to_numpy()
        assert known.any()
        assert found["past_good"].notna().tolist() == known.tolist()
        np.testing.assert_allclose(found["past_weight"][known], 1 / table["propensity"][known])

    def test_adds_nothing_where_nothing_is_known(self, rejections, history, schema):
        applications = history.applications
        new = type(applications)(**{
            name: getattr(applications, name) for name in applications.__slots__
        } | {"table": applications.table.drop(columns="bad")})  # fmt: skip

        assert with_outcomes(rejections, new, schema).equals(rejections)

    def test_refuses_a_truth_that_is_another_tables(self, rejections, history, schema, truth):
        with pytest.raises(DataError, match=r"^truth must have each application once, but lacks 1"):
            with_outcomes(rejections, history.applications, schema, truth=truth.iloc[1:])
        with pytest.raises(DataError, match=r"but lacks truth_bad\.$"):
            with_outcomes(rejections, history.applications, schema, truth=truth[["application_id"]])
