"""riskkit.decisions.partial_certificates"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from riskkit.decisions import (
    Grid,
    SelectedSample,
    certify_labelled,
    certify_sensitivity,
    clopper_pearson_upper,
    cutoff_grid,
)
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit

LIMIT = Limit(rate="bad_rate", at_most=0.05, confidence=0.9)
ONE = Grid(cutoffs=np.array([1.0]), levels=np.array([1.0]))


def sample(n=20_000, share=0.8, gamma=1.0, seed=0):
    """PDs from 0.1 % to 10 %; the odds of bad of the others are gamma times those of the PD."""
    rng = np.random.default_rng(seed)
    pds = np.linspace(0.001, 0.1, n)
    approved = rng.random(n) < share
    others = gamma * pds / (1 - pds + gamma * pds)
    bad = rng.random(n) < np.where(approved, pds, others)
    return SelectedSample(pds=pds, approved=approved, bad=bad, propensity=np.full(n, share))


def grid():
    return cutoff_grid(np.linspace(0.001, 0.1, 5000), 100)


class TestCertifySensitivity:
    def test_goes_less_far_the_less_is_assumed(self):
        people = sample()

        found = [
            certify_sensitivity(people, grid=grid(), limit=LIMIT, gamma=gamma).cutoff
            for gamma in (1, 2, 4)
        ]

        assert found[0] > found[1] > found[2]
        assert found[0] > 0.085  # the truth is reached at 0.099

    def test_counts_the_others_as_bad_in_the_worst_case(self):
        people = sample(share=0.99)
        approved, bad = np.asarray(people.approved), np.asarray(people.bad)

        found = certify_sensitivity(people, grid=grid(), limit=LIMIT, gamma=np.inf)

        below = people.pds <= found.cutoff
        worst = int((below & (bad | ~approved)).sum())
        assert clopper_pearson_upper(worst, int(below.sum()), delta=0.1) <= 0.05
        assert found.method == "worst case"
        assert "whatever the outcomes of those not approved" in found.claim
        assert found.breakdown_gamma > 100

    def test_holds_just_up_to_its_breakdown_gamma(self):
        people = sample()
        found = certify_sensitivity(people, grid=grid(), limit=LIMIT, gamma=2)
        at_cutoff = Grid(cutoffs=np.array([found.cutoff]), levels=np.array([1.0]))

        gamma = found.breakdown_gamma

        assert gamma >= 2
        again = certify_sensitivity(people, grid=at_cutoff, limit=LIMIT, gamma=gamma * 0.999)
        assert again.cutoff == found.cutoff
        with pytest.raises(InfeasibleCutoffError):
            certify_sensitivity(people, grid=at_cutoff, limit=LIMIT, gamma=gamma * 1.001)

    def test_comes_near_the_published_breakdown_gamma_of_many_applicants(self):
        # w = 0.8, p = 0.03, cap 0.04: 8 % of the others, 2.81 times the odds.
        n = 2_000_000
        pds = np.full(n, 0.03)
        approved = np.arange(n) % 10 < 8
        bad = np.arange(n) // 10 % 100 < 3
        people = SelectedSample(pds=pds, approved=approved, bad=bad, propensity=np.ones(n))
        limit = Limit(rate="bad_rate", at_most=0.04, confidence=0.9)

        found = certify_sensitivity(people, grid=ONE, limit=limit, gamma=1)

        assert found.breakdown_gamma == pytest.approx(2.8115942, rel=0.03)

    def test_is_the_exact_test_where_everybody_was_approved(self):
        people = sample(share=1.0)

        found = certify_sensitivity(people, grid=grid(), limit=LIMIT, gamma=3)

        below = people.pds <= found.cutoffs[5]
        p_value = stats.binom.cdf(people.bad[below].sum(), below.sum(), 0.05)
        assert found.p_values[5] == pytest.approx(max(p_value, 1e-9), rel=1e-6)

    def test_names_the_cap_that_the_worst_case_meets(self):
        with pytest.raises(InfeasibleCutoffError, match=r"lowest cap it meets is about 0\.3\d\d\d"):
            certify_sensitivity(sample(), grid=grid(), limit=LIMIT, gamma=np.inf)

    @pytest.mark.parametrize("gamma", [2, np.inf])
    def test_says_that_nobody_was_approved(self, gamma):
        people = replace(sample(n=50), approved=np.zeros(50))

        with pytest.raises(InfeasibleCutoffError, match=r"none of the 50 applicants .* approved"):
            certify_sensitivity(people, grid=grid(), limit=LIMIT, gamma=gamma)

    def test_refuses_a_gamma_below_one(self):
        with pytest.raises(DataError, match=r"gamma must be at least 1, but is 0\.5"):
            certify_sensitivity(sample(), grid=grid(), limit=LIMIT, gamma=0.5)

    def test_refuses_unknown_outcomes_of_the_approved(self):
        people = sample(n=1000)
        bad = np.where(np.arange(1000) == 3, np.nan, people.bad)

        with pytest.raises(DataError, match=r"^bad must .* nan in row 3"):
            certify_sensitivity(
                replace(people, approved=np.ones(1000), bad=bad), grid=grid(), limit=LIMIT, gamma=1
            )

    @pytest.mark.slow
    def test_breaks_its_promise_no_more_often_than_allowed_within_gamma(self):
        # A world on the boundary: the cap is broken at the cut-off exactly where gamma is reached.
        n, gamma, share, repetitions = 4000, 2.0, 0.8, 1000
        p = 0.04
        others = gamma * p / (1 - p + gamma * p)
        truth = share * p + (1 - share) * others
        cap = truth * (1 - 1e-9)
        rules = {"stated": (gamma, 0.1), "too small a Gamma": (1.2, 0.1), "2 delta": (gamma, 0.2)}
        rng = np.random.default_rng(0)
        breaches = dict.fromkeys(rules, 0)

        for _ in range(repetitions):
            approved = rng.random(n) < share
            bad = rng.random(n) < np.where(approved, p, others)
            people = SelectedSample(
                pds=np.full(n, p), approved=approved, bad=bad, propensity=np.ones(n)
            )
            for name, (stated, delta) in rules.items():
                limit = Limit(rate="bad_rate", at_most=cap, confidence=1 - delta)
                try:
                    certify_sensitivity(people, grid=ONE, limit=limit, gamma=stated)
                    breaches[name] += 1
                except InfeasibleCutoffError:
                    pass

        allowed = repetitions * (0.1 + 3 * np.sqrt(0.09 / repetitions))
        assert breaches["stated"] <= allowed
        assert breaches["too small a Gamma"] > 0.5 * repetitions  # it fails, as it must
        assert breaches["2 delta"] > allowed  # the same harness catches a wrong level


class TestCertifyLabelled:
    def test_is_about_the_approved_only(self):
        found = certify_labelled(sample(), grid=grid(), limit=LIMIT)

        assert "whom the past policy approves too" in found.claim
        assert found.method == "binomial"
        assert found.breakdown_gamma > 0

    def test_has_no_gamma_for_false_rejections(self):
        limit = Limit(rate="false_rejection_rate", at_most=0.3, confidence=0.9)

        found = certify_labelled(
            replace(sample(), groups=np.arange(20_000)), grid=grid(), limit=limit
        )

        assert found.breakdown_gamma is None
        assert found.cutoffs[0] == 0.1  # from the lenient end
        assert found.cutoff == pytest.approx(0.072, abs=0.002)
