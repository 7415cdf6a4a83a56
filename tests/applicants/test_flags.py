"""riskkit.applicants.flags"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants.flags import approved_flag, outcome_flag
from riskkit.errors import DataError


class TestOutcomeFlag:
    @pytest.mark.parametrize(
        ("columns", "name", "value"),
        [
            ({"bad": [0, 1]}, "bad", None),
            ({"default": [False, True]}, "default", None),
            ({"creditability": ["good", "bad"]}, "creditability", "bad"),
            ({"loan_status": ["Paid", "Charged Off"]}, "loan_status", "Charged Off"),
            ({"bad": [0, 1], "house": ["own", "rent"]}, "bad", None),
        ],
    )
    def test_recognises_what_is_plain(self, columns, name, value):
        flag = outcome_flag(pd.DataFrame(columns), None, None)

        assert flag.name == name
        assert flag.value == value
        assert flag.flags.tolist() == [0, 1]

    def test_says_by_what(self):
        named = outcome_flag(pd.DataFrame({"bad": [0, 1]}), None, None)
        worded = outcome_flag(pd.DataFrame({"y": ["bad", "ok"]}), None, None)

        assert named.why == "taken for the outcome by its name; bad is '1'"
        assert worded.why == "taken for the outcome by its values; bad is 'bad'"

    @pytest.mark.parametrize(
        ("values", "bad_value", "stored"),
        [
            ([1, 2, None], "2", 2),
            ([1, 2, None], 2, 2),
            ([2, 1, None], "1", 1),
            ([0.5, 1.5, None], "1.5", 1.5),
            (["paid", "late", None], "late", "late"),
            ([0, 1, None], "1.0", None),
            ([False, True, None], True, None),
            ([1, 0, None], 0, 0),
        ],
    )
    def test_takes_the_value_given_and_keeps_its_type(self, values, bad_value, stored):
        flag = outcome_flag(pd.DataFrame({"y": values}), "y", bad_value)

        assert flag.value == stored
        assert type(flag.value) is type(stored)
        np.testing.assert_array_equal(flag.flags, [0, 1, np.nan])

    @pytest.mark.parametrize(
        ("columns", "problem"),
        [
            ({"bad": [0, 1], "default": [1, 0]}, r"it may be 'bad' or 'default'; give it with"),
            ({"MIS": ["PIF", "CHGOFF"], "default": [0, 1]}, r"may be 'default' or 'MIS'"),
            ({"y": [0, 1], "n": [3, 4], "z": [1, 1]}, r"Columns with two values: 'y', 'n'\.$"),
            ({"l": [[1], [2]]}, r"Columns with two values: none\.$"),
            ({f"c{i}": [0, 1] for i in range(20)}, r"'c14' \.\.\.\.$"),
        ],
    )
    def test_asks_which_column_it_is(self, columns, problem):
        with pytest.raises(DataError, match=problem):
            outcome_flag(pd.DataFrame(columns), None, None)

    @pytest.mark.parametrize(
        ("values", "bad_value", "problem"),
        [
            (
                [1, 2, 2],
                None,
                r"holds '2' \(2 rows\), '1' \(1 rows\): which means bad is not plain",
            ),
            ([1, 2, 2], "3", r"none is '3'; give the value that means bad with --bad-value"),
            ([0, 1, 2], None, r"must hold two values, but it holds 3: .*blank the rows"),
            ([0, 0, None], None, r"it holds 1: '0' \(2 rows\)"),
            ([None, None, None], None, "it holds 0: only missing values"),
        ],
    )
    def test_asks_which_value_means_bad(self, values, bad_value, problem):
        with pytest.raises(DataError, match=rf"^outcome 'y' .*{problem}"):
            outcome_flag(pd.DataFrame({"y": values}), "y", bad_value)

    def test_shows_few_of_many_values(self):
        with pytest.raises(DataError, match=r"holds 30: ('\d+' \(1 rows\), ){4}.* \.\.\.; blank"):
            outcome_flag(pd.DataFrame({"y": range(30)}), "y", None)


class TestApprovedFlag:
    @pytest.mark.parametrize(
        ("values", "approved_value", "stored"),
        [
            ([0, 1], None, None),
            (["no", "yes"], None, "yes"),
            (["Declined", "Approved"], None, "Approved"),
            ([1, 2], "2", 2),
        ],
    )
    def test_knows_the_value_that_means_approved(self, values, approved_value, stored):
        flag = approved_flag(pd.Series(values, name="ok"), approved_value)

        assert flag.value == stored
        assert flag.flags.tolist() == [0, 1]

    def test_takes_a_table_of_the_approved_only(self):
        assert approved_flag(pd.Series([1, 1], name="ok"), None).flags.tolist() == [1, 1]

    @pytest.mark.parametrize(
        ("values", "approved_value", "problem"),
        [
            ([1, 2], None, "0 are missing and it holds"),
            ([0, 1], "yes", "0 are missing and it holds"),
            ([0, 1, None], None, "1 are missing"),
            ([0, 1, 3], None, r"'3' \(1 rows\)"),
        ],
    )
    def test_asks_for_it_where_it_is_not_plain(self, values, approved_value, problem):
        with pytest.raises(DataError, match=rf"^approved 'ok' must .*{problem}.*--approved-value"):
            approved_flag(pd.Series(values, name="ok"), approved_value)
