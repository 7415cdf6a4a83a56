"""riskkit.selection.bayesian"""

import numpy as np
import pytest

from riskkit.errors import DataError, UndefinedRateError
from riskkit.selection import Assumption, Drawing, bayesian_bad_rate, bayesian_measure


def some_unknown(rng, n=2000):
    chance = rng.beta(1, 6, n)
    outcomes = (rng.random(n) < chance).astype(float)
    return np.where(rng.random(n) < 0.6, outcomes, np.nan), chance


class TestBayesianBadRate:
    def test_agrees_with_the_expected_count(self):
        bad, expected = some_unknown(np.random.default_rng(1))

        rate = bayesian_bad_rate(bad=bad, expected=expected, rng=np.random.default_rng(2))

        mean = np.where(np.isnan(bad), expected, bad).mean()
        assert rate.point == pytest.approx(mean, abs=0.001)
        assert rate.assumption is Assumption.MODEL

    def test_covers_the_truth(self):
        rng, covered = np.random.default_rng(3), []
        for _ in range(200):
            bad, expected = some_unknown(rng, 300)
            rate = bayesian_measure(
                lambda y, w: float(np.average(y, weights=w)),
                bad=bad,
                expected=expected,
                rng=rng,
                confidence=0.9,
                drawing=Drawing(n_draws=200),
            )
            covered.append(rate.lower <= 1 / 7 <= rate.upper)

        assert np.mean(covered) >= 0.9 - 3 * np.sqrt(0.9 * 0.1 / 200)

    def test_is_as_wrong_as_what_is_believed(self):
        bad, expected = some_unknown(np.random.default_rng(4))

        rate = bayesian_bad_rate(bad=bad, expected=expected / 3, rng=np.random.default_rng(5))

        assert rate.upper < 1 / 7 - 0.02

    def test_is_the_same_with_the_same_randomness(self):
        rows = {"bad": [0, 1, np.nan], "expected": [0, 0, 0.5]}

        rates = [bayesian_bad_rate(**rows, rng=np.random.default_rng(6)) for _ in range(2)]

        assert rates[0] == rates[1]


class TestBadInput:
    def test_is_named(self):
        rng = np.random.default_rng(1)
        with pytest.raises(DataError, match=r"^expected must .* first is 2\.0 in row 1"):
            bayesian_bad_rate(bad=[0, np.nan], expected=[0, 2], rng=rng)
        with pytest.raises(DataError, match=r"^bad must .* first is 3\.0 in row 0"):
            bayesian_bad_rate(bad=[3, 0], expected=[0, 0], rng=rng)
        with pytest.raises(DataError, match=r"bad \(1,\), expected \(2,\)"):
            bayesian_bad_rate(bad=[0], expected=[0, 0], rng=rng)
        with pytest.raises(UndefinedRateError, match="there are no applicants"):
            bayesian_bad_rate(bad=[], expected=[], rng=rng)
        with pytest.raises(DataError, match=r"^n_draws must be at least 1, but is 0"):
            bayesian_measure(
                lambda y, _: float(y.mean()),
                bad=[0],
                expected=[0],
                rng=rng,
                drawing=Drawing(n_draws=0),
            )
