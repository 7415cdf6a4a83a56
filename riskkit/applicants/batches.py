"""Tables of any size, a batch of rows at a time; values read as in the whole table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import dataset as ds

from riskkit.errors import DataError

#: Rows in a batch: memory for some ten thousand applications with a few hundred columns.
BATCH_ROWS = 65_536
#: What a column of a CSV turns out to hold; of a mixture, the later one.
_Kind = Literal["nothing", "flags", "integers", "numbers", "text"]
_NUMERIC = {"integers", "numbers"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableBatches:
    """A table that is read a batch at a time; going through it again reads it again."""

    path: Path  #: CSV (also gzip) or Parquet.
    n_rows: int  #: Rows in all.
    batch_rows: int  #: Rows in a batch, at most.
    types: Mapping[str, type]  #: Columns of a CSV that one batch alone would read otherwise.

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Return the batches in order, none of them empty, rows numbered on through the table."""
        parts = _csv_parts if _is_csv(self.path) else _parquet_parts
        start = 0
        for part in _said(self.path, parts(self)):
            if not len(part):
                continue  # a file without rows in a folder with others
            yield part.rename(columns=str).set_axis(range(start, start + len(part)))
            start += len(part)


def table_batches(path: Path, *, batch_rows: int = BATCH_ROWS) -> TableBatches:
    """Open a table that need not fit into memory.

    A CSV is gone through once to learn what its columns hold: so a column reads alike in every
    batch, and as `read_table` reads it.

    Parameters
    ----------
    path : Path
        A file ending in .csv, .csv.gz, .parquet or .pq, or a folder of Parquet files.
    batch_rows : int
        Rows in a batch, at most.

    Returns
    -------
    TableBatches
        To be gone through, more than once if need be.

    Raises
    ------
    DataError
        If the file is absent, is not a table, or has no rows; `batch_rows` is not positive.
    """
    if batch_rows < 1:
        raise DataError(f"batch_rows must be at least 1, but is {batch_rows}.")
    if not path.exists():
        raise DataError(f"{path} does not exist.")
    if not (_is_csv(path) or path.is_dir() or path.name.lower().endswith((".parquet", ".pq"))):
        raise DataError(f"{path} is not a table: its name must end in .csv, .csv.gz or .parquet.")
    plain = TableBatches(path=path, n_rows=0, batch_rows=batch_rows, types={})
    if _is_csv(path):
        n_rows, types = _learnt(_said(path, _csv_parts(plain)))
    else:
        n_rows, types = sum(_said(path, _counts(path))), {}
    if not n_rows:
        raise DataError(f"{path} has no rows; it is empty.")
    return TableBatches(path=path, n_rows=n_rows, batch_rows=batch_rows, types=types)


def _is_csv(path: Path) -> bool:
    return not path.is_dir() and path.name.lower().endswith((".csv", ".csv.gz"))


def _csv_parts(table: TableBatches) -> Iterator[pd.DataFrame]:
    reader = pd.read_csv(
        table.path, chunksize=table.batch_rows, dtype=dict(table.types), low_memory=False
    )
    with reader:
        for part in reader:
            if not isinstance(part.index, pd.RangeIndex):
                raise ValueError("its rows have more fields than its header")
            yield part


def _parquet_parts(table: TableBatches) -> Iterator[pd.DataFrame]:
    # One thread, no reading ahead, no buffering of a whole file: memory stays that of a batch.
    batches = _dataset(table.path).to_batches(
        batch_size=table.batch_rows,
        use_threads=False,
        batch_readahead=0,
        fragment_readahead=0,
        fragment_scan_options=ds.ParquetFragmentScanOptions(pre_buffer=False),
    )
    for batch in batches:
        part = pa.Table.from_batches([batch]).to_pandas()
        named = [name for name in part.index.names if name is not None]
        yield part.reset_index(level=named) if named else part  # an id may be kept there


def _counts(path: Path) -> Iterator[int]:
    yield _dataset(path).count_rows()


def _dataset(path: Path) -> ds.Dataset:
    try:
        return ds.dataset(path, format="parquet", partitioning="hive")
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _unreadable(path, error) from None


def _said(path: Path, parts: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from parts
    except pd.errors.EmptyDataError:
        raise DataError(f"{path} is empty.") from None
    except DataError:
        raise
    except (ValueError, OSError, EOFError, pa.ArrowException) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(f"{path} cannot be read as a table: {str(error).splitlines()[0]}")


def _learnt(parts: Iterable[pd.DataFrame]) -> tuple[int, dict[str, type]]:
    # Each batch alone would read a column of digits as numbers though letters follow later on.
    n_rows, seen = 0, dict[str, list[_Kind]]()
    for part in parts:
        n_rows += len(part)
        for name in part:
            seen.setdefault(name, []).append(_kind(part[name]))
    types = {name: _type(kinds) for name, kinds in seen.items()}
    return n_rows, {name: found for name, found in types.items() if found is not None}


def _kind(column: pd.Series) -> _Kind:
    if column.isna().all():
        return "nothing"
    if pd.api.types.is_bool_dtype(column):
        return "flags"
    if pd.api.types.is_integer_dtype(column):
        return "integers"
    if pd.api.types.is_numeric_dtype(column):
        return "numbers"
    flags = pd.api.types.infer_dtype(column, skipna=True) == "boolean"
    return "flags" if flags else "text"


def _type(kinds: list[_Kind]) -> type | None:
    found = set(kinds) - {"nothing"}
    if len(kinds) == 1 or found <= {"flags"}:
        return None  # every batch reads it alike
    if found <= _NUMERIC:
        whole = found == {"integers"} and "nothing" not in kinds
        return np.int64 if whole else np.float64
    return str


def in_rows(error: DataError, batch: pd.DataFrame) -> str:
    """Return what an error of one batch says, with the place of the batch in the table.

    Parameters
    ----------
    error : DataError
        Whose rows are numbered from the start of the batch.
    batch : DataFrame
        The batch.

    Returns
    -------
    str
        The same where the batch is the table's first.

    Examples
    --------
    >>> in_rows(DataError("x is missing in row 3."), pd.DataFrame(index=range(100, 200)))
    'In the rows from 100 on, counted from there: x is missing in row 3.'
    """
    start = int(batch.index[0])
    return f"In the rows from {start} on, counted from there: {error}" if start else str(error)
