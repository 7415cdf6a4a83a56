"""riskkit.scores.scorecard"""

import copy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskkit.errors import DataError
from riskkit.scores import Scorecard, WoeBinning, auc, load_scorer, log_loss, save_scorer


class TestContributions:
    def test_sum_to_the_margin(self, fitted, newcomers):
        scorecard = fitted["scorecard"]

        added = scorecard.contributions(newcomers)

        assert added.shape == (len(newcomers), 4)
        total = added.sum(axis=1) + scorecard.intercept_
        assert total == pytest.approx(scorecard.margin(newcomers), abs=1e-12)

    def test_are_the_points_of_the_table(self, fitted, newcomers):
        scorecard = fitted["scorecard"]
        jobs = scorecard.table().query("feature == 'job'").set_index("bin")["log_odds"]

        added = scorecard.contributions(newcomers)[:, 3]

        names = newcomers["job"].fillna("(missing)").replace("astronaut", "(other levels)")
        assert (added == jobs[names].to_numpy()).all()


class TestTable:
    def test_counts_every_training_row_once_per_feature(self, fitted, sample):
        X, bad = sample

        table = fitted["scorecard"].table()

        totals = table.groupby("feature")[["goods", "bads"]].sum()
        assert totals["bads"].to_numpy() == pytest.approx(bad.sum())
        assert totals["goods"].to_numpy() == pytest.approx((1 - bad).sum())
        assert table["feature"].unique().tolist() == X.columns.tolist()

    def test_gives_20_points_for_twice_the_odds_of_good(self, fitted):
        table = fitted["scorecard"].table()

        assert table["points"].to_numpy() == pytest.approx(-20 * table["log_odds"] / np.log(2))

    def test_values_informative_features_above_noise(self, sample):
        X, bad = sample
        noise = np.random.default_rng(0).normal(size=len(X))

        table = Scorecard().fit(X.assign(noise=noise), bad).table()

        values = table.groupby("feature")["iv"].first()
        assert values["debt"] > 3 * values["noise"]


class TestEdges:
    def test_that_are_given_are_the_bins(self, sample):
        X, bad = sample
        directions = {"income": "lower", "debt": "higher"}
        edges = {"debt": [0.5, 1, 2], "age": (30.0, 45.0)}

        scorecard = Scorecard(directions=directions, edges=edges).fit(X, bad)

        table = scorecard.table().query("feature == 'debt'")
        assert table["bin"].tolist() == ["<= 0.5", "(0.5, 1]", "(1, 2]", "> 2", "(missing)"]
        assert table["goods"].sum() + table["bads"].sum() == pytest.approx(len(X))
        assert (np.diff(table["log_odds"][:4]) > 0).all()
        assert auc(bad=bad, pds=scorecard.predict_proba(X)[:, 1]) > 0.7

    def test_may_come_from_a_binning(self, sample):
        X, bad = sample
        binning = WoeBinning(special={"income": (-9.0, -8.0)}).fit(X, bad)

        scorecard = Scorecard(special={"income": (-9.0, -8.0)}, edges=binning.edges_).fit(X, bad)

        bins = scorecard.table().query("feature == 'income'")["bin"].tolist()
        assert bins == binning.table().query("feature == 'income'")["bin"].tolist()

    def test_are_kept_in_files(self, sample, newcomers, tmp_path):
        scorecard = Scorecard(edges={"age": (30.0, 45.0)}, unseen="worst").fit(*sample)
        save_scorer(scorecard, tmp_path)

        again = load_scorer(tmp_path)

        assert again.get_params() == scorecard.get_params()
        assert (again.margin(newcomers) == scorecard.margin(newcomers)).all()

    @pytest.mark.parametrize(
        ("edges", "message"),
        [
            ({"wage": (1,)}, r"^edges names 'wage', which is not a column"),
            ({"job": (1,)}, r"^edges names 'job', which holds text"),
            ({"age": (2, 1)}, r"^edges must be finite numbers, each above the one before"),
        ],
    )
    def test_that_cannot_be_are_named(self, sample, edges, message):
        with pytest.raises(DataError, match=message):
            Scorecard(edges=edges).fit(*sample)


