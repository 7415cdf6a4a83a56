"""The account of a table whose rows count by sampling weights."""

from dataclasses import replace
from typing import cast

import numpy as np

from riskkit._checks import Floats
from riskkit.decisions._sides import share
from riskkit.decisions.bands import BandFinder, default_edges
from riskkit.decisions.ledger import (
    CENTS,
    MILLION,
    STRATA,
    Counts,
    ScoredOutcomes,
    ScoreLedger,
)
from riskkit.decisions.recalibration import band_model
from riskkit.selection import effective_weights


def weighted_ledger(scored: ScoredOutcomes, weight: Floats) -> ScoreLedger:
    """Account for weighted rows, with what it takes for the variance of their sums.

    Weights are put on one scale, on which they add up to Kish's effective number of rows [1]_:
    rates are the weighted ones. How much they tell at a cut-off depends on whose weights count
    there, so that sums of squares come along, of heads and of their bads (known, or expected and
    put right by the labelled). Heads are not whole: such a ledger neither streams nor is saved.

    Parameters
    ----------
    scored : ScoredOutcomes
        Applicants at the score gate, without groups.
    weight : array of float, shape (n_applicants,)
        Sampling weights, positive: each row stands for so many applicants.

    Returns
    -------
    ScoreLedger
        With sums of floats, and those of squares: ``nn``, ``nb`` and ``bb`` of heads and bads,
        times the power of the amount in their names.

    References
    ----------
    .. [1] Kish (1965), Survey Sampling, section 11.7.

    Examples
    --------
    >>> scored = ScoredOutcomes(pds=np.array([0.01, 0.2]), bad=np.array([0.0, 1.0]),
    ...                         propensity=np.ones(2), amount=np.full(2, 100.0))
    >>> ledger = weighted_ledger(scored, np.array([3.0, 1.0]))
    >>> total = ledger.total()
    >>> float(total["bads"].sum() / total["applicants"].sum())
    0.25
    >>> float(total["applicants"].sum())  # 4 squared over 3 squared + 1 squared
    1.6
    """
    edges = default_edges()
    heads = effective_weights(weight)
    known, reachable = ~np.isnan(scored.bad), scored.propensity > 0
    seen = heads * (known & reachable)
    bad = np.where(known, scored.bad, 0.0)
    inverse = 1 / np.where(reachable, scored.propensity, 1.0)
    amount = scored.amount
    stratum = np.where(scored.propensity == 1, 0, np.where(reachable, 1, 2))
    place = stratum * len(edges) + BandFinder(edges)(np.ascontiguousarray(scored.pds))

    def summed(rows: dict[str, Floats]) -> dict[str, Counts]:
        shape = (1, len(STRATA), len(edges))
        sums = {
            name: np.bincount(place, weights=values, minlength=np.prod(shape)).reshape(shape)
            for name, values in rows.items()
        }
        return cast("dict[str, Counts]", sums)

    measures = {
        "applicants": heads,
        "amount": heads * amount * CENTS,
        "labelled": seen,
        "bads": seen * bad,
        "weight": seen * inverse * MILLION,
        "weight_squared": (seen * inverse) ** 2 * MILLION,
        "weighted_bads": seen * inverse * bad * MILLION,
        "weighted_amount": seen * inverse * amount * CENTS,
        "weighted_bad_amount": seen * inverse * amount * bad * CENTS,
        "weighted_square_amount": seen * inverse * amount**2,
        "weighted_square_bad_amount": seen * inverse * amount**2 * bad,
    }
    ledger = ScoreLedger(edges=edges, sums=summed(measures))
    expected = band_model(ledger).bad_rates.ravel()[place]
    # The labelled speak for their stratum: what they miss of the model counts for all of it.
    n, seen_n = (
        np.bincount(stratum, weights=values, minlength=len(STRATA))
        for values in (heads, seen * inverse)
    )
    each = share(n, seen_n)[stratum]
    expected_bads = heads * expected + seen * inverse * each * (bad - expected)
    squares = {
        f"{pair}{power}": product * amount**power
        for pair, product in (
            ("nn", heads**2),
            ("nb", heads * expected_bads),
            ("bb", expected_bads**2),
        )
        for power in (0, 1, 2)
    }
    labelled, by_weight = (seen > 0).astype(np.float64), seen * inverse
    squares |= {"rows": labelled, "bad_rows": labelled * bad}
    for power in (0, 2):
        squares[f"ww{power}"] = by_weight**2 * amount**power
        squares[f"bad_ww{power}"] = squares[f"ww{power}"] * bad
    return replace(ledger, sums=ledger.sums | summed(squares))
