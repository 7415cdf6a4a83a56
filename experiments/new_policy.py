"""What is known of a new policy before it starts: rates from 5 % exploration, and their intervals.

Question
    A new cut-off is to replace the incumbent, which sees nothing, some or much that no column
    shows. With 5 % of the would-be rejections approved at random: how far off are the estimated
    false rejection rate and the bad rate of the newly approved, and how often do 95 % intervals
    cover? Without any exploration: do worst-case bounds cover, and Gamma bounds where the world's
    Gamma is within the stated one, and do they fail above it?
Command
    python experiments/new_policy.py [draws]
    200 draws took about 4 minutes of processor time.
Result
    results/new_policy.txt. From 500 explored the false rejection rate is within .0053 in 95 % of
    the runs, from 2,000 within .0027. The bad rate of the newly approved is off by 6 to 13 % in the
    median at 100,000 applicants, and within 20 % in 74 to 98 % of the runs: in 95 % of them within
    33, 27 and 23 % in calm (missed) and 16 % in selective (met). Beside it stands what the explored
    bads below the cut-off allow as a binomial, 34, 27, 25 and 19 %: the estimate is at that floor.
    The line alone, smoothed over all explored, goes below it, 27, 23, 21 and 16 %, at the price of
    trusting its shape. Labelled rows get it wrong by 19 to 82 %. Intervals cover in 91.5 to 98 % of
    the runs, of which 200 tell no more than +- 3 points.
    Tables are drawn, with replacement, from a pool of applicants at the score gate whose rates are
    the truth; who is explored is drawn anew. "Labelled rows" carries the bad rates of the approved
    over to the newly approved of the same PD.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from pools import EXPLORATION, Pool, draw_pool

from riskkit.decisions import (
    ScoredOutcomes,
    against_incumbent,
    band_model,
    edge_above,
    score_ledger,
    tradeoff_curve,
)
from riskkit.lending import LoanEconomics
from riskkit.scores import BoostedScorer

CASES = (("calm", "none"), ("calm", "medium"), ("calm", "strong"), ("selective", "strong"))
ECONOMICS = LoanEconomics()
TRAINED, EXPLORED, LARGE = 60_000, (100, 500, 2000), 100_000
#: The new cut-off approves so many points more than the incumbent.
WIDER = 0.12
TARGET = 0.2  # of the bad rate of the newly approved, at 100,000 applicants
COMMITTED = 200  # draws from which the result is written
RESULTS = Path(__file__).parent / "results" / "new_policy.txt"


def scored_pool(world: str, dial: str) -> tuple[Pool, np.ndarray]:
    """Return applicants of one world and the PDs of a scorer trained on others."""
    pool = draw_pool(world, dial, n_blocks=5, seed=23)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(pool.sure))
    part = pool.take(order[:TRAINED])
    history = part.history(rng)
    scorer = BoostedScorer(
        directions=pool.directions, special=pool.special, seed=0, n_jobs=1
    )  # fmt: skip
    known = history.labelled
    scorer.fit(part.applications.features[known], history.bad[known])
    rest = pool.take(order[TRAINED:])
    return rest, scorer.predict_proba(rest.applications.features)[:, 1]


def ledger_of(pool: Pool, pds: np.ndarray, rows: np.ndarray, rng: np.random.Generator, q: float):
    """Account for a table of some rows, with a share of the would-be rejections explored."""
    propensity = np.where(pool.sure[rows], 1.0, q)
    seen = rng.random(len(rows)) < propensity
    return score_ledger(
        ScoredOutcomes(
            pds=pds[rows],
            bad=np.where(seen, pool.bad[rows], np.nan),
            propensity=propensity,
            amount=pool.applications.amount[rows],
        )
    )


def truth_of(pool: Pool, pds: np.ndarray, cutoff: float) -> dict[str, float]:
    """Return the rates of the pool, and its Gamma below the cut-off."""
    below, bad = pds <= cutoff, pool.bad == 1
    new = below & ~pool.sure
    odds = [rate / (1 - rate) for rate in (bad[new].mean(), bad[below & pool.sure].mean())]
    return {
        "bad_rate": bad[below].mean(),
        "false_rejection_rate": 1 - below[~bad].mean(),
        "newly approved": bad[new].mean(),
        "gamma": odds[0] / odds[1],
    }


def one_draw(pool: Pool, pds: np.ndarray, cutoff: float, n: int, seed: int) -> dict[str, float]:
    """Return estimates and limits of one table."""
    rng = np.random.default_rng([seed, n])
    rows = rng.integers(0, len(pds), n)
    ledger = ledger_of(pool, pds, rows, rng, EXPLORATION)
    row = tradeoff_curve(ledger, np.array([cutoff]), economics=ECONOMICS).iloc[0]
    # A two-sided interval of 95 % has one-sided confidence 97.5 %.
    swap = against_incumbent(ledger, cutoff, economics=ECONOMICS, confidence=0.975)
    assert swap is not None
    model = band_model(ledger)
    new = ledger.all_groups("applicants")[1] * (ledger.edges <= cutoff)
    below = ledger.edges <= cutoff
    bads, labelled = (ledger.all_groups(name)[1][below].sum() for name in ("bads", "labelled"))
    found = {
        "explored bads": float(bads),
        "explored below": float(labelled),
        "newly approved by the line": float((new * model.bad_rates[1]).sum() / new.sum()),
        "newly approved": swap.swap_in_bad_rate,
        "newly approved_lower": swap.swap_in_bad_rate_lower,
        "newly approved_upper": swap.swap_in_bad_rate_upper,
        "labelled rows": float((new * model.bad_rates[0]).sum() / new.sum()),
        "explored": float(ledger.total()["labelled"][1, 0]),
    }
    for rate in ("bad_rate", "false_rejection_rate"):
        found |= {f"{rate}{part}": row[f"{rate}{part}"] for part in ("", "_lower", "_upper")}
    return found


def unexplored(
    pool: Pool, pds: np.ndarray, cutoff: float, gamma: float, seed: int
) -> dict[str, bool]:
    """Return which bounds of a table without exploration cover the truth."""
    truth = truth_of(pool, pds, cutoff)
    rng = np.random.default_rng([seed, 1])
    rows = rng.integers(0, len(pds), 20_000)
    ledger = ledger_of(pool, pds, rows, rng, 0.0)
    found = {}
    for name, stated in {"within": 1.5 * gamma, "above": 0.5 * gamma + 0.5}.items():
        row = tradeoff_curve(
            ledger, np.array([cutoff]), economics=ECONOMICS, gamma=max(stated, 1.0)
        ).iloc[0]
        upper = row["gamma_bad_rate_upper"]
        found[name] = bool(row["gamma_bad_rate_lower"] <= truth["bad_rate"] <= upper)
        for rate in ("bad_rate", "false_rejection_rate"):
            found[f"worst {rate}"] = bool(
                row[f"{rate}_lower"] <= truth[rate] <= row[f"{rate}_upper"]
            )
    return found


def report(world: str, dial: str, n_draws: int) -> list[str]:
    """Return the lines of one world."""
    pool, pds = scored_pool(world, dial)
    level = pool.sure.mean() + WIDER
    cutoff = float(edge_above(np.quantile(pds, [level], method="inverted_cdf"))[0])
    truth = truth_of(pool, pds, cutoff)
    lines = [
        f"{world} {dial}: incumbent approves {pool.sure.mean():.1%}, new policy "
        f"{(pds <= cutoff).mean():.1%}; true bad rate {truth['bad_rate']:.2%}, false rejections "
        f"{truth['false_rejection_rate']:.2%}, bad rate of the newly approved "
        f"{truth['newly approved']:.2%}, Gamma {truth['gamma']:.2f}"
    ]
    sizes = [int(n / (EXPLORATION * (1 - pool.sure.mean()))) for n in EXPLORED] + [LARGE]
    for n in sizes:
        rows = pd.DataFrame([one_draw(pool, pds, cutoff, n, seed) for seed in range(n_draws)])
        cover = {
            rate: rows[f"{rate}_lower"]
            .le(truth[rate])
            .mul(rows[f"{rate}_upper"].ge(truth[rate]))
            .mean()
            for rate in ("bad_rate", "false_rejection_rate", "newly approved")
        }
        off = (rows["false_rejection_rate"] - truth["false_rejection_rate"]).abs().quantile(0.95)
        relative = (rows["newly approved"] / truth["newly approved"] - 1).abs()
        by_line = (rows["newly approved by the line"] / truth["newly approved"] - 1).abs()
        # Of bads as a binomial, by a normal limit: what the explored below the cut-off tell by
        # themselves, whatever the estimator.
        rate, n_below = truth["newly approved"], rows["explored below"].mean()
        floor = 1.96 * np.sqrt((1 - rate) / (rate * n_below))
        error = 1.96 * np.sqrt(0.95 * 0.05 / n_draws)
        wrong = rows["labelled rows"].mean() / truth["newly approved"] - 1
        within = f"{(relative <= TARGET).mean():.0%} of runs within {TARGET:.0%}"
        lines.append(
            f"  {n:8,} applicants, {rows['explored'].mean():6,.0f} explored: 95% of runs have the "
            f"false rejection rate within {off:.4f}, the bad rate of the newly approved within "
            f"{relative.quantile(0.95):.0%} (median {relative.median():.0%}, {within}; by the line "
            f"alone within {by_line.quantile(0.95):.0%}; the {rows['explored bads'].mean():.0f} "
            f"explored bads below the cut-off allow {floor:.0%}; labelled rows {wrong:+.0%}); "
            f"coverage (+- {error:.1%}) bad rate {cover['bad_rate']:.1%}, false rejections "
            f"{cover['false_rejection_rate']:.1%}, newly approved {cover['newly approved']:.1%}"
        )
    bounds = pd.DataFrame(
        [unexplored(pool, pds, cutoff, truth["gamma"], seed) for seed in range(n_draws)]
    ).mean()
    lines.append(
        f"  nobody explored: worst-case bounds cover the bad rate {bounds['worst bad_rate']:.1%}, "
        f"false rejections {bounds['worst false_rejection_rate']:.1%}; Gamma bounds, stated 50% "
        f"above the world's {bounds['within']:.1%}, stated half way to 1 {bounds['above']:.1%}"
    )
    return lines


def main(n_draws: int) -> None:
    """Run all worlds, print the tables, and write them where there are enough draws."""
    lines = [
        f"{n_draws} draws of each; targets: false rejection rate within 0.01 (500 explored) and "
        "0.005 (2,000), newly approved within 20% at 100,000 applicants, coverage 93 to 97%"
    ]
    for world, dial in CASES:
        lines += ["", *report(world, dial, n_draws)]
        print(world, dial, "done", file=sys.stderr, flush=True)
    print("\n".join(lines))
    if n_draws >= COMMITTED:
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COMMITTED)
