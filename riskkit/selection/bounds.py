"""What the bad rate could be where some have no outcome: bounds, and what it takes to break them.

The worst case (Manski) assumes nothing: everybody without an outcome may be good, or bad. The
sensitivity model takes the bad rate that those without an outcome would have if they were like the
labelled (in the group, or given their columns), and lets their odds of bad lie anywhere within a
factor Gamma of it. Gamma = 1 is "alike", Gamma = infinity the worst case.

These are statements about what is not identified. Sampling error comes on top: every record has
limits that allow for it, approximately; certificates of `riskkit.decisions` do so exactly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from riskkit._checks import Flags, Floats, as_flags, as_fractions, check_shapes
from riskkit.errors import DataError, UndefinedRateError
from riskkit.selection.cells import Cell, counts_of
from riskkit.selection.intervals import wilson_interval
from riskkit.selection.records import Assumption, Population

#: What bounds of each applicant rest on, at the ends of Gamma.
_ROW_BY_ROW = {1.0: Assumption.MODEL, np.inf: Assumption.NONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A rate as far as it is known; numbers, or arrays with one entry per cut-off [fraction]."""

    lower: Floats  #: The lowest rate that agrees with the counts and the assumption.
    upper: Floats  #: The highest one.
    confident_lower: Floats  #: The lowest one, allowing for sampling error, approximately.
    confident_upper: Floats  #: The highest one, allowing for sampling error, approximately.
    gamma: float  #: By which factor odds may differ; infinite in the worst case.
    assumption: Assumption  #: What they rest on.
    population: Population  #: For whom they hold.


def worst_case_bad_rate(group: Cell, *, confidence: float = 0.95) -> Bounds:
    """Bound the bad rate of a group of whom only some have an outcome, assuming nothing.

    Parameters
    ----------
    group : Cell
        Everybody in the group, such as all whose PD lies below a cut-off, its labelled members
        and their bads. Whoever has an outcome may differ from the others in any way.
    confidence : float
        Of the two confident limits together [fraction].

    Returns
    -------
    Bounds
        From all others good to all others bad [1]_.

    Raises
    ------
    DataError
        If counts contradict each other or `confidence` lies outside (0, 1).
    UndefinedRateError
        If nobody is in the group at some cut-off.

    References
    ----------
    .. [1] Manski (1989), Anatomy of the selection problem, J. Human Resources 24, 343-360.

    Examples
    --------
    >>> bounds = worst_case_bad_rate(Cell(n_applicants=1000, n_labelled=800, n_bad=24))
    >>> float(bounds.lower), float(bounds.upper)
    (0.024, 0.224)
    """
    n, n_labelled, n_bad = checked_group(group)
    fewest, most = n_bad, n_bad + n - n_labelled
    return Bounds(
        lower=fewest / n,
        upper=most / n,
        confident_lower=wilson_interval(fewest, n, confidence=confidence)[0],
        confident_upper=wilson_interval(most, n, confidence=confidence)[1],
        gamma=np.inf,
        assumption=Assumption.NONE,
        population=Population.EVERYBODY,
    )


def sensitivity_bad_rate(group: Cell, *, gamma: float, confidence: float = 0.95) -> Bounds:
    """Bound the bad rate of a group whose unlabelled have up to Gamma times the odds of bad.

    Parameters
    ----------
    group : Cell
        Everybody in the group, its labelled members and their bads.
    gamma : float
        The odds of bad of those without an outcome lie between 1 / gamma times and gamma times
        those of the labelled; at least 1.
    confidence : float
        Of the two confident limits together [fraction].

    Returns
    -------
    Bounds
        The range, which is a point where gamma is 1 [1]_.

    Raises
    ------
    DataError
        If counts contradict each other, gamma is below 1 or `confidence` lies outside (0, 1).
    UndefinedRateError
        If nobody in the group, or nobody with an outcome, is there at some cut-off.

    References
    ----------
    .. [1] Rambachan, Coston and Kennedy (2022), Robust design and evaluation of predictive
       algorithms under unobserved confounding, arXiv 2212.09844.

    Examples
    --------
    >>> group = Cell(n_applicants=1000, n_labelled=800, n_bad=24)
    >>> bounds = sensitivity_bad_rate(group, gamma=2)
    >>> round(float(bounds.lower), 4), round(float(bounds.upper), 4)
    (0.027, 0.0357)
    """
    n, n_labelled, n_bad = checked_group(group)
    _check_gamma(gamma)
    if not np.all(n_labelled > 0):
        raise UndefinedRateError("The bounds are undefined: nobody in the group has an outcome.")
    share, rate = n_labelled / n, n_bad / n_labelled
    limits = wilson_interval(n_bad, n_labelled, confidence=confidence)
    normal = float(stats.norm.ppf((1 + confidence) / 2))

    def mixed(labelled_rate: Floats, factor: float) -> Floats:
        return share * labelled_rate + (1 - share) * shifted(labelled_rate, factor)

    def error(limit: Floats, factor: float) -> Floats:
        # Of the bad rate of the labelled, and of their share, which is drawn too.
        apart = shifted(rate, factor) - rate
        of_share = normal * np.sqrt(share * (1 - share) / n) * apart
        return np.hypot(mixed(limit, factor) - mixed(rate, factor), of_share)

    lower, upper = mixed(rate, 1 / gamma), mixed(rate, gamma)
    return Bounds(
        lower=lower,
        upper=upper,
        confident_lower=np.maximum(lower - error(limits[0], 1 / gamma), 0),
        confident_upper=np.minimum(upper + error(limits[1], gamma), 1),
        gamma=gamma,
        assumption=Assumption.ALIKE if gamma == 1 else Assumption.ODDS,
        population=Population.EVERYBODY,
    )


