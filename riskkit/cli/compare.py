"""`riskkit compare`: champion against challenger on past applications."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, Overwrite, Table


def compare(  # noqa: PLR0913 - one argument per option
    champion: Annotated[Path, typer.Argument(help="The policy in force, from `riskkit tune`.")],
    challenger: Annotated[Path, typer.Argument(help="The policy proposed, likewise.")],
    table: Table,
    *,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help="Column to compare within, as a segment; may be repeated."),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option("--truth", help="Of a synthetic world: truth.parquet, for true figures."),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", help="Picture to write, a PNG.")
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Show whom only one of two policies approves, and what that is worth.

    Swap-ins are approved by the challenger only, swap-outs by the champion only. Each figure says
    what it rests on: true, observed, corrected for who was approved, or bounds.

    Example: `riskkit compare policy/ stricter/ loans.csv --by channel --figure swaps.png`
    """
    from riskkit._files import check_vacant
    from riskkit.applicants import read_table
    from riskkit.bundle import compare_policies, load_bundle, read_truth
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json, step
    from riskkit.reports import (
        comparison_figure,
        comparison_record,
        comparison_tables,
        comparison_words,
        save_figure,
    )

    if figure is not None:
        check_vacant(figure, overwrite=overwrite)
    bundles = load_bundle(champion), load_bundle(challenger)
    with step(f"Comparing on {table}"):
        found = compare_policies(
            *bundles,
            read_table(table),
            truth=None if truth is None else read_truth(truth),
            by=by or (),
        )
    if figure is not None:
        save_figure(comparison_figure(found), figure, overwrite=overwrite)
    if as_json:
        print_json(comparison_record(found))
        return
    for part in comparison_tables(found):
        console.print(part)
    for line in comparison_words(found):
        console.print(line, highlight=False)
    if figure is not None:
        console.print(f"Written to {figure}", highlight=False)
