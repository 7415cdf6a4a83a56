"""One road walked once, on few applicants, for all tests of the commands."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from riskkit.cli import main

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "sample"


@dataclass(frozen=True)
class Ran:
    """What one command did."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def riskkit(capsys, monkeypatch):
    """Run a command as the shell would: words in, exit code and both outputs back."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["riskkit", *map(str, words)])
        monkeypatch.setenv("COLUMNS", "140")
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ran(ended.value.code or 0, printed.out, printed.err)

    return run


@dataclass(frozen=True)
class Road:
    """Folders of a walked road."""

    table: Path
    schema: Path
    model: Path
    policy: Path
    tracking: str


@pytest.fixture(scope="session")
def road(tmp_path_factory):
    """Train a scorecard and tune it on the committed sample."""
    folder = tmp_path_factory.mktemp("road")
    found = Road(
        table=SAMPLE / "applications.parquet",
        schema=SAMPLE / "schema.yaml",
        model=folder / "model",
        policy=folder / "policy",
        tracking=f"sqlite:///{folder}/mlflow.db",
    )
    tracking = ["--tracking-uri", found.tracking]
    train = ["train", found.table, "--schema", found.schema, "--model", "scorecard"]
    tune = ["tune", found.table, "--model", found.model, "--max-bad-rate", "0.03"]
    for words in ([*train, "--out", found.model], [*tune, "--out", found.policy]):
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setattr(sys, "argv", ["riskkit", *map(str, words), *tracking])
            with pytest.raises(SystemExit) as ended:
                main()
            assert not ended.value.code
    return found


@pytest.fixture(scope="session")
def known_outcomes(tmp_path_factory):
    """Write a table whose applicants all have an outcome, as a CSV with its own column names."""
    applications = pd.read_parquet(SAMPLE / "applications.parquet")
    truth = pd.read_parquet(SAMPLE / "truth.parquet")
    columns = ["application_id", "income", "occupation", "tenure_months", "inquiries_3m", "amount"]
    table = applications[columns].assign(outcome=truth["truth_bad"].map({0: "paid", 1: "lost"}))
    path = tmp_path_factory.mktemp("known") / "loans.csv.gz"
    table.to_csv(path, index=False)
    return path
