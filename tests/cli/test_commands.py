"""riskkit.cli: every command on a few applicants, and every bad input it promises to refuse."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

from riskkit import __version__
from riskkit.applicants import Schema


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def schema_of(road, path, **changes):
    """Write the sample's schema with some columns changed (None: left out)."""
    content = yaml.safe_load(road.schema.read_text())
    for name, change in changes.items():
        if change is None:
            del content["columns"][name]
        else:
            content["columns"][name] = change
    path.write_text(yaml.safe_dump(content))
    return path


def table_of(road, path, **columns):
    """Write the sample's table with some columns changed."""
    pd.read_parquet(road.table).assign(**columns).to_parquet(path)
    return path


def read_report(model):
    """Read how a model was trained."""
    return json.loads((model / "report.json").read_text())


def children(road, run_id):
    """Return the runs nested in a run."""
    from mlflow import MlflowClient

    client = MlflowClient(road.tracking)
    experiment = client.get_run(run_id).info.experiment_id
    return client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run_id}'")


class TestRiskkit:
    def test_says_its_version(self, riskkit):
        assert riskkit("--version").out.strip() == f"riskkit {__version__}"

    def test_lists_the_commands(self, riskkit):
        shown = riskkit("--help").out

        for command in (
            "generate",
            "describe",
            "train",
            "tune",
            "explore",
            "explain",
            "report",
            "demo",
        ):
            assert command in shown

    @pytest.mark.parametrize(
        "command",
        ["generate", "describe", "train", "tune", "explore", "explain", "report", "demo"],
    )
    def test_helps_with_an_example(self, riskkit, command):
        shown = riskkit(command, "--help").out

        assert f"Example: riskkit {command}" in shown
        assert "--json" in shown

    def test_keeps_the_traceback_of_a_fault_of_ours(self, monkeypatch):
        from riskkit import cli

        def broken():
            raise ZeroDivisionError

        monkeypatch.setattr(cli, "app", broken)

        with pytest.raises(ZeroDivisionError):
            cli.main()

    def test_is_a_program(self):
        done = subprocess.run(
            [sys.executable, "-m", "riskkit", "--version"],
            check=True,
            capture_output=True,
            text=True,
        )

        assert done.stdout.startswith("riskkit ")

    def test_imports_nothing_heavy(self):
        heavy = {"mlflow", "shap", "matplotlib", "lightgbm", "pandas", "sklearn"}
        code = f"import riskkit, riskkit.cli, sys; print({heavy} & set(sys.modules))"
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )

        assert done.stdout.strip() == "set()"


class TestGenerate:
    def test_writes_a_world(self, riskkit, tmp_path):
        done = riskkit("generate", "--applicants", 300, "--seed", 3, "--out", "world", "--json")

        assert done.exit_code == 0
        assert done.json["applicants"] == 300
        assert len(pd.read_parquet(tmp_path / "world" / "applications.parquet")) == 300
        assert len(pd.read_parquet(tmp_path / "world" / "truth.parquet")) == 300
        assert Schema.read(tmp_path / "world" / "schema.yaml").features

    def test_says_what_to_do_next(self, riskkit):
        done = riskkit("generate", "--applicants", 300, "--out", "world")

        assert "Next: riskkit train world/applications.parquet" in done.out

    def test_replaces_a_folder_only_if_told_to(self, riskkit, tmp_path):
        riskkit("generate", "--applicants", 100, "--out", "world")

        refused = riskkit("generate", "--applicants", 200, "--out", "world")
        replaced = riskkit("generate", "--applicants", 200, "--out", "world", "--overwrite")

        assert (refused.exit_code, replaced.exit_code) == (2, 0)
        assert "world exists already" in refused.err
        assert len(pd.read_parquet(tmp_path / "world" / "truth.parquet")) == 200

    def test_never_replaces_what_riskkit_did_not_write(self, riskkit, tmp_path):
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").write_text("years of work")

        refused = riskkit("generate", "--applicants", 100, "--out", "mine", "--overwrite")

        assert refused.exit_code == 2
        assert "mine is not a folder that riskkit wrote" in refused.err
        assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


