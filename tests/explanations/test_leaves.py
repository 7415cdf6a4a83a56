"""riskkit.explanations.leaves"""

import itertools
import math
import warnings

import lightgbm
import numpy as np
import pytest

from riskkit.errors import DataError
from riskkit.explanations import leaves as module
from riskkit.explanations.leaves import by_leaves, read_leaves


def grown(rows, bad, **params):
    settings = {"objective": "binary", "num_leaves": 12, "min_data_in_leaf": 5, "verbosity": -1}
    data = lightgbm.Dataset(rows, bad.astype(float))
    return lightgbm.train(settings | params, data, num_boost_round=12)


def drawn(n, n_columns, *, missing, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, n_columns)).round(2)
    bad = rng.random(n) < 1 / (1 + np.exp(1 - rows[:, 0] * rows[:, 1] - rows[:, 2]))
    rows[rng.random(rows.shape) < missing] = np.nan
    return rows, bad


@pytest.fixture(params=[0.0, 0.1], ids=["all known", "some missing"])
def case(request):
    rows, bad = drawn(800, 5, missing=request.param)
    return grown(rows, bad), rows


def raw(booster, rows):
    return booster.predict(rows, raw_score=True)


def brute_force(booster, row, background):
    """Shapley values by their definition, over every subset of features."""
    n = len(row)
    subsets = list(itertools.product([False, True], repeat=n))
    worth = {s: raw(booster, np.where(s, row, background)).mean() for s in subsets}
    values = np.zeros(n)
    for s, i in itertools.product(subsets, range(n)):
        if not s[i]:
            with_i = (*s[:i], True, *s[i + 1 :])
            weight = math.factorial(sum(s)) * math.factorial(n - sum(s) - 1) / math.factorial(n)
            values[i] += weight * (worth[with_i] - worth[s])
    return values


class TestByLeaves:
    def test_agrees_with_every_subset(self, case):
        booster, rows = case
        background = rows[300:340]

        found = by_leaves(booster, background)(rows[:4])

        expected = [brute_force(booster, row, background) for row in rows[:4]]
        np.testing.assert_allclose(found, expected, atol=1e-12)

    def test_reads_a_missing_value_as_lightgbm_does(self, case):
        booster, rows = case
        unknown = np.full((1, 5), np.nan)

        found = by_leaves(booster, rows[300:340])(unknown)

        expected = brute_force(booster, unknown[0], rows[300:340])
        np.testing.assert_allclose(found[0], expected, atol=1e-12)

    def test_agrees_with_shap_given_every_row(self, case):
        booster, rows = case
        background = rows[300:500]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import shap

            masker = shap.maskers.Independent(background, max_samples=len(background))
            theirs = shap.TreeExplainer(booster, masker, feature_perturbation="interventional")
            expected = theirs.shap_values(rows[:20], check_additivity=False)

        found = by_leaves(booster, background)(rows[:20])

        np.testing.assert_allclose(found, expected, atol=1e-6)

    def test_gives_the_same_whatever_is_prepared_at_a_time(self, case, monkeypatch):
        booster, rows = case
        whole = by_leaves(booster, rows[300:340])(rows[:5])
        monkeypatch.setattr(module, "_LEAVES_AT_ONCE", 7)

        parts = by_leaves(booster, rows[300:340])(rows[:5])

        np.testing.assert_array_equal(parts, whole)

    def test_gives_nothing_to_trees_that_are_one_leaf(self):
        rows, bad = drawn(100, 3, missing=0.0)
        booster = grown(rows, bad, min_data_in_leaf=90)

        found = by_leaves(booster, rows[:10])(rows[:3])

        np.testing.assert_array_equal(found, np.zeros((3, 3)))


class TestReadLeaves:
    def test_refuses_more_features_in_a_path_than_it_can_count(self, case, monkeypatch):
        monkeypatch.setattr(module, "_MOST_FEATURES", 2)

        with pytest.raises(DataError, match=r"asks for [345] features, and at most 2 can be"):
            read_leaves(case[0])

    def test_refuses_splits_by_category(self):
        rng = np.random.default_rng(0)
        rows = rng.integers(0, 6, size=(400, 1)).astype(float)
        data = lightgbm.Dataset(rows, rows[:, 0] % 2, categorical_feature=[0])
        booster = lightgbm.train({"objective": "binary", "verbosity": -1}, data, 1)

        with pytest.raises(RuntimeError, match=r"^A tree splits by == "):
            read_leaves(booster)
