"""Rates of a set of credit decisions: the share of one event in one population."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskkit._checks import Flags, as_flags
from riskkit.errors import UndefinedRateError


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRates:
    """Rates of one policy on one population, each a fraction in [0, 1]."""

    approval_rate: float  #: Approved among all applicants.
    bad_rate: float  #: Bads among the approved.
    false_rejection_rate: float  #: Rejected by the score gate among the goods that reached it.
    blocked_good_rate: float  #: Not approved, whatever the cause, among all goods.


def decision_rates(
    *, approved: ArrayLike, bad: ArrayLike, reached_score: ArrayLike | None = None
) -> DecisionRates:
    """Measure decisions whose outcomes are all known, as they are for synthetic applicants.

    Parameters
    ----------
    approved : array-like of {0, 1}, shape (n_applicants,)
        1 where the applicant was approved.
    bad : array-like of {0, 1}, shape (n_applicants,)
        1 where the applicant defaults in the performance window, or would if approved;
        a lender never sees this for the rejected [1]_.
    reached_score : array-like of {0, 1}, shape (n_applicants,), optional
        0 where another gate stopped the applicant before the score was asked;
        without it everybody reached the score gate.

    Returns
    -------
    DecisionRates
        The four rates [fraction].

    Raises
    ------
    DataError
        If the columns differ in length or hold anything but 0 and 1.
    UndefinedRateError
        If there are no applicants, none approved, no goods, or none that reached the score gate.

    References
    ----------
    .. [1] Crook and Banasik (2004), J. Banking & Finance 28, 857-874.

    Examples
    --------
    >>> rates = decision_rates(approved=[1, 1, 0, 0, 0], bad=[0, 1, 0, 1, 1])
    >>> rates.approval_rate, rates.bad_rate, rates.false_rejection_rate
    (0.4, 0.5, 0.5)
    """
    everybody = np.ones_like(np.asarray(approved))
    reached = everybody if reached_score is None else reached_score
    is_approved, is_bad, has_reached = as_flags(approved=approved, bad=bad, reached_score=reached)
    return DecisionRates(
        approval_rate=_share(is_approved, np.ones_like(is_approved), "applicants"),
        bad_rate=_share(is_bad, is_approved, "approved applicants"),
        false_rejection_rate=_share(
            ~is_approved, ~is_bad & has_reached, "good applicants that reached the score gate"
        ),
        blocked_good_rate=_share(~is_approved, ~is_bad, "good applicants"),
    )


def _share(event: Flags, population: Flags, population_name: str) -> float:
    if not population.any():
        raise UndefinedRateError(f"The rate is undefined: there are no {population_name}.")
    return float(event[population].mean())
