"""riskkit.applicants.world.headline"""

import pytest

from riskkit.applicants.world import headline_rates
from riskkit.lending import decision_rates


class TestHeadlineRates:
    def test_agrees_with_the_rates_of_the_lending_stage(self, world):
        applications, truth = world.applications, world.truth

        rates = headline_rates(world.counts)

        expected = decision_rates(
            approved=applications["approved"],
            bad=truth["truth_bad"],
            reached_score=applications["propensity"].notna(),
        )
        assert rates["approval_rate"] == pytest.approx(expected.approval_rate)
        assert rates["true_bad_rate"] == pytest.approx(expected.bad_rate)
        assert rates["true_false_rejection_rate"] == pytest.approx(expected.false_rejection_rate)
        assert rates["true_blocked_good_rate"] == pytest.approx(expected.blocked_good_rate)

    def test_splits_everybody_by_decision(self, world):
        rates = headline_rates(world.counts)

        stopped = sum(rate for name, rate in rates.items() if name.startswith("stopped_by_"))
        assert stopped + rates["approval_rate"] == pytest.approx(1)

    def test_leaves_out_rates_of_nobody(self):
        assert set(headline_rates({"applicants": 2, "goods": 0})) == {
            "approval_rate",
            "stopped_by_system",
            "stopped_by_profile",
            "stopped_by_score",
            "known_outcomes",
        }
