"""A plan of random approvals as a table that a person reads in a terminal."""

import math

import pandas as pd
from rich import box

from riskkit._tables import Table
from riskkit.decisions import ExplorationPlan
from riskkit.reports.tables import percent

_NAMES = {"bad_rate": "bad rate", "false_rejection_rate": "false rejection rate"}


def exploration_frame(plan: ExplorationPlan) -> pd.DataFrame:
    """Return a plan as plain rows, one for each PD band.

    Parameters
    ----------
    plan : ExplorationPlan
        What was planned.

    Returns
    -------
    DataFrame
        Ends of the band, would-be rejections, bad rate, price of one exploration, the probability
        of approval to draw with and to log, and the expected number and price.
    """
    bands = plan.bands
    explored = bands.n * plan.propensity
    return pd.DataFrame(
        {
            "pd_above": bands.pd_above,
            "pd_up_to": bands.pd_up_to,
            "would_be_rejections": bands.n,
            "bad_rate": bands.bad_rate,
            "price_each": bands.price,
            "propensity": plan.propensity,
            "explored": explored,
            "price": explored * bands.price,
        }
    )


def exploration_table(plan: ExplorationPlan) -> Table:
    """Return where to explore, how many, and at what price.

    Parameters
    ----------
    plan : ExplorationPlan
        What was planned.

    Returns
    -------
    Table
        One row per PD band, the last one for all.
    """
    table = Table(title="Where to approve at random", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("PD above", "up to", "rejected", "bad rate", "approve", "expected", "price"):
        table.add_column(heading, justify="right")
    rows = exploration_frame(plan)
    for row in rows.itertuples():
        table.add_row(
            f"{row.pd_above:.4f}",
            f"{row.pd_up_to:.4f}",
            f"{row.would_be_rejections:,.0f}",
            percent(row.bad_rate, 1),
            percent(row.propensity, 1),
            f"{row.explored:,.0f}",
            f"{row.price:,.0f}",
        )
    table.add_section()
    rejected = rows["would_be_rejections"].sum()
    table.add_row(
        "all", "", f"{rejected:,.0f}", "", percent(plan.n_explored / rejected, 1),
        f"{plan.n_explored:,.0f}", f"{plan.price:,.0f}",
    )  # fmt: skip
    return table


def exploration_words(plan: ExplorationPlan) -> list[str]:
    """Return what a plan promises, beside exploring as many alike everywhere.

    Parameters
    ----------
    plan : ExplorationPlan
        What was planned.

    Returns
    -------
    list of str
        Sentences.
    """
    words = [
        f"{percent(plan.confidence, 0)} interval of the {name} at a PD cut-off of "
        f"{plan.cutoff:.4g}: {_wide(plan.widths[rate])}; exploring as many alike everywhere, "
        f"{_wide(plan.uniform_widths[rate])}."
        for rate, name in _NAMES.items()
    ]
    return [
        *words,
        "Price: expected loss of the explored less what the good among them bring. Draw each "
        "would-be rejection with the probability of its band, and log it as the propensity.",
    ]


def _wide(width: float) -> str:
    return "not to be had" if math.isinf(width) else f"{100 * width:.2f} points wide"
