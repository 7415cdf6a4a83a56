"""Contributions as ranked reasons in plain words, in English and Simplified Chinese."""

from dataclasses import dataclass, replace

from riskkit.applicants import Schema
from riskkit.errors import DataError
from riskkit.explanations.attribution import TOLERANCE, Attribution
from riskkit.explanations.catalogue import Catalogue, check_catalogue, new_catalogue
from riskkit.explanations.languages import LANGUAGES, Language, Words
from riskkit.explanations.ranking import rank_groups
from riskkit.explanations.wording import compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason for a rejection by the score; words are given for every language."""

    key: str  #: Key of the reason in the schema, or the feature's name.
    contribution: float  #: What its features add to the margin together [log-odds of bad], > 0.
    features: tuple[str, ...]  #: Its features; the one with the largest contribution leads.
    factor: Words  #: What the reason is about.
    value: Words  #: The applicant's value of the leading feature.
    reference: Words  #: The background's value of it: median, or most common level.
    words: Words  #: The reason as a sentence, for support staff.
    plain: Words  #: The same for the applicant, with a rounded range or median.
    advice: Words | None  #: What can be done, where the leading feature is on file and actionable.
    actionable: bool  #: Whether the applicant can change the leading feature.
    protected: bool  #: Whether a protected characteristic is among its features.


def rank_reasons(
    attribution: Attribution, schema: Schema, *, row: int = 0, catalogue: Catalogue | None = None
) -> tuple[Reason, ...]:
    """Return the strongest reasons of one applicant, strongest first: four, or five with inquiries.

    Which count, and in which order, is `rank_groups`'. A reason is worded by the feature that
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
    catalogue : Catalogue, optional
        Words for factors, advice and levels; without it, those of `new_catalogue`.

    Returns
    -------
    tuple of Reason
        At most `MAX_REASONS`, and a fifth where it is inquiries; none where nothing pushed
        towards rejection.

    Raises
    ------
    DataError
        If there is no such row, the schema lacks a feature, or the catalogue lacks words (all
        that are missing are listed).

    References
    ----------
    .. [1] 12 CFR Part 1002, Supplement I, comments 9(b)(2)-1 to 9(b)(2)-5.

    Examples
    --------
    >>> from riskkit.applicants import Column
    >>> column = Column(role="feature", kind="number", label={"en": "Credit inquiries"})
    >>> import numpy as np
    >>> import pandas as pd
    >>> attribution = Attribution(
    ...     contributions=np.array([[0.8]]), feature_names=("inquiries",), base=-2.5,
    ...     margins=np.array([-1.7]), applicants=pd.DataFrame({"inquiries": [6.0]}),
    ...     background=pd.DataFrame({"inquiries": [0.0, 1.0, 1.0]}),
    ... )
    >>> (reason,) = rank_reasons(attribution, Schema(columns={"inquiries": column}))
    >>> reason.words["en"]
    'Credit inquiries: 6, while applicants just approved typically have 1.'
    """
    n_applicants = len(attribution.contributions)
    if not 0 <= row < n_applicants:
        raise DataError(f"row must be one of {n_applicants} applicants from 0, but is {row}.")
    if catalogue is None:
        catalogue = new_catalogue(schema)
    else:
        check_catalogue(catalogue, schema)
    one = replace(
        attribution,
        contributions=attribution.contributions[[row]],
        margins=attribution.margins[[row]],
        applicants=attribution.applicants.iloc[[row]],
    )
    ranking = rank_groups(one, schema)
    totals = dict(zip(ranking.keys, ranking.totals[0].tolist(), strict=True))
    return tuple(
        _reason(key, totals[key], one, schema=schema, catalogue=catalogue) for key in ranking.of(0)
    )


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
    >>> from riskkit.applicants import Column
    >>> column = Column(role="feature", kind="number", label={"en": "Monthly income"})
    >>> schema = Schema(columns={"income": column})
    >>> unlabelled(schema, "en"), unlabelled(schema, "zh-CN")
    ((), ('income',))
    """
    return tuple(name for name in schema.features if language not in schema.columns[name].label)


def _reason(
    key: str, total: float, attribution: Attribution, *, schema: Schema, catalogue: Catalogue
) -> Reason:
    contributions = dict(
        zip(attribution.feature_names, attribution.contributions[0].tolist(), strict=True)
    )
    own = [f for f, reason in schema.reasons.items() if reason == key and f in contributions]
    features = tuple(sorted(own, key=lambda feature: -round(contributions[feature] / TOLERANCE)))
    name = features[0]
    column, entry = schema.columns[name], catalogue.reasons[key]
    comparison = compared(
        attribution.applicants[name], attribution.background[name], column, catalogue
    )
    return Reason(
        key=key,
        contribution=total,
        features=features,
        factor={language: entry.factor[language] for language in LANGUAGES},
        value=comparison.value,
        reference=comparison.reference,
        words=comparison.words,
        plain=comparison.plain,
        advice={language: entry.advice[language] for language in LANGUAGES}
        if column.actionable and comparison.on_file
        else None,
        actionable=column.actionable,
        protected=any(schema.columns[feature].protected for feature in features),
    )
