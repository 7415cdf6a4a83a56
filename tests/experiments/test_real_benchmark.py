"""experiments/real_benchmark.py: what it may say of an interval."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FILE = Path(__file__).parents[2] / "experiments" / "real_benchmark.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("real_benchmark", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["real_benchmark"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["real_benchmark"]


def folds(benchmark, auc, others=0.5):
    return pd.DataFrame({m: np.full(5, others) for m in benchmark.MEASURES} | {"AUC": auc})


class TestVerdict:
    @pytest.mark.parametrize(
        ("gaps", "said"),
        [
            ([0.001, 0.002, 0.001, 0.002, 0.001], "shown"),
            # Above -0.002 on average, but as little shown as the opposite.
            ([0.03, -0.03, 0.02, -0.02, 0.001], "not shown"),
            # Below it on average, and still not missed.
            ([-0.03, 0.025, -0.02, 0.015, -0.005], "not shown"),
            ([-0.010, -0.011, -0.010, -0.011, -0.010], "MISSED"),
        ],
    )
    def test_goes_by_the_interval_of_the_difference(self, benchmark, gaps, said):
        values = {
            "BoostedScorer": folds(benchmark, 0.7 + np.array(gaps)),
            "LightGBM": folds(benchmark, np.full(5, 0.7)),
        }

        gap = benchmark.less(values, "BoostedScorer", "LightGBM", "AUC")

        assert benchmark.verdict(gap) == said


class TestDuel:
    def better_by(self, benchmark, gap):
        sign = {m: s for m, (_, s) in benchmark.MEASURES.items()}
        jitter = np.array([0.0, 0.001, 0.0, 0.001, 0.0])
        return pd.DataFrame({m: 0.5 + sign[m] * (gap + jitter) for m in sign})

    def test_claims_every_measure_only_where_every_model_was_measured(self, benchmark):
        ours, theirs = self.better_by(benchmark, 0.1), self.better_by(benchmark, 0.0)
        values = {m: ours if m.startswith(benchmark.OURS) else theirs for m in benchmark.MODELS}

        whole = list(benchmark.duel(values))
        del values["random forest"]
        partial = list(benchmark.duel(values))

        assert whole[-1] == "  riskkit's best wins every measure"
        assert not any("every measure" in line for line in partial)
        assert sum("wins" in line for line in partial) == len(benchmark.MEASURES)

    def test_claims_nothing_of_a_difference_within_the_noise(self, benchmark):
        noisy = self.better_by(benchmark, 0.001) + np.array([[0.1], [-0.1], [0.05], [-0.05], [0]])
        values = {"BoostedScorer": noisy, "LightGBM": self.better_by(benchmark, 0.0)}

        said = list(benchmark.duel(values))

        assert all(line.endswith("no difference shown") for line in said)
