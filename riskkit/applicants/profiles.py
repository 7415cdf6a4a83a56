"""What a column holds: missing values, codes in disguise, and what it says of outcomes."""

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.applicants.separation import (
    Codes,
    Outcomes,
    Separation,
    separation_of,
    tabulated,
)
from riskkit.applicants.values import as_levels, as_times, is_flag_column
from riskkit.errors import DataError

Holds = Literal["number", "text", "time"]

#: Levels of a text column that mean missing, in small letters.
MISSING_WORDS = frozenset(
    {"", "-", "?", "missing", "unknown", "n/a", "na", "nan", "null", "not available", "xna"}
)
#: Codes that data dictionaries customarily use for "missing because ...".
_BELOW = frozenset({*range(-9, 0), -66, -77, -88, *range(-99, -95), *range(-999, -995), -9999})
_ABOVE = frozenset(
    {66, 77, 88, *range(96, 100), 666, 777, 888, *range(996, 1000), 9996, 9997, 9998}
)
#: A code stands in at least this many rows; a rarer one may be an outlier.
_MIN_CODE_ROWS = 5
#: -1 to -6 are taken for codes only beside a scale with more values than this.
_SHORT_SCALE = 10
#: So many neighbouring codes at one end are looked at.
_MOST_CODES = 5
#: A value this many times beyond the range of all others is no measurement.
_FAR = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialCode:
    """A value that seems to mean "missing because ..."."""

    value: float | str  #: As it stands in the column.
    share: float  #: Rows that hold it [fraction].
    why: str  #: Why it is suspected.


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """What one column holds."""

    name: str  #: Its name in the table.
    holds: Holds  #: What its values are.
    missing: float  #: Rows without a value [fraction].
    n_known: int  #: Rows with a value.
    n_distinct: int  #: Distinct values.
    whole: bool  #: Numbers without fractions.
    consecutive: bool  #: Distinct whole numbers without a gap, such as row numbers.
    examples: tuple[str, ...]  #: Its first distinct values, in order for numbers.
    codes: tuple[SpecialCode, ...]  #: Values that seem to mean missing.
    numeric_text: str | None  #: A value, where text seems to hold numbers; None otherwise.
    fingerprint: str  #: Equal for columns that tell rows apart alike, whatever their unit.
    separation: Separation | None  #: None where no outcomes are known, or it holds one value.
    missing_if_known: float  #: Share missing where the outcome is known [fraction].
    missing_if_unknown: float | None  #: The same where it is unknown; None if it nowhere is.


def profile_of(column: pd.Series, outcomes: Outcomes) -> ColumnProfile:
    """Return what a column holds and how well it alone tells bads from goods.

    Parameters
    ----------
    column : Series, shape (n_applicants,)
        Any column of a table.
    outcomes : Outcomes
        The outcomes of the same rows.

    Returns
    -------
    ColumnProfile
        The description; nothing is guessed about what the column is for.

    Examples
    --------
    >>> from riskkit.applicants.separation import outcomes_of
    >>> outcomes = outcomes_of(np.array([0.0, 1.0, np.nan]))
    >>> profile = profile_of(pd.Series([1.0, 2.0, None]), outcomes)
    >>> profile.holds, profile.n_distinct, round(profile.missing, 2)
    ('number', 2, 0.33)
    """
    holds, values = _readable(column)
    codes, distinct = _factored(values, holds)
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    table = tabulated(codes, len(distinct), outcomes)
    n_missing, n_missing_known = len(codes) - int(counts.sum()), int(table[-1].sum())
    numbers = distinct.to_numpy(dtype=np.float64) if holds == "number" else np.empty(0)
    special = (
        _number_codes(numbers, counts, len(codes))
        if holds == "number"
        else _text_codes(distinct, counts, len(codes))
    )
    measured = ~np.isin(numbers, [code.value for code in special])
    return ColumnProfile(
        name=str(column.name),
        holds=holds,
        missing=n_missing / len(codes),
        n_known=int(counts.sum()),
        n_distinct=len(distinct),
        whole=bool(len(numbers)) and bool((numbers == np.floor(numbers)).all()),
        consecutive=bool(len(numbers) > 1) and bool((np.diff(numbers) == 1).all()),
        examples=tuple(f"{v:g}" if holds == "number" else str(v) for v in distinct[:3]),
        codes=special,
        numeric_text=_numeric_text(distinct) if holds == "text" else None,
        fingerprint=_fingerprint(codes, holds),
        separation=separation_of(
            table,
            ordered=holds == "number",
            measured=measured if holds == "number" else np.zeros(len(distinct), dtype=bool),
        ),
        missing_if_known=n_missing_known / len(outcomes.rows),
        missing_if_unknown=(n_missing - n_missing_known) / outcomes.n_unknown
        if outcomes.n_unknown
        else None,
    )


