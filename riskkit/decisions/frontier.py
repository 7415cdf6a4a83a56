"""Re-tuning in a moment: every band a cut-off, any objective, limits and economics, no new pass."""

from dataclasses import dataclass

import numpy as np

from riskkit._checks import Floats
from riskkit.decisions._sides import bad_amounts_of, bads_of, per_amount, share, sides_of
from riskkit.decisions.feasibility import LimitedCurve, feasible_cutoffs
from riskkit.decisions.goals import Goal, check_goal
from riskkit.decisions.ledger import CENTS, ScoreLedger
from riskkit.decisions.paying import check_pays, loan_sizes
from riskkit.decisions.recalibration import BandModel, band_model
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """Sums below every cut-off that approves somebody; arrays of shape (n_cutoffs,)."""

    cutoffs: Floats  #: PDs, rising [fraction].
    n: float  #: All applicants.
    approved: Floats  #: Applicants below.
    bads: Floats  #: Estimated bads below; NaN where some could never be seen.
    all_bads: Floats  #: Estimated bads of all, the same way.
    amount: Floats  #: Amounts below [currency].
    all_amount: float  #: Amounts of all [currency].
    bad_amount: Floats  #: Estimated amounts of bads below [currency].
    model_bad_amount: Floats  #: The same by smoothed PDs alone [currency].
    all_model_bad_amount: float  #: Of all [currency].


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierPoint:
    """A cut-off and its estimated rates."""

    pd_cutoff: float  #: Approve PDs at or below it [fraction].
    approval_rate: float  #: Approved among all [fraction].
    bad_rate: float  #: Bads among the approved [fraction].
    false_rejection_rate: float  #: Rejected among the goods [fraction].
    model_profit: float  #: Expected profit per application, by smoothed PDs [currency].
    warnings: tuple[str, ...] = ()  #: Where no loan, or not even the mean one, can pay.


def frontier(ledger: ScoreLedger, *, model: BandModel | None = None) -> Frontier:
    """Return what every cut-off of a ledger would do.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population.
    model : BandModel, optional
        Bad rates by band to smooth with; without it, `band_model`. `pd_model` trusts the PDs.

    Returns
    -------
    Frontier
        One cut-off for each band with somebody in it.

    Raises
    ------
    DataError
        If the ledger is empty.

    Examples
    --------
    >>> from riskkit.decisions import ScoredOutcomes, score_ledger
    >>> ledger = score_ledger(ScoredOutcomes(
    ...     pds=np.array([0.01, 0.2]), bad=np.array([0.0, 1.0]), propensity=np.ones(2),
    ...     amount=np.full(2, 100.0)))
    >>> frontier(ledger).approved.tolist()
    [1.0, 2.0]
    """
    occupied = ledger.all_groups("applicants").any(axis=0)
    if not occupied.any():
        raise DataError("The ledger is empty, so that it has no frontier.")
    cutoffs = ledger.edges[occupied]
    sides = sides_of(ledger, cutoffs, band_model(ledger) if model is None else model)
    bads = bads_of(sides.approved).sum(axis=0)
    amounts = sides.approved["amount"].sum(axis=0) / CENTS
    model_amounts = sides.approved["model_bad_amount"].sum(axis=0)
    return Frontier(
        cutoffs=cutoffs,
        n=float(sides.n[0]),
        approved=sides.approved["applicants"].sum(axis=0),
        bads=bads,
        all_bads=bads + bads_of(sides.rejected).sum(axis=0),
        amount=amounts,
        all_amount=float(amounts[-1]),
        bad_amount=bad_amounts_of(sides.approved).sum(axis=0),
        model_bad_amount=model_amounts,
        all_model_bad_amount=float(model_amounts[-1]),
    )


def retune(curve: Frontier, goal: Goal) -> FrontierPoint:
    """Choose a cut-off by estimates, among all bands.

    Parameters
    ----------
    curve : Frontier
        Of one ledger, for any number of goals.
    goal : Goal
        Objective, economics, and limits without confidence; certificates need rows, and
        `tune_cutoff`.

    Returns
    -------
    FrontierPoint
        The best cut-off that keeps to the limits.

    Raises
    ------
    DataError
        If nothing bounds the cut-off, no loan can pay and the objective is profit, or a limit is to
        be certified or between groups.
    InfeasibleCutoffError
        If no cut-off keeps to the limits: which clash, and the nearest that can be had.

    Examples
    --------
    >>> from riskkit.decisions import ScoredOutcomes, score_ledger
    >>> pds = np.linspace(0.001, 0.2, 1000)
    >>> ledger = score_ledger(ScoredOutcomes(
    ...     pds=pds, bad=(np.arange(1000) % 100 < 100 * pds) * 1.0, propensity=np.ones(1000),
    ...     amount=np.full(1000, 100.0)))
    >>> 0.08 < retune(frontier(ledger), Goal(objective="profit")).pd_cutoff < 0.11
    True
    """
    check_goal(goal)
    wrong = [limit for limit in goal.limits if limit.confidence is not None or limit.by is not None]
    if wrong:
        raise DataError(
            f"retune takes limits on estimated rates of all, but one is {wrong[0]}; use "
            "tune_cutoff, which reads the rows."
        )
    sizes = loan_sizes(curve.approved, curve.amount)
    warnings = check_pays(goal.economics, sizes, objective=goal.objective)
    rates = _rates(curve, goal.economics)
    limited = LimitedCurve(
        cutoffs=curve.cutoffs,
        approval_rate=rates["approval_rate"],
        rates={limit: rates[limit.rate] for limit in goal.limits},
        passed={},
        enough=np.ones(len(curve.cutoffs), dtype=bool),
        least=1,
        n_applicants=int(curve.n),
    )
    feasible = feasible_cutoffs(limited, goal.limits)
    best = rates["model_profit" if goal.objective == "profit" else "approval_rate"]
    place = int(np.argmax(np.where(feasible, best, -np.inf)))
    return FrontierPoint(
        pd_cutoff=float(curve.cutoffs[place]),
        warnings=warnings,
        **{
            name: float(rates[name][place])
            for name in ("approval_rate", "bad_rate", "false_rejection_rate", "model_profit")
        },
    )


def _rates(curve: Frontier, economics: LoanEconomics) -> dict[str, Floats]:
    goods = curve.n - curve.all_bads
    amount_rate = share(curve.bad_amount, curve.amount)
    good, bad, stopped = per_amount(economics)
    bad_below = curve.model_bad_amount
    bad_above = curve.all_model_bad_amount - bad_below
    profit = (
        good * (curve.amount - bad_below)
        + bad * bad_below
        + stopped * (curve.all_amount - curve.amount - bad_above)
        - economics.operating * curve.approved
    )
    return {
        "approval_rate": curve.approved / curve.n,
        "bad_rate": curve.bads / curve.approved,
        "bad_amount_rate": amount_rate,
        "loss_rate": economics.lgd * economics.ead * amount_rate,
        "false_rejection_rate": 1 - (curve.approved - curve.bads) / goods,
        "model_profit": profit / curve.n,
    }
