"""A plan of random approvals as a table that a person reads in a terminal."""

import math

import numpy as np
import pandas as pd
from rich import box

from riskkit._tables import Table
from riskkit.decisions import CertificateExploration, ExplorationPlan, UniformExploration
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
    """Return what a plan promises, beside exploring alike everywhere.

    Parameters
    ----------
    plan : ExplorationPlan
        What was planned.

    Returns
    -------
    list of str
        Sentences: of whom, what is assumed, how wide the intervals become, by how much uniform
        exploration differs, and where approving pays by itself.
    """
    words = [
        f"Of {plan.n_applicants:,.0f} applicants at the score gate, {plan.n_tuned:,.0f} are tuning "
        "rows: on these `riskkit tune` draws its intervals, however many were explored in all."
    ]
    if plan.gamma is not None:
        words.append(
            "Nobody was approved at random yet: would-be rejections are taken as if their odds of "
            f"bad were {plan.gamma:g} times those of the approved of the same PD (gamma, an "
            "assumption that no data of the table can check)."
        )
    words += [
        f"{percent(plan.confidence, 0)} interval of the {name} at a PD cut-off of "
        f"{plan.cutoff:.4g}: {_wide(plan.widths[rate])}{_if_worse(plan, rate)}."
        for rate, name in _NAMES.items()
    ]
    words += [
        _uniform("Exploring as many alike everywhere", plan.as_many),
        "No exploration alike everywhere has this price."
        if plan.as_dear is None
        else _uniform("Exploring alike everywhere at the same price", plan.as_dear),
    ]
    if plan.pays.any():
        words.append(_where_it_pays(plan))
    return [
        *words,
        "Price: expected loss of the explored less what the good among them bring; negative where "
        "they bring more. Draw each would-be rejection with the probability of its band, and log "
        "it as the propensity.",
    ]


def certificate_words(found: CertificateExploration) -> list[str]:
    """Return what it takes until a certificate exists, and until it is likely.

    Parameters
    ----------
    found : CertificateExploration
        What was planned.

    Returns
    -------
    list of str
        Sentences: the estimated rate beside the cap, the least budget, and the likely one.
    """
    limit, least, plan = found.limit, found.least, found.plan
    return [
        f"At a PD cut-off of {plan.cutoff:.4g} the bad rate is estimated at "
        f"{percent(found.bad_rate)}; the cap is {percent(limit.bound)}. The certificate is drawn "
        f"from {found.n_certified:,} tuning rows, one application per customer.",
        f"For it to exist at all: approve {_budget(least)}; it then reaches the cut-off with a "
        f"chance of {percent(found.chance_of_least, 0)}.",
        f"To have it with a chance of {percent(found.wanted, 0)}: approve {_budget(plan)} (the "
        "table above)."
        if found.chance >= found.wanted
        else f"A chance of {percent(found.wanted, 0)} is not to be had with so few applicants: "
        f"even to approve {_budget(plan)} (the table above, the most allowed) gives it a chance of "
        f"{percent(found.chance, 0)} only. Explore more applicants, or take a stricter cut-off.",
        "Chances are simulated with the certificate's own test, as if the estimated bad rates were "
        "true.",
    ]


def _budget(plan: ExplorationPlan) -> str:
    return (
        f"{percent(float(plan.propensity.max()), 2)} of the would-be rejections up to the cut-off, "
        f"about {plan.n_explored:,.0f}, at a price of {plan.price:,.0f}"
    )


def _where_it_pays(plan: ExplorationPlan) -> str:
    shares, pays = plan.propensity[plan.propensity > 0], plan.pays
    hence = "" if np.ptp(shares) == 0 else ", hence the largest share allowed"
    return (
        f"In {int(pays.sum())} of the bands explored, up to a PD of "
        f"{plan.bands.pd_up_to[pays].max():.4g}, approving brings more than it loses: to approve "
        f"them outright pays, whatever is learnt{hence}."
    )


def _uniform(how: str, alike: UniformExploration) -> str:
    widths = [f"{_wide(alike.widths[rate])} ({name})" for rate, name in _NAMES.items()]
    return (
        f"{how} ({alike.n_explored:,.0f}, {percent(alike.propensity, 2)} each, price "
        f"{alike.price:,.0f}): {', '.join(widths)}."
    )


def _if_worse(plan: ExplorationPlan, rate: str) -> str:
    if plan.widths_if_worse is None or plan.gamma is None or math.isinf(plan.widths[rate]):
        return ""
    return f" ({_wide(plan.widths_if_worse[rate])} were gamma {2 * plan.gamma:g})"


def _wide(width: float) -> str:
    return "not to be had" if math.isinf(width) else f"{100 * width:.2f} points wide"
