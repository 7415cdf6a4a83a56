"""`riskkit promote`: a challenger with enough evidence becomes the champion."""

from typing import Annotated

import typer

from riskkit.cli._options import AsJson, TrackingUri


def promote(  # noqa: PLR0913 - one argument per option
    name: Annotated[str, typer.Argument(help="The registered name.")],
    *,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Which; the challenger if not given.")
    ] = None,
    max_age: Annotated[
        float,
        typer.Option("--max-age", min=0, help="Days since the youngest application of its data."),
    ] = 365,
    because: Annotated[
        str | None,
        typer.Option("--because", help="Promote it whatever its evidence; recorded with it."),
    ] = None,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Make a registered policy the champion, unless its evidence is missing, stale or against it.

    Example: `riskkit promote pay-later --max-age 180`
    """
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json, step
    from riskkit.cli._promotion import PromoteOrder, promoted

    order = PromoteOrder(
        name=name,
        version=version,
        max_age_days=max_age,
        because=because,
        tracking_uri=tracking_uri,
    )
    with step(f"checking the evidence of {name}"):
        done = promoted(order)
    if as_json:
        print_json(done.record())
        return
    before = "" if done.before is None else f", in place of version {done.before}"
    console.print(f"{name} version {done.version} is the champion now{before}.", highlight=False)
    for problem in done.problems:
        console.print(f"Promoted although: {problem}", style="yellow", highlight=False)
    if because is not None:
        console.print(f"Because: {because}", highlight=False)
