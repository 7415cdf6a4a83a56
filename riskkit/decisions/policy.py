"""The whole decision in one readable file: gates in order, cut-offs, review, random approvals."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from riskkit._html import html_table
from riskkit._records import STRICT, as_yaml, read_record
from riskkit.applicants import Schema
from riskkit.decisions.random_approvals import Exploration
from riskkit.lending import CAUSES, Cause, Gate, Limit, LoanEconomics

_CUTOFF: Cause = "score"  # the name of the gate that is the cut-off


class SegmentCutoff(BaseModel):
    """Where one segment is approved and, if there is a band, where it is reviewed."""

    model_config = STRICT

    pd_cutoff: float = Field(gt=0, le=1)  #: Approved if PD <= this [fraction].
    review_up_to: float | None = Field(None, gt=0, le=1)  #: Reviewed above it, up to this PD.
    economics: LoanEconomics | None = None  #: Its own; None: those of the policy.

    @model_validator(mode="after")
    def _check(self) -> "SegmentCutoff":
        _check_band(self.pd_cutoff, self.review_up_to)
        return self


class ReviewTerms(BaseModel):
    """What looking at an application by hand costs, how many can be, and how often it errs."""

    model_config = STRICT

    cost: float = Field(0.0, ge=0)  #: Of one review [currency].
    capacity_per_day: int = Field(ge=0)  #: Reviews that a day has time for; with 0 there is none.
    share_wrong_approved: float = Field(0.0, ge=0, le=1)  #: Reviewed bads that get approved.
    share_wrong_rejected: float = Field(0.0, ge=0, le=1)  #: Reviewed goods that get rejected.


class Policy(BaseModel):
    """What a lender decides by, as it stands in ``policy.yaml``.

    Where ``by`` names a segment, each listed value of it has a cut-off of its own; any other value,
    and none, is reviewed.
    """

    model_config = STRICT

    version: Literal[1] = 1  #: Of the file's format.
    created: datetime  #: When it was tuned [UTC].
    author: str = ""  #: Who answers for it.
    note: str = ""  #: Why it was changed.
    gates: tuple[Gate, ...] = ()  #: Everything but the score, in the order of their causes.
    pd_cutoff: float = Field(gt=0, le=1)
    """Approved if PD <= this; of segments, the one that all would have together [fraction]."""
    review_up_to: float | None = Field(None, gt=0, le=1)
    """Reviewed if the PD is above the cut-off, up to this; None without a band [fraction]."""
    by: str | None = None  #: The segment that has cut-offs of its own.
    segments: Mapping[str, SegmentCutoff] = Field(default_factory=dict)  #: Of each of its values.
    review: ReviewTerms | None = None  #: Cost, capacity and errors of looking by hand.
    exploration: Exploration | None = None  #: Random approvals of would-be rejections.
    objective: str  #: What the cut-off was chosen for.
    limits: tuple[Limit, ...] = ()  #: What it was to keep to.
    certified: str = ""  #: What is certified of it, and for whom.
    economics: LoanEconomics  #: What goods, bads and wrongly stopped goods are worth.
    model_hash: str  #: SHA-256 of the scorer's files [hexadecimal].

    @field_validator("gates")
    @classmethod
    def _in_order(cls, gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
        if any(gate.cause == _CUTOFF for gate in gates):
            raise ValueError(
                "the score gate is the cut-off itself; write another bound as a gate of cause "
                "credit_record or policy"
            )
        return tuple(sorted(gates, key=lambda gate: CAUSES.index(gate.cause)))

    @model_validator(mode="after")
    def _check(self) -> "Policy":
        _check_band(self.pd_cutoff, self.review_up_to)
        if (self.by is None) != (not self.segments):
            raise ValueError(
                "by and segments go together: name the segment's column, and list its values"
            )
        bands = (self.review_up_to, *(segment.review_up_to for segment in self.segments.values()))
        if self.review is None and any(band is not None for band in bands):
            raise ValueError("review_up_to needs review, with at least its capacity_per_day")
        return self

    @classmethod
    def read(cls, path: Path) -> "Policy":
        """Read a policy from YAML.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        Policy
            What it says.

        Raises
        ------
        DataError
            If the file is absent, is not YAML, or breaks a rule: the key and the rule are named.
        """
        return read_record(cls, path)

    def write(self, path: Path) -> None:
        """Write the policy as YAML.

        Parameters
        ----------
        path : Path
            The file to write.
        """
        path.write_text(self.text, encoding="utf-8")

    @property
    def text(self) -> str:
        """The policy as YAML: what is not used is left out, but every economic figure is there."""
        return as_yaml(self, in_full=("version", "economics"))

    def _repr_html_(self) -> str:
        cutoffs = [("all" if self.by is None else f"all {self.by}", self.pd_cutoff)]
        cutoffs += [(name, own.pd_cutoff) for name, own in self.segments.items()]
        rows: list[tuple[object, ...]] = [
            *((f"PD cut-off: {name}", f"{cutoff:.6g}") for name, cutoff in cutoffs),
            *((f"limit {i}", limit) for i, limit in enumerate(self.limits, start=1)),
            *((f"gate: {g.cause}", f"{g.column} {g.comparison} {g.value}") for g in self.gates),
            ("objective", self.objective),
            ("created", f"{self.created:%Y-%m-%d %H:%M}"),
        ]
        return html_table("Policy", rows, note=self.certified or self.note)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The cause of every gate in the order in which they are asked, the cut-off's too."""
        causes: list[Cause] = [*(gate.cause for gate in self.gates), _CUTOFF]
        return tuple(sorted(causes, key=CAUSES.index))

    @property
    def gate_names(self) -> tuple[str, ...]:
        """A name for every gate, in order: its cause, and its column where a cause has several."""
        causes = self.causes
        names: list[str] = []
        asked = {cause: iter(self._columns(cause)) for cause in set(causes)}
        for cause in causes:
            name = cause if causes.count(cause) == 1 else f"{cause}_{next(asked[cause])}"
            n_before = sum(other == name or other.startswith(f"{name}_") for other in names)
            names.append(name if not n_before else f"{name}_{n_before + 1}")
        return tuple(names)

    def _columns(self, cause: Cause) -> list[str]:
        return [gate.column for gate in self.gates if gate.cause == cause]