@pytest.mark.slow
class TestTrain:
    def test_writes_a_model_and_a_run(self, riskkit, road, tmp_path):
        done = riskkit(
            "train", road.table, "--refits", 0,
            "--schema", road.schema, "--model", "best", "--out", "model",
            "--tracking-uri", road.tracking, "--json",
        )  # fmt: skip

        assert done.exit_code == 0
        assert set(done.json["cross_validation"]) == {"scorecard", "boosted"}
        scores = done.json["cross_validation"]
        assert done.json["model"] == min(scores, key=lambda name: scores[name]["log_loss"])
        assert done.json["run_id"]
        assert (tmp_path / "model" / "manifest.json").exists()

    def test_shows_the_candidates_and_what_to_do_next(self, riskkit, road, tmp_path):
        done = riskkit(
            "train", road.table, "--refits", 0,
            "--schema", road.schema, "--model", "scorecard", "--out", "model",
            "--tracking-uri", road.tracking,
        )  # fmt: skip

        assert "scorecard" in done.out
        assert "labelled rows only" in done.out
        assert re.search(
            r"AUC 0\.\d{4} \(95 % [01]\.\d{4} to [01]\.\d{4}\), KS", " ".join(done.out.split())
        )
        later = read_report(tmp_path / "model")["out_of_time"]
        assert later["auc_lower"] < later["auc"] < later["auc_upper"]
        assert {"h_measure", "empcs"} <= later.keys()
        for words in ("applicants at the score gate", "inverse propensity", "worst case"):
            assert words in done.out
        assert "Next: riskkit tune" in done.out
        assert "To look at in the features:" in done.out
        assert "more in report.json" in done.out

    def test_says_where_the_worth_on_all_cannot_be_estimated(self, riskkit, road, tmp_path):
        applications = pd.read_parquet(road.table)
        times = pd.to_datetime(applications["applied_at"])
        later = times > times.quantile(0.45)  # one class out of time
        bad = applications["bad"].mask(later & applications["bad"].notna(), 0)
        table = table_of(road, tmp_path / "t.parquet", bad=bad)

        done = riskkit(
            "train", table, "--refits", 0,
            "--schema", road.schema, "--model", "scorecard", "--out", "model",
            "--tracking-uri", road.tracking,
        )  # fmt: skip

        assert done.exit_code == 0
        assert "cannot be estimated" in done.out

    def test_prints_no_such_estimate_where_nobody_was_selected(self, riskkit, known_outcomes, road):
        riskkit(
            "describe", known_outcomes, "--outcome", "outcome", "--bad-value", "lost",
            "--id", "application_id", "--out", "schema.yaml",
        )  # fmt: skip

        done = riskkit(
            "train", known_outcomes, "--refits", 0,
            "--schema", "schema.yaml", "--model", "scorecard",
            "--out", "model", "--tracking-uri", road.tracking,
        )  # fmt: skip

        assert done.exit_code == 0
        assert "score gate" not in done.out

    def test_uses_mlflows_own_default(self, riskkit, road, tmp_path):
        done = riskkit(
            "train",
            road.table,
            "--refits",
            0,
            "--schema",
            road.schema,
            "--model",
            "scorecard",
            "--out",
            "model",
        )

        assert done.exit_code == 0
        assert (tmp_path / "mlflow.db").exists()

    def test_pictures_calibration_out_of_time(self, road):
        bands = pd.read_csv(road.model / "calibration.csv")

        assert bands["n"].sum() == read_report(road.model)["out_of_time"]["n"]
        assert (road.model / "calibration.png").stat().st_size > 10_000

    def test_looks_for_parameters_and_goes_on_where_it_stopped(self, riskkit, road, tmp_path):
        words = [
            "train", road.table, "--refits", 0,
            "--schema", road.schema, "--model", "scorecard", "--jobs", 2,
            "--storage", "study.log", "--metric", "profit", "--tracking-uri", road.tracking,
        ]  # fmt: skip
        first = riskkit(*words, "--trials", 2, "--out", "first", "--json")

        second = riskkit(*words, "--trials", 3, "--out", "second")

        assert first.exit_code == second.exit_code == 0, first.err + second.err
        tuning = first.json["tuning"]
        assert (tuning["trials"], tuning["metric"]) == (2, "expected profit")
        assert f"Study {tuning['study']}: 3 trials" in second.out
        for name in ("trials.csv", "history.png"):
            assert (tmp_path / "second" / "tuning" / name).stat().st_size > 100
        trials = pd.read_csv(tmp_path / "second" / "tuning" / "trials.csv")
        assert trials["number"].tolist() == [0, 1, 2]
        assert len(children(road, first.json["run_id"])) == 2

    def test_trains_models_of_all_that_can_be_lent_on(self, riskkit, road, tmp_path):
        tracking = ("--tracking-uri", road.tracking)
        bad = pd.read_parquet(road.table, columns=["bad", "propensity"])
        explored = (bad["propensity"] < 1) & bad["bad"].notna()  # too few went bad in so few
        bad = bad["bad"].mask(explored, (np.arange(len(bad)) % 4 == 0).astype(float))
        table = table_of(road, tmp_path / "t.parquet", bad=bad)
        done = riskkit(
            "train", table, "--refits", 0,
            "--schema", road.schema, "--model", "two-stream", "--out", "m",
            *tracking,
        )  # fmt: skip

        assert done.exit_code == 0
        assert "Two streams, trained on" in done.out
        report = read_report(tmp_path / "m")
        assert report["model"] == "two streams"
        assert report["directions"] == "guaranteed"
        assert report["folds"] == "time"
        assert "are not guaranteed" not in done.out
        assert report["reject_inference"]["n_inferred"] > 0
        assert (tmp_path / "m" / "scorer" / "passed" / "trees.txt").exists()
        tuned = riskkit("tune", table, "--model", "m", "--max-bad-rate", 0.03, "--out", "p",
                        *tracking, "--json")  # fmt: skip
        assert tuned.exit_code == 0
        assert 0 < tuned.json["tuning"]["chosen"]["approval_rate"] <= 1
        rejected = self.rejected_by(tmp_path / "p", road)
        explained = riskkit("explain", table, "--policy", "p", "--id", rejected, "--json")
        assert explained.exit_code == 0
        assert 1 <= len(explained.json["reasons"]) <= 4

    def rejected_by(self, policy, road):
        from riskkit.applicants import read_applications
        from riskkit.bundle import load_bundle
        from riskkit.decisions import decide

        bundle = load_bundle(policy)
        applications = read_applications(road.table, bundle.schema)
        pds = bundle.scorer.predict_proba(applications.features)[:, 1]
        decided = decide(bundle.policy, pds, applications.table)
        return applications.ids[decided.stopped_by == "score"][0]

    def desk_of(self, road, path):
        """Write the sample with an hour that moved the past decisions."""
        passed = pd.read_parquet(road.table, columns=["propensity"])["propensity"] == 1
        chance = np.random.default_rng(0).standard_normal(len(passed))
        return table_of(road, path, applied_hour=np.where(passed, 1, -1) + chance)

    @pytest.mark.slow
    def test_trains_a_bivariate_probit_with_an_exclusion(self, riskkit, road, tmp_path):
        desk = self.desk_of(road, tmp_path / "t.parquet")
        done = riskkit(
            "train", desk, "--refits", 0, "--schema", road.schema, "--model", "bivariate-probit",
            "--exclusion", "applied_hour", "--out", "m", "--tracking-uri", road.tracking,
        )  # fmt: skip

        assert done.exit_code == 0
        report = read_report(tmp_path / "m")
        assert report["reject_inference"]["note"].endswith(": identified by 'applied_hour'.")
        assert report["directions"] == "not guaranteed"
        assert report["folds"] is None
        assert "Directions are not guaranteed" in done.out
        scorer = json.loads((tmp_path / "m" / "scorer" / "scorer.json").read_text())["content"]
        assert scorer["scorer"] == "bivariate-probit"
        assert scorer["identified"]
        assert "applied_hour" not in [part["name"] for part in scorer["design"]["parts"]]

    def test_refuses_a_bivariate_probit_that_is_not_identified(self, riskkit, road, tmp_path):
        done = riskkit(  # the hour moved no decision
            "train", road.table, "--refits", 0,
            "--schema", road.schema, "--model", "bivariate-probit",
            "--exclusion", "applied_hour", "--out", "m", "--tracking-uri", road.tracking,
        )  # fmt: skip

        assert done.exit_code == 2
        assert "'applied_hour' is not shown to" in " ".join(done.err.split())
        assert "is not identified" in " ".join(done.err.split())
        assert not (tmp_path / "m").exists()

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--model", "bivariate-probit"], "needs --exclusion COLUMN"),
            (["--model", "boosted", "--exclusion", "age"], "is for --model bivariate-probit only"),
            (["--model", "two-stream", "--trials", 3], "two-stream has none"),
            (
                ["--model", "bivariate-probit", "--exclusion", "age", "--folds", "time"],
                "bivariate-probit has no folds",
            ),
            (["--model", "two-stream", "--calibrate-for", "all"], "is of all already"),
        ],
    )
    def test_refuses_options_that_do_not_go_together(self, riskkit, road, words, said):
        done = riskkit(
            "train", road.table, "--refits", 0, "--schema", road.schema, "--out", "m", *words
        )

        assert done.exit_code == 2
        assert said in " ".join(done.err.split())

    def test_pictures_calibration_with_sampling_weights(self, riskkit, road, tmp_path):
        table = pd.read_parquet(road.table)
        weight = table["bad"].map({1: 1.0}).fillna(5.0)  # bads were oversampled five times
        done = riskkit(
            "train", table_of(road, tmp_path / "t.parquet", w=weight), "--refits", 0, "--schema",
            schema_of(road, tmp_path / "s.yaml", w={"role": "weight"}), "--model", "scorecard",
            "--out", "m", "--tracking-uri", road.tracking, "--json",
        )  # fmt: skip

        bands = pd.read_csv(tmp_path / "m" / "calibration.csv")
        rows = bands["n_bad"] / (bands["n_bad"] + 5 * (bands["n"] - bands["n_bad"]))
        assert done.exit_code == 0
        assert bands["bad_rate"].tolist() == pytest.approx(rows.tolist())

    def test_weighs_calibration_by_propensity_where_pds_are_of_all(self, riskkit, road, tmp_path):
        done = riskkit(
            "train", road.table, "--refits", 0, "--schema", road.schema, "--model", "scorecard",
            "--calibrate-for", "all", "--out", "m", "--tracking-uri", road.tracking,
        )  # fmt: skip

        out_of_time = read_report(tmp_path / "m")["out_of_time"]
        bands = pd.read_csv(tmp_path / "m" / "calibration.csv")
        assert done.exit_code == 0
        assert "each labelled row weighed by 1 / propensity" in done.out
        assert f"bad rate {out_of_time['bad_rate']:.4f}" in done.out
        assert bands["n"].sum() == out_of_time["n"]
        plain = bands["n_bad"] / bands["n"]
        assert (bands["bad_rate"] - plain).abs().max() > 1e-3

    @pytest.mark.slow
    def test_compares_no_pds_of_all_with_the_labelled(self, riskkit, road, tmp_path):
        schema = schema_of(road, tmp_path / "s.yaml", propensity={"role": "ignore"})
        done = riskkit(
            "train", self.desk_of(road, tmp_path / "t.parquet"), "--refits", 0, "--schema", schema,
            "--model", "bivariate-probit", "--exclusion", "applied_hour", "--out", "m",
            "--tracking-uri", road.tracking,
        )  # fmt: skip

        assert done.exit_code == 0
        assert "the comparison does not apply" in done.out
        assert "Spiegelhalter" not in done.out
        assert not (tmp_path / "m" / "calibration.png").exists()

    def test_says_that_a_storage_needs_an_end(self, riskkit, road):
        done = riskkit(
            "train",
            road.table,
            "--refits",
            0,
            "--schema",
            road.schema,
            "--out",
            "m",
            "--storage",
            "study.log",
        )

        assert done.exit_code == 2
        assert "--storage needs --trials or --timeout" in done.err

    def test_says_first_if_the_storage_cannot_be_used(self, riskkit, road):
        done = riskkit(
            "train", road.table, "--refits", 0,
            "--schema", road.schema, "--out", "m", "--trials", 3,
            "--storage", "no/folder/study.log",
        )  # fmt: skip

        assert done.exit_code == 2
        assert "storage must be a file in a folder that exists" in done.err
        assert "reading" not in done.err

    def test_refuses_folds_in_time_without_a_time(self, riskkit, road, tmp_path):
        content = yaml.safe_load(road.schema.read_text())
        content["columns"] = {
            name: {"role": "ignore"} if column["role"] == "time" else column
            for name, column in content["columns"].items()
        }
        content.pop("observed_at", None)
        (tmp_path / "s.yaml").write_text(yaml.safe_dump(content))

        done = riskkit(
            "train", road.table, "--refits", 0,
            "--schema", "s.yaml", "--out", "m", "--folds", "time",
            "--model", "scorecard", "--tracking-uri", road.tracking,
        )  # fmt: skip

        assert done.exit_code == 2
        assert "needs a column with role time" in done.err
        assert not (tmp_path / "m").exists()

    def refused(self, riskkit, table, schema):
        done = riskkit("train", table, "--refits", 0, "--schema", schema, "--out", "model")

        assert done.exit_code == 2
        assert done.out == ""
        return done.err

    def test_refuses_a_missing_table(self, riskkit, road):
        assert "no.csv does not exist" in self.refused(riskkit, "no.csv", road.schema)

    def test_refuses_a_broken_schema(self, riskkit, road, tmp_path):
        (tmp_path / "schema.yaml").write_text("columns: [")

        assert "not valid YAML" in self.refused(riskkit, road.table, "schema.yaml")

    def test_refuses_an_unknown_role(self, riskkit, road, tmp_path):
        schema = schema_of(road, tmp_path / "s.yaml", income={"role": "magic"})

        said = self.refused(riskkit, road.table, schema)

        assert "columns.income.role" in said
        assert "found 'magic'" in said

    def test_refuses_a_column_that_is_absent(self, riskkit, road, tmp_path):
        schema = schema_of(road, tmp_path / "s.yaml", wealth={"role": "feature", "kind": "number"})

        assert "'wealth'" in self.refused(riskkit, road.table, schema)

    def test_refuses_verdicts_it_cannot_read(self, riskkit, road, tmp_path):
        verdicts = pd.read_parquet(road.table)["verdict_system"].str.upper()

        table = table_of(road, tmp_path / "t.parquet", verdict_system=verdicts)

        said = self.refused(riskkit, table, road.schema)
        assert "Column 'verdict_system' must hold passed or failed" in said

    def test_refuses_text_given_as_number(self, riskkit, road, tmp_path):
        schema = schema_of(
            road, tmp_path / "s.yaml", occupation={"role": "feature", "kind": "number"}
        )

        assert "Column 'occupation' must hold numbers" in self.refused(riskkit, road.table, schema)

    def test_refuses_an_outcome_with_a_third_value(self, riskkit, road, tmp_path):
        bad = pd.read_parquet(road.table)["bad"].mask(lambda column: column == 1, 2).fillna(-1)
        bad.iloc[0] = 1

        table = table_of(road, tmp_path / "t.parquet", bad=bad)

        assert "Column 'bad' must hold two values" in self.refused(riskkit, table, road.schema)

    def test_refuses_one_class(self, riskkit, road, tmp_path):
        table = table_of(road, tmp_path / "t.parquet", bad=lambda t: t["bad"] * 0)

        assert "must hold goods and bads" in self.refused(riskkit, table, road.schema)

    def test_refuses_ids_that_repeat(self, riskkit, road, tmp_path):
        table = table_of(road, tmp_path / "t.parquet", application_id="A1")

        assert "must hold every id once" in self.refused(riskkit, table, road.schema)

    def test_refuses_a_feature_that_is_all_missing(self, riskkit, road, tmp_path):
        table = table_of(road, tmp_path / "t.parquet", income=float("nan"))

        assert "Feature 'income' is missing in all 10000" in self.refused(
            riskkit, table, road.schema
        )

    def test_refuses_a_schema_without_features(self, riskkit, road, tmp_path):
        content = yaml.safe_load(road.schema.read_text())
        for column in content["columns"].values():
            column["feature"] = False
            if column["role"] == "feature":
                column.clear()
                column["role"] = "ignore"
        (tmp_path / "s.yaml").write_text(yaml.safe_dump(content))

        assert "names no feature" in self.refused(riskkit, road.table, "s.yaml")

    def test_says_first_if_the_server_is_not_there(self, riskkit, road):
        done = riskkit(
            "train", road.table, "--refits", 0, "--schema", road.schema, "--out", "model",
            "--tracking-uri", "http://127.0.0.1:9",
        )  # fmt: skip

        assert done.exit_code == 2
        assert "127.0.0.1:9" in done.err
        assert "training" not in done.err


