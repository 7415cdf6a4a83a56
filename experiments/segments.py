"""When cut-offs by segment pay, and what they gain at equal true bad rate.

Question
    Four channels of 40, 30, 20 and 10 % of the applicants; PDs are right up to an offset of each
    channel, or channels have margins and amounts of their own. 20,000 applicants tune, all outcomes
    known or 5 % of the would-be rejections explored; 20,000 others fix the path of cut-off vectors
    and the grid. At the true bad rate of the vector that is chosen along the path: how many more
    goods, or how much more profit, than one cut-off on the same PDs; how much of it recalibration
    by channel and one cut-off gain too; and what does `tune --by channel` say of the table? Next to
    it, does a certified vector keep to the cap?
Command
    python experiments/segments.py [seeds]
Result
    results/segments.txt. Profit is that over stopping everybody, by true PDs.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from riskkit.applicants import Applications, History
from riskkit.decisions import (
    Goal,
    ledger_by,
    segment_offsets,
    segment_path,
    tune_segments,
    tuning_plan,
)
from riskkit.errors import InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics

CHANNELS = ("app", "web", "shop", "partner")
SHARES = (0.4, 0.3, 0.2, 0.1)
SIGNS = dict(zip(CHANNELS, (1.0, -1.0, -1.0, 1.0), strict=True))
MARGINS = dict(zip(CHANNELS, (0.06, 0.03, 0.10, 0.06), strict=True))
AMOUNTS = dict(zip(CHANNELS, (100.0, 60.0, 200.0, 400.0), strict=True))
N, N_GRADING, CAP = 20_000, 400_000, 0.03
PAST = -2.8  # cut-off of the past policy [log-odds]
COMMITTED = 20
RESULTS = Path(__file__).parent / "results" / "segments.txt"


@dataclass(frozen=True)
class Case:
    """One table."""

    offset: float  #: By which the PDs of a channel are off, up or down [log-odds].
    money: bool  #: Whether channels have margins and amounts of their own, and profit decides.
    explored: bool  #: Whether outcomes are known of the approved and 5 % of the others only.
    seed: int


@dataclass(frozen=True)
class Sample:
    """Applicants with their true PDs beside those of the scorer."""

    history: History
    pds: np.ndarray
    true_pds: np.ndarray
    channel: np.ndarray


def draw(case: Case, n: int, rng: np.random.Generator) -> Sample:
    """Return applicants of one table."""
    channel = rng.choice(CHANNELS, n, p=SHARES)
    log_odds = -3.2 + 1.1 * rng.normal(size=n)
    off = case.offset * np.vectorize(SIGNS.get)(channel)
    amount = np.full(n, 100.0)
    if case.money:
        amount = np.vectorize(AMOUNTS.get)(channel) * rng.lognormal(-0.125, 0.5, n)
    true_pds = special.expit(log_odds + off)
    bad = (rng.random(n) < true_pds) * 1.0
    propensity, approved = None, np.ones(n, dtype=bool)
    if case.explored:
        # The past policy was a noisy cut-off on the same log-odds.
        propensity = np.where(log_odds + 0.5 * rng.normal(size=n) <= PAST, 1.0, 0.05)
        approved = rng.random(n) < propensity
    ids = np.arange(n).astype(str).astype(object)
    table = pd.DataFrame({"channel": channel})
    applications = Applications(
        ids=ids, groups=ids, features=table, table=table, amount=amount.round(2), time=None
    )
    history = History(
        applications=applications, approved=approved, reached=np.ones(n, dtype=bool),
        matured=np.ones(n, dtype=bool), bad=np.where(approved, bad, np.nan),
        propensity=propensity, weight=None,
    )  # fmt: skip
    return Sample(history=history, pds=special.expit(log_odds), true_pds=true_pds, channel=channel)


def worth(case: Case, sample: Sample) -> tuple[np.ndarray, dict[str, LoanEconomics]]:
    """Return what approving each is worth, by true PD, and the economics of each channel."""
    if not case.money:
        return 1 - sample.true_pds, {}
    economics = {name: LoanEconomics(margin=margin) for name, margin in MARGINS.items()}
    gain = np.zeros(len(sample.pds))
    for name, each in economics.items():
        rows = sample.channel == name
        values = each.values(sample.history.applications.amount[rows])
        good = values.good_if_approved - values.good_if_stopped
        bad = values.bad_if_approved
        gain[rows] = (1 - sample.true_pds[rows]) * good + sample.true_pds[rows] * bad
    return gain, economics


def at_bad_rate(sample: Sample, pds: np.ndarray, gain: np.ndarray, rate: float) -> float:
    """Return what the most lenient cut-off on some PDs is worth at a true bad rate.

    Between two applicants the gain is interpolated, so that all are compared at the same rate.
    """
    order = np.argsort(pds, kind="stable")
    rates = np.cumsum(sample.true_pds[order]) / np.arange(1, len(order) + 1)
    rising = np.maximum.accumulate(rates[1000:])
    return float(np.interp(rate, rising, np.cumsum(gain[order])[1000:]))


def run(case: Case) -> dict[str, float | str | int]:
    """Tune and grade one table."""
    rng = np.random.default_rng([case.seed, round(10 * case.offset), case.money, case.explored])
    development, tuning = draw(case, N, rng), draw(case, N, rng)
    grading = draw(case, N_GRADING, rng)
    gain, economics = worth(case, grading)
    plan = tuning_plan(development.history, development.pds)
    found: dict[str, float | str | int] = {}
    for confidence in (None, 0.95):
        limit = Limit(rate="bad_rate", at_most=CAP, confidence=confidence)
        goal = Goal(objective="profit" if case.money else "goods", limits=(limit,))
        fixed_on = tuning if confidence is None else development
        ledger = ledger_by(fixed_on.history, fixed_on.pds, "channel")
        path = segment_path(ledger, goal=goal, economics=economics)
        try:
            tuned = tune_segments(
                tuning.history, tuning.pds, path=path, plan=plan, goal=goal, economics=economics
            )
        except InfeasibleCutoffError:
            found["certified: none"] = 1
            continue
        levels = path.levels_of(grading.pds, grading.channel)
        approved = levels <= tuned.tuned.pd_cutoff
        rate = float(grading.true_pds[approved].mean())
        ours = float(gain[approved].sum())
        one = at_bad_rate(grading, grading.pds, gain, rate)
        moved = segment_offsets(ledger)
        shift = dict(zip([g[0] for g in moved.groups], moved.shrunk, strict=True))
        put_right = special.logit(grading.pds) + np.vectorize(shift.get)(grading.channel)
        best = at_bad_rate(grading, grading.true_pds, gain, rate)
        name = "tuned" if confidence is None else "certified"
        found |= {
            f"{name}: gain": ours / one - 1,
            f"{name}: recalibrated": at_bad_rate(grading, put_right, gain, rate) / one - 1,
            f"{name}: perfect PDs": best / one - 1,
            f"{name}: bad rate": rate,
            f"{name}: case": tuned.case,
            f"{name}: gap": tuned.optimum.gap,
        }
    return vars(case) | found


def report(rows: pd.DataFrame) -> list[str]:
    """Return the tables."""
    lines = []
    for (money, explored, offset), part in rows.groupby(["money", "explored", "offset"]):
        what = "profit, margins and amounts by channel" if money else "goods"
        labels = "5 % explored" if explored else "all outcomes"
        lines.append(f"{what}; PDs off by {offset:.1f} log-odds; {labels}")
        for name in ("tuned", "certified"):
            gain = part[f"{name}: gain"]
            error = gain.std() / np.sqrt(gain.count())
            broken = (part[f"{name}: bad rate"] > CAP).mean()
            lines.append(
                f"  {name:9} segments {gain.mean():+6.2%} (se {error:.2%}, lowest "
                f"{gain.min():+.2%}), recalibration and one cut-off "
                f"{part[f'{name}: recalibrated'].mean():+6.2%}, "
                f"perfect PDs and one cut-off {part[f'{name}: perfect PDs'].mean():+6.2%}; bad "
                f"rate {part[f'{name}: bad rate'].mean():.2%}, above the cap in {broken:.0%}; "
                f"duality gap at most {part[f'{name}: gap'].max():.1e}"
            )
        said = part["tuned: case"].value_counts()
        lines.append("  says: " + ", ".join(f"{name} {n}" for name, n in said.items()))
    return lines


def main(n_seeds: int) -> None:
    """Run all cases, print the tables, and write them where there are enough seeds."""
    kinds = [(offset, False) for offset in (0.0, 0.2, 0.4, 0.6)] + [(0.0, True)]
    cases = [
        Case(offset, money, explored, seed)
        for offset, money in kinds
        for explored in (False, True)
        for seed in range(n_seeds)
    ]
    with ProcessPoolExecutor(2) as workers:
        rows = pd.DataFrame(workers.map(run, cases))
    lines = [f"{n_seeds} seeds of each; cap on the bad rate {CAP:.0%}", "", *report(rows)]
    if n_seeds >= COMMITTED:
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COMMITTED)
