"""The whole road against a real MLflow server on PostgreSQL, with artifacts over HTTP."""

import json
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import pandas as pd
import pytest
from commands import SCHEMA, TABLE, run, start
from servers import free_port, make_database, mlflow_server, model_server

from riskkit.bundle import decided_with_reasons, load_bundle, needed_columns


@pytest.fixture(scope="session")
def client(server):
    from mlflow import MlflowClient

    return MlflowClient(server.uri)


@pytest.fixture(scope="session")
def registered(road, server):
    tracking = ("--tracking-uri", server.uri)
    version = run("register", road.folder / "policy0", "--name", "pay-later", *tracking)
    run("promote", "pay-later", "--because", "a drill", *tracking, cwd=road.folder)
    return version


@pytest.fixture(scope="session")
def served(place, server, registered):
    uri = f"models:/{registered['name']}@champion"
    with model_server(place / "served", server.uri, uri) as started:
        yield started


@pytest.fixture(scope="session")
def asked(road):
    """Return rows of the table as a shop would send them, and what the bundle says of them."""
    bundle = load_bundle(road.folder / "policy0")
    table = pd.read_parquet(TABLE)[list(needed_columns(bundle.policy, bundle.schema))][:300]
    return table, decided_with_reasons(bundle, table)


class TestTwoProcessesAtOnce:
    def test_record_their_runs_with_data_models_and_files(self, road, client):
        for trained, tuned in zip(road.train, road.tune, strict=True):
            train, tune = (client.get_run(made["run_id"]) for made in (trained, tuned))

            assert {train.info.status, tune.info.status} == {"FINISHED"}
            assert train.info.artifact_uri.startswith("mlflow-artifacts:")
            assert train.inputs.dataset_inputs[0].dataset.name == "applications.parquet"
            assert len(client.list_artifacts(train.info.run_id, "model_folder")) > 5
            assert len(tune.outputs.model_outputs) == 1
            assert len(client.get_metric_history(tune.info.run_id, "curve/bad_rate")) > 10

    def test_share_one_study(self, road, database):
        import optuna

        first, second = (made["tuning"] for made in road.train)
        assert first["study"] == second["study"]
        study = optuna.load_study(study_name=first["study"], storage=f"{database}/optuna")

        assert len(study.trials) >= 4
        assert {t.number for t in study.trials} == set(range(len(study.trials)))

    def test_record_every_trial_as_a_nested_run(self, road, client):
        ids = [made["run_id"] for made in road.train]
        experiment = client.get_run(ids[0]).info.experiment_id
        nested = [
            found.info.run_name
            for run_id in ids
            for found in client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run_id}'")
        ]

        assert len(nested) >= 4
        assert len(nested) == len(set(nested))

    def test_can_be_reproduced(self, road, server):
        found = run("reproduce", road.train[0]["run_id"], "--tracking-uri", server.uri)

        assert found["equal"]

    def test_are_listed(self, road, server):
        listed = run("runs", "--tracking-uri", server.uri)["runs"]

        assert {made["run_id"] for made in (*road.train, *road.tune)} <= {r["id"] for r in listed}


class TestRegistry:
    def test_has_a_champion_with_its_evidence(self, registered, client):
        champion = client.get_model_version_by_alias("pay-later", "champion")

        assert int(champion.version) == registered["version"] == 1
        assert champion.tags["riskkit.because"] == "a drill"
        assert champion.tags["riskkit.data_hash"]

    def test_records_the_audit_head(self, registered, client, road):
        log = road.folder / "pay-later.audit.jsonl"
        first = json.loads(log.read_text().splitlines()[0])["hash"]
        head = client.get_experiment_by_name("riskkit").tags[f"riskkit.audit_head.{first}"]

        assert registered["version"] == 1
        assert run("audit", "verify", log, "--head", head)["vouched"] == 1


