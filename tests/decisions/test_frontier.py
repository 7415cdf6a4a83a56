"""riskkit.decisions.frontier"""

import numpy as np
import pytest

from riskkit.decisions import (
    Goal,
    LedgerBuilder,
    ScoredOutcomes,
    frontier,
    pd_model,
    retune,
    score_ledger,
    tradeoff_curve,
)
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import LoanEconomics, parse_limit

ECONOMICS = LoanEconomics(margin=0.06, lgd=0.85, operating=2.0)


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(0)
    pds = rng.beta(1, 12, 300_000)
    bad = (rng.random(pds.size) < pds) * 1.0
    amount = rng.lognormal(6, 0.7, pds.size).round(2)
    return ScoredOutcomes(pds=pds, bad=bad, propensity=np.ones(pds.size), amount=amount)


@pytest.fixture(scope="module")
def ledger(people):
    return score_ledger(people)


class TestRetune:
    def test_is_as_good_as_an_exhaustive_search_over_sorted_pds(self, people, ledger):
        # Without a cost per loan, so that the sign of a gain depends on the PD alone: otherwise the
        # search over rows finds the luck of single amounts.
        economics = ECONOMICS.model_copy(update={"operating": 0.0})
        values = economics.values(people.amount)
        approved = (1 - people.pds) * values.good_if_approved + people.pds * values.bad_if_approved
        gain = approved - (1 - people.pds) * values.good_if_stopped
        order = np.argsort(people.pds)
        best = np.cumsum(gain[order]).max()

        goal = Goal(objective="profit", economics=economics)
        found = retune(frontier(ledger, model=pd_model(ledger)), goal)

        earned = gain[people.pds <= found.pd_cutoff].sum()
        assert best - earned <= 1e-6 * best

    def test_gives_the_rates_of_the_curve(self, ledger):
        goal = Goal(limits=(parse_limit("bad_rate <= 4%"),), economics=ECONOMICS)

        found = retune(frontier(ledger), goal)

        row = tradeoff_curve(ledger, np.array([found.pd_cutoff]), economics=ECONOMICS).iloc[0]
        for rate in ("approval_rate", "bad_rate", "false_rejection_rate", "model_profit"):
            assert getattr(found, rate) == pytest.approx(row[rate])
        assert 0.0399 < found.bad_rate <= 0.04

    def test_keeps_to_limits_on_money(self, ledger):
        limits = (parse_limit("loss_rate <= 3%"), parse_limit("approval_rate >= 0.3"))

        found = retune(frontier(ledger), Goal(limits=limits, economics=ECONOMICS))

        row = tradeoff_curve(ledger, np.array([found.pd_cutoff]), economics=ECONOMICS).iloc[0]
        assert 0.0299 < row["loss_rate"] <= 0.03

    def test_says_which_limits_clash(self, ledger):
        limits = (parse_limit("bad_rate <= 1%"), parse_limit("approval_rate >= 0.9"))

        with pytest.raises(InfeasibleCutoffError, match=r"together; with approval_rate >= 0\.9"):
            retune(frontier(ledger), Goal(limits=limits))

    @pytest.mark.parametrize(
        "limit", ["bad_rate <= 3% @ 95%", "false_rejection_gap <= 2% by channel"]
    )
    def test_refuses_limits_that_take_rows(self, ledger, limit):
        limits = (parse_limit("loss_rate <= 3%"), parse_limit(limit))

        with pytest.raises(DataError, match="use tune_cutoff, which reads the rows"):
            retune(frontier(ledger), Goal(limits=limits))


class TestFrontier:
    def test_is_not_to_be_had_of_nobody(self):
        with pytest.raises(DataError, match="The ledger is empty"):
            frontier(LedgerBuilder().ledger())
