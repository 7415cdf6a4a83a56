"""riskkit.scores.unseen"""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from riskkit.errors import DataError
from riskkit.scores import (
    BoostedScorer,
    PastApplicants,
    Scorecard,
    TwoStreamModel,
    WoeBinning,
    bivariate_probit,
    unseen_values,
)

KINDS = [Scorecard, BoostedScorer, WoeBinning]


class TestUnseenValues:
    @pytest.mark.parametrize("kind", KINDS)
    def test_counts_levels_and_shows_the_first(self, kind, sample, newcomers):
        new = newcomers.copy()
        new.loc[5:9, "job"] = ["x", "y", "z", "y", "z"]

        (warning,) = unseen_values(kind().fit(*sample), new)

        assert str(warning) == (
            "'job' has levels that training had no example of in 10 of 300 applications, for "
            "example 'astronaut', 'x', 'y'; they score like rare levels."
        )

    @pytest.mark.parametrize("kind", KINDS)
    def test_counts_missing_values_where_training_had_none(self, kind, sample):
        X, bad = sample
        scorer = kind().fit(X[["age"]], bad)

        (warning,) = unseen_values(scorer, pd.DataFrame({"age": [30, np.nan, np.nan]}))

        assert (warning.what, warning.n_rows, warning.examples) == ("missing values", 2, ())

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_silent_about_what_training_knew(self, kind, sample):
        X, bad = sample

        assert unseen_values(kind(special={"income": (-9.0, -8.0)}).fit(X, bad), X) == ()

    @pytest.mark.parametrize("kind", [Scorecard, WoeBinning])
    def test_counts_codes_without_an_example(self, kind, sample):
        X, bad = sample
        scorer = kind(special={"age": (-1.0,)}).fit(X[["age"]], bad)

        (warning,) = unseen_values(scorer, pd.DataFrame({"age": [30, -1.0]}))

        assert (warning.what, warning.examples) == ("special codes", ("-1.0",))

    def test_counts_numbers_beyond_the_risky_end_of_training(self, sample):
        X, bad = sample
        scorecard = Scorecard(directions={"debt": "higher"}).fit(X[["debt"]], bad)

        (warning,) = unseen_values(scorecard, pd.DataFrame({"debt": [1.0, 99.0, -5.0]}))

        assert (warning.what, warning.n_rows) == ("numbers", 1)

    @pytest.mark.parametrize("kind", [Scorecard, WoeBinning])
    @pytest.mark.parametrize(
        ("unseen", "rule"),
        [
            ("average", "they score like the average"),
            ("worst", "they score like the riskiest level"),
            ("refuse", "they are refused"),
        ],
    )
    def test_says_by_which_rule(self, kind, unseen, rule, sample, newcomers):
        (warning,) = unseen_values(kind(unseen=unseen).fit(*sample), newcomers)

        assert warning.rule == rule

    def test_of_two_streams_are_those_of_any_part(self, sample, newcomers):
        X, bad = sample
        some = X["job"] != "cook"
        passing = Scorecard().fit(X[["job", "age"]], bad)
        passed = BoostedScorer(max_trees=5).fit(X.loc[some, ["job", "age"]], bad[some])
        model = TwoStreamModel(passing=passing, passed=passed, stopped=passed, line=None)
        missing = newcomers.assign(age=newcomers["age"].where(newcomers.index != 7))

        levels, ages = unseen_values(model, missing)

        cooks = (newcomers["job"] == "cook").sum()
        assert (levels.feature, levels.what, levels.n_rows) == ("job", "levels", 10 + cooks)
        assert (ages.feature, ages.what, ages.n_rows) == ("age", "missing values", 1)

    def test_of_a_probit_are_told_by_its_design(self, draw_sample, newcomers):
        X, bad = draw_sample(2500, seed=20)
        X = X.assign(
            job=X["job"].fillna("clerk"), officer=np.random.default_rng(1).normal(size=2500)
        )
        X["town"] = np.where(np.arange(2500) < 30, "far", np.where(X["age"] > 40, "big", "small"))
        X.loc[:4, "town"] = "rare"
        approved = X["debt"].fillna(0) + X["officer"] < 1.5
        past = PastApplicants(X=X, bad=np.where(approved, bad, np.nan), approved=approved)
        model = bivariate_probit(past, excluded=["officer"]).model
        new = newcomers.assign(age=np.nan, town="big")
        new.loc[:2, "town"] = ["rare", "new", None]

        found = {(each.feature, each.what): each for each in unseen_values(model, new)}

        n_missing = newcomers["job"].isna().sum()
        counts = {key: each.n_rows for key, each in found.items()}
        assert counts == {
            ("job", "levels"): 10,
            ("job", "missing values"): n_missing,
            ("age", "missing values"): 300,
            ("town", "rare or new levels"): 2,
            ("town", "missing values"): 1,
        }
        assert str(found["town", "rare or new levels"]) == (
            "'town' has rare or new levels in 2 of 300 applications, for example 'rare', 'new'; "
            "they score like rare levels."
        )

    def test_are_not_told_of_other_kinds(self, sample):
        other = LogisticRegression().fit(sample[0][["age"]], sample[1])
        streams = TwoStreamModel(passing=other, passed=other, stopped=other, line=None)

        for scorer in (other, streams):
            with pytest.raises(DataError, match=r"own kinds, but is, .* a LogisticRegression"):
                unseen_values(scorer, sample[0])
