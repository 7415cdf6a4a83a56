"""`riskkit runs`: what was recorded, and how two runs differ."""

from typing import Annotated

import typer

from riskkit.cli._options import AsJson, TrackingUri


def runs(
    compare: Annotated[
        list[str] | None,
        typer.Argument(
            help="Two run ids to compare, 12 characters of each will do; without them, a list."
        ),
    ] = None,
    *,
    name: Annotated[
        str | None, typer.Option("--name", help="Only runs of this name: train, tune, register.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="List at most so many.")] = 20,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """List the runs recorded in MLflow, or compare two of them: data, settings, numbers.

    Example: `riskkit runs --name train`, then `riskkit runs RUN_ID RUN_ID`
    """
    from dataclasses import asdict

    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json
    from riskkit.cli._runs import differences_table, run_record, runs_table
    from riskkit.errors import DataError
    from riskkit.tracking import check_tracking, differences, past_run, past_runs

    if compare and len(compare) != 2:  # noqa: PLR2004 - one beside the other
        raise DataError(f"Give two run ids to compare, or none for a list; got {len(compare)}.")
    check_tracking(tracking_uri)
    if not compare:
        found = past_runs(name=name, limit=limit, uri=tracking_uri)
        if as_json:
            print_json({"runs": [run_record(run) for run in found]})
            return
        console.print(runs_table(found))
        return
    first, second = (past_run(run_id, uri=tracking_uri) for run_id in compare)
    unlike = differences(first, second)
    if as_json:
        print_json(
            {"runs": [first.id, second.id], "differences": [asdict(item) for item in unlike]}
        )
        return
    console.print(differences_table(unlike, first.id[:8], second.id[:8]))
