"""riskkit.lending.apr"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskkit.errors import DataError
from riskkit.lending import fee_apr


class TestFeeApr:
    @pytest.mark.parametrize(
        ("fee_rate", "term", "nominal", "effective"),
        [
            (0.005, 3, 0.089777, 0.093565),
            (0.005, 6, 0.102136, 0.107055),
            (0.005, 12, 0.108964, 0.114574),
            (0.005, 24, 0.111267, 0.117120),
        ],
    )
    def test_agrees_with_the_annual_rates_of_half_a_percent(
        self, fee_rate, term, nominal, effective
    ):
        rate = fee_apr(fee_rate, term)

        assert rate.nominal == pytest.approx(nominal, abs=5e-7)
        assert rate.effective == pytest.approx(effective, abs=5e-7)

    @pytest.mark.parametrize(("fee_rate", "nominal"), [(0.006, 0.130342), (0.012, 0.255953)])
    def test_agrees_with_the_annual_rates_of_dearer_fees(self, fee_rate, nominal):
        assert fee_apr(fee_rate, 12).nominal == pytest.approx(nominal, abs=5e-7)

    @pytest.mark.parametrize(
        ("term", "fee_rate"), [(3, 0.013421), (6, 0.011859), (12, 0.011226), (24, 0.011204)]
    )
    def test_reaches_24_percent_at_the_highest_fee_that_may_be_asked(self, term, fee_rate):
        # An annuity at 2 % a month, less the instalment without a fee.
        highest = 0.02 / (1 - 1.02**-term) - 1 / term

        rate = fee_apr(highest, term)

        assert highest == pytest.approx(fee_rate, abs=5e-7)
        assert rate.nominal == pytest.approx(0.24, abs=1e-9)
        assert rate.effective == pytest.approx(1.02**12 - 1, abs=1e-9)

    def test_agrees_with_the_root_of_a_polynomial(self):
        # 4 payments of 1/4 + 0.01: sum of pay x v^k = 1 in the discount factor v.
        roots = np.roots([0.26, 0.26, 0.26, 0.26, -1.0])
        discount = roots[np.isreal(roots) & (roots.real > 0)].real[0]

        assert fee_apr(0.01, 4).nominal == pytest.approx(12 * (1 / discount - 1), abs=1e-9)

    @given(fee_rate=st.floats(1e-5, 1.0), term=st.integers(1, 60))
    def test_discounts_the_instalments_to_the_amount(self, fee_rate, term):
        rate = fee_apr(fee_rate, term)

        discounted = (1 + rate.nominal / 12) ** -np.arange(1.0, term + 1)
        assert (1 / term + fee_rate) * discounted.sum() == pytest.approx(1, abs=1e-9)
        assert rate.effective == pytest.approx((1 + rate.nominal / 12) ** 12 - 1)

    @given(fee_rate=st.floats(0.0, 1e-5), term=st.integers(1, 60))
    def test_is_next_to_nothing_where_the_fee_is(self, fee_rate, term):
        # Half the amount is owed on average: the rate is about 24 x term / (term + 1) x the fee.
        expected = 24 * term / (term + 1) * fee_rate

        assert fee_apr(fee_rate, term).nominal == pytest.approx(expected, abs=1e-6)

    @given(fees=st.tuples(st.floats(0.0, 0.5), st.floats(1e-4, 0.5)), term=st.integers(1, 60))
    def test_rises_with_the_fee(self, fees, term):
        low, more = fees

        assert fee_apr(low, term).nominal < fee_apr(low + more, term).nominal

    @pytest.mark.parametrize(
        ("fee_rate", "term", "problem"),
        [
            (-0.01, 12, r"^fee_rate must lie between 0 and 1, but is -0\.01\.$"),
            (1.01, 12, r"^fee_rate must lie between 0 and 1, but is 1\.01\.$"),
            (np.nan, 12, "^fee_rate must lie between 0 and 1, but is nan"),
            (0.01, 0, r"^term must be at least 1, but is 0\.$"),
        ],
    )
    def test_refuses_what_is_no_loan(self, fee_rate, term, problem):
        with pytest.raises(DataError, match=problem):
            fee_apr(fee_rate, term)
