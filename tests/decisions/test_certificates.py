"""riskkit.decisions.certificates"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from riskkit.decisions import (
    Grid,
    OutcomeSample,
    SelectedSample,
    certified_index,
    certify_approximately,
    certify_binomial,
    certify_inverse_propensity,
    certify_thinned,
    cutoff_grid,
    one_per_group,
    starting_point,
)
from riskkit.decisions.binomial import binomial_p_values
from riskkit.errors import DataError, InfeasibleCutoffError, TooFewRowsError
from riskkit.lending import Limit

CAP, DELTA, REPETITIONS = 0.05, 0.1, 1000
#: Breaches that a rule with level delta exceeds in about 1 of 1,000 runs of the harness.
ALLOWED = DELTA + 3 * np.sqrt(DELTA * (1 - DELTA) / REPETITIONS)
LIMIT = Limit(rate="bad_rate", at_most=CAP, confidence=1 - DELTA)
TWICE = Limit(rate="bad_rate", at_most=CAP, confidence=1 - 2 * DELTA)


class World:
    """x is seen and u is not: PD = Phi(-2 + .8 x + .8 u); the score is the PD given x."""

    def __init__(self, past_approval):
        self.largest = np.sqrt(1.64) * stats.norm.ppf(past_approval)
        joint = stats.multivariate_normal(
            cov=[[1, -0.8 / np.sqrt(2.28)], [-0.8 / np.sqrt(2.28), 1]]
        )

        def excess(x):
            return joint.cdf([x, -2 / np.sqrt(2.28)]) / stats.norm.cdf(x) - CAP

        self.break_even = optimize.brentq(excess, -1, 3, xtol=1e-12)

    @staticmethod
    def pd(x):
        return stats.norm.cdf((-2 + 0.8 * x) / np.sqrt(1.64))

    def grid(self):
        # One cut-off lies a hair above the true one: a test of level delta passes it that often.
        oracle = stats.norm.cdf(self.break_even)
        levels = np.array([0.2, 0.35, 0.5, 0.6, 0.7, oracle * (1 + 1e-6), 0.85, 0.95])
        return Grid(cutoffs=self.pd(stats.norm.ppf(levels)), levels=levels)

    def draw(self, rng, n, q):
        x, u, chance = rng.standard_normal((3, n))
        propensity = np.where(x + 0.8 * u <= self.largest, 1.0, q)
        approved = rng.random(n) < propensity
        bad = np.where(approved, chance < -2 + 0.8 * x + 0.8 * u, np.nan)
        return SelectedSample(pds=self.pd(x), approved=approved, bad=bad, propensity=propensity)


def labelled(sample):
    return OutcomeSample(pds=sample.pds[sample.approved], bad=sample.bad[sample.approved])


def plug_in(sample, grid):
    below = sample.pds[:, None] <= grid.cutoffs
    bad_rates = (sample.bad[:, None] * below).sum(axis=0) / np.maximum(below.sum(axis=0), 1)
    return grid.cutoffs[np.flatnonzero(bad_rates <= CAP)[-1]]


def breach_share(rule, *, n, q=0.5, past_approval=0.6, repetitions=REPETITIONS):
    """Share of samples on which a rule approves up to a cut-off that breaks the cap."""
    world, rng = World(past_approval), np.random.default_rng(20261123)
    grid, breaches = world.grid(), []
    for seed in range(repetitions):
        sample = world.draw(rng, n, q)
        try:
            cutoff = rule(sample, grid, seed)
        except InfeasibleCutoffError:
            cutoff = 0.0
        breaches.append(cutoff > world.pd(world.break_even))
    return np.mean(breaches)


def uniform_sample(n=20_000, q=0.2, seed=0):
    """Bad rate below t is about t / 2; the past policy approves up to 0.05."""
    rng = np.random.default_rng(seed)
    pds = np.linspace(0.001, 0.2, n)
    propensity = np.where(pds <= 0.05, 1.0, q)
    approved = rng.random(n) < propensity
    bad = np.where(approved, rng.random(n) < pds, np.nan)
    return SelectedSample(pds=pds, approved=approved, bad=bad, propensity=propensity)


def certify(sample, method=certify_inverse_propensity, limit=LIMIT, q=0.2):
    grid = cutoff_grid(np.linspace(0.001, 0.2, 5000), 100)
    return method(sample, grid=grid, limit=limit, smallest_propensity=q, seed=0)


def certify_all(sample, limit=LIMIT):
    return certify_binomial(sample, grid=cutoff_grid(np.linspace(0.001, 0.2, 5000)), limit=limit)


BOTH = pytest.mark.parametrize("method", [certify_inverse_propensity, certify_thinned])


class TestCutoffGrid:
    def test_takes_quantiles_that_occur(self):
        grid = cutoff_grid(np.arange(1, 101) / 1000, n_cutoffs=4)

        assert grid.cutoffs.tolist() == [0.025, 0.05, 0.075, 0.1]
        assert grid.levels.tolist() == [0.25, 0.5, 0.75, 1.0]

    @given(pds=st.lists(st.sampled_from([0.01, 0.02, 0.05, 0.3]), min_size=1, max_size=40))
    def test_gives_tied_pds_their_true_level(self, pds):
        grid = cutoff_grid(pds, n_cutoffs=50)

        assert grid.cutoffs.tolist() == sorted(set(pds))
        assert grid.levels == pytest.approx([np.mean(np.array(pds) <= c) for c in grid.cutoffs])

    def test_refuses_an_empty_sample(self):
        with pytest.raises(DataError, match="pds_development has 0 values"):
            cutoff_grid([])


class TestStartingPoint:
    def test_is_the_first_with_enough_applicants(self):
        assert starting_point([0.1, 0.2, 0.3], n_expected=1000, n_needed=200) == 1

    def test_says_what_is_missing(self):
        with pytest.raises(InfeasibleCutoffError, match=r"400 are needed .* 300 are expected"):
            starting_point([0.1, 0.3], n_expected=1000, n_needed=400)


class TestCertifiedIndex:
    def test_stops_at_the_first_failure(self):
        assert certified_index([0.9, 0.01, 0.05, 0.06, 0.0], delta=0.05, start=1) == 2

    def test_is_none_where_the_first_fails(self):
        assert certified_index([0.01, 0.2, 0.01], delta=0.05, start=1) is None

    def test_is_the_last_where_none_fails(self):
        assert certified_index([0.01, 0.01], delta=0.05, start=0) == 1


class TestOnePerGroup:
    @given(groups=st.lists(st.sampled_from("abcdef"), max_size=30), seed=st.integers(0, 99))
    def test_keeps_every_customer_once(self, groups, seed):
        rows = one_per_group(np.array(groups, dtype=object), seed=seed)

        assert sorted(np.array(groups, dtype=object)[rows]) == sorted(set(groups))
        assert rows.tolist() == sorted(rows)

    def test_draws_each_application_alike(self):
        groups = np.repeat(np.arange(3000), 3)

        places = one_per_group(groups, seed=1) % 3

        assert np.bincount(places) / 3000 == pytest.approx(np.full(3, 1 / 3), abs=0.03)
        assert not np.array_equal(places, one_per_group(groups, seed=2) % 3)


class TestCertifyBinomial:
    def test_walks_the_path_of_exact_p_values(self):
        sample = labelled(uniform_sample(q=1.0))

        certificate = certify_all(sample)

        n = [int((sample.pds <= c).sum()) for c in certificate.cutoffs]
        n_bad = [int(sample.bad[sample.pds <= c].sum()) for c in certificate.cutoffs]
        assert certificate.p_values == pytest.approx(binomial_p_values(n_bad, n, cap=CAP), rel=1e-9)
        assert max(certificate.p_values[:-1]) <= DELTA < certificate.p_values[-1]
        assert certificate.cutoff == certificate.cutoffs[-2]
        assert certificate.n_tested == len(certificate.cutoffs)
        assert certificate.n_needed == 4 * 45
        assert 0.085 < certificate.cutoff < 0.099

    def test_says_what_is_certified_for_whom(self):
        sample = replace(labelled(uniform_sample()), population="applicants once approved")

        certificate = certify_all(sample)

        assert certificate.claim == (
            "With 90% confidence, at most 5% of applicants once approved with a PD of at most "
            f"{certificate.cutoff:.6g} turn bad."
        )

    def test_certifies_everything_where_nobody_is_bad(self):
        sample = OutcomeSample(pds=np.linspace(0.001, 0.2, 1000), bad=np.zeros(1000))

        assert certify_all(sample).cutoff == 0.2

    def test_says_how_many_applicants_it_needs(self):
        sample = OutcomeSample(pds=[0.01, 0.02], bad=[0, 0])

        with pytest.raises(InfeasibleCutoffError, match=r"needs at least 180 .* there are 2\.$"):
            certify_all(sample)

    def test_names_the_lowest_cap_of_the_first_cutoff(self):
        sample = OutcomeSample(pds=np.full(200, 0.001), bad=np.arange(200) < 20)

        with pytest.raises(
            InfeasibleCutoffError, match=r"p-value 0\.99.*lowest cap .* about 0\.1328\. There are"
        ):
            certify_all(sample)

    def test_says_how_many_rows_would_let_it_start_at_a_stricter_cutoff(self):
        # 180 are needed below the first cut-off; of 200 that is where 90 % are approved.
        sample = OutcomeSample(pds=np.linspace(0.001, 0.2, 200), bad=np.arange(200) % 5 == 0)

        with pytest.raises(
            TooFewRowsError,
            match=r"with 200 applicants with an outcome the walk starts where about 90% are "
            r"approved; to start at half of that takes about 400\.$",
        ):
            certify_all(sample)

    def test_refuses_customers_who_repeat(self):
        sample = OutcomeSample(pds=[0.1, 0.1, 0.1], bad=[0, 0, 1], groups=["ann", "bo", "ann"])

        with pytest.raises(DataError, match=r"1 rows repeat one.*'ann' in row 2.*`one_per_group`"):
            certify_all(sample)

    def test_refuses_weights_that_differ(self):
        sample = OutcomeSample(pds=[0.1, 0.1], bad=[0, 1], weight=[1.0, 2.0])

        with pytest.raises(DataError, match=r"^weight must be the same .* from 1\.0 to 2\.0"):
            certify_all(sample)

    def test_takes_equal_weights_and_different_customers(self):
        sample = labelled(uniform_sample())
        more = replace(
            sample, weight=np.full(sample.bad.size, 2.0), groups=np.arange(sample.bad.size)
        )

        assert certify_all(more) == certify_all(sample)

    @pytest.mark.parametrize(
        "limit",
        [
            Limit(rate="bad_rate", at_most=0.05),
            Limit(rate="loss_rate", at_most=0.05, confidence=0.9),
            Limit(rate="approval_rate", at_most=0.5, confidence=0.9),
        ],
    )
    def test_refuses_another_limit(self, limit):
        with pytest.raises(DataError, match=r"^limit must bind bad_rate or .* with a confidence"):
            certify_all(labelled(uniform_sample()), limit)

    def test_refuses_unknown_outcomes(self):
        with pytest.raises(DataError, match=r"^bad must .* first is nan in row 1\.$"):
            certify_all(OutcomeSample(pds=[0.1, 0.1], bad=[0, np.nan]))

    @pytest.mark.slow
    @pytest.mark.parametrize("n", [1000, 5000])
    def test_breaks_its_promise_no_more_often_than_allowed(self, n):
        breaches = breach_share(
            lambda sample, grid, _: (
                certify_binomial(labelled(sample), grid=grid, limit=LIMIT).cutoff
            ),
            n=n,
            q=1.0,
        )

        assert DELTA / 2 < breaches <= ALLOWED

    @pytest.mark.slow
    def test_is_caught_by_the_same_harness_where_it_is_wrong(self):
        def at_twice_delta(sample, grid, _):
            return certify_binomial(labelled(sample), grid=grid, limit=TWICE).cutoff

        def without_the_rejected(sample, grid, _):
            return certify_binomial(labelled(sample), grid=grid, limit=LIMIT).cutoff

        assert breach_share(at_twice_delta, n=2000, q=1.0) > ALLOWED
        assert breach_share(lambda s, grid, _: plug_in(s, grid), n=2000, q=1.0) > 0.35
        assert breach_share(without_the_rejected, n=2000, q=0.05, repetitions=200) > 0.95


@BOTH
class TestCertifyInversePropensityAndThinned:
    def test_certifies_beyond_the_past_policy(self, method):
        certificate = certify(uniform_sample(), method)

        assert 0.07 < certificate.cutoff < 0.099
        assert "5% of applicants who reach the score gate with" in certificate.claim

    def test_gives_the_same_again(self, method):
        assert certify(uniform_sample(), method) == certify(uniform_sample(), method)

    def test_ignores_outcomes_of_the_rejected(self, method):
        sample = uniform_sample()

        told = replace(sample, bad=np.where(sample.approved, sample.bad, 1.0))

        assert certify(told, method) == certify(sample, method)

    def test_never_passes_the_explored_where_the_rest_is_unreachable(self, method):
        sample = uniform_sample()
        beyond = sample.pds > 0.08
        blind = replace(
            sample,
            approved=sample.approved & ~beyond,
            propensity=np.where(beyond, 0.0, sample.propensity),
        )

        assert 0.07 < certify(blind, method).cutoff < 0.084

    def test_counts_as_bad_who_was_explored_less_than_relied_on(self, method):
        rng, sample = np.random.default_rng(5), uniform_sample()
        rare = sample.pds > 0.08
        propensity = np.where(rare, 0.01, sample.propensity)
        approved = np.where(rare, rng.random(rare.size) < 0.01, sample.approved)

        certificate = certify(
            replace(sample, approved=approved, propensity=propensity, bad=np.zeros(rare.size)),
            method,
        )

        assert 0.08 < certificate.cutoff < 0.09  # 5% of those below 0.0842 lie above 0.08

    def test_says_how_many_applicants_it_needs(self, method):
        needed = {certify_inverse_propensity: 926, certify_thinned: 900}[method]

        with pytest.raises(
            InfeasibleCutoffError,
            match=f"needs at least {needed} applicants at the score gate, but there are 800",
        ):
            certify(uniform_sample(800), method)

    def test_says_how_many_would_let_it_start_where_the_past_policy_approved(self, method):
        sample = uniform_sample(1000)
        worse = replace(sample, bad=(np.arange(1000) % 5 == 0).astype(float))
        needed = {certify_inverse_propensity: 926, certify_thinned: 900}[method]
        past = sample.approved.mean()

        with pytest.raises(
            TooFewRowsError,
            match=f"starts where about 9.% are approved; to start at the {past:.0%} approved in "
            f"the past takes about {np.ceil(needed / past):.0f}",
        ):
            certify(worse, method)

    def test_names_a_cap_that_the_first_cutoff_meets(self, method):
        sample = uniform_sample()
        worse = replace(sample, bad=(np.arange(20_000) % 5 == 0).astype(float))

        with pytest.raises(InfeasibleCutoffError, match=r"lowest cap it meets is about 0\.2\d\d\d"):
            certify(worse, method)

    def test_refuses_unknown_outcomes_of_the_approved(self, method):
        sample = uniform_sample()

        with pytest.raises(DataError, match=r"^bad must .* nan"):
            certify(replace(sample, bad=np.full(20_000, np.nan)), method)

    def test_refuses_customers_who_repeat(self, method):
        with pytest.raises(DataError, match="one_per_group"):
            certify(replace(uniform_sample(), groups=np.zeros(20_000)), method)

    def test_refuses_a_propensity_of_zero_to_rely_on(self, method):
        with pytest.raises(DataError, match=r"^smallest_propensity must lie above 0"):
            certify(uniform_sample(), method, q=0.0)

    def test_refuses_propensities_that_did_not_decide(self, method):
        sample = uniform_sample()
        claimed = np.where(sample.propensity < 1, 0.5, 1.0)

        with pytest.raises(DataError, match=r"^propensity must be the probability that decided"):
            certify(replace(sample, propensity=claimed), method)

    @pytest.mark.slow
    @pytest.mark.parametrize("q", [0.2, 0.5])
    def test_breaks_its_promise_no_more_often_than_allowed(self, method, q):
        breaches = breach_share(
            lambda sample, grid, seed: (
                method(sample, grid=grid, limit=LIMIT, smallest_propensity=q, seed=seed).cutoff
            ),
            n=4000,
            q=q,
        )

        assert DELTA / 5 < breaches <= ALLOWED

    @pytest.mark.slow
    def test_is_caught_by_the_same_harness_where_it_is_wrong(self, method):
        def with_the_rejected_left_out(sample, grid, seed):
            seen = sample.approved
            return method(
                SelectedSample(
                    pds=sample.pds[seen],
                    approved=sample.approved[seen],
                    bad=sample.bad[seen],
                    propensity=np.ones(seen.sum()),
                ),
                grid=grid,
                limit=LIMIT,
                smallest_propensity=1.0,
                seed=seed,
            ).cutoff

        assert breach_share(with_the_rejected_left_out, n=4000, q=0.2, repetitions=200) > 0.95

    @pytest.mark.slow
    def test_is_caught_by_the_same_harness_at_twice_delta(self, method):
        breaches = breach_share(
            lambda sample, grid, seed: (
                method(sample, grid=grid, limit=TWICE, smallest_propensity=0.2, seed=seed).cutoff
            ),
            n=4000,
            q=0.2,
        )

        assert breaches > ALLOWED


class TestCertifyDownwards:
    """Approval and false rejection rates are walked from the lenient end."""

    def test_certifies_a_floor_of_approvals(self):
        sample = labelled(uniform_sample(q=1.0))
        limit = Limit(rate="approval_rate", at_least=0.6, confidence=0.9)

        found = certify_all(sample, limit)

        n = [int((sample.pds <= c).sum()) for c in found.cutoffs]
        assert found.p_values == pytest.approx(stats.binom.sf(np.array(n) - 1, 20_000, 0.6))
        assert found.cutoffs[0] == 0.2
        assert 0.12 < found.cutoff < 0.122  # the truth is 0.12
        assert found.claim.startswith("With 90% confidence, at least 60% of applicants have a PD")

    def test_certifies_a_cap_of_false_rejections(self):
        sample = labelled(uniform_sample(q=1.0))
        limit = Limit(rate="false_rejection_rate", at_most=0.3, confidence=0.9)

        found = certify_all(sample, limit)

        goods = sample.pds[sample.bad == 0]
        rejected = [int((goods > c).sum()) for c in found.cutoffs]
        assert found.p_values == pytest.approx(stats.binom.cdf(rejected, goods.size, 0.3))
        assert found.passed == tuple(sorted(found.passed, reverse=True))
        assert (goods > found.cutoff).mean() < 0.3
        assert "of the good among applicants have a PD above" in found.claim

    @pytest.mark.parametrize(
        ("limit", "needed"),
        [
            (Limit(rate="approval_rate", at_least=0.8, confidence=0.95), "14 applicants with an"),
            (Limit(rate="false_rejection_rate", at_most=0.1, confidence=0.95), "29 good appli"),
        ],
    )
    def test_says_how_many_rows_it_needs(self, limit, needed):
        sample = OutcomeSample(pds=np.linspace(0.001, 0.2, 10), bad=np.arange(10) == 0)

        with pytest.raises(TooFewRowsError, match=f"needs at least {needed}.* but there are"):
            certify_all(sample, limit)

    def test_says_how_many_rows_betting_needs(self):
        limit = Limit(rate="false_rejection_rate", at_most=0.1, confidence=0.9)

        with pytest.raises(TooFewRowsError, match=r"needs at least 117 applicants .* are 100"):
            certify(uniform_sample(100), limit=limit)

    def test_names_the_floor_that_would_be_met(self):
        sample = OutcomeSample(pds=np.full(500, 0.15), bad=np.zeros(500))
        limit = Limit(rate="approval_rate", at_least=0.99, confidence=0.9)
        grid = Grid(cutoffs=np.array([0.1]), levels=np.array([1.0]))

        with pytest.raises(InfeasibleCutoffError, match=r"highest floor it meets is about 0\.0000"):
            certify_binomial(sample, grid=grid, limit=limit)

    def test_certifies_false_rejections_of_everybody_by_betting(self):
        limit = Limit(rate="false_rejection_rate", at_most=0.5, confidence=0.9)

        found = certify(uniform_sample(), limit=limit)

        # Goods above t among goods: about (0.2 - t - 0.02 + t^2 / 2) / 0.18.
        assert 0.094 < found.cutoff < 0.12

    def test_takes_who_is_not_relied_on_for_a_rejected_good(self):
        limit = Limit(rate="false_rejection_rate", at_most=0.5, confidence=0.9)
        sample = uniform_sample()
        rest = (sample.propensity < 1) & (np.arange(20_000) % 2 == 0)
        approved = np.asarray(sample.approved) & ~rest
        unreachable = replace(
            sample,
            approved=approved,
            propensity=np.where(rest, 0.0, sample.propensity),
            bad=np.where(approved, sample.bad, np.nan),
        )

        assert certify(unreachable, limit=limit).cutoff > certify(sample, limit=limit).cutoff

    def breaches(self, delta, *, q, promised, repetitions=1000):
        """Share of samples on which the cap is broken, and what chance allows a rule of `promised`.

        Of the goods exactly the cap lies above a hair below one of the cut-offs.
        """
        cap = 0.3
        limit = Limit(rate="false_rejection_rate", at_most=cap, confidence=1 - delta)
        edge = 1 - cap
        levels = np.array([0.4, edge * (1 - 1e-6), 0.85, 1.0])
        grid = Grid(cutoffs=levels, levels=levels)
        rng, breaches = np.random.default_rng(0), 0

        for seed in range(repetitions):
            pds = rng.random(2000)
            propensity = np.where(pds < 0.5, 1.0, q)
            approved = rng.random(2000) < propensity
            bad = np.where(approved, rng.random(2000) < 0.1, np.nan)
            sample = SelectedSample(pds=pds, approved=approved, bad=bad, propensity=propensity)
            found = (
                certify_binomial(labelled(sample), grid=grid, limit=limit)
                if q == 1
                else certify_inverse_propensity(
                    sample, grid=grid, limit=limit, smallest_propensity=q, seed=seed
                )
            )
            breaches += found.cutoff < edge
        chance = 3 * np.sqrt(promised * (1 - promised) / repetitions)
        return breaches / repetitions, promised + chance

    @pytest.mark.slow
    @pytest.mark.parametrize("q", [0.5, 1.0])
    def test_breaks_its_promise_no_more_often_than_allowed(self, q):
        found, allowed = self.breaches(0.1, q=q, promised=0.1)

        assert 0.02 < found <= allowed

    @pytest.mark.slow
    @pytest.mark.parametrize(("q", "delta"), [(0.5, 0.2), (1.0, 0.1)])
    def test_is_caught_by_the_same_harness_at_twice_delta(self, q, delta):
        found, allowed = self.breaches(2 * delta, q=q, promised=delta)

        assert found > allowed


class TestCertifyApproximately:
    def certify(self, sample, **options):
        grid = cutoff_grid(np.linspace(0.001, 0.2, 5000), 100)
        return certify_approximately(sample, grid=grid, limit=LIMIT, **options)

    def test_says_that_it_is_approximate(self):
        found = self.certify(uniform_sample())

        assert found.method == "inverse propensity, normal limit (approximate)"
        assert found.claim.startswith("Approximately, with 90% confidence, at most 5%")

    def test_goes_further_than_what_holds(self):
        sample = uniform_sample()

        robust = self.certify(sample, expected=sample.pds)

        assert robust.method == "doubly robust, normal limit (approximate)"
        assert robust.cutoff >= certify(sample).cutoff

    def test_takes_nobody_whom_it_cannot_see(self):
        sample = uniform_sample()
        unreachable = replace(
            sample,
            approved=np.asarray(sample.approved) & (sample.propensity == 1),
            propensity=np.where(sample.propensity < 1, 0.0, 1.0),
        )

        with pytest.raises(DataError, match="propensity must be positive for everybody"):
            self.certify(unreachable)
