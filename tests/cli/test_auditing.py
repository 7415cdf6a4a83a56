"""riskkit.cli._auditing"""

import json
import shutil

import pytest

from riskkit.audit import Act, append_entry
from riskkit.cli._auditing import audited
from riskkit.tracking import audit_head_of

ACT = Act(action="decide", bundle="b" * 64)


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path / "policy.audit.jsonl"


def written_anew(log, *, after):
    """Write the log anew from an entry on, as whoever can write the file could."""
    kept = log.read_text().splitlines(keepends=True)[:after]
    log.write_text("".join(kept))
    append_entry(log, Act(action="decide", bundle="c" * 64))


class TestAudited:
    def test_says_where_the_head_is_recorded_nowhere_else(self, log, capsys):
        audited(log, ACT)

        assert "recorded nowhere else" in capsys.readouterr().err

    @pytest.mark.slow
    def test_leaves_a_head_alone_that_a_forged_log_does_not_hold(self, log, capsys):
        uri = "sqlite:///mlflow.db"
        first = audited(log, ACT, uri=uri)
        second = audited(log, ACT, uri=uri)
        assert audit_head_of(first.hash, uri=uri) == second.hash
        written_anew(log, after=1)

        audited(log, ACT, uri=uri)

        assert audit_head_of(first.hash, uri=uri) == second.hash
        said = capsys.readouterr().err
        assert "recorded nowhere else" in said
        assert f"no entry with the head {second.hash}" in said

    @pytest.mark.slow
    def test_says_where_a_log_of_that_name_began_otherwise(self, log, capsys):
        uri = "sqlite:///mlflow.db"
        before = audited(log, ACT, uri=uri)
        written_anew(log, after=0)
        first = json.loads(log.read_text())["hash"]
        capsys.readouterr()

        last = audited(log, ACT, uri=uri)

        assert f"with the heads {before.hash}" in capsys.readouterr().err
        assert audit_head_of(before.hash, uri=uri) == before.hash
        assert audit_head_of(first, uri=uri) == last.hash


@pytest.mark.slow
class TestRecordedHead:
    def test_is_what_vouches_for_a_log_without_a_head_given(self, riskkit, log):
        uri = "sqlite:///mlflow.db"
        audited(log, ACT, uri=uri)
        last = audited(log, ACT, uri=uri)

        found = riskkit("audit", "verify", log, "--tracking-uri", uri, "--json").json

        assert (found["vouched"], found["head"]) == (2, last.hash)

    def test_is_not_there_for_a_log_that_was_written_anew(self, riskkit, log):
        uri = "sqlite:///mlflow.db"
        audited(log, ACT, uri=uri)
        written_anew(log, after=0)

        refused = riskkit("audit", "verify", log, "--tracking-uri", uri)

        assert refused.exit_code == 2
        assert "No head is recorded in MLflow of a log that begins as" in refused.err


@pytest.mark.slow
class TestDecide:
    def test_records_the_head_where_it_is_told(self, riskkit, road, log):
        shutil.copytree(road.policy, "policy")
        uri = "sqlite:///heads.db"

        words = ("--policy", "policy", "--out", "d.parquet", "--tracking-uri", uri)
        done = riskkit("decide", road.table, *words)

        assert done.exit_code == 0
        first = json.loads(log.read_text().splitlines()[0])["hash"]
        assert audit_head_of(first, uri=uri) == first


@pytest.mark.slow
class TestFirstTheLog:
    @pytest.mark.parametrize(
        "words",
        [("decide", "--out", "d.parquet"), ("explain", "--all", "--out", "d.parquet")],
    )
    def test_lets_nothing_out_that_cannot_be_logged(self, riskkit, road, log, monkeypatch, words):
        monkeypatch.setenv("RISKKIT_AUDIT_LOG", "/proc/nope/x")
        command, *others = words

        refused = riskkit(command, road.table, "--policy", road.policy, *others)

        assert refused.exit_code == 2
        assert "/proc/nope/x cannot be written" in refused.err
        assert list(log.parent.iterdir()) == []