@pytest.mark.slow
class TestTune:
    def test_writes_a_policy_that_a_person_can_read(self, road):
        content = yaml.safe_load((road.policy / "policy.yaml").read_text())

        assert content["limits"] == [{"rate": "bad_rate", "at_most": 0.03}]
        assert [gate["cause"] for gate in content["gates"]][:2] == ["system", "profile"]
        assert (road.policy / "tradeoff.png").stat().st_size > 10_000

    def test_shows_the_trade_off_and_what_it_rests_on(self, riskkit, road):
        done = riskkit(
            "tune", road.table, "--model", road.model, "--max-bad-rate", 0.05, "--out", "policy",
            "--tracking-uri", road.tracking,
        )  # fmt: skip

        assert done.exit_code == 0
        for words in ("past", "chosen", "Corrected for selection", "Not certified", "Next:"):
            assert words in done.out

    def test_certifies_where_every_outcome_is_known(self, riskkit, known_outcomes, road):
        tracking = ["--tracking-uri", road.tracking]
        described = riskkit(
            "describe", known_outcomes, "--outcome", "outcome", "--bad-value", "lost",
            "--id", "application_id", "--out", "schema.yaml",
        )  # fmt: skip
        trained = riskkit(
            "train", known_outcomes, "--refits", 0,
            "--schema", "schema.yaml", "--model", "scorecard",
            "--out", "model", *tracking,
        )  # fmt: skip

        refused = riskkit(
            "tune", known_outcomes, "--model", "model", "--max-bad-rate", 0.001,
            "--confidence", 0.95, "--out", "policy", *tracking,
        )  # fmt: skip
        done = riskkit(
            "tune", known_outcomes, "--model", "model", "--max-bad-rate", 0.06,
            "--confidence", 0.9, "--out", "policy", "--json", *tracking,
        )  # fmt: skip

        assert (described.exit_code, trained.exit_code, done.exit_code) == (0, 0, 0), done.err
        assert refused.exit_code == 2
        methods = [entry["method"] for entry in done.json["drawn_from_this_sample"]]
        assert methods == ["refused", "binomial"]
        assert done.json["joint_confidence"] == pytest.approx(1 - 0.05 - 0.1)
        assert "other folders are not counted" in done.json["counted"]
        assert done.json["certificates"][0]["method"] == "binomial"
        assert done.json["tuning"]["chosen"]["certified"] == 1
        assert done.json["policy"]["limits"][0]["confidence"] == 0.9

    def test_prints_the_claim(self, riskkit, road, known_outcomes):
        tracking = ["--tracking-uri", road.tracking]
        riskkit(
            "describe", known_outcomes, "--outcome", "outcome", "--bad-value", "lost",
            "--id", "application_id", "--out", "schema.yaml",
        )  # fmt: skip
        riskkit(
            "train", known_outcomes, "--refits", 0,
            "--schema", "schema.yaml", "--model", "scorecard",
            "--out", "model", *tracking,
        )  # fmt: skip

        done = riskkit(
            "tune", known_outcomes, "--model", "model", "--max-bad-rate", 0.06,
            "--confidence", 0.9, "--out", "policy", *tracking,
        )  # fmt: skip

        assert "Certified (binomial): With 90% confidence, at most 6% of" in done.out
        assert "has a known outcome" in done.out

    def refused(self, riskkit, road, *words):
        done = riskkit(
            "tune", road.table, "--model", road.model, "--out", "policy",
            "--tracking-uri", road.tracking, *words,
        )  # fmt: skip

        assert done.exit_code == 2
        assert done.out == ""
        return done.err

    def test_says_how_many_applicants_a_certificate_needs(self, riskkit, road):
        said = self.refused(riskkit, road, "--max-bad-rate", 0.02, "--confidence", 0.95)

        assert "needs at least" in said

    def test_refuses_a_cap_above_one(self, riskkit, road):
        said = self.refused(riskkit, road, "--max-bad-rate", 3)

        assert "--max-bad-rate must be a fraction between 0 and 1, but is 3; write 3 % as" in said

    @pytest.mark.parametrize(
        ("confidence", "said"),
        [(95, "between 0.5 and 1, but is 95; write 95 % as 0.95."), (0.4, "1, but is 0.4.")],
    )
    def test_refuses_a_confidence_that_is_none(self, riskkit, road, confidence, said):
        words = ("--max-bad-rate", 0.03, "--confidence", confidence)

        refused = " ".join(self.refused(riskkit, road, *words).split())

        assert "--confidence must be a fraction" in refused
        assert refused.endswith(said)

    def test_refuses_a_confidence_without_a_cap(self, riskkit, road):
        said = self.refused(riskkit, road, "--objective", "profit", "--confidence", 0.9)

        assert "--confidence needs --max-bad-rate" in said

    def test_refuses_development_rows(self, riskkit, road, tmp_path):
        from riskkit.applicants import read_applications, sample_of
        from riskkit.bundle import load_model

        model = load_model(road.model)
        samples = sample_of(read_applications(road.table, model.schema), model.split)
        table = pd.read_parquet(road.table)[samples == "development"]
        table.to_parquet(tmp_path / "development.parquet")

        done = riskkit(
            "tune", "development.parquet", "--model", road.model, "--objective", "profit",
            "--out", "policy", "--tracking-uri", road.tracking,
        )  # fmt: skip

        assert done.exit_code == 2
        assert "no tuning rows" in done.err
        assert not (tmp_path / "policy").exists()

    def test_stops_what_a_past_system_gate_stopped_also_where_tuning_saw_none(
        self, riskkit, road, tmp_path
    ):
        table = pd.read_parquet(road.table)
        table[table["stopped_by"] != "system"].to_parquet(tmp_path / "calm.parquet")
        schema = schema_of(road, tmp_path / "s.yaml", verdict_system=None, verdict_profile=None)
        tracking = ["--tracking-uri", road.tracking]
        riskkit(
            "train", "calm.parquet", "--refits", 0,
            "--schema", schema, "--model", "scorecard", "--out", "model",
            *tracking,
        )  # fmt: skip
        riskkit(
            "tune", "calm.parquet", "--model", "model", "--objective", "profit", "--out", "policy",
            *tracking,
        )  # fmt: skip
        stopped = table.loc[table["stopped_by"] == "system", "application_id"].iloc[0]

        done = riskkit("explain", road.table, "--policy", "policy", "--id", stopped, "--json")

        assert done.json["stopped_by"] == "system"
        assert done.json["reasons"] == []

    def test_names_an_altered_file(self, riskkit, road, tmp_path):
        shutil.copytree(road.model, tmp_path / "model")
        (tmp_path / "model" / "report.json").write_text("{}")

        done = riskkit(
            "tune", road.table, "--model", "model", "--objective", "profit", "--out", "p"
        )

        assert done.exit_code == 2
        assert "altered: report.json" in done.err

    def test_takes_economics_from_a_file(self, riskkit, road, tmp_path):
        (tmp_path / "economics.yaml").write_text("margin: 0.2\nlgd: 0.5\n")

        done = riskkit(
            "tune", road.table, "--model", road.model, "--objective", "profit", "--out", "policy",
            "--economics", "economics.yaml", "--tracking-uri", road.tracking, "--json",
        )  # fmt: skip

        assert done.json["policy"]["economics"]["margin"] == 0.2

    def test_keeps_to_every_limit_that_is_given(self, riskkit, road, tmp_path):
        done = riskkit(
            "tune", road.table, "--model", road.model, "--limit", "bad_rate <= 5%",
            "--limit", "approval_rate >= 0.3", "--objective", "profit", "--out", "policy",
            "--tracking-uri", road.tracking,
        )  # fmt: skip

        assert done.exit_code == 0, done.err
        for words in ("The frontier", "What one more point", "Most profitable PD cut-off"):
            assert words in done.out
        frontier = pd.read_csv(tmp_path / "policy" / "frontier.csv")
        assert {"labelled_bad_rate", "worst_bad_rate_upper", "model_profit"} < set(frontier)
        for name in ("tradeoff", "frontier", "profit"):
            assert (tmp_path / "policy" / f"{name}.png").stat().st_size > 10_000

    def test_counts_rows_by_their_weights(self, riskkit, road, tmp_path):
        table = pd.read_parquet(road.table)
        # Every other applicant stands for two.
        table["stands_for"] = 1.0 + (table.index % 2)
        table.to_parquet(tmp_path / "weighted.parquet")
        schema = schema_of(road, tmp_path / "s.yaml", stands_for={"role": "weight"})
        tracking = ["--tracking-uri", road.tracking]
        trained = riskkit(
            "train", "weighted.parquet", "--refits", 0,
            "--schema", schema, "--model", "scorecard", "--out",
            "model", *tracking,
        )  # fmt: skip

        done = riskkit(
            "tune", "weighted.parquet", "--model", "model", "--limit", "bad_rate <= 15% @ 80%",
            "--out", "policy", "--json", *tracking,
        )  # fmt: skip

        assert (trained.exit_code, done.exit_code) == (0, 0), done.err
        (certificate,) = done.json["certificates"]
        assert certificate["method"] == "betting by size"
        assert "by weight, with a PD" in certificate["claim"]
        assert "if no weight exceeds 2." in certificate["claim"]
        assert done.json["knowledge"][-1].startswith("Rows count by their sampling weights")

    def test_says_first_of_all_to_keep_a_better_past_policy(self, riskkit, road, tmp_path):
        words = [
            "tune", road.table, "--model", road.model, "--limit", "bad_rate <= 2%", "--limit",
            "approval_rate >= 5%", "--tracking-uri", road.tracking, "--out",
        ]  # fmt: skip

        done = riskkit(*words, "policy")

        assert done.exit_code == 0, done.err
        note = yaml.safe_load((tmp_path / "policy" / "policy.yaml").read_text())["note"]
        assert note.startswith(("KEEP THE PAST POLICY", "WEIGH THE TWO"))
        assert done.out.splitlines()[0] == note
        record = riskkit(*words, "again", "--json").json
        assert record["recommendation"] in {"keep the past policy", "weigh the two"}
        assert record["policy"]["note"] == note

    def test_says_which_limits_clash(self, riskkit, road):
        said = self.refused(
            riskkit, road, "--limit", "bad_rate <= 2%", "--limit", "approval_rate >= 95%"
        )

        assert "together; with approval_rate >= 0.95, the lowest bad_rate is" in said

    @pytest.mark.parametrize(
        ("limit", "words"),
        [
            ("badrate <= 2%", "limit must bind one of bad_rate"),
            ("bad_rate = 2%", "limit must be written as"),
            ("bad_rate <= 2", "at_most"),
            ("false_rejection_gap <= 2% by nowhere", "names column 'nowhere'"),
        ],
    )
    def test_refuses_what_is_no_limit(self, riskkit, road, limit, words):
        said = self.refused(riskkit, road, "--limit", limit, "--max-bad-rate", 0.05)

        assert words in said

    def test_assumes_no_more_than_gamma_of_the_others(self, riskkit, road, tmp_path):
        table = pd.read_parquet(road.table)
        table["propensity"] = table["propensity"].where(table["propensity"] == 1)
        explored = table["approved"].eq(1) & table["propensity"].isna()
        table[~explored].to_parquet(tmp_path / "unexplored.parquet")
        schema = schema_of(road, tmp_path / "s.yaml", propensity=None)
        tracking = ["--tracking-uri", road.tracking]
        trained = riskkit(
            "train", "unexplored.parquet", "--refits", 0,
            "--schema", schema, "--model", "scorecard", "--out",
            "model", *tracking,
        )  # fmt: skip

        done = riskkit(
            "tune", "unexplored.parquet", "--model", "model", "--limit", "bad_rate <= 15% @ 80%",
            "--gamma", 1.5, "--out", "policy", *tracking,
        )  # fmt: skip

        assert (trained.exit_code, done.exit_code) == (0, 0), done.err
        assert "Certified (sensitivity, Gamma 1.5)" in done.out
        assert "breakdown Gamma" in " ".join(done.out.split())


