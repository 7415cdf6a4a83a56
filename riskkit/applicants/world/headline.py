"""The headline rates of a world: what a lender sees of it, and what only the truth tells."""

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from riskkit.applicants.world.journey import GATES

#: Each rate as the count that is above the line and the one that is below it.
_RATES = {
    "approval_rate": ("approved", "applicants"),
    **{f"stopped_by_{gate}": (f"stopped_by_{gate}", "applicants") for gate in GATES},
    "approved_at_random": ("explored", "approved"),
    "known_outcomes": ("known", "applicants"),
    "true_bad_rate": ("approved_bads", "approved"),
    "true_bad_rate_at_score_gate": ("bads_at_score_gate", "at_score_gate"),
    "true_false_rejection_rate": ("goods_stopped_by_score", "goods_at_score_gate"),
    "true_blocked_good_rate": ("goods_stopped", "goods"),
}


def tally(applications: pd.DataFrame, truth: pd.DataFrame) -> Counter[str]:
    """Return counts of applicants; those of two parts add up to those of the whole.

    Parameters
    ----------
    applications : DataFrame
        Applications of a world, or some of them.
    truth : DataFrame
        Their truth, row for row.

    Returns
    -------
    Counter
        Applicants by decision and true outcome.
    """
    approved, bad = applications["approved"] == 1, truth["truth_bad"] == 1
    reached = applications["propensity"].notna()
    populations = {
        "applicants": pd.Series(data=True, index=applications.index),
        "approved": approved,
        **{f"stopped_by_{gate}": applications["stopped_by"] == gate for gate in GATES},
        "explored": approved & (applications["propensity"] < 1),
        "known": applications["bad"].notna(),
        "approved_bads": approved & bad,
        "at_score_gate": reached,
        "bads_at_score_gate": reached & bad,
        "goods_at_score_gate": reached & ~bad,
        "goods_stopped_by_score": reached & ~bad & ~approved,
        "goods": ~bad,
        "goods_stopped": ~bad & ~approved,
    }
    return Counter({name: int(members.sum()) for name, members in populations.items()})


def headline_rates(counts: Mapping[str, int]) -> dict[str, float]:
    """Return the rates that describe a world.

    Parameters
    ----------
    counts : mapping of str to int
        What ``write_world`` returns, or ``World.counts``.

    Returns
    -------
    dict of str to float
        Rates by name [fraction]; a rate with nobody in its denominator is left out.

    Examples
    --------
    >>> counts = {"applicants": 10, "approved": 6, "approved_bads": 1}
    >>> rates = headline_rates(counts)
    >>> rates["approval_rate"], round(rates["true_bad_rate"], 3)
    (0.6, 0.167)
    """
    return {
        name: counts.get(above, 0) / counts[below]
        for name, (above, below) in _RATES.items()
        if counts.get(below, 0)
    }
