"""Optuna studies of scorers: shared, resumable and interruptible; the best so far is kept.

Machines share a study through a database that all of them reach. On PostgreSQL: ``createdb
optuna``, ``pip install "psycopg[binary]"`` beside riskkit, and on every machine the same command
with ``--storage postgresql+psycopg://user:password@host/optuna`` on the same table. Processes of
one machine, or machines with a common file system, can share a journal file instead. Whoever comes
later goes on with the same study; the trials asked for are those of all together.
"""

import hashlib
import json
import os
import threading
import time as clock
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, Trial, TrialState
from sklearn.base import clone

from riskkit._checks import Flags, Floats, as_finite
from riskkit.applicants import content_hash
from riskkit.errors import DataError, without_password
from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.calibration import checked_propensity
from riskkit.scores.discrimination import auc, log_loss
from riskkit.scores.folds import Folds, new_folds
from riskkit.scores.scorecard import Scorecard
from riskkit.scores.training import Sample, checked_sample, fitted
from riskkit.scores.trees import default_settings

#: Given a trial and how many rows the rarer outcome has, parameters of a scorer.
Space = Callable[[Trial, int], Mapping[str, Any]]

_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
_STARTUP = 5  # trials at random before Optuna learns from them and stops hopeless ones
_GLANCE = 0.2  # seconds between two looks for Ctrl-C
_LONGEST = 1_000_000  # bytes of a journal's first record
_TWO = 2  # values that differ
_TRIES = 5  # at a database that another process is filling
_SHOWN = 200  # characters of another library's error


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Rows of one fold, scored by a scorer trained on others."""

    rows: NDArray[np.intp]  #: Which rows of X they are, shape (n_held,).
    bad: Flags  #: Their outcomes, shape (n_held,).
    pds: Floats  #: Their PDs [fraction], shape (n_held,).
    weight: Floats  #: Their weights, shape (n_held,).


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a trial is judged by: its mean over the folds."""

    name: str  #: What it is called in tables and pictures.
    measure: Callable[[HeldOut], float]  #: Its value on one fold.
    maximize: bool  #: Whether more is better.


