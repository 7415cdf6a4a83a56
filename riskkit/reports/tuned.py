"""A tuned cut-off in words and tables: its frontier, its limits and what they cost."""

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from rich import box

from riskkit._tables import Table
from riskkit.decisions import Certificate, TunedCutoff
from riskkit.reports.tables import percent

#: A frontier is shown at so many approval rates.
_N_SHOWN = 9
#: Profit that two ways of choosing lose to each other is worth a word from here on [share].
_NOTABLE = 0.001


def frontier_table(tuned: TunedCutoff) -> Table:
    """Return the frontier: what each level of approval costs in bads and in rejected goods.

    Parameters
    ----------
    tuned : TunedCutoff
        What was tuned.

    Returns
    -------
    Table
        One row per level, the chosen one marked; bounds where outcomes allow no more, a star where
        what is certified is about those approved before only.
    """
    table = Table(title="The frontier", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("approved", "PD cut-off", "bad rate", "false rejections", "profit", ""):
        table.add_column(heading, justify="right")
    curve = tuned.curve
    chosen = int(np.flatnonzero(curve["pd_cutoff"] == tuned.pd_cutoff)[0])
    partial = tuned.certified_for == "those approved before"
    if partial:
        table.caption, table.caption_justify = "* for those approved before", "left"
    levels = np.linspace(0, len(curve) - 1, _N_SHOWN).round().astype(int)
    for place in sorted({*levels.tolist(), chosen}):
        row = curve.iloc[place]
        marks = ["chosen"] if place == chosen else []
        marks += [f"certified{'*' if partial else ''}"] if row["certified"] else []
        table.add_row(
            percent(row["approval_rate"], 1),
            f"{row['pd_cutoff']:.4f}",
            _or_bounds(row, "bad_rate", 2),
            _or_bounds(row, "false_rejection_rate", 1),
            "?" if math.isnan(row["profit"]) else f"{row['profit']:,.2f}",
            ", ".join(marks),
            style="bold" if place == chosen else "",
        )
    return table


def _or_bounds(row: pd.Series, rate: str, digits: int) -> str:
    if not math.isnan(row[rate]):
        return percent(row[rate], digits)
    return f"{100 * row[f'{rate}_lower']:.1f} to {percent(row[f'{rate}_upper'], 1)}"


def limits_table(tuned: TunedCutoff) -> Table:
    """Return each limit, whether it binds, and what one more point of it would buy.

    Parameters
    ----------
    tuned : TunedCutoff
        What was tuned.

    Returns
    -------
    Table
        One row per limit; goods and money per 1,000 applications. Where profit is the objective,
        it is that by smoothed PDs.
    """
    table = Table(
        title="What one more point of each limit would buy, per 1,000 applications",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    money = "expected profit" if tuned.goal.objective == "profit" else "profit"
    for heading in ("limit", "binds", "goods", money):
        table.add_column(heading, justify="left" if heading == "limit" else "right")
    if tuned.left_out:
        table.caption, table.caption_justify = _not_compared(tuned.left_out), "left"
    for price in tuned.shadow_prices:
        table.add_row(
            price.limit,
            "yes" if price.binding else "no",
            f"{1000 * price.goods:+,.1f}",
            f"{1000 * price.profit:+,.0f}",
        )
    return table


def _not_compared(left_out: Mapping[str, Mapping[str, int]]) -> str:
    found = [
        f"{limit}: {', '.join(f'{name} ({n:,})' for name, n in few.items())}"
        for limit, few in left_out.items()
    ]
    return f"Not compared, for too few known goods (how many): {'; '.join(found)}."


def tuned_words(tuned: TunedCutoff) -> list[tuple[str, str]]:
    """Return what speaks for a cut-off and against: economics, certificates, the past policy.

    Parameters
    ----------
    tuned : TunedCutoff
        What was tuned.

    Returns
    -------
    list of (str, str)
        Sentences, each with a style of the console.
    """
    words = [(warning, "bold red") for warning in tuned.warnings]
    words += [sentence for found in tuned.certificates for sentence in _certified(tuned, found)]
    open_limits = [str(limit) for limit in tuned.goal.limits if limit.confidence is None]
    if open_limits:
        words.append(
            (
                f"Not certified: {'; '.join(open_limits)}. The estimate keeps to it, the truth "
                'may not; a confidence, as in "bad_rate <= 0.03 @ 95%", certifies it.',
                "",
            )
        )
    return [*words, *_against(tuned), *_money(tuned)]


def _certified(tuned: TunedCutoff, found: Certificate) -> list[tuple[str, str]]:
    heading, style = "Certified", "green"
    if not tuned.covers_everybody(found.rate):
        heading, style = "Certified for those approved before only", "yellow"
    words = [(f"{heading} ({found.method}): {found.claim}", style)]
    gamma = found.breakdown_gamma
    if gamma is not None:
        far = "whatever they are" if math.isinf(gamma) else f"up to {gamma:.3g} times those"
        words.append(
            (
                "For everybody, the cap would hold as long as the odds of bad of those not "
                f"approved are {far}{' of the approved' if not math.isinf(gamma) else ''} "
                "(breakdown Gamma).",
                "",
            )
        )
    return words


def _against(tuned: TunedCutoff) -> list[tuple[str, str]]:
    found = tuned.comparison
    if found is None:
        return []
    goods = _compared(found.goods, found.goods_lower, "+,.1f")
    profit = _compared(found.profit, found.profit_lower, "+,.0f")
    # What reviews bring is as sure as what is said of reviewers.
    reviewed = ", if reviewers err as stated" if found.with_reviews else ""
    numbers = (
        "Against the past policy, per 1,000 applications, each with "
        f"{percent(found.confidence, 0)} confidence (approximate{reviewed}): goods approved "
        f"{goods}; profit {profit}."
    )
    if tuned.shown_no_worse:
        return [(f"{numbers} Shown to be no worse: {_grounds(tuned)}.", "green")]
    broken = "; ".join(map(str, tuned.broken_before))
    weigh = tuned.recommendation == "weigh the two"
    advice = f"But that breaks {broken}: weigh the two." if weigh else "Keep the past policy."
    verdict = f"Not shown to be no worse than the past policy: {_doubts(tuned)}. {advice}"
    return [(f"{numbers} {verdict}", "yellow")]


def _compared(point: float, lower: float, digits: str) -> str:
    known = "cannot be told" if math.isnan(point) else f"{1000 * point:{digits}}"
    return f"{known}, at least {1000 * lower:{digits}}"


def _grounds(tuned: TunedCutoff) -> str:
    found = tuned.comparison
    assert found is not None  # noqa: S101 - so says the caller
    if tuned.goal.objective == "profit":
        return "it does not earn less"
    if found.profit_lower >= 0:
        return "it approves no fewer goods and does not earn less"
    kept = "; ".join(map(str, tuned.shown_limits))
    assumed = tuned.labels == "approved only" and tuned.goal.gamma is not None
    under = f", if gamma is no more than {tuned.goal.gamma:g}" if assumed else ""
    return (
        f"it approves no fewer goods and keeps to {kept} for all whom it approves{under}; it may "
        "earn less"
    )


def _doubts(tuned: TunedCutoff) -> str:
    found = tuned.comparison
    assert found is not None  # noqa: S101 - so says the caller
    if tuned.goal.objective == "profit":
        return "it may earn less"
    if not found.goods_lower >= 0:
        return "it may approve fewer goods"
    if found.with_reviews:
        return "it may earn less, and what is approved after reviews is expected, not shown"
    bounds = [
        f"{limit} (at most {percent(tuned.upper_limit(limit))})" for limit in tuned.open_limits
    ]
    risked = f" and break {'; '.join(bounds)}" if bounds else ""
    return f"what it risks is not shown, for it may earn less{risked}"


def _money(tuned: TunedCutoff) -> list[tuple[str, str]]:
    ways = tuned.most_profitable
    if tuned.goal.objective != "profit" or not ways:
        return []
    rows = tuned.curve.set_index("pd_cutoff")["model_profit"]
    shown = [f"{way} {ways[way]:.4f}" for way in ("model", "estimate")]
    less = rows[ways["model"]] - rows[ways["estimate"]]
    apart = any(not math.isclose(a, b) for a, b in pairwise(ways.values()))
    worth = abs(less) > _NOTABLE * abs(rows[ways["model"]])
    note = (
        f"; the latter is expected to earn {less:,.2f} less per application"
        if apart and worth
        else ""
    )
    return [
        (
            "Most profitable PD cut-off whatever the limits, by PDs smoothed to the labels and by "
            f"the estimate itself, which is noisier: {', '.join(shown)}{note}.",
            "",
        )
    ]
