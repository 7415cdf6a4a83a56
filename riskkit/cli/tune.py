"""`riskkit tune`: a cut-off with its price in default and in wrongly blocked good users."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, Out, Overwrite, Table, TrackingUri


class ObjectiveChoice(StrEnum):
    """What the cut-off is best at."""

    GOODS = "goods"
    APPROVAL = "approval"
    PROFIT = "profit"


def tune(  # noqa: PLR0913 - one argument per option
    table: Table,
    *,
    model: Annotated[Path, typer.Option("--model", help="What `riskkit train` wrote.")],
    out: Out,
    limits: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            help='As "bad_rate <= 3% @ 95%" (certified), "approval_rate >= 0.6"; may be repeated. '
            "Rates: bad_rate, bad_amount_rate, loss_rate, approval_rate, false_rejection_rate, "
            "false_rejection_gap (with: by COLUMN).",
        ),
    ] = None,
    max_bad_rate: Annotated[
        float | None,
        typer.Option("--max-bad-rate", help="Short for --limit: cap on the bad rate, as 0.03."),
    ] = None,
    confidence: Annotated[
        float | None, typer.Option("--confidence", help="Certify --max-bad-rate, as 0.95.")
    ] = None,
    objective: Annotated[
        ObjectiveChoice,
        typer.Option(
            "--objective",
            help="goods: fewest false rejections; approval: most approved; profit: most profit.",
        ),
    ] = ObjectiveChoice.GOODS,
    economics: Annotated[
        Path | None,
        typer.Option("--economics", help="YAML with margin, lgd, churn, amount_max ..."),
    ] = None,
    gamma: Annotated[
        float | None,
        typer.Option(
            "--gamma",
            help="Where nobody was approved at random: assume the odds of bad of the others at "
            "most so many times those of the approved, as 2.",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", help="Cut-offs by segment: a column, as channel; says if they pay."),
    ] = None,
    segment_economics: Annotated[
        Path | None,
        typer.Option(
            "--segment-economics",
            help="YAML: for some values of --by, what differs from --economics, as "
            '"shop: {margin: 0.03}".',
        ),
    ] = None,
    review: Annotated[
        Path | None,
        typer.Option(
            "--review",
            help="A review band; YAML with cost, capacity_per_day, share_wrong_approved, "
            "share_wrong_rejected.",
        ),
    ] = None,
    applicants_per_day: Annotated[
        float | None,
        typer.Option(
            "--applicants-per-day",
            help="At the score gate, on days that the capacity of reviews is for; without it, the "
            "table's busy days.",
        ),
    ] = None,
    tracking_uri: TrackingUri = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Choose the cut-off on the tuning rows, certify it, and write the policy.

    Example: `riskkit tune loans.csv --model model/ --limit "bad_rate <= 0.03 @ 95%"
    --limit "approval_rate >= 0.6" --objective profit --out policy/`

    By segment, with a review band: `riskkit tune loans.csv --model model/ --by channel
    --review review.yaml --max-bad-rate 0.03 --out policy/`
    """
    from riskkit._records import read_record
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json
    from riskkit.cli._recording import end_with
    from riskkit.cli._tuning import (
        TuneOrder,
        limits_of,
        print_tuned,
        shape_of,
        tune_and_save,
        tuned_record,
    )
    from riskkit.decisions import Goal
    from riskkit.lending import LoanEconomics

    goal = Goal(
        objective=objective.value,
        limits=limits_of(limits or (), max_bad_rate, confidence),
        gamma=gamma,
        economics=LoanEconomics() if economics is None else read_record(LoanEconomics, economics),
    )
    order = TuneOrder(
        table=table,
        model=model,
        out=out,
        goal=goal,
        shape=shape_of(by, segment_economics, review, applicants_per_day, goal.economics),
        tracking_uri=tracking_uri,
        overwrite=overwrite,
    )
    policy, run_id = tune_and_save(order)
    if as_json:
        print_json(tuned_record(policy) | {"folder": str(out), "run_id": run_id})
        end_with(run_id)
        return
    print_tuned(policy, assumed_economics=economics is None)
    console.print(f"Written to {out}/ (policy.yaml, evidence.json, frontier.csv, pictures)")
    if run_id is not None:
        console.print(f"MLflow run {run_id}; `mlflow ui` shows it.", highlight=False)
    console.print(
        f"Next: riskkit explain {table} --policy {out} --id {policy.rejected or 'ID'}",
        soft_wrap=True,
        highlight=False,
    )
    end_with(run_id)
