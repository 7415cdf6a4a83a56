"""Groups of applicants with similar PDs or propensities, each with enough known outcomes."""

import itertools

import numpy as np

from riskkit._checks import Flags, Floats
from riskkit.scores.columns import Codes

#: A band with fewer known outcomes joins its neighbour.
FEWEST_KNOWN = 20


def quantile_bands(values: Floats, n_bands: int) -> Codes:
    """Return the band of each value, from 0 for the lowest; equal values share one."""
    edges = np.unique(np.quantile(values, np.arange(1, n_bands) / n_bands))
    return np.searchsorted(edges, values, side="left")


def merged_bands(bands: Codes, known: Flags, *, towards: int) -> Codes:
    """Return bands of which each has enough known outcomes, if there are so many at all.

    Walks `towards` 1, from the lowest band up, or -1, from the highest down: a band with too few
    joins the next one, the last one joins the one before it.
    """
    n_bands = int(bands.max()) + 1
    counts = np.bincount(bands[known], minlength=n_bands)
    joined = np.arange(n_bands)
    walk = range(n_bands)[::towards]
    for here, following in itertools.pairwise(walk):
        if counts[here] < FEWEST_KNOWN:
            joined[joined == here] = following
            counts[following] += counts[here]
            counts[here] = 0
    last = walk[-1]
    before = [band for band in walk[:-1] if counts[band] > 0]
    if counts[last] < FEWEST_KNOWN and before:
        joined[joined == last] = before[-1]
    return joined[bands]
