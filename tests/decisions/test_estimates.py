"""riskkit.decisions.estimates"""

import numpy as np
import pytest
from scipy import stats

from riskkit.decisions import (
    ScoredOutcomes,
    default_edges,
    edge_above,
    incumbent_rates,
    score_ledger,
    simultaneous_bands,
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
        n_reps, covered = 150, dict.fromkeys(truth, 0)

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


class TestBesideTheEstimate:
    """Columns by other roads, on ten would-be rejections of whom two are seen, one of them bad."""

    def row(self, *, gamma=None, propensity=0.2):
        bad = [0] * 9 + [1] + [0, 1] + [np.nan] * 8
        pds = [0.01] * 15 + [0.5] * 5
        ledger = ledger_of(pds, bad, [1] * 10 + [propensity] * 10)
        return tradeoff_curve(
            ledger, edge_above(np.array([0.1])), economics=ECONOMICS, gamma=gamma
        ).iloc[0]

    def test_weights_each_stratum_on_each_side(self):
        # Five would-be rejections below, half of those seen bad; five above, nobody seen.
        row = self.row()

        assert row["inverse_propensity_bad_rate"] == pytest.approx((1 + 5 / 2) / 15)
        assert np.isnan(row["inverse_propensity_false_rejection_rate"])

    def test_bounds_what_is_not_seen(self):
        row = self.row()

        assert row["worst_bad_rate_lower"] == pytest.approx(2 / 15)
        assert row["worst_bad_rate_upper"] == pytest.approx((2 + 3) / 15)
        assert row["worst_false_rejection_rate_lower"] == 0
        assert row["worst_false_rejection_rate_upper"] == pytest.approx(5 / (5 + 10))

    def test_bounds_it_less_under_gamma(self):
        row = self.row(gamma=2.0)

        p = 2 / 12  # of the labelled below
        high, low = 2 * p / (1 - p + 2 * p), p / 2 / (1 - p + p / 2)
        assert row["gamma_bad_rate_upper"] == pytest.approx((2 + 3 * high) / 15)
        assert row["gamma_bad_rate_lower"] == pytest.approx((2 + 3 * low) / 15)
        # Of those above nobody has an outcome, so that nothing is known of them.
        assert row["gamma_false_rejection_rate_lower"] == 0

    def test_refuses_a_gamma_below_one(self):
        with pytest.raises(DataError, match=r"gamma must be at least 1, but is 0\.5"):
            self.row(gamma=0.5)

    def test_counts_money_as_well_as_heads(self):
        pds, bad = np.array([0.01, 0.02, 0.03, 0.5]), np.array([0.0, 1.0, 0.0, 0.0])
        scored = ScoredOutcomes(
            pds=pds, bad=bad, propensity=np.ones(4), amount=np.array([100.0, 300.0, 200.0, 50.0])
        )

        row = tradeoff_curve(
            score_ledger(scored), edge_above(np.array([0.1])), economics=ECONOMICS
        ).iloc[0]

        assert row["bad_rate"] == pytest.approx(1 / 3)
        assert row["bad_amount_rate"] == pytest.approx(300 / 600)
        assert row["loss_rate"] == pytest.approx(0.5 * 300 / 600)
        assert row["profit"] == pytest.approx((0.1 * 300 - 0.5 * 300 - 0.05 * 50) / 4)
        assert row["bad_amount_rate_lower"] < 0.5 < row["bad_amount_rate_upper"]

    def test_reaches_with_the_model_where_nobody_was_seen(self):
        ledger = ledger_of([0.01] * 8 + [0.02] * 2, [0] * 7 + [1] + [np.nan] * 2, [1] * 8 + [0] * 2)

        row = tradeoff_curve(ledger, edge_above(np.array([0.1])), economics=ECONOMICS).iloc[0]

        assert np.isnan(row["bad_rate"])
        assert 0 < row["model_bad_rate"] < 1


class TestDoublyRobust:
    def test_is_less_noisy_than_weights_and_less_biased_than_the_model(self, population):
        cutoff = edge_above(np.array([0.06]))
        _, pds, bad = at_gate(population(400_000, seed=99))
        truth = bad[pds <= cutoff[0]].mean()
        found = {"bad_rate": [], "inverse_propensity_bad_rate": [], "labelled_bad_rate": []}

        for seed in range(60):
            ledger, _, _ = at_gate(population(8000, exploration=0.1, seed=seed))
            row = tradeoff_curve(ledger, cutoff, economics=ECONOMICS).iloc[0]
            for column, errors in found.items():
                errors.append(row[column] - truth)

        size = {column: np.sqrt(np.mean(np.square(errors))) for column, errors in found.items()}
        assert size["bad_rate"] <= 1.02 * size["inverse_propensity_bad_rate"]
        assert size["bad_rate"] < 0.9 * size["labelled_bad_rate"]


class TestSimultaneousBands:
    def cutoffs(self, n):
        return np.unique(edge_above(np.linspace(0.02, 0.3, n)))

    def test_hold_together_as_often_as_promised(self, population):
        cutoffs = self.cutoffs(20)
        _, pds, bad = at_gate(population(400_000, seed=99))
        truth = [bad[pds <= cutoff].mean() for cutoff in cutoffs]
        n_reps, covered = 200, 0

        for seed in range(n_reps):
            ledger, _, _ = at_gate(population(2000, seed=seed))
            bands = simultaneous_bands(ledger, cutoffs, confidence=0.9)
            covered += (bands["bad_rate_lower"].le(truth) & bands["bad_rate_upper"].ge(truth)).all()

        assert covered / n_reps >= 0.9

    def test_are_wider_than_each_by_itself(self, population):
        ledger, _, _ = at_gate(population(2000))
        cutoffs = self.cutoffs(10)

        bands = simultaneous_bands(ledger, cutoffs)

        alone = tradeoff_curve(ledger, cutoffs, economics=ECONOMICS)
        assert bands["bad_rate"].tolist() == alone["bad_rate"].tolist()
        assert (bands["bad_rate_upper"] > alone["bad_rate_upper"]).all()

    def test_are_for_few_cutoffs(self, population):
        ledger, _, _ = at_gate(population(2000))

        with pytest.raises(DataError, match="at most 50 for bands that hold together, but are 51"):
            simultaneous_bands(ledger, default_edges()[8000:8051])

    def test_take_every_outcome(self, population):
        ledger, _, _ = at_gate(population(2000, exploration=0.1))

        with pytest.raises(DataError, match="need the outcome of every applicant"):
            simultaneous_bands(ledger, self.cutoffs(3))
