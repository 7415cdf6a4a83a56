"""riskkit.scores.designs"""

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from riskkit.scores.designs import learn_design


class TestLearnDesign:
    def test_agrees_with_scikit_learn(self):
        rng = np.random.default_rng(2)
        table = pd.DataFrame({"x": np.round(np.exp(rng.standard_normal(800)), 1)})
        table.loc[:50, "x"] = np.nan
        new = pd.DataFrame({"x": [-5.0, 0.3, 0.7, 1.2, 1e6, np.nan]})

        numbers = learn_design(table)(new)[:, 0]

        steps = make_pipeline(
            SimpleImputer(strategy="median"),
            QuantileTransformer(n_quantiles=500, output_distribution="normal"),
            StandardScaler(),
        )
        expected = steps.fit(table).transform(new)[:, 0]
        assert numbers == pytest.approx(expected, abs=1e-6)

    def test_standardises_and_fills_and_marks_what_is_missing(self):
        rng = np.random.default_rng(1)
        table = pd.DataFrame({"x": np.exp(3 * rng.standard_normal(1000))})
        table.loc[:99, "x"] = np.nan

        numbers = learn_design(table)(table)

        assert numbers.shape == (1000, 2)
        assert numbers.mean(axis=0) == pytest.approx(0, abs=1e-9)
        assert numbers.std(axis=0) == pytest.approx(1)
        assert np.abs(numbers[:, 0]).max() < 6  # no long tail

    def test_pools_rare_and_unseen_levels(self):
        levels = np.repeat(["a", "b", "rare", "odd"], [500, 450, 10, 10])
        table = pd.DataFrame({"job": levels})
        design = learn_design(table)

        new = design(pd.DataFrame({"job": ["rare", "odd", "unseen", "a"]}))

        assert new.shape[1] == 3
        assert new[0].tolist() == new[1].tolist() == new[2].tolist()
        assert new[0].tolist() != new[3].tolist()

    def test_missing_is_a_level(self):
        table = pd.DataFrame({"job": ["a"] * 50 + [None] * 50})

        numbers = learn_design(table)(table)

        assert len(np.unique(numbers, axis=0)) == 2

    def test_bounds_the_columns_of_a_category_with_many_levels(self):
        table = pd.DataFrame({"cell": [f"level {i % 3000}" for i in range(100_000)]})

        assert learn_design(table)(table.head(5)).shape[1] <= 30
