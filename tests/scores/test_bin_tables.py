"""riskkit.scores.bin_tables"""

import numpy as np
import pandas as pd
import pytest

from riskkit.errors import DataError
from riskkit.scores import WoeBinning, information_value


@pytest.fixture
def trained():
    """A binning of one category: 80 of 100 good in a, 40 of 100 in b."""
    X = pd.DataFrame({"job": ["a"] * 100 + ["b"] * 100})
    return WoeBinning().fit(X, np.r_[np.arange(100) >= 80, np.arange(100) >= 40])


@pytest.fixture
def later():
    """A later sample: 3 of 4 good in a, 2 of 4 in c, and one without a job, good."""
    X = pd.DataFrame({"job": [*"aaaa", *"cccc", None]})
    return X, [0, 0, 0, 1, 0, 1, 1, 0, 0]


class TestTable:
    def test_agrees_with_counts_by_hand(self, trained):
        table = trained.table().set_index("bin")

        a = table.loc["a"]
        assert (a["rows"], a["goods"], a["bads"]) == (100, 80, 20)
        assert (a["share"], a["bad_rate"]) == (0.5, 0.2)
        assert a["observed_woe"] == pytest.approx(np.log((80 / 120) / (20 / 80)))
        assert a["woe"] == pytest.approx(a["observed_woe"], abs=0.05)
        assert a["woe_error"] == pytest.approx((1 / 80 - 1 / 120 + 1 / 20 - 1 / 80) ** 0.5)
        assert a["iv"] == pytest.approx((80 / 120 - 20 / 80) * a["observed_woe"])

    def test_of_another_sample_keeps_what_was_learned_beside_what_is_seen(self, trained, later):
        learned = trained.table().set_index("bin")

        table = trained.table(*later).set_index("bin")

        assert table["woe"].equals(learned["woe"])
        assert table.loc[learned.index, "rows"].tolist() == [4, 0, 4, 1]
        assert table.loc["(unseen levels)", "bads"] == 2
        assert table.loc["b", ["bad_rate", "observed_woe", "woe_error", "iv"]].isna().all()

    def test_gives_half_of_each_to_a_bin_that_lacks_goods_or_bads(self, trained, later):
        table = trained.table(*later).set_index("bin")

        expected = np.log((1.5 / (5 + 1.5)) / (0.5 / (3 + 0.5)))
        assert table.loc["(missing)", "observed_woe"] == pytest.approx(expected)

    def test_counts_weights_with_mean_1(self, trained, later):
        X, bad = later

        table = trained.table(X, bad, sample_weight=np.full(9, 5.0))

        assert table.equals(trained.table(X, bad))

    def test_of_another_sample_needs_outcomes(self, trained, later):
        with pytest.raises(DataError, match=r"^y must be given along with X"):
            trained.table(later[0])


class TestSummary:
    def test_adds_up_the_table(self, sample):
        X, bad = sample
        binning = WoeBinning().fit(X, bad)

        summary = binning.summary().set_index("feature")

        by_feature = binning.table().groupby("feature")["iv"].sum()
        assert summary["iv"].to_numpy() == pytest.approx(by_feature[summary.index].to_numpy())
        assert summary.loc["income", "direction"] == "lower"
        assert summary["kind"].tolist() == ["number", "number", "number", "category"]
        assert (summary["iv_error"] > 0).all()
        assert (summary["finding"] == "").all()

    def test_of_another_sample_measures_it(self, draw_sample, sample):
        binning = WoeBinning().fit(*sample)
        X, bad = draw_sample(20_000, seed=5)

        summary = binning.summary(X, bad).set_index("feature")

        table = binning.table(X, bad).query("feature == 'debt' and rows > 0")
        expected = information_value(goods=table["goods"], bads=table["bads"])
        assert summary.loc["debt", "iv"] == pytest.approx(expected)

    def test_names_a_feature_that_tells_nothing(self):
        X = pd.DataFrame({"office": np.full(100, 7.0), "job": ["a", "b"] * 50})

        summary = WoeBinning().fit(X, np.arange(100) % 2).summary()

        first, second = summary["finding"]
        assert first.startswith("All of training falls into one bin (any number): it holds one")
        assert second == ""

    def test_names_a_feature_that_runs_against_its_direction(self, sample):
        X, bad = sample

        summary = (
            WoeBinning(directions={"debt": "lower"})
            .fit(X[["debt"]].dropna(), bad[X["debt"].notna()])
            .summary()
        )

        assert "no cut keeps the direction (lower)" in summary["finding"][0]
