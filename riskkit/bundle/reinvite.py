"""Customers worth inviting again: stopped by our failure, or by a policy that was too strict."""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.applicants import Applications
from riskkit.decisions import Decisions, Policy, economics_groups
from riskkit.lending import LoanEconomics

RETRY, BLOCKED = "system_stop", "wrongly_blocked"

REINVITE_SCHEMA = pa.schema(
    [
        ("application_id", pa.string()),
        ("why", pa.string()),
        ("previous_stopped_by", pa.string()),
        ("pd", pa.float64()),
        ("expected_value", pa.float64()),
    ]
)


def reinvited(
    applications: Applications,
    decisions: Decisions,
    *,
    policy: Policy,
    previous: Decisions | None = None,
) -> pa.Table:
    """Return who is worth inviting again.

    ``system_stop``: the platform failed, and every other gate would let them pass.
    ``wrongly_blocked``: the previous policy rejects them, for whatever else, and this one approves.

    Parameters
    ----------
    applications : Applications
        Who applied, and for how much.
    decisions : Decisions
        By the rules of the policy.
    policy : Policy
        For what goods and bads are worth, by segment where they differ.
    previous : Decisions, optional
        By the rules of the policy before it.

    Returns
    -------
    Table
        Of Arrow, with ``expected_value``: what approving is worth beyond stopping, given the PD
        [currency]. It takes for granted that whoever is invited comes; only those whose value is
        positive are listed.
    """
    others = [passed for cause, passed in decisions.verdicts if cause != "system"]
    retry = (decisions.stopped_by == "system") & np.all(others, axis=0) & ~decisions.unseen
    why = np.full(len(applications), None, dtype=object)
    why[retry] = RETRY
    before = np.full(len(applications), None, dtype=object)
    if previous is not None:
        blocked = (previous.decision == "reject") & (previous.stopped_by != "system")
        why[blocked & decisions.approved] = BLOCKED
        before = previous.stopped_by
    worth = np.empty(len(applications))
    for economics, part in economics_groups(policy, decisions.segment):
        worth[part] = expected_gain(decisions.pds[part], applications.amount[part], economics)
    rows = np.flatnonzero(~pd.isna(why) & (worth > 0))
    columns: list[NDArray[np.generic]] = [
        applications.ids[rows], why[rows], before[rows], decisions.pds[rows], worth[rows]
    ]  # fmt: skip
    arrays = [
        pa.array(column, type=field.type, from_pandas=True)
        for column, field in zip(columns, REINVITE_SCHEMA, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=REINVITE_SCHEMA)


def expected_gain(pds: Floats, amount: Floats, economics: LoanEconomics) -> Floats:
    """Return what approving is worth beyond stopping, given the PD.

    Parameters
    ----------
    pds : array of float, shape (n_applicants,)
        PDs [fraction].
    amount : array of float, shape (n_applicants,)
        Amount applied for; what is above `amount_max` is not granted [currency].
    economics : LoanEconomics
        What goods and bads are worth.

    Returns
    -------
    array of float, shape (n_applicants,)
        [currency].

    Raises
    ------
    DataError
        If an amount is negative.

    Examples
    --------
    >>> economics = LoanEconomics(margin=0.06, lgd=0.5, churn=0)
    >>> expected_gain(np.array([0.1]), np.array([100.0]), economics).round(6)
    array([0.4])
    """
    granted = amount if economics.amount_max is None else np.minimum(amount, economics.amount_max)
    values = economics.values(granted)
    good = values.good_if_approved - values.good_if_stopped
    return np.asarray((1 - pds) * good + pds * values.bad_if_approved)
