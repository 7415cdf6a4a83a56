"""The loan book of a world at every month-end: how much of it is past due."""

import numpy as np
import pandas as pd

from riskkit.applicants.world.chain import Chain
from riskkit.applicants.world.draw import World
from riskkit.applicants.world.plan import WorldPlan


def loan_book(plan: WorldPlan, world: World) -> pd.DataFrame:
    """Return the balance of the approved loans at every month-end, and the shares past due.

    Each loan counts with the expected balance in each state of its arrears chain, so that the
    shares carry the randomness of who applies and is approved, not that of single loans.

    Parameters
    ----------
    plan : WorldPlan
        The world.
    world : World
        Applicants drawn from it.

    Returns
    -------
    DataFrame
        Index: month-ends. Columns: `balance` [currency] of all loans not written off, and
        `past_due_1`, `past_due_31`, `past_due_61`, `past_due_91`: the share of the balance at least
        so many days past due [fraction]; 0 where there is no balance.
    """
    approved = (world.applications["approved"] == 1).to_numpy()
    loans, pds = world.applications[approved], world.truth["truth_pd"].to_numpy()[approved]
    first = plan.spec.days[0].to_period("M")
    month = plan.calendar.months_of(loans["applied_at"])
    term = np.searchsorted(plan.arrears.terms, loans["term"]).astype(np.int16)
    cells = plan.arrears.coarse_cells(plan.arrears.neutral_log_odds(pds, month=month, term=term))
    chain = Chain(
        arrears=plan.spec.arrears,
        loading=plan.arrears.loading,
        macro=plan.arrears.macro,
        terms=plan.arrears.terms,
    )
    lent = np.zeros((chain.n_months, *plan.arrears.weakness.shape))
    np.add.at(lent, (month, term, cells), loans["amount"].to_numpy(np.float64))
    states = chain.expected_book(plan.arrears.weakness, lent)[1 : chain.n_months + 1]
    balance = states.sum(axis=1)
    late = np.cumsum(states[:, ::-1], axis=1)[:, ::-1] / np.maximum(balance, 1e-9)[:, None]
    return pd.DataFrame(
        {"balance": balance}
        | {f"past_due_{days}": late[:, j] for j, days in enumerate((1, 31, 61, 91), start=1)},
        index=pd.period_range(first + 1, periods=len(balance), freq="M", name="month"),
    )
