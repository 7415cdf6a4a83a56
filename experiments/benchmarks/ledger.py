"""Speed and memory of the rates at every cut-off, beside scikit-learn's `roc_curve`.

    make bench            or    python experiments/benchmarks/ledger.py [N_APPLICANTS]

The ledger accounts for eleven measures (amounts and inverse-propensity sums included) and gives
approval, bad and false rejection rate, loss and profit with intervals at 200 cut-offs; `roc_curve`
gives two rates. All run in this process, alternately, five times; medians are printed. Then the
time of re-tuning from a ledger, and the memory of streaming Parquet files of two sizes.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.metrics import roc_curve

from riskkit.decisions import (
    Goal,
    LedgerColumns,
    ScoredOutcomes,
    edge_above,
    frontier,
    retune,
    score_ledger,
    table_ledger,
    tradeoff_curve,
)
from riskkit.lending import LoanEconomics, parse_limit

N_RUNS = 5
SEGMENTS = np.array(["app", "shop", "web", "mini", "pos", "call", "mail", "other"], dtype=object)


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of one run [seconds]."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians(works: dict[str, Callable[[], object]], n_runs: int) -> dict[str, float]:
    """Run each in turn, so that a busy machine slows all alike [seconds]."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(n_runs):
        for name, work in works.items():
            times[name].append(seconds(work))
    return {name: statistics.median(runs) for name, runs in times.items()}


def one_pass(n_applicants: int) -> None:
    """Print the times of ledger, curve and re-tuning, and the ratios to `roc_curve`."""
    rng = np.random.default_rng(0)
    pds = rng.beta(1, 12, n_applicants)
    bad = (rng.random(n_applicants) < pds).astype(float)
    amount = rng.uniform(200, 5000, n_applicants)
    channel = pd.Categorical.from_codes(rng.integers(0, 8, n_applicants), SEGMENTS)
    scored = ScoredOutcomes(pds=pds, bad=bad, propensity=np.ones(n_applicants), amount=amount)
    by_channel = ScoredOutcomes(
        pds=pds, bad=bad, propensity=scored.propensity, amount=amount, by={"channel": channel}
    )
    economics = LoanEconomics()
    cutoffs = np.unique(edge_above(np.quantile(pds, np.linspace(0.005, 1, 200))))
    ledger, parts = score_ledger(scored), score_ledger(by_channel)
    goal = Goal(objective="profit", limits=(parse_limit("bad_rate <= 4%"),))
    curve, curves = frontier(ledger), [frontier(parts.of(*group)) for group in parts.groups]
    found = medians(
        {
            "riskkit: ledger": lambda: score_ledger(scored),
            "riskkit: ledger by 8 segments": lambda: score_ledger(by_channel),
            "riskkit: 200 cut-offs from a ledger": lambda: tradeoff_curve(
                ledger, cutoffs, economics=economics
            ),
            "riskkit: 200 cut-offs of 8 segments": lambda: [
                tradeoff_curve(parts.of(*group), cutoffs, economics=economics)
                for group in parts.groups
            ],
            "scikit-learn: roc_curve": lambda: roc_curve(bad, pds),
        },
        N_RUNS,
    )
    tuned = medians(
        {
            "re-tune one cut-off": lambda: retune(curve, goal),
            "re-tune eight segments": lambda: [retune(part, goal) for part in curves],
        },
        50,
    )
    print(f"{n_applicants:,} applicants, median of {N_RUNS} runs; re-tuning, of 50")
    for name, median in (found | tuned).items():
        print(f"  {name:40} {median * 1e3:10.2f} ms")
    whole, segments, points, points_by, theirs = found.values()
    print(f"  roc_curve takes {theirs / (whole + points):.1f} times as long as ledger and curve,")
    print(f"  {theirs / (segments + points_by):.1f} times as long as those of 8 segments")


def peak_of(folder: Path) -> float:
    """Return the peak memory of a process that streams a folder into a ledger [MB]."""
    done = subprocess.run(
        [sys.executable, __file__, "--stream", str(folder)], check=True, capture_output=True
    )
    return float(done.stdout)


def stream(folder: Path) -> None:
    """Account for a folder of Parquet files and print the peak memory [MB]."""
    columns = LedgerColumns(propensity="propensity", amount="amount")
    table_ledger(folder, columns)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def memory() -> None:
    """Print the peak memory of streaming 1 and 8 million rows."""
    rng = np.random.default_rng(0)
    n = 1_000_000
    with tempfile.TemporaryDirectory() as place:
        for n_files in (1, 8):
            folder = Path(place) / str(n_files)
            folder.mkdir()
            for i in range(n_files):
                pds = rng.beta(1, 12, n)
                columns = {
                    "pd": pds,
                    "bad": (rng.random(n) < pds) * 1.0,
                    "propensity": np.ones(n),
                    "amount": rng.uniform(200, 5000, n),
                }
                pq.write_table(pa.table(columns), folder / f"{i}.parquet")
            print(f"  streaming {n_files} million rows of Parquet: peak {peak_of(folder):.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stream"]:
        stream(Path(sys.argv[2]))
    else:
        memory()  # first: a child inherits the peak of its parent
        one_pass(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
