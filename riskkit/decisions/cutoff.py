"""The cut-off: chosen under an objective and a limit, certified where a confidence is asked for."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats, as_fractions, check_shapes
from riskkit.applicants import History
from riskkit.decisions.binomial import zero_default_sample_size
from riskkit.decisions.certificates import (
    Certificate,
    Grid,
    OutcomeSample,
    SelectedSample,
    certify_binomial,
    certify_inverse_propensity,
    cutoff_grid,
    one_per_group,
)
from riskkit.decisions.estimates import incumbent_rates, tradeoff_curve
from riskkit.decisions.bands import edge_above
from riskkit.decisions.ledger import ScoredOutcomes, ScoreLedger, score_ledger
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics

Rows = NDArray[np.intp]

#: Chance to be taken in by a rate of 0 among too few applicants.
_UNSURE = 0.05

#: goods: fewest false rejections, the most lenient cut-off; profit: most expected profit.
Objective = Literal["goods", "profit"]
#: How outcomes are known: of everybody, of a random part of the rejected too, or of approved only.
Labels = Literal["everybody", "explored", "approved only"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a cut-off is to achieve."""

    objective: Objective = "goods"  #: What is best among the cut-offs that keep to the limit.
    limit: Limit | None = None  #: A cap on the bad rate; with a confidence it is certified.
    economics: LoanEconomics = field(default_factory=LoanEconomics)  #: Worth of each.


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningPlan:
    """What is fixed before the tuning sample is looked at."""

    grid: Grid  #: Cut-offs to choose from, at quantiles of development applicants.
    smallest_propensity: float | None  #: Least chance of a random approval that is relied on.
    seed: int = 0  #: Of the random orders that certificates use: trying several would be cheating.


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedCutoff:
    """A cut-off with the curve it was chosen from and what is certified about it."""

    pd_cutoff: float  #: Approve PDs at or below it [fraction].
    goal: Goal  #: What it was to achieve.
    curve: (
        pd.DataFrame
    )  #: `tradeoff_curve` over the grid, and whether each cut-off is ``certified``.
    incumbent: dict[str, float] | None  #: `incumbent_rates`.
    certificate: Certificate | None  #: None where no confidence was asked for.
    labels: Labels  #: How outcomes are known.
    knowledge: tuple[str, ...]  #: What rests on labelled rows only, is corrected, or unknowable.
    n_applicants: int  #: Tuning applicants at the score gate.
    n_labelled: int  #: Those of them with a known outcome.

    @property
    def chosen(self) -> dict[str, float]:
        """The row of the curve at the chosen cut-off."""
        row = self.curve[self.curve["pd_cutoff"] == self.pd_cutoff]
        return {str(name): float(value) for name, value in row.iloc[0].items()}


