"""A certified cap on a real table: does it hold, and what does it cost in good applicants.

Question
    On give_me_some_credit (150,000 applicants, 6.7 % bad), trained on half, with 5,000 tuning rows
    and a cap of 2 % on the bad rate with 95 % confidence: how often does the bad rate of the other
    70,000 rows exceed the cap, and what share of their goods is rejected, with certificates of a
    boosted scorer and of a scorecard, and with the plain estimate?
Command
    python experiments/certified_cap.py        (needs ../shared/data/give_me_some_credit.parquet)
    300 splits: 100 draws of tuning rows in each of 3 halves.
Result
    results/certified_cap.txt. The certified cap is broken in 2.7 % of the splits (allowed: 5 %) at
    a false rejection rate of .284 with the boosted scorer, in 3.0 % at .317 with the scorecard; the
    plain estimate breaks it in 43 to 45 %.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from riskkit.decisions import (
    Grid,
    OutcomeSample,
    certify_binomial,
    cutoff_grid,
    zero_default_sample_size,
)
from riskkit.errors import InfeasibleCutoffError
from riskkit.lending import parse_limit
from riskkit.scores import BoostedScorer, Scorecard

TABLE = Path(__file__).parents[2] / "shared" / "data" / "give_me_some_credit.parquet"
RESULTS = Path(__file__).parent / "results" / "certified_cap.txt"
LIMIT = parse_limit("bad_rate <= 2% @ 95%")
HALVES, DRAWS, TUNING = 3, 100, 5000
TARGET = 0.284
#: What METHODS gives for a gradient boosting of the same size: breaches and false rejections.
PUBLISHED = "LightGBM .027 / .284, oracle .198; WoE scorecard .023 / .344, oracle .220"


def certified(pds: np.ndarray, bad: np.ndarray, grid: Grid) -> float:
    """Return the certified cut-off; 0 where there is none."""
    try:
        return certify_binomial(OutcomeSample(pds=pds, bad=bad), grid=grid, limit=LIMIT).cutoff
    except InfeasibleCutoffError:
        return 0.0


def estimated(pds: np.ndarray, bad: np.ndarray, grid: Grid) -> float:
    """Return the most lenient cut-off whose observed bad rate complies."""
    below = pds[:, None] <= grid.cutoffs
    n = below.sum(axis=0)
    enough = n >= zero_default_sample_size(LIMIT.bound, 0.05)
    fine = enough & ((below & bad[:, None]).sum(axis=0) <= LIMIT.bound * n)
    return float(grid.cutoffs[np.flatnonzero(fine)[-1]]) if fine.any() else 0.0


def oracle(pds: np.ndarray, bad: np.ndarray) -> float:
    """Return the share of the goods that the best cut-off on these rows rejects."""
    order = np.argsort(pds, kind="stable")
    bads = np.cumsum(bad[order])
    n = np.arange(1, len(order) + 1)
    last = int(np.flatnonzero(bads <= LIMIT.bound * n)[-1])
    return 1 - (n[last] - bads[last]) / (~bad).sum()


def main() -> None:
    """Run the splits, print the table and write it."""
    if not TABLE.exists():
        sys.exit(f"{TABLE} is not there: this experiment needs the real table beside the project.")
    table = pd.read_parquet(TABLE)
    target = "SeriousDlqin2yrs"
    features = table.drop(columns=[target, *(c for c in table if c.startswith("Unnamed"))])
    features = features.drop(columns=[c for c in features if c.lower() in {"id", "index"}])
    features = features.astype("float64")
    bad = table[target].to_numpy() == 1
    rules = {"certified": certified, "estimate": estimated}
    found: dict[tuple[str, str], list[tuple[bool, float, float]]] = {}
    best: dict[str, list[float]] = {}
    for half in range(HALVES):
        rng = np.random.default_rng([20261123, half])
        order = rng.permutation(len(bad))
        train, rest = order[:75_000], order[75_000:]
        for scorer in (BoostedScorer(seed=0, n_jobs=1), Scorecard(seed=0)):
            name = type(scorer).__name__
            scorer.fit(features.iloc[train], bad[train])
            grid = cutoff_grid(scorer.predict_proba(features.iloc[train])[:, 1], 200)
            pds = scorer.predict_proba(features.iloc[rest])[:, 1]
            best.setdefault(name, []).append(oracle(pds, bad[rest]))
            for _ in range(DRAWS):
                tuning = np.zeros(len(rest), dtype=bool)
                tuning[rng.choice(len(rest), TUNING, replace=False)] = True
                later = bad[rest[~tuning]]
                for rule, tune in rules.items():
                    cutoff = tune(pds[tuning], bad[rest[tuning]], grid)
                    approved = pds[~tuning] <= cutoff
                    rate = later[approved].mean() if approved.any() else 0.0
                    found.setdefault((name, rule), []).append(
                        (bool(rate > LIMIT.bound), float(approved.mean()),
                         float((~approved & ~later).sum() / (~later).sum()))
                    )  # fmt: skip
    allowed = 0.05 + 3 * np.sqrt(0.05 * 0.95 / (HALVES * DRAWS))
    lines = [
        f"{HALVES * DRAWS} splits, cap 2 %, delta 0.05 (allowed breaches with 3 standard errors: "
        f"{allowed:.3f}), target of false rejections {TARGET}",
        f"METHODS: {PUBLISHED}",
    ]
    for (name, rule), rows in found.items():
        breaches, approval, missed = np.array(rows, dtype=float).mean(axis=0)
        lines.append(
            f"  {name:13} {rule:9} breaches {breaches:.3f}  approval {approval:.3f}  "
            f"false rejections {missed:.4f}  oracle {np.mean(best[name]):.3f}"
        )
    print("\n".join(lines))
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
