"""Exact search for recourse where every feature adds its own points."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.applicants import Derivation
from riskkit.explanations.levers import Lever
from riskkit.explanations.search import Choices, Found, Solver, choices_of, groups_of
from riskkit.scores import Scorecard

Chosen = NDArray[np.intp]


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

    def added(choices: Choices) -> Floats:
        changes = scorer.contributions(choices.applied(applicant, derived)) - own
        touched = {name for lever in choices.levers for name in (lever.name, *lever.follows)}
        return np.asarray(changes[:, [n in touched for n in names]].sum(axis=1))

    fronts: dict[tuple[str, ...], tuple[_Front, bool]] = {}

    def front_of(together: Sequence[Lever]) -> tuple[_Front, bool]:
        key = tuple(lever.name for lever in together)
        if key not in fronts:
            choices = choices_of(together)
            front = _undominated(choices.costs, added(choices), choices.chosen)
            fronts[key] = front, choices.complete
        return fronts[key]

    def solve(levers: Sequence[Lever]) -> Found:
        groups = groups_of(levers)
        found = [front_of(group) for group in groups]
        front = functools.reduce(_merged, (front for front, _ in found), _choosing_nothing())
        complete = all(is_complete for _, is_complete in found)
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
