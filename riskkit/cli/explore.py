"""`riskkit explore`: the cheapest random approvals for a wished precision."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, Overwrite, Table


class TargetChoice(StrEnum):
    """Whose interval is wished."""

    BAD_RATE = "bad_rate"
    FALSE_REJECTION_RATE = "false_rejection_rate"


def explore(  # noqa: PLR0913 - one argument per option
    table: Table,
    *,
    policy: Annotated[Path, typer.Option("--policy", help="What `riskkit tune` wrote.")],
    target: Annotated[
        TargetChoice, typer.Option("--target", help="Whose interval is wished.")
    ] = TargetChoice.BAD_RATE,
    width: Annotated[
        float | None,
        typer.Option("--width", help="Upper less lower limit of the 95% interval, as 0.02."),
    ] = None,
    certificate: Annotated[
        str | None,
        typer.Option(
            "--certificate",
            help='Or: for it to exist, and with a chance of 80%, as "bad_rate <= 3% @ 95%".',
        ),
    ] = None,
    cutoff: Annotated[
        float | None, typer.Option("--cutoff", help="PD cut-off; without it, the policy's.")
    ] = None,
    applicants: Annotated[
        int | None,
        typer.Option(
            "--applicants",
            min=1,
            help="At the score gate while exploring, all samples together; without it, as many "
            "as in the table.",
        ),
    ] = None,
    most: Annotated[
        float, typer.Option("--most", help="Highest probability of random approval.")
    ] = 0.5,
    gamma: Annotated[
        float | None,
        typer.Option(
            "--gamma",
            help="Where nobody was approved at random yet: how many times the odds of bad of "
            "would-be rejections are taken to be those of the approved of the same PD; without "
            "it, 2.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="CSV to write, one row per PD band.")
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Plan which would-be rejections to approve at random: where, how many, at what price.

    Example: `riskkit explore loans.parquet --policy policy/ --target bad_rate --width 0.02
    --applicants 50000 --out exploration.csv`
    """
    from riskkit._files import check_vacant, new_file
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json, step
    from riskkit.cli._exploring import ExploreOrder, explored_record, planned
    from riskkit.reports import (
        certificate_words,
        exploration_frame,
        exploration_table,
        exploration_words,
    )

    if out is not None:
        check_vacant(out, overwrite=overwrite)
    order = ExploreOrder(
        table=table,
        policy=policy,
        target=target.value,
        width=width,
        certificate=certificate,
        cutoff=cutoff,
        applicants=applicants,
        most=most,
        gamma=gamma,
    )
    with step(f"planning the exploration of {table}"):
        explored = planned(order)
    plan = explored.plan
    if out is not None:
        with new_file(out, overwrite=overwrite) as draft:
            exploration_frame(plan).to_csv(draft, index=False)
    if as_json:
        print_json(explored_record(explored))
        return
    console.print(exploration_table(plan))
    of_certificate = [] if explored.certificate is None else certificate_words(explored.certificate)
    for sentence in [*of_certificate, *exploration_words(plan)]:
        console.print(sentence, highlight=False)
    if out is not None:
        console.print(f"Written to {out}", highlight=False)
