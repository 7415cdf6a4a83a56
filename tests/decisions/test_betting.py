"""riskkit.decisions.betting"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskkit.decisions import betting_p_value, betting_upper_bound
from riskkit.decisions.betting import BettingPrior
from riskkit.errors import DataError

DESIGN_PRIOR = BettingPrior(mean=0.1, variance=0.09, n=50)


def every(step, n):
    return np.arange(1, n + 1) % step == 0


def log_wealth_by_hand(x, mean, delta):
    wealth, total, squares, variance, path = 0.0, 0.5, 0.25, 0.25, []
    for i, value in enumerate(x, start=1):
        bet = min(1.0, np.sqrt(2 * np.log(1 / delta) / (len(x) * variance)))
        wealth += np.log(1 - bet * (value - mean))
        path.append(wealth)
        total += value
        squares += (value - total / (i + 1)) ** 2
        variance = squares / (i + 1)
    return max(path)


class TestBettingPValue:
    def test_agrees_with_the_formula_step_by_step(self):
        x = np.random.default_rng(1).random(60) * 0.5

        p_value = betting_p_value(x, 0.5, delta=0.1)

        assert np.log(p_value) == pytest.approx(-log_wealth_by_hand(x, 0.5, 0.1))

    def test_agrees_with_one_bet_by_hand(self):
        p_value = betting_p_value([0.0], 0.5, delta=0.5, prior=BettingPrior(variance=10.0))

        assert p_value == pytest.approx(1 / (1 + 0.5 * np.sqrt(2 * np.log(2) / 10)))

    def test_is_one_without_values(self):
        assert betting_p_value([], 0.05, delta=0.1) == 1

    @given(
        x=st.lists(st.floats(0, 1), min_size=1, max_size=60),
        mean=st.floats(0.01, 0.98),
        step=st.floats(0.001, 0.01),
    )
    def test_falls_as_the_mean_in_question_rises(self, x, mean, step):
        assert betting_p_value(x, mean + step, delta=0.1) <= betting_p_value(x, mean, delta=0.1)

    @pytest.mark.slow
    @pytest.mark.parametrize("prior", [BettingPrior(), DESIGN_PRIOR])
    def test_rejects_the_true_mean_no_more_often_than_allowed(self, prior):
        rng, delta, repetitions = np.random.default_rng(7), 0.1, 2000
        samples = rng.random((repetitions, 400)) < 0.1

        rejected = [betting_p_value(x, 0.1, delta=delta, prior=prior) <= delta for x in samples]

        assert np.mean(rejected) <= delta + 3 * np.sqrt(delta * (1 - delta) / repetitions)
        assert np.mean(rejected) > delta / 4  # or the test would hold for a rule that never rejects

    def test_names_the_first_value_outside_its_range(self):
        with pytest.raises(DataError, match=r"^x must .* first is 1\.5 in row 1\.$"):
            betting_p_value([0.5, 1.5], 0.5, delta=0.1)

    def test_refuses_a_prior_without_variance(self):
        with pytest.raises(DataError, match=r"^prior must have a positive variance"):
            betting_p_value([0.5], 0.5, delta=0.1, prior=BettingPrior(variance=0.0))


class TestBettingUpperBound:
    @pytest.mark.parametrize(
        ("step", "n", "at_10", "at_5"),
        [
            (20, 1000, 0.067391, 0.070197),
            (10, 1000, 0.122452, 0.125824),
            (33, 5000, 0.036038, 0.036890),
        ],
    )
    def test_gives_the_known_limits(self, step, n, at_10, at_5):
        x = every(step, n)

        assert betting_upper_bound(x, delta=0.10) == pytest.approx(at_10, abs=1e-6)
        assert betting_upper_bound(x, delta=0.05) == pytest.approx(at_5, abs=1e-6)

    @settings(max_examples=30)
    @given(x=st.lists(st.floats(0, 1), min_size=20, max_size=60), delta=st.floats(0.01, 0.4))
    def test_is_where_the_p_value_falls_to_delta(self, x, delta):
        limit = betting_upper_bound(x, delta=delta)

        assert limit == 1 or betting_p_value(x, limit, delta=delta) == pytest.approx(delta)

    def test_is_one_where_too_few_values_were_seen(self):
        assert betting_upper_bound([0.0], delta=0.05) == 1
