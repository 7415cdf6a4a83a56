"""Cut-offs fixed beforehand, where to start among them, and how far to go."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from riskkit._checks import Floats, as_fractions, check_open_fraction
from riskkit.errors import DataError, InfeasibleCutoffError


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Cut-offs fixed before the calibration sample is seen; arrays of shape (n_cutoffs,)."""

    cutoffs: Floats  #: PDs, rising strictly [fraction].
    levels: Floats  #: Share of the development sample with a PD at or below each [fraction].


def cutoff_grid(pds_development: ArrayLike, n_cutoffs: int = 200) -> Grid:
    """Return a grid of cut-offs at even quantiles of the development sample.

    Parameters
    ----------
    pds_development : array-like, shape (n_applicants,)
        PDs of applicants like those to be certified, but none of them [fraction].
    n_cutoffs : int
        How many cut-offs; fewer where PDs are tied.

    Returns
    -------
    Grid
        Each cut-off is a PD that occurs, the last one the highest.

    Raises
    ------
    DataError
        If a PD lies outside [0, 1], there is none, or `n_cutoffs` is not positive.

    Examples
    --------
    >>> grid = cutoff_grid([0.01, 0.02, 0.02, 0.30], n_cutoffs=4)
    >>> grid.cutoffs, grid.levels
    (array([0.01, 0.02, 0.3 ]), array([0.25, 0.75, 1.  ]))
    """
    (pds,) = as_fractions(pds_development=pds_development)
    if not pds.size or n_cutoffs < 1:
        raise DataError(
            f"A grid needs at least one PD and one cut-off, but pds_development has {pds.size} "
            f"values and n_cutoffs is {n_cutoffs}."
        )
    wanted = np.arange(1, n_cutoffs + 1) / n_cutoffs
    cutoffs = np.unique(np.quantile(pds, wanted, method="inverted_cdf"))
    levels = np.searchsorted(np.sort(pds), cutoffs, side="right") / pds.size
    return Grid(cutoffs=cutoffs, levels=levels)


def starting_point(levels: ArrayLike, n_expected: float, n_needed: float) -> int:
    """Return the first cut-off below which enough applicants are expected.

    Parameters
    ----------
    levels : array-like, shape (n_cutoffs,)
        Share of the development sample below each cut-off, rising [fraction].
    n_expected : float
        Applicants expected in all [applicants].
    n_needed : float
        Applicants needed below the cut-off [applicants].

    Returns
    -------
    int
        Its place in the grid.

    Raises
    ------
    InfeasibleCutoffError
        If even the last cut-off leaves too few.

    Examples
    --------
    >>> starting_point([0.1, 0.2, 0.3], n_expected=1000, n_needed=180)
    1
    """
    expected = np.asarray(levels, dtype=np.float64) * n_expected
    enough = np.flatnonzero(expected >= n_needed)
    if not enough.size:
        raise InfeasibleCutoffError(
            f"Too few applicants: {n_needed:.0f} are needed below the first cut-off, but "
            f"{expected.max(initial=0):.0f} are expected below the last."
        )
    return int(enough[0])


def certified_index(p_values: ArrayLike, delta: float, start: int) -> int | None:
    """Return the last cut-off that passes when they are tested in order from a start.

    Parameters
    ----------
    p_values : array-like, shape (n_cutoffs,)
        P-value of each cut-off.
    delta : float
        Level of every test, and of all together [fraction].
    start : int
        First cut-off tested, fixed beforehand.

    Returns
    -------
    int or None
        Its place in the grid; None if the first one fails.

    Raises
    ------
    DataError
        If delta lies outside (0, 1).

    Examples
    --------
    >>> certified_index([0.9, 0.01, 0.02, 0.3, 0.001], delta=0.05, start=1)
    2
    """
    check_open_fraction(delta=delta)
    failing = np.flatnonzero(np.asarray(p_values)[start:] > delta)
    n_passed = int(failing[0]) if failing.size else len(np.asarray(p_values)[start:])
    return start + n_passed - 1 if n_passed else None


def one_per_group(groups: ArrayLike, *, seed: int) -> NDArray[np.intp]:
    """Return the rows of one application per customer, drawn at random.

    Parameters
    ----------
    groups : array-like, shape (n_applicants,)
        Who applies.
    seed : int
        Of the draw.

    Returns
    -------
    array of int, shape (n_customers,)
        Row numbers, rising.

    Examples
    --------
    >>> len(one_per_group(["ann", "bo", "ann", "cy"], seed=0))
    3
    """
    codes, _ = pd.factorize(np.asarray(groups), use_na_sentinel=False)
    order = np.random.default_rng(seed).permutation(len(codes))
    _, first = np.unique(codes[order], return_index=True)
    return np.sort(order[first])