@pytest.mark.slow
class TestExplore:
    def test_prints_where_and_how_many_at_what_price(self, riskkit, road, tmp_path):
        done = riskkit(
            "explore", road.table, "--policy", road.policy, "--width", 0.02, "--applicants", 50_000,
            "--out", "exploration.csv",
        )  # fmt: skip

        assert done.exit_code == 0, done.err
        assert "95% interval of the bad rate" in done.out
        rows = pd.read_csv(tmp_path / "exploration.csv")
        assert rows["propensity"].between(0, 0.5).all()
        assert (rows["explored"] > 0).any()

    def test_lets_a_certificate_exist(self, riskkit, road):
        done = riskkit(
            "explore", road.table, "--policy", road.policy, "--certificate",
            "bad_rate <= 5% @ 95%", "--applicants", 20_000, "--json",
        )  # fmt: skip

        assert done.exit_code == 0, done.err
        assert done.json["explored"] > 0

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ((), "Give either --width"),
            (("--width", 0.02, "--certificate", "bad_rate <= 5% @ 95%"), "Give either --width"),
            (("--width", 1e-6), "width must be at least"),
            (("--width", 0.02, "--cutoff", 2), "--cutoff must lie above 0"),
            (("--width", 0.02, "--most", 0.0001), "at most 0.01% of the would-be"),
            (("--width", 0.02, "--gamma", 2), "gamma is an assumption for tables where nobody"),
            (("--certificate", "bad_rate <= 5%"), "must bind bad_rate with a confidence"),
            (("--certificate", "bad_rate <= 0.3% @ 95%"), "the bad rate there is estimated at"),
            (
                ("--certificate", "false_rejection_rate <= 5% @ 95%"),
                "plan the width of its interval instead",
            ),
            (("--certificate", "bad_rate <= 5% @ 95%", "--cutoff", 1e-9), "lies below all PDs"),
        ],
    )
    def test_refuses_a_wish_that_is_none(self, riskkit, road, words, said):
        done = riskkit("explore", road.table, "--policy", road.policy, *words)

        assert done.exit_code == 2
        assert said in done.err


