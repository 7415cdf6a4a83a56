"""Where a study of trials is kept, and what it holds.

Machines share a study through a database that all of them reach. On PostgreSQL: ``createdb
optuna``, ``pip install "psycopg[binary]"`` beside riskkit, and on every machine the same command
with ``--storage postgresql+psycopg://user:password@host/optuna`` on the same table. Processes of
one machine, or machines with a common file system, can share a journal file instead. Whoever comes
later goes on with the same study; the trials asked for are those of all together.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from riskkit.errors import DataError, without_password

#: Trials that count as done.
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
_LONGEST = 1_000_000  # bytes of a journal's first record
_TWO = 2  # values that differ
_TRIES = 5  # at a database that another process is filling
_SHOWN = 200  # characters of another library's error


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
    opened(budget.storage)


def opened(storage: str | None) -> BaseStorage | None:
    """Return Optuna's own view of a storage; None in memory.

    Raises
    ------
    DataError
        If the folder of a journal file is not there, the file is another, or a database does not
        answer.
    """
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
        with quiet():
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
            time.sleep(1)  # another process, at once, makes the same tables in an empty database
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
def quiet() -> Iterator[None]:
    """Keep Optuna from reporting that a study was made or found; failures are exceptions."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def record_of(trial: FrozenTrial) -> TrialRecord:
    """Return the record of a finished trial."""
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


def trials_table(finished: list[FrozenTrial]) -> pd.DataFrame:
    """Return finished trials by number, one row each, with their parameters."""
    records = [record_of(trial) for trial in sorted(finished, key=lambda trial: trial.number)]
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


def importance_of(study: optuna.Study) -> dict[str, float]:
    """Return the share of each parameter in how values vary; {} where nothing can be said."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len({trial.value for trial in complete}) < _TWO:
        return {}
    with quiet():
        return optuna.importance.get_param_importances(study)
