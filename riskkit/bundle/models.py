"""A trained model: scorer, schema, split, plan and report in one folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from riskkit._checks import Floats
from riskkit._records import read_record, write_record
from riskkit.applicants import History, Schema, Split, new_split, sample_of
from riskkit.bundle.examples import (
    model_example,
    read_example,
    scored_by_model,
    write_example,
)
from riskkit.bundle.measuring import (
    CalibratedFor,
    calibration_sample,
    measured_on_labelled,
    worth_on_everybody,
)
from riskkit.bundle.seals import check_seal, read_json, seal, write_json
from riskkit.decisions import Grid, TuningPlan, tuning_plan
from riskkit.errors import DataError
from riskkit.scores import (
    BivariateProbitModel,
    BoostedScorer,
    Inferred,
    Learner,
    PastApplicants,
    Scorer,
    best_scorer,
    cross_validated,
    keeps_directions,
    keeps_interactions,
    load_scorer,
    model_findings,
    propensity_line,
    recalibrated,
    refitted,
    save_scorer,
)

#: How rows are held out: at random, each fold with its share of bads, or as blocks in time.
Folds = Literal["stratified", "time"]

_REFITS = "refits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What ``riskkit train`` writes and ``--model`` takes."""

    scorer: Scorer  #: Gives PDs.
    schema: Schema  #: Of the table it was trained on.
    split: Split  #: Which rows are development, tuning and out of time.
    plan: TuningPlan  #: Cut-offs to choose from, fixed on development applicants.
    report: dict[str, Any]  #: How it was trained and how well it does, as plain data.
    refits: tuple[Scorer, ...] = ()  #: The scorer on rows drawn again, to see whose reasons last.
    example: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Synthetic rows of features, nobody's; none in older models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The scorer that is to be fitted, and why."""

    name: str  #: What it is called.
    scorer: Learner  #: Unfitted.
    report: dict[str, Any]  #: How it was chosen, as plain data; becomes part of the model's.
    pds: Floats | None = None  #: Out-of-fold PDs, where choosing gave some; NaN where none.


