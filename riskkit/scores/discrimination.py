"""How well PDs tell bads from goods, and how well they are calibrated."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve
from sklearn.metrics import log_loss as mean_log_loss

from riskkit._checks import Flags, Floats, as_finite, as_flags, as_fractions
from riskkit.errors import DataError, UndefinedRateError


def auc(*, bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the probability that a bad has a higher PD than a good, ties counting half.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes; on the approved only, this is not the AUC on all applicants.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default, or anything that rises with them.
    weight : array-like of float, shape (n_applicants,), optional
        Sampling weights.

    Returns
    -------
    float
        Area under the ROC curve [fraction].

    Raises
    ------
    DataError
        If the columns differ in length, bad is not 0 or 1, or a PD is not finite.
    UndefinedRateError
        If there are no goods or no bads.

    References
    ----------
    .. [1] Hanley and McNeil (1982), Radiology 143, 29-36.

    Examples
    --------
    >>> auc(bad=[0, 0, 1, 1], pds=[0.1, 0.4, 0.35, 0.8])
    0.75
    """
    is_bad, ranks, weights = checked_classes(bad, pds, weight)
    return float(roc_auc_score(is_bad, ranks, sample_weight=weights))


def gini(*, bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the Gini coefficient, 2 AUC - 1.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default, or anything that rises with them.
    weight : array-like of float, shape (n_applicants,), optional
        Sampling weights.

    Returns
    -------
    float
        The Gini coefficient, from -1 to 1.

    Raises
    ------
    DataError
        If the columns differ in length, bad is not 0 or 1, or a PD is not finite.
    UndefinedRateError
        If there are no goods or no bads.

    Examples
    --------
    >>> gini(bad=[0, 0, 1, 1], pds=[0.1, 0.4, 0.35, 0.8])
    0.5
    """
    return 2 * auc(bad=bad, pds=pds, weight=weight) - 1


def ks(*, bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the largest gap between the PD distributions of goods and bads.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default, or anything that rises with them.
    weight : array-like of float, shape (n_applicants,), optional
        Sampling weights.

    Returns
    -------
    float
        The Kolmogorov-Smirnov statistic [fraction].

    Raises
    ------
    DataError
        If the columns differ in length, bad is not 0 or 1, or a PD is not finite.
    UndefinedRateError
        If there are no goods or no bads.

    Examples
    --------
    >>> ks(bad=[0, 0, 1, 1], pds=[0.1, 0.4, 0.35, 0.8])
    0.5
    """
    is_bad, ranks, weights = checked_classes(bad, pds, weight)
    false_rate, true_rate, _ = roc_curve(is_bad, ranks, sample_weight=weights)
    return float(np.max(np.abs(true_rate - false_rate)))


def log_loss(*, bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean negative log-likelihood of the outcomes under the PDs; lower is better.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default [fraction].
    weight : array-like of float, shape (n_applicants,), optional
        Sampling weights.

    Returns
    -------
    float
        The mean log loss [nats].

    Raises
    ------
    DataError
        If the columns differ in length, bad is not 0 or 1, or a PD lies outside [0, 1].
    UndefinedRateError
        If there are no applicants.

    Examples
    --------
    >>> round(log_loss(bad=[0, 1], pds=[0.2, 0.8]), 6)  # -ln 0.8
    0.223144
    """
    is_bad, fractions, weights = checked_pds(bad, pds, weight)
    return float(mean_log_loss(is_bad, fractions, sample_weight=weights, labels=[False, True]))


def brier(*, bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean squared gap between outcomes and PDs; lower is better.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default [fraction].
    weight : array-like of float, shape (n_applicants,), optional
        Sampling weights.

    Returns
    -------
    float
        The Brier score.

    Raises
    ------
    DataError
        If the columns differ in length, bad is not 0 or 1, or a PD lies outside [0, 1].
    UndefinedRateError
        If there are no applicants.

    References
    ----------
    .. [1] Brier (1950), Monthly Weather Review 78, 1-3.

    Examples
    --------
    >>> round(brier(bad=[0, 1], pds=[0.2, 0.6]), 6)  # (0.04 + 0.16) / 2
    0.1
    """
    is_bad, fractions, weights = checked_pds(bad, pds, weight)
    return float(brier_score_loss(is_bad, fractions, sample_weight=weights, labels=[False, True]))


def checked_pds(
    bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None
) -> tuple[Flags, Floats, Floats]:
    """Return outcomes, PDs and weights of some applicants.

    Raises
    ------
    DataError
        If they differ in length, or hold what they may not.
    UndefinedRateError
        If there are no applicants.
    """
    (is_bad,) = as_flags(bad=bad)
    if not is_bad.size:
        raise UndefinedRateError("The measure is undefined: there are no applicants.")
    weights = np.ones(len(is_bad)) if weight is None else weight
    _, fractions = as_fractions(bad=is_bad, pds=pds)
    return is_bad, fractions, _weights(is_bad, weights)


def checked_classes(
    bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None
) -> tuple[Flags, Floats, Floats]:
    """Return outcomes, anything that rises with PDs, and weights, where both classes are there.

    Raises
    ------
    DataError
        If they differ in length, or hold what they may not.
    UndefinedRateError
        If there are no goods or no bads.
    """
    (is_bad,) = as_flags(bad=bad)
    _, ranks = as_finite(bad=is_bad, pds=pds)
    for name, group in (("goods", ~is_bad), ("bads", is_bad)):
        if not group.any():
            raise UndefinedRateError(f"The measure is undefined: there are no {name}.")
    return is_bad, ranks, _weights(is_bad, np.ones(len(is_bad)) if weight is None else weight)


def _weights(is_bad: Flags, weight: ArrayLike) -> Floats:
    _, weights = as_finite(bad=is_bad, weight=weight)
    if not (weights > 0).all():
        first = int(np.flatnonzero(weights <= 0)[0])
        raise DataError(f"weight must be positive, but is {weights[first]} in row {first}.")
    return weights
