"""The convex hull of a ROC curve: what the best use of cut-offs makes of a ranking.

Pooling neighbouring scores until the bad rate rises with them gives the segments of the hull: of
each, only its goods and bads matter [1]_.

References
----------
.. [1] Fawcett and Niculescu-Mizil (2007), PAV and the ROC convex hull, Machine Learning 68.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression

from riskkit._checks import Floats
from riskkit.scores.labelled import checked_classes

#: Bad rates nearer than this are the same.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Hull:
    """Segments from the safest to the riskiest, as shares of all; shape (n_segments,)."""

    goods: Floats  #: Goods in each segment [fraction of all applicants].
    bads: Floats  #: Bads in each segment [fraction of all applicants].

    @property
    def bad_rates(self) -> Floats:
        """Bads among all in each segment, rising strictly [fraction]."""
        return self.bads / (self.goods + self.bads)

    @property
    def prior(self) -> float:
        """Bads among all [fraction]."""
        return float(self.bads.sum())


def roc_hull(bad: ArrayLike, pds: ArrayLike, weight: ArrayLike | None) -> Hull:
    """Return the hull of the ROC curve.

    Raises
    ------
    DataError
        If the columns differ in length or hold what they may not.
    UndefinedRateError
        If there are no goods or no bads.
    """
    is_bad, ranks, weights = checked_classes(bad, pds, weight)
    _, codes = np.unique(ranks, return_inverse=True)
    share = weights / weights.sum()
    rows = np.bincount(codes, share)
    bads = np.minimum(np.bincount(codes, share * is_bad), rows)
    starts = isotonic_regression(bads / rows, weights=rows).blocks[:-1]
    bads, rows = np.add.reduceat(bads, starts), np.add.reduceat(rows, starts)
    # Segments of one bad rate that rounding told apart are one.
    rising = np.flatnonzero(np.append(True, np.diff(bads / rows) > _ROUNDING))
    bads, rows = np.add.reduceat(bads, rising), np.add.reduceat(rows, rising)
    return Hull(goods=np.maximum(rows - bads, 0.0), bads=bads)
