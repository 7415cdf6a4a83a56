"""Figures of models: calibration by score band, and how their parameters were found."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from scipy.special import logit

from riskkit._checks import Floats, as_flags, as_fractions, check_shapes
from riskkit.errors import DataError
from riskkit.reports.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    log_odds_axis,
    new_figure,
    percents,
    plain_style,
)
from riskkit.scores import calibration_bands


def calibration_figure(
    pds: ArrayLike,
    bad: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    n_bands: int = 10,
    rows: str = "",
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
    rows : str
        Who these are and how they count, to stand above the picture.

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
        log_odds_axis(axis, span)
    axes.set_aspect("equal")
    axes.set_xlabel("Mean PD of the band (log-odds scale)")
    axes.set_ylabel("Observed bad rate of the band")
    axes.set_title(rows[:1].upper() + rows[1:], loc="left", fontsize=9, color=GREY)
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


def _calibration_span(bands: pd.DataFrame) -> Floats:
    shown = bands[["mean_pd", "bad_rate", "upper"]].to_numpy().ravel()
    inside = logit(shown[(shown > 0) & (shown < 1)])
    return np.array([inside.min() - 0.3, inside.max() + 0.3])
