"""One model and one policy, made once from the committed sample."""

from pathlib import Path

import pytest

from riskkit.applicants import Schema, read_history
from riskkit.bundle import train_model, tune_policy
from riskkit.decisions import Goal
from riskkit.lending import Limit
from riskkit.scores import Scorecard

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "sample"


@pytest.fixture(scope="session")
def schema():
    return Schema.read(SAMPLE / "schema.yaml")


@pytest.fixture(scope="session")
def history(schema):
    return read_history(SAMPLE / "applications.parquet", schema)


@pytest.fixture(scope="session")
def model(history, schema):
    return train_model(history, schema, {"scorecard": Scorecard(directions=schema.directions)})


@pytest.fixture(scope="session")
def tuned(model, history):
    return tune_policy(model, history, Goal(limits=(Limit(rate="bad_rate", at_most=0.03),)))
