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

Objects = NDArray[np.object_]
Rows = Flags | NDArray[np.intp]

#: Without an amount, money is counted per 100 units of credit.
_NO_AMOUNT = 100.0
#: An error shows so many characters of a list of columns.
_SHOWN = 300


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
    check_columns(table, schema.features)
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
    check_columns(table, now)
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


def read_applications(path: Path, schema: Schema) -> Applications:
    """Read a table and check it as applications, new or past."""
    return as_applications(read_table(path), schema)


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


def check_columns(table: pd.DataFrame, names: "list[str] | tuple[str, ...]") -> None:
    """Refuse a table that lacks columns which its schema names.

    Raises
    ------
    DataError
        If one is absent.
    """
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