LOG_LOSS = Metric(
    name="log loss",
    measure=lambda held: log_loss(bad=held.bad, pds=held.pds, weight=held.weight),
    maximize=False,
)
AUC = Metric(
    name="AUC",
    measure=lambda held: auc(bad=held.bad, pds=held.pds, weight=held.weight),
    maximize=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A scorer and where to look for its parameters."""

    scorer: Any  #: Unfitted; what the space does not name keeps its value.
    space: Space  #: Its parameters in each trial; candidates may not share names of Optuna's.
    starts: tuple[Mapping[str, Any], ...] = ()  #: Points of the space that are tried first.


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long a study may look, and where it is kept."""

    trials: int | None = None  #: Finished trials that the study shall hold, older ones included.
    timeout: float | None = None  #: After so long no further trial starts [seconds].
    jobs: int = 1  #: Trials at once.
    storage: str | None = None  #: Journal file or database URL; None keeps the study in memory.


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """A finished trial."""

    number: int  #: Its number in the study.
    candidate: str  #: Name of the candidate.
    point: Mapping[str, Any]  #: Where in the space it was, by Optuna's names.
    params: Mapping[str, Any]  #: Parameters of the scorer that were tried.
    value: float  #: Mean of the metric over the folds; of a pruned trial, over those measured.
    pruned: bool  #: Whether it was given up early, as others had done better by then.
    seconds: float  #: How long it took [seconds].


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

    The study's name is a hash of the data, the folds, the metric and the candidates, so that a
    storage can hold many studies, and whoever asks for the same one goes on with it, after an
    interruption or at the same time on another machine. A trial whose mean over the first folds
    is worse than the median of the others is given up.

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
        fewer rows than folds, or the storage cannot be used.
    KeyboardInterrupt
        If the search was interrupted before any trial was complete.

    References
    ----------
    .. [1] Akiba et al. (2019), Optuna: a next-generation hyperparameter optimization framework,
       KDD 2019, 2623-2631.

    Examples
    --------
    >>> from riskkit.scores import Scorecard
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
    finished = study.get_trials(deepcopy=False, states=_FINISHED)
    if not any(trial.state == TrialState.COMPLETE for trial in finished):
        if interrupted:
            raise KeyboardInterrupt
        raise DataError(
            f"timeout must leave time for one trial, but {budget.timeout} seconds did not."
        )
    best = _record(study.best_trial)
    return Tuning(
        study=study.study_name,
        metric=metric,
        best=best,
        scorer=clone(candidates[best.candidate].scorer).set_params(**best.params),
        trials=_trials(finished),
        importance=_importance(study),
        interrupted=interrupted,
    )


def check_budget(budget: Budget) -> None:
    """Refuse a budget that never ends or allows nothing, and a storage that cannot be used.

    Parameters
    ----------
    budget : Budget
        What a study shall keep to.

    Raises
    ------
    DataError
        If it has neither trials nor a timeout, one of its numbers is not positive, the folder of
        its journal file is not there, or its database does not answer.

    Examples
    --------
    >>> check_budget(Budget())
    Traceback (most recent call last):
    ...
    riskkit.errors.DataError: budget must end: give it trials, a timeout or both.
    """
    if budget.trials is None and budget.timeout is None:
        raise DataError("budget must end: give it trials, a timeout or both.")
    for name in ("trials", "timeout", "jobs"):
        value = getattr(budget, name)
        if value is not None and not value > 0:
            raise DataError(f"budget must have positive {name}, but has {value}.")
    _opened(budget.storage)


def expected_profit(
    *,
    good_if_approved: ArrayLike,
    bad_if_approved: ArrayLike,
    good_if_stopped: ArrayLike,
    propensity: ArrayLike | None = None,
) -> Metric:
    """Return the metric of the profit per applicant, each approved where its PD makes it pay.

    An applicant is approved where approving is worth at least as much as stopping by the PD; what
    that earns is counted by the outcome.

    Parameters
    ----------
    good_if_approved, bad_if_approved, good_if_stopped : array-like, shape (n_applicants,)
        Money per row of X [currency], as `riskkit.lending.LoanEconomics.values` gives it.
    propensity : array-like, shape (n_applicants,), optional
        Probability with which the past policy approved each row of X, above 0 and up to 1: each
        then stands for 1 / propensity applicants, and the profit is that on all whom the past
        policy could have approved.

    Returns
    -------
    Metric
        More is better [currency per applicant].

    Raises
    ------
    DataError
        If the columns differ in length or hold anything but finite numbers, or a propensity is not
        above 0 and at most 1.

    Examples
    --------
    >>> metric = expected_profit(
    ...     good_if_approved=[6.0, 6.0], bad_if_approved=[-50.0, -50.0], good_if_stopped=[0, 0]
    ... )
    >>> held = HeldOut(
    ...     rows=np.array([0, 1]), bad=np.array([False, True]), pds=np.array([0.05, 0.5]),
    ...     weight=np.ones(2),
    ... )
    >>> metric.measure(held)  # (6 + 0) / 2
    3.0
    """
    good, bad, stopped = as_finite(
        good_if_approved=good_if_approved,
        bad_if_approved=bad_if_approved,
        good_if_stopped=good_if_stopped,
    )
    chance = checked_propensity(propensity, len(good))

    def profit(held: HeldOut) -> float:
        rows, pds = held.rows, held.pds
        approving = (1 - pds) * good[rows] + pds * bad[rows]
        approved = approving >= (1 - pds) * stopped[rows]
        earned = np.where(held.bad, bad[rows], good[rows])
        left = np.where(held.bad, 0.0, stopped[rows])
        return float(
            np.average(np.where(approved, earned, left), weights=held.weight / chance[rows])
        )

    return Metric(name="expected profit", measure=profit, maximize=True)


def boosted_candidate(scorer: BoostedScorer) -> Candidate:
    """Return where to look for the parameters of a BoostedScorer: around its defaults.

    Leaves and bads per leaf are looked for as multiples of the defaults, which follow the number
    of bads, so that what is found on a part of the rows suits them all.

    Parameters
    ----------
    scorer : BoostedScorer
        Unfitted; its directions, special codes and the like are kept.

    Returns
    -------
    Candidate
        The first trials are the defaults, and trees like LightGBM's own: large, hardly shrunk.
    """

    def space(trial: Trial, n_smaller: int) -> dict[str, Any]:
        default = default_settings(n_smaller)
        leaves = trial.suggest_float("boosted.leaves", 0.4, 5.0, log=True)
        bads = trial.suggest_float("boosted.bads", 0.02, 4.0, log=True)
        return {
            "n_leaves": max(2, round(default.n_leaves * leaves)),
            "min_bads": default.min_bads * bads,
            "learning_rate": trial.suggest_float("boosted.learning_rate", 0.02, 0.2, log=True),
            "l2": trial.suggest_float("boosted.l2", 0.05, 100.0, log=True),
            "column_share": trial.suggest_float("boosted.column_share", 0.3, 1.0),
        }

    names = ("leaves", "bads", "learning_rate", "l2", "column_share")
    starts = ((1.0, 1.0, 0.05, 10.0, 0.6), (2.5, 0.02, 0.1, 0.05, 0.8))
    return Candidate(
        scorer=scorer,
        space=space,
        starts=tuple(
            {f"boosted.{name}": value for name, value in zip(names, start, strict=True)}
            for start in starts
        ),
    )


def scorecard_candidate(scorer: Scorecard) -> Candidate:
    """Return where to look for the parameters of a Scorecard: around its defaults.

    Parameters
    ----------
    scorer : Scorecard
        Unfitted; its directions, special codes and the like are kept.

    Returns
    -------
    Candidate
        The first trial is the defaults.
    """

    def space(trial: Trial, n_smaller: int) -> dict[str, Any]:
        del n_smaller  # penalties in log-likelihood need no scale
        return {
            "penalty": trial.suggest_float("scorecard.penalty", 0.05, 50.0, log=True),
            "level_penalty": trial.suggest_float("scorecard.level_penalty", 1.0, 200.0, log=True),
            "min_bads": trial.suggest_float("scorecard.min_bads", 4.0, 80.0, log=True),
        }

    start = {"penalty": 1.0, "level_penalty": 10.0, "min_bads": 10.0}
    return Candidate(
        scorer=scorer,
        space=space,
        starts=({f"scorecard.{name}": value for name, value in start.items()},),
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
        scorers = {name: repr(candidate.scorer) for name, candidate in self.candidates.items()}
        digest.update(json.dumps([self.metric.name, self.folds.ordered, scorers]).encode())
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
            values.append(self.metric.measure(self._held_out(model, held)))
            trial.report(float(np.mean(values)), step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(values))

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
        while (trial := self._next()) is not None:
            try:
                value = self.task.tried(trial, self.stopped)
            except optuna.TrialPruned:
                self._finish(trial, state=TrialState.PRUNED)
            except _StoppedError:
                self._finish(trial, state=TrialState.FAIL)
            except BaseException:
                self.stopped.set()
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
        finished = self.study.get_trials(deepcopy=False, states=_FINISHED)
        return len(finished) + len(self.running) < self.budget.trials

    def _finish(
        self, trial: Trial, *, value: float | None = None, state: TrialState | None = None
    ) -> None:
        with self.lock:
            done = self.study.tell(trial, value, state=state)
            self.running.discard(trial.number)
            if done.state in _FINISHED and self.on_trial is not None:
                self.on_trial(_record(done))


def _study(task: _Task, storage: str | None) -> optuna.Study:
    # Processes that share a study must not draw the same trials.
    shared = [] if storage is None else [os.getpid(), clock.time_ns()]
    seed = int(np.random.SeedSequence([task.seed, *shared]).generate_state(1)[0])
    with _quiet():
        study = optuna.create_study(
            study_name=f"riskkit-{task.digest()[:16]}",
            storage=_opened(storage),
            sampler=optuna.samplers.TPESampler(n_startup_trials=_STARTUP, seed=seed),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=_STARTUP),
            direction="maximize" if task.metric.maximize else "minimize",
            load_if_exists=True,
        )
        for start in task.starts():
            study.enqueue_trial(start, skip_if_exists=True)
    return study


def _opened(storage: str | None) -> BaseStorage | None:
    if storage is None:
        return None
    if "://" not in storage:
        path = Path(storage)
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise DataError(
                f"storage must be a file in a folder that exists, or the URL of a database, but is "
                f"{storage}."
            )
        _check_journal(path)
    try:
        with _quiet():
            if "://" in storage:
                return _database(storage)
            return JournalStorage(JournalFileBackend(storage))
    except Exception as error:  # noqa: BLE001 - whatever a driver, or a file of another kind, raises
        said = " ".join(str(error).split())[:_SHOWN].rstrip(".") or type(error).__name__
        raise DataError(
            f"storage must be a journal file or the URL of a database that answers, but "
            f"{without_password(storage)} cannot be used: {said}."
        ) from None


def _database(url: str) -> BaseStorage:
    from sqlalchemy.exc import IntegrityError, ProgrammingError  # noqa: PLC0415 - slow

    for _ in range(_TRIES - 1):
        try:
            return optuna.storages.RDBStorage(url)
        except (IntegrityError, ProgrammingError):
            clock.sleep(1)  # another process, at once, makes the same tables in an empty database
    return optuna.storages.RDBStorage(url)


def _check_journal(path: Path) -> None:
    # Optuna would write its first record at the end of any file, and fail only then.
    if not path.exists():
        return
    with path.open("rb") as file:
        first = file.readline(_LONGEST)
    if first and b'"op_code"' not in first:
        raise DataError(f"storage must be a journal file of Optuna's, but {path} holds other text.")


@contextmanager
def _quiet() -> Iterator[None]:
    # Optuna reports that a study was made or found; failures are exceptions.
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def _record(trial: FrozenTrial) -> TrialRecord:
    values = trial.intermediate_values
    pruned = trial.state == TrialState.PRUNED
    value = values[max(values)] if pruned else trial.value
    duration = trial.duration
    return TrialRecord(
        number=trial.number,
        candidate=trial.user_attrs["candidate"],
        point=dict(trial.params),
        params=trial.user_attrs["params"],
        value=float(value),  # type: ignore[arg-type] # a finished trial has one
        pruned=pruned,
        seconds=0.0 if duration is None else duration.total_seconds(),
    )


def _trials(finished: list[FrozenTrial]) -> pd.DataFrame:
    records = [_record(trial) for trial in sorted(finished, key=lambda trial: trial.number)]
    return pd.DataFrame(
        {
            "number": record.number,
            "candidate": record.candidate,
            "value": record.value,
            "pruned": record.pruned,
            "seconds": record.seconds,
            **record.params,
        }
        for record in records
    )


def _importance(study: optuna.Study) -> dict[str, float]:
    # Nothing can be said of one value, or of parameters that were the same throughout.
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len({trial.value for trial in complete}) < _TWO:
        return {}
    with _quiet():
        return optuna.importance.get_param_importances(study)
