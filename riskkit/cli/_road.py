"""The steps that the commands share with the demo: train and tune, written, sealed, tracked."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import RootModel

from riskkit._files import check_vacant, new_folder
from riskkit._records import as_record, read_record
from riskkit.applicants import History, Schema, content_hash, read_history, sample_of
from riskkit.bundle import (
    CalibratedFor,
    Folds,
    Model,
    PolicyShape,
    Recipe,
    TunedPolicy,
    calibration_sample,
    journal_of,
    load_model,
    refused_entries,
    save_bundle,
    save_model,
    seal_hash,
    train_model,
    tune_policy,
    write_down,
)
from riskkit.cli._console import out as console
from riskkit.cli._console import step
from riskkit.cli._recording import record_folder, recorded
from riskkit.cli._study import Study, StudyOrder
from riskkit.decisions import Goal, ReviewTerms
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics, parse_limit
from riskkit.reports import (
    calibration_figure,
    evaluation_notes,
    evaluation_table,
    finding_words,
    frontier_table,
    limits_table,
    percent,
    review_table,
    review_words,
    save_figure,
    segments_table,
    segments_words,
    tradeoff_table,
    tuned_words,
    tuning_figures,
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
    scorer_hash,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneOrder:
    """What `riskkit tune` was asked for."""

    table: Path
    model: Path
    out: Path
    goal: Goal
    tracking_uri: str | None
    overwrite: bool
    shape: PolicyShape = field(default_factory=PolicyShape)


class _Changes(RootModel[dict[str, dict[str, float]]]):
    """For each segment, what differs in its economics."""


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


def tune_and_save(order: TuneOrder) -> tuple[TunedPolicy, str | None]:
    """Tune, write the policy folder, then track it; return the policy and the run's id, if any."""
    check_vacant(order.out, overwrite=order.overwrite)
    model = load_model(order.model)
    check_tracking(order.tracking_uri)
    with step(f"reading {order.table}"):
        history = read_history(order.table, model.schema)
    with step("choosing the cut-off on the tuning rows"):
        policy = _tuned_or_written_down(order, model, history)
    tuned = policy.tuned
    with new_folder(order.out, overwrite=order.overwrite) as folder:
        tuned.curve.to_csv(folder / "frontier.csv", index=False)
        if policy.segments is not None:
            policy.segments.table.to_csv(folder / "segments.csv", index=False)
        for name, figure in tuning_figures(tuned).items():
            save_figure(figure, folder / f"{name}.png")
        Recipe(
            command="tune",
            table=str(order.table),
            data_hash=policy.bundle.evidence["data"]["hash"],
            rows=len(history),
            settings={"model": seal_hash(order.model)},
        ).write(folder)
        save_bundle(policy.bundle, folder)
    write_down(journal_of(order.model), policy.bundle.evidence["drawn_from_this_sample"])
    return policy, record_folder("tune", order.out, uri=order.tracking_uri)


def _tuned_or_written_down(order: TuneOrder, model: Model, history: History) -> TunedPolicy:
    # A refused attempt was a try on this sample too.
    journal = journal_of(order.model)
    try:
        return tune_policy(model, history, order.goal, shape=order.shape, journal=journal)
    except InfeasibleCutoffError:
        table, scorer = content_hash(history.applications.table), scorer_hash(model.scorer)
        write_down(journal, refused_entries(order.goal.limits, table=table, scorer=scorer))
        raise


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


def limits_of(
    limits: Sequence[str], max_bad_rate: float | None, confidence: float | None
) -> tuple[Limit, ...]:
    """Return the limits that the options mean.

    Raises
    ------
    DataError
        If one of them is no limit.
    """
    parsed = [parse_limit(text) for text in limits]
    if max_bad_rate is None and confidence is not None:
        raise DataError(
            "--confidence needs --max-bad-rate, the cap that is to be certified; other limits take "
            'theirs as in --limit "approval_rate >= 0.6 @ 95%".'
        )
    if max_bad_rate is not None:
        _check_between("--max-bad-rate", max_bad_rate, 0, 1)
        if confidence is not None:
            _check_between("--confidence", confidence, 0.5, 1)
        parsed.append(Limit(rate="bad_rate", at_most=max_bad_rate, confidence=confidence))
    return tuple(parsed)


