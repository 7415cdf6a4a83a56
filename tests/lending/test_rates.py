"""riskkit.lending.rates"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import confusion_matrix

from riskkit.errors import DataError, UndefinedRateError
from riskkit.lending import decision_rates


class TestDecisionRates:
    def test_agrees_with_a_count_by_hand(self):
        rates = decision_rates(approved=[1, 1, 1, 1, 0, 0], bad=[0, 0, 0, 1, 0, 1])

        assert rates.approval_rate == pytest.approx(4 / 6)
        assert rates.bad_rate == pytest.approx(1 / 4)
        assert rates.false_rejection_rate == pytest.approx(1 / 4)
        assert rates.blocked_good_rate == pytest.approx(1 / 4)

    def test_counts_false_rejections_among_those_who_reached_the_score_only(self):
        rates = decision_rates(
            approved=[1, 1, 0, 0, 0], bad=[0, 0, 0, 0, 1], reached_score=[1, 1, 1, 0, 1]
        )

        assert rates.false_rejection_rate == pytest.approx(1 / 3)
        assert rates.blocked_good_rate == pytest.approx(2 / 4)

    @given(bad=arrays(bool, 20), order=st.permutations(range(20)))
    def test_ignores_the_order_of_applicants(self, bad, order):
        bad[0] = False  # so that there is a good applicant
        approved = np.arange(20) < 10

        shuffled = decision_rates(approved=approved[order], bad=bad[order])

        assert shuffled == decision_rates(approved=approved, bad=bad)

    @given(bad=arrays(bool, 30), approved=arrays(bool, 30))
    def test_agrees_with_a_confusion_matrix(self, bad, approved):
        bad[:2], approved[:2] = [False, True], [True, False]
        (good_rejected, good_approved), (_, bad_approved) = confusion_matrix(bad, approved)

        rates = decision_rates(approved=approved, bad=bad)

        assert rates.bad_rate == pytest.approx(bad_approved / approved.sum())
        assert rates.blocked_good_rate == pytest.approx(
            good_rejected / (good_rejected + good_approved)
        )

    def test_points_at_the_first_unknown_outcome(self):
        with pytest.raises(DataError, match=r"^bad must .* 1 of 2 .* first is nan in row 1\.$"):
            decision_rates(approved=[1, 0], bad=[0, np.nan])

    def test_refuses_columns_of_different_length(self):
        with pytest.raises(DataError, match=r"reached_score \(2,\)"):
            decision_rates(approved=[1], bad=[0], reached_score=[1, 1])

    @pytest.mark.parametrize(
        ("approved", "bad", "reached", "nobody"),
        [
            ([], [], None, "applicants"),
            ([0, 0], [0, 1], None, "approved applicants"),
            ([1, 1], [1, 1], None, "good applicants that reached the score gate"),
            ([1, 0], [1, 0], [1, 0], "good applicants that reached the score gate"),
        ],
    )
    def test_says_who_is_missing(self, approved, bad, reached, nobody):
        with pytest.raises(UndefinedRateError, match=rf"there are no {nobody}\.$"):
            decision_rates(approved=approved, bad=bad, reached_score=reached)
