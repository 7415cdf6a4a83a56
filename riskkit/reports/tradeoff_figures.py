"""Figures of cut-offs: trade-off and profit."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from scipy.special import logit

from riskkit._checks import Floats
from riskkit.errors import DataError
from riskkit.reports.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SHADE,
    as_percent,
    log_odds_axis,
    new_figure,
    percents,
    plain_style,
)

#: What each panel of a trade-off shows: its column, its title and its colour.
_PANELS = (
    ("bad_rate", "Bad rate: bads among the approved", ORANGE),
    ("false_rejection_rate", "False rejection rate: rejected among the goods", BLUE),
    ("profit", "Profit per application [currency]", GREEN),
)


def tradeoff_figure(
    curve: pd.DataFrame, chosen: float, incumbent: Mapping[str, float] | None = None
) -> Figure:
    """Draw bad rate, false rejection rate and profit against the approval rate.

    Parameters
    ----------
    curve : DataFrame
        One row per cut-off: `pd_cutoff`, `approval_rate`, `certified` (bool) and, for each of
        `bad_rate`, `false_rejection_rate` [fraction] and `profit` [currency per application],
        the estimate, `_lower` and `_upper`. Where an estimate is NaN only its limits are drawn, and
        `labelled_` rates dashed; `together_` limits, where the curve has them, dotted.
    chosen : float
        The chosen PD cut-off [fraction], one of the curve's.
    incumbent : mapping of str to float, optional
        `approval_rate` and the same three quantities of the past policy.

    Returns
    -------
    Figure
        Three panels over one axis; the certified cut-offs are shaded.

    Raises
    ------
    DataError
        If the curve lacks a column or has no row for the chosen cut-off.
    """
    check_curve(curve)
    rows = curve.sort_values("approval_rate", kind="stable")
    at = row_at(rows, chosen)
    figure = new_figure(7.6, 7.8)
    panels = figure.subplots(len(_PANELS), 1, sharex=True)
    for axes, (name, title, colour) in zip(panels, _PANELS, strict=True):
        _draw_rate(axes, rows, name, colour)
        if incumbent is not None:
            _mark(axes, incumbent, name, label="past policy", style="D")
        _mark(axes, at, name, label=f"chosen: PD cut-off {as_percent(chosen)}", style="o")
        axes.set_title(title, loc="left", fontsize=10, color=INK)
        if name != "profit":
            axes.yaxis.set_major_formatter(percents())
    panels[-1].set_xlabel("Approval rate of the applicants who reach the score gate")
    panels[-1].xaxis.set_major_formatter(percents())
    handles, _ = panels[0].get_legend_handles_labels()
    unknown = rows["bad_rate"].isna().any()
    what = (
        "bounds: all unknown good, or all bad" if unknown else "interval of each cut-off by itself"
    )
    handles.append(Patch(color=GREY, alpha=0.35, linewidth=0, label=what))
    figure.legend(handles=handles, loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return figure


def profit_figure(curve: pd.DataFrame, chosen: float) -> Figure:
    """Draw expected profit against the PD cut-off, by smoothed PDs and by the estimate itself.

    Parameters
    ----------
    curve : DataFrame
        As in `tradeoff_figure`, and `model_profit`.
    chosen : float
        The chosen PD cut-off [fraction], one of the curve's.

    Returns
    -------
    Figure
        One panel over a log-odds axis.

    Raises
    ------
    DataError
        If the curve lacks a column or has no row for the chosen cut-off.
    """
    check_curve(curve)
    rows = curve.sort_values("pd_cutoff", kind="stable")
    inside = rows[rows["pd_cutoff"] < 1]
    x = logit(inside["pd_cutoff"].to_numpy())
    figure = new_figure(7.0, 4.2)
    axes = figure.subplots()
    plain_style(axes)
    axes.fill_between(x, inside["profit_lower"], inside["profit_upper"], color=GREEN, alpha=0.2,
                      linewidth=0, label="interval")  # fmt: skip
    axes.plot(x, inside["profit"], color=GREEN, linewidth=1.2, label="estimate")
    axes.plot(x, inside["model_profit"], color=INK, linewidth=1.6, label="by smoothed PDs")
    at = row_at(rows, chosen)
    if chosen < 1:
        axes.axvline(float(logit(chosen)), color=INK, linewidth=0.9)
        axes.plot(logit(chosen), at["model_profit"], "o", color=INK, linestyle="none",
                  label=f"chosen: PD cut-off {as_percent(chosen)}")  # fmt: skip
    if len(x):
        log_odds_axis(axes.xaxis, x)
    axes.set_xlabel("PD cut-off (log-odds scale)")
    axes.set_ylabel("Profit per application [currency]")
    axes.legend(frameon=False, fontsize=9, loc="best")
    return figure


def check_curve(curve: pd.DataFrame) -> None:
    """Refuse a curve without the columns of a trade-off.

    Parameters
    ----------
    curve : DataFrame
        As in `tradeoff_figure`.

    Raises
    ------
    DataError
        If a column is absent.
    """
    wanted = ["pd_cutoff", "approval_rate", "certified"]
    wanted += [n + part for n, _, _ in _PANELS for part in ("", "_lower", "_upper")]
    absent = [name for name in wanted if name not in curve]
    if absent:
        raise DataError(f"curve must have the columns of a trade-off, but lacks {absent[0]!r}.")


def row_at(rows: pd.DataFrame, chosen: float) -> pd.Series:
    """Return the row of a cut-off.

    Parameters
    ----------
    rows : DataFrame
        A curve.
    chosen : float
        A PD cut-off [fraction].

    Returns
    -------
    Series
        Its row.

    Raises
    ------
    DataError
        If the curve does not have it.
    """
    at = np.flatnonzero(np.isclose(rows["pd_cutoff"], chosen, rtol=1e-12, atol=0))
    if not at.size:
        raise DataError(f"chosen must be one of the curve's {len(rows)} cut-offs, but is {chosen}.")
    return rows.iloc[at[-1]]


def _draw_rate(axes: Axes, rows: pd.DataFrame, name: str, colour: str) -> None:
    plain_style(axes)
    approval = rows["approval_rate"]
    axes.fill_between(
        approval, 0, 1, where=rows["certified"].astype(bool).tolist(), color=SHADE, linewidth=0,
        transform=axes.get_xaxis_transform(), label="limit certified", zorder=0,
    )  # fmt: skip
    lower, upper = rows[f"{name}_lower"], rows[f"{name}_upper"]
    axes.fill_between(approval, lower, upper, color=colour, alpha=0.22, linewidth=0)
    axes.plot(approval, rows[name], color=colour, linewidth=1.8)
    beside = f"labelled_{name}"
    if beside in rows and rows[name].isna().any():
        axes.plot(approval, rows[beside], color=colour, linewidth=1.2, linestyle="--",
                  label="labelled rows only")  # fmt: skip
    _draw_together(axes, rows, name, colour)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.margins(x=0.02)
    _fit_height(axes, np.r_[rows[name], lower, upper])


def _draw_together(axes: Axes, rows: pd.DataFrame, name: str, colour: str) -> None:
    limits = [f"together_{name}_{side}" for side in ("lower", "upper")]
    if limits[0] not in rows:
        return
    some = rows[rows[limits[0]].notna()]
    label = f"95% limits of all {len(some)} cut-offs at once"
    for limit in limits:
        axes.plot(some["approval_rate"], some[limit], color=colour, linewidth=1.0, linestyle=":",
                  label=label)  # fmt: skip
        label = "_nolegend_"


def _fit_height(axes: Axes, values: Floats) -> None:
    known = values[np.isfinite(values)]
    if known.size:
        low, high = min(float(known.min()), 0.0), float(known.max())
        axes.set_ylim(low - 0.03 * (high - low), high + 0.08 * (high - low) or 1.0)


def _mark(
    axes: Axes, at: "Mapping[str, float] | pd.Series", name: str, *, label: str, style: str
) -> None:
    x, y = at["approval_rate"], at[name]
    line = "-" if style == "o" else ":"
    axes.axvline(x, color=INK, linewidth=0.9, linestyle=line, zorder=2)
    axes.plot(
        x, y, style, color=INK, markerfacecolor=INK if style == "o" else "white",
        markersize=6, zorder=4, label=label, linestyle="none",
    )  # fmt: skip
    if np.isfinite(y):
        # Off the curve: the bad rate rises to the right, the others mostly fall.
        beside = {"o": (8, -17 if name == "bad_rate" else 8), "D": (-8, 8)}[style]
        axes.annotate(
            _money(y) if name == "profit" else as_percent(y), (x, y), xytext=beside,
            textcoords="offset points", ha="left" if beside[0] > 0 else "right", fontsize=9,
            color=INK, zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.8},
        )  # fmt: skip


def _money(amount: float) -> str:
    return f"{amount:,.2f}".replace("-", "\N{MINUS SIGN}")
