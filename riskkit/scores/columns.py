"""Columns of a table of features as whole-number codes: bins, levels, special codes, missing."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from riskkit._checks import Floats
from riskkit.applicants import as_levels, as_numbers
from riskkit.errors import DataError

Kind = Literal["number", "category"]
Codes = NDArray[np.intp]
Special = tuple[float | str, ...]
#: What levels that training did not have score like.
Unseen = Literal["rare", "average", "worst", "refuse"]

#: A number column is first cut into at most so many bins with about equally many rows.
N_FINE_BINS = 200
_NUMBER_TYPES = {"floating", "integer", "mixed-integer-float", "decimal", "boolean"}
_SHOWN = 300  # characters of a list of names
_MOST_DIGITS = 17  # tell any two floats apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How the values of one feature become codes from 0 on; learned without the outcome.

    A number gives: one code per bin, one per special code, one for missing. A category gives: one
    code per level, one for levels never seen in training, one for missing.
    """

    name: str  #: The feature.
    kind: Kind  #: How its column is read.
    edges: Floats  #: Numbers: the upper edge of every bin but the last, ascending, inclusive.
    levels: tuple[str, ...] = ()  #: Categories: the levels seen in training.
    special: Special = ()  #: Numbers: codes that mean "missing because ...", a bin each.
    _place: dict[str, int] = field(init=False, repr=False, compare=False)
    _levels: pa.Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Build the look-ups of levels once: for one value, and for a column."""
        object.__setattr__(self, "_place", {level: i for i, level in enumerate(self.levels)})
        object.__setattr__(self, "_levels", pa.array(self.levels, type=pa.large_string()))

    @property
    def n_bins(self) -> int:
        """How many codes are bins or levels."""
        return len(self.edges) + 1 if self.kind == "number" else len(self.levels)

    @property
    def missing(self) -> int:
        """The code of missing values, the last one."""
        return self.n_bins + (len(self.special) if self.kind == "number" else 1)

    @property
    def n_codes(self) -> int:
        """How many codes there are."""
        return self.missing + 1

    @property
    def labels(self) -> tuple[str, ...]:
        """What each code stands for, in words."""
        if self.kind == "category":
            return (*self.levels, "(other levels)", "(missing)")
        edges = [f"{edge:.6g}" for edge in self.edges]
        bins = [f"({low}, {high}]" for low, high in itertools.pairwise(edges)]
        ends = [f"<= {edges[0]}", *bins, f"> {edges[-1]}"] if edges else ["any number"]
        return (*ends, *(f"code {code}" for code in self.special), "(missing)")

    def levels_of(self, values: Special) -> frozenset[int]:
        """Return the codes of those of some values that are levels."""
        if not values:
            return frozenset()
        codes = self._level_codes(pd.Series(special_levels(values), dtype="str"))
        return frozenset(codes[codes < self.n_bins].tolist())

    def codes(self, column: pd.Series) -> Codes:
        """Return the code of each value.

        Raises
        ------
        DataError
            If a number column holds text or an infinite value.
        """
        if self.kind == "category":
            return self._level_codes(as_levels(column))
        return self.number_codes(numbers_of(column))

    def level_code(self, value: Any) -> int:
        """Return the code of one value of a category: what a column of it would get."""
        if isinstance(value, str):
            return self._place.get(value, self.n_bins)
        if value is None:
            return self.missing
        return int(self.codes(pd.Series([value], name=self.name))[0])

    def code_of(self, value: Any) -> int:
        """Return the code of one value: what a column of it would get.

        Raises
        ------
        DataError
            If a number is text or infinite.
        """
        if self.kind == "category":
            return self.level_code(value)
        return int(self.number_codes(np.array([number_of(value, self.name)]))[0])

    def number_codes(self, numbers: Floats) -> Codes:
        """Return the code of each number, missing as NaN."""
        codes = np.searchsorted(self.edges, numbers, side="left")
        for i, code in enumerate(self.special):
            codes[numbers == code] = self.n_bins + i
        codes[np.isnan(numbers)] = self.missing
        return codes

    def _level_codes(self, levels: pd.Series) -> Codes:
        # Arrow looks text up ten times as fast as a pandas index.
        column = pa.array(levels, type=pa.large_string(), from_pandas=True)
        places = pc.fill_null(pc.index_in(column, value_set=self._levels), self.n_bins)
        codes = places.to_numpy(zero_copy_only=False).astype(np.intp)
        codes[levels.isna().to_numpy()] = self.missing
        return codes


def as_table(X: Any) -> pd.DataFrame:
    """Return anything that converts to a table as one; columns without names are x0, x1, ...

    Raises
    ------
    DataError
        If it is not a table with rows, columns and a name of its own for each column.
    """
    table = _as_frame(X)
    if isinstance(table.columns, pd.RangeIndex):
        table = table.set_axis([f"x{i}" for i in table.columns], axis="columns")
    if not len(table):
        raise DataError("X must have rows: found 0 sample(s) where a minimum of 1 is required.")
    if not table.shape[1]:
        raise DataError(
            f"X must have columns: 0 feature(s) (shape={table.shape}) "
            "while a minimum of 1 is required."
        )
    odd = [name for name in table.columns if not isinstance(name, str)]
    if odd or not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()].tolist()
        raise DataError(f"X must name each column once, as text, but has {(odd or twice)[0]!r}.")
    return table


def _as_frame(X: Any) -> pd.DataFrame:
    if isinstance(X, pd.DataFrame):
        return X
    if scipy.sparse.issparse(X):
        raise DataError("X must be a table; sparse data was passed: use X.toarray().")
    if hasattr(X, "to_pandas"):
        return X.to_pandas()
    array = np.asarray(X)
    if array.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise DataError(
            f"X must be a table with 2 dimensions, but has shape {array.shape}. "
            "Reshape your data to one row per applicant."
        )
    return pd.DataFrame(array).infer_objects()


def kinds_of(table: pd.DataFrame) -> dict[str, Kind]:
    """Tell number columns (numbers, booleans) from categories (all else) by their type.

    Raises
    ------
    DataError
        If a column is missing in every row, or holds complex numbers or times.
    """
    empty = [name for name in table if table[name].isna().all()]
    if empty:
        raise DataError(
            f"X must have values in every column, but {', '.join(map(repr, empty))} is missing in "
            f"all {len(table)} rows; leave it out."
        )
    return {name: _kind(table[name]) for name in table}


def _kind(column: pd.Series) -> Kind:
    types = pd.api.types
    is_time = types.is_datetime64_any_dtype(column) or types.is_timedelta64_dtype(column)
    if is_time or types.is_complex_dtype(column):
        raise DataError(
            f"Column {column.name!r} holds {column.dtype}; a feature must hold numbers or text. "
            "Complex data not supported; give times as a number of days."
        )
    if types.is_object_dtype(column):
        is_number = types.infer_dtype(column, skipna=True) in _NUMBER_TYPES
        return "number" if is_number else "category"
    return "number" if types.is_numeric_dtype(column) else "category"


def numbers_of(column: pd.Series) -> Floats:
    """Return a number column as floats, missing as NaN.

    Raises
    ------
    DataError
        If it holds text or an infinite value.
    """
    if column.dtype == np.float64:  # the common case, and single rows are scored often
        numbers = column.to_numpy()
        if not np.isinf(numbers).any():
            return numbers
    return as_numbers(column).to_numpy()


def number_of(value: Any, name: str) -> float:
    """Return one value of a number column as a float: what a column of it would give.

    Raises
    ------
    DataError
        If it is text or infinite.
    """
    if isinstance(value, int | float | np.number):
        number = float(value)
        if not math.isinf(number):
            return number
    elif value is None:
        return math.nan
    return float(numbers_of(pd.Series([value], name=name))[0])


def check_columns(table: "pd.DataFrame | Mapping[str, Any]", names: tuple[str, ...]) -> None:
    """Refuse a table, or one applicant, without the columns that a scorer was trained on.

    Raises
    ------
    DataError
        If one is absent.
    """
    absent = [name for name in names if name not in table]
    if absent:
        there = ", ".join(map(repr, table))
        raise DataError(
            f"X must have the columns the scorer was trained on, but lacks "
            f"{', '.join(map(repr, absent))}; it has "
            f"{there if len(there) < _SHOWN else there[:_SHOWN] + ' ...'}."
        )


def check_unseen(unseen: Unseen) -> None:
    """Refuse a rule for unseen levels that there is not.

    Raises
    ------
    DataError
        If there is no such rule.
    """
    if unseen not in get_args(Unseen):
        raise DataError(
            f'unseen must be "rare", "average", "worst" or "refuse", but is {unseen!r}.'
        )


def refuse_unseen(column: pd.Series, coding: Coding, codes: Codes) -> None:
    """Refuse a category with levels that training did not have.

    Raises
    ------
    DataError
        If there is one.
    """
    unseen = codes == coding.n_bins
    if coding.kind == "category" and unseen.any():
        first = int(np.flatnonzero(unseen)[0])
        raise DataError(
            f"Column {column.name!r} must hold levels that training had, but {unseen.sum()} of "
            f"{len(column)} values are new; the first is {column.iloc[first]!r} in row {first}. "
            'To score them all the same, fit with unseen="rare", "average" or "worst".'
        )


def learn_coding(column: pd.Series, kind: Kind, special: Special) -> Coding:
    """Cut a number into fine bins with about equally many rows; list the levels of a category.

    Raises
    ------
    DataError
        If a number column holds text or an infinite value, or a special code is not a number.
    """
    name = str(column.name)
    if kind == "category":
        levels = tuple(sorted(as_levels(column).dropna().unique()))
        return Coding(name=name, kind=kind, edges=np.empty(0), levels=levels)
    codes = special_numbers(special, name)
    numbers = numbers_of(column)
    ordinary = numbers[~np.isnan(numbers) & ~np.isin(numbers, codes)]
    return Coding(name=name, kind=kind, edges=_fine_edges(ordinary), special=codes)


def special_numbers(special: Special, name: str) -> tuple[float, ...]:
    """Return the special codes of a number column as numbers.

    Raises
    ------
    DataError
        If one is not a number.
    """
    try:
        return tuple(float(code) for code in special)
    except ValueError:
        raise DataError(
            f"special must hold numbers for the number column {name!r}, but holds {special}."
        ) from None


def special_levels(special: Special) -> tuple[str, ...]:
    """Return the special codes of a category as its levels are written."""
    return tuple(as_levels(pd.Series(special, dtype=object))) if special else ()


def edge_coding(name: str, edges: ArrayLike, special: tuple[float, ...]) -> Coding:
    """Return the coding of a number whose bins the user fixed.

    Raises
    ------
    DataError
        If the edges are not finite, ascending numbers.
    """
    array = np.asarray(edges, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all() or not (np.diff(array) > 0).all():
        raise DataError(
            f"edges must be finite numbers, each above the one before, but {name!r} has "
            f"{array.tolist()}."
        )
    return Coding(name=name, kind="number", edges=array, special=special)


def _fine_edges(numbers: Floats) -> Floats:
    if not numbers.size:  # nothing but special codes and missing values
        return np.empty(0)
    ordered = np.sort(numbers)
    ranks = np.arange(1, N_FINE_BINS) * len(ordered) // N_FINE_BINS
    edges = np.unique(ordered[ranks])
    distinct = ordered[np.r_[True, ordered[1:] != ordered[:-1]]]
    if len(distinct) <= N_FINE_BINS:
        edges = distinct
    edges = edges[edges < ordered[-1]]
    above = ordered[np.searchsorted(ordered, edges, side="right")]
    return np.array([short_edge(low, high) for low, high in zip(edges, above, strict=True)])


def short_edge(low: float, high: float) -> float:
    """Return the number from `low` to below `high` that is shortest to write.

    It parts the same values as `low` would: `low` itself, or a number near the middle.
    """
    middle = low / 2 + high / 2
    for digits in range(1, _MOST_DIGITS):
        rounded = float(f"{low:.{digits}g}")
        if rounded == low:
            return rounded
        rounded = float(f"{middle:.{digits}g}")
        if low <= rounded < high:
            return rounded
    return float(low)
