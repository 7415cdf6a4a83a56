"""A design of a linear model as it stands in files."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from riskkit._records import STRICT
from riskkit.scores.coding_records import Row
from riskkit.scores.designs import Design, LevelPart, NumberPart


class NumberRecord(BaseModel):
    """How a number becomes columns."""

    model_config = STRICT

    kind: Literal["number"] = "number"
    name: str  #: The feature.
    median: float  #: Stands for missing values.
    quantiles: Row = Field(min_length=2)  #: Of training, ascending.
    has_missing: bool  #: Whether missing values have a column.

    @model_validator(mode="after")
    def _check(self) -> "NumberRecord":
        if list(self.quantiles) != sorted(self.quantiles):
            raise ValueError("quantiles must ascend")
        return self

    def part(self) -> NumberPart:
        """Return the part of a design."""
        return NumberPart(**self.model_dump(exclude={"kind"}))


class LevelRecord(BaseModel):
    """How a category becomes columns."""

    model_config = STRICT

    kind: Literal["category"] = "category"
    name: str  #: The feature.
    levels: tuple[str, ...]  #: The common ones.
    has_rare: bool  #: Whether the others have a column.

    def part(self) -> LevelPart:
        """Return the part of a design."""
        return LevelPart(**self.model_dump(exclude={"kind"}))


class DesignRecord(BaseModel):
    """How a table becomes standardised numbers."""

    model_config = STRICT

    parts: tuple[Annotated[NumberRecord | LevelRecord, Field(discriminator="kind")], ...]
    means: Row
    scales: tuple[Annotated[float, Field(gt=0)], ...]

    @model_validator(mode="after")
    def _check(self) -> "DesignRecord":
        n = sum(
            1 + part.has_missing
            if isinstance(part, NumberRecord)
            else len(part.levels) + part.has_rare
            for part in self.parts
        )
        if not n == len(self.means) == len(self.scales):
            raise ValueError("means and scales must have one value per column of the parts")
        return self

    @classmethod
    def of(cls, design: Design) -> "DesignRecord":
        """Return the record of a design."""
        return cls(
            parts=tuple(
                NumberRecord(
                    name=part.name,
                    median=part.median,
                    quantiles=part.quantiles,
                    has_missing=part.has_missing,
                )
                if isinstance(part, NumberPart)
                else LevelRecord(name=part.name, levels=part.levels, has_rare=part.has_rare)
                for part in design.parts
            ),
            means=design.means,
            scales=design.scales,
        )

    def design(self) -> Design:
        """Return the design."""
        return Design(
            parts=tuple(part.part() for part in self.parts), means=self.means, scales=self.scales
        )
