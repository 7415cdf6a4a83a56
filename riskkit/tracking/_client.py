"""MLflow itself: imported here alone, quietly, with its global settings put back."""

import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from types import ModuleType

from riskkit.errors import TrackingError

URI_VARIABLE = "MLFLOW_TRACKING_URI"

_TELEMETRY_VARIABLE = "MLFLOW_DISABLE_TELEMETRY"
_SHOWN = 200  # characters of another library's error
_SILENT = {
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
_CHATTER = ("mlflow", "alembic")  # loggers


def mlflow_() -> ModuleType:
    """Return MLflow, imported on first use."""
    # Imported here, and not above, because importing MLflow starts its usage telemetry: a lender's
    # machine reports to nobody unless its owner says so (MLFLOW_DISABLE_TELEMETRY=false).
    telemetry = {_TELEMETRY_VARIABLE: os.environ.get(_TELEMETRY_VARIABLE, "true")}
    with warnings.catch_warnings(), environment(telemetry):
        warnings.simplefilter("ignore")
        import mlflow  # noqa: PLC0415 - see above

        import_module("mlflow.pyfunc")  # warns while it is loaded, which it is on first use
    return mlflow


@contextmanager
def tracking_uri(mlflow: ModuleType, place: str) -> Iterator[None]:
    """Let MLflow record at a place within the block."""
    # Model logging knows the place only from MLflow's global setting, which is put back.
    with environment({URI_VARIABLE: None}):
        before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
        mlflow.set_tracking_uri(place)
        try:
            yield
        finally:
            mlflow.set_tracking_uri(before)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep MLflow from reporting migrations, new experiments and its advice."""
    # Its failures are exceptions.
    loggers = [logging.getLogger(name) for name in _CHATTER]
    levels = [logger.level for logger in loggers]
    with (
        warnings.catch_warnings(),
        environment(_SILENT),
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
def recording(place: str, *, failed: str = "stopped recording") -> Iterator[ModuleType]:
    """Give MLflow; where it fails within the block, say so in one sentence.

    Parameters
    ----------
    place : str
        Where it records, as it may be shown.
    failed : str
        What it did then; other words are for those who only read.

    Yields
    ------
    module
        MLflow.

    Raises
    ------
    TrackingError
        If MLflow, its database or its server fails.
    """
    mlflow = mlflow_()
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - slow, and MLflow has loaded it

    try:
        with quiet():
            yield mlflow
    except (mlflow.MlflowException, SQLAlchemyError, OSError) as error:  # requests' are OSErrors
        raise TrackingError(f"MLflow at {place} {failed}: {said_by(error)}.") from error


def said_by(error: BaseException) -> str:
    """Return what went wrong, as short as another library's error allows."""
    cause: BaseException | None = error
    while cause is not None:  # what the system said says it best, such as "Connection refused"
        error = cause if isinstance(cause, OSError) else error
        cause = cause.__cause__ or cause.__context__
    said = " ".join(str(error).split()).partition(" Response body:")[0] or type(error).__name__
    return said[:_SHOWN].rstrip(".")


#: As `recording`, where nothing is written.
reading = partial(recording, failed="failed")


@contextmanager
def environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables within the block; None takes one away."""
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
