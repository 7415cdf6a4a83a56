"""MLflow: what was done, with which data and settings, and what came out of it."""

import json
import logging
import os
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

import pandas as pd

from riskkit import __version__
from riskkit.applicants import Column, Schema
from riskkit.errors import DataError, without_password
from riskkit.scores import Scorer, load_scorer

#: Where runs go that name no other experiment.
EXPERIMENT = "riskkit"
#: MLflow's own local default: a database file in the current folder, which `mlflow ui` shows.
LOCAL_URI = "sqlite:///mlflow.db"

_URI_VARIABLE = "MLFLOW_TRACKING_URI"
_TELEMETRY_VARIABLE = "MLFLOW_DISABLE_TELEMETRY"
_DATABASES = ("postgresql", "mysql", "mssql")
_TIMEOUT = 5  # seconds that a server may take to answer the check
_MAX_DIGEST = 36  # characters that MLflow keeps of a data set's digest
_CHATTER = ("mlflow", "alembic")  # loggers
_SHOWN = 200  # characters of another library's error


_DOUBLES = frozenset({"amount", "term", "weight", "propensity"})
_FLAGS = frozenset({"approved", "bad", "early_bad"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSource:
    """The table that a run read."""

    path: Path  #: Where it was read.
    content_hash: str  #: Hash of its content [hexadecimal]: `riskkit.applicants.content_hash`.
    n_rows: int  #: Its rows.
    schema: Schema  #: What its columns mean.


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
        mlflow = _mlflow()
        with _quiet():
            mlflow.log_params(dict(params))

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Record numbers.

        Parameters
        ----------
        metrics : mapping of str to float
            Numbers by name.
        """
        mlflow = _mlflow()
        with _quiet():
            mlflow.log_metrics({name: float(value) for name, value in metrics.items()})

    def log_tags(self, tags: Mapping[str, str]) -> None:
        """Record words to find the run by.

        Parameters
        ----------
        tags : mapping of str to str
            Words by name.
        """
        mlflow = _mlflow()
        with _quiet():
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
        mlflow = _mlflow()
        now = int(time.time() * 1000)
        entities = mlflow.entities
        with _quiet():
            client = mlflow.MlflowClient()
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
        mlflow = _mlflow()
        columns = [
            {"name": name, "type": _type_of_column(column), "required": True}
            for name, column in source.schema.columns.items()
            if column.role != "ignore"
        ]
        # MLflow's own data sets read every value to tell the columns' types: seconds of work.
        data = mlflow.entities.Dataset(
            name=source.path.name,
            digest=source.content_hash[:_MAX_DIGEST],
            source_type="local",
            source=json.dumps({"uri": str(source.path)}),
            schema=json.dumps({"mlflow_colspec": columns}),
            profile=json.dumps({"num_rows": source.n_rows, "content_hash": source.content_hash}),
        )
        tag = mlflow.entities.InputTag(key="mlflow.data.context", value=context)
        used = mlflow.entities.DatasetInput(dataset=data, tags=[tag])
        with _quiet():
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
        mlflow = _mlflow()
        with _quiet():
            mlflow.log_artifacts(str(folder), artifact_path)

    def log_model(self, folder: Path, *, name: str, input_example: pd.DataFrame) -> str:
        """Record a scorer as an MLflow model that returns PDs: plain files, and no pickle.

        Whoever loads it needs riskkit installed; nothing in the files is executed.

        Parameters
        ----------
        folder : Path
            Folder that `riskkit.scores.save_scorer` wrote.
        name : str
            The model's name in the run.
        input_example : DataFrame
            A few rows of features, numbers as float and categories as text, without personal
            data; they are recorded and fix the signature.

        Returns
        -------
        str
            URI for ``mlflow.pyfunc.load_model``.

        Raises
        ------
        DataError
            If the folder holds no scorer, or the scorer cannot score the example.
        """
        _load_pyfunc(str(folder)).predict(input_example)  # fails here, where MLflow only warns
        mlflow = _mlflow()
        with _quiet():
            logged = mlflow.pyfunc.log_model(
                name=name,
                loader_module=__name__,
                data_path=str(folder),
                signature=_signature(mlflow, input_example),
                input_example=input_example,
                pip_requirements=[f"riskkit=={__version__}"],
            )
        return str(logged.model_uri)


class _PdModel:
    """A scorer as MLflow calls it."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def predict(self, model_input: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(
            {"pd": self._scorer.predict_proba(model_input)[:, 1]}, index=model_input.index
        )


def _load_pyfunc(path: str) -> _PdModel:
    # MLflow finds the loader of a model by this name.
    return _PdModel(load_scorer(Path(path)))


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
    """
    mlflow, place = _mlflow(), _place(uri)
    with _tracking_uri(mlflow, place):
        with _quiet():
            experiment_id = _experiment_id(mlflow.MlflowClient(), experiment, place)
            active = mlflow.start_run(experiment_id=experiment_id, run_name=name)
        status = "FAILED"
        try:
            yield Run(
                id=active.info.run_id,
                name=name,
                uri=without_password(place),
                experiment_id=experiment_id,
            )
            status = "FINISHED"
        finally:
            with _quiet():
                mlflow.end_run(status)


def check_tracking(uri: str | None = None) -> None:
    """Refuse a place for runs that cannot be written to, before any work starts.

    Parameters
    ----------
    uri : str, optional
        Tracking URI; without it, the one that `tracked_run` would use.

    Raises
    ------
    DataError
        If the server or database does not answer within seconds, the folder may not be written
        to, or MLflow does not record there.

    Examples
    --------
    >>> check_tracking("./mlruns")
    Traceback (most recent call last):
    ...
    riskkit.errors.DataError: MLflow no longer records in folders such as ./mlruns; use a \
database, such as --tracking-uri sqlite:///mlflow.db.
    """
    place = _place(uri)
    scheme = urlsplit(place).scheme.partition("+")[0]
    if scheme in {"", "file"} and place != "databricks":
        raise DataError(
            f"MLflow no longer records in folders such as {place}; use a database, such as "
            f"--tracking-uri {LOCAL_URI}."
        )
    if scheme == "sqlite":
        _check_folder(place)
    elif scheme in _DATABASES:
        _check_database(place, scheme)
    else:
        _check_server(place)


def _place(uri: str | None) -> str:
    place = uri or os.environ.get(_URI_VARIABLE) or LOCAL_URI
    if not place.startswith("sqlite:///"):
        return place
    # MLflow keeps a database open by its name: the same name in another folder is another file.
    return f"sqlite:///{_database_file(place).as_posix()}"


def _check_folder(place: str) -> None:
    folder = _database_file(place).parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise DataError(
            f"Runs cannot be recorded in {place}: {folder} is not a folder that may be written "
            "to; choose another file with --tracking-uri sqlite:///FILE."
        )


def _database_file(place: str) -> Path:
    return Path(unquote(urlsplit(place).path).removeprefix("/")).absolute()


def _check_database(place: str, scheme: str) -> None:
    import sqlalchemy as sa  # noqa: PLC0415 - slow, and only needed for a shared database

    timeout = {"timeout" if scheme == "mssql" else "connect_timeout": _TIMEOUT}
    try:
        engine = sa.create_engine(place, connect_args=timeout)
        try:
            engine.connect().close()
        finally:
            engine.dispose()
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        raise _unreachable(place, error) from None


def _check_server(place: str) -> None:
    mlflow = _mlflow()
    # MLflow would try again for minutes.
    once = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": str(_TIMEOUT)}
    try:
        with _quiet(), _environment(once):
            mlflow.MlflowClient(place).search_experiments(max_results=1)
    except (mlflow.MlflowException, OSError) as error:  # requests' errors are OSErrors
        raise _unreachable(place, error) from None


def _unreachable(place: str, error: BaseException) -> DataError:
    cause: BaseException | None = error
    while cause is not None:  # what the system said says it best, such as "Connection refused"
        error = cause if isinstance(cause, OSError) else error
        cause = cause.__cause__ or cause.__context__
    said = " ".join(str(error).split()).partition(" Response body:")[0] or type(error).__name__
    problem = said[:_SHOWN].rstrip(".")
    return DataError(
        f"MLflow cannot record at {without_password(place)}: {problem}. Start or correct it, or "
        f"record in a local file with --tracking-uri {LOCAL_URI}."
    )


def _experiment_id(client: Any, name: str, place: str) -> str:
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return str(client.create_experiment(name, artifact_location=_artifacts(place)))
    if experiment.lifecycle_stage != "active":
        raise DataError(
            f"experiment {name!r} was deleted; bring it back with `mlflow experiments restore "
            f"--experiment-id {experiment.experiment_id}`, or name another one."
        )
    return str(experiment.experiment_id)


def _artifacts(place: str) -> str | None:
    # Beside the database file: MLflow would take the current folder, wherever that file lies.
    if not place.startswith("sqlite"):
        return None
    return (_database_file(place).parent / "mlruns").as_uri()


def _signature(mlflow: ModuleType, example: pd.DataFrame) -> Any:
    types = mlflow.types
    inputs = [types.ColSpec(_type_of(example[name]), str(name)) for name in example]
    return mlflow.models.ModelSignature(
        inputs=types.Schema(inputs), outputs=types.Schema([types.ColSpec("double", "pd")])
    )


def _type_of(column: pd.Series) -> str:
    return "double" if pd.api.types.is_numeric_dtype(column) else "string"


def _type_of_column(column: Column) -> str:
    if column.kind is not None:
        return "double" if column.kind == "number" else "string"
    if column.role in _FLAGS:
        texts = isinstance(column.bad_value, str) or isinstance(column.approved_value, str)
        return "string" if texts else "double"
    if column.role == "time":
        return "datetime"
    return "double" if column.role in _DOUBLES else "string"


def _mlflow() -> ModuleType:
    # Imported here, and not above, because importing MLflow starts its usage telemetry: a lender's
    # machine reports to nobody unless its owner says so (MLFLOW_DISABLE_TELEMETRY=false).
    telemetry = {_TELEMETRY_VARIABLE: os.environ.get(_TELEMETRY_VARIABLE, "true")}
    with warnings.catch_warnings(), _environment(telemetry):
        warnings.simplefilter("ignore")
        import mlflow  # noqa: PLC0415 - see above

        import_module("mlflow.pyfunc")  # warns while it is loaded, which it is on first use
    return mlflow


@contextmanager
def _tracking_uri(mlflow: ModuleType, place: str) -> Iterator[None]:
    # Model logging knows the place only from MLflow's global setting, which is put back.
    with _environment({_URI_VARIABLE: None}):
        before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
        mlflow.set_tracking_uri(place)
        try:
            yield
        finally:
            mlflow.set_tracking_uri(before)


@contextmanager
def _quiet() -> Iterator[None]:
    # MLflow reports migrations, new experiments and its advice; its failures are exceptions.
    loggers = [logging.getLogger(name) for name in _CHATTER]
    levels = [logger.level for logger in loggers]
    with (
        warnings.catch_warnings(),
        _environment({"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"}),
    ):
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            for logger in loggers:
                logger.setLevel(logging.ERROR)
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


@contextmanager
def _environment(values: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    _set_environment(values)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
