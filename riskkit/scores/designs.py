"""Features as plain numbers for linear models: missing values and categories included."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from riskkit._checks import Floats
from riskkit.applicants import as_levels, as_numbers
from riskkit.scores.columns import check_columns, kinds_of

_QUANTILES = 500
_RARE = 20  # a level of fewer rows joins the others
_MOST_LEVELS = 30
_OUTER = 1e-7  # values beyond those of training have this normal score's tail
#: The level of missing values of a category.
MISSING = "(missing)"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPart:
    """A number as its normal score, so that no long tail leads a linear model."""

    name: str  #: The feature.
    median: float  #: Stands for missing values.
    quantiles: tuple[float, ...]  #: Of training, ascending, at equally spaced shares.
    has_missing: bool  #: Whether training had missing values: they have a column of their own.

    def columns(self, column: pd.Series) -> Iterator[Floats]:
        """Yield the columns of a table's column."""
        numbers = as_numbers(column).to_numpy(dtype=np.float64)
        filled = np.where(np.isnan(numbers), self.median, numbers)
        q, shares = np.array(self.quantiles), np.linspace(0, 1, len(self.quantiles))
        # From both sides: a value that many rows share gets the middle of its shares.
        below = np.interp(filled, q, shares)
        above = 1 - np.interp(-filled, -q[::-1], shares)
        middle = (below + above) / 2
        middle = np.where(filled >= q[-1], 1.0, np.where(filled <= q[0], 0.0, middle))
        yield np.asarray(ndtri(np.clip(middle, _OUTER, 1 - _OUTER)))
        if self.has_missing:
            yield np.isnan(numbers).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelPart:
    """A category as a column per common level; missing is a level."""

    name: str  #: The feature.
    levels: tuple[str, ...]  #: The common ones.
    has_rare: bool  #: Whether training had others: these and unseen ones share a column.

    def columns(self, column: pd.Series) -> Iterator[Floats]:
        """Yield the columns of a table's column."""
        values = _levels(column)
        for level in self.levels:
            yield (values == level).astype(np.float64)
        if self.has_rare:
            yield (~np.isin(values, self.levels)).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Turns a table into standardised numbers, as learned from another table of its kind.

    Numbers become normal scores; missing ones are the median and have a column of their own. Each
    common level of a category has a column; missing is a level, and rare and unseen levels share
    one.
    """

    parts: tuple[NumberPart | LevelPart, ...]  #: How each feature becomes columns.
    means: tuple[float, ...]  #: Of the columns in training.
    scales: tuple[float, ...]  #: Their standard deviations; 1 where that is 0.

    @property
    def names(self) -> tuple[str, ...]:
        """The features."""
        return tuple(part.name for part in self.parts)

    def __call__(self, X: Any) -> Floats:
        """Return the numbers of a table, shape (n_applicants, n_columns)."""
        check_columns(X, self.names)
        columns = np.column_stack([c for part in self.parts for c in part.columns(X[part.name])])
        return (columns - np.array(self.means)) / np.array(self.scales)


def learn_design(table: pd.DataFrame) -> Design:
    """Return the design that a table teaches."""
    parts = tuple(
        _number_part(table[name]) if kind == "number" else _level_part(table[name])
        for name, kind in kinds_of(table).items()
    )
    columns = np.column_stack([c for part in parts for c in part.columns(table[part.name])])
    scales = columns.std(axis=0)
    return Design(
        parts=parts,
        means=tuple(columns.mean(axis=0).tolist()),
        scales=tuple(np.where(scales > 0, scales, 1.0).tolist()),
    )


def _number_part(column: pd.Series) -> NumberPart:
    numbers = as_numbers(column).to_numpy(dtype=np.float64)
    missing = np.isnan(numbers)
    median = float(np.median(numbers[~missing]))
    filled = np.where(missing, median, numbers)
    shares = np.linspace(0, 1, max(2, min(_QUANTILES, filled.size)))
    quantiles = np.maximum.accumulate(np.quantile(filled, shares))  # rounding may unsort equals
    return NumberPart(
        name=str(column.name),
        median=median,
        quantiles=tuple(quantiles.tolist()),
        has_missing=bool(missing.any()),
    )


def _level_part(column: pd.Series) -> LevelPart:
    counts = pd.Series(_levels(column)).value_counts()  # the most common first
    common = counts.index[counts >= _RARE]
    if len(common) + (len(common) < len(counts)) > _MOST_LEVELS:
        common = common[: _MOST_LEVELS - 1]
    return LevelPart(
        name=str(column.name),
        levels=tuple(sorted(common)),
        has_rare=len(common) < len(counts),
    )


def _levels(column: pd.Series) -> Any:
    levels = as_levels(column).astype(object)
    return levels.where(column.notna(), MISSING).to_numpy(dtype=object)
