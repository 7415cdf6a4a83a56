"""Journeys: the attempts of one customer at one request, served if one of them is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from riskkit._checks import Flags, Floats
from riskkit.decisions.coalitions import (
    N_CODES,
    UNTRIED,
    as_patterns,
    blocked_by_all,
    shapley_shares,
    sole_causes,
    step,
    verdict_codes,
)
from riskkit.decisions.gate_verdicts import GateVerdicts
from riskkit.errors import DataError

#: The patterns that a journey may have; one where every verdict is known.
State = frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """Which applications belong together."""

    of_row: NDArray[np.intp]  #: Journey of each application, from 0, shape (n_applicants,).
    last: NDArray[np.intp]  #: Row of the last attempt of each journey, shape (n_journeys,).

    def __len__(self) -> int:
        """Return the number of journeys."""
        return len(self.last)

    def any(self, flags: Flags) -> Flags:
        """Return whether a flag is set for any attempt, shape (n_journeys,)."""
        return np.bincount(self.of_row[flags], minlength=len(self)) > 0


def journeys_of(
    keys: pd.DataFrame | None, n_applicants: int, time: ArrayLike | None = None
) -> Journeys:
    """Group applications into journeys.

    Parameters
    ----------
    keys : DataFrame or None
        Columns whose values the attempts of one journey share, such as customer and journey; None
        where every application is a journey of its own.
    n_applicants : int
        Number of applications.
    time : array-like of datetime64, shape (n_applicants,), optional
        When they applied; without it, later rows are later attempts.

    Returns
    -------
    Journeys
        In the order of their first rows.

    Raises
    ------
    DataError
        If a key is missing.

    Examples
    --------
    >>> journeys_of(pd.DataFrame({"customer": ["a", "b", "a"]}), 3).last.tolist()
    [2, 1]
    """
    everyone = np.arange(n_applicants)
    if keys is None:
        return Journeys(of_row=everyone, last=everyone)
    for name in keys:
        missing = np.flatnonzero(keys[name].isna())
        if missing.size:
            raise DataError(
                f"Column {name!r} must say of every application which journey it belongs to, but "
                f"{missing.size} values are missing; the first is in row {missing[0]}."
            )
    codes = keys.groupby(list(keys), sort=False, observed=True).ngroup().to_numpy()
    order = everyone if time is None else np.argsort(np.asarray(time), kind="stable")
    last = np.empty(codes.max(initial=-1) + 1, dtype=np.intp)
    last[codes[order]] = order  # the latest row is written last
    return Journeys(of_row=codes, last=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What may be said of each state: from the lowest to the highest over what is unknown."""

    lower: Floats  #: Shapley share of each gate, shape (n_states, 5).
    upper: Floats
    sole_lower: Flags  #: Whether lifting the gate alone serves, shape (n_states, 5).
    sole_upper: Flags
    blocked_lower: Flags  #: Whether all gates together block, shape (n_states,).
    blocked_upper: Flags

    @classmethod
    def of(cls, states: "tuple[State, ...]") -> "Shares":
        """Return the shares of some states."""
        patterns = [as_patterns(sorted(state)) for state in states]
        together = np.concatenate(patterns) if patterns else as_patterns([])
        starts = np.cumsum([0, *map(len, patterns)])[:-1].astype(np.intp)
        shares = shapley_shares(together)
        sole, blocked = sole_causes(together), blocked_by_all(together)
        return cls(
            lower=np.minimum.reduceat(shares, starts, axis=0),
            upper=np.maximum.reduceat(shares, starts, axis=0),
            sole_lower=np.logical_and.reduceat(sole, starts, axis=0),
            sole_upper=np.logical_or.reduceat(sole, starts, axis=0),
            blocked_lower=np.logical_and.reduceat(blocked, starts),
            blocked_upper=np.logical_or.reduceat(blocked, starts),
        )


def journey_states(
    verdicts: GateVerdicts, journeys: Journeys
) -> "tuple[NDArray[np.intp], tuple[State, ...]]":
    """Return which patterns each journey may have.

    Parameters
    ----------
    verdicts : GateVerdicts
        Of every attempt.
    journeys : Journeys
        Which attempts belong together.

    Returns
    -------
    number : array of int, shape (n_journeys,)
        The state of each journey.
    states : tuple of frozenset of int
        The states by number; few, however many the journeys.

    Examples
    --------
    >>> failed = np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 0]], dtype=bool)
    >>> verdicts = GateVerdicts(failed=failed, unknown=np.zeros_like(failed))
    >>> one = journeys_of(pd.DataFrame({"customer": ["a", "a"]}), 2)
    >>> journey_states(verdicts, one)[1]  # stopped, then served
    (frozenset({0}),)
    """
    codes = verdict_codes(verdicts.failed, verdicts.unknown)
    # The same verdicts twice say no more than once: a journey has at most N_CODES different ones.
    pairs = np.unique(journeys.of_row * N_CODES + codes)
    journey, code = pairs // N_CODES, pairs % N_CODES
    starts = np.flatnonzero(np.diff(journey, prepend=-1))
    rank = np.arange(len(pairs)) - np.repeat(starts, np.diff(starts, append=len(pairs)))
    found: dict[State, int] = {frozenset({UNTRIED}): 0}
    state = np.zeros(len(journeys), dtype=np.intp)
    for nth in range(int(rank.max(initial=-1)) + 1):
        rows = rank == nth
        moves, place = np.unique(state[journey[rows]] * N_CODES + code[rows], return_inverse=True)
        known = list(found)
        after = [step(known[move // N_CODES], int(move % N_CODES)) for move in moves.tolist()]
        state[journey[rows]] = np.array([found.setdefault(s, len(found)) for s in after])[place]
    used, number = np.unique(state, return_inverse=True)
    known = list(found)
    return number, tuple(known[place] for place in used.tolist())