class TestBinTable:
    def test_of_training_and_of_another_sample_counts_every_row(self, fitted, draw_sample):
        scorecard = fitted["scorecard"]
        X, bad = draw_sample(500, seed=2)

        training, other = scorecard.bin_table(), scorecard.bin_table(X, bad)

        assert (
            training["bin"].tolist() == other["bin"].tolist() == scorecard.table()["bin"].tolist()
        )
        assert training["goods"].tolist() == scorecard.table()["goods"].tolist()
        assert other.groupby("feature")["rows"].sum().tolist() == pytest.approx([500] * 4)
        seen = training.query("goods > 0 and bads > 0")
        assert (seen["woe_error"] > 0).all()


class TestStability:
    def test_finds_the_feature_that_moved(self, fitted, draw_sample):
        X, bad = draw_sample(6000, seed=2)

        stability = fitted["scorecard"].stability(
            X.assign(debt=X["debt"] * 1.5), np.arange(6000) % 2, bad
        )

        moved = stability.features.query("psi > 3 * psi_by_chance")["feature"]
        assert "debt" in set(moved)
        assert stability.features["vintage"].unique().tolist() == ["0", "1"]
        assert stability.bins["bads"].sum() == 4 * bad.sum()


class TestUnseen:
    @pytest.mark.parametrize(
        ("unseen", "expected"), [("average", lambda _: 0.0), ("worst", max), ("rare", lambda _: 0)]
    )
    def test_levels_score_by_the_rule(self, sample, newcomers, unseen, expected):
        scorecard = Scorecard(unseen=unseen).fit(*sample)

        added = scorecard.contributions(newcomers[:1])[0, 3]

        jobs = scorecard.table().query("feature == 'job'")["log_odds"].tolist()
        assert added == expected(jobs[:4])

    def test_levels_may_be_refused(self, sample, newcomers):
        scorecard = Scorecard(unseen="refuse").fit(*sample)
        one = newcomers.iloc[20].to_dict()
        assert scorecard.pd_of(one) == scorecard.predict_proba(newcomers.iloc[[20]])[0, 1]
        with pytest.raises(DataError, match="levels that training had"):
            scorecard.pd_of(one | {"job": "astronaut"})

        assert len(scorecard.margin(newcomers[10:])) == 290
        with pytest.raises(DataError, match=r"^Column 'job' must .* 10 of 300 .* 'astronaut'"):
            scorecard.margin(newcomers)

    def test_rule_that_there_is_not_is_named(self, sample):
        with pytest.raises(DataError, match=r"^unseen must be .* but is 'best'"):
            Scorecard(unseen="best").fit(*sample)


class TestChecks:
    def test_find_nothing_where_points_follow_the_evidence(self, sample):
        X, bad = sample
        edges = {"debt": (0.5, 1, 2)}
        scorecard = Scorecard(directions={"debt": "higher"}, edges=edges).fit(X[["debt"]], bad)

        (check,) = scorecard.checks().to_dict("records")

        assert check["slope"] == pytest.approx(1, abs=0.3)
        assert (check["agrees"], check["reversed_share"], check["finding"]) == (True, 0, "")

    def test_name_a_feature_that_acts_against_its_evidence(self, fitted):
        scorecard = copy.copy(fitted["scorecard"])
        column = scorecard.columns_[0]
        flipped = replace(column, log_odds=-column.log_odds)
        scorecard.columns_ = (flipped, *scorecard.columns_[1:])

        check = scorecard.checks().iloc[0]

        assert check["slope"] < 0
        assert not check["agrees"]
        assert check["finding"].startswith("The sign is wrong")

    def test_name_neighbours_in_the_wrong_order(self, sample):
        X, bad = sample
        scorecard = Scorecard(edges={"age": (30, 40, 50)}).fit(X[["age"]], bad)
        column = scorecard.columns_[0]
        log_odds = np.zeros(len(column.woe))
        log_odds[np.argsort(column.woe[:4])] = [3, 1, 2, 0]
        scorecard.columns_ = (replace(column, log_odds=log_odds),)

        check = scorecard.checks().iloc[0]

        third = column.counts.rows[np.argsort(column.woe[:4])[2]]
        assert check["largest_reversal"] == pytest.approx(1)
        assert check["reversed_share"] == pytest.approx(third / len(X))
        assert check["slope"] > 0
        assert not check["agrees"]
        assert "of the training rows lie in bins that add less" in check["finding"]

    def test_name_a_constant_feature_and_one_that_is_left_nothing(self, sample):
        X, bad = sample
        noise = np.random.default_rng(3).choice(list("abc"), len(X))

        scorecard = Scorecard().fit(X.assign(office=7.0, noise=noise), bad)

        findings = scorecard.checks().set_index("feature")["finding"]
        assert findings["office"].startswith("All of training falls into one bin")
        table = scorecard.table().query("feature == 'office'")
        assert table["log_odds"].tolist() == pytest.approx([0] * len(table))


