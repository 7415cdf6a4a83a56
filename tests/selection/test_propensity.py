"""riskkit.selection.propensity"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskkit.errors import DataError
from riskkit.selection import (
    Assumption,
    Population,
    effective_sample_size,
    effective_weights,
    inverse_propensity_weights,
    overlap,
)

FOUR = {"approved": [1, 1, 0, 0], "propensity": [1.0, 0.25, 0.5, 0.0]}


class TestInversePropensityWeights:
    def test_agrees_with_a_division_by_hand(self):
        weights = inverse_propensity_weights(**FOUR)

        assert weights.tolist() == [1, 1 / 0.25, 0, 0]

    def test_adds_up_to_everybody_on_average(self):
        rng = np.random.default_rng(3)
        propensity = rng.choice([0.2, 0.5, 1.0], 20_000)

        weights = inverse_propensity_weights(
            approved=rng.random(20_000) < propensity, propensity=propensity
        )

        assert weights.mean() == pytest.approx(1, abs=0.03)

    @pytest.mark.parametrize(
        ("approved", "propensity", "message"),
        [
            ([1, 1], [0.5, 0.0], r"above 0 where .* approved, but 1 of 2 .* 0\.0 in row 1\.$"),
            ([1, 0], [0.5, 1.0], r"below 1 where .* not approved, but 1 of 2 .* 1\.0 in row 1\.$"),
            ([1, 0], [0.5, np.nan], r"from 0 to 1, but 1 of 2 .* nan in row 1\.$"),
        ],
    )
    def test_names_the_row_that_breaks_a_rule(self, approved, propensity, message):
        with pytest.raises(DataError, match=r"^propensity must .*" + message):
            inverse_propensity_weights(approved=approved, propensity=propensity)

    def test_refuses_columns_of_different_lengths(self):
        with pytest.raises(DataError, match=r"approved \(1,\), propensity \(2,\)"):
            inverse_propensity_weights(approved=[1], propensity=[0.5, 0.5])

    def test_refuses_propensities_that_did_not_decide(self):
        with pytest.raises(DataError, match=r"80 were approved where 20\.0 are expected"):
            inverse_propensity_weights(approved=np.arange(400) < 80, propensity=np.full(400, 0.05))

    def test_accepts_an_unlikely_draw(self):
        approved = np.arange(400) < 38  # 20 expected: four standard deviations

        weights = inverse_propensity_weights(approved=approved, propensity=np.full(400, 0.05))

        assert weights.sum() == pytest.approx(38 / 0.05)


class TestOverlap:
    def test_agrees_with_a_count_by_hand(self):
        found = overlap(**FOUR)

        assert (found.n_sure, found.n_explorable, found.n_explored, found.n_unreachable) == (
            1, 2, 1, 1,
        )  # fmt: skip
        assert found.n_explored_expected == 0.25 + 0.5
        assert found.smallest_propensity == 0.25
        assert found.effective_sample_size == pytest.approx((1 + 4) ** 2 / (1 + 16))

    def test_says_what_it_rests_on_and_for_whom_the_approved_stand(self):
        found, all_reachable = (
            overlap(approved=[1, 0], propensity=[1, chance]) for chance in (0, 0.5)
        )

        assert found.assumption is Assumption.RECORDED
        assert found.population is Population.EXPLORABLE
        assert all_reachable.population is Population.EVERYBODY
        assert found.n_contradicted == 0

    def test_counts_who_has_next_to_none(self):
        chance = np.repeat([0.0, 0.004, 0.2, 1.0], [5, 3, 10, 100])

        found = overlap(approved=chance == 1, propensity=chance)

        assert (found.n_next_to_none, found.next_to_none) == (3, 0.01)
        assert (
            overlap(approved=chance == 1, propensity=chance, next_to_none=0.3).n_next_to_none == 13
        )

    def test_says_how_much_hangs_on_the_largest_weights(self):
        chance = np.repeat([0.01, 1.0], [1, 199])

        found = overlap(approved=np.ones(200), propensity=chance)

        assert found.top_weight_share == pytest.approx((100 + 1) / (100 + 199))
        assert overlap(approved=[0], propensity=[0.0]).top_weight_share == 0

    def test_knows_no_smallest_propensity_where_all_are_unreachable(self):
        assert overlap(approved=[0], propensity=[0.0]).smallest_propensity is None


class TestEffectiveSampleSize:
    @given(weights=arrays(float, 10, elements=st.floats(0.1, 10)), factor=st.floats(0.1, 10))
    def test_is_at_most_the_count_and_knows_no_scale(self, weights, factor):
        size = effective_sample_size(weights)

        assert 1 <= size <= 10 * (1 + 1e-12)
        assert effective_sample_size(weights * factor) == pytest.approx(size)

    def test_is_the_count_where_weights_are_equal(self):
        assert effective_sample_size(np.full(7, 3.0)) == pytest.approx(7)

    def test_is_zero_without_weights(self):
        assert effective_sample_size([0.0, 0.0]) == 0

    @pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
    def test_names_a_weight_that_is_none(self, wrong):
        with pytest.raises(DataError, match=r"^weights must .* in row 1\.$"):
            effective_sample_size([1.0, wrong])


class TestEffectiveWeights:
    @given(weights=arrays(float, 10, elements=st.floats(0.1, 10)))
    def test_add_up_to_the_effective_sample_size_in_proportion(self, weights):
        found = effective_weights(weights)

        assert found.sum() == pytest.approx(effective_sample_size(weights))
        assert found / found[0] == pytest.approx(weights / weights[0])
