"""What a dated change of policy did: before against after, as if the same people had applied.

Rates move when other people apply, too. So the period after a change is weighted to the mix of the
period before it, cell by cell of score band and segment (post-stratification); what is left is the
policy, and whatever else changed for the same people, such as the economy: it moves bads and money,
hardly approvals. Everything speaks of applications that reached the score gate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from riskkit._checks import Flags, Floats, as_finite, check_open_fraction
from riskkit.applicants import History, as_levels
from riskkit.decisions._cases import is_weighted, labels_of
from riskkit.decisions.blame_grounds import are_enough
from riskkit.decisions.blame_readings import How, Reading
from riskkit.decisions.policy import Policy
from riskkit.decisions.segment_economics import values_of
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics

#: Fewer applications on one side of a date say nothing.
LEAST_ROWS = 100
#: In a cell with fewer on a side, nobody stands for the others: it is joined with its neighbours.
_LEAST_IN_CELL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One rate before and after a change."""

    before: float | None  #: Before it; None where only bounds are known.
    after: float | None  #: After it, in the mix of before.
    change: Reading  #: After less before, in the mix of before.
    naive: float | None  #: After less before, whoever applied.
    naive_lower: float  #: Its interval, or bounds.
    naive_upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEffect:
    """What happened at one date, per application at the score gate."""

    date: np.datetime64  #: First day of the new policy.
    start: np.datetime64  #: First application that was looked at.
    end: np.datetime64  #: Applications before it were looked at.
    n_before: int  #: Applications before the change.
    n_after: int  #: After it.
    n_matured: tuple[int, int]  #: Those of them whose window has closed.
    approval_rate: Effect  #: Approved among all [fraction].
    bad_rate: Effect | None  #: Bads among the approved [fraction]; None while windows are open.
    false_rejection_rate: Effect | None  #: Goods not approved among the goods [fraction].
    profit: Effect | None  #: Per application [currency].


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What is held fixed."""

    bands: Mapping[str, ArrayLike] = field(default_factory=dict)
    """Numbers by name, each of shape (n_applicants,) and from one source for both periods: the
    score in force, or how likely the policy of before would reject; PDs. Cut into bands."""
    n_bands: int = 20  #: Bands of each, with equally many applicants before.
    segments: Sequence[str] = ()  #: Columns whose shares are held fixed too.


def policy_effects(  # noqa: PLR0913 - a table, its dates, and four settings
    history: History,
    dates: Sequence[np.datetime64 | str],
    *,
    mix: Mix,
    economics: LoanEconomics | Policy,
    months: int = 6,
    confidence: float = 0.95,
) -> tuple[PolicyEffect, ...]:
    """Measure what each change of policy did.

    Parameters
    ----------
    history : History
        Past applications with times.
    dates : sequence of datetime64 or str
        First day of each new policy [UTC].
    mix : Mix
        What is held fixed.
    economics : LoanEconomics or Policy
        What goods, bads and wrongly stopped goods are worth; of a policy, by segment where its
        economics differ.
    months : int
        So long before and after a date is looked at, never beyond the next change.
    confidence : float
        Of every interval by itself, which is a normal approximation [fraction].

    Returns
    -------
    tuple of PolicyEffect
        One for each date, in order of time. Goods among the rejected are estimated from random
        approvals by inverse propensity; where a period has too few of them, bounds.

    Raises
    ------
    DataError
        If the table has no times, a date is not one or leaves fewer than 100 applications on a
        side, a segment is absent, a number is not finite, or weights differ.

    References
    ----------
    .. [1] Holt and Smith (1979), Post stratification, J. Royal Statistical Society A 142, 33-46.
    """
    check_open_fraction(confidence=confidence)
    if is_weighted(history):
        raise DataError("Changes need rows of equal weight, but the table's weights differ.")
    time = history.applications.time
    if time is None:
        raise DataError(
            "Changes of policy need to know when people applied: give a column role time."
        )
    if months < 1:
        raise DataError(f"months must be at least 1, but is {months}.")
    sample = history.take(history.reached)
    bands = as_finite(**mix.bands)
    for name, values in zip(mix.bands, bands, strict=True):
        if len(values) != len(history):
            raise DataError(f"{name} must have {len(history)} values, but has {len(values)}.")
    days = np.sort([_day(date) for date in dates])
    times = sample.applications.time
    assert times is not None  # noqa: S101 - asked above
    case = _Case(
        sample=sample, time=times, mix=mix,
        bands=tuple(values[history.reached] for values in bands), economics=economics,
        normal=float(special.ndtri((1 + confidence) / 2)),
    )  # fmt: skip
    return tuple(_effect(case, days, place, months) for place in range(len(days)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    sample: History  # at the score gate
    time: "NDArray[np.datetime64]"
    bands: tuple[Floats, ...]
    mix: Mix
    economics: LoanEconomics | Policy
    normal: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    # Two periods, rows of one table; arrays of shape (n_rows,).
    after: Flags
    cell: NDArray[np.intp]  # of both periods, from 0


def _day(date: np.datetime64 | str) -> np.datetime64:
    try:
        return np.datetime64(pd.Timestamp(date).to_datetime64(), "D")
    except ValueError:
        raise DataError(f"A date must read like 2025-04-01, but one is {date!r}.") from None


def _effect(case: _Case, days: "NDArray[np.datetime64]", place: int, months: int) -> PolicyEffect:
    date = days[place]
    start, end = (_shifted(date, n) for n in (-months, months))
    if place:
        start = max(start, days[place - 1])
    if place + 1 < len(days):
        end = min(end, days[place + 1])
    inside = (case.time >= start) & (case.time < end)
    after = case.time >= date
    for side, where in ((inside & ~after, "before"), (inside & after, "after")):
        if side.sum() < LEAST_ROWS:
            raise DataError(
                f"The change on {date} needs at least {LEAST_ROWS} applications at the score gate "
                f"on either side, but {where} it there are {int(side.sum())}; the table goes from "
                f"{case.time.min().astype('datetime64[D]')} to "
                f"{case.time.max().astype('datetime64[D]')}."
            )
    sample, outcomes = case.sample, None
    everybody = _rows(case, inside, after)
    closed = inside & sample.matured
    n_matured = (int((closed & ~after).sum()), int((closed & after).sum()))
    if min(n_matured) >= LEAST_ROWS and (closed & sample.labelled).any():
        outcomes = _outcome_effects(case, closed, _rows(case, closed, after))
    approved = sample.approved[inside].astype(np.float64)
    ones = np.ones_like(approved)
    return PolicyEffect(
        date=date,
        start=start,
        end=end,
        n_before=int((inside & ~after).sum()),
        n_after=int((inside & after).sum()),
        n_matured=n_matured,
        approval_rate=_ratio_effect(everybody, (approved, approved), ones, case.normal),
        bad_rate=None if outcomes is None else outcomes[0],
        false_rejection_rate=None if outcomes is None else outcomes[1],
        profit=None if outcomes is None else outcomes[2],
    )


def _shifted(date: np.datetime64, months: int) -> np.datetime64:
    moved = pd.Timestamp(date) + pd.DateOffset(months=months)
    return np.datetime64(moved.to_datetime64(), "D")


def _rows(case: _Case, inside: Flags, after: Flags) -> _Rows:
    columns = {}
    table = case.sample.applications.table
    for name in case.mix.segments:
        if name not in table:
            raise DataError(
                f"The mix names column {name!r}, which the table does not have; it has "
                f"{', '.join(map(repr, table.columns))}."
            )
        columns[name] = as_levels(table[name])[inside].fillna("(missing)")
    is_after = after[inside]
    for name, values in zip(case.mix.bands, case.bands, strict=True):
        inner = np.arange(1, case.mix.n_bands) / case.mix.n_bands
        edges = np.unique(np.quantile(values[inside][~is_after], inner))
        columns[name] = pd.Series(np.searchsorted(edges, values[inside], side="left"))
    if not columns:
        return _Rows(after=is_after, cell=np.zeros(len(is_after), dtype=np.intp))
    keys = pd.DataFrame({name: column.to_numpy() for name, column in columns.items()})
    cell = keys.groupby(list(columns), sort=True).ngroup().to_numpy()
    return _Rows(after=is_after, cell=_joined(cell, is_after))


def _joined(cell: NDArray[np.intp], after: Flags) -> NDArray[np.intp]:
    # Neighbours (bands of one segment first) are joined until each cell has enough on both sides.
    codes, inverse = np.unique(cell, return_inverse=True)
    n_before = np.bincount(inverse[~after], minlength=len(codes))
    n_after = np.bincount(inverse[after], minlength=len(codes))
    group, groups, before, later = 0, np.zeros(len(codes), dtype=np.intp), 0, 0
    for place in range(len(codes)):
        groups[place] = group
        before, later = before + n_before[place], later + n_after[place]
        if min(before, later) >= _LEAST_IN_CELL:
            group, before, later = group + 1, 0, 0
    if group and min(before, later) < _LEAST_IN_CELL:
        groups[groups == group] = group - 1  # what is left over joins the last one
    return groups[inverse]


def _outcome_effects(case: _Case, inside: Flags, rows: _Rows) -> tuple[Effect, Effect, Effect]:
    sample = case.sample.take(inside)
    approved = sample.approved.astype(np.float64)
    bad = np.where(sample.labelled, sample.bad, 0.0)
    blocked = _blocked_goods(sample, rows.after)
    served = approved * (1 - bad)
    values = values_of(case.economics, sample.applications)
    of_approved = served * values.good_if_approved + approved * bad * values.bad_if_approved
    # Goods stopped cost what leaves with them, so that more of them are less profit.
    profit = [of_approved + goods * values.good_if_stopped for goods in reversed(blocked)]
    how: How | None = None if sample.is_selective else "true"
    ones = np.ones_like(approved)
    bads = approved * bad
    return (
        _ratio_effect(rows, (bads, bads), approved, case.normal),
        _bounded_ratio_effect(rows, blocked, served, case.normal, how),
        _ratio_effect(rows, (profit[0], profit[1]), ones, case.normal),
    )


def _blocked_goods(sample: History, after: Flags) -> tuple[Floats, Floats]:
    # Of each row, an unbiased guess of "good and not approved", twice: with those whom nobody
    # ever approves all bad, and all good.
    _, chance = labels_of(sample)
    stopped = ~sample.approved
    if not sample.is_selective:
        goods = (stopped & (sample.bad == 0)).astype(np.float64)
        return goods, goods
    drawn = (chance > 0) & (chance < 1)
    goods = np.zeros(len(sample))
    for period in (~after, after):
        explored = period & drawn & sample.labelled
        odds = np.where(explored, 1 / np.where(explored, chance, 1) - 1, 0.0)
        good_rate = float(odds @ (sample.bad == 0)) / max(odds.sum(), 1e-300)
        surprise = np.where(explored, (sample.bad == 0) - good_rate, 0.0)
        goods += np.where(period & drawn & stopped, good_rate, 0.0) + odds * surprise
        if not are_enough(sample.bad[explored]):
            chance = np.where(period, np.where(sample.approved, 1.0, 0.0), chance)
            goods[period] = 0.0
    unknown = stopped & ~((chance > 0) & (chance < 1))
    return goods, goods + unknown


def _bounded_ratio_effect(
    rows: _Rows, events: tuple[Floats, Floats], others: Floats, normal: float, how: How | None
) -> Effect:
    # Events among events and others.
    low, high = (_Ratio.of(rows, part, part + others) for part in events)
    return _effect_of(low, high, normal, how)


def _ratio_effect(
    rows: _Rows, events: tuple[Floats, Floats], population: Floats, normal: float
) -> Effect:
    low, high = (_Ratio.of(rows, part, population) for part in events)
    return _effect_of(low, high, normal, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ratio:
    # A ratio before, after in the mix of before, and after as it was; each with its variance.
    before: float
    after: float
    plain_after: float
    variance: float
    plain_variance: float

    @classmethod
    def of(cls, rows: _Rows, above: Floats, below: Floats) -> "_Ratio":
        mix = np.bincount(rows.cell[~rows.after]) / (~rows.after).sum()
        n_after = np.bincount(rows.cell[rows.after], minlength=len(mix))
        equal_before = np.full((~rows.after).sum(), 1 / (~rows.after).sum())
        equal_after = np.full(rows.after.sum(), 1 / rows.after.sum())
        weights = (mix / n_after)[rows.cell[rows.after]]
        parts = {
            name: _weighted_ratio(above[side], below[side], weight, rows.cell[side])
            for name, side, weight in (
                ("before", ~rows.after, equal_before),
                ("after", rows.after, weights),
                ("plain", rows.after, equal_after),
            )
        }
        return cls(
            before=parts["before"][0],
            after=parts["after"][0],
            plain_after=parts["plain"][0],
            # The mix of before is given: only what happens within its cells is chance.
            variance=parts["before"][1] + parts["after"][1],
            plain_variance=parts["before"][2] + parts["plain"][2],
        )


def _weighted_ratio(
    above: Floats, below: Floats, weight: Floats, cell: NDArray[np.intp]
) -> tuple[float, float, float]:
    # A ratio of weighted means, its variance within cells, and its variance altogether.
    total = float(weight @ below)
    if total <= 0:
        return 0.0, 0.0, 0.0
    rate = float(weight @ above) / total
    influence = (above - rate * below) / total
    n = np.maximum(np.bincount(cell), 1)
    mean = np.bincount(cell, influence) / n
    within = influence - mean[cell]
    altogether = influence - influence.mean()
    # Divided by one less than their number, as the means are estimated.
    loss = (n / np.maximum(n - 1, 1))[cell]
    return rate, float((weight**2 * loss) @ within**2), float(weight**2 @ altogether**2)


def _effect_of(low: _Ratio, high: _Ratio, normal: float, how: How | None) -> Effect:
    exact = low.before == high.before and low.after == high.after
    error = normal * np.sqrt(max(low.variance, high.variance))
    naive_error = normal * np.sqrt(max(low.plain_variance, high.plain_variance))
    return Effect(
        before=low.before if exact else None,
        after=low.after if exact else None,
        change=Reading(
            point=low.after - low.before if exact else None,
            lower=float(low.after - high.before - error),
            upper=float(high.after - low.before + error),
            how=how or ("estimated" if exact else "bounded"),
        ),
        naive=low.plain_after - low.before if exact else None,
        naive_lower=float(low.plain_after - high.before - naive_error),
        naive_upper=float(high.plain_after - low.before + naive_error),
    )
