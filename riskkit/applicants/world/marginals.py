"""The distribution of one column: each turns standard normals into values, in their unit."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator
from scipy.special import betainc, betaincinv, ndtr, ndtri

from riskkit._checks import Floats
from riskkit._records import STRICT

Normals = NDArray[np.float32]

#: Shares must add up to 1 within this.
_TOLERANCE = 1e-9
#: Multiples of a step such as 0.1 are rounded to so many decimals, or 3 of them would not be 0.3.
_DECIMALS = 9
#: Quantiles are looked up between these normals; beyond them lie 2 of 10 million values.
_GRID = np.linspace(-5.2, 5.2, 2081)


class LogNormal(BaseModel):
    """A positive number with a long right tail, rounded to a step and kept in a range."""

    model_config = STRICT

    kind: Literal["lognormal"] = "lognormal"
    median: float = Field(gt=0)  #: Median before rounding [unit of the column].
    sigma: float = Field(gt=0)  #: Standard deviation of the logarithm.
    low: float = Field(ge=0)  #: Lowest value [unit of the column].
    high: float = Field(le=1e9)  #: Highest value [unit of the column].
    step: float = Field(gt=0)  #: Values are multiples of this [unit of the column].

    @model_validator(mode="after")
    def _check(self) -> "LogNormal":
        if self.high <= self.low:
            raise ValueError(f"high must be above low, which is {self.low}")
        return self

    def values(self, normals: Normals) -> Floats:
        """Return the values at the quantiles of standard normals, shape (n_applicants,)."""
        numbers = np.exp(np.log(self.median) + self.sigma * normals.astype(np.float64))
        stepped = np.round(np.round(numbers / self.step) * self.step, _DECIMALS)
        return np.clip(stepped, self.low, self.high)


class Share(BaseModel):
    """A fraction with a beta distribution, rounded to hundredths."""

    model_config = STRICT

    kind: Literal["share"] = "share"
    a: float = Field(gt=0)  #: First shape of the beta distribution; the mean is a / (a + b).
    b: float = Field(gt=0)  #: Second shape of the beta distribution.

    def values(self, normals: Normals) -> Floats:
        """Return the values at the quantiles of standard normals, shape (n_applicants,)."""
        return np.round(np.interp(normals, _GRID, _beta_quantiles(self.a, self.b)), 2)


class Count(BaseModel):
    """A number of events with a negative binomial distribution."""

    model_config = STRICT

    kind: Literal["count"] = "count"
    mean: float = Field(gt=0)  #: Expected number of events.
    size: float = Field(gt=0)  #: Dispersion: the variance is mean + mean² / size.
    high: int = Field(gt=0, le=10_000)  #: Highest number of events.

    def values(self, normals: Normals) -> Floats:
        """Return the values at the quantiles of standard normals, shape (n_applicants,)."""
        thresholds = _count_thresholds(self.mean, self.size, self.high)
        return np.searchsorted(thresholds, normals).astype(np.float64)


class Choice(BaseModel):
    """One of a few numbers, in ascending order."""

    model_config = STRICT

    kind: Literal["choice"] = "choice"
    shares: Mapping[int, float]  #: Share of each number [fraction].

    @model_validator(mode="after")
    def _check(self) -> "Choice":
        _check_shares(self.shares.values())
        if list(self.shares) != sorted(self.shares):
            raise ValueError("the numbers must stand in ascending order")
        return self

    def values(self, normals: Normals) -> Floats:
        """Return the values at the quantiles of standard normals, shape (n_applicants,)."""
        return np.array(list(self.shares), dtype=np.float64)[_codes(self.shares.values(), normals)]


class Levels(BaseModel):
    """One of a few categories, ordered from those of low to those of high normals."""

    model_config = STRICT

    kind: Literal["levels"] = "levels"
    shares: Mapping[str, float]  #: Share of each category [fraction].

    @model_validator(mode="after")
    def _check(self) -> "Levels":
        _check_shares(self.shares.values())
        return self

    def values(self, normals: Normals) -> pd.Categorical:
        """Return the values at the quantiles of standard normals, shape (n_applicants,)."""
        codes = _codes(self.shares.values(), normals)
        return pd.Categorical.from_codes(codes, categories=list(self.shares))


def is_whole(marginal: "Marginal") -> bool:
    """Return whether all values of a distribution are whole numbers."""
    if isinstance(marginal, LogNormal):
        bounds = (marginal.low, marginal.high, marginal.step)
        return all(float(bound).is_integer() for bound in bounds)
    return isinstance(marginal, Count | Choice)


Marginal = LogNormal | Share | Count | Choice | Levels


def _check_shares(shares: Collection[float]) -> None:
    if min(shares, default=-1.0) < 0:
        raise ValueError("shares must be fractions, none of them negative")
    if abs(sum(shares) - 1) > _TOLERANCE:
        raise ValueError(f"shares must add up to 1, but add up to {sum(shares):.6g}")


def _codes(shares: Collection[float], normals: Normals) -> NDArray[np.intp]:
    thresholds = ndtri(np.cumsum(list(shares))[:-1])
    return np.searchsorted(thresholds, normals)


@lru_cache
def _beta_quantiles(a: float, b: float) -> Floats:
    return betaincinv(a, b, ndtr(_GRID))


@lru_cache
def _count_thresholds(mean: float, size: float, high: int) -> Floats:
    probabilities = betainc(size, np.arange(1.0, high + 1), size / (size + mean))
    return np.asarray(ndtri(probabilities), dtype=np.float64)
