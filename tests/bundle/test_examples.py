"""riskkit.bundle.examples"""

import numpy as np
import pandas as pd
import pytest

from riskkit.bundle import needed_columns, synthetic_rows
from riskkit.bundle.examples import cutoffs_of
from riskkit.decisions import SegmentCutoff


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    income = pd.Series(rng.lognormal(9, 1, 2000)).mask(rng.random(2000) < 0.2)
    return pd.DataFrame(
        {
            "income": income,
            "months": rng.integers(0, 400, 2000).astype(float),
            "score": np.where(rng.random(2000) < 0.3, -9.0, rng.normal(500, 50, 2000)),
            "job": pd.Series(rng.choice(["cook", "nurse"], 2000)).mask(rng.random(2000) < 0.1),
            "flag": rng.random(2000) < 0.4,
        }
    )


class TestSyntheticRows:
    def test_is_the_same_for_the_same_seed(self, table):
        pd.testing.assert_frame_equal(synthetic_rows(table, seed=1), synthetic_rows(table, seed=1))

    def test_keeps_types_shares_and_codes(self, table):
        rows = synthetic_rows(table, seed=0, special=[-9.0])

        assert rows["income"].isna().mean() == pytest.approx(0.2, abs=0.04)
        assert (rows["score"] == -9).mean() == pytest.approx(0.3, abs=0.04)
        assert rows["score"][rows["score"] != -9].min() > 300
        assert (rows["months"] == rows["months"].round()).all()
        assert set(rows["job"].dropna()) == {"cook", "nurse"}
        assert rows["flag"].dtype == bool

    def test_shows_nobodys_extremes_or_rare_values(self, table):
        table.loc[0, "income"], table.loc[0, "job"] = 1e9, "astronaut"

        rows = synthetic_rows(table, seed=0)

        assert rows["income"].max() < table["income"].quantile(0.99)
        assert "astronaut" not in set(rows["job"])

    def test_holds_no_row_of_the_table(self, table):
        assert synthetic_rows(table, seed=0).merge(table, how="inner").empty

    @pytest.mark.parametrize(
        "values", [["a", "b", "c"], [1, 2, 3], [1.5, 2.5, 3.5], pd.Categorical(["a", "b", "c"])]
    )
    def test_leaves_a_column_missing_that_is_all_rare(self, values):
        rows = synthetic_rows(
            pd.DataFrame({"x": values, "y": 1.0}).iloc[[0, 1, 2] * 4], n=20, seed=0
        )

        assert rows["x"].isna().all()

    def test_shows_no_rare_flag_or_code(self):
        income = np.append(np.arange(1000), [-9] * 4)
        others = {"a": np.sqrt(income + 9), "b": income[::-1]}
        table = pd.DataFrame({"flag": [True] * 4 + [False] * 1000, "income": income, **others})

        rows = synthetic_rows(table, seed=0, special=[-9])

        assert not rows["flag"].any()
        assert len(rows) > 1000
        assert rows["income"].min() > 0

    def test_shows_a_row_of_the_table_only_where_five_have_it(self):
        # Nothing but these rows can be drawn, so some of the table have to be shown.
        pairs = [("a", "c"), ("b", "d"), ("a", "d"), ("b", "c")]
        table = pd.DataFrame(pairs, columns=["x", "y"]).iloc[[0] * 50 + [1] * 50 + [2] * 4 + [3]]

        rows = synthetic_rows(table, seed=0)

        assert set(rows.itertuples(index=False, name=None)) == {("a", "c"), ("b", "d")}

    def test_is_one_blank_row_where_any_other_is_somebodys(self):
        rows = synthetic_rows(pd.DataFrame({"income": np.arange(1000)}), seed=0)

        assert rows["income"].isna().tolist() == [True]


class TestNeededColumns:
    def test_is_the_features_and_then_what_only_gates_compare(self, tuned, schema):
        names = needed_columns(tuned.bundle.policy, schema)

        assert names[: len(schema.features)] == schema.features
        assert names[len(schema.features) :] == (
            "verdict_system",
            "verdict_profile",
            "verdict_credit_record",
            "verdict_policy",
        )

    def test_ends_with_the_segment_that_has_cut_offs_of_its_own(self, tuned, schema):
        policy = tuned.bundle.policy.model_copy(update={"by": "age_band"})

        assert needed_columns(policy, schema)[-1] == "age_band"


class TestCutoffsOf:
    def test_lists_every_pd_at_which_a_decision_turns(self, tuned):
        policy = tuned.bundle.policy.model_copy(
            update={
                "pd_cutoff": 0.1,
                "review_up_to": 0.2,
                "segments": {"web": SegmentCutoff(pd_cutoff=0.05, review_up_to=0.2)},
            }
        )

        assert cutoffs_of(policy) == (0.05, 0.1, 0.2)
