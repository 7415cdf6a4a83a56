"""A database made once, and a folder and an environment in which nothing else records."""

from pathlib import Path

import pytest

from riskkit.applicants import Schema, read_history
from riskkit.bundle import (
    Recipe,
    load_model,
    save_bundle,
    save_model,
    train_model,
    tune_policy,
)
from riskkit.decisions import Goal
from riskkit.lending import Limit
from riskkit.scores import Scorecard
from riskkit.tracking import places, tracked_run

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "sample"


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


@pytest.fixture(scope="session")
def history():
    return read_history(SAMPLE / "applications.parquet", Schema.read(SAMPLE / "schema.yaml"))


@pytest.fixture(scope="session")
def model_folder(history, tmp_path_factory):
    """Write a model with a study of one trial, as `riskkit train --trials` does."""
    folder = tmp_path_factory.mktemp("made") / "model"
    schema = Schema.read(SAMPLE / "schema.yaml")
    model = train_model(history, schema, {"scorecard": Scorecard()})
    model.report["tuning"] = {"metric": "log_loss"}
    (folder / "tuning").mkdir(parents=True)
    (folder / "tuning" / "trials.csv").write_text(
        "number,candidate,value,pruned,seconds,penalty,rate\n0,scorecard,0.1,False,2.0,1.5,\n"
    )
    new_recipe("train", model.split.data_hash, asked_for="scorecard", seed=0).write(folder)
    save_model(model, folder)
    return folder


@pytest.fixture(scope="session")
def policy_folder(history, model_folder):
    folder = model_folder.with_name("policy")
    goal = Goal(limits=(Limit(rate="bad_rate", at_most=0.03),))
    tuned = tune_policy(load_model(model_folder), history, goal)
    folder.mkdir()
    tuned.tuned.curve.to_csv(folder / "frontier.csv", index=False)
    new_recipe("tune", tuned.bundle.evidence["data"]["hash"], model="abc").write(folder)
    save_bundle(tuned.bundle, folder)
    return folder


def new_recipe(command, data_hash, **settings):
    return Recipe(
        command=command, table="past.parquet", data_hash=data_hash, rows=10, settings=settings
    )
