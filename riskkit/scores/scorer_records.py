"""What stands in a scorer's file."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, Field, model_validator

from riskkit._records import STRICT
from riskkit.scores.coding_records import CodingRecord, Row
from riskkit.scores.curves import BetaCurve, KnottedCurve
from riskkit.scores.design_records import DesignRecord
from riskkit.scores.encoding import n_woe


class PointsRecord(BaseModel):
    """A column of a scorecard."""

    model_config = STRICT

    coding: CodingRecord
    goods: Row
    bads: Row
    woe: Row
    log_odds: Row

    @model_validator(mode="after")
    def _check(self) -> "PointsRecord":
        n_codes = self.coding.coding().n_codes
        if any(len(row) != n_codes for row in (self.goods, self.bads, self.woe, self.log_odds)):
            raise ValueError("goods, bads, woe and log_odds must have one value per code")
        return self


class EncodingRecord(BaseModel):
    """A feature as numbers for trees."""

    model_config = STRICT

    coding: CodingRecord
    woe: Row
    fill: float | None

    @model_validator(mode="after")
    def _check(self) -> "EncodingRecord":
        if len(self.woe) != n_woe(self.coding.coding()):
            raise ValueError("woe must have one value per code")
        return self


class ScorecardRecord(BaseModel):
    """A `Scorecard`."""

    model_config = STRICT

    scorer: Literal["scorecard"]
    params: dict[str, Any]
    slope: float
    intercept: float
    columns: tuple[PointsRecord, ...]


class BetaRecord(BaseModel):
    """A beta curve of calibration."""

    model_config = STRICT

    kind: Literal["beta"]
    intercept: float
    low: float = Field(gt=0)
    high: float = Field(gt=0)

    def curve(self) -> BetaCurve:
        """Return the curve."""
        return BetaCurve(intercept=self.intercept, low=self.low, high=self.high)


class KnottedRecord(BaseModel):
    """A curve of calibration through knots."""

    model_config = STRICT

    kind: Literal["knotted"]
    margins: Row = Field(min_length=1)
    values: Row
    slope: float = Field(gt=0)

    @model_validator(mode="after")
    def _check(self) -> "KnottedRecord":
        if len(self.margins) != len(self.values):
            raise ValueError("margins and values must have one value per knot")
        if any(np.diff(row).min(initial=np.inf) <= 0 for row in (self.margins, self.values)):
            raise ValueError("margins and values must ascend")
        return self

    def curve(self) -> KnottedCurve:
        """Return the curve."""
        return KnottedCurve(margins=self.margins, values=self.values, slope=self.slope)


class BoostedRecord(BaseModel):
    """A `BoostedScorer`, but for its trees."""

    model_config = STRICT

    scorer: Literal["boosted"]
    params: dict[str, Any]
    slope: float
    intercept: float
    curve: Annotated[BetaRecord | KnottedRecord, Field(discriminator="kind")] | None = None
    n_trees: int
    features: tuple[EncodingRecord, ...]
    trees_sha256: str


class LineRecord(BaseModel):
    """Two numbers that move and stretch log-odds."""

    model_config = STRICT

    intercept: float
    slope: float


class TwoStreamRecord(BaseModel):
    """A `TwoStreamModel`, but for its scorers."""

    model_config = STRICT

    scorer: Literal["two-stream"]
    line: LineRecord | None
    passing: str  # hashes of the scorers in the folders of these names
    passed: str
    stopped: str | None
    ordered: bool = False  # older ones are not

    @model_validator(mode="after")
    def _check(self) -> "TwoStreamRecord":
        if (self.line is None) == (self.stopped is None):
            raise ValueError("there must be a line or a scorer of the stopped, and not both")
        return self

    @property
    def parts(self) -> dict[str, str]:
        """Hashes of its scorers by name."""
        found = {"passing": self.passing, "passed": self.passed, "stopped": self.stopped}
        return {name: digest for name, digest in found.items() if digest is not None}


class ProbitRecord(BaseModel):
    """A `BivariateProbitModel`."""

    model_config = STRICT

    scorer: Literal["bivariate-probit"]
    design: DesignRecord
    coefficients: Row
    rho: float = Field(ge=-1, le=1)
    rho_interval: tuple[float, float]
    identified: bool  # for readers of the file: a model tells it from the interval

    @model_validator(mode="after")
    def _check(self) -> "ProbitRecord":
        if len(self.coefficients) != len(self.design.means) + 1:
            raise ValueError("coefficients must be an intercept and one per column of the design")
        return self


class ScorerRecord(BaseModel):
    """A scorer's file."""

    model_config = STRICT

    format: Literal[1]
    content: Annotated[
        ScorecardRecord | BoostedRecord | TwoStreamRecord | ProbitRecord,
        Field(discriminator="scorer"),
    ]
