"""riskkit.decisions.exploration"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from riskkit.decisions import (
    ScoredOutcomes,
    Wish,
    certify_inverse_propensity,
    cutoff_grid,
    edge_above,
    exploration_for_certificate,
    plan_exploration,
    score_ledger,
    tradeoff_curve,
)
from riskkit.decisions import SelectedSample as Selected
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics

ECONOMICS = LoanEconomics(margin=0.05, lgd=0.8)
CUTOFF = float(edge_above(np.array([0.12]))[0])
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


@pytest.fixture(scope="module")
def past():
    return score_ledger(draw(200_000, lambda pds: np.full(len(pds), 0.05), seed=1))


def wish(target="bad_rate", width=0.02, **options):
    return Wish(cutoff=CUTOFF, target=target, width=width, n_future=40_000, **options)


def found_widths(plan, n, *, n_reps=40):
    widths = {"bad_rate": [], "false_rejection_rate": []}
    for seed in range(n_reps):
        ledger = score_ledger(draw(n, plan.propensities, seed=seed))
        row = tradeoff_curve(ledger, np.array([CUTOFF]), economics=ECONOMICS).iloc[0]
        for rate, values in widths.items():
            values.append(row[f"{rate}_upper"] - row[f"{rate}_lower"])
    return {rate: np.mean(values) for rate, values in widths.items()}


class TestPlanExploration:
    @pytest.mark.parametrize(
        ("target", "width"), [("bad_rate", 0.02), ("false_rejection_rate", 0.03)]
    )
    def test_meets_the_width_it_promises(self, past, target, width):
        plan = plan_exploration(past, wish(target, width), economics=ECONOMICS)

        assert plan.widths[target] == pytest.approx(width, rel=1e-6)
        assert found_widths(plan, 40_000)[target] == pytest.approx(width, rel=0.1)

    def test_trades_the_width_of_one_rate_for_that_of_the_other(self, past):
        plan = plan_exploration(past, wish(), economics=ECONOMICS)

        # Above the cut-off nobody is explored, so that nothing is learnt of false rejections.
        assert plan.widths["bad_rate"] < 0.9 * plan.uniform_widths["bad_rate"]
        assert plan.widths["false_rejection_rate"] == np.inf
        assert (plan.propensity[plan.bands.below == 0] == 0).all()

    def test_costs_less_the_wider_the_interval(self, past):
        prices = [
            plan_exploration(past, wish(width=width), economics=ECONOMICS).price
            for width in (0.015, 0.02, 0.03)
        ]

        assert prices[0] > prices[1] > prices[2] > 0

    def test_prices_what_is_lost_less_what_the_good_bring(self, past):
        plan = plan_exploration(past, wish(), economics=ECONOMICS)

        p, q, n = plan.bands.bad_rate, plan.propensity, plan.bands.n
        price = p * 80.0 - (1 - p) * (5.0 + 3.0)  # lost; margin, and the customer kept
        assert plan.bands.price == pytest.approx(price)
        assert plan.price == pytest.approx((n * q * price).sum())

    def test_gives_the_probabilities_to_log(self, past):
        plan = plan_exploration(past, wish(), economics=ECONOMICS)

        q = plan.propensities(np.array([1e-9, 0.05, CUTOFF, 0.9999]))

        assert (q[1:3] > 0).all()
        assert q[3] == 0

    def test_says_what_can_be_reached(self, past):
        with pytest.raises(InfeasibleCutoffError, match=r"at most 1% .* reaches a width of 0\.0"):
            plan_exploration(past, wish(width=0.01, most=0.01), economics=ECONOMICS)

    def test_says_when_even_all_outcomes_would_not_do(self, past):
        with pytest.raises(DataError, match=r"width must be at least 0\.00\d\d for 40000"):
            plan_exploration(past, wish(width=0.001), economics=ECONOMICS)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"width": 0}, "width must lie between 0 and 1"),
            ({"most": 0}, "most must lie above 0"),
            ({"target": "profit"}, "target must be bad_rate or false_rejection_rate, but is 'pro"),
            ({"n_future": 0}, "n_future must be positive"),
            ({"cutoff": 0.1234}, "cutoffs must be edges"),
        ],
    )
    def test_refuses_wishes_outside_their_range(self, past, change, words):
        with pytest.raises(DataError, match=words):
            plan_exploration(past, replace(wish(), **change), economics=ECONOMICS)

    def test_has_nothing_to_explore_where_nobody_is_rejected(self):
        outcomes = draw(1000, lambda pds: np.ones(len(pds)), seed=0)

        with pytest.raises(DataError, match="rejects nobody at the score gate"):
            plan_exploration(score_ledger(outcomes), wish(), economics=ECONOMICS)


class TestExplorationForCertificate:
    def test_lets_a_certificate_just_exist(self, past):
        grid = cutoff_grid(edge_above(draw(20_000, np.zeros_like, seed=9).pds), 100)
        reach = float(grid.cutoffs[49])

        plan = exploration_for_certificate(
            past, grid, LIMIT, economics=ECONOMICS, n_future=20_000, cutoff=reach
        )

        people = draw(20_000, plan.propensities, seed=3)
        sample = Selected(
            pds=people.pds,
            approved=~np.isnan(people.bad),
            bad=people.bad,
            propensity=people.propensity,
        )
        q = float(plan.propensity[0])
        found = certify_inverse_propensity(
            sample, grid=grid, limit=LIMIT, smallest_propensity=q, seed=0
        )
        assert found.cutoffs[0] == reach

    def test_says_how_many_applicants_it_takes(self, past):
        grid = cutoff_grid(edge_above(draw(20_000, np.zeros_like, seed=9).pds), 100)

        with pytest.raises(InfeasibleCutoffError, match=r"takes at least 246 applicants, even if"):
            exploration_for_certificate(past, grid, LIMIT, economics=ECONOMICS, n_future=100)

    def test_explores_no_more_than_it_may(self, past):
        grid = cutoff_grid(edge_above(draw(20_000, np.zeros_like, seed=9).pds), 100)
        asked = {"economics": ECONOMICS, "n_future": 2000}
        q = float(exploration_for_certificate(past, grid, LIMIT, **asked).propensity[0])

        found = exploration_for_certificate(past, grid, LIMIT, **asked, most=1.01 * q)

        assert found.propensity[0] == q
        with pytest.raises(InfeasibleCutoffError, match=r"even if 0\.\d+ of the would-be rejected"):
            exploration_for_certificate(past, grid, LIMIT, **asked, most=0.9 * q)

    def test_refuses_other_limits_and_cutoffs(self, past):
        grid = cutoff_grid(np.array([0.1, 0.2]))
        plain = Limit(rate="bad_rate", at_most=0.05)

        with pytest.raises(DataError, match="limit must bind bad_rate with a confidence"):
            exploration_for_certificate(past, grid, plain, economics=ECONOMICS)
        with pytest.raises(DataError, match=r"cutoff must be one of the grid's, but is 0\.15"):
            exploration_for_certificate(past, grid, LIMIT, economics=ECONOMICS, cutoff=0.15)
