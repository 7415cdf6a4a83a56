"""Checks that public functions share: each names the caller's argument and the value it found."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskkit.errors import DataError

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


def as_flags(**columns: ArrayLike) -> list[Flags]:
    """Return 0/1 columns as booleans; pass each under its caller's name for it."""
    arrays = {name: np.asarray(values) for name, values in columns.items()}
    check_shapes(arrays)
    return [_as_flag(name, array) for name, array in arrays.items()]


def as_fractions(**columns: ArrayLike) -> list[Floats]:
    """Return columns of fractions in [0, 1] as floats; pass each under its caller's name for it."""
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
    check_shapes(arrays)
    for name, array in arrays.items():
        _refuse(name, array, ~((array >= 0) & (array <= 1)), "hold only values from 0 to 1")
    return list(arrays.values())


def as_finite(**columns: ArrayLike) -> list[Floats]:
    """Return columns of finite numbers as floats; pass each under its caller's name for it."""
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
    check_shapes(arrays)
    for name, array in arrays.items():
        _refuse(name, array, ~np.isfinite(array), "hold only finite numbers")
    return list(arrays.values())


def check_open_fraction(**values: float) -> None:
    """Refuse numbers outside (0, 1); pass each under its caller's name for it."""
    for name, value in values.items():
        if not 0 < value < 1:
            raise DataError(f"{name} must lie between 0 and 1, exclusive, but is {value}.")


def check_shapes(arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Refuse columns that are not 1-d or differ in length."""
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) > 1 or any(len(shape) != 1 for shape in shapes):
        found = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise DataError(f"Expected 1-d columns of one length, got shapes: {found}.")


def _as_flag(name: str, array: NDArray[np.generic]) -> Flags:
    _refuse(name, array, (array != 0) & (array != 1), "hold only 0 and 1")
    return array.astype(bool)


def _refuse(name: str, array: NDArray[np.generic], wrong: Flags, rule: str) -> None:
    wrong_rows = np.flatnonzero(wrong)
    if wrong_rows.size:
        first = wrong_rows[0]
        raise DataError(
            f"{name} must {rule}, but {wrong_rows.size} of {array.size} values "
            f"do not; the first is {array[first]} in row {first}."
        )
