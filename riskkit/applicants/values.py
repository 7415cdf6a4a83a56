"""The values of one column: as numbers, as text or as times, alike from CSV and Parquet."""

import re
import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.errors import DataError

#: A day up to here could be a month.
_MONTHS = 12


def as_numbers(column: pd.Series) -> pd.Series:
    """Return a column as floats, missing as NaN.

    Raises
    ------
    DataError
        If it holds text or an infinite value.
    """
    try:
        _check_not_time(column)
        numbers = pd.to_numeric(column).astype("float64")
    except (ValueError, TypeError):
        present = column.dropna()
        texts = present[pd.to_numeric(present.astype("str"), errors="coerce").isna()]
        raise DataError(
            f"Column {column.name!r} must hold numbers, but {len(texts)} of {len(column)} values "
            f"do not; the first is {texts.iloc[0]!r} in row {texts.index[0]}. "
            "If these are categories, say kind: category in the schema."
        ) from None
    infinite = np.flatnonzero(np.isinf(numbers))
    if infinite.size:
        raise DataError(
            f"Column {column.name!r} must hold finite numbers, but {infinite.size} of "
            f"{len(column)} values are infinite; the first is in row {infinite[0]}."
        )
    return numbers


def _check_not_time(column: pd.Series) -> None:
    # pandas reads times and durations as nanoseconds, missing ones as a huge negative number.
    if column.dtype.kind in "mM":
        raise TypeError


def as_levels(column: pd.Series) -> pd.Series:
    """Return a column as text, missing as NaN; 1, 1.0 and True read alike from CSV and Parquet."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        is_number = pd.api.types.is_any_real_numeric_dtype(column.cat.categories.dtype)
        column = column.astype("float64" if is_number else object)
    if is_flag_column(column):
        column = column.astype("boolean").astype("Int64").astype("float64")
    if pd.api.types.is_numeric_dtype(column):
        return _numbers_as_text(column)
    return column.astype("str")


def is_flag_column(column: pd.Series) -> bool:
    """Return whether a column holds True and False, also as objects where some are missing."""
    if column.dtype == object:
        return pd.api.types.infer_dtype(column, skipna=True) == "boolean"
    return pd.api.types.is_bool_dtype(column)


def as_times(column: pd.Series) -> "NDArray[np.datetime64]":
    """Return a column as times in UTC, complete and read in one way only.

    Raises
    ------
    DataError
        If it holds anything else, some are missing, or days and months could be confused.
    """
    if pd.api.types.is_numeric_dtype(column):  # pandas would read them as nanoseconds since 1970
        raise DataError(
            f"Column {column.name!r} must hold times, but holds numbers; write them as YYYY-MM-DD."
        )
    complete(column)
    times = _parsed(column)
    if _is_day_or_month(column.iloc[0]) and times.dt.day.max() <= _MONTHS:
        raise DataError(
            f"Column {column.name!r} must hold times that can be read in one way, but "
            f"{column.iloc[0]!r} may begin with the day or the month; write them as YYYY-MM-DD."
        )
    return times.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")


def _parsed(column: pd.Series) -> pd.Series:
    with warnings.catch_warnings(record=True) as guesses:  # pandas warns where it guesses
        warnings.simplefilter("always", UserWarning)
        try:
            times = pd.to_datetime(column, utc=True)
            problem = str(guesses[0].message) if guesses else None
        except (ValueError, TypeError) as error:
            times, problem = column, str(error)
    if problem is not None:
        first = problem.splitlines()[0].split(". ")[0].rstrip(".")
        raise DataError(
            f"Column {column.name!r} must hold times in one format, but pandas says: {first}. "
            "Write them as YYYY-MM-DD."
        )
    return times


def _is_day_or_month(value: object) -> bool:
    return isinstance(value, str) and re.match(r"\s*\d{1,2}[/.-]\d{1,2}[/.-]", value) is not None


def _numbers_as_text(column: pd.Series) -> pd.Series:
    if pd.api.types.is_integer_dtype(column):  # a float would alter ids of 17 digits
        return column.astype("str")
    numbers = column.astype("float64")
    values = pd.unique(numbers.dropna())
    return numbers.map({value: _number_as_text(float(value)) for value in values}).astype("str")


def _number_as_text(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def complete(column: pd.Series) -> Floats:
    """Return the values of a column of which none may be missing.

    Raises
    ------
    DataError
        If some are.
    """
    missing = np.flatnonzero(column.isna())
    if missing.size:
        raise DataError(
            f"Column {column.name!r} must have no missing values, but {missing.size} of "
            f"{len(column)} are; the first is in row {missing[0]}."
        )
    return np.asarray(column)
