"""riskkit._files"""

import hashlib
import os
from pathlib import Path

import pytest

from riskkit._files import check_vacant, new_file, new_folder, sha256_of
from riskkit.errors import DataError

OURS = '{"riskkit": "0.1.0"}'


class BrokenError(Exception):
    """An error that comes from somewhere else."""


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def fill_folder(path: Path, *, overwrite: bool = False, breaks: bool = False) -> None:
    with new_folder(path, overwrite=overwrite) as draft:
        (draft / "new").write_text("new")
        if breaks:
            raise BrokenError


def fill_file(path: Path, *, overwrite: bool = False, breaks: bool = False) -> None:
    with new_file(path, overwrite=overwrite) as draft:
        draft.write_text("new")
        if breaks:
            raise BrokenError


def fail_to_move(monkeypatch: pytest.MonkeyPatch, method: str, *, unless: str = "never") -> None:
    """Let moving a draft into place fail, as a full or vanished disk would."""
    move = getattr(Path, method)

    def moved(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial") and unless not in str(target):
            raise OSError("disk gone")
        return move(self, target)

    monkeypatch.setattr(Path, method, moved)


class TestCheckVacant:
    def test_lets_a_new_name_pass_in_folders_yet_to_be_made(self, tmp_path):
        check_vacant(tmp_path / "a" / "b" / "model", overwrite=False)

    def test_refuses_what_exists(self, tmp_path):
        with pytest.raises(DataError, match=r"exists already; .* add --overwrite\.$"):
            check_vacant(tmp_path, overwrite=False)

    def test_lets_what_exists_be_replaced_when_asked(self, tmp_path):
        check_vacant(tmp_path, overwrite=True)

    def test_refuses_a_name_inside_a_file(self, tmp_path):
        (tmp_path / "file").write_text("")

        with pytest.raises(DataError, match=r"cannot be written: .*file is not a folder"):
            check_vacant(tmp_path / "file" / "model", overwrite=False)

    def test_refuses_a_folder_that_may_only_be_read(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "access", lambda *_: False)

        with pytest.raises(DataError, match="not a folder that may be written to"):
            check_vacant(tmp_path / "model", overwrite=False)


class TestNewFolder:
    def test_becomes_the_path_when_the_block_ends_well(self, tmp_path):
        with new_folder(tmp_path / "deep" / "model") as draft:
            (draft / "pd.json").write_text("{}")
            assert not (tmp_path / "deep" / "model").exists()

        assert contents(tmp_path) == {"deep/model/pd.json": "{}"}

    def test_is_as_readable_as_any_folder(self, tmp_path):
        with new_folder(tmp_path / "model"):
            pass

        assert (tmp_path / "model").stat().st_mode & 0o777 == 0o755

    def test_leaves_nothing_when_the_block_fails(self, tmp_path):
        with pytest.raises(BrokenError):
            fill_folder(tmp_path / "model", breaks=True)

        assert list(tmp_path.iterdir()) == []

    def test_leaves_nothing_when_it_cannot_be_moved(self, tmp_path, monkeypatch):
        fail_to_move(monkeypatch, "rename")

        with pytest.raises(OSError, match="disk gone"):
            fill_folder(tmp_path / "model")

        assert list(tmp_path.iterdir()) == []

    def test_refuses_a_folder_that_exists_and_keeps_it(self, tmp_path):
        (tmp_path / "old").write_text("old")

        with pytest.raises(DataError, match="exists already"), new_folder(tmp_path):
            pass

        assert contents(tmp_path) == {"old": "old"}

    @pytest.mark.parametrize("name", ["thesis.txt", "manifest.json"])
    def test_never_replaces_what_riskkit_did_not_write(self, tmp_path, name):
        (tmp_path / name).write_text("mine")

        with pytest.raises(DataError, match="not a folder that riskkit wrote"):
            fill_folder(tmp_path, overwrite=True)

        assert contents(tmp_path) == {name: "mine"}

    def test_replaces_the_old_one_whole_when_asked(self, tmp_path):
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "manifest.json").write_text(OURS)

        with new_folder(tmp_path / "model", overwrite=True) as draft:
            (draft / "new").write_text("new")

        assert contents(tmp_path) == {"model/new": "new"}
        assert [path.name for path in tmp_path.iterdir()] == ["model"]

    def test_never_replaces_a_file(self, tmp_path):
        (tmp_path / "model").write_text("old")

        with pytest.raises(DataError, match="is a file, so it is not replaced"):
            fill_folder(tmp_path / "model", overwrite=True)

        assert contents(tmp_path) == {"model": "old"}

    def test_replaces_a_link_and_not_what_it_points_to(self, tmp_path):
        (tmp_path / "target").mkdir()
        (tmp_path / "target" / "kept").write_text("kept")
        (tmp_path / "model").symlink_to(tmp_path / "target")

        with new_folder(tmp_path / "model", overwrite=True) as draft:
            (draft / "new").write_text("new")

        assert contents(tmp_path) == {"model/new": "new", "target/kept": "kept"}

    @pytest.mark.parametrize("fails", ["block", "move"])
    def test_keeps_the_old_one_when_anything_fails(self, tmp_path, monkeypatch, fails):
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "manifest.json").write_text(OURS)
        if fails == "move":
            fail_to_move(monkeypatch, "rename", unless=".old")

        with pytest.raises((BrokenError, OSError)):
            fill_folder(tmp_path / "model", overwrite=True, breaks=fails == "block")

        assert contents(tmp_path) == {"model/manifest.json": OURS}


