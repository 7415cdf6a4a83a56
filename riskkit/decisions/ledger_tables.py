"""Ledgers from tables of any size, and ledgers as Parquet files."""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from riskkit._checks import Floats
from riskkit._files import new_file
from riskkit.decisions.ledger import (
    MEASURES,
    STRATA,
    ScoredOutcomes,
    ScoreLedger,
    check_ledger,
)
from riskkit.decisions.ledger_builder import LedgerBuilder
from riskkit.errors import DataError

#: A DataFrame, an Arrow table or an Arrow batch.
Batch: TypeAlias = Any
#: A table in memory, batches of one, or Parquet files.
Tables: TypeAlias = "Batch | Iterable[Batch] | Path"

_BATCH = 131_072
_KIND = b"riskkit ledger"
_NO_AMOUNT = 100.0  # without an amount, money is counted per 100 units of credit


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerColumns:
    """Where a table keeps what a ledger needs."""

    pd: str = "pd"  #: PD [fraction].
    bad: str = "bad"  #: 1 bad, 0 good, missing where unknown.
    propensity: str | None = None
    """Chance of approval [fraction]; missing where the score gate was not reached, such rows are
    left out. Without it, whoever has an outcome was approved for sure and nobody else could be."""
    amount: str | None = None  #: Amount applied for [currency]; without it, 100 each.
    by: tuple[str, ...] = ()  #: Columns that make the groups.

    @property
    def names(self) -> list[str]:
        """Every column that is read."""
        optional = (self.propensity, self.amount)
        return [self.pd, self.bad, *(name for name in optional if name), *self.by]


def table_ledger(
    tables: Tables, columns: LedgerColumns, *, edges: Floats | None = None, scorer: str = ""
) -> ScoreLedger:
    """Account for a table in one pass, whatever its size; only the named columns are read.

    Parameters
    ----------
    tables : DataFrame, Arrow table or batch, iterable of these, or Path
        The scored applicants; a path to a Parquet file, or a folder of them, is streamed.
    columns : LedgerColumns
        Which columns hold what.
    edges : array of float, shape (n_bands,), optional
        Upper ends of the PD bands, rising to 1; without them, `default_edges` [fraction].
    scorer : str
        Hash of the model that gave the PDs [hexadecimal].

    Returns
    -------
    ScoreLedger
        The same, whatever the batches.

    Raises
    ------
    DataError
        If the path is no Parquet, a column is absent or not of numbers, or a column breaks its
        rule: see `score_ledger`.

    Examples
    --------
    >>> table = pd.DataFrame({"pd": [0.01, 0.2], "bad": [0, None]})
    >>> table_ledger(table, LedgerColumns()).total()["labelled"].ravel().tolist()
    [1, 0, 0]
    """
    builder = LedgerBuilder(edges=edges, scorer=scorer)
    for batch in _batches(tables, columns.names):
        builder.add(_scored(batch, columns))
    return builder.ledger()


def write_ledger(ledger: ScoreLedger, path: Path, *, overwrite: bool = False) -> None:
    """Write a ledger as Parquet: one row per group, stratum and band with anybody in it.

    Parameters
    ----------
    ledger : ScoreLedger
        What to write.
    path : Path
        The file; whole or absent.
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    DataError
        If the file exists and may not be replaced, or cannot be written.
    """
    group, stratum, band = np.nonzero(ledger.sums["applicants"])
    columns: dict[str, pa.Array] = {
        f"by:{name}": pa.array([ledger.groups[g][i] for g in group], pa.string())
        for i, name in enumerate(ledger.by)
    }
    columns["stratum"] = pa.array(np.array(STRATA, dtype=object)[stratum], pa.string())
    columns["band"] = pa.array(band, pa.int32())
    columns["pd_upper"] = pa.array(ledger.edges[band])
    columns |= {name: pa.array(ledger.sums[name][group, stratum, band]) for name in MEASURES}
    about = {
        "by": ledger.by,
        "groups": ledger.groups,
        "scorer": ledger.scorer,
        "edges": base64.b64encode(np.asarray(ledger.edges, dtype="<f8").tobytes()).decode(),
    }
    table = pa.table(columns).replace_schema_metadata({_KIND: json.dumps(about)})
    with new_file(path, overwrite=overwrite) as draft:
        pq.write_table(table, draft, compression="zstd")


