"""riskkit.selection.cells"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskkit.errors import DataError, UndefinedRateError
from riskkit.selection import (
    Assumption,
    Cell,
    effective_cell,
    rejected_good_rate,
    self_normalised_bad_rate,
    stratified_bad_rate,
    wilson_interval,
)


def cell(n_applicants, n_labelled=0, n_bad=0):
    return Cell(n_applicants=n_applicants, n_labelled=n_labelled, n_bad=n_bad)


CELLS = st.integers(1, 500).flatmap(
    lambda n: st.integers(0, n).flatmap(
        lambda k: st.builds(cell, st.just(n), st.just(k), st.integers(0, k))
    )
)


class TestEffectiveCell:
    def test_is_the_plain_cell_where_propensities_are_equal(self):
        counts = effective_cell(
            n_applicants=100, weight=80.0, weight_squared=320.0, weight_bad=12.0
        )

        assert (counts.n_labelled, counts.n_bad) == pytest.approx((20, 3))

    def test_keeps_the_self_normalised_rate(self, selected_rows):
        rows = selected_rows(np.random.default_rng(6))
        weight = np.where(rows["approved"], 1 / rows["propensity"], 0)

        counts = effective_cell(
            n_applicants=4000,
            weight=weight.sum(),
            weight_squared=(weight**2).sum(),
            weight_bad=(weight * rows["bad"]).sum(),
        )

        assert stratified_bad_rate([counts]).point == pytest.approx(
            self_normalised_bad_rate(**rows).point
        )
        assert counts.n_labelled < rows["approved"].sum()

    def test_bears_sums_rounded_to_a_millionth(self):
        counts = effective_cell(
            n_applicants=1, weight=1.666667, weight_squared=2.777778, weight_bad=1.666667
        )

        assert stratified_bad_rate([counts]).point == pytest.approx(1)

    def test_is_empty_without_labels(self):
        counts = effective_cell(n_applicants=5, weight=0.0, weight_squared=0.0, weight_bad=0.0)

        assert (counts.n_labelled, counts.n_bad) == (0, 0)


class TestStratifiedBadRate:
    def test_agrees_with_a_sum_by_hand(self):
        rate = stratified_bad_rate([cell(600, 600, 12), cell(400, 40, 8)])

        assert rate.point == pytest.approx((600 * 12 / 600 + 400 * 8 / 40) / 1000)

    def test_is_wilsons_interval_for_one_cell(self):
        rate = stratified_bad_rate([cell(500, 100, 7)])

        assert (rate.lower, rate.upper) == pytest.approx(wilson_interval(7, 100))

    def test_bounds_and_never_guesses_the_unreachable(self):
        known = stratified_bad_rate([cell(80, 80, 8)])

        rate = stratified_bad_rate([cell(80, 80, 8), cell(20)])

        assert np.isnan(rate.point)
        assert rate.lower == pytest.approx(0.8 * known.lower + 0.2 * 0)
        assert rate.upper == pytest.approx(0.8 * known.upper + 0.2 * 1)

    def test_takes_every_cutoff_at_once(self):
        n, n_bad = np.array([100, 400]), np.array([2, 20])

        rates = stratified_bad_rate([cell(n, n, n_bad), cell(np.array([0, 50]), np.array([0, 5]))])

        assert rates.point == pytest.approx([2 / 100, (20 + 50 * 0 / 5) / 450])
        assert rates.upper[0] == pytest.approx(wilson_interval(2, 100)[1])

    @given(cells=st.lists(CELLS, min_size=1, max_size=4))
    def test_keeps_the_point_between_limits_inside_0_and_1(self, cells):
        rate = stratified_bad_rate(cells)

        assert -1e-12 <= rate.lower <= rate.upper <= 1 + 1e-12
        assert np.isnan(rate.point) or rate.lower - 1e-9 <= rate.point <= rate.upper + 1e-9

    def test_is_undefined_where_nobody_applies(self):
        with pytest.raises(UndefinedRateError, match="no applicants in the cells"):
            stratified_bad_rate([cell(0)])

    @pytest.mark.parametrize("wrong", [cell(10, 20, 1), cell(10, 5, 6), cell(10, 5, -1)])
    def test_refuses_counts_that_contradict_each_other(self, wrong):
        with pytest.raises(DataError, match=r"0 <= n_bad <= n_labelled <= n_applicants"):
            stratified_bad_rate([wrong])

    @pytest.mark.parametrize("n_explored", [100, 300, 1000])
    def test_covers_the_truth_where_the_normal_interval_does_not(self, n_explored):
        rng, repetitions = np.random.default_rng(8), 20_000
        n = np.array([6000, 2000])
        truth = (6000 * 0.01 + 2000 * 0.05) / 8000
        sure, explored = (
            rng.binomial(6000, 0.01, repetitions),
            rng.binomial(n_explored, 0.05, repetitions),
        )

        rate = stratified_bad_rate([cell(6000, 6000, sure), cell(2000, n_explored, explored)])

        shares = np.array([sure / 6000, explored / n_explored])
        variances = shares * (1 - shares) / np.array([[6000], [n_explored]])
        half = 1.959964 * np.sqrt((n[:, None] ** 2 * variances).sum(axis=0)) / 8000
        covered = np.mean((rate.lower <= truth) & (truth <= rate.upper))
        normal = np.mean(np.abs(rate.point - truth) <= half)
        assert 0.93 <= covered <= 0.97
        assert n_explored > 100 or normal < 0.93

    def test_says_what_it_rests_on(self):
        assert stratified_bad_rate([cell(10, 5, 1)]).assumption is Assumption.ALIKE_IN_CELLS


def sampled_cells(rng, shares, rates, chances, repetitions=20_000, n=10_000):
    """Draw applicants into cells, explore each cell with its chance, and count its bads."""
    sizes = rng.multinomial(n, shares, repetitions)
    labelled = rng.binomial(sizes, chances)
    bads = rng.binomial(labelled, rates)
    return [cell(*counts) for counts in zip(sizes.T, labelled.T, bads.T, strict=True)]


class TestRejectedGoodRate:
    def test_agrees_with_a_sum_by_hand(self):
        rate = rejected_good_rate(
            rejected=[cell(100, 100, 20), cell(400, 40, 8)],
            approved=[cell(600, 600, 12), cell(50, 5, 1)],
        )

        rejected, approved = 80 + 400 * 32 / 40, 588 + 50 * 4 / 5
        assert rate.point == pytest.approx(rejected / (rejected + approved))

    def test_solves_the_equation_of_its_limits(self):
        rate = rejected_good_rate(rejected=[cell(500, 50, 10)], approved=[cell(800, 800, 16)])

        upper_bad, lower_bad = wilson_interval(10, 50)[1], wilson_interval(16, 800)[0]
        ratio = rate.lower / (1 - rate.lower)
        gap = 500 * 0.8 - ratio * 784
        # The limits of the rates, and the random sizes of the cells.
        rejected = np.hypot(500 * (upper_bad - 0.2), 1.959964 * np.sqrt(500) * 0.8)
        approved = np.hypot(800 * (0.02 - lower_bad), 1.959964 * np.sqrt(800) * 0.98)
        assert gap == pytest.approx(np.hypot(rejected, ratio * approved), rel=1e-5)

    def test_bounds_what_the_unreachable_could_hold(self):
        known = {"approved": [cell(800, 800, 16)], "rejected": [cell(500, 500, 100)]}

        rate = rejected_good_rate(
            approved=[*known["approved"], cell(10)], rejected=[*known["rejected"], cell(100)]
        )

        assert np.isnan(rate.point)
        assert rate.lower < 400 / (400 + 784 + 10)
        assert rate.upper > (400 + 100) / (400 + 100 + 784)

    def test_is_sure_where_nobody_or_everybody_is_rejected(self):
        nobody = rejected_good_rate(rejected=[cell(0)], approved=[cell(10, 10, 2)])
        everybody = rejected_good_rate(rejected=[cell(10, 10, 2)], approved=[cell(0)])

        assert (nobody.point, nobody.lower, nobody.upper) == (0, 0, 0)
        assert (everybody.point, everybody.lower, everybody.upper) == (1, 1, 1)

    @given(
        rejected=st.lists(CELLS, min_size=1, max_size=3),
        approved=st.lists(CELLS, min_size=1, max_size=3),
    )
    def test_turns_around_with_its_arguments(self, rejected, approved):
        try:
            rate = rejected_good_rate(rejected=rejected, approved=approved)
        except UndefinedRateError:
            return

        turned = rejected_good_rate(rejected=approved, approved=rejected)

        assert turned.point == pytest.approx(1 - rate.point, nan_ok=True)
        assert (turned.lower, turned.upper) == pytest.approx((1 - rate.upper, 1 - rate.lower))
        assert 0 <= rate.lower <= rate.upper <= 1
        assert np.isnan(rate.point) or rate.lower - 1e-9 <= rate.point <= rate.upper + 1e-9

    def test_is_undefined_where_no_good_is_known(self):
        with pytest.raises(UndefinedRateError, match="no good is known"):
            rejected_good_rate(rejected=[cell(3, 3, 3)], approved=[cell(2, 2, 2)])

    @pytest.mark.parametrize("n_explored", [100, 300, 1000])
    def test_covers_the_truth(self, n_explored):
        rng = np.random.default_rng(9)
        shares, rates = np.array([0.15, 0.25, 0.5, 0.1]), np.array([0.05, 0.25, 0.01, 0.08])
        goods = shares * (1 - rates)
        truth = goods[:2].sum() / goods.sum()
        chance = n_explored / 3500
        cells = sampled_cells(rng, shares, rates, [1, chance, 1, chance])

        rate = rejected_good_rate(rejected=cells[:2], approved=cells[2:])

        assert 0.93 <= np.mean((rate.lower <= truth) & (truth <= rate.upper)) <= 0.97
