"""Reject inference and evaluation under selection, graded against the truth.

Question
    In worlds from missing at random to strong hidden selection, 5 % of the would-be rejected
    approved at random: which way of training comes nearest to a model that saw everybody's
    outcome, and which estimator to what a model is worth on everybody? And where no one is
    explored, but an officer moves the decision: what does a bivariate probit recover?
Command
    python experiments/reject_inference.py [seeds]
    20 seeds took 13 minutes of processor time.
Result
    results/reject_inference.txt, with some 15 explored bads per sample.
    Training. Missing at random: known only earns .981 of the profit of a model of everybody;
    parcelling helps (.990), inverse propensity (.963), reweighting (.965) and a scorecard of the
    explored (.953) hurt. Under medium and strong hidden selection known only falls to .953 and
    .946 and believes PDs of .63 and .50 of the truth; two streams earn .979 and .981 and are
    calibrated (1.01 and 1.04). Parcelling helps in profit and ranking, self-learning a little in
    profit, inverse propensity hurts the ranking throughout, calling all rejected bad ruins
    everything. Calling the riskiest of the rejected bad, a control, hurts the ranking and yet earns
    .976 and .985: at these dials its PDs err to the safe side. The incumbent's decision as a
    feature beats even the ranking of a model of everybody under strong hidden selection (AUC .806
    to .772) and earns 1.003 of its profit, as long as the incumbent keeps deciding.
    Evaluation. Labelled rows understate the bad rate of the approved by .002, .006 and .008
    (truth .016 to .018) and the false rejection rate by .03 to .07, and their intervals hold
    hardly ever. Whatever uses the explored has a bias of at most .001, Bayesian on PDs calibrated
    on them the smallest RMSE of these (.002, .003, .005); Bayesian on the model's own PDs is best
    at random (.0015) and as wrong as labelled rows under strong hidden selection. Worst-case
    bounds always held; Gamma 2 around calibrated PDs held the bad rate of the approved in 80 to 85
    of 100 (sampling error is left aside), around the model's own PDs in 5 and 0 under medium and
    strong hidden selection.
    A trial on another world, harsher and with 100,000 applicants, had known only at .95, .66 and
    .37 of the oracle's profit, .93 after the Platt form, and the past decision 15 % above the
    oracle. Strong here is milder (known only keeps .946), so that those figures are not reproduced;
    their order is.
    What falls short: with some 15 explored bads 95 % intervals held the bad rate of the approved in
    80 to 95 of 100 (of 20 seeds), Brier score and bad rate of all in 75 to 90. AUC is hard to
    estimate with so few (RMSE .02 to .05, no better than on labelled rows).
    An officer who moves the decision identifies the bivariate probit: it finds the correlation
    (-.701 for -.7) and the ranking of a model of everybody without any explored applicant.
"""

import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from riskkit.applicants import as_history
from riskkit.applicants.world import draw_applicants, preset, with_hidden_selection
from riskkit.lending import LoanEconomics
from riskkit.scores import (
    MEASURES,
    BoostedScorer,
    PastApplicants,
    Scorecard,
    auc,
    bivariate_probit,
    brier,
    evaluated,
    fuzzy,
    inverse_propensity,
    known_only,
    parcelled,
    reweighted,
    self_learning,
    two_stream,
    with_past_decision,
)

RESULTS = Path(__file__).parent / "results" / "reject_inference.txt"
N_TRAIN, N_TEST, N_SEEDS, N_OFFICER = 16_000, 16_000, 20, 6_000
DIALS = ("none", "medium", "strong")
WORDS = {
    "none": "missing at random: the incumbent sees nothing but the columns",
    "medium": "medium hidden selection: it also sees something of the risk that no column shows",
    "strong": "strong hidden selection: what it sees beside the columns decides most",
}
ECONOMICS = LoanEconomics()
BREAK_EVEN = ECONOMICS.break_even_pd()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Applicants at the score gate, and what only grading may see."""

    past: PastApplicants
    bad: np.ndarray
    amount: np.ndarray
    schema: Any

    @property
    def passed(self) -> np.ndarray:
        """Whether the incumbent's rule passes, random approvals aside."""
        return np.asarray(self.past.propensity) == 1


