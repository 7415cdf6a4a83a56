"""`riskkit demo`: the whole road on synthetic applicants, graded against the truth."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, Out, Overwrite, Seed, TrackingUri


def demo(  # noqa: PLR0913 - one argument per option
    *,
    out: Out = Path("demo"),
    applicants: Annotated[int, typer.Option("--applicants", min=1, help="How many.")] = 250_000,
    seed: Seed = 20261123,
    tracking_uri: TrackingUri = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Open the report in the browser, if there is a screen.")
    ] = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Generate applicants, train, tune, explain and report; compare with the policy in force.

    Example: `riskkit demo --out demo/`
    """
    from riskkit.cli._console import print_json
    from riskkit.cli._demo import DemoOrder, print_demo, run_demo
    from riskkit.cli._report import open_page

    order = DemoOrder(
        out=out,
        applicants=applicants,
        seed=seed,
        tracking_uri=tracking_uri,
        overwrite=overwrite,
    )
    done = run_demo(order)
    if as_json:
        print_json(done.record())
    else:
        print_demo(done)
    if open_:
        open_page(out / "report.html")
