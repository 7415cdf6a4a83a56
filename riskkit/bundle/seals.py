"""Seals: the SHA-256 sums that show a folder's files to be those that were written."""

import json
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, Literal

from pydantic import BaseModel, Field

from riskkit import __version__
from riskkit._files import sha256_of
from riskkit._records import STRICT, read_json_record
from riskkit.errors import DataError

Kind = Literal["model", "policy"]

_MANIFEST = "manifest.json"
_COMPUTING = ("lightgbm", "numpy", "pandas", "scikit-learn", "scipy")
_MADE_BY: dict[Kind, str] = {"model": "riskkit train", "policy": "riskkit tune"}


class _Manifest(BaseModel):
    """What stands in the manifest."""

    model_config = STRICT

    kind: Kind  #: What the folder is.
    riskkit: str  #: The version that sealed it.
    versions: dict[str, str] = Field(default_factory=dict)  #: Of the libraries; none in older ones.
    files: dict[str, str]  #: SHA-256 by file [hexadecimal].


def seal(folder: Path, *, kind: Kind) -> None:
    """Write the manifest of a folder: its kind, the versions and every file's SHA-256.

    Parameters
    ----------
    folder : Path
        A folder whose files are complete.
    kind : {"model", "policy"}
        What the folder is.
    """
    manifest = _Manifest(kind=kind, riskkit=__version__, versions=versions(), files=_sums(folder))
    write_json(manifest.model_dump(), folder / _MANIFEST)


def versions() -> dict[str, str]:
    """Return the versions of what PDs depend on: Python and the libraries that compute.

    Returns
    -------
    dict of str to str
        By name.
    """
    return {"python": python_version(), **{name: version(name) for name in _COMPUTING}}


def sealed_with(folder: Path) -> dict[str, str]:
    """Return the versions that a folder was sealed with.

    Parameters
    ----------
    folder : Path
        A sealed folder.

    Returns
    -------
    dict of str to str
        By name; older folders name riskkit's only.

    Raises
    ------
    DataError
        If its manifest is absent or damaged.
    """
    manifest = _manifest_of(folder)
    return {"riskkit": manifest.riskkit, **manifest.versions}


def is_sealed(folder: Path) -> bool:
    """Return whether a folder has a manifest, whatever stands in it.

    Parameters
    ----------
    folder : Path
        Any folder.

    Returns
    -------
    bool
        Whether it has.

    Examples
    --------
    >>> is_sealed(Path("nowhere"))
    False
    """
    return (folder / _MANIFEST).is_file()


def kind_of(folder: Path) -> Kind:
    """Return what a folder is sealed as.

    Parameters
    ----------
    folder : Path
        Any folder.

    Returns
    -------
    {"model", "policy"}
        By its manifest, whose sums are not looked at.

    Raises
    ------
    DataError
        If it is not sealed, or its manifest is damaged.

    Examples
    --------
    >>> kind_of(Path("nowhere"))
    Traceback (most recent call last):
    ...
    riskkit.errors.DataError: nowhere is not a model or policy folder; `riskkit train` or \
`riskkit tune` makes one.
    """
    return _manifest_of(folder).kind


def seal_hash(folder: Path) -> str:
    """Return a hash of everything a sealed folder holds.

    Parameters
    ----------
    folder : Path
        A sealed folder.

    Returns
    -------
    str
        SHA-256 of its manifest [hexadecimal].
    """
    return sha256_of(folder / _MANIFEST)


def check_seal(folder: Path, *, kind: Kind) -> None:
    """Refuse a folder that is not of this kind, or whose files are not those that were sealed.

    Parameters
    ----------
    folder : Path
        The folder.
    kind : {"model", "policy"}
        What it must be.

    Raises
    ------
    DataError
        Naming the files that are missing, altered or were added, or what is wrong with the
        manifest.
    """
    manifest = _manifest_of(folder, kind)
    if manifest.kind != kind:
        raise DataError(f"{folder} is a {manifest.kind} folder, but a {kind} folder is needed.")
    sealed, found = manifest.files, _sums(folder)
    problems = {
        "missing": sorted(sealed.keys() - found.keys()),
        "altered": sorted(n for n in sealed.keys() & found.keys() if sealed[n] != found[n]),
        "added": sorted(found.keys() - sealed.keys()),
    }
    said = "; ".join(f"{what}: {', '.join(names)}" for what, names in problems.items() if names)
    if said:
        raise DataError(f"{folder} is not as it was sealed ({said}); restore it or make it again.")


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write plain data as JSON; floats keep every bit."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read plain data from JSON.

    Raises
    ------
    DataError
        If the file is absent or is not JSON.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON: {error}.") from None
    if not isinstance(content, dict):
        raise DataError(f"{path} must hold a JSON object, but holds a {type(content).__name__}.")
    return content


def _manifest_of(folder: Path, *kinds: Kind) -> _Manifest:
    wanted = kinds or tuple(_MADE_BY)
    no_folder = f"{folder} is not a {' or '.join(wanted)} folder"
    if not is_sealed(folder):
        made_by = " or ".join(f"`{_MADE_BY[kind]}`" for kind in wanted)
        raise DataError(f"{no_folder}; {made_by} makes one.")
    try:
        return read_json_record(_Manifest, folder / _MANIFEST)
    except DataError as error:
        raise DataError(f"{no_folder}, or its manifest is damaged. {error}") from None


def _sums(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / _MANIFEST)
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}
