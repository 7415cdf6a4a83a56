"""What `riskkit train` and the demo share: a model trained, written, sealed and tracked."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from riskkit._files import check_vacant, new_folder
from riskkit.applicants import History, Schema, read_history, sample_of
from riskkit.bundle import (
    CalibratedFor,
    Folds,
    Model,
    Recipe,
    calibration_sample,
    save_model,
    train_model,
)
from riskkit.cli._console import out as console
from riskkit.cli._console import step
from riskkit.cli._recording import recorded
from riskkit.cli._study import Study, StudyOrder
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics
from riskkit.reports import (
    calibration_figure,
    evaluation_notes,
    evaluation_table,
    finding_words,
    save_figure,
)
from riskkit.scores import (
    BoostedScorer,
    Budget,
    Inferred,
    Learner,
    PastApplicants,
    Scorecard,
    bivariate_probit,
    calibration_bands,
    check_budget,
    two_stream,
)
from riskkit.tracking import Run, check_tracking

#: Fits on rows drawn again, unless told otherwise.
N_REFITS = 5

#: Models that are trained on all applicants, those without an outcome included.
INFERENCES = ("two-stream", "bivariate-probit")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOrder:
    """What `riskkit train` was asked for."""

    table: Path
    schema: Path
    model: str
    out: Path
    seed: int
    jobs: int
    tracking_uri: str | None
    overwrite: bool
    folds: Folds | None = None  # in time where the schema has one, unless told otherwise
    calibrated_for: CalibratedFor = "labelled"
    budget: Budget | None = None  # of a study of parameters; None for the defaults
    metric: str = "log_loss"
    economics: LoanEconomics = field(default_factory=LoanEconomics)
    n_refits: int = N_REFITS
    exclusion: tuple[str, ...] = ()  # features that moved past decisions and not the risk


def train_and_save(order: TrainOrder) -> tuple[Model, str | None]:
    """Train, write the model folder, then track it; return the model and the run's id, if any."""
    check_vacant(order.out, overwrite=order.overwrite)
    if order.budget is not None:
        check_budget(order.budget)
    _check_inference(order)
    schema = Schema.read(order.schema)
    check_tracking(order.tracking_uri)
    with step(f"reading {order.table}"):
        history = read_history(order.table, schema)
    folds = order.folds or ("stratified" if schema.the("time") is None else "time")
    with recorded("train", order.out, uri=order.tracking_uri) as record:
        study = _study(order, folds, record.run)
        rows = "all rows" if order.model in INFERENCES else "labelled rows"
        with nullcontext() if study else step(f"training ({order.model}) on {rows}"):
            model = train_model(
                history,
                schema,
                _candidates(order, schema),
                seed=order.seed,
                folds=folds,
                calibrated_for=order.calibrated_for,
                choose=None if study is None else study.choose,
                n_refits=order.n_refits,
                infer=inference_of(
                    order.model,
                    schema,
                    exclusion=order.exclusion,
                    seed=order.seed,
                    jobs=order.jobs,
                ),
            )
        with new_folder(order.out, overwrite=order.overwrite) as folder:
            if study is not None:
                study.save(folder)
            _save_calibration(model, history, folder)
            _recipe(order, model.split.data_hash, len(history)).write(folder)
            save_model(model, folder)
        record.track()
    return model, record.run_id


def _recipe(order: TrainOrder, data_hash: str, n_rows: int) -> Recipe:
    budget = order.budget
    study = {} if budget is None else {"trials": budget.trials, "metric": order.metric}
    exclusion = {"exclusion": ", ".join(order.exclusion)} if order.exclusion else {}
    asked = {"asked_for": order.model, "seed": order.seed, "jobs": order.jobs}
    settings = {**asked, **study, **exclusion}
    return Recipe(
        command="train",
        table=str(order.table),
        data_hash=data_hash,
        rows=n_rows,
        settings=settings,
    )


def _study(order: TrainOrder, folds: Folds, run: Run) -> Study | None:
    if order.budget is None:
        return None
    return Study(
        StudyOrder(
            budget=order.budget,
            metric=order.metric,
            economics=order.economics,
            in_time=folds == "time",
            seed=order.seed,
        ),
        run,
    )


