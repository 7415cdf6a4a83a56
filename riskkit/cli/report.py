"""`riskkit report`: one page for a risk committee."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, Overwrite, Table
from riskkit.cli.explain import LanguageChoice


def report(  # noqa: PLR0913 - one argument per option
    table: Table,
    *,
    policy: Annotated[Path, typer.Option("--policy", help="What `riskkit tune` wrote.")],
    out: Annotated[Path, typer.Option("--out", help="HTML file to write.")],
    language: Annotated[
        LanguageChoice, typer.Option("--lang", help="Shown first; the page can be switched.")
    ] = LanguageChoice.EN,
    champion: Annotated[
        Path | None, typer.Option("--champion", help="The policy in force, to compare with.")
    ] = None,
    with_applicants: Annotated[
        Path | None,
        typer.Option(
            "--with-applicants",
            help="Text file with one application id a line, for support staff to look up.",
        ),
    ] = None,
    plain_ids: Annotated[
        bool,
        typer.Option("--plain-ids", help="With --with-applicants: ids as they are, not hashed."),
    ] = False,
    reasons: Annotated[
        Path | None,
        typer.Option("--reasons", help="Reason catalogue, as `riskkit describe` writes it."),
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Open it in the browser, if there is a screen.")
    ] = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write one HTML file: the trade-off with a slider, reasons, stability, data, model card.

    Example: `riskkit report loans.csv --policy policy/ --out report.html`
    """
    from riskkit.cli._console import print_json
    from riskkit.cli._report import ReportOrder, open_page, print_written, write_report

    order = ReportOrder(
        table=table,
        policy=policy,
        out=out,
        language=language.value,
        champion=champion,
        with_applicants=with_applicants,
        plain_ids=plain_ids,
        reasons=reasons,
        overwrite=overwrite,
    )
    written = write_report(order)
    if as_json:
        print_json(written)
    else:
        print_written(written)
    if open_:
        open_page(out)
