"""`riskkit train`: a PD model from a table of past applications."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, Jobs, Out, Overwrite, Seed, Table, TrackingUri


class ModelChoice(StrEnum):
    """Which scorer to train."""

    BOOSTED = "boosted"
    SCORECARD = "scorecard"
    BEST = "best"


def train(  # noqa: PLR0913 - one argument per option
    table: Table,
    *,
    schema: Annotated[Path, typer.Option("--schema", help="What `riskkit describe` wrote.")],
    out: Out,
    model: Annotated[
        ModelChoice, typer.Option("--model", help="best: the lower cross-validated log loss.")
    ] = ModelChoice.BEST,
    seed: Seed = 0,
    jobs: Jobs = 2,
    tracking_uri: TrackingUri = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Train a PD model on the labelled development rows, and track it in MLflow.

    Example: `riskkit train loans.csv --schema schema.yaml --model best --out model/`
    """
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json
    from riskkit.cli._road import TrainOrder, print_under_selection, train_and_save

    order = TrainOrder(
        table=table,
        schema=schema,
        model=model.value,
        out=out,
        seed=seed,
        jobs=jobs,
        tracking_uri=tracking_uri,
        overwrite=overwrite,
    )
    trained, run_id = train_and_save(order)
    if as_json:
        print_json({"folder": str(out), "run_id": run_id, **trained.report})
        return
    from riskkit.reports import model_table

    if trained.report["cross_validation"]:
        console.print(model_table(trained))
    measured = trained.report["out_of_time"]
    if measured is not None:
        console.print(
            f"Out of time, {trained.report['model']}, labelled rows only ({measured['n']:,} rows, "
            f"{measured['bads']:,} bad): "
            f"AUC {measured['auc']:.4f}, KS {measured['ks']:.4f}, log loss "
            f"{measured['log_loss']:.5f}",
            highlight=False,
        )
    print_under_selection(trained)
    console.print(f"Written to {out}/, MLflow run {run_id}", highlight=False)
    console.print(
        f"Next: riskkit tune {table} --model {out} --max-bad-rate 0.03 --confidence 0.95 "
        "--out policy/",
        soft_wrap=True,
        highlight=False,
    )
