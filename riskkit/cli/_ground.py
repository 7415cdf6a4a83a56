"""The table that `riskkit blame`, `fairness` and `changes` are given, and what goes with it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from riskkit._checks import Flags, Floats
from riskkit._records import read_record
from riskkit.applicants import (
    History,
    Schema,
    as_levels,
    content_hash,
    read_history,
    read_table,
    sample_of,
)
from riskkit.bundle import Bundle, load_bundle
from riskkit.decisions import Policy
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics

_TRUE_BAD = "truth_bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The table a command was given, and what goes with it."""

    table: Path
    schema: Path | None = None
    policy: Path | None = None
    truth: Path | None = None
    economics: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The same, read."""

    history: History
    schema: Schema
    bundle: Bundle | None
    pds: Floats | None  #: By the bundle's scorer.
    seen_before: bool  #: Whether the policy was tuned on this very table.
    economics: LoanEconomics
    worth: LoanEconomics | Policy  #: The same; the policy, where its segments may have their own.
    assumed_economics: bool
    truth: pd.DataFrame | None  #: In the order of the history.

    @property
    def true_bad(self) -> Floats | None:
        """Outcome of everybody, of a synthetic world."""
        return None if self.truth is None else self.truth[_TRUE_BAD].to_numpy(dtype=np.float64)

    def take(self, rows: Flags) -> "Ground":
        """Return some of the applications."""
        return replace(
            self,
            history=self.history.take(rows),
            pds=None if self.pds is None else self.pds[rows],
            truth=None if self.truth is None else self.truth[rows].reset_index(drop=True),
        )


def read_ground(source: Source) -> Ground:
    """Read everything."""
    if source.schema is None and source.policy is None:
        raise DataError("Give --schema, or a --policy whose schema the table has.")
    bundle = None if source.policy is None else load_bundle(source.policy)
    schema = Schema.read(source.schema) if source.schema is not None else None
    if schema is None:
        assert bundle is not None  # noqa: S101 - one of the two is there
        schema = bundle.schema
    history = read_history(source.table, schema)
    if source.economics is not None:
        economics = read_record(LoanEconomics, source.economics)
    else:
        economics = LoanEconomics() if bundle is None else bundle.policy.economics
    worth = economics if bundle is None or source.economics is not None else bundle.policy
    pds = seen = None
    if bundle is not None:
        pds = bundle.scorer.predict_proba(history.applications.features)[:, 1]
        seen = bundle.evidence["data"]["hash"] == content_hash(history.applications.table)
    return Ground(
        history=history,
        schema=schema,
        bundle=bundle,
        pds=pds,
        seen_before=bool(seen),
        economics=economics,
        worth=worth,
        assumed_economics=source.economics is None and bundle is None,
        truth=None if source.truth is None else _truth(source.truth, history, schema),
    )


def _truth(path: Path, history: History, schema: Schema) -> pd.DataFrame:
    truth = read_table(path)
    name = schema.need("id")
    for column in (name, _TRUE_BAD):
        if column not in truth:
            raise DataError(f"{path} must have column {column!r}, the truth of a synthetic world.")
    ids = history.applications.ids
    place = pd.Index(as_levels(truth[name])).get_indexer(ids)
    if (place < 0).any():
        raise DataError(
            f"{path} must know every application of the table, but misses {int((place < 0).sum())} "
            f"of {ids.size}; the first is {ids[place < 0][0]!r}."
        )
    return truth.iloc[place].reset_index(drop=True)


def untrained(ground: Ground) -> tuple[Ground, list[str]]:
    """Return the rows that the policy's model was not trained on, and what is to be said of it."""
    if ground.bundle is None or not ground.seen_before:
        return ground, []
    split = ground.bundle.split
    if split is None:
        return ground, [
            "The policy was tuned on this table and does not tell which rows its model was trained "
            "on, so every number is too good."
        ]
    kept = np.asarray(sample_of(ground.history.applications, split) != "development", dtype=bool)
    return ground.take(kept), [
        f"The policy was tuned on this table, so only the {kept.sum():,} of its {kept.size:,} "
        "applications count that the policy's model was not trained on."
    ]
