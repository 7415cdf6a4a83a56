"""`riskkit train`: a PD model from a table of past applications."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskkit.cli._options import AsJson, Jobs, Out, Overwrite, Seed, Table, TrackingUri

if TYPE_CHECKING:
    from riskkit.bundle import Model


class ModelChoice(StrEnum):
    """Which scorer to train."""

    BOOSTED = "boosted"
    SCORECARD = "scorecard"
    BEST = "best"
    TWO_STREAM = "two-stream"
    BIVARIATE_PROBIT = "bivariate-probit"


class MetricChoice(StrEnum):
    """What the trials of a study are judged by."""

    LOG_LOSS = "log_loss"
    AUC = "auc"
    PROFIT = "profit"


class FoldsChoice(StrEnum):
    """How rows are held out to stop adding trees, and to judge trials."""

    TIME = "time"
    STRATIFIED = "stratified"


class CalibrationChoice(StrEnum):
    """Whose bad rate the PDs are to meet."""

    LABELLED = "labelled"
    ALL = "all"


def train(  # noqa: PLR0913 - one argument per option
    table: Table,
    *,
    schema: Annotated[Path, typer.Option("--schema", help="What `riskkit describe` wrote.")],
    out: Out,
    model: Annotated[
        ModelChoice,
        typer.Option(
            "--model",
            help="best: boosted or scorecard, by cross-validated log loss. two-stream: for all "
            "applicants, learned from random approvals too (recorded propensities). "
            "bivariate-probit: for all applicants, by --exclusion.",
        ),
    ] = ModelChoice.BEST,
    exclusion: Annotated[
        list[str] | None,
        typer.Option(
            "--exclusion",
            help="For --model bivariate-probit: a feature that moved past decisions and has "
            "nothing to do with the risk; refused where it is not shown to have moved any. May be "
            "given several times.",
        ),
    ] = None,
    folds: Annotated[
        FoldsChoice | None,
        typer.Option(
            "--folds", help="time: blocks in time, the default where the schema has a time column."
        ),
    ] = None,
    calibrate_for: Annotated[
        CalibrationChoice,
        typer.Option(
            "--calibrate-for",
            help="all: whom the past policy could have approved, by recorded propensities.",
        ),
    ] = CalibrationChoice.LABELLED,
    trials: Annotated[
        int | None,
        typer.Option("--trials", min=1, help="Look for parameters until so many trials are done."),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", min=0, help="Start no trial after so many seconds.")
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            "--storage",
            help="Keep the trials: a journal file, or a database URL that machines share, such as "
            "postgresql+psycopg://user@host/optuna. The same command goes on where it stopped.",
        ),
    ] = None,
    metric: Annotated[
        MetricChoice, typer.Option("--metric", help="What trials are judged by.")
    ] = MetricChoice.LOG_LOSS,
    economics: Annotated[
        Path | None,
        typer.Option("--economics", help="For --metric profit: YAML with margin, lgd, churn, ..."),
    ] = None,
    refits: Annotated[
        int,
        typer.Option(
            "--refits",
            min=0,
            help="Fit so often again on rows drawn with replacement, so that auditors see which "
            "reasons last; each costs a whole fit of a scorecard, a sixth of one of boosted trees.",
        ),
    ] = 5,
    seed: Seed = 0,
    jobs: Jobs = 2,
    tracking_uri: TrackingUri = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Train a PD model on the labelled development rows, and track it in MLflow.

    Example: `riskkit train loans.csv --schema schema.yaml --model best --out model/`

    With --trials or --timeout it looks for parameters first: `riskkit train loans.csv --schema
    schema.yaml --trials 50 --timeout 600 --jobs 2 --storage optuna.log --out model/`. Ctrl-C keeps
    the best so far.

    Where some were approved at random: `riskkit train loans.csv --schema schema.yaml --model
    two-stream --out model/` is right for the rejected too.
    """
    from riskkit._records import read_record
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json
    from riskkit.cli._recording import end_with
    from riskkit.cli._training import (
        TrainOrder,
        budget_of,
        print_findings,
        print_under_selection,
        train_and_save,
    )
    from riskkit.lending import LoanEconomics

    order = TrainOrder(
        table=table,
        schema=schema,
        model=model.value,
        out=out,
        n_refits=refits,
        seed=seed,
        jobs=jobs,
        tracking_uri=tracking_uri,
        overwrite=overwrite,
        folds=None if folds is None else folds.value,
        calibrated_for=calibrate_for.value,
        budget=budget_of(trials, timeout, jobs, storage),
        metric=metric.value,
        exclusion=tuple(exclusion or ()),
        economics=LoanEconomics() if economics is None else read_record(LoanEconomics, economics),
    )
    trained, run_id = train_and_save(order)
    if as_json:
        print_json({"folder": str(out), "run_id": run_id, **trained.report})
        end_with(run_id)
        return
    _print_training(trained, out)
    _print_out_of_time(trained, out)
    print_under_selection(trained)
    print_findings(trained)
    run = "not in MLflow" if run_id is None else f"MLflow run {run_id}"
    console.print(f"Written to {out}/, {run}", highlight=False)
    console.print(
        f"Next: riskkit tune {table} --model {out} --max-bad-rate 0.03 --out policy/ "
        "(--confidence 0.95 certifies the cap, where the table is large enough)",
        soft_wrap=True,
        highlight=False,
    )
    end_with(run_id)


def _print_training(trained: "Model", out: Path) -> None:
    from riskkit.cli._console import out as console
    from riskkit.reports import guarantee_notes, model_table

    if trained.report["cross_validation"]:
        console.print(model_table(trained))
    inference = trained.report.get("reject_inference")
    if inference is not None:
        console.print(
            f"{trained.report['model'].capitalize()}, trained on {inference['n_known']:,} "
            f"outcomes and {inference['n_inferred']:,} applicants without one. "
            f"{inference['note']} It speaks of {inference['population']}; rests on this: "
            f"{inference['assumption']}.",
            highlight=False,
        )
    for note in guarantee_notes(trained.report):
        console.print(note, style="yellow", highlight=False)
    tuning = trained.report.get("tuning")
    if tuning is not None:
        console.print(
            f"{'Interrupted. ' if tuning['interrupted'] else ''}Study {tuning['study']}: "
            f"{tuning['trials']} trials, {tuning['pruned']} given up early; best "
            f"{tuning['metric']} {tuning['best_value']:.5f} by {trained.report['model']}, trial "
            f"{tuning['best_trial']}. Pictures in {out}/tuning/.",
            highlight=False,
        )


def _print_out_of_time(trained: "Model", out: Path) -> None:
    from riskkit.cli._console import out as console
    from riskkit.reports import calibration_words

    measured = trained.report["out_of_time"]
    if measured is not None:
        sure = ""
        if "auc_lower" in measured:
            sure = f" (95 % {measured['auc_lower']:.4f} to {measured['auc_upper']:.4f})"
        console.print(
            f"Out of time, {trained.report['model']}, labelled rows only ({measured['n']:,} rows, "
            f"{measured['bads']:,} bad): "
            f"AUC {measured['auc']:.4f}{sure}, KS {measured['ks']:.4f}, log loss "
            f"{measured['log_loss']:.5f}",
            highlight=False,
        )
        console.print(calibration_words(trained.report), highlight=False)
        if (out / "calibration.png").exists():
            console.print(f"By score band: {out}/calibration.png.", highlight=False)
