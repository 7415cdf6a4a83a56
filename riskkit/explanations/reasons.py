# ruff: noqa: RUF001, RUF002 - Chinese sentences have full-width punctuation
"""Contributions as ranked reasons in plain words, in English and Simplified Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from riskkit.applicants import Column, Schema
from riskkit.errors import DataError
from riskkit.explanations.attribution import TOLERANCE, Attribution
from riskkit.lending import CAUSES, Cause

Language = Literal["en", "zh-CN"]
#: The languages that reasons are written in.
LANGUAGES: tuple[Language, ...] = get_args(Language)
#: More are unlikely to be helpful (12 CFR Part 1002, Supplement I, comment 9(b)(2)-1).
MAX_REASONS = 4

#: Words by language, one of each.
Words = Mapping[str, str]

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
_ENDING: Words = {"en": " This concerns: {factor}.", "zh-CN": "涉及的事项：{factor}。"}

_GATES: Mapping[Cause, Words] = {
    "system": {
        "en": "A technical problem on our side stopped your application. "
        "This is not your fault; please try again.",
        "zh-CN": "由于我们的系统出现故障，您的申请未能完成。这不是您的原因，请稍后再试。",
    },
    "profile": {
        "en": "Your details are incomplete or could not be verified. "
        "Please complete or correct them and apply again.",
        "zh-CN": "您的资料不完整或未能通过核验，请补充或更正后重新申请。",
    },
    "credit_record": {
        "en": "Your credit record does not meet our requirements at present.",
        "zh-CN": "您目前的信用记录暂不符合我们的要求。",
    },
    "score": {
        "en": "Our assessment of the whole application does not allow an approval at present.",
        "zh-CN": "经综合评估，您的申请暂未达到批准标准。",
    },
    "policy": {
        "en": "One of our general lending rules does not allow this application at present; "
        "this is a rule of ours and no judgement of you.",
        "zh-CN": "根据我们目前的业务规则，暂时无法受理此项申请。"
        "这是我们的规定，并非对您个人的评价。",
    },
}
#: What these gates ask for can be told to the applicant; a system stop has no such factor.
_HAVE_FACTOR = frozenset({"profile", "credit_record", "policy"})

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason for a rejection by the score; words are given for every language."""

    key: str  #: Key of the reason in the schema, or the feature's name.
    contribution: float  #: What its features add to the margin together [log-odds of bad], > 0.
    features: tuple[str, ...]  #: Its features; the one with the largest contribution leads.
    value: Words  #: The applicant's value of the leading feature.
    reference: Words  #: The background's value of it: median, or most common level.
    words: Words  #: The reason as a sentence.
    actionable: bool  #: Whether the applicant can change the leading feature.


def rank_reasons(attribution: Attribution, schema: Schema, *, row: int = 0) -> tuple[Reason, ...]:
    """Return the strongest reasons of one applicant, strongest first, four at most.

    Contributions are summed over the features that share a reason in the schema. Only what pushed
    towards rejection counts; contributions are compared to 6 decimals, and of equal ones the
    reason that the schema names first comes first. A reason is worded by the feature that
    contributes most to it, with the schema's label for it, or the column's name where the label
    lacks a language (`unlabelled` lists these).

    Parameters
    ----------
    attribution : Attribution
        Contributions, the applicants and the background they were compared with.
    schema : Schema
        Reasons, labels, units and special codes of the features.
    row : int
        Which of the attribution's applicants.

    Returns
    -------
    tuple of Reason
        At most `MAX_REASONS`; none where nothing pushed towards rejection.

    Raises
    ------
    DataError
        If there is no such row, or the schema lacks a feature.

    References
    ----------
    .. [1] 12 CFR Part 1002, Supplement I, comments 9(b)(2)-1 to 9(b)(2)-5.

    Examples
    --------
    >>> column = Column(role="feature", kind="number", label={"en": "Credit inquiries"})
    >>> attribution = Attribution(
    ...     contributions=np.array([[0.8]]), feature_names=("inquiries",), base=-2.5,
    ...     margins=np.array([-1.7]), applicants=pd.DataFrame({"inquiries": [6.0]}),
    ...     background=pd.DataFrame({"inquiries": [0.0, 1.0, 1.0]}),
    ... )
    >>> (reason,) = rank_reasons(attribution, Schema(columns={"inquiries": column}))
    >>> reason.words["en"]
    'Credit inquiries: 6, while applicants just approved typically have 1.'
    """
    groups = _grouped(attribution, schema, row)
    totals = {key: _rounded(sum(group.values())) for key, group in groups.items()}
    strongest = sorted(groups, key=lambda key: -totals[key])[:MAX_REASONS]  # stable: schema order
    return tuple(
        _reason(key, groups[key], attribution, schema=schema, row=row)
        for key in strongest
        if totals[key] > 0
    )


