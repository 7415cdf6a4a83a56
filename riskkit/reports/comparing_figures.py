"""Champion against challenger as a picture."""

import math
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from riskkit.bundle import Comparison
from riskkit.decisions import SWAP_SETS, SwapSet
from riskkit.reports.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SHADE,
    new_figure,
    plain_style,
)
from riskkit.reports.comparing import PER, SET_WORDS, estimate_numbers
from riskkit.reports.tables import percent

_MEANING = {
    "swap_in": "approved by the challenger only",
    "swap_out": "approved by the champion only",
    "keep_in": "approved by both",
    "keep_out": "approved by neither",
}
_UNKNOWN = "#D0D0D0"
_MOST_GROUPS = 12  # the picture would grow too long


def comparison_figure(found: Comparison) -> Figure:
    """Draw who is in each set, and what the sets on which two policies differ are worth.

    Parameters
    ----------
    found : Comparison
        Of two policies.

    Returns
    -------
    Figure
        Above, goods and bads of the four sets as shares of all applications, grey where neither is
        known; below, money gained by each swap, by gate and segment, with intervals.
    """
    rows = _gains(found.swap)
    figure = new_figure(7.6, 3.4 + 0.3 * len(rows))
    above, below = figure.subplots(2, 1, height_ratios=[4, max(len(rows), 3)])
    _draw_sets(above, found.swap)
    _draw_gains(below, rows)
    return figure


def _draw_sets(axes: Axes, swap: SwapSet) -> None:
    everybody = swap.frame[swap.frame["by"] == "all"].set_index("set")
    for place, name in enumerate(SWAP_SETS):
        if name not in everybody.index:
            continue
        row = everybody.loc[name]
        known = not math.isnan(row["goods"])
        goods, bads = (row[part if known else f"{part}_lower"] for part in ("goods", "bads"))
        rest = max(row["applicants"] - goods - bads, 0.0)
        left = 0.0
        for n, colour in ((goods, BLUE), (bads, ORANGE), (rest, _UNKNOWN)):
            axes.barh(place, n / swap.n, left=left, color=colour, height=0.62)
            left += n / swap.n
        text = f" {row['applicants']:,} ({percent(row['share'], 1)}), {row['basis']}"
        axes.text(left, place, text, va="center", fontsize=8, color=INK)
    names = [f"{SET_WORDS[name]}\n{_MEANING[name]}" for name in SWAP_SETS]
    axes.set_yticks(range(len(SWAP_SETS)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.42 * max(everybody["share"].max(), 0.05))
    plain_style(axes)
    axes.tick_params(axis="y", labelsize=8, length=0)
    axes.xaxis.set_major_formatter(lambda share, _: percent(share, 0))
    axes.set_title("Share of applications", loc="left", fontsize=10, color=INK)
    labels = (("goods", BLUE), ("bads", ORANGE), ("not known", _UNKNOWN))
    handles = [axes.barh(0, 0, color=colour, label=label) for label, colour in labels]
    axes.legend(
        handles=handles, loc="lower right", bbox_to_anchor=(1, 0.98), ncols=3, frameon=False,
        fontsize=8,
    )  # fmt: skip


def _draw_gains(axes: Axes, rows: list[tuple[str, Mapping[str, Any]]]) -> None:
    axes.axvline(0, color=GREY, linewidth=0.9)
    for place, (_, row) in enumerate(rows):
        colour = {"swap_in": GREEN, "swap_out": ORANGE}.get(row["set"], INK)
        axes.plot([row["lower"], row["upper"]], [place, place], color=colour, linewidth=2.4,
                  alpha=0.55, solid_capstyle="butt")  # fmt: skip
        if not math.isnan(row["point"]):
            axes.plot(row["point"], place, "o", color=colour, markersize=5)
        if row["set"] is None:
            axes.axhspan(place - 0.5, place + 0.5, color=SHADE, linewidth=0, zorder=0)
    axes.set_yticks(range(len(rows)), [label for label, _ in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    plain_style(axes)
    axes.tick_params(axis="y", labelsize=8, length=0)
    axes.set_title(
        f"Money gained by the challenger per {PER:,} applications [currency]",
        loc="left",
        fontsize=10,
        color=INK,
    )
    if any(math.isnan(row["point"]) for _, row in rows):
        axes.set_xlabel("A bar without a dot: bounds", fontsize=8, color=GREY, loc="left")


def _gains(swap: SwapSet) -> list[tuple[str, Mapping[str, Any]]]:
    total = {"set": None, **{k: PER * v for k, v in estimate_numbers(swap.gain).items()}}
    rows: list[tuple[str, Mapping[str, Any]]] = [("together", total)]
    frame = swap.frame[swap.frame["set"].isin(SWAP_SETS[:2])]
    for by in frame["by"].unique():
        chosen = frame[frame["by"] == by]
        if by != "all":
            largest = chosen.groupby("group")["applicants"].sum().nlargest(_MOST_GROUPS).index
            chosen = chosen[chosen["group"].isin(largest)]
        for row in chosen.to_dict("records"):
            name = SET_WORDS[row["set"]]
            label = f"all {name}" if by == "all" else f"{by} {row['group']}, {name}"
            numbers = {
                key: PER * row[f"gain{end}"] / swap.n
                for key, end in (("point", ""), ("lower", "_lower"), ("upper", "_upper"))
            }
            rows.append((label, {"set": row["set"], **numbers}))
    return rows
