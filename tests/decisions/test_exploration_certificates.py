"""riskkit.decisions.exploration_certificates"""

import numpy as np
import pytest
from scipy import stats

from riskkit.decisions import (
    CertificateWish,
    ScoredOutcomes,
    SelectedSample,
    certify_inverse_propensity,
    cutoff_grid,
    edge_above,
    exploration_for_certificate,
    score_ledger,
)
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics

ECONOMICS = LoanEconomics(margin=0.05, lgd=0.8)
LIMIT = Limit(rate="bad_rate", at_most=0.05, confidence=0.95)


def draw(n, explore, seed):
    """x is seen, u is not; the past policy approves 60 % by both; `explore` maps PDs to chances."""
    rng = np.random.default_rng(seed)
    x, u = rng.normal(size=(2, n))
    pds = stats.norm.cdf((-2 + 0.8 * x) / np.sqrt(1.64))
    sure = x + 0.8 * u <= np.sqrt(1.64) * stats.norm.ppf(0.6)
    propensity = np.where(sure, 1.0, explore(pds))
    seen = rng.random(n) < propensity
    bad = np.where(seen, rng.random(n) < stats.norm.cdf(-2 + 0.8 * x + 0.8 * u), np.nan)
    return ScoredOutcomes(pds=pds, bad=bad, propensity=propensity, amount=np.full(n, 100.0))


def certified(plan, n, grid, seed):
    """Certify after an exploration by plan, as `tune` does; None where nothing can be."""
    people = draw(n, plan.propensities, seed=seed)
    sample = SelectedSample(
        pds=people.pds,
        approved=~np.isnan(people.bad),
        bad=people.bad,
        propensity=people.propensity,
    )
    q = float(plan.propensity.max())
    try:
        return certify_inverse_propensity(
            sample, grid=grid, limit=LIMIT, smallest_propensity=q, seed=seed
        )
    except InfeasibleCutoffError:
        return None


@pytest.fixture(scope="module")
def past():
    return score_ledger(draw(200_000, lambda pds: np.full(len(pds), 0.05), seed=1))


@pytest.fixture(scope="module")
def grid():
    return cutoff_grid(edge_above(draw(20_000, np.zeros_like, seed=9).pds), 100)


def found(past, grid, **options):
    wish = CertificateWish(**{"limit": LIMIT, "n_future": 6000} | options)
    return exploration_for_certificate(past, grid, wish, economics=ECONOMICS)


