"""PostgreSQL, MLflow on it, and one road walked against them by two processes at once."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from commands import SCHEMA, TABLE, start
from servers import make_database, mlflow_server, postgres


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def place():
    # Not pytest's own folder: PostgreSQL's user may not enter that.
    with tempfile.TemporaryDirectory(prefix="riskkit-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def database(place):
    with postgres(place / "postgres") as address:
        yield address


@pytest.fixture(scope="session")
def server(place, database):
    with mlflow_server(place / "mlflow", make_database(database, "mlflow")) as started:
        yield started


@dataclass(frozen=True)
class Road:
    """What two processes made at once."""

    folder: Path
    train: tuple[dict, dict]
    tune: tuple[dict, dict]


@pytest.fixture(scope="session")
def road(place, database, server):
    """Train twice at once with one study on the same PostgreSQL, then tune twice at once."""
    folder = place / "road"
    folder.mkdir()
    storage = make_database(database, "optuna")
    tracking = ("--tracking-uri", server.uri, "--json")
    train = [
        start(
            "train", TABLE, "--schema", SCHEMA, "--model", "scorecard", "--trials", 4, "--jobs", 1,
            "--storage", storage, "--out", folder / f"model{n}", *tracking,
        )
        for n in range(2)
    ]  # fmt: skip
    trained = _ended(train)
    tune = [
        start(
            "tune", TABLE, "--model", folder / f"model{n}", "--limit", "bad_rate <= 0.02",
            "--out", folder / f"policy{n}", *tracking,
        )
        for n in range(2)
    ]  # fmt: skip
    return Road(folder, trained, _ended(tune))


def _ended(processes):
    printed = [process.communicate() for process in processes]
    for process, (_, err) in zip(processes, printed, strict=True):
        assert process.returncode == 0, err
    return tuple(json.loads(out) for out, _ in printed)
