"""riskkit.scores.trees"""

import pytest

from riskkit.errors import DataError
from riskkit.scores.trees import default_settings, n_threads, read_trees


class TestDefaultSettings:
    def test_give_few_bads_small_trees(self):
        few, many = default_settings(100), default_settings(100_000)

        assert few.n_leaves < many.n_leaves
        assert few.min_bads < many.min_bads


class TestNThreads:
    def test_is_one_per_core_for_minus_1(self):
        assert n_threads(-1) >= 1
        assert n_threads(3) == 3


class TestReadTrees:
    def test_refuses_what_is_not_lightgbm_s(self):
        with pytest.raises(DataError, match=r"^The trees are not LightGBM text"):
            read_trees("tree\nno trees here\n")
