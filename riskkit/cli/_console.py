"""What every command prints with: tables for people, JSON for machines, progress aside."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

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