def gate_reason(cause: Cause, factor: Mapping[str, str] | None = None) -> Words:
    """Return what the customer hears when a gate stops an application.

    A ``system`` stop never says anything about the customer, whatever `factor` is.

    Parameters
    ----------
    cause : {"system", "profile", "credit_record", "score", "policy"}
        The cause of the stop.
    factor : mapping of str to str, optional
        Words by language for what the gate asks, such as the label of its column; where it has
        a language's words, a profile, credit record or policy stop names it.

    Returns
    -------
    mapping of str to str
        The sentences by language.

    Raises
    ------
    DataError
        If there is no such cause.

    Examples
    --------
    >>> gate_reason("profile")["en"]
    'Your details are incomplete or could not be verified. Please complete or correct them and apply again.'
    >>> gate_reason("credit_record", {"zh-CN": "当前逾期"})["zh-CN"]
    '您目前的信用记录暂不符合我们的要求。涉及的事项：当前逾期。'
    """  # noqa: E501 - what the customer hears is one line
    if cause not in _GATES:
        raise DataError(f"cause must be one of {', '.join(CAUSES)}, but is {cause!r}.")
    named = (factor or {}) if cause in _HAVE_FACTOR else {}
    return {
        language: _GATES[cause][language]
        + (_ENDING[language].format(factor=named[language]) if language in named else "")
        for language in LANGUAGES
    }


def in_language(words: Words, language: str) -> str:
    """Return words in one language.

    Parameters
    ----------
    words : mapping of str to str
        Words by language, as reasons have them.
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    str
        The words.

    Raises
    ------
    DataError
        If the language is not there: those that are, are named.

    Examples
    --------
    >>> in_language(gate_reason("system"), "zh-CN")
    '由于我们的系统出现故障，您的申请未能完成。这不是您的原因，请稍后再试。'
    """
    if language not in LANGUAGES:
        raise DataError(f"language must be one of {', '.join(LANGUAGES)}, but is {language!r}.")
    return words[language]


def unlabelled(schema: Schema, language: Language) -> tuple[str, ...]:
    """Return the features that reasons call by their column name, for want of a label.

    Parameters
    ----------
    schema : Schema
        Features and their labels.
    language : {"en", "zh-CN"}
        The language of the labels.

    Returns
    -------
    tuple of str
        The features, in the schema's order.

    Examples
    --------
    >>> column = Column(role="feature", kind="number", label={"en": "Monthly income"})
    >>> schema = Schema(columns={"income": column})
    >>> unlabelled(schema, "en"), unlabelled(schema, "zh-CN")
    ((), ('income',))
    """
    return tuple(name for name in schema.features if language not in schema.columns[name].label)


def _grouped(attribution: Attribution, schema: Schema, row: int) -> dict[str, dict[str, float]]:
    # Contributions by reason and feature, both in the schema's order.
    names, n_applicants = attribution.feature_names, len(attribution.contributions)
    if not 0 <= row < n_applicants:
        raise DataError(f"row must be one of {n_applicants} applicants from 0, but is {row}.")
    absent = [name for name in names if name not in schema.features]
    if absent:
        raise DataError(f"The schema must name every feature, but lacks {absent[0]!r}.")
    contributions = dict(zip(names, attribution.contributions[row].tolist(), strict=True))
    groups: dict[str, dict[str, float]] = {}
    for feature, key in schema.reasons.items():
        if feature in contributions:
            groups.setdefault(key, {})[feature] = contributions[feature]
    return groups


def _rounded(contribution: float) -> float:
    return float(round(contribution / TOLERANCE)) * TOLERANCE


def _reason(
    key: str, group: Mapping[str, float], attribution: Attribution, *, schema: Schema, row: int
) -> Reason:
    features = tuple(sorted(group, key=lambda feature: -_rounded(group[feature])))
    name = features[0]
    column = schema.columns[name]
    found = _known(attribution.applicants[name].iloc[[row]], column).iloc[0]
    typical = _typical(_known(attribution.background[name], column), column)
    value, reference = _as_texts(found, typical, column)
    template = _template(column, value=value, reference=reference)
    return Reason(
        key=key,
        contribution=sum(group.values()),
        features=features,
        value=value,
        reference=reference,
        words={
            language: template[language].format(
                label=column.label.get(language, name),
                value=value[language],
                reference=reference[language],
            )
            for language in LANGUAGES
        },
        actionable=column.actionable,
    )


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


def _as_texts(found: Any, typical: Any, column: Column) -> tuple[Words, Words]:
    digits = _digits(found, typical) if column.kind == "number" else 0
    return (
        {language: _as_text(found, column, language, digits=digits) for language in LANGUAGES},
        {language: _as_text(typical, column, language, digits=digits) for language in LANGUAGES},
    )


def _digits(found: float, typical: float) -> int:
    # The fewest significant digits that still tell the two values apart.
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        if _number(found, digits) != _number(typical, digits):
            return digits
    return _FEWEST_DIGITS


def _as_text(value: Any, column: Column, language: Language, *, digits: int) -> str:
    if pd.isna(value):
        return _NOT_ON_FILE[language]
    if column.kind == "category":
        return str(value)
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


def _template(column: Column, *, value: Words, reference: Words) -> Words:
    if value == reference:
        return _ALIKE
    if reference == _NOT_ON_FILE:
        return _MOSTLY_ABSENT
    return _NUMBER if column.kind == "number" else _CATEGORY
