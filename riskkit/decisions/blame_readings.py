"""Numbers about gates, and how each is known."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from riskkit._checks import Floats
from riskkit.decisions.blame_grounds import Grounds, Total, Worth
from riskkit.decisions.coalitions import N_GATES
from riskkit.decisions.gate_verdicts import GateVerdicts
from riskkit.decisions.journeys import Journeys, Shares, State, journey_states
from riskkit.errors import DataError
from riskkit.lending import CAUSES

#: true: a count of known outcomes; estimated: with an interval; bounded: as far as it is known.
How = Literal["true", "estimated", "bounded"]
_FINE = 1e-9
#: Everybody counts in the excess over a rate that is none of 0 and 1.
_ANY_RATE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A number, and how it is known."""

    #: The number or its estimate; of a bounded one, what a model's PDs say; None if nothing does.
    point: float | None
    lower: float  #: A limit of its interval, or its bound; the number itself if nothing is unsure.
    upper: float
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class GateBlame:
    """What one gate, or all of them, do to the journeys that are not served in the end.

    Where several gates stop a journey they share it by its Shapley value: half each for two.
    """

    gate: str  #: One of the five causes, or ``all``.
    n_first: int  #: Journeys whose last attempt it stopped first, good or bad.
    goods: Reading  #: Good customers it costs: its share of the blocked.
    blocked_good_rate: Reading  #: The same, of all good customers [fraction].
    first_goods: Reading  #: Goods whose last attempt it stopped first.
    sole_goods: Reading  #: Goods whom lifting this gate alone would serve.
    bads: Reading  #: Bads it stops.
    loss_saved: Reading  #: What the bads would have cost [currency].
    value_lost: Reading  #: What the goods would have brought, and those lose who leave [currency].
    net: Reading  #: Loss saved less value lost [currency].


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """What the gates cost and save, gate by gate."""

    gates: tuple[GateBlame, ...]  #: In the order of ``CAUSES``.
    total: GateBlame  #: All gates together; the five add up to it.
    n_journeys: int  #: Journeys, served or not.
    goods: Reading  #: Good customers among them.
    confidence: float  #: Of the intervals, each by itself, approximately [fraction].

    def of(self, gate: str) -> GateBlame:
        """Return one gate's blame.

        Raises
        ------
        DataError
            If there is no such gate.
        """
        for found in (*self.gates, self.total):
            if found.gate == gate:
                return found
        raise DataError(f"There is no gate {gate!r}; take one of {', '.join(CAUSES)}, or all.")


