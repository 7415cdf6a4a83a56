"""Goods and bads by value, as counts that add up: rows in any order and chunks give the same."""

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats
from riskkit.applicants import as_levels
from riskkit.errors import DataError
from riskkit.scores.columns import Codes, Coding, numbers_of
from riskkit.scores.features import Counts, totals

#: Numbers are told apart as long as there are no more groups of them than this.
MOST_GROUPS = 2**14
#: Bits behind the leading one of a float: with all of them every value is a group of its own.
_ALL_BITS = 52
#: Integers that span less than this are counted without sorting.
_SHORT_RANGE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberCounts:
    """Goods and bads by value of a number.

    Up to 16,384 distinct values are all told apart. Beyond that, values that agree in their first
    bits form a group, with as many bits as that number of groups allows. Groups of fewer bits are
    unions of groups of more, so the bits depend on the values alone, not on the order or the
    chunks in which they came.
    """

    name: str  #: The column.
    special: tuple[float, ...]  #: Codes that mean "missing because ...".
    bits: int  #: By how many bits of their fraction values are told apart.
    least: Floats  #: Smallest value of each group, ascending, shape (n_groups,).
    largest: Floats  #: Largest value of each group, shape (n_groups,).
    groups: Counts  #: Goods and bads by group.
    apart: Counts  #: Goods and bads by special code, last of missing values.

    def __add__(self, other: "NumberCounts") -> "NumberCounts":
        """Return the counts of both."""
        bits = min(self.bits, other.bits)
        largest = np.concatenate([self.largest, other.largest])
        order = np.argsort(largest, kind="stable")
        return _as_coarse_as_need_be(
            replace(
                self,
                bits=bits,
                least=np.concatenate([self.least, other.least])[order],
                largest=largest[order],
                groups=Counts(
                    goods=np.concatenate([self.groups.goods, other.groups.goods])[order],
                    bads=np.concatenate([self.groups.bads, other.groups.bads])[order],
                ),
                apart=added(self.apart, other.apart),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCounts:
    """Goods and bads by level of a category."""

    name: str  #: The column.
    special: tuple[str, ...]  #: Levels that are never joined with others.
    levels: tuple[str, ...]  #: The levels, ascending.
    groups: Counts  #: Goods and bads by level.
    apart: Counts  #: Goods and bads of missing values, shape (1,).

    def __add__(self, other: "LevelCounts") -> "LevelCounts":
        """Return the counts of both."""
        both = pd.Index((*self.levels, *other.levels), dtype="str")
        levels = np.sort(both.unique().to_numpy(dtype=object))
        codes = np.asarray(pd.Index(levels, dtype="str").get_indexer(both), dtype=np.intp)
        goods = np.concatenate([self.groups.goods, other.groups.goods])
        bads = np.concatenate([self.groups.bads, other.groups.bads])
        return replace(
            self,
            levels=tuple(levels),
            groups=_grouped(codes, goods, bads, len(levels)),
            apart=added(self.apart, other.apart),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BinnedCounts:
    """Goods and bads of a number by bins that were given."""

    coding: Coding  #: The bins.
    groups: Counts  #: Goods and bads by code.

    @property
    def name(self) -> str:
        """The column."""
        return self.coding.name

    def __add__(self, other: "BinnedCounts") -> "BinnedCounts":
        """Return the counts of both."""
        return replace(self, groups=added(self.groups, other.groups))


FeatureCounts = NumberCounts | LevelCounts | BinnedCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCounts:
    """Goods and bads by value of every feature of some rows.

    ``a + b`` are the counts of the rows of both: a table may be counted chunk by chunk, or on many
    machines, and bins come out as from the whole (sums of weights that are no whole numbers
    differ by rounding).
    """

    features: tuple[FeatureCounts, ...]  #: By feature.
    n_rows: int  #: How many rows were counted.

    def __add__(self, other: "ValueCounts") -> "ValueCounts":
        """Return the counts of both.

        Raises
        ------
        DataError
            If they are not of the same features, read the same way.
        """
        ours, theirs = ([_setting(f) for f in counts.features] for counts in (self, other))
        if ours != theirs:
            odd = next((a for a, b in zip(ours, theirs, strict=False) if a != b), ours[-1])
            raise DataError(
                "Counts must be of the same features, read the same way, to be added up, but "
                f"they differ from feature {odd[1]!r} on; give kinds, special and edges to both."
            )
        both = zip(self.features, other.features, strict=True)
        return ValueCounts(
            features=tuple(a + b for a, b in both),  # type: ignore[operator] # of one type
            n_rows=self.n_rows + other.n_rows,
        )


def _setting(counts: FeatureCounts) -> tuple[Any, ...]:
    if isinstance(counts, BinnedCounts):
        return ("bins", counts.name, counts.coding.special, counts.coding.edges.tolist())
    return (type(counts).__name__, counts.name, counts.special)


def added(a: Counts, b: Counts) -> Counts:
    """Return the sum of counts by the same codes."""
    return Counts(goods=a.goods + b.goods, bads=a.bads + b.bads)


def scaled(counts: Counts, factor: float) -> Counts:
    """Return counts, each times a factor."""
    return Counts(goods=counts.goods * factor, bads=counts.bads * factor)


def counted(codes: Codes, bad: Flags, weight: Floats | None, n_codes: int) -> Counts:
    """Return goods and bads by code."""
    if weight is None:
        rows = np.bincount(codes, minlength=n_codes).astype(np.float64)
        bads = np.bincount(codes[bad], minlength=n_codes).astype(np.float64)
        return Counts(goods=rows - bads, bads=bads)
    return _grouped(codes, weight * ~bad, weight * bad, n_codes)


def _grouped(codes: Codes, goods: Floats, bads: Floats, n_codes: int) -> Counts:
    return Counts(goods=totals(codes, goods, n_codes), bads=totals(codes, bads, n_codes))


def level_counts(
    column: pd.Series, special: tuple[str, ...], bad: Flags, weight: Floats | None
) -> LevelCounts:
    """Count a category by level."""
    found, levels = pd.factorize(as_levels(column), sort=True)
    codes = np.where(found < 0, len(levels), found).astype(np.intp)
    counts = counted(codes, bad, weight, len(levels) + 1)
    return LevelCounts(
        name=str(column.name),
        special=special,
        levels=tuple(map(str, levels)),
        groups=counts.first(len(levels)),
        apart=Counts(goods=counts.goods[-1:], bads=counts.bads[-1:]),
    )


def binned_counts(
    column: pd.Series, coding: Coding, bad: Flags, weight: Floats | None
) -> BinnedCounts:
    """Count a number by bins that are given.

    Raises
    ------
    DataError
        If the column holds text or an infinite value.
    """
    groups = counted(coding.codes(column), bad, weight, coding.n_codes)
    return BinnedCounts(coding=coding, groups=groups)


def number_counts(
    column: pd.Series, special: tuple[float, ...], bad: Flags, weight: Floats | None
) -> NumberCounts:
    """Count a number by value.

    Raises
    ------
    DataError
        If the column holds text or an infinite value.
    """
    n_apart = len(special) + 1
    start = NumberCounts(
        name=str(column.name),
        special=special,
        bits=_ALL_BITS,
        least=np.empty(0),
        largest=np.empty(0),
        groups=Counts(goods=np.empty(0), bads=np.empty(0)),
        apart=Counts(goods=np.zeros(n_apart), bads=np.zeros(n_apart)),
    )
    if _is_short_range(column):
        return _counts_of_integers(column.to_numpy(), start, bad, weight)
    return _counts_of_floats(numbers_of(column), start, bad, weight)


def _is_short_range(column: pd.Series) -> bool:
    dtype = column.dtype
    if not (isinstance(dtype, np.dtype) and dtype.kind in "iu" and len(column)):
        return False
    return int(column.max()) - int(column.min()) < _SHORT_RANGE


def _counts_of_integers(
    integers: NDArray[np.integer[Any]], start: NumberCounts, bad: Flags, weight: Floats | None
) -> NumberCounts:
    # One look at each row, without sorting.
    least = int(integers.min())
    codes = integers.astype(np.int64) - least
    counts = counted(codes, bad, weight, int(codes.max()) + 1)
    found = np.flatnonzero(counts.rows)
    values = (found + least).astype(np.float64)
    is_special = np.isin(values, start.special)
    apart = Counts(goods=start.apart.goods.copy(), bads=start.apart.bads.copy())
    for code in found[is_special]:
        at = start.special.index(float(code + least))
        apart.goods[at], apart.bads[at] = counts.goods[code], counts.bads[code]
    kept = found[~is_special]
    return _as_coarse_as_need_be(
        replace(
            start,
            least=values[~is_special],
            largest=values[~is_special],
            groups=Counts(goods=counts.goods[kept], bads=counts.bads[kept]),
            apart=apart,
        )
    )


def _counts_of_floats(
    numbers: Floats, start: NumberCounts, bad: Flags, weight: Floats | None
) -> NumberCounts:
    is_apart = np.isnan(numbers)
    for code in start.special:
        is_apart |= numbers == code
    apart = start.apart
    if is_apart.any():
        codes = _apart_codes(numbers[is_apart], start.special)
        apart_weight = None if weight is None else weight[is_apart]
        apart = counted(codes, bad[is_apart], apart_weight, len(start.special) + 1)
        kept = ~is_apart
        numbers, bad = numbers[kept], bad[kept]
        weight = None if weight is None else weight[kept]
    ordered = np.sort(numbers)
    ordered += 0.0  # -0.0 becomes 0.0
    bits = _most_bits(ordered[_first_of_each(ordered)])
    is_first = _first_of_each(_leading(ordered, bits))
    least, largest = ordered[is_first], ordered[_last_of_each(is_first)]
    groups = (
        _counts_by_rank(ordered, numbers, bad, largest)
        if weight is None
        else counted(np.searchsorted(largest, numbers), bad, weight, len(largest))
    )
    return replace(start, bits=bits, least=least, largest=largest, groups=groups, apart=apart)


def _apart_codes(numbers: Floats, special: tuple[float, ...]) -> Codes:
    codes = np.full(len(numbers), len(special), dtype=np.intp)  # missing
    for i, code in enumerate(special):
        codes[numbers == code] = i
    return codes


def _counts_by_rank(ordered: Floats, numbers: Floats, bad: Flags, largest: Floats) -> Counts:
    # Sorted values need no look-up row by row, and the rarer outcome is sorted sooner.
    bads_are_few = 2 * int(bad.sum()) <= len(bad)
    few = np.sort(numbers[bad if bads_are_few else ~bad])
    rows, rare = (
        np.diff(np.searchsorted(values, largest, side="right"), prepend=0).astype(np.float64)
        for values in (ordered, few)
    )
    return (
        Counts(goods=rows - rare, bads=rare)
        if bads_are_few
        else Counts(goods=rare, bads=rows - rare)
    )


def _leading(values: Floats, bits: int) -> Floats:
    # Floats with all but the first bits of their fraction cleared; the order stays.
    mask = np.int64(-1) << np.int64(_ALL_BITS - bits)
    return (values.view(np.int64) & mask).view(np.float64)


def _first_of_each(ordered: Floats) -> Flags:
    return np.r_[True, ordered[1:] != ordered[:-1]] if ordered.size else np.empty(0, dtype=bool)


def _last_of_each(is_first: Flags) -> Flags:
    return np.r_[is_first[1:], True] if is_first.size else is_first


def _most_bits(ordered: Floats, at_most: int = _ALL_BITS) -> int:
    # The most bits that leave few enough groups: more bits never leave fewer.
    if len(ordered) <= MOST_GROUPS:
        return at_most
    return bisect_left(
        range(1, at_most + 1),
        True,  # noqa: FBT003 - the first bits that are too many
        key=lambda bits: _first_of_each(_leading(ordered, bits)).sum() > MOST_GROUPS,
    )


def _as_coarse_as_need_be(counts: NumberCounts) -> NumberCounts:
    # Joins groups that agree in the bits that the counts can afford.
    same = _leading(counts.largest, counts.bits)
    bits = _most_bits(same[_first_of_each(same)], counts.bits)
    is_first = _first_of_each(_leading(counts.largest, bits))
    group = np.cumsum(is_first) - 1
    starts = np.flatnonzero(is_first)
    if not starts.size:
        return counts
    return replace(
        counts,
        bits=bits,
        least=np.minimum.reduceat(counts.least, starts),
        largest=np.maximum.reduceat(counts.largest, starts),
        groups=counts.groups.pooled(group),
    )
