"""riskkit.decisions.exploration"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from riskkit.decisions import (
    ScoredOutcomes,
    Wish,
    edge_above,
    plan_exploration,
    score_ledger,
    tradeoff_curve,
)
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics

ECONOMICS = LoanEconomics(margin=0.05, lgd=0.8)
SOMETIMES_PAYS = LoanEconomics(margin=0.1, lgd=0.8)
NEVER_PAYS = LoanEconomics(margin=0.0, churn=0.0, lgd=0.8)
CUTOFF = float(edge_above(np.array([0.12]))[0])
GAMMA = 4.0
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


def draw_unlike(n, explore, seed):
    """By PD as above, but the rejected of any PD have four times the odds of the approved."""
    rng = np.random.default_rng(seed)
    x, u = rng.normal(size=(2, n))
    pds = stats.norm.cdf((-2 + 0.8 * x) / np.sqrt(1.64))
    sure = x + 0.8 * u <= np.sqrt(1.64) * stats.norm.ppf(0.6)
    odds = np.where(sure, 1.0, GAMMA) * 0.5 * pds / (1 - pds)
    propensity = np.where(sure, 1.0, explore(pds))
    seen = rng.random(n) < propensity
    bad = np.where(seen, rng.random(n) < odds / (1 + odds), np.nan)
    return ScoredOutcomes(pds=pds, bad=bad, propensity=propensity, amount=np.full(n, 100.0))


@pytest.fixture(scope="module")
def unexplored():
    return score_ledger(draw_unlike(200_000, np.zeros_like, seed=2))


def wish(target="bad_rate", width=0.02, **options):
    return Wish(cutoff=CUTOFF, target=target, width=width, n_future=40_000, **options)


def found_widths(plan, n, *, n_reps=40, draw=draw):
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
        plan = plan_exploration(past, wish(), economics=NEVER_PAYS)

        # Above the cut-off nobody is explored, so that nothing is learnt of false rejections.
        assert plan.widths["bad_rate"] < 0.9 * plan.as_many.widths["bad_rate"]
        assert plan.widths["false_rejection_rate"] == np.inf
        assert (plan.propensity[plan.bands.below == 0] == 0).all()

    def test_is_the_cheapest_that_meets_the_width(self, past):
        plan = plan_exploration(past, wish(), economics=SOMETIMES_PAYS)
        rng = np.random.default_rng(0)
        n, p, price, seen = plan.bands.n, plan.bands.bad_rate, plan.bands.price, plan.bands.below

        def variance(q):
            return (seen * n * p * (1 - p) / np.where(seen > 0, q, 1)).sum()

        # Other plans up to the same highest probability, scaled until they tell as much.
        dearer = []
        for _ in range(300):
            q = plan.propensity * np.exp(rng.normal(0, 0.3, len(n)))
            low, high = 0.0, 100.0
            for _ in range(60):
                middle = (low + high) / 2
                enough = variance(np.minimum(middle * q, 0.5)) <= variance(plan.propensity)
                low, high = (low, middle) if enough else (middle, high)
            q = np.minimum(high * q, 0.5)
            if variance(q) <= variance(plan.propensity) * 1.001:
                dearer.append((n * q * price).sum() - plan.price)
        assert len(dearer) > 100
        assert min(dearer) > -1e-3 * abs(plan.price)
        assert (price < 0).any()  # else the case that went wrong is not tried

    def test_approves_as_many_as_it_may_where_that_pays(self, past):
        plan = plan_exploration(past, wish(most=0.4), economics=SOMETIMES_PAYS)

        assert plan.pays.any()
        assert plan.propensity[plan.pays] == pytest.approx(0.4)
        assert (plan.propensity[~plan.pays] < 0.4).all()

    def test_shows_uniform_exploration_of_as_many_and_at_the_same_price(self, past):
        plan = plan_exploration(past, wish(), economics=NEVER_PAYS)

        as_many, as_dear = plan.as_many, plan.as_dear
        assert as_many.n_explored == pytest.approx(plan.n_explored)
        assert as_many.price > plan.price
        assert as_dear.price == pytest.approx(plan.price)
        assert as_dear.widths["bad_rate"] > plan.widths["bad_rate"]
        assert as_dear.widths["bad_rate"] > as_many.widths["bad_rate"]

    def test_counts_on_the_tuning_rows_only(self, past):
        plan = plan_exploration(past, wish(width=0.03, share_tuned=0.25), economics=ECONOMICS)

        # Drawn on a quarter of the applicants, as `tune` does.
        assert (plan.n_applicants, plan.n_tuned) == pytest.approx((40_000, 10_000))
        assert found_widths(plan, 10_000)["bad_rate"] == pytest.approx(0.03, rel=0.1)

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

    def test_says_how_little_is_allowed(self, past):
        with pytest.raises(InfeasibleCutoffError, match=r"at most 0\.1% of the would-be"):
            plan_exploration(past, wish(most=0.001), economics=ECONOMICS)

    def test_says_what_can_be_reached(self, past):
        with pytest.raises(
            InfeasibleCutoffError, match=r"at most 1% .* reaches a width of 0\.0.*--most"
        ):
            plan_exploration(past, wish(width=0.01, most=0.01), economics=ECONOMICS)

    def test_says_when_even_all_outcomes_would_not_do(self, past):
        with pytest.raises(
            DataError, match=r"width must be at least 0\.00\d\d for 40000 .*--applicants"
        ):
            plan_exploration(past, wish(width=0.001), economics=ECONOMICS)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"width": 0}, "width must lie between 0 and 1"),
            ({"most": 0}, "most must lie above 0"),
            ({"target": "profit"}, "target must be bad_rate or false_rejection_rate, but is 'pro"),
            ({"n_future": 0}, "n_future must be positive"),
            ({"cutoff": 0.1234}, "cutoffs must be edges"),
            ({"share_tuned": 0}, "share_tuned must lie above 0"),
            ({"gamma": 2.0}, "gamma is an assumption for tables where nobody"),
            ({"gamma": 0.5}, "gamma must be at least 1, but is 0.5"),
        ],
    )
    def test_refuses_wishes_outside_their_range(self, past, change, words):
        with pytest.raises(DataError, match=words):
            plan_exploration(past, replace(wish(), **change), economics=ECONOMICS)

    def test_has_nothing_to_explore_where_nobody_is_rejected(self):
        outcomes = draw(1000, lambda pds: np.ones(len(pds)), seed=0)

        with pytest.raises(DataError, match="rejects nobody at the score gate"):
            plan_exploration(score_ledger(outcomes), wish(), economics=ECONOMICS)


class TestPlanExplorationWhereNobodyWasExplored:
    def test_meets_the_width_if_the_odds_are_as_assumed(self, unexplored):
        plan = plan_exploration(unexplored, wish(gamma=GAMMA), economics=NEVER_PAYS)

        found = found_widths(plan, 40_000, draw=draw_unlike)["bad_rate"]
        assert plan.gamma == GAMMA
        assert found == pytest.approx(0.02, rel=0.1)

    def test_does_not_if_they_are_carried_over(self, unexplored):
        plan = plan_exploration(unexplored, wish(gamma=1.0), economics=NEVER_PAYS)

        assert found_widths(plan, 40_000, draw=draw_unlike)["bad_rate"] > 1.5 * 0.02

    def test_assumes_twice_the_odds_and_says_what_if_they_are_twice_that(self, unexplored):
        plan = plan_exploration(unexplored, wish(), economics=NEVER_PAYS)

        found = found_widths(plan, 40_000, draw=draw_unlike)["bad_rate"]
        assert plan.gamma == 2
        assert plan.widths_if_worse["bad_rate"] == pytest.approx(found, rel=0.1)
