"""Figures of reasons: how the PD of one applicant comes about."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from scipy.special import logit

from riskkit._checks import Floats
from riskkit.errors import DataError
from riskkit.reports.canvas import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    as_percent,
    log_odds_axis,
    new_figure,
    pd_of_margin,
    plain_style,
)

_MAX_BARS = 9


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
        text = f"{label}: {as_percent(pd_of_margin(margin))}"
        axes.axvline(margin, color=colour, linestyle=line, linewidth=1.1, zorder=1, label=text)
    log_odds_axis(axes.xaxis, np.r_[base, ends, marks[1][0]])
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
