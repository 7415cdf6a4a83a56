"""Cut-offs by segment, and whether they pay.

With calibrated PDs and equal economics one PD cut-off is already the best: whoever is as risky is
worth as much. Segments gain in two cases only. Where PDs are off by segment, cut-offs of their own
put that right, but so does recalibration by segment, which mends every number that rests on the PDs
too: it comes first. Where margins or amounts differ, equal risks are worth different money, and
only segments gain it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from riskkit._checks import Floats, as_fractions, check_shapes
from riskkit.applicants import History
from riskkit.decisions._cases import at_gate, is_weighted, labels_of
from riskkit.decisions._expected import Expected, expected_of
from riskkit.decisions._segment_claims import segment_claims
from riskkit.decisions._segment_sums import compared, money_along, rates_table
from riskkit.decisions.cutoff import tune_cutoff
from riskkit.decisions.goals import CEILINGS, Goal, TuningPlan, check_goal
from riskkit.decisions.joint import JointCutoffs, joint_cutoffs
from riskkit.decisions.ledger import ScoredOutcomes, ScoreLedger
from riskkit.decisions.ledger_builder import score_ledger
from riskkit.decisions.offsets import SegmentOffsets, segment_offsets
from riskkit.decisions.paying import check_pays, loan_sizes_of
from riskkit.decisions.recalibration import band_log_odds, band_model
from riskkit.decisions.segment_path import (
    SegmentPath,
    economics_of,
    portfolio_limit,
    segment_names,
)
from riskkit.decisions.tuned_cutoff import TunedCutoff
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics

#: Which of the three cases a table is; see the module.
SegmentCase = Literal["one cut-off", "recalibrate", "economics"]
#: From this gain on, segments are worth a word [share of the objective].
WORTH_IT = 0.002
_UNSURE = 0.05  # level of the test of equal offsets
_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentGains:
    """The objective by smoothed PDs, under the limit: goods, applicants or currency."""

    one_cutoff: float  #: One cut-off on the PDs as they are.
    recalibrated: float  #: One cut-off on PDs put right by segment.
    by_segment: float  #: The best cut-off of each segment.

    @property
    def of_recalibration(self) -> float:
        """What recalibration by segment gains over the PDs as they are [fraction]."""
        return _more(self.recalibrated, self.one_cutoff)

    @property
    def of_segments(self) -> float:
        """What segments gain over the PDs as they are [fraction]."""
        return _more(self.by_segment, self.one_cutoff)

    @property
    def of_segments_alone(self) -> float:
        """What segments gain over one cut-off on recalibrated PDs [fraction]."""
        return _more(self.by_segment, self.recalibrated)


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedSegments:
    """Cut-offs by segment beside one cut-off, and which case the table is."""

    path: SegmentPath  #: The vectors that were chosen from.
    tuned: TunedCutoff  #: The level chosen along the path, as if it were a cut-off.
    one: TunedCutoff | None  #: One cut-off for the same goal; None where there is none.
    economics: dict[str, LoanEconomics]  #: Of each segment.
    case: SegmentCase  #: Which of the three.
    gains: SegmentGains  #: What each way would bring, by smoothed PDs.
    offsets: SegmentOffsets  #: How far the PDs of each segment are off.
    optimum: JointCutoffs  #: The best on the tuning sample, whatever the path.
    table: pd.DataFrame
    """One row per segment, the last one all: ``segment``, ``applicants``; ``pd_cutoff``,
    ``approval_rate``, ``bad_rate``, ``false_rejection_rate`` [fraction] and ``profit`` [currency
    per application] with ``_lower`` and ``_upper``; the same of one cut-off as ``one_``."""
    claims: dict[str, str]  #: What is certified of each segment, or why nothing is; may be empty.
    unseen: dict[str, int]  #: Segments of the tuning sample that the path lacks: not approved.

    @property
    def cutoffs(self) -> dict[str, float]:
        """PD cut-off of each segment [fraction]."""
        return self.path.at(self.tuned.pd_cutoff)

    def moved_to(self, tuned: TunedCutoff, ledger: ScoreLedger) -> "TunedSegments":
        """Return the same segments at another level of the path, as a review band begins at.

        Parameters
        ----------
        tuned : TunedCutoff
            The same choice, at that level.
        ledger : ScoreLedger
            The tuning sample by segment, see `ledger_by`.

        Returns
        -------
        TunedSegments
            With the table of that level.

        Raises
        ------
        DataError
            If the level is none of the path's, or claims are made of the one chosen before.
        """
        if self.claims and tuned.pd_cutoff != self.tuned.pd_cutoff:
            raise DataError(
                "Claims hold at the cut-offs that they were made of; tune the segments again."
            )
        table = rates_table(ledger, self.path, tuned, self.one, self.economics)
        return replace(self, tuned=tuned, table=table)

    @property
    def own_economics(self) -> dict[str, LoanEconomics]:
        """Economics of the segments that have others than all."""
        common = self.tuned.goal.economics
        return {name: each for name, each in self.economics.items() if each != common}


def tune_segments(  # noqa: PLR0913 - a sample, a path fixed before it, and what is wanted
    history: History,
    pds: Floats,
    *,
    path: SegmentPath,
    plan: TuningPlan,
    goal: Goal,
    economics: Mapping[str, LoanEconomics],
) -> TunedSegments:
    """Choose cut-offs by segment on the tuning sample, along a path, and say whether they pay.

    Parameters
    ----------
    history : History
        The tuning sample; the scorer must not have seen it.
    pds : array of float, shape (n_applicants,)
        PD of each application [fraction].
    path : SegmentPath
        Vectors of cut-offs; where the goal asks for a confidence, fixed on the development sample.
    plan : TuningPlan
        Of the development sample; its grid serves the one cut-off beside.
    goal : Goal
        Objective, economics where a segment has none of its own, and at most one limit.
    economics : mapping of str to LoanEconomics
        Of segments with their own; may be empty.

    Returns
    -------
    TunedSegments
        A certificate, if any, covers the portfolio; each segment has a claim of its own at its
        share of delta.

    Raises
    ------
    DataError
        If the columns break their rules, weights differ, the table lacks the segments' column,
        there is more than one limit, or economics names a segment that the table does not have.
    InfeasibleCutoffError
        If no vector keeps to the limit, or the sample is too small to show it.
    """
    check_goal(goal)
    limit = portfolio_limit(goal)
    (fractions,) = as_fractions(pds=pds)
    check_shapes({"pds": fractions, "history": history.bad})
    if is_weighted(history):
        raise DataError(
            "Cut-offs by segment count applicants, but the weights differ; leave by out, or give "
            "the weight column role ignore."
        )
    names = segments_of(history, path.by)
    levels = path.levels_of(fractions, names)
    ledger = ledger_by(history, fractions, path.by)
    worth = economics_of(ledger, goal, economics)
    warnings = _warnings(ledger, worth, goal)
    tuned = _along(history, levels, path, replace(plan, grid=path.grid), goal, ledger, worth)
    one = _one(history, fractions, plan, goal)
    offsets = segment_offsets(ledger)
    optimum = joint_cutoffs(
        ledger, offsets.shrunk, objective=goal.objective, limit=limit, economics=worth
    )
    gains = _gains(ledger, offsets, goal, worth, optimum)
    rows = history.reached & history.matured
    unseen = pd.Series(names[rows & ~np.isin(names, path.segments)]).value_counts()
    return TunedSegments(
        path=path,
        tuned=replace(tuned, warnings=(*tuned.warnings, *warnings)),
        one=one,
        economics=worth,
        case=_case(offsets, gains, goal),
        gains=gains,
        offsets=offsets,
        optimum=optimum,
        table=rates_table(ledger, path, tuned, one, worth),
        claims=segment_claims(history, levels, names, path, plan, goal, tuned.pd_cutoff),
        unseen={str(name): int(n) for name, n in unseen.items()},
    )


def segments_of(history: History, by: str) -> np.ndarray:
    """Return the segment of each applicant.

    Parameters
    ----------
    history : History
        Past applications.
    by : str
        A column of their table.

    Returns
    -------
    array of str, shape (n_applicants,)
        Values as ledgers name them.

    Raises
    ------
    DataError
        If the table does not have the column.
    """
    table = history.applications.table
    if by not in table:
        raise DataError(
            f"by must name a column of the table, but {by!r} is none; it has "
            f"{', '.join(map(repr, table.columns))}."
        )
    return segment_names(table[by])


def ledger_by(history: History, pds: Floats, by: str | None) -> ScoreLedger:
    """Account for those whose outcomes a choice rests on, by segment where one is given.

    Parameters
    ----------
    history : History
        Past applications.
    pds : array of float, shape (n_applicants,)
        PD of each [fraction].
    by : str or None
        A column of their table; None for all together.

    Returns
    -------
    ScoreLedger
        Applicants who reached the score gate in closed windows; where nobody was approved at
        random, only those with an outcome.

    Raises
    ------
    DataError
        If the table does not have the column, or no outcome is known.
    """
    sample, fractions = at_gate(history, pds)
    labels, propensity = labels_of(sample)
    if labels == "approved only":
        known = sample.labelled
        sample, fractions, propensity = sample.take(known), fractions[known], np.ones(known.sum())
    return score_ledger(
        ScoredOutcomes(
            pds=fractions, bad=sample.bad, propensity=propensity,
            amount=sample.applications.amount,
            by={} if by is None else {by: segments_of(sample, by)},
        )
    )  # fmt: skip


def _warnings(
    ledger: ScoreLedger, economics: Mapping[str, LoanEconomics], goal: Goal
) -> tuple[str, ...]:
    # Of segments with their own; the common ones are checked on all applicants.
    return tuple(
        said
        for name, each in economics.items()
        if each != goal.economics
        for said in check_pays(
            each, loan_sizes_of(ledger.of(name)), objective=goal.objective, of=name
        )
    )


def _more(value: float, base: float) -> float:
    return (value - base) / abs(base) if base else 0.0


def _one(history: History, pds: Floats, plan: TuningPlan, goal: Goal) -> TunedCutoff | None:
    try:
        return tune_cutoff(history, pds, plan=plan, goal=goal)
    except InfeasibleCutoffError:
        return None  # the table says so: segments may do what one cut-off cannot


def _along(  # noqa: PLR0913, PLR0917 - one choice along one path
    history: History,
    levels: Floats,
    path: SegmentPath,
    plan: TuningPlan,
    goal: Goal,
    ledger: ScoreLedger,
    economics: dict[str, LoanEconomics],
) -> TunedCutoff:
    if all(each == goal.economics for each in economics.values()):
        return _worded(tune_cutoff(history, levels, plan=plan, goal=goal), path.by)
    limit = portfolio_limit(goal)
    ceiling = limit is not None and limit.rate in CEILINGS
    wider = replace(goal, objective="approval") if ceiling else goal
    tuned = tune_cutoff(history, levels, plan=plan, goal=wider)
    money = money_along(ledger, path, economics)
    curve = tuned.curve.drop(columns=list(money.columns)).merge(
        money, left_on="pd_cutoff", right_index=True, how="left"
    )[tuned.curve.columns]
    chosen = tuned.pd_cutoff
    if goal.objective == "profit":
        allowed = _allowed(tuned, limit)
        chosen = float(curve["pd_cutoff"].iloc[int(curve["model_profit"].where(allowed).argmax())])
    best = {
        "model": float(curve["pd_cutoff"].iloc[int(curve["model_profit"].argmax())]),
        "estimate": float(curve["pd_cutoff"].iloc[int(curve["profit"].fillna(-np.inf).argmax())]),
    }
    return _worded(
        replace(
            tuned,
            goal=goal,
            curve=curve,
            pd_cutoff=chosen,
            comparison=compared(ledger, path.at(chosen), economics),
            shadow_prices=(),  # in money of each segment they would need another pass
            most_profitable=best,
        ),
        path.by,
    )


def _allowed(tuned: TunedCutoff, limit: Limit | None) -> pd.Series:
    curve = tuned.curve
    if limit is None:
        return curve["pd_cutoff"].notna()
    if limit.confidence is not None:
        return curve["certified"].astype(bool)
    if limit.rate in CEILINGS:
        return curve["pd_cutoff"] <= tuned.pd_cutoff
    return limit.sign * (curve[limit.rate] - limit.bound) <= 0


def _worded(tuned: TunedCutoff, by: str) -> TunedCutoff:
    # Levels of a path are no PDs of anybody: a claim must not say so.
    words = (
        (r"with a PD of at most [\d.e-]+", f"approved by the cut-off of their {by}"),
        (r"have a PD of at most [\d.e-]+", f"are approved by the cut-off of their {by}"),
        (r"have a PD above [\d.e-]+", f"are not approved by the cut-off of their {by}"),
    )

    def said(claim: str) -> str:
        for pattern, text in words:
            claim = re.sub(pattern, text, claim)
        return claim

    certificates = tuple(
        replace(found, claim=said(found.claim), method=f"{found.method} by {by}")
        for found in tuned.certificates
    )
    return replace(tuned, certificates=certificates)


def _gains(
    ledger: ScoreLedger,
    offsets: SegmentOffsets,
    goal: Goal,
    economics: dict[str, LoanEconomics],
    optimum: JointCutoffs,
) -> SegmentGains:
    expected = expected_of(ledger, offsets.shrunk, economics=economics)
    limit = portfolio_limit(goal)
    inside = special.logit(expected.cutoffs[1:-1])
    model = special.logit(band_model(ledger).labelled_bad_rates)
    x = band_log_odds(ledger.edges)
    slope = max(float((model[-2] - model[1]) / (x[-2] - x[1])), _TINY)
    moved = inside[None, :] - (offsets.shrunk - np.average(offsets.shrunk))[:, None] / slope
    places = np.searchsorted(inside, moved, side="right")
    ends = np.full((len(places), 1), len(expected.cutoffs) - 1)
    recalibrated = np.concatenate([np.zeros_like(ends), places, ends], axis=1)
    one = _best(expected.together(), goal, limit)
    # Moved cut-offs are rounded to edges; without an offset nothing moves.
    put_right = max(
        _best(expected.at(recalibrated), goal, limit), one if _even(offsets) else -np.inf
    )
    return SegmentGains(
        one_cutoff=one, recalibrated=put_right, by_segment=max(optimum.value, put_right)
    )


def _even(offsets: SegmentOffsets) -> bool:
    return offsets.spread == 0


def _best(expected: Expected, goal: Goal, limit: Limit | None) -> float:
    worth = expected.objective(goal.objective)[0]
    if limit is None:
        return float(worth.max())
    burden, budget = expected.burden(limit)
    fine = burden[0] <= budget + _TINY * max(float(np.abs(burden).max()), 1)
    return float(worth[fine].max(initial=0.0))


def _case(offsets: SegmentOffsets, gains: SegmentGains, goal: Goal) -> SegmentCase:
    if offsets.p_value < _UNSURE and gains.of_recalibration >= WORTH_IT:
        return "recalibrate"
    # Goods are worth the same wherever they are: what segments seem to gain there is chance.
    by_money = goal.objective == "profit" and gains.of_segments_alone >= WORTH_IT
    return "economics" if by_money else "one cut-off"