def train_model(  # noqa: PLR0913 - the table, the candidates, and how they are chosen and fitted
    history: History,
    schema: Schema,
    candidates: Mapping[str, Learner],
    *,
    seed: int = 0,
    folds: Folds = "stratified",
    calibrated_for: CalibratedFor = "labelled",
    choose: Callable[[Mapping[str, Learner], History], Choice] | None = None,
    n_refits: int = 0,
    infer: Callable[[PastApplicants], Inferred] | None = None,
) -> Model:
    """Train on the labelled development rows; of several candidates, the better one.

    Parameters
    ----------
    history : History
        Past applications, all samples.
    schema : Schema
        What their columns mean.
    candidates : mapping of str to scorer
        Unfitted scorers by name; of several, the one with the lowest cross-validated log loss is
        fitted.
    seed : int
        Draws the folds of the cross-validation, and the random orders that certificates use.
    folds : {"stratified", "time"}
        Whether the folds that compare candidates, calibrate for all, and stop a BoostedScorer's
        trees, those of the parts of two streams too, are drawn at random, or are blocks that
        follow each other in time. A bivariate probit has none.
    calibrated_for : {"labelled", "all"}
        Whose bad rate the PDs are to meet: that of those with an outcome, or of all whom the past
        policy could have approved, by inverse propensities on out-of-fold PDs. The latter needs
        propensities, some of them below 1.
    choose : callable, optional
        Chooses among the candidates, given the labelled development applications; without it,
        several are compared by cross-validation.
    n_refits : int
        How often the scorer is fitted again on rows drawn with replacement, so that auditors see
        which reasons hang on the sample; see `refitted` for what each costs.
    infer : callable, optional
        Trains on all development applicants who reached the score gate in closed windows, those
        without an outcome included, in place of the candidates: `riskkit.scores.two_stream`, say.

    Returns
    -------
    Model
        The fitted scorer, the split it must be kept to, and its report: cross-validation of
        several candidates on development rows, and what the scorer does on out-of-time rows, both
        on labelled rows only, except that PDs for all are compared with bad rates by inverse
        propensity or not at all; what there is to look at in its features; whether it is made so
        that it keeps the schema's directions and interactions; and, where the schema says who was
        approved, what it is worth on all who reached the score gate out of time, by every
        estimator.

    Raises
    ------
    DataError
        If there is no candidate or no feature, a class is too small in development, folds in
        time are asked for where there is no time or too few times differ, or a calibration for
        all where no propensity is below 1, or where `infer` is given: its model is of all.
    """
    if not schema.features:
        raise DataError("The schema names no feature; give at least one column the role feature.")
    if folds == "time":
        schema.need("time")
    split = new_split(history)
    samples = sample_of(history.applications, split)
    development = history.take((samples == "development") & history.matured)
    known = development.take(development.labelled)
    if infer is None:
        choice = (choose or partial(_compared, seed=seed, folds=folds))(candidates, known)
        learner = _fitted(choice.scorer, known, folds)
        if calibrated_for == "all":
            learner = _for_all(learner, known, _out_of_fold(choice, known, seed=seed, folds=folds))
        features, weight = known.applications.features, known.weight
        refits = refitted(learner, features, known.bad, sample_weight=weight, n=n_refits, seed=seed)
        scorer: Scorer = learner
        seen = features
        trained = {"model": choice.name, **choice.report}
    else:
        if calibrated_for == "all":
            raise DataError(
                'calibrated_for must be "labelled" where infer is given, whose model is of all '
                'applicants already, but is "all".'
            )
        past = PastApplicants.of(development)
        inferred = infer(past if folds == "time" else replace(past, time=None))
        scorer, trained, refits = inferred.model, _as_report(inferred), ()
        seen = past.X
    pds = scorer.predict_proba(development.applications.features)[:, 1]
    findings = model_findings(
        scorer,
        seen,
        bad=known.bad,
        rng=np.random.default_rng(seed),
        directions=schema.directions,
        special=schema.special,
    )
    later = history.take(samples == "out_of_time")
    selective = schema.the("approved") is not None
    meant_for: CalibratedFor = calibrated_for if infer is None else "all"
    calibration = calibration_sample(later, meant_for=meant_for)
    return Model(
        scorer=scorer,
        schema=schema,
        split=split,
        plan=tuning_plan(development, pds, seed=seed),
        report={
            "cross_validation": {},
            **trained,
            "folds": None if isinstance(scorer, BivariateProbitModel) else folds,
            "calibrated_for": meant_for,
            **_guarantees(scorer, schema),
            "rows": {"all": len(history), "development": len(development), "fitted": len(known)},
            "bads": int(known.bad.sum()),
            "findings": [finding.as_dict() for finding in findings],
            "out_of_time": measured_on_labelled(scorer, later, meant_for=meant_for),
            "calibration_basis": None if calibration is None else calibration.basis,
            "under_selection": worth_on_everybody(scorer, later, seed=seed) if selective else None,
        },
        example=model_example(known.applications.features, schema, scorer, seed=seed),
        refits=refits,
    )


def save_model(model: Model, folder: Path) -> None:
    """Write a model into an empty folder and seal it.

    Parameters
    ----------
    model : Model
        What to write.
    folder : Path
        An empty folder.
    """
    save_scorer(model.scorer, folder / "scorer")
    save_refits(model.refits, folder)
    model.schema.write(folder / "schema.yaml")
    write_record(model.split, folder / "split.yaml")
    grid, propensity = model.plan.grid, model.plan.smallest_propensity
    plan = {"cutoffs": grid.cutoffs.tolist(), "levels": grid.levels.tolist()}
    rest = {
        "smallest_propensity": propensity,
        "typical_amount": model.plan.typical_amount,
        "largest_weight": model.plan.largest_weight,
        "typical_weight": model.plan.typical_weight,
        "certified_by": model.plan.certified_by,
        "seed": model.plan.seed,
    }
    write_json(plan | rest, folder / "plan.json")
    write_json(model.report, folder / "report.json")
    write_example(model.example, scored_by_model(model.scorer, model.example), folder)
    seal(folder, kind="model")


