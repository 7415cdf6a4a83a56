"""The distribution of one column: a quantile function, and the values that it can take.

Every column of a world takes finitely many values: counts, categories, and numbers rounded to their
unit. A drawn column is therefore held as *codes*, positions in the table of its values, and what
follows from it (its value, its effect on the PD) is one look-up away.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator
from scipy.special import betainc, betaincinv, ndtr, ndtri

from riskkit._checks import Floats
from riskkit._records import STRICT

Normals = NDArray[np.float32]
Codes = NDArray[np.int16]

#: The code of a value that is missing; it takes the last entry of a table of effects.
MISSING = -1
#: Shares must add up to 1 within this.
_TOLERANCE = 1e-9
#: Multiples of a step such as 0.1 are rounded to so many decimals, or 3 of them would not be 0.3.
_DECIMALS = 9
#: Codes are 16-bit integers.
_MOST_VALUES = 32_767
#: Normals are looked up in cells of this width between -6 and 6, which puts a share within 4e-5 of
#: what is asked for; 2 of 1,000 million normals lie beyond and take the outermost cell.
_CELLS = 65_536
_WIDTH = 12 / _CELLS
_PER_NORMAL, _OFFSET = np.float32(1 / _WIDTH), np.float32(_CELLS / 2)


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
        if self.high - self.low > _MOST_VALUES * self.step:
            raise ValueError(f"step must leave at most {_MOST_VALUES} values from low to high")
        if not self.support.size:
            raise ValueError(f"no multiple of step {self.step} lies between low and high")
        return self

    @property
    def support(self) -> Floats:
        """The values it can take, in ascending order."""
        first, last = self._steps
        return np.round(np.arange(first, last + 1) * self.step, _DECIMALS)

    @property
    def _steps(self) -> tuple[float, float]:
        # Lowest and highest value in steps; rounded first, since 0.3 / 0.1 falls short of 3.
        low, high = (np.round(end / self.step, _DECIMALS) for end in (self.low, self.high))
        return float(np.ceil(low)), float(np.floor(high))

    def codes_at(self, normals: Floats) -> NDArray[np.intp]:
        """Return the positions of the values at the quantiles of standard normals."""
        steps = np.exp(np.log(self.median) + self.sigma * normals) / self.step
        codes = np.round(steps) - self._steps[0]
        return np.clip(codes, 0, len(self.support) - 1).astype(np.intp)


class Share(BaseModel):
    """A fraction with a beta distribution, rounded to hundredths."""

    model_config = STRICT

    kind: Literal["share"] = "share"
    a: float = Field(gt=0)  #: First shape of the beta distribution; the mean is a / (a + b).
    b: float = Field(gt=0)  #: Second shape of the beta distribution.

    @property
    def support(self) -> Floats:
        """The values it can take, in ascending order."""
        return np.round(np.arange(101) / 100, 2)

    def codes_at(self, normals: Floats) -> NDArray[np.intp]:
        """Return the positions of the values at the quantiles of standard normals."""
        return np.round(100 * betaincinv(self.a, self.b, ndtr(normals))).astype(np.intp)


class Count(BaseModel):
    """A number of events with a negative binomial distribution."""

    model_config = STRICT

    kind: Literal["count"] = "count"
    mean: float = Field(gt=0)  #: Expected number of events.
    size: float = Field(gt=0)  #: Dispersion: the variance is mean + mean² / size.
    high: int = Field(gt=0, le=10_000)  #: Highest number of events.

    @property
    def support(self) -> Floats:
        """The values it can take, in ascending order."""
        return np.arange(self.high + 1.0)

    def codes_at(self, normals: Floats) -> NDArray[np.intp]:
        """Return the positions of the values at the quantiles of standard normals."""
        chances = betainc(
            self.size, np.arange(1.0, self.high + 1), self.size / (self.size + self.mean)
        )
        return np.searchsorted(ndtri(chances), normals)


class Choice(BaseModel):
    """One of a few numbers, in ascending order."""

    model_config = STRICT

    kind: Literal["choice"] = "choice"
    shares: Mapping[float, float]  #: Share of each number [fraction].

    @model_validator(mode="after")
    def _check(self) -> "Choice":
        _check_shares(self.shares.values())
        if list(self.shares) != sorted(self.shares):
            raise ValueError("the numbers must stand in ascending order")
        return self

    @property
    def support(self) -> Floats:
        """The values it can take, in ascending order."""
        return np.array(list(self.shares), dtype=np.float64)

    def codes_at(self, normals: Floats) -> NDArray[np.intp]:
        """Return the positions of the values at the quantiles of standard normals."""
        return _codes(self.shares.values(), normals)


class Levels(BaseModel):
    """One of a few categories, ordered from those of low to those of high normals."""

    model_config = STRICT

    kind: Literal["levels"] = "levels"
    shares: Mapping[str, float]  #: Share of each category [fraction].

    @model_validator(mode="after")
    def _check(self) -> "Levels":
        _check_shares(self.shares.values())
        return self

    @property
    def support(self) -> tuple[str, ...]:
        """The categories, in their order."""
        return tuple(self.shares)

    def codes_at(self, normals: Floats) -> NDArray[np.intp]:
        """Return the positions of the categories at the quantiles of standard normals."""
        return _codes(self.shares.values(), normals)


Marginal = Annotated[LogNormal | Share | Count | Choice | Levels, Field(discriminator="kind")]


def code_table(marginal: Marginal) -> Codes:
    """Return the code of each cell of the normals, for `look_up`."""
    centres = np.asarray((np.arange(_CELLS) + 0.5 - _CELLS / 2) * _WIDTH, dtype=np.float64)
    return marginal.codes_at(centres).astype(np.int16)


def look_up(table: Codes, normals: Normals) -> Codes:
    """Return the codes at the quantiles of standard normals, shape (n_applicants,)."""
    cells = (normals * _PER_NORMAL + _OFFSET).astype(np.intp)
    return table.take(cells, mode="clip")


def _check_shares(shares: Collection[float]) -> None:
    if min(shares, default=-1.0) < 0:
        raise ValueError("shares must be fractions, none of them negative")
    if abs(sum(shares) - 1) > _TOLERANCE:
        raise ValueError(f"shares must add up to 1, but add up to {sum(shares):.6g}")


def _codes(shares: Collection[float], normals: Floats) -> NDArray[np.intp]:
    thresholds = ndtri(np.cumsum(list(shares))[:-1])
    return np.searchsorted(thresholds, normals)
