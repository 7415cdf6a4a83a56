"""A coding as it stands in files."""

import numpy as np
from pydantic import BaseModel

from riskkit._records import STRICT
from riskkit.scores.columns import Coding, Kind

Row = tuple[float, ...]


class CodingRecord(BaseModel):
    """How the values of one feature become codes."""

    model_config = STRICT

    name: str  #: The feature.
    kind: Kind  #: How its column is read.
    edges: Row  #: Numbers: upper edges.
    levels: tuple[str, ...]  #: Categories: levels.
    special: Row  #: Numbers: special codes.

    @classmethod
    def of(cls, coding: Coding) -> "CodingRecord":
        """Return the record of a coding."""
        return cls(
            name=coding.name,
            kind=coding.kind,
            edges=tuple(coding.edges.tolist()),
            levels=coding.levels,
            special=tuple(float(code) for code in coding.special),
        )

    def coding(self) -> Coding:
        """Return the coding."""
        return Coding(
            name=self.name,
            kind=self.kind,
            edges=np.array(self.edges, dtype=np.float64),
            levels=self.levels,
            special=self.special,
        )
