"""riskkit.decisions.incumbent"""

import numpy as np
import pytest

from riskkit.decisions import ScoredOutcomes, against_incumbent, edge_above, score_ledger
from riskkit.lending import LoanEconomics

ECONOMICS = LoanEconomics(margin=0.1, lgd=0.5, churn=0.1, lifetime_value=0.5, operating=1.0)
CUTOFF = float(edge_above(np.array([0.1]))[0])


def ledger_of(pds, bad, propensity):
    columns = [np.asarray(column, dtype=float) for column in (pds, bad, propensity)]
    pds, bad, propensity = columns
    return score_ledger(
        ScoredOutcomes(pds=pds, bad=bad, propensity=propensity, amount=np.full(len(pds), 100.0))
    )


class TestAgainstIncumbent:
    def test_agrees_with_a_count_by_hand(self):
        # 10 kept; 4 sure above the cut-off, 1 of them bad; 6 explorable below, 3 seen, 1 bad.
        pds = [0.01] * 10 + [0.5] * 4 + [0.05] * 6
        bad = [0] * 10 + [1, 0, 0, 0] + [1, 0, 0, np.nan, np.nan, np.nan]
        ledger = ledger_of(pds, bad, [1] * 14 + [0.5] * 6)

        found = against_incumbent(ledger, CUTOFF, economics=ECONOMICS)

        assert found.swap_in_rate == pytest.approx(6 / 20)
        assert found.swap_out_rate == pytest.approx(4 / 20)
        assert found.swap_in_bad_rate == pytest.approx(1 / 3)
        assert found.goods == pytest.approx((4 - 3) / 20)
        # Approved less stopped: a good brings 10 - 1 and the 5 that stopping would cost.
        gained = 4 * 14 + 2 * -51
        lost = 3 * 14 + 1 * -51
        assert found.profit == pytest.approx((gained - lost) / 20)
        assert found.profit_lower < found.profit

    def test_takes_those_never_seen_for_bad(self):
        pds, bad = [0.01] * 10 + [0.05] * 5, [0] * 10 + [np.nan] * 5
        ledger = ledger_of(pds, bad, [1] * 10 + [0] * 5)

        found = against_incumbent(ledger, CUTOFF, economics=ECONOMICS)

        assert np.isnan(found.profit)
        assert found.profit_lower == pytest.approx(5 * -51 / 15)
        assert found.goods_lower == pytest.approx(0)
        assert found.swap_in_bad_rate_upper == 1

    def test_has_no_bad_rate_of_nobody(self):
        ledger = ledger_of([0.01] * 10 + [0.5] * 5, [0] * 10 + [np.nan] * 5, [1] * 10 + [0.1] * 5)

        assert np.isnan(against_incumbent(ledger, CUTOFF, economics=ECONOMICS).swap_in_bad_rate)

    @pytest.mark.parametrize("propensity", [1.0, 0.5])
    def test_is_none_where_the_past_policy_cannot_be_told(self, propensity):
        ledger = ledger_of([0.01, 0.5], [0, 1], [propensity] * 2)

        assert against_incumbent(ledger, CUTOFF, economics=ECONOMICS) is None

    def test_covers_the_truth_as_often_as_promised(self, population):
        everybody = population(400_000, exploration=0.0, seed=99)
        rows = everybody.at_gate()
        pds, bad = everybody.pds[rows], everybody.true_bad[rows]
        sure = everybody.history.propensity[rows] == 1
        worth = np.where(bad, -51.0, 14.0)
        truth = (worth * ((pds <= CUTOFF) & ~sure) - worth * (sure & (pds > CUTOFF))).mean()
        n_reps, covered = 200, 0

        for seed in range(n_reps):
            people = population(4000, exploration=0.2, seed=seed)
            at = people.at_gate()
            history = people.history
            ledger = ledger_of(people.pds[at], history.bad[at], history.propensity[at])
            found = against_incumbent(ledger, CUTOFF, economics=ECONOMICS, confidence=0.9)
            covered += found.profit_lower <= truth

        assert covered / n_reps >= 0.9 - 3 * np.sqrt(0.09 / n_reps)
