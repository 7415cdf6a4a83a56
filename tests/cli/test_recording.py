"""riskkit.cli._recording"""

import sqlite3

import pytest

from riskkit.cli._recording import record_folder, recorded
from riskkit.errors import DataError, TrackingError
from riskkit.tracking import past_runs

pytestmark = pytest.mark.slow


@pytest.fixture
def database(road, tmp_path):
    """Return a copy of the road's database, so that it can break."""
    with sqlite3.connect(road.tracking.removeprefix("sqlite:///")) as old:
        new = sqlite3.connect(tmp_path / "mlflow.db")
        old.backup(new)
        new.close()
    return tmp_path / "mlflow.db"


def break_(database):
    """Let whatever is recorded from now on fail."""
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE params")
    connection.close()


class TestRecorded:
    def test_records_a_folder(self, road, database):
        uri = f"sqlite:///{database}"

        with recorded("train", road.model, uri=uri) as record:
            record.track()

        assert past_runs(limit=1, uri=uri)[0].id == record.run_id

    def test_keeps_the_folder_and_tells_how_to_record_it_where_mlflow_breaks(
        self, road, database, capsys
    ):
        with recorded("train", road.model, uri=f"sqlite:///{database}") as record:
            break_(database)
            record.track()

        assert record.run_id is None
        said = " ".join(capsys.readouterr().err.split())
        assert "stopped recording" in said
        assert f"riskkit track {road.model} --tracking-uri sqlite:///{database}" in said

    def test_fails_where_there_is_nothing_to_record_yet(self, road, database):
        def lose():
            with recorded("train", road.model, uri=f"sqlite:///{database}") as record:
                break_(database)
                record.run.log_params({"seed": 1})

        with pytest.raises(TrackingError, match="stopped recording"):
            lose()

    def test_tells_what_went_wrong_first(self, road, database):
        def lose():
            with recorded("train", road.model, uri=f"sqlite:///{database}"):
                with sqlite3.connect(database) as connection:
                    connection.execute("DROP TABLE runs")
                raise DataError("no goods")

        with pytest.raises(DataError, match="no goods"):
            lose()


class TestRecordFolder:
    def test_tells_how_to_record_it_where_mlflow_breaks(self, road, database, capsys):
        uri = f"sqlite:///{database}"
        past_runs(uri=uri)  # opens it: MLflow makes what is missing then, and only then
        break_(database)

        assert record_folder("tune", road.policy, uri=uri) is None
        assert f"riskkit track {road.policy}" in " ".join(capsys.readouterr().err.split())
