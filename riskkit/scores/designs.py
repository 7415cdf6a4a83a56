"""Features as plain numbers for linear models: missing values and categories included."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler

from riskkit._checks import Floats
from riskkit.applicants import as_levels, as_numbers
from riskkit.scores.columns import Kind, kinds_of

_QUANTILES = 500
_RARE = 20  # a level of fewer rows joins the others
_MOST_LEVELS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Turns a table into standardised numbers, as learned from another table of its kind.

    Numbers become normal scores, so that no long tail leads a linear model; missing ones are the
    median and have a column of their own. Each common level of a category has a column; missing
    is a level, and rare and unseen levels share one.
    """

    kinds: Mapping[str, Kind]  #: How each column is read.
    steps: Pipeline  #: Fitted.

    def __call__(self, X: Any) -> Floats:
        """Return the numbers of a table, shape (n_applicants, n_columns)."""
        return np.asarray(self.steps.transform(_typed(X, self.kinds)), dtype=np.float64)


def learn_design(table: pd.DataFrame) -> Design:
    """Return the design that a table teaches."""
    kinds = kinds_of(table)
    numbers = [name for name, kind in kinds.items() if kind == "number"]
    levels = [name for name, kind in kinds.items() if kind == "category"]
    columns = ColumnTransformer(
        [("numbers", _number_steps(len(table)), numbers), ("levels", _level_steps(), levels)]
    )
    steps = Pipeline([("columns", columns), ("scale", StandardScaler())])
    return Design(kinds=kinds, steps=steps.fit(_typed(table, kinds)))


def _typed(X: Any, kinds: Mapping[str, Kind]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: as_numbers(X[name])
            if kind == "number"
            else as_levels(X[name]).astype(object).where(X[name].notna(), "(missing)")
            for name, kind in kinds.items()
        }
    )


def _number_steps(n_rows: int) -> Pipeline:
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        QuantileTransformer(
            n_quantiles=min(_QUANTILES, n_rows), output_distribution="normal", random_state=0
        ),
    )


def _level_steps() -> OneHotEncoder:
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=_RARE,
        max_categories=_MOST_LEVELS,
        sparse_output=False,
    )
