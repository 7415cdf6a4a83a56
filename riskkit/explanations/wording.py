# ruff: noqa: RUF001 - Chinese sentences have full-width punctuation
"""An applicant's value beside that of applicants just approved, in plain words."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.applicants import Column
from riskkit.explanations.catalogue import Catalogue
from riskkit.explanations.languages import LANGUAGES, Language, Words

_NOT_ON_FILE: Words = {"en": "not on file", "zh-CN": "无记录"}
#: What support staff and applicants call those whom reasons compare with.
_STAFF: Words = {"en": "applicants just approved", "zh-CN": "刚好达到批准标准的申请人"}
_PLAIN: Words = {"en": "applicants who narrowly qualified", "zh-CN": "刚好达到批准标准的申请人"}
_NUMBER: Words = {
    "en": "{label}: {value}, while {others} typically have {reference}.",
    "zh-CN": "{label}：{value}，而{others}通常为{reference}。",
}
_CATEGORY: Words = {
    "en": "{label}: {value}, while for {others} it is most often {reference}.",
    "zh-CN": "{label}：{value}，而{others}多为{reference}。",
}
_MOSTLY_ABSENT: Words = {
    "en": "{label}: {value}, while for most {others} there is nothing on file.",
    "zh-CN": "{label}：{value}，而{others}大多{reference}。",
}
# The typical applicant can have the same value and others a better one: then these are compared.
_ALIKE: Words = {
    "en": "{label}: {value}. This is usual among {others} too, but some of them have a more "
    "favorable value.",
    "zh-CN": "{label}：{value}。{others}通常也是如此，但其中一部分人的情况更有利。",
}
# Or even a worse one.
_BETTER: Words = {
    "en": "{label}: {value}. Most {others} do no better, but some of them have a more favorable "
    "value.",
    "zh-CN": "{label}：{value}。{others}大多并不更优，但其中一部分人的情况更有利。",
}
_UNITS: Mapping[str, Words] = {
    "months": {"en": " months", "zh-CN": "个月"},
    "instalments": {"en": "", "zh-CN": "期"},  # as with counts
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
_QUARTILES: tuple[tuple[float, Literal["lower", "higher"]], ...] = (
    (0.25, "lower"),
    (0.75, "higher"),
)  # values that exist: no half inquiries
#: Ranges that applicants see are rounded to so many significant digits.
_ROUGH_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One value of an applicant's beside the background's."""

    value: Words  #: The applicant's.
    reference: Words  #: The background's: median, or most common level.
    words: Words  #: Both in a sentence, for support staff.
    plain: Words  #: The same for the applicant, with a rounded range or median.

    @property
    def on_file(self) -> bool:
        """Whether the applicant has a value."""
        return self.value != _NOT_ON_FILE


def compared(
    found: pd.Series, background: pd.Series, column: Column, catalogue: Catalogue
) -> Comparison:
    """Return one value beside a background's; the series' name is the feature's."""
    name = str(found.name)
    value = _own(found.iloc[0], column)
    if column.kind == "category":
        typical = _most_common(background, column)
        texts, reference = (_level_words(x, name, catalogue) for x in (value, typical))
        template = _template(_CATEGORY, texts, reference)
        words, plain = _both(template, column, name=name, value=texts, reference=reference)
        return Comparison(value=texts, reference=reference, words=words, plain=plain)
    known = _numbers(background, column)
    typical = float(np.median(known)) if 2 * len(known) >= len(background) else np.nan
    digits = _digits(value, typical)
    texts, reference = (_number_words(x, column, digits) for x in (value, typical))
    template = _template(_NUMBER, texts, reference)
    if np.isnan(typical):
        words, plain = _both(template, column, name=name, value=texts, reference=reference)
        return Comparison(value=texts, reference=reference, words=words, plain=plain)
    low, high = (_rough(float(np.quantile(known, q, method=way))) for q, way in _QUARTILES)
    is_better = {"higher": value < typical, "lower": value > typical, "none": False}[column.worse]
    told, usual = _BETTER if is_better else _NUMBER, _range(low, high, column)
    if low <= value <= high:  # a range that holds the value tells nothing, but the median does
        told = _ALIKE if is_better or _rough(value) == _rough(typical) else _NUMBER
        usual = _number_words(_rough(typical), column, _ROUGH_DIGITS)
    return Comparison(
        value=texts,
        reference=reference,
        words=_sentence(
            _BETTER if is_better and template is _NUMBER else template,
            column, name=name, value=texts, reference=reference, others=_STAFF,
        ),
        plain=_sentence(
            told, column, name=name, value=texts, reference=usual, others=_PLAIN
        ),
    )  # fmt: skip


