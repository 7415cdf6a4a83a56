"""riskkit.cli.verify"""

import shutil

import pytest

from riskkit.bundle import seal_hash


class TestVerify:
    def test_helps_with_an_example(self, riskkit):
        shown = riskkit("verify", "--help").out

        assert "Example: riskkit verify" in shown
        assert "--json" in shown

    def test_passes_what_train_and_tune_wrote(self, riskkit, road):
        for folder, kind in ((road.model, "model"), (road.policy, "policy")):
            found = riskkit("verify", folder, "--json").json

            assert found["kind"] == kind
            assert found["n_rows"] > 40
            assert found["largest_difference"] == 0

    def test_prints_a_table(self, riskkit, road):
        done = riskkit("verify", road.policy)

        assert done.exit_code == 0
        assert "rows too close to a cut-off" in done.out
        assert "allowed 1e-12" in done.out
        assert f"Seal: {seal_hash(road.policy)}\n" in done.out

    @pytest.mark.parametrize("name", ["policy.yaml", "evidence.json", "frontier.csv"])
    def test_refuses_an_altered_file_by_name(self, riskkit, road, tmp_path, name):
        shutil.copytree(road.policy, tmp_path / "copy")
        (tmp_path / "copy" / name).write_text("pd_cutoff: 0.9\n")

        done = riskkit("verify", tmp_path / "copy")

        assert done.exit_code == 2
        assert f"altered: {name}" in done.err
