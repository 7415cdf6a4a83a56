"""A database made once, and a folder and an environment in which nothing else records."""

import pytest

from riskkit.tracking import places, tracked_run


@pytest.fixture(autouse=True)
def nowhere_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(places, "_TIMEOUT", 1)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    # Made once: filling an empty database takes MLflow seconds.
    uri = f"sqlite:///{tmp_path_factory.mktemp('tracking') / 'mlflow.db'}"
    with tracked_run("the first", uri=uri):
        pass
    return uri


@pytest.fixture(scope="module")
def client(database):
    from mlflow import MlflowClient

    return MlflowClient(database)
