"""`riskkit reproduce`: a recorded training, done again."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, TrackingUri

_DIFFERENT = 3  # exit code


def reproduce(
    run_id: Annotated[str, typer.Argument(help="A train run, as `riskkit runs` lists them.")],
    *,
    table: Annotated[
        Path | None, typer.Option("--table", help="Where the table is now, if it was moved.")
    ] = None,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Train again from the recorded data, parameters and seed; say equal, or where it differs.

    Example: `riskkit reproduce 669bd08619e7407e87634b8dde32206a`. Exit code 3 where it differs.
    """
    from dataclasses import asdict

    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json
    from riskkit.cli._reproduction import reproduced
    from riskkit.cli._runs import differences_table

    found = reproduced(run_id, table, uri=tracking_uri)
    if as_json:
        unlike = [asdict(item) for item in found.differences]
        print_json(asdict(found) | {"equal": not unlike, "differences": unlike})
    elif not found.differences:
        console.print(
            f"Equal: run {run_id}, trained again on {found.table}, gives the scorer "
            f"{found.scorer[:12]}... and the same report to the last digit.",
            highlight=False,
        )
    else:
        console.print(differences_table(found.differences, "recorded", "again"))
        for name, (was, present) in found.other_versions.items():
            console.print(f"Trained with {name} {was}, again with {present}.", highlight=False)
    if found.differences:
        raise typer.Exit(_DIFFERENT)
