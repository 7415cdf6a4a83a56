"""Boosted trees as LightGBM grows them: how, how many, and what they say out of fold."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from riskkit._checks import Flags, Floats
from riskkit.errors import DataError
from riskkit.scores.calibration import calibrated_line
from riskkit.scores.crossfit import Outcomes
from riskkit.scores.encoding import Encoded

#: Trees are added until the held-out log loss has not fallen for so many rounds.
_PATIENCE = 40
_STEP = 5  # trees between two looks at the loss


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingSettings:
    """How trees are grown."""

    n_leaves: int  #: Leaves of a tree.
    min_bads: float  #: Expected bads (more exactly: information) in a leaf.
    learning_rate: float  #: Share of each tree's correction that is kept.
    max_trees: int  #: Most trees.
    l2: float  #: L2 penalty on leaf values.
    column_share: float  #: Share of the columns that each tree sees.


def default_settings(n_smaller: int) -> BoostingSettings:
    """Return settings that suit a sample with so many rows of its rarer outcome.

    Few bads carry few leaves: LightGBM's own 31 leaves with 20 rows each fit chance below some
    thousand bads.
    """
    return BoostingSettings(
        n_leaves=int(np.clip(n_smaller / 75, 5, 24)),
        min_bads=float(np.clip(n_smaller / 100, 3, 30)),
        learning_rate=0.05,
        max_trees=1000,
        l2=10.0,
        column_share=0.6,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the trees of one scorer are grown."""

    settings: BoostingSettings  #: Size, number and penalties.
    groups: list[list[int]] | None  #: Encoded columns that may meet in a branch; None for all.
    seed: int  #: Draws the columns each tree sees.
    n_threads: int  #: Threads in all; trees do not depend on it.

    def params(self, signs: list[int], *, n_threads: int = 1) -> dict[str, Any]:
        """Return LightGBM's parameters, given the direction of every encoded column."""
        settings = self.settings
        params = {
            "objective": "binary",
            "num_leaves": settings.n_leaves,
            "min_sum_hessian_in_leaf": settings.min_bads,
            "min_data_in_leaf": 1,
            "learning_rate": settings.learning_rate,
            "lambda_l2": settings.l2,
            "feature_fraction": settings.column_share,
            "max_bin": 127,
            "monotone_constraints": signs,
            "monotone_constraints_method": "intermediate",
            "seed": self.seed,
            "num_threads": n_threads,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        return params if self.groups is None else params | {"interaction_constraints": self.groups}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What trees grown without one fold at a time say of that fold."""

    n_trees: int  #: How many trees have the least held-out log loss.
    margins: Floats  #: Raw score of every row by the trees that did not see it, shape (n_rows,).


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fold:
    booster: lightgbm.Booster  # grown without the fold
    rows: NDArray[np.intp]  # of the fold


def held_out(sample: Encoded, plan: Plan) -> Held:
    """Grow one booster per fold left out, and find how many trees are best.

    They grow side by side, each in one thread: LightGBM's own threads wait for each other many
    times per tree, which stalls a busy machine. Where the folds are ordered in time, the loss of
    the latest one decides: it is what a model of the earlier rows says of the later ones.
    """
    outcomes = sample.evidence.outcomes
    params = plan.params(sample.signs) | {"metric": "None"}
    with ThreadPoolExecutor(plan.n_threads) as workers:
        start = partial(_started, sample, params)
        folds = list(workers.map(start, range(outcomes.n_folds)))
        return _best_round(folds, outcomes, plan.settings.max_trees, workers)


def grown(sample: Encoded, plan: Plan, n_trees: int) -> lightgbm.Booster:
    """Grow so many trees on all rows."""
    params = plan.params(sample.signs, n_threads=plan.n_threads)
    booster = lightgbm.Booster(params, _data(sample, params))
    for _ in range(n_trees):
        booster.update()
    # Through text and back: the trees are the very ones that a reader of the files gets.
    return read_trees(booster.model_to_string())


def read_trees(text: str) -> lightgbm.Booster:
    """Return trees from LightGBM's text.

    Raises
    ------
    DataError
        If the text is not LightGBM's.
    """
    try:
        return lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise DataError(f"The trees are not LightGBM text: {error}.") from None


def n_threads(n_jobs: int) -> int:
    """Return how many threads to use.

    Raises
    ------
    DataError
        If n_jobs is neither positive nor -1.
    """
    if n_jobs == -1:
        return os.cpu_count() or 1
    if n_jobs < 1:
        raise DataError(f"n_jobs must be a positive number, or -1 for all cores, but is {n_jobs}.")
    return n_jobs


def _data(
    sample: Encoded, params: dict[str, Any], left_out: int | None = None, kept: Flags | None = None
) -> lightgbm.Dataset:
    outcomes, matrix = sample.evidence.outcomes, sample.matrix(left_out)
    label, weight = outcomes.bad.astype(np.float64), outcomes.weight
    if kept is not None:
        matrix, label, weight = matrix[kept], label[kept], weight[kept]
    return lightgbm.Dataset(matrix, label, weight=weight, params=params)


def _started(sample: Encoded, params: dict[str, Any], left_out: int) -> _Fold:
    outcomes = sample.evidence.outcomes
    is_held = outcomes.fold == left_out
    data = _data(sample, params, left_out, ~is_held)
    label, weight = outcomes.bad[is_held].astype(np.float64), outcomes.weight[is_held]
    held = data.create_valid(sample.matrix(left_out)[is_held], label, weight, params=params)
    booster = lightgbm.Booster(params, data)
    booster.add_valid(held, "held out")
    return _Fold(booster=booster, rows=np.flatnonzero(is_held))


def _best_round(
    folds: list[_Fold], outcomes: Outcomes, max_trees: int, workers: ThreadPoolExecutor
) -> Held:
    # By the loss of calibrated PDs: they are what is used, and trees that have become too sure of
    # themselves may still tell bads from goods better.
    watched = np.isin(outcomes.fold, outcomes.watched)
    bad, weight = outcomes.bad[watched], outcomes.weight[watched]
    best, best_loss = Held(n_trees=1, margins=np.zeros(len(outcomes.bad))), np.inf
    for n_trees in range(_STEP, max_trees + _STEP, _STEP):
        n_more = min(_STEP, max_trees - (n_trees - _STEP))
        margins = np.empty(len(outcomes.bad))
        for fold, raw in zip(folds, workers.map(partial(_more, n=n_more), folds), strict=True):
            margins[fold.rows] = raw
        line = calibrated_line(margins[watched], bad=bad, weight=weight)
        losses = np.logaddexp(0, np.where(bad, -1, 1) * line.log_odds(margins[watched]))
        loss = float(np.average(losses, weights=weight))
        if loss < best_loss:
            best, best_loss = Held(n_trees=min(n_trees, max_trees), margins=margins), loss
        if n_trees - best.n_trees >= _PATIENCE:
            break
    return best


def _more(fold: _Fold, n: int) -> Floats:
    for _ in range(n):
        fold.booster.update()
    found: list[Floats] = []

    def look(pds: Floats, _: lightgbm.Dataset) -> tuple[str, float, bool]:
        found.append(logit(pds))
        return "looked at", 0.0, False

    fold.booster.eval_valid(look)
    return found[0]
