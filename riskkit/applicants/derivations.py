"""Columns that follow from others, and how: whoever changes one can make the others follow."""

from collections.abc import Callable, Collection, Mapping
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, Field, model_validator

from riskkit._checks import Floats
from riskkit._records import STRICT
from riskkit.errors import DataError
from riskkit.lending import fee_apr

Formula = Literal["fee_apr", "instalment", "sum", "difference", "product", "ratio"]


class Derivation(BaseModel):
    """How a column follows from others; without a formula it is only known that it does."""

    model_config = STRICT

    columns: tuple[str, ...] = Field(min_length=1)  #: What it follows from, in the formula's order.
    #: `fee_apr` of fee per instalment and term; `instalment` of amount, term and fee; arithmetic.
    formula: Formula | None = None
    decimals: int | None = Field(None, ge=0)  #: To which it is rounded.

    @model_validator(mode="after")
    def _check(self) -> "Derivation":
        needed = _N_COLUMNS.get(self.formula, len(self.columns)) if self.formula else None
        if needed is not None and len(self.columns) != needed:
            raise ValueError(
                f"formula {self.formula} follows from {needed} columns, found {len(self.columns)}"
            )
        return self

    def of(self, table: pd.DataFrame) -> Floats:
        """Return the column as it follows from a table; missing where it cannot be told.

        Raises
        ------
        DataError
            If there is no formula, or a column is absent.
        """
        if self.formula is None:
            raise DataError("What follows from other columns can be derived by a formula only.")
        absent = [name for name in self.columns if name not in table]
        if absent:
            raise DataError(f"The table lacks column {absent[0]!r}, from which another follows.")
        parts = [table[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in self.columns]
        with np.errstate(divide="ignore", invalid="ignore"):
            values = _FORMULAS[self.formula](*parts)
        values = np.where(np.isfinite(values), values, np.nan)
        return values if self.decimals is None else np.round(values, self.decimals)


def rederived(
    table: pd.DataFrame, derivations: Mapping[str, Derivation], *, changed: Collection[str]
) -> pd.DataFrame:
    """Return a table in which the columns that follow from changed ones follow again.

    Parameters
    ----------
    table : DataFrame
        Applicants, some of whose columns were changed.
    derivations : mapping of str to Derivation
        Every derived column after those it follows from, as `Schema.derived` gives them.
    changed : collection of str
        The changed columns; what does not follow from them stays as it is.

    Returns
    -------
    DataFrame
        The table with those columns put right.

    Raises
    ------
    DataError
        If one of them has no formula, or a column that it follows from is absent.

    Examples
    --------
    >>> burden = Derivation(columns=("debt", "income"), formula="ratio")
    >>> table = pd.DataFrame({"debt": [100.0], "income": [400.0], "burden": [0.5]})
    >>> rederived(table, {"burden": burden}, changed={"debt"})["burden"].tolist()
    [0.25]
    """
    for name in following(derivations, changed):
        table = table.assign(**{name: derivations[name].of(table)})
    return table


def following(derivations: Mapping[str, Derivation], changed: Collection[str]) -> tuple[str, ...]:
    """Return the columns that follow from some, directly or by way of others.

    Parameters
    ----------
    derivations : mapping of str to Derivation
        Every derived column after those it follows from.
    changed : collection of str
        Some columns.

    Returns
    -------
    tuple of str
        What follows, each after what it follows from.

    Examples
    --------
    >>> apr = Derivation(columns=("fee_rate", "term"), formula="fee_apr")
    >>> following({"apr": apr}, {"term"}), following({"apr": apr}, {"amount"})
    (('apr',), ())
    """
    moved, found = set(changed), []
    for name, derivation in derivations.items():
        if name not in moved and moved.intersection(derivation.columns):
            moved.add(name)
            found.append(name)
    return tuple(found)


def in_order(derivations: Mapping[str, Derivation]) -> dict[str, Derivation]:
    """Return derivations, each after those of the columns it follows from.

    Raises
    ------
    ValueError
        If a column follows from itself.
    """
    waiting, ordered = dict(derivations), dict[str, Derivation]()
    while waiting:
        ready = [n for n, d in waiting.items() if not waiting.keys() & set(d.columns)]
        if not ready:
            raise ValueError(f"{next(iter(waiting))} follows from itself")
        ordered |= {name: waiting.pop(name) for name in ready}
    return ordered


def _aprs(fee_rate: Floats, term: Floats) -> Floats:
    pairs, place = np.unique(np.column_stack([fee_rate, term]), axis=0, return_inverse=True)
    rates = [_apr(fee, months) for fee, months in pairs.tolist()]
    return np.asarray(rates, dtype=np.float64)[place.ravel()]


def _apr(fee_rate: float, term: float) -> float:
    is_loan = 0 <= fee_rate <= 1 and term >= 1 and term == round(term)
    return fee_apr(fee_rate, int(term)).nominal if is_loan else np.nan


_N_COLUMNS: Mapping[str, int] = {"fee_apr": 2, "instalment": 3, "difference": 2, "ratio": 2}
_FORMULAS: Mapping[str, Callable[..., Floats]] = {
    "fee_apr": _aprs,
    "instalment": lambda amount, term, fee_rate: amount * (1 / term + fee_rate),
    "sum": lambda *parts: np.sum(parts, axis=0),
    "difference": lambda first, second: first - second,
    "product": lambda *parts: np.prod(parts, axis=0),
    "ratio": lambda first, second: first / second,
}
