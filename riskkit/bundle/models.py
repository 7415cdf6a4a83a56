"""A trained model: scorer, schema, split, plan and report in one folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from riskkit._records import read_record, write_record
from riskkit.applicants import History, Schema, Split, new_split, sample_of
from riskkit.bundle.seals import check_seal, read_json, seal, write_json
from riskkit.decisions import Grid, TuningPlan, tuning_plan
from riskkit.errors import DataError
from riskkit.scores import (
    Scorer,
    auc,
    best_scorer,
    brier,
    gini,
    ks,
    load_scorer,
    log_loss,
    save_scorer,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What ``riskkit train`` writes and ``--model`` takes."""

    scorer: Scorer  #: Gives PDs.
    schema: Schema  #: Of the table it was trained on.
    split: Split  #: Which rows are development, tuning and out of time.
    plan: TuningPlan  #: Cut-offs to choose from, fixed on development applicants.
    report: dict[str, Any]  #: How it was trained and how well it does, as plain data.


def train_model(
    history: History, schema: Schema, candidates: Mapping[str, Scorer], *, seed: int = 0
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

    Returns
    -------
    Model
        The fitted scorer, the split it must be kept to, and its report: cross-validation of
        several candidates on development rows, and what the scorer does on out-of-time rows, both
        on labelled rows only.

    Raises
    ------
    DataError
        If there is no candidate or no feature, or a class is too small in development.
    """
    if not schema.features:
        raise DataError("The schema names no feature; give at least one column the role feature.")
    split = new_split(history)
    samples = sample_of(history.applications, split)
    development = history.take((samples == "development") & history.matured)
    known = development.take(development.labelled)
    features = known.applications.features
    name, validation = next(iter(candidates), ""), {}
    if len(candidates) != 1:
        comparison = best_scorer(
            candidates, features, known.bad, sample_weight=known.weight, seed=seed
        )
        name, validation = comparison.best_name, comparison.as_dict()
    scorer = candidates[name].fit(features, known.bad, sample_weight=known.weight)
    pds = scorer.predict_proba(development.applications.features)[:, 1]
    return Model(
        scorer=scorer,
        schema=schema,
        split=split,
        plan=tuning_plan(development, pds, seed=seed),
        report={
            "model": name,
            "cross_validation": validation,
            "rows": {"all": len(history), "development": len(development), "fitted": len(known)},
            "bads": int(known.bad.sum()),
            "out_of_time": _measured(scorer, history.take(samples == "out_of_time")),
        },
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
    model.schema.write(folder / "schema.yaml")
    write_record(model.split, folder / "split.yaml")
    grid, propensity = model.plan.grid, model.plan.smallest_propensity
    plan = {"cutoffs": grid.cutoffs.tolist(), "levels": grid.levels.tolist()}
    rest = {
        "smallest_propensity": propensity,
        "typical_amount": model.plan.typical_amount,
        "seed": model.plan.seed,
    }
    write_json(plan | rest, folder / "plan.json")
    write_json(model.report, folder / "report.json")
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
            typical_amount=plan.get("typical_amount"),  # absent from older models
            seed=plan["seed"],
        ),
        report=read_json(folder / "report.json"),
    )


def _measured(scorer: Scorer, history: History) -> dict[str, float] | None:
    known = history.take(history.labelled)
    bads = int(known.bad.sum())
    if not 0 < bads < len(known):
        return None  # nothing separates one class
    pds = scorer.predict_proba(known.applications.features)[:, 1]
    measures = {"auc": auc, "gini": gini, "ks": ks, "log_loss": log_loss, "brier": brier}
    measured = {name: measure(bad=known.bad, pds=pds) for name, measure in measures.items()}
    return {"n": len(known), "bads": bads, **measured}
