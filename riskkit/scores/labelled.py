"""Labelled rows as measures and calibrations take them: outcomes, what ranks them, weights."""

import numpy as np
from numpy.typing import ArrayLike

from riskkit._checks import Flags, Floats, as_finite, as_flags, as_fractions, check_shapes
from riskkit.errors import DataError, UndefinedRateError


def checked_pds(
    bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None
) -> tuple[Flags, Floats, Floats]:
    """Return outcomes, PDs and weights of some applicants.

    Raises
    ------
    DataError
        If they differ in length, or hold what they may not.
    UndefinedRateError
        If there are no applicants.
    """
    (is_bad,) = as_flags(bad=bad)
    if not is_bad.size:
        raise UndefinedRateError("The measure is undefined: there are no applicants.")
    _, fractions = as_fractions(bad=is_bad, pds=pds)
    return is_bad, fractions, checked_weight(weight, bad=is_bad)


def checked_classes(
    bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None
) -> tuple[Flags, Floats, Floats]:
    """Return outcomes, anything that rises with PDs, and weights, where both classes are there.

    Raises
    ------
    DataError
        If they differ in length, or hold what they may not.
    UndefinedRateError
        If there are no goods or no bads.
    """
    (is_bad,) = as_flags(bad=bad)
    _, ranks = as_finite(bad=is_bad, pds=pds)
    _check_both(is_bad, "measure")
    return is_bad, ranks, checked_weight(weight, bad=is_bad)


def checked_margins(
    margins: ArrayLike, *, bad: ArrayLike, weight: ArrayLike | None
) -> tuple[Floats, Flags, Floats]:
    """Return margins, outcomes and weights to calibrate on.

    Raises
    ------
    DataError
        If they differ in length, are empty, or hold what they may not.
    UndefinedRateError
        If there are no goods or no bads.
    """
    x, weights = checked_rows(margins, weight)
    (is_bad,) = as_flags(bad=bad)
    check_shapes({"margins": x, "bad": is_bad})
    _check_both(is_bad, "calibration")
    return x, is_bad, weights


def checked_rows(margins: ArrayLike, weight: ArrayLike | None) -> tuple[Floats, Floats]:
    """Return margins and weights of some applicants, with or without outcomes.

    Raises
    ------
    DataError
        If they differ in length, are empty, or hold what they may not.
    """
    (x,) = as_finite(margins=margins)
    if not x.size:
        raise DataError("margins must have at least one value, but is empty.")
    return x, checked_weight(weight, margins=x)


def checked_weight(weight: ArrayLike | None, **beside: Flags | Floats) -> Floats:
    """Return positive weights as long as the column beside them; all 1 where none are given.

    Raises
    ------
    DataError
        If they are not as long, or one is not finite or not above 0.
    """
    ((name, column),) = beside.items()
    weights = np.ones(column.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    check_shapes({name: column, "weight": weights})
    as_finite(weight=weights)
    if not (weights > 0).all():
        first = int(np.flatnonzero(weights <= 0)[0])
        raise DataError(f"weight must be positive, but is {weights[first]} in row {first}.")
    return weights


def _check_both(is_bad: Flags, subject: str) -> None:
    for name, group in (("goods", ~is_bad), ("bads", is_bad)):
        if not group.any():
            raise UndefinedRateError(f"The {subject} is undefined: there are no {name}.")
