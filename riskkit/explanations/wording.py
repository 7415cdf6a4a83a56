# ruff: noqa: RUF001 - Chinese sentences have full-width punctuation
"""An applicant's value beside that of applicants just approved, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from riskkit.applicants import Column
from riskkit.explanations.catalogue import Catalogue
from riskkit.explanations.languages import LANGUAGES, Language, Words

_NOT_ON_FILE: Words = {"en": "not on file", "zh-CN": "无记录"}
_NUMBER: Words = {
    "en": "{label}: {value}, while applicants just approved typically have {reference}.",
    "zh-CN": "{label}：{value}，而刚好达到批准标准的申请人通常为{reference}。",
}
_CATEGORY: Words = {
    "en": "{label}: {value}, while for applicants just approved it is most often {reference}.",
    "zh-CN": "{label}：{value}，而刚好达到批准标准的申请人多为{reference}。",
}
_MOSTLY_ABSENT: Words = {
    "en": "{label}: {value}, while for most applicants just approved there is nothing on file.",
    "zh-CN": "{label}：{value}，而刚好达到批准标准的申请人大多{reference}。",
}
# The typical applicant can have the same value and others a better one: then these are compared.
_ALIKE: Words = {
    "en": "{label}: {value}. This is usual among applicants just approved too, but some of them "
    "have a more favorable value.",
    "zh-CN": "{label}：{value}。刚好达到批准标准的申请人通常也是如此，但其中一部分人的情况更有利。",
}
_UNITS: Mapping[str, Words] = {
    "months": {"en": " months", "zh-CN": "个月"},
    "days": {"en": " days", "zh-CN": "天"},
    "years": {"en": " years", "zh-CN": "年"},
    "currency": {"en": "", "zh-CN": "元"},
    "points": {"en": " points", "zh-CN": "分"},
    "count": {"en": "", "zh-CN": ""},  # the label says what is counted
    "CNY": {"en": " CNY", "zh-CN": "元"},
    "CNY per month": {"en": " CNY per month", "zh-CN": "元/月"},
}
_MOST_DIGITS = 17  # enough to tell any two floats apart
_FEWEST_DIGITS = 3
_RANGE: Words = {"en": "{low} to {high}", "zh-CN": "{low}至{high}"}
_QUARTILES = ((0.25, "lower"), (0.75, "higher"))  # values that exist: no half inquiries
#: Ranges that applicants see are rounded to so many significant digits.
_ROUGH_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One value of an applicant's beside the background's."""

    value: Words  #: The applicant's.
    reference: Words  #: The background's: median, or most common level.
    words: Words  #: Both in a sentence, for support staff.
    plain: Words  #: The same for the applicant, with a rounded range for the reference.


def compared(
    found: pd.Series, background: pd.Series, column: Column, catalogue: Catalogue
) -> Comparison:
    """Return one value beside a background's; the series' name is the feature's."""
    name = str(found.name)
    value = _known(found, column).iloc[0]
    known = _known(background, column)
    typical = _typical(known, column)
    if column.kind == "category":
        texts, reference = (_level_words(x, name, catalogue) for x in (value, typical))
        words = _sentence(_CATEGORY, column, name=name, value=texts, reference=reference)
        return Comparison(value=texts, reference=reference, words=words, plain=words)
    digits = _digits(value, typical)
    texts, reference = (_number_words(x, column, digits) for x in (value, typical))
    words = _sentence(_NUMBER, column, name=name, value=texts, reference=reference)
    if pd.isna(typical):
        return Comparison(value=texts, reference=reference, words=words, plain=words)
    low, high = (
        _rough(float(known.quantile(q, interpolation=outward))) for q, outward in _QUARTILES
    )
    inside = low <= value <= high
    spread = texts if inside else _range(low, high, column)
    plain = _sentence(_NUMBER, column, name=name, value=texts, reference=spread)
    return Comparison(value=texts, reference=reference, words=words, plain=plain)


def value_words(value: Any, column: Column, name: str, catalogue: Catalogue) -> Words:
    """Return one value of a feature in words."""
    if column.kind == "category":
        return _level_words(value, name, catalogue)
    return _number_words(value, column, _FEWEST_DIGITS)


def _sentence(
    template: Words, column: Column, *, name: str, value: Words, reference: Words
) -> Words:
    if value == reference:
        template = _ALIKE
    elif reference == _NOT_ON_FILE:
        template = _MOSTLY_ABSENT
    return {
        language: template[language].format(
            label=column.label.get(language, name),
            value=value[language],
            reference=reference[language],
        )
        for language in LANGUAGES
    }


def _level_words(value: Any, name: str, catalogue: Catalogue) -> Words:
    return _NOT_ON_FILE if pd.isna(value) else catalogue.level(name, str(value))


def _number_words(value: float, column: Column, digits: int) -> Words:
    return {language: _as_text(value, column, language, digits=digits) for language in LANGUAGES}


def _range(low: float, high: float, column: Column) -> Words:
    ends = [_number_words(end, column, _ROUGH_DIGITS) for end in (low, high)]
    if low == high:
        return ends[0]
    return {
        language: _RANGE[language].format(low=ends[0][language], high=ends[1][language])
        for language in LANGUAGES
    }


def _rough(value: float) -> float:
    return float(f"{value:.{_ROUGH_DIGITS}g}")


def _known(values: pd.Series, column: Column) -> pd.Series:
    # Special codes mean "missing because ...": they are no values to compare with.
    texts = [f"{code:g}" if isinstance(code, float) else code for code in column.special]
    return values.mask(values.isin([*column.special, *texts]))


def _typical(values: pd.Series, column: Column) -> Any:
    # The median of what is known, or the most common level; missing where most are missing.
    if column.kind == "number":
        return np.nan if values.isna().mean() > 0.5 else values.median()  # noqa: PLR2004 - most
    counts = values.value_counts(dropna=False, sort=False)
    return counts.sort_index(na_position="last").idxmax()  # ties: the level first in the alphabet


def _digits(found: float, typical: float) -> int:
    # The fewest significant digits that still tell the two values apart.
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        if _number(found, digits) != _number(typical, digits):
            return digits
    return _FEWEST_DIGITS


def _as_text(value: Any, column: Column, language: Language, *, digits: int) -> str:
    if pd.isna(value):
        return _NOT_ON_FILE[language]
    if column.unit == "fraction":
        return _number(100 * value, digits) + "%"
    unit = column.unit or ""
    translated = _UNITS[unit][language] if unit in _UNITS else f" {unit}".rstrip()
    if value == 1 and language == "en":
        translated = translated.removesuffix("s")
    return _number(value, digits) + translated


def _number(value: float, digits: int) -> str:
    if not np.isfinite(value) or value == 0:
        return f"{abs(value):.0f}"
    decimals = max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0)
    text = f"{value:,.{min(decimals, 20)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
