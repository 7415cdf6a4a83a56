"""What becomes of everybody who is approved, and would have become of everybody who is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from riskkit._checks import Flags, Floats
from riskkit._records import STRICT
from riskkit.applicants.world.arrears import Courses
from riskkit.applicants.world.chain import DEFAULT, remaining
from riskkit.applicants.world.effects import Effects
from riskkit.applicants.world.marginals import Codes
from riskkit.applicants.world.people import MONTHS_A_YEAR
from riskkit.lending import CAUSES, Cause

Fraction = Annotated[float, Field(ge=0, le=1)]
#: What a stopped applicant does who does not try again.
Reaction = Literal["buys", "abandons", "leaves"]
REACTIONS: tuple[Reaction, ...] = ("buys", "abandons", "leaves")


class Interaction(BaseModel):
    """Two columns that are worse together: the product of their effects' positive parts.

    Positive parts are smooth, ln(1 + exp(effect)), so that the PD rises in both columns exactly
    in the directions in which it rises in each.
    """

    model_config = STRICT

    first: str  #: A column with an effect.
    second: str  #: Another column with an effect.
    weight: float = Field(ge=0)  #: Log-odds per squared log-odds.


class Risk(BaseModel):
    """How likely an applicant is to default, given the columns and a factor that nobody sees."""

    model_config = STRICT

    intercept: float  #: Log-odds of bad where every effect is 0.
    hidden: float = Field(ge=0)  #: Standard deviation of what no column shows [log-odds].
    effects: Effects  #: Effect of each column.
    interactions: tuple[Interaction, ...] = ()  #: Pairs of columns that are worse together.

    @model_validator(mode="after")
    def _check(self) -> "Risk":
        for pair in self.interactions:
            for name in (pair.first, pair.second):
                if name not in self.effects:
                    raise ValueError(f"interactions: {name} has no effect of its own")
        return self


class Money(BaseModel):
    """What a loan earns and loses, and what a stopped customer does."""

    model_config = STRICT

    merchant_commission: Fraction  #: Earned on every loan [fraction of the amount].
    funding: Fraction  #: Cost of funds [fraction of the balance per year].
    lgd: Fraction  #: Loss given default [fraction of the exposure].
    lifetime_value: float = Field(ge=0)  #: Future margin of a good customer [fraction of amount].
    #: By cause of the stop, what those do who do not try again [fraction].
    after_stop: Mapping[Cause, Mapping[Reaction, Fraction]]

    @model_validator(mode="after")
    def _check(self) -> "Money":
        for cause in CAUSES:
            shares = self.after_stop.get(cause, {})
            if set(shares) != set(REACTIONS) or abs(sum(shares.values()) - 1) > 1e-9:  # noqa: PLR2004 - a rounding error
                raise ValueError(
                    f"after_stop.{cause} must share 1 out among buys, abandons and leaves"
                )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPlan:
    """The risk of a world, ready to be looked up."""

    intercept: float
    hidden: float
    #: Effect of each code, the last of a missing value, and its smooth positive part.
    effects: dict[str, Floats]
    positive: dict[str, Floats]
    interactions: tuple[Interaction, ...]

    @classmethod
    def of(cls, risk: Risk, supports: Mapping[str, "Floats | tuple[str, ...]"]) -> "RiskPlan":
        """Tabulate the effects on the values that each column can take."""
        effects = {n: effect.table(supports[n]) for n, effect in risk.effects.items()}  # type: ignore[arg-type]
        paired = {name for pair in risk.interactions for name in (pair.first, pair.second)}
        return cls(
            intercept=risk.intercept,
            hidden=risk.hidden,
            effects=effects,
            positive={name: np.logaddexp(0, effects[name]) for name in paired},
            interactions=risk.interactions,
        )

    def log_odds(self, codes: Mapping[str, Codes], hidden: Floats) -> Floats:
        """Return the log-odds of bad under a neutral macro factor, shape (n_applicants,)."""
        total = self.intercept + self.hidden * hidden
        for name, table in self.effects.items():
            total += table[codes[name]]
        for pair in self.interactions:
            first, second = pair.first, pair.second
            both = self.positive[first][codes[first]] * self.positive[second][codes[second]]
            total += pair.weight * both
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """What was asked for; arrays of shape (n_applicants,)."""

    amount: Floats  #: Amount [currency].
    term: NDArray[np.int64]  #: Instalments.
    fee_rate: Floats  #: Fee per instalment [fraction of the amount].


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a loan is worth if it is made; arrays of shape (n_applicants,) [currency]."""

    exposure: Floats  #: Still owed at default; 0 where there is none.
    loss: Floats  #: Lost at default.
    margin: Floats  #: Commission, and fees of the instalments paid, less funding over the term.


