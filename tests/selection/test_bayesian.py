"""riskkit.selection.bayesian"""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

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
        for _ in range(100):
            bad, expected = some_unknown(rng, 300)
            rate = bayesian_measure(
                lambda y, w: float(np.average(y, weights=w)),
                bad=bad,
                expected=expected,
                rng=rng,
                confidence=0.9,
                drawing=Drawing(n_draws=100),
            )
            covered.append(rate.lower <= 1 / 7 <= rate.upper)

        assert np.mean(covered) >= 0.9 - 3 * np.sqrt(0.9 * 0.1 / 100)

    def test_is_as_wrong_as_what_is_believed(self):
        bad, expected = some_unknown(np.random.default_rng(4))

        rate = bayesian_bad_rate(bad=bad, expected=expected / 3, rng=np.random.default_rng(5))

        assert rate.upper < 1 / 7 - 0.02

    def test_is_the_same_with_the_same_randomness(self):
        rows = {"bad": [0, 1, np.nan], "expected": [0, 0, 0.5]}

        rates = [bayesian_bad_rate(**rows, rng=np.random.default_rng(6)) for _ in range(2)]

        assert rates[0] == rates[1]


def acceptance_loop(rng, months=60, batch=300):
    """METHODS 2: 70 % bad; each month the best fifth by a model of the approved is approved."""

    def draw(n):
        bad = rng.random(n) < 0.7
        u, v = rng.standard_normal((2, n))
        x = np.column_stack([u, np.where(bad, 0.2, -0.2) * u + np.sqrt(0.96) * v])
        return x + np.where(bad, 0, 1)[:, None] * [2, 1], bad

    x, bad = draw(batch)
    approved = x[:, 0] >= np.quantile(x[:, 0], 0.8)
    for _ in range(months):
        model = LogisticRegression(solver="newton-cholesky").fit(x[approved], bad[approved])
        more, outcomes = draw(batch)
        pds = model.predict_proba(more)[:, 1]
        x, bad = np.concatenate([x, more]), np.concatenate([bad, outcomes])
        approved = np.concatenate([approved, pds <= np.quantile(pds, 0.2)])
    return model, (x, bad, approved), draw(20_000)


def best_fifth(pds, bad, weight=None):
    kept = pds <= np.quantile(pds, 0.2)
    return float(np.average(bad[kept], weights=None if weight is None else weight[kept]))


@pytest.mark.slow
class TestAcceptanceLoop:
    def test_the_approved_flatter_and_bayesian_evaluation_does_not(self):
        rng, found = np.random.default_rng(7), []
        for _ in range(3):
            model, (x, bad, approved), (x_new, bad_new) = acceptance_loop(rng)
            pds = model.predict_proba(x)[:, 1]
            bayesian = bayesian_measure(
                lambda outcomes, weight, pds=pds: best_fifth(pds, outcomes, weight),
                bad=np.where(approved, bad, np.nan),
                expected=pds,
                rng=rng,
                drawing=Drawing(n_draws=20),
            )
            truth = best_fifth(model.predict_proba(x_new)[:, 1], bad_new)
            found.append([truth, best_fifth(pds[approved], bad[approved]), bayesian.point])

        truth, on_approved, bayesian = np.mean(found, axis=0)
        assert truth == pytest.approx(0.1082, abs=0.0134)  # published mean and sd
        assert on_approved < 0.35 * truth
        assert bayesian == pytest.approx(truth, abs=0.03)


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


class TestBelief:
    """What was learned from few outcomes is learned anew in every draw."""

    @pytest.mark.slow
    def test_carries_the_uncertainty_of_what_was_learned(self):
        rng, learned, known = np.random.default_rng(8), [], []
        for _ in range(120):
            bad = np.full(1000, np.nan)
            bad[:60] = rng.random(60) < 0.2  # the others are as bad as these

            def belief(weights, seen=bad[:60]):
                return np.full(1000, np.average(seen, weights=weights[:60]))

            for held, expected in ((learned, belief), (known, belief(np.ones(1000)))):
                found = bayesian_bad_rate(bad=bad, expected=expected, rng=rng)
                held.append(found.lower <= 0.2 <= found.upper)

        assert np.mean(learned) >= 0.88
        assert np.mean(known) < 0.6

    def test_must_return_fractions_for_everybody(self):
        rows = {"bad": [0, 1, np.nan], "rng": np.random.default_rng(9)}
        with pytest.raises(DataError, match="expected"):
            bayesian_bad_rate(**rows, expected=lambda weights: weights[:2])
        with pytest.raises(DataError, match=r"^expected must"):
            bayesian_bad_rate(**rows, expected=lambda weights: weights * 0 + 2)