@pytest.mark.slow
class TestExplain:
    def stopped_by(self, road, cause):
        table = pd.read_parquet(road.table)
        return table.loc[table["stopped_by"] == cause, "application_id"].iloc[0]

    def rejected(self, road):
        from riskkit.applicants import read_applications
        from riskkit.bundle import load_bundle
        from riskkit.decisions import decide

        bundle = load_bundle(road.policy)
        applications = read_applications(road.table, bundle.schema)
        pds = bundle.scorer.predict_proba(applications.features)[:, 1]
        stopped_by = decide(bundle.policy, pds, applications.table).stopped_by
        return applications.ids[stopped_by == "score"][0], applications.ids[stopped_by == None][0]  # noqa: E711

    def test_gives_at_most_four_reasons_with_value_and_reference(self, riskkit, road):
        rejected, _ = self.rejected(road)

        done = riskkit("explain", road.table, "--policy", road.policy, "--id", rejected, "--json")

        assert done.json["stopped_by"] == "score"
        assert 1 <= len(done.json["reasons"]) <= 4
        assert all(reason["contribution"] > 0 for reason in done.json["reasons"])
        assert done.json["margin"] < 0

    def test_speaks_chinese(self, riskkit, road):
        rejected, _ = self.rejected(road)

        done = riskkit(
            "explain", road.table, "--policy", road.policy, "--id", rejected, "--lang", "zh-CN"
        )

        assert "被评分关卡拒绝" in done.out
        assert "刚好达到批准标准的申请人" in done.out.replace("\n", "")

    def test_never_gives_a_credit_reason_for_a_system_stop(self, riskkit, road):
        id_ = self.stopped_by(road, "system")

        done = riskkit("explain", road.table, "--policy", road.policy, "--id", id_, "--json")

        assert done.json["stopped_by"] == "system"
        assert done.json["reasons"] == []
        assert "not your fault" in done.json["summary"]["en"]

    def test_shows_no_pd_for_a_profile_stop(self, riskkit, road):
        id_ = self.stopped_by(road, "profile")

        done = riskkit("explain", road.table, "--policy", road.policy, "--id", id_)

        assert "profile gate" in done.out
        assert "PD" not in done.out

    def test_says_that_an_application_is_approved(self, riskkit, road):
        _, approved = self.rejected(road)

        done = riskkit("explain", road.table, "--policy", road.policy, "--id", approved)

        assert "approved, every gate passed" in done.out

    def test_explains_applications_without_outcomes(self, riskkit, road, tmp_path):
        rejected, _ = self.rejected(road)
        table = pd.read_parquet(road.table).drop(columns=["bad", "approved", "propensity"])
        table.to_csv(tmp_path / "new.csv", index=False)

        done = riskkit("explain", "new.csv", "--policy", road.policy, "--id", rejected, "--json")

        assert done.json["stopped_by"] == "score"

    def test_refuses_an_id_that_is_not_there(self, riskkit, road):
        done = riskkit("explain", road.table, "--policy", road.policy, "--id", "Z9")

        assert done.exit_code == 2
        assert "No application has id 'Z9'" in done.err

    def test_refuses_a_language_that_is_not_there(self, riskkit, road):
        done = riskkit("explain", road.table, "--policy", road.policy, "--id", "Z9", "--lang", "fr")

        assert done.exit_code == 2
        assert "'en', 'zh-CN'" in done.err

    def test_names_a_missing_file_of_the_bundle(self, riskkit, road, tmp_path):
        shutil.copytree(road.policy, tmp_path / "policy")
        (tmp_path / "policy" / "background.parquet").unlink()

        done = riskkit("explain", road.table, "--policy", "policy", "--id", "A0000001")

        assert done.exit_code == 2
        assert "missing: background.parquet" in done.err

    def test_refuses_a_model_in_place_of_a_policy(self, riskkit, road):
        done = riskkit("explain", road.table, "--policy", road.model, "--id", "A0000001")

        assert "is a model folder, but a policy folder is needed" in done.err


