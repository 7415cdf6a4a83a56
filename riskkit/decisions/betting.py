"""Tests and limits by betting for the mean of values in [0, 1]: valid for any number of them.

Whoever doubts that the mean is at least m bets against every value. If it is, no strategy that
decides each bet from the values before it makes money on average, and by Ville's inequality the
wealth ever exceeds 1 / delta with probability at most delta [1]_.

The bets are those of Waudby-Smith and Ramdas: ``nu_i = min(1, sqrt(2 ln(1/delta) / (n s2_i)))``,
with s2_i the variance of the values before i, as far as it is known by then.

References
----------
.. [1] Waudby-Smith and Ramdas (2024), J. Royal Statistical Society B 86, 1-27.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskkit._checks import Floats, as_fractions, check_open_fraction
from riskkit.errors import DataError

_BISECTIONS = 40  # 2^-40 is about 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class BettingPrior:
    """What the bets assume before the first value; it changes the power, never the validity."""

    mean: float = 0.5  #: Guessed mean.
    variance: float = 0.25  #: Guessed variance, positive.
    n: float = 1.0  #: How many values the guess is worth.


#: The prior of Waudby-Smith and Ramdas: know nothing, forget it after one value.
WSR_PRIOR = BettingPrior()


def betting_p_value(
    x: ArrayLike, mean: float, *, delta: float, prior: BettingPrior = WSR_PRIOR
) -> float:
    """Return a p-value against "the values have this mean or a higher one".

    Parameters
    ----------
    x : array-like, shape (n,)
        Values in [0, 1], independent with one mean, in an order that owes nothing to them.
    mean : float
        The mean in question.
    delta : float
        The level at which the p-value will be used; the bets are tuned to it.
    prior : BettingPrior
        What the bets assume before the first value; fixed without looking at the values.

    Returns
    -------
    float
        ``min(1, 1 / max_i K_i)``, with K the wealth of the bets [1]_; 1 where there are no values.

    Raises
    ------
    DataError
        If a value lies outside [0, 1], or mean or delta outside (0, 1).

    References
    ----------
    .. [1] Waudby-Smith and Ramdas (2024), J. Royal Statistical Society B 86, 1-27.

    Examples
    --------
    >>> every_20th = np.arange(1, 1001) % 20 == 0
    >>> p = betting_p_value(every_20th, 0.10, delta=0.05)
    >>> p < 0.05
    True
    """
    values = _checked(x, delta, prior)
    check_open_fraction(mean=mean)
    return float(np.exp(-_highest_log_wealth(values, _bets(values, delta, prior), mean)))


def betting_upper_bound(x: ArrayLike, *, delta: float, prior: BettingPrior = WSR_PRIOR) -> float:
    """Return an upper limit that lies below the true mean with probability at most delta.

    Parameters
    ----------
    x : array-like, shape (n,)
        Values in [0, 1], independent with one mean, in an order that owes nothing to them.
    delta : float
        Allowed probability of a limit below the truth [fraction].
    prior : BettingPrior
        What the bets assume before the first value; fixed without looking at the values.

    Returns
    -------
    float
        The smallest mean that the bets refute, to 1e-12; 1 if they refute none [1]_.

    Raises
    ------
    DataError
        If a value lies outside [0, 1], or delta outside (0, 1).

    References
    ----------
    .. [1] Waudby-Smith and Ramdas (2024), J. Royal Statistical Society B 86, 1-27.

    Examples
    --------
    >>> every_20th = np.arange(1, 1001) % 20 == 0
    >>> round(betting_upper_bound(every_20th, delta=0.05), 6)
    0.070197
    """
    values = _checked(x, delta, prior)
    bets = _bets(values, delta, prior)
    needed = -np.log(delta)
    not_refuted, refuted = 0.0, 1.0
    if _highest_log_wealth(values, bets, refuted) <= needed:
        return 1.0
    for _ in range(_BISECTIONS):  # the wealth grows with the mean
        middle = (not_refuted + refuted) / 2
        if _highest_log_wealth(values, bets, middle) > needed:
            refuted = middle
        else:
            not_refuted = middle
    return refuted


def _checked(x: ArrayLike, delta: float, prior: BettingPrior) -> Floats:
    check_open_fraction(delta=delta)
    if not (prior.variance > 0 and prior.n > 0):
        raise DataError(f"prior must have a positive variance and n, but is {prior}.")
    (values,) = as_fractions(x=x)
    return values


def _bets(values: Floats, delta: float, prior: BettingPrior) -> Floats:
    # In place: a walk over the cut-offs comes here for each, and fresh arrays take half the time.
    n_before = prior.n + np.arange(values.size, dtype=np.float64)
    squares = np.cumsum(values)
    squares += prior.n * prior.mean
    squares /= n_before + 1  # the means so far, this value included
    np.subtract(values, squares, out=squares)
    np.square(squares, out=squares)
    # Each bet knows the values before it only: the sum up to it, less its own.
    bets = np.cumsum(squares)
    bets -= squares
    bets += prior.n * prior.variance
    np.divide(n_before, bets, out=bets)  # 1 / variance
    bets *= -2 * np.log(delta) / max(values.size, 1)
    np.sqrt(bets, out=bets)
    return np.minimum(bets, 1.0, out=bets)


def _highest_log_wealth(values: Floats, bets: Floats, mean: float) -> float:
    # In logs, or it would overflow; 0 is the wealth before the first bet.
    log_wealth = mean - values
    log_wealth *= bets
    np.log1p(log_wealth, out=log_wealth)
    np.cumsum(log_wealth, out=log_wealth)
    return float(log_wealth.max(initial=0.0))
