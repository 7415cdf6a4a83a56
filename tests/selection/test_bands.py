"""riskkit.selection.bands"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskkit.errors import DataError
from riskkit.selection import merged_bands, quantile_bands
from riskkit.selection.bands import FEWEST_KNOWN


class TestQuantileBands:
    def test_are_equally_large(self):
        bands = quantile_bands(np.arange(100.0), 4)

        assert np.bincount(bands).tolist() == [25] * 4

    def test_equal_values_share_one(self):
        assert quantile_bands(np.repeat([0.1, 0.9], [99, 1]), 10).tolist() == [0] * 99 + [1]

    def test_are_none_of_nothing(self):
        assert quantile_bands([], 3).size == 0

    @given(values=arrays(float, 30, elements=st.sampled_from([0.0, 0.1, 0.5, 0.9])))
    def test_none_is_empty(self, values):
        bands = quantile_bands(values, 5)

        assert (np.bincount(bands) > 0).all()

    def test_refuses_what_is_no_number_of_bands(self):
        with pytest.raises(DataError, match=r"^n_bands must be at least 1, but is 0"):
            quantile_bands([0.1], 0)


class TestMergedBands:
    def test_refuses_another_direction(self):
        with pytest.raises(DataError, match=r"^towards must be 1 or -1, but is 0"):
            merged_bands([0], [1], towards=0)

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