def tuning_plan(
    development: History, pds: Floats, *, n_cutoffs: int = 200, seed: int = 0
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
    seed : int
        Of the random orders that certificates use.

    Returns
    -------
    TuningPlan
        Cut-offs at even quantiles, each an edge of the ledger; and the smallest propensity to rely
        on, the first percentile of those between 0 and 1, so that one odd row costs no power.

    Raises
    ------
    DataError
        If nobody reached the score gate.
    """
    reached = development.reached
    propensity = development.propensity
    chances = np.array([]) if propensity is None else propensity[reached]
    explored = chances[(chances > 0) & (chances < 1)]
    smallest = np.quantile(explored, 0.01, method="inverted_cdf") if explored.size else None
    return TuningPlan(
        grid=cutoff_grid(edge_above(pds[reached]), n_cutoffs),
        smallest_propensity=None if smallest is None else float(smallest),
        seed=seed,
    )


def tune_cutoff(history: History, pds: Floats, *, plan: TuningPlan, goal: Goal) -> TunedCutoff:
    """Choose a cut-off on the tuning sample.

    With objective ``goods`` it is the most lenient one that keeps to the limit, with ``profit``
    the one with the highest estimated profit among them. A limit with a confidence is certified:
    where everybody's outcome is known by binomial tests, where some of the rejected were approved
    at random by inverse-propensity betting, both along a path fixed beforehand; where neither
    holds, by binomial tests whose claim covers only applicants that the past policy approves.

    Parameters
    ----------
    history : History
        The tuning sample; the scorer must not have seen it.
    pds : array of float, shape (n_applicants,)
        PD of each application [fraction].
    plan : TuningPlan
        Cut-offs fixed on the development sample.
    goal : Goal
        Objective, limit and economics.

    Returns
    -------
    TunedCutoff
        The cut-off, its curve and its certificate.

    Raises
    ------
    DataError
        If the columns break their rules, or neither a limit nor the objective bounds the cut-off.
    InfeasibleCutoffError
        If no cut-off keeps to the limit, or the sample is too small to show it.
    """
    _check_goal(goal)
    (fractions,) = as_fractions(pds=pds)
    check_shapes({"pds": fractions, "history": history.bad})
    _check_weights(history)
    at_gate = history.reached & history.matured
    if not (at_gate & history.labelled).any():
        raise DataError(
            "No application of the tuning sample has a known outcome at the score gate."
        )
    sample, fractions = history.take(at_gate), fractions[at_gate]
    labels, propensity = _labels(sample)
    curve, incumbent = _curve(sample, fractions, propensity, plan=plan, goal=goal)
    decisive = curve
    if labels == "approved only":
        known = sample.labelled
        known_sample, ones = sample.take(known), np.ones(int(known.sum()))
        decisive, _ = _curve(known_sample, fractions[known], ones, plan=plan, goal=goal)
    certificate = _certificate(sample, fractions, labels, plan=plan, goal=goal)
    feasible = _feasible(decisive, certificate, len(sample), goal)
    cutoff = _best(decisive[feasible], goal)
    passed = decisive.loc[feasible, "pd_cutoff"] if certificate is not None else []
    return TunedCutoff(
        pd_cutoff=cutoff,
        goal=goal,
        curve=curve.assign(certified=curve["pd_cutoff"].isin(passed)),
        incumbent=incumbent,
        certificate=certificate,
        labels=labels,
        knowledge=_knowledge(sample, propensity, labels),
        n_applicants=len(sample),
        n_labelled=int(sample.labelled.sum()),
    )


def rates_at(
    history: History, pds: Floats, *, pd_cutoff: float, goal: Goal
) -> dict[str, float] | None:
    """Return the rates of one cut-off on another sample, such as the out-of-time one.

    Parameters
    ----------
    history : History
        Past applications.
    pds : array of float, shape (n_applicants,)
        PD of each [fraction].
    pd_cutoff : float
        An edge of the ledger [fraction].
    goal : Goal
        For its economics.

    Returns
    -------
    dict of str to float, or None
        A row of `tradeoff_curve`; None where nobody at the score gate has a known outcome.
    """
    at_gate = history.reached & history.matured
    if not (at_gate & history.labelled).any():
        return None
    sample = history.take(at_gate)
    _, propensity = _labels(sample)
    ledger = _ledger(sample, pds[at_gate], propensity, goal)
    curve = tradeoff_curve(ledger, np.array([pd_cutoff]), economics=goal.economics)
    return {str(name): float(value) for name, value in curve.iloc[0].items()}


def _check_goal(goal: Goal) -> None:
    if goal.objective not in get_args(Objective):
        raise DataError(f"objective must be goods or profit, but is {goal.objective!r}.")
    if goal.limit is None and goal.objective == "goods":
        raise DataError(
            "Without a limit, the fewest false rejections mean approving everybody; give "
            "a limit on the bad rate, or ask for objective profit."
        )
    if goal.limit is not None and goal.limit.rate != "bad_rate":
        raise DataError(f"The limit must bind bad_rate, but binds {goal.limit.rate}.")


def _check_weights(history: History) -> None:
    weight = history.weight
    if weight is not None and weight.size and weight.min() != weight.max():
        raise DataError(
            "Cut-offs are tuned on equally weighted rows, but the weights go from "
            f"{weight.min():g} to {weight.max():g}; give the weight column role ignore, or tune on "
            "a table that is a plain sample."
        )


def _labels(sample: History) -> tuple[Labels, Floats]:
    if not sample.is_selective:
        return "everybody", np.ones(len(sample))
    if sample.propensity is None or not ((sample.propensity > 0) & (sample.propensity < 1)).any():
        return "approved only", sample.approved.astype(np.float64)
    return "explored", sample.propensity


def _curve(
    sample: History, pds: Floats, propensity: Floats, *, plan: TuningPlan, goal: Goal
) -> tuple[pd.DataFrame, dict[str, float] | None]:
    ledger = _ledger(sample, pds, propensity, goal)
    return (
        tradeoff_curve(ledger, plan.grid.cutoffs, economics=goal.economics),
        incumbent_rates(ledger, economics=goal.economics),
    )


def _ledger(sample: History, pds: Floats, propensity: Floats, goal: Goal) -> ScoreLedger:
    amount = sample.applications.amount
    return score_ledger(
        ScoredOutcomes(pds=pds, bad=sample.bad, propensity=propensity, amount=amount)
    )


def _certificate(
    sample: History, pds: Floats, labels: Labels, *, plan: TuningPlan, goal: Goal
) -> Certificate | None:
    if goal.limit is None or goal.limit.confidence is None:
        return None
    rows = np.arange(len(sample)) if labels != "approved only" else np.flatnonzero(sample.labelled)
    groups = sample.applications.groups
    once = one_per_group(groups[rows], seed=plan.seed)
    population = _population(labels, repeats=len(once) < len(rows))
    rows = rows[once]
    if labels == "explored":
        return _certificate_of_all(sample, pds, rows, population, plan=plan, limit=goal.limit)
    outcomes = OutcomeSample(
        pds=pds[rows], bad=sample.bad[rows], groups=groups[rows], population=population
    )
    return certify_binomial(outcomes, grid=plan.grid, limit=goal.limit)


def _population(labels: Labels, *, repeats: bool) -> str:
    who = "applicants like those of the table who reach the score gate"
    if labels == "approved only":
        who += " and whom the past policy approves too,"
    return f"{who} (one application each, drawn at random)" if repeats else who


def _certificate_of_all(  # noqa: PLR0913 - the sample, its PDs and rows, and what was fixed
    sample: History, pds: Floats, rows: Rows, population: str, *, plan: TuningPlan, limit: Limit
) -> Certificate:
    if plan.smallest_propensity is None or sample.propensity is None:
        raise DataError(
            "The development sample recorded no random approvals, but the tuning sample does; "
            "train on a table that records them."
        )
    selected = SelectedSample(
        pds=pds[rows],
        approved=sample.approved[rows],
        bad=sample.bad[rows],
        propensity=sample.propensity[rows],
        groups=sample.applications.groups[rows],
        population=population,
    )
    return certify_inverse_propensity(
        selected,
        grid=plan.grid,
        limit=limit,
        smallest_propensity=plan.smallest_propensity,
        seed=plan.seed,
    )


def _feasible(
    curve: pd.DataFrame, certificate: Certificate | None, n_applicants: int, goal: Goal
) -> Flags:
    if certificate is not None:
        tested = np.array(certificate.cutoffs)
        passed = tested[tested <= certificate.cutoff]
        return np.asarray(curve["pd_cutoff"].isin(passed))
    if goal.limit is None:
        return np.ones(len(curve), dtype=bool)
    # Where only bounds are known, the worst case has to comply; and a rate of 0 among a handful
    # says nothing: as many must be approved as could show the limit without a single bad.
    bad_rate = curve["bad_rate"].fillna(curve["bad_rate_upper"])
    n_needed = zero_default_sample_size(goal.limit.at_most, _UNSURE)
    enough = curve["approval_rate"] * n_applicants >= n_needed
    feasible = np.asarray(enough & (bad_rate <= goal.limit.at_most))
    if not feasible.any():
        lowest = curve.loc[bad_rate.where(enough).idxmin()] if enough.any() else curve.iloc[-1]
        raise InfeasibleCutoffError(
            f"No cut-off that approves at least {n_needed} of {n_applicants} applicants has "
            f"{goal.limit}; the lowest bad rate is {bad_rate[lowest.name]:.4f}, at a PD of "
            f"{lowest['pd_cutoff']:.4g}, which approves {lowest['approval_rate']:.1%}."
        )
    return feasible


def _best(curve: pd.DataFrame, goal: Goal) -> float:
    if goal.objective == "goods":
        return float(curve["pd_cutoff"].max())
    profit = curve["profit"].fillna(curve["profit_lower"])
    return float(curve.loc[profit.idxmax(), "pd_cutoff"])


def _knowledge(sample: History, propensity: Floats, labels: Labels) -> tuple[str, ...]:
    n, n_unknown = len(sample), int((~sample.labelled).sum())
    if labels == "everybody":
        return (
            f"Every one of the {n:,} applicants at the score gate has a known outcome: bad rate "
            "and false rejection rate are counts.",
            "If the table holds approved loans only, nothing is known of those who were rejected: "
            "all numbers, and any certificate, are about applicants like those in the table.",
        )
    if labels == "approved only":
        return (
            f"{n_unknown:,} of {n:,} applicants at the score gate were not approved, so their "
            "outcomes are unknown, and none was approved at random.",
            "Labelled rows only: the cut-off was chosen on, and any certificate covers, applicants "
            "whom the past policy approves too.",
            "Cannot be known: the bad rate and the false rejections among everybody. The table "
            "gives bounds, from all unknown good to all unknown bad. Approve a small random share "
            "of the rejected, and record its propensity, to know more.",
        )
    explored = (propensity > 0) & (propensity < 1)
    n_explored = int((explored & sample.labelled).sum())
    told = (
        f"{n_unknown:,} of {n:,} applicants at the score gate were not approved, so their outcomes "
        f"are unknown; {n_explored:,} would-be rejections approved at random stand for them.",
        "Corrected for selection by inverse propensity: bad rate, false rejection rate and profit. "
        "Labelled rows only: the columns that say so; they are shown for comparison and mislead.",
    )
    n_unreachable = int((propensity == 0).sum())
    if not n_unreachable:
        return told
    return (
        *told,
        f"Cannot be known: {n_unreachable:,} applicants could never be approved (propensity 0); "
        "where they matter, the table gives bounds, and certificates count them as bad.",
    )
