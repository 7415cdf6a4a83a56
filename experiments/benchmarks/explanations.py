"""Explaining applicants: one from dict to reasons, and 30,000 beside shap's own explainer.

    make bench            or    python experiments/benchmarks/explanations.py [RESULTS_FILE]

Boosted trees of 31 leaves, up to 200 of them, on 20,000 drawn applicants with 20 features, compared
with 200 background rows. One applicant: a dict is read, explained and worded, 200 times. Many:
riskkit explains 30,000 applicants at once; `shap.TreeExplainer`, interventional, given the same 200
rows in a masker that keeps them all, explains samples of them, because all would take an hour; both
in turn, three rounds, medians. That both used all rows is checked: base and contributions give the
margin. One process, one thread. CPU time stands beside the clock's, which other programs slow down.
"""

import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from riskkit.applicants import Column, Schema
from riskkit.explanations import new_explainer, rank_reasons
from riskkit.scores import BoostedScorer

N_TRAINING, N_FEATURES, N_BACKGROUND = 20_000, 20, 200
MISSING = 0.05  # of the values
N_MANY, N_SAMPLED, N_ROUNDS, N_SINGLE = 30_000, 60, 3, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """How long something took [seconds]."""

    clock: float
    cpu: float


def took(work: Callable[[], object]) -> Took:
    """Return what one call takes."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(clock=time.perf_counter() - clock, cpu=time.process_time() - cpu)


def drawn(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return applicants and outcomes."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        rng.normal(size=(n, N_FEATURES)), columns=[f"x{i}" for i in range(N_FEATURES)]
    ).mask(rng.random((n, N_FEATURES)) < MISSING)
    x = table.fillna(0).to_numpy()
    margin = x[:, 0] * x[:, 1] + x[:, 2] - x[:, 3] ** 2 / 2 + x[:, 4] + x[:, 5:].sum(axis=1) / 5
    return table, (rng.random(n) < 1 / (1 + np.exp(1.5 - margin))).astype(int)


def single(scorer: BoostedScorer, background: pd.DataFrame, applicants: pd.DataFrame) -> list[Took]:
    """Return what one applicant takes, from dict to worded reasons."""
    column = Column(role="feature", kind="number")
    schema = Schema(columns=dict.fromkeys(applicants.columns, column))
    explainer = new_explainer(scorer, background)
    dicts = applicants.to_dict("records")

    def reasons(values: dict) -> None:
        rank_reasons(explainer.attribute(pd.DataFrame([values])), schema)

    reasons(dicts[0])  # what is set up once is not one applicant's
    return [took(lambda values=values: reasons(values)) for values in dicts]


def shap_of(scorer: BoostedScorer, background: pd.DataFrame) -> Callable[[pd.DataFrame], float]:
    """Return shap's explainer: applicants to the largest gap in its sums [log-odds]."""
    warnings.simplefilter("ignore")
    import shap  # noqa: PLC0415 - its import warns

    masker = shap.maskers.Independent(scorer.encode(background).to_numpy(), max_samples=10**6)
    trees = shap.TreeExplainer(scorer.booster_, masker, feature_perturbation="interventional")
    base = float(np.mean(scorer.margin(background)))

    def explain(applicants: pd.DataFrame) -> float:
        values = trees.shap_values(scorer.encode(applicants).to_numpy(), check_additivity=False)
        sums = base + scorer.slope_ * values.sum(axis=1)
        return float(np.abs(sums - scorer.margin(applicants)).max())

    return explain


def median(values: list[Took], clock: str) -> float:
    """Return the median of one of the two clocks."""
    return statistics.median(getattr(value, clock) for value in values)


def main() -> str:
    """Return the report."""
    table, bad = drawn(N_TRAINING, seed=0)
    scorer = BoostedScorer(n_leaves=31, max_trees=200, learning_rate=0.03).fit(table, bad)
    background, many = table.iloc[:N_BACKGROUND], drawn(N_MANY, seed=1)[0]
    theirs = shap_of(scorer, background)
    lines = [f"{scorer.n_trees_} trees of at most 31 leaves, {N_BACKGROUND} background rows"]
    one = single(scorer, background, many.iloc[:N_SINGLE])
    lines.append(
        f"one applicant, dict to reasons: median {1e3 * median(one, 'clock'):.1f} ms by the "
        f"clock, {1e3 * median(one, 'cpu'):.1f} ms of CPU ({N_SINGLE} applicants, target 25 ms)"
    )
    ours_took, theirs_took, gaps = [], [], []
    for round_ in range(N_ROUNDS):
        explainer = new_explainer(scorer, background)
        ours_took.append(took(lambda explainer=explainer: explainer.attribute(many)))
        sample = many.iloc[round_ * N_SAMPLED : (round_ + 1) * N_SAMPLED]
        theirs_took.append(took(lambda sample=sample: gaps.append(theirs(sample))))
    for name, taken, n in (("riskkit", ours_took, N_MANY), ("shap", theirs_took, N_SAMPLED)):
        rates = ", ".join(f"{n / median(taken, clock):,.0f} by {clock}" for clock in Took.__slots__)
        lines.append(f"{name}: applicants per second {rates} ({n:,} applicants)")
    ratios = ", ".join(
        f"{median(theirs_took, c) / N_SAMPLED / (median(ours_took, c) / N_MANY):.0f} by {c}"
        for c in Took.__slots__
    )
    lines.append(f"riskkit explains so many times as many per second: {ratios} (target 40)")
    lines.append(
        f"largest gap of shap's sums with all {N_BACKGROUND} rows: {max(gaps):.1e} log-odds"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    report = main()
    print(report)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(report + "\n", encoding="utf-8")
