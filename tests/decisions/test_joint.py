"""riskkit.decisions.joint"""

from itertools import product

import numpy as np
import pytest

from riskkit.decisions import ScoredOutcomes, joint_cutoffs, score_ledger, segment_offsets
from riskkit.decisions._expected import expected_of
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics, parse_limit

CUTOFFS = np.array([0.01, 0.02, 0.04, 0.06, 0.09, 0.14, 0.2, 1.0])
MARGINS = {"app": 0.03, "shop": 0.06, "web": 0.12}


def ledger_of(n=3000, *, seed=0, offset=0.0, edges=CUTOFFS):
    rng = np.random.default_rng(seed)
    pds = rng.beta(1, 12, n)
    channel = rng.choice(list(MARGINS), n)
    moved = {"app": -offset, "shop": 0.0, "web": offset}
    log_odds = np.log(pds / (1 - pds)) + np.vectorize(moved.get)(channel)
    bad = rng.random(n) < 1 / (1 + np.exp(-log_odds))
    return score_ledger(
        ScoredOutcomes(
            pds=pds, bad=bad * 1.0, propensity=np.ones(n), amount=rng.uniform(50, 900, n),
            by={"channel": channel},
        ),
        edges=edges,
    )  # fmt: skip


def economics(*, same=False):
    return {name: LoanEconomics(margin=0.06 if same else m) for name, m in MARGINS.items()}


def brute_force(expected, objective, limit):
    worth = expected.objective(objective)
    burden, budget = (np.zeros_like(worth), 0.0) if limit is None else expected.burden(limit)
    values = [
        sum(worth[row, place] for row, place in enumerate(places))
        for places in product(range(worth.shape[1]), repeat=len(worth))
        if sum(burden[row, place] for row, place in enumerate(places)) <= budget + 1e-7
    ]
    return max(values)


class TestJointCutoffs:
    @pytest.mark.parametrize("objective", ["goods", "approval", "profit"])
    @pytest.mark.parametrize(
        "limit",
        ["bad_rate <= 0.04", "bad_amount_rate <= 0.05", "loss_rate <= 0.03", "approval_rate <= 0.6",
         "false_rejection_rate <= 0.2"],
    )  # fmt: skip
    def test_equal_brute_force(self, objective, limit):
        for seed in range(5):
            ledger = ledger_of(seed=seed, offset=0.5)
            offsets = segment_offsets(ledger).shrunk
            found = joint_cutoffs(
                ledger, offsets, objective=objective, limit=parse_limit(limit),
                economics=economics(), cutoffs=CUTOFFS,
            )  # fmt: skip
            expected = expected_of(ledger, offsets, economics=economics(), cutoffs=CUTOFFS)
            best = brute_force(expected, objective, parse_limit(limit))

            assert found.value == pytest.approx(best, rel=1e-12)
            assert found.exact
            assert found.bound >= best - 1e-6

    def test_take_each_segments_most_profitable_edge_without_a_limit(self):
        ledger = ledger_of(seed=3)
        offsets = segment_offsets(ledger).shrunk

        found = joint_cutoffs(
            ledger, offsets, objective="profit", limit=None, economics=economics(), cutoffs=CUTOFFS
        )

        expected = expected_of(ledger, offsets, economics=economics(), cutoffs=CUTOFFS)
        assert found.value == pytest.approx(brute_force(expected, "profit", None))
        assert found.cutoffs["app"] < found.cutoffs["shop"] < found.cutoffs["web"]

    def test_hardly_leave_a_gap_among_a_thousand_edges(self):
        ledger = ledger_of(20_000, offset=0.4, edges=None)

        found = joint_cutoffs(
            ledger, segment_offsets(ledger).shrunk, objective="profit",
            limit=parse_limit("bad_rate <= 0.03"), economics=economics(),
        )  # fmt: skip

        assert 0 <= found.gap < 1e-4

    def test_never_exceed_the_bound_printed_with_them(self):
        for seed in range(20):
            ledger = ledger_of(400, seed=seed, offset=0.8)
            options = {"objective": "goods", "economics": economics(), "cutoffs": CUTOFFS}
            offsets = segment_offsets(ledger).shrunk
            limit = parse_limit("bad_rate <= 0.03")

            found = joint_cutoffs(ledger, offsets, limit=limit, **options)

            assert found.value <= found.bound + 1e-9

    def test_ask_for_a_limit_on_the_portfolio(self):
        with pytest.raises(DataError, match=r"is between groups"):
            joint_cutoffs(
                ledger_of(), np.zeros(3), objective="goods",
                limit=parse_limit("false_rejection_gap <= 0.02 by channel"),
                economics=economics(),
            )  # fmt: skip

    def test_ask_for_segments(self):
        ledger = score_ledger(
            ScoredOutcomes(pds=np.full(9, 0.1), bad=np.zeros(9), propensity=np.ones(9),
                           amount=np.ones(9))
        )  # fmt: skip

        with pytest.raises(DataError, match=r"ledger is by none"):
            joint_cutoffs(
                ledger, np.zeros(1), objective="profit", limit=None, economics=economics()
            )
