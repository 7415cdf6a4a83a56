"""Speed of BoostedScorer beside bare LightGBM with the same trees, one thread each.

    make bench            or    python experiments/benchmarks/boosting.py [N_TRAINING [N_BATCH]]

Thirty features, five of them text, missing values in all. (1) The final fit, from the table to the
trees, beside `lightgbm.train` of as many trees with the same parameters on numbers that are ready;
the folds that choose the number of trees and calibrate are timed apart. (2) A batch, from the table
to PDs, beside `Booster.predict` on ready numbers. (3) One applicant's PD from a dict. Both sides
run in this process in turn, with LightGBM on one thread; (1) and (2) are processor seconds, which
a busy machine blurs less, medians of three runs; (3) is wall time, the median of 2,000 calls.
"""

import statistics
import sys
import time
from collections.abc import Callable

import lightgbm
import numpy as np
import pandas as pd
from scipy.special import expit

from riskkit.scores import BoostedScorer
from riskkit.scores.crossfit import new_outcomes
from riskkit.scores.encoding import Encoded, encoded_sample, plain_number
from riskkit.scores.training import checked_sample, features_of
from riskkit.scores.trees import Plan, default_settings, grown, held_out

N_NUMBERS, N_TEXTS, N_LEVELS = 25, 5, 40
N_RUNS, N_CALLS, N_TREES, MISSING = 3, 2000, 200, 0.05


def applicants(n: int, *, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw applicants and outcomes."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n, N_NUMBERS))
    codes = rng.integers(0, N_LEVELS, size=(n, N_TEXTS))
    risk = -3 + numbers[:, :10] @ np.linspace(0.1, 0.5, 10) + 0.02 * codes[:, 0]
    bad = rng.random(n) < expit(risk + 0.3 * numbers[:, 0] * numbers[:, 1])
    numbers[rng.random(numbers.shape) < MISSING] = np.nan
    table = pd.DataFrame(numbers, columns=[f"number {i}" for i in range(N_NUMBERS)])
    levels = np.array([f"level {i}" for i in range(N_LEVELS)], dtype=object)
    for i in range(N_TEXTS):
        text = levels[codes[:, i]]
        text[rng.random(n) < MISSING] = None
        table[f"text {i}"] = pd.Series(text, dtype="str")
    return table, bad


def medians(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Run the works in turn; return the median processor time of each [seconds]."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(N_RUNS):
        for name, work in works.items():
            started = time.process_time()
            work()
            times[name].append(time.process_time() - started)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def encoded(X: pd.DataFrame, bad: np.ndarray) -> Encoded:
    """Check and encode a training sample as the scorer does."""
    sample = checked_sample(X, bad, None)
    features = features_of(sample.table, None, None, number=plain_number)
    outcomes = new_outcomes(sample.bad, sample.weight, n_folds=5, seed=0)
    return encoded_sample(features, sample.table, outcomes)


def fit_times(X: pd.DataFrame, bad: np.ndarray) -> None:
    """Print the final fit beside bare LightGBM, and the folds apart."""
    settings = default_settings(int(min(bad.sum(), (~bad).sum())))
    plan = Plan(settings=settings, groups=None, seed=0, n_threads=1)
    sample = encoded(X, bad)
    ready, params = sample.matrix(None), plan.params(sample.signs)
    label = bad.astype(np.float64)

    def bare() -> lightgbm.Booster:
        data = lightgbm.Dataset(ready, label, params=params)
        return lightgbm.train(params, data, num_boost_round=N_TREES)

    def ours() -> lightgbm.Booster:
        return grown(encoded(X, bad), plan, N_TREES)

    assert np.array_equal(bare().predict(ready[:1000]), ours().predict(ready[:1000]))
    found = medians({"riskkit": ours, "LightGBM": bare})
    started = time.process_time()
    held = held_out(sample, plan)
    folds = time.process_time() - started
    print(f"Final fit, {len(X):,} rows x {X.shape[1]} features, {N_TREES} trees (the same ones)")
    print(f"  bare LightGBM on ready numbers   {found['LightGBM']:8.2f} s")
    print(f"  riskkit, from the table          {found['riskkit']:8.2f} s")
    print(f"  ratio                            {found['riskkit'] / found['LightGBM']:8.3f}")
    print(f"  five folds apart (to {held.n_trees} trees)   {folds:8.2f} s")


def batch_times(scorer: BoostedScorer, X: pd.DataFrame) -> None:
    """Print a batch beside bare LightGBM."""
    ready = scorer.encode(X).to_numpy()
    works = {
        "riskkit": lambda: scorer.predict_proba(X),
        "LightGBM": lambda: scorer.booster_.predict(ready, num_threads=1),
    }
    found = medians(works)
    print(f"Batch, {len(X):,} rows x {X.shape[1]} features, {scorer.n_trees_} trees")
    print(f"  bare LightGBM on ready numbers   {found['LightGBM']:8.2f} s")
    print(f"  riskkit, from the table          {found['riskkit']:8.2f} s")
    print(f"  ratio                            {found['riskkit'] / found['LightGBM']:8.3f}")


def single_times(scorer: BoostedScorer, X: pd.DataFrame) -> None:
    """Print how long one applicant's PD takes."""
    rows = X.iloc[:N_CALLS].astype(object).to_dict("records")
    times = []
    for row in rows:
        started = time.perf_counter()
        scorer.pd_of(row)
        times.append(time.perf_counter() - started)
    print(f"One applicant from a dict of {X.shape[1]} features, {scorer.n_trees_} trees")
    print(f"  median                           {1e3 * statistics.median(times):8.3f} ms")
    print(f"  95th of 100                      {1e3 * np.quantile(times, 0.95):8.3f} ms")


def main(n_training: int, n_batch: int) -> None:
    """Print the three comparisons."""
    X, bad = applicants(n_training, seed=0)
    fit_times(X, bad)
    scorer = BoostedScorer().fit(X, bad)
    batch, _ = applicants(n_batch, seed=1)
    batch_times(scorer, batch)
    single_times(scorer, batch)


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]]
    main(*(sizes + [150_000, 1_000_000][len(sizes) :]))
