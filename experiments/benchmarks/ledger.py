"""Speed of the rates at every cut-off, beside scikit-learn's `roc_curve` on the same arrays.

    make bench            or    python experiments/benchmarks/ledger.py [N_APPLICANTS]

The ledger accounts for thirteen measures (money and inverse-propensity sums included) and gives
approval, bad and false rejection rate and profit with intervals at 200 cut-offs; `roc_curve` gives
two rates. Both run in this process, alternately, five times; medians are printed.
"""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from sklearn.metrics import roc_curve

from riskkit.decisions import ScoredOutcomes, edge_above, score_ledger, tradeoff_curve
from riskkit.lending import LoanEconomics

N_RUNS = 5


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of one run [seconds]."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main(n_applicants: int) -> None:
    """Print the three times and their ratios."""
    rng = np.random.default_rng(0)
    pds = rng.beta(1, 12, n_applicants)
    bad = (rng.random(n_applicants) < pds).astype(float)
    scored = ScoredOutcomes(
        pds=pds,
        bad=bad,
        propensity=np.ones(n_applicants),
        values=LoanEconomics().values(rng.uniform(200, 5000, n_applicants)),
    )
    ledger = score_ledger(scored)
    cutoffs = np.unique(edge_above(np.quantile(pds, np.linspace(0.005, 1, 200))))
    works = {
        "riskkit: ledger of 13 measures": lambda: score_ledger(scored),
        "riskkit: 200 cut-offs from the ledger": lambda: tradeoff_curve(ledger, cutoffs),
        "scikit-learn: roc_curve": lambda: roc_curve(bad, pds),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(N_RUNS):
        for name, work in works.items():
            times[name].append(seconds(work))
    medians = {name: statistics.median(runs) for name, runs in times.items()}
    print(f"{n_applicants:,} applicants, median of {N_RUNS} runs")
    for name, median in medians.items():
        print(f"  {name:40} {median * 1e3:10.1f} ms")
    ours, curve, theirs = medians.values()
    print(f"  roc_curve takes {theirs / (ours + curve):.1f} times as long as ledger and curve")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
