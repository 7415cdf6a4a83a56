"""Results first, MLflow second: what is written stays, and what MLflow missed is recorded later."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import typer

from riskkit.cli._console import err, step
from riskkit.errors import TrackingError, without_password
from riskkit.tracking import Run, log_folder, tracked_run

#: Exit code of a command whose results are on disk but not in MLflow.
UNRECORDED = 3


@dataclass(slots=True)
class Recording:
    """A run that is to record a folder."""

    run: Run
    folder: Path
    saved: bool = False
    lost: list[TrackingError] = field(default_factory=list)

    def track(self) -> None:
        """Record the folder, which is complete."""
        self.saved = True
        with step("tracking in MLflow"):
            log_folder(self.run, self.folder)

    @property
    def run_id(self) -> str | None:
        """MLflow's id of the run, or None where it stopped recording."""
        return None if self.lost else self.run.id


@contextmanager
def recorded(name: str, folder: Path, *, uri: str | None) -> Iterator[Recording]:
    """Record in the block a folder that is written in it; once it is, MLflow may fail."""
    record: Recording | None = None
    try:
        with tracked_run(name, uri=uri) as run:
            record = Recording(run, folder)
            yield record
    except TrackingError as error:
        if record is None or not record.saved:
            raise
        record.lost.append(error)
        _tell(error, folder, uri)


def record_folder(name: str, folder: Path, *, uri: str | None) -> str | None:
    """Record a folder that is written; return the run's id, or None where MLflow fails."""
    try:
        with step("tracking in MLflow"), tracked_run(name, uri=uri) as run:
            log_folder(run, folder)
    except TrackingError as error:
        _tell(error, folder, uri)
        return None
    return run.id


def _tell(error: TrackingError, folder: Path, uri: str | None) -> None:
    option = "" if uri is None else f" --tracking-uri {without_password(uri)}"
    err.print(
        f"{error} {folder}/ is whole; once MLflow is back: riskkit track {folder}{option}",
        style="yellow",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def end_with(run_id: str | None) -> None:
    """End a command: well where its run is recorded."""
    if run_id is None:
        raise typer.Exit(UNRECORDED)
