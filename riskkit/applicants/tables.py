"""Tables of applications, read and checked against their schema: once, at the edge."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats
from riskkit.applicants.schema import Schema
from riskkit.applicants.values import as_levels, as_numbers, as_times, complete
from riskkit.errors import DataError
from riskkit.lending import CAUSES

Objects = NDArray[np.object_]
Rows = Flags | NDArray[np.intp]

#: A month with at least this many known outcomes, all of them bad, was read off too early.
_MIN_VINTAGE = 20
#: Without an amount, money is counted per 100 units of credit.
_NO_AMOUNT = 100.0
#: An error shows so many characters of a list of columns.
_SHOWN = 300
_VERDICTS = ("passed", "failed")
_BEFORE_SCORE = CAUSES[: CAUSES.index("score")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applications:
    """Applications as a model and a policy see them; every array has shape (n_applicants,)."""

    ids: Objects  #: Application ids as text, unique.
    groups: Objects  #: Who applies: rows of one group always fall into one sample.
    features: pd.DataFrame  #: Features: numbers as float, categories as text, missing as NaN.
    table: pd.DataFrame  #: The table as it was read, for gates and segments.
    amount: Floats  #: Amount applied for [currency]; 100 where the schema has none.
    time: "NDArray[np.datetime64] | None"  #: When applied; None where the schema has no time.

    def __len__(self) -> int:
        """Return the number of applications."""
        return len(self.ids)

    def take(self, rows: Rows) -> "Applications":
        """Return some of the applications."""
        return Applications(
            ids=self.ids[rows],
            groups=self.groups[rows],
            features=self.features.loc[rows] if rows.dtype == bool else self.features.iloc[rows],
            table=self.table.loc[rows] if rows.dtype == bool else self.table.iloc[rows],
            amount=self.amount[rows],
            time=None if self.time is None else self.time[rows],
        )

    def row_of(self, application_id: str) -> int:
        """Return the row number of an application id.

        Raises
        ------
        DataError
            If no application has it.
        """
        rows = np.flatnonzero(self.ids == application_id)
        if not rows.size:
            raise DataError(
                f"No application has id {application_id!r}; the first of {len(self)} ids is "
                f"{self.ids[0]!r}."
            )
        return int(rows[0])


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


def read_table(path: Path) -> pd.DataFrame:
    """Read a table from CSV (also gzip) or Parquet.

    Parameters
    ----------
    path : Path
        A file ending in .csv, .csv.gz, .parquet or .pq, or a folder of Parquet files.

    Returns
    -------
    DataFrame
        The table, rows numbered from 0.

    Raises
    ------
    DataError
        If the file is absent, is not a table, or has no rows or no columns.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist.")
    table = _read(path)
    if table.empty:
        raise DataError(f"{path} has {len(table)} rows and {table.shape[1]} columns; it is empty.")
    return table.rename(columns=str).reset_index(drop=True)


def feature_frame(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the features as a model reads them: numbers as float, categories as text.

    Parameters
    ----------
    table : DataFrame
        A table with every feature column of the schema.
    schema : Schema
        What the columns mean.

    Returns
    -------
    DataFrame
        One column per feature, in the schema's order; missing values are NaN.

    Raises
    ------
    DataError
        If a column is absent, a number column holds text, or a number is infinite.
    """
    _check_columns(table, schema.features)
    return pd.DataFrame(
        {
            name: as_numbers(table[name]) if schema.columns[name].kind == "number"
            else as_levels(table[name])
            for name in schema.features
        },
        index=table.index,
    )  # fmt: skip


def as_applications(table: pd.DataFrame, schema: Schema) -> Applications:
    """Check a table of applications, new or past, against its schema.

    Parameters
    ----------
    table : DataFrame
        One row per application.
    schema : Schema
        What the columns mean; columns it does not name are kept for gates and ignored otherwise.

    Returns
    -------
    Applications
        What a model and a policy see.

    Raises
    ------
    DataError
        If a column is absent or breaks its rule: the column, the rule and the rows are named.
    """
    table = table.reset_index(drop=True)
    now = [name for role in ("id", "customer", "time", "amount") if (name := schema.the(role))]
    _check_columns(table, now)
    features = feature_frame(table, schema)
    ids, groups = _ids_and_groups(table, schema, features)
    amount, time = schema.the("amount"), schema.the("time")
    return Applications(
        ids=ids,
        groups=groups,
        features=features,
        table=table,
        amount=np.full(len(table), _NO_AMOUNT)
        if amount is None
        else complete(as_numbers(table[amount])),
        time=None if time is None else as_times(table[time]),
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
    _check_columns(table, [n for n, column in schema.columns.items() if column.role != "ignore"])
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


def read_applications(path: Path, schema: Schema) -> Applications:
    """Read a table and check it as applications, new or past."""
    return as_applications(read_table(path), schema)


def read_history(path: Path, schema: Schema) -> History:
    """Read a table and check it as past applications."""
    return as_history(read_table(path), schema)


def _read(path: Path) -> pd.DataFrame:
    name = path.name.lower()
    try:
        if path.is_dir() or name.endswith((".parquet", ".pq")):
            table = pd.read_parquet(path)
            named = [name for name in table.index.names if name is not None]
            return table.reset_index(level=named) if named else table  # an id may be kept there
        if name.endswith((".csv", ".csv.gz")):
            return _with_plain_rows(pd.read_csv(path, low_memory=False))
    except pd.errors.EmptyDataError:
        raise DataError(f"{path} is empty.") from None
    except (ValueError, OSError, EOFError, pa.ArrowException) as error:
        problem = str(error).splitlines()[0]
        raise DataError(f"{path} cannot be read as a table: {problem}") from None
    raise DataError(f"{path} is not a table: its name must end in .csv, .csv.gz or .parquet.")


def _with_plain_rows(table: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(table.index, pd.RangeIndex):
        raise ValueError("its rows have more fields than its header")
    return table


def _check_columns(table: pd.DataFrame, names: "list[str] | tuple[str, ...]") -> None:
    absent = [name for name in names if name not in table]
    if absent:
        there = ", ".join(map(repr, table.columns))
        raise DataError(
            f"The schema names {', '.join(map(repr, absent))}, which the table does not have; "
            f"it has {there if len(there) < _SHOWN else there[:_SHOWN] + ' ...'}."
        )


def _ids_and_groups(
    table: pd.DataFrame, schema: Schema, features: pd.DataFrame
) -> tuple[Objects, Objects]:
    name, customer = schema.the("id"), schema.the("customer")
    if name is None:
        # Each row is an applicant of its own: people with equal features are many, not one.
        contents = pd.Series(pd.util.hash_pandas_object(features, index=False))
        copy = contents.groupby(contents).cumcount().astype("str")
        ids = contents.map("{:016x}".format) + "-" + copy
    else:
        ids = as_levels(table[name])
        _check_ids(ids)
    groups = ids
    if customer is not None:
        groups = as_levels(table[customer])
        complete(groups)
    return ids.to_numpy(dtype=object), groups.to_numpy(dtype=object)


def _check_ids(ids: pd.Series) -> None:
    complete(ids)
    repeated = ids[ids.duplicated()]
    if len(repeated):
        raise DataError(
            f"Column {ids.name!r} must hold every id once, but {len(repeated)} rows repeat one; "
            f"the first is {repeated.iloc[0]!r} in row {repeated.index[0]}. "
            "If customers apply twice, give the column role customer."
        )


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