def _check_between(option: str, value: float, low: float, high: float) -> None:
    if not low < value < high:
        raise DataError(
            f"{option} must be a fraction between {low:g} and {high:g}, but is {value:g}"
            + (f"; write {value:g} % as {value / 100:g}." if low < value / 100 < high else ".")
        )


def shape_of(
    by: str | None,
    segment_economics: Path | None,
    review: Path | None,
    applicants_per_day: float | None,
    common: LoanEconomics,
) -> PolicyShape:
    """Return the shape that the options mean.

    Raises
    ------
    DataError
        If a file is absent or breaks a rule.
    """
    economics = {}
    if segment_economics is not None:
        changes = read_record(_Changes, segment_economics).root
        economics = {
            name: as_record(
                LoanEconomics, common.model_dump() | own, source=f"{segment_economics}, {name}"
            )
            for name, own in changes.items()
        }
    return PolicyShape(
        by=by,
        economics=economics,
        review=None if review is None else read_record(ReviewTerms, review),
        applicants_per_day=applicants_per_day,
    )


def tuned_record(policy: TunedPolicy) -> dict[str, Any]:
    """Return a tuned policy as plain data."""
    bundle = policy.bundle
    curve = policy.tuned.curve
    rows = curve.astype(object).where(curve.notna(), None).to_dict("records")
    return {"policy": bundle.policy.model_dump(mode="json"), **bundle.evidence, "curve": rows}


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


def print_tuned(policy: TunedPolicy, *, assumed_economics: bool) -> None:
    """Print what a manager wants to know of a tuned policy."""
    tuned = policy.tuned
    if note := policy.bundle.policy.note:  # first of all: nobody shall start it by mistake
        console.print(note, style="bold red", highlight=False, soft_wrap=True)
    samples = policy.bundle.evidence["samples"]
    console.print(
        f"Tuned on {samples['tuning']:,} rows; left out: {samples.get('development', 0):,} that "
        f"the model was developed on, {samples.get('out_of_time', 0):,} out of time.",
        highlight=False,
    )
    for sentence in tuned.knowledge:
        console.print(f"• {sentence}", highlight=False)
    console.print(tradeoff_table(tuned))
    console.print(frontier_table(tuned))
    if tuned.shadow_prices:
        console.print(limits_table(tuned))
    for words, style in tuned_words(tuned):
        console.print(words, style=style, highlight=False)
    _print_shape(policy)
    evidence = policy.bundle.evidence
    if len(evidence["drawn_from_this_sample"]) > 1:
        console.print(
            f"{len(evidence['drawn_from_this_sample'])} certificates have been drawn from this "
            "tuning sample, refused attempts included; all together they hold with "
            f"{percent(evidence['joint_confidence'], 1)} confidence. Those of models in other "
            "folders are not counted.",
            highlight=False,
        )
    later = evidence["out_of_time"]
    before = ", before reviews" if policy.review is not None and policy.review.has_band else ""
    if later is not None and later["bad_rate"] is not None:
        console.print(
            f"Out of time, at this cut-off{before}: approval rate "
            f"{percent(later['approval_rate'])}, bad rate {percent(later['bad_rate'])}, false "
            f"rejections {percent(later['false_rejection_rate'])}.",
            highlight=False,
        )
    source = "assumed (give --economics)" if assumed_economics else "as given"
    break_even = evidence["break_even_pd"]
    pays = f"the break-even PD is {percent(break_even)}" if break_even > 0 else (
        "no PD is low enough for the mean loan to pay"
    )  # fmt: skip
    console.print(
        f"Economics {source}: margin {tuned.goal.economics.margin:g}, LGD "
        f"{tuned.goal.economics.lgd:g}; {pays}.",
        highlight=False,
    )


def _print_shape(policy: TunedPolicy) -> None:
    if policy.segments is not None:
        console.print(segments_table(policy.segments))
        for words, style in segments_words(policy.segments):
            console.print(words, style=style, highlight=False)
    if policy.review is not None:
        console.print(review_table(policy.review))
        for words, style in review_words(policy.review):
            console.print(words, style=style, highlight=False)


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
