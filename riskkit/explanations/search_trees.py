"""Exact search for recourse in boosted trees, by treecf's branch and bound."""

import itertools
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.applicants import Derivation
from riskkit.explanations.levers import Lever, moved
from riskkit.explanations.search import Found, Solver
from riskkit.scores import BoostedScorer

#: A search that takes longer [s] gives the best it has, without a proof.
_MOST_SECONDS = 10.0
#: Levers with a list of values are tried value by value, in at most so many combinations.
_MOST_COMBINATIONS = 400


def trees_solver(
    scorer: BoostedScorer,
    applicant: pd.DataFrame,
    target: float,
    derived: Mapping[str, Derivation],
) -> Solver:
    """Return a search for the cheapest changes that bring the margin to a target or below.

    Numbers that move in steps are treecf's; of those with a list of values or from which other
    columns follow, and of categories, every combination is tried, the cheapest first.
    """
    raw_target = (target - scorer.intercept_) / scorer.slope_
    solver = _TreeSearch(scorer, raw_target)

    def solve(levers: Sequence[Lever]) -> Found:
        listed = [lever for lever in levers if lever.step is None or lever.follows]
        stepped = [lever for lever in levers if not (lever.step is None or lever.follows)]
        combinations = sorted(_combinations(listed), key=lambda pair: pair[1])
        best = Found(moves={}, cost=np.inf, proved=True)
        proved = len(combinations) <= _MOST_COMBINATIONS
        for values, cost in combinations[:_MOST_COMBINATIONS]:
            if cost >= best.cost:
                break
            row = scorer.encode(moved(applicant, values, derived)).to_numpy()[0]
            found = solver.cheapest(row, stepped)
            proved &= found.proved
            if cost + found.cost < best.cost:
                best = Found(moves={**values, **found.moves}, cost=cost + found.cost, proved=True)
        return Found(moves=best.moves, cost=best.cost, proved=proved)

    return solve


class _TreeSearch:
    # The trees are parsed once for all searches.

    def __init__(self, scorer: BoostedScorer, raw_target: float) -> None:
        from treecf.ir.parsers import parse_model  # noqa: PLC0415 - only recourse waits for it

        self.scorer = scorer
        self.ir = parse_model(scorer.booster_)
        self.raw_target = raw_target
        self.column_of = {
            name: scorer.encoded_sources_.index(name) for name in scorer.feature_names_in_
        }

    def cheapest(self, row: Floats, levers: Sequence[Lever]) -> Found:
        """Return the cheapest steps from an encoded row."""
        import treecf  # noqa: PLC0415 - only recourse waits for it

        raw = self.scorer.booster_.predict(row[None, :], raw_score=True, num_threads=1)
        if np.asarray(raw)[0] <= self.raw_target:
            return Found(moves={}, cost=0.0, proved=True)
        if not levers:
            return Found(moves={}, cost=np.inf, proved=True)
        names = {self.ir.feature_names[self.column_of[lever.name]]: lever for lever in levers}
        explainer = treecf.Explainer(
            self.ir,
            normalizers=dict.fromkeys(self.ir.feature_names, 1.0),
            weights={name: lever.slope for name, lever in names.items()},
            constraints=self._constraints(names, treecf),
            value_policy={
                name: treecf.Grid(step=lever.step or 1.0) for name, lever in names.items()
            },
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is not proved is told by the result
            found = explainer.explain(
                row,
                treecf.Target.raw(op="<=", value=self.raw_target),
                backend="exact",
                sparsity_weight=1.0,
                seed=0,
                time_budget_s=_MOST_SECONDS,
            )
        if not isinstance(found, treecf.Counterfactual):
            proof = getattr(found, "proof", None)
            return Found(moves={}, cost=np.inf, proved=proof == "certified")
        values = {names[name].name: float(new) for name, (_, new) in found.changes.items()}
        return Found(
            moves=values,
            cost=float(found.distance + found.n_changed),
            proved=found.proof == "optimal",
        )

    def _constraints(self, names: Mapping[str, Lever], treecf: Any) -> list[Any]:
        frozen = [treecf.Freeze(name) for name in self.ir.feature_names if name not in names]
        ranges = [treecf.Range(name, *_ends(lever)) for name, lever in names.items()]
        return [*frozen, *ranges]


def _ends(lever: Lever) -> tuple[float, float]:
    # The present value is always among what the search may keep.
    return (
        float(min(lever.value, lever.options.min())),
        float(max(lever.value, lever.options.max())),
    )


def _combinations(levers: Sequence[Lever]) -> list[tuple[dict[str, Any], float]]:
    choices = [
        [(None, 0.0), *zip(lever.options.tolist(), lever.costs.tolist(), strict=True)]
        for lever in levers
    ]
    return [
        (
            {lever.name: v for lever, (v, _) in zip(levers, some, strict=True) if v is not None},
            sum(cost for _, cost in some),
        )
        for some in itertools.product(*choices)
    ]
