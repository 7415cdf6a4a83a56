"""The review band: whom to look at by hand, how many can be, and what the errors of it cost.

Applicants with PDs at or below a first cut-off are approved, those above it and up to a second one
are reviewed, the others rejected. A reviewer approves goods and rejects bads, but for known shares
of errors, taken to be the same all over the band; each review costs money. All pairs of cut-offs
are compared, so that the band is the best there is by the smoothed PDs, not merely a good one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats
from riskkit.decisions._expected import MEASURES, Expected, expected_of
from riskkit.decisions.goals import Goal, check_goal
from riskkit.decisions.ledger import ScoreLedger
from riskkit.decisions.offsets import segment_offsets
from riskkit.decisions.policy import ReviewTerms
from riskkit.decisions.segment_path import SegmentPath
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import LoanEconomics

Places = NDArray[np.intp]
#: Bands whose values differ by less than this share are equal: the narrower one is taken.
_EVEN = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewBand:
    """Two cut-offs and what follows once reviews are done, expected, per application."""

    pd_cutoff: float  #: Approved at or below it; 0 approves nobody unseen [fraction].
    review_up_to: float  #: Reviewed above the cut-off and up to this; equal: nobody [fraction].
    reviewed: float  #: Applicants who are reviewed [fraction].
    approval_rate: float  #: Applicants finally approved [fraction].
    bad_rate: float  #: Bads among the finally approved [fraction].
    false_rejection_rate: float  #: Goods finally rejected among the goods [fraction].
    goods: float  #: Goods finally approved [fraction of applicants].
    profit: float  #: Over stopping everybody, reviews paid for [currency].
    reviewed_goods: float  #: Of `goods`, those approved after a review [fraction of applicants].
    reviewed_profit: float  #: Of `profit`, what reviews brought, less their cost [currency].


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedReview:
    """The best band beside the best single cut-off, both by smoothed PDs under the same goal."""

    terms: ReviewTerms  #: Cost, capacity and errors.
    applicants_per_day: float  #: Who reach the score gate on the days that the capacity is for.
    band: ReviewBand  #: The best; without width where none is better than a cut-off.
    one: ReviewBand | None  #: The best single cut-off; None where none keeps to the goal.

    @property
    def has_band(self) -> bool:
        """Whether anybody is reviewed."""
        return self.band.reviewed > 0

    @property
    def goods_gain(self) -> float | None:
        """More goods approved than by one cut-off, if there is one [fraction of applicants]."""
        return None if self.one is None else self.band.goods - self.one.goods

    @property
    def profit_gain(self) -> float | None:
        """More profit than by one cut-off, if there is one [currency per application]."""
        return None if self.one is None else self.band.profit - self.one.profit

    @property
    def reviews_per_day(self) -> float:
        """Reviews on the days that the capacity is for."""
        return self.band.reviewed * self.applicants_per_day


def tune_review(  # noqa: PLR0913 - of whom, on which terms, under which goal
    ledger: ScoreLedger,
    cutoffs: Floats,
    *,
    goal: Goal,
    terms: ReviewTerms,
    applicants_per_day: float,
    approve_between: tuple[float, float] = (0.0, 1.0),
    offset: float = 0.0,
) -> TunedReview:
    """Choose the review band that is best under a goal.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population, whatever its groups.
    cutoffs : array of float, shape (n_cutoffs,)
        Edges to choose both ends from, rising [fraction].
    goal : Goal
        Objective, economics and limits on what is finally approved, by smoothed PDs; confidences
        are not looked at.
    terms : ReviewTerms
        Cost and capacity of reviews, and the errors of reviewers.
    applicants_per_day : float
        Who reach the score gate on the days that the capacity is for: a busy day, see `busy_day`.
    approve_between : (float, float)
        The lowest and the highest first cut-off: twice the same one where it is certified
        [fraction].
    offset : float
        By which the smoothed PDs are raised, so that they agree with an estimate [log-odds].

    Returns
    -------
    TunedReview
        Without a band where there is no capacity, or none is worth it.

    Raises
    ------
    DataError
        If the goal is unbounded, a cut-off is no edge, or nobody comes on a day.
    InfeasibleCutoffError
        If no band keeps to the limits.

    Examples
    --------
    >>> from riskkit.decisions import ScoredOutcomes, score_ledger
    >>> from riskkit.lending import Limit
    >>> pds = np.linspace(0.001, 0.3, 3000)
    >>> ledger = score_ledger(ScoredOutcomes(
    ...     pds=pds, bad=(np.arange(3000) % 97 < 97 * pds) * 1.0, propensity=np.ones(3000),
    ...     amount=np.full(3000, 100.0)))
    >>> from riskkit.decisions import cutoff_grid, edge_above
    >>> found = tune_review(
    ...     ledger, cutoff_grid(edge_above(pds)).cutoffs,
    ...     goal=Goal(limits=(Limit(rate="bad_rate", at_most=0.05),)),
    ...     terms=ReviewTerms(cost=1, capacity_per_day=20, share_wrong_approved=0.3,
    ...                       share_wrong_rejected=0.1), applicants_per_day=100)
    >>> found.goods_gain > 0.05, round(found.reviews_per_day) <= 20
    (True, True)
    """
    whole = _ungrouped(ledger)
    expected = expected_of(
        whole, np.full(1, offset), economics={"": goal.economics}, cutoffs=np.asarray(cutoffs)
    )
    return _tuned(expected, goal, terms, applicants_per_day, approve_between)


def tune_review_by_segment(  # noqa: PLR0913 - of whom, on which terms, under which goal
    ledger: ScoreLedger,
    path: SegmentPath,
    *,
    goal: Goal,
    economics: Mapping[str, LoanEconomics],
    terms: ReviewTerms,
    applicants_per_day: float,
    approve_between: tuple[float, float] = (0.0, 1.0),
    offset: float = 0.0,
) -> TunedReview:
    """Choose the review band along a path of cut-offs by segment.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population by segment.
    path : SegmentPath
        Both ends of the band are levels of it.
    goal : Goal
        As for `tune_review`.
    economics : mapping of str to LoanEconomics
        Of each segment.
    terms : ReviewTerms
        Cost and capacity of reviews, and the errors of reviewers.
    applicants_per_day : float
        Who reach the score gate on the days that the capacity is for.
    approve_between : (float, float)
        The lowest and the highest first level [fraction].
    offset : float
        By which the smoothed PDs are raised [log-odds].

    Returns
    -------
    TunedReview
        With levels of the path as cut-offs; `SegmentPath.at` tells those of each segment.

    Raises
    ------
    DataError
        If the goal is unbounded or nobody comes on a day.
    InfeasibleCutoffError
        If no band keeps to the limits.
    """
    edges = np.unique(np.append(path.cutoffs, 1.0))
    offsets = segment_offsets(ledger).shrunk + offset
    expected = expected_of(ledger, offsets, economics=economics, cutoffs=edges)
    places = np.zeros((len(ledger.groups), len(path.grid.cutoffs) + 1), dtype=np.intp)
    for row, (name,) in enumerate(ledger.groups):
        if name in path.segments:
            own = path.cutoffs[path.segments.index(name)]
            places[row, 1:] = np.searchsorted(expected.cutoffs, own)
    along = expected.at(places, cutoffs=np.append(0.0, path.grid.cutoffs))
    return _tuned(along, goal, terms, applicants_per_day, approve_between)


def busy_day(days: "NDArray[np.datetime64]", *, share: float = 0.95) -> float:
    """Return how many come on a busy day: a capacity must do on more than the average one.

    Parameters
    ----------
    days : array of datetime64, shape (n_applicants,)
        When each applied.
    share : float
        Of the days from the first to the last on which no more come [fraction].

    Returns
    -------
    float
        Applicants per day; days on which nobody comes count.

    Raises
    ------
    DataError
        If there is no applicant with a time.

    Examples
    --------
    >>> busy_day(np.array(["2026-01-01", "2026-01-01", "2026-01-03"], dtype="datetime64[s]"))
    2.0
    """
    known = np.asarray(days)[~np.isnat(days)].astype("datetime64[D]").astype(np.int64)
    if not known.size:
        raise DataError("The busy days of a capacity cannot be told: no applicant has a time.")
    counts = np.bincount(known - known.min())
    return float(np.quantile(counts, share, method="inverted_cdf"))


def _ungrouped(ledger: ScoreLedger) -> ScoreLedger:
    sums = {name: values.sum(axis=0, keepdims=True) for name, values in ledger.sums.items()}
    return ScoreLedger(edges=ledger.edges, sums=sums, scorer=ledger.scorer)


def _tuned(
    expected: Expected,
    goal: Goal,
    terms: ReviewTerms,
    applicants_per_day: float,
    approve_between: tuple[float, float],
) -> TunedReview:
    check_goal(goal)
    if not applicants_per_day > 0:
        raise DataError(f"applicants_per_day must be above 0, but is {applicants_per_day}.")
    first, last = np.triu_indices(len(expected.cutoffs))
    order = np.argsort(last - first, kind="stable")  # the narrower first
    first, last = first[order], last[order]
    final, n_reviewed = _final(expected, first, last, terms)
    pairs = slice(0, len(first))  # the last column of `final` is everybody, for totals
    fine = _fine(final, goal)[pairs]
    n = float(final.n[0, -1])
    fine &= (first > 0) | (last == 0)  # a policy always approves somebody unseen, or nobody
    fine &= n_reviewed <= n * terms.capacity_per_day / applicants_per_day + _EVEN * n
    lowest, highest = approve_between
    fine &= (expected.cutoffs[first] >= lowest) & (expected.cutoffs[first] <= highest)
    value = final.objective(goal.objective)[0, pairs].copy()
    if goal.objective == "profit":
        value -= terms.cost * n_reviewed
    single = first == last
    if not fine.any():
        raise InfeasibleCutoffError(
            f"No review band keeps to {' and '.join(map(str, goal.limits)) or 'the cut-off'} by "
            "the smoothed PDs."
        )

    def at(rows: Flags) -> ReviewBand:
        place = _first_best(value, rows)
        return _band(expected, final, place, (int(first[place]), int(last[place])), terms)

    return TunedReview(
        terms=terms,
        applicants_per_day=applicants_per_day,
        band=at(fine),
        one=at(fine & single) if (fine & single).any() else None,
    )


def _final(
    expected: Expected, first: Places, last: Places, terms: ReviewTerms
) -> tuple[Expected, Floats]:
    # What is approved once reviews are done, for each pair; then everybody, for totals.
    right, wrong = 1 - terms.share_wrong_rejected, terms.share_wrong_approved

    def after(name: str, of_goods: Floats, of_bads: Floats) -> tuple[str, Floats]:
        good, bad = (
            values[0, first] + share * (values[0, last] - values[0, first])
            for values, share in ((of_goods, right), (of_bads, wrong))
        )
        total = of_goods[0, -1] + of_bads[0, -1]
        return name, np.append(good + bad, total)[None, :]

    none = np.zeros_like(expected.n)
    summed = dict(
        [
            after("n", expected.goods, expected.bads),
            after("bads", none, expected.bads),
            after("amount", expected.amount - expected.bad_amount, expected.bad_amount),
            after("bad_amount", none, expected.bad_amount),
            after("lost", none, expected.lost),
            after("good_gain", expected.good_gain, none),
            after("bad_gain", none, expected.bad_gain),
        ]
    )
    final = Expected(groups=((),), cutoffs=np.arange(len(first) + 1).astype(np.float64), **summed)
    return final, expected.n[0, last] - expected.n[0, first]


def _fine(final: Expected, goal: Goal) -> Flags:
    fine = np.ones(final.n.shape[1], dtype=bool)
    for limit in goal.limits:
        burden, budget = final.burden(limit)
        fine &= burden[0] <= budget + _EVEN * max(float(np.abs(burden).max()), 1)
    return fine


def _first_best(value: Floats, rows: Flags) -> int:
    best = float(value[rows].max())
    return int(np.flatnonzero(rows & (value >= best - _EVEN * max(abs(best), 1)))[0])


def _band(
    expected: Expected, final: Expected, place: int, ends: tuple[int, int], terms: ReviewTerms
) -> ReviewBand:
    at = {name: float(getattr(final, name)[0, place]) for name in MEASURES}
    sure = {name: float(getattr(expected, name)[0, ends[0]]) for name in MEASURES}
    n, all_goods = float(final.n[0, -1]), float(final.goods[0, -1])
    goods = at["n"] - at["bads"]
    reviewed = float(expected.n[0, ends[1]]) - sure["n"]
    profit = at["good_gain"] + at["bad_gain"] - terms.cost * reviewed
    return ReviewBand(
        pd_cutoff=float(expected.cutoffs[ends[0]]),
        review_up_to=float(expected.cutoffs[ends[1]]),
        reviewed=reviewed / n,
        approval_rate=at["n"] / n,
        bad_rate=at["bads"] / at["n"] if at["n"] else float("nan"),
        false_rejection_rate=1 - goods / all_goods if all_goods else 0.0,
        goods=goods / n,
        profit=profit / n,
        reviewed_goods=(goods - sure["n"] + sure["bads"]) / n,
        reviewed_profit=(profit - sure["good_gain"] - sure["bad_gain"]) / n,
    )
