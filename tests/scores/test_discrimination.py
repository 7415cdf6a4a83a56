"""riskkit.scores.discrimination"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from riskkit.errors import DataError, UndefinedRateError
from riskkit.scores import auc, brier, gini, ks, log_loss

BAD, PDS = [0, 1, 0, 1, 1], [0.1, 0.3, 0.3, 0.2, 0.9]
RANKING = [auc, gini, ks]


class TestAuc:
    def test_agrees_with_a_count_of_pairs_by_hand(self):
        # Against goods at 0.1 and 0.3: 0.3 wins 1 and ties 1, 0.2 wins 1, 0.9 wins 2.
        assert auc(bad=BAD, pds=PDS) == pytest.approx((1 + 0.5 + 1 + 2) / 6)

    def test_weighs_pairs(self):
        weighted = auc(bad=[0, 0, 1], pds=[0.1, 0.9, 0.5], weight=[3, 1, 1])

        assert weighted == pytest.approx(3 / 4)

    @given(bad=arrays(bool, 20), pds=arrays(float, 20, elements=st.floats(0, 1)))
    def test_ignores_a_rising_change_of_scale(self, bad, pds):
        bad[:2] = [True, False]

        assert auc(bad=bad, pds=np.round(pds, 3)) == auc(bad=bad, pds=10 * np.round(pds, 3) - 4)


class TestGini:
    def test_is_twice_the_auc_less_one(self):
        assert gini(bad=BAD, pds=PDS) == pytest.approx(2 * 4.5 / 6 - 1)


class TestKs:
    def test_agrees_with_the_gap_by_hand(self):
        # Above 0.1: all 3 bads and 1 of 2 goods.
        assert ks(bad=BAD, pds=PDS) == pytest.approx(3 / 3 - 1 / 2)

    @given(bad=arrays(bool, 30), pds=arrays(float, 30, elements=st.floats(0, 1)))
    def test_agrees_with_scipy(self, bad, pds):
        bad[:2] = [True, False]

        expected = stats.ks_2samp(pds[bad], pds[~bad], method="asymp").statistic

        assert ks(bad=bad, pds=pds) == pytest.approx(expected)


class TestLogLoss:
    def test_agrees_with_the_sum_by_hand(self):
        measured = log_loss(bad=[1, 0], pds=[0.25, 0.4], weight=[3, 1])

        assert measured == pytest.approx(-(3 * np.log(0.25) + np.log(0.6)) / 4)

    def test_is_defined_for_one_class(self):
        assert log_loss(bad=[0, 0], pds=[0.5, 0.5]) == pytest.approx(np.log(2))


class TestBrier:
    def test_agrees_with_the_sum_by_hand(self):
        measured = brier(bad=[1, 0], pds=[0.25, 0.4], weight=[3, 1])

        assert measured == pytest.approx((3 * 0.75**2 + 0.4**2) / 4)


class TestBadInput:
    @pytest.mark.parametrize("measure", RANKING)
    @pytest.mark.parametrize(("outcome", "absent"), [(0, "bads"), (1, "goods")])
    def test_an_absent_class_is_named(self, measure, outcome, absent):
        with pytest.raises(UndefinedRateError, match=f"there are no {absent}"):
            measure(bad=[outcome] * 2, pds=[0.1, 0.2])

    @pytest.mark.parametrize("measure", [log_loss, brier])
    def test_no_applicants_are_named(self, measure):
        with pytest.raises(UndefinedRateError, match="there are no applicants"):
            measure(bad=[], pds=[])

    @pytest.mark.parametrize("measure", [log_loss, brier])
    def test_a_pd_above_1_is_named(self, measure):
        with pytest.raises(DataError, match=r"^pds must .* first is 1\.2 in row 1\.$"):
            measure(bad=[0, 1], pds=[0.1, 1.2])

    @pytest.mark.parametrize("measure", [*RANKING, log_loss, brier])
    def test_lengths_and_weights_are_named(self, measure):
        with pytest.raises(DataError, match=r"pds \(3,\)"):
            measure(bad=[0, 1], pds=[0.1, 0.2, 0.3])
        with pytest.raises(DataError, match=r"^weight must be positive, but is 0\.0 in row 1"):
            measure(bad=[0, 1], pds=[0.1, 0.2], weight=[1, 0])
