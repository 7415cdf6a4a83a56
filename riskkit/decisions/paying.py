"""Whether loans can pay at all: where not even one without a risk does, no cut-off can."""

import math
from dataclasses import dataclass

import numpy as np

from riskkit._checks import Floats
from riskkit.decisions.goals import Objective
from riskkit.decisions.ledger import CENTS, ScoreLedger
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanSizes:
    """How large loans are, for what handling one costs weighs on small ones [currency]."""

    mean: float  #: Of all applicants.
    largest: float  #: Of those who bear their handling best, on average.


def loan_sizes(approved: Floats, amount: Floats) -> LoanSizes:
    """Return the sizes of loans along some cut-offs, the last of which approves everybody.

    Parameters
    ----------
    approved : array of float, shape (n_cutoffs,)
        Applicants whom each approves, at least one.
    amount : array of float, shape (n_cutoffs,)
        Their amounts [currency].

    Returns
    -------
    LoanSizes
        The largest is the highest mean amount that a cut-off can have.

    Examples
    --------
    >>> loan_sizes(np.array([1.0, 4.0]), np.array([50.0, 400.0]))
    LoanSizes(mean=100.0, largest=100.0)
    """
    means = amount / approved
    return LoanSizes(mean=float(means[-1]), largest=float(means.max()))


def loan_sizes_of(ledger: ScoreLedger) -> LoanSizes:
    """Return the sizes of loans along all cut-offs of a ledger.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population, not empty.

    Returns
    -------
    LoanSizes
        By every band with somebody in it.
    """
    approved, amount = (
        np.cumsum(ledger.all_groups(name).sum(axis=0).astype(np.float64))
        for name in ("applicants", "amount")
    )
    some = approved > 0
    return loan_sizes(approved[some], amount[some] / CENTS)


def check_pays(
    economics: LoanEconomics, sizes: LoanSizes, *, objective: Objective, of: str = ""
) -> tuple[str, ...]:
    """Refuse to look for profit where no loan can pay; warn where none, or not the mean one, can.

    Parameters
    ----------
    economics : LoanEconomics
        What goods, bads and wrongly stopped goods are worth.
    sizes : LoanSizes
        How large the loans are.
    objective : {"goods", "approval", "profit"}
        What a cut-off is chosen for.
    of : str
        The segment whose loans these are; empty for all.

    Returns
    -------
    tuple of str
        A sentence, or nothing where the mean loan pays.

    Raises
    ------
    DataError
        If profit is the objective and even a loan without risk costs more than it brings.

    Examples
    --------
    >>> sizes = LoanSizes(mean=100.0, largest=200.0)
    >>> check_pays(LoanEconomics(), sizes, objective="goods")
    ()
    >>> check_pays(LoanEconomics(operating=12.0), sizes, objective="profit")[0][:34]
    'The mean loan, 100, can never pay:'
    """
    whose = f" of {of}" if of else ""
    if not _pays(economics, sizes.largest):
        # What a loan costs beside its share grows less on larger ones, some of which could pay.
        whatever_its_size = not _pays(economics, math.inf)
        which = "every loan" if whatever_its_size else "the mean loan of every cut-off"
        said = (
            f"economics{whose} make {which} unprofitable: "
            f"{_account(economics, sizes.largest)}, so that no cut-off can pay."
        )
        if objective == "profit":
            raise DataError(said)
        return (f"The {said} This one was chosen for {objective} all the same.",)
    if not _pays(economics, sizes.mean):
        return (
            f"The mean loan{whose}, {sizes.mean:g}, can never pay: "
            f"{_account(economics, sizes.mean)}. Only larger ones can.",
        )
    return ()


def _pays(economics: LoanEconomics, amount: float) -> bool:
    # Where no money is lent, there is nothing to say.
    return amount <= 0 or economics.break_even_pd(amount) > 0


def _account(economics: LoanEconomics, amount: float) -> str:
    reward = economics.margin + economics.churn * economics.lifetime_value
    cost = economics.funding + economics.operating / amount
    return (
        f"even without a bad, a loan brings {reward:g} of its amount (margin, and customers kept) "
        f"and costs {cost:g} (funding and operating)"
    )
