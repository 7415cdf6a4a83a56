"""riskkit.scores.boosting"""

import numpy as np
import pandas as pd
import pytest

from riskkit.errors import DataError
from riskkit.scores import BoostedScorer
from riskkit.scores.trees import default_settings, n_threads, read_trees


class TestMargin:
    def test_is_a_line_in_the_raw_score(self, fitted, newcomers):
        scorer = fitted["boosted"]
        raw = scorer.booster_.predict(scorer.encode(newcomers).to_numpy(), raw_score=True)

        assert (scorer.margin(newcomers) == scorer.slope_ * raw + scorer.intercept_).all()
        assert scorer.slope_ > 0


class TestEncode:
    def test_gives_columns_that_name_their_feature(self, fitted, newcomers):
        scorer = fitted["boosted"]

        encoded = scorer.encode(newcomers)

        assert scorer.encoded_sources_ == ["income", "income", "debt", "age", "job"]
        assert encoded.shape == (len(newcomers), 5)
        assert encoded.dtypes.eq(np.float64).all()
        assert encoded.index.equals(newcomers.index)

    def test_keeps_numbers_and_what_is_missing(self, fitted, newcomers):
        encoded = fitted["boosted"].encode(newcomers)

        assert encoded["debt"].equals(newcomers["debt"])

    def test_takes_special_codes_out_of_the_number(self, fitted, newcomers):
        encoded = fitted["boosted"].encode(newcomers)

        is_special = newcomers["income"] < 0
        assert (encoded["income"].isna() == is_special).all()
        assert (
            encoded.iloc[:, 1]
            .groupby(newcomers["income"].where(is_special, 0))
            .nunique()
            .eq(1)
            .all()
        )
        assert encoded.iloc[:, 1].nunique() == 3

    def test_orders_categories_by_risk(self, fitted):
        jobs = pd.DataFrame({"job": ["owner", "clerk", "cook", "driver"]})

        woe = fitted["boosted"].encode(jobs.assign(income=1.0, debt=1.0, age=40.0))["job (WoE)"]

        assert woe[0] > woe[1] > woe[[2, 3]].max()


class TestSettings:
    def test_few_bads_get_small_trees(self):
        few, many = default_settings(100), default_settings(100_000)

        assert few.n_leaves < many.n_leaves

    def test_given_ones_replace_the_defaults(self, sample):
        scorer = BoostedScorer(max_trees=3, n_leaves=4, learning_rate=0.3, l2=1.0, min_bads=5.0)

        scorer.fit(*sample)

        assert scorer.n_trees_ == scorer.booster_.num_trees() <= 3
        assert max(tree["num_leaves"] for tree in scorer.booster_.dump_model()["tree_info"]) <= 4

    @pytest.mark.slow
    def test_do_better_than_lightgbm_s_own_on_few_bads(self, draw_sample):
        from lightgbm import LGBMClassifier

        from riskkit.scores import log_loss

        (X, bad), (new, new_bad) = draw_sample(600, seed=21), draw_sample(10_000, seed=22)
        numbers, new_numbers = X.drop(columns="job"), new.drop(columns="job")

        ours = BoostedScorer().fit(numbers, bad).predict_proba(new_numbers)[:, 1]

        theirs = LGBMClassifier(n_jobs=1, verbosity=-1).fit(numbers, bad)
        assert log_loss(bad=new_bad, pds=ours) < log_loss(
            bad=new_bad, pds=theirs.predict_proba(new_numbers)[:, 1]
        )

    def test_stop_where_there_is_nothing_to_learn(self):
        rng = np.random.default_rng(0)
        X = pd.DataFrame({"noise": rng.normal(size=500), "constant": 1.0})

        scorer = BoostedScorer().fit(X, rng.random(500) < 0.3)

        assert scorer.n_trees_ < 50
        assert np.ptp(scorer.predict_proba(X)[:, 1]) < 0.2


class TestNThreads:
    def test_is_one_per_core_for_minus_1(self):
        assert n_threads(-1) >= 1
        assert n_threads(3) == 3


class TestReadTrees:
    def test_refuses_what_is_not_lightgbm_s(self):
        with pytest.raises(DataError, match=r"^The trees are not LightGBM text"):
            read_trees("tree\nno trees here\n")
