"""riskkit.applicants.world.outcomes"""

import numpy as np
import pytest
from scipy import stats

from riskkit._records import as_record
from riskkit.applicants.world import Interaction, Money, Risk, Slope, Steps
from riskkit.applicants.world.arrears import Courses
from riskkit.applicants.world.marginals import MISSING
from riskkit.applicants.world.outcomes import (
    REACTIONS,
    Loan,
    RiskPlan,
    draw_reactions,
    loan_results,
    stop_costs,
)
from riskkit.errors import DataError
from riskkit.lending import CAUSES

SUPPORTS = {"a": np.array([0.0, 1.0]), "b": np.array([0.0, -2.0]), "c": ("app", "web")}
EFFECTS = {
    "a": Slope(weight=0.5, if_missing=0.4),
    "b": Slope(weight=0.25),
    "c": Steps(weights={"web": 0.2}),
}


def money_of(**changes):
    shares = {cause: {"buys": 0.3, "abandons": 0.5, "leaves": 0.2} for cause in CAUSES}
    shares["system"] = {"buys": 0.6, "abandons": 0.4, "leaves": 0.0}
    terms = {"merchant_commission": 0.01, "funding": 0.06, "lgd": 0.8, "lifetime_value": 0.15}
    return Money(**(terms | {"after_stop": shares} | changes))


def courses_of(default_month):
    month = np.array(default_month, dtype=np.int16)
    return Courses(bad=month > 0, default_month=month, days=month * 30, worst=(month > 0) * 4)


def loans(amount, term, fee_rate):
    return Loan(amount=np.array(amount), term=np.array(term), fee_rate=np.array(fee_rate))


class TestRisk:
    def test_refuses_a_pair_without_effects(self):
        content = {
            "intercept": -3, "hidden": 0, "effects": {},
            "interactions": [{"first": "age", "second": "term", "weight": 1}],
        }  # fmt: skip

        with pytest.raises(DataError, match="interactions: age has no effect of its own"):
            as_record(Risk, content, source="world.yaml")


class TestMoney:
    @pytest.mark.parametrize(
        "shares",
        [
            {"buys": 0.5, "abandons": 0.5},
            {"buys": 0.5, "abandons": 0.5, "leaves": 0.1},
        ],
    )
    def test_needs_all_reactions_to_share_one(self, shares):
        content = money_of().model_dump()
        content["after_stop"]["policy"] = shares

        with pytest.raises(DataError, match=r"after_stop\.policy must share 1 out among buys, aba"):
            as_record(Money, content, source="world.yaml")

    def test_needs_every_cause(self):
        content = money_of().model_dump()
        del content["after_stop"]["score"]

        with pytest.raises(DataError, match=r"after_stop\.score must share 1 out"):
            as_record(Money, content, source="world.yaml")


class TestRiskPlan:
    def test_agrees_with_a_sum_by_hand(self):
        pair = Interaction(first="a", second="b", weight=2)
        risk = Risk(intercept=-3, effects=EFFECTS, interactions=(pair,), hidden=0.7)
        codes = {
            "a": np.array([0, 1, MISSING]),
            "b": np.array([0, 1, 1]),
            "c": np.array([0, 1, MISSING]),
        }

        log_odds = RiskPlan.of(risk, SUPPORTS).log_odds(codes, np.array([0.0, 1.0, -1.0]))

        by_hand = [
            -3 + 2 * np.log(2) * np.log(2),
            -3 + 0.7 + 0.5 - 0.5 + 0.2 + 2 * np.log(1 + np.exp(0.5)) * np.log(1 + np.exp(-0.5)),
            -3 - 0.7 + 0.4 - 0.5 + 2 * np.log(1 + np.exp(0.4)) * np.log(1 + np.exp(-0.5)),
        ]
        assert log_odds == pytest.approx(by_hand)

    def test_spreads_the_log_odds_by_what_no_column_shows(self):
        risk = Risk(intercept=-2, effects={}, hidden=0.7)

        log_odds = RiskPlan.of(risk, {}).log_odds({}, np.array([-1.0, 0.0, 2.0]))

        assert log_odds == pytest.approx([-2.7, -2, -0.6])


