"""What each applicant is worth under a policy whose segments may have economics of their own."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Flags
from riskkit.applicants import Applications, as_levels
from riskkit.decisions.policy import Policy
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics, LoanValues


def listed_segments(policy: Policy, table: pd.DataFrame) -> NDArray[np.object_]:
    """Return which of the policy's segments each applicant is of.

    Parameters
    ----------
    policy : Policy
        With or without segments.
    table : DataFrame
        The applications, with the segments' column.

    Returns
    -------
    array of str or None, shape (n_applicants,)
        None where the policy lists no such segment.

    Raises
    ------
    DataError
        If the table lacks the column.

    Examples
    --------
    >>> policy = Policy(created="2026-01-31T00:00:00Z", pd_cutoff=0.1, objective="goods",
    ...                 by="channel", segments={"app": {"pd_cutoff": 0.2}},
    ...                 economics=LoanEconomics(), model_hash="")
    >>> listed_segments(policy, pd.DataFrame({"channel": ["app", "kiosk"]})).tolist()
    ['app', None]
    """
    if policy.by is None:
        return np.full(len(table), None, dtype=object)
    if policy.by not in table:
        raise DataError(
            f"The policy has cut-offs by {policy.by!r}, but the table has no such column."
        )
    place = pd.Index(policy.segments).get_indexer(as_levels(table[policy.by]))
    return np.array([*policy.segments, None], dtype=object)[place]  # -1 is the last


def economics_groups(
    policy: Policy, segment: NDArray[np.object_]
) -> tuple[tuple[LoanEconomics, Flags], ...]:
    """Return who is worth what: one part of the applicants for each economics.

    Parameters
    ----------
    policy : Policy
        Its economics are those of whoever has none by segment.
    segment : array of str or None, shape (n_applicants,)
        What `listed_segments` returns.

    Returns
    -------
    tuple of (LoanEconomics, array of bool)
        Everybody is in one part.
    """
    kinds = [policy.economics]
    kind = np.zeros(len(segment), dtype=np.intp)
    for name, listed in policy.segments.items():
        own = listed.economics or policy.economics
        if own not in kinds:
            kinds.append(own)
        kind[segment == name] = kinds.index(own)
    return tuple((economics, kind == place) for place, economics in enumerate(kinds))


def values_of(economics: LoanEconomics | Policy, applications: Applications) -> LoanValues:
    """Return what each applicant is worth under each decision and outcome.

    Parameters
    ----------
    economics : LoanEconomics or Policy
        Of everybody alike, or the policy's, by segment where they differ.
    applications : Applications
        Who applied, and for how much.

    Returns
    -------
    LoanValues
        Money per applicant [currency].

    Raises
    ------
    DataError
        If an amount is negative or above the product's largest, or the table lacks the segments'
        column.
    """
    if isinstance(economics, LoanEconomics):
        return economics.values(applications.amount)
    names = ("good_if_approved", "bad_if_approved", "good_if_stopped")
    found = {name: np.empty(len(applications)) for name in names}
    segment = listed_segments(economics, applications.table)
    for own, rows in economics_groups(economics, segment):
        values = own.values(applications.amount[rows])
        for name in names:
            found[name][rows] = getattr(values, name)
    return LoanValues(**found)
