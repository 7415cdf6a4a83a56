"""Which cut-offs keep to several limits at once; where none does, which limits clash; their price.

Rates come as columns over the cut-offs. Limits are compared with estimates here; what is certified
comes as a set of cut-offs that passed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from riskkit._checks import Flags, Floats
from riskkit.decisions.goals import CEILINGS
from riskkit.errors import InfeasibleCutoffError, TooFewRowsError
from riskkit.lending import Limit

#: One percentage point.
POINT = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedCurve:
    """Cut-offs and what limits are compared with, arrays of shape (n_cutoffs,)."""

    cutoffs: Floats  #: PD cut-offs, rising [fraction].
    approval_rate: Floats  #: Approved at each [fraction].
    rates: Mapping[Limit, Floats]  #: The limited rate; NaN where it cannot be told [fraction].
    passed: Mapping[Limit, Flags]  #: For certified limits: whether the cut-off passed.
    enough: Flags  #: Whether so many known are approved that a rate without a bad says something.
    least: int  #: So many.
    n_applicants: int  #: Of all these, whose outcomes are known.

    def meets(self, limit: Limit) -> Flags:
        """Return the cut-offs that keep to one limit."""
        if limit in self.passed:
            return self.passed[limit]
        values = self.rates[limit]
        fine = ~np.isnan(values) & (limit.sign * (values - limit.bound) <= 0)
        return fine & self.enough_for(limit)

    def enough_for(self, limit: Limit) -> Flags:
        """Return the cut-offs whose known outcomes say something of a limit: all, but of bads."""
        return self.enough | (limit.rate not in CEILINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowPrice:
    """What one more percentage point of a limit would buy, by what the cut-off is chosen by."""

    limit: str  #: The limit, in words.
    binding: bool  #: Whether it holds the objective back.
    pd_cutoff: float  #: The cut-off that would then be chosen [fraction].
    goods: float  #: More goods approved per application.
    profit: float
    """More profit per application [currency]: where it is the objective by smoothed PDs, which
    decide, else by the estimate."""


def feasible_cutoffs(curve: LimitedCurve, limits: Sequence[Limit]) -> Flags:
    """Return which cut-offs keep to every limit.

    Parameters
    ----------
    curve : LimitedCurve
        Cut-offs and the limited rates.
    limits : sequence of Limit
        What is to be kept to.

    Returns
    -------
    array of bool, shape (n_cutoffs,)
        At least one is True.

    Raises
    ------
    InfeasibleCutoffError
        If none does: the message names the smallest set of limits that clash, and for each the
        nearest that can be had while the others hold.
    TooFewRowsError
        If not even all applicants with an outcome could show a limit: how many it takes.
    """
    _check_enough(curve, limits)
    met = {limit: curve.meets(limit) for limit in limits}
    together = np.all([*met.values(), np.ones(len(curve.cutoffs), dtype=bool)], axis=0)
    if together.any():
        return together
    clashes = (
        clashing
        for size in range(1, len(limits) + 1)
        for clashing in combinations(limits, size)
        if not np.all([met[limit] for limit in clashing], axis=0).any()
    )
    raise InfeasibleCutoffError(_clash(curve, next(clashes), met))


def shadow_prices(
    curve: LimitedCurve, limits: Sequence[Limit], *, chosen: int, rows: pd.DataFrame, best_by: str
) -> tuple[ShadowPrice, ...]:
    """Return what loosening each limit by one point, from where the chosen cut-off stands, buys.

    Parameters
    ----------
    curve : LimitedCurve
        Cut-offs and the limited rates.
    limits : sequence of Limit
        What is to be kept to: others stay as they are, or as the chosen cut-off keeps them, if
        that is looser.
    chosen : int
        Place of the chosen cut-off.
    rows : DataFrame
        ``approval_rate``, ``bad_rate``, ``profit`` and the objective, one row per cut-off.
    best_by : {"approval_rate", "profit", "model_profit"}
        The column that is to be highest; money is counted by it where it is money, so that no
        limit that holds profit back has a negative price.

    Returns
    -------
    tuple of ShadowPrice
        One for each limit, on estimates: certified or not.
    """
    return tuple(_price(curve, limits, limit, chosen, rows, best_by) for limit in limits)


def _check_enough(curve: LimitedCurve, limits: Sequence[Limit]) -> None:
    # Limits on bads; the others are met whoever is known.
    low = [limit for limit in limits if limit.rate in CEILINGS and limit not in curve.passed]
    if low and curve.least > curve.n_applicants:
        strictest = min(low, key=lambda limit: limit.bound)
        raise TooFewRowsError(
            f"{strictest} cannot be told from so few: even without a single bad among them it "
            f"takes {curve.least} approved applicants with an outcome, but there are "
            f"{curve.n_applicants}."
        )


def _price(  # noqa: PLR0913, PLR0917 - one limit in the surroundings of its choice
    curve: LimitedCurve,
    limits: Sequence[Limit],
    loosened: Limit,
    chosen: int,
    rows: pd.DataFrame,
    best_by: str,
) -> ShadowPrice:
    allowed = np.ones(len(curve.cutoffs), dtype=bool)
    for limit in limits:
        values = limit.sign * curve.rates[limit]
        if limit is loosened:
            allowed &= values <= values[chosen] + 1e-12 + POINT
        else:
            allowed &= (values <= values[chosen] + 1e-12) | curve.meets(limit)
    objective = rows[best_by].where(allowed)
    best = int(objective.argmax()) if objective.notna().any() else chosen
    goods = rows["approval_rate"] * (1 - rows["bad_rate"])
    money = rows["profit" if best_by == "approval_rate" else best_by]
    return ShadowPrice(
        limit=str(loosened),
        binding=best != chosen,
        pd_cutoff=float(curve.cutoffs[best]),
        goods=float(goods.iloc[best] - goods.iloc[chosen]),
        profit=float(money.iloc[best] - money.iloc[chosen]),
    )


def _clash(curve: LimitedCurve, clashing: Sequence[Limit], met: Mapping[Limit, Flags]) -> str:
    names = " and ".join(map(str, clashing))
    if len(clashing) == 1:
        nearest = _nearest(curve, clashing[0], np.ones(len(curve.cutoffs), dtype=bool))
        among = "" if curve.least == 1 or clashing[0].rate not in CEILINGS else (
            f" that approves at least {curve.least} of {curve.n_applicants} known applicants"
        )  # fmt: skip
        return f"No cut-off{among} has {names}; {nearest}."
    others = {
        limit: np.all([met[other] for other in clashing if other is not limit], axis=0)
        for limit in clashing
    }
    nearest_of = [
        f"with {' and '.join(str(other) for other in clashing if other is not limit)}, "
        f"{_nearest(curve, limit, others[limit])}"
        for limit in clashing
    ]
    return f"No cut-off has {names} together; {'; '.join(nearest_of)}."


def _nearest(curve: LimitedCurve, limit: Limit, allowed: Flags) -> str:
    values = np.where(allowed & curve.enough_for(limit), limit.sign * curve.rates[limit], np.nan)
    extreme = "lowest" if limit.sign > 0 else "highest"
    if np.isnan(values).all():
        return f"no {limit.rate} can be told there, for too few are approved"
    best = int(np.nanargmin(values))
    sure = " that is certified lies beyond" if limit in curve.passed else ""
    return (
        f"the {extreme} {limit.rate}{' (estimated)' if sure else ''} is "
        f"{curve.rates[limit][best]:.4f}, at a PD cut-off of {curve.cutoffs[best]:.4g}, which "
        f"approves {curve.approval_rate[best]:.1%}"
    )
