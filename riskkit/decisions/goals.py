"""What a cut-off is to achieve, and what is fixed before the tuning sample is looked at."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from riskkit._checks import Floats
from riskkit.applicants import History
from riskkit.decisions.bands import edge_above
from riskkit.decisions.grids import Grid, cutoff_grid
from riskkit.errors import DataError
from riskkit.lending import Limit, LoanEconomics

#: goods: fewest false rejections; approval: highest approval rate; profit: most expected profit.
Objective = Literal["goods", "approval", "profit"]
#: How outcomes are known: of everybody, of a random part of the rejected too, or of approved only.
Labels = Literal["everybody", "explored", "approved only"]

#: How a bad rate of everybody is certified where some of the rejected were approved at random.
CertifiedBy = Literal["inverse propensity", "doubly robust", "thinning"]

#: Limits that keep the cut-off from approving everybody.
CEILINGS = ("bad_rate", "bad_amount_rate", "loss_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a cut-off is to achieve."""

    objective: Objective = "goods"  #: What is best among the cut-offs that keep to the limits.
    limits: tuple[Limit, ...] = ()  #: What it must keep to; with a confidence, certified.
    economics: LoanEconomics = field(default_factory=LoanEconomics)  #: Worth of each.
    gamma: float | None = None
    """Where nobody was approved at random: below any cut-off, the odds of bad of those not approved
    are taken to be at most so many times those of the approved; None: nothing is assumed. Part of
    the difference are their higher PDs, so that 1 would be too hopeful."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningPlan:
    """What is fixed before the tuning sample is looked at."""

    grid: Grid  #: Cut-offs to choose from, at quantiles of development applicants.
    smallest_propensity: float | None  #: Least chance of a random approval that is relied on.
    typical_amount: float | None = None  #: Mean amount of development applicants [currency].
    largest_weight: float | None = None  #: Largest sampling weight that is relied on.
    typical_weight: float = 1.0  #: Mean weight of development applicants.
    certified_by: CertifiedBy = "inverse propensity"  #: Trying several would be cheating, too.
    seed: int = 0  #: Of the random orders that certificates use: trying several would be cheating.


def tuning_plan(
    development: History,
    pds: Floats,
    *,
    n_cutoffs: int = 200,
    certified_by: CertifiedBy = "inverse propensity",
    seed: int = 0,
) -> TuningPlan:
    """Fix the cut-offs to choose from, on development applicants who reached the score gate.

    Parameters
    ----------
    development : History
        The development sample, approved or not.
    pds : array of float, shape (n_applicants,)
        PD of each [fraction].
    n_cutoffs : int
        How many cut-offs at most.
    certified_by : {"inverse propensity", "doubly robust", "thinning"}
        Which certificate the bad rate of everybody takes, where some of the rejected were approved
        at random; for its power see experiments/robust_certificates.py.
    seed : int
        Of the random orders that certificates use.

    Returns
    -------
    TuningPlan
        Cut-offs at even quantiles, each an edge of the ledger; the smallest propensity to rely
        on, the first percentile of those between 0 and 1, so that one odd row costs no power; the
        mean amount; and where rows are weighted, the largest weight and the mean of all.

    Raises
    ------
    DataError
        If nobody reached the score gate, or there is no such certificate.
    """
    if certified_by not in get_args(CertifiedBy):
        raise DataError(
            f"certified_by must be {', '.join(get_args(CertifiedBy))}, but is {certified_by!r}."
        )
    reached = development.reached
    propensity = development.propensity
    chances = np.array([]) if propensity is None else propensity[reached]
    explored = chances[(chances > 0) & (chances < 1)]
    smallest = np.quantile(explored, 0.01, method="inverted_cdf") if explored.size else None
    weight = development.weight
    weights = np.ones(1) if weight is None or not reached.any() else weight[reached]
    grid = cutoff_grid(edge_above(pds[reached]), n_cutoffs)
    return TuningPlan(
        grid=grid,
        smallest_propensity=None if smallest is None else float(smallest),
        typical_amount=float(development.applications.amount[reached].mean()),
        largest_weight=None if weight is None else float(weights.max()),
        typical_weight=float(weights.mean()),
        certified_by=certified_by,
        seed=seed,
    )


def check_goal(goal: Goal) -> None:
    """Refuse a goal that nothing bounds, or that contradicts itself.

    Parameters
    ----------
    goal : Goal
        Objective, limits and economics.

    Raises
    ------
    DataError
        If the objective is unknown, nothing keeps the cut-off from approving everybody, a rate is
        limited twice, or gamma is below 1.
    """
    if goal.objective not in get_args(Objective):
        raise DataError(
            f"objective must be {', '.join(get_args(Objective))}, but is {goal.objective!r}."
        )
    bounded = any(
        limit.rate in CEILINGS or (limit.rate == "approval_rate" and limit.sign > 0)
        for limit in goal.limits
    )
    if goal.objective != "profit" and not bounded:
        raise DataError(
            f"Without a limit on the bad rate, objective {goal.objective} means approving "
            "everybody; give a limit on bad_rate, bad_amount_rate or loss_rate, or ask for "
            "objective profit."
        )
    keys = [(limit.rate, limit.sign, limit.by) for limit in goal.limits]
    if len(set(keys)) < len(keys):
        twice = next(key[0] for key in keys if keys.count(key) > 1)
        raise DataError(f"limits must bind each rate once in each direction, but {twice} is twice.")
    if goal.gamma is not None and not goal.gamma >= 1:
        raise DataError(f"gamma must be at least 1, but is {goal.gamma}.")


def covers_everybody(rate: str, *, labels: Labels, gamma: float | None) -> bool:
    """Return whether a certificate of a rate is about all whom a cut-off approves.

    Parameters
    ----------
    rate : str
        A limited rate.
    labels : {"everybody", "explored", "approved only"}
        How outcomes are known.
    gamma : float or None
        Of the goal.

    Returns
    -------
    bool
        False where nobody was approved at random and it is about those approved before only.
        Approvals take no outcome, and a gamma speaks of the bads among the others.

    Examples
    --------
    >>> covers_everybody("bad_rate", labels="approved only", gamma=None)
    False
    >>> covers_everybody("bad_rate", labels="approved only", gamma=2.0)
    True
    """
    bounded = rate == "bad_rate" and gamma is not None
    return labels != "approved only" or rate == "approval_rate" or bounded
