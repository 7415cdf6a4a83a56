"""Exact search for recourse where every feature adds its own points."""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.applicants import Derivation
from riskkit.explanations.levers import Lever, moved
from riskkit.explanations.search import Found, Solver
from riskkit.scores import Scorecard

Chosen = NDArray[np.intp]

#: Of levers that are taken together, so many combinations are looked at, the cheapest.
_MOST_TOGETHER = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Front:
    # Choices of which none costs at most as much and lowers the margin at least as far as another.
    costs: Floats  # ascending, shape (n,)
    added: Floats  # to the margin, strictly descending, shape (n,)
    chosen: Chosen  # by lever, -1 unchanged, shape (n, n_levers)


def points_solver(
    scorer: Scorecard, applicant: pd.DataFrame, target: float, derived: Mapping[str, Derivation]
) -> Solver:
    """Return a search for the cheapest changes that bring the margin to a target or below.

    Costs and log-odds both add up over features, so what is beaten on both by another choice
    among some levers is never part of the best choice among more. Levers from which the same
    column follows are taken together, in all combinations of their values.
    """
    margin = float(scorer.margin(applicant)[0])
    own = scorer.contributions(applicant)[0]
    names = list(scorer.feature_names_in_)

    def added(together: Sequence[Lever], chosen: Chosen) -> Floats:
        many = applicant.iloc[np.zeros(len(chosen), dtype=int)].reset_index(drop=True)
        values = {
            lever.name: np.where(at >= 0, lever.options[at], lever.value)
            for lever, at in zip(together, chosen.T, strict=True)
        }
        changes = scorer.contributions(moved(many, values, derived)) - own
        touched = {name for lever in together for name in (lever.name, *lever.follows)}
        return np.asarray(changes[:, [n in touched for n in names]].sum(axis=1))

    fronts: dict[tuple[str, ...], _Front] = {}

    def front_of(together: Sequence[Lever]) -> _Front:
        key = tuple(lever.name for lever in together)
        if key not in fronts:
            chosen, costs = _choices(together)
            fronts[key] = _undominated(costs, added(together, chosen), chosen)
        return fronts[key]

    def solve(levers: Sequence[Lever]) -> Found:
        groups = _groups(levers)
        fronts_ = [front_of(group) for group in groups]
        front = functools.reduce(_merged, fronts_, _choosing_nothing())
        complete = all(_n_choices(group) <= _MOST_TOGETHER for group in groups)
        enough = np.flatnonzero(margin + front.added <= target)
        if not enough.size:
            return Found(moves={}, cost=np.inf, proved=complete)
        best = front.chosen[enough[0]]
        in_order = [lever for group in groups for lever in group]
        values = {
            lever.name: lever.options[at]
            for lever, at in zip(in_order, best, strict=True)
            if at >= 0
        }
        return Found(moves=values, cost=float(front.costs[enough[0]]), proved=complete)

    return solve


def _groups(levers: Sequence[Lever]) -> list[list[Lever]]:
    groups: list[list[Lever]] = []
    for lever in levers:
        shared = [g for g in groups if any({*lever.follows} & {*other.follows} for other in g)]
        rest = [group for group in groups if group not in shared]
        groups = [*rest, [lever for group in shared for lever in group] + [lever]]
    return groups


def _n_choices(together: Sequence[Lever]) -> int:
    return math.prod(1 + len(lever.options) for lever in together)


def _choices(together: Sequence[Lever]) -> tuple[Chosen, Floats]:
    # Of more than can be looked at, the cheapest.
    kept, costs = np.zeros((1, 0), dtype=np.intp), np.zeros(1)
    for lever in together:
        all_costs = (costs[:, None] + np.r_[0.0, lever.costs]).ravel()
        order = np.argsort(all_costs, kind="stable")[:_MOST_TOGETHER]
        before, choice = np.divmod(order, 1 + len(lever.options))
        kept, costs = np.column_stack([kept[before], choice - 1]), all_costs[order]
    return kept, costs


def _choosing_nothing() -> _Front:
    return _Front(costs=np.zeros(1), added=np.zeros(1), chosen=np.zeros((1, 0), dtype=np.intp))


def _merged(front: _Front, other: _Front) -> _Front:
    before, after = np.divmod(np.arange(len(front.costs) * len(other.costs)), len(other.costs))
    return _undominated(
        front.costs[before] + other.costs[after],
        front.added[before] + other.added[after],
        np.column_stack([front.chosen[before], other.chosen[after]]),
    )


def _undominated(costs: Floats, added: Floats, chosen: Chosen) -> _Front:
    order = np.lexsort((added, costs))
    lowest = np.minimum.accumulate(added[order])
    kept = order[np.r_[True, lowest[1:] < lowest[:-1]]]
    return _Front(costs=costs[kept], added=added[kept], chosen=chosen[kept])
