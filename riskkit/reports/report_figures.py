"""The pictures of a report as figures, for notebooks and slides."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import logit

from riskkit.explanations import Language
from riskkit.reports.canvas import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    SKY,
    log_odds_axis,
    new_figure,
    percents,
    plain_style,
)
from riskkit.reports.frontier_figures import frontier_figure
from riskkit.reports.page._words import catalogue
from riskkit.reports.page.report import Report
from riskkit.reports.tradeoff_figures import tradeoff_figure

_KINDS = {"good": (BLUE, "-"), "bad": (ORANGE, "-"), "unknown": (GREY, "--")}


def report_figures(report: Report) -> dict[str, Figure]:
    """Return the pictures of a report by name, in English.

    Parameters
    ----------
    report : Report
        What `new_report` gathered.

    Returns
    -------
    dict of str to Figure
        ``tradeoff`` and ``frontier`` of its first sample and ``distribution``; where there are data
        for them also ``gates``, ``reasons`` and ``vintages``. For calibration see
        `calibration_figure`.
    """
    data = report.data
    everybody = data["samples"][0]["groups"][0]
    curve = _curve(data, everybody)
    chosen, past = data["stops"][data["chosen"]], everybody["incumbent"]
    past = None if past is None else {n: np.nan if v is None else v for n, v in past.items()}
    figures = {
        "tradeoff": tradeoff_figure(curve, chosen, past),
        "frontier": frontier_figure(curve, chosen, past),
        "distribution": _distribution(data["distribution"], chosen),
    }
    if data["gates"]:
        figures["gates"] = _gates(data["gates"], blamed=bool(data["blame"]))
    if data["reasons"]:
        figures["reasons"] = _reasons(data["reasons"][0], "en")
    if data["vintages"]:
        figures["vintages"] = _vintages(data["vintages"])
    return figures


def _curve(data: Mapping[str, Any], group: Mapping[str, Any]) -> pd.DataFrame:
    curve = pd.DataFrame(group["curve"], dtype=np.float64)
    certified = data["certified"] or [0] * len(curve)
    curve = curve.assign(pd_cutoff=data["stops"], certified=np.array(certified) == 1)
    return curve[curve["approval_rate"].notna()]


def _distribution(found: Mapping[str, Any], chosen: float) -> Figure:
    figure = new_figure(6.4, 4.0)
    axes = figure.subplots()
    plain_style(axes)
    edges = logit(np.array(found["edges"]))
    for name, kind in found["kinds"].items():
        colour, dash = _KINDS[name]
        label = f"{catalogue()[f'kind_{name}']['en']} ({kind['n']:,})"
        axes.stairs(kind["shares"], edges, color=colour, linestyle=dash, label=label, linewidth=1.6)
    if chosen < 1:
        axes.axvline(float(logit(chosen)), color=INK, linestyle=":", label="cut-off")
    log_odds_axis(axes.xaxis, edges)
    axes.yaxis.set_major_formatter(percents())
    axes.set_xlabel("PD (log-odds scale)")
    axes.set_ylabel("Share of its kind")
    axes.legend(frameon=False, fontsize=9)
    return figure


def _gates(rows: Sequence[Mapping[str, Any]], *, blamed: bool) -> Figure:
    # Where gates are blamed, their goods are told there, by requests: not by other numbers here.
    number, label = ("n", "stopped_now") if blamed else ("goods", "estimated_goods")
    names = [catalogue()[f"gate_{row['cause']}"]["en"] for row in rows]
    figure, axes = _bars(names, [row[number] for row in rows], BLUE)
    axes.set_xlabel(catalogue()[label]["en"])
    return figure


def _reasons(found: Mapping[str, Any], language: Language) -> Figure:
    rows = found["reasons"]
    names = [row["words"][language] for row in rows]
    figure, axes = _bars(names, [row["n"] for row in rows], SKY, label="named")
    axes.barh(names, [row["first"] for row in rows], height=0.62, color=BLUE, label="named first")
    axes.set_xlabel(f"Rejections by the score that name it, of {found['n']:,}")
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    return figure


def _bars(
    names: Sequence[str], values: Sequence[float], colour: str, *, label: str | None = None
) -> tuple[Figure, Axes]:
    figure = new_figure(7.2, 1.2 + 0.34 * len(names))
    axes = figure.subplots()
    plain_style(axes)
    axes.barh(names, values, height=0.62, color=colour, label=label)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    return figure, axes


def _vintages(rows: Sequence[Mapping[str, Any]]) -> Figure:
    table = pd.DataFrame(rows).set_index("month")
    numbers = table.astype(np.float64)
    figure = new_figure(7.6, 6.4)
    panels = figure.subplots(3, 1, sharex=True)
    for axes, title in zip(
        panels, ("Approval rate", "Bad rate of the approved with an outcome", "Stability index"),
        strict=True,
    ):  # fmt: skip
        plain_style(axes)
        axes.set_title(title, loc="left", fontsize=10, color=INK)
    x = np.arange(len(numbers))
    panels[0].plot(x, numbers["approval_rate"], color=INK, label="this policy")
    panels[0].plot(x, numbers["past_approval_rate"], color=GREY, linestyle="--", label="past")
    panels[0].legend(frameon=False, fontsize=9, ncols=2)
    panels[1].fill_between(x, numbers["lower"], numbers["upper"], color=ORANGE, alpha=0.2)
    panels[1].plot(x, numbers["bad_rate"], color=ORANGE)
    panels[2].plot(x, numbers["psi"], color=BLUE)
    panels[2].plot(x, numbers["psi_by_chance"], color=GREY, linestyle="--")
    for axes in panels[:2]:
        axes.yaxis.set_major_formatter(percents())
    shown = x[:: -(-len(x) // 12)]
    panels[2].set_xticks(shown, [str(numbers.index[i]) for i in shown], rotation=45)
    return figure
