"""riskkit.decisions.binomial"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from riskkit.decisions import (
    binomial_p_values,
    clopper_pearson_lower,
    clopper_pearson_upper,
    zero_default_sample_size,
)
from riskkit.errors import DataError

#: n_bad, n, delta, upper limit, lower limit.
KNOWN_LIMITS = [
    (0, 76, 0.10, 0.029843, 0.0),
    (0, 100, 0.05, 0.029513, 0.0),
    (3, 100, 0.05, 0.075711, 0.008226),
    (10, 1000, 0.05, 0.016903, 0.005435),
    (30, 1000, 0.10, 0.038155, 0.023297),
    (50, 1000, 0.10, 0.060025, 0.041343),
    (150, 5000, 0.10, 0.033332, 0.026946),
    (500, 10000, 0.05, 0.053733, 0.046463),
]
COUNTS = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


class TestClopperPearsonUpper:
    @pytest.mark.parametrize(("n_bad", "n", "delta", "upper", "lower"), KNOWN_LIMITS)
    def test_gives_the_known_limits(self, n_bad, n, delta, upper, lower):
        assert clopper_pearson_upper(n_bad, n, delta=delta) == pytest.approx(upper, abs=1e-6)
        assert clopper_pearson_lower(n_bad, n, delta=delta) == pytest.approx(lower, abs=1e-6)

    def test_is_one_where_all_are_bad(self):
        limits = clopper_pearson_upper([3, 0], [3, 0], delta=0.1)

        assert limits.tolist() == [1.0, 1.0]

    def test_lies_below_the_truth_as_often_as_allowed_by_enumeration(self):
        n, delta = 500, 0.1
        limits = clopper_pearson_upper(np.arange(n + 1), np.full(n + 1, n), delta=delta)
        rates = np.linspace(0.001, 0.3, 1500)

        n_missing = np.searchsorted(limits, rates, side="left")  # counts with a limit below
        missed = np.where(n_missing > 0, stats.binom.cdf(n_missing - 1, n, rates), 0)

        assert missed.max() <= delta
        assert missed.max() == pytest.approx(0.0999943, abs=1e-7)
        assert missed.mean() == pytest.approx(0.0856, abs=5e-4)

    @given(counts=COUNTS, delta=st.floats(0.001, 0.5))
    def test_inverts_the_p_value(self, counts, delta):
        n_bad, n = counts
        if n_bad == n:
            return

        upper = float(clopper_pearson_upper(n_bad, n, delta=delta))

        assert binomial_p_values(n_bad, n, cap=upper) == pytest.approx(delta, rel=1e-6)

    def test_refuses_rates_in_place_of_counts(self):
        with pytest.raises(DataError, match=r"^n_bad and n must be whole numbers .* 7\.0"):
            clopper_pearson_upper(0.07 * 100, 100, delta=0.1)

    def test_refuses_more_bads_than_applicants(self):
        with pytest.raises(DataError, match=r"0 <= n_bad <= n"):
            clopper_pearson_upper(3, 2, delta=0.1)


class TestClopperPearsonLower:
    def test_mirrors_the_upper_limit(self):
        lower = clopper_pearson_lower([0, 3, 97, 100], [100] * 4, delta=0.05)
        upper = clopper_pearson_upper([100, 97, 3, 0], [100] * 4, delta=0.05)

        assert lower == pytest.approx(1 - upper)

    def test_refuses_a_delta_of_one(self):
        with pytest.raises(DataError, match=r"^delta must lie between 0 and 1"):
            clopper_pearson_lower(1, 2, delta=1)


class TestBinomialPValues:
    @pytest.mark.parametrize(
        ("n_bad", "n", "p_value"),
        [(12, 500, 0.0026103184), (15, 500, 0.0198583772), (40, 1000, 0.0806365733)],
    )
    def test_gives_the_known_values(self, n_bad, n, p_value):
        assert binomial_p_values(n_bad, n, cap=0.05) == pytest.approx(p_value, abs=1e-9)

    def test_agrees_with_a_sum_by_hand(self):
        p_value = binomial_p_values(1, 3, cap=0.5)

        assert p_value == pytest.approx((1 + 3) / 2**3)

    @given(counts=COUNTS, cap=st.floats(0.001, 0.5))
    def test_agrees_with_scipy(self, counts, cap):
        n_bad, n = counts

        assert binomial_p_values(n_bad, n, cap=cap) == pytest.approx(
            stats.binom.cdf(n_bad, n, cap), rel=1e-8, abs=1e-300
        )

    def test_is_one_where_nobody_applies(self):
        assert binomial_p_values(0, 0, cap=0.03) == 1


class TestZeroDefaultSampleSize:
    @pytest.mark.parametrize(
        ("cap", "at_5", "at_10"),
        [(0.01, 299, 230), (0.02, 149, 114), (0.03, 99, 76), (0.05, 59, 45)],
    )
    def test_gives_the_known_sizes(self, cap, at_5, at_10):
        assert zero_default_sample_size(cap, 0.05) == at_5
        assert zero_default_sample_size(cap, 0.10) == at_10

    @given(cap=st.floats(0.001, 0.5), delta=st.floats(0.001, 0.5))
    def test_is_the_smallest_that_passes_without_a_bad(self, cap, delta):
        n = zero_default_sample_size(cap, delta)

        assert binomial_p_values(0, n, cap=cap) <= delta * (1 + 1e-9)
        assert n == 1 or binomial_p_values(0, n - 1, cap=cap) > delta * (1 - 1e-9)

    def test_refuses_a_cap_of_zero(self):
        with pytest.raises(DataError, match=r"^cap must lie between 0 and 1, exclusive, but is 0"):
            zero_default_sample_size(0, 0.05)
