"""What one column does to the log-odds of bad, in truth or in the eyes of a score."""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel

from riskkit._checks import Floats
from riskkit._records import STRICT

_CURVES: dict[str, Callable[[Floats], Floats]] = {
    "linear": lambda values: values,
    "log": np.log1p,
    "square": np.square,
}


class Slope(BaseModel):
    """The effect of a number: monotone, and zero at its centre."""

    model_config = STRICT

    kind: Literal["slope"] = "slope"
    curve: Literal["linear", "log", "square"] = "linear"  #: What is taken of the value; log(1 + x).
    centre: float = 0.0  #: Value without effect [unit of the column].
    weight: float  #: Effect of one unit of the curve [log-odds]; positive: higher is worse.
    if_missing: float = 0.0  #: Effect of a missing value [log-odds].

    def log_odds(self, column: pd.Series) -> Floats:
        """Return the effect on every applicant [log-odds], shape (n_applicants,)."""
        curve = _CURVES[self.curve]
        values = column.to_numpy(dtype=np.float64)
        effect = self.weight * (curve(values) - curve(np.full(1, self.centre)))
        return np.where(np.isnan(values), self.if_missing, effect)


class Steps(BaseModel):
    """The effect of a category; a category that is not named has none."""

    model_config = STRICT

    kind: Literal["steps"] = "steps"
    weights: Mapping[str, float]  #: Effect of each category [log-odds].
    if_missing: float = 0.0  #: Effect of a missing value [log-odds].

    def log_odds(self, column: pd.Series) -> Floats:
        """Return the effect on every applicant [log-odds], shape (n_applicants,)."""
        effects = [self.weights.get(level, 0.0) for level in column.cat.categories]
        # A missing value has code -1, which takes the last entry.
        return np.array([*effects, self.if_missing])[column.cat.codes.to_numpy()]


Effect = Slope | Steps


def total_log_odds(effects: Mapping[str, Effect], people: pd.DataFrame) -> Floats:
    """Return the sum of the effects of several columns [log-odds], shape (n_applicants,)."""
    return np.sum([effect.log_odds(people[name]) for name, effect in effects.items()], axis=0)
