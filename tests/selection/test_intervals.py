"""riskkit.selection.intervals"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from riskkit.errors import DataError
from riskkit.selection import wilson_interval


class TestWilsonInterval:
    @given(n=st.integers(1, 5000), share=st.floats(0, 1), confidence=st.floats(0.5, 0.999))
    def test_agrees_with_scipy(self, n, share, confidence):
        n_bad = round(n * share)

        limits = wilson_interval(n_bad, n, confidence=confidence)

        known = stats.binomtest(n_bad, n).proportion_ci(confidence, method="wilson")
        assert limits == pytest.approx((known.low, known.high), abs=1e-9)

    def test_knows_nothing_without_trials(self):
        assert wilson_interval(0, 0) == (0, 1)

    def test_refuses_a_confidence_of_one(self):
        with pytest.raises(DataError, match=r"^confidence must lie between 0 and 1"):
            wilson_interval(1, 2, confidence=1.0)