@dataclass(frozen=True, slots=True)
class Range:
    """What is counted of each case, from the least to the most."""

    least: Floats
    most: Floats

    @property
    def exact(self) -> bool:
        """Whether no verdict that is missing makes a difference."""
        return self.least is self.most or np.array_equal(self.least, self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """What gates can say of a journey."""

    shares: Shares  #: What follows for each gate.
    first: NDArray[np.intp]  #: Which gate stopped the last attempt first, -1 for none.

    @classmethod
    def of(cls, cases: list[tuple[State, int]]) -> "Cases":
        """Prepare some cases."""
        return cls(
            shares=Shares.of(tuple(state for state, _ in cases)),
            first=np.array([first for _, first in cases]),
        )

    def blocked(self, gate: int | None = None) -> Range:
        """Return whether blocked at all, or with this gate the first at the last attempt."""
        here = np.ones(len(self.first)) if gate is None else (self.first == gate).astype(float)
        return Range(here * self.shares.blocked_lower, here * self.shares.blocked_upper)

    def shared(self, gate: int) -> Range:
        """Return a gate's share."""
        return Range(self.shares.lower[:, gate], self.shares.upper[:, gate])

    def sole(self, gate: int) -> Range:
        """Return whether lifting a gate alone would serve."""
        lower, upper = self.shares.sole_lower[:, gate], self.shares.sole_upper[:, gate]
        return Range(lower.astype(float), upper.astype(float))


def gate_cases(
    verdicts: GateVerdicts, journeys: Journeys
) -> tuple[NDArray[np.intp], list[tuple[State, int]]]:
    """Return the case of each journey, and the cases: what gates say, which was first at last."""
    number, states = journey_states(verdicts, journeys)
    key = number * (N_GATES + 1) + verdicts.first_failed[journeys.last] + 1
    found, place = np.unique(key, return_inverse=True)
    return place, [(states[k // (N_GATES + 1)], k % (N_GATES + 1) - 1) for k in found.tolist()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Journeys, or sums of them, with what the gates say of each; arrays of shape (n_units,)."""

    grounds: Grounds  #: What is known of their outcomes.
    cases: Cases  #: What gates can say of a journey.
    number: NDArray[np.intp]  #: Case of each.
    represented: NDArray[np.intp]  #: Case of the stopped whom a random approval stands for.
    size: Floats  #: Journeys in each.
    confidence: float  #: Of the intervals [fraction].


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What is summed up over the journeys that a gate stops."""

    goods: Worth
    bads: Worth
    value: Worth
    loss: Worth
    net: tuple[Worth, ...]  #: Parts that add up to the net, each of one sign within an outcome.


def blame_of(unit: Units, measures: Measures) -> Blame:
    """Return every number about every gate."""
    cases = unit.cases
    everybody = _total(unit, np.ones(len(cases.first)), measures.goods)
    blocked = cases.blocked()
    gates = [
        _gate(
            unit, measures, gate=CAUSES[g], share=cases.shared(g), first=cases.blocked(g),
            sole=cases.sole(g),
        )
        for g in range(N_GATES)
    ]  # fmt: skip
    return Blame(
        gates=tuple(gates),
        total=_gate(unit, measures, gate="all", share=blocked, first=blocked, sole=blocked),
        n_journeys=int(unit.size.sum()),
        goods=_reading(everybody, everybody, unit.confidence),
        confidence=unit.confidence,
    )


def _gate(  # noqa: PLR0913 - one row of the table
    unit: Units, measures: Measures, *, gate: str, share: Range, first: Range, sole: Range
) -> GateBlame:
    of = partial(_between, unit)
    return GateBlame(
        gate=gate,
        n_first=int((unit.size * first.most[unit.number]).sum()),
        goods=of(share, (measures.goods,)),
        blocked_good_rate=_rate(unit, share, measures.goods),
        first_goods=of(first, (measures.goods,)),
        sole_goods=of(sole, (measures.goods,)),
        bads=of(share, (measures.bads,)),
        loss_saved=of(share, (measures.loss,)),
        value_lost=of(share, (measures.value,)),
        net=of(share, measures.net),
    )


def _between(unit: Units, share: Range, parts: tuple[Worth, ...]) -> Reading:
    totals = [
        [_total(unit, share, part, most=most) for part in parts]
        for most in ((True,) if share.exact else (False, True))
    ]
    least, most = _sum(totals[0]), _sum(totals[-1])
    reading = _reading(least, most, unit.confidence)
    counts = all((part.good >= 0).all() and (part.bad >= 0).all() for part in parts)
    return replace(reading, lower=max(reading.lower, 0.0)) if counts else reading


def _sum(totals: list[Total]) -> Total:
    # More than one part only where every outcome is known.
    points = [total.point for total in totals]
    return Total(
        lower=sum(total.lower for total in totals),
        point=None if None in points else sum(point for point in points if point is not None),
        upper=sum(total.upper for total in totals),
        error=totals[0].error if len(totals) == 1 else 0.0,
        estimated=any(total.estimated for total in totals),
        bounded=any(total.bounded for total in totals),
    )


def _total(unit: Units, share: "Range | Floats", worth: Worth, *, most: bool = True) -> Total:
    if isinstance(share, np.ndarray):
        share = Range(share, share)
    own = _counted(share, unit.number, worth, most=most)
    return unit.grounds.total(own, _counted(share, unit.represented, worth, most=most))


def _counted(share: Range, number: NDArray[np.intp], worth: Worth, *, most: bool) -> Worth:
    low = share.least[number]
    if share.exact:
        return Worth(good=low * worth.good, bad=low * worth.bad)
    high = share.most[number]
    pick = np.maximum if most else np.minimum
    return Worth(
        good=pick(low * worth.good, high * worth.good),
        bad=pick(low * worth.bad, high * worth.bad),
    )


def _rate(unit: Units, share: Range, goods: Worth) -> Reading:
    # Of all goods, whose number is not known either: the rate R at which (goods blocked - R goods)
    # is 0, with its interval where it is so many standard errors from 0 (Fieller).
    normal = float(special.ndtri((1 + unit.confidence) / 2))

    def excess(rate: float, *, most: bool) -> Total:
        of_all = Range(share.least - rate, share.most - rate)
        return _total(unit, of_all, goods, most=most)

    def upper(rate: float) -> float:
        total = excess(rate, most=True)
        return total.upper + normal * total.error

    def lower(rate: float) -> float:
        total = excess(rate, most=False)
        return total.lower - normal * total.error

    most = excess(0.0, most=True)
    if most.upper == 0 and not most.estimated:
        return Reading(point=0.0, lower=0.0, upper=0.0, how="true")  # it blocks nobody
    how = _how(excess(_ANY_RATE, most=False), excess(_ANY_RATE, most=True))
    point = None
    if share.exact and excess(_ANY_RATE, most=True).point is not None:
        at_none, at_all = (float(excess(rate, most=True).point or 0.0) for rate in (0.0, 1.0))
        point = at_none / (at_none - at_all)  # the excess is a line
    if how == "true" and point is not None:
        return Reading(point=point, lower=point, upper=point, how=how)
    return Reading(point=point, lower=_root(lower), upper=_root(upper), how=how)


def _root(excess: Callable[[float], float]) -> float:
    # The excess falls in the rate; limits need not be finer than they are right.
    if excess(0.0) <= 0:
        return 0.0
    if excess(1.0) >= 0:
        return 1.0
    return float(optimize.brentq(excess, 0.0, 1.0, xtol=_FINE))


def _reading(least: Total, most: Total, confidence: float) -> Reading:
    normal = float(special.ndtri((1 + confidence) / 2))
    how = _how(least, most)
    same = least.point is not None and least.point == most.point
    return Reading(
        point=least.point if same else None,
        lower=least.lower - normal * least.error,
        upper=most.upper + normal * most.error,
        how=how,
    )


def _how(least: Total, most: Total) -> How:
    if least.bounded or most.bounded or least.lower != most.lower:
        return "bounded"
    return "estimated" if most.estimated else "true"
