"""What is known of the outcome of each journey, and sums over journeys that follow from it.

A journey whose outcome is known counts as it is. Of the others, those stopped by score or policy
are represented by the ones approved at random, by inverse propensity at their first draw, less
those that a later attempt served; those that only the platform
stopped by the PDs of a model, shifted to fit the outcomes that are known, since a timeout knows
nothing of risk; and of those never approved (unverified identities, record rules) nothing is known.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.applicants import History
from riskkit.decisions.gate_verdicts import GateVerdicts
from riskkit.decisions.journeys import Journeys
from riskkit.lending import CAUSES
from riskkit.selection import shifted_pds

#: How the outcome of a journey is known.
KNOWN, EXPLORED, ANSWERED, NEVER = range(4)
_SYSTEM, _PROFILE, _RECORD, _SCORE, _ = range(len(CAUSES))
#: Fewer random approvals with an outcome, or fewer bads among them, stand for nobody: their spread
#: cannot be told.
_LEAST_EXPLORED, _LEAST_BADS = 30, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What each journey counts in a sum if good and if bad; arrays of shape (n_journeys,)."""

    good: Floats
    bad: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A sum over journeys as far as it is known."""

    lower: float  #: With everybody of whom nothing is known at their least favourable.
    point: float | None  #: With them at their PDs; None without PDs where it matters.
    upper: float
    error: float  #: Standard error of what is estimated.
    estimated: bool  #: Whether an estimate is part of it.
    bounded: bool  #: Whether somebody of whom nothing is known is part of it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What is known of each journey's outcome; arrays of shape (n_journeys,)."""

    bad: Floats  #: 1 bad, 0 good, NaN unknown.
    kind: NDArray[np.int8]  #: How it is known.
    expected: Floats  #: PD of those not known; NaN where not even a model says [fraction].
    lowest: Floats  #: Least PD that is thought possible of those never approved [fraction].
    highest: Floats  #: Highest.
    represents: Floats
    """Number of stopped journeys each random approval stands for; -1 where a journey was served
    after its first draw had stopped it, for then those who stand for it count it too; else 0."""
    surprise: Floats  #: Outcome less PD of the journeys that represent others; else 0.
    shift: Floats  #: Influence of each known outcome on the shift of PDs of the answered; else 0.

    def total(self, worth: Worth, represented: Worth) -> Total:
        """Return a sum over all journeys.

        Parameters
        ----------
        worth : Worth
            What each journey counts.
        represented : Worth
            What the stopped count whom each random approval stands for.
        """
        known = self.kind == KNOWN
        guessed = (self.kind == EXPLORED) | (self.kind == ANSWERED)
        slope = worth.bad - worth.good
        sum_known = float(np.where(self.bad[known] == 1, worth.bad[known], worth.good[known]).sum())
        sum_guessed = float((worth.good + slope * self.expected)[guessed].sum())
        corrections = self.represents * self.surprise * (represented.bad - represented.good)
        of_shift = float(slope[self.kind == ANSWERED].sum())
        influence = corrections + of_shift * self.shift
        chance = np.clip(self.expected[guessed], 0, 1)
        variance = float((influence**2).sum())
        variance += float((slope[guessed] ** 2 * chance * (1 - chance)).sum())
        base = sum_known + sum_guessed + float(corrections.sum())
        never = (self.kind == NEVER) & ((worth.good != 0) | (worth.bad != 0))
        at = [(worth.good + slope * pds)[never] for pds in (self.lowest, self.highest)]
        guess = float((worth.good + slope * self.expected)[never].sum())
        return Total(
            lower=base + float(np.minimum(*at).sum()),
            point=None if np.isnan(guess) else base + guess,
            upper=base + float(np.maximum(*at).sum()),
            error=float(np.sqrt(variance)),
            estimated=variance > 0,
            bounded=bool(never.any()),
        )


def complete_grounds(bad: Floats) -> Grounds:
    """Return grounds where the outcome of every journey is known, as in a synthetic world."""
    nothing = np.zeros(len(bad))
    return Grounds(
        bad=bad,
        kind=np.full(len(bad), KNOWN, dtype=np.int8),
        expected=nothing,
        lowest=nothing,
        highest=nothing,
        represents=nothing,
        surprise=nothing,
        shift=nothing,
    )


