"""Exact binomial tests and limits for a bad rate: valid for any number of applicants."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from riskkit._checks import Floats, check_open_fraction
from riskkit.errors import DataError


def clopper_pearson_upper(n_bad: ArrayLike, n: ArrayLike, *, delta: float) -> Floats:
    """Return upper limits that lie below the true bad rate with probability at most delta.

    Parameters
    ----------
    n_bad : array-like of int
        Bads among the applicants.
    n : array-like of int
        Applicants, independent of each other and all with a known outcome.
    delta : float
        Allowed probability of a limit below the truth [fraction].

    Returns
    -------
    array of float
        Limits [fraction], 1 where all are bad [1]_.

    Raises
    ------
    DataError
        If the counts are not whole or not 0 <= n_bad <= n, or delta lies outside (0, 1).

    References
    ----------
    .. [1] Clopper and Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> round(float(clopper_pearson_upper(30, 1000, delta=0.1)), 6)
    0.038155
    """
    check_open_fraction(delta=delta)
    bads, trials = _counts(n_bad, n)
    # A scale parameter of 0 makes betaincinv NaN; those limits are known.
    limits = special.betaincinv(bads + 1.0, np.maximum(trials - bads, 1), 1 - delta)
    return np.where(bads == trials, 1.0, limits)


def clopper_pearson_lower(n_bad: ArrayLike, n: ArrayLike, *, delta: float) -> Floats:
    """Return lower limits that lie above the true bad rate with probability at most delta.

    Parameters
    ----------
    n_bad : array-like of int
        Bads among the applicants.
    n : array-like of int
        Applicants, independent of each other and all with a known outcome.
    delta : float
        Allowed probability of a limit above the truth [fraction].

    Returns
    -------
    array of float
        Limits [fraction], 0 where none is bad [1]_.

    Raises
    ------
    DataError
        If the counts are not whole or not 0 <= n_bad <= n, or delta lies outside (0, 1).

    References
    ----------
    .. [1] Clopper and Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> round(float(clopper_pearson_lower(30, 1000, delta=0.1)), 6)
    0.023297
    """
    check_open_fraction(delta=delta)
    bads, trials = _counts(n_bad, n)
    limits = special.betaincinv(np.maximum(bads, 1), trials - bads + 1.0, delta)
    return np.where(bads == 0, 0.0, limits)


def binomial_p_values(n_bad: ArrayLike, n: ArrayLike, *, cap: float) -> Floats:
    """Return exact p-values against "the bad rate is at least the cap".

    Parameters
    ----------
    n_bad : array-like of int
        Bads among the applicants.
    n : array-like of int
        Applicants, independent of each other and all with a known outcome.
    cap : float
        Highest allowed bad rate [fraction].

    Returns
    -------
    array of float
        P(Binomial(n, cap) <= n_bad); 1 where there are no applicants [1]_.

    Raises
    ------
    DataError
        If the counts are not whole or not 0 <= n_bad <= n, or cap lies outside (0, 1).

    References
    ----------
    .. [1] Angelopoulos, Bates, Candes, Jordan and Lei (2021), Learn then Test, arXiv 2110.01052.

    Examples
    --------
    >>> binomial_p_values([12, 15], [500, 500], cap=0.05).round(6)
    array([0.00261 , 0.019858])
    """
    check_open_fraction(cap=cap)
    bads, trials = _counts(n_bad, n)
    # bdtr is scipy.stats.binom.cdf without its overhead, which a walk pays at every cut-off.
    return np.asarray(special.bdtr(bads, trials, cap))


def zero_default_sample_size(cap: float, delta: float) -> int:
    """Return how many applicants without a single bad it takes to certify a cap.

    Parameters
    ----------
    cap : float
        Highest allowed bad rate [fraction].
    delta : float
        Allowed probability of breaking it [fraction].

    Returns
    -------
    int
        The smallest n with ``(1 - cap)^n <= delta`` [applicants].

    Raises
    ------
    DataError
        If cap or delta lies outside (0, 1).

    Examples
    --------
    >>> zero_default_sample_size(0.03, 0.05)
    99
    """
    check_open_fraction(cap=cap, delta=delta)
    return math.ceil(math.log(delta) / math.log1p(-cap))


def _counts(n_bad: ArrayLike, n: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    # Rates times n would come back as k + 1 for many k (0.07 * 100 > 7): only counts are taken.
    bads, trials = np.broadcast_arrays(np.asarray(n_bad), np.asarray(n))
    whole = np.issubdtype(bads.dtype, np.integer) and np.issubdtype(trials.dtype, np.integer)
    if not whole or not np.all((bads >= 0) & (bads <= trials)):
        raise DataError(
            "n_bad and n must be whole numbers (of an integer type) with 0 <= n_bad <= n, but are "
            f"n_bad {bads} ({bads.dtype}) and n {trials} ({trials.dtype})."
        )
    return bads.astype(np.int64), trials.astype(np.int64)
