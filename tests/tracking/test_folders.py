"""riskkit.tracking.folders"""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from riskkit.bundle import load_bundle, save_bundle, seal_hash
from riskkit.errors import DataError
from riskkit.tracking import SEAL_TAG, log_folder, log_trials, tracked_run
from riskkit.tracking._client import quiet, tracking_uri

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tuned(database, policy_folder):
    """Record a policy; return its run and the address of the model."""
    with tracked_run("tune", uri=database) as run:
        return run.id, log_folder(run, policy_folder)


@pytest.fixture(scope="module")
def served(database, tuned):
    import mlflow

    with tracking_uri(mlflow, database), quiet():
        return mlflow.pyfunc.load_model(tuned[1])


@pytest.fixture(scope="module")
def bundle(policy_folder):
    return load_bundle(policy_folder)


class TestLogFolder:
    def test_records_a_model_from_its_folder_alone(self, database, client, model_folder):
        with tracked_run("train", uri=database) as run:
            log_folder(run, model_folder)

        recorded = client.get_run(run.id)
        assert recorded.data.params["model"] == "scorecard"
        assert recorded.data.params["seed"] == "0"
        assert recorded.data.params["scorer.penalty"]
        assert 0.5 < recorded.data.metrics["out_of_time_auc"] < 1
        assert recorded.data.metrics["everybody_inverse_propensity_auc"]
        assert recorded.data.tags[SEAL_TAG] == seal_hash(model_folder)
        assert recorded.inputs.dataset_inputs[0].dataset.name == "past.parquet"
        tables = {file.path for file in client.list_artifacts(run.id, "tables")}
        assert "tables/under_selection.json" in tables

    def test_records_rates_over_all_cut_offs_step_by_step(self, client, tuned, policy_folder):
        curve = pd.read_csv(policy_folder / "frontier.csv")

        points = client.get_metric_history(tuned[0], "curve/approval_rate")

        assert 50 < len(points) <= 100
        for point in points:
            assert point.value == pytest.approx(curve["approval_rate"][point.step])
        assert {0, len(curve) - 1} <= {point.step for point in points}

    def test_records_what_a_policy_rests_on(self, client, tuned, policy_folder):
        recorded = client.get_run(tuned[0])

        assert recorded.data.params["bundle"] == seal_hash(policy_folder)
        assert recorded.data.params["limits"] == "bad_rate <= 0.03"
        assert recorded.data.metrics["out_of_time_bad_rate"] > 0
        (used,) = recorded.inputs.dataset_inputs
        assert used.tags[0].value == "tuning"
        assert {c["name"] for c in json.loads(used.dataset.schema)["mlflow_colspec"]} >= {"bad"}
        files = {file.path for file in client.list_artifacts(tuned[0], "policy")}
        assert {"policy/policy.yaml", "policy/evidence.json"} <= files
        tables = {file.path for file in client.list_artifacts(tuned[0], "tables")}
        assert tables == {"tables/frontier.json", "tables/under_selection.json"}

    def test_records_certificates_as_a_table(self, database, client, policy_folder, tmp_path):
        bundle = load_bundle(policy_folder)
        found = {"claim": "c", "method": "binomial", "rate": "bad_rate", "cap": 0.03}
        evidence = bundle.evidence | {"certificates": [found]}
        (tmp_path / "recipe.yaml").write_bytes((policy_folder / "recipe.yaml").read_bytes())
        save_bundle(replace(bundle, evidence=evidence), tmp_path)

        with tracked_run("tune", uri=database) as run:
            log_folder(run, tmp_path)

        table = Path(client.download_artifacts(run.id, "tables/certificates.json"))
        assert json.loads(table.read_text())["columns"] == ["claim", "method", "rate", "cap"]

    def test_records_a_policy_that_no_command_tuned(self, database, client, bundle, tmp_path):
        save_bundle(bundle, tmp_path)  # as `riskkit amend` does

        with tracked_run("tune", uri=database) as run:
            log_folder(run, tmp_path)

        (used,) = client.get_run(run.id).inputs.dataset_inputs
        assert used.dataset.name == "unknown"
        assert used.dataset.digest == bundle.evidence["data"]["hash"][:36]

    def test_refuses_what_is_neither(self, database, tmp_path):
        with (
            tracked_run("tune", uri=database) as run,
            pytest.raises(DataError, match="is not a model or policy folder"),
        ):
            log_folder(run, tmp_path)


