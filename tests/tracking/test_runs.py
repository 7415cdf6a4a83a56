"""riskkit.tracking.runs"""

import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Column, Schema
from riskkit.errors import DataError
from riskkit.scores import BoostedScorer, Scorecard, save_scorer
from riskkit.tracking import TableSource, tracked_run
from riskkit.tracking._client import quiet, tracking_uri
from riskkit.tracking.places import database_file


@pytest.fixture
def applicants():
    rng = np.random.default_rng(0)
    income = pd.Series(rng.normal(size=400)).mask(rng.random(400) < 0.1)
    job = pd.Series(rng.choice(["cook", "nurse"], 400)).mask(rng.random(400) < 0.1).astype("str")
    return pd.DataFrame({"income": income, "job": job})


@pytest.mark.slow
class TestTrackedRun:
    def test_records_settings_numbers_and_words(self, database, client):
        with tracked_run("train", uri=database) as run:
            run.log_params({"seed": 7, "model": "best"})
            run.log_metrics({"auc": np.float64(0.75)})
            run.log_tags({"policy": "abc"})

        recorded = client.get_run(run.id)
        assert recorded.info.run_name == "train"
        assert recorded.info.status == "FINISHED"
        assert recorded.data.params == {"seed": "7", "model": "best"}
        assert recorded.data.metrics == {"auc": 0.75}
        assert recorded.data.tags["policy"] == "abc"

    def test_takes_more_settings_than_mlflow_does_at_once(self, database, client):
        with tracked_run("train", uri=database) as run:
            run.log_params({f"p{i}": i for i in range(250)})

        assert len(client.get_run(run.id).data.params) == 250

    def test_records_what_it_tried_as_nested_runs_from_any_thread(self, database, client):
        with tracked_run("train", uri=database) as run, ThreadPoolExecutor(2) as threads:
            children = list(
                threads.map(
                    lambda n: run.log_child(
                        f"trial {n}",
                        params={"l2": n},
                        metrics={"log loss": 0.1 * n},
                        tags={"state": "complete"},
                        seconds=2.5,
                    ),
                    range(3),
                )
            )

        for n, child in enumerate(children):
            recorded = client.get_run(child)
            assert recorded.data.tags["mlflow.parentRunId"] == run.id
            assert recorded.data.tags["state"] == "complete"
            assert recorded.data.params == {"l2": str(n)}
            assert recorded.data.metrics == {"log loss": pytest.approx(0.1 * n)}
            assert recorded.info.status == "FINISHED"
            assert recorded.info.run_name == f"trial {n}"
            assert recorded.info.end_time - recorded.info.start_time == 2500
        assert client.get_run(run.id).info.status == "FINISHED"

    def test_records_the_table_but_not_its_rows(self, database, client, tmp_path):
        columns = {
            "id": Column(role="id"),
            "income": Column(role="feature", kind="number"),
            "job": Column(role="feature", kind="category"),
            "at": Column(role="time"),
            "amount": Column(role="amount"),
            "bad": Column(role="bad"),
            "approved": Column(role="approved", approved_value="yes"),
            "note": Column(role="ignore"),
        }
        source = TableSource(
            path=tmp_path / "past.csv",
            content_hash="ab" * 32,
            n_rows=1234,
            schema=Schema(columns=columns),
        )

        with tracked_run("train", uri=database) as run:
            run.log_table_source(source)

        (used,) = client.get_run(run.id).inputs.dataset_inputs
        assert used.dataset.name == "past.csv"
        assert used.dataset.digest == ("ab" * 32)[:36]
        assert json.loads(used.dataset.profile) == {"num_rows": 1234, "content_hash": "ab" * 32}
        assert {
            column["name"]: column["type"]
            for column in json.loads(used.dataset.schema)["mlflow_colspec"]
        } == {
            "id": "string",
            "income": "double",
            "job": "string",
            "at": "datetime",
            "amount": "double",
            "bad": "double",
            "approved": "string",
        }
        assert used.tags[0].value == "training"

    def test_copies_the_files_of_a_folder(self, database, client, tmp_path):
        (tmp_path / "policy").mkdir()
        (tmp_path / "policy" / "policy.yaml").write_text("pd_cutoff: 0.1\n")

        with tracked_run("tune", uri=database) as run:
            run.log_files(tmp_path / "policy", "policy")

        assert [f.path for f in client.list_artifacts(run.id, "policy")] == ["policy/policy.yaml"]

    @pytest.mark.parametrize("scorer", [Scorecard(), BoostedScorer()])
    def test_records_a_model_that_gives_the_same_pds(self, database, tmp_path, applicants, scorer):
        import mlflow

        scorer.fit(applicants, (applicants["income"].fillna(0) > 0.5).astype(int))
        save_scorer(scorer, tmp_path / "scorer")

        with tracked_run("train", uri=database) as run:
            uri = run.log_model(
                tmp_path / "scorer", name="scorer", input_example=applicants.iloc[:3]
            )
        with tracking_uri(mlflow, database), quiet():
            loaded = mlflow.pyfunc.load_model(uri)
            pds = loaded.predict(applicants)["pd"].to_numpy()

        np.testing.assert_array_equal(pds, scorer.predict_proba(applicants)[:, 1])
        assert loaded.metadata.flavors["python_function"]["loader_module"] == "riskkit.tracking"
        assert loaded.metadata.get_input_schema().input_names() == ["income", "job"]

    def test_keeps_no_pickle(self, database, tmp_path, applicants):
        scorer = Scorecard().fit(applicants, (applicants["income"].fillna(0) > 0.5).astype(int))
        save_scorer(scorer, tmp_path / "scorer")

        with tracked_run("train", uri=database) as run:
            run.log_model(tmp_path / "scorer", name="scorer", input_example=applicants.iloc[:3])

        folder = database_file(database).parent / "mlruns"
        kinds = {path.suffix for path in folder.rglob("*") if path.is_file()}
        assert kinds
        assert not kinds & {".pkl", ".pickle", ".joblib", ".cloudpickle"}

    def test_refuses_a_model_that_cannot_score_its_example(self, database, tmp_path, applicants):
        scorer = Scorecard().fit(applicants, (applicants["income"].fillna(0) > 0.5).astype(int))
        save_scorer(scorer, tmp_path / "scorer")

        with (
            tracked_run("train", uri=database) as run,
            pytest.raises(DataError, match="'job'"),
        ):
            run.log_model(tmp_path / "scorer", name="scorer", input_example=applicants[["income"]])

    def test_is_marked_failed_where_the_block_fails(self, database, client):
        with pytest.raises(DataError, match="no goods"), tracked_run("tune", uri=database) as run:
            raise DataError("no goods")

        assert client.get_run(run.id).info.status == "FAILED"

    def test_leaves_nothing_behind(self, database, monkeypatch, capfd):
        import mlflow

        monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///elsewhere.db")
        environment = dict(os.environ)
        level = logging.getLogger("mlflow").level

        with tracked_run("train", uri=database):
            pass

        assert dict(os.environ) == environment
        assert logging.getLogger("mlflow").level == level
        assert mlflow.get_tracking_uri() == "sqlite:///elsewhere.db"
        assert mlflow.active_run() is None
        assert capfd.readouterr() == ("", "")

    def test_puts_back_a_uri_that_was_set_in_mlflow(self, database):
        import mlflow

        mlflow.set_tracking_uri("sqlite:///mine.db")
        try:
            with tracked_run("train", uri=database):
                pass

            assert mlflow.get_tracking_uri() == "sqlite:///mine.db"
        finally:
            mlflow.set_tracking_uri(None)

    def test_records_in_the_current_folder_by_default(self, tmp_path):
        with tracked_run("train") as run:
            run.log_params({"seed": 1})

        assert run.uri == f"sqlite:///{tmp_path}/mlflow.db"
        assert (tmp_path / "mlflow.db").is_file()

    def test_follows_the_environment_variable(self, database, client, monkeypatch):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", database)

        with tracked_run("train") as run:
            pass

        assert client.get_run(run.id).info.status == "FINISHED"

    def test_refuses_a_deleted_experiment(self, database, client):
        client.delete_experiment(client.create_experiment("gone"))

        with (
            pytest.raises(DataError, match=r"^experiment 'gone' was deleted; .*restore"),
            tracked_run("train", experiment="gone", uri=database),
        ):
            pass
