"""How sure a measure is: DeLong for the AUC, a bootstrap for every other one."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from riskkit._checks import Flags, Floats, as_finite, check_open_fraction
from riskkit.errors import DataError, UndefinedRateError
from riskkit.scores.labelled import checked_classes

_FEWEST = 2  # a variance needs two
#: Of the largest variance that wins can have; the least that is believed (see the test's coverage).
_LEAST_SHARE = 1 / 12


class WeightedMeasure(Protocol):
    """A measure such as `riskkit.scores.ks`."""

    def __call__(self, *, bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None) -> float:
        """Return the measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A measure with an approximate confidence interval."""

    point: float  #: The measure on the sample.
    lower: float  #: Lower limit.
    upper: float  #: Upper limit.
    confidence: float  #: Of the two-sided interval [fraction].
    method: str  #: "DeLong", "Bayesian bootstrap" or "disjoint pairs".


@dataclass(frozen=True, slots=True, kw_only=True)
class AucDifference:
    """AUCs of two rankings of the same applicants, compared."""

    difference: float  #: AUC of the first less that of the second.
    lower: float  #: Lower limit.
    upper: float  #: Upper limit.
    p_value: float  #: Two-sided, against equal AUCs; 1 where the two rank alike.


def auc_interval(*, bad: ArrayLike, pds: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return the AUC with DeLong's interval.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default, or anything that rises with them.
    confidence : float
        Of the interval [fraction].

    Returns
    -------
    Interval
        DeLong's error [1]_, computed from ranks [2]_ and put on the scale of log-odds, with the
        quantile of Student's t for the number of the rarer class, m, less 1. With few bads the
        error itself is often too small, above all near an AUC of 1; so the interval also spans
        one around (m AUC + 1/2) / (m + 1), whose variance is at least a twelfth of the largest
        that m outcomes can have. In simulations of 95 % intervals with normal scores, true AUCs of
        0.64 to 0.99 and 3 to 200 of the rarer class it covered 0.947 to 0.999, the more the fewer
        there were. Where every bad lies above every good, or below, the error is 0: the
        other limit is then that AUC a at which m disjoint pairs of a good and a bad are all in
        order with probability a^m = (1 - confidence) / 2. It holds for any m, and allows for
        little: 0.48 to 1 for five bads, where one pair out of order gives about 0.75 to 1. Equal
        PDs throughout do have an AUC of 0.5.

    Raises
    ------
    DataError
        If the columns differ in length, bad is not 0 or 1, a PD is not finite or confidence lies
        outside (0, 1).
    UndefinedRateError
        If there are fewer than two goods or two bads.

    References
    ----------
    .. [1] DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845.
    .. [2] Sun and Xu (2014), IEEE Signal Processing Letters 21, 1389-1393.

    Examples
    --------
    >>> found = auc_interval(bad=[0, 0, 0, 1, 1], pds=[0.1, 0.2, 0.4, 0.3, 0.8])
    >>> round(found.point, 4), round(found.lower, 3), round(found.upper, 3)  # two bads say little
    (0.8333, 0.0, 1.0)
    """
    check_open_fraction(confidence=confidence)
    is_bad, ranks, _ = checked_classes(bad, pds, None)
    wins = _wins(is_bad, ranks)
    if wins.auc in {0.0, 1.0}:
        n_pairs = min(wins.of_bads.size, wins.of_goods.size)
        limit = ((1 - confidence) / 2) ** (1 / n_pairs)
        return Interval(
            point=wins.auc,
            lower=limit if wins.auc else 0.0,
            upper=1.0 if wins.auc else 1 - limit,
            confidence=confidence,
            method="disjoint pairs",
        )
    lower, upper = _few_sure(wins, confidence)
    return Interval(
        point=wins.auc, lower=lower, upper=upper, confidence=confidence, method="DeLong"
    )


def auc_difference(
    *, bad: ArrayLike, first: ArrayLike, second: ArrayLike, confidence: float = 0.95
) -> AucDifference:
    """Compare the AUCs of two models on the same applicants, by DeLong's test.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes of applicants that neither model was trained on.
    first : array-like of float, shape (n_applicants,)
        PDs of one model.
    second : array-like of float, shape (n_applicants,)
        PDs of the other one.
    confidence : float
        Of the interval [fraction].

    Returns
    -------
    AucDifference
        What these two fitted models differ by; models fitted anew vary more, see
        `corrected_t_test` [1]_.

    Raises
    ------
    DataError
        If the columns differ in length, bad is not 0 or 1, a PD is not finite or confidence lies
        outside (0, 1).
    UndefinedRateError
        If there are fewer than two goods or two bads.

    References
    ----------
    .. [1] DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845.

    Examples
    --------
    >>> bad = [0, 0, 0, 1, 1]
    >>> auc_difference(bad=bad, first=[1, 2, 4, 3, 8], second=[1, 2, 4, 3, 8]).p_value
    1.0
    """
    check_open_fraction(confidence=confidence)
    wins = []
    for name, pds in (("first", first), ("second", second)):
        (column,) = as_finite(**{name: pds})
        is_bad, ranks, _ = checked_classes(bad, column, None)
        wins.append(_wins(is_bad, ranks))
    covariance = _covariance(wins)
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    difference = wins[0].auc - wins[1].auc
    error = float(np.sqrt(max(variance, 0.0)))
    half = _normal(confidence) * error
    p_value = 2 * float(stats.norm.sf(abs(difference) / error)) if error else float(not difference)
    return AucDifference(
        difference=difference, lower=difference - half, upper=difference + half, p_value=p_value
    )


