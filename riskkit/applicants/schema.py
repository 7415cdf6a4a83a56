"""What each column of a table of applications means."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, Field, model_validator

from riskkit._records import STRICT, read_record, write_record
from riskkit.applicants.derivations import Derivation, in_order
from riskkit.errors import DataError
from riskkit.lending import Cause

Role = Literal[
    "id", "customer", "weight", "time", "feature", "segment", "protected", "amount", "term",
    "approved", "stopped_by", "verdict", "propensity", "bad", "early_bad", "ignore",
]  # fmt: skip
#: Roles that many columns may have; every other role belongs to one column at most.
REPEATABLE: frozenset[Role] = frozenset(
    {"feature", "segment", "protected", "verdict", "early_bad", "ignore"}
)
#: Columns that know the outcome of everybody start with this; only grading code may ask for them.
TRUTH_PREFIX = "truth_"


class Column(BaseModel):
    """The meaning of one column."""

    model_config = STRICT

    role: Role  #: What the column is for.
    kind: Literal["number", "category"] | None = None  #: How a model reads it; needed for features.
    worse: Literal["higher", "lower", "none"] = "none"  #: Which direction raises the PD.
    interacts_with: tuple[str, ...] | None = (
        None  #: Features its effect may depend on; any if None, none if empty.
    )
    feature: bool = False  #: An amount, term or segment that the model may use too.
    protected: bool = False  #: A feature that is a protected characteristic, used on purpose.
    actionable: bool = False  #: The applicant can change it.
    reason: str | None = (
        None  #: Key under which its contribution is explained; its own name if None.
    )
    label: Mapping[str, str] = Field(default_factory=dict)  #: Words for it by language: en, zh-CN.
    unit: str | None = None  #: Unit of its values.
    special: tuple[float | str, ...] = ()  #: Codes that mean "missing because ...".
    derived: Derivation | None = None  #: From which other columns it follows, and how.
    gate: Cause | None = None  #: Which gate's verdict this is.
    bad_value: str | int | float | bool | None = (
        None  #: The outcome value that means bad; 1 if None.
    )
    approved_value: str | int | float | bool | None = (
        None  #: The value that means approved; 1 if None.
    )
    note: str = ""  #: Why it was taken for this.

    @model_validator(mode="after")
    def _check(self) -> "Column":
        if self.is_feature and self.kind is None:
            raise ValueError("a feature needs kind: number or kind: category")
        if self.feature and self.role not in {"amount", "term", "segment", "feature"}:
            raise ValueError(f"feature: true does not go with role {self.role}")
        if self.interacts_with is not None and not self.is_feature:
            raise ValueError("interacts_with goes with features only")
        if (self.role == "verdict") != (self.gate is not None):
            raise ValueError("a verdict, and nothing else, names its gate")
        return self

    @property
    def is_feature(self) -> bool:
        """Whether a model may use the column."""
        return self.role == "feature" or self.feature


class Schema(BaseModel):
    """The meaning of every column of a table of applications, as it stands in ``schema.yaml``."""

    model_config = STRICT

    observed_at: date | None = None  #: Day on which outcomes were read off.
    window_months: int = Field(12, gt=0)  #: Performance window after the application [months].
    columns: Mapping[str, Column]  #: Every column by its name in the table.

    @model_validator(mode="after")
    def _check(self) -> "Schema":
        for role in get_args(Role):
            names = self.having(role)
            if role not in REPEATABLE and len(names) > 1:
                raise ValueError(f"role {role} belongs to one column, found {', '.join(names)}")
        for name, column in self.columns.items():
            if name.startswith(TRUTH_PREFIX) and column.role != "ignore":
                raise ValueError(f"{name} holds the truth and may only have role ignore")
        if self.observed_at is not None and self.the("time") is None:
            raise ValueError("observed_at needs a column with role time")
        return self

    @model_validator(mode="after")
    def _check_interactions(self) -> "Schema":
        for name, others in self.interactions.items():
            absent = [other for other in others if other not in self.features]
            if absent:
                raise ValueError(f"{name} may interact with {absent[0]}, which is no feature")
        return self

    @model_validator(mode="after")
    def _check_derived(self) -> "Schema":
        for name, derivation in self.derived.items():
            absent = [other for other in derivation.columns if other not in self.columns]
            if absent:
                raise ValueError(f"{name} is derived from {absent[0]}, which is no column")
        return self

    @classmethod
    def read(cls, path: Path) -> "Schema":
        """Read a schema from YAML.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        Schema
            What it says.

        Raises
        ------
        DataError
            If the file is absent, is not YAML, or breaks a rule: the key and the rule are named.
        """
        return read_record(cls, path)

    def write(self, path: Path) -> None:
        """Write the schema as YAML.

        Parameters
        ----------
        path : Path
            The file to write.
        """
        write_record(self, path)

    def having(self, role: Role) -> tuple[str, ...]:
        """Return the names of the columns with a role, in table order."""
        return tuple(name for name, column in self.columns.items() if column.role == role)

    def the(self, role: Role) -> str | None:
        """Return the name of the one column with a role, or None."""
        return next(iter(self.having(role)), None)

    def need(self, role: Role) -> str:
        """Return the name of the one column with a role.

        Raises
        ------
        DataError
            If no column has it.
        """
        name = self.the(role)
        if name is None:
            raise DataError(f"The schema needs a column with role {role}; none has it.")
        return name

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that a model may use, in table order."""
        return tuple(name for name, column in self.columns.items() if column.is_feature)

    @property
    def directions(self) -> dict[str, Literal["higher", "lower"]]:
        """For each feature with one, the direction in which the PD rises."""
        return {
            name: self.columns[name].worse  # type: ignore[misc]
            for name in self.features
            if self.columns[name].worse != "none"
        }

    @property
    def special(self) -> dict[str, tuple[float | str, ...]]:
        """For each feature that has some, the codes that mean "missing because ..."."""
        return {n: self.columns[n].special for n in self.features if self.columns[n].special}

    @property
    def interactions(self) -> dict[str, tuple[str, ...]]:
        """For each feature that may not interact with every other one, those it may."""
        rules = {name: self.columns[name].interacts_with for name in self.features}
        return {name: others for name, others in rules.items() if others is not None}

    @property
    def derived(self) -> dict[str, Derivation]:
        """How columns follow from others, each after those it follows from."""
        return in_order({n: c.derived for n, c in self.columns.items() if c.derived is not None})

    @property
    def reasons(self) -> dict[str, str]:
        """For each feature, the key under which its contribution is explained."""
        return {name: self.columns[name].reason or name for name in self.features}
