"""A path of cut-off vectors, one cut-off per segment in each: from hardly anybody to everybody.

Along the path no cut-off falls, so that every applicant has a first vector by which he or she is
approved. Its level is a score like any PD: curves, choices and certificates that are made for one
cut-off hold for the path as they stand, as long as the path was fixed on other applicants than
those that they are drawn from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from riskkit._checks import Floats
from riskkit.applicants import as_levels
from riskkit.decisions._expected import Expected, expected_of
from riskkit.decisions.bands import default_edges, edge_above
from riskkit.decisions.goals import CEILINGS, Goal
from riskkit.decisions.grids import Grid
from riskkit.decisions.joint import lagrangian, solved
from riskkit.decisions.ledger import MISSING, ScoreLedger
from riskkit.decisions.offsets import check_by, segment_offsets
from riskkit.errors import DataError
from riskkit.lending import Limit, LoanEconomics

#: Vectors are optimal at caps from so many times the one wanted to so many.
_KNOTS = np.geomspace(0.3, 3.0, 31)
_BETWEEN = 20  # vectors from one knot to the next, by even steps in log-odds
_SHIFTS = 0.02 * np.arange(1, 901)  # beyond the knots all cut-offs move together [log-odds]
_FARTHEST = 18.0  # log-odds


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPath:
    """Cut-off vectors in the order of their leniency."""

    by: str  #: The column of the segments.
    segments: tuple[str, ...]  #: Its values.
    grid: Grid  #: A PD for each vector: of the one cut-off that would approve as many.
    cutoffs: Floats  #: PD cut-offs, never falling, shape (n_segments, n_vectors) [fraction].
    shares: Floats  #: Approved of each segment, on the ledger of the path; same shape [fraction].

    def at(self, level: float) -> dict[str, float]:
        """Return the cut-off of each segment at a level.

        Parameters
        ----------
        level : float
            One of the grid's cut-offs [fraction].

        Returns
        -------
        dict of str to float
            PD cut-offs [fraction].

        Raises
        ------
        DataError
            If it is no level of the path.
        """
        places = np.flatnonzero(self.grid.cutoffs == level)
        if not places.size:
            raise DataError(f"level must be one of the path's, but is {level}.")
        return dict(zip(self.segments, map(float, self.cutoffs[:, places[0]]), strict=True))

    def levels_of(self, pds: Floats, segment: ArrayLike) -> Floats:
        """Return the level at which each applicant is approved first.

        Parameters
        ----------
        pds : array of float, shape (n_applicants,)
            PD of each [fraction].
        segment : array-like, shape (n_applicants,)
            Segment of each.

        Returns
        -------
        array of float, shape (n_applicants,)
            Levels [fraction]; the last one for applicants of a segment that the path lacks.
        """
        names = segment_names(segment)
        levels = np.full(len(pds), self.grid.cutoffs[-1])
        last = len(self.grid.cutoffs) - 1
        for name, cutoffs in zip(self.segments, self.cutoffs, strict=True):
            rows = np.flatnonzero(names == name)
            places = np.minimum(np.searchsorted(cutoffs, pds[rows]), last)
            levels[rows] = self.grid.cutoffs[places]
        return levels


def segment_names(segment: ArrayLike) -> np.ndarray:
    """Return the segments as ledgers name them.

    Parameters
    ----------
    segment : array-like, shape (n_applicants,)
        Values of one column.

    Returns
    -------
    array of str, shape (n_applicants,)
        Text; one name for whatever is missing.

    Examples
    --------
    >>> segment_names([1.0, None, 3]).tolist()
    ['1', '(missing)', '3']
    """
    levels = as_levels(pd.Series(segment))
    return levels.astype(object).where(levels.notna(), MISSING).to_numpy(dtype=object)


def segment_path(
    ledger: ScoreLedger,
    *,
    goal: Goal,
    economics: Mapping[str, LoanEconomics],
    n_levels: int = 200,
) -> SegmentPath:
    """Return vectors of cut-offs that are best at caps around the one that is wanted.

    Parameters
    ----------
    ledger : ScoreLedger
        A scored population by segment; for certificates, the development sample.
    goal : Goal
        Objective, and at most one limit on the portfolio.
    economics : mapping of str to LoanEconomics
        Of segments with their own; may be empty.
    n_levels : int
        How many vectors at most.

    Returns
    -------
    SegmentPath
        Vectors at even shares of the ledger's applicants. Where a segment's best cut-off would
        fall as the cap is loosened, it stays; beyond the caps all move by the same log-odds.

    Raises
    ------
    DataError
        If there is more than one limit, it is between groups, the ledger is not by one column with
        values, or economics names a segment that it does not have.

    Examples
    --------
    >>> from riskkit.decisions import ScoredOutcomes, score_ledger
    >>> pds = np.linspace(0.001, 0.2, 2000)
    >>> ledger = score_ledger(ScoredOutcomes(
    ...     pds=pds, bad=(np.arange(2000) % 97 < 97 * pds) * 1.0, propensity=np.ones(2000),
    ...     amount=np.ones(2000), by={"channel": ["app", "shop"] * 1000}))
    >>> path = segment_path(ledger, goal=Goal(limits=(Limit(rate="bad_rate", at_most=0.05),)),
    ...                     economics={"shop": LoanEconomics(margin=0.03)})
    >>> bool((np.diff(path.cutoffs) >= 0).all()), path.cutoffs[:, -1].tolist()
    (True, [1.0, 1.0])
    """
    check_by(ledger)
    limit = portfolio_limit(goal)
    ledger = _named(ledger)
    offsets = segment_offsets(ledger).shrunk
    expected = expected_of(ledger, offsets, economics=economics_of(ledger, goal, economics))
    vectors = _vectors(_knots(expected, goal, limit))
    heads = _heads(expected, vectors)
    approved = heads.sum(axis=0) / expected.n[:, -1].sum()
    wanted = np.arange(1, n_levels + 1) / n_levels
    rows = np.unique(np.minimum(np.searchsorted(approved, wanted), len(vectors) - 1))
    levels = _equivalent(ledger, approved[rows])
    _, first = np.unique(levels[::-1], return_index=True)
    rows, levels = rows[::-1][first], levels[::-1][first]  # of equal ones the most lenient
    cutoffs = edge_above(special.expit(vectors[rows]))
    cutoffs[-1] = 1.0
    return SegmentPath(
        by=ledger.by[0],
        segments=tuple(group[0] for group in ledger.groups),
        grid=Grid(cutoffs=levels, levels=approved[rows]),
        cutoffs=np.ascontiguousarray(cutoffs.T),
        shares=heads[:, rows] / np.maximum(expected.n[:, -1:], 1),
    )


def economics_of(
    ledger: ScoreLedger, goal: Goal, economics: Mapping[str, LoanEconomics]
) -> dict[str, LoanEconomics]:
    """Return the economics of every segment.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population by segment.
    goal : Goal
        With the economics of segments that have none of their own.
    economics : mapping of str to LoanEconomics
        Of segments with their own.

    Returns
    -------
    dict of str to LoanEconomics
        One for each segment of the ledger.

    Raises
    ------
    DataError
        If a segment is named that the ledger does not have.
    """
    there = [group[0] for group in ledger.groups]
    strange = [name for name in economics if name not in there]
    if strange:
        raise DataError(
            f"economics must be of segments that the table has ({', '.join(there)}), but "
            f"{strange[0]!r} is none."
        )
    return {name: economics.get(name, goal.economics) for name in there}


def portfolio_limit(goal: Goal) -> Limit | None:
    """Return the one limit that cut-offs by segment are chosen under.

    Parameters
    ----------
    goal : Goal
        Objective and limits.

    Returns
    -------
    Limit or None
        None where profit alone decides.

    Raises
    ------
    DataError
        If there are several, or it is between groups.
    """
    if len(goal.limits) > 1:
        raise DataError(
            f"Cut-offs by segment are chosen under one limit on the whole portfolio, but there are "
            f"{len(goal.limits)}: {'; '.join(map(str, goal.limits))}. Keep the one that binds."
        )
    if goal.limits and goal.limits[0].by is not None:
        raise DataError(
            f"limit {goal.limits[0]} is between groups; cut-offs by segment are chosen under one "
            "limit on the whole portfolio."
        )
    return goal.limits[0] if goal.limits else None


def _named(ledger: ScoreLedger) -> ScoreLedger:
    # Whose segment is missing is reviewed, like any segment that nobody knew: it has no cut-off.
    rows = [row for row, group in enumerate(ledger.groups) if group[0] != MISSING]
    if not rows:
        raise DataError(f"by must have values, but {ledger.by[0]!r} is missing in every row.")
    return replace(
        ledger,
        groups=tuple(ledger.groups[row] for row in rows),
        sums={name: values[rows] for name, values in ledger.sums.items()},
    )


def _knots(expected: Expected, goal: Goal, limit: Limit | None) -> Floats:
    # Log-odds of the best cut-offs at rising caps, shape (n_knots, n_segments).
    worth = expected.objective(goal.objective)
    if limit is not None and limit.rate in CEILINGS:
        rate, wanted = limit.rate, limit.bound
    else:
        places, *_ = solved(expected, goal.objective, limit)
        rate, wanted = "bad_rate", _bad_rate(expected, places)
    caps = np.clip(wanted * _KNOTS, 1e-6, 0.999)
    knots = []
    for cap in caps:
        burden, budget = expected.burden(Limit(rate=rate, at_most=float(cap)))
        knots.append(expected.cutoffs[lagrangian(worth, burden, budget)[0]])
    with np.errstate(divide="ignore"):
        log_odds = np.clip(special.logit(np.array(knots)), -_FARTHEST, _FARTHEST)
    return np.maximum.accumulate(log_odds, axis=0)


def _bad_rate(expected: Expected, places: np.ndarray) -> float:
    found = expected.at(places[:, None])
    return float(found.bads[0, 0] / max(found.n[0, 0], 1.0))


def _vectors(knots: Floats) -> Floats:
    steps = np.arange(_BETWEEN * (len(knots) - 1) + 1) / _BETWEEN
    between = np.stack([np.interp(steps, np.arange(len(knots)), knot) for knot in knots.T], axis=1)
    before = knots[0] - _SHIFTS[::-1, None]
    after = knots[-1] + _SHIFTS[:, None]
    everybody = np.full((1, knots.shape[1]), _FARTHEST)
    return np.clip(np.concatenate([before, between, after, everybody]), -_FARTHEST, _FARTHEST)


def _heads(expected: Expected, vectors: Floats) -> Floats:
    # Approved of each segment by each vector: cut-offs lie between edges, heads are interpolated.
    ends = np.clip(special.logit(np.clip(expected.cutoffs, 1e-12, 1 - 1e-9)), -_FARTHEST, _FARTHEST)
    return np.stack(
        [np.interp(vector, ends, n) for vector, n in zip(vectors.T, expected.n, strict=True)]
    )


def _equivalent(ledger: ScoreLedger, approved: Floats) -> Floats:
    # The default edge below which the same share lies. Edges of other ledgers are not edges here.
    below = np.cumsum(ledger.all_groups("applicants").sum(axis=0))
    places = np.searchsorted(below, approved * below[-1] * (1 - 1e-12))
    edges = np.asarray(ledger.edges)[np.minimum(places, len(below) - 1)]
    levels = default_edges()[np.searchsorted(default_edges(), edges)].copy()
    levels[-1] = 1.0
    return levels
