"""riskkit.applicants.history"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import (
    Column,
    Schema,
    as_history,
)
from riskkit.errors import DataError

NUMBER = Column(role="feature", kind="number")


def schema_of(settings=None, **columns):
    made = {n: c if isinstance(c, Column) else Column(role=c) for n, c in columns.items()}
    return Schema(columns=made, **(settings or {}))


def history_of(table, settings=None, **columns):
    named = {"x": NUMBER, "bad": "bad", **columns}
    return as_history(pd.DataFrame(table), schema_of(settings, **named))


def table_of(**columns):
    return {"x": [1.0, 2.0, 3.0, 4.0], "bad": [0, 1, 0, 1], **columns}


class TestAsHistory:
    def test_takes_everybody_for_approved_where_no_decision_stands(self):
        history = history_of(table_of())

        assert history.approved.all()
        assert history.reached.all()
        assert history.matured.all()
        assert history.bad.tolist() == [0, 1, 0, 1]
        assert not history.is_selective
        assert history.propensity is None
        assert history.weight is None
        assert len(history) == 4

    @pytest.mark.parametrize(
        ("values", "bad_value"),
        [
            (["Paid", "Off", "Paid", "Off"], "Off"),
            ([1, 2, 1, 2], 2),
            ([1, 2, 1, 2], "2"),
            ([1.0, 2.0, 1.0, 2.0], 2),
            ([False, True, False, True], None),
            ([0, 1, 0, 1], True),
        ],
    )
    def test_knows_the_value_that_means_bad(self, values, bad_value):
        column = Column(role="bad", bad_value=bad_value)

        assert history_of(table_of(bad=values), bad=column).bad.tolist() == [0, 1, 0, 1]

    @pytest.mark.parametrize(
        ("values", "bad_value", "found"),
        [
            ([0, 1, 2, 1], None, "one of them '1', but it holds '0', '1', '2'.* in row 2"),
            ([0, 1, 2, 1], 2, "one of them '2'.* in row 1"),
            (["good", "bad", "good", "bad"], None, "one of them '1', but it holds 'bad', 'good'"),
            ([1, 2, 1, 2], None, "one of them '1', but it holds '1', '2'.* in row 1"),
            (["a", "b", "a", "b"], "c", "one of them 'c'.* in row 0"),
        ],
    )
    def test_refuses_an_outcome_that_is_not_plain(self, values, bad_value, found):
        column = Column(role="bad", bad_value=bad_value)

        with pytest.raises(DataError, match=rf"^Column 'bad' must hold two values, {found}"):
            history_of(table_of(bad=values), bad=column)

    @pytest.mark.parametrize(
        ("values", "found"), [([0, 0, 0, 0], "4 times 0"), ([1, 1, 1, 1], "4 times 1")]
    )
    def test_refuses_one_class(self, values, found):
        with pytest.raises(DataError, match=rf"must hold goods and bads, .* are {found}\.$"):
            history_of(table_of(bad=values))

    def test_refuses_outcomes_that_are_all_unknown(self):
        with pytest.raises(DataError, match=r"must hold goods and bads, .* are none\.$"):
            history_of(table_of(bad=[None] * 4, ok=[0] * 4), ok="approved")

    def test_needs_an_outcome(self):
        with pytest.raises(DataError, match="needs a column with role bad"):
            as_history(pd.DataFrame({"x": [1]}), schema_of(x=NUMBER))

    def test_names_a_column_that_is_absent_whatever_its_role(self):
        with pytest.raises(DataError, match="names 'kyc', which the table does not have"):
            history_of(table_of(), kyc=Column(role="verdict", gate="profile"))

    def test_does_not_miss_an_ignored_column(self):
        assert len(history_of(table_of(), old="ignore")) == 4

    def test_refuses_a_feature_that_is_all_missing(self):
        with pytest.raises(DataError, match=r"^Feature 'x' is missing in all 4 rows; give it role"):
            history_of(table_of(x=[None] * 4))

    def test_refuses_text_given_as_number(self):
        with pytest.raises(DataError, match="say kind: category in the schema"):
            history_of(table_of(x=["a", "b", "c", "d"]))

    def test_leaves_outcomes_of_the_rejected_unknown(self):
        history = history_of(
            table_of(bad=[0, 1, None, None], ok=["yes", "yes", "no", "no"]),
            ok=Column(role="approved", approved_value="yes"),
        )

        assert history.approved.tolist() == [True, True, False, False]
        assert history.labelled.tolist() == [True, True, False, False]
        assert history.is_selective

    def test_refuses_outcomes_of_the_rejected(self):
        with pytest.raises(DataError, match=r"missing for whoever was not approved, but 1 values"):
            history_of(table_of(bad=[0, 1, 1, None], ok=[1, 1, 0, 0]), ok="approved")

    @pytest.mark.parametrize(
        ("columns", "remedy"),
        [({}, "who was approved the role approved"), ({"ok": "approved"}, "give observed_at")],
    )
    def test_refuses_unknown_outcomes_of_the_approved(self, columns, remedy):
        with pytest.raises(DataError, match=rf"but 1 are missing; .* in row 3; .*{remedy}"):
            history_of(table_of(bad=[0, 1, 0, None], ok=[1] * 4), **columns)

    def test_refuses_a_decision_that_is_not_known(self):
        with pytest.raises(DataError, match="'ok' must have no missing values"):
            history_of(table_of(ok=[1, 1, None, 1]), ok="approved")

    def test_knows_who_reached_the_score(self):
        history = history_of(
            table_of(
                bad=[0, 1, None, None],
                ok=[1, 1, 0, 0],
                by=[None, None, "system", "score"],
                kyc=["passed", None, None, "failed"],
                fraud=["failed", "passed", None, "failed"],
                limit=["failed"] * 4,
            ),
            ok="approved",
            by="stopped_by",
            kyc=Column(role="verdict", gate="profile"),
            limit=Column(role="verdict", gate="policy"),
        )

        assert history.reached.tolist() == [True, True, False, False]
        assert not history.is_selective

    def test_refuses_an_unknown_cause(self):
        with pytest.raises(DataError, match=r"'by' must hold one of system, .* 1 values are not; "
                           r"the first is 'weather' in row 3"):  # fmt: skip
            history_of(table_of(by=[None, "score", "system", "weather"]), by="stopped_by")

    def test_leaves_open_windows_out(self):
        history = history_of(
            table_of(
                bad=[0, 1, None, None],
                at=["2024-01-31", "2024-06-30", "2024-07-01", "2025-01-01"],
            ),
            {"observed_at": "2024-12-31", "window_months": 6},
            at="time",
        )  # fmt: skip

        assert history.matured.tolist() == [True, True, False, False]
        assert not history.is_selective

    def test_refuses_outcomes_in_open_windows(self):
        at = ["2023-01-01", "2023-01-01", "2024-12-01", "2024-12-01"]

        with pytest.raises(DataError, match="had a window still open on 2024-12-31, but 2 values"):
            history_of(table_of(at=at), {"observed_at": "2024-12-31"}, at="time")

    def test_refuses_a_month_whose_known_outcomes_are_all_bad(self):
        table = {
            "x": np.arange(60.0),
            "bad": [0, 1] * 20 + [1] * 20,
            "at": ["2024-01-01"] * 40 + ["2024-02-01"] * 20,
        }

        with pytest.raises(DataError, match=r"^All 20 known outcomes of 2024-02 are bad"):
            history_of(table, at="time")

    def test_reads_propensities_of_those_who_reached_the_score(self):
        history = history_of(
            table_of(bad=[0, 1, None, None], ok=[1, 1, 0, 0], p=[1, 0.05, 0, None],
                     by=[None, None, "score", "system"]),
            ok="approved", p="propensity", by="stopped_by",
        )  # fmt: skip

        np.testing.assert_array_equal(history.propensity, [1, 0.05, 0, np.nan])

    @pytest.mark.parametrize(
        ("propensity", "row"),
        [([1, 1, 1.2, 0], 2), ([1, 0, 0, 0], 1), ([1, 1, None, 0], 2), ([1, 1, 0, -0.1], 3)],
    )
    def test_refuses_propensities_that_cannot_be(self, propensity, row):
        with pytest.raises(DataError, match=rf"'p' must hold the probability .* in row {row}\.$"):
            history_of(
                table_of(bad=[0, 1, None, None], ok=[1, 1, 0, 0], p=propensity),
                ok="approved",
                p="propensity",
            )

    def test_reads_weights(self):
        assert history_of(table_of(w=[1, 2, 1, 2]), w="weight").weight.tolist() == [1, 2, 1, 2]

    @pytest.mark.parametrize(
        ("weights", "problem"),
        [
            ([1, 0, 1, 1], r"must be positive, but is 0\.0 in row 1"),
            ([1, None, 1, 1], "no missing"),
        ],
    )
    def test_refuses_weights_that_count_nobody(self, weights, problem):
        with pytest.raises(DataError, match=rf"^Column 'w' must .*{problem}|{problem}"):
            history_of(table_of(w=weights), w="weight")

    def test_takes_some_rows_of_everything(self):
        history = history_of(table_of(p=[1, 1, 0.5, 1], w=[1, 2, 3, 4]), p="propensity", w="weight")

        taken = history.take(np.array([False, True, True, False]))

        assert taken.bad.tolist() == [1, 0]
        assert taken.weight.tolist() == [2, 3]
        assert taken.propensity.tolist() == [1, 0.5]
        assert taken.applications.features["x"].tolist() == [2, 3]
        assert history.take(np.array([0])).approved.tolist() == [True]

    def test_takes_rows_without_weights(self):
        assert history_of(table_of()).take(np.array([0, 1])).weight is None
