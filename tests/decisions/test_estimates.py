"""riskkit.decisions.estimates"""

import numpy as np
import pytest
from scipy import stats

from riskkit.decisions import (
    ScoredOutcomes,
    edge_above,
    incumbent_rates,
    score_ledger,
    tradeoff_curve,
)
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics

ECONOMICS = LoanEconomics(margin=0.1, lgd=0.5, churn=0.1, lifetime_value=0.5)


def ledger_of(pds, bad, propensity, amount=100.0):
    pds, bad, propensity = (np.asarray(column, dtype=float) for column in (pds, bad, propensity))
    amounts = np.full(len(pds), amount)
    return score_ledger(ScoredOutcomes(pds=pds, bad=bad, propensity=propensity, amount=amounts))


def at_gate(population):
    rows = population.at_gate()
    history = population.history
    propensity = np.ones(rows.sum()) if history.propensity is None else history.propensity[rows]
    ledger = ledger_of(population.pds[rows], history.bad[rows], propensity)
    return ledger, population.pds[rows], population.true_bad[rows]


class TestTradeoffCurve:
    def test_agrees_with_a_count_by_hand(self):
        ledger = ledger_of([0.01, 0.02, 0.03, 0.5, 0.6], [0, 0, 1, 0, 1], [1] * 5)

        row = tradeoff_curve(ledger, edge_above(np.array([0.1])), economics=ECONOMICS).iloc[0]

        assert row["approval_rate"] == pytest.approx(3 / 5)
        assert row["bad_rate"] == pytest.approx(1 / 3)
        assert row["false_rejection_rate"] == pytest.approx(1 / 3)
        assert row["profit"] == pytest.approx((2 * 10 - 50 - 5) / 5)
        assert row["bad_rate_upper"] == pytest.approx(stats.beta.ppf(0.975, 2, 2))

    def test_lets_each_explored_applicant_stand_for_those_like_him(self):
        # Ten would-be rejections below the cut-off, two of them seen, one of these bad.
        bad = [0] * 10 + [0, 1] + [np.nan] * 8
        ledger = ledger_of([0.01] * 20, bad, [1] * 10 + [0.2] * 10)

        row = tradeoff_curve(ledger, edge_above(np.array([0.1])), economics=ECONOMICS).iloc[0]

        assert row["bad_rate"] == pytest.approx(10 / 2 / 20)
        assert row["labelled_bad_rate"] == pytest.approx(1 / 12)
        assert row["profit"] == pytest.approx((10 * 10 + 5 * 10 - 5 * 50) / 20)

    def test_gives_bounds_and_no_point_where_nobody_could_be_seen(self):
        ledger = ledger_of([0.01] * 8 + [0.02] * 2, [0] * 7 + [1] + [np.nan] * 2, [1] * 8 + [0] * 2)

        row = tradeoff_curve(ledger, edge_above(np.array([0.1])), economics=ECONOMICS).iloc[0]

        assert np.isnan(row["bad_rate"])
        assert np.isnan(row["profit"])
        assert row["bad_rate_lower"] <= 1 / 10
        assert row["bad_rate_upper"] >= 3 / 10
        assert row["profit_lower"] <= (7 * 10 - 3 * 50) / 10
        assert row["profit_upper"] >= (9 * 10 - 50) / 10

    def test_leaves_out_cutoffs_that_approve_nobody(self):
        ledger = ledger_of([0.2, 0.3], [0, 1], [1, 1])

        curve = tradeoff_curve(ledger, edge_above(np.array([0.1, 0.25])), economics=ECONOMICS)

        assert curve["pd_cutoff"].tolist() == edge_above(np.array([0.25])).tolist()

    def test_refuses_cutoffs_none_of_which_approves_anybody(self):
        with pytest.raises(DataError, match="cutoffs approve nobody"):
            tradeoff_curve(
                ledger_of([0.2], [0], [1]), edge_above(np.array([0.1])), economics=ECONOMICS
            )

    @pytest.mark.parametrize("exploration", [None, 0.1])
    def test_covers_the_truth_as_often_as_promised(self, population, exploration):
        cutoff = edge_above(np.array([0.06]))
        _, pds, bad = at_gate(population(400_000, seed=99))
        below = pds <= cutoff[0]
        values = np.where(below, np.where(bad, -50.0, 10.0), np.where(bad, 0.0, -5.0))
        truth = {
            "bad_rate": bad[below].mean(),
            "false_rejection_rate": 1 - below[~bad].mean(),
            "profit": values.mean(),
        }
        n_reps, covered = 200, dict.fromkeys(truth, 0)

        for seed in range(n_reps):
            ledger, _, _ = at_gate(population(4000, exploration=exploration, seed=seed))
            row = tradeoff_curve(ledger, cutoff, economics=ECONOMICS).iloc[0]
            for rate, true in truth.items():
                covered[rate] += row[f"{rate}_lower"] <= true <= row[f"{rate}_upper"]

        least = 0.95 - 3 * np.sqrt(0.95 * 0.05 / n_reps)
        assert all(count / n_reps >= least for count in covered.values()), covered


class TestIncumbentRates:
    def test_counts_the_unseen_by_those_explored(self):
        bad = [0, 0, 0, 1] + [0, 1] + [np.nan] * 2
        ledger = ledger_of([0.1] * 8, bad, [1] * 4 + [0.5] * 4)

        rates = incumbent_rates(ledger, economics=ECONOMICS)

        assert rates["approval_rate"] == pytest.approx(4 / 8)
        assert rates["bad_rate"] == pytest.approx(1 / 4)
        assert rates["false_rejection_rate"] == pytest.approx(2 / (3 + 2))

    def test_is_none_where_everybody_was_approved(self):
        assert incumbent_rates(ledger_of([0.1], [0], [1]), economics=ECONOMICS) is None

    def test_is_none_where_nobody_was_sure_of_approval(self):
        assert (
            incumbent_rates(ledger_of([0.1, 0.2], [0, 1], [0.5, 0.5]), economics=ECONOMICS) is None
        )
