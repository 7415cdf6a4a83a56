"""Whether a scorer keeps its directions: by how it is made, and by moving one feature at a time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from riskkit.errors import DataError
from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.columns import Special
from riskkit.scores.features import SIGNS, Direction, reversed_directions
from riskkit.scores.interactions import Interactions
from riskkit.scores.scorecard import Scorecard
from riskkit.scores.training import checked_table
from riskkit.scores.two_stream import TwoStreamModel

_ROUNDING = 1e-9  # [log-odds]


def keeps_directions(scorer: Any, directions: Mapping[str, Direction]) -> bool:
    """Return whether a fitted scorer is made so that its PD keeps some directions.

    Parameters
    ----------
    scorer : Scorecard, BoostedScorer, TwoStreamModel or another model
        A fitted scorer.
    directions : mapping of str to {"higher", "lower", "none"}
        For features, the direction in which the PD is to rise.

    Returns
    -------
    bool
        Whether they are guaranteed for every applicant. A `TwoStreamModel` guarantees them where
        it is `ordered`, its models of bad have them and its model of passing has them turned
        round; other models than these three guarantee nothing.

    Examples
    --------
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> scorecard = Scorecard(directions={"income": "lower"}).fit(X, [1, 0, 0, 0] * 50)
    >>> keeps_directions(scorecard, {"income": "lower"}), keeps_directions(scorecard, {})
    (True, True)
    >>> keeps_directions(scorecard, {"income": "higher"})
    False
    """
    if isinstance(scorer, TwoStreamModel):
        streams = [part for name, part in scorer.parts.items() if name != "passing"]
        turned = reversed_directions(directions)
        return (
            scorer.ordered
            and all(keeps_directions(part, directions) for part in streams)
            and keeps_directions(scorer.passing, turned)
        ) or not _asked_for(directions)
    own = scorer.directions or {} if isinstance(scorer, Scorecard | BoostedScorer) else {}
    return all(own.get(name) == worse for name, worse in _asked_for(directions).items())


def keeps_interactions(scorer: Any, interactions: Interactions) -> bool:
    """Return whether a fitted scorer is made so that only allowed features interact.

    Parameters
    ----------
    scorer : Scorecard, BoostedScorer, TwoStreamModel or another model
        A fitted scorer.
    interactions : mapping of str to sequence of str
        For features that may not interact with every other one, those they may interact with.

    Returns
    -------
    bool
        Whether that is guaranteed on the scale of the margin: by adding up, or by rules for trees.
        A mixture of models guarantees nothing: in it, every feature meets every other one.

    Examples
    --------
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> keeps_interactions(Scorecard().fit(X, [1, 0, 0, 0] * 50), {"income": []})
    True
    """
    if not interactions or isinstance(scorer, Scorecard):
        return True
    own = scorer.interactions or {} if isinstance(scorer, BoostedScorer) else {}
    return all(
        name in own and set(own[name]) <= set(others) for name, others in interactions.items()
    )


def _asked_for(directions: Mapping[str, Direction]) -> dict[str, Direction]:
    return {name: worse for name, worse in directions.items() if worse != "none"}


def direction_check(  # noqa: PLR0913 - a scorer, its rules, and how they are tried
    scorer: Any,
    X: Any,
    *,
    directions: Mapping[str, Direction] | None = None,
    special: Mapping[str, Special] | None = None,
    n_rows: int = 1000,
    n_values: int = 25,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Move every feature with a direction through its range and count where the PD goes against it.

    Parameters
    ----------
    scorer : Scorecard, BoostedScorer, TwoStreamModel or another model
        A fitted scorer with `margin` and `feature_names_in_`.
    X : DataFrame, shape (n_applicants, n_features)
        Applicants; values to move through are quantiles of theirs, special codes left out.
    directions : mapping of str to {"higher", "lower", "none"}, optional
        The directions to check; by default the scorer's own, if it has any.
    special : mapping of str to tuple, optional
        Codes that mean "missing because ..."; by default the scorer's own, if it has any.
    n_rows : int
        Applicants drawn to move, at most.
    n_values : int
        Values each is moved through.
    rng : numpy.random.Generator
        Draws the applicants.

    Returns
    -------
    DataFrame
        One row per feature with a direction: `feature`, `worse`, `n_rows`, `n_values` (distinct
        ones), `violations` (moves after which the margin went the wrong way, by more than numbers
        round), `largest` (the largest of them [log-odds], 0 without any).

    Raises
    ------
    DataError
        If X lacks a feature or has none with numbers where one has a direction.
    NotFittedError
        If the scorer is not fitted.

    Examples
    --------
    >>> X = pd.DataFrame({"income": np.random.default_rng(0).normal(size=400)})
    >>> scorer = BoostedScorer(directions={"income": "lower"}).fit(X, X["income"] < -0.5)
    >>> direction_check(scorer, X, rng=np.random.default_rng(1))["violations"].tolist()
    [0]
    """
    table = checked_table(X, scorer)[list(scorer.feature_names_in_)]
    chosen = table.iloc[rng.permutation(len(table))[:n_rows]].reset_index(drop=True)
    worse = getattr(scorer, "directions", None) if directions is None else directions
    codes = getattr(scorer, "special", None) if special is None else special
    signs = {name: SIGNS[to] for name, to in (worse or {}).items() if name in table}
    rows = []
    for name, sign in signs.items():
        if not sign:
            continue
        values = _values(table[name], (codes or {}).get(name, ()), n_values)
        # One copy of the applicants for each value, the values in turn.
        moved = chosen.loc[np.tile(chosen.index, len(values))].reset_index(drop=True)
        moved[name] = np.repeat(values, len(chosen))
        steps = np.diff(scorer.margin(moved).reshape(len(values), len(chosen)), axis=0) * sign
        wrong = -steps[steps < -_ROUNDING]
        rows.append(
            {
                "feature": name,
                "worse": "higher" if sign > 0 else "lower",
                "n_rows": len(chosen),
                "n_values": len(values),
                "violations": len(wrong),
                "largest": float(wrong.max(initial=0.0)),
            }
        )
    columns = ["feature", "worse", "n_rows", "n_values", "violations", "largest"]
    return pd.DataFrame(rows, columns=columns)


def _values(column: pd.Series, special: Any, n_values: int) -> Any:
    ordinary = column[column.notna() & ~column.isin(list(special))].to_numpy(dtype=np.float64)
    if not ordinary.size:
        raise DataError(f"X must hold ordinary numbers in {column.name!r} to move through.")
    return np.unique(np.quantile(ordinary, np.linspace(0, 1, n_values), method="inverted_cdf"))
