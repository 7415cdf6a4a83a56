"""`riskkit changes`: what dated changes of policy did, the mix of applicants held fixed."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, Table
from riskkit.cli.blame import Economics, Schema


def changes(  # noqa: PLR0913 - one argument per option
    table: Table,
    *,
    date: Annotated[
        list[str], typer.Option("--date", help="First day of a new policy; can be given again.")
    ],
    schema: Schema = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="Hold bands of its PDs fixed; else of past rejections."),
    ] = None,
    hold: Annotated[
        list[str] | None,
        typer.Option("--hold", help="Column to hold fixed too: the score in force, a segment."),
    ] = None,
    months: Annotated[
        int, typer.Option("--months", min=1, help="To look before and after a date.")
    ] = 6,
    economics: Economics = None,
    as_json: AsJson = False,
) -> None:
    """Measure what each change of policy did to approvals, bads, blocked goods and money.

    Example: `riskkit changes loans.parquet --schema schema.yaml --date 2025-06-01 --hold channel`
    """
    from dataclasses import asdict

    from riskkit.cli._blaming import changed, plain
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json, step
    from riskkit.cli._ground import Source, read_ground, untrained
    from riskkit.reports import changes_table

    source = Source(table=table, schema=schema, policy=policy, economics=economics)
    with step(f"reading {table}"):
        ground, notes = untrained(read_ground(source))
    with step("comparing before and after"):
        effects = changed(ground, date, hold=hold or (), months=months)
    if as_json:
        print_json({"changes": plain([asdict(effect) for effect in effects]), "notes": notes})
        return
    console.print(changes_table(effects))
    for sentence in (
        "Of applications that reached the score gate; after, weighted to the mix of before. "
        "Approximate 95% intervals; goods not approved are estimated from random approvals, or "
        "bounded where there are none.",
        "Bads and profit also move with the economy, which no mix holds fixed.",
        *notes,
    ):
        console.print(sentence, highlight=False)
