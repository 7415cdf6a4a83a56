"""The log of decisions: what was decided, by which bundle, on which inputs."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from riskkit.applicants import Applications, as_applications, as_levels
from riskkit.bundle.bundles import Bundle
from riskkit.bundle.seals import seal_hash
from riskkit.decisions import Decisions, Policy, decide
from riskkit.lending import Cause

_TEXT, _NUMBER, _FLAG = pa.string(), pa.float64(), pa.bool_()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """A bundle that decides, and by what it is known in the log."""

    bundle: Bundle  #: Scorer, policy and schema.
    bundle_hash: str  #: SHA-256 of the bundle's manifest [hexadecimal].
    decided_at: datetime  #: When it decides [UTC].

    @classmethod
    def of(cls, bundle: Bundle, folder: Path) -> "Decider":
        """Return the bundle of a folder, ready to decide now."""
        now = datetime.now(UTC).replace(microsecond=0)
        return cls(bundle=bundle, bundle_hash=seal_hash(folder), decided_at=now)

    def by_rules(self, table: pd.DataFrame) -> tuple[Applications, Decisions]:
        """Return applications and what the rules of the policy say of them.

        Raises
        ------
        DataError
            If the table lacks a column that the scorer, a gate or the segments need, or a column
            of it breaks its rule.
        """
        applications = as_applications(table, self.bundle.schema)
        pds = self.bundle.scorer.predict_proba(applications.features)[:, 1]
        return applications, decide(self.bundle.policy, pds, applications.table)


def log_schema(policy: Policy) -> pa.Schema:
    """Return the columns of a log of decisions and their types.

    Parameters
    ----------
    policy : Policy
        Names the gates, each of which has a column for its verdict.

    Returns
    -------
    Schema
        Of Arrow.
    """
    verdicts = [(f"verdict_{name}", _TEXT) for name in policy.gate_names]
    fields = [
        ("application_id", _TEXT),
        ("decided_at", pa.timestamp("us", tz="UTC")),
        ("decision", _TEXT),
        ("stopped_by", _TEXT),
        *verdicts,
        ("pd", _NUMBER),
        ("pd_cutoff", _NUMBER),
        ("margin", _NUMBER),
        ("propensity", _NUMBER),
        ("explored", _FLAG),
        ("unseen_segment", _FLAG),
        ("bundle_hash", _TEXT),
        ("input_hash", _TEXT),
    ]
    return pa.schema(fields)


def log_table(decider: Decider, applications: Applications, decisions: Decisions) -> pa.Table:
    """Return decisions as they are logged.

    Parameters
    ----------
    decider : Decider
        Who decided.
    applications : Applications
        On what.
    decisions : Decisions
        As they are carried out.

    Returns
    -------
    Table
        Of Arrow, one row per application. A verdict is passed, failed, or null where a gate lets
        pass what was not evaluated.
    """
    n, policy = len(applications), decider.bundle.policy
    columns = {
        "application_id": applications.ids,
        "decided_at": np.full(n, np.datetime64(decider.decided_at.replace(tzinfo=None), "us")),
        "decision": decisions.decision,
        "stopped_by": decisions.stopped_by,
        **verdict_columns(policy, decisions.verdicts, applications.table),
        "pd": decisions.pds,
        "pd_cutoff": decisions.pd_cutoff,
        "margin": decisions.margin,
        "propensity": decisions.propensity,
        "explored": decisions.explored,
        "unseen_segment": decisions.unseen,
        "bundle_hash": np.full(n, decider.bundle_hash, dtype=object),
        "input_hash": input_hashes(decider.bundle, applications),
    }
    schema = log_schema(policy)
    arrays = [pa.array(columns[f.name], type=f.type, from_pandas=True) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def verdict_columns(
    policy: Policy,
    verdicts: "tuple[tuple[Cause, NDArray[np.bool_]], ...]",
    table: pd.DataFrame,
) -> dict[str, NDArray[np.object_]]:
    """Return every gate's verdicts in words.

    Parameters
    ----------
    policy : Policy
        Names the gates.
    verdicts : tuple of (cause, array of bool)
        Which applications pass each, in order.
    table : DataFrame
        The applications.

    Returns
    -------
    dict of str to array of object
        By column of the log: passed, failed, or None where the gate's column is empty and the gate
        lets that pass.
    """
    gates = iter(policy.gates)
    columns = {}
    for name, (cause, passed) in zip(policy.gate_names, verdicts, strict=True):
        words = np.where(passed, "passed", "failed").astype(object)
        if cause != "score":
            words[passed & table[next(gates).column].isna().to_numpy()] = None
        columns[f"verdict_{name}"] = words
    return columns


def input_hashes(bundle: Bundle, applications: Applications) -> NDArray[np.object_]:
    """Return a hash of everything that each decision rests on.

    It shows that inputs changed by accident, not that nobody forged them: it has 64 bits and no
    key.

    Parameters
    ----------
    bundle : Bundle
        Names the features, the gates' columns and the segment.
    applications : Applications
        The inputs.

    Returns
    -------
    array of str, shape (n_applicants,)
        16 hexadecimal digits; the same from CSV and Parquet, alone and in any table.
    """
    policy, features = bundle.policy, applications.features
    others = [gate.column for gate in policy.gates] + ([policy.by] if policy.by else [])
    names = [name for name in dict.fromkeys(others) if name not in features]
    levels = {name: as_levels(applications.table[name]) for name in names}
    inputs = features.assign(**levels).reset_index(drop=True)
    named = sha256(repr(list(inputs.columns)).encode()).digest()[:8]
    rows = pd.util.hash_pandas_object(inputs, index=False).to_numpy()
    words = pd.Series(rows ^ np.uint64(int.from_bytes(named))).map("{:016x}".format)
    return words.to_numpy(dtype=object)