class TestLoanResults:
    def test_earns_fees_and_commission_on_a_loan_that_is_paid(self):
        results = loan_results(money_of(), loans([1200.0], [12], [0.005]), courses_of([0]))

        assert results.exposure.tolist() == [0]
        assert results.loss.tolist() == [0]
        # 12 fees of 6, 1 % commission, and 6 % a year on 1200 that are paid back by twelfths:
        # 1200, 1100, ... 100 for a month each.
        funding = 0.06 * sum(range(100, 1300, 100)) / 12
        assert results.margin.tolist() == pytest.approx([12 * 6 + 12 - funding])

    def test_loses_what_is_owed_at_default(self):
        # Late by four instalments at the end of month 6: two were paid, ten are owed.
        results = loan_results(money_of(), loans([1200.0], [12], [0.005]), courses_of([6]))

        assert results.exposure.tolist() == pytest.approx([1200 * 10 / 12])
        assert results.loss.tolist() == pytest.approx([1000 * 0.8])
        assert results.margin.tolist() == pytest.approx([2 * 6 + 12 - 0.06 * 1200 * 13 / 24])

    def test_owes_all_of_a_loan_that_was_never_paid(self):
        results = loan_results(money_of(), loans([900.0], [3], [0.0]), courses_of([4]))

        assert results.exposure.tolist() == [900]

    def test_owes_an_instalment_at_least(self):
        # Beyond its term by more than four months: cured in between, the last one is owed.
        results = loan_results(money_of(), loans([900.0], [3], [0.0]), courses_of([7]))

        assert results.exposure.tolist() == pytest.approx([300])

    def test_rounds_to_cents(self):
        results = loan_results(money_of(), loans([1000.0], [3], [0.0]), courses_of([7]))

        assert results.exposure.tolist() == [333.33]
        assert results.loss.tolist() == [266.67]


class TestDrawReactions:
    @pytest.mark.parametrize("cause", CAUSES)
    def test_shares_reactions_out_by_the_cause(self, cause):
        money = money_of()
        stopped_by = np.full(100_000, CAUSES.index(cause), dtype=np.int8)

        reactions = draw_reactions(
            money, stopped_by, np.zeros(100_000, bool), np.random.default_rng(0)
        )

        shares = np.array([money.after_stop[cause][reaction] for reaction in REACTIONS])
        observed = np.bincount(reactions, minlength=4)[1:]
        assert observed.sum() == 100_000
        assert (observed[shares == 0] == 0).all()
        some = shares > 0
        assert stats.chisquare(observed[some], 100_000 * shares[some]).pvalue > 1e-3

    def test_lets_the_approved_be_and_the_others_try_again(self):
        stopped_by = np.array([-1, -1, 0, 3], dtype=np.int8)
        again = np.array([False, False, True, True])

        reactions = draw_reactions(money_of(), stopped_by, again, np.random.default_rng(0))

        assert reactions.tolist() == [-1, -1, 0, 0]


class TestStopCosts:
    def test_agrees_with_a_sum_by_hand(self):
        # Approved, tries again, buys, abandons, leaves; then leaves with a loan without profit.
        reactions = np.array([-1, 0, 1, 2, 3, 3], dtype=np.int8)
        loan = loans([1000.0] * 6, [12] * 6, [0.005] * 6)
        margin = np.array([40.0] * 5 + [-5.0])

        costs = stop_costs(money_of(), reactions, margin, loan, np.ones(6, bool))

        assert costs.tolist() == pytest.approx([0, 0, 40, 40, 40 + 0.15 * 1000, 0.15 * 1000])

    def test_counts_nothing_for_bads(self):
        costs = stop_costs(
            money_of(),
            np.array([3], dtype=np.int8),
            np.array([40.0]),
            loans([1000.0], [12], [0.0]),
            np.zeros(1, bool),
        )

        assert costs.tolist() == [0]
