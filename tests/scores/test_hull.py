"""riskkit.scores.hull"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial import ConvexHull
from sklearn.metrics import roc_curve

from riskkit.scores.hull import roc_hull


class TestRocHull:
    def test_pools_until_the_bad_rate_rises(self):
        hull = roc_hull([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4], None)

        assert hull.bad_rates == pytest.approx([0, 1 / 2, 1])
        assert hull.goods == pytest.approx([1 / 4, 1 / 4, 0])
        assert hull.prior == pytest.approx(2 / 4)

    def test_pools_equal_bad_rates_that_rounding_tells_apart(self):
        bad = [1] * 16 + [0] * 3 + [1] * 16 + [0] * 3 + [1, 1]
        pds = [0.0] * 19 + [1.0] * 10 + [2.0] * 4 + [3.0] * 5 + [4.0] * 2

        assert (np.diff(roc_hull(bad, pds, None).bad_rates) > 0).all()

    @settings(max_examples=40)
    @given(bad=arrays(bool, 40), pds=arrays(float, 40, elements=st.integers(0, 15).map(float)))
    def test_has_the_area_of_the_convex_hull_of_the_curve(self, bad, pds):
        bad[:2] = [True, False]

        hull = roc_hull(bad, pds, None)

        x, y, _ = roc_curve(bad, pds, drop_intermediate=False)
        around = ConvexHull(np.column_stack([[*x, 1.0], [*y, 0.0]])).volume
        flagged = np.concatenate([[0], np.cumsum(hull.bads[::-1])]) / hull.prior
        false = np.concatenate([[0], np.cumsum(hull.goods[::-1])]) / (1 - hull.prior)
        assert np.trapezoid(flagged, false) == pytest.approx(around)
        assert (np.diff(hull.bad_rates) > 0).all()
