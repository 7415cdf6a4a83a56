"""riskkit amend"""

import numpy as np
import pandas as pd
import pytest
import yaml

SIGNED = ["--author", "Risk committee", "--note", "Learn of the rejected"]


class TestAmend:
    def test_writes_a_policy_that_decides(self, riskkit, road, tmp_path):
        text = (road.policy / "policy.yaml").read_text()
        edited = tmp_path / "edited.yaml"
        edited.write_text(text + "exploration: {share: 0.2, up_to: 0.9}\n")
        signed = ["--author", "Risk committee", "--note", "Learn of the rejected"]

        done = riskkit("amend", road.policy, edited, *signed, "--out", tmp_path / "new")
        decided = riskkit(
            "decide", road.table, "--policy", tmp_path / "new", "--out", tmp_path / "d.parquet"
        )

        assert done.exit_code == decided.exit_code == 0
        assert "+  share: 0.2" in done.out
        assert "Nothing is certified of this policy" in done.out
        assert "approved at random" in decided.out

    def test_points_at_a_band_that_overlaps(self, riskkit, road, tmp_path):
        text = (road.policy / "policy.yaml").read_text()
        edited = tmp_path / "edited.yaml"
        edited.write_text(text + "review_up_to: 0.0001\nreview: {capacity_per_day: 3}\n")

        done = riskkit(
            "amend", road.policy, edited, "--author", "x", "--note", "y", "--out", tmp_path / "new"
        )

        assert done.exit_code == 2
        assert "review_up_to must be above pd_cutoff" in " ".join(done.err.split())
        assert not (tmp_path / "new").exists()

    @pytest.mark.slow
    def test_runs_a_plan_of_explore(self, riskkit, road, tmp_path):
        cutoff = yaml.safe_load((road.policy / "policy.yaml").read_text())["pd_cutoff"]
        plan, log = tmp_path / "plan.csv", tmp_path / "d.parquet"
        explored = riskkit(
            "explore", road.table, "--policy", road.policy, "--cutoff", min(3 * cutoff, 0.9),
            "--width", 0.03, "--applicants", 100_000, "--out", plan,
        )  # fmt: skip

        done = riskkit(
            "amend", road.policy, "--exploration", plan, *SIGNED, "--out", tmp_path / "new"
        )
        decided = riskkit("decide", road.table, "--policy", tmp_path / "new", "--out", log)

        assert explored.exit_code == done.exit_code == decided.exit_code == 0
        bands, rows = pd.read_csv(plan), pd.read_parquet(log)
        asked = rows[rows["propensity"].lt(1)]
        wanted = np.append(bands["propensity"], 0)[np.searchsorted(bands["pd_up_to"], asked["pd"])]
        # The draws stay away from whom a later rule stops.
        passes = asked["propensity"] > 0
        assert passes.any()
        assert asked["propensity"][passes].tolist() == wanted[passes].tolist()
        assert rows["explored"].sum() > 0

    @pytest.mark.parametrize(
        ("plan", "words"),
        [
            ("pd_up_to,propensity\n0.0001,0.2\n", "approves up to"),
            (None, "Give an edited copy of policy.yaml, or --exploration"),
        ],
    )
    def test_refuses_a_plan_that_draws_nobody(self, riskkit, road, tmp_path, plan, words):
        path = tmp_path / "plan.csv"
        asked = [] if plan is None else ["--exploration", path]
        if plan is not None:
            path.write_text(plan)

        done = riskkit("amend", road.policy, *asked, *SIGNED, "--out", tmp_path / "new")

        assert done.exit_code == 2
        assert words in " ".join(done.err.split())
