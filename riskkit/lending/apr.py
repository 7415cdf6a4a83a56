"""The annual percentage rate of a fee per instalment."""

from dataclasses import dataclass

from scipy.optimize import brentq

from riskkit.errors import DataError

_MONTHS = 12
_HIGHEST_MONTHLY_RATE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualRate:
    """What a loan costs per year."""

    nominal: float  #: Twelve times the monthly internal rate of return [fraction].
    effective: float  #: The same with interest on interest [fraction].


def fee_apr(fee_rate: float, term: int) -> AnnualRate:
    """Return the annual rate of equal instalments with a fee on the whole amount in each.

    Parameters
    ----------
    fee_rate : float
        Fee per instalment [fraction of the amount].
    term : int
        Monthly instalments.

    Returns
    -------
    AnnualRate
        From the rate r that solves ``sum of (1 / term + fee_rate) / (1 + r)^k = 1`` [1]_.

    Raises
    ------
    DataError
        If ``fee_rate`` is negative or above 1, or ``term`` below 1.

    References
    ----------
    .. [1] Directive (EU) 2023/2225 on credit agreements for consumers, annex III.

    Examples
    --------
    >>> round(100 * fee_apr(0.005, 12).nominal, 4)
    10.8964
    """
    if not 0 <= fee_rate <= 1:
        raise DataError(f"fee_rate must lie between 0 and 1, but is {fee_rate}.")
    if term < 1:
        raise DataError(f"term must be at least 1, but is {term}.")
    if fee_rate == 0:
        return AnnualRate(nominal=0.0, effective=0.0)
    instalment = 1 / term + fee_rate

    def excess(rate: float) -> float:
        return instalment * (1 - (1 + rate) ** -term) / rate - 1

    monthly = brentq(excess, 1e-9, _HIGHEST_MONTHLY_RATE, xtol=1e-14)
    return AnnualRate(nominal=_MONTHS * monthly, effective=(1 + monthly) ** _MONTHS - 1)
