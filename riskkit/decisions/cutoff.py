"""The cut-off: chosen under an objective and limits, certified where a confidence is asked for."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Floats, as_fractions, check_shapes
from riskkit.applicants import History
from riskkit.decisions._cases import Case, at_gate, is_weighted, labels_of, ledger_of
from riskkit.decisions._certified import certificate_of
from riskkit.decisions.binomial import zero_default_sample_size
from riskkit.decisions.certificates import Certificate
from riskkit.decisions.estimates import (
    MAX_SIMULTANEOUS,
    incumbent_rates,
    simultaneous_bands,
    tradeoff_curve,
)
from riskkit.decisions.feasibility import LimitedCurve, feasible_cutoffs, shadow_prices
from riskkit.decisions.goals import CEILINGS, Goal, Labels, TuningPlan, check_goal
from riskkit.decisions.incumbent import against_incumbent
from riskkit.decisions.ledger import ScoreLedger, check_groups
from riskkit.decisions.paying import check_pays, loan_sizes_of
from riskkit.decisions.segment_path import segment_names
from riskkit.decisions.tuned_cutoff import TunedCutoff
from riskkit.errors import DataError
from riskkit.lending import Limit

#: Chance to be taken in by a rate of 0 among too few applicants.
_UNSURE = 0.05
#: A group with fewer labelled goods has no false rejection rate worth a limit.
_LEAST_GOODS = 50


def tune_cutoff(history: History, pds: Floats, *, plan: TuningPlan, goal: Goal) -> TunedCutoff:
    """Choose a cut-off on the tuning sample.

    With objective ``goods`` or ``approval`` it is the most lenient one that keeps to the limits
    (with one cut-off the two agree), with ``profit`` the one with the highest expected profit
    among them, by PDs smoothed to the labels: the highest estimated profit itself is a noisier
    choice. A limit with a confidence is certified: where everybody's outcome is known by binomial
    tests, where some of the rejected were approved at random by inverse-propensity betting, limits
    on money by betting on amounts, all along a path fixed beforehand; where nobody was approved at
    random, by binomial tests whose claim covers only applicants that the past policy approves, or
    everybody under the goal's gamma. Where rows are weighted, rates count each by its weight, and
    a bad rate is certified by betting on weights; binomial tests would not hold.

    Parameters
    ----------
    history : History
        The tuning sample; the scorer must not have seen it.
    pds : array of float, shape (n_applicants,)
        PD of each application [fraction].
    plan : TuningPlan
        Cut-offs fixed on the development sample.
    goal : Goal
        Objective, limits and economics.

    Returns
    -------
    TunedCutoff
        The cut-off, its curve, certificates, shadow prices and comparison with the past policy.

    Raises
    ------
    DataError
        If the columns break their rules, a limit names an absent column, amounts exceed their
        maximum, no loan can pay and the objective is profit, or neither a limit nor the objective
        bounds the cut-off.
    InfeasibleCutoffError
        If no cut-off keeps to the limits, or the sample is too small to show it.
    """
    check_goal(goal)
    (fractions,) = as_fractions(pds=pds)
    check_shapes({"pds": fractions, "history": history.bad})
    sample, fractions = at_gate(history, fractions)
    labels, propensity = labels_of(sample)
    case = Case(
        sample=sample, pds=fractions, labels=labels, propensity=propensity, plan=plan,
        goal=goal,
    )  # fmt: skip
    goal.economics.values(sample.applications.amount)  # refuses amounts above their maximum
    return _tuned(case)


def history_ledger(history: History, pds: Floats, *, scorer: str = "") -> ScoreLedger:
    """Account for past applicants who reached the score gate in windows that have closed.

    Parameters
    ----------
    history : History
        Past applications.
    pds : array of float, shape (n_applicants,)
        PD of each [fraction].
    scorer : str
        Hash of the model that gave the PDs [hexadecimal].

    Returns
    -------
    ScoreLedger
        Where propensities are recorded, with strata by them; else whoever was approved is sure.

    Raises
    ------
    DataError
        If the columns break their rules, weights differ, or no outcome is known.
    """
    (fractions,) = as_fractions(pds=pds)
    check_shapes({"pds": fractions, "history": history.bad})
    sample, fractions = at_gate(history, fractions)
    if is_weighted(sample):
        raise DataError(
            "A ledger counts applicants, but the weights differ; give the weight column role "
            "ignore, or take a table that is a plain sample."
        )
    _, propensity = labels_of(sample)
    return replace(ledger_of(sample, fractions, propensity), scorer=scorer)


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
    if not (history.reached & history.matured & history.labelled).any():
        return None
    sample, fractions = at_gate(history, pds)
    _, propensity = labels_of(sample)
    ledger = ledger_of(sample, fractions, propensity)
    curve = tradeoff_curve(
        ledger, np.array([pd_cutoff]), economics=goal.economics, gamma=goal.gamma
    )
    return {str(name): float(value) for name, value in curve.iloc[0].items()}


def _tuned(case: Case) -> TunedCutoff:
    goal, ledger = case.goal, case.ledger()
    warnings = check_pays(goal.economics, loan_sizes_of(ledger), objective=goal.objective)
    curve = _curve(case, ledger)
    decisive = _decisive(case, curve)
    certificates = {
        limit: certificate_of(case, limit) for limit in goal.limits if limit.confidence is not None
    }
    limited = _limited(case, curve, decisive, certificates)
    feasible = feasible_cutoffs(limited, goal.limits)
    best_by = "model_profit" if goal.objective == "profit" else "approval_rate"
    chosen = int(decisive[best_by].where(feasible).argmax())
    cutoff = float(curve["pd_cutoff"].iloc[chosen])
    passed = list(limited.passed.values())
    prices = shadow_prices(limited, goal.limits, chosen=chosen, rows=decisive, best_by=best_by)
    return TunedCutoff(
        pd_cutoff=cutoff,
        goal=goal,
        curve=_with_bands(case, ledger, curve).assign(
            certified=np.all(passed, axis=0) if passed else False
        ),
        incumbent=incumbent_rates(ledger, economics=goal.economics),
        comparison=against_incumbent(ledger, cutoff, economics=goal.economics),
        certificates=tuple(certificates.values()),
        shadow_prices=prices,
        most_profitable={
            way: float(curve["pd_cutoff"].iloc[int(decisive[column].argmax())])
            for way, column in (("model", "model_profit"), ("estimate", "profit"))
        },
        warnings=warnings,
        left_out=_left_out(case),
        labels=case.labels,
        knowledge=(
            *_knowledge(case.sample, case.propensity, case.labels, goal.gamma),
            *_unused_gamma(case.labels, goal.gamma),
            *_by_weight(case.sample),
        ),
        n_applicants=len(case.sample),
        n_labelled=int(case.sample.labelled.sum()),
    )


def _curve(case: Case, ledger: ScoreLedger | None = None) -> pd.DataFrame:
    goal, account = case.goal, case.ledger() if ledger is None else ledger
    cutoffs = case.plan.grid.cutoffs
    return tradeoff_curve(account, cutoffs, economics=goal.economics, gamma=goal.gamma)


def _with_bands(case: Case, ledger: ScoreLedger, curve: pd.DataFrame) -> pd.DataFrame:
    # Limits that hold together, at cut-offs chosen by their places; only counts have them.
    if case.labels != "everybody" or is_weighted(case.sample):
        return curve
    places = np.linspace(0, len(curve) - 1, min(MAX_SIMULTANEOUS, len(curve))).round().astype(int)
    bands = simultaneous_bands(ledger, curve["pd_cutoff"].to_numpy()[places])
    limits = bands.set_index("pd_cutoff").filter(regex="_(lower|upper)$").add_prefix("together_")
    return curve.join(limits, on="pd_cutoff")


def _decisive(case: Case, curve: pd.DataFrame) -> pd.DataFrame:
    # What the choice rests on: where nobody was approved at random, applicants with an outcome, or
    # everybody at the worst that gamma allows; where only bounds are known, the worst case.
    decisive = curve
    if case.labels == "approved only":
        of_known = _curve(case.known()).set_index("pd_cutoff")
        decisive = of_known.reindex(curve["pd_cutoff"]).reset_index()
        decisive["approval_rate"] = curve["approval_rate"]
        if case.goal.gamma is not None:
            for rate in ("bad_rate", "false_rejection_rate"):
                decisive[rate] = curve[f"gamma_{rate}_upper"]
    worst = {rate: decisive[f"{rate}_upper"] for rate in (*CEILINGS, "false_rejection_rate")}
    return decisive.fillna({**worst, "profit": decisive["profit_lower"]}).copy()


def _limited(
    case: Case,
    curve: pd.DataFrame,
    decisive: pd.DataFrame,
    certificates: dict[Limit, Certificate],
) -> LimitedCurve:
    limits = case.goal.limits
    values = {
        limit: _gaps(case, limit, curve) if limit.by is not None
        else decisive[limit.rate].to_numpy(dtype=np.float64)
        for limit in limits
    }  # fmt: skip
    # A rate of 0 among a handful says nothing: as many of those approved must have an outcome as
    # could show the limit without a single bad. Rows are counted, whatever they weigh.
    bounds = [limit.bound for limit in limits if limit.rate in CEILINGS]
    least = max((zero_default_sample_size(bound, _UNSURE) for bound in bounds), default=1)
    cutoffs = curve["pd_cutoff"]
    known = np.sort(case.pds[case.sample.labelled])
    return LimitedCurve(
        cutoffs=cutoffs.to_numpy(),
        approval_rate=curve["approval_rate"].to_numpy(),
        rates=values,
        passed={
            limit: np.asarray(cutoffs.isin(certificate.passed))
            for limit, certificate in certificates.items()
        },
        enough=np.searchsorted(known, cutoffs, side="right") >= least,
        least=least,
        n_applicants=len(known),
    )


def _gaps(case: Case, limit: Limit, curve: pd.DataFrame) -> Floats:
    table = case.sample.applications.table
    if limit.by is None or limit.by not in table:
        raise DataError(
            f"limit {limit} names column {limit.by!r}, which the table does not have; it has "
            f"{', '.join(map(repr, table.columns))}."
        )
    use, codes, n_goods = _by_group(case, limit.by)
    compared = np.flatnonzero(n_goods >= _LEAST_GOODS)
    check_groups(len(compared), (limit.by,))
    rates = []
    for code in compared:
        curve_of = _curve(use.take(codes == code)).set_index("pd_cutoff")["false_rejection_rate"]
        # Cut-offs that approve nobody of a group reject all of its goods.
        rates.append(curve_of.reindex(curve["pd_cutoff"], fill_value=1.0).to_numpy())
    if len(rates) < 2:  # noqa: PLR2004 - a gap is between two
        raise DataError(
            f"limit {limit} needs at least two groups with {_LEAST_GOODS} known goods each, but "
            f"{limit.by!r} has {len(rates)}."
        )
    return np.max(rates, axis=0) - np.min(rates, axis=0)


def _by_group(case: Case, by: str) -> tuple[Case, NDArray[np.intp], pd.Series]:
    # Applicants who count, the group of each, and the known goods of each group by its name.
    sample = case.sample
    codes, levels = pd.factorize(sample.applications.table[by], use_na_sentinel=False)
    goods = np.bincount(codes[sample.bad == 0], minlength=len(levels))
    n_goods = pd.Series(goods, index=segment_names(pd.Series(levels)))
    if case.labels == "approved only":
        return case.known(), codes[sample.labelled], n_goods
    return case, codes, n_goods


def _left_out(case: Case) -> dict[str, dict[str, int]]:
    found = {}
    for limit in case.goal.limits:
        if limit.by is not None:
            _, _, n_goods = _by_group(case, limit.by)
            few = n_goods[n_goods < _LEAST_GOODS]
            found[str(limit)] = {str(name): int(n) for name, n in few.items()}
    return {limit: few for limit, few in found.items() if few}


def _by_weight(sample: History) -> tuple[str, ...]:
    if not is_weighted(sample):
        return ()
    n_known = int(sample.labelled.sum())
    return (
        f"Rows count by their sampling weights: {len(sample):,} rows, {n_known:,} of them with a "
        "known outcome. All intervals are approximate, and as wide as the weights "
        "of those on either side of a cut-off make them.",
    )


def _unused_gamma(labels: Labels, gamma: float | None) -> tuple[str, ...]:
    if gamma is None or labels == "approved only":
        return ()
    if labels == "everybody":
        return (f"A gamma of {gamma:g} says nothing here, for every outcome is known.",)
    return (
        f"A gamma of {gamma:g} decides and certifies nothing here: random approvals tell what no "
        "assumption can. The bounds that it allows are shown for comparison.",
    )


def _knowledge(
    sample: History, propensity: Floats, labels: Labels, gamma: float | None
) -> tuple[str, ...]:
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
            "whom the past policy approves too."
            if gamma is None
            else f"Assumed, not known: the odds of bad of those not approved are at most {gamma:g} "
            "times those of the approved; bad rate and false rejections are judged at their worst "
            "under it.",
            "Cannot be known: the bad rate and the false rejections among everybody. The table "
            "gives bounds, from all unknown good to all unknown bad. Approve a small random share "
            "of the rejected, and record its propensity, to know more.",
        )
    explored = (propensity > 0) & (propensity < 1)
    n_explored = int((explored & sample.labelled).sum())
    told = (
        f"{n_unknown:,} of {n:,} applicants at the score gate were not approved, so their outcomes "
        f"are unknown; {n_explored:,} would-be rejections approved at random stand for them.",
        "Corrected for selection (doubly robust, by the recorded propensities): bad rate, false "
        "rejection rate and profit. "
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