class TestManyLevels:
    @pytest.mark.slow
    def test_of_100_000_are_scored_like_rare_ones(self):
        n = 200_000
        rng = np.random.default_rng(0)
        debt, levels = rng.exponential(1, n), pd.Series(np.arange(n) // 2).astype("str")
        bad = rng.random(n) < 1 / (1 + np.exp(2.5 - debt))

        scorecard = Scorecard().fit(pd.DataFrame({"id": levels, "debt": debt}), bad)

        added = scorecard.contributions(pd.DataFrame({"id": ["7", "new"], "debt": [1.0, 1.0]}))
        assert added[0, 0] == added[1, 0] == pytest.approx(0, abs=0.05)


class TestTrend:
    def test_goes_on_where_risk_rises_beyond_training_and_stops_where_it_falls(self, sample):
        X, bad = sample
        for directions in ({"debt": "higher"}, None):
            scorecard = Scorecard(directions=directions).fit(X[["debt"]], bad)
            least, largest = X["debt"].min(), X["debt"].max()
            beyond = [largest, largest + 2, largest + 1e6, least, least - 1e-9, least - 2]

            inside, further, far, low, _, lower = scorecard.margin(pd.DataFrame({"debt": beyond}))

            assert inside < further < far < inside + 5
            assert lower == low

    def test_goes_on_below_the_range_where_low_numbers_are_risky(self, sample):
        _, bad = sample
        numbers = np.random.default_rng(0).uniform(100, 200, len(bad)) - 20 * bad
        scorecard = Scorecard(directions={"x": "lower"}).fit(pd.DataFrame({"x": numbers}), bad)
        least, largest = numbers.min(), numbers.max()

        margins = scorecard.margin(
            pd.DataFrame({"x": [least - 1e6, least - 20, least, largest, largest + 1e6]})
        )

        assert (np.diff(margins) <= 0).all()
        assert margins[0] > margins[1] > margins[2] > margins[3]
        assert margins[3] == margins[4]

    def test_follows_a_scale_that_tames_long_tails_where_it_fits_better(self):
        rng = np.random.default_rng(0)
        x = np.exp(rng.normal(0, 2, 5000))
        bad = rng.random(5000) < 1 / (1 + np.exp(1.5 - np.log(x)))
        scorecard = Scorecard().fit(pd.DataFrame({"x": x}), bad)

        margins = scorecard.margin(pd.DataFrame({"x": [0.1, 1, 10, 100, x.max(), 50 * x.max()]}))

        assert (np.diff(margins) > 0).all()
        assert margins[2] - margins[1] == pytest.approx(np.log(10), abs=0.6)


class TestFewBads:
    def test_still_tell_more_than_the_bad_rate(self, draw_sample):
        (X, bad), (new, new_bad) = draw_sample(150, seed=11), draw_sample(5000, seed=12)

        pds = Scorecard().fit(X, bad).predict_proba(new)[:, 1]

        constant = np.full(5000, bad.mean())
        assert log_loss(bad=new_bad, pds=pds) < log_loss(bad=new_bad, pds=constant) - 0.01
