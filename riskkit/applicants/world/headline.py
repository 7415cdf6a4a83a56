"""The headline rates of a world: what a lender sees of it, and what only the truth tells."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskkit._checks import Flags
from riskkit.lending import CAUSES

#: Each rate as the count that is above the line and the one that is below it.
_RATES = {
    "approval_rate": ("approved", "applicants"),
    **{f"stopped_by_{gate}": (f"stopped_by_{gate}", "applicants") for gate in CAUSES},
    "approved_at_random": ("explored", "approved"),
    "known_outcomes": ("known", "applicants"),
    "true_bad_rate": ("bads", "applicants"),
    "true_bad_rate_of_approved": ("approved_bads", "approved"),
    "true_bad_rate_at_score_gate": ("bads_at_score_gate", "at_score_gate"),
    "true_false_rejection_rate": ("goods_stopped_by_score", "goods_at_score_gate"),
    "true_blocked_good_rate": ("good_journeys_not_served", "good_journeys"),
}


def tally(applications: pa.Table, truth: pa.Table) -> Counter[str]:
    """Return counts of applicants; those of two parts add up to those of the whole.

    Parameters
    ----------
    applications : pyarrow.Table
        Applications of a world, or some of them.
    truth : pyarrow.Table
        Their truth, row for row.

    Returns
    -------
    Counter
        Applicants by decision and true outcome. Whoever tries again within a journey counts once
        among the journeys, as served if an attempt is served.
    """
    approved, bad = _numbers(applications, "approved") == 1, _numbers(truth, "truth_bad") == 1
    stopped_by = applications["stopped_by"]
    causes = {gate: _is(stopped_by, gate) for gate in CAUSES}
    propensity = _numbers(applications, "propensity")
    reached = ~np.isnan(propensity)
    first = _numbers(applications, "attempt") == 1
    served = _numbers(truth, "truth_served") == 1
    populations = {
        "applicants": np.ones_like(approved),
        "approved": approved,
        **{f"stopped_by_{gate}": stopped for gate, stopped in causes.items()},
        **{f"goods_stopped_by_{gate}": stopped & ~bad for gate, stopped in causes.items()},
        "explored": approved & (propensity < 1),
        "known": ~np.isnan(_numbers(applications, "bad")),
        "bads": bad,
        "approved_bads": approved & bad,
        "at_score_gate": reached,
        "bads_at_score_gate": reached & bad,
        "goods_at_score_gate": reached & ~bad,
        "goods": ~bad,
        "good_journeys": first & ~bad,
        "good_journeys_not_served": first & ~bad & ~served,
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
    >>> rates["approval_rate"], round(rates["true_bad_rate_of_approved"], 3)
    (0.6, 0.167)
    """
    return {
        name: counts.get(above, 0) / counts[below]
        for name, (above, below) in _RATES.items()
        if counts.get(below, 0)
    }


def _numbers(table: pa.Table, name: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return pc.fill_null(table[name].cast(pa.float64()), np.nan).to_numpy()


def _is(column: pa.ChunkedArray, value: str) -> Flags:
    return np.asarray(pc.fill_null(pc.equal(column, value), False))  # noqa: FBT003 - null is no