def recorded_gates(schema: Schema) -> tuple[Gate, ...]:
    """Return the gates other than the score whose verdicts a table records.

    Parameters
    ----------
    schema : Schema
        Names the verdict columns, or the column with the cause of each stop.

    Returns
    -------
    tuple of Gate
        One gate for each cause, or each cause with a verdict column where there is no column for
        the cause of a stop; what was not evaluated passes.

    Examples
    --------
    >>> from riskkit.applicants import Column
    >>> schema = Schema(columns={"timed_out": Column(role="verdict", gate="system")})
    >>> [gate.column for gate in recorded_gates(schema)]
    ['timed_out']
    """
    verdicts = {schema.columns[name].gate: name for name in schema.having("verdict")}
    stopped_by = schema.the("stopped_by")
    gates = []
    for cause in CAUSES:
        if cause == "score":
            continue  # the cut-off takes its place
        if cause in verdicts:
            gates.append(Gate(cause=cause, column=verdicts[cause], comparison="!=", value="failed"))
        elif stopped_by is not None:
            gates.append(Gate(cause=cause, column=stopped_by, comparison="!=", value=cause))
    return tuple(gates)


def _check_band(pd_cutoff: float, review_up_to: float | None) -> None:
    if review_up_to is not None and review_up_to <= pd_cutoff:
        raise ValueError(
            f"review_up_to must be above pd_cutoff, where the band of reviews begins, but is "
            f"{review_up_to:g} with pd_cutoff {pd_cutoff:g}"
        )