@pytest.mark.slow
class TestDemo:
    def test_wins_back_good_users_at_no_higher_true_bad_rate(self, riskkit, road, tmp_path):
        done = riskkit(
            "demo", "--out", "demo", "--tracking-uri", road.tracking, "--json",
        )  # fmt: skip

        assert done.exit_code == 0, done.err
        before, after = done.json["incumbent"]["rates"], done.json["tuned"]["rates"]
        assert after["false_rejection_rate"] < before["false_rejection_rate"]
        assert after["blocked_good_rate"] < before["blocked_good_rate"]
        assert after["bad_rate"] <= before["bad_rate"]
        assert done.json["tuned"]["profit"] > done.json["incumbent"]["profit"]
        assert done.json["certificates"][0]["method"] == "inverse-propensity betting"
        assert (tmp_path / "demo" / "policy" / "tradeoff.png").exists()
        assert (tmp_path / "demo" / "report.html").exists()

    def test_shows_it_to_a_person(self, riskkit, road):
        done = riskkit(
            "demo", "--applicants", 100_000, "--out", "demo", "--tracking-uri", road.tracking
        )

        for words in ("Certified", "policy in force", "whom the score gate", "违约概率", "Next"):
            assert words in done.out

    def test_says_how_many_applicants_it_needs(self, riskkit, road):
        done = riskkit("demo", "--applicants", 2000, "--out", "d", "--tracking-uri", road.tracking)

        assert done.exit_code == 2
        assert "at least" in done.err
