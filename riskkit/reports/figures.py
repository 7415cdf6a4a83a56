"""Figures: the trade-off of a cut-off, the reasons of one applicant, calibration by score band."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator
from numpy.typing import ArrayLike
from scipy.special import logit

from riskkit._checks import Floats, as_flags, as_fractions, check_shapes
from riskkit.decisions import TunedCutoff
from riskkit.errors import DataError
from riskkit.reports.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SHADE,
    as_percent,
    new_figure,
    percents,
    plain_style,
)
from riskkit.scores import calibration_bands

#: What each panel of a trade-off shows: its column, its title and its colour.
_PANELS = (
    ("bad_rate", "Bad rate: bads among the approved", ORANGE),
    ("false_rejection_rate", "False rejection rate: rejected among the goods", BLUE),
    ("profit", "Profit per application [currency]", GREEN),
)
_MAX_BARS = 9
#: PDs that a log-odds axis may have ticks at: in turn, as long as they keep their distance.
_TICK_PDS = (
    0.5, 0.1, 0.01, 0.001, 0.0001, 0.9, 0.99, 0.999, 0.2, 0.05, 0.02, 0.005, 0.002, 0.0005, 0.8,
    0.95, 0.98, 0.3, 0.7, 0.03, 0.15, 0.07, 0.4, 0.6, 0.04, 0.06, 0.08, 0.12,
)  # fmt: skip
_TICK_DISTANCE = 0.075  # of the axis


def tradeoff_figure(
    curve: pd.DataFrame, chosen: float, incumbent: Mapping[str, float] | None = None
) -> Figure:
    """Draw bad rate, false rejection rate and profit against the approval rate.

    Parameters
    ----------
    curve : DataFrame
        One row per cut-off: `pd_cutoff`, `approval_rate`, `certified` (bool) and, for each of
        `bad_rate`, `false_rejection_rate` [fraction] and `profit` [currency per application],
        the estimate, `_lower` and `_upper`. Where an estimate is NaN only its limits are drawn.
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
    _check_curve(curve)
    rows = curve.sort_values("approval_rate", kind="stable")
    at = _row_at(rows, chosen)
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
    handles.append(Patch(color=GREY, alpha=0.35, linewidth=0, label="interval"))
    figure.legend(handles=handles, loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    return figure


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
        `bad_rate` and `false_rejection_rate` of the past policy.

    Returns
    -------
    Figure
        One panel; certified cut-offs are thick, and both intervals of each are shown.

    Raises
    ------
    DataError
        If the curve lacks a column or has no row for the chosen cut-off.
    """
    _check_curve(curve)
    rows = curve.sort_values("approval_rate", kind="stable")
    x, y = "bad_rate", "false_rejection_rate"
    figure = new_figure(7.0, 5.2)
    axes = figure.subplots()
    plain_style(axes)
    known = rows[rows[x].notna() & rows[y].notna()]
    axes.fill_between(known[x], known[f"{y}_lower"], known[f"{y}_upper"], color=BLUE, alpha=0.18,
                      linewidth=0, label="interval of false rejections")  # fmt: skip
    axes.fill_betweenx(known[y], known[f"{x}_lower"], known[f"{x}_upper"], color=ORANGE,
                       alpha=0.18, linewidth=0, label="interval of the bad rate")  # fmt: skip
    axes.plot(known[x], known[y], color=INK, linewidth=1.4)
    certified = known[known["certified"].astype(bool)]
    if len(certified):
        axes.plot(certified[x], certified[y], color=GREEN, linewidth=4, alpha=0.7,
                  label="limit certified")  # fmt: skip
    at = _row_at(rows, chosen)
    axes.plot(at[x], at[y], "o", color=INK, markersize=7, linestyle="none",
              label=f"chosen: PD cut-off {as_percent(chosen)}")  # fmt: skip
    if incumbent is not None:
        axes.plot(incumbent[x], incumbent[y], "D", color=INK, markerfacecolor="white",
                  markersize=7, linestyle="none", label="past policy")  # fmt: skip
    axes.set_xlabel("Bad rate: bads among the approved")
    axes.set_ylabel("False rejection rate: rejected among the goods")
    axes.xaxis.set_major_formatter(percents())
    axes.yaxis.set_major_formatter(percents())
    axes.set_ylim(0, 1)
    axes.legend(frameon=False, fontsize=9, loc="upper right")
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
    _check_curve(curve)
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
    at = _row_at(rows, chosen)
    if chosen < 1:
        axes.axvline(float(logit(chosen)), color=INK, linewidth=0.9)
        axes.plot(logit(chosen), at["model_profit"], "o", color=INK, linestyle="none",
                  label=f"chosen: PD cut-off {as_percent(chosen)}")  # fmt: skip
    if len(x):
        _log_odds_axis(axes.xaxis, x)
    axes.set_xlabel("PD cut-off (log-odds scale)")
    axes.set_ylabel("Profit per application [currency]")
    axes.legend(frameon=False, fontsize=9, loc="best")
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


def reasons_figure(contributions: Mapping[str, float], *, base: float, pd_cutoff: float) -> Figure:
    """Draw how one applicant's PD comes about, from that of the just-approved.

    Parameters
    ----------
    contributions : mapping of str to float
        What each reason adds to the margin [log-odds of bad], by the words for it. The 8 largest
        are drawn, the others together.
    base : float
        Mean margin of the applicants just approved [log-odds of bad].
    pd_cutoff : float
        Approved if PD <= this [fraction].

    Returns
    -------
    Figure
        One bar per reason, each starting where the one above ends.

    Raises
    ------
    DataError
        If there are no contributions.

    Examples
    --------
    >>> figure = reasons_figure({"Inquiries": 0.8, "Income": -0.2}, base=-2.5, pd_cutoff=0.09)
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['Inquiries', 'Income']
    """
    if not contributions:
        raise DataError("contributions must name at least one reason, but is empty.")
    bars = _largest(contributions)
    lengths = np.array(list(bars.values()))
    ends = base + np.cumsum(lengths)
    figure = new_figure(7.6, 1.6 + 0.42 * len(bars))
    axes = figure.subplots()
    _draw_waterfall(axes, ends - lengths, lengths)
    axes.set_yticks(range(len(bars)), list(bars))
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    marks = (
        (base, "just approved", GREY, ":"),
        (float(logit(pd_cutoff)), "cut-off", INK, "--"),
        (float(ends[-1]), "this applicant", INK, "-"),
    )
    for margin, label, colour, line in marks:
        text = f"{label}: {as_percent(_pd(margin))}"
        axes.axvline(margin, color=colour, linestyle=line, linewidth=1.1, zorder=1, label=text)
    _log_odds_axis(axes.xaxis, np.r_[base, ends, marks[1][0]])
    axes.set_xlabel("PD (log-odds scale)")
    axes.tick_params(axis="y", length=0)
    handles, _ = axes.get_legend_handles_labels()
    handles += [Patch(color=ORANGE, label="raises the PD"), Patch(color=BLUE, label="lowers it")]
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=5,
        frameon=False,
        fontsize=8.5,
        handlelength=1.6,
        columnspacing=1.4,
    )
    return figure


def calibration_figure(
    pds: ArrayLike, bad: ArrayLike, *, weight: ArrayLike | None = None, n_bands: int = 10
) -> Figure:
    """Draw the observed bad rate of each score band beside its mean PD.

    Parameters
    ----------
    pds : array-like of float, shape (n_applicants,)
        PDs inside (0, 1) [fraction].
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    weight : array-like of float, shape (n_applicants,), optional
        Positive sampling weights.
    n_bands : int
        Bands of about equally many applicants; equal PDs share one.

    Returns
    -------
    Figure
        A point per band with its 95% interval (Jeffreys), on log-odds scales; a band without bads
        is drawn at the lower edge.

    Raises
    ------
    DataError
        If the columns differ in length, are empty, or hold anything but PDs, 0 or 1 and positive
        weights.

    Examples
    --------
    >>> figure = calibration_figure([0.1] * 50 + [0.3] * 50, [1, 0] * 50, n_bands=2)
    >>> figure.axes[0].get_ylabel()
    'Observed bad rate of the band'
    """
    (fractions,) = as_fractions(pds=pds)
    (is_bad,) = as_flags(bad=bad)
    check_shapes({"pds": fractions, "bad": is_bad})
    if not len(fractions):
        raise DataError("pds must have at least one value, but is empty.")
    bands = calibration_bands(bad=is_bad, pds=fractions, weight=weight, n_bands=n_bands)
    figure = new_figure(5.6, 5.4)
    axes = figure.subplots()
    plain_style(axes)
    span = _calibration_span(bands)
    axes.plot(span, span, color=GREY, linewidth=1, linestyle="--", label="perfect", zorder=1)
    x, rate = logit(bands["mean_pd"]), np.clip(logit(bands["bad_rate"]), *span)
    limits = np.clip(logit(bands[["lower", "upper"]].to_numpy()), *span)
    axes.vlines(x, limits[:, 0], limits[:, 1], color=BLUE, linewidth=1.6, label="95% interval")
    axes.plot(x, rate, "o", color=BLUE, markersize=5.5, label="score band", clip_on=False)
    for axis in (axes.xaxis, axes.yaxis):
        _log_odds_axis(axis, span)
    axes.set_aspect("equal")
    axes.set_xlabel("Mean PD of the band (log-odds scale)")
    axes.set_ylabel("Observed bad rate of the band")
    axes.legend(frameon=False, loc="upper left", fontsize=9)
    return figure


def history_figure(trials: pd.DataFrame, *, metric: str, maximize: bool) -> Figure:
    """Draw what the trials of a study reached, and the best so far.

    Parameters
    ----------
    trials : DataFrame
        One row per trial: `number`, `candidate`, `value` and `pruned` (bool).
    metric : str
        What the value is.
    maximize : bool
        Whether more is better.

    Returns
    -------
    Figure
        A point per trial, coloured by candidate, hollow where it was given up early; the axis
        leaves out the worst tenth of the trials, which would flatten the rest.

    Raises
    ------
    DataError
        If there are no trials.

    Examples
    --------
    >>> trials = pd.DataFrame(
    ...     {"number": [0, 1], "candidate": "boosted", "value": [0.3, 0.2], "pruned": False}
    ... )
    >>> history_figure(trials, metric="log loss", maximize=False).axes[0].get_ylabel()
    'log loss'
    """
    if trials.empty:
        raise DataError("trials must hold at least one trial, but is empty.")
    figure = new_figure(7.6, 4.2)
    axes = figure.subplots()
    plain_style(axes)
    colours = dict(zip(trials["candidate"].unique(), (BLUE, ORANGE, GREEN) * 9, strict=False))
    for (name, pruned), group in trials.groupby(["candidate", "pruned"], sort=False):
        axes.plot(
            group["number"], group["value"], "o", color=colours[name], markersize=5,
            markerfacecolor="white" if pruned else colours[name],
            label=f"{name}, given up early" if pruned else name,
        )  # fmt: skip
    complete = trials[~trials["pruned"].astype(bool)]
    best = complete["value"].cummax() if maximize else complete["value"].cummin()
    axes.step(complete["number"], best, where="post", color=INK, linewidth=1.2, label="best so far")
    values = trials["value"].to_numpy()
    shown = np.quantile(values, [0.1, 1.0] if maximize else [0.0, 0.9], method="nearest")
    room = 0.08 * (shown[1] - shown[0]) or 0.01
    axes.set_ylim(shown[0] - room, shown[1] + room)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("Trial")
    axes.set_ylabel(metric)
    axes.legend(frameon=False, fontsize=9)
    return figure


def importance_figure(importance: Mapping[str, float]) -> Figure:
    """Draw which parameters decide what the trials of a study reach.

    Parameters
    ----------
    importance : mapping of str to float
        Share of each parameter [fraction].

    Returns
    -------
    Figure
        One bar per parameter, the largest on top.

    Raises
    ------
    DataError
        If there are none.

    Examples
    --------
    >>> figure = importance_figure({"leaves": 0.2, "l2": 0.8})
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['l2', 'leaves']
    """
    if not importance:
        raise DataError("importance must name at least one parameter, but is empty.")
    names = sorted(importance, key=lambda name: -importance[name])
    figure = new_figure(6.4, 1.2 + 0.34 * len(names))
    axes = figure.subplots()
    plain_style(axes)
    axes.barh(names, [importance[name] for name in names], color=BLUE, height=0.62)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(percents())
    axes.set_xlabel("Share in how the value varies from trial to trial")
    axes.tick_params(axis="y", length=0)
    return figure


def _check_curve(curve: pd.DataFrame) -> None:
    wanted = ["pd_cutoff", "approval_rate", "certified"]
    wanted += [n + part for n, _, _ in _PANELS for part in ("", "_lower", "_upper")]
    absent = [name for name in wanted if name not in curve]
    if absent:
        raise DataError(f"curve must have the columns of a trade-off, but lacks {absent[0]!r}.")


def _row_at(rows: pd.DataFrame, chosen: float) -> pd.Series:
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
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.margins(x=0.02)
    _fit_height(axes, np.r_[rows[name], lower, upper])


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


def _largest(contributions: Mapping[str, float]) -> dict[str, float]:
    names = sorted(contributions, key=lambda name: -abs(contributions[name]))
    if len(names) <= _MAX_BARS:
        return {name: contributions[name] for name in names}
    shown = {name: contributions[name] for name in names[: _MAX_BARS - 1]}
    others = names[_MAX_BARS - 1 :]
    return {**shown, f"{len(others)} others": sum(contributions[name] for name in others)}


def _draw_waterfall(axes: Axes, starts: Floats, lengths: Floats) -> None:
    plain_style(axes)
    colours = np.where(lengths > 0, ORANGE, BLUE)
    rows = np.arange(len(lengths))
    axes.barh(rows, lengths, left=starts, height=0.62, color=colours.tolist(), zorder=3)
    ends = starts + lengths
    axes.vlines(ends[:-1], rows[:-1], rows[1:], color=GREY, linewidth=0.8, zorder=2)
    for row, (end, length) in enumerate(zip(ends, lengths, strict=True)):
        axes.annotate(
            f"{length:+.2f}".replace("-", "\N{MINUS SIGN}"), (end, row),
            xytext=(4 if length > 0 else -4, 0), fontsize=8.5,
            textcoords="offset points", va="center", ha="left" if length > 0 else "right",
            color=INK, zorder=5, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip


def _log_odds_axis(axis: XAxis | YAxis, margins: Floats) -> None:
    low, high = float(np.min(margins)), float(np.max(margins))
    room = 0.1 * (high - low) or 0.5
    low, high = low - room, high + room
    axis.axes.set(**{f"{axis.axis_name}lim": (low, high)})
    ticks: list[float] = []
    for tick in logit(_TICK_PDS).tolist():
        distance = min((abs(tick - other) for other in ticks), default=np.inf)
        if low <= tick <= high and distance >= _TICK_DISTANCE * (high - low):
            ticks.append(tick)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([as_percent(_pd(tick)) for tick in ticks]))
    axis.set_minor_locator(NullLocator())


def _calibration_span(bands: pd.DataFrame) -> Floats:
    shown = bands[["mean_pd", "bad_rate", "upper"]].to_numpy().ravel()
    inside = logit(shown[(shown > 0) & (shown < 1)])
    return np.array([inside.min() - 0.3, inside.max() + 0.3])


def _pd(margin: float) -> float:
    return float(1 / (1 + np.exp(-margin)))


def _money(amount: float) -> str:
    return f"{amount:,.2f}".replace("-", "\N{MINUS SIGN}")
