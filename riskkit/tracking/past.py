"""Runs that were recorded: found again, compared, and their files brought back."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from riskkit.errors import DataError, without_password
from riskkit.tracking._client import mlflow_, reading, tracking_uri
from riskkit.tracking.places import place_of
from riskkit.tracking.runs import EXPERIMENT, patient

_SHORTEST = 12  # characters by which a run is known


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run that was recorded."""

    id: str  #: MLflow's id of it.
    name: str  #: Such as train or tune.
    status: str  #: Such as FINISHED.
    started: datetime  #: When [UTC].
    params: Mapping[str, str]  #: Settings.
    metrics: Mapping[str, float]  #: Numbers, the last of each.
    tags: Mapping[str, str]  #: Words, without MLflow's own.
    data: tuple[str, ...]  #: Digests of the tables it read.


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two runs, or two results, have otherwise."""

    what: str  #: Such as "param seed" or "metric out_of_time_auc".
    first: str | float | None  #: None where the first does not have it.
    second: str | float | None  #: None where the second does not have it.


def past_runs(*, name: str | None = None, limit: int = 20, uri: str | None = None) -> list[PastRun]:
    """Return recorded runs, the newest first, without those nested in others.

    Parameters
    ----------
    name : str, optional
        Only those of this name, such as train.
    limit : int
        At most so many.
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Returns
    -------
    list of PastRun
        Empty where nothing was recorded.

    Raises
    ------
    DataError
        If the name holds quotes.
    TrackingError
        If MLflow fails.
    """
    if name is not None and set(name) & set("'\"\\"):
        raise DataError(f"name must hold no quotes or backslashes, but is {name!r}.")
    with _history(uri) as client:
        experiment = client.get_experiment_by_name(EXPERIMENT)
        if experiment is None:
            return []
        of_name = "" if name is None else f"attributes.run_name = '{name}'"
        found: list[PastRun] = []
        page = None
        while len(found) < limit:
            runs = client.search_runs(
                [experiment.experiment_id],
                of_name,
                order_by=["attributes.start_time DESC"],
                page_token=page,
            )
            found += [_past(r) for r in runs if "mlflow.parentRunId" not in r.data.tags]
            page = runs.token
            if not page:
                break
        return found[:limit]


def past_run(run_id: str, *, uri: str | None = None) -> PastRun:
    """Return one recorded run.

    Parameters
    ----------
    run_id : str
        MLflow's id of it, or its first 12 characters or more.
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Returns
    -------
    PastRun
        The run.

    Raises
    ------
    DataError
        If it is not there.
    TrackingError
        If MLflow fails.
    """
    with _history(uri) as client:
        try:
            return _past(client.get_run(_whole_id(client, run_id)))
        except mlflow_().MlflowException as error:
            if error.error_code not in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                raise
    raise DataError(f"No run {run_id!r} is recorded here; `riskkit runs` lists them.")


@contextmanager
def run_files(run_id: str, artifact_path: str, *, uri: str | None = None) -> Iterator[Path]:
    """Bring files of a run here for the block.

    Parameters
    ----------
    run_id : str
        MLflow's id of the run.
    artifact_path : str
        Which folder of its artifacts.
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Yields
    ------
    Path
        A folder with them.

    Raises
    ------
    DataError
        If the run has no such files.
    TrackingError
        If MLflow fails.
    """
    with TemporaryDirectory(prefix="riskkit-") as place:
        with _history(uri) as client:
            if not client.list_artifacts(run_id, artifact_path):
                raise DataError(f"Run {run_id} recorded no {artifact_path}.")
            got = client.download_artifacts(run_id, artifact_path, place)
        yield Path(got)


def differences(first: PastRun, second: PastRun) -> list[Difference]:
    """Return what two runs have otherwise: data, settings, then numbers.

    Parameters
    ----------
    first, second : PastRun
        The runs.

    Returns
    -------
    list of Difference
        Empty where all is equal.
    """
    pairs: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = [
        ("data", {"": ", ".join(first.data)}, {"": ", ".join(second.data)}),
        ("param", first.params, second.params),
        ("metric", first.metrics, second.metrics),
    ]
    return [
        Difference(what=f"{kind} {key}".strip(), first=a.get(key), second=b.get(key))
        for kind, a, b in pairs
        for key in sorted(a.keys() | b.keys())
        if a.get(key) != b.get(key)
    ]


def _whole_id(client: Any, run_id: str) -> str:
    if not re.fullmatch(f"[0-9a-f]{{{_SHORTEST},31}}", run_id):
        return run_id
    experiment = client.get_experiment_by_name(EXPERIMENT)
    ids = [] if experiment is None else [experiment.experiment_id]
    found = client.search_runs(ids, f"attributes.run_id LIKE '{run_id}%'") if ids else []
    return found[0].info.run_id if len(found) == 1 else run_id


@contextmanager
def _history(uri: str | None) -> Iterator[Any]:
    place = place_of(uri)
    with (
        patient(),
        tracking_uri(mlflow_(), place),
        reading(without_password(place)) as mlflow,
    ):
        yield mlflow.MlflowClient()


def _past(run: Any) -> PastRun:
    inputs = run.inputs.dataset_inputs if run.inputs else ()
    return PastRun(
        id=run.info.run_id,
        name=run.info.run_name or "",
        status=run.info.status,
        started=datetime.fromtimestamp(run.info.start_time / 1000, UTC),
        params=dict(run.data.params),
        metrics=dict(run.data.metrics),
        tags={k: v for k, v in run.data.tags.items() if not k.startswith("mlflow.")},
        data=tuple(used.dataset.digest for used in inputs),
    )
