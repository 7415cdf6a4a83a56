"""What a run records of a model's or policy's folder: all of it comes from the folder itself.

So whatever MLflow missed while it was away can be recorded later.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from riskkit.applicants import Schema
from riskkit.bundle import Bundle, Model, Recipe, kind_of, load_bundle, load_model, seal_hash
from riskkit.bundle.recipes import RECIPE_FILE
from riskkit.scores import MEASURES, scorer_hash
from riskkit.tracking.data import TableSource
from riskkit.tracking.runs import Run

#: Under these tags a run is found again by what it made.
SEAL_TAG, SCORER_TAG = "riskkit.seal", "riskkit.scorer"
#: Rows of the input example.
_N_EXAMPLE = 5
#: What a trial's row holds besides its parameters.
_OF_TRIAL = ("number", "candidate", "value", "pruned", "seconds")


def log_folder(run: Run, folder: Path) -> str:
    """Record a folder that ``riskkit train`` or ``riskkit tune`` wrote.

    Parameters
    ----------
    run : Run
        To log to.
    folder : Path
        The folder.

    Returns
    -------
    str
        URI of the MLflow model: a scorer, or a policy that decides.

    Raises
    ------
    DataError
        If the folder is neither, or not as it was sealed.
    TrackingError
        If MLflow stops recording.
    """
    if kind_of(folder) == "model":
        return _log_model(run, folder, load_model(folder), Recipe.read(folder))
    bundle = load_bundle(folder)
    return _log_policy(run, folder, bundle, _recipe_of(folder, bundle))


def log_trials(run: Run, folder: Path) -> None:
    """Record the trials that a model folder keeps of its study, each as a nested run.

    Parameters
    ----------
    run : Run
        To nest them in.
    folder : Path
        A model's folder; without trials, nothing happens.

    Raises
    ------
    TrackingError
        If MLflow stops recording.
    """
    path = folder / "tuning" / "trials.csv"
    if not path.is_file():
        return
    metric = load_model(folder).report["tuning"]["metric"]
    for trial in pd.read_csv(path).to_dict("records"):
        params = {k: v for k, v in trial.items() if k not in _OF_TRIAL and not pd.isna(v)}
        run.log_child(
            f"trial {trial['number']}",
            params={"candidate": trial["candidate"], **params},
            metrics={metric: trial["value"], "seconds": trial["seconds"]},
            tags={"state": "given up early" if trial["pruned"] else "complete"},
            seconds=trial["seconds"],
        )


def _log_model(run: Run, folder: Path, model: Model, recipe: Recipe) -> str:
    report = model.report
    run.log_params(
        {"model": report["model"], **recipe.settings}
        | {name: report[name] for name in ("folds", "calibrated_for")}
        | {f"scorer.{name}": value for name, value in model.scorer.get_params().items()}
    )
    run.log_metrics(_train_metrics(report))
    run.log_tags({SEAL_TAG: seal_hash(folder), SCORER_TAG: scorer_hash(model.scorer)})
    run.log_table_source(_source(recipe, model.schema))
    run.log_files(folder, "model_folder")
    _log_under_selection(run, report)
    if (folder / "calibration.csv").is_file():
        run.log_table(pd.read_csv(folder / "calibration.csv"), "calibration")
    example = model.example.head(_N_EXAMPLE)
    return run.log_model(folder / "scorer", name="scorer", input_example=example)


def _log_policy(run: Run, folder: Path, bundle: Bundle, recipe: Recipe) -> str:
    policy, evidence = bundle.policy, bundle.evidence
    run.log_params(
        {
            "objective": policy.objective,
            "limits": "; ".join(map(str, policy.limits)) or "none",
            "gamma": evidence.get("gamma"),
            "by": policy.by,
            "bundle": seal_hash(folder),
            **recipe.settings,
        }
        | {f"economics.{k}": v for k, v in policy.economics.model_dump().items()}
    )
    run.log_metrics(_tune_metrics(evidence))
    run.log_tags({SEAL_TAG: seal_hash(folder), SCORER_TAG: policy.model_hash})
    run.log_table_source(_source(recipe, bundle.schema), context="tuning")
    run.log_files(folder, "policy")
    if (folder / "frontier.csv").is_file():
        curve = pd.read_csv(folder / "frontier.csv")
        run.log_curve(curve)
        run.log_table(curve, "frontier")
    if (folder / "segments.csv").is_file():
        run.log_table(pd.read_csv(folder / "segments.csv"), "segments")
    if evidence["certificates"]:
        kept = ("claim", "method", "rate", "cap", "confidence", "cutoff", "n")
        certificates = pd.DataFrame(evidence["certificates"])
        run.log_table(certificates[[n for n in kept if n in certificates]], "certificates")
    _log_under_selection(run, evidence["model"])
    return run.log_model(folder, name="policy_model", input_example=bundle.example.head(_N_EXAMPLE))


def _recipe_of(folder: Path, bundle: Bundle) -> Recipe:
    # A policy that was amended, or saved from Python, was not made by a command that left one.
    if (folder / RECIPE_FILE).is_file():
        return Recipe.read(folder)
    data = bundle.evidence["data"]
    return Recipe(
        command="tune", table="unknown", data_hash=data["hash"], rows=data["rows"], settings={}
    )


def _log_under_selection(run: Run, report: Mapping[str, Any]) -> None:
    evaluation = report.get("under_selection")
    if not evaluation:
        return
    rows = [
        {"estimator": name, "population": worth["population"], "assumption": worth["assumption"]}
        | {
            f"{measure}{end}": worth[measure][side]
            for measure in MEASURES
            for end, side in (("", "point"), ("_lower", "lower"), ("_upper", "upper"))
        }
        for name, worth in evaluation["worth"].items()
    ]
    run.log_table(pd.DataFrame(rows), "under_selection")


def _source(recipe: Recipe, schema: Schema) -> TableSource:
    return TableSource(
        path=Path(recipe.table),
        content_hash=recipe.data_hash,
        n_rows=recipe.rows,
        schema=schema,
    )


def _train_metrics(report: Mapping[str, Any]) -> dict[str, float]:
    metrics = {
        f"cv_{name}_{measure}": scores[measure]
        for name, scores in report["cross_validation"].items()
        for measure in ("auc", "log_loss")
    }
    metrics |= {f"out_of_time_{k}": v for k, v in (report["out_of_time"] or {}).items()}
    everybody = report["under_selection"] or {"worth": {}}
    return metrics | {
        f"everybody_{name.replace(' ', '_')}_{measure}": worth[measure]["point"]
        for name, worth in everybody["worth"].items()
        for measure in MEASURES
        if worth[measure]["point"] is not None
    }


def _tune_metrics(evidence: Mapping[str, Any]) -> dict[str, float]:
    named = {
        "": evidence["tuning"]["chosen"],
        "incumbent_": evidence["tuning"]["incumbent"] or {},
        "out_of_time_": evidence["out_of_time"] or {},
        "segments_gain_": (evidence.get("segments") or {}).get("gains", {}),
        "review_": {
            name: (evidence.get("review") or {}).get(name) for name in ("goods_gain", "profit_gain")
        },
    }
    return {
        f"{prefix}{name}": float(value)
        for prefix, rates in named.items()
        for name, value in rates.items()
        if value is not None
    }
