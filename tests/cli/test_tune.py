"""riskkit tune: by segment, and with reviews"""

import pytest
import yaml


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(name, content):
        (tmp_path / name).write_text(yaml.safe_dump(content))
        return tmp_path / name

    return write


TERMS = {
    "cost": 1, "capacity_per_day": 10, "share_wrong_approved": 0.3, "share_wrong_rejected": 0.1
}  # fmt: skip


class TestTuneWithoutProfit:
    def test_warns_where_no_loan_can_pay(self, riskkit, road, files):
        economics = files("e.yaml", {"margin": 0.0, "funding": 0.05, "churn": 0.0})
        words = ["tune", road.table, "--model", road.model, "--economics", economics, "--out"]

        done = riskkit(*words, "p", "--limit", "bad_rate <= 10%")
        refused = riskkit(*words, "q", "--objective", "profit")

        assert done.exit_code == 0, done.err
        said = " ".join(done.out.split())
        assert "The economics make every loan unprofitable: even without a bad" in said
        assert "no PD is low enough for the mean loan to pay" in said
        assert refused.exit_code == 2
        assert "economics make every loan unprofitable" in refused.err


class TestTuneBySegment:
    def test_says_which_case_the_segments_are(self, riskkit, road, files):
        done = riskkit(
            "tune", road.table, "--model", road.model, "--by", "channel", "--max-bad-rate", 0.05,
            "--review", files("review.yaml", TERMS), "--out", "policy",
        )  # fmt: skip

        assert done.exit_code == 0
        assert "By channel, and by one cut-off for all" in done.out
        assert any(
            case in done.out
            for case in ("One cut-off is already", "Recalibrate by channel", "which recalibration")
        )
        assert "With and without reviews" in done.out

    def test_prints_the_same_as_json(self, riskkit, road, files):
        own = files("own.yaml", {"web": {"margin": 0.02}})
        done = riskkit(
            "tune", road.table, "--model", road.model, "--by", "channel", "--objective", "profit",
            "--segment-economics", own, "--out", "policy", "--json",
        )  # fmt: skip

        record = done.json
        assert record["segments"]["economics"]["web"]["margin"] == 0.02
        assert record["policy"]["segments"]["web"]["economics"]["margin"] == 0.02
        assert {row["segment"] for row in record["segments"]["table"]} >= {"web", "all"}
        assert record["review"] is None

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--by", "planet"], "by must name a column of the table, but 'planet' is none"),
            (["--by", "channel", "--limit", "approval_rate >= 0.5"], "one limit on the whole"),
            (["--segment-economics", "own.yaml"], "Economics of segments need by"),
            (["--by", "channel", "--segment-economics", "own.yaml"], "'mall' is none"),
            (["--by", "channel", "--segment-economics", "typo.yaml"], "typo.yaml, web: margni"),
            (["--review", "negative.yaml"], "capacity_per_day"),
            (["--review", "absent.yaml"], "absent.yaml does not exist"),
            (["--applicants-per-day", "9"], "give the terms of review too"),
        ],
    )
    def test_names_what_is_wrong(self, riskkit, road, files, words, message):
        files("own.yaml", {"mall": {"margin": 0.02}})
        files("typo.yaml", {"web": {"margni": 0.02}})
        files("negative.yaml", TERMS | {"capacity_per_day": -1})
        done = riskkit(
            "tune", road.table, "--model", road.model, "--max-bad-rate", 0.05, *words,
            "--out", "policy",
        )  # fmt: skip

        assert done.exit_code == 2
        assert message in done.err
