"""riskkit.scores.woe_binning"""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from riskkit.errors import DataError
from riskkit.scores import WoeBinning


class TestTransform:
    def test_gives_every_value_the_woe_of_its_bin(self, sample, newcomers):
        binning = WoeBinning(special={"income": (-9.0, -8.0)}).fit(*sample)

        woe = binning.transform(newcomers.iloc[:, ::-1])

        assert woe.columns.tolist() == ["income", "debt", "age", "job"]
        assert woe.index.equals(newcomers.index)
        table = binning.table().set_index(["feature", "bin"])["woe"]
        lost = newcomers["income"] == -9
        assert (woe.loc[lost, "income"] == table["income", "code -9.0"]).all()
        unknown = newcomers["debt"].isna()
        assert (woe.loc[unknown, "debt"] == table["debt", "(missing)"]).all()
        assert set(woe["age"]) == set(table["age"]) - {0.0}

    def test_is_the_same_on_every_run(self, sample):
        first, second = (WoeBinning().fit(*sample) for _ in range(2))

        assert first.table().equals(second.table())
        assert first.edges_ == second.edges_

    def test_does_not_depend_on_the_order_of_rows(self, sample):
        X, bad = sample
        order = np.random.default_rng(0).permutation(len(X))

        shuffled = WoeBinning().fit(X.iloc[order], bad[order])

        assert shuffled.table().equals(WoeBinning().fit(X, bad).table())

    def test_serves_a_logistic_regression(self, sample):
        X, bad = sample

        pipeline = make_pipeline(WoeBinning(), LogisticRegression())

        assert cross_val_score(pipeline, X, bad, cv=3, scoring="roc_auc").min() > 0.65

    def test_needs_a_fitted_binning(self, newcomers):
        with pytest.raises(NotFittedError):
            WoeBinning().transform(newcomers)

    def test_follows_weights(self, sample):
        X, bad = sample

        weighted = WoeBinning().fit(X, bad, sample_weight=np.where(bad, 3.0, 1.0))

        rows = np.repeat(np.arange(len(X)), np.where(bad, 3, 1))
        table = WoeBinning().fit(X.iloc[rows], bad[rows]).table()
        total = weighted.table().groupby("feature")["rows"].sum()
        assert total.to_numpy() == pytest.approx(len(X))
        assert table["bad_rate"].mean() == pytest.approx(
            weighted.table()["bad_rate"].mean(), abs=0.02
        )


class TestScikitLearn:
    def test_clones_keep_the_parameters(self, sample):
        binning = WoeBinning(max_bins=5, unseen="worst").fit(*sample)

        copy = clone(binning)

        assert copy.get_params() == binning.get_params()
        assert not hasattr(copy, "bins_")

    def test_names_what_comes_out(self, sample):
        binning = WoeBinning().fit(*sample)

        assert binning.get_feature_names_out().tolist() == ["income", "debt", "age", "job"]


class TestBadInput:
    @pytest.mark.parametrize(
        ("params", "message"),
        [
            ({"kinds": {"wage": "number"}}, r"^kinds names 'wage', which is not a column of X"),
            ({"kinds": {"age": "text"}}, r'^kinds must be "number" or "category", but is \'text\''),
            ({"directions": {"wage": "higher"}}, r"^directions names 'wage'"),
            ({"directions": {"job": "higher"}}, r"^directions names 'job', which holds text"),
            ({"directions": {"age": "up"}}, r"^directions and trend must be .* 'age' has 'up'"),
            ({"trend": "up"}, r"^directions and trend must be .* 'trend' has 'up'"),
            ({"special": {"age": ("old",)}}, r"^special must hold numbers .* 'age'"),
            ({"edges": {"wage": (1,)}}, r"^edges names 'wage'"),
            ({"edges": {"job": (1,)}}, r"^edges names 'job', which holds text"),
            ({"edges": {"age": (40, 30)}}, r"^edges must be finite numbers, each above .*\[40"),
            ({"edges": {"age": (40, np.inf)}}, r"^edges must be finite numbers"),
            ({"max_bins": 0}, r"^max_bins must be a whole number from 1 on, but is 0\.$"),
            ({"max_bins": 2.5}, r"^max_bins must be a whole number"),
            ({"min_share": 1.5}, r"^min_share must lie between 0 and 1, but is 1\.5\.$"),
            ({"min_bads": -1}, r"^min_bads must not be negative, but is -1\.$"),
            ({"unseen": "best"}, r"^unseen must be .* but is 'best'\.$"),
        ],
    )
    def test_of_a_parameter_is_named(self, sample, params, message):
        with pytest.raises(DataError, match=message):
            WoeBinning(**params).fit(*sample)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda X: X.assign(age=np.inf), r"^Column 'age' must hold finite numbers"),
            (lambda X: X.assign(age=np.nan), r"^X must have values in every column, but 'age'"),
            (lambda X: X.iloc[1:], r"^y must have one value per row of X"),
        ],
    )
    def test_of_a_table_is_named(self, sample, change, message):
        X, bad = sample

        with pytest.raises(DataError, match=message):
            WoeBinning().fit(change(X), bad)

    def test_of_a_direction_is_named_when_counts_come_first(self, sample):
        counts = WoeBinning().count(*sample)

        with pytest.raises(DataError, match=r"^directions names 'wage'"):
            WoeBinning(directions={"wage": "higher"}).fit_counts(counts)

    @pytest.mark.parametrize("outcome", [0, 1])
    def test_one_class_is_named(self, sample, outcome):
        X, _ = sample

        with pytest.raises(
            DataError, match=r"^y must hold bads \(1\) and goods \(0\), but has one"
        ):
            WoeBinning().fit(X, np.full(len(X), outcome))

    @pytest.mark.parametrize("weight", [0.0, -1.0])
    def test_weights_that_are_not_positive_are_named(self, sample, weight):
        X, bad = sample

        with pytest.raises(DataError, match=r"^sample_weight must not be zero or negative, but is"):
            WoeBinning().fit(X, bad, sample_weight=np.full(len(X), weight))

    def test_columns_that_are_absent_are_named(self, sample, newcomers):
        binning = WoeBinning().fit(*sample)

        with pytest.raises(DataError, match=r"^X must have the columns .* lacks 'age'; it has"):
            binning.transform(newcomers.drop(columns="age"))

    def test_of_100_000_levels_is_one_bin_of_rare_levels(self):
        n = 200_000
        levels = pd.Series(np.arange(n) // 2).astype("str")

        binning = WoeBinning().fit(pd.DataFrame({"id": levels}), np.arange(n) % 5 == 0)

        table = binning.table()
        assert table["bin"].tolist() == ["(rare levels)", "(unseen levels)", "(missing)"]
        assert table["woe"].tolist() == pytest.approx([0, 0, 0])
        assert table["rows"].tolist() == [n, 0, 0]
