"""Who is stopped if only some of the five gates are active, and what each gate's share of it is.

A pattern says of one journey which coalitions of gates block it: bit S of a 32-bit number, where
bit g of S says whether gate g is active. A journey is blocked where every attempt fails an active
gate, so that the pattern of a journey is the bitwise "and" of those of its attempts.
"""

from collections.abc import Iterable
from math import factorial

import numpy as np
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats
from riskkit.lending import CAUSES

Patterns = NDArray[np.uint32]

N_GATES = len(CAUSES)
_N_COALITIONS = 2**N_GATES
_EVERY = _N_COALITIONS - 1
#: Verdicts of one attempt are a number to base 3: 0 passed, 1 failed, 2 not evaluated.
N_CODES = 3**N_GATES
_PLACES = 3 ** np.arange(N_GATES)
#: Nothing is known yet: blocked by all coalitions, also by the empty one.
UNTRIED = 2**_N_COALITIONS - 1


def shapley_shares(patterns: Patterns) -> Floats:
    """Return each gate's share in blocking journeys: its Shapley value over the five gates.

    Parameters
    ----------
    patterns : array of uint32, shape (n_journeys,)
        Which coalitions block each journey.

    Returns
    -------
    array of float, shape (n_journeys, 5)
        Mean, over all orders of switching the gates on, of whether this gate is the one that
        blocks [1]_; in the order of ``CAUSES``. They add up to 1 where all gates together block,
        and to 0 elsewhere.

    References
    ----------
    .. [1] Shapley (1953), A value for n-person games, Contributions to the Theory of Games II.

    Examples
    --------
    >>> failed_score_and_policy = attempt_patterns(np.array([[0, 0, 0, 1, 1]], dtype=bool))
    >>> shapley_shares(failed_score_and_policy).tolist()
    [[0.0, 0.0, 0.0, 0.5, 0.5]]
    """
    return np.asarray((_bits(patterns) @ _WEIGHTS) / factorial(N_GATES))


def sole_causes(patterns: Patterns) -> Flags:
    """Return whether lifting one gate alone would serve a journey, shape (n_journeys, 5).

    Parameters
    ----------
    patterns : array of uint32, shape (n_journeys,)
        Which coalitions block each journey.

    Returns
    -------
    array of bool, shape (n_journeys, 5)
        In the order of ``CAUSES``.

    Examples
    --------
    >>> failed_score = attempt_patterns(np.array([[0, 0, 0, 1, 0]], dtype=bool))
    >>> sole_causes(failed_score).tolist()
    [[False, False, False, True, False]]
    """
    bits = _bits(patterns).astype(bool)
    return bits[:, [_EVERY]] & ~bits[:, [_EVERY ^ (1 << gate) for gate in range(N_GATES)]]


def blocked_by_all(patterns: Patterns) -> Flags:
    """Return whether all gates together block each journey, shape (n_journeys,)."""
    return (patterns >> np.uint32(_EVERY)).astype(bool)


def attempt_patterns(failed: Flags) -> Patterns:
    """Return the patterns of single attempts.

    Parameters
    ----------
    failed : array of bool, shape (n_attempts, 5)
        Which gates each attempt fails, in the order of ``CAUSES``.

    Returns
    -------
    array of uint32, shape (n_attempts,)
        A coalition blocks an attempt if one of its gates does.

    Examples
    --------
    >>> attempt_patterns(np.zeros((1, 5), dtype=bool)).tolist()
    [0]
    """
    return _BLOCKED_BY[np.asarray(failed) @ (1 << np.arange(N_GATES))]


def verdict_codes(failed: Flags, unknown: Flags) -> NDArray[np.int64]:
    """Return the verdicts of each attempt as one number below ``N_CODES``, shape (n_attempts,)."""
    return np.asarray((failed + 2 * unknown.astype(np.int64)) @ _PLACES)


def step(possible: frozenset[int], code: int) -> frozenset[int]:
    """Return the patterns that a journey may have after one more attempt.

    Parameters
    ----------
    possible : frozenset of int
        Patterns it may have had; ``{UNTRIED}`` before the first attempt.
    code : int
        Verdicts of the attempt, as ``verdict_codes`` gives them; what was not evaluated may have
        been passed or failed.

    Returns
    -------
    frozenset of int
        One pattern for each way in which what was not evaluated could have come out. There are
        never more than 7,581, the number of monotone functions of five gates.

    Examples
    --------
    >>> score_failed_policy_unknown = 1 * 3**3 + 2 * 3**4
    >>> len(step(frozenset({UNTRIED}), score_failed_policy_unknown))
    2
    """
    return frozenset(before & after for before in possible for after in _completions(code))


def _completions(code: int) -> frozenset[int]:
    digits = code // _PLACES % 3
    masks: set[int] = {int((digits == 1) @ (1 << np.arange(N_GATES)))}
    for gate in np.flatnonzero(digits == 2):  # noqa: PLR2004 - not evaluated
        masks |= {mask | (1 << int(gate)) for mask in masks}
    return frozenset(int(pattern) for pattern in _BLOCKED_BY[sorted(masks)])


def as_patterns(values: Iterable[int]) -> Patterns:
    """Return patterns as an array."""
    return np.fromiter(values, dtype=np.uint32)


def _bits(patterns: Patterns) -> Floats:
    coalitions = np.arange(_N_COALITIONS, dtype=np.uint32)
    return ((np.asarray(patterns)[:, None] >> coalitions) & 1).astype(np.float64)


def _blocked_by() -> Patterns:
    masks = np.arange(_N_COALITIONS)
    blocks = (masks[:, None] & masks[None, :]) != 0
    return np.asarray((blocks * (1 << masks.astype(np.uint64))).sum(axis=1), dtype=np.uint32)


def _weights() -> Floats:
    # What v(S) counts in the Shapley value of each gate: with it in S for it, without it against;
    # times 5!, so that they are whole numbers and a gate without a part in it gets exactly 0.
    weights = np.empty((_N_COALITIONS, N_GATES))
    for coalition in range(_N_COALITIONS):
        size = coalition.bit_count()
        for gate in range(N_GATES):
            others = size - (coalition >> gate & 1)
            weight = factorial(others) * factorial(N_GATES - 1 - others)
            weights[coalition, gate] = weight if coalition >> gate & 1 else -weight
    return weights


_BLOCKED_BY = _blocked_by()
_WEIGHTS = _weights()
