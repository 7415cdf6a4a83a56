"""One cut-off per segment, all under one limit on the portfolio: found by a Lagrange multiplier.

At a given price of the limit, segments part ways: each takes the edge that is best for it, which
cumulative sums give at once. The price is bisected. What then lies between the best that was found
and the dual bound is printed, and closed: single moves first; then every edge that the bound does
not rule out is combined with those of the other segments, keeping only combinations that none
beats in both objective and limit [1]_.

References
----------
.. [1] Nemhauser and Ullmann (1969), Discrete dynamic programming and capital allocation,
   Management Science 15, 494-505.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.decisions._expected import Expected, expected_of
from riskkit.decisions.goals import Objective
from riskkit.decisions.ledger import ScoreLedger
from riskkit.decisions.offsets import check_by
from riskkit.lending import Limit, LoanEconomics

Places = NDArray[np.intp]
_BISECTIONS = 60
_DOUBLINGS = 80
#: So many combinations of segments are kept; beyond, the gap is printed as it is.
_MAX_KEPT = 100_000
_MAX_PAIRS = 5_000_000  # looked at in one step
_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class JointCutoffs:
    """The best cut-offs of all segments under one limit."""

    cutoffs: dict[str, float]  #: PD cut-off of each segment; 0 approves nobody [fraction].
    value: float  #: The objective: goods, applicants, or currency over stopping everybody.
    bound: float  #: No choice of cut-offs among the edges exceeds this.
    multiplier: float  #: What one unit more of the limit would bring.
    exact: bool  #: Whether every better choice was ruled out.

    @property
    def gap(self) -> float:
        """By how much the best choice may exceed this one, as a share of it [fraction]."""
        return (self.bound - self.value) / abs(self.value) if self.value else 0.0


def joint_cutoffs(  # noqa: PLR0913 - what is wanted, of whom, at which worth
    ledger: ScoreLedger,
    offsets: Floats,
    *,
    objective: Objective,
    limit: Limit | None,
    economics: Mapping[str, LoanEconomics],
    cutoffs: Floats | None = None,
) -> JointCutoffs:
    """Return the cut-off of each segment that together are best under one limit.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population by segment.
    offsets : array of float, shape (n_segments,)
        How far the smoothed bad rates of each segment are off; see `segment_offsets` [log-odds].
    objective : {'goods', 'approval', 'profit'}
        What is to be highest.
    limit : Limit or None
        On the portfolio; its confidence is not looked at here.
    economics : mapping of str to LoanEconomics
        What goods and bads are worth in each segment.
    cutoffs : array of float, shape (n_cutoffs,), optional
        Edges to choose from, rising; without them, a thousand quantiles [fraction].

    Returns
    -------
    JointCutoffs
        By expected sums; exact among the edges unless the gap says otherwise. Approving nobody
        keeps to every ceiling.

    Raises
    ------
    DataError
        If the ledger is not by one column, a cut-off is no edge, or the limit is between groups.

    Examples
    --------
    >>> from riskkit.decisions import ScoredOutcomes, score_ledger, segment_offsets
    >>> rng = np.random.default_rng(0)
    >>> pds, shop = rng.beta(1, 15, 4000), rng.random(4000) < 0.5
    >>> odds = pds / (1 - pds) * np.where(shop, 2.0, 1.0)
    >>> ledger = score_ledger(ScoredOutcomes(
    ...     pds=pds, bad=(rng.random(4000) < odds / (1 + odds)) * 1.0, propensity=np.ones(4000),
    ...     amount=np.ones(4000), by={"channel": np.where(shop, "shop", "app")}))
    >>> found = joint_cutoffs(
    ...     ledger, segment_offsets(ledger).shrunk, objective="goods",
    ...     limit=Limit(rate="bad_rate", at_most=0.05),
    ...     economics=dict.fromkeys(("app", "shop"), LoanEconomics()))
    >>> found.cutoffs["app"] > found.cutoffs["shop"], found.exact
    (True, True)
    """
    check_by(ledger)
    expected = expected_of(ledger, offsets, economics=economics, cutoffs=cutoffs)
    places, value, bound, multiplier = solved(expected, objective, limit)
    return JointCutoffs(
        cutoffs={
            group[0]: float(expected.cutoffs[place])
            for group, place in zip(expected.groups, places, strict=True)
        },
        value=value,
        bound=bound,
        multiplier=multiplier,
        exact=bound <= value + _TINY * max(abs(value), 1),
    )


def solved(
    expected: Expected, objective: Objective, limit: Limit | None
) -> tuple[Places, float, float, float]:
    """Return the best place of each segment, its value, the dual bound and the multiplier."""
    worth = expected.objective(objective)
    if limit is None:
        best = worth.argmax(axis=1)
        value = _picked(worth, best)
        return best, value, value, 0.0
    burden, budget = expected.burden(limit)
    room = _TINY * max(float(np.abs(burden).max()), 1)
    places, multiplier, bound = lagrangian(worth, burden, budget + room)
    places = _moved(worth, burden, budget + room, places)
    places, exact = _closed(
        worth, burden, budget=budget + room, dual=(multiplier, bound), places=places
    )
    value = _picked(worth, places)
    return places, value, value if exact else bound, multiplier


def lagrangian(worth: Floats, burden: Floats, budget: float) -> tuple[Places, float, float]:
    """Return feasible places, the multiplier of the lowest dual bound, and that bound."""

    def at(multiplier: float) -> tuple[Places, float, float]:
        priced = worth - multiplier * burden
        best = priced.argmax(axis=1)
        dual = _picked(priced, best) + multiplier * budget
        return best, _picked(burden, best), dual

    low, high = 0.0, 1.0
    places, used, bound = at(0.0)
    if used <= budget:
        return places, 0.0, bound
    multiplier = 0.0
    for _ in range(_DOUBLINGS):
        places, used, dual = at(high)
        bound, multiplier = min((bound, multiplier), (dual, high))
        if used <= budget:
            break
        low, high = high, 2 * high
    else:
        places = burden.argmin(axis=1)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        found, used, dual = at(middle)
        bound, multiplier = min((bound, multiplier), (dual, middle))
        if used <= budget:
            places, high = found, middle
        else:
            low = middle
    return places, multiplier, bound


def _picked(values: Floats, places: Places) -> float:
    return float(np.take_along_axis(values, places[:, None], axis=1).sum())


def _moved(worth: Floats, burden: Floats, budget: float, places: Places) -> Places:
    # One segment at a time to whichever edge gains most within what is left.
    places = places.copy()
    while True:
        gain = worth - np.take_along_axis(worth, places[:, None], axis=1)
        cost = burden - np.take_along_axis(burden, places[:, None], axis=1)
        left = budget - _picked(burden, places)
        gain = np.where(cost <= left, gain, -np.inf)
        segment, place = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[segment, place] <= _TINY:
            return places
        places[segment] = place


def _closed(
    worth: Floats, burden: Floats, *, budget: float, dual: tuple[float, float], places: Places
) -> tuple[Places, bool]:
    # What a choice falls short of the best priced worth, over all segments, is at most its own
    # distance from the dual bound: whatever falls short by more than the gap is no better choice.
    multiplier, bound = dual
    best = _picked(worth, places)
    priced = worth - multiplier * burden
    short = priced.max(axis=1, keepdims=True) - priced
    gap = bound - best
    zero, place = np.zeros(1), np.zeros(1, dtype=np.intp)
    kept = _Kept(zero, zero, zero, place, place)
    trail = []
    for segment in range(len(worth)):
        rows = np.flatnonzero(short[segment] <= gap)
        if len(kept.worth) * len(rows) > _MAX_PAIRS:
            return places, False
        kept = kept.joined(worth[segment, rows], burden[segment, rows], short[segment, rows], gap)
        if len(kept.worth) > _MAX_KEPT:
            return places, False
        trail.append((rows, kept))
    fine = np.flatnonzero(kept.burden <= budget)
    if not fine.size or kept.worth[fine].max() <= best:
        return places, True
    last = int(fine[kept.worth[fine].argmax()])
    found = places.copy()
    for segment in range(len(worth) - 1, -1, -1):
        rows, step = trail[segment]
        found[segment] = rows[step.own[last]]
        last = int(step.before[last])
    return found, True


@dataclass(frozen=True, slots=True)
class _Kept:
    # Combinations of the first segments' edges that none beats; shape (n_kept,) each.
    worth: Floats
    burden: Floats
    short: Floats
    before: Places  # the combination without the last segment
    own: Places  # and the edge of the last segment

    def joined(self, worth: Floats, burden: Floats, short: Floats, gap: float) -> "_Kept":
        before, own = (v.ravel() for v in np.indices((len(self.worth), len(worth))))
        total = _Kept(
            self.worth[before] + worth[own],
            self.burden[before] + burden[own],
            self.short[before] + short[own],
            before,
            own,
        )
        rows = np.flatnonzero(total.short <= gap)
        rows = rows[np.lexsort((-total.worth[rows], total.burden[rows]))]
        highest = np.maximum.accumulate(np.append(-np.inf, total.worth[rows]))[:-1]
        rows = rows[total.worth[rows] > highest]
        return _Kept(*(getattr(total, name)[rows] for name in self.__slots__))
