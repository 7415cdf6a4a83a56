"""riskkit.scores.monotonicity"""

import numpy as np
import pytest

from riskkit.errors import DataError
from riskkit.scores import direction_check


class TestDirectionCheck:
    def test_finds_no_violation_of_either_scorer_on_1000_rows(self, scorer, draw_sample):
        X, _ = draw_sample(1500, seed=7)

        found = direction_check(scorer, X, rng=np.random.default_rng(0))

        assert found["feature"].tolist() == ["income", "debt"]
        assert found["worse"].tolist() == ["lower", "higher"]
        assert (found["n_rows"] == 1000).all()
        assert (found["n_values"] > 20).all()
        assert (found["violations"] == 0).all()
        assert (found["largest"] == 0).all()

    def test_finds_the_violations_of_a_scorer_without_directions(self, sample):
        from riskkit.scores import BoostedScorer

        X, bad = sample
        scorer = BoostedScorer(max_trees=40).fit(X, bad).set_params(directions={"age": "higher"})

        (found,) = direction_check(scorer, X, rng=np.random.default_rng(0)).itertuples()

        assert found.violations > 0
        assert found.largest > 0

    def test_passes_over_features_without_direction(self, fitted, sample):
        from sklearn.base import clone

        scorer = clone(fitted["scorecard"]).set_params(directions={"age": "none"}).fit(*sample)

        assert direction_check(scorer, sample[0], rng=np.random.default_rng(0)).empty

    def test_names_a_column_of_codes_only(self, fitted, newcomers):
        with pytest.raises(DataError, match=r"^X must hold ordinary numbers in 'income'"):
            direction_check(
                fitted["boosted"], newcomers.assign(income=-9.0), rng=np.random.default_rng(0)
            )
