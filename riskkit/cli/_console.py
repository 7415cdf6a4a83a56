"""What every command prints with: tables for people, JSON for machines, progress aside."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

out = Console()
err = Console(stderr=True)


def print_json(record: dict[str, Any]) -> None:
    """Print one record as JSON, and nothing else, on standard output."""
    print(json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False))  # noqa: T201 - rich would wrap the lines


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Show on standard error what is being done, and then how long it took."""
    started = time.perf_counter()
    with err.status(doing):
        yield
    err.print(f"[dim]{time.perf_counter() - started:6.1f} s[/dim]  {doing}", highlight=False)


class _Rate(ProgressColumn):
    """Rows per second."""

    def render(self, task: Task) -> Text:
        """Return the rate so far."""
        return Text(f"{task.speed or 0:,.0f}/s")


@contextmanager
def counting(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show on standard error how much of a number is done, at what rate, and the time left."""
    started = time.perf_counter()
    columns = (TextColumn("{task.description}"), BarColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(doing, total=total)
        yield lambda n_more: progress.update(task, advance=n_more)
    err.print(f"[dim]{time.perf_counter() - started:6.1f} s[/dim]  {doing}", highlight=False)
