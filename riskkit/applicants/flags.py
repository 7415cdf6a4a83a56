"""Two-valued columns: which one holds the outcome, and which of its values means what."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.applicants import naming
from riskkit.applicants.values import as_levels
from riskkit.errors import DataError

Value = str | int | float | bool

_TWO = 2
#: So many rows tell whether a column has more than two values.
_GLANCE = 1000
#: An error names so many columns, and so many values.
_COLUMNS, _VALUES = 15, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A two-valued column and the value that counts."""

    name: str  #: The column.
    value: Value | None  #: The value as a schema states it; None for 1 beside 0.
    why: str  #: Why it was taken, in words.
    flags: Floats  #: 1 where it has the value, 0 for the other, NaN where missing.


def outcome_flag(table: pd.DataFrame, name: str | None, bad_value: Value | None) -> Flag:
    """Return the outcome of a table, where it is plain.

    Parameters
    ----------
    table : DataFrame
        Past applications.
    name : str or None
        The outcome's column; found by its name or values if None.
    bad_value : str, int, float, bool or None
        Its value that means bad; a word for it, or 1 beside 0, if None.

    Returns
    -------
    Flag
        1 for bad.

    Raises
    ------
    DataError
        If the column, or which of exactly two values means bad, is not plain.

    Examples
    --------
    >>> outcome_flag(pd.DataFrame({"status": ["Paid", "Charged off"]}), None, None).value
    'Charged off'
    """
    name, why = _found_outcome(table) if name is None else (name, "given as the outcome")
    column = table[name]
    levels = as_levels(column)
    found = sorted(levels.dropna().unique())
    if len(found) != _TWO:
        raise DataError(
            f"outcome {name!r} must hold two values, but it holds {len(found)}: "
            f"{_counted(levels)}; blank the rows whose outcome is not known."
        )
    bad = naming.bad_level(found, name) if bad_value is None else _level_in(found, bad_value)
    if bad is None:
        said = "which means bad is not plain" if bad_value is None else f"none is {bad_value!r}"
        raise DataError(
            f"outcome {name!r} holds {_counted(levels)}: {said}; "
            "give the value that means bad with --bad-value (bad_value)."
        )
    return _flag_of(column, bad, why=f"{why}; bad is {bad!r}")


def approved_flag(column: pd.Series, approved_value: Value | None) -> Flag:
    """Return the past decision, where it is plain.

    Parameters
    ----------
    column : Series, shape (n_applicants,)
        The decision in every row.
    approved_value : str, int, float, bool or None
        Its value that means approved; a word for it, or 1 beside 0, if None.

    Returns
    -------
    Flag
        1 for approved.

    Raises
    ------
    DataError
        If a decision is missing, there are more than two values, or none plainly means approved.
    """
    levels = as_levels(column)
    found = sorted(levels.dropna().unique())
    if approved_value is None:
        level = naming.approved_level(found)
    else:
        level = _level_in(found, approved_value)
    n_missing = int(levels.isna().sum())
    if level is None or len(found) > _TWO or n_missing:
        raise DataError(
            f"approved {column.name!r} must hold two values, one of them approved, in every row, "
            f"but {n_missing} are missing and it holds {_counted(levels)}; "
            "give the value with --approved-value (approved_value)."
        )
    return _flag_of(column, level, why="the past decision")


def _found_outcome(table: pd.DataFrame) -> tuple[str, str]:
    # Names first: a table may hold other two-valued columns that speak of bads.
    twos = [name for name in table if _has_two_levels(table[name])]
    by_name = [name for name in twos if naming.is_outcome_name(name)]
    by_value = [name for name in twos if _speaks_of_bads(table[name])]
    candidates = list(dict.fromkeys([*by_name, *by_value]))
    if len(candidates) == 1:
        ground = "its name" if by_name else "its values"
        return candidates[0], f"taken for the outcome by {ground}"
    if candidates:
        raise DataError(
            f"The outcome is not plain: it may be {' or '.join(map(repr, candidates))}; "
            "give it with --outcome (outcome)."
        )
    shown = ", ".join(map(repr, twos[:_COLUMNS])) or "none"
    raise DataError(
        "No column is plainly the outcome; give it with --outcome (outcome). "
        f"Columns with two values: {shown}{' ...' if len(twos) > _COLUMNS else ''}."
    )


def _has_two_levels(column: pd.Series) -> bool:
    try:  # a glance at the first rows rules most columns out
        return column.head(_GLANCE).nunique() <= _TWO and column.nunique() == _TWO
    except TypeError:  # lists or records
        return False


def _speaks_of_bads(column: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column) and naming.is_bad_word(
        *sorted(as_levels(column).dropna().unique())
    )


def _counted(levels: pd.Series) -> str:
    counts = levels.value_counts()
    if counts.empty:
        return "only missing values"
    shown = ", ".join(f"{level!r} ({n} rows)" for level, n in counts.head(_VALUES).items())
    return f"{shown}{' ...' if len(counts) > _VALUES else ''}"


def _level_in(found: list[str], value: Value) -> str | None:
    # A command line gives text: 1.0 and 1 are the same level, as they are in a table.
    numbers = pd.to_numeric(pd.Series([value]), errors="coerce").dropna()
    texts = [as_levels(pd.Series([value])).iloc[0], *as_levels(numbers)]
    return next((text for text in texts if text in found), None)


def _flag_of(column: pd.Series, level: str, *, why: str) -> Flag:
    levels = as_levels(column)
    flags = levels.eq(level).astype("float64").mask(levels.isna())
    return Flag(
        name=str(column.name),
        value=_as_stored(level, column, levels),
        why=why,
        flags=flags.to_numpy(dtype=np.float64),
    )


def _as_stored(level: str, column: pd.Series, levels: pd.Series) -> Value | None:
    if level == "1" and levels.dropna().isin(["0", "1"]).all():
        return None
    if pd.api.types.is_numeric_dtype(column):
        number = float(level)
        return int(number) if number.is_integer() else number
    return level
