"""Past applications with what became of them, checked against their schema: once, at the edge."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from riskkit._checks import Flags, Floats
from riskkit.applicants.schema import Schema
from riskkit.applicants.tables import (
    Applications,
    Rows,
    as_applications,
    check_columns,
    read_table,
)
from riskkit.applicants.values import as_levels, as_numbers, complete
from riskkit.errors import DataError
from riskkit.lending import CAUSES

#: A month with at least this many known outcomes, all of them bad, was read off too early.
_MIN_VINTAGE = 20
_VERDICTS = ("passed", "failed")
_BEFORE_SCORE = CAUSES[: CAUSES.index("score")]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Past applications with what became of them; every array has shape (n_applicants,)."""

    applications: Applications  #: What was known when they applied.
    approved: Flags  #: Whether the past policy approved.
    reached: Flags  #: Whether the score gate was reached.
    matured: Flags  #: Whether the performance window has closed.
    bad: Floats  #: 1 bad, 0 good, NaN unknown.
    propensity: Floats | None  #: Recorded probability of approval at the score gate, or None.
    weight: Floats | None  #: Sampling weights, or None.

    def __len__(self) -> int:
        """Return the number of applications."""
        return len(self.applications)

    @property
    def labelled(self) -> Flags:
        """Whether the outcome is known."""
        return ~np.isnan(self.bad)

    @property
    def is_selective(self) -> bool:
        """Whether some who reached the score gate in closed windows have no outcome."""
        return bool((self.reached & self.matured & ~self.labelled).any())

    @property
    def is_weighted(self) -> bool:
        """Whether rows count differently."""
        weight = self.weight
        return weight is not None and weight.size > 0 and bool(weight.min() != weight.max())

    def take(self, rows: Rows) -> "History":
        """Return some of the applications."""
        return History(
            applications=self.applications.take(rows),
            approved=self.approved[rows],
            reached=self.reached[rows],
            matured=self.matured[rows],
            bad=self.bad[rows],
            propensity=None if self.propensity is None else self.propensity[rows],
            weight=None if self.weight is None else self.weight[rows],
        )


def as_history(table: pd.DataFrame, schema: Schema) -> History:
    """Check a table of past applications against its schema.

    Parameters
    ----------
    table : DataFrame
        One row per application, with outcomes where they are known.
    schema : Schema
        What the columns mean.

    Returns
    -------
    History
        The applications and what became of them.

    Raises
    ------
    DataError
        If a column is absent or breaks its rule: the column, the rule and the rows are named.
    """
    table = table.reset_index(drop=True)
    check_columns(table, [n for n, column in schema.columns.items() if column.role != "ignore"])
    applications = as_applications(table, schema)
    _check_not_empty(applications.features)
    approved = _approved(table, schema)
    reached = _reached(table, schema)
    matured = _matured(applications, schema)
    history = History(
        applications=applications,
        approved=approved,
        reached=reached,
        matured=matured,
        bad=_outcomes(table, schema),
        propensity=_propensity(table, schema, approved=approved, reached=reached),
        weight=_weights(table, schema),
    )
    _check_outcomes(history, schema)
    return history


def read_history(path: Path, schema: Schema) -> History:
    """Read a table and check it as past applications."""
    return as_history(read_table(path), schema)


def _check_not_empty(features: pd.DataFrame) -> None:
    empty = [name for name in features if features[name].isna().all()]
    if empty:
        raise DataError(
            f"Feature {', '.join(map(repr, empty))} is missing in all {len(features)} rows; "
            "give it role ignore in the schema."
        )


def _flags(column: pd.Series, one_value: object) -> Floats:
    # 1 where a two-valued column holds one_value, 0 for its other value, NaN where it is missing.
    levels = as_levels(column)
    one = "1" if one_value is None else as_levels(pd.Series([one_value])).iloc[0]
    values = sorted(levels.dropna().unique())
    # 1 is the default only beside 0: beside 2 it means good as often as bad.
    plain = one_value is not None or set(values) <= {"0", "1"} or len(values) < 2  # noqa: PLR2004 - two classes
    if len(values) > 2 or (len(values) == 2 and one not in values) or not plain:  # noqa: PLR2004 - two classes
        odd = levels[~levels.isin([one, "0"]) & levels.notna()]
        raise DataError(
            f"Column {column.name!r} must hold two values, one of them {one!r}, but it holds "
            f"{', '.join(map(repr, values[:6]))}; the first other one is in row {odd.index[0]}."
        )
    return np.asarray(levels.eq(one).astype("float64").mask(levels.isna()), dtype=np.float64)


def _approved(table: pd.DataFrame, schema: Schema) -> Flags:
    name = schema.the("approved")
    if name is None:
        return np.ones(len(table), dtype=bool)
    complete(table[name])
    return _flags(table[name], schema.columns[name].approved_value) == 1


