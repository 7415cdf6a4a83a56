"""Optuna studies of scorers: shared, resumable and interruptible; the best so far is kept."""

import hashlib
import json
import math
import os
import threading
import time as clock
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
import optuna
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from optuna.trial import Trial, TrialState
from sklearn.base import clone

from riskkit.applicants import content_hash
from riskkit.errors import DataError
from riskkit.scores.candidates import Candidate, params_key
from riskkit.scores.folds import Folds, new_folds
from riskkit.scores.heldout import LOG_LOSS, HeldOut, Metric
from riskkit.scores.studies import (
    FINISHED,
    Budget,
    TrialRecord,
    check_budget,
    importance_of,
    opened,
    quiet,
    record_of,
    trials_table,
)
from riskkit.scores.training import Sample, checked_sample, fitted

_STARTUP = 5  # trials at random before Optuna learns from them and stops hopeless ones
_GLANCE = 0.2  # seconds between two looks for Ctrl-C


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What a study has found so far."""

    study: str  #: Name of the study in its storage.
    metric: Metric  #: What trials are judged by.
    best: TrialRecord  #: The best complete trial.
    scorer: Any  #: The best candidate with the best parameters, unfitted.
    trials: pd.DataFrame  #: Every finished trial of the study: number, candidate, value, ...
    importance: Mapping[str, float]  #: Share of each parameter in how the value varies; may be {}.
    interrupted: bool  #: Whether it was stopped by hand (Ctrl-C).


def tuned(  # noqa: PLR0913 - scikit-learn's own arguments, and the study's
    candidates: Mapping[str, Candidate],
    X: Any,
    y: ArrayLike,
    *,
    budget: Budget,
    metric: Metric = LOG_LOSS,
    sample_weight: ArrayLike | None = None,
    time: ArrayLike | None = None,
    n_folds: int = 5,
    seed: int = 0,
    on_trial: Callable[[TrialRecord], None] | None = None,
) -> Tuning:
    """Look for the best scorer and its parameters by cross-validation.

    The study's name is a hash of the data, the folds, the metric (its name and key) and the
    candidates' scorers, so that a storage can hold many studies, and whoever asks for the same
    one goes on with it, after an interruption or at the same time on another machine. A trial
    whose mean over the first folds is worse than the median of the others is given up.

    Parameters
    ----------
    candidates : mapping of str to Candidate
        What to choose from, by name.
    X : DataFrame, shape (n_applicants, n_features)
        The features.
    y : array-like of {0, 1}, shape (n_applicants,)
        1 where the applicant went bad.
    budget : Budget
        When to stop, how many trials at once, and where the study is kept.
    metric : Metric
        What trials are judged by.
    sample_weight : array-like of float, shape (n_applicants,), optional
        Positive weights, for training and for measuring.
    time : array-like, shape (n_applicants,), optional
        When each applied. Folds are then blocks in time, each measured on a scorer trained on the
        earlier ones; without it they are stratified by outcome.
    n_folds : int, default=5
        Number of folds.
    seed : int, default=0
        Draws folds and trials. A study in memory with one trial at a time always comes out alike;
        one in a storage does not, as it depends on what others have found.
    on_trial : callable, optional
        Told of every trial that finishes here, one at a time; not of what others contribute.

    Returns
    -------
    Tuning
        The best so far, also where the search was interrupted (Ctrl-C) after a complete trial.

    Raises
    ------
    DataError
        If the input breaks a scorer's contract, there is no candidate or no budget, a class has
        fewer rows than folds, the storage cannot be used, or the metric gives anything but a
        finite number on a fold. What a metric itself raises is passed on.
    KeyboardInterrupt
        If the search was interrupted before any trial was complete.

    References
    ----------
    .. [1] Akiba et al. (2019), Optuna: a next-generation hyperparameter optimization framework,
       KDD 2019, 2623-2631.

    Examples
    --------
    >>> from riskkit.scores import Scorecard, scorecard_candidate
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> candidates = {"scorecard": scorecard_candidate(Scorecard())}
    >>> found = tuned(candidates, X, [1, 0, 0, 0] * 50, budget=Budget(trials=3), n_folds=3)
    >>> len(found.trials), found.best.candidate
    (3, 'scorecard')
    """
    if not candidates:
        raise DataError("candidates must hold at least one scorer, but is empty.")
    check_budget(budget)
    sample = checked_sample(X, y, sample_weight)
    folds = new_folds(sample.bad, n_folds, seed=seed, time=time)
    task = _Task(
        candidates=candidates, sample=sample, time=time, folds=folds, metric=metric, seed=seed
    )
    study = _study(task, budget.storage)
    ends = np.inf if budget.timeout is None else clock.monotonic() + budget.timeout
    search = _Search(task=task, study=study, budget=budget, on_trial=on_trial, ends=ends)
    interrupted = search.run()
    finished = study.get_trials(deepcopy=False, states=FINISHED)
    if not any(trial.state == TrialState.COMPLETE for trial in finished):
        if interrupted:
            raise KeyboardInterrupt
        raise DataError(
            f"timeout must leave time for one trial, but {budget.timeout} seconds did not."
        )
    best = record_of(study.best_trial)
    return Tuning(
        study=study.study_name,
        metric=metric,
        best=best,
        scorer=clone(candidates[best.candidate].scorer).set_params(**best.params),
        trials=trials_table(finished),
        importance=importance_of(study),
        interrupted=interrupted,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    candidates: Mapping[str, Candidate]
    sample: Sample
    time: ArrayLike | None
    folds: Folds
    metric: Metric
    seed: int

    def digest(self) -> str:
        digest = hashlib.sha256(content_hash(self.sample.table).encode())
        digest.update(np.packbits(self.sample.bad).tobytes())
        digest.update(self.sample.weight.tobytes())
        digest.update(self.folds.number.astype(np.int64).tobytes())
        if self.time is not None:  # scorers that stop by time are fitted on it
            digest.update(content_hash(pd.DataFrame({"time": np.asarray(self.time)})).encode())
        scorers = {name: params_key(each.scorer) for name, each in self.candidates.items()}
        metric, ordered = [self.metric.name, self.metric.key], self.folds.ordered
        digest.update(json.dumps([metric, ordered, scorers], sort_keys=True).encode())
        return digest.hexdigest()

    def starts(self) -> Iterator[dict[str, Any]]:
        """Yield the points that are tried first, as Optuna names them."""
        for name, candidate in self.candidates.items():
            chosen = {"candidate": name} if len(self.candidates) > 1 else {}
            yield from ({**chosen, **start} for start in candidate.starts)

    def tried(self, trial: Trial, stopped: threading.Event) -> float:
        # Fold by fold: Optuna's pruner gives up where it is worse than others were by then.
        name = self._candidate(trial)
        candidate = self.candidates[name]
        n_smaller = int(min(self.sample.bad.sum(), (~self.sample.bad).sum()))
        params = dict(candidate.space(trial, n_smaller))
        trial.set_user_attr("candidate", name)
        trial.set_user_attr("params", params)
        scorer = clone(candidate.scorer).set_params(**params)
        values: list[float] = []
        for step, (kept, held) in enumerate(self.folds.splits()):
            if stopped.is_set():
                raise _StoppedError
            model = fitted(clone(scorer), self.sample, kept, time=self.time)
            values.append(self._measured(self._held_out(model, held), step))
            trial.report(float(np.mean(values)), step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(values))

    def _measured(self, held: HeldOut, step: int) -> float:
        # Optuna would count a trial without a value as failed, and the search never end.
        value = self.metric.measure(held)
        if not (isinstance(value, Real) and math.isfinite(value)):
            n_measured = self.folds.n - self.folds.ordered
            raise DataError(
                f"metric must give a finite number on every fold, but {self.metric.name!r} gave "
                f"{value!r} on fold {step + 1} of {n_measured}."
            )
        return float(value)

    def _candidate(self, trial: Trial) -> str:
        if len(self.candidates) == 1:
            return next(iter(self.candidates))
        return str(trial.suggest_categorical("candidate", list(self.candidates)))

    def _held_out(self, model: Any, rows: NDArray[np.intp]) -> HeldOut:
        return HeldOut(
            rows=rows,
            bad=self.sample.bad[rows],
            pds=model.predict_proba(self.sample.table.iloc[rows])[:, 1],
            weight=self.sample.weight[rows],
        )


class _StoppedError(Exception):
    """The search was interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    task: _Task
    study: optuna.Study
    budget: Budget
    on_trial: Callable[[TrialRecord], None] | None
    ends: float  # on the monotonic clock [seconds]
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: Any = field(default_factory=threading.RLock)
    running: set[int] = field(default_factory=set)

    def run(self) -> bool:
        """Run trials until the budget is spent; return whether it was interrupted."""
        if self.budget.jobs == 1:  # in this thread, so that Ctrl-C stops a trial at once
            try:
                self._work()
            except KeyboardInterrupt:
                return True
            return False
        with ThreadPoolExecutor(self.budget.jobs) as workers:
            futures = [workers.submit(self._work) for _ in range(self.budget.jobs)]
            try:
                while wait(futures, timeout=_GLANCE).not_done:
                    pass  # a wait without end would not hear Ctrl-C everywhere
            except KeyboardInterrupt:
                self.stopped.set()  # trials under way end with their fold
                return True
            for future in futures:
                future.result()
            return False

    def _work(self) -> None:
        try:
            while (trial := self._next()) is not None:
                self._try(trial)
        except BaseException:
            self.stopped.set()  # whatever one worker meets, the others must not go on without it
            raise

    def _try(self, trial: Trial) -> None:
        try:
            value = self.task.tried(trial, self.stopped)
        except optuna.TrialPruned:
            self._finish(trial, state=TrialState.PRUNED)
        except _StoppedError:
            self._finish(trial, state=TrialState.FAIL)
        except BaseException:
            self._finish(trial, state=TrialState.FAIL)
            raise
        else:
            self._finish(trial, value=value)

    def _next(self) -> Trial | None:
        with self.lock:
            if self.stopped.is_set() or clock.monotonic() >= self.ends or not self._wanted():
                return None
            trial = self.study.ask()
            self.running.add(trial.number)
            return trial

    def _wanted(self) -> bool:
        if self.budget.trials is None:
            return True
        finished = self.study.get_trials(deepcopy=False, states=FINISHED)
        return len(finished) + len(self.running) < self.budget.trials

    def _finish(
        self, trial: Trial, *, value: float | None = None, state: TrialState | None = None
    ) -> None:
        with self.lock:
            done = self.study.tell(trial, value, state=state)
            self.running.discard(trial.number)
            if done.state in FINISHED and self.on_trial is not None:
                self.on_trial(record_of(done))


def _study(task: _Task, storage: str | None) -> optuna.Study:
    # Processes that share a study must not draw the same trials.
    shared = [] if storage is None else [os.getpid(), clock.time_ns()]
    seed = int(np.random.SeedSequence([task.seed, *shared]).generate_state(1)[0])
    with quiet():
        study = optuna.create_study(
            study_name=f"riskkit-{task.digest()[:16]}",
            storage=opened(storage),
            sampler=optuna.samplers.TPESampler(n_startup_trials=_STARTUP, seed=seed),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=_STARTUP),
            direction="maximize" if task.metric.maximize else "minimize",
            load_if_exists=True,
        )
        for start in task.starts():
            study.enqueue_trial(start, skip_if_exists=True)
    return study
