"""What a review band gains over one cut-off, promised beside true.

Question
    20,000 applicants tune, all outcomes known; nobody, a twentieth or a tenth of the applicants can
    be reviewed. Reviewers approve 30 % of the bads
    and reject 10 % of the goods, or are worse; a review costs 2. Under a cap on the bad rate, or
    for profit: how many more goods, and how much more money, than one cut-off, by 200,000 new
    applicants with their reviews simulated; and does what was promised come true?
Command
    python experiments/review_band.py [seeds]
Result
    results/review_band.txt. The single cut-off is the best by the same smoothed PDs.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from riskkit.decisions import (
    Goal,
    ReviewBand,
    ReviewTerms,
    ScoredOutcomes,
    cutoff_grid,
    edge_above,
    score_ledger,
    tune_review,
)
from riskkit.lending import LoanEconomics, parse_limit

N, N_NEW, PER_DAY = 20_000, 200_000, 1000
GOOD = {"share_wrong_approved": 0.3, "share_wrong_rejected": 0.1}
POOR = {"share_wrong_approved": 0.6, "share_wrong_rejected": 0.3}
ECONOMICS = LoanEconomics()
COMMITTED = 20
RESULTS = Path(__file__).parent / "results" / "review_band.txt"


@dataclass(frozen=True)
class Case:
    """One goal on one set of terms."""

    objective: str
    reviewer: str
    capacity: int
    seed: int

    @property
    def goal(self) -> Goal:
        """The goal; goods under a cap, or profit."""
        limits = (parse_limit("bad_rate <= 0.03"),) if self.objective == "goods" else ()
        return Goal(objective=self.objective, limits=limits, economics=ECONOMICS)

    @property
    def terms(self) -> ReviewTerms:
        """The terms of review."""
        errors = GOOD if self.reviewer == "good" else POOR
        return ReviewTerms(cost=2.0, capacity_per_day=self.capacity, **errors)


def draw(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return PDs, outcomes and amounts."""
    pds = special.expit(-3.2 + 1.1 * rng.normal(size=n))
    amount = (100 * rng.lognormal(-0.125, 0.5, n)).round(2)
    return pds, (rng.random(n) < pds) * 1.0, amount


def truth(case: Case, band: ReviewBand, rng: np.random.Generator) -> tuple[float, float, float]:
    """Return goods and profit per application of new applicants, and their bad rate."""
    pds, bad, amount = draw(N_NEW, rng)
    sure = pds <= band.pd_cutoff
    looked = ~sure & (pds <= band.review_up_to)
    terms = case.terms
    chance = np.where(bad == 1, terms.share_wrong_approved, 1 - terms.share_wrong_rejected)
    approved = sure | (looked & (rng.random(N_NEW) < chance))
    values = ECONOMICS.values(amount)
    gain = np.where(
        bad == 1, values.bad_if_approved, values.good_if_approved - values.good_if_stopped
    )
    profit = (gain[approved].sum() - terms.cost * looked.sum()) / N_NEW
    return float((approved & (bad == 0)).mean()), float(profit), float(bad[approved].mean())


def run(case: Case) -> dict[str, float | str | int]:
    """Tune on one sample and grade on new applicants."""
    rng = np.random.default_rng([case.seed, case.capacity, len(case.objective)])
    pds, bad, amount = draw(N, rng)
    ledger = score_ledger(ScoredOutcomes(pds=pds, bad=bad, propensity=np.ones(N), amount=amount))
    found = tune_review(
        ledger, cutoff_grid(edge_above(pds)).cutoffs, goal=case.goal, terms=case.terms,
        applicants_per_day=PER_DAY,
    )  # fmt: skip
    # The same new applicants for both.
    with_band, one = (
        truth(case, band, np.random.default_rng([1, case.seed])) for band in (found.band, found.one)
    )
    return vars(case) | {
        "goods": with_band[0] / one[0] - 1,
        "promised goods": found.goods_gain / found.one.goods,
        "profit": with_band[1] / one[1] - 1,
        "promised profit": found.profit_gain / found.one.profit,
        "bad rate": with_band[2],
        "reviewed": found.band.reviewed,
    }


def report(rows: pd.DataFrame) -> list[str]:
    """Return the table."""
    lines = []
    keys = ["objective", "reviewer", "capacity"]
    for (objective, reviewer, capacity), part in rows.groupby(keys, sort=False):
        mean, error = part.mean(numeric_only=True), part["goods"].std() / np.sqrt(len(part))
        lines.append(
            f"{objective:6} {reviewer:4} reviewers, {capacity / PER_DAY:4.0%} can be reviewed: "
            f"goods {mean['goods']:+6.2%} (se {error:.2%}, promised {mean['promised goods']:+6.2%})"
            f", profit {mean['profit']:+6.2%} (promised {mean['promised profit']:+6.2%}); reviewed "
            f"{mean['reviewed']:5.1%}, bad rate {mean['bad rate']:.2%}"
        )
    return lines


def main(n_seeds: int) -> None:
    """Run all cases, print the table, and write it where there are enough seeds."""
    cases = [
        Case(objective, reviewer, capacity, seed)
        for objective in ("goods", "profit")
        for reviewer in ("good", "poor")
        for capacity in (0, 50, 100)
        for seed in range(n_seeds)
    ]
    lines = [f"{n_seeds} seeds of each", "", *report(pd.DataFrame(map(run, cases)))]
    if n_seeds >= COMMITTED:
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COMMITTED)