def value_words(value: Any, column: Column, name: str, catalogue: Catalogue) -> Words:
    """Return one value of a feature in words.

    Parameters
    ----------
    value : float or str
        The value; NaN or None where missing.
    column : Column
        Its kind and unit.
    name : str
        The feature.
    catalogue : Catalogue
        Words for levels.

    Returns
    -------
    mapping of str to str
        The words by language.

    Examples
    --------
    >>> from riskkit.applicants import Schema
    >>> from riskkit.explanations import new_catalogue
    >>> column = Column(role="feature", kind="number", unit="months")
    >>> value_words(6.0, column, "term", new_catalogue(Schema(columns={"term": column})))["en"]
    '6 months'
    """
    if column.kind == "category":
        return _level_words(value, name, catalogue)
    return _number_words(value, column, _FEWEST_DIGITS)


def _template(usual: Words, value: Words, reference: Words) -> Words:
    if value == reference:
        return _ALIKE
    return _MOSTLY_ABSENT if reference == _NOT_ON_FILE else usual


def _both(
    template: Words, column: Column, *, name: str, value: Words, reference: Words
) -> tuple[Words, Words]:
    staff, plain = (
        _sentence(template, column, name=name, value=value, reference=reference, others=others)
        for others in (_STAFF, _PLAIN)
    )
    return staff, plain


def _sentence(  # noqa: PLR0913 - what a sentence says
    template: Words, column: Column, *, name: str, value: Words, reference: Words, others: Words
) -> Words:
    return {
        language: template[language].format(
            label=column.label.get(language, name),
            value=value[language],
            reference=reference[language],
            others=others[language],
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
    # The unit stands once, but a percent sign belongs to each.
    first = ends[0] if column.unit == "fraction" else dict.fromkeys(LANGUAGES, _number(low, 2))
    return {
        language: _RANGE[language].format(low=first[language], high=ends[1][language])
        for language in LANGUAGES
    }


def _rough(value: float) -> float:
    return float(f"{value:.{_ROUGH_DIGITS}g}")


def _own(value: Any, column: Column) -> Any:
    # Special codes mean "missing because ...": they are no values to compare with.
    return np.nan if pd.isna(value) or value in _codes(column) else value


def _codes(column: Column) -> tuple[float | str, ...]:
    texts = (f"{code:g}" if isinstance(code, float) else code for code in column.special)
    return (*column.special, *texts)


def _numbers(values: pd.Series, column: Column) -> Floats:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    codes = [float(code) for code in _codes(column) if _is_number(code)]
    return numbers[~(np.isnan(numbers) | np.isin(numbers, codes))]


def _is_number(code: float | str) -> bool:
    try:
        float(code)
    except ValueError:
        return False
    return True


def _most_common(values: pd.Series, column: Column) -> Any:
    # Missing where nothing is more common; of equally common levels the first in the alphabet.
    counts = Counter(_own(value, column) for value in values.tolist())
    n_missing = sum(n for level, n in counts.items() if pd.isna(level))
    known = {level: n for level, n in counts.items() if not pd.isna(level)}
    best = min(known, key=lambda level: (-known[level], str(level)), default=np.nan)
    return best if known.get(best, 0) >= n_missing else np.nan


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
