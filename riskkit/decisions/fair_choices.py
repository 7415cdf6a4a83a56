"""Fairer cut-offs: the price of a limit on the gap, and what discriminates less for its money.

Every group has the same cut-off: other cut-offs by sex or age would treat like applicants unlike.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from riskkit._checks import Floats
from riskkit.applicants import History
from riskkit.decisions.bands import edge_above
from riskkit.decisions.estimates import tradeoff_curve
from riskkit.decisions.fairness import group_curves, group_sample
from riskkit.decisions.grids import cutoff_grid
from riskkit.decisions.paying import LoanSizes, check_pays
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import LoanEconomics

_RATE = "false_rejection_rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class FairPoint:
    """One model with one cut-off for everybody."""

    model: str  #: Whose PDs.
    pd_cutoff: float  #: Approved at or below it [fraction].
    approval_rate: float  #: Approved among applicants at the score gate [fraction].
    bad_rate: float  #: Bads among the approved [fraction].
    false_rejection_rate: float  #: Rejected among the goods [fraction].
    gap: float  #: The highest less the lowest false rejection rate of the groups [fraction].
    profit: float  #: Expected, per applicant at the score gate [currency].


@dataclass(frozen=True, slots=True, kw_only=True)
class GapPrice:
    """What keeping a gap below a limit costs."""

    at_most: float  #: The limit [fraction].
    best: FairPoint  #: The most profitable without it.
    fair: FairPoint  #: The most profitable that keeps to it.

    @property
    def profit_lost(self) -> float:
        """Per applicant at the score gate [currency]."""
        return self.best.profit - self.fair.profit

    @property
    def goods_lost(self) -> float:
        """Goods no longer served among all goods; negative where more are served [fraction]."""
        return self.fair.false_rejection_rate - self.best.false_rejection_rate


def fair_frontier(
    history: History,
    pds: Mapping[str, ArrayLike],
    *,
    by: str,
    economics: LoanEconomics,
    n_cutoffs: int = 100,
) -> pd.DataFrame:
    """Return profit and gap of every cut-off of some models.

    Parameters
    ----------
    history : History
        Past applications; those that reached the score gate in closed windows count.
    pds : mapping of str to array-like, shape (n_applicants,)
        PDs of each model by its name, none of which saw these outcomes [fraction].
    by : str
        Column of the groups.
    economics : LoanEconomics
        What goods, bads and wrongly stopped goods are worth.
    n_cutoffs : int
        Cut-offs of each model, at even quantiles.

    Returns
    -------
    DataFrame
        One row for each: ``model``, ``pd_cutoff``, ``approval_rate``, ``bad_rate``,
        ``false_rejection_rate``, ``gap`` [fraction] and ``profit`` by PDs smoothed to the labels
        [currency per applicant]. Where nobody was approved at random, it speaks of applicants with
        an outcome.

    Raises
    ------
    DataError
        As `fairness`, or if there is no model or no loan can pay.
    UndefinedRateError
        If fewer than two groups have enough known goods.
    """
    if not pds:
        raise DataError("pds must hold the PDs of at least one model, but holds none.")
    amount = history.applications.amount
    sizes = LoanSizes(mean=float(amount.mean()), largest=float(amount.max()))
    check_pays(economics, sizes, objective="profit")
    parts = [
        _frontier(history, name, np.asarray(values, dtype=np.float64), by, economics, n_cutoffs)
        for name, values in pds.items()
    ]
    return pd.concat(parts, ignore_index=True)


def price_of_gap(frontier: pd.DataFrame, *, at_most: float) -> GapPrice:
    """Return what a limit on the gap costs, in money and goods.

    Parameters
    ----------
    frontier : DataFrame
        What `fair_frontier` returns.
    at_most : float
        Highest gap allowed [fraction].

    Returns
    -------
    GapPrice
        The most profitable points without and with the limit.

    Raises
    ------
    DataError
        If the frontier has no point.
    InfeasibleCutoffError
        If no point that serves somebody keeps to it.

    Examples
    --------
    >>> points = pd.DataFrame({
    ...     "model": "a", "pd_cutoff": [0.1, 0.2], "approval_rate": [0.5, 0.7],
    ...     "bad_rate": [0.01, 0.02], "false_rejection_rate": [0.45, 0.25], "gap": [0.01, 0.06],
    ...     "profit": [2.0, 3.0]})
    >>> price_of_gap(points, at_most=0.02).profit_lost
    1.0
    """
    if frontier.empty:
        raise DataError("frontier must have at least one point, but is empty; see fair_frontier.")
    kept = frontier[frontier["gap"] <= at_most]
    if kept.empty:
        raise InfeasibleCutoffError(
            f"No cut-off has a gap of at most {at_most:g}; the smallest is "
            f"{frontier['gap'].min():.4g}."
        )
    return GapPrice(at_most=at_most, best=_best(frontier), fair=_best(kept))


def less_discriminatory(
    frontier: pd.DataFrame, *, tolerance: float = 0.02, least_smaller: float = 0.0
) -> tuple[FairPoint, ...]:
    """Return alternatives with nearly the best profit and a smaller gap.

    Parameters
    ----------
    frontier : DataFrame
        What `fair_frontier` returns.
    tolerance : float
        Share of the best profit that may be given up [fraction].
    least_smaller : float
        By how much at least the gap must be smaller [fraction].

    Returns
    -------
    tuple of FairPoint
        From the most profitable to the fairest; of two, the more profitable has the larger gap.
        Empty where the most profitable point is the fairest within the tolerance.

    Raises
    ------
    DataError
        If the tolerance is negative.

    Examples
    --------
    >>> points = pd.DataFrame({
    ...     "model": ["a", "b"], "pd_cutoff": 0.1, "approval_rate": 0.5, "bad_rate": 0.01,
    ...     "false_rejection_rate": 0.4, "gap": [0.06, 0.02], "profit": [3.0, 2.97]})
    >>> [point.model for point in less_discriminatory(points)]
    ['b']
    """
    if not tolerance >= 0:
        raise DataError(f"tolerance must not be negative, but is {tolerance}.")
    best = _best(frontier)
    near = frontier[frontier["profit"] >= best.profit - tolerance * abs(best.profit)]
    near = near.sort_values(["profit", "gap"], ascending=[False, True], kind="stable")
    smallest_before = near["gap"].cummin().shift(fill_value=np.inf)
    better = near[(near["gap"] < smallest_before) & (near["gap"] < best.gap - least_smaller)]
    return tuple(_point(row) for _, row in better.iterrows())


def _frontier(  # noqa: PLR0913, PLR0917 - one model of a frontier
    history: History, name: str, pds: Floats, by: str, economics: LoanEconomics, n_cutoffs: int
) -> pd.DataFrame:
    labelled_only = group_sample(history, pds, by).labels == "approved only"
    rows = history.reached & history.matured
    if labelled_only:
        rows &= history.labelled
    sample = group_sample(history.take(rows), pds[rows], by)
    told, _ = sample.told()
    cutoffs = cutoff_grid(edge_above(pds[rows]), n_cutoffs).cutoffs
    curve = tradeoff_curve(sample.ledger, cutoffs, economics=economics)
    curves = group_curves(sample, told, curve["pd_cutoff"].to_numpy(), confidence=0.95)
    # Where some could never be seen, the smoothed PDs stand in for them.
    rates = np.array([c[_RATE].fillna(c[f"model_{_RATE}"]).to_numpy() for c in curves])
    return pd.DataFrame(
        {
            "model": name,
            "pd_cutoff": curve["pd_cutoff"],
            "approval_rate": curve["approval_rate"],
            "bad_rate": curve["bad_rate"].fillna(curve["model_bad_rate"]),
            _RATE: curve[_RATE].fillna(curve[f"model_{_RATE}"]),
            "gap": rates.max(axis=0) - rates.min(axis=0),
            "profit": curve["model_profit"],
        }
    )


def _best(points: pd.DataFrame) -> FairPoint:
    return _point(points.loc[points["profit"].idxmax()])


def _point(row: pd.Series) -> FairPoint:
    names = ("pd_cutoff", "approval_rate", "bad_rate", _RATE, "gap", "profit")
    return FairPoint(model=str(row["model"]), **{name: float(row[name]) for name in names})
