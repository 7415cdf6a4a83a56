"""riskkit.selection.bounds"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskkit.errors import DataError, UndefinedRateError
from riskkit.selection import (
    Assumption,
    Cell,
    Population,
    outcome_bounds,
    sensitivity_bad_rate,
    shifted_pds,
    worst_case_bad_rate,
)

KNOWN = Cell(n_applicants=1000, n_labelled=800, n_bad=24)  # METHODS 1.2: w_A = 0.8, p = 0.03
GROUPS = st.integers(1, 400).flatmap(
    lambda n: st.integers(1, n).flatmap(
        lambda k: st.builds(
            Cell, n_applicants=st.just(n), n_labelled=st.just(k), n_bad=st.integers(0, k)
        )
    )
)


class TestWorstCaseBadRate:
    def test_agrees_with_a_count_by_hand(self):
        bounds = worst_case_bad_rate(Cell(n_applicants=10, n_labelled=6, n_bad=1))

        assert (bounds.lower, bounds.upper) == pytest.approx((1 / 10, (1 + 4) / 10))
        assert bounds.assumption is Assumption.NONE

    def test_takes_every_cutoff_at_once(self):
        n = np.array([10, 20])

        bounds = worst_case_bad_rate(Cell(n_applicants=n, n_labelled=n, n_bad=[1, 3]))

        assert bounds.lower == pytest.approx([1 / 10, 3 / 20])
        assert bounds.upper == pytest.approx(bounds.lower)

    @given(group=GROUPS)
    def test_confident_limits_lie_outside(self, group):
        bounds = worst_case_bad_rate(group)

        assert 0 <= bounds.confident_lower <= bounds.lower
        assert bounds.upper <= bounds.confident_upper <= 1

    def test_covers_the_range_as_often_as_it_says(self):
        rng, n = np.random.default_rng(3), 500
        n_labelled = rng.binomial(n, 0.7, 20_000)

        bounds = worst_case_bad_rate(
            Cell(n_applicants=n, n_labelled=n_labelled, n_bad=rng.binomial(n_labelled, 0.1))
        )

        both = (bounds.confident_lower <= 0.07) & (bounds.confident_upper >= 0.37)
        assert 0.94 <= both.mean() <= 0.97

    def test_is_undefined_without_applicants(self):
        with pytest.raises(UndefinedRateError, match="no applicants in the group"):
            worst_case_bad_rate(Cell(n_applicants=0, n_labelled=0, n_bad=0))

    def test_refuses_counts_that_contradict_each_other(self):
        with pytest.raises(DataError, match="0 <= n_bad <= n_labelled <= n_applicants"):
            worst_case_bad_rate(Cell(n_applicants=1, n_labelled=2, n_bad=0))


class TestSensitivityBadRate:
    def test_agrees_with_a_sum_by_hand(self):
        bounds = sensitivity_bad_rate(KNOWN, gamma=3)

        assert bounds.upper == pytest.approx(0.8 * 0.03 + 0.2 * 3 * 0.03 / (0.97 + 3 * 0.03))
        assert bounds.lower == pytest.approx(0.8 * 0.03 + 0.2 * 0.01 / (0.97 + 0.01))

    def test_is_a_point_where_the_others_are_alike(self):
        bounds = sensitivity_bad_rate(KNOWN, gamma=1)

        assert (bounds.lower, bounds.upper) == pytest.approx((0.03, 0.03))
        assert bounds.assumption is Assumption.ALIKE

    @given(group=GROUPS, gammas=st.tuples(st.floats(1, 50), st.floats(1, 50)))
    def test_widens_with_gamma_up_to_the_worst_case(self, group, gammas):
        narrow, wide = (sensitivity_bad_rate(group, gamma=gamma) for gamma in sorted(gammas))

        worst = worst_case_bad_rate(group)
        assert worst.lower - 1e-12 <= wide.lower <= narrow.lower + 1e-12
        assert narrow.upper - 1e-12 <= wide.upper <= worst.upper + 1e-12
        assert wide.confident_lower <= wide.lower
        assert wide.upper <= wide.confident_upper

    def test_is_the_worst_case_where_gamma_is_infinite(self):
        bounds, worst = sensitivity_bad_rate(KNOWN, gamma=np.inf), worst_case_bad_rate(KNOWN)

        assert (bounds.lower, bounds.upper) == pytest.approx((worst.lower, worst.upper))

    def test_covers_the_upper_end_as_often_as_it_says(self):
        rng, n = np.random.default_rng(4), 2000
        n_labelled = rng.binomial(n, 0.7, 20_000)

        bounds = sensitivity_bad_rate(
            Cell(n_applicants=n, n_labelled=n_labelled, n_bad=rng.binomial(n_labelled, 0.05)),
            gamma=2,
        )

        truth = 0.7 * 0.05 + 0.3 * 0.1 / (0.95 + 0.1)
        assert 0.96 <= (bounds.confident_upper >= truth).mean() <= 0.99

    def test_refuses_a_gamma_below_one(self):
        with pytest.raises(DataError, match=r"^gamma must be at least 1, but is 0\.5"):
            sensitivity_bad_rate(KNOWN, gamma=0.5)

    def test_is_undefined_without_outcomes(self):
        with pytest.raises(UndefinedRateError, match="nobody in the group has an outcome"):
            sensitivity_bad_rate(Cell(n_applicants=5, n_labelled=0, n_bad=0), gamma=2)


class TestShiftedPds:
    def test_agrees_with_the_known_answers(self):
        assert shifted_pds([0.05], gamma=2) == pytest.approx([0.0952381], abs=1e-7)
        assert shifted_pds([0.05], gamma=3) == pytest.approx([0.1363636], abs=1e-7)

    def test_keeps_certainty(self):
        for gamma in (0.0, 1.0, 7.0, np.inf):
            assert shifted_pds([0.0, 1.0], gamma=gamma).tolist() == [0, 1]

    def test_refuses_a_negative_gamma(self):
        with pytest.raises(DataError, match=r"^gamma must not be negative"):
            shifted_pds([0.1], gamma=-1)


class TestOutcomeBounds:
    def test_knows_what_is_known(self):
        bounds = outcome_bounds(bad=[1, 0, np.nan], expected=[0.5, 0.5, 0.05], gamma=3)

        assert bounds.lower == pytest.approx([1, 0, 0.05 / 3 / (0.95 + 0.05 / 3)])
        assert bounds.upper == pytest.approx([1, 0, 0.1363636], abs=1e-7)

    def test_knows_nothing_in_the_worst_case(self):
        bounds = outcome_bounds(bad=[np.nan], expected=[0.05], gamma=np.inf)

        assert (bounds.lower[0], bounds.upper[0]) == (0, 1)

    @pytest.mark.parametrize(
        ("gamma", "assumption"),
        [(1, Assumption.MODEL), (2, Assumption.ODDS), (np.inf, Assumption.NONE)],
    )
    def test_say_what_they_rest_on(self, gamma, assumption):
        bounds = outcome_bounds(bad=[0, np.nan], expected=[0.1, 0.1], gamma=gamma)

        assert (bounds.gamma, bounds.assumption) == (gamma, assumption)
        assert bounds.population is Population.EVERYBODY

    def test_names_an_expected_pd_that_is_none(self):
        with pytest.raises(DataError, match=r"^expected must .* nan in row 1\.$"):
            outcome_bounds(bad=[0, np.nan], expected=[np.nan, np.nan], gamma=2)
