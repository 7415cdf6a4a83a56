"""riskkit.scores.crossfit"""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from riskkit.errors import DataError
from riskkit.scores.binning import BinningRules, learn_woe
from riskkit.scores.crossfit import cross_fitted, new_outcomes
from riskkit.scores.features import category_feature, number_feature, special_feature

LEARN = partial(learn_woe, rules=BinningRules(max_bins=2, min_bads=3, pools_rare=False))


@pytest.fixture
def sample():
    rng = np.random.default_rng(0)
    feature = category_feature(pd.Series(rng.choice(list("abcdef"), 600), name="job"), ())
    bad = rng.random(600) < 0.3
    return feature, new_outcomes(bad, np.ones(600), n_folds=5, seed=0)


class TestNewOutcomes:
    def test_folds_are_stratified_and_fewer_for_a_small_class(self):
        outcomes = new_outcomes(np.arange(40) < 4, np.full(40, 7.0), n_folds=5, seed=0)

        assert outcomes.n_folds == 4
        assert np.bincount(outcomes.fold[outcomes.bad]).tolist() == [1, 1, 1, 1]
        assert outcomes.weight.mean() == 1
        assert outcomes.n_smaller == 4

    def test_too_few_bads_are_named(self):
        with pytest.raises(DataError, match="too few of one class: 2 bads and 8 goods"):
            new_outcomes(np.arange(10) < 2, np.ones(10), n_folds=5, seed=0)


class TestCrossFitted:
    def test_no_row_sees_its_own_fold(self, sample):
        feature, outcomes = sample
        encoded = cross_fitted((feature,), outcomes, LEARN).encoded()
        outcomes.bad[outcomes.fold == 2] ^= True

        changed = cross_fitted((feature,), outcomes, LEARN).encoded()

        same = (changed == encoded)[:, 0]
        assert same[outcomes.fold == 2].all()
        assert not same[outcomes.fold != 2].any()

    def test_a_fold_left_out_is_seen_by_nobody(self, sample):
        feature, outcomes = sample
        encoded = cross_fitted((feature,), outcomes, LEARN).encoded(2)
        outcomes.bad[outcomes.fold == 2] ^= True

        changed = cross_fitted((feature,), outcomes, LEARN).encoded(2)

        assert (changed == encoded).all()

    def test_the_rows_left_out_get_what_a_new_row_would(self, sample):
        feature, outcomes = sample
        fitted = cross_fitted((feature,), outcomes, LEARN)

        encoded = fitted.encoded(2)

        expected = fitted.maps[frozenset({2})][0][feature.codes]
        assert (encoded[:, 0] == expected)[outcomes.fold == 2].all()


class TestSpecialFeature:
    def test_tells_codes_from_ordinary_numbers(self):
        column = pd.Series([5.0, -9.0, np.nan, -8.0, 6.0], name="income")

        feature = special_feature(number_feature(column, "none", (-9.0, -8.0)))

        assert feature.codes.tolist() == [0, 1, 4, 2, 0]
        assert feature.coding.levels == ("ordinary", "-9.0", "-8.0")
