"""Whether a folder still is what was written, and decides here as it decided there."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from riskkit import __version__
from riskkit.applicants import Role, Schema
from riskkit.bundle.bundles import load_bundle
from riskkit.bundle.examples import (
    EXAMPLE_FILE,
    SCORED_FILE,
    n_holding,
    scored_by_model,
    scored_by_policy,
)
from riskkit.bundle.models import load_model
from riskkit.bundle.seals import Kind, kind_of, seal_hash, sealed_with, versions
from riskkit.errors import DataError

#: How far PDs may lie apart on two machines, and how close to a cut-off a decision may turn.
TOLERANCE = 1e-12

_PERSONAL: tuple[Role, ...] = ("id", "customer", "protected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What `verified` found of a folder that is as it was sealed."""

    kind: Kind  #: What the folder is.
    seal: str  #: SHA-256 of its manifest [hexadecimal].
    n_rows: int  #: Stored rows that were scored again.
    n_shared: int  #: Of them that several applicants of a policy's background are; none is one's.
    largest_difference: float  #: Of a PD from the stored one [fraction].
    close: tuple[int, ...]  #: Stored rows so close to a cut-off that another machine may differ.
    other_versions: dict[str, tuple[str, str]]  #: Where they differ: written with, and here.
    protected_features: tuple[str, ...]  #: Protected columns that the schema makes features.


def verified(folder: Path) -> Verification:
    """Check a model's or policy's folder: files, stored rows, and that nobody is in it.

    Parameters
    ----------
    folder : Path
        What ``riskkit train`` or ``riskkit tune`` wrote.

    Returns
    -------
    Verification
        What was checked.

    Raises
    ------
    DataError
        If the folder is of neither kind; a file is missing, altered or was added; the background
        or the stored rows hold ids or protected columns, or are rows of each other; there are no
        stored rows; or one of them has another PD, by more than `TOLERANCE`, or another decision.
    """
    kind, n_shared = kind_of(folder), 0
    if kind == "model":
        model = load_model(folder)
        schema, example = model.schema, model.example
        here = scored_by_model(model.scorer, example)
    else:
        bundle = load_bundle(folder)
        schema, example = bundle.schema, bundle.example
        here = scored_by_policy(bundle.scorer, bundle.policy, schema, example)
        _check_impersonal(folder / "background.parquet", bundle.background, schema)
        n_shared = _n_shared(folder, example, bundle.background)
    if example.empty:
        raise DataError(
            f"{folder} holds no stored rows to score again ({EXAMPLE_FILE}): an older riskkit "
            "wrote it; make it again."
        )
    _check_impersonal(folder / EXAMPLE_FILE, example, schema)
    there = pd.read_parquet(folder / SCORED_FILE)
    close = _compared(folder, there, here)
    written, present = sealed_with(folder), {"riskkit": __version__, **versions()}
    return Verification(
        kind=kind,
        seal=seal_hash(folder),
        n_rows=len(here),
        n_shared=n_shared,
        largest_difference=float(np.abs(there["pd"] - here["pd"]).max()),
        close=close,
        other_versions={
            name: (was, present.get(name, "absent"))
            for name, was in written.items()
            if present.get(name) != was
        },
        protected_features=tuple(n for n in schema.features if schema.columns[n].protected),
    )


def _compared(folder: Path, there: pd.DataFrame, here: pd.DataFrame) -> tuple[int, ...]:
    apart = np.abs(there["pd"] - here["pd"]).to_numpy()
    if len(there) != len(here) or not (apart <= TOLERANCE).all():
        worst = int(np.nanargmax(apart))
        raise DataError(
            f"{folder} gives other PDs here: stored row {worst} had {there['pd'][worst]!r} and has "
            f"{here['pd'][worst]!r}; {int((~(apart <= TOLERANCE)).sum())} of {len(here)} rows "
            f"differ by more than {TOLERANCE:g}. Install the versions it was written with: "
            f"{', '.join(f'{n} {v}' for n, v in sealed_with(folder).items())}."
        )
    if "decision" not in here:
        return ()
    close = np.asarray(np.minimum(there["distance"], here["distance"]) <= TOLERANCE)
    was, now = _said(there), _said(here)
    other = np.flatnonzero((was != now) & ~close)
    if other.size:
        first = int(other[0])
        raise DataError(
            f"{folder} decides otherwise here: stored row {first} was {was[first]!r} and is "
            f"{now[first]!r}; {other.size} of {len(here)} rows differ."
        )
    return tuple(np.flatnonzero(close).tolist())


def _said(scored: pd.DataFrame) -> np.ndarray:
    gates = " by " + scored["stopped_by"].astype(object)
    return (scored["decision"].astype(object) + gates.fillna("")).to_numpy()


def _check_impersonal(path: Path, rows: pd.DataFrame, schema: Schema) -> None:
    personal = {name for role in _PERSONAL for name in schema.having(role)}
    held = [name for name in rows if name in personal]
    if held:
        raise DataError(
            f"{path} must hold neither ids nor protected columns, but holds {', '.join(held)}."
        )


def _n_shared(folder: Path, example: pd.DataFrame, background: pd.DataFrame) -> int:
    if example.empty:
        return 0
    # A row that several applicants share is nobody's: with few features that is bound to happen.
    holding = n_holding(example, background)
    if (holding == 1).any():
        raise DataError(
            f"{folder / EXAMPLE_FILE} must hold synthetic rows only, but {(holding == 1).sum()} of "
            f"{len(example)} are rows of background.parquet."
        )
    return int((holding > 1).sum())
