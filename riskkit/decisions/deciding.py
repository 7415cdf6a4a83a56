"""Decisions: what a policy says of each application, then the day's capacity and random approvals.

``decide`` knows the rules only, so that the same application always gets the same answer.
``settle`` adds what depends on others and on chance: who still finds a place in the day's reviews,
and which would-be rejections are approved at random. Either is the same however a table is cut
into batches.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats, as_fractions
from riskkit.applicants import hashed_fractions
from riskkit.decisions.policy import Policy
from riskkit.decisions.review_queue import Arrivals, ReviewQueue
from riskkit.decisions.segment_economics import listed_segments
from riskkit.errors import DataError
from riskkit.lending import CAUSES, Cause, first_failing, passes

_BEFORE_SCORE = CAUSES[: CAUSES.index("score")]
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What a policy decides; every array has shape (n_applicants,)."""

    decision: NDArray[np.object_]  #: "approve", "review" or "reject".
    stopped_by: NDArray[np.object_]  #: Cause of the first gate that failed; None if not rejected.
    verdicts: tuple[tuple[Cause, Flags], ...]  #: Every gate's own verdict, in order.
    pds: Floats  #: Probability of default [fraction].
    pd_cutoff: Floats  #: The applicant's own cut-off: passed if PD <= this [fraction].
    margin: Floats  #: Log-odds between the two; not negative where the score passes.
    propensity: Floats  #: Chance of approval at the score gate; NaN if not reached, or reviewed.
    explored: Flags  #: Approved at random.
    unseen: Flags  #: Of a segment that the policy does not list.
    segment: NDArray[np.object_]  #: The policy's; None where it lists no such segment.

    @property
    def approved(self) -> Flags:
        """Whether each is approved, by rule or at random."""
        return np.asarray(self.decision == "approve", dtype=bool)


def decide(policy: Policy, pds: Floats, table: pd.DataFrame) -> Decisions:
    """Decide on applications by the rules of a policy.

    Without a capacity for reviews nobody is reviewed. Whoever is of a segment that the policy does
    not list is compared with the cut-off of all, but reviewed where approved by it, and where
    rejected too: nobody knows whether that cut-off holds for them.

    Parameters
    ----------
    policy : Policy
        Gates and cut-offs.
    pds : array of float, shape (n_applicants,)
        PD of each application [fraction].
    table : DataFrame
        The applications, with the columns that the gates compare, and the segment.

    Returns
    -------
    Decisions
        Every gate's verdict and what follows; as if every review found its place, and before
        random approvals, see `settle`.

    Raises
    ------
    DataError
        If a PD lies outside 0 to 1, a column is absent, or a gate cannot compare its own.

    Examples
    --------
    >>> from riskkit.lending import LoanEconomics
    >>> policy = Policy(created="2026-01-31T00:00:00Z", pd_cutoff=0.1, objective="goods",
    ...                 economics=LoanEconomics(), model_hash="")
    >>> decide(policy, np.array([0.05, 0.2]), pd.DataFrame(index=[0, 1])).stopped_by.tolist()
    [None, 'score']
    """
    (fractions,) = as_fractions(pds=pds)
    segment = listed_segments(policy, table)
    cutoff, review_up_to, unseen = _own_cutoffs(policy, segment, fractions.size)
    verdicts = [(gate.cause, passes(gate, table)) for gate in policy.gates]
    verdicts.append(("score", fractions <= cutoff))
    verdicts.sort(key=lambda verdict: CAUSES.index(verdict[0]))
    stopped_by = first_failing(verdicts)
    by_rules = _passes_others(verdicts)
    in_band = (fractions > cutoff) & (fractions <= review_up_to)
    decision = np.where(pd.isna(stopped_by), "approve", "reject").astype(object)
    decision[by_rules & (in_band | unseen)] = "review"
    stopped_by[decision == "review"] = None
    decisions = Decisions(
        decision=decision,
        stopped_by=stopped_by,
        verdicts=tuple(verdicts),
        pds=fractions,
        pd_cutoff=cutoff,
        margin=_log_odds(cutoff) - _log_odds(fractions),
        propensity=np.full(fractions.size, np.nan),
        explored=np.zeros(fractions.size, dtype=bool),
        unseen=unseen,
        segment=segment,
    )
    if policy.review is not None and not policy.review.capacity_per_day:
        decisions = _without(decisions, decision == "review")
    return replace(decisions, propensity=_propensity(policy, decisions))


