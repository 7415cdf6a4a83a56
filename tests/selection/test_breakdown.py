"""riskkit.selection.breakdown"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskkit.errors import UndefinedRateError
from riskkit.selection import (
    Assumption,
    Cell,
    Population,
    breakdown_gamma,
    conditional_breakdown_gamma,
    sensitivity_bad_rate,
)

KNOWN = Cell(n_applicants=1000, n_labelled=800, n_bad=24)  # METHODS 1.2: w_A = 0.8, p = 0.03
GROUPS = st.integers(1, 400).flatmap(
    lambda n: st.integers(1, n).flatmap(
        lambda k: st.builds(
            Cell, n_applicants=st.just(n), n_labelled=st.just(k), n_bad=st.integers(0, k)
        )
    )
)


class TestBreakdownGamma:
    def test_agrees_with_the_known_answer(self):
        assert breakdown_gamma(KNOWN, cap=0.04).gamma == pytest.approx(2.8115942, abs=1e-7)

    @given(group=GROUPS, cap=st.floats(0.01, 0.9))
    def test_the_cap_holds_at_it_and_breaks_beyond(self, group, cap):
        gamma = float(breakdown_gamma(group, cap=cap).gamma)

        if 1 <= gamma < 1e6:
            assert sensitivity_bad_rate(group, gamma=gamma).upper == pytest.approx(cap)
        elif gamma < 1:
            assert sensitivity_bad_rate(group, gamma=1).upper >= cap - 1e-12
        else:
            assert sensitivity_bad_rate(group, gamma=1e6).upper <= cap + 1e-3

    def test_is_infinite_where_the_others_cannot_break_it(self):
        assert breakdown_gamma(KNOWN, cap=0.25).gamma == np.inf
        group = Cell(n_applicants=10, n_labelled=5, n_bad=0)
        assert breakdown_gamma(group, cap=0.1).gamma == np.inf

    def test_is_zero_where_it_is_broken_even_if_the_others_are_good(self):
        assert breakdown_gamma(KNOWN, cap=0.02).gamma == 0

    def test_is_smaller_with_confidence(self):
        sure = breakdown_gamma(KNOWN, cap=0.05, confidence=0.9)

        assert sure.gamma < breakdown_gamma(KNOWN, cap=0.05).gamma

    def test_is_undefined_without_outcomes(self):
        with pytest.raises(UndefinedRateError, match="nobody in the group has an outcome"):
            breakdown_gamma(Cell(n_applicants=5, n_labelled=0, n_bad=0), cap=0.1)

    def test_says_what_the_cap_then_rests_on_and_for_whom(self):
        found = breakdown_gamma(KNOWN, cap=0.05, confidence=0.9)

        assert (found.cap, found.confidence) == (0.05, 0.9)
        assert (found.assumption, found.population) == (Assumption.ODDS, Population.EVERYBODY)


class TestConditionalBreakdownGamma:
    def test_agrees_with_the_marginal_one_where_all_are_expected_alike(self):
        bad = [1] * 24 + [0] * 776 + [np.nan] * 200

        found = conditional_breakdown_gamma(bad=bad, expected=np.full(1000, 0.03), cap=0.04)

        assert found.gamma == pytest.approx(2.8115942, abs=1e-7)

    def test_is_smaller_where_the_others_look_riskier(self):
        bad = [1] * 24 + [0] * 776 + [np.nan] * 200

        found = conditional_breakdown_gamma(bad=bad, expected=np.full(1000, 0.06), cap=0.04)

        assert found.gamma == pytest.approx(0.08 / 0.92 / (0.06 / 0.94))

    def test_has_ends(self):
        rows = {"bad": [1, 0, 0, np.nan], "expected": [0.1] * 4}

        assert conditional_breakdown_gamma(**rows, cap=0.6).gamma == np.inf
        assert conditional_breakdown_gamma(**rows, cap=0.1).gamma == 0

    def test_is_undefined_without_applicants(self):
        with pytest.raises(UndefinedRateError, match="there are no applicants"):
            conditional_breakdown_gamma(bad=[], expected=[], cap=0.1)
