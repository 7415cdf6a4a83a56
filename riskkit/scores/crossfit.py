"""Cross-fitted WoE: no training row's encoding has seen its own outcome."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskkit._checks import Flags, Floats
from riskkit.errors import DataError
from riskkit.scores.features import Counts, Feature, totals
from riskkit.scores.folds import stratified_folds, time_folds

#: Leaving out two folds of three still leaves one to learn from.
LEAST_FOLDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What became of the training rows, and the fold of each."""

    bad: Flags  #: Whether it went bad, shape (n_rows,).
    weight: Floats  #: Sample weights with mean 1, shape (n_rows,).
    fold: NDArray[np.intp]  #: Fold from 0 on, shape (n_rows,).
    ordered: bool = False  #: Whether the folds follow each other in time.

    @property
    def n_folds(self) -> int:
        """How many folds there are."""
        return int(self.fold.max()) + 1

    @property
    def watched(self) -> list[int]:
        """The folds whose loss says when to stop: all, or where they are ordered, the latest."""
        return [self.n_folds - 1] if self.ordered else list(range(self.n_folds))

    @property
    def n_smaller(self) -> int:
        """How many rows the rarer outcome has; defaults depend on it."""
        return int(min(self.bad.sum(), (~self.bad).sum()))


def new_outcomes(
    bad: Flags, weight: Floats, *, n_folds: int, seed: int, time: ArrayLike | None = None
) -> Outcomes:
    """Return outcomes with stratified folds, or blocks in time where it is given.

    There are fewer of them where a class is too small.

    Raises
    ------
    DataError
        If a class has fewer than 3 rows, fewer than 3 folds are asked for, or a time is missing or
        too few times differ.
    """
    n_bads, n_goods = int(bad.sum()), int((~bad).sum())
    if min(n_bads, n_goods) < LEAST_FOLDS:
        classes = "one class" if min(n_bads, n_goods) == 0 else "too few of one class"
        raise DataError(
            f"y must hold at least {LEAST_FOLDS} bads (1) and {LEAST_FOLDS} goods (0), but has "
            f"{classes}: {n_bads} bads and {n_goods} goods."
        )
    if n_folds < LEAST_FOLDS:
        raise DataError(f"n_folds must be at least {LEAST_FOLDS}, but is {n_folds}.")
    n = min(n_folds, n_bads, n_goods)
    folds = stratified_folds(bad, n, seed=seed) if time is None else time_folds(time, bad, n)
    return Outcomes(
        bad=bad, weight=weight / weight.mean(), fold=folds.number, ordered=folds.ordered
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossFitted:
    """WoE of some features, learned with none, one or two folds left out."""

    features: tuple[Feature, ...]  #: The features.
    outcomes: Outcomes  #: Of the training rows.
    maps: dict[frozenset[int], list[Floats]]  #: By the folds left out, WoE by code per feature.

    def by_cell(self, feature: int, left_out: int | None = None) -> Floats:
        """Return the WoE of one feature by fold and code, shape (n_folds, n_codes).

        The rows of a fold get what was learned without it and without the fold `left_out`: so a
        model trained on all folds but that one never saw it, and gives it what a new row gets.
        """
        return np.stack(
            [
                self.maps[frozenset({k} if left_out is None else {k, left_out})][feature]
                for k in range(self.outcomes.n_folds)
            ]
        )

    def encoded(self, left_out: int | None = None) -> Floats:
        """Return the WoE of every row, shape (n_rows, n_features)."""
        fold = self.outcomes.fold
        woe = np.empty((len(fold), len(self.features)), order="F")
        for f, feature in enumerate(self.features):
            woe[:, f] = self.by_cell(f, left_out)[fold, feature.codes]
        return woe

    @property
    def whole(self) -> list[Floats]:
        """The WoE by code per feature, learned from all rows: what serves prediction."""
        return self.maps[frozenset()]


def cross_fitted(
    features: tuple[Feature, ...],
    outcomes: Outcomes,
    learn: Callable[[Feature, Counts], Floats],
) -> CrossFitted:
    """Learn the WoE of every feature from all rows, and with each one or two folds left out."""
    maps: dict[frozenset[int], list[Floats]] = {frozenset(): []}
    pairs = combinations_with_replacement(range(outcomes.n_folds), 2)
    maps |= {frozenset(pair): [] for pair in pairs}
    for feature in features:
        goods, bads = _counts_by_fold(feature, outcomes)
        for left_out, learned in maps.items():
            kept = [k for k in range(outcomes.n_folds) if k not in left_out]
            counts = Counts(goods=goods[kept].sum(axis=0), bads=bads[kept].sum(axis=0))
            learned.append(learn(feature, counts))
    return CrossFitted(features=features, outcomes=outcomes, maps=maps)


def counts_of(feature: Feature, outcomes: Outcomes) -> Counts:
    """Return goods and bads of all rows by code."""
    goods, bads = _counts_by_fold(feature, outcomes)
    return Counts(goods=goods.sum(axis=0), bads=bads.sum(axis=0))


def _counts_by_fold(feature: Feature, outcomes: Outcomes) -> tuple[Floats, Floats]:
    n_codes, n_folds = feature.coding.n_codes, outcomes.n_folds
    cell = outcomes.fold * n_codes + feature.codes
    bads = totals(cell, outcomes.weight * outcomes.bad, n_folds * n_codes)
    rows = totals(cell, outcomes.weight, n_folds * n_codes)
    goods = np.maximum(0.0, rows - bads)
    return goods.reshape(n_folds, n_codes), bads.reshape(n_folds, n_codes)
