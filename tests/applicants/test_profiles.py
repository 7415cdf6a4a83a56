"""riskkit.applicants.profiles"""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskkit.applicants.profiles import profile_of
from riskkit.applicants.separation import outcomes_of


def profile(values, bad=None, **settings):
    column = pd.Series(values, name="x", **settings)
    known = np.arange(len(column)) % 2 if bad is None else bad
    return profile_of(column, outcomes_of(np.asarray(known, dtype=float)))


def codes_of(values):
    return [code.value for code in profile(values).codes]


class TestHolds:
    @pytest.mark.parametrize(
        ("values", "holds"),
        [
            ([1, 2], "number"),
            ([1.5, None], "number"),
            ([True, None], "number"),
            ([True, False], "number"),
            (["1", "2.5"], "number"),
            ([Decimal("1.5"), None], "number"),
            (["a", "b"], "text"),
            (["1", "b"], "text"),
            (["02139", "10001"], "text"),
            ([None, None], "text"),
            ([[1], [2]], "text"),
            (["2024-01-01", None], "time"),
            (["2018/3/1", "2018/12/1"], "time"),
            (["2024-01-01 10:00:00", "2024-01-02 11:30:00"], "time"),
            ([date(2024, 1, 1), date(2024, 1, 2)], "time"),
            (pd.to_datetime(["2024-01-01", None]), "time"),
            (["01/02/2024", "01/03/2024"], "text"),
            (["2024-01-01", "2024-01-99"], "text"),
            (["10-20", "20-30"], "text"),
        ],
    )
    def test_says_what_values_are(self, values, holds):
        assert profile(values).holds == holds

    def test_takes_categories_for_text(self):
        assert profile([3, 4], dtype="category").holds == "text"
        assert profile([True, False], dtype="category").holds == "number"


class TestCounts:
    def test_agree_with_a_count_by_hand(self):
        found = profile([3.0, 1.0, None, 3.0])

        assert found.missing == pytest.approx(1 / 4)
        assert found.n_known == 3
        assert found.n_distinct == 2
        assert found.examples == ("1", "3")
        assert found.whole
        assert not found.consecutive

    def test_know_whole_and_consecutive_numbers(self):
        assert profile([3, 1, 2]).consecutive
        assert not profile([1.5, 2.0]).whole
        assert not profile(["a", "b"]).whole
        assert not profile([5, 5]).consecutive

    def test_count_infinite_values_as_missing(self):
        assert profile([1.0, np.inf, -np.inf, 2.0]).missing == 0.5

    def test_tell_missing_shares_of_known_and_unknown_outcomes(self):
        found = profile([1.0, None, None, None], bad=[0, 1, np.nan, np.nan])

        assert found.missing_if_known == 0.5
        assert found.missing_if_unknown == 1.0
        assert profile([1.0, 2.0]).missing_if_unknown is None

    def test_show_text_as_it_stands(self):
        assert profile([" b", "a"]).examples == (" b", "a")


class TestFingerprint:
    def test_is_equal_for_columns_that_tell_rows_apart_alike(self):
        term = profile([12, 24, 12, None])

        assert term.fingerprint == profile([360.0, 720.0, 360.0, np.nan]).fingerprint
        assert term.fingerprint != profile([24, 12, 24, None]).fingerprint
        assert term.fingerprint != profile([12, 24, 12, 12]).fingerprint

    def test_is_equal_for_renamed_levels(self):
        assert profile(["a", "b", "a"]).fingerprint == profile(["x", "y", "x"]).fingerprint
        assert profile(["a", "b", "a"]).fingerprint != profile([1, 2, 1]).fingerprint


class TestCodes:
    @pytest.mark.parametrize(
        ("codes", "rest"),
        [
            ([-9.0], [1, 2]),
            ([-9.0, -8.0, -7.0], [0, 1, 2, 3]),
            ([-1.0], range(50)),
            ([-999.0], [0.1, 0.2, 0.7]),
            ([99999999.0], range(0, 959, 7)),
            ([365243.0], range(-17000, 0, 100)),
            ([96.0, 98.0], range(14)),
            ([999.0], range(300)),
            ([99.0], range(20)),
            ([-99999.0], range(-100, 100)),
        ],
    )
    def test_are_found_beside_measurements(self, codes, rest):
        values = [*list(rest) * 5, *codes * 6]

        assert codes_of(values) == sorted(codes)

    @pytest.mark.parametrize(
        "values",
        [
            [0, 1] * 10,
            [1, 2, 3, 9] * 10,
            [-1, 0, 1, 2] * 10,
            [-2, -1, *range(9)] * 10,
            [*range(100)] * 5,
            [*range(-50, 50)] * 5,
            [0, 0.5, 20.5] * 10,
            [*list(range(50)) * 5, -1],
            [*list(range(50)) * 5, 99999999],
            [0] * 10,
            [0, 999] * 10,
            [*list(range(300)) * 5, *[450] * 9],
        ],
    )
    def test_are_not_seen_in_plain_measurements(self, values):
        assert codes_of(values) == []

    def test_say_their_share_and_why(self):
        (code,) = profile([*range(15), *[99] * 5]).codes

        assert code.share == pytest.approx(5 / 20)
        assert code.why == "far from all other values, which lie between 0 and 14"

    def test_are_words_in_text(self):
        assert codes_of(["own", "Missing", " ", "n/a", "rent", "none"]) == ["Missing", " ", "n/a"]

    @settings(max_examples=30, deadline=None)  # each example profiles two columns
    @given(st.lists(st.integers(0, 30), min_size=30), st.integers(5, 9))
    def test_do_not_depend_on_the_order_of_rows(self, values, n):
        values = [*values, *[99999] * n]

        assert codes_of(values) == codes_of(values[::-1])


class TestNumericText:
    @pytest.mark.parametrize(
        ("values", "shown"),
        [
            (["12.5%", "3%"], "12.5%"),
            (["$1,200", "$ 30.5"], "$1,200"),
            (["Missing", "9.02", "-1"], "9.02"),
            (["", " "], None),
            (["36 months", "60 months"], None),
            (["0123", "4567"], None),
            (["a", "1"], None),
        ],
    )
    def test_shows_a_number_written_as_text(self, values, shown):
        assert profile(values).numeric_text == shown

    def test_is_none_for_numbers(self):
        assert profile([1, 2]).numeric_text is None
