# ruff: noqa: RUF001 - Chinese sentences have full-width punctuation
"""What support staff see of one application: why, what to say, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from riskkit.applicants import Applications, Schema
from riskkit.bundle import Bundle, answer, recourse_of
from riskkit.explanations import (
    LANGUAGES,
    Catalogue,
    Reason,
    Recourse,
    Words,
    new_catalogue,
    plan_words,
)
from riskkit.reports.tables import answer_words

_HEADINGS: Mapping[str, Words] = {
    "one": {
        "en": "Any one of these would be approved under the same policy:",
        "zh-CN": "在同一政策下，以下任一变化都会获得批准：",
    },
    "proved": {
        "en": "Proved: no change of what the applicant can change would be approved.",
        "zh-CN": "已证明：申请人可改变的事项无论如何变化，均不会获得批准。",
    },
    "unknown": {
        "en": "No change was found that would be approved; that there is none is not proved.",
        "zh-CN": "未找到可获批准的变化，但尚未证明不存在。",
    },
    "unsearched": {
        "en": "Not searched: with this kind of model, changes that would be approved cannot be "
        "searched for.",
        "zh-CN": "未作搜索：对该类模型无法搜索可获批准的变化。",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportView:
    """One application as support staff see it, in every language."""

    decision: tuple[Words, ...]  #: The decision and the gate; PD and margin where they decided.
    say: Words | None  #: What the customer hears about the gate; None where none stopped it.
    reasons: tuple[Reason, ...]  #: Strongest first; only where the score gate stopped it.
    steps_heading: Words | None  #: What can be said of changes; None unless the score stopped it.
    #: Alternatives any one of which would be approved: of each, the changes that belong together.
    steps: tuple[tuple[Words, ...], ...]


def support_view(
    bundle: Bundle,
    applications: Applications,
    application_id: str,
    *,
    catalogue: Catalogue | None = None,
) -> SupportView:
    """Decide one application and say why, what to say and what to do.

    Parameters
    ----------
    bundle : Bundle
        Policy, scorer and background.
    applications : Applications
        A table with the application.
    application_id : str
        Which.
    catalogue : Catalogue, optional
        Words for the reasons; without it, those of `new_catalogue`.

    Returns
    -------
    SupportView
        What ``riskkit explain --for support`` prints.

    Raises
    ------
    DataError
        If the id is not there, the table lacks what a gate or the scorer needs, or the catalogue
        lacks words.
    """
    found = answer(bundle, applications, application_id, catalogue=catalogue)
    by_language = {language: answer_words(found, language) for language in LANGUAGES}
    decision = tuple(
        dict(zip(by_language, lines, strict=True))
        for lines in zip(*by_language.values(), strict=True)
    )
    recourse = recourse_of(bundle, applications, application_id) if found.reasons else None
    heading, steps = recourse_words(
        recourse, bundle.schema, catalogue or new_catalogue(bundle.schema)
    )
    return SupportView(
        decision=decision,
        say=found.summary,
        reasons=found.reasons,
        steps_heading=heading,
        steps=steps,
    )


def recourse_words(
    recourse: Recourse | None, schema: Schema, catalogue: Catalogue
) -> tuple[Words | None, tuple[tuple[Words, ...], ...]]:
    """Return what can be said of the changes that would turn a rejection.

    Parameters
    ----------
    recourse : Recourse or None
        What was found; None where it was not looked for.
    schema : Schema
        Labels and units.
    catalogue : Catalogue
        Words for levels.

    Returns
    -------
    heading : mapping of str to str, or None
        Whether there are changes, or whether it is proved that there are none, or that nothing was
        searched.
    steps : tuple of tuple of mapping of str to str
        Alternatives: of each, the changes that belong together.

    Examples
    --------
    >>> schema = Schema(columns={})
    >>> recourse_words(Recourse(plans=(), proved_none=True), schema, new_catalogue(schema))[0]["en"]
    'Proved: no change of what the applicant can change would be approved.'
    """
    if recourse is None:
        return None, ()
    if not recourse.searched:
        return _HEADINGS["unsearched"], ()
    if not recourse.plans:
        return _HEADINGS["proved" if recourse.proved_none else "unknown"], ()
    return _HEADINGS["one"], tuple(plan_words(p, schema, catalogue) for p in recourse.plans)
