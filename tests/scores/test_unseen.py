"""riskkit.scores.unseen"""

import numpy as np
import pandas as pd
import pytest

from riskkit.scores import BoostedScorer, Scorecard, WoeBinning, unseen_values

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
