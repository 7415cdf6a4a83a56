"""How well PDs tell bads from goods, and how well they are calibrated."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve
from sklearn.metrics import log_loss as mean_log_loss

from riskkit.scores.labelled import checked_classes, checked_pds


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
