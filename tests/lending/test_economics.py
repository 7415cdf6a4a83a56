"""riskkit.lending.economics"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskkit.errors import DataError
from riskkit.lending import LoanEconomics

fractions = st.floats(0.01, 0.9)


class TestValues:
    def test_agrees_with_a_sum_by_hand(self):
        economics = LoanEconomics(
            margin=0.1, lgd=0.5, ead=0.8, funding=0.02, operating=3, churn=0.2, lifetime_value=0.5
        )

        values = economics.values([100.0, 0.0])

        assert values.good_if_approved == pytest.approx([100 * (0.1 - 0.02) - 3, -3])
        assert values.bad_if_approved == pytest.approx([-100 * (0.5 * 0.8 + 0.02) - 3, -3])
        assert values.good_if_stopped == pytest.approx([-100 * 0.2 * 0.5, 0])

    def test_refuses_a_negative_amount(self):
        with pytest.raises(DataError, match=r"^amount .* 1 of 2 values are; the lowest is -5\.0"):
            LoanEconomics().values([1.0, -5.0])

    def test_refuses_an_amount_above_what_the_product_grants(self):
        with pytest.raises(DataError, match=r"at most amount_max, 500, but 1 of 2 .* is 600"):
            LoanEconomics(amount_max=500).values([100.0, 600.0])

    def test_refuses_an_amount_that_is_not_finite(self):
        with pytest.raises(DataError, match=r"^amount must hold only finite numbers"):
            LoanEconomics().values([np.nan])


class TestBreakEvenPd:
    @pytest.mark.parametrize(
        ("lgd", "churn", "expected"),
        [
            (0.85, 0.0, 0.06 / (0.06 + 0.85)),
            (0.85, 0.1, 0.09 / (0.09 + 0.85)),
            (0.60, 0.0, 0.06 / (0.06 + 0.60)),
        ],
    )
    def test_agrees_with_published_values(self, lgd, churn, expected):
        economics = LoanEconomics(margin=0.06, lgd=lgd, churn=churn, lifetime_value=0.3)

        assert economics.break_even_pd() == pytest.approx(expected)

    @pytest.mark.parametrize(
        ("lgd", "churn", "expected"),
        [(0.85, 0.0, 0.0659341), (0.85, 0.1, 0.0957447), (0.60, 0.0, 0.0909091)],
    )
    def test_agrees_with_the_rounded_values_of_the_literature(self, lgd, churn, expected):
        economics = LoanEconomics(margin=0.06, lgd=lgd, churn=churn, lifetime_value=0.3)

        assert economics.break_even_pd() == pytest.approx(expected, abs=5e-8)

    @given(
        margin=fractions, lgd=fractions, ead=fractions, funding=st.floats(0, 0.3),
        amount=st.floats(10, 1e5),
    )  # fmt: skip
    def test_is_where_approving_and_stopping_are_worth_the_same(
        self, margin, lgd, ead, funding, amount
    ):
        economics = LoanEconomics(margin=margin, lgd=lgd, ead=ead, funding=funding, operating=0.5)

        pd = economics.break_even_pd(amount)

        values = economics.values([amount])
        approving = (1 - pd) * values.good_if_approved + pd * values.bad_if_approved
        stopping = (1 - pd) * values.good_if_stopped
        assert approving[0] == pytest.approx(stopping[0], abs=1e-9 * amount)

    def test_is_not_positive_where_no_loan_can_pay(self):
        economics = LoanEconomics(margin=0.05, funding=0.1, churn=0)

        assert economics.break_even_pd() <= 0

    @pytest.mark.parametrize("amount", [0.0, -1.0, float("nan")])
    def test_refuses_an_amount_that_bears_no_cost(self, amount):
        with pytest.raises(DataError, match=r"^amount must lie above 0"):
            LoanEconomics(operating=1).break_even_pd(amount)

    def test_refuses_economics_in_which_nothing_is_at_stake(self):
        with pytest.raises(DataError, match="no break-even PD"):
            LoanEconomics(margin=0, churn=0, lgd=0).break_even_pd()

    @given(churn=st.floats(0, 0.9))
    def test_grows_with_what_a_wrong_stop_costs(self, churn):
        lenient = LoanEconomics(churn=churn + 0.1).break_even_pd()

        assert lenient > LoanEconomics(churn=churn).break_even_pd()


class TestLoanEconomics:
    @pytest.mark.parametrize(
        "wrong", [{"lgd": 1.1}, {"margin": -0.1}, {"ead": 0}, {"churn": 2}, {"lgdd": 0.5}]
    )
    def test_refuses_what_makes_no_sense(self, wrong):
        with pytest.raises(DataError, match=rf"^LoanEconomics: {next(iter(wrong))}: [^\n]*\.$"):
            LoanEconomics(**wrong)
