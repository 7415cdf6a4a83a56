"""Whom only one of two policies approves, and what that is worth."""

import math
from collections.abc import Mapping
from typing import Any

from riskkit.bundle import Bundle, compare_policies
from riskkit.explanations import Words
from riskkit.reports.comparing import PER, comparison_record
from riskkit.reports.page._plain import plain_number
from riskkit.reports.page._samples import Scored
from riskkit.reports.page._words import catalogue, say
from riskkit.reports.tables import percent

_SHOWN = ("share", "bad_rate", "goods", "bads", "gain")


def swap_of(
    champion: Bundle, bundle: Bundle, sample: Scored, segments: list[str]
) -> dict[str, Any]:
    """Return the four sets of all, then of each gate and segment those whom only one approves."""
    table = sample.history.applications.table
    record = comparison_record(compare_policies(champion, bundle, table, by=segments))
    rows = [_row(row) for row in record["sets"]]
    return {
        "n": record["applications"],
        "per_application": record["per_application"],
        "sets": [row for row in rows if row["by"] == "all"],
        "parts": [
            row for row in rows if row["by"] != "all" and row["set"] in {"swap_in", "swap_out"}
        ],
    }


def swap_words(found: Mapping[str, Any]) -> Words:
    """Return what the two policies differ by, in one sentence."""
    totals = found["per_application"]
    return say(
        "swap_sentence",
        per=f"{PER:,}",
        **{name: _signed(totals[name]) for name in ("goods", "bads", "gain")},
    )


def swap_cell(row: Mapping[str, Any], name: str) -> tuple[str, Words | str]:
    """Return a number and its limits, or nothing and its bounds."""

    def shown(value: float | None) -> str:
        if value is None:
            return "?"
        return percent(value) if name == "bad_rate" else _number(value)

    lower, upper = (row[f"{name}_{end}"] for end in ("lower", "upper"))
    if row[name] is not None and lower == upper:
        return shown(row[name]), ""
    return shown(row[name]), say("to", lower=shown(lower), upper=shown(upper))


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    numbers = (n for name in _SHOWN for n in (name, f"{name}_lower", f"{name}_upper") if n in row)
    return {
        "by": row["by"],
        "group": str(row["group"]),
        "set": row["set"],
        "basis": row["basis"],
        "n": int(row["applicants"]),
        **{name: None if row[name] is None else plain_number(float(row[name])) for name in numbers},
    }


def _signed(estimate: Mapping[str, float | None]) -> Words | str:
    ends = [estimate[name] for name in ("point", "lower", "upper")]
    point, lower, upper = (
        "?" if value is None or math.isnan(value) else _number(PER * value, sign=True)
        for value in ends
    )
    limits = say("to", lower=lower, upper=upper)
    if point == "?":
        return limits
    return {language: f"{point} ({text})" for language, text in limits.items()}


def _number(value: float, *, sign: bool = False) -> str:
    text = f"{value:+,.0f}" if sign else f"{value:,.0f}"
    return text.replace("-", "\N{MINUS SIGN}")


def set_name(row: Mapping[str, Any]) -> Words:
    """Return what a set is called."""
    return catalogue()[f"set_{row['set']}"]


def group_name(row: Mapping[str, Any], labels: Mapping[str, Words]) -> Words:
    """Return which gate or group of a segment a row is about."""
    words = catalogue()
    if row["by"] == "gate":
        by, group = words["by_gate"], words.get(f"gate_{row['group']}", row["group"])
    else:
        by, group = labels[row["by"]], row["group"]
    return say("headed", heading=by, value=group)
