"""riskkit.scores.scorecard"""

import numpy as np
import pandas as pd
import pytest

from riskkit.scores import Scorecard, log_loss


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
