"""riskkit.scores.folds"""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskkit.errors import DataError
from riskkit.scores.folds import new_folds, time_folds


class TestTimeFolds:
    @settings(deadline=None)
    @given(seed=st.integers(0, 1000), n_folds=st.integers(2, 6))
    def test_follow_each_other_and_share_the_bads(self, seed, n_folds):
        rng = np.random.default_rng(seed)
        times, bad = rng.permutation(400), rng.random(400) < 0.2

        folds = time_folds(times, bad, n_folds)

        blocks = [times[folds.number == k] for k in range(n_folds)]
        assert all(before.max() < after.min() for before, after in itertools.pairwise(blocks))
        assert np.ptp(np.bincount(folds.number[bad], minlength=n_folds)) <= 1
        assert folds.n == n_folds

    def test_keep_rows_of_one_time_together(self):
        months = np.repeat(pd.date_range("2024-01-01", periods=6, freq="MS").to_numpy(), 50)
        bad = np.arange(300) % 5 == 0

        folds = time_folds(months, bad, 3)

        assert pd.Series(folds.number).groupby(months).nunique().eq(1).all()

    def test_share_out_goods_where_they_are_rarer(self):
        bad = np.arange(40) % 10 != 0

        folds = time_folds(np.arange(40), bad, 4)

        assert np.bincount(folds.number[~bad]).tolist() == [1, 1, 1, 1]

    @pytest.mark.parametrize(
        ("times", "message"),
        [
            ([1, 2, 3], r"^time must have one value per row, but has shape \(3,\) for 8 rows"),
            (["2024"] * 8, r"^time must hold dates or numbers"),
            ([1.0, np.nan] * 4, r"^time must be known in every row, but is nan in row 1"),
            (np.array(["NaT"] * 8, dtype="M8[D]"), r"^time must be known in every row, but is NaT"),
            ([7] * 8, r"^time must differ enough for 2 blocks.*only 1;"),
        ],
    )
    def test_refuse_times_that_do_not_order_rows(self, times, message):
        with pytest.raises(DataError, match=message):
            time_folds(times, np.arange(8) % 2 == 0, 2)


class TestNewFolds:
    def test_are_measured_on_all_others_if_stratified(self):
        bad = np.arange(20) % 4 == 0

        splits = list(new_folds(bad, 5, seed=0).splits())

        assert len(splits) == 5
        assert sorted(np.concatenate([held for _, held in splits])) == list(range(20))
        assert all(len(kept) == 16 and bad[held].sum() == 1 for kept, held in splits)

    def test_are_measured_on_the_earlier_ones_if_in_time(self):
        times = np.arange(20)[::-1]

        splits = list(new_folds(np.arange(20) % 4 == 0, 5, seed=0, time=times).splits())

        assert len(splits) == 4
        assert all(times[kept].max() < times[held].min() for kept, held in splits)

    @pytest.mark.parametrize(
        ("n_folds", "message"),
        [(1, r"^n_folds must be at least 2, but is 1"), (6, r"^y must hold at least 6 bads .* 5")],
    )
    def test_refuse_too_few_or_too_many(self, n_folds, message):
        with pytest.raises(DataError, match=message):
            new_folds(np.arange(20) % 4 == 0, n_folds, seed=0)
