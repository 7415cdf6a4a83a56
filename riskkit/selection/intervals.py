"""Intervals that the estimators share; approximate, unlike those of riskkit.decisions."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from riskkit._checks import Floats, check_open_fraction


def wilson_interval(
    n_bad: ArrayLike, n: ArrayLike, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Return Wilson's score interval for a rate; approximate, unlike Clopper-Pearson's.

    Parameters
    ----------
    n_bad : array-like
        Events; effective counts need not be whole.
    n : array-like
        Trials; where 0, the interval is [0, 1].
    confidence : float
        Of the two-sided interval [fraction].

    Returns
    -------
    lower, upper : arrays of the same shape
        Limits [fraction] [1]_.

    Raises
    ------
    DataError
        If `confidence` lies outside (0, 1).

    References
    ----------
    .. [1] Wilson (1927), J. American Statistical Association 22, 209-212.

    Examples
    --------
    >>> lower, upper = wilson_interval(10, 100)
    >>> round(float(lower), 5), round(float(upper), 5)
    (0.05523, 0.17437)
    """
    check_open_fraction(confidence=confidence)
    bads, trials = (np.asarray(values, dtype=np.float64) for values in (n_bad, n))
    square = special.ndtri((1 + confidence) / 2) ** 2
    rate = ratio(bads, trials)
    centre = (bads + square / 2) / (trials + square)
    half = np.sqrt(square * (trials * rate * (1 - rate) + square / 4)) / (trials + square)
    # At 0 or n bads one limit is 0 or 1; rounding must not push it past the rate.
    return np.minimum(centre - half, rate).clip(0), np.maximum(centre + half, rate).clip(None, 1)


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Return a ratio, 0 where there is nothing to divide by; callers say what that means."""
    top, bottom = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    return np.divide(top, bottom, out=np.zeros(bottom.shape), where=bottom > 0)
