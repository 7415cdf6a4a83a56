"""riskkit.applicants.world.hidden"""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from riskkit.applicants.world import HiddenFactor


class TestHiddenFactor:
    @pytest.mark.parametrize("seen", [0.5, 0.9])
    @pytest.mark.slow
    def test_agrees_with_the_bivariate_normal(self, seen):
        factor = HiddenFactor(on_risk=0.6, seen_by_policy=seen)
        bad, passing = np.array([0.05, 0.2, 0.02]), np.array([0.1, 0.5, 0.9])

        scores = factor.scores_of_everybody(pds_if_passed=bad, passing=passing)

        # Bad: noise <= c; passed: other noise <= z; both see u, with opposite signs.
        covariance = [[1, -0.6 * seen], [-0.6 * seen, 1]]
        for c, share, rate in zip(scores, passing, bad, strict=True):
            from scipy.special import ndtri

            both = multivariate_normal(cov=covariance).cdf([c, ndtri(share)])
            assert both / share == pytest.approx(rate, rel=0.01)

    def test_changes_nothing_where_the_policy_does_not_see_it(self):
        factor = HiddenFactor(on_risk=0.6, seen_by_policy=0.0)
        bad = np.array([0.05, 0.2])

        scores = factor.scores_of_everybody(pds_if_passed=bad, passing=np.array([0.1, 0.9]))

        np.testing.assert_allclose(ndtr(scores), bad)

    def test_keeps_the_mean_pd_over_the_factor(self):
        factor = HiddenFactor(on_risk=0.6, seen_by_policy=0.9)
        u = np.random.default_rng(1).standard_normal(200_000)

        assert factor.pds(np.full_like(u, -1.5), u).mean() == pytest.approx(ndtr(-1.5), abs=0.001)
        assert factor.passes(np.full_like(u, 0.5), u).mean() == pytest.approx(ndtr(0.5), abs=0.003)
