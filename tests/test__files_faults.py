"""riskkit._files, under injected faults: what it writes is whole or absent, whatever happens."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from riskkit._files import new_file, new_folder
from riskkit.errors import DataError

#: Writes a file or a folder, new or in place of an old one, and is killed just before its n-th
#: change of the file system: whatever step comes next never happens.
_WRITER = """
import os, signal, sys
from pathlib import Path
from riskkit._files import new_file, new_folder

kind, path = sys.argv[1], Path(sys.argv[2])
overwrite, steps = sys.argv[3] == "old", int(sys.argv[4])
CHANGES = {"os.mkdir", "os.rename", "os.chmod", "os.remove", "os.rmdir", "os.truncate"}

def hook(event, args):
    global steps
    writes = event == "open" and isinstance(args[0], (str, Path)) and (args[2] & os.O_WRONLY)
    if event in CHANGES or writes:
        steps -= 1
        if steps < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
if kind == "file":
    with new_file(path, overwrite=overwrite) as draft:
        draft.write_text("new")
else:
    with new_folder(path, overwrite=overwrite) as draft:
        (draft / "manifest.json").write_text('"riskkit" new')
        (draft / "data").write_text("new")
"""
_OLD = {"manifest.json": '"riskkit" old', "data": "old"}
_NEW = {"manifest.json": '"riskkit" new', "data": "new"}


def contents(path):
    if path.is_dir():
        return {file.name: file.read_text() for file in path.iterdir()}
    return path.read_text() if path.exists() else None


def make_old(kind, path):
    if kind == "file":
        path.write_text("old")
    else:
        path.mkdir()
        for name, text in _OLD.items():
            (path / name).write_text(text)


def killed_at(steps, kind, before, place):
    """Return whether the writer was killed, and the path it was writing."""
    place.mkdir()
    path = place / "out"
    if before == "old":
        make_old(kind, path)
    code = [sys.executable, "-c", _WRITER, kind, path, before, str(steps)]
    ended = subprocess.run(code, capture_output=True, text=True, check=False)
    assert ended.returncode in {0, -9}, ended.stderr
    return ended.returncode != 0, path


@pytest.mark.slow
class TestKilledAtEachStep:
    @pytest.mark.parametrize("before", ["nothing", "old"])
    @pytest.mark.parametrize("kind", ["file", "folder"])
    def test_leaves_the_output_whole_or_absent(self, tmp_path, kind, before):
        old = {"file": "old", "folder": _OLD}[kind] if before == "old" else None
        new = {"file": "new", "folder": _NEW}[kind]
        seen, steps = [], 0
        while True:
            killed, path = killed_at(steps, kind, before, tmp_path / str(steps))
            found = contents(path)
            beside = [p for p in path.parent.iterdir() if p != path]
            if found is None and before == "old":
                # Between two steps of replacing a folder: the old one stands whole beside.
                assert kind == "folder"
                (aside,) = [p for p in beside if p.name.endswith(".partial.old")]
                assert contents(aside) == old
            else:
                assert found in (old, new)
            assert all(p.name.startswith(".out.") for p in beside)
            seen.append(found)
            steps += 1
            if not killed:
                break

        assert seen[0] == old
        assert seen[-1] == new
        assert not beside
        assert len(seen) >= 3

    def test_would_catch_a_writer_that_writes_in_place(self, tmp_path, monkeypatch):
        in_place = _WRITER.replace("with new_file(path, overwrite=overwrite) as draft:", "if True:")
        in_place = in_place.replace("draft.write_text", "open(path, 'w'); path.write_text")
        monkeypatch.setattr(sys.modules[__name__], "_WRITER", in_place)

        found = [contents(killed_at(n, "file", "old", tmp_path / str(n))[1]) for n in range(3)]

        assert "" in found


class TestWriteErrors:
    @pytest.mark.parametrize(
        "code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO]
    )
    @pytest.mark.parametrize("kind", ["file", "folder"])
    def test_are_told_and_leave_what_was_there(self, tmp_path, kind, code):
        path = tmp_path / "out"
        make_old(kind, path)
        before = contents(path)
        new = new_file if kind == "file" else new_folder

        def write():
            with new(path, overwrite=True) as draft:
                (draft if kind == "file" else draft / "data").write_text("ne")
                raise OSError(code, os.strerror(code))

        with pytest.raises(DataError, match=rf"out cannot be written: {os.strerror(code)}; no"):
            write()

        assert contents(path) == before
        assert [p.name for p in tmp_path.iterdir()] == ["out"]

    @pytest.mark.parametrize("step", ["mkdtemp", "chmod", "rename"])
    def test_of_every_step_of_a_folder_are_told(self, tmp_path, monkeypatch, step):
        def full(*_, **__):
            raise OSError(errno.ENOSPC, "No space left on device")

        where = "tempfile.mkdtemp" if step == "mkdtemp" else f"pathlib.Path.{step}"

        with monkeypatch.context() as patch:
            patch.setattr(where, full)
            with (
                pytest.raises(DataError, match="No space left on device"),
                new_folder(tmp_path / "out"),
            ):
                pass

        assert list(tmp_path.iterdir()) == []

    def test_that_are_no_fault_of_the_disk_stay_as_they_are(self, tmp_path):
        with pytest.raises(FileNotFoundError), new_file(tmp_path / "out"):
            raise FileNotFoundError(errno.ENOENT, "No such file", "input.csv")


def limited(n_bytes):
    """Return what lets a process write only so many bytes to a file, as a full disk does."""
    import resource
    import signal

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))

    return limit


def as_anybody():
    """Return what takes root's powers away: a folder that may not be written to then is one."""
    if os.geteuid():
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write anywhere, and there is no setpriv to take that away")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


@pytest.mark.slow
class TestCommandLine:
    def test_says_that_a_disk_is_full_and_leaves_nothing(self, tmp_path):
        words = ["generate", "--applicants", "3000", "--out", tmp_path / "world"]

        done = subprocess.run(
            [sys.executable, "-m", "riskkit", *words],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=limited(20_000),
        )

        assert done.returncode == 2, done.stderr
        assert "world cannot be written: File too large; nothing was left there" in " ".join(
            done.stderr.split()
        )
        assert list(tmp_path.iterdir()) == []

    def test_says_that_standard_output_is_full(self):
        words = ["generate", "--describe", "--json"]

        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "riskkit", *words],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )

        assert done.returncode == 2, done.stderr
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr

    def test_says_that_a_folder_is_read_only(self, tmp_path):
        (tmp_path / "closed").mkdir(mode=0o555)
        words = ["generate", "--applicants", "100", "--out", tmp_path / "closed" / "world"]

        done = subprocess.run(
            [*as_anybody(), sys.executable, "-m", "riskkit", *words],
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 2, done.stderr
        assert "is not a folder that may be written to" in " ".join(done.stderr.split())
