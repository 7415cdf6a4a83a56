"""What a scorer is judged by on rows it was not trained on: a metric given as a callable."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskkit._checks import Flags, Floats, as_finite
from riskkit.scores.calibration import checked_propensity
from riskkit.scores.discrimination import auc, log_loss


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Rows of one fold, scored by a scorer trained on others."""

    rows: NDArray[np.intp]  #: Which rows of X they are, shape (n_held,).
    bad: Flags  #: Their outcomes, shape (n_held,).
    pds: Floats  #: Their PDs [fraction], shape (n_held,).
    weight: Floats  #: Their weights, shape (n_held,).


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a trial is judged by: its mean over the folds."""

    name: str  #: What it is called in tables and pictures.
    measure: Callable[[HeldOut], float]  #: Its value on one fold, a finite number.
    maximize: bool  #: Whether more is better.
    key: str = ""  #: What else its value rests on, such as a hash of money; tells studies apart.


LOG_LOSS = Metric(
    name="log loss",
    measure=lambda held: log_loss(bad=held.bad, pds=held.pds, weight=held.weight),
    maximize=False,
)
AUC = Metric(
    name="AUC",
    measure=lambda held: auc(bad=held.bad, pds=held.pds, weight=held.weight),
    maximize=True,
)


def expected_profit(
    *,
    good_if_approved: ArrayLike,
    bad_if_approved: ArrayLike,
    good_if_stopped: ArrayLike,
    propensity: ArrayLike | None = None,
) -> Metric:
    """Return the metric of the profit per applicant, each approved where its PD makes it pay.

    An applicant is approved where approving is worth at least as much as stopping by the PD; what
    that earns is counted by the outcome.

    Parameters
    ----------
    good_if_approved, bad_if_approved, good_if_stopped : array-like, shape (n_applicants,)
        Money per row of X [currency], as `riskkit.lending.LoanEconomics.values` gives it.
    propensity : array-like, shape (n_applicants,), optional
        Probability with which the past policy approved each row of X, above 0 and up to 1: each
        then stands for 1 / propensity applicants, and the profit is that on all whom the past
        policy could have approved.

    Returns
    -------
    Metric
        More is better [currency per applicant].

    Raises
    ------
    DataError
        If the columns differ in length or hold anything but finite numbers, or a propensity is not
        above 0 and at most 1.

    Examples
    --------
    >>> metric = expected_profit(
    ...     good_if_approved=[6.0, 6.0], bad_if_approved=[-50.0, -50.0], good_if_stopped=[0, 0]
    ... )
    >>> held = HeldOut(
    ...     rows=np.array([0, 1]), bad=np.array([False, True]), pds=np.array([0.05, 0.5]),
    ...     weight=np.ones(2),
    ... )
    >>> metric.measure(held)  # (6 + 0) / 2
    3.0
    """
    good, bad, stopped = as_finite(
        good_if_approved=good_if_approved,
        bad_if_approved=bad_if_approved,
        good_if_stopped=good_if_stopped,
    )
    chance = checked_propensity(propensity, len(good))

    def profit(held: HeldOut) -> float:
        rows, pds = held.rows, held.pds
        approving = (1 - pds) * good[rows] + pds * bad[rows]
        approved = approving >= (1 - pds) * stopped[rows]
        earned = np.where(held.bad, bad[rows], good[rows])
        left = np.where(held.bad, 0.0, stopped[rows])
        return float(
            np.average(np.where(approved, earned, left), weights=held.weight / chance[rows])
        )

    digest = hashlib.sha256()
    for column in (good, bad, stopped, chance):
        digest.update(np.ascontiguousarray(column).tobytes())
    key = digest.hexdigest()  # other money is another question, and must not share its trials
    return Metric(name="expected profit", measure=profit, maximize=True, key=key)
