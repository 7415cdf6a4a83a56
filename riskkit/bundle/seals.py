"""Seals: the SHA-256 sums that show a folder's files to be those that were written."""

import json
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, Literal

from riskkit import __version__
from riskkit._files import sha256_of
from riskkit.errors import DataError

Kind = Literal["model", "policy"]

_MANIFEST = "manifest.json"
_COMPUTING = ("lightgbm", "numpy", "pandas", "scikit-learn", "scipy")
_MADE_BY: dict[Kind, str] = {"model": "riskkit train", "policy": "riskkit tune"}


def seal(folder: Path, *, kind: Kind) -> None:
    """Write the manifest of a folder: its kind, the versions and every file's SHA-256.

    Parameters
    ----------
    folder : Path
        A folder whose files are complete.
    kind : {"model", "policy"}
        What the folder is.
    """
    content = {"kind": kind, "riskkit": __version__, "versions": versions(), "files": _sums(folder)}
    write_json(content, folder / _MANIFEST)


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
    """
    content = read_json(folder / _MANIFEST)
    return {"riskkit": content["riskkit"], **content.get("versions", {})}


def kind_of(folder: Path) -> Kind | None:
    """Return what a folder is sealed as, or None where it is not sealed.

    Parameters
    ----------
    folder : Path
        Any folder.

    Returns
    -------
    {"model", "policy"} or None
        By its manifest, whose sums are not looked at.

    Examples
    --------
    >>> kind_of(Path("."))
    """
    manifest = folder / _MANIFEST
    kind = read_json(manifest).get("kind") if manifest.is_file() else None
    return kind if kind in _MADE_BY else None


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
        Naming the files that are missing, altered or were added.
    """
    manifest = folder / _MANIFEST
    content = read_json(manifest) if manifest.is_file() else {}
    if content.get("kind") not in _MADE_BY or not isinstance(content.get("files"), dict):
        raise DataError(f"{folder} is not a {kind} folder; `{_MADE_BY[kind]}` makes one.")
    if content["kind"] != kind:
        raise DataError(f"{folder} is a {content['kind']} folder, but a {kind} folder is needed.")
    sealed, found = content["files"], _sums(folder)
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


def _sums(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / _MANIFEST)
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}
