"""Gates: declarative conditions that an application passes or fails, in a fixed order of causes."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from pydantic import BaseModel, model_validator

from riskkit._checks import Flags
from riskkit._records import STRICT
from riskkit.errors import DataError

Cause = Literal["system", "profile", "credit_record", "score", "policy"]
#: The five causes for which an application is stopped, in the order in which they are asked.
CAUSES: tuple[Cause, ...] = get_args(Cause)

Comparison = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]
Value = str | bool | int | float

#: What pandas calls columns of numbers and flags.
_NUMBERS = {"integer", "floating", "mixed-integer-float", "boolean", "decimal"}

_COMPARISONS: dict[str, Callable[[pd.Series, Any], pd.Series]] = {
    "==": pd.Series.eq,
    "<": pd.Series.lt,
    "<=": pd.Series.le,
    ">": pd.Series.gt,
    ">=": pd.Series.ge,
    "in": pd.Series.isin,
}


class Gate(BaseModel):
    """One condition that every served application must pass.

    A comparison with a missing value is never true, except ``!=`` and ``not in``: a gate written
    as ``verdict != failed`` lets pass what was never evaluated, one written as
    ``verdict == passed`` does not.

    Examples
    --------
    >>> gate = Gate(cause="profile", column="phone_verified", comparison="==", value=1)
    >>> passes(gate, pd.DataFrame({"phone_verified": [1, 0, None]}))
    array([ True, False, False])
    """

    model_config = STRICT

    cause: Cause  #: What the applicant is told.
    column: str  #: The column that is compared.
    comparison: Comparison  #: How it must compare for the application to pass.
    value: Value | tuple[Value, ...]  #: With what; several values for `in` and `not in`.

    @model_validator(mode="after")
    def _check_value(self) -> "Gate":
        several = isinstance(self.value, tuple)
        if several != (self.comparison in {"in", "not in"}):
            wanted = "a list of values" if not several else "one value"
            raise ValueError(f"a gate with comparison {self.comparison!r} takes {wanted}")
        return self


def passes(gate: Gate, table: pd.DataFrame) -> Flags:
    """Return which applications pass one gate.

    Parameters
    ----------
    gate : Gate
        The condition.
    table : DataFrame
        Applications with the gate's column, one row each.

    Returns
    -------
    array of bool, shape (n_applicants,)
        True where the condition holds.

    Raises
    ------
    DataError
        If the column is absent or cannot be compared with the gate's value.

    Examples
    --------
    >>> gate = Gate(cause="credit_record", column="n_overdue", comparison="<=", value=2)
    >>> passes(gate, pd.DataFrame({"n_overdue": [0, 3]}))
    array([ True, False])
    """
    if gate.column not in table:
        raise DataError(f"The {gate.cause} gate needs column {gate.column!r}, which is not there.")
    column = table[gate.column]
    _check_types(column, gate)
    try:
        outcome = _compared(column, gate)
    except TypeError:
        raise DataError(_incomparable(column, gate)) from None
    return np.asarray(outcome.fillna(value=False), dtype=bool)


def first_failing(
    verdicts: Sequence[tuple[Cause, Flags]],
) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Return the cause of the first gate that each application fails.

    Parameters
    ----------
    verdicts : sequence of (cause, array of bool)
        Every gate's cause and which applications pass it, in the order in which they are asked.

    Returns
    -------
    array of object, shape (n_applicants,)
        The cause, or None where every gate is passed.

    Examples
    --------
    >>> first_failing([("system", np.array([True, False])), ("score", np.array([False, False]))])
    array(['score', 'system'], dtype=object)
    """
    stopped_by = np.full(len(verdicts[0][1]) if verdicts else 0, None, dtype=object)
    for cause, passed in reversed(verdicts):
        stopped_by[~passed] = cause
    return stopped_by


def _compared(column: pd.Series, gate: Gate) -> pd.Series:
    known = column.notna()
    if gate.comparison == "!=":
        return column.ne(gate.value) | ~known
    if gate.comparison == "not in":
        return ~column.isin(gate.value) | ~known
    return _COMPARISONS[gate.comparison](column, gate.value) & known


def _check_types(column: pd.Series, gate: Gate) -> None:
    # A number never equals a text: the gate would stop everybody, or nobody, without a word.
    values = gate.value if isinstance(gate.value, tuple) else (gate.value,)
    number = _holds_numbers(column)
    if number is not None and any(isinstance(value, str) is number for value in values):
        raise DataError(_incomparable(column, gate))


def _holds_numbers(column: pd.Series) -> bool | None:
    # None where it holds nothing, dates, or texts and numbers mixed.
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.categories.to_series()
    found = pd.api.types.infer_dtype(column, skipna=True)
    if found == "empty" or column.isna().all():
        return None
    if found == "string":
        return False
    return True if found in _NUMBERS else None


def _incomparable(column: pd.Series, gate: Gate) -> str:
    values = gate.value if isinstance(gate.value, tuple) else (gate.value,)
    return (
        f"The {gate.cause} gate compares column {gate.column!r} ({column.dtype}) with "
        f"{', '.join(map(repr, values))}, which cannot be compared; write the value as the column "
        "holds it."
    )
