"""One policy on the committed sample, where nobody was explored, and its reports."""

from pathlib import Path

import pandas as pd
import pytest

from riskkit.applicants import Schema, as_history, read_table
from riskkit.bundle import train_model, tune_policy
from riskkit.decisions import Goal
from riskkit.lending import Limit
from riskkit.scores import Scorecard

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "sample"


@pytest.fixture(scope="session")
def schema():
    return Schema.read(SAMPLE / "schema.yaml")


@pytest.fixture(scope="session")
def table():
    return read_table(SAMPLE / "applications.parquet")


@pytest.fixture(scope="session")
def history(table, schema):
    return as_history(table, schema)


@pytest.fixture(scope="session")
def known_history(table, schema):
    """Return applicants all of whom have an outcome, and whom no gate but the score can stop."""
    truth = pd.read_parquet(SAMPLE / "truth.parquet")["truth_bad"]
    past = {"approved", "stopped_by", "verdict", "propensity", "protected", "early_bad"}
    columns = {name: column for name, column in schema.columns.items() if column.role not in past}
    known = schema.model_copy(update={"columns": columns, "observed_at": None})
    return as_history(table.assign(**{schema.need("bad"): truth.to_numpy()}), known), known


def tuned_on(history, schema, *limits, **goal):
    model = train_model(history, schema, {"scorecard": Scorecard(directions=schema.directions)})
    return tune_policy(model, history, Goal(limits=limits, **goal))


@pytest.fixture(scope="session")
def tuned(history, schema):
    return tuned_on(history, schema, Limit(rate="bad_rate", at_most=0.03))


@pytest.fixture(scope="session")
def blind(table, schema):
    """Return the history of a lender who approved nobody at random, and its policy."""
    columns = {n: c for n, c in schema.columns.items() if c.role != "propensity"}
    blind_schema = schema.model_copy(update={"columns": columns})
    history = as_history(table, blind_schema)
    return history, tuned_on(history, blind_schema, Limit(rate="bad_rate", at_most=0.03))


@pytest.fixture(scope="session")
def certified(known_history):
    return tuned_on(*known_history, Limit(rate="bad_rate", at_most=0.03, confidence=0.9))