def _readable(column: pd.Series) -> tuple[Holds, pd.Series]:
    if isinstance(column.dtype, pd.CategoricalDtype) or is_flag_column(column):
        kind: Holds = "number" if is_flag_column(column) else "text"
        levels = as_levels(column)
        return kind, pd.to_numeric(levels) if kind == "number" else levels
    if pd.api.types.is_numeric_dtype(column):
        return "number", column.astype("float64")
    if pd.api.types.is_datetime64_any_dtype(column):
        return "time", column
    return _readable_text(column)


def _readable_text(column: pd.Series) -> tuple[Holds, pd.Series]:
    try:
        texts = as_levels(column)
        present = texts.dropna()
        numbers = pd.to_numeric(column).astype("float64")
    except (ValueError, TypeError):
        return ("time" if _are_times(column) else "text"), as_levels(column)
    # Text such as "02139" is a code: as a number it would lose its zero.
    padded = present.str.match(r"\s*0\d").any()
    return ("text", texts) if padded or present.empty else ("number", numbers)


def _are_times(column: pd.Series) -> bool:
    present = column.dropna()
    shown = present.head(100).astype("str")
    if not shown.str.match(r"\s*\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?").all():
        return False
    try:
        as_times(present)
    except DataError:
        return False
    return True


def _factored(values: pd.Series, holds: Holds) -> tuple[Codes, pd.Index]:
    if holds != "number":
        codes, distinct = pd.factorize(values)
        return codes, pd.Index(distinct)
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    codes, distinct = pd.factorize(np.where(np.isinf(numbers), np.nan, numbers), sort=True)
    return codes, pd.Index(distinct)


def _fingerprint(codes: Codes, holds: Holds) -> str:
    return hashlib.blake2b(holds.encode() + codes.tobytes(), digest_size=16).hexdigest()


def _numeric_text(levels: pd.Index) -> str | None:
    texts = pd.Series(levels, dtype="str").str.strip()
    texts = texts[~texts.str.lower().isin(MISSING_WORDS)]
    if texts.empty or texts.str.match(r"0\d").any():
        return None
    pattern = r"[$€£¥]?\s*[-+]?(\d[\d,]*\.?\d*|\.\d+)\s*%?"
    return str(texts.iloc[0]) if texts.str.fullmatch(pattern).all() else None


def _number_codes(numbers: Floats, counts: Codes, n_rows: int) -> tuple[SpecialCode, ...]:
    found = _codes_below(numbers, counts) | _codes_far_out(numbers, counts)
    return tuple(
        SpecialCode(value=float(numbers[i]), share=float(counts[i] / n_rows), why=why)
        for i, why in sorted(found.items())
    )


def _codes_below(numbers: Floats, counts: Codes) -> dict[int, str]:
    negative = numbers[numbers < 0]
    rest = len(numbers) - len(negative)
    if not 0 < len(negative) <= _MOST_CODES or rest < 2 or not _BELOW.issuperset(negative):  # noqa: PLR2004 - a scale has two values
        return {}
    if negative.min() > -7 and rest <= _SHORT_SCALE:  # noqa: PLR2004 - -1 may be the lowest grade
        return {}
    why = "a customary code below zero, where nothing else is negative"
    return {i: why for i in range(len(negative)) if counts[i] >= _MIN_CODE_ROWS}


def _codes_far_out(numbers: Floats, counts: Codes) -> dict[int, str]:
    # The fewest values at the top, then at the bottom, that stand apart from everything else.
    for n_codes in range(1, min(_MOST_CODES, len(numbers) - 2) + 1):
        for end, rest in (
            (numbers[-n_codes:], numbers[:-n_codes]),
            (numbers[:n_codes], numbers[n_codes:]),
        ):
            first = len(rest) if end[0] > rest[0] else 0
            often = counts[first : first + n_codes] >= _MIN_CODE_ROWS
            if often.all() and _stand_apart(end, rest):
                why = f"far from all other values, which lie between {rest[0]:g} and {rest[-1]:g}"
                return {first + i: why for i in range(n_codes)}
    return {}


def _stand_apart(end: Floats, rest: Floats) -> bool:
    spread = rest[-1] - rest[0]
    gap = end[0] - rest[-1] if end[0] > rest[-1] else rest[0] - end[-1]
    whole = bool((end == np.floor(end)).all())
    customary = all(value in _ABOVE or _is_nines(abs(value)) for value in end)
    far = max(spread, np.abs(rest).max()) * _FAR
    return whole and (gap >= spread if customary else bool(np.abs(end).min() >= far > 0))


def _is_nines(value: float) -> bool:
    return value >= 99 and set(f"{value:.0f}") == {"9"}  # noqa: PLR2004 - 9 may be a count


def _text_codes(levels: pd.Index, counts: Codes, n_rows: int) -> tuple[SpecialCode, ...]:
    words = pd.Series(levels, dtype="str").str.strip().str.lower()
    return tuple(
        SpecialCode(value=str(levels[i]), share=float(counts[i] / n_rows), why="a word for missing")
        for i in np.flatnonzero(words.isin(MISSING_WORDS))
    )
