"""Exact search for recourse in boosted trees, by treecf's branch and bound."""

import heapq
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.applicants import Derivation
from riskkit.explanations.levers import Lever, moved
from riskkit.explanations.search import Choices, Found, Solver, choices_of, groups_of
from riskkit.scores import BoostedScorer

#: A search that takes longer [s] gives the best it has, without a proof.
_MOST_SECONDS = 10.0
#: Levers with a list of values are tried value by value, in at most so many combinations; in more
#: where each takes no search but a look at the trees.
_MOST_SEARCHES = 400
_MOST_LOOKS = 10_000


def trees_solver(
    scorer: BoostedScorer,
    applicant: pd.DataFrame,
    target: float,
    derived: Mapping[str, Derivation],
) -> Solver:
    """Return a search for the cheapest changes that bring the margin to a target or below.

    Numbers that move in steps are treecf's; of those with a list of values or from which other
    columns follow, and of categories, every combination that the trees tell apart is tried, the
    cheapest first.
    """
    raw_target = (target - scorer.intercept_) / scorer.slope_
    solver = _TreeSearch(scorer, raw_target)
    told_apart: dict[tuple[str, ...], Choices] = {}

    def choices(together: Sequence[Lever]) -> Choices:
        key = tuple(lever.name for lever in together)
        if key not in told_apart:
            found = choices_of(together)
            bins = solver.bins(scorer.encode(found.applied(applicant, derived)).to_numpy())
            # The first of each is the cheapest, since costs ascend.
            first = np.unique(bins, axis=0, return_index=True)[1]
            told_apart[key] = found.take(np.sort(first))
        return told_apart[key]

    def solve(levers: Sequence[Lever]) -> Found:
        listed = [lever for lever in levers if lever.step is None or lever.follows]
        stepped = [lever for lever in levers if not (lever.step is None or lever.follows)]
        groups = [choices(group) for group in groups_of(listed)]
        best = Found(moves={}, cost=np.inf, proved=True)
        proved = all(group.complete for group in groups)
        most = _MOST_SEARCHES if stepped else _MOST_LOOKS
        for n, (rows, cost) in enumerate(_by_cost([group.costs for group in groups])):
            if cost >= best.cost:
                break
            if n == most:
                proved = False
                break
            values = {
                name: value
                for group, at in zip(groups, rows, strict=True)
                for name, value in group.moves(at).items()
            }
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
        self.cuts = _cuts(scorer)

    def bins(self, rows: Floats) -> NDArray[np.intp]:
        """Return between which splits encoded rows lie; those alike are alike to every tree."""
        found = [
            np.where(np.isnan(column), -1, np.searchsorted(cuts, column))
            for cuts, column in zip(self.cuts, rows.T, strict=True)
        ]
        return np.column_stack(found)

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


def _cuts(scorer: BoostedScorer) -> list[Floats]:
    # A row goes left where its value is at most the threshold.
    cuts: list[set[float]] = [set() for _ in scorer.encoded_sources_]
    nodes = [tree["tree_structure"] for tree in scorer.booster_.dump_model()["tree_info"]]
    while nodes:
        node = nodes.pop()
        if "split_feature" in node:
            cuts[node["split_feature"]].add(node["threshold"])
            nodes += [node["left_child"], node["right_child"]]
    return [np.array(sorted(thresholds), dtype=np.float64) for thresholds in cuts]


def _by_cost(costs: Sequence[Floats]) -> Iterator[tuple[tuple[int, ...], float]]:
    # One place in each ascending list, by the sum of what stands there. Every combination is
    # reached from one other alone: the one with its last place that is not the first a step back.
    start = (0,) * len(costs)
    heap = [(_sum(costs, start), start)]
    while heap:
        total, places = heapq.heappop(heap)
        yield places, total
        last = max((i for i, place in enumerate(places) if place), default=0)
        for i in range(last, len(places)):
            if places[i] + 1 < len(costs[i]):
                more = (*places[:i], places[i] + 1, *places[i + 1 :])
                heapq.heappush(heap, (_sum(costs, more), more))


def _sum(costs: Sequence[Floats], places: Sequence[int]) -> float:
    return float(sum(cost[place] for cost, place in zip(costs, places, strict=True)))
