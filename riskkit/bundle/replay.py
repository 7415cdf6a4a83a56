"""A logged decision, found again and checked against what the bundle decides on the same inputs."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import dataset as ds

from riskkit.applicants import Applications
from riskkit.bundle.decision_log import Decider, input_hashes, log_schema, verdict_columns
from riskkit.decisions import Decisions, ReviewQueue, decide, settle
from riskkit.errors import DataError
from riskkit.lending import Cause

#: On another machine PDs may differ in their last digits [fraction].
PD_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One decision as it was carried out."""

    application_id: str  #: Whose.
    decided_at: datetime  #: When [UTC].
    decision: str  #: "approve", "review" or "reject".
    stopped_by: Cause | None  #: Cause of the first gate that failed; None if not rejected.
    propensity: float | None  #: Chance of approval at the score gate; None where there is none.
    explored: bool  #: Approved at random.


def replay(decider: Decider, log: Path, applications: Applications, application_id: str) -> Logged:
    """Take a logged decision again, and return it if everything is as it was.

    The day's capacity for reviews is taken from the log: it depended on others.

    Parameters
    ----------
    decider : Decider
        The bundle that decided.
    log : Path
        What ``riskkit decide`` wrote.
    applications : Applications
        A table with the application as it was.
    application_id : str
        Which.

    Returns
    -------
    Logged
        The decision.

    Raises
    ------
    DataError
        If the log holds no such decision, or more than one, or cannot be read; or if the bundle,
        the inputs, the PD, a verdict or the decision differ from what was logged.
    """
    row = _row(log, application_id, log_schema(decider.bundle.policy))
    one = applications.take(np.array([applications.row_of(application_id)]))
    if row["bundle_hash"] != decider.bundle_hash:
        raise DataError(
            f"The decision on {application_id} was taken by the bundle {row['bundle_hash'][:12]}, "
            f"but the policy given is {decider.bundle_hash[:12]}; give the one that decided."
        )
    found = str(input_hashes(decider.bundle, one)[0])
    if row["input_hash"] != found:
        raise DataError(
            f"The inputs of {application_id} are not those that were decided on "
            f"{row['decided_at']:%Y-%m-%d %H:%M} (hash {found}, logged {row['input_hash']}); give "
            "the table as it was then."
        )
    pds = decider.bundle.scorer.predict_proba(one.features)[:, 1]
    if not abs(pds[0] - row["pd"]) <= PD_TOLERANCE:
        raise DataError(
            f"The PD of {application_id} is {pds[0]:.12g}, but {row['pd']:.12g} was logged: the "
            "scorer does not give what it gave."
        )
    _check_same(decider, row, one, decide(decider.bundle.policy, pds, one.table))
    return Logged(
        application_id=application_id,
        decided_at=row["decided_at"],
        decision=row["decision"],
        stopped_by=row["stopped_by"],
        propensity=row["propensity"],
        explored=row["explored"],
    )


def _row(log: Path, application_id: str, columns: pa.Schema) -> dict[str, Any]:
    if not log.is_file():
        raise DataError(f"{log} does not exist.")
    try:
        dataset = ds.dataset(log, format="parquet")
        absent = [name for name in columns.names if name not in dataset.schema.names]
        if absent:
            raise DataError(
                f"{log} is not a log of this policy's decisions: it has no column {absent[0]!r}."
            )
        chosen = pc.field("application_id") == application_id
        rows = dataset.to_table(columns=columns.names, filter=chosen).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{log} cannot be read: {str(error).splitlines()[0]}") from None
    if len(rows) != 1:
        n = len(rows) or "no"
        raise DataError(f"{log} must hold one decision on {application_id}, but holds {n}.")
    return dict(rows[0])


def _check_same(
    decider: Decider, row: dict[str, Any], one: Applications, by_rules: Decisions
) -> None:
    policy = decider.bundle.policy
    for name, words in verdict_columns(policy, by_rules.verdicts, one.table).items():
        if words[0] != row[name]:
            raise DataError(
                f"The {name.removeprefix('verdict_')} gate says {words[0]} of "
                f"{row['application_id']}, but {row[name]} was logged."
            )
    decided = {by_rules.decision[0]}
    if by_rules.decision[0] == "review":
        decided.add("reject")  # no place in the day
    if row["explored"] and settle(policy, by_rules, ids=one.ids, queue=ReviewQueue(0)).explored[0]:
        decided = {"approve"}
    if row["decision"] not in decided:
        raise DataError(
            f"The policy decides {' or '.join(sorted(decided))} on {row['application_id']}, but "
            f"{row['decision']} was logged."
        )
