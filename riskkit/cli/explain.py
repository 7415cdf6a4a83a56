"""`riskkit explain`: why applications were stopped, for support staff, applicants and auditors."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from riskkit.cli._options import AsJson, Overwrite, Table, TrackingUri

if TYPE_CHECKING:
    from rich.console import Console

    from riskkit.bundle import Answer


class LanguageChoice(StrEnum):
    """Which language reasons are printed in."""

    EN = "en"
    ZH_CN = "zh-CN"


class Audience(StrEnum):
    """For whom an application is explained."""

    SUPPORT = "support"
    APPLICANT = "applicant"
    AUDITOR = "auditor"


class Format(StrEnum):
    """How an explanation is printed."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    MESSAGE = "message"


def explain(  # noqa: PLR0913 - one option for each thing that only the user can say
    table: Table,
    *,
    policy: Annotated[Path, typer.Option("--policy", help="What `riskkit tune` wrote.")],
    application_id: Annotated[
        str | None, typer.Option("--id", help="Which application, unless --all.")
    ] = None,
    language: Annotated[
        LanguageChoice, typer.Option("--lang", help="Language of the reasons.")
    ] = LanguageChoice.EN,
    audience: Annotated[
        Audience,
        typer.Option("--for", help="An applicant gets a letter; only an auditor sees everything."),
    ] = Audience.SUPPORT,
    format_: Annotated[
        Format,
        typer.Option("--format", help="How it is printed; message: a short one, for an applicant."),
    ] = Format.TEXT,
    lender: Annotated[
        str | None, typer.Option(help="Who writes to the applicant; needed for a letter.")
    ] = None,
    contact: Annotated[
        str | None,
        typer.Option(help="Where the applicant can reach a person; needed for a letter."),
    ] = None,
    addressee: Annotated[str, typer.Option(help="The applicant's name.")] = "",
    templates: Annotated[
        Path | None, typer.Option(help="Folder with letter templates of your own.")
    ] = None,
    reasons: Annotated[
        Path | None,
        typer.Option("--reasons", help="Reason catalogue, as `riskkit describe` writes it."),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Waterfall of one rejection to write, a PNG; it shows PDs.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Explain every rejection; needs --out.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="With --all: table to write, a .parquet.")
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions",
            help="With --id: replay the decision that `riskkit decide` logged here.",
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option("--truth", help="With --all: truth.parquet of a world, to count true goods."),
    ] = None,
    overwrite: Overwrite = False,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Show the decision on one application, the gate that stopped it, its reasons and a way out.

    Example: `riskkit explain loans.csv --policy policy/ --id A0000012 --lang zh-CN`
    """
    from riskkit.applicants import read_applications
    from riskkit.bundle import load_bundle
    from riskkit.cli import _explain
    from riskkit.cli._auditing import audit_explanation, audit_explanations
    from riskkit.errors import DataError
    from riskkit.explanations import Catalogue, Sender

    one_of = decisions is None or not every
    if every == (application_id is not None) or every != (out is not None) or not one_of:
        raise DataError(
            "Give either --id ID, or --all together with --out reasons.parquet; --decisions goes "
            "with --id."
        )
    if truth is not None and not every:
        raise DataError(
            "--truth counts true goods among all rejections; add --all, or leave it out."
        )
    _check_letter(
        is_letter=audience == Audience.APPLICANT and not every,
        format_=format_,
        sender=(lender, contact),
        figure=figure,
    )
    bundle = load_bundle(policy)
    catalogue = None if reasons is None else Catalogue.read(reasons)
    applications = read_applications(table, bundle.schema)
    as_json = as_json or format_ == Format.JSON
    if out is not None:
        _explain.explain_all(
            bundle,
            applications,
            out,
            on_written=lambda draft: audit_explanations(
                policy, applications, draft, uri=tracking_uri
            ),
            truth=truth,
            overwrite=overwrite,
            as_json=as_json,
        )
        return
    asked = _explain.Asked(application_id=str(application_id), policy=policy, decisions=decisions)
    case = _explain.new_case(bundle, applications, asked, catalogue=catalogue)
    audit_explanation(
        policy, applications, answer_record(case.found), audience.value, uri=tracking_uri
    )
    if figure is not None:
        _explain.draw(case, figure, language.value, overwrite=overwrite)
    if audience == Audience.APPLICANT:
        sender = Sender(lender=str(lender), contact=str(contact))
        notice = _explain.notice_of(case, language.value, sender=sender, addressee=addressee)
        _explain.print_notice(notice, "json" if as_json else format_.value, templates=templates)
        return
    record = _explain.auditor_record if audience == Audience.AUDITOR else _explain.support_record
    if as_json:
        _explain.print_record(record(case))
        return
    show = _explain.show_auditor if audience == Audience.AUDITOR else _explain.show_support
    form: Literal["text", "html"] = "html" if format_ == Format.HTML else "text"
    _explain.print_view(lambda console: show(case, language.value, console), form)


def _check_letter(
    *,
    is_letter: bool,
    format_: Format,
    sender: tuple[str | None, str | None],
    figure: Path | None,
) -> None:
    from riskkit.errors import DataError

    if format_ == Format.MESSAGE and not is_letter:
        raise DataError("--format message is for applicants; add --for applicant, or leave it out.")
    if is_letter and None in sender:
        raise DataError(
            "--for applicant needs --lender and --contact, who writes and how to reach."
        )
    if is_letter and figure is not None:
        raise DataError("--figure shows PDs, which an applicant never sees; leave it out.")


def answer_record(found: "Answer") -> dict[str, Any]:
    """Return an answer as plain data."""
    from dataclasses import asdict

    return asdict(found) | {"verdicts": dict(found.verdicts)}


def print_answer(found: "Answer", language: str, console: "Console | None" = None) -> None:
    """Print an answer for support staff."""
    from riskkit.cli._console import out
    from riskkit.explanations import in_language
    from riskkit.reports import answer_table, answer_words

    console = console or out
    for line in answer_words(found, language):
        console.print(line, highlight=False, markup=False)
    if found.summary is not None:
        console.print(
            in_language(found.summary, language), style="bold", highlight=False, markup=False
        )
    if found.reasons:
        console.print(answer_table(found, language))
