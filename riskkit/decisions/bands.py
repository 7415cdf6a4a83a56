"""PD bands: every cut-off is the upper end of one, and finding the band of a PD is exact and fast.

A PD lies in the first band whose upper end is not below it: the very comparison ``pd <= cutoff``
that decides. A binary search over thousands of edges costs most of a pass over the rows; instead
the leading bits of the PD (its exponent and twelve bits of its mantissa) point into a table that
knows the band to within one edge, and one comparison settles it.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.errors import DataError

#: Bits of a PD's mantissa that the table leaves out: 2^-12 apart, finer than the default bands.
_SHIFT = 40
#: Below this PD no table is kept.
_SMALLEST = 2.0**-24
_LOWEST, _STEP, _N_EDGES = -14.0, 0.0015, 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    first_cell: int
    band: NDArray[np.int64]  # of the lowest PD of each cell
    sparse_from: float  # below, and from the next on, several edges may share a cell
    crowded_from: float


@cache
def default_edges() -> Floats:
    """Return the edges that ledgers share: even steps in log-odds, the last one 1.

    Returns
    -------
    array of float, shape (16384,)
        PDs, rising; steps of 0.0015 in log-odds put a cut-off within 0.15 % of any PD between
        one in a million and 0.9999.

    Examples
    --------
    >>> len(default_edges()), float(default_edges()[-1])
    (16384, 1.0)
    """
    log_odds = _LOWEST + _STEP * np.arange(_N_EDGES - 1)
    edges = np.append(1 / (1 + np.exp(-log_odds)), 1.0)
    edges.flags.writeable = False
    return edges


def check_edges(edges: Floats) -> None:
    """Refuse band edges that do not rise strictly to 1.

    Parameters
    ----------
    edges : array of float, shape (n_bands,)
        Upper ends of the bands [fraction].

    Raises
    ------
    DataError
        If they do not rise strictly, lie outside (0, 1], or do not end at 1.
    """
    fine = edges.ndim == 1 and edges.size and edges[0] > 0 and edges[-1] == 1
    if not fine or not (np.diff(edges) > 0).all():
        raise DataError(
            "edges must be PDs above 0 that rise strictly and end at 1, but are "
            f"{np.array2string(edges, threshold=6, edgeitems=2)}."
        )


def edge_above(cutoffs: Floats) -> Floats:
    """Return for each PD the lowest default edge that is not below it, so that it is approved.

    Parameters
    ----------
    cutoffs : array of float, shape (n_cutoffs,)
        PDs [fraction].

    Returns
    -------
    array of float, shape (n_cutoffs,)
        Band edges [fraction].

    Examples
    --------
    >>> edge_above(np.array([0.99999, 1.0])).tolist()
    [1.0, 1.0]
    """
    edges = default_edges()
    return edges[np.searchsorted(edges, cutoffs)]


class BandFinder:
    """Finds the band of each PD; made once for given edges.

    Parameters
    ----------
    edges : array of float, shape (n_bands,)
        Upper ends of the bands, rising to 1 [fraction].

    Examples
    --------
    >>> BandFinder(np.array([0.1, 0.5, 1.0]))(np.array([0.0, 0.1, 0.3, 1.0]))
    array([0, 0, 1, 2])
    """

    def __init__(self, edges: Floats) -> None:
        check_edges(edges)
        self.edges = edges
        self._table = _default_table() if edges is default_edges() else _table(edges)

    def __call__(self, pds: Floats) -> NDArray[np.int64]:
        """Return the band of each PD.

        Parameters
        ----------
        pds : array of float, shape (n_applicants,)
            PDs from 0 to 1, contiguous [fraction].

        Returns
        -------
        array of int, shape (n_applicants,)
            Place of the first edge that is not below the PD.
        """
        table = self._table
        cells = np.right_shift(pds.view(np.int64), _SHIFT)
        cells -= table.first_cell
        np.maximum(cells, 0, out=cells)  # whatever lies below the first edge
        bands = table.band[cells]
        bands += pds > self.edges[bands]
        crowded = np.flatnonzero((pds >= table.crowded_from) | (pds < table.sparse_from))
        if crowded.size:
            bands[crowded] = np.searchsorted(self.edges, pds[crowded])
        return bands


@cache
def _default_table() -> _Table:
    return _table(default_edges())


def _table(edges: Floats) -> _Table:
    lowest = max(float(edges[0]), _SMALLEST)
    first, last = (int(v) >> _SHIFT for v in np.array([lowest, 1.0]).view(np.int64))
    starts = (np.arange(first, last + 2) << _SHIFT).view(np.float64)
    band = np.searchsorted(edges, starts[:-1])
    band_of_last = np.searchsorted(edges, np.nextafter(starts[1:], 0))
    crowded = np.flatnonzero(band_of_last > band + 1)
    return _Table(
        first_cell=first,
        band=np.minimum(band, len(edges) - 1),
        sparse_from=_SMALLEST if edges[0] < _SMALLEST else 0.0,
        crowded_from=float(starts[crowded[0]]) if crowded.size else np.inf,
    )
