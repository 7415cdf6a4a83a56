"""What a good, a bad and a wrongly stopped good are worth to the lender."""

from dataclasses import dataclass

from numpy.typing import ArrayLike
from pydantic import Field

from riskkit._checks import Floats, as_finite
from riskkit._records import StrictRecord
from riskkit.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanValues:
    """Money per applicant under each decision and outcome [currency]."""

    good_if_approved: Floats  #: Margin less funding and operating cost, shape (n_applicants,).
    bad_if_approved: Floats  #: Loss given default, funding and operating cost; negative.
    good_if_stopped: Floats  #: Expected lifetime value lost with those who leave; not positive.


class LoanEconomics(StrictRecord):
    """Economics of one product, per unit of the amount applied for unless stated otherwise."""

    margin: float = Field(0.06, ge=0)  #: Fees and merchant commission of a good loan [fraction].
    lgd: float = Field(0.85, ge=0, le=1)  #: Loss given default [fraction of exposure].
    ead: float = Field(1.0, gt=0)  #: Exposure at default [fraction of amount].
    funding: float = Field(0.0, ge=0)  #: Cost of funds over the loan's life [fraction].
    operating: float = Field(0.0, ge=0)  #: Cost of handling one approved loan [currency].
    churn: float = Field(0.10, ge=0, le=1)  #: Share of wrongly stopped goods who leave [fraction].
    lifetime_value: float = Field(0.30, ge=0)  #: Future margin of a good customer [fraction].

    amount_max: float | None = Field(None, gt=0)
    """Largest amount the product grants, a rule fixed beforehand; certificates of money need it
    [currency]."""

    def values(self, amount: ArrayLike) -> LoanValues:
        """Return what each applicant is worth under each decision and outcome.

        Parameters
        ----------
        amount : array-like, shape (n_applicants,)
            Amount applied for [currency]; ones where money is counted per application.

        Returns
        -------
        LoanValues
            Money per applicant [currency].

        Raises
        ------
        DataError
            If an amount is not finite, negative, or above `amount_max`.

        Examples
        --------
        >>> values = LoanEconomics(margin=0.06, lgd=0.5).values([100.0])
        >>> values.good_if_approved[0], values.bad_if_approved[0]
        (np.float64(6.0), np.float64(-50.0))
        """
        (amounts,) = as_finite(amount=amount)
        if (amounts < 0).any():
            raise DataError(
                f"amount must not be negative, but {int((amounts < 0).sum())} of {amounts.size} "
                f"values are; the lowest is {amounts.min()}."
            )
        if self.amount_max is not None and (amounts > self.amount_max).any():
            too_large = amounts > self.amount_max
            raise DataError(
                f"amount must be at most amount_max, {self.amount_max:g}, but "
                f"{int(too_large.sum())} of {amounts.size} values are larger; the highest is "
                f"{amounts.max():g}."
            )
        return LoanValues(
            good_if_approved=amounts * (self.margin - self.funding) - self.operating,
            bad_if_approved=-amounts * (self.lgd * self.ead + self.funding) - self.operating,
            good_if_stopped=-amounts * self.churn * self.lifetime_value,
        )

    def break_even_pd(self, amount: float = 1.0) -> float:
        """Return the PD at which approving and stopping are worth the same.

        Parameters
        ----------
        amount : float
            Amount applied for [currency]; it matters only where there is an operating cost.

        Returns
        -------
        float
            ``(r + v - c) / (r + v + LGD x EAD)`` [fraction], with margin r, churn x lifetime
            value v, and funding and operating cost c per unit of amount; it is not positive
            where no loan can pay.

        Raises
        ------
        DataError
            If the amount is negative, or zero where handling it costs something, or neither a good
            nor a bad would change anything.

        Examples
        --------
        >>> round(LoanEconomics(margin=0.06, lgd=0.85, churn=0).break_even_pd(), 7)
        0.0659341
        """
        if not amount > 0 and (amount != 0 or self.operating):
            raise DataError(
                f"amount must lie above 0, for it bears the operating cost, but is {amount}."
            )
        reward = self.margin + self.churn * self.lifetime_value
        if not reward + self.lgd * self.ead:
            raise DataError(
                "These economics have no break-even PD: a good brings nothing and a bad loses "
                "nothing; give a margin, churn and lifetime_value, or an lgd."
            )
        cost = self.funding + (self.operating / amount if self.operating else 0.0)
        return (reward - cost) / (reward + self.lgd * self.ead)
