"""Scorers and where to look for their parameters."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from optuna.trial import Trial

from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.scorecard import Scorecard
from riskkit.scores.trees import default_settings

#: Given a trial and how many rows the rarer outcome has, parameters of a scorer.
Space = Callable[[Trial, int], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A scorer and where to look for its parameters."""

    scorer: Any  #: Unfitted; what the space does not name keeps its value.
    space: Space  #: Its parameters in each trial; candidates may not share names of Optuna's.
    starts: tuple[Mapping[str, Any], ...] = ()  #: Points of the space that are tried first.


def boosted_candidate(scorer: BoostedScorer) -> Candidate:
    """Return where to look for the parameters of a BoostedScorer: around its defaults.

    Leaves and bads per leaf are looked for as multiples of the defaults, which follow the number
    of bads, so that what is found on a part of the rows suits them all.

    Parameters
    ----------
    scorer : BoostedScorer
        Unfitted; its directions, special codes and the like are kept.

    Returns
    -------
    Candidate
        The first trials are the defaults, and trees like LightGBM's own: large, hardly shrunk.
    """

    def space(trial: Trial, n_smaller: int) -> dict[str, Any]:
        default = default_settings(n_smaller)
        leaves = trial.suggest_float("boosted.leaves", 0.4, 5.0, log=True)
        bads = trial.suggest_float("boosted.bads", 0.02, 4.0, log=True)
        return {
            "n_leaves": max(2, round(default.n_leaves * leaves)),
            "min_bads": default.min_bads * bads,
            "learning_rate": trial.suggest_float("boosted.learning_rate", 0.02, 0.2, log=True),
            "l2": trial.suggest_float("boosted.l2", 0.05, 100.0, log=True),
            "column_share": trial.suggest_float("boosted.column_share", 0.3, 1.0),
        }

    names = ("leaves", "bads", "learning_rate", "l2", "column_share")
    starts = ((1.0, 1.0, 0.05, 10.0, 0.6), (2.5, 0.02, 0.1, 0.05, 0.8))
    return Candidate(
        scorer=scorer,
        space=space,
        starts=tuple(
            {f"boosted.{name}": value for name, value in zip(names, start, strict=True)}
            for start in starts
        ),
    )


def scorecard_candidate(scorer: Scorecard) -> Candidate:
    """Return where to look for the parameters of a Scorecard: around its defaults.

    Parameters
    ----------
    scorer : Scorecard
        Unfitted; its directions, special codes and the like are kept.

    Returns
    -------
    Candidate
        The first trial is the defaults.
    """

    def space(trial: Trial, n_smaller: int) -> dict[str, Any]:
        del n_smaller  # penalties in log-likelihood need no scale
        return {
            "penalty": trial.suggest_float("scorecard.penalty", 0.05, 50.0, log=True),
            "level_penalty": trial.suggest_float("scorecard.level_penalty", 1.0, 200.0, log=True),
            "min_bads": trial.suggest_float("scorecard.min_bads", 4.0, 80.0, log=True),
        }

    start = {"penalty": 1.0, "level_penalty": 10.0, "min_bads": 10.0}
    return Candidate(
        scorer=scorer,
        space=space,
        starts=({f"scorecard.{name}": value for name, value in start.items()},),
    )


def params_key(scorer: Any) -> str:
    """Return a scorer's kind and parameters as text, whole: its `repr` is cut off when long.

    Scorers with the same text are fitted alike, so that it tells studies apart.
    """
    return json.dumps(scorer, default=_plain, sort_keys=True)


def _plain(value: Any) -> Any:
    # What JSON does not know by itself.
    if isinstance(value, type):  # a class has its instances' methods, but none to call
        return value.__qualname__
    if hasattr(value, "get_params"):
        return [type(value).__qualname__, value.get_params(deep=False)]
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):  # NumPy's and pandas' columns and numbers
        return value.tolist()
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    return getattr(value, "__qualname__", None) or repr(value)  # functions: by name
