"""A points card as one SQL statement that gives the same points in every database."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskkit.errors import DataError
from riskkit.scores.columns import Coding

_INDENT = "    "
#: Databases read so many digits to the same bits as Python.
_EXACT_DIGITS = 15
#: Bits of a float's fraction, and of the largest power of two that is read exactly.
_FRACTION, _WHOLE = 53, 62
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSql:
    """One feature of a points card."""

    coding: Coding  #: Its bins or levels.
    points: NDArray[np.int64]  #: Whole points by code.
    refuses: bool  #: Whether levels never seen in training get NULL.

    def case(self) -> list[str]:
        """Return the lines of its CASE expression."""
        whens = self._number_whens() if self.coding.kind == "number" else self._level_whens()
        return ["CASE", *(f"  {when}" for when in whens), "END"]

    def _number_whens(self) -> list[str]:
        column = f"CAST({identifier(self.coding.name)} AS DOUBLE PRECISION)"
        n, points = self.coding.n_bins, self.points.tolist()
        whens = [f"WHEN {column} IS NULL THEN {points[self.coding.missing]}"]
        # Infinite values; and NaN, which DuckDB and PostgreSQL take for the largest number.
        whens.append(f"WHEN NOT ABS({column}) <= {double(_LARGEST)} THEN NULL")
        whens += [
            f"WHEN {column} = {double(float(code))} THEN {points[n + i]}"
            for i, code in enumerate(self.coding.special)
        ]
        ends = np.flatnonzero(np.diff(self.points[:n]))  # equal neighbours need no cut
        whens += [
            f"WHEN {column} <= {double(float(self.coding.edges[i]))} THEN {points[i]}" for i in ends
        ]
        return [*whens, f"ELSE {points[n - 1]}"]

    def _level_whens(self) -> list[str]:
        name, n = identifier(self.coding.name), self.coding.n_bins
        unseen = int(self.points[n])
        whens = [f"WHEN {name} IS NULL THEN {int(self.points[self.coding.missing])}"]
        by_points: dict[int, list[str]] = {}
        for level, points in zip(self.coding.levels, self.points[:n].tolist(), strict=True):
            if points != unseen or self.refuses:
                by_points.setdefault(points, []).append(text(level))
        whens += [
            f"WHEN CAST({name} AS VARCHAR) IN ({', '.join(levels)}) THEN {points}"
            for points, levels in by_points.items()
        ]
        return [*whens, f"ELSE {'NULL' if self.refuses else unseen}"]


def select_statement(
    features: list[FeatureSql], *, base: int, table: str, keys: tuple[str, ...]
) -> str:
    """Return one SELECT of keys, score and the points of every feature.

    Raises
    ------
    DataError
        If a name holds a NUL character.
    """
    cases = [feature.case() for feature in features]
    lines = [f"  {identifier(key)}," for key in keys]
    lines.append(f"  {base}")
    for case in cases:
        lines += [f"{_INDENT}+ {case[0]}", *(f"{_INDENT}  {line}" for line in case[1:])]
    lines[-1] += " AS score"
    for feature, case in zip(features, cases, strict=True):
        lines[-1] += ","
        lines += [f"  {line}" for line in case]
        lines[-1] += f" AS {identifier('points: ' + feature.coding.name)}"
    return "\n".join(["SELECT", *lines, f"FROM {identifier(table)}"])


def identifier(name: str) -> str:
    """Return a name as SQL reads it whatever it holds.

    Raises
    ------
    DataError
        If it holds a NUL character.
    """
    return _quoted(name, '"')


def text(value: str) -> str:
    """Return text as SQL reads it whatever it holds.

    Raises
    ------
    DataError
        If it holds a NUL character.
    """
    return _quoted(value, "'")


def _quoted(value: str, mark: str) -> str:
    if "\0" in value:
        raise DataError(f"SQL cannot hold a name or level with a NUL character, such as {value!r}.")
    return mark + value.replace(mark, mark * 2) + mark


def double(value: float) -> str:
    """Return a number that databases read to the same bits.

    Short ones are written with an exponent, without which DuckDB takes them for decimals. Long
    ones, of which SQLite may miss the last bit, are a whole number times or over powers of two.
    """
    short = f"{value:.{_EXACT_DIGITS}g}"
    if float(short) == value:
        return short if "e" in short else f"{short}e0"
    fraction, exponent = math.frexp(value)
    whole, exponent = int(fraction * 2**_FRACTION), exponent - _FRACTION
    n_powers, rest = divmod(abs(exponent), _WHOLE)
    factors = [2**_WHOLE] * n_powers + [2**rest]
    sign = "*" if exponent > 0 else "/"
    return f"({whole}e0{''.join(f' {sign} {factor}e0' for factor in factors)})"