def shifted_pds(pds: ArrayLike, gamma: float) -> Floats:
    """Return PDs whose odds are multiplied by a factor.

    Parameters
    ----------
    pds : array-like of float
        Probabilities of default [fraction].
    gamma : float
        Factor, from 0 to infinity.

    Returns
    -------
    array of float
        ``gamma p / (1 - p + gamma p)`` [fraction].

    Raises
    ------
    DataError
        If a PD lies outside [0, 1] or gamma is negative or NaN.

    Examples
    --------
    >>> shifted_pds([0.05], gamma=2).round(7)
    array([0.0952381])
    """
    (fractions,) = as_fractions(pds=np.atleast_1d(pds))
    if not gamma >= 0:
        raise DataError(f"gamma must not be negative, but is {gamma}.")
    return shifted(fractions, gamma)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeBounds:
    """Each applicant's probability of bad, as far as it is known; shape (n_applicants,)."""

    lower: Floats  #: 0 or 1 where the outcome is known, else the lowest the assumption allows.
    upper: Floats  #: 0 or 1 where the outcome is known, else the highest.
    gamma: float  #: By which factor odds may differ; infinite in the worst case.
    assumption: Assumption  #: What they rest on.
    population: Population = Population.EVERYBODY  #: For whom they hold.


def outcome_bounds(*, bad: ArrayLike, expected: ArrayLike, gamma: float) -> OutcomeBounds:
    """Bound everybody's probability of bad, given what would be expected of the labelled.

    Parameters
    ----------
    bad : array-like, shape (n_applicants,)
        1 bad, 0 good, NaN where the outcome is unknown.
    expected : array-like, shape (n_applicants,)
        PD that a labelled applicant with the same columns has; ignored where the outcome is
        known [fraction].
    gamma : float
        The odds of bad of those without an outcome lie between 1 / gamma times and gamma times
        those expected [1]_; at least 1, infinite for the worst case.

    Returns
    -------
    OutcomeBounds
        Lowest and highest probability of each.

    Raises
    ------
    DataError
        If a column holds anything else, they differ in length, or gamma is below 1.

    References
    ----------
    .. [1] Rambachan, Coston and Kennedy (2022), Robust design and evaluation of predictive
       algorithms under unobserved confounding, arXiv 2212.09844.

    Examples
    --------
    >>> bounds = outcome_bounds(bad=[1, float("nan")], expected=[0.5, 0.05], gamma=3)
    >>> bounds.upper.round(7)
    array([1.       , 0.1363636])
    """
    outcomes, is_known, chance = checked_outcomes(bad, expected)
    _check_gamma(gamma)
    return OutcomeBounds(
        lower=np.where(is_known, outcomes, shifted(chance, 1 / gamma)),
        upper=np.where(is_known, outcomes, shifted(chance, gamma)),
        gamma=gamma,
        assumption=_ROW_BY_ROW.get(gamma, Assumption.ODDS),
    )


def shifted(pds: Floats, gamma: float) -> Floats:
    """Return what `shifted_pds` does, of PDs that are checked."""
    if np.isinf(gamma):
        return np.asarray(pds > 0, dtype=np.float64)
    odds = gamma * pds
    # A PD of 1 stays 1, also where its odds are multiplied by 0.
    return np.divide(odds, 1 - pds + odds, out=np.ones_like(pds), where=1 - pds + odds > 0)


def checked_group(group: Cell) -> tuple[Floats, Floats, Floats]:
    """Return applicants, labelled and bads of a group that somebody is in.

    Raises
    ------
    DataError
        If counts contradict each other.
    UndefinedRateError
        If nobody is in it.
    """
    n, n_labelled, n_bad = counts_of(group)
    if not np.all(n > 0):
        raise UndefinedRateError("The bad rate is undefined: there are no applicants in the group.")
    return n, n_labelled, n_bad


def checked_outcomes(bad: ArrayLike, expected: ArrayLike) -> tuple[Floats, Flags, Floats]:
    """Return outcomes, which are known, and the PDs expected where they are not.

    Raises
    ------
    DataError
        If a column holds anything else, or they differ in length.
    """
    outcomes = np.asarray(bad, dtype=np.float64)
    is_known = ~np.isnan(outcomes)
    as_flags(bad=np.where(is_known, outcomes, 0))
    chance = np.asarray(expected, dtype=np.float64)
    check_shapes({"bad": outcomes, "expected": chance})
    (checked,) = as_fractions(expected=np.where(is_known, 0.0, chance))
    return outcomes, is_known, checked


def _check_gamma(gamma: float) -> None:
    if not gamma >= 1:
        raise DataError(f"gamma must be at least 1, but is {gamma}.")
