"""riskkit.scores.paired"""

import numpy as np
import pytest
from scipy import stats

from riskkit.errors import DataError
from riskkit.scores import corrected_t_test


class TestCorrectedTTest:
    def test_agrees_with_the_sum_by_hand(self):
        found = corrected_t_test([0.72, 0.70, 0.74], [0.70, 0.69, 0.71], test_share=1 / 3)

        differences = np.array([0.02, 0.01, 0.03])
        error = np.sqrt(differences.var(ddof=1) * (1 / 3 + (1 / 3) / (2 / 3)))
        assert found.t == pytest.approx(0.02 / error)
        assert found.p_value == pytest.approx(2 * stats.t.sf(0.02 / error, 2))
        assert found.n_splits == 3

    def test_is_the_plain_test_where_the_test_share_vanishes(self):
        rng = np.random.default_rng(1)
        first, second = rng.standard_normal((2, 8))

        found = corrected_t_test(first, second, test_share=1e-12)

        known = stats.ttest_rel(first, second)
        interval = known.confidence_interval()
        assert (found.t, found.p_value) == pytest.approx((known.statistic, known.pvalue))
        assert (found.lower, found.upper) == pytest.approx((interval.low, interval.high))

    def test_finds_fewer_differences_that_are_not_there_than_the_plain_test(self):
        rng, corrected, plain = np.random.default_rng(2), [], []
        for _ in range(300):
            x = rng.standard_normal((120, 2))  # two "models": means of two noise columns
            scores = []
            for _ in range(10):
                train = rng.permutation(120)[:100]
                test = np.setdiff1d(np.arange(120), train)
                scores.append(-((x[test] - x[train].mean(axis=0)) ** 2).mean(axis=0))
            first, second = np.transpose(scores)
            corrected.append(corrected_t_test(first, second, test_share=1 / 6).p_value)
            plain.append(stats.ttest_rel(first, second).pvalue)

        assert np.mean(np.array(corrected) < 0.05) <= 0.09
        assert np.mean(np.array(plain) < 0.05) > 0.15

    def test_is_sure_where_all_splits_agree(self):
        assert corrected_t_test([0.5, 0.5], [0.5, 0.5], test_share=0.5).p_value == 1
        assert corrected_t_test([1.0, 2.0], [0.5, 1.5], test_share=0.5).p_value == 0

    def test_bad_input_is_named(self):
        with pytest.raises(DataError, match=r"^first must hold at least two splits, but holds 1"):
            corrected_t_test([1], [1], test_share=0.2)
        with pytest.raises(DataError, match=r"^test_share must lie between 0 and 1"):
            corrected_t_test([1, 2], [1, 2], test_share=1)
        with pytest.raises(DataError, match=r"first \(2,\), second \(3,\)"):
            corrected_t_test([1, 2], [1, 2, 3], test_share=0.2)
