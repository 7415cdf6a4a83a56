"""What `riskkit train --trials` does: an Optuna study, shown, tracked and pictured."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from riskkit.applicants import History
from riskkit.bundle import Choice
from riskkit.cli._console import err
from riskkit.errors import TrackingError
from riskkit.lending import LoanEconomics
from riskkit.reports import history_figure, importance_figure, save_figure
from riskkit.scores import (
    AUC,
    LOG_LOSS,
    BoostedScorer,
    Budget,
    Candidate,
    Learner,
    Metric,
    TrialRecord,
    Tuning,
    boosted_candidate,
    expected_profit,
    scorecard_candidate,
    tuned,
)
from riskkit.tracking import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOrder:
    """How `riskkit train` was asked to look for parameters."""

    budget: Budget
    metric: str  # log_loss, auc or profit
    economics: LoanEconomics
    in_time: bool  # folds as blocks in time
    seed: int


@dataclass(frozen=True, slots=True)
class Study:
    """Chooses a scorer by a study, and keeps what it found."""

    order: StudyOrder
    run: Run
    found: list[Tuning] = field(default_factory=list)
    lost: list[TrackingError] = field(default_factory=list)  # trials go on without MLflow

    def choose(self, candidates: Mapping[str, Learner], known: History) -> Choice:
        """Search, show and track; return the best scorer, unfitted."""
        metric = _metric(self.order, known)
        applications = known.applications
        with _progress(self.order.budget, metric) as advance:

            def on_trial(trial: TrialRecord) -> None:
                advance(trial)
                self._track(trial, metric)

            tuning = tuned(
                {name: _candidate(scorer) for name, scorer in candidates.items()},
                applications.features,
                known.bad,
                budget=self.order.budget,
                metric=metric,
                sample_weight=known.weight,
                time=known.applications.time if self.order.in_time else None,
                seed=self.order.seed,
                on_trial=on_trial,
            )
        self.found.append(tuning)
        return Choice(name=tuning.best.candidate, scorer=tuning.scorer, report=_report(tuning))

    def save(self, folder: Path) -> None:
        """Write trials and pictures."""
        for tuning in self.found:
            (folder / "tuning").mkdir()
            tuning.trials.to_csv(folder / "tuning" / "trials.csv", index=False)
            name, maximize = tuning.metric.name, tuning.metric.maximize
            history = history_figure(tuning.trials, metric=name, maximize=maximize)
            save_figure(history, folder / "tuning" / "history.png")
            if tuning.importance:
                figure = importance_figure(tuning.importance)
                save_figure(figure, folder / "tuning" / "importance.png")

    def _track(self, trial: TrialRecord, metric: Metric) -> None:
        if self.lost:
            return
        try:
            self.run.log_child(
                f"trial {trial.number}",
                params={"candidate": trial.candidate, **trial.params},
                metrics={metric.name: trial.value, "seconds": trial.seconds},
                tags={"state": "given up early" if trial.pruned else "complete"},
                seconds=trial.seconds,
            )
        except TrackingError as error:
            self.lost.append(error)
            err.print(f"{error} The study goes on without it.", style="yellow", markup=False)


def _candidate(scorer: Learner) -> Candidate:
    if isinstance(scorer, BoostedScorer):
        # Trials run side by side, each in one thread.
        return boosted_candidate(BoostedScorer(**scorer.get_params() | {"n_jobs": 1}))
    return scorecard_candidate(scorer)


def _metric(order: StudyOrder, known: History) -> Metric:
    if order.metric != "profit":
        return {"log_loss": LOG_LOSS, "auc": AUC}[order.metric]
    values = asdict(order.economics.values(known.applications.amount))
    return expected_profit(**values, propensity=known.propensity)


def _report(tuning: Tuning) -> dict[str, object]:
    best = tuning.best
    return {
        "tuning": {
            "study": tuning.study,
            "metric": tuning.metric.name,
            "trials": len(tuning.trials),
            "pruned": int(tuning.trials["pruned"].sum()),
            "best_trial": best.number,
            "best_value": best.value,
            "best_params": dict(best.params),
            "importance": dict(tuning.importance),
            "interrupted": tuning.interrupted,
        }
    }


@contextmanager
def _progress(budget: Budget, metric: Metric) -> Iterator[Callable[[TrialRecord], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("Ctrl-C keeps the best so far"),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(f"looking for the best {metric.name}", total=budget.trials)
        best: list[TrialRecord] = []

        def advance(trial: TrialRecord) -> None:
            sign = 1 if metric.maximize else -1
            if not trial.pruned and (not best or sign * trial.value > sign * best[-1].value):
                best.append(trial)
            said = f": {best[-1].value:.5f} ({best[-1].candidate})" if best else ""
            progress.update(task, advance=1, description=f"best {metric.name}{said}")

        yield advance
