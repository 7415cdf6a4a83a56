"""riskkit.tracking.past"""

import sqlite3

import pytest

from riskkit.errors import DataError, TrackingError
from riskkit.tracking import Difference, differences, past_run, past_runs, run_files, tracked_run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pair(database):
    """Record two runs that differ in a setting and a number."""
    ids = []
    for seed in (1, 2):
        with tracked_run("experiment of past", uri=database) as run:
            run.log_params({"seed": seed, "model": "best"})
            run.log_metrics({"auc": 0.7, "loss": 0.1 * seed})
            run.log_child("trial 0", params={}, metrics={}, tags={}, seconds=1)
        ids.append(run.id)
    return ids


class TestPastRuns:
    def test_lists_the_newest_first_without_nested_ones(self, database, pair):
        found = past_runs(name="experiment of past", uri=database)

        assert [run.id for run in found] == pair[::-1]
        assert found[0].params == {"seed": "2", "model": "best"}
        assert found[0].status == "FINISHED"
        assert past_runs(limit=1, uri=database)[0].id == pair[1]

    def test_is_empty_where_nothing_was_recorded(self, tmp_path):
        assert past_runs(uri=f"sqlite:///{tmp_path}/new.db") == []

    @pytest.mark.parametrize("name", ["it's", 'a"b'])
    def test_refuses_quotes_in_a_name(self, database, name):
        with pytest.raises(DataError, match="name must hold no quotes"):
            past_runs(name=name, uri=database)

    def test_says_that_reading_failed(self, tmp_path):
        past_runs(uri=f"sqlite:///{tmp_path}/broken.db")
        with sqlite3.connect(tmp_path / "broken.db") as connection:
            connection.execute("DROP TABLE experiments")

        with pytest.raises(TrackingError, match=r"broken\.db failed: "):
            past_runs(uri=f"sqlite:///{tmp_path}/broken.db")


class TestDifferences:
    def test_names_what_is_otherwise(self, database, pair):
        first, second = (past_run(run_id, uri=database) for run_id in pair)

        assert differences(first, second) == [
            Difference(what="param seed", first="1", second="2"),
            Difference(what="metric loss", first=0.1, second=0.2),
        ]
        assert differences(first, first) == []


class TestPastRun:
    def test_refuses_an_id_that_is_not_there(self, database):
        with pytest.raises(DataError, match=r"^No run 'abc' is recorded here"):
            past_run("abc", uri=database)

    def test_takes_the_beginning_of_an_id(self, database, pair):
        assert past_run(pair[0][:12], uri=database).id == pair[0]
        with pytest.raises(DataError, match="is recorded here"):
            past_run("0123456789ab", uri=database)
        with pytest.raises(DataError, match="is recorded here"):
            past_run(pair[0][:11], uri=database)


class TestRunFiles:
    def test_brings_files_here_for_a_while(self, database, tmp_path):
        (tmp_path / "made").mkdir()
        (tmp_path / "made" / "a.txt").write_text("a")
        with tracked_run("files", uri=database) as run:
            run.log_files(tmp_path / "made", "made")

        with run_files(run.id, "made", uri=database) as folder:
            assert (folder / "a.txt").read_text() == "a"
        assert not folder.exists()

    def test_says_where_there_are_none(self, database, pair):
        with (
            pytest.raises(DataError, match="recorded no model_folder"),
            run_files(pair[0], "model_folder", uri=database),
        ):
            pass
