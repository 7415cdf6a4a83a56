"""A first schema for a table that has none: what each column is taken for, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from riskkit.applicants import naming
from riskkit.applicants.flags import Flag, Value, approved_flag, outcome_flag
from riskkit.applicants.history import as_history
from riskkit.applicants.profiles import ColumnProfile, SpecialCode, profile_of
from riskkit.applicants.schema import Column, Role, Schema
from riskkit.applicants.separation import outcomes_of
from riskkit.applicants.values import as_times
from riskkit.applicants.verdicts import Scene, rank_as_id, verdict_of
from riskkit.errors import DataError

_GIVEN_ROLES: tuple[Role, ...] = ("id", "customer", "time", "approved", "amount")
#: An error names so many columns.
_SHOWN = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the user says of a table; a name given here wins over everything inferred."""

    outcome: str | None = None  #: Column with the outcome; found by its name or values if None.
    bad_value: Value | None = None  #: Its value for bad; found where it is plain if None.
    id: str | None = None  #: Column with the application id.
    customer: str | None = None  #: Column that says who applies; never inferred.
    time: str | None = None  #: Column that says when.
    approved: str | None = None  #: Column with the past decision.
    approved_value: Value | None = None  #: Its value for approved.
    amount: str | None = None  #: Column with the amount applied for; it stays a feature too.


@dataclass(frozen=True, slots=True, kw_only=True)
class InferredColumn:
    """What one column was taken for, and what it holds."""

    name: str  #: Its name in the table.
    role: Role  #: What it was taken for.
    kind: Literal["number", "category"] | None  #: How a model would read it.
    why: str  #: Why, in words.
    missing: float  #: Rows without a value [fraction].
    n_distinct: int  #: Distinct values.
    codes: tuple[SpecialCode, ...]  #: Values that seem to mean "missing because ...".
    auc: float | None  #: Out-of-fold AUC of this column alone; None where it has none.
    riskier: Literal["higher", "lower", "none"]  #: Observed direction: a hint, not a constraint.
    leak: str | None  #: Why it is suspected to know the outcome; None if it is not.


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """A schema with the grounds for it."""

    schema: Schema  #: A first schema, to be read and edited.
    columns: tuple[InferredColumn, ...]  #: Every column, in table order.
    n_rows: int  #: Rows of the table.
    n_known: int  #: Rows whose outcome is known.
    bad_rate: float  #: Bads among the known [fraction].
    questions: tuple[str, ...]  #: What only the user can say.
    problem: str | None  #: Why the table does not fit this schema yet; None if it does.

    @property
    def leaks(self) -> tuple[InferredColumn, ...]:
        """The columns that are suspected to know the outcome."""
        return tuple(column for column in self.columns if column.leak is not None)


def infer_schema(table: pd.DataFrame, given: Given) -> Inference:
    """Infer a schema, and say column by column what it was taken for and why.

    Roles that change what a number means are taken from names that leave no doubt, or asked for;
    a column that seems to know the outcome, to copy another or to hold a protected characteristic
    is kept from the model, and the reason stands in its note. Directions are never inferred.

    Parameters
    ----------
    table : DataFrame
        Past applications with outcomes, one row each.
    given : Given
        What the user says of it.

    Returns
    -------
    Inference
        The schema, what was found in each column, and what is left to ask.

    Raises
    ------
    DataError
        If the table is empty, a given column is absent or cannot play its role, or the outcome
        is not plain: which column it is, or which of exactly two values means bad.

    Examples
    --------
    >>> table = pd.DataFrame({"loan": ["a", "b", "c", "d"], "dti": [0.1, 0.4, 0.2, 0.5],
    ...                       "bad": [0, 1, 0, 1]})
    >>> inference = infer_schema(table, Given(id="loan"))
    >>> [(column.name, column.role) for column in inference.columns]
    [('loan', 'id'), ('dti', 'feature'), ('bad', 'bad')]
    """
    if table.empty:
        raise DataError(f"The table is empty: {len(table)} rows, {table.shape[1]} columns.")
    _check_given(table, given)
    outcome = outcome_flag(table, given.outcome, given.bad_value)
    outcomes = outcomes_of(outcome.flags)
    profiles = [profile_of(table[name], outcomes) for name in table]
    scene = _scene_of(profiles, given=given, outcome=outcome)
    findings = [_finding_of(profile, scene) for profile in profiles]
    flags: dict[Role, Flag] = {"bad": outcome}
    for finding in findings:
        if finding.role == "approved":
            flags["approved"] = approved_flag(table[finding.name], given.approved_value)
    schema = Schema(columns={f.name: _column_of(f, flags) for f in findings})
    known = outcome.flags[~np.isnan(outcome.flags)]
    return Inference(
        schema=schema,
        columns=tuple(findings),
        n_rows=len(table),
        n_known=len(known),
        bad_rate=float(known.mean()),
        questions=_questions(scene, schema),
        problem=_problem(table, schema),
    )


