# ruff: noqa: RUF001 - ranges have a dash
"""Champion against challenger, for a terminal and as plain data."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from rich import box

from riskkit._tables import Table
from riskkit.bundle import Comparison
from riskkit.decisions import SWAP_SETS, SwapSet
from riskkit.reports.tables import percent
from riskkit.selection import Estimate

#: The sets in words.
SET_WORDS = {
    "swap_in": "swap-ins",
    "swap_out": "swap-outs",
    "keep_in": "keep-ins",
    "keep_out": "keep-outs",
}
_BASIS = {
    "true": "true: every outcome is known",
    "observed": "observed: every outcome is on file",
    "corrected": "corrected: outcomes of those approved at random stand for the others",
    "bounded": "bounded: some were never seen, so that only limits are known",
}
#: Totals are told per so many applications.
PER = 1000


def comparison_tables(found: Comparison) -> Iterator[Table]:
    """Return the four sets, then those of each gate and segment on which the two differ.

    Parameters
    ----------
    found : Comparison
        Of two policies.

    Yields
    ------
    Table
        Goods, bads and money with intervals, or bounds.
    """
    frame = found.swap.frame
    everybody = frame[frame["by"] == "all"]
    title = f"{found.swap.n:,} applications, {percent(found.swap.confidence, 0)} intervals"
    yield _table(title, "set", [(SET_WORDS[row["set"]], row) for row in _rows(everybody)])
    for by in [name for name in frame["by"].unique() if name != "all"]:
        swaps = frame[(frame["by"] == by) & frame["set"].isin(SWAP_SETS[:2])]
        rows = [(f"{row['group']}: {SET_WORDS[row['set']]}", row) for row in _rows(swaps)]
        if rows:
            yield _table(f"By {by}, whom only one approves", by, rows)


def comparison_words(found: Comparison) -> list[str]:
    """Return what two policies differ by, in sentences.

    Parameters
    ----------
    found : Comparison
        Of two policies.

    Returns
    -------
    list of str
        Sentences, the most important first.
    """
    swap = found.swap
    before, after = (percent(rate) for rate in swap.approval_rates)
    bad_before, bad_after = (_rate_words(rate) for rate in swap.bad_rates)
    words = [
        f"Per {PER:,} applications the challenger serves {_more(swap.goods, PER, 1)} goods and "
        f"{_more(swap.bads, PER, 1)} bads, and is worth {_more(swap.gain, PER, 0)}.",
        f"Approved: {before} by the champion, {after} by the challenger; bads among them: "
        f"{bad_before} and {bad_after}.",
    ]
    words += [f"{text[0].upper()}{text[1:]}." for text in _basis_words(swap)]
    if any(swap.n_reviews):
        words.append(
            f"Reviewed: {swap.n_reviews[0]:,} by the champion, {swap.n_reviews[1]:,} by the "
            "challenger; the sets count them as not approved, goods, bads and money as their "
            "reviewers decide on average."
        )
    if found.n_open:
        words.append(
            f"Left out: {found.n_open:,} applications whose windows have not closed, for their "
            "outcomes are not known."
        )
    return words


def comparison_record(found: Comparison) -> dict[str, Any]:
    """Return a comparison as plain data.

    Parameters
    ----------
    found : Comparison
        Of two policies.

    Returns
    -------
    dict
        Totals per application, and one record per group and set; null where only limits are known.
    """
    swap = found.swap
    plain = swap.frame.astype(object).where(swap.frame.notna(), None)
    return {
        "applications": swap.n,
        "left_out_open_windows": found.n_open,
        "confidence": swap.confidence,
        "champion": _policy_record(swap, 0),
        "challenger": _policy_record(swap, 1),
        "per_application": {
            name: _estimate_record(estimate)
            for name, estimate in (
                ("goods", swap.goods), ("bads", swap.bads), ("gain", swap.gain)
            )
        },
        "sets": plain.to_dict("records"),
    }  # fmt: skip


def _table(title: str, heading: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(heading)
    for name in ("number", "bad rate", "goods", "bads", "money gained"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("rests on", no_wrap=True)
    for label, row in rows:
        table.add_row(
            label,
            f"{row['applicants']:,}\n{percent(row['share'], 1)}",
            _cell(row, "bad_rate", lambda value: f"{100 * value:.1f}", "%"),
            *(_cell(row, name, lambda value: f"{value:,.0f}") for name in ("goods", "bads")),
            _cell(row, "gain", lambda value: f"{value:,.0f}", split=True),
            row["basis"],
        )
    return table


def _cell(
    row: Mapping[str, Any],
    name: str,
    form: Callable[[float], str],
    unit: str = "",
    *,
    split: bool = False,  # over two lines, for numbers with a sign
) -> str:
    point, lower, upper = row[name], row[f"{name}_lower"], row[f"{name}_upper"]
    if point == lower == upper:
        return f"{form(point)}{unit}"
    limits = f"{form(lower)}\nto {form(upper)}" if split else f"{form(lower)}–{form(upper)}"
    return ("?" if math.isnan(point) else f"{form(point)}{unit}") + f"\n{limits}"


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(row) for row in frame.to_dict("records")]


def _basis_words(swap: SwapSet) -> list[str]:
    present = set(swap.frame.loc[swap.frame["by"] == "all", "basis"])
    return [words for basis, words in _BASIS.items() if basis in present]


def estimate_numbers(found: Estimate) -> dict[str, float]:
    """Return point, lower and upper of an estimate as numbers."""
    numbers = {"point": found.point, "lower": found.lower, "upper": found.upper}
    return {name: float(np.asarray(value)) for name, value in numbers.items()}


def _estimate_record(found: Estimate) -> dict[str, float | None]:
    numbers = estimate_numbers(found)
    return {name: None if math.isnan(value) else value for name, value in numbers.items()}


def _policy_record(swap: SwapSet, place: int) -> dict[str, Any]:
    return {
        "approval_rate": swap.approval_rates[place],
        "reviews": swap.n_reviews[place],
        "bad_rate": _estimate_record(swap.bad_rates[place]),
    }


def _more(found: Estimate, factor: float, digits: int) -> str:
    point, lower, upper = (factor * value for value in estimate_numbers(found).values())
    limits = f"{lower:+,.{digits}f} to {upper:+,.{digits}f}"
    return f"{limits} (bounds)" if math.isnan(point) else f"{point:+,.{digits}f} ({limits})"


def _rate_words(found: Estimate) -> str:
    numbers = estimate_numbers(found)
    limits = f"{percent(numbers['lower'])} to {percent(numbers['upper'])}"
    if math.isnan(numbers["lower"]):
        return "undefined (nobody)"
    if math.isnan(numbers["point"]):
        return f"{limits} (bounds)"
    return f"{percent(numbers['point'])} ({limits})"