def _reached(table: pd.DataFrame, schema: Schema) -> Flags:
    reached = np.ones(len(table), dtype=bool)
    name = schema.the("stopped_by")
    if name is not None:
        wrong = table[name][table[name].notna() & ~table[name].isin(CAUSES)]
        if len(wrong):
            raise DataError(
                f"Column {name!r} must hold one of {', '.join(CAUSES)} or be missing, but "
                f"{len(wrong)} values are not; the first is {wrong.iloc[0]!r} in row "
                f"{wrong.index[0]}."
            )
        reached &= ~table[name].isin(_BEFORE_SCORE).to_numpy()
    for verdict in schema.having("verdict"):
        _check_verdicts(table[verdict])
        if schema.columns[verdict].gate in _BEFORE_SCORE:
            reached &= (table[verdict] != "failed").to_numpy()
    return reached


def _check_verdicts(column: pd.Series) -> None:
    wrong = column[column.notna() & ~column.isin(_VERDICTS)]
    if len(wrong):
        raise DataError(
            f"Column {column.name!r} must hold {' or '.join(_VERDICTS)} or be missing, but "
            f"{len(wrong)} values are not; the first is {wrong.iloc[0]!r} in row {wrong.index[0]}."
        )


def _matured(applications: Applications, schema: Schema) -> Flags:
    if schema.observed_at is None or applications.time is None:
        return np.ones(len(applications), dtype=bool)
    last = pd.Timestamp(schema.observed_at) - pd.DateOffset(months=schema.window_months)
    return applications.time <= last.to_datetime64()


def _outcomes(table: pd.DataFrame, schema: Schema) -> Floats:
    name = schema.need("bad")
    return _flags(table[name], schema.columns[name].bad_value)


def _propensity(
    table: pd.DataFrame, schema: Schema, *, approved: Flags, reached: Flags
) -> Floats | None:
    name = schema.the("propensity")
    if name is None:
        return None
    numbers = as_numbers(table[name]).to_numpy()
    wrong = reached & ~((numbers >= 0) & (numbers <= 1))
    wrong |= approved & ~(numbers > 0)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"Column {name!r} must hold the probability of approval of everybody who reached the "
            f"score gate, from 0 to 1 and above 0 where approved, but {int(wrong.sum())} rows "
            f"break this; the first is {numbers[first]} in row {first}."
        )
    return np.where(reached, numbers, np.nan)


def _weights(table: pd.DataFrame, schema: Schema) -> Floats | None:
    name = schema.the("weight")
    if name is None:
        return None
    weights = complete(as_numbers(table[name]))
    if (weights <= 0).any():
        first = int(np.flatnonzero(weights <= 0)[0])
        raise DataError(
            f"Column {name!r} must be positive, but is {weights[first]} in row {first}."
        )
    return weights


def _check_outcomes(history: History, schema: Schema) -> None:
    name = schema.need("bad")
    unknown = np.flatnonzero(history.approved & history.matured & ~history.labelled)
    if unknown.size:
        remedy = (
            "give the column that says who was approved the role approved"
            if schema.the("approved") is None
            else "give observed_at in the schema if their window has not closed, or leave them out"
        )
        raise DataError(
            f"Column {name!r} must be known for every approved application whose window has "
            f"closed, but {unknown.size} are missing; the first is in row {unknown[0]}; {remedy}."
        )
    for rows, population in (
        (~history.approved, "was not approved"),
        (~history.matured, f"had a window still open on {schema.observed_at}"),
    ):
        known = np.flatnonzero(rows & history.labelled)
        if known.size:
            raise DataError(
                f"Column {name!r} must be missing for whoever {population}, but {known.size} "
                f"values are not; the first is in row {known[0]}."
            )
    _check_classes(history, name)


def _check_classes(history: History, name: str) -> None:
    known = history.bad[history.labelled]
    if not known.size or known.min() == known.max():
        found = "none" if not known.size else f"{known.size} times {known[0]:.0f}"
        raise DataError(
            f"Column {name!r} must hold goods and bads, but its known values are {found}."
        )
    if history.applications.time is None:
        return
    months = history.applications.time[history.labelled].astype("datetime64[M]")
    vintages = pd.Series(known).groupby(months).agg(["size", "mean"])
    young = vintages[(vintages["size"] >= _MIN_VINTAGE) & (vintages["mean"] == 1)]
    if len(young):
        raise DataError(
            f"All {young['size'].iloc[0]} known outcomes of {young.index[0]:%Y-%m} are bad: goods "
            "of that month are not known yet. Set observed_at in the schema, and blank outcomes "
            "whose window had not closed."
        )
