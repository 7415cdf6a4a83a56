"""The frontier of cut-offs as a picture: goods rejected against bads approved."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from riskkit.decisions import TunedCutoff
from riskkit.reports.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    as_percent,
    new_figure,
    percents,
    plain_style,
)
from riskkit.reports.tradeoff_figures import check_curve, profit_figure, row_at, tradeoff_figure

_X, _Y = "bad_rate", "false_rejection_rate"


def frontier_figure(
    curve: pd.DataFrame, chosen: float, incumbent: Mapping[str, float] | None = None
) -> Figure:
    """Draw the frontier: wrongly rejected goods against bads among the approved, with bands.

    Parameters
    ----------
    curve : DataFrame
        As in `tradeoff_figure`.
    chosen : float
        The chosen PD cut-off [fraction], one of the curve's.
    incumbent : mapping of str to float, optional
        `bad_rate` and `false_rejection_rate` of the past policy, with their limits where only
        these are known.

    Returns
    -------
    Figure
        One panel; certified cut-offs are thick, and both intervals of each are shown. Where only
        bounds are known, the region between all unknown good and all unknown bad, and `labelled_`
        rates dashed.

    Raises
    ------
    DataError
        If the curve lacks a column or has no row for the chosen cut-off.
    """
    check_curve(curve)
    rows = curve.sort_values("approval_rate", kind="stable")
    at = row_at(rows, chosen)
    figure = new_figure(7.0, 5.2)
    axes = figure.subplots()
    plain_style(axes)
    is_known = rows[_X].notna() & rows[_Y].notna()
    if is_known.any():
        _draw_known(axes, rows[is_known])
    if not is_known.all():
        _draw_bounds(axes, rows[~is_known])
    _draw_point(axes, at, "o", f"chosen: PD cut-off {as_percent(chosen)}")
    if incumbent is not None:
        _draw_point(axes, incumbent, "D", "past policy")
    axes.set_xlabel("Bad rate: bads among the approved")
    axes.set_ylabel("False rejection rate: rejected among the goods")
    axes.xaxis.set_major_formatter(percents())
    axes.yaxis.set_major_formatter(percents())
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.set_ylim(0, 1)
    axes.legend(frameon=False, fontsize=9, loc="upper right")
    return figure


def tuning_figures(tuned: TunedCutoff) -> dict[str, Figure]:
    """Return the pictures of a tuned cut-off by name.

    Parameters
    ----------
    tuned : TunedCutoff
        What was tuned.

    Returns
    -------
    dict of str to Figure
        ``tradeoff``, ``frontier`` and ``profit``.
    """
    curve, chosen = tuned.curve, tuned.pd_cutoff
    return {
        "tradeoff": tradeoff_figure(curve, chosen, tuned.incumbent),
        "frontier": frontier_figure(curve, chosen, tuned.incumbent),
        "profit": profit_figure(curve, chosen),
    }


def _draw_known(axes: Axes, known: pd.DataFrame) -> None:
    axes.fill_between(known[_X], known[f"{_Y}_lower"], known[f"{_Y}_upper"], color=BLUE, alpha=0.18,
                      linewidth=0, label="interval of false rejections")  # fmt: skip
    axes.fill_betweenx(known[_Y], known[f"{_X}_lower"], known[f"{_X}_upper"], color=ORANGE,
                       alpha=0.18, linewidth=0, label="interval of the bad rate")  # fmt: skip
    axes.plot(known[_X], known[_Y], color=INK, linewidth=1.4)
    certified = known[known["certified"].astype(bool)]
    if len(certified):
        axes.plot(certified[_X], certified[_Y], color=GREEN, linewidth=4, alpha=0.7,
                  label="limit certified")  # fmt: skip


def _draw_bounds(axes: Axes, unknown: pd.DataFrame) -> None:
    # From where all unknown are good there and back along where all are bad.
    low, high = (
        unknown[[f"{_X}_{side}", f"{_Y}_{side}"]].to_numpy() for side in ("lower", "upper")
    )
    around = np.vstack([low, high[::-1]])
    axes.fill(around[:, 0], around[:, 1], color=GREY, alpha=0.22, linewidth=0,
              label="bounds: all unknown good, or all bad")  # fmt: skip
    labelled = [f"labelled_{_X}", f"labelled_{_Y}"]
    if labelled[0] in unknown:
        axes.plot(unknown[labelled[0]], unknown[labelled[1]], color=INK, linewidth=1.4,
                  linestyle="--", label="labelled rows only: not everybody")  # fmt: skip
    certified = unknown[unknown["certified"].astype(bool)]
    if labelled[0] in unknown and len(certified):
        axes.plot(certified[labelled[0]], certified[labelled[1]], color=GREEN, linewidth=4,
                  alpha=0.7, label="limit certified, as its claim says")  # fmt: skip


def _draw_point(axes: Axes, at: "Mapping[str, float] | pd.Series", style: str, label: str) -> None:
    colour = INK if style == "o" else "white"
    x, y = at[_X], at[_Y]
    if np.isfinite(x) and np.isfinite(y):
        axes.plot(x, y, style, color=INK, markerfacecolor=colour, markersize=7, linestyle="none",
                  clip_on=False, label=label)  # fmt: skip
        return
    limits = [at.get(f"{rate}_{side}", np.nan) for rate in (_X, _Y) for side in ("lower", "upper")]
    if np.isfinite(limits).all():
        left, right, bottom, top = limits
        axes.add_patch(
            Rectangle(
                (left, bottom), right - left, top - bottom, fill=False, edgecolor=INK,
                linewidth=1.2, linestyle="-" if style == "o" else ":", label=f"{label}, bounds",
            )
        )  # fmt: skip
    # Of the past policy, labelled rows show no rejected good at all: it has no labels above.
    beside = (at.get(f"labelled_{_X}", np.nan), at.get(f"labelled_{_Y}", np.nan))
    if style == "o" and np.isfinite(beside).all():
        axes.plot(*beside, style, color=INK, markersize=7, linestyle="none", clip_on=False,
                  label=f"{label}, labelled rows only")  # fmt: skip
