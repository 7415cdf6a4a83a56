"""riskkit.applicants.values"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants.values import as_levels, as_numbers, as_times
from riskkit.errors import DataError


class TestAsNumbers:
    @pytest.mark.parametrize(
        "values",
        [
            pd.Series([1, None], dtype="Int64"),
            pd.Series([True, None], dtype=object),
            pd.Series(["1", None]),
            pd.Series(["1", None], dtype="category"),
            pd.Series([1.0, np.nan]),
        ],
    )
    def test_reads_numbers_however_they_are_held(self, values):
        numbers = as_numbers(values)

        assert numbers.dtype == np.float64
        assert numbers[0] == 1.0
        assert np.isnan(numbers[1])

    @pytest.mark.parametrize(
        ("values", "found"),
        [
            (["1", "12.5%", None, "x"], r"2 of 4 values do not; the first is '12\.5%' in row 1"),
            ([[1], [2]], r"2 of 2 values do not; the first is \[1\] in row 0"),
            (pd.to_datetime(["2024-01-01", None]), "1 of 2 values do not; the first is Timestamp"),
            (pd.to_timedelta([1, 2], unit="D"), "2 of 2 values do not"),
        ],
    )
    def test_points_at_the_first_that_is_none(self, values, found):
        with pytest.raises(DataError, match=rf"^Column 'x' must hold numbers, but {found}"):
            as_numbers(pd.Series(values, name="x"))

    def test_refuses_infinite_values(self):
        with pytest.raises(DataError, match=r"1 of 2 values are infinite; the first is in row 1"):
            as_numbers(pd.Series([1.0, np.inf], name="x"))


class TestAsLevels:
    @pytest.mark.parametrize(
        "values",
        [
            pd.Series([1, 0]),
            pd.Series([1.0, 0.0]),
            pd.Series([True, False]),
            pd.Series([True, False], dtype=object),
            pd.Series([True, False], dtype="boolean"),
            pd.Series([True, False], dtype="category"),
            pd.Series([1, 0], dtype="category"),
            pd.Series([1.0, 0.0], dtype="category"),
            pd.Series(["1", "0"], dtype="category"),
            pd.Series(["1", "0"], dtype=object),
        ],
    )
    @pytest.mark.parametrize("missing", [0, 1])
    def test_reads_equal_levels_alike_with_and_without_missing_values(self, values, missing):
        padded = values.reindex(range(len(values) + missing), fill_value=None)

        assert as_levels(padded).tolist()[:2] == ["1", "0"]
        assert as_levels(padded).isna().sum() == missing

    def test_keeps_fractions_and_words(self):
        assert as_levels(pd.Series([0.5, 2.0])).tolist() == ["0.5", "2"]
        assert as_levels(pd.Series([" a", "A"])).tolist() == [" a", "A"]


class TestAsTimes:
    @pytest.mark.parametrize(
        "values",
        [
            ["2024-03-01", "2024-12-31"],
            ["2024/3/1", "2024/12/31"],
            ["03/01/2024", "12/31/2024"],
            ["2024-03-01T08:00:00+08:00", "2024-12-31T00:00:00Z"],
            pd.to_datetime(["2024-03-01", "2024-12-31"]),
            pd.to_datetime(["2024-03-01", "2024-12-31"]).tz_localize("UTC"),
            list(pd.to_datetime(["2024-03-01", "2024-12-31"]).date),
        ],
    )
    def test_reads_times_as_utc(self, values):
        times = as_times(pd.Series(values, name="applied"))

        assert times.astype("datetime64[D]").astype(str).tolist() == ["2024-03-01", "2024-12-31"]
        assert times.dtype == np.dtype("datetime64[us]")

    @pytest.mark.parametrize(
        ("values", "problem"),
        [
            ([20240301, 20241231], "holds numbers; write them as YYYY-MM-DD"),
            ([1.5, 2.5], "holds numbers"),
            (["2024-01-01", None], "no missing values, but 1 of 2 are; the first is in row 1"),
            (["soon", "later"], "must hold times in one format"),
            (["2024-01-01", "later"], "must hold times in one format"),
            (["31/12/2024", "30/12/2024"], "must hold times in one format"),
            (["01/02/2024", "01/03/2024"], "'01/02/2024' may begin with the day or the month"),
        ],
    )
    def test_refuses_what_can_be_read_in_no_or_in_two_ways(self, values, problem):
        with pytest.raises(DataError, match=rf"^Column 'applied' .*{problem}"):
            as_times(pd.Series(values, name="applied"))
