"""Approval propensities: the probability with which the past policy would approve an applicant.

Everything here is about the applicants who reached the score gate. Three groups matter: those whom
the policy approves for *sure* (propensity 1), those *explored* at random (between 0 and 1), and
the *unreachable* (0), of whom no outcome will ever be seen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskkit._checks import (
    Flags,
    Floats,
    as_finite,
    as_flags,
    as_fractions,
    check_open_fraction,
    check_shapes,
)
from riskkit.errors import DataError
from riskkit.selection.records import Assumption, Population

#: Explored approvals so far from their expected number that chance does it less often than this
#: mean that the recorded propensities are not those that decided.
_IMPLAUSIBLE = 1e-6
#: Below this propensity, one outcome stands for more than a hundred applicants.
NEXT_TO_NONE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How far the past policy lets one see."""

    n_sure: int  #: Applicants with propensity 1, all approved where it was recorded.
    n_explorable: int  #: Applicants with a propensity between 0 and 1.
    n_explored: int  #: Those of them who were approved.
    n_explored_expected: float  #: How many of them the propensities lead one to expect.
    n_unreachable: int  #: Applicants with propensity 0, none approved where it was recorded.
    n_next_to_none: int  #: Applicants whose propensity is positive, but below `next_to_none`.
    next_to_none: float  #: The propensity below which a single outcome stands for too many.
    smallest_propensity: float | None  #: The smallest positive propensity; None if all are 0.
    effective_sample_size: float  #: Of the weighted approved, by Kish's formula [applicants].
    top_weight_share: float  #: Of all weight, what the 1 % largest weights carry [fraction].
    n_contradicted: int  #: Approved at 0 or not approved at 1; recorded propensities have none.
    assumption: Assumption  #: What weights by these propensities rest on.
    population: Population  #: Whom the weighted approved stand for.


def inverse_propensity_weights(*, approved: ArrayLike, propensity: ArrayLike) -> Floats:
    """Return the weights that let the approved stand for all who could have been approved.

    Parameters
    ----------
    approved : array-like of {0, 1}, shape (n_applicants,)
        1 where the past policy approved, for applicants who reached the score gate.
    propensity : array-like, shape (n_applicants,)
        Probability with which it would approve, known from its design [fraction].

    Returns
    -------
    array of float, shape (n_applicants,)
        1 / propensity where approved, else 0 [1]_.

    Raises
    ------
    DataError
        If the columns differ in length, hold other values, contradict each other (approved with
        propensity 0, not approved with propensity 1), or the number of approvals at random is one
        that the propensities all but exclude.

    References
    ----------
    .. [1] Horvitz and Thompson (1952), J. American Statistical Association 47, 663-685.

    Examples
    --------
    >>> inverse_propensity_weights(approved=[1, 1, 0, 0], propensity=[1.0, 0.5, 0.5, 0.0])
    array([1., 2., 0., 0.])
    """
    is_approved, chance = _checked(approved, propensity)
    return np.divide(1.0, chance, out=np.zeros_like(chance), where=is_approved)


def overlap(
    *, approved: ArrayLike, propensity: ArrayLike, next_to_none: float = NEXT_TO_NONE
) -> Overlap:
    """Count the applicants whom the past policy lets one learn about.

    Parameters
    ----------
    approved : array-like of {0, 1}, shape (n_applicants,)
        1 where the past policy approved, for applicants who reached the score gate.
    propensity : array-like, shape (n_applicants,)
        Probability with which it would approve [fraction].
    next_to_none : float
        Below this, a propensity is next to none: one outcome stands for more than 1 /
        `next_to_none` applicants [fraction].

    Returns
    -------
    Overlap
        Counts of sure, explorable and unreachable applicants.

    Raises
    ------
    DataError
        As `inverse_propensity_weights`, or if `next_to_none` lies outside (0, 1).

    Examples
    --------
    >>> found = overlap(approved=[1, 1, 0, 0], propensity=[1.0, 0.5, 0.5, 0.0])
    >>> found.n_sure, found.n_explored, found.n_explorable, found.n_unreachable
    (1, 1, 2, 1)
    """
    check_open_fraction(next_to_none=next_to_none)
    is_approved, chance = _checked(approved, propensity)
    return counted_overlap(
        is_approved, chance, next_to_none=next_to_none, assumption=Assumption.RECORDED
    )


