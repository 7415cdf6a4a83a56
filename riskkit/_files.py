"""Files that are whole or absent: written under a temporary name, then moved into place."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from riskkit.errors import DataError

#: Files by which a folder that riskkit wrote is known, and what stands in them.
_MARKS = {
    "manifest.json": '"riskkit"',
    "world.yaml": "observed_at",
    "borrowed.yaml": "landmark_seed",
}


def check_vacant(path: Path, *, overwrite: bool) -> None:
    """Refuse a path that exists unless it may be replaced, and one that no folder can hold."""
    if path.exists() and not overwrite:
        raise DataError(f"{path} exists already; choose another name or add --overwrite.")
    if path.is_dir() and not path.is_symlink():
        _check_ours(path)
    parent = path.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise DataError(
            f"{path} cannot be written: {parent} is not a folder that may be written to."
        )


@contextmanager
def new_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a folder to fill; it becomes `path` when the block ends well and vanishes otherwise."""
    check_vacant(path, overwrite=overwrite)
    if path.is_file():
        raise DataError(f"{path} is a file, so it is not replaced; choose the name of a folder.")
    _make_parent(path)
    draft = Path(
        tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.absolute().parent)
    )
    try:
        yield draft
        draft.chmod(0o755)  # mkdtemp makes it private; a result is as readable as any new folder
        _move_into_place(draft, path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


@contextmanager
def new_file(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a file to write; it becomes `path` when the block ends well and vanishes otherwise."""
    check_vacant(path, overwrite=overwrite)
    if path.is_dir():
        raise DataError(f"{path} is a folder; choose the name of a file.")
    _make_parent(path)
    draft = path.absolute().parent / f".{path.name}.{os.getpid()}.partial"
    try:
        yield draft
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes [hexadecimal]."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _make_parent(path: Path) -> None:
    try:
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:  # a read-only disk, or a folder of the system's
        raise DataError(f"{path} cannot be written: {error}.") from None


def _check_ours(path: Path) -> None:
    # A slip of the hand must not cost anybody a home folder.
    marks = ((path / name, word) for name, word in _MARKS.items())
    ours = any(
        file.is_file() and word in file.read_text("utf-8", "replace") for file, word in marks
    )
    if any(path.iterdir()) and not ours:
        raise DataError(
            f"{path} is not a folder that riskkit wrote, so it is not replaced; "
            "choose another name."
        )


def _move_into_place(draft: Path, path: Path) -> None:
    if not path.exists():
        draft.rename(path)
        return
    # A folder cannot be replaced in one step: the old one steps aside, and returns on failure.
    aside = draft.with_name(draft.name + ".old")
    path.rename(aside)
    try:
        draft.rename(path)
    except BaseException:
        aside.rename(path)
        raise
    shutil.rmtree(aside) if aside.is_dir() and not aside.is_symlink() else aside.unlink()
