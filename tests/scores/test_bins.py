"""riskkit.scores.bins"""

import numpy as np
import pandas as pd
import pytest

from riskkit.errors import DataError
from riskkit.scores import WoeBinning, weight_of_evidence
from riskkit.scores.bins import FeatureBins


def jobs(**n_by_level):
    """Return a column of jobs and outcomes: (goods, bads) by level."""
    column = [level for level, (goods, bads) in n_by_level.items() for _ in range(goods + bads)]
    bad = [i >= goods for goods, bads in n_by_level.values() for i in range(goods + bads)]
    return pd.DataFrame({"job": column}), np.array(bad, dtype=int)


def bins_of(X, bad, **params) -> FeatureBins:
    return WoeBinning(**params).fit(X, bad).bins_[0]


COMMON = {"clerk": (400, 40), "cook": (300, 90), "driver": (200, 60), "owner": (500, 20)}
RARE = {"poet": (10, 4), "diver": (12, 2)}


class TestLevels:
    def test_are_joined_where_their_bad_rates_do_not_differ(self):
        bins = bins_of(*jobs(**COMMON))

        assert bins.labels == ("owner", "clerk", "cook, driver", "(unseen levels)", "(missing)")
        assert bins.counts.bads.tolist() == [20, 40, 150, 0, 0]
        woe = weight_of_evidence(goods=[500, 400, 500], bads=[20, 40, 150])
        assert bins.woe[:3] == pytest.approx(woe, abs=0.05)
        assert bins.woe[4] == 0

    def test_that_are_rare_share_a_bin_and_its_woe_serves_unseen_ones(self):
        bins = bins_of(*jobs(**COMMON, **RARE))

        assert bins.labels[3:5] == ("(rare levels)", "(unseen levels)")
        assert bins.counts.rows[3:5].tolist() == [28, 0]
        assert bins.woe[3] == bins.woe[4] != 0

    def test_that_are_special_keep_a_bin_however_rare(self):
        bins = bins_of(*jobs(**COMMON, **RARE), special={"job": ("poet",)})

        assert bins.labels[3:5] == ("poet", "(rare levels)")
        assert bins.counts.rows[3:5].tolist() == [14, 14]

    def test_are_never_more_bins_than_allowed(self):
        bins = bins_of(*jobs(**COMMON), max_bins=2)

        assert bins.labels[:2] == ("clerk, owner", "cook, driver")

    def test_are_listed_up_to_five(self):
        X, bad = jobs(**{f"job {i}": (90, 10) for i in range(8)}, x=(60, 40))

        assert bins_of(X, bad).labels[0] == "job 0, job 1, job 2, job 3, job 4 and 3 more"

    def test_need_not_be_there(self):
        X = pd.DataFrame({"job": [None] * 30, "age": np.arange(30.0)})
        bad = np.arange(30) % 2

        bins = bins_of(X, bad, kinds={"job": "category"}, unseen="worst")

        assert bins.labels == ("(unseen levels)", "(missing)")
        assert bins.woe.tolist() == [0, 0]

    @pytest.mark.parametrize(
        ("unseen", "expected"),
        [("rare", lambda woe: woe[3]), ("average", lambda _: 0.0), ("worst", min)],
    )
    def test_that_are_unseen_score_by_the_rule(self, unseen, expected):
        X, bad = jobs(**COMMON, **RARE)
        binning = WoeBinning(unseen=unseen).fit(X, bad)

        (woe,) = binning.transform(pd.DataFrame({"job": ["astronaut"]})).to_numpy()[0]

        assert woe == expected(binning.bins_[0].woe[:4].tolist())

    def test_that_are_unseen_may_be_refused(self):
        X, bad = jobs(**COMMON)
        binning = WoeBinning(unseen="refuse").fit(X, bad)

        assert binning.transform(X).shape == (len(X), 1)
        with pytest.raises(DataError, match=r"^Column 'job' must .* 1 of 2 .* 'x' in row 1\."):
            binning.transform(pd.DataFrame({"job": ["cook", "x"]}))


class TestNumbers:
    def test_have_bins_of_their_own_for_codes_and_missing_values(self, sample):
        X, bad = sample

        bins = bins_of(X[["income"]], bad, special={"income": (-9.0, -8.0)})

        assert bins.labels[-3:] == ("code -9.0", "code -8.0", "(missing)")
        rows = [(X["income"] == code).sum() for code in (-9, -8)]
        assert bins.counts.rows[-3:].tolist() == [*rows, 0]
        assert bins.woe[-3] < bins.woe[-2]
        assert bins.woe[-1] == 0

    @pytest.mark.parametrize(("name", "direction"), [("income", "lower"), ("debt", "higher")])
    def test_find_the_direction_they_have(self, sample, name, direction):
        X, bad = sample

        bins = bins_of(X.query("income > 0")[[name]], bad[X["income"] > 0])

        ordinary = bins.woe[: bins.coding.n_bins]
        assert bins.direction == direction
        assert len(ordinary) > 2
        assert (np.diff(ordinary) * (1 if direction == "lower" else -1) > 0).all()

    def test_keep_the_direction_they_are_given(self, sample):
        X, bad = sample

        bins = bins_of(X[["debt"]], bad, directions={"debt": "lower"})

        assert bins.cuts == ()

    def test_may_follow_both_directions_where_none_is_asked_for(self, sample):
        X, bad = sample

        free = bins_of(X[["age"]], bad, trend="none")

        assert free.direction == "none"
        steps = np.diff(free.woe[: free.coding.n_bins])
        assert (steps > 0).any()
        assert (steps < 0).any()

    def test_hold_the_least_share_in_each_bin(self, sample):
        X, bad = sample

        bins = bins_of(X[["debt"]], bad, min_share=0.2, max_bins=20)

        n = bins.coding.n_bins
        assert 2 <= n <= 5
        assert bins.counts.rows[:n].min() >= 0.2 * len(X)

    def test_hold_the_bads_that_each_bin_may_expect(self, sample):
        X, bad = sample
        least = 150

        bins = bins_of(X[["debt"]], bad, min_share=0, min_bads=least, max_bins=50)

        rarer = min(bad.mean(), 1 - bad.mean())
        assert bins.coding.n_bins > 1
        assert bins.counts.rows[: bins.coding.n_bins].min() * rarer >= least

    def test_take_the_edges_they_are_given(self, sample):
        X, bad = sample

        bins = bins_of(X[["age"]], bad, edges={"age": [30, 40, 200]})

        assert bins.cuts == (30, 40, 200)
        rows = [(X["age"] <= 30).sum(), X["age"].between(30, 40, inclusive="right").sum(),
                (X["age"] > 40).sum(), 0, 0]  # fmt: skip
        assert bins.counts.rows.tolist() == rows
        assert bins.woe[3] == 0

    def test_have_edges_that_are_short_to_write(self, sample):
        X, bad = sample
        binning = WoeBinning().fit(X[["debt"]], bad)

        assert max(len(repr(edge)) for edge in binning.edges_["debt"]) <= 8