def settle(  # noqa: PLR0913 - whose decisions, and where in a table they stand
    policy: Policy,
    decisions: Decisions,
    *,
    ids: NDArray[np.object_],
    times: "NDArray[np.datetime64] | None" = None,
    queue: ReviewQueue | None = None,
    first_row: int = 0,
) -> Decisions:
    """Keep reviews to the day's capacity, then approve would-be rejections at random.

    Reviews beyond the capacity are rejections: the first to come are reviewed, or, where there is
    no time, those with PDs nearest their cut-off, the whole table being one day. A draw depends on
    the seed and the application's id only.

    Parameters
    ----------
    policy : Policy
        Capacity and random approvals.
    decisions : Decisions
        By the rules, see `decide`.
    ids : array of str, shape (n_applicants,)
        Application ids.
    times : array of datetime64, shape (n_applicants,), optional
        When they applied [UTC].
    queue : ReviewQueue, optional
        Everybody who waits for a review, where these are a part of them; None if these are all.
    first_row : int
        Place of the first of these in the whole table: it tells apart what is equal in all else.

    Returns
    -------
    Decisions
        As they are carried out.

    Raises
    ------
    DataError
        If `ids` has not one value per decision.

    Examples
    --------
    >>> from riskkit.decisions import Exploration
    >>> from riskkit.lending import LoanEconomics
    >>> policy = Policy(created="2026-01-31T00:00:00Z", pd_cutoff=0.1, objective="goods",
    ...                 exploration=Exploration(share=0.3, up_to=0.5),
    ...                 economics=LoanEconomics(), model_hash="")
    >>> decisions = decide(policy, np.full(1000, 0.2), pd.DataFrame(index=range(1000)))
    >>> ids = np.array([f"A{i}" for i in range(1000)], dtype=object)
    >>> 250 < int(settle(policy, decisions, ids=ids).explored.sum()) < 350
    True
    """
    if len(ids) != decisions.pds.size:
        raise DataError(
            f"ids must have one value per decision ({decisions.pds.size}), but has {len(ids)}."
        )
    if policy.review is not None:
        waiting = decisions.decision == "review"
        arrivals = arrivals_of(decisions, ids=ids, times=times, first_row=first_row)
        queue = queue or ReviewQueue(policy.review.capacity_per_day).add(arrivals)
        fallen = np.zeros(waiting.size, dtype=bool)
        fallen[waiting] = ~queue.admits(arrivals)
        decisions = _without(decisions, fallen)
        decisions = replace(decisions, propensity=_propensity(policy, decisions))
    if policy.exploration is None:
        return decisions
    open_ = _explorable(policy, decisions)
    draws = hashed_fractions(ids, f"explore {policy.exploration.seed}")
    drawn = open_ & (draws < policy.exploration.propensities(decisions.pds))
    stopped_by = decisions.stopped_by.copy()
    stopped_by[drawn] = None
    return replace(
        decisions,
        decision=np.where(drawn, "approve", decisions.decision),
        stopped_by=stopped_by,
        explored=drawn,
    )


def arrivals_of(
    decisions: Decisions,
    *,
    ids: NDArray[np.object_],
    times: "NDArray[np.datetime64] | None" = None,
    first_row: int = 0,
) -> Arrivals:
    """Return those who wait for a review, in the order in which they are looked at.

    Parameters
    ----------
    decisions : Decisions
        By the rules, see `decide`.
    ids : array of str, shape (n_applicants,)
        Application ids; they break ties.
    times : array of datetime64, shape (n_applicants,), optional
        When they applied [UTC].
    first_row : int
        Place of the first of these in the whole table.

    Returns
    -------
    Arrivals
        Their days and places.
    """
    waiting = decisions.decision == "review"
    tie = hashed_fractions(ids[waiting], "review")
    row = first_row + np.flatnonzero(waiting)
    if times is None:
        day = np.zeros(tie.size, dtype=np.int64)
        return Arrivals(day=day, place=np.abs(decisions.margin[waiting]), tie=tie, row=row)
    at = times[waiting]
    day = at.astype("datetime64[D]")
    return Arrivals(day=day.astype(np.int64), place=(at - day) / _DAY, tie=tie, row=row)


def _own_cutoffs(
    policy: Policy, segment: NDArray[np.object_], n: int
) -> tuple[Floats, Floats, Flags]:
    # Of each applicant: cut-off, upper end of the band (the cut-off itself without one), unseen.
    everybody = np.array([policy.pd_cutoff, policy.review_up_to or policy.pd_cutoff])
    if policy.by is None:
        return np.full(n, everybody[0]), np.full(n, everybody[1]), np.zeros(n, dtype=bool)
    listed = [(s.pd_cutoff, s.review_up_to or s.pd_cutoff) for s in policy.segments.values()]
    pairs = np.vstack([*listed, everybody])  # an unseen segment has place -1, the last
    place = pd.Index(policy.segments).get_indexer(pd.Index(segment))
    return pairs[place, 0], pairs[place, 1], place < 0


def _passes_others(
    verdicts: "list[tuple[Cause, Flags]] | tuple[tuple[Cause, Flags], ...]",
) -> Flags:
    return np.all([passed for cause, passed in verdicts if cause != "score"], axis=0)


def _without(decisions: Decisions, fallen: Flags) -> Decisions:
    # Reviews that do not take place are rejections: by the score where the PD is above the
    # cut-off, else by the rule that unlisted segments are not approved unseen.
    cause = np.where(decisions.margin < 0, "score", "policy")
    return replace(
        decisions,
        decision=np.where(fallen, "reject", decisions.decision),
        stopped_by=np.where(fallen, cause, decisions.stopped_by),
    )


def _propensity(policy: Policy, decisions: Decisions) -> Floats:
    chance = np.where(decisions.approved, 1.0, 0.0)
    if policy.exploration is not None:
        open_ = _explorable(policy, decisions)
        chance[open_] = policy.exploration.propensities(decisions.pds[open_])
    early = np.isin(decisions.stopped_by.astype(str), _BEFORE_SCORE)
    return np.where(early | (decisions.decision == "review"), np.nan, chance)


def _explorable(policy: Policy, decisions: Decisions) -> Flags:
    # Would-be rejections whom every other gate passes: never an outage, a missing proof of
    # identity or a fraud list, nor a segment of which nothing is known.
    assert policy.exploration is not None  # noqa: S101 - callers asked
    rejected = (decisions.decision == "reject") & (decisions.stopped_by == "score")
    near = policy.exploration.propensities(decisions.pds) > 0
    return np.asarray(
        rejected & near & _passes_others(decisions.verdicts) & ~decisions.unseen, dtype=bool
    )


def _log_odds(pds: Floats) -> Floats:
    # A PD of 0 or 1 (other people's models give them) is as far from the cut-off as can be said.
    inside = np.clip(pds, 1e-15, 1 - 1e-15)
    return np.asarray(np.log(inside) - np.log1p(-inside))
