"""What one column does to the log-odds of bad, in truth or in the eyes of a score."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, Field

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

    def table(self, support: Sequence[float] | Floats) -> Floats:
        """Return the effect of each value and, last, of a missing one [log-odds]."""
        curve = _CURVES[self.curve]
        values = np.asarray(support, dtype=np.float64)
        effects = self.weight * (curve(values) - curve(np.full(1, self.centre)))
        return np.append(effects, self.if_missing)


class Steps(BaseModel):
    """The effect of a category; a category that is not named has none."""

    model_config = STRICT

    kind: Literal["steps"] = "steps"
    weights: Mapping[str, float]  #: Effect of each category [log-odds].
    if_missing: float = 0.0  #: Effect of a missing value [log-odds].

    def table(self, support: Sequence[str]) -> Floats:
        """Return the effect of each category and, last, of a missing one [log-odds]."""
        return np.array([*(self.weights.get(level, 0.0) for level in support), self.if_missing])


Effect = Annotated[Slope | Steps, Field(discriminator="kind")]
Effects = Mapping[str, Effect]
