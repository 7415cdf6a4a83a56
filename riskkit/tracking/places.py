"""Where runs are recorded, and whether it can be written to."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from riskkit.errors import DataError, without_password
from riskkit.tracking._client import URI_VARIABLE, environment, mlflow_, quiet, said_by

#: MLflow's own local default: a database file in the current folder, which `mlflow ui` shows.
LOCAL_URI = "sqlite:///mlflow.db"

_DATABASES = ("postgresql", "mysql", "mssql")
_TIMEOUT = 10  # seconds that a server may take to answer the check


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
    place = place_of(uri)
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


def place_of(uri: str | None) -> str:
    """Return where runs go: what was asked for, else the environment's word, else `LOCAL_URI`."""
    place = uri or os.environ.get(URI_VARIABLE) or LOCAL_URI
    if not place.startswith("sqlite:///"):
        return place
    # MLflow keeps a database open by its name: the same name in another folder is another file.
    return f"sqlite:///{database_file(place).as_posix()}"


def is_place(uri: str | None) -> bool:
    """Return whether there is somewhere to record: a named place, or a local database.

    Parameters
    ----------
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Returns
    -------
    bool
        False where recording would make a new local database.
    """
    place = place_of(uri)
    return not place.startswith("sqlite:///") or database_file(place).is_file()


def _check_folder(place: str) -> None:
    folder = database_file(place).parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise DataError(
            f"Runs cannot be recorded in {place}: {folder} is not a folder that may be written "
            "to; choose another file with --tracking-uri sqlite:///FILE."
        )


def database_file(place: str) -> Path:
    """Return the file of an SQLite address."""
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
    mlflow = mlflow_()
    # MLflow would try again for minutes.
    once = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": str(_TIMEOUT)}
    try:
        with quiet(), environment(once):
            mlflow.MlflowClient(place).search_experiments(max_results=1)
    except (mlflow.MlflowException, OSError) as error:  # requests' errors are OSErrors
        raise _unreachable(place, error) from None


def _unreachable(place: str, error: BaseException) -> DataError:
    return DataError(
        f"MLflow cannot record at {without_password(place)}: {said_by(error)}. Start or correct "
        f"it, or record in a local file with --tracking-uri {LOCAL_URI}."
    )


def artifacts_of(place: str) -> str | None:
    """Return where the files of runs go, or None where MLflow knows best."""
    # Beside the database file: MLflow would take the current folder, wherever that file lies.
    if not place.startswith("sqlite"):
        return None
    return (database_file(place).parent / "mlruns").as_uri()