def counted_overlap(
    approved: Flags, propensity: Floats, *, next_to_none: float, assumption: Assumption
) -> Overlap:
    """Count as `overlap` does, whether or not propensities and decisions contradict each other.

    The approved whose propensity is 0 stand for nobody: they have no weight.
    """
    chance = propensity
    explorable, reachable = (chance > 0) & (chance < 1), chance > 0
    weights = np.divide(1.0, chance, out=np.zeros_like(chance), where=approved & reachable)
    return Overlap(
        n_sure=int((chance == 1).sum()),
        n_explorable=int(explorable.sum()),
        n_explored=int((explorable & approved).sum()),
        n_explored_expected=float(chance[explorable].sum()),
        n_unreachable=int((~reachable).sum()),
        n_next_to_none=int((reachable & (chance < next_to_none)).sum()),
        next_to_none=next_to_none,
        smallest_propensity=float(chance[reachable].min()) if reachable.any() else None,
        effective_sample_size=effective_sample_size(weights),
        top_weight_share=_top_share(weights[weights > 0]),
        n_contradicted=int(np.where(approved, chance == 0, chance == 1).sum()),
        assumption=assumption,
        population=Population.EVERYBODY if reachable.all() else Population.EXPLORABLE,
    )


def effective_sample_size(weights: ArrayLike) -> float:
    """Return how many equally weighted applicants are worth as much as the weighted ones.

    Parameters
    ----------
    weights : array-like, shape (n_applicants,)
        Weights, not negative.

    Returns
    -------
    float
        Kish's ``(sum of weights)^2 / (sum of squared weights)`` [1]_; 0 if all are 0 [applicants].

    Raises
    ------
    DataError
        If a weight is negative or not finite.

    References
    ----------
    .. [1] Kish (1965), Survey Sampling, section 11.7.

    Examples
    --------
    >>> effective_sample_size([1, 1, 2, 0])
    2.6666666666666665
    """
    (array,) = as_finite(weights=weights)
    if (array < 0).any():
        first = int(np.flatnonzero(array < 0)[0])
        raise DataError(f"weights must not be negative, but is {array[first]} in row {first}.")
    squares = float((array**2).sum())
    return float(array.sum()) ** 2 / squares if squares else 0.0


def effective_weights(weights: Floats) -> Floats:
    """Return weights on a scale on which they add up to the effective sample size.

    A log-likelihood weighted by them tells about as much as that many independent applicants would,
    so that its ratios may be held against chi-squared; on a scale of mean 1 it pretends that all
    rows count in full. That is Kish's approximation [1]_: it takes the weights to have nothing to
    do with how much a row tells.

    Parameters
    ----------
    weights : array of float, shape (n_applicants,)
        Weights, not negative, one of them positive.

    Returns
    -------
    array of float, shape (n_applicants,)
        Weights [applicants].

    References
    ----------
    .. [1] Kish (1965), Survey Sampling, section 11.7.

    Examples
    --------
    >>> effective_weights(np.array([3.0, 1.0])).round(3).tolist()
    [1.2, 0.4]
    """
    return np.asarray(weights * (weights.sum() / (weights**2).sum()), dtype=np.float64)


def _top_share(weights: Floats) -> float:
    n_top = int(np.ceil(weights.size / 100))
    return float(np.sort(weights)[-n_top:].sum() / weights.sum()) if n_top else 0.0


def _checked(approved: ArrayLike, propensity: ArrayLike) -> tuple[Flags, Floats]:
    (is_approved,) = as_flags(approved=approved)
    (chance,) = as_fractions(propensity=propensity)
    check_shapes({"approved": is_approved, "propensity": chance})
    for wrong, rule in (
        (is_approved & (chance == 0), "above 0 where the applicant was approved"),
        (~is_approved & (chance == 1), "below 1 where the applicant was not approved"),
    ):
        rows = np.flatnonzero(wrong)
        if rows.size:
            raise DataError(
                f"propensity must lie {rule}, but {rows.size} of {chance.size} values do not; "
                f"the first is {chance[rows[0]]} in row {rows[0]}."
            )
    _check_plausible(is_approved, chance)
    return is_approved, chance


def _check_plausible(approved: Flags, propensity: Floats) -> None:
    # Bernstein's inequality: holds for any number of rows, where a normal limit fails on few.
    explorable = (propensity > 0) & (propensity < 1)
    chances = propensity[explorable]
    n_explored, expected = int(approved[explorable].sum()), float(chances.sum())
    gap, variance = abs(n_explored - expected), float((chances * (1 - chances)).sum())
    if gap and 2 * np.exp(-(gap**2) / (2 * (variance + gap / 3))) < _IMPLAUSIBLE:
        raise DataError(
            f"propensity must be the probability that decided, but of {chances.size} applicants "
            f"with a propensity between 0 and 1, {n_explored} were approved where {expected:.1f} "
            "are expected; chance does not do that."
        )
