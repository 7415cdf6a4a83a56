"""What a table's decisions come to, for a terminal."""

from rich import box

from riskkit._tables import Table
from riskkit.bundle import Decided
from riskkit.lending import CAUSES
from riskkit.reports.blaming import GATE_NAMES
from riskkit.reports.tables import percent

_WHY = {
    "system_stop": "stopped by an outage only",
    "wrongly_blocked": "blocked by the previous policy only",
}


def decided_table(decided: Decided) -> Table:
    """Return how many applications got each decision, and for which cause.

    Parameters
    ----------
    decided : Decided
        What was decided.

    Returns
    -------
    Table
        One row per decision and cause.

    Examples
    --------
    >>> from collections import Counter
    >>> decided_table(Decided(n=2, decisions=Counter(approve=2))).row_count
    1
    """
    table = Table(title=f"{decided.n:,} applications", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("decision", "applications", "share"):
        table.add_column(name, justify="left" if name == "decision" else "right")

    def row(name: str, n: int) -> None:
        table.add_row(name, f"{n:,}", percent(n / decided.n))

    by_rule = decided.decisions["approve"] - decided.n_explored
    row("approved", by_rule)
    if decided.n_explored:
        row("approved at random", decided.n_explored)
    if decided.decisions["review"]:
        row("to be reviewed", decided.decisions["review"])
    for cause in CAUSES:
        if decided.stopped_by[cause]:
            row(f"stopped by {GATE_NAMES[cause]}", decided.stopped_by[cause])
    return table


def reinvite_table(decided: Decided) -> Table:
    """Return how many are worth inviting again, and what for.

    Parameters
    ----------
    decided : Decided
        What was decided.

    Returns
    -------
    Table
        One row per reason.

    Examples
    --------
    >>> from collections import Counter
    >>> reinvite_table(Decided(n=2, reinvite=Counter(system_stop=1))).row_count
    1
    """
    table = Table(title="Worth inviting again", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("why", "applications", "expected value"):
        table.add_column(name, justify="left" if name == "why" else "right")
    for why in decided.reinvite:
        words = _WHY[why]
        table.add_row(words, f"{decided.reinvite[why]:,}", f"{decided.reinvite_value[why]:,.0f}")
    return table
