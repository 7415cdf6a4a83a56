"""Bad rates of all applicants, row by row, from outcomes of the approved only."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from riskkit._checks import as_flags, as_fractions, check_shapes
from riskkit.errors import DataError, UndefinedRateError
from riskkit.selection.cells import Cell, stratified_bad_rate
from riskkit.selection.influences import Weighed, influence_estimate
from riskkit.selection.intervals import wilson_interval
from riskkit.selection.propensity import inverse_propensity_weights
from riskkit.selection.records import Assumption, Estimate, Population


def labelled_bad_rate(bad: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Estimate the bad rate of those with a known outcome; it says nothing of anybody else.

    Parameters
    ----------
    bad : array-like, shape (n_applicants,)
        1 bad, 0 good, NaN where the outcome is unknown.
    confidence : float
        Of the Wilson interval [fraction].

    Returns
    -------
    Estimate
        Bads among the labelled.

    Raises
    ------
    DataError
        If `bad` holds anything else, or `confidence` lies outside (0, 1).
    UndefinedRateError
        If no outcome is known.

    Examples
    --------
    >>> labelled_bad_rate([0, 0, 0, 1, float("nan")]).point
    0.25
    """
    outcomes = np.asarray(bad, dtype=np.float64)
    (known,) = as_flags(bad=outcomes[~np.isnan(outcomes)])
    if not known.size:
        raise UndefinedRateError("The bad rate is undefined: no outcome is known.")
    lower, upper = wilson_interval(int(known.sum()), known.size, confidence=confidence)
    return Estimate(
        point=float(known.mean()),
        lower=float(lower),
        upper=float(upper),
        assumption=Assumption.ALIKE,
        population=Population.LABELLED,
    )


def horvitz_thompson_bad_rate(
    *, approved: ArrayLike, bad: ArrayLike, propensity: ArrayLike, confidence: float = 0.95
) -> Estimate:
    """Estimate the bad rate of all applicants by inverse propensity, divided by their number.

    Parameters
    ----------
    approved : array-like of {0, 1}, shape (n_applicants,)
        1 where the past policy approved.
    bad : array-like, shape (n_applicants,)
        1 bad, 0 good; ignored where not approved.
    propensity : array-like, shape (n_applicants,)
        Probability of approval, positive for everybody [fraction].
    confidence : float
        Of the interval: a normal approximation, wider where few bads are seen by what
        Wilson's limits of groups of similar propensity allow for [fraction].

    Returns
    -------
    Estimate
        Unbiased [1]_; it may leave [0, 1], which is cut off in the limits only.

    Raises
    ------
    DataError
        As `inverse_propensity_weights`, or if an outcome of the approved is unknown or a
        propensity is 0.
    UndefinedRateError
        If there are no applicants, or nobody was approved.

    References
    ----------
    .. [1] Horvitz and Thompson (1952), J. American Statistical Association 47, 663-685.

    Examples
    --------
    >>> rows = dict(approved=[1, 1, 1, 0], bad=[0, 0, 1, 0], propensity=[1, 1, 0.5, 0.5])
    >>> horvitz_thompson_bad_rate(**rows).point
    0.5
    """
    rows = _weighed(approved=approved, bad=bad, propensity=propensity)
    terms = rows.weights * rows.outcomes
    return influence_estimate(
        float(terms.mean()),
        terms - terms.mean(),
        rows,
        confidence=confidence,
        assumption=Assumption.RECORDED,
    )


def self_normalised_bad_rate(
    *, approved: ArrayLike, bad: ArrayLike, propensity: ArrayLike, confidence: float = 0.95
) -> Estimate:
    """Estimate the bad rate of all applicants by inverse propensity, divided by its weights.

    Parameters
    ----------
    approved : array-like of {0, 1}, shape (n_applicants,)
        1 where the past policy approved.
    bad : array-like, shape (n_applicants,)
        1 bad, 0 good; ignored where not approved.
    propensity : array-like, shape (n_applicants,)
        Probability of approval, positive for everybody [fraction].
    confidence : float
        Of the interval, as that of `horvitz_thompson_bad_rate`, linearised [fraction].

    Returns
    -------
    Estimate
        Inside [0, 1], with a small bias of order 1 / n [1]_.

    Raises
    ------
    DataError
        As `horvitz_thompson_bad_rate`.
    UndefinedRateError
        If there are no applicants, or nobody was approved.

    References
    ----------
    .. [1] Hajek (1971), in Foundations of Statistical Inference, 236.

    Examples
    --------
    >>> rows = dict(approved=[1, 1, 1, 0], bad=[0, 0, 1, 0], propensity=[1, 1, 0.5, 0.5])
    >>> self_normalised_bad_rate(**rows).point
    0.5
    """
    rows = _weighed(approved=approved, bad=bad, propensity=propensity)
    point = float(np.average(rows.outcomes, weights=rows.weights))
    return influence_estimate(
        point,
        rows.weights * (rows.outcomes - point) / rows.weights.mean(),
        rows,
        confidence=confidence,
        assumption=Assumption.RECORDED,
    )