def bootstrap_interval(  # noqa: PLR0913 - the sample, the measure, and how it is resampled
    measure: WeightedMeasure,
    *,
    bad: ArrayLike,
    pds: ArrayLike,
    weight: ArrayLike | None = None,
    rng: np.random.Generator,
    n_draws: int = 200,
    confidence: float = 0.95,
) -> Interval:
    """Return any measure with a percentile interval of the Bayesian bootstrap.

    Parameters
    ----------
    measure : callable
        Such as `auc`, `ks`, `brier` or `log_loss`: takes bad, pds and weight.
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default [fraction].
    weight : array-like of float, shape (n_applicants,), optional
        Sampling weights.
    rng : Generator
        Source of randomness.
    n_draws : int
        How often rows are weighed anew.
    confidence : float
        Of the interval [fraction].

    Returns
    -------
    Interval
        Rows get exponential weights instead of being drawn again [1]_, so that no draw loses a
        class; rows must be independent (one per customer).

    Raises
    ------
    DataError
        If the columns break the measure's contract, n_draws is below 2 or confidence lies
        outside (0, 1).
    UndefinedRateError
        If the measure is undefined.

    References
    ----------
    .. [1] Rubin (1981), The Bayesian bootstrap, Annals of Statistics 9, 130-134.

    Examples
    --------
    >>> from riskkit.scores import ks
    >>> rng = np.random.default_rng(1)
    >>> found = bootstrap_interval(ks, bad=[0, 0, 1, 1] * 50, pds=[1, 2, 2, 3] * 50, rng=rng)
    >>> found.lower < found.point == 0.5 < found.upper
    True
    """
    check_open_fraction(confidence=confidence)
    if n_draws < _FEWEST:
        raise DataError(f"n_draws must be at least 2, but is {n_draws}.")
    point = measure(bad=bad, pds=pds, weight=weight)
    weights = np.ones(len(np.asarray(bad))) if weight is None else np.asarray(weight, dtype=float)
    # An exponential is never 0, but may round to it.
    draws = [
        measure(
            bad=bad,
            pds=pds,
            weight=weights * np.maximum(rng.standard_exponential(weights.size), 1e-12),
        )
        for _ in range(n_draws)
    ]
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(draws, [tail, 1 - tail])
    return Interval(
        point=point,
        lower=float(lower),
        upper=float(upper),
        confidence=confidence,
        method="Bayesian bootstrap",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wins:
    of_bads: Floats  # for each bad, the share of goods with a lower PD
    of_goods: Floats  # for each good, the share of bads with a higher PD

    @property
    def auc(self) -> float:
        return float(self.of_bads.mean())


def _wins(is_bad: Flags, ranks: Floats) -> _Wins:
    n_bads, n_goods = int(is_bad.sum()), int((~is_bad).sum())
    if min(n_bads, n_goods) < _FEWEST:
        raise UndefinedRateError(
            f"The interval is undefined: it needs two goods and two bads, but there are {n_goods} "
            f"goods and {n_bads} bads."
        )
    everybody = stats.rankdata(ranks)
    return _Wins(
        of_bads=(everybody[is_bad] - stats.rankdata(ranks[is_bad])) / n_goods,
        of_goods=1 - (everybody[~is_bad] - stats.rankdata(ranks[~is_bad])) / n_bads,
    )


def _covariance(wins: list[_Wins]) -> Floats:
    of_bads, of_goods = (
        np.atleast_2d(np.cov([getattr(w, side) for w in wins])) for side in ("of_bads", "of_goods")
    )
    return np.asarray(of_bads / wins[0].of_bads.size + of_goods / wins[0].of_goods.size)


def _few_sure(wins: _Wins, confidence: float) -> tuple[float, float]:
    error = float(np.sqrt(_covariance([wins])[0, 0]))
    n_rarer = min(wins.of_bads.size, wins.of_goods.size)
    quantile = float(stats.t.ppf((1 + confidence) / 2, n_rarer - 1))
    # A handful of wins near 1 say little of how they vary: pulled inwards, with a least error.
    inner = (n_rarer * wins.auc + 0.5) / (n_rarer + 1)
    least = float(np.sqrt(_LEAST_SHARE * inner * (1 - inner) / n_rarer))
    ends = [
        special.expit(special.logit(at) + sign * quantile * of / (at * (1 - at)))
        for at, of in ((wins.auc, error), (inner, max(error, least)))
        for sign in (-1, 1)
    ]
    return float(min(ends)), float(max(ends))


def _normal(confidence: float) -> float:
    return float(stats.norm.ppf((1 + confidence) / 2))
