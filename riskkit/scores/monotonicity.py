"""Whether a scorer keeps its directions: one feature moved at a time, everything else as it is."""

from typing import Any

import numpy as np
import pandas as pd

from riskkit.errors import DataError
from riskkit.scores.comparison import Learner
from riskkit.scores.features import SIGNS
from riskkit.scores.training import checked_table


def direction_check(
    scorer: Learner, X: Any, *, n_rows: int = 1000, n_values: int = 25, rng: np.random.Generator
) -> pd.DataFrame:
    """Move every feature with a direction through its range and count where the PD goes against it.

    Parameters
    ----------
    scorer : Scorecard or BoostedScorer
        A fitted scorer.
    X : DataFrame, shape (n_applicants, n_features)
        Applicants; values to move through are quantiles of theirs, special codes left out.
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
        ones), `violations` (moves after which the margin went the wrong way), `largest` (the
        largest of them [log-odds], 0 without any).

    Raises
    ------
    DataError
        If X lacks a feature or has none with numbers where one has a direction.
    NotFittedError
        If the scorer is not fitted.

    Examples
    --------
    >>> from riskkit.scores import BoostedScorer
    >>> X = pd.DataFrame({"income": np.random.default_rng(0).normal(size=400)})
    >>> scorer = BoostedScorer(directions={"income": "lower"}).fit(X, X["income"] < -0.5)
    >>> direction_check(scorer, X, rng=np.random.default_rng(1))["violations"].tolist()
    [0]
    """
    table = checked_table(X, scorer)[list(scorer.feature_names_in_)]
    chosen = table.iloc[rng.permutation(len(table))[:n_rows]].reset_index(drop=True)
    signs = {name: SIGNS[worse] for name, worse in (scorer.directions or {}).items()}
    rows = []
    for name, sign in signs.items():
        if not sign:
            continue
        values = _values(table[name], (scorer.special or {}).get(name, ()), n_values)
        # One copy of the applicants for each value, the values in turn.
        moved = chosen.loc[np.tile(chosen.index, len(values))].reset_index(drop=True)
        moved[name] = np.repeat(values, len(chosen))
        steps = np.diff(scorer.margin(moved).reshape(len(values), len(chosen)), axis=0) * sign
        wrong = -steps[steps < 0]
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