class TestNewFile:
    def test_becomes_the_path_when_the_block_ends_well(self, tmp_path):
        with new_file(tmp_path / "deep" / "schema.yaml") as draft:
            draft.write_text("columns")
            assert not (tmp_path / "deep" / "schema.yaml").exists()

        assert contents(tmp_path) == {"deep/schema.yaml": "columns"}

    def test_leaves_nothing_when_the_block_fails(self, tmp_path):
        with pytest.raises(BrokenError):
            fill_file(tmp_path / "schema.yaml", breaks=True)

        assert list(tmp_path.iterdir()) == []

    def test_leaves_nothing_when_nothing_was_written(self, tmp_path):
        with pytest.raises(FileNotFoundError), new_file(tmp_path / "schema.yaml"):
            pass

        assert list(tmp_path.iterdir()) == []

    def test_replaces_the_old_one_when_asked(self, tmp_path):
        (tmp_path / "schema.yaml").write_text("old")

        with new_file(tmp_path / "schema.yaml", overwrite=True) as draft:
            draft.write_text("new")

        assert contents(tmp_path) == {"schema.yaml": "new"}

    def test_keeps_the_old_one_when_it_cannot_be_moved(self, tmp_path, monkeypatch):
        (tmp_path / "schema.yaml").write_text("old")
        fail_to_move(monkeypatch, "replace")

        with pytest.raises(OSError, match="disk gone"):
            fill_file(tmp_path / "schema.yaml", overwrite=True)

        assert contents(tmp_path) == {"schema.yaml": "old"}

    def test_refuses_what_exists(self, tmp_path):
        (tmp_path / "schema.yaml").write_text("old")

        with pytest.raises(DataError, match="exists already"), new_file(tmp_path / "schema.yaml"):
            pass

    def test_never_replaces_a_folder(self, tmp_path):
        with (
            pytest.raises(DataError, match=r"is a folder; choose the name of a file\.$"),
            new_file(tmp_path, overwrite=True),
        ):
            pass


class TestSha256Of:
    def test_is_the_hash_of_the_bytes(self, tmp_path):
        (tmp_path / "file").write_bytes(b"riskkit")

        assert sha256_of(tmp_path / "file") == hashlib.sha256(b"riskkit").hexdigest()
