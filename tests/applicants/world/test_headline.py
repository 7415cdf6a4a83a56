"""riskkit.applicants.world.headline"""

from collections import Counter

import pyarrow as pa
import pytest

from riskkit.applicants.world import BLOCK_ROWS, draw_blocks, headline_rates
from riskkit.applicants.world.headline import tally
from riskkit.lending import CAUSES, decision_rates


def six_applications():
    """Return one customer who tries thrice and is served, one explored, two stopped."""
    applications = pa.table(
        {
            "attempt": [1, 2, 3, 1, 1, 1],
            "approved": [0, 0, 1, 1, 0, 0],
            "stopped_by": pa.array(["system", "profile", None, None, "score", "policy"]),
            "propensity": pa.array([None, None, 1.0, 0.05, 0.05, 0.05]),
            "bad": pa.array([None, None, 0.0, 1.0, None, None]),
        }
    )
    truth = pa.table({"truth_bad": [0, 0, 0, 1, 0, 1], "truth_served": [1, 1, 1, 1, 0, 0]})
    return applications, truth


class TestTally:
    def test_agrees_with_a_count_by_hand(self):
        counts = tally(*six_applications())

        assert counts == Counter(
            {
                "applicants": 6, "approved": 2, "explored": 1, "known": 2,
                "stopped_by_system": 1, "stopped_by_profile": 1, "stopped_by_credit_record": 0,
                "stopped_by_score": 1, "stopped_by_policy": 1,
                "goods_stopped_by_system": 1, "goods_stopped_by_profile": 1,
                "goods_stopped_by_credit_record": 0, "goods_stopped_by_score": 1,
                "goods_stopped_by_policy": 0,
                "bads": 2, "approved_bads": 1, "at_score_gate": 4, "bads_at_score_gate": 2,
                "goods_at_score_gate": 2, "goods": 4,
                "good_journeys": 2, "good_journeys_not_served": 1,
            }
        )  # fmt: skip

    @pytest.mark.slow
    def test_adds_up_over_the_parts(self, calm_plan, world):
        blocks = draw_blocks(calm_plan, 3 * BLOCK_ROWS, seed=7)

        counts = sum((tally(b.applications, b.truth) for b in blocks), Counter())

        assert counts == world.counts


class TestHeadlineRates:
    def test_agrees_with_rates_by_hand(self):
        rates = headline_rates(tally(*six_applications()))

        assert rates["approval_rate"] == 2 / 6
        assert rates["approved_at_random"] == 1 / 2
        assert rates["known_outcomes"] == 2 / 6
        assert rates["true_bad_rate"] == 2 / 6
        assert rates["true_bad_rate_of_approved"] == 1 / 2
        assert rates["true_bad_rate_at_score_gate"] == 2 / 4
        assert rates["true_false_rejection_rate"] == 1 / 2
        assert rates["true_blocked_good_rate"] == 1 / 2

    def test_agrees_with_the_rates_of_the_lending_stage(self, world):
        applications, truth = world.applications, world.truth

        rates = headline_rates(world.counts)

        expected = decision_rates(
            approved=applications["approved"],
            bad=truth["truth_bad"],
        )
        assert rates["approval_rate"] == pytest.approx(expected.approval_rate)
        assert rates["true_bad_rate_of_approved"] == pytest.approx(expected.bad_rate)

    def test_splits_everybody_by_decision(self, world):
        rates = headline_rates(world.counts)

        stopped = sum(rates[f"stopped_by_{cause}"] for cause in CAUSES)
        assert stopped + rates["approval_rate"] == pytest.approx(1)

    def test_blocks_a_journey_that_no_attempt_of_is_served(self, world):
        table = world.applications.assign(good=world.truth["truth_bad"] == 0)
        keys = ["customer_id", "journey"]
        by_journey = table.groupby(keys)[["approved", "good"]].max()

        rate = headline_rates(world.counts)["true_blocked_good_rate"]

        goods = by_journey[by_journey["good"]]
        assert rate == pytest.approx(1 - goods["approved"].mean(), abs=2e-5)

    def test_leaves_out_rates_of_nobody(self):
        assert set(headline_rates({"applicants": 2, "goods": 0})) == {
            "approval_rate",
            *(f"stopped_by_{cause}" for cause in CAUSES),
            "known_outcomes",
            "true_bad_rate",
        }
