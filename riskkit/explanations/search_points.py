"""Exact search for recourse where every feature adds its own points."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.explanations.levers import Lever
from riskkit.explanations.search import Found, Solver
from riskkit.scores import Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class _Front:
    # Choices of which none costs at most as much and lowers the margin at least as far as another.
    costs: Floats  # ascending, shape (n,)
    added: Floats  # to the margin, strictly descending, shape (n,)
    chosen: NDArray[np.intp]  # by lever, -1 unchanged, shape (n, n_levers)


def points_solver(scorer: Scorecard, applicant: pd.DataFrame, target: float) -> Solver:
    """Return a search for the cheapest changes that bring the margin to a target or below.

    Costs and log-odds both add up over features, so what is beaten on both by another choice
    among some levers is never part of the best choice among more.
    """
    margin = float(scorer.margin(applicant)[0])
    own = scorer.contributions(applicant)[0]
    names = list(scorer.feature_names_in_)

    def added(lever: Lever) -> Floats:
        many = applicant.iloc[np.zeros(len(lever.options), dtype=int)].reset_index(drop=True)
        moved = many.assign(**{lever.name: lever.options})
        at = names.index(lever.name)
        return np.asarray(scorer.contributions(moved)[:, at] - own[at])

    fronts: dict[str, Floats] = {}

    def solve(levers: Sequence[Lever]) -> Found:
        front = _Front(costs=np.zeros(1), added=np.zeros(1), chosen=np.zeros((1, 0), dtype=np.intp))
        for lever in levers:
            if lever.name not in fronts:
                fronts[lever.name] = added(lever)
            front = _merged(front, np.r_[0.0, lever.costs], np.r_[0.0, fronts[lever.name]])
        enough = np.flatnonzero(margin + front.added <= target)
        if not enough.size:
            return Found(moves={}, cost=np.inf, proved=True)
        best = front.chosen[enough[0]]
        values = {
            lever.name: lever.options[i] for lever, i in zip(levers, best, strict=True) if i >= 0
        }
        return Found(moves=values, cost=float(front.costs[enough[0]]), proved=True)

    return solve


def _merged(front: _Front, costs: Floats, added: Floats) -> _Front:
    all_costs = (front.costs[:, None] + costs).ravel()
    all_added = (front.added[:, None] + added).ravel()
    order = np.lexsort((all_added, all_costs))
    lowest = np.minimum.accumulate(all_added[order])
    better = np.r_[True, lowest[1:] < lowest[:-1]]
    kept = order[better]
    before, choice = np.divmod(kept, len(costs))
    return _Front(
        costs=all_costs[kept],
        added=all_added[kept],
        chosen=np.column_stack([front.chosen[before], choice - 1]),
    )