class TestServing:
    def ask(self, served, **content):
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{served.uri}/invocations",
            data=json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - likewise
            return json.load(answer)["predictions"]

    def test_answers_many_rows_with_decisions_and_reasons(self, served, asked):
        table, expected = asked
        split = json.loads(table.to_json(orient="split", index=False))

        answers = self.ask(served, dataframe_split=split)

        found = pd.DataFrame(answers)
        np.testing.assert_allclose(found["pd"], expected["pd"], atol=1e-12, rtol=0)
        for name in ("decision", "stopped_by", "reason_1", "reason_4"):
            assert [answer[name] for answer in answers] == expected[name].tolist()
        assert {"approve", "reject"} == set(found["decision"])
        assert found["reason_1"].notna().sum() == (expected["stopped_by"] == "score").sum() > 0

    def test_answers_one_row_with_missing_values(self, served, asked):
        table, _ = asked
        (row,) = json.loads(table.iloc[:1].to_json(orient="records"))
        row |= {"income": None, "occupation": None}

        (found,) = self.ask(served, dataframe_records=[row])

        assert found["decision"] in {"approve", "reject"}
        assert 0 < found["pd"] < 1

    def test_refuses_a_request_without_what_a_gate_needs(self, served, asked):
        table, _ = asked
        (row,) = json.loads(table.iloc[:1].drop(columns="verdict_system").to_json(orient="records"))

        with pytest.raises(urllib.error.HTTPError) as refused:
            self.ask(served, dataframe_records=[row])

        assert refused.value.code == 400
        assert "verdict_system" in refused.value.read().decode()


class TestServerThatDies:
    def test_is_told_before_training_starts(self, tmp_path):
        uri = f"http://127.0.0.1:{free_port()}"

        process = start(
            "train", TABLE, "--schema", SCHEMA, "--out", tmp_path / "model", "--tracking-uri", uri
        )
        _, err = process.communicate()

        assert process.returncode == 2
        assert "Connection refused" in err
        assert "--tracking-uri sqlite:///mlflow.db" in err
        assert "training" not in err
        assert not (tmp_path / "model").exists()

    def test_in_the_middle_leaves_the_results_and_the_command_to_log_them(
        self, place, database, tmp_path
    ):
        store = make_database(database, "dying")
        with mlflow_server(place / "dying", store) as server:
            process = start(
                "train", TABLE, "--schema", SCHEMA, "--model", "scorecard", "--trials", 3,
                "--jobs", 1, "--out", tmp_path / "model", "--tracking-uri", server.uri, "--json",
            )  # fmt: skip
            _wait_for_a_trial(server.uri)
            server.kill()
            out, err = process.communicate()
        assert process.returncode == 3, err
        assert "stopped recording" in err
        assert json.loads(out)["run_id"] is None
        assert run("verify", tmp_path / "model")["kind"] == "model"
        said = " ".join(err.split())
        command = said.rpartition("once MLflow is back: riskkit ")[2].split(" --tracking-uri")[0]
        assert command == f"track {tmp_path / 'model'}"

        with mlflow_server(place / "back", store) as server:
            made = run(*command.split(), "--tracking-uri", server.uri)
            listed = run("runs", "--name", "train", "--tracking-uri", server.uri)["runs"]

        assert listed[0]["id"] == made["run_id"]
        assert listed[0]["status"] == "FINISHED"


def _wait_for_a_trial(uri):
    code = (
        "import sys, time; from mlflow import MlflowClient\n"
        "client = MlflowClient(sys.argv[1])\n"
        "while True:\n"
        "    found = client.get_experiment_by_name('riskkit')\n"
        "    runs = client.search_runs([found.experiment_id]) if found else []\n"
        "    if any('mlflow.parentRunId' in run.data.tags for run in runs): break\n"
        "    time.sleep(0.2)\n"
    )
    subprocess.run([sys.executable, "-c", code, uri], check=True, timeout=300)