def loan_results(money: Money, loan: Loan, courses: Courses) -> Results:
    """Return what each loan earns and loses.

    Parameters
    ----------
    money : Money
        Commission, funding and loss given default.
    loan : Loan
        What was asked for.
    courses : Courses
        What becomes of it.

    Returns
    -------
    Results
        Exposure, loss and margin, rounded to cents.
    """
    defaulted = courses.default_month > 0
    owed = remaining(loan.term, courses.default_month.astype(np.int64), DEFAULT)
    exposure = np.where(defaulted, loan.amount * owed, 0.0)
    paid = np.where(defaulted, loan.term * (1 - owed), loan.term)
    fees = loan.amount * loan.fee_rate * paid
    commission = loan.amount * money.merchant_commission
    # An instalment loan owes half of the amount, and half an instalment, on average.
    years = (loan.term + 1) / (2 * MONTHS_A_YEAR)
    return Results(
        exposure=_cents(exposure),
        loss=_cents(exposure * money.lgd),
        margin=_cents(fees + commission - money.funding * years * loan.amount),
    )


def draw_reactions(
    money: Money, stopped_by: NDArray[np.int8], again: Flags, rng: np.random.Generator
) -> NDArray[np.int8]:
    """Draw what each stopped applicant does.

    Parameters
    ----------
    money : Money
        Shares by cause.
    stopped_by : array of int, shape (n_applicants,)
        Position of the cause among the causes; -1 where approved.
    again : array of bool, shape (n_applicants,)
        Who tries again.
    rng : Generator
        Source of randomness.

    Returns
    -------
    array of int, shape (n_applicants,)
        -1 approved, 0 tries again, 1 buys without credit, 2 abandons the basket, 3 leaves.
    """
    shares = [[money.after_stop[cause][reaction] for reaction in REACTIONS] for cause in CAUSES]
    cumulated = np.vstack([np.cumsum(shares, axis=1), np.zeros(len(REACTIONS))])
    draws = rng.random(stopped_by.size, dtype=np.float32)
    reactions = np.ones(stopped_by.size, dtype=np.int8)
    for nth in range(len(REACTIONS) - 1):
        reactions += draws >= cumulated[stopped_by, nth]
    return np.where(stopped_by < 0, -1, np.where(again, 0, reactions)).astype(np.int8)


def stop_costs(
    money: Money, reactions: NDArray[np.int8], margin: Floats, loan: Loan, good: Flags
) -> Floats:
    """Return what the lender loses by having stopped each good applicant [currency].

    The margin of the loan where the customer buys without credit or abandons the basket, and the
    future margin too where the customer leaves; nothing where the customer tries again, and
    nothing for bads.
    """
    leaves = reactions == len(REACTIONS)
    lost = np.maximum(margin, 0) + np.where(leaves, money.lifetime_value * loan.amount, 0.0)
    return _cents(np.where(good & (reactions > 0), lost, 0.0))


def _cents(money: Floats) -> Floats:
    return np.asarray(np.round(money, 2), dtype=np.float64)
