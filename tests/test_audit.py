"""riskkit.audit"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from riskkit.audit import Act, append_entry, audit_log_of, check_chain, hash_of
from riskkit.errors import DataError

ACT = Act(action="decide", bundle="b" * 64, inputs="i", outputs="o", counts={"applications": 3})


@pytest.fixture
def log(tmp_path):
    return tmp_path / "policy.audit.jsonl"


@pytest.fixture
def heads(log):
    """Return the heads of a log with five entries."""
    return [append_entry(log, ACT).hash for _ in range(5)]


def rewritten(log, change):
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    log.write_text("".join(json.dumps(line) + "\n" for line in change(lines)))


class TestAppendEntry:
    def test_says_who_did_what_when_with_what(self, log, monkeypatch):
        monkeypatch.setenv("RISKKIT_USER", "u123")

        entry = append_entry(log, ACT)

        content = json.loads(log.read_text())
        assert content["who"] == "u123"
        assert content["n"] == 1
        assert content["at"].endswith("Z")
        assert content["counts"] == {"applications": 3}
        assert (content["bundle"], content["inputs"]) == (ACT.bundle, "i")
        assert content["hash"] == entry.hash

    def test_binds_each_entry_to_the_one_before(self, log, heads):
        previous = [json.loads(line)["previous"] for line in log.read_text().splitlines()]

        assert previous == ["0" * 64, *heads[:-1]]

    def test_finds_the_last_entry_of_a_long_log(self, log):
        long = ACT.model_copy(update={"ids": tuple(f"A{n:07}" for n in range(20_000))})
        for _ in range(3):
            append_entry(log, long)

        assert append_entry(log, ACT).n == 4
        assert check_chain(log).n == 4

    @pytest.mark.slow
    def test_loses_nothing_where_processes_write_at_once(self, log):
        code = (
            "import sys; from pathlib import Path; from riskkit.audit import Act, append_entry\n"
            "for _ in range(50): append_entry(Path(sys.argv[1]), Act(action='decide', bundle='b'))"
        )
        writers = [subprocess.Popen([sys.executable, "-c", code, log]) for _ in range(3)]

        assert [writer.wait() for writer in writers] == [0, 0, 0]
        assert check_chain(log).n == 150

    def test_goes_on_after_an_entry_that_was_never_finished(self, log, heads):
        with log.open("a") as file:
            file.write('{"n": 6, "action"')
        assert check_chain(log).unfinished == 17

        entry = append_entry(log, ACT)

        assert (entry.n, entry.cut, entry.previous) == (6, 17, heads[-1])
        assert check_chain(log).unfinished == 0

    @pytest.mark.usefixtures("heads")
    def test_refuses_to_follow_an_entry_that_was_altered(self, log):
        rewritten(log, lambda lines: [*lines[:-1], lines[-1] | {"who": "somebody else"}])

        with pytest.raises(DataError, match=r"the last entry was altered"):
            append_entry(log, ACT)

    @pytest.mark.parametrize("content", ['{"note": "mine"}', '{"note": "mine"}\n', "a,b\n1,2"])
    def test_leaves_alone_what_is_no_log(self, log, content):
        log.write_text(content)

        with pytest.raises(DataError, match=r"is not an audit log|the last entry was altered"):
            append_entry(log, ACT)
        assert log.read_text() == content

    def test_starts_anew_after_a_first_entry_that_was_never_finished(self, log):
        log.write_text('{"action":"dec')

        assert (append_entry(log, ACT).n, check_chain(log).n) == (1, 1)

    def test_says_where_else_to_log_what_cannot_be_written(self, tmp_path):
        (tmp_path / "file").write_text("")

        with pytest.raises(DataError, match=r"cannot be written: .* RISKKIT_AUDIT_LOG"):
            append_entry(tmp_path / "file" / "log", ACT)

    @pytest.mark.usefixtures("heads")
    def test_leaves_the_log_as_it_was_on_a_full_disk(self, log):
        code = (
            "import resource, signal, sys\nfrom pathlib import Path\n"
            "from riskkit.audit import Act, append_entry\n"
            "from riskkit.errors import DataError\n"
            "log = Path(sys.argv[1])\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 50,) * 2)\n"
            "try:\n    append_entry(log, Act(action='decide', bundle='b'))\n"
            "except DataError as error:\n    print(error)\n"
        )
        before = log.read_bytes()

        done = subprocess.run(
            [sys.executable, "-c", code, log], capture_output=True, text=True, check=True
        )

        assert "cannot be written: File too large" in done.stdout
        assert log.read_bytes() == before


class TestCheckChain:
    def test_counts_entries_and_says_for_how_many_a_head_vouches(self, log, heads):
        whole = check_chain(log)
        known = check_chain(log, head=heads[2])

        assert (whole.n, whole.head, whole.vouched) == (5, heads[-1], None)
        assert (known.n, known.vouched) == (5, 3)
        assert check_chain(log, head=heads[2][:12]).vouched == 3

    @pytest.mark.usefixtures("heads")
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (
                lambda x: [x[0], x[1] | {"outputs": "other"}, *x[2:]],
                "entry 2 was altered: its hash",
            ),
            (lambda x: [x[0], *x[2:]], "entry 2 does not follow"),
            (lambda x: [x[0], x[2], x[1], *x[3:]], "entry 2 does not follow"),
            (lambda x: [x[0], x[0], *x[1:]], "entry 2 does not follow"),
            (lambda x: [x[0], {"note": "hello"}, *x[2:]], "entry 2 was altered: it is no entry"),
        ],
    )
    def test_names_the_entry_that_was_edited(self, log, change, said):
        rewritten(log, change)

        with pytest.raises(DataError, match=said):
            check_chain(log)

    @pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "{}", '{"action":"decide"'])
    def test_refuses_what_is_no_log(self, log, content):
        log.write_text(content)

        with pytest.raises(DataError, match=r"is not an audit log, or an empty one"):
            check_chain(log)

    def test_finds_a_log_written_anew_only_by_a_head_from_elsewhere(self, log, heads):
        log.unlink()
        for _ in range(5):
            append_entry(log, ACT.model_copy(update={"outputs": "forged"}))

        assert check_chain(log).n == 5
        with pytest.raises(DataError, match=r"no entry with the head .* not those that were there"):
            check_chain(log, head=heads[2])

    def test_finds_entries_that_were_cut_off_before_the_head(self, log, heads):
        rewritten(log, lambda lines: lines[:2])

        with pytest.raises(DataError, match="no entry with the head"):
            check_chain(log, head=heads[2])

    def test_cannot_tell_edits_after_the_head(self, log, heads):
        rewritten(log, lambda lines: lines[:3])
        append_entry(log, ACT.model_copy(update={"outputs": "forged"}))

        assert check_chain(log, head=heads[2]).vouched == 3

    @pytest.mark.usefixtures("heads")
    def test_refuses_a_head_that_is_too_short(self, log):
        with pytest.raises(DataError, match="at least 12 characters, but has 3"):
            check_chain(log, head="abc")

    def test_refuses_a_log_that_is_not_there(self, log):
        with pytest.raises(DataError, match="cannot be read"):
            check_chain(log)


class TestAuditLogOf:
    def test_is_beside_the_policy_unless_told_otherwise(self, monkeypatch, tmp_path):
        beside = audit_log_of(tmp_path / "policy")
        monkeypatch.setenv("RISKKIT_AUDIT_LOG", "/var/log/riskkit.jsonl")

        assert beside == tmp_path / "policy.audit.jsonl"
        assert audit_log_of(tmp_path / "policy") == Path("/var/log/riskkit.jsonl")


class TestHashOf:
    def test_does_not_depend_on_the_order_of_keys(self):
        assert hash_of([{"a": 1, "b": 2}]) == hash_of([{"b": 2, "a": 1}]) != hash_of([{"a": 1}])
