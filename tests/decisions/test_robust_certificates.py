"""riskkit.decisions.robust_certificates"""

from dataclasses import replace

import numpy as np
import pytest

from riskkit.decisions import (
    Grid,
    SelectedSample,
    certify_doubly_robust,
    cutoff_grid,
)
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit

LIMIT = Limit(rate="bad_rate", at_most=0.05, confidence=0.9)


def draw(n=20_000, *, q=0.2, seed=0):
    """Bad rate below t is about t / 2; the past policy approves up to 0.05."""
    rng = np.random.default_rng(seed)
    pds = np.linspace(0.001, 0.2, n)
    propensity = np.where(pds <= 0.05, 1.0, q)
    approved = rng.random(n) < propensity
    bad = np.where(approved, rng.random(n) < pds, np.nan)
    return SelectedSample(pds=pds, approved=approved, bad=bad, propensity=propensity)


def certify(sample, *, expected=None, limit=LIMIT, q=0.2, **options):
    grid = options.pop("grid", cutoff_grid(np.linspace(0.001, 0.2, 5000), 100))
    guesses = sample.pds if expected is None else expected
    return certify_doubly_robust(
        sample, expected=guesses, grid=grid, limit=limit, smallest_propensity=q, seed=0, **options
    )


class TestCertifyDoublyRobust:
    def test_goes_beyond_the_past_policy(self):
        found = certify(draw())

        assert 0.05 < found.cutoff < 0.099
        assert found.method == "doubly robust betting"

    @pytest.mark.parametrize("guess", [0.0, 0.001, 0.9])
    def test_holds_whatever_is_expected(self, guess):
        found = certify(draw(60_000), expected=np.full(60_000, guess))

        assert 0.05 < found.cutoff < 0.099

    def test_counts_whoever_is_seen_too_rarely_as_bad(self):
        sample = draw()
        hidden = sample.pds > 0.07
        never = replace(
            sample,
            approved=sample.approved & ~hidden,
            propensity=np.where(hidden, 0.0, sample.propensity),
        )

        found = certify(never)

        assert 0.05 < found.cutoff < 0.08
        assert found.cutoff < certify(sample).cutoff

    def test_refuses_another_rate(self):
        limit = Limit(rate="false_rejection_rate", at_most=0.2, confidence=0.9)

        with pytest.raises(DataError, match="limit must bind bad_rate with a confidence"):
            certify(draw(100), limit=limit)

    def test_refuses_a_largest_guess_of_one(self):
        with pytest.raises(DataError, match=r"largest_expected must lie"):
            certify(draw(100), largest_expected=1.0)

    def test_says_how_many_applicants_it_needs(self):
        with pytest.raises(InfeasibleCutoffError, match=r"needs at least \d+ applicants"):
            certify(draw(500))

    @pytest.mark.slow
    def test_breaks_its_promise_no_more_often_than_allowed(self):
        # One cut-off a hair above the true one, as in the harness of the other certificates; a
        # mutant at four times delta is caught by the same harness.
        edge = 0.099
        levels = np.array([0.25, 0.35, 0.45, (edge * (1 + 1e-6) - 0.001) / 0.199])
        walk = Grid(cutoffs=0.001 + 0.199 * levels, levels=levels)
        repetitions, delta = 1000, 0.1
        breaches = {delta: 0, 4 * delta: 0}

        for seed in range(repetitions):
            sample = draw(4000, q=0.5, seed=seed)
            for level in breaches:
                limit = Limit(rate="bad_rate", at_most=0.05, confidence=1 - level)
                try:
                    found = certify(sample, limit=limit, q=0.5, grid=walk)
                    breaches[level] += found.cutoff > edge
                except InfeasibleCutoffError:
                    pass

        allowed = delta + 3 * np.sqrt(delta * (1 - delta) / repetitions)
        assert breaches[delta] / repetitions <= allowed
        assert breaches[4 * delta] / repetitions > allowed
