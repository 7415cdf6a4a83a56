"""Files that are whole or absent: written under a temporary name, then moved into place.

Whoever is killed meanwhile leaves at most a hidden ``.NAME.*.partial``, which may be deleted. A
folder that is being replaced cannot be replaced in one step: killed between two of them, the old
one stands whole beside its place as ``.NAME.*.partial.old``.
"""

import errno
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
_OF_DISK = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.EIO,
    }
)


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
    with _told(path):
        draft = Path(
            tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.absolute().parent)
        )
        try:
            yield draft
            draft.chmod(0o755)  # mkdtemp makes it private; a result is readable as any new folder
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
    with _told(path):
        draft = path.absolute().parent / f".{path.name}.{os.getpid()}.partial"
        try:
            yield draft
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def refused_by_disk(error: OSError) -> bool:
    """Return whether it is the disk that will not be written to: full, read-only or broken."""
    return error.errno in _OF_DISK


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes [hexadecimal]."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    # What the disk refuses is nobody's bug; any other error is left as it is.
    try:
        yield
    except OSError as error:
        if not refused_by_disk(error):
            raise
        raise DataError(
            f"{path} cannot be written: {os.strerror(error.errno or 0)}; nothing was left there. "
            "Make room or choose another place."
        ) from error


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
