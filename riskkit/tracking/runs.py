"""MLflow runs: what was done, with which data and settings, and what came out of it."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from riskkit import __version__
from riskkit.errors import DataError, TrackingError, without_password
from riskkit.tracking._client import environment, mlflow_, recording, tracking_uri
from riskkit.tracking.data import TableSource, dataset_input
from riskkit.tracking.places import artifacts_of, place_of
from riskkit.tracking.served import LOADER, load_served, signature_of

#: Where runs go that name no other experiment.
EXPERIMENT = "riskkit"

#: MLflow would try again for minutes where a server has died; the user's own settings win.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3", "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1"}

_MAX_BATCH = 1000  # metrics that MLflow takes at once
_MAX_STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An MLflow run that is under way; `tracked_run` makes it."""

    id: str  #: MLflow's id of the run.
    name: str  #: Its name.
    uri: str  #: Where it is recorded, without a password.
    experiment_id: str  #: MLflow's id of its experiment.

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record settings.

        Parameters
        ----------
        params : mapping of str to any
            Settings by name; recorded as text.
        """
        with recording(self.uri) as mlflow:
            mlflow.log_params(dict(params))

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Record numbers.

        Parameters
        ----------
        metrics : mapping of str to float
            Numbers by name.
        """
        with recording(self.uri) as mlflow:
            mlflow.log_metrics({name: float(value) for name, value in metrics.items()})

    def log_curve(self, curve: pd.DataFrame, *, prefix: str = "curve") -> None:
        """Record numbers that change along a curve, one step for each row, for MLflow to draw.

        Parameters
        ----------
        curve : DataFrame
            One row per step, at most 100 of which are recorded: its number columns, without
            missing values.
        prefix : str
            Each is recorded under this, a slash and the column's name.
        """
        steps = np.unique(np.linspace(0, len(curve) - 1, _MAX_STEPS).astype(int))
        numbers = curve.select_dtypes("number").iloc[steps]
        with recording(self.uri) as mlflow:
            now, metric = int(time.time() * 1000), mlflow.entities.Metric
            points = [
                metric(f"{prefix}/{name}", float(value), now, step)
                for name in numbers
                for step, value in zip(steps.tolist(), numbers[name], strict=True)
                if not pd.isna(value)
            ]
            client = mlflow.MlflowClient()
            for start in range(0, len(points), _MAX_BATCH):
                client.log_batch(self.id, metrics=points[start : start + _MAX_BATCH])

    def log_table(self, table: pd.DataFrame, name: str) -> None:
        """Record a table that MLflow's pages show.

        Parameters
        ----------
        table : DataFrame
            A small one.
        name : str
            Its name among the run's tables.
        """
        content = table.astype(object).where(table.notna(), None)
        record = {"columns": [str(c) for c in content], "data": content.to_numpy().tolist()}
        with recording(self.uri) as mlflow:
            mlflow.log_dict(record, f"tables/{name}.json")

    def log_tags(self, tags: Mapping[str, str]) -> None:
        """Record words to find the run by.

        Parameters
        ----------
        tags : mapping of str to str
            Words by name.
        """
        with recording(self.uri) as mlflow:
            mlflow.set_tags(dict(tags))

    def log_child(
        self,
        name: str,
        *,
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        seconds: float,
    ) -> str:
        """Record something this run tried as a run nested in it, from any thread.

        Parameters
        ----------
        name : str
            The nested run's name.
        params : mapping of str to any
            Settings by name; recorded as text.
        metrics : mapping of str to float
            Numbers by name.
        tags : mapping of str to str
            Words by name.
        seconds : float
            How long it took, until now [seconds].

        Returns
        -------
        str
            MLflow's id of the nested run.
        """
        now = int(time.time() * 1000)
        with recording(self.uri) as mlflow:
            client, entities = mlflow.MlflowClient(), mlflow.entities
            child = client.create_run(
                self.experiment_id,
                start_time=now - int(1000 * seconds),
                run_name=name,
                tags={"mlflow.parentRunId": self.id, **tags},
            ).info.run_id
            client.log_batch(
                child,
                metrics=[entities.Metric(key, float(n), now, 0) for key, n in metrics.items()],
                params=[entities.Param(key, str(value)) for key, value in params.items()],
            )
            client.set_terminated(child, end_time=now)
        return str(child)

    def log_table_source(self, source: TableSource, *, context: str = "training") -> None:
        """Record which table was read: its place, hash, columns and number of rows, not the rows.

        Parameters
        ----------
        source : TableSource
            The table. MLflow's digest is the beginning of its hash: MLflow keeps 36 characters.
        context : str
            What it was used for.
        """
        used = dataset_input(source, context)
        with recording(self.uri) as mlflow:
            mlflow.MlflowClient().log_inputs(self.id, datasets=[used])

    def log_files(self, folder: Path, artifact_path: str | None = None) -> None:
        """Copy the files of a folder to the run's artifacts.

        Parameters
        ----------
        folder : Path
            The folder.
        artifact_path : str, optional
            Folder among the artifacts to copy them into.
        """
        with recording(self.uri) as mlflow:
            mlflow.log_artifacts(str(folder), artifact_path)

    def log_model(self, folder: Path, *, name: str, input_example: pd.DataFrame) -> str:
        """Record a scorer or a policy as an MLflow model: plain files, and no pickle.

        Whoever loads it needs riskkit installed; nothing in the files is executed. A scorer
        returns PDs; a policy decides too, see `riskkit.tracking.served`.

        Parameters
        ----------
        folder : Path
            Folder that `riskkit.scores.save_scorer` or `riskkit.bundle.save_bundle` wrote.
        name : str
            The model's name in the run.
        input_example : DataFrame
            A few rows of what the model reads, numbers as float and categories as text, without
            personal data; they are recorded and fix the signature.

        Returns
        -------
        str
            URI for ``mlflow.pyfunc.load_model``.

        Raises
        ------
        DataError
            If the folder holds neither, or what it holds cannot take the example.
        TrackingError
            If MLflow does not record it.
        """
        output = load_served(folder).predict(input_example)  # fails here, where MLflow only warns
        with recording(self.uri) as mlflow:
            logged = mlflow.pyfunc.log_model(
                name=name,
                loader_module=LOADER,
                data_path=str(folder),
                signature=signature_of(input_example, output),
                input_example=input_example,
                pip_requirements=[f"riskkit=={__version__}"],
            )
        return str(logged.model_uri)


