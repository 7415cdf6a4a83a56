"""Fairness: how much more often good applicants of one group are rejected than those of another.

The gap is that of the false rejection rate between protected groups (equal opportunity), at the
score gate. Outcomes of the rejected are known only where some were approved at random: every gap
stands beside the one that labelled rows alone would show, and beside its worst-case bounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from riskkit._checks import Floats, as_fractions, check_open_fraction, check_shapes
from riskkit.applicants import History, as_levels
from riskkit.decisions._cases import is_weighted, labels_of
from riskkit.decisions.bands import edge_above
from riskkit.decisions.blame_readings import Reading
from riskkit.decisions.estimates import tradeoff_curve
from riskkit.decisions.goals import Labels
from riskkit.decisions.ledger import ScoredOutcomes, ScoreLedger
from riskkit.decisions.ledger_builder import score_ledger
from riskkit.errors import DataError, UndefinedRateError
from riskkit.lending import LoanEconomics

#: A group with fewer known goods says nothing.
LEAST_GOODS = 50
#: More groups than this are values, such as ages in years.
_MOST_GROUPS = 20
_SURE, _OTHERS = 0.25, 0.75
_RATE = "false_rejection_rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRates:
    """One group at the score gate."""

    group: str  #: Value of the column.
    n_applicants: int  #: Applicants that reached the score gate.
    approval_rate: float  #: Approved among them [fraction].
    false_rejection_rate: Reading  #: Rejected among their goods [fraction].
    labelled_only: float | None  #: The same of labelled rows alone, which misleads [fraction].
    worst: tuple[float, float]  #: What it could be if nothing is assumed of the others [fraction].


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """Gaps between the groups of one column."""

    by: str  #: The column.
    groups: tuple[GroupRates, ...]  #: From the lowest to the highest false rejection rate.
    too_few: tuple[str, ...]  #: Groups with too few known goods to say anything.
    gap: Reading  #: Highest less lowest false rejection rate [fraction].
    labelled_gap: float | None  #: The same of labelled rows alone [fraction].
    worst_gap: tuple[float, float]  #: What it could be if nothing is assumed [fraction].
    approval_ratio: float  #: Lowest over highest approval rate; below 0.8 calls for reasons [1]_.
    labels: Labels  #: Whose outcomes are known.
    confidence: float  #: Of every interval by itself [fraction].


def past_rule(history: History) -> Floats:
    """Return pretended PDs by which the past policy's own rule is a cut-off.

    Parameters
    ----------
    history : History
        Past applications.

    Returns
    -------
    array of float, shape (n_applicants,)
        Low for whoever it approves for sure, high for the others, also where one of them was
        approved at random; `past_cutoff` lies between [fraction].
    """
    chance = history.propensity
    sure = history.approved if chance is None else chance == 1
    return np.where(sure, _SURE, _OTHERS)


#: The cut-off that goes with `past_rule`.
PAST_CUTOFF = (_SURE + _OTHERS) / 2


def fairness(
    history: History,
    pds: ArrayLike,
    *,
    pd_cutoff: float,
    by: str,
    confidence: float = 0.95,
) -> Fairness:
    """Measure the gaps between groups under one cut-off.

    Parameters
    ----------
    history : History
        Past applications; those that reached the score gate in closed windows count.
    pds : array-like, shape (n_applicants,)
        PD of each by a model that saw none of these outcomes, or ``past_rule(history)``
        [fraction].
    pd_cutoff : float
        Approved at or below it [fraction]; `PAST_CUTOFF` for the past rule.
    by : str
        Column of the groups.
    confidence : float
        Of every interval by itself; that of the gap allows for all pairs of groups [fraction].

    Returns
    -------
    Fairness
        Rates and gaps: counts where every outcome is known, doubly robust estimates where some
        rejected were approved at random, else bounds. The interval of a difference combines those
        of the two rates by the method of variance estimates recovery [2]_.

    Raises
    ------
    DataError
        If the column is absent, holds one group, or more than 20 values, or a group is missing;
        or a PD, the cut-off or the confidence lies outside 0 to 1, or weights differ.
    UndefinedRateError
        If fewer than two groups have enough known goods.

    References
    ----------
    .. [1] 29 CFR 1607.4 D, the four-fifths rule.
    .. [2] Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.
    """
    check_open_fraction(confidence=confidence, pd_cutoff=pd_cutoff)
    sample = group_sample(history, pds, by)
    cutoff = edge_above(np.array([pd_cutoff]))
    told, too_few = sample.told()
    n_pairs = len(told) * (len(told) - 1) // 2
    rates = [_group(sample, group, cutoff, confidence) for group in told]
    # Of several pairs the widest is shown: each pair gets its part of what may go wrong.
    each = 1 - (1 - confidence) / n_pairs
    for_gap = rates if n_pairs == 1 else [_group(sample, g, cutoff, each) for g in told]
    approvals = [found.approval_rate for found in rates]
    return Fairness(
        by=by,
        groups=tuple(sorted(rates, key=lambda found: _middle(found.false_rejection_rate))),
        too_few=too_few,
        gap=_gap([found.false_rejection_rate for found in for_gap]),
        labelled_gap=_labelled_gap(rates),
        worst_gap=_apart([found.worst for found in rates]),
        approval_ratio=min(approvals) / max(approvals) if max(approvals) > 0 else 1.0,
        labels=sample.labels,
        confidence=confidence,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSample:
    """Applicants at the score gate, accounted for by group."""

    ledger: ScoreLedger
    labels: Labels
    by: str

    def told(self) -> tuple[list[str], tuple[str, ...]]:
        """Return the groups with enough known goods, and the others.

        Raises
        ------
        UndefinedRateError
            If fewer than two have enough.
        """
        goods = {}
        for (group,) in self.ledger.groups:
            total = self.ledger.of(group).total()
            goods[str(group)] = int((total["labelled"] - total["bads"]).sum())
        enough = [group for group, n in goods.items() if n >= LEAST_GOODS]
        if len(enough) < 2:  # noqa: PLR2004 - a gap is between two
            raise UndefinedRateError(
                f"A gap needs two groups with at least {LEAST_GOODS} known goods each, but of the "
                f"{len(goods)} groups of {self.by!r} {len(enough)} have them."
            )
        return enough, tuple(group for group in goods if group not in enough)


def group_sample(history: History, pds: ArrayLike, by: str) -> GroupSample:
    """Account for the applicants of a history by group.

    Raises
    ------
    DataError
        As `fairness`.
    """
    (fractions,) = as_fractions(pds=pds)
    check_shapes({"pds": fractions, "history": history.bad})
    if is_weighted(history):
        raise DataError("Fairness needs rows of equal weight, but the table's weights differ.")
    rows = history.reached & history.matured
    if not (rows & history.labelled).any():
        raise DataError("No application that reached the score gate has a known outcome.")
    sample = history.take(rows)
    groups = _groups(sample.applications.table, by)
    labels, propensity = labels_of(sample)
    scored = ScoredOutcomes(
        pds=fractions[rows],
        bad=sample.bad,
        propensity=propensity,
        amount=sample.applications.amount,
        by={by: groups},
    )
    return GroupSample(ledger=score_ledger(scored), labels=labels, by=by)


def group_curves(
    sample: GroupSample, groups: Sequence[str], cutoffs: Floats, *, confidence: float
) -> list[pd.DataFrame]:
    """Return the trade-off curve of each group, one row per cut-off."""
    curves = []
    for group in groups:
        curve = tradeoff_curve(
            sample.ledger.of(group),
            np.append(cutoffs, 1.0) if cutoffs[-1] < 1 else cutoffs,
            economics=LoanEconomics(),
            confidence=confidence,
        )
        # A cut-off that approves nobody of a group is left out: it rejects all of its goods.
        by_cutoff = curve.set_index("pd_cutoff").reindex(cutoffs)
        absent = by_cutoff["approval_rate"].isna()
        everybody = [name for name in by_cutoff if _RATE in str(name)]
        by_cutoff.loc[absent, everybody] = 1.0
        by_cutoff.loc[absent, "approval_rate"] = 0.0
        curves.append(by_cutoff.reset_index())
    return curves


def _groups(table: pd.DataFrame, by: str) -> pd.Series:
    if by not in table:
        raise DataError(
            f"by names column {by!r}, which the table does not have; it has "
            f"{', '.join(map(repr, table.columns))}."
        )
    levels = as_levels(table[by]).fillna("(missing)")
    n = levels.nunique()
    if n > _MOST_GROUPS:
        raise DataError(
            f"A gap is measured between at most {_MOST_GROUPS} groups, but {by!r} has {n} "
            "values; put them into bands."
        )
    if n < 2:  # noqa: PLR2004 - a gap is between two
        raise DataError(
            f"A gap is measured between at least two groups, but {by!r} holds only "
            f"{levels.iloc[0]!r}; name another column."
        )
    return levels


def _group(sample: GroupSample, group: str, cutoff: Floats, confidence: float) -> GroupRates:
    (curve,) = group_curves(sample, [group], cutoff, confidence=confidence)
    row = curve.iloc[0]
    point = float(row[_RATE])
    bounded = np.isnan(point)
    n_goods = sample.ledger.of(group).total()
    labelled = int((n_goods["labelled"] - n_goods["bads"]).sum())
    how = "true" if sample.labels == "everybody" else "bounded" if bounded else "estimated"
    return GroupRates(
        group=group,
        n_applicants=int(n_goods["applicants"].sum()),
        approval_rate=float(row["approval_rate"]),
        false_rejection_rate=Reading(
            point=None if bounded else point,
            lower=float(row[f"{_RATE}_lower"]),
            upper=float(row[f"{_RATE}_upper"]),
            how=how,  # type: ignore[arg-type]
        ),
        labelled_only=float(row[f"labelled_{_RATE}"]) if labelled else None,
        worst=(float(row[f"worst_{_RATE}_lower"]), float(row[f"worst_{_RATE}_upper"])),
    )


def _middle(rate: Reading) -> float:
    return (rate.lower + rate.upper) / 2 if rate.point is None else rate.point


def _gap(rates: list[Reading]) -> Reading:
    # The largest of all differences lies between the largest lower and the largest upper limit.
    limits = [_difference(high, low) for high, low in permutations(rates, 2)]
    points = [rate.point for rate in rates if rate.point is not None]
    known = len(points) == len(rates)
    return Reading(
        point=max(points) - min(points) if known else None,
        lower=max(0.0, *(lower for lower, _ in limits)),
        upper=min(max(upper for _, upper in limits), 1.0),
        how=rates[0].how if known else "bounded",
    )


def _difference(high: Reading, low: Reading) -> tuple[float, float]:
    if high.point is None or low.point is None:
        return high.lower - low.upper, high.upper - low.lower
    difference = high.point - low.point
    below = np.hypot(high.point - high.lower, low.upper - low.point)
    above = np.hypot(high.upper - high.point, low.point - low.lower)
    return float(difference - below), float(difference + above)


def _labelled_gap(rates: list[GroupRates]) -> float | None:
    points = [found.labelled_only for found in rates if found.labelled_only is not None]
    return max(points) - min(points) if len(points) == len(rates) else None


def _apart(bounds: list[tuple[float, float]]) -> tuple[float, float]:
    pairs = list(permutations(bounds, 2))
    return (
        max(0.0, *(high[0] - low[1] for high, low in pairs)),
        max(high[1] - low[0] for high, low in pairs),
    )