class TestLogTrials:
    def test_nests_what_the_folder_keeps_of_a_study(self, database, client, model_folder):
        with tracked_run("train", uri=database) as run:
            log_trials(run, model_folder)

        experiment = client.get_run(run.id).info.experiment_id
        (trial,) = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run.id}'")
        assert trial.info.run_name == "trial 0"
        assert trial.data.params == {"candidate": "scorecard", "penalty": "1.5"}
        assert trial.data.metrics == {"log_loss": 0.1, "seconds": 2.0}
        assert trial.data.tags["state"] == "complete"

    def test_does_nothing_without_a_study(self, database, client, policy_folder):
        with tracked_run("tune", uri=database) as run:
            log_trials(run, policy_folder)

        experiment = client.get_run(run.id).info.experiment_id
        assert not client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run.id}'")


class TestPolicyModel:
    def test_decides_and_gives_reasons_as_the_bundle_does(self, served, bundle, history):
        from riskkit.bundle import decided_with_reasons, needed_columns

        names = list(needed_columns(bundle.policy, bundle.schema))
        features, table = history.applications.features, history.applications.table
        rows = pd.DataFrame({n: features[n] if n in features else table[n] for n in names})[:300]

        found = served.predict(rows.set_index(rows.index + 7))

        pd.testing.assert_frame_equal(
            found.reset_index(drop=True), decided_with_reasons(bundle, rows)
        )
        assert found.index[0] == 7
        by_score = found["stopped_by"] == "score"
        assert by_score.any()
        assert found["reason_1"][by_score].notna().all()
        assert found["reason_1"][~by_score].isna().all()
        assert set(found["decision"]) == {"approve", "reject"}

    def test_takes_one_row_with_missing_values(self, served, bundle):
        one = bundle.example.iloc[:1].copy()
        names = [n for n in bundle.schema.features if bundle.schema.columns[n].kind == "number"]
        one.loc[:, names[0]] = float("nan")
        texts = [n for n in bundle.schema.features if bundle.schema.columns[n].kind == "category"]
        one[texts[0]] = pd.Series([None], dtype=object)

        found = served.predict(one)

        assert len(found) == 1
        assert 0 < found["pd"].iloc[0] < 1

    def test_has_a_signature_and_an_example_without_ids_or_protected_columns(self, served, bundle):
        inputs = set(served.metadata.get_input_schema().input_names())
        outputs = served.metadata.get_output_schema().input_names()

        assert outputs == ["pd", "decision", "stopped_by", *(f"reason_{k}" for k in range(1, 6))]
        assert inputs == set(bundle.example)
        schema = bundle.schema
        assert not inputs & {*schema.having("id"), *schema.having("protected")}

    def test_states_its_requirements_and_is_plain_files(self, served, database, tuned):
        from riskkit import __version__
        from riskkit.tracking.places import database_file

        flavor = served.metadata.flavors["python_function"]
        assert flavor["loader_module"] == "riskkit.tracking"
        assert flavor.get("code") is None
        folder = database_file(database).parent / "mlruns"
        (needs,) = {p.read_text() for p in folder.rglob("requirements.txt")}
        assert f"riskkit=={__version__}" in needs
        assert "cloudpickle" not in needs
        assert not [p for p in folder.rglob("*") if p.suffix in {".pkl", ".pickle", ".joblib"}]
        assert tuned[1].startswith("models:/")
