"""Development, tuning and out-of-time samples: a row always falls into the same one."""

import hashlib
from datetime import datetime
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from riskkit._checks import Floats
from riskkit._records import STRICT
from riskkit.applicants.history import History
from riskkit.applicants.tables import Applications
from riskkit.errors import DataError

Sample = Literal["development", "tuning", "out_of_time"]
#: Development fits, tuning certifies, out-of-time reports.
SAMPLES: tuple[Sample, ...] = ("development", "tuning", "out_of_time")

_DEVELOPMENT, _TUNING = 0.6, 0.2


class Split(BaseModel):
    """How a table was split, stored with the model so that every later command splits alike."""

    model_config = STRICT

    salt: str = "riskkit"  #: Changes which rows fall where.
    out_of_time_from: datetime | None = None  #: Applications from here on are out of time [UTC].
    data_hash: str = Field(default="")  #: Content hash of the table that was split.


def new_split(history: History, *, salt: str = "riskkit") -> Split:
    """Return the split of a table: 60 % development, 20 % tuning, 20 % out of time.

    Where there is a time, the latest 20 % of the applications whose window has closed (and all
    later ones) are out of time; the rest, or all where there is none, is split by a hash of the
    customer or id, so that development and tuning share no customer.

    Parameters
    ----------
    history : History
        Past applications.
    salt : str
        Another salt, another split.

    Returns
    -------
    Split
        The rule, to be stored with the model.

    Raises
    ------
    DataError
        If all applications have the same time.
    """
    applications = history.applications
    boundary = None
    if applications.time is not None:
        matured = np.sort(applications.time[history.matured])
        boundary = matured[int(len(matured) * (_DEVELOPMENT + _TUNING))]
        if boundary <= matured[0]:
            raise DataError("No out-of-time sample: nearly all applications have the same time.")
        boundary = pd.Timestamp(boundary).to_pydatetime()
    return Split(salt=salt, out_of_time_from=boundary, data_hash=content_hash(applications.table))


def sample_of(applications: Applications, split: Split) -> NDArray[np.object_]:
    """Return the sample of each application.

    Parameters
    ----------
    applications : Applications
        Any applications, of the table that was split or later ones.
    split : Split
        The rule.

    Returns
    -------
    array of object, shape (n_applicants,)
        "development", "tuning" or "out_of_time".

    Raises
    ------
    DataError
        If the split is by time and the applications have none.
    """
    draws = hashed_fractions(applications.groups, split.salt)
    if split.out_of_time_from is None:
        thresholds = np.array([_DEVELOPMENT, _DEVELOPMENT + _TUNING])
        return np.array(SAMPLES, dtype=object)[np.searchsorted(thresholds, draws, side="right")]
    if applications.time is None:
        raise DataError("The split is by time, but the applications have no column with role time.")
    development = draws < _DEVELOPMENT / (_DEVELOPMENT + _TUNING)
    samples = np.where(development, SAMPLES[0], SAMPLES[1]).astype(object)
    samples[applications.time >= np.datetime64(split.out_of_time_from)] = SAMPLES[2]
    return samples


def content_hash(table: pd.DataFrame) -> str:
    """Return a hash of a table's column names, types and values, in their order [hexadecimal].

    Raises
    ------
    DataError
        If a column holds lists or records.
    """
    digest = hashlib.sha256(repr([(name, _type_name(table[name])) for name in table]).encode())
    try:
        rows = pd.util.hash_pandas_object(table, index=False)
    except TypeError as error:
        raise DataError(
            f"The table must hold plain values, but some cannot be hashed ({error}); "
            "leave columns of lists or records out."
        ) from None
    digest.update(rows.to_numpy().tobytes())
    return digest.hexdigest()


def _type_name(column: pd.Series) -> str:
    # Categories of text are text: which of the two a column is depends on how it was read.
    dtype = column.dtype
    is_text = isinstance(dtype, pd.CategoricalDtype) and dtype.categories.dtype in ("str", object)
    return "str" if is_text else str(dtype)


def hashed_fractions(ids: NDArray[np.object_], salt: str) -> Floats:
    """Return a number from 0 to 1 for each id: random over ids, the same in every table.

    Parameters
    ----------
    ids : array of str, shape (n_applicants,)
        Whom the numbers are for.
    salt : str
        Another salt, other numbers.

    Returns
    -------
    array of float, shape (n_applicants,)
        Uniform over ids [fraction].

    Examples
    --------
    >>> ids = np.array(["A1", "A2"], dtype=object)
    >>> forwards, backwards = hashed_fractions(ids, "a"), hashed_fractions(ids[::-1], "a")
    >>> bool((forwards == backwards[::-1]).all())
    True
    """
    key = hashlib.sha256(salt.encode()).hexdigest()[:16]
    return pd.util.hash_array(ids, hash_key=key).astype(np.float64) / 2**64
