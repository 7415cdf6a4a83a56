"""The account of a table whose rows count by sampling weights."""

from typing import cast

import numpy as np

from riskkit._checks import Floats
from riskkit.decisions.bands import BandFinder, default_edges
from riskkit.decisions.ledger import (
    CENTS,
    MEASURES,
    MILLION,
    STRATA,
    Counts,
    ScoredOutcomes,
    ScoreLedger,
)


def weighted_ledger(scored: ScoredOutcomes, weight: Floats) -> ScoreLedger:
    """Account for weighted rows, in as many heads as tell as much as they do.

    All weights are put on one scale, on which they add up to Kish's effective number of rows
    [1]_: rates are the weighted ones, and intervals that count heads are as wide as for a plain
    sample of that number. Heads are not whole, so that such a ledger neither streams nor is saved.

    Parameters
    ----------
    scored : ScoredOutcomes
        Applicants at the score gate, without groups.
    weight : array of float, shape (n_applicants,)
        Sampling weights, positive: each row stands for so many applicants.

    Returns
    -------
    ScoreLedger
        With sums of floats.

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
    heads = weight * (weight.sum() / (weight**2).sum())
    known, reachable = ~np.isnan(scored.bad), scored.propensity > 0
    seen = heads * (known & reachable)
    bad = np.where(known, scored.bad, 0.0)
    inverse = 1 / np.where(reachable, scored.propensity, 1.0)
    amount = scored.amount
    stratum = np.where(scored.propensity == 1, 0, np.where(reachable, 1, 2))
    place = stratum * len(edges) + BandFinder(edges)(np.ascontiguousarray(scored.pds))
    rows = {
        "applicants": heads,
        "amount": heads * amount * CENTS,
        "labelled": seen,
        "bads": seen * bad,
        "weight": seen * inverse * MILLION,
        "weight_squared": seen * inverse**2 * MILLION,
        "weighted_bads": seen * inverse * bad * MILLION,
        "weighted_amount": seen * inverse * amount * CENTS,
        "weighted_bad_amount": seen * inverse * amount * bad * CENTS,
        "weighted_square_amount": seen * inverse * amount**2,
        "weighted_square_bad_amount": seen * inverse * amount**2 * bad,
    }
    shape = (1, len(STRATA), len(edges))
    sums = {
        name: np.bincount(place, weights=rows[name], minlength=np.prod(shape)).reshape(shape)
        for name in MEASURES
    }
    return ScoreLedger(edges=edges, sums=cast("dict[str, Counts]", sums))