class TestExplorationForCertificate:
    @pytest.mark.slow
    def test_lets_a_certificate_just_exist(self, past, grid):
        reach = float(grid.cutoffs[49])

        least = found(past, grid, cutoff=reach).least

        assert certified(least, 6000, grid, seed=3).cutoffs[0] == reach
        assert least.propensity[0] == pytest.approx(
            np.expm1(4 * np.log(20) / np.floor(6000 * grid.levels[49])) / 0.05
        )

    @pytest.mark.slow
    def test_reaches_the_cutoff_with_the_chance_it_promises(self, past, grid):
        reach = float(grid.cutoffs[59])

        budget = found(past, grid, cutoff=reach)

        reached = [
            walk is not None and walk.cutoff >= reach
            for walk in (certified(budget.plan, 6000, grid, seed) for seed in range(200))
        ]
        assert budget.least.n_explored < budget.plan.n_explored
        assert budget.chance_of_least < 0.8 <= budget.chance
        # The chance is known to 4 points, and so is what is found.
        assert np.mean(reached) == pytest.approx(0.8, abs=0.12)

    def test_counts_each_customer_of_the_tuning_rows_once(self, past, grid):
        asked = {"cutoff": float(grid.cutoffs[29]), "share_tuned": 0.5, "customers_per_row": 0.8}

        some = found(past, grid, **asked, n_future=15_000)

        every = found(past, grid, cutoff=asked["cutoff"], n_future=6000)
        assert some.n_certified == pytest.approx(every.n_certified)
        assert some.least.propensity == pytest.approx(every.least.propensity)
        assert some.least.n_explored == pytest.approx(2.5 * every.least.n_explored)

    def test_tries_with_as_many_whole_applicants_as_its_plan_rests_on(self, past, grid):
        # With fractions the walk could start beyond the cut-off that it is to reach.
        asked = {"cutoff": float(grid.cutoffs[29]), "share_tuned": 0.6, "customers_per_row": 0.97}

        some = found(past, grid, **asked, n_future=10_001)

        assert some.n_certified == 5821
        needed = np.ceil(4 * np.log(20) / np.log1p(some.least.propensity[0] * 0.05))
        assert needed <= 5821 * grid.levels[29]

    def test_says_how_many_applicants_it_takes(self, past, grid):
        reach = float(grid.cutoffs[49])

        with pytest.raises(InfeasibleCutoffError, match=r"takes at least 492 applicants, even if"):
            found(past, grid, cutoff=reach, n_future=100)
        with pytest.raises(InfeasibleCutoffError, match=r"983 applicants, of whom .* counts 50%"):
            found(past, grid, cutoff=reach, n_future=100, share_tuned=0.5)

    @pytest.mark.slow
    def test_explores_no_more_than_it_may(self, past, grid):
        asked = {"cutoff": float(grid.cutoffs[49]), "n_future": 2000}
        q = float(found(past, grid, **asked).least.propensity[0])

        budget = found(past, grid, **asked, most=1.01 * q)

        assert budget.least.propensity[0] == q
        assert budget.plan.propensity[0] == pytest.approx(1.01 * q)
        assert budget.chance < budget.wanted
        with pytest.raises(InfeasibleCutoffError, match=r"even if 0\.\d+ of the would-be rejected"):
            found(past, grid, **asked, most=0.9 * q)

    def test_refuses_a_cap_below_the_rate(self, past, grid):
        with pytest.raises(InfeasibleCutoffError, match=r"however many .* estimated at \d+"):
            found(past, grid)

    @pytest.mark.slow
    def test_shows_the_rate_as_it_is(self, past, grid):
        reach = float(grid.cutoffs[59])
        everybody = draw(200_000, lambda pds: np.ones(len(pds)), seed=5)

        rate = found(past, grid, cutoff=reach, n_future=2500, most=0.7).bad_rate

        assert rate == pytest.approx(everybody.bad[everybody.pds <= reach].mean(), rel=0.05)

    def test_says_what_it_assumed_of_that_rate(self, grid):
        unexplored = score_ledger(draw(50_000, np.zeros_like, seed=2))

        with pytest.raises(InfeasibleCutoffError, match=r"estimated, with gamma 9, at \d"):
            found(unexplored, grid, gamma=9.0)

    @pytest.mark.parametrize(
        ("limit", "words"),
        [
            (Limit(rate="bad_rate", at_most=0.05), "limit must bind bad_rate with a confidence"),
            (
                Limit(rate="false_rejection_rate", at_most=0.05, confidence=0.95),
                "plan the width of its interval instead",
            ),
            (Limit(rate="approval_rate", at_least=0.5, confidence=0.95), "nothing need be expl"),
            (Limit(rate="loss_rate", at_most=0.05, confidence=0.95), "bad rate by number only"),
        ],
    )
    def test_refuses_other_limits(self, past, grid, limit, words):
        with pytest.raises(DataError, match=words):
            found(past, grid, limit=limit)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"cutoff": 0.15}, r"cutoff must be one of the grid's, but is 0\.15"),
            ({"most": 0.0}, "most must lie above 0"),
            ({"chance": 1.0}, "chance must lie between 0 and 1"),
            ({"customers_per_row": 0.0}, "customers_per_row must lie above 0"),
        ],
    )
    def test_refuses_wishes_outside_their_range(self, past, grid, change, words):
        with pytest.raises(DataError, match=words):
            found(past, grid, **change)
