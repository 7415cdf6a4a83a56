"""The whole decision: gates in order and the cut-off, in one readable file."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from riskkit._checks import Flags, Floats, as_fractions
from riskkit._records import STRICT, read_record, write_record
from riskkit.applicants import Schema
from riskkit.lending import CAUSES, Cause, Gate, Limit, LoanEconomics, first_failing, passes


class Policy(BaseModel):
    """What a lender decides by, as it stands in ``policy.yaml``."""

    model_config = STRICT

    version: Literal[1] = 1  #: Of the file's format.
    created: datetime  #: When it was tuned [UTC].
    note: str = ""  #: Why it was changed.
    gates: tuple[Gate, ...] = ()  #: Everything but the score; asked in the order of their causes.
    pd_cutoff: float = Field(gt=0, le=1)  #: Approved if PD <= this [fraction].
    objective: str  #: What the cut-off was chosen for.
    limits: tuple[Limit, ...] = ()  #: What it was to keep to.
    certified: str = ""  #: What is certified of it, and for whom.
    economics: LoanEconomics  #: What goods, bads and wrongly stopped goods are worth.
    model_hash: str  #: SHA-256 of the scorer's files [hexadecimal].

    @classmethod
    def read(cls, path: Path) -> "Policy":
        """Read a policy from YAML.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        Policy
            What it says.

        Raises
        ------
        DataError
            If the file is absent, is not YAML, or breaks a rule: the key and the rule are named.
        """
        return read_record(cls, path)

    def write(self, path: Path) -> None:
        """Write the policy as YAML.

        Parameters
        ----------
        path : Path
            The file to write.
        """
        write_record(self, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What a policy decides; every array has shape (n_applicants,)."""

    approved: Flags  #: Passed every gate.
    stopped_by: NDArray[np.object_]  #: Cause of the first gate that failed, or None.
    verdicts: tuple[tuple[Cause, Flags], ...]  #: Every gate's own verdict, in order.
    margin: Floats  #: Log-odds between the PD and the cut-off; not negative where the score passes.


def decide(policy: Policy, pds: Floats, table: pd.DataFrame) -> Decisions:
    """Decide on applications.

    Parameters
    ----------
    policy : Policy
        Gates and cut-off.
    pds : array of float, shape (n_applicants,)
        PD of each application [fraction].
    table : DataFrame
        The applications, with the columns that the gates compare.

    Returns
    -------
    Decisions
        Every gate's verdict and what follows.

    Raises
    ------
    DataError
        If a PD lies outside 0 to 1, or a gate's column is absent or cannot be compared.

    Examples
    --------
    >>> policy = Policy(created="2026-01-31T00:00:00Z", pd_cutoff=0.1, objective="goods",
    ...                 economics=LoanEconomics(), model_hash="")
    >>> decide(policy, np.array([0.05, 0.2]), pd.DataFrame(index=[0, 1])).stopped_by.tolist()
    [None, 'score']
    """
    (fractions,) = as_fractions(pds=pds)
    verdicts = [(gate.cause, passes(gate, table)) for gate in policy.gates]
    verdicts.append(("score", fractions <= policy.pd_cutoff))
    verdicts.sort(key=lambda verdict: CAUSES.index(verdict[0]))
    stopped_by = first_failing(verdicts)
    return Decisions(
        approved=pd.isna(stopped_by),
        stopped_by=stopped_by,
        verdicts=tuple(verdicts),
        margin=_log_odds(np.array([policy.pd_cutoff])) - _log_odds(fractions),
    )


def recorded_gates(schema: Schema) -> tuple[Gate, ...]:
    """Return the gates other than the score whose verdicts a table records.

    Parameters
    ----------
    schema : Schema
        Names the verdict columns, or the column with the cause of each stop.

    Returns
    -------
    tuple of Gate
        One gate for each cause, or each cause with a verdict column where there is no column for
        the cause of a stop; what was not evaluated passes.

    Examples
    --------
    >>> from riskkit.applicants import Column
    >>> schema = Schema(columns={"timed_out": Column(role="verdict", gate="system")})
    >>> [gate.column for gate in recorded_gates(schema)]
    ['timed_out']
    """
    verdicts = {schema.columns[name].gate: name for name in schema.having("verdict")}
    stopped_by = schema.the("stopped_by")
    gates = []
    for cause in CAUSES:
        if cause == "score":
            continue  # the cut-off takes its place
        if cause in verdicts:
            gates.append(Gate(cause=cause, column=verdicts[cause], comparison="!=", value="failed"))
        elif stopped_by is not None:
            gates.append(Gate(cause=cause, column=stopped_by, comparison="!=", value=cause))
    return tuple(gates)


def _log_odds(pds: Floats) -> Floats:
    # A PD of 0 or 1 (other people's models give them) is as far from the cut-off as can be said.
    inside = np.clip(pds, 1e-15, 1 - 1e-15)
    return np.asarray(np.log(inside) - np.log1p(-inside))
