"""How recorded runs are shown."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich import box

from riskkit._tables import Table
from riskkit.tracking import Difference, PastRun

#: The numbers a list shows, by the name of the run.
_SHOWN = {
    "train": {"out_of_time_auc": "AUC out of time", "out_of_time_log_loss": "log loss"},
    "tune": {"approval_rate": "approval rate", "bad_rate": "bad rate"},
}


def run_record(run: PastRun) -> dict[str, Any]:
    """Return a run as plain data."""
    return asdict(run) | {"started": run.started.isoformat()}


def runs_table(runs: Sequence[PastRun]) -> Table:
    """Return a row per run; the beginning of its id is enough to name it."""
    table = Table(
        title="Recorded runs, the newest first", title_justify="left", box=box.SIMPLE_HEAD
    )
    for heading in ("id", "run", "started (UTC)", "status", "model or policy", "data", "found"):
        table.add_column(heading, no_wrap=heading in {"id", "run", "status"})
    for run in runs:
        table.add_row(
            run.id[:12],
            run.name,
            f"{run.started:%Y-%m-%d %H:%M}",
            run.status.lower(),
            run.params.get("model", "")[:12] if run.name == "train" else run.params.get("limits"),
            ", ".join(digest[:8] for digest in run.data),
            ", ".join(
                f"{words} {run.metrics[key]:.4f}"
                for key, words in _SHOWN.get(run.name, {}).items()
                if key in run.metrics
            ),
        )
    return table


def differences_table(unlike: Sequence[Difference], first: str, second: str) -> Table:
    """Return a row per difference."""
    title = "What differs" if unlike else "Nothing differs: data, settings and numbers are equal"
    table = Table(title=title, title_justify="left")
    for heading in ("", first, second):
        table.add_column(heading, overflow="fold")
    for item in unlike:
        table.add_row(item.what, _shown(item.first), _shown(item.second))
    return table


def _shown(value: str | float | None) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else value