def poststratified_bad_rate(
    *, bad: ArrayLike, stratum: ArrayLike, confidence: float = 0.95
) -> Estimate:
    """Estimate the bad rate of all applicants from that of the labelled in every stratum.

    Parameters
    ----------
    bad : array-like, shape (n_applicants,)
        1 bad, 0 good, NaN where the outcome is unknown.
    stratum : array-like, shape (n_applicants,)
        Labels of groups within which the labelled are like the others, such as propensity and
        score band.
    confidence : float
        Approximate coverage of the interval [fraction].

    Returns
    -------
    Estimate
        Every stratum counts with its true size [1]_; where one has no outcome at all, the point
        is NaN and the limits are bounds.

    Raises
    ------
    DataError
        If `bad` holds anything else, a stratum is missing, the columns differ in length, or
        `confidence` lies outside (0, 1).
    UndefinedRateError
        If there are no applicants.

    References
    ----------
    .. [1] Holt and Smith (1979), Post stratification, J. Royal Statistical Society A 142, 33-46.

    Examples
    --------
    >>> rows = dict(bad=[0, 1, 0, float("nan"), 0, 0], stratum=["a", "a", "b", "b", "b", "b"])
    >>> round(float(poststratified_bad_rate(**rows).point), 4)  # (2 x 1/2 + 4 x 0) / 6
    0.1667
    """
    outcomes = np.asarray(bad, dtype=np.float64)
    known = ~np.isnan(outcomes)
    as_flags(bad=outcomes[known])
    labels = np.asarray(stratum)
    check_shapes({"bad": outcomes, "stratum": labels})
    if not outcomes.size:
        raise UndefinedRateError("The bad rate is undefined: there are no applicants.")
    codes, _ = pd.factorize(labels)
    if (codes < 0).any():
        raise DataError(
            f"stratum must have no missing values, but {int((codes < 0).sum())} of {codes.size} "
            f"are; the first is in row {int(np.flatnonzero(codes < 0)[0])}."
        )
    n = np.bincount(codes)
    n_labelled = np.bincount(codes[known], minlength=len(n))
    n_bad = np.bincount(codes[known], outcomes[known], minlength=len(n))
    cells = [
        Cell(n_applicants=counts[0], n_labelled=counts[1], n_bad=counts[2])
        for counts in zip(n, n_labelled, n_bad, strict=True)
    ]
    return stratified_bad_rate(cells, confidence=confidence)


def doubly_robust_bad_rate(
    *,
    approved: ArrayLike,
    bad: ArrayLike,
    propensity: ArrayLike,
    expected: ArrayLike,
    confidence: float = 0.95,
) -> Estimate:
    """Estimate the bad rate of all applicants by expected PDs, corrected by inverse propensity.

    Right where the propensities are right, whatever the PDs; and right where the PDs are right,
    whatever the propensities. With recorded propensities, PDs buy precision only.

    Parameters
    ----------
    approved : array-like of {0, 1}, shape (n_applicants,)
        1 where the past policy approved.
    bad : array-like, shape (n_applicants,)
        1 bad, 0 good; ignored where not approved.
    propensity : array-like, shape (n_applicants,)
        Probability of approval, positive for everybody [fraction].
    expected : array-like, shape (n_applicants,)
        PD of everybody by a model that saw none of these outcomes [fraction].
    confidence : float
        Of the interval: a normal approximation, wider where few bads are seen by what
        Wilson's limits of groups of similar propensity allow for [fraction].

    Returns
    -------
    Estimate
        Mean of ``expected + (bad - expected) / propensity`` [1]_, the second part for the
        approved only; it may leave [0, 1], which is cut off in the limits only.

    Raises
    ------
    DataError
        As `horvitz_thompson_bad_rate`, or if an expected PD lies outside [0, 1].
    UndefinedRateError
        If there are no applicants, or nobody was approved.

    References
    ----------
    .. [1] Robins, Rotnitzky and Zhao (1994), J. American Statistical Association 89, 846-866.

    Examples
    --------
    >>> rows = dict(approved=[1, 1, 1, 0], bad=[0, 0, 1, 0], propensity=[1, 1, 0.5, 0.5])
    >>> doubly_robust_bad_rate(**rows, expected=[0, 0, 0.5, 0.5]).point
    0.5
    """
    rows = _weighed(approved=approved, bad=bad, propensity=propensity)
    (pds,) = as_fractions(expected=expected)
    check_shapes({"approved": rows.weights, "expected": pds})
    terms = pds + rows.weights * (rows.outcomes - pds)
    return influence_estimate(
        float(terms.mean()),
        terms - terms.mean(),
        rows,
        confidence=confidence,
        assumption=Assumption.EITHER,
    )


def _weighed(*, approved: ArrayLike, bad: ArrayLike, propensity: ArrayLike) -> Weighed:
    weights = inverse_propensity_weights(approved=approved, propensity=propensity)
    if not weights.size:
        raise UndefinedRateError("The bad rate is undefined: there are no applicants.")
    chance = np.asarray(propensity, dtype=np.float64)
    n_unreachable = int((chance == 0).sum())
    if n_unreachable:
        raise DataError(
            f"propensity must be positive for everybody, but {n_unreachable} of {weights.size} "
            "values are 0; leave those applicants out (the estimate is then of the others), or "
            "bound them with stratified_bad_rate."
        )
    outcomes = np.asarray(bad, dtype=np.float64)
    check_shapes({"approved": weights, "bad": outcomes})
    seen = weights > 0
    (known,) = as_flags(bad=np.where(seen, outcomes, 0))
    if not seen.any():
        raise UndefinedRateError("The bad rate is undefined: nobody was approved.")
    return Weighed(weights=weights, outcomes=known.astype(np.float64), propensity=chance)
