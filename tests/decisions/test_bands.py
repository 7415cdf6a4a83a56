"""riskkit.decisions.bands"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskkit.decisions import cutoff_grid, default_edges, edge_above
from riskkit.decisions.bands import BandFinder
from riskkit.errors import DataError

unit = st.floats(0, 1)


class TestEdgeAbove:
    def test_is_within_the_promised_precision(self):
        pds = np.geomspace(1e-5, 0.999, 5000)

        edges = edge_above(pds)

        assert ((edges >= pds) & (edges - pds <= 0.00151 * pds)).all()

    def test_gives_the_lowest_edge_to_what_lies_below_all(self):
        assert edge_above(np.array([0.0])) == edge_above(np.array([1e-9]))

    def test_keeps_the_levels_of_tied_pds(self):
        pds = np.repeat([0.011, 0.023, 0.037, 0.052, 0.09], [100, 100, 100, 100, 600])

        grid = cutoff_grid(edge_above(pds), n_cutoffs=10)

        assert grid.levels.tolist() == [(pds <= cutoff).mean() for cutoff in grid.cutoffs]
        assert grid.levels[-1] == 1


class TestDefaultEdges:
    def test_cannot_be_altered_by_a_caller(self):
        with pytest.raises(ValueError, match="read-only"):
            default_edges()[0] = 0.5


class TestBandFinder:
    @settings(deadline=None)
    @given(pds=st.lists(unit, min_size=1))
    def test_agrees_with_a_binary_search(self, pds):
        pds = np.array(pds)

        assert (BandFinder(default_edges())(pds) == np.searchsorted(default_edges(), pds)).all()

    @settings(deadline=None)
    @given(
        edges=st.lists(st.floats(1e-300, 1, exclude_max=True), max_size=30, unique=True),
        pds=st.lists(unit, min_size=1),
    )
    def test_agrees_with_a_binary_search_whatever_the_edges(self, edges, pds):
        edges, pds = np.array([*sorted(edges), 1.0]), np.array(pds)

        assert (BandFinder(edges)(pds) == np.searchsorted(edges, pds)).all()

    def test_agrees_on_the_edges_and_beside_them(self):
        edges = default_edges()
        pds = np.concatenate([edges, np.nextafter(edges, 0), np.nextafter(edges, 1).clip(0, 1)])

        assert (BandFinder(edges)(pds) == np.searchsorted(edges, pds)).all()

    @pytest.mark.parametrize("edges", [[0.1, 0.1, 1], [0.0, 1], [0.1, 0.9], [1.0, 0.5, 1], []])
    def test_refuses_edges_that_do_not_rise_to_one(self, edges):
        with pytest.raises(DataError, match=r"edges must be PDs above 0 that rise strictly"):
            BandFinder(np.array(edges, dtype=float))