def read_ledger(path: Path) -> ScoreLedger:
    """Read a ledger from Parquet.

    Parameters
    ----------
    path : Path
        What `write_ledger` wrote.

    Returns
    -------
    ScoreLedger
        The ledger, sum for sum.

    Raises
    ------
    DataError
        If the file is absent or not a ledger.
    """
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    about = (table.schema.metadata or {}).get(_KIND)
    if about is None:
        raise DataError(f"{path} is not a ledger that riskkit wrote.")
    return _ledger_of(table, json.loads(about), path)


def _ledger_of(table: pa.Table, about: dict[str, Any], path: Path) -> ScoreLedger:
    try:
        edges = np.frombuffer(base64.b64decode(str(about["edges"])), dtype="<f8").astype(float)
        groups = tuple(tuple(group) for group in about["groups"])
        names = tuple(about["by"])
        rows = table.to_pandas()
        values = rows[[f"by:{name}" for name in names]].to_numpy(dtype=object)
        keys = [tuple(key) for key in values]
        places = {group: i for i, group in enumerate(groups)}
        at = (
            np.array([places[key] for key in keys], dtype=np.int64),
            rows["stratum"].map(STRATA.index).to_numpy(dtype=np.int64),
            rows["band"].to_numpy(),
        )
        shape = (len(groups), len(STRATA), len(edges))
        sums = {name: np.zeros(shape, dtype=np.int64) for name in MEASURES}
        for name in MEASURES:
            sums[name][at] = rows[name].to_numpy()
        scorer = str(about["scorer"])
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise DataError(f"{path} is not a whole ledger: {error!r}.") from None
    ledger = ScoreLedger(edges=edges, sums=sums, by=names, groups=groups, scorer=scorer)
    check_ledger(ledger)
    return ledger


def _batches(tables: Tables, names: list[str]) -> Iterator[Batch]:
    if isinstance(tables, Path):
        yield from _parquet_batches(tables, names)
    elif isinstance(tables, pd.DataFrame | pa.RecordBatch | pa.Table):
        yield tables
    else:
        yield from tables


def _parquet_batches(path: Path, names: list[str]) -> Iterator[Batch]:
    if not path.exists():
        raise DataError(f"{path} does not exist.")
    try:
        dataset = ds.dataset(path, format="parquet")
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path} is not Parquet: {str(error).splitlines()[0]}") from None
    _check_names(dataset.schema.names, names)
    # One thread and no reading ahead: memory stays that of a batch.
    yield from dataset.to_batches(
        columns=names, batch_size=_BATCH, use_threads=False, batch_readahead=0, fragment_readahead=0
    )


def _scored(batch: Batch, columns: LedgerColumns) -> ScoredOutcomes:
    names = list(batch.columns) if isinstance(batch, pd.DataFrame) else batch.schema.names
    _check_names(names, columns.names)
    frame = batch if isinstance(batch, pd.DataFrame) else batch.select(columns.names).to_pandas()
    bad = _numbers(frame, columns.bad)
    if columns.propensity is None:
        propensity = np.where(np.isnan(bad), 0.0, 1.0)
    else:
        propensity = _numbers(frame, columns.propensity)
        reached = ~np.isnan(propensity)
        if not reached.all():
            frame, bad, propensity = frame[reached], bad[reached], propensity[reached]
    amount = columns.amount
    return ScoredOutcomes(
        pds=_numbers(frame, columns.pd),
        bad=bad,
        propensity=propensity,
        amount=np.full(len(bad), _NO_AMOUNT) if amount is None else _numbers(frame, amount),
        by={name: frame[name] for name in columns.by},
    )


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    try:
        return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise DataError(f"Column {name!r} must hold numbers, but does not: {error}.") from None


def _check_names(there: Iterable[str], wanted: list[str]) -> None:
    absent = [name for name in wanted if name not in there]
    if absent:
        raise DataError(
            f"The table must have column {absent[0]!r}, but has {', '.join(map(repr, there))}."
        )
