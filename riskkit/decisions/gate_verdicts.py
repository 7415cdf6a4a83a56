"""Every gate's verdict on every application: recorded by a lender, or computed by a policy."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats
from riskkit.applicants import Schema
from riskkit.decisions.coalitions import N_GATES
from riskkit.decisions.deciding import decide
from riskkit.decisions.policy import Policy
from riskkit.errors import DataError
from riskkit.lending import CAUSES

NONE = -1  #: No gate.
_SCORE = CAUSES.index("score")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdicts:
    """What each gate says of each application; gates in the order of ``CAUSES``."""

    failed: Flags  #: Whether it fails, shape (n_applicants, 5).
    unknown: Flags  #: Whether nobody asked it, so that it may have passed or failed; same shape.

    def __len__(self) -> int:
        """Return the number of applications."""
        return len(self.failed)

    @property
    def first_failed(self) -> NDArray[np.intp]:
        """Position of the first gate that is known to fail, -1 for none; shape (n_applicants,)."""
        return np.where(self.failed.any(axis=1), self.failed.argmax(axis=1), NONE)

    def take(self, rows: "Flags | NDArray[np.intp]") -> "GateVerdicts":
        """Return the verdicts on some of the applications."""
        return GateVerdicts(failed=self.failed[rows], unknown=self.unknown[rows])

    def overruled(self, approved: Flags) -> "GateVerdicts":
        """Return the verdicts as they counted: whoever was approved was stopped by none."""
        stopped = ~approved[:, None]
        return GateVerdicts(failed=self.failed & stopped, unknown=self.unknown & stopped)


def recorded_verdicts(table: pd.DataFrame, schema: Schema, approved: Flags) -> GateVerdicts:
    """Return the verdicts that a table records of the past policy.

    Parameters
    ----------
    table : DataFrame
        Past applications, as ``as_history`` checked them.
    schema : Schema
        Names the verdict columns, the column with the cause of each stop, or both.
    approved : array of bool, shape (n_applicants,)
        Whether the past policy approved.

    Returns
    -------
    GateVerdicts
        A verdict that is missing behind the gate that stopped an application is unknown; before
        it, the gate was passed. A gate of which the table knows nothing at all is passed.

    Raises
    ------
    DataError
        If the schema names neither verdicts nor causes, or a stopped application fails no gate.

    Examples
    --------
    >>> from riskkit.applicants import Column
    >>> schema = Schema(columns={"cause": Column(role="stopped_by")})
    >>> table = pd.DataFrame({"cause": ["score", None]})
    >>> verdicts = recorded_verdicts(table, schema, np.array([False, True]))
    >>> verdicts.failed[0].tolist(), verdicts.unknown[0].tolist()
    ([False, False, False, True, False], [False, False, False, False, True])
    """
    columns = {schema.columns[name].gate: name for name in schema.having("verdict")}
    cause = schema.the("stopped_by")
    if not columns and cause is None:
        raise DataError(
            "To blame gates, the schema needs a column with role verdict for each gate, or one "
            "with role stopped_by that names the gate that stopped each application; it has "
            "neither."
        )
    failed = np.zeros((len(table), N_GATES), dtype=bool)
    asked = np.zeros_like(failed)
    for position, gate in enumerate(CAUSES):
        if gate in columns:
            column = table[columns[gate]]
            failed[:, position] = np.asarray(column == "failed")
            asked[:, position] = np.asarray(column.notna())
        elif cause is None:
            asked[:, position] = True
        if cause is not None:
            failed[:, position] |= np.asarray(table[cause] == gate)
    _check_stops(failed, approved)
    first = np.where(failed.any(axis=1), failed.argmax(axis=1), N_GATES)
    behind = np.arange(N_GATES) > first[:, None]
    return GateVerdicts(failed=failed, unknown=~failed & ~asked & behind)


def policy_verdicts(
    policy: Policy, pds: Floats, table: pd.DataFrame, recorded: GateVerdicts
) -> GateVerdicts:
    """Return the verdicts of a policy, computed anew.

    Parameters
    ----------
    policy : Policy
        Gates and cut-off.
    pds : array of float, shape (n_applicants,)
        PD of each application [fraction].
    table : DataFrame
        The applications.
    recorded : GateVerdicts
        Those of the past policy: a gate other than the score that nobody asked then is unknown
        now too, where the policy only reads what was recorded.

    Returns
    -------
    GateVerdicts
        Unknown where the past record is silent and the policy's gate reads it, and of the score
        gate where somebody looks at the application by hand.

    Raises
    ------
    DataError
        If a PD lies outside 0 to 1, or a gate's column is absent or cannot be compared.
    """
    failed = np.zeros((len(table), N_GATES), dtype=bool)
    decisions = decide(policy, pds, table)
    for cause, passed in decisions.verdicts:
        failed[:, CAUSES.index(cause)] |= ~passed
    for position, gate in enumerate(CAUSES):
        failed[:, position] |= decisions.stopped_by == gate
    reviewed = decisions.decision == "review"
    failed[reviewed, _SCORE] = False
    unknown = recorded.unknown & ~failed
    asked = {gate.cause for gate in policy.gates if _reads_record(gate.value)}
    for position, gate in enumerate(CAUSES):
        if gate not in asked:
            unknown[:, position] = False
    unknown[:, _SCORE] = reviewed
    return GateVerdicts(failed=failed, unknown=unknown)


def _reads_record(value: object) -> bool:
    # Gates on recorded verdicts compare with "failed" or "passed", those on causes with a cause.
    values = value if isinstance(value, tuple) else (value,)
    return any(item in {"failed", "passed", *CAUSES} for item in values)


def _check_stops(failed: Flags, approved: Flags) -> None:
    unexplained = np.flatnonzero(~approved & ~failed.any(axis=1))
    if unexplained.size:
        raise DataError(
            f"Every application that was not approved must be stopped by a gate, but "
            f"{unexplained.size} of {approved.size} fail none; the first is in row "
            f"{unexplained[0]}. Name its cause in the column with role stopped_by, or give the "
            "gate a column with role verdict."
        )