def draw(dial: str, n: int, seed: int) -> Sample:
    """Draw applicants; every window counts as closed, so that few rows go a long way."""
    world = draw_applicants(with_hidden_selection(preset("calm"), dial), n, seed=seed)
    history = as_history(world.applications, world.schema)
    rows = history.reached
    bad = world.truth["truth_bad"].to_numpy()[rows].astype(float)
    past = PastApplicants(
        X=history.applications.features[rows].reset_index(drop=True),
        bad=np.where(history.approved[rows], bad, np.nan),
        approved=history.approved[rows],
        propensity=history.propensity[rows],
    )
    return Sample(past=past, bad=bad, amount=history.applications.amount[rows], schema=world.schema)


def scorer_for(sample: Sample) -> BoostedScorer:
    """Return a small boosted scorer, the same for every method."""
    return BoostedScorer(
        directions=sample.schema.directions,
        special=sample.schema.special,
        max_trees=60,
        learning_rate=0.2,
        n_leaves=8,
        n_folds=3,
    )


def models(sample: Sample, scorer: BoostedScorer, seed: int) -> dict[str, Any]:
    """Return every way of training, fitted."""
    past, known = sample.past, ~np.isnan(sample.past.bad)
    quick = clone(scorer).set_params(directions=None, special=None, max_trees=15)
    plain = known_only(past, scorer).model
    pds = plain.predict_proba(past.X)[:, 1]
    cut = np.quantile(pds[~known], 1 - 2 * np.nanmean(past.bad))  # the riskiest are called bad
    called_bad = np.where(known, past.bad, pds > cut).astype(int)
    small = Scorecard(directions=sample.schema.directions, special=sample.schema.special, n_folds=3)
    streams = two_stream(past, scorer, passing_scorer=quick).model
    explored = known & ~sample.passed
    of_explored = small.fit(past.X[explored], past.bad[explored].astype(int))
    return {
        "known only": plain,
        "known only, propensity Platt": clone(scorer).fit(
            past.X[known], past.bad[known].astype(int), propensity=past.propensity[known]
        ),
        "inverse propensity": inverse_propensity(past, scorer).model,
        "reweighting": reweighted(past, scorer, approval_model=quick, seed=seed).model,
        "two streams": streams,
        "two streams, scorecard": replace(streams, stopped=of_explored, line=None),
        "parcelling": parcelled(past, scorer).model,
        "fuzzy augmentation": fuzzy(past, scorer).model,
        "bias-aware self-learning": self_learning(past, scorer, seed=seed).model,
        "all rejected bad": clone(scorer).fit(past.X, np.where(known, past.bad, 1).astype(int)),
        "hard cut-off": clone(scorer).fit(past.X, called_bad),
        "model of everybody": clone(scorer).fit(past.X, sample.bad.astype(int)),
    }


def graded(pds: np.ndarray, test: Sample, seed: int) -> dict[str, float]:
    """Return what a model is worth on everybody."""
    # Ties are broken at random, so that every model approves the same share.
    n_kept = int(test.passed.sum())
    order = np.lexsort((np.random.default_rng([11, seed]).random(pds.size), pds))
    kept = np.zeros(pds.size, dtype=bool)
    kept[order[:n_kept]] = True
    values, bad = ECONOMICS.values(test.amount), test.bad == 1
    if_approved = np.where(bad, values.bad_if_approved, values.good_if_approved)
    if_stopped = np.where(bad, 0.0, values.good_if_stopped)
    return {
        "auc": auc(bad=bad, pds=pds),
        "approved_bad_rate": float(bad[kept].mean()),
        "false_rejection_rate": float((~kept)[~bad].mean()),
        "mean_pd_to_bad_rate": float(pds.mean() / bad.mean()),
        "brier": brier(bad=bad, pds=pds),
        "profit": float(np.where(pds <= BREAK_EVEN, if_approved, if_stopped).mean()),
    }


def truth_of(pds: np.ndarray, cutoff: float, bad: np.ndarray) -> dict[str, float]:
    """Return the measures of an evaluation, known for everybody."""
    kept = pds <= cutoff
    return {
        "auc": auc(bad=bad, pds=pds),
        "brier": brier(bad=bad, pds=pds),
        "bad_rate": float(bad.mean()),
        "approved_bad_rate": float(bad[kept].mean()),
        "false_rejection_rate": float((~kept)[bad == 0].mean()),
    }


