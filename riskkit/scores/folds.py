"""Folds of a training sample: stratified by outcome, or blocks that follow each other in time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import StratifiedKFold

from riskkit._checks import Flags
from riskkit.errors import DataError

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folds:
    """The fold of every row."""

    number: Rows  #: Fold from 0 on, shape (n_rows,).
    ordered: bool = False  #: Whether they follow each other in time.

    @property
    def n(self) -> int:
        """How many folds there are."""
        return int(self.number.max()) + 1

    def splits(self) -> Iterator[tuple[Rows, Rows]]:
        """Yield rows to train on and rows to measure on.

        Stratified folds are measured each on a model of all others. Blocks in time are measured
        each on a model of the earlier ones only, as a lender would have had it; so the first one
        is never measured.
        """
        for k in range(1 if self.ordered else 0, self.n):
            kept = self.number < k if self.ordered else self.number != k
            yield np.flatnonzero(kept), np.flatnonzero(self.number == k)


def new_folds(bad: Flags, n_folds: int, *, seed: int, time: ArrayLike | None = None) -> Folds:
    """Return folds to measure scorers on: stratified, or blocks in time where it is given.

    Raises
    ------
    DataError
        If there are fewer than 2, a class has fewer rows than folds, or the times do not do.
    """
    if n_folds < 2:  # noqa: PLR2004 - one to train on, one to measure
        raise DataError(f"n_folds must be at least 2, but is {n_folds}.")
    n_bads, n_goods = int(bad.sum()), int((~bad).sum())
    if min(n_bads, n_goods) < n_folds:
        raise DataError(
            f"y must hold at least {n_folds} bads and {n_folds} goods for {n_folds} folds, but has "
            f"{n_bads} bads and {n_goods} goods."
        )
    if time is None:
        return stratified_folds(bad, n_folds, seed=seed)
    return time_folds(time, bad, n_folds)


def stratified_folds(bad: Flags, n_folds: int, *, seed: int) -> Folds:
    """Return folds at random, each with its share of bads; each class needs a row per fold."""
    number = np.empty(len(bad), dtype=np.intp)
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    for k, (_, rows) in enumerate(folds.split(bad, bad)):
        number[rows] = k
    return Folds(number=number)


def time_folds(time: ArrayLike, bad: Flags, n_folds: int) -> Folds:
    """Return blocks that follow each other in time, each with about equally many bads.

    Rows of one time stay together. Where goods are rarer than bads, they are what is shared out.

    Parameters
    ----------
    time : array-like, shape (n_rows,)
        When each row applied: dates, or numbers that rise with time.
    bad : array of bool, shape (n_rows,)
        Whether it went bad.
    n_folds : int
        Number of blocks.

    Returns
    -------
    Folds
        The block of each row, the earliest first.

    Raises
    ------
    DataError
        If a time is missing, the lengths differ, or too few times differ for so many blocks.

    Examples
    --------
    >>> folds = time_folds([2020, 2021, 2022, 2023] * 2, np.array([True, False] * 4), 2)
    >>> folds.number.tolist()
    [0, 1, 1, 1, 0, 1, 1, 1]
    """
    times = np.asarray(time)
    if times.shape != bad.shape:
        raise DataError(
            f"time must have one value per row, but has shape {times.shape} for {len(bad)} rows."
        )
    if times.dtype.kind not in "iufM":
        raise DataError(f"time must hold dates or numbers, but holds {times.dtype}.")
    missing = np.flatnonzero(np.isnat(times) if times.dtype.kind == "M" else ~np.isfinite(times))
    if missing.size:
        raise DataError(
            f"time must be known in every row, but is {times[missing[0]]} in row {missing[0]}."
        )
    rarer = bad if bad.sum() <= (~bad).sum() else ~bad
    ordered = np.sort(times[rarer])
    # A block ends with the last row of its time; the last block takes all that is left.
    ends = ordered[np.arange(1, n_folds) * len(ordered) // n_folds - 1]
    number = np.searchsorted(np.unique(ends), times, side="left")
    number = np.unique(number, return_inverse=True)[1]
    if number.max() + 1 < n_folds:
        raise DataError(
            f"time must differ enough for {n_folds} blocks, each with some of the rarer outcome, "
            f"but gives only {number.max() + 1}; ask for fewer folds, or leave time out."
        )
    return Folds(number=number.astype(np.intp), ordered=True)
