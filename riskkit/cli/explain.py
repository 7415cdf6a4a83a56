"""`riskkit explain`: why one application was stopped, for support staff."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from riskkit.cli._options import AsJson, Table


class LanguageChoice(StrEnum):
    """Which language reasons are printed in."""

    EN = "en"
    ZH_CN = "zh-CN"


def explain(  # noqa: PLR0913 - one option for each thing that only the user can say
    table: Table,
    *,
    policy: Annotated[Path, typer.Option("--policy", help="What `riskkit tune` wrote.")],
    application_id: Annotated[str, typer.Option("--id", help="Which application.")],
    language: Annotated[
        LanguageChoice, typer.Option("--lang", help="Language of the reasons.")
    ] = LanguageChoice.EN,
    reasons: Annotated[
        Path | None,
        typer.Option("--reasons", help="Reason catalogue, as `riskkit describe` writes it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the decision on one application, the gate that stopped it, and its reasons.

    Example: `riskkit explain loans.csv --policy policy/ --id A0000012 --lang zh-CN`
    """
    from riskkit.applicants import read_applications
    from riskkit.bundle import answer, load_bundle
    from riskkit.cli._console import print_json
    from riskkit.explanations import Catalogue

    bundle = load_bundle(policy)
    catalogue = None if reasons is None else Catalogue.read(reasons)
    found = answer(
        bundle, read_applications(table, bundle.schema), application_id, catalogue=catalogue
    )
    if as_json:
        print_json(answer_record(found))
        return
    print_answer(found, language.value)


def answer_record(found: Any) -> dict[str, Any]:
    """Return an answer as plain data."""
    from dataclasses import asdict

    return asdict(found) | {"verdicts": dict(found.verdicts)}


def print_answer(found: Any, language: str) -> None:
    """Print an answer for support staff."""
    from riskkit.cli._console import out as console
    from riskkit.explanations import in_language
    from riskkit.reports import answer_table, answer_words

    for line in answer_words(found, language):
        console.print(line, highlight=False)
    if found.summary is not None:
        console.print(in_language(found.summary, language), style="bold", highlight=False)
    if found.reasons:
        console.print(answer_table(found, language))
