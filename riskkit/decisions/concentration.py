"""Other upper limits for a rate, for comparison with the exact ones and with betting."""

import math
from collections.abc import Callable

from numpy.typing import ArrayLike
from scipy import special

from riskkit._checks import as_fractions, check_open_fraction
from riskkit.errors import DataError

_BISECTIONS = 60


def hoeffding_upper(n_bad: int, n: int, *, delta: float) -> float:
    """Return Hoeffding's upper limit: valid, and far too wide for rates of a few percent.

    Parameters
    ----------
    n_bad : int
        Bads.
    n : int
        Applicants, positive.
    delta : float
        Allowed probability of a limit below the truth [fraction].

    Returns
    -------
    float
        ``rate + sqrt(ln(1 / delta) / (2 n))`` [1]_.

    Raises
    ------
    DataError
        If the counts contradict each other or delta lies outside (0, 1).

    References
    ----------
    .. [1] Hoeffding (1963), J. American Statistical Association 58, 13-30.

    Examples
    --------
    >>> round(hoeffding_upper(3, 100, delta=0.05), 6)
    0.152387
    """
    _check(n_bad, n, delta)
    return min(n_bad / n + math.sqrt(math.log(1 / delta) / (2 * n)), 1.0)


def kl_hoeffding_upper(n_bad: int, n: int, *, delta: float) -> float:
    """Return the upper limit by Chernoff's bound with the Kullback-Leibler divergence.

    Parameters
    ----------
    n_bad : int
        Bads.
    n : int
        Applicants, positive.
    delta : float
        Allowed probability of a limit below the truth [fraction].

    Returns
    -------
    float
        The largest a with ``n KL(rate, a) <= ln(1 / delta)`` [1]_.

    Raises
    ------
    DataError
        If the counts contradict each other or delta lies outside (0, 1).

    References
    ----------
    .. [1] Chernoff (1952), Annals of Mathematical Statistics 23, 493-507.

    Examples
    --------
    >>> round(kl_hoeffding_upper(3, 100, delta=0.05), 6)
    0.091332
    """
    _check(n_bad, n, delta)
    rate = n_bad / n
    return _largest(lambda a: math.exp(-n * _divergence(rate, a)), rate, delta)


def hoeffding_bentkus_upper(n_bad: int, n: int, *, delta: float) -> float:
    """Return the Hoeffding-Bentkus upper limit, that of Learn then Test for general losses.

    Parameters
    ----------
    n_bad : int
        Bads.
    n : int
        Applicants, positive.
    delta : float
        Allowed probability of a limit below the truth [fraction].

    Returns
    -------
    float
        The largest a whose p-value, the smaller of Hoeffding's and e times the binomial one,
        exceeds delta [1]_; for 0/1 outcomes `clopper_pearson_upper` is exact.

    Raises
    ------
    DataError
        If the counts contradict each other or delta lies outside (0, 1).

    References
    ----------
    .. [1] Angelopoulos, Bates, Candes, Jordan and Lei (2021), Learn then Test, arXiv 2110.01052.

    Examples
    --------
    >>> round(hoeffding_bentkus_upper(3, 100, delta=0.05), 6)
    0.089205
    """
    _check(n_bad, n, delta)
    rate = n_bad / n

    def p_value(a: float) -> float:
        hoeffding = math.exp(-n * _divergence(rate, a))
        return min(hoeffding, math.e * float(special.bdtr(n_bad, n, a)))

    return _largest(p_value, rate, delta)


def maurer_pontil_upper(x: ArrayLike, *, delta: float) -> float:
    """Return the empirical Bernstein upper limit for the mean of values in [0, 1].

    Parameters
    ----------
    x : array-like, shape (n,)
        At least two values in [0, 1].
    delta : float
        Allowed probability of a limit below the truth [fraction].

    Returns
    -------
    float
        ``mean + sqrt(2 V ln(2 / delta) / n) + 7 ln(2 / delta) / (3 (n - 1))`` [1]_.

    Raises
    ------
    DataError
        If a value lies outside [0, 1], there are fewer than two, or delta lies outside (0, 1).

    References
    ----------
    .. [1] Maurer and Pontil (2009), Empirical Bernstein bounds, COLT.

    Examples
    --------
    >>> import numpy as np
    >>> round(maurer_pontil_upper(np.arange(1, 1001) % 20 == 0, delta=0.05), 6)
    0.077346
    """
    check_open_fraction(delta=delta)
    (values,) = as_fractions(x=x)
    if values.size < 2:  # noqa: PLR2004 - a variance takes two
        raise DataError(f"x must hold at least 2 values, but holds {values.size}.")
    term = math.log(2 / delta)
    spread = math.sqrt(2 * float(values.var(ddof=1)) * term / values.size)
    return min(float(values.mean()) + spread + 7 * term / (3 * (values.size - 1)), 1.0)


def dkw_half_width(n: int, *, delta: float) -> float:
    """Return the half width of the band around an empirical distribution that holds everywhere.

    Parameters
    ----------
    n : int
        Values, positive.
    delta : float
        Allowed probability that the band misses anywhere [fraction].

    Returns
    -------
    float
        ``sqrt(ln(2 / delta) / (2 n))`` [1]_ [fraction].

    Raises
    ------
    DataError
        If there are no values or delta lies outside (0, 1).

    References
    ----------
    .. [1] Massart (1990), Annals of Probability 18, 1269-1283.

    Examples
    --------
    >>> round(dkw_half_width(10_000, delta=0.05), 7)
    0.013581
    """
    _check(0, n, delta)
    return math.sqrt(math.log(2 / delta) / (2 * n))


def _divergence(rate: float, a: float) -> float:
    return float(special.rel_entr(rate, a) + special.rel_entr(1 - rate, 1 - a))


def _largest(p_value: Callable[[float], float], low: float, delta: float) -> float:
    high = 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if p_value(middle) > delta else (low, middle)
    return high


def _check(n_bad: int, n: int, delta: float) -> None:
    check_open_fraction(delta=delta)
    if not 0 <= n_bad <= n or n < 1:
        raise DataError(f"n_bad and n must have 0 <= n_bad <= n and n >= 1, but are {n_bad}, {n}.")
