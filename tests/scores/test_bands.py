"""riskkit.scores.bands"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskkit.scores.bands import FEWEST_KNOWN, merged_bands, quantile_bands


class TestQuantileBands:
    def test_are_equally_large(self):
        bands = quantile_bands(np.arange(100.0), 4)

        assert np.bincount(bands).tolist() == [25] * 4

    def test_equal_values_share_one(self):
        assert quantile_bands(np.repeat([0.1, 0.9], [99, 1]), 10).tolist() == [0] * 99 + [1]


class TestMergedBands:
    def test_join_the_neighbour_they_walk_towards(self):
        bands = np.repeat([0, 1, 2], 50)
        known = np.ones(150, dtype=bool)
        known[50:95] = False  # five known in band 1

        assert set(merged_bands(bands, known, towards=1)[50:100]) == {2}
        assert set(merged_bands(bands, known, towards=-1)[50:100]) == {0}

    def test_the_last_one_joins_the_one_before(self):
        bands, known = np.repeat([0, 1], 50), np.arange(100) < 60

        assert set(merged_bands(bands, known, towards=1)) == {0}

    def test_are_one_where_little_is_known_at_all(self):
        bands, known = np.repeat([0, 1, 2], 10), np.arange(30) % 3 == 0

        assert len(set(merged_bands(bands, known, towards=1))) == 1

    @given(
        bands=arrays(np.intp, 200, elements=st.integers(0, 6)),
        known=arrays(bool, 200),
        towards=st.sampled_from([1, -1]),
    )
    def test_each_has_enough_known_outcomes(self, bands, known, towards):
        merged = merged_bands(bands, known, towards=towards)

        counts = np.bincount(merged[known], minlength=7)[np.unique(merged)]
        assert len(np.unique(merged)) == 1 or counts.min() >= FEWEST_KNOWN
