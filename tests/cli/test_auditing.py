"""riskkit.cli._auditing"""

import json

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
