# ruff: noqa: RUF001 - Chinese sentences have full-width punctuation, ranges a dash
"""Records as tables that a person reads in a terminal."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from rich import box

from riskkit._tables import Table
from riskkit.bundle import Answer, Model
from riskkit.decisions import TunedCutoff
from riskkit.explanations import in_language
from riskkit.lending import DecisionRates

_INTERVALS = {
    "everybody": "95% intervals, each cut-off by itself",
    "explored": "approximate 95% intervals, each cut-off by itself",
    "approved only": "bounds on everybody, each cut-off by itself",
}
_NAMES = {
    "approval_rate": "approval rate",
    "bad_rate": "bad rate",
    "false_rejection_rate": "false rejections",
    "labelled_bad_rate": "labelled rows only: bad rate",
    "labelled_false_rejection_rate": "labelled rows only: false rejections",
}
_NOT_KEPT = {
    "directions": "Directions are not guaranteed: the PD may fall where the schema says that it "
    "rises.",
    "interactions": "Interactions are not guaranteed: features may meet that the schema keeps "
    "apart.",
}
#: Neighbours of the chosen cut-off on the grid: about two and four points of approval away.
_NEIGHBOURS = (-8, -4, 0, 4, 8)


def percent(rate: float | None, digits: int = 2) -> str:
    """Return a rate in percent.

    Parameters
    ----------
    rate : float or None
        The rate [fraction]; None or NaN where only bounds are known.
    digits : int
        Decimals.

    Returns
    -------
    str
        Such as 3.41%, or "?".

    Examples
    --------
    >>> percent(0.0341), percent(None)
    ('3.41%', '?')
    """
    return "?" if rate is None or math.isnan(rate) else f"{rate:.{digits}%}"


def tradeoff_table(tuned: TunedCutoff) -> Table:
    """Return the past policy, the chosen cut-off and its neighbours, with intervals.

    Parameters
    ----------
    tuned : TunedCutoff
        What was tuned.

    Returns
    -------
    Table
        One column per policy; "?" where outcomes allow bounds only. Under the goal's gamma, the
        bounds that it allows, which are narrower; of cut-offs only.
    """
    table = Table(
        title=f"Trade-off at the score gate ({_INTERVALS[tuned.labels]})", title_justify="left"
    )
    table.box, table.padding = box.SIMPLE_HEAD, (0, 1, 0, 0)  # so that it fits into 80 columns
    table.add_column("")
    columns = _tradeoff_columns(tuned)
    for heading, _ in columns:
        table.add_column(heading, justify="right", style="bold" if heading == "chosen" else "")
    rows = [row for _, row in columns]
    cutoffs = [f"{row['pd_cutoff']:.4f}" if "pd_cutoff" in row else "" for row in rows]
    table.add_row("PD cut-off", *cutoffs)
    for rate, digits in (("approval_rate", 1), ("bad_rate", 2), ("false_rejection_rate", 1)):
        table.add_row(_NAMES[rate], *(_rate_cell(row, rate, digits) for row in rows))
    if tuned.goal.gamma is not None and tuned.labels != "everybody":
        for rate, digits in (("bad_rate", 2), ("false_rejection_rate", 1)):
            name = f"{_NAMES[rate]} within Gamma {tuned.goal.gamma:g}"
            table.add_row(name, *(_range_cell(row, f"gamma_{rate}", digits) for row in rows))
    table.add_row("profit per application", *map(_profit_cell, rows))
    if tuned.labels != "everybody":
        for rate in ("labelled_bad_rate", "labelled_false_rejection_rate"):
            table.add_row(_NAMES[rate], *(percent(row[rate]) for row in rows), style="dim")
    if tuned.certificates:
        said = {None: "", 0: "no", 1: "yes"}  # the past policy is none of the tested cut-offs
        everybody = tuned.certified_for == "everybody"
        heading = "certified" if everybody else "certified for those approved before"
        table.add_row(heading, *(said[row.get("certified")] for row in rows))
    return table


def model_table(model: Model) -> Table:
    """Return how several candidates did in cross-validation.

    Parameters
    ----------
    model : Model
        A trained model.

    Returns
    -------
    Table
        One row per candidate.
    """
    table = Table(title="Cross-validation on labelled development rows", title_justify="left")
    for heading in ("model", "log loss", "AUC", "sd of AUC", ""):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    for name, scores in model.report["cross_validation"].items():
        chosen = name == model.report["model"]
        table.add_row(
            name,
            f"{scores['log_loss']:.5f}",
            f"{scores['auc']:.4f}",
            f"{np.std(scores['auc_by_fold'], ddof=1):.4f}",
            "trained" if chosen else "",
            style="bold" if chosen else "",
        )
    return table


def evaluation_table(evaluation: Mapping[str, Any]) -> Table:
    """Return what a model is worth on all applicants, by every estimator.

    Parameters
    ----------
    evaluation : mapping of str to anything
        What `riskkit.scores.Evaluation.as_dict` returns.

    Returns
    -------
    Table
        One row per estimator, labelled rows first; bounds have no estimate.
    """
    table = Table(
        title=f"Out of time, all {evaluation['n_applicants']:,} applicants at the score gate\n"
        f"({evaluation['n_known']:,} with an outcome; {evaluation['confidence']:.0%} intervals)",
        title_justify="left",
    )
    table.box, table.padding = box.SIMPLE_HEAD, (0, 1, 0, 0)  # so that it fits into 80 columns
    table.add_column("", no_wrap=True)
    approved = percent(evaluation["approval_rate"], 0)
    for heading in ("AUC", "bad rate\nof all", f"bad rate\nof {approved}\napproved",
                    "false\nrejections", "Brier"):  # fmt: skip
        table.add_column(heading, justify="right", no_wrap=True)
    for name, worth in evaluation["worth"].items():
        table.add_row(
            name,
            _worth_cell(worth["auc"], "{:.4f}", "{:.3f}"),
            _worth_cell(worth["bad_rate"], "{:.2%}", "{:.1%}"),
            _worth_cell(worth["approved_bad_rate"], "{:.2%}", "{:.1%}"),
            _worth_cell(worth["false_rejection_rate"], "{:.1%}", "{:.1%}"),
            _worth_cell(worth["brier"], "{:.4f}", "{:.3f}"),
            style="dim" if name == "labelled rows" else "",
        )
    return table


def guarantee_notes(report: Mapping[str, Any]) -> list[str]:
    """Return which rules of the schema a model is not made to keep.

    Parameters
    ----------
    report : mapping of str to anything
        A model's report.

    Returns
    -------
    list of str
        Sentences; none where all are guaranteed, and of older models, which do not say.

    Examples
    --------
    >>> guarantee_notes({"directions": "not guaranteed", "interactions": None})
    ['Directions are not guaranteed: the PD may fall where the schema says that it rises.']
    """
    return [words for rule, words in _NOT_KEPT.items() if report.get(rule) == "not guaranteed"]


def evaluation_notes(evaluation: Mapping[str, Any]) -> list[str]:
    """Return what every estimator rests on, whom it speaks of, and which ones are silent.

    Parameters
    ----------
    evaluation : mapping of str to anything
        What `riskkit.scores.Evaluation.as_dict` returns.

    Returns
    -------
    list of str
        Sentences.
    """
    lines = [
        f"• {name}: {worth['population']}; rests on this: {worth['assumption']}."
        for name, worth in evaluation["worth"].items()
    ]
    lines += [f"• No {name} estimate: {why}." for name, why in evaluation["left_out"].items()]
    if evaluation.get("n_open"):  # absent from older models
        lines.append(
            f"Left out: {evaluation['n_open']:,} applicants, approved or not, whose windows are "
            "still open."
        )
    seen = evaluation["overlap"]
    if seen is not None:
        lines.append(
            f"Propensities: {seen['n_explored']:,} of {seen['n_explorable']:,} whom the past "
            f"policy stops were explored, {seen['n_unreachable']:,} never could be and "
            f"{seen['n_next_to_none']:,} nearly never; weighted, the approved are worth "
            f"{seen['effective_sample_size']:,.0f}{_whom(seen)}."
        )
    return [
        *lines,
        f"The mean PD of all is {percent(evaluation['mean_pd'])}. Believed of those without an "
        f"outcome: {evaluation['expected']}. Bounds leave sampling error aside.",
    ]


def _whom(seen: Mapping[str, Any]) -> str:
    if "population" not in seen:  # older models do not say
        return ""
    return f" and stand for {seen['population']}; rests on this: {seen['assumption']}"


def _worth_cell(estimate: Mapping[str, float | None], point: str, limit: str) -> str:
    ends = (estimate["lower"], estimate["upper"])
    low, high = ("?" if end is None else limit.format(end) for end in ends)
    if not limit.endswith("%}"):  # so that the column stays narrow
        low, high = low.removeprefix("0"), high.removeprefix("0")
    limits = f"{low.rstrip('%')}–{high}"
    value = estimate["point"]
    return limits if value is None else f"{point.format(value)}\n{limits}"


def answer_table(answer: Answer, language: str) -> Table:
    """Return the reasons of a rejection by score, strongest first.

    Parameters
    ----------
    answer : Answer
        A decided application.
    language : str
        "en" or "zh-CN".

    Returns
    -------
    Table
        One row per reason.
    """
    table = Table(show_header=True, expand=False)
    table.add_column("", justify="right")
    table.add_column({"en": "reason", "zh-CN": "原因"}[language], overflow="fold")
    table.add_column({"en": "log-odds", "zh-CN": "对数几率"}[language], justify="right")
    for place, reason in enumerate(answer.reasons, start=1):
        words = in_language(reason.words, language)
        table.add_row(str(place), words, f"{reason.contribution:+.2f}")
    return table


def comparison_table(rates: Mapping[str, tuple[DecisionRates, float]], title: str) -> Table:
    """Return the true rates of several policies side by side.

    Parameters
    ----------
    rates : mapping of str to (DecisionRates, float)
        For each policy its rates and its profit per application [currency].
    title : str
        What the rates were measured on.

    Returns
    -------
    Table
        One row per policy.
    """
    table = Table(title=title, title_justify="left")
    table.add_column("")
    rates_shown = ("approval\nrate", "bad rate", "false\nrejections", "blocked\ngoods")
    for heading in (*rates_shown, "profit per\napplication"):
        table.add_column(heading, justify="right")
    for name, (found, profit) in rates.items():
        table.add_row(
            name,
            percent(found.approval_rate),
            percent(found.bad_rate),
            percent(found.false_rejection_rate),
            percent(found.blocked_good_rate),
            f"{profit:,.2f}",
        )
    return table


def _tradeoff_columns(tuned: TunedCutoff) -> list[tuple[str, dict[str, Any]]]:
    columns: list[tuple[str, dict[str, Any]]] = []
    if tuned.incumbent is not None:
        columns.append(("past\npolicy", dict(tuned.incumbent)))
    place = int(np.flatnonzero(tuned.curve["pd_cutoff"] == tuned.pd_cutoff)[0])
    for i in sorted({min(max(place + step, 0), len(tuned.curve) - 1) for step in _NEIGHBOURS}):
        heading = "chosen" if i == place else ("stricter" if i < place else "more\nlenient")
        columns.append((heading, tuned.curve.iloc[i].to_dict()))
    return columns


def _rate_cell(row: Mapping[str, Any], rate: str, digits: int) -> str:
    return f"{percent(row[rate])}\n{_range_cell(row, rate, digits)}"


def _range_cell(row: Mapping[str, Any], rate: str, digits: int) -> str:
    if f"{rate}_lower" not in row:
        return ""
    low, high = (100 * row[f"{rate}_{side}"] for side in ("lower", "upper"))
    digits = digits if high < 10 else 1  # noqa: PLR2004 - so that the column stays narrow
    return f"{low:.{digits}f}–{high:.{digits}f}"


def _profit_cell(row: Mapping[str, Any]) -> str:
    point = "?" if math.isnan(row["profit"]) else f"{row['profit']:,.2f}"
    return f"{point}\n{row['profit_lower']:,.1f}\nto {row['profit_upper']:,.1f}"


def answer_words(answer: Answer, language: str) -> list[str]:
    """Return the decision on one application in a few lines, for support staff.

    Parameters
    ----------
    answer : Answer
        A decided application.
    language : str
        "en" or "zh-CN".

    Returns
    -------
    list of str
        Decision and gate; PD and margin where the score gate was reached.
    """
    words = _WORDS[language]
    approved = words["explored" if answer.explored else "approved"]
    undecided = approved if answer.approved else words["review"]
    decision = undecided if answer.stopped_by is None else words[f"stopped_{answer.stopped_by}"]
    lines = [words["application"].format(answer.application_id, decision)]
    if answer.stopped_by in {None, "score", "policy"}:
        line = words["numbers"]
        lines.append(line.format(percent(answer.pd), percent(answer.pd_cutoff), answer.margin))
    return lines


_WORDS = {
    "en": {
        "application": "Application {}: {}",
        "approved": "approved, every gate passed",
        "explored": "approved at random; the score gate alone would have rejected it",
        "review": "to be reviewed by a person, every other gate passed",
        "stopped_system": "stopped by the system gate (our failure, no judgement of the customer)",
        "stopped_profile": "stopped by the profile gate",
        "stopped_credit_record": "stopped by the credit record gate",
        "stopped_score": "rejected by the score gate",
        "stopped_policy": "stopped by the policy gate",
        "numbers": "PD {} (cut-off {}), margin to approval {:+.2f} log-odds",
    },
    "zh-CN": {
        "application": "申请{}：{}",
        "approved": "已批准，通过全部关卡",
        "explored": "随机批准；仅按评分关卡本应拒绝",
        "review": "需人工审核，其余关卡均已通过",
        "stopped_system": "被系统关卡中止（我方故障，与客户资质无关）",
        "stopped_profile": "被资料关卡中止",
        "stopped_credit_record": "被信用记录关卡中止",
        "stopped_score": "被评分关卡拒绝",
        "stopped_policy": "被业务规则关卡中止",
        "numbers": "违约概率{}（批准上限{}），距批准线{:+.2f}（对数几率）",
    },
}
