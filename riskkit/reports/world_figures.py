"""A world in a picture: when people apply and what stops them, whom it costs, and how risky."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from riskkit._checks import Floats
from riskkit.applicants.world import World, WorldSpec, day_loads, festival_days
from riskkit.lending import CAUSES
from riskkit.reports.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PINK,
    SKY,
    YELLOW,
    new_figure,
    percents,
    plain_style,
)

_COLOURS = dict(zip(CAUSES, (SKY, YELLOW, PINK, BLUE, GREEN), strict=True))
_TITLE_WIDTH = 100
_BINS = np.geomspace(0.0005, 1, 60)
_PD_TICKS = (0.001, 0.01, 0.1, 1)


def world_figure(spec: WorldSpec, world: World, *, title: str) -> Figure:
    """Draw a world: its months with load and stops, the goods lost at each gate, and the PDs.

    Parameters
    ----------
    spec : WorldSpec
        Every assumption.
    world : World
        Applicants drawn from it; a few hundred thousand show the days of a festival.
    title : str
        What to write above it.

    Returns
    -------
    Figure
        Four panels.
    """
    figure = new_figure(9.2, 8.6)
    wrapped = "\n".join(textwrap.wrap(title, _TITLE_WIDTH))
    figure.suptitle(wrapped, x=0.01, ha="left", fontsize=12, color=INK)
    grid = figure.add_gridspec(3, 2, height_ratios=(0.8, 1.5, 1.7))
    load, stops = figure.add_subplot(grid[0, :]), figure.add_subplot(grid[1, :])
    _draw_load(load, spec)
    _draw_stops(stops, spec, world)
    stops.sharex(load)
    load.set_xlim(spec.days[0], spec.days[-1])
    _draw_goods(figure.add_subplot(grid[2, 0]), world)
    _draw_pds(figure.add_subplot(grid[2, 1]), world)
    return figure


def _draw_load(axes: Axes, spec: WorldSpec) -> None:
    plain_style(axes)
    days = spec.days
    load = day_loads(spec.calendar, days)
    for festival in spec.calendar.festivals:
        during = festival_days(festival, days)
        ends = np.flatnonzero(during & ~np.append(during[1:], False))
        for end in ends:
            axes.annotate(
                festival.name, (days[end], festival.load), ha="center", va="bottom", fontsize=9,
                color=INK,
            )  # fmt: skip
    axes.step(days, load, where="post", color=INK, linewidth=1.2)
    axes.axhline(spec.calendar.capacity, color=ORANGE, linestyle="--", linewidth=1)
    axes.annotate(
        "capacity",
        (days[len(days) // 8], spec.calendar.capacity),
        va="bottom",
        fontsize=8,
        color=ORANGE,
    )
    for breakdown in (*spec.calendar.outages, *spec.calendar.interface_changes):
        start = pd.Timestamp(breakdown.start)
        end = start + pd.Timedelta(hours=max(breakdown.hours, 24))
        if end > days[0] and start < days[-1]:
            axes.axvspan(start, end, color=ORANGE, alpha=0.35, linewidth=0)
    axes.set_title(
        "Applications a day, 1 = a normal day; shaded: outages and broken interfaces",
        loc="left", fontsize=10, color=INK,
    )  # fmt: skip
    axes.set_ylim(0, max(load.max(), spec.calendar.capacity) * 1.25)
    axes.tick_params(labelbottom=False)


def _draw_stops(axes: Axes, spec: WorldSpec, world: World) -> None:
    plain_style(axes)
    offset = pd.Timedelta(hours=spec.calendar.utc_offset_hours)
    week = (world.applications["applied_at"] + offset).dt.to_period("W").dt.start_time
    stopped_by = world.applications["stopped_by"].astype(object).fillna("approved")
    counts = pd.crosstab(week, stopped_by)
    weeks = counts.index
    totals = counts.sum(axis=1).clip(lower=1)
    shares = [counts.get(cause, pd.Series(0, index=weeks)) / totals for cause in CAUSES]
    axes.stackplot(
        weeks, shares, labels=[cause.replace("_", " ") for cause in CAUSES],
        colors=list(_COLOURS.values()), linewidth=0,
    )  # fmt: skip
    axes.set_title(
        "Stopped by, share of each week's applications", loc="left", fontsize=10, color=INK
    )
    axes.yaxis.set_major_formatter(percents())
    axes.set_ylim(0, min(1.0, 1.25 * float(np.sum(shares, axis=0).max())))
    axes.legend(ncols=5, fontsize=8, frameon=False, loc="upper left")


def _draw_goods(axes: Axes, world: World) -> None:
    plain_style(axes)
    good = (world.truth["truth_bad"] == 0).to_numpy()
    stopped_by = world.applications["stopped_by"]
    lost = np.array([np.sum((stopped_by == cause) & good) for cause in CAUSES]) / good.sum()
    saved = np.array([np.sum((stopped_by == cause) & ~good) for cause in CAUSES]) / good.sum()
    rows = np.arange(len(CAUSES))
    axes.barh(rows, lost, color=list(_COLOURS.values()), height=0.65)
    axes.barh(rows, saved, left=lost, color=GREY, height=0.65, label="bads stopped, beside them")
    for row, (share, beside) in enumerate(zip(lost, saved, strict=True)):
        axes.annotate(f"  {share:.1%}", (share + beside, row), va="center", fontsize=9, color=INK)
    axes.set_yticks(rows, [cause.replace("_", " ") for cause in CAUSES])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.22 * float((lost + saved).max()))
    axes.xaxis.set_major_formatter(percents())
    axes.set_title(
        "Good applicants lost at each gate, of all goods", loc="left", fontsize=10, color=INK
    )
    axes.legend(fontsize=8, frameon=False, loc="upper right")


def _draw_pds(axes: Axes, world: World) -> None:
    plain_style(axes)
    pds = world.truth["truth_pd"].to_numpy()
    approved = (world.applications["approved"] == 1).to_numpy()
    for members, name, colour in (
        (approved, "approved", GREEN),
        (~approved, "stopped", ORANGE),
    ):
        heights, edges = np.histogram(pds[members], bins=_BINS)
        axes.stairs(_density(heights), edges, color=colour, fill=True, alpha=0.25, linewidth=0)
        axes.stairs(_density(heights), edges, color=colour, label=name, linewidth=1.4)
        axes.axvline(float(pds[members].mean()), color=colour, linestyle=":", linewidth=1.2)
    axes.set_xscale("log")
    axes.set_xlim(_BINS[0], 1)
    axes.set_xticks(_PD_TICKS)
    axes.xaxis.set_major_formatter(percents())
    axes.yaxis.set_major_formatter(percents())
    axes.set_title(
        "True PD of approved and stopped; dotted: mean", loc="left", fontsize=10, color=INK
    )
    axes.legend(fontsize=8, frameon=False)


def _density(heights: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Floats:
    return np.asarray(heights / max(heights.sum(), 1), dtype=np.float64)
