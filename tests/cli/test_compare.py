"""riskkit compare"""

import json
import shutil
from dataclasses import replace

import pytest

from riskkit.bundle import load_bundle, save_bundle


@pytest.fixture(scope="session")
def stricter(road, tmp_path_factory):
    """Write the same policy with a lower cut-off."""
    folder = tmp_path_factory.mktemp("stricter") / "policy"
    shutil.copytree(road.policy, folder)
    bundle = load_bundle(road.policy)
    policy = bundle.policy.model_copy(update={"pd_cutoff": 0.02})
    (folder / "manifest.json").unlink()
    save_bundle(replace(bundle, policy=policy), folder)
    return folder


class TestCompare:
    def test_says_who_changes_places_and_what_it_is_worth(self, riskkit, road, stricter, tmp_path):
        done = riskkit(
            "compare", road.policy, stricter, road.table, "--by", "channel",
            "--figure", tmp_path / "swaps.png",
        )  # fmt: skip

        assert done.exit_code == 0
        for word in ("swap-outs", "keep-ins", "By gate", "By channel", "Corrected", "rests on"):
            assert word in done.out
        assert (tmp_path / "swaps.png").read_bytes().startswith(b"\x89PNG")

    def test_prints_json_and_nothing_else(self, riskkit, road, stricter):
        done = riskkit("compare", road.policy, stricter, road.table, "--json")

        sets = {row["set"]: row for row in done.json["sets"] if row["by"] == "all"}
        assert sets["keep_out"]["basis"] == "bounded"
        assert sets["keep_out"]["goods"] is None
        assert done.json["champion"]["approval_rate"] > done.json["challenger"]["approval_rate"]

    def test_tells_the_truth_where_it_is_given(self, riskkit, road, stricter):
        truth = road.table.with_name("truth.parquet")
        done = riskkit("compare", road.policy, stricter, road.table, "--truth", truth, "--json")

        assert {row["basis"] for row in done.json["sets"]} == {"true"}
        assert "null" not in json.dumps(done.json["per_application"])

    def test_writes_nothing_over_a_picture(self, riskkit, road, stricter, tmp_path):
        (tmp_path / "swaps.png").write_text("mine")

        done = riskkit(
            "compare", road.policy, stricter, road.table, "--figure", tmp_path / "swaps.png"
        )

        assert done.exit_code == 2
        assert (tmp_path / "swaps.png").read_text() == "mine"