@contextmanager
def tracked_run(
    name: str, *, experiment: str = EXPERIMENT, uri: str | None = None
) -> Iterator[Run]:
    """Record what happens in the block as an MLflow run; where it fails, the run is marked FAILED.

    Parameters
    ----------
    name : str
        The run's name.
    experiment : str
        The experiment it belongs to; made where it is not there yet.
    uri : str, optional
        Tracking URI; without it, the environment variable MLFLOW_TRACKING_URI, and without that,
        `LOCAL_URI`.

    Yields
    ------
    Run
        To log to.

    Raises
    ------
    DataError
        If the experiment was deleted.
    TrackingError
        If MLflow stops recording.
    """
    place = place_of(uri)
    shown = without_password(place)
    with patient(), tracking_uri(mlflow_(), place):
        with recording(shown) as mlflow:
            experiment_id = experiment_id_of(mlflow.MlflowClient(), experiment, place)
            active = mlflow.start_run(experiment_id=experiment_id, run_name=name)
        try:
            yield Run(id=active.info.run_id, name=name, uri=shown, experiment_id=experiment_id)
        except BaseException:
            with suppress(TrackingError), recording(shown) as mlflow:
                mlflow.end_run("FAILED")  # what went wrong first is what is told
            raise
        with recording(shown) as mlflow:
            mlflow.end_run("FINISHED")


@contextmanager
def patient() -> Iterator[None]:
    """Wait seconds, not minutes, for a server that does not answer."""
    with environment({n: value for n, value in _PATIENCE.items() if n not in os.environ}):
        yield


def experiment_id_of(client: Any, name: str, place: str) -> str:
    """Return MLflow's id of an experiment, which is made where it is not there yet.

    Raises
    ------
    DataError
        If it was deleted.
    """
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        try:
            return str(client.create_experiment(name, artifact_location=artifacts_of(place)))
        except mlflow_().MlflowException:
            experiment = client.get_experiment_by_name(name)  # another process was faster
            if experiment is None:
                raise
    if experiment.lifecycle_stage != "active":
        raise DataError(
            f"experiment {name!r} was deleted; bring it back with `mlflow experiments restore "
            f"--experiment-id {experiment.experiment_id}`, or name another one."
        )
    return str(experiment.experiment_id)