def load_model(folder: Path) -> Model:
    """Read a model; nothing in the folder is executed.

    Parameters
    ----------
    folder : Path
        What ``riskkit train`` wrote.

    Returns
    -------
    Model
        The model.

    Raises
    ------
    DataError
        If the folder is not a model, or a file of it is missing, altered or was added.
    """
    check_seal(folder, kind="model")
    plan = read_json(folder / "plan.json")
    return Model(
        scorer=load_scorer(folder / "scorer"),
        schema=Schema.read(folder / "schema.yaml"),
        split=read_record(Split, folder / "split.yaml"),
        plan=TuningPlan(
            grid=Grid(cutoffs=np.array(plan["cutoffs"]), levels=np.array(plan["levels"])),
            smallest_propensity=plan["smallest_propensity"],
            # The next four are absent from older models.
            typical_amount=plan.get("typical_amount"),
            largest_weight=plan.get("largest_weight"),
            typical_weight=plan.get("typical_weight", 1.0),
            certified_by=plan.get("certified_by", "inverse propensity"),
            seed=plan["seed"],
        ),
        report=read_json(folder / "report.json"),
        example=read_example(folder),
        refits=load_refits(folder),
    )


def save_refits(refits: Sequence[Scorer], folder: Path) -> None:
    """Write refits of a scorer into a folder, numbered; nothing where there are none."""
    for i, refit in enumerate(refits):
        save_scorer(refit, folder / _REFITS / f"{i:02d}")


def load_refits(folder: Path) -> tuple[Scorer, ...]:
    """Read the refits in a folder; none from folders that older versions wrote.

    Raises
    ------
    DataError
        If a file is missing, altered or not what `save_scorer` writes.
    """
    return tuple(load_scorer(path) for path in sorted((folder / _REFITS).glob("*")))


def _as_report(inferred: Inferred) -> dict[str, Any]:
    return {
        "model": inferred.method,
        "reject_inference": {
            "assumption": str(inferred.assumption),
            "population": str(inferred.population),
            "n_known": inferred.n_known,
            "n_inferred": inferred.n_inferred,
            "note": inferred.note,
        },
    }


def _guarantees(scorer: Scorer, schema: Schema) -> dict[str, str | None]:
    # Of the rules that the schema has for PDs; None where it has none.
    directions, interactions = schema.directions, schema.interactions
    found = {
        "directions": keeps_directions(scorer, directions) if directions else None,
        "interactions": keeps_interactions(scorer, interactions) if interactions else None,
    }
    words = {True: "guaranteed", False: "not guaranteed"}
    return {rule: None if kept is None else words[kept] for rule, kept in found.items()}


def _compared(
    candidates: Mapping[str, Learner], known: History, *, seed: int, folds: Folds
) -> Choice:
    if len(candidates) == 1:
        ((name, scorer),) = candidates.items()
        return Choice(name=name, scorer=scorer, report={})
    features, weight = known.applications.features, known.weight
    comparison = best_scorer(
        candidates,
        features,
        known.bad,
        sample_weight=weight,
        time=_times(known, folds),
        seed=seed,
    )
    name = comparison.best_name
    return Choice(
        name=name,
        scorer=candidates[name],
        report={"cross_validation": comparison.as_dict()},
        pds=comparison.results[name].pds,
    )


def _times(known: History, folds: Folds) -> NDArray[np.datetime64] | None:
    return known.applications.time if folds == "time" else None


def _out_of_fold(choice: Choice, known: History, *, seed: int, folds: Folds) -> Floats:
    if choice.pds is not None:
        return choice.pds
    return cross_validated(
        choice.scorer,
        known.applications.features,
        known.bad,
        sample_weight=known.weight,
        time=_times(known, folds),
        seed=seed,
    ).pds


def _fitted(scorer: Learner, known: History, folds: Folds) -> Learner:
    features, weight = known.applications.features, known.weight
    if folds == "stratified" or not isinstance(scorer, BoostedScorer):
        return scorer.fit(features, known.bad, sample_weight=weight)
    return scorer.fit(features, known.bad, sample_weight=weight, time=known.applications.time)


def _for_all(scorer: Learner, known: History, pds: Floats) -> Learner:
    seen = known.take(~np.isnan(pds))  # blocks in time never hold out the earliest
    chance = seen.propensity
    if chance is None or not (chance < 1).any():
        raise DataError(
            "A calibration for all applicants needs outcomes of some who were approved at random: "
            "a column with role propensity that is below 1 where it has an outcome."
        )
    margins = logit(pds[~np.isnan(pds)])
    line = propensity_line(margins, bad=seen.bad, propensity=chance, weight=seen.weight)
    return recalibrated(scorer, line)
