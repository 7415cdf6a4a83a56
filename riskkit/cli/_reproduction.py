"""What `riskkit reproduce` does: the recorded model, trained again and compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskkit.applicants import History, content_hash, read_history
from riskkit.bundle import Model, Recipe, load_model, train_model, verified
from riskkit.cli._console import step
from riskkit.cli._training import inference_of
from riskkit.errors import DataError
from riskkit.scores import BoostedScorer, Learner, Scorecard, scorer_hash
from riskkit.tracking import Difference, check_tracking, past_run, run_files

#: Parts of a report that training makes; how candidates were compared or searched is not repeated.
_COMPARED = ("rows", "bads", "out_of_time", "under_selection")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """A training done again."""

    run_id: str
    table: str
    data_hash: str
    scorer: str  # hash of the scorer trained again
    differences: tuple[Difference, ...]
    other_versions: dict[str, tuple[str, str]]


def reproduced(run_id: str, table: Path | None, *, uri: str | None) -> Reproduction:
    """Train a recorded run again.

    Raises
    ------
    DataError
        If the run is no training, or its table is not to be had as it was.
    """
    check_tracking(uri)
    run = past_run(run_id, uri=uri)
    if run.name != "train":
        raise DataError(f"Run {run_id} is a {run.name} run; name the train run of its model.")
    with run_files(run_id, "model_folder", uri=uri) as folder:
        recipe, before = Recipe.read(folder), load_model(folder)
        other_versions = verified(folder).other_versions
    path = table or Path(recipe.table)
    with step(f"reading {path}"):
        history = _same_history(path, before, recipe)
    seed = int(recipe.settings["seed"] or 0)
    infer = inference_of(
        str(recipe.settings["asked_for"]),
        before.schema,
        exclusion=str(recipe.settings.get("exclusion") or "").split(", "),
        seed=seed,
        jobs=int(recipe.settings["jobs"] or 1),
    )
    with step(f"training ({before.report['model']}) again"):
        after = train_model(
            history,
            before.schema,
            _unfitted(before),
            seed=seed,
            folds=before.report["folds"],
            calibrated_for=before.report["calibrated_for"] if infer is None else "labelled",
            infer=infer,
        )
    return Reproduction(
        run_id=run_id,
        table=str(path),
        data_hash=recipe.data_hash,
        scorer=scorer_hash(after.scorer),
        differences=tuple(_differences(before, after)),
        other_versions=other_versions,
    )


def _same_history(path: Path, before: Model, recipe: Recipe) -> History:
    if not path.exists():
        raise DataError(f"{path} is no longer there; say where the table is with --table.")
    history = read_history(path, before.schema)
    found = content_hash(history.applications.table)
    if found != recipe.data_hash:
        raise DataError(
            f"{path} is not the table of that run: its content hash is {found[:12]}..., but "
            f"{recipe.data_hash[:12]}... is recorded; {len(history)} rows, and {recipe.rows} were "
            "recorded."
        )
    return history


def _unfitted(model: Model) -> dict[str, Learner]:
    scorer = model.scorer
    if not isinstance(scorer, Scorecard | BoostedScorer):
        return {}  # of all applicants: trained as the recipe says
    return {model.report["model"]: type(scorer)(**scorer.get_params())}


def _differences(before: Model, after: Model) -> Iterator[Difference]:
    a, b = _facts(before), _facts(after)
    for key in sorted(a.keys() | b.keys()):
        if a.get(key) != b.get(key):
            yield Difference(what=key, first=a.get(key), second=b.get(key))


def _facts(model: Model) -> dict[str, Any]:
    plan = model.plan
    return {
        "scorer": scorer_hash(model.scorer),
        "split": model.split.model_dump_json(),
        "cut-offs to choose from": str(plan.grid.cutoffs.tolist()),
        **dict(_flat("report", {name: model.report.get(name) for name in _COMPARED})),
    }


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        yield prefix, value
        return
    for key, item in value.items():
        yield from _flat(f"{prefix}.{key}", item)
