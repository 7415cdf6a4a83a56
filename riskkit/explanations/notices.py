# ruff: noqa: RUF001 - Chinese sentences have full-width punctuation
"""The letter or message that tells an applicant of a rejection, from templates of the lender's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from riskkit.applicants import Schema
from riskkit.errors import DataError
from riskkit.explanations.catalogue import Catalogue, new_catalogue
from riskkit.explanations.languages import Language, Words, in_language
from riskkit.explanations.reasons import Reason
from riskkit.explanations.recourse import Plan
from riskkit.explanations.wording import value_words

NoticeKind = Literal["letter.html", "letter.txt", "message.txt"]
#: The forms of a notice; a template is called the same, with ``.j2`` after it.
NOTICE_KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)

#: What heads changes that belong together.
TOGETHER: Words = {"en": "All of these together:", "zh-CN": "以下各项同时变化："}
_TEXTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "gap": " ",
        "heading": "About your application {application_id}",
        "greeting": "Dear {addressee},",
        "nobody": "customer",
        "reasons_follow": "These factors counted most:",
        "steps_follow": "Any one of the following could lead to another decision, though we cannot "
        "promise it:",
        "change": "{label}: from {before} to {after}",
        "mainly": "What counted most: {factors}.",
        "list": "; ",
        "review": "You may ask us to explain this decision and to have a person look at it again: "
        "{contact}.",
    },
    "zh-CN": {
        "gap": "",
        "heading": "关于您的申请{application_id}",
        "greeting": "尊敬的{addressee}：",
        "nobody": "客户",
        "reasons_follow": "影响此次结果的主要因素如下：",
        "steps_follow": "以下任一变化都可能使结果有所不同，但我们无法就此作出承诺：",
        "change": "{label}：由{before}变为{after}",
        "mainly": "主要因素：{factors}。",
        "list": "；",
        "review": "您可以要求我们对该决定予以说明，并申请人工复核：{contact}。",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes, and how to reach them; the lender's own words."""

    lender: str  #: Name of the lender.
    contact: str  #: Where a person can be asked to look at the decision again.


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeReason:
    """One reason in the applicant's language."""

    factor: str  #: What it is about.
    sentence: str  #: The applicant's value beside a rounded range or median.
    advice: str  #: What can be done; empty where nothing can.


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a template can say; no PD, cut-off or margin is among it."""

    language: Language  #: Of all words.
    heading: str  #: About which application.
    greeting: str  #: To whom.
    what_happened: str  #: The gate's words.
    reasons_follow: str  #: Words before the reasons.
    reasons: tuple[NoticeReason, ...]  #: Strongest first; none unless the score gate stopped it.
    mainly: str  #: The factors in one sentence.
    steps_follow: str  #: Words before the changes; they promise nothing.
    together: str  #: Words before changes that belong together.
    steps: tuple[tuple[str, ...], ...]  #: Alternatives: of each, the changes that belong together.
    review: str  #: How to ask for an explanation and a human review.
    lender: str  #: Who writes.
    gap: str  #: What stands between two sentences: a space, or nothing in Chinese.


def new_notice(  # noqa: PLR0913 - what a letter is made of
    *,
    application_id: str,
    summary: Words | None,
    reasons: Sequence[Reason],
    plans: Sequence[Plan],
    schema: Schema,
    sender: Sender,
    language: Language,
    addressee: str = "",
    catalogue: Catalogue | None = None,
) -> Notice:
    """Return what an applicant is told of a rejection, ready for a template.

    Parameters
    ----------
    application_id : str
        Which application.
    summary : mapping of str to str
        The gate's words, see `gate_reason`.
    reasons : sequence of Reason
        Reasons by score, strongest first.
    plans : sequence of Plan
        Alternative changes. They move in round steps and were decided again as they stand, so
        nothing is rounded here.
    schema : Schema
        Labels and units.
    sender : Sender
        The lender.
    language : {"en", "zh-CN"}
        Language of the notice.
    addressee : str
        The applicant's name.
    catalogue : Catalogue, optional
        Words for levels; without it, those of `new_catalogue`.

    Returns
    -------
    Notice
        The words.

    Raises
    ------
    DataError
        If the application was approved, or the language is not there.

    References
    ----------
    .. [1] Personal Information Protection Law of the PRC, Article 24; 12 CFR 1002.9.

    Examples
    --------
    >>> from riskkit.explanations import gate_reason
    >>> notice = new_notice(
    ...     application_id="A1", summary=gate_reason("system"), reasons=(), plans=(),
    ...     schema=Schema(columns={}), language="en",
    ...     sender=Sender(lender="The Shop", contact="help@shop.example"),
    ... )
    >>> print(render_notice(notice, "message.txt"))
    A technical problem on our side stopped your application. This is not your fault; please try again. You may ask us to explain this decision and to have a person look at it again: help@shop.example.
    """  # noqa: E501 - a message is one line
    if summary is None:
        raise DataError(
            f"A notice tells of a rejection, but application {application_id} is approved."
        )
    what_happened = in_language(summary, language)
    texts, words = _TEXTS[language], catalogue or new_catalogue(schema)
    told = tuple(
        NoticeReason(
            factor=reason.factor[language],
            sentence=reason.plain[language],
            advice=reason.advice[language] if reason.advice is not None else "",
        )
        for reason in reasons
    )
    factors = texts["list"].join(_amid(reason.factor) for reason in told)
    return Notice(
        language=language,
        heading=texts["heading"].format(application_id=application_id),
        greeting=texts["greeting"].format(addressee=addressee or texts["nobody"]),
        what_happened=what_happened,
        reasons_follow=texts["reasons_follow"],
        reasons=told,
        mainly=texts["mainly"].format(factors=factors),
        steps_follow=texts["steps_follow"],
        together=TOGETHER[language],
        steps=tuple(
            tuple(change[language] for change in plan_words(plan, schema, words)) for plan in plans
        ),
        review=texts["review"].format(contact=sender.contact),
        lender=sender.lender,
        gap=texts["gap"],
    )


def plan_words(plan: Plan, schema: Schema, catalogue: Catalogue) -> tuple[Words, ...]:
    """Return the changes of a plan in words.

    Parameters
    ----------
    plan : Plan
        The changes.
    schema : Schema
        Labels and units.
    catalogue : Catalogue
        Words for levels.

    Returns
    -------
    tuple of mapping of str to str
        Each change by language; where there are several, all of them are needed.
    """
    changes: list[Words] = []
    for name, pair in plan.changes.items():
        column = schema.columns[name]
        old, new = (value_words(value, column, name, catalogue) for value in pair)
        changes.append(
            {
                language: texts["change"].format(
                    label=column.label.get(language, name),
                    before=old[language],
                    after=new[language],
                )
                for language, texts in _TEXTS.items()
            }
        )
    return tuple(changes)


def _amid(words: str) -> str:
    # In the middle of a sentence, unless they begin with initials.
    return words[0].lower() + words[1:] if words[1:2].islower() else words


def render_notice(notice: Notice, kind: NoticeKind, *, templates: Path | None = None) -> str:
    """Return a notice as a letter or message.

    In HTML everything that is filled in is escaped, so that no text of an applicant's becomes
    markup. Templates run in Jinja2's sandbox.

    Parameters
    ----------
    notice : Notice
        What to say.
    kind : {"letter.html", "letter.txt", "message.txt"}
        The form.
    templates : Path, optional
        A folder with templates of the lender's, such as ``letter.html.j2``; those that it lacks
        are riskkit's.

    Returns
    -------
    str
        The text.

    Raises
    ------
    DataError
        If there is no such form or folder, or a template is broken: what is wrong is named.
    """
    import jinja2  # noqa: PLC0415 - only whoever writes letters waits for it
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 - see above

    if kind not in NOTICE_KINDS:
        raise DataError(f"kind must be one of {', '.join(NOTICE_KINDS)}, but is {kind!r}.")
    if templates is not None and not templates.is_dir():
        raise DataError(f"templates must be a folder, but {templates} is none.")
    folders = [str(templates)] if templates is not None else []
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.FileSystemLoader(folders),
                jinja2.PackageLoader("riskkit.explanations", "templates"),
            ]
        ),
        autoescape=kind.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    try:
        return environment.get_template(f"{kind}.j2").render(notice=notice).strip()
    except jinja2.TemplateError as error:
        raise DataError(f"The template {kind}.j2 cannot be filled: {error}.") from None
