"""riskkit decide, and riskkit explain --decisions"""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from riskkit.audit import audit_log_of


@pytest.fixture
def decisions(riskkit, road, tmp_path):
    """Decide on the committed sample; return the log and what the command did."""
    out = tmp_path / "decisions.parquet"
    done = riskkit("decide", road.table, "--policy", road.policy, "--out", out)
    assert done.exit_code == 0
    return out, done


class TestDecide:
    def test_writes_a_log_and_says_what_comes_next(self, decisions):
        out, done = decisions

        log = pd.read_parquet(out)
        assert len(log) == 10_000
        assert log["application_id"].is_unique
        assert "stopped by score" in done.out
        assert "stopped by an outage only" in done.out
        assert "Next: riskkit explain" in done.out
        assert "blocked by the previous policy" not in done.out

    def test_prints_json_and_nothing_else(self, riskkit, road, tmp_path):
        out = tmp_path / "d.parquet"
        done = riskkit(
            "decide", road.table, "--policy", road.policy, "--out", out,
            "--previous", road.policy, "--json",
        )  # fmt: skip

        assert done.json["n"] == 10_000
        assert sum(done.json["decisions"].values()) == 10_000
        assert sum(done.json["stopped_by"].values()) == done.json["decisions"]["reject"]
        assert list(done.json["reinvite"]) == ["system_stop"]

    def test_counts_values_that_training_had_no_example_of(self, riskkit, road, tmp_path):
        table = pd.read_parquet(road.table)
        table.loc[:2, "occupation"] = "diver"
        table.to_parquet(tmp_path / "t.parquet")
        words = ("decide", tmp_path / "t.parquet", "--policy", road.policy, "--overwrite", "--out")

        told = riskkit(*words, tmp_path / "d.parquet")
        plain = riskkit(*words, tmp_path / "d.parquet", "--json")

        assert "'occupation' has levels that training had no example of in 3 of 10000" in told.out
        (levels,) = [each for each in plain.json["new_values"] if each["feature"] == "occupation"]
        assert (levels["what"], levels["n_rows"], levels["examples"]) == ("levels", 3, ["'diver'"])

    def test_replaces_nothing_unless_told(self, riskkit, road, decisions):
        out, _ = decisions

        done = riskkit("decide", road.table, "--policy", road.policy, "--out", out)

        assert done.exit_code == 2
        assert "exists already" in done.err

    def test_explores_only_where_the_policy_does(self, riskkit, road, tmp_path):
        out = tmp_path / "d.parquet"
        done = riskkit("decide", road.table, "--policy", road.policy, "--out", out, "--explore")

        assert done.exit_code == 2
        assert "has no exploration" in " ".join(done.err.split())
        assert not out.exists()

    def test_logs_that_random_approvals_were_switched_off(self, riskkit, road, tmp_path):
        policy = tmp_path / "policy"
        shutil.copytree(road.policy, policy)
        words = ("decide", road.table, "--policy", policy, "--overwrite", "--out")

        for options in ([], ["--no-explore"]):
            done = riskkit(*words, tmp_path / "d.parquet", *options)
            assert done.exit_code == 0

        plain, switched_off = map(json.loads, audit_log_of(policy).read_text().splitlines())
        assert plain["details"] == {"decisions": "d.parquet"}
        assert switched_off["details"] == {"decisions": "d.parquet", "option": "--no-explore"}

    def test_names_a_column_of_the_wrong_type(self, riskkit, road, tmp_path):
        pd.read_parquet(road.table).assign(income="much").to_csv(tmp_path / "t.csv", index=False)

        done = riskkit(
            "decide", tmp_path / "t.csv", "--policy", road.policy, "--out", tmp_path / "d.parquet"
        )

        assert done.exit_code == 2
        assert "'income' must hold numbers" in done.err
        assert not (tmp_path / "d.parquet").exists()


class TestExplainDecisions:
    def test_replays_a_logged_decision(self, riskkit, road, decisions):
        log = pd.read_parquet(decisions[0])
        chosen = log.loc[log["stopped_by"] == "score", "application_id"].iloc[0]

        done = riskkit(
            "explain", road.table, "--policy", road.policy, "--id", chosen,
            "--decisions", decisions[0],
        )  # fmt: skip

        assert done.exit_code == 0
        assert "rejected by the score gate" in done.out

    def test_stops_where_the_log_differs(self, riskkit, road, decisions, tmp_path):
        log = pd.read_parquet(decisions[0])
        log["pd"] = np.clip(log["pd"] + 0.1, 0, 1)
        log.to_parquet(tmp_path / "other.parquet")

        done = riskkit(
            "explain", road.table, "--policy", road.policy, "--id", log["application_id"][0],
            "--decisions", tmp_path / "other.parquet",
        )  # fmt: skip

        assert done.exit_code == 2
        assert "was logged" in done.err

    def test_replays_one_at_a_time(self, riskkit, road, decisions, tmp_path):
        done = riskkit(
            "explain", road.table, "--policy", road.policy, "--all", "--out",
            tmp_path / "r.parquet", "--decisions", decisions[0],
        )  # fmt: skip

        assert done.exit_code == 2
        assert "Give either --id ID" in done.err