def _save_calibration(model: Model, history: History, folder: Path) -> None:
    # Of the rows that the report measures: out of time, with a known outcome, weighed alike.
    if model.report["out_of_time"] is None:
        return
    samples = sample_of(history.applications, model.split)
    later = history.take(samples == "out_of_time")
    sample = calibration_sample(later, meant_for=model.report["calibrated_for"])
    if sample is None:
        return
    known, weight = later.take(sample.rows), sample.weight
    pds = model.scorer.predict_proba(known.applications.features)[:, 1]
    bands = calibration_bands(bad=known.bad, pds=pds, weight=weight)
    bands.to_csv(folder / "calibration.csv", index=False)
    figure = calibration_figure(pds, known.bad, weight=weight, rows=sample.basis)
    save_figure(figure, folder / "calibration.png")


def budget_of(
    trials: int | None, timeout: float | None, jobs: int, storage: str | None
) -> Budget | None:
    """Return the budget of a study that four options mean, or none.

    Raises
    ------
    DataError
        If there is a storage but nothing that ends the study.
    """
    if trials is None and timeout is None:
        if storage is not None:
            raise DataError("--storage needs --trials or --timeout, which end the study.")
        return None
    return Budget(trials=trials, timeout=timeout, jobs=jobs, storage=storage)


def print_under_selection(model: Model) -> None:
    """Print what a model is worth on all applicants, where the schema says who was approved."""
    if model.schema.the("approved") is None:
        return
    evaluation = model.report["under_selection"]
    if evaluation is None:
        console.print(
            "Out of time, no goods or no bads are known: what the model is worth on all applicants "
            "cannot be estimated.",
            highlight=False,
        )
        return
    console.print(evaluation_table(evaluation))
    for line in evaluation_notes(evaluation):
        console.print(line, highlight=False)


def print_findings(model: Model) -> None:
    """Print what there is to look at in the features of a model, if anything."""
    words = finding_words(model.report)
    if words:
        console.print("To look at in the features:", highlight=False)
    for sentence in words:
        console.print(f"• {sentence}", highlight=False, markup=False)


def _candidates(order: TrainOrder, schema: Schema) -> dict[str, Learner]:
    candidates: dict[str, Learner] = {
        "scorecard": Scorecard(
            directions=schema.directions, special=schema.special, seed=order.seed
        ),
        "boosted": _boosted(schema, seed=order.seed, jobs=order.jobs),
    }
    return {order.model: candidates[order.model]} if order.model in candidates else candidates


def _boosted(schema: Schema, *, seed: int, jobs: int) -> BoostedScorer:
    return BoostedScorer(
        directions=schema.directions,
        special=schema.special,
        interactions=schema.interactions or None,
        seed=seed,
        n_jobs=jobs,
    )


def _check_inference(order: TrainOrder) -> None:
    if order.model == "bivariate-probit" and not order.exclusion:
        raise DataError(
            "--model bivariate-probit needs --exclusion COLUMN: a feature that moved past "
            "decisions and has nothing to do with the risk, such as the officer on duty."
        )
    if order.exclusion and order.model != "bivariate-probit":
        raise DataError("--exclusion is for --model bivariate-probit only.")
    if order.model == "bivariate-probit" and order.folds is not None:
        raise DataError("--folds is for models that hold rows out: bivariate-probit has no folds.")
    if order.model not in INFERENCES:
        return
    if order.budget is not None:
        raise DataError(f"--trials looks for parameters of one model, but {order.model} has none.")
    if order.calibrated_for == "all":
        raise DataError(
            f"--calibrate-for all is for models of labelled rows: {order.model} is of all already."
        )


def inference_of(
    model: str, schema: Schema, *, exclusion: Sequence[str], seed: int, jobs: int
) -> Callable[[PastApplicants], Inferred] | None:
    """Return what trains on all applicants, or None where the model is of labelled rows."""
    if model not in INFERENCES:
        return None
    if model == "bivariate-probit":
        return partial(bivariate_probit, excluded=tuple(exclusion))
    return partial(
        two_stream,
        scorer=_boosted(schema, seed=seed, jobs=jobs),
        ordered=bool(schema.directions),
    )