def _check_given(table: pd.DataFrame, given: Given) -> None:
    roles = {
        role: name
        for role in ("outcome", *_GIVEN_ROLES)
        if (name := getattr(given, role)) is not None
    }
    for role, name in roles.items():
        if name not in table:
            there = ", ".join(map(repr, table.columns[:_SHOWN]))
            raise DataError(
                f"{role} names {name!r}, which the table does not have; it has {there}."
            )
        others = [other for other, same in roles.items() if same == name and other != role]
        if others:
            raise DataError(f"{role} and {others[0]} both name {name!r}; a column has one role.")
    if given.time is not None:
        as_times(table[given.time])
    if given.id is not None:
        _check_id(table[given.id])


def _check_id(ids: pd.Series) -> None:
    wrong = ids.isna() | ids.duplicated()
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"id {ids.name!r} must hold every id once, but {int(wrong.sum())} of {len(ids)} rows "
            f"are missing or repeat one; the first is row {row}. If customers apply twice, give "
            "the column as customer."
        )


def _scene_of(profiles: list[ColumnProfile], *, given: Given, outcome: Flag) -> Scene:
    first_with: dict[str, str] = {}
    for profile in profiles:
        if profile.n_distinct > 1 and not _is_all_distinct_text(profile):
            first_with.setdefault(profile.fingerprint, profile.name)
    roles: dict[str, Role] = {outcome.name: "bad"}
    roles |= {getattr(given, role): role for role in _GIVEN_ROLES if getattr(given, role)}
    times = tuple(p.name for p in profiles if p.holds == "time" and not p.missing)
    return Scene(
        roles=roles,
        outcome=outcome.name,
        outcome_why=outcome.why,
        id=given.id or _found_id([p for p in profiles if p.name not in roles]),
        times=tuple(name for name in times if roles.get(name, "time") == "time"),
        first_with=first_with,
    )


def _is_all_distinct_text(profile: ColumnProfile) -> bool:
    # Levels are numbered as they come, so that all such columns look alike.
    return profile.holds != "number" and profile.n_distinct == profile.n_known


def _found_id(profiles: list[ColumnProfile]) -> str | None:
    # A name that says application beats one that says customer, and both a bare row number.
    best = min(profiles, key=rank_as_id, default=None)
    if best is None or rank_as_id(best) == naming.NO_RANK:
        return None
    return best.name


def _finding_of(profile: ColumnProfile, scene: Scene) -> InferredColumn:
    verdict = verdict_of(profile, scene)
    separation = profile.separation
    return InferredColumn(
        name=profile.name,
        role=verdict.role,
        kind=verdict.kind,
        why=verdict.why,
        missing=profile.missing,
        n_distinct=profile.n_distinct,
        codes=profile.codes,
        auc=None if separation is None else separation.auc,
        riskier="none" if separation is None else separation.riskier,
        leak=verdict.leak,
    )


def _column_of(finding: InferredColumn, flags: Mapping[Role, Flag]) -> Column:
    special = tuple(code.value for code in finding.codes) if finding.kind == "number" else ()
    settings: dict[str, object] = {"role": finding.role, "kind": finding.kind, "note": finding.why}
    if finding.role in flags:
        settings[f"{finding.role}_value"] = flags[finding.role].value
    if finding.role == "verdict":
        settings["gate"] = naming.verdict_gate(finding.name)
    if finding.role in {"amount", "term"}:
        settings["feature"] = True
    if finding.role in {"feature", "amount", "term"}:
        settings["special"] = special
    return Column.model_validate(settings)


def _questions(scene: Scene, schema: Schema) -> tuple[str, ...]:
    questions = []
    if schema.the("time") is None and len(scene.times) > 1:
        questions.append(
            f"Which of {', '.join(scene.times)} is the time of application? Give it with --time; "
            "without one, samples are split by chance and not by time."
        )
    if schema.the("time") is not None and schema.observed_at is None:
        questions.append(
            "On which day were outcomes read off? Set observed_at in the schema, so that "
            "applications whose window was still open are not counted."
        )
    if not schema.features:
        questions.append("No column is left as a feature; give some column role feature.")
    return tuple(questions)


def _problem(table: pd.DataFrame, schema: Schema) -> str | None:
    try:
        as_history(table, schema)
    except DataError as error:
        return str(error)
    return None