def selective_grounds(
    history: History,
    recorded: GateVerdicts,
    journeys: Journeys,
    *,
    pds: Floats | None,
    gamma: float | None,
) -> Grounds:
    """Return grounds where outcomes are known of the approved only.

    Parameters
    ----------
    history : History
        Applications whose windows have closed.
    recorded : GateVerdicts
        Of the past policy.
    journeys : Journeys
        Which applications belong together.
    pds : array of float, shape (n_applicants,), optional
        PD of each application by a model that saw none of these outcomes [fraction].
    gamma : float, optional
        Those never approved have odds of bad within this factor of their PDs'; None: any odds.
    """
    # The outcome belongs to the journey: the one approved attempt knows it.
    bad = np.full(len(journeys), np.nan)
    bad[journeys.of_row[history.labelled]] = history.bad[history.labelled]
    last, labelled = journeys.last, ~np.isnan(bad)
    draws = _first_draws(history, journeys)
    first = recorded.first_failed
    explored = np.zeros(len(last), dtype=bool)
    explored[draws.journey] = history.approved[draws.row]
    explored &= labelled
    later = labelled & ~explored & (draws.chance < 1)
    represents = np.where(explored, 1 / draws.chance - 1, 0.0) - later
    enough = are_enough(bad[explored]) and represents.sum() > 0
    stopped = np.zeros(len(last), dtype=bool)
    stopped[draws.journey] = first[draws.row] >= _SCORE
    kind = np.full(len(last), NEVER, dtype=np.int8)
    kind[labelled] = KNOWN
    hopeless = recorded.failed[last][:, [_PROFILE, _RECORD]].any(axis=1)
    judged = enough or pds is not None  # whether a model, or somebody like them, speaks for them
    kind[~labelled & (first[last] == _SYSTEM) & ~hopeless & judged] = ANSWERED
    # Last: those who stand for all whom a draw stopped stand for them whatever stopped them next.
    kind[~labelled & stopped & enough] = EXPLORED
    return _with_pds(
        _Seen(
            bad=bad,
            kind=kind,
            represents=represents,
            weight=np.where(labelled & ~later, 1 / draws.chance, 0.0),
        ),
        None if pds is None else _pds_of(pds, last, draws),
        gamma,
    )


def are_enough(bad: Floats) -> bool:
    """Return whether random approvals with these outcomes can stand for others."""
    return len(bad) >= _LEAST_EXPLORED and float(bad.sum()) >= _LEAST_BADS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draws:
    # The first attempt of each journey that was drawn for approval at random. Whom it stops may
    # try again, and may be approved then, so that a later attempt's chance is not the journey's.
    journey: NDArray[np.intp]  # shape (n_drawn,)
    row: NDArray[np.intp]  # same shape
    chance: Floats  # of that attempt, 1 without one, shape (n_journeys,)


def _first_draws(history: History, journeys: Journeys) -> _Draws:
    chance = np.ones(len(journeys))
    if history.propensity is None:
        none = np.zeros(0, dtype=np.intp)
        return _Draws(journey=none, row=none, chance=chance)
    time = history.applications.time
    order = np.arange(len(history)) if time is None else np.argsort(time, kind="stable")
    drawn = (history.propensity > 0) & (history.propensity < 1)
    rows = order[drawn[order]]
    journey, place = np.unique(journeys.of_row[rows], return_index=True)
    chance[journey] = history.propensity[rows[place]]
    return _Draws(journey=journey, row=rows[place], chance=chance)


def _pds_of(pds: Floats, last: NDArray[np.intp], draws: _Draws) -> Floats:
    # A control must not know how the draw came out, so that it is the PD from before it.
    found = pds[last]
    found[draws.journey] = pds[draws.row]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    bad: Floats
    kind: NDArray[np.int8]
    represents: Floats  # as in Grounds
    weight: Floats  # of the labelled, so that they stand for all who might have been; else 0


def _with_pds(seen: _Seen, pds: Floats | None, gamma: float | None) -> Grounds:
    n = len(seen.bad)
    labelled = ~np.isnan(seen.bad)
    represents = seen.represents
    share = seen.weight / max(seen.weight.sum(), 1)
    outcome = np.where(labelled, seen.bad, 0.0)
    if pds is None:
        # Without a model, random approvals have one PD, and all who were answered another.
        of_explored = float(represents @ outcome / max(represents.sum(), 1e-300))
        of_answered = float(share @ outcome)
        expected = np.where(seen.kind == ANSWERED, of_answered, of_explored)
        expected[seen.kind == NEVER] = np.nan
        surprise = outcome - of_explored
        shift = share * (outcome - of_answered)
    else:
        surprise = outcome - pds
        mean = float(share @ (surprise * labelled))
        expected = np.where(seen.kind == ANSWERED, np.clip(pds + mean, 0, 1), pds)
        shift = share * (surprise - mean)
    bounds = np.zeros(n), np.ones(n)
    if pds is not None and gamma is not None:
        bounds = shifted_pds(pds, 1 / gamma), shifted_pds(pds, gamma)
    return Grounds(
        bad=seen.bad,
        kind=seen.kind,
        expected=expected,
        lowest=bounds[0],
        highest=bounds[1],
        represents=represents * (seen.kind == EXPLORED).any(),
        surprise=np.where(represents != 0, surprise, 0.0),
        shift=np.where(labelled, shift, 0.0),
    )
