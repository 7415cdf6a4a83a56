"""What an applicant can change: the values open to each actionable feature, and their cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from riskkit._checks import Floats
from riskkit._records import STRICT
from riskkit.applicants import Column, Derivation, Schema, following, rederived
from riskkit.errors import DataError
from riskkit.lending import Gate, passes

#: Numbers with at most so many values among applicant and background move between these only.
_FEW_VALUES = 12
_MOST_VALUES = 5000
_STEPS = 50  # about so many steps cover the range of a number that is not whole
_ALIKE = 1e-6  # relative; what a formula gives and what is on file
_WIDTH = (0.05, 0.95)  # quantiles between which a change costs 1


class Movement(BaseModel):
    """How one feature may be changed; what is not given follows from schema and background."""

    model_config = STRICT

    direction: Literal["up", "down", "either"] | None = None  #: Of a number.
    low: float | None = None  #: Lowest value of a number.
    high: float | None = None  #: Highest value of a number.
    step: float | None = Field(None, gt=0)  #: A number moves to multiples of this.
    choices: tuple[float | str, ...] = ()  #: The only values there are, in place of a step.
    cost: float = Field(1.0, gt=0)  #: Of a change across the background's range, or of a level.


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """The values that one feature may be changed to."""

    name: str  #: The feature.
    value: Any  #: The applicant's own.
    options: NDArray[Any]  #: What it may become, shape (n_values,).
    costs: Floats  #: Of each: 1 for changing anything, and more the farther; shape (n_values,).
    step: float | None  #: The values are all multiples of this between two ends; None: a list.
    slope: float  #: Cost per unit of a number's change.
    follows: tuple[str, ...] = ()  #: Derived columns that change along with it.


def new_levers(
    applicant: pd.DataFrame,
    background: pd.DataFrame,
    schema: Schema,
    *,
    gates: Sequence[Gate] = (),
    movements: Mapping[str, Movement] | None = None,
) -> tuple[Lever, ...]:
    """Return what an applicant can change, and to what.

    Only features that the schema calls actionable move. What the schema says is `derived` follows
    and does not move by itself; a feature is left out if what follows from it cannot be
    recomputed: where there is no formula, a column is absent, or the formula does not give the
    applicant's own value. A value that is not on file cannot be changed. Numbers move in the
    direction that lowers the PD where the schema says which (`worse`), within the range of the
    background, between values seen there where these are few, to whole numbers where all are
    whole, else in even steps. Values that a gate would stop are left out.

    Parameters
    ----------
    applicant : DataFrame, shape (1, n_columns)
        Their features, and the columns that derived ones follow from.
    background : DataFrame, shape (n_background, n_features)
        Applicants just approved: their values are known to exist.
    schema : Schema
        Which features are actionable.
    gates : sequence of Gate
        Conditions that a changed value must keep to.
    movements : mapping of str to Movement, optional
        Directions, bounds, steps and costs that the lender states.

    Returns
    -------
    tuple of Lever
        One for each feature with at least one other value to go to.

    Raises
    ------
    DataError
        If a movement is for a feature that is not actionable, or has too many values.

    Examples
    --------
    >>> column = Column(role="feature", kind="number", worse="higher", actionable=True)
    >>> (lever,) = new_levers(pd.DataFrame({"loans": [3.0]}), pd.DataFrame({"loans": [0.0, 1.0]}),
    ...                       Schema(columns={"loans": column}))
    >>> lever.options.tolist()
    [0.0, 1.0]
    """
    given = movements or {}
    actionable = [name for name in schema.features if schema.columns[name].actionable]
    stray = [name for name in given if name not in actionable]
    if stray:
        raise DataError(f"movements must be for actionable features, but {stray[0]!r} is none.")
    levers = []
    for name in actionable:
        column, movement = schema.columns[name], given.get(name, Movement())
        codes = [*column.special, *(str(code) for code in column.special)]
        seen = background[name][background[name].notna() & ~background[name].isin(codes)]
        own = applicant[name].iloc[0]
        follows = following(schema.derived, {name})
        if pd.isna(own) or own in codes or column.derived is not None:
            continue
        if not all(_is_told(schema.derived[other], applicant, other) for other in follows):
            continue
        make = _number if column.kind == "number" else _category
        lever = _allowed(make(name, own, seen, column=column, movement=movement), gates)
        if lever.options.size:
            levers.append(replace(lever, follows=follows))
    return tuple(levers)


def moved(
    applicants: pd.DataFrame, moves: Mapping[str, Any], derived: Mapping[str, Derivation]
) -> pd.DataFrame:
    """Return applicants with new values, and what follows from these."""
    return rederived(applicants.assign(**moves), derived, changed=moves.keys())


def _is_told(derivation: Derivation, applicant: pd.DataFrame, name: str) -> bool:
    # A formula that does not give the value on file is not how the column came about.
    if derivation.formula is None or not {name, *derivation.columns} <= set(applicant.columns):
        return False
    recorded = applicant[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return bool(np.allclose(derivation.of(applicant), recorded, rtol=_ALIKE, equal_nan=True))


def _category(name: str, own: Any, seen: pd.Series, *, column: Column, movement: Movement) -> Lever:
    del column
    levels = sorted({str(value) for value in movement.choices or seen.unique()} - {str(own)})
    values = np.array(levels, dtype=object)
    costs = np.full(len(values), 1.0 + movement.cost)
    return Lever(name=name, value=own, options=values, costs=costs, step=None, slope=movement.cost)


def _number(name: str, own: Any, seen: pd.Series, *, column: Column, movement: Movement) -> Lever:
    own = float(own)
    numbers = np.append(seen.to_numpy(dtype=np.float64), own)
    low = numbers.min() if movement.low is None else movement.low
    high = numbers.max() if movement.high is None else movement.high
    step = _step(numbers, movement)
    values = _listed(numbers, movement) if step is None else _grid(name, low, high, step)
    values = values[(values >= low) & (values <= high)]
    direction = (
        movement.direction or {"higher": "down", "lower": "up", "none": "either"}[column.worse]
    )
    values = values[{"down": values < own, "up": values > own, "either": values != own}[direction]]
    width = float(np.subtract(*np.quantile(numbers, _WIDTH[::-1]))) or 1.0
    slope = movement.cost / width
    costs = 1.0 + slope * np.abs(values - own)
    return Lever(name=name, value=own, options=values, costs=costs, step=step, slope=slope)


def _step(numbers: Floats, movement: Movement) -> float | None:
    if movement.choices:
        return None
    if movement.step is not None:
        return movement.step
    if len(np.unique(numbers)) <= _FEW_VALUES:
        return None
    if (numbers == np.round(numbers)).all():
        return 10.0 ** max(0.0, np.floor(np.log10(np.ptp(numbers) / _STEPS)))
    return float(10.0 ** np.floor(np.log10(np.ptp(numbers) / _STEPS)))


def _listed(numbers: Floats, movement: Movement) -> Floats:
    return np.unique(np.asarray(movement.choices or numbers, dtype=np.float64))


def _grid(name: str, low: float, high: float, step: float) -> Floats:
    first, last = np.ceil(low / step), np.floor(high / step)
    if last - first >= _MOST_VALUES:
        raise DataError(
            f"{name} must have at most {_MOST_VALUES} values to move to, but has "
            f"{last - first + 1:.0f}; give its movement a larger step or narrower bounds."
        )
    return np.asarray(np.arange(first, last + 1) * step, dtype=np.float64)


def _allowed(lever: Lever, gates: Sequence[Gate]) -> Lever:
    kept = np.ones(len(lever.options), dtype=bool)
    for gate in gates:
        if gate.column == lever.name:
            kept &= passes(gate, pd.DataFrame({lever.name: lever.options}))
    step = lever.step
    if step is not None and kept.any():  # a gap makes it a list
        ends = lever.options[kept][[0, -1]]
        between = (lever.options >= ends[0]) & (lever.options <= ends[1])
        step = step if (kept == between).all() else None
    return replace(lever, options=lever.options[kept], costs=lever.costs[kept], step=step)
