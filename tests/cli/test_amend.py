"""riskkit amend"""


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