def estimates(pds: np.ndarray, test: Sample, seed: int) -> dict[str, dict[str, float]]:
    """Return every estimator's error, and of its limits whether they hold the truth."""
    rng = np.random.default_rng(seed)
    found = evaluated(test.past, pds=pds, rng=rng)
    believing = evaluated(test.past, pds=pds, rng=rng, expected=pds)
    truth = truth_of(pds, found.pd_cutoff, test.bad)
    worth = dict(found.worth)
    for name in ("Bayesian", "bounds, Gamma 2"):
        worth[f"{name}, own PDs"] = believing.worth[name]
    return {
        name: {
            **{f"error {m}": getattr(each, m).point - truth[m] for m in MEASURES},
            **{
                f"holds {m}": float(getattr(each, m).lower <= truth[m] <= getattr(each, m).upper)
                for m in MEASURES
            },
        }
        for name, each in worth.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one seed gave in one world."""

    dial: str
    training: dict[str, dict[str, float]]
    evaluation: dict[str, dict[str, float]]
    stopped_bad_rate: float
    passed_bad_rate: float
    n_explored_bads: int


def run(task: tuple[str, int]) -> Run:
    """Train, grade and evaluate once."""
    dial, seed = task
    sample, test = draw(dial, N_TRAIN, seed), draw(dial, N_TEST, 1000 + seed)
    scorer = scorer_for(sample)
    fitted = models(sample, scorer, seed)
    pds = {name: model.predict_proba(test.past.X)[:, 1] for name, model in fitted.items()}
    with_decision = PastApplicants(
        X=with_past_decision(sample.past.X, passed=sample.passed),
        bad=sample.past.bad,
        approved=sample.past.approved,
        propensity=sample.past.propensity,
    )
    told = known_only(with_decision, scorer).model
    pds["known only + past decision"] = told.predict_proba(
        with_past_decision(test.past.X, passed=test.passed)
    )[:, 1]
    explored = sample.past.approved & ~sample.passed
    return Run(
        dial=dial,
        training={name: graded(column, test, seed) for name, column in pds.items()},
        evaluation=estimates(pds["known only"], test, seed),
        stopped_bad_rate=float(sample.bad[~sample.passed].mean()),
        passed_bad_rate=float(sample.bad[sample.passed].mean()),
        n_explored_bads=int(sample.bad[explored].sum()),
    )


def officer(seed: int) -> dict[str, dict[str, float]]:
    """Grade where an officer moves the decision, strong hidden selection, nobody explored."""
    rng = np.random.default_rng([7, seed])
    x, leniency, v, e = rng.standard_normal((4, 2 * N_OFFICER))
    approved = 0.3 - 0.8 * x + leniency + v > 0
    bad = (-1.3 + 0.7 * x - 0.7 * v + np.sqrt(1 - 0.49) * e > 0).astype(float)
    train = np.arange(2 * N_OFFICER) < N_OFFICER
    past = PastApplicants(
        X=pd.DataFrame({"x": x, "officer": leniency})[train],
        bad=np.where(approved, bad, np.nan)[train],
        approved=approved[train],
    )
    X_test = pd.DataFrame({"x": x, "officer": leniency})[~train]
    probit = bivariate_probit(past, excluded=["officer"]).model
    plain = known_only(past, LogisticRegression()).model
    everybody = LogisticRegression().fit(X_test[["x"]], bad[~train])
    found = {
        "known only": plain.predict_proba(X_test)[:, 1],
        "bivariate probit": probit.predict_proba(X_test)[:, 1],
        "model of everybody": everybody.predict_proba(X_test[["x"]])[:, 1],
    }
    return {
        name: {
            "auc": auc(bad=bad[~train], pds=pds),
            "mean_pd_to_bad_rate": float(pds.mean() / bad[~train].mean()),
            "brier": brier(bad=bad[~train], pds=pds),
            "rho": probit.rho if name == "bivariate probit" else np.nan,
        }
        for name, pds in found.items()
    }


def gain(runs: list[Run], name: str, measure: str) -> tuple[float, float]:
    """Return the mean gain over known only, and half its 95 % interval."""
    gaps = [r.training[name][measure] - r.training["known only"][measure] for r in runs]
    if len(gaps) == 1:
        return gaps[0], np.inf
    half = stats.t.ppf(0.975, len(gaps) - 1) * np.std(gaps, ddof=1) / np.sqrt(len(gaps))
    return float(np.mean(gaps)), float(half)


def training_lines(runs: list[Run]) -> Iterator[str]:
    """Return the table of one world and what helps and hurts in it."""
    yield (
        f"{'training':28}{'AUC':>8}{'bad rate':>10}{'false':>8}{'mean PD /':>11}{'Brier':>9}"
        f"{'profit':>8}   gain in AUC over known only"
    )
    yield f"{'':28}{'':8}{'approved':>10}{'rej.':>8}{'bad rate':>11}{'':9}{'share':>8}"
    best = np.mean([r.training["model of everybody"]["profit"] for r in runs])
    for name in runs[0].training:
        mean = {k: np.mean([r.training[name][k] for r in runs]) for k in runs[0].training[name]}
        more, half = gain(runs, name, "auc")
        yield (
            f"{name:28}{mean['auc']:8.4f}{mean['approved_bad_rate']:10.4f}"
            f"{mean['false_rejection_rate']:8.4f}{mean['mean_pd_to_bad_rate']:11.3f}"
            f"{mean['brier']:9.5f}{mean['profit'] / best:8.3f}   {more:+.4f} +- {half:.4f}"
        )
    for measure, word in (("auc", "ranking (AUC)"), ("profit", "profit at the break-even PD")):
        helps, hurts, rest = [], [], []
        for name in runs[0].training:
            if name in {"known only", "model of everybody"}:
                continue
            more, half = gain(runs, name, measure)
            (helps if more > half else hurts if more < -half else rest).append(name)
        yield (
            f"In {word}, helps: {', '.join(helps) or 'nothing'}; hurts: "
            f"{', '.join(hurts) or 'nothing'}; no difference shown: {', '.join(rest) or 'none'}."
        )


def evaluation_lines(runs: list[Run]) -> Iterator[str]:
    """Return the errors of every estimator in one world, and how often its interval is right."""
    heads = ("AUC", "Brier", "bad rate", "approved", "false rej.")
    yield f"{'evaluation: RMSE (bias) held':28}" + "".join(f"{head:>23}" for head in heads)
    rmse: dict[str, float] = {}
    for name in runs[0].evaluation:
        cells = []
        for m in MEASURES:
            errors = np.array([r.evaluation[name][f"error {m}"] for r in runs])
            held = f"{np.mean([r.evaluation[name][f'holds {m}'] for r in runs]):.2f}"
            if np.isnan(errors).all():  # bounds have no point
                cells.append(f"{held:>23}")
            else:
                value = float(np.sqrt((errors**2).mean()))
                cells.append(f"{f'{value:.4f} ({errors.mean():+.4f}) {held}':>23}")
                if m == "approved_bad_rate":
                    rmse[name] = value
        yield f"{name:28}" + "".join(cells)
    order = sorted(rmse, key=lambda name: rmse[name])
    yield (
        f"For the bad rate of the approved, nearest to the truth: {order[0]} (RMSE "
        f"{rmse[order[0]]:.4f}); labelled rows: {rmse['labelled rows']:.4f}."
    )


def lines(runs: list[Run], officers: list[dict[str, dict[str, float]]]) -> Iterator[str]:
    """Return everything that was found."""
    n_seeds = len(runs) // len(DIALS)
    yield (
        f"{n_seeds} seeds, {N_TRAIN} applicants each to train and {N_TEST} to grade; preset calm, "
        f"5 % of the would-be rejected explored. Held: share of the seeds in which the 95 % "
        f"interval, or the bounds, held what the model is worth on these very applicants"
    )
    for dial in DIALS:
        here = [r for r in runs if r.dial == dial]
        yield f"\n== {WORDS[dial]}"
        yield (
            f"bad rate of passed {np.mean([r.passed_bad_rate for r in here]):.4f}, of stopped "
            f"{np.mean([r.stopped_bad_rate for r in here]):.4f}; "
            f"{np.mean([r.n_explored_bads for r in here]):.0f} explored bads"
        )
        yield from training_lines(here)
        yield ""
        yield from evaluation_lines(here)
    yield f"\n== an officer moves the decision ({N_OFFICER} applicants, rho -0.7, none explored)"
    for name in officers[0]:
        mean = {k: np.mean([found[name][k] for found in officers]) for k in officers[0][name]}
        rho = f", rho {mean['rho']:+.3f}" if not np.isnan(mean["rho"]) else ""
        yield (
            f"{name:28}AUC {mean['auc']:.4f}, mean PD / bad rate "
            f"{mean['mean_pd_to_bad_rate']:.3f}, Brier {mean['brier']:.5f}{rho}"
        )


def main() -> None:
    """Print the result, and keep it where all seeds were run."""
    warnings.simplefilter("ignore", UserWarning)
    n_seeds = int(sys.argv[1]) if len(sys.argv) > 1 else N_SEEDS
    with ProcessPoolExecutor(2) as workers:
        runs = list(workers.map(run, product(DIALS, range(n_seeds))))
        officers = list(workers.map(officer, range(n_seeds)))
    text = "\n".join(lines(runs, officers))
    if n_seeds == N_SEEDS:
        RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
