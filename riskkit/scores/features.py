"""Features of the training sample, as far as they are known without the outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from riskkit._checks import Floats
from riskkit.scores.columns import (
    Codes,
    Coding,
    Special,
    edge_coding,
    learn_coding,
    numbers_of,
    special_numbers,
)

Direction = Literal["higher", "lower", "none"]
#: Whether the PD rises or falls with a number; 0 where it may do either.
SIGNS: dict[Direction, int] = {"higher": 1, "lower": -1, "none": 0}
_REVERSED: dict[Direction, Direction] = {"higher": "lower", "lower": "higher", "none": "none"}


def reversed_directions(directions: Mapping[str, Direction] | None) -> dict[str, Direction]:
    """Return the directions of what falls where the PD rises, such as the chance to be passed."""
    return {name: _REVERSED[direction] for name, direction in (directions or {}).items()}


def totals(codes: Codes, weights: Floats, n_codes: int = 0) -> Floats:
    """Return the sum of weights by code, for at least so many codes."""
    return np.asarray(np.bincount(codes, weights, n_codes), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Weighted goods and bads of one feature, by code or by bin."""

    goods: Floats  #: Weight of the goods, shape (n_codes,).
    bads: Floats  #: Weight of the bads, shape (n_codes,).

    @property
    def rows(self) -> Floats:
        """Weight of all rows by code."""
        return self.goods + self.bads

    @property
    def bad_rate(self) -> float:
        """Bads among all rows."""
        return float(self.bads.sum() / self.rows.sum())

    def first(self, n: int) -> "Counts":
        """Return the counts of the first codes."""
        return Counts(goods=self.goods[:n], bads=self.bads[:n])

    def pooled(self, bins: Codes) -> "Counts":
        """Return the counts by bin, given the bin of each code."""
        return Counts(goods=totals(bins, self.goods), bads=totals(bins, self.bads))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The scale on which the trend of a number is a straight line."""

    middle: float  #: Where a scale that tames long tails has its middle.
    width: float | None  #: Where its tails begin; None for the plain scale.
    mean: float  #: Mean over the training rows, on this scale.
    sd: float  #: Standard deviation over the training rows, on this scale.

    def standardised(self, numbers: Floats) -> Floats:
        """Return numbers on the scale, mean 0 and standard deviation 1 in training."""
        x = numbers if self.width is None else np.arcsinh((numbers - self.middle) / self.width)
        return (x - self.mean) / self.sd

    def numbers(self, z: Floats) -> Floats:
        """Return the numbers at some places of the scale."""
        x = z * self.sd + self.mean
        return x if self.width is None else self.middle + self.width * np.sinh(x)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature of the training sample: all that is known of it without the outcome."""

    coding: Coding  #: Its fine bins or levels.
    codes: Codes  #: The code of each row, shape (n_rows,).
    centres: Floats  #: Numbers: the mean of each bin, shape (n_bins,); else empty.
    direction: Direction  #: In which direction of a number the PD rises.
    span: tuple[float, float] = (0.0, 0.0)  #: Numbers: least and largest ordinary value.
    scale: Scale | None = None  #: Numbers: where the trend is a line.
    steps: Floats = field(default_factory=lambda: np.empty(0))  #: Numbers: trend, shape (n_bins,).
    own: frozenset[int] = frozenset()  #: Levels that are never pooled with rare ones.
    fixed: bool = False  #: Numbers: whether the user fixed the bins.


def number_feature(
    column: pd.Series, direction: Direction, special: Special, edges: ArrayLike | None = None
) -> Feature:
    """Return a number of the training sample, finely binned, or in bins that the user fixed."""
    name = str(column.name)
    coding = (
        learn_coding(column, "number", special)
        if edges is None
        else edge_coding(name, edges, special_numbers(special, name))
    )
    numbers = numbers_of(column)
    codes = coding.number_codes(numbers)
    ordinary = codes < coding.n_bins
    total = np.bincount(codes[ordinary], numbers[ordinary], coding.n_bins)
    n = np.bincount(codes[ordinary], minlength=coding.n_bins)
    seen = numbers[ordinary]
    return Feature(
        coding=coding,
        codes=codes,
        centres=total / np.maximum(n, 1),
        direction=direction,
        span=(float(seen.min()), float(seen.max())) if seen.size else (0.0, 0.0),
        fixed=edges is not None,
    )


def category_feature(column: pd.Series, special: Special) -> Feature:
    """Return a category of the training sample."""
    coding = learn_coding(column, "category", ())
    own = coding.levels_of(special)
    return Feature(
        coding=coding,
        codes=coding.codes(column),
        centres=np.empty(0),
        direction="none",
        own=own,
    )


def special_feature(number: Feature) -> Feature:
    """Return a category that tells the special codes of a number from its ordinary values."""
    levels = ("ordinary", *(repr(code) for code in number.coding.special))
    name = f"{number.coding.name}: special code"
    coding = Coding(name=name, kind="category", edges=np.empty(0), levels=levels)
    return Feature(
        coding=coding,
        codes=special_codes(number.codes, number.coding),
        centres=np.empty(0),
        direction="none",
        own=frozenset(range(len(levels))),
    )


def special_codes(codes: Codes, coding: Coding) -> Codes:
    """Return 0 for ordinary numbers, then the special codes, none for unseen, and missing."""
    groups = np.maximum(0, codes - coding.n_bins + 1)
    groups[codes == coding.missing] = len(coding.special) + 2
    return groups
