"""The rates at every cut-off, each with an interval, and what rests on labelled rows only."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from riskkit._checks import Floats, check_open_fraction
from riskkit.decisions.binomial import clopper_pearson_lower, clopper_pearson_upper
from riskkit.decisions.ledger import CENTS, MILLION, Counts, ScoreLedger
from riskkit.errors import DataError
from riskkit.selection import (
    Cell,
    Estimate,
    effective_cell,
    rejected_good_rate,
    stratified_bad_rate,
    wilson_interval,
)

_SURE, _EXPLORED, _UNREACHABLE = range(3)  # the order of ledger.STRATA
_Sums = dict[str, Counts]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Means:
    # Mean money per applicant of one stratum on one side of the cut-off, shape (n_cutoffs,).
    point: Floats
    below: Floats  # how far it may lie below the point, with the confidence asked for
    above: Floats
    worst: Floats  # what it may be at worst and at best where no label is there to estimate it
    best: Floats


def tradeoff_curve(
    ledger: ScoreLedger, cutoffs: Floats, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Return what each cut-off would do to the applicants who reach the score gate.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population.
    cutoffs : array of float, shape (n_cutoffs,)
        PD cut-offs [fraction], edges of the ledger; those that approve nobody are left out.
    confidence : float
        Of every interval by itself [fraction].

    Returns
    -------
    DataFrame
        One row per cut-off: ``pd_cutoff`` and, for each of ``approval_rate``, ``bad_rate``,
        ``false_rejection_rate`` [fraction] and ``profit`` [currency per application], the
        estimate, ``_lower`` and ``_upper``; then ``labelled_bad_rate`` and
        ``labelled_false_rejection_rate``, which rest on labelled rows only. Where every row has
        an outcome, the intervals of the two rates are exact (Clopper-Pearson); where outcomes
        were sampled at random, each stratum has Wilson limits, combined by the method of variance
        estimates recovery; where some applicants could never be seen, the estimate is NaN and
        the limits are bounds. Intervals of profit follow the Wilson limits of the bad rates.

    Raises
    ------
    DataError
        If a cut-off is not an edge, none approves anybody, or confidence lies outside (0, 1).
    """
    check_open_fraction(confidence=confidence)
    below, total = ledger.below(cutoffs), ledger.total()
    some = below["applicants"].sum(axis=0) > 0
    if not some.any():
        raise DataError("cutoffs approve nobody; the lowest PD of the sample is above all of them.")
    approved = {name: sums[:, some] for name, sums in below.items()}
    rejected = {name: total[name] - sums for name, sums in approved.items()}
    rates = _rates(approved, rejected, confidence)
    return pd.DataFrame({"pd_cutoff": np.asarray(cutoffs)[some], **rates})


def incumbent_rates(ledger: ScoreLedger, *, confidence: float = 0.95) -> dict[str, float] | None:
    """Return the same rates of the past policy's own rule: it approves the sure, nobody else.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population.
    confidence : float
        Of every interval by itself [fraction].

    Returns
    -------
    dict of str to float, or None
        The columns of `tradeoff_curve` but the cut-off; None where the past policy approved
        everybody or nobody for sure.
    """
    total = ledger.total()
    sure = np.array([True, False, False])[:, None]
    if not total["applicants"][sure].all() or not total["applicants"][~sure].any():
        return None
    approved = {name: np.where(sure, sums, 0) for name, sums in total.items()}
    rejected = {name: np.where(sure, 0, sums) for name, sums in total.items()}
    return {k: float(v[0]) for k, v in _rates(approved, rejected, confidence).items()}


def _rates(approved: _Sums, rejected: _Sums, confidence: float) -> dict[str, Floats]:
    n_approved = approved["applicants"].sum(axis=0)
    n = n_approved + rejected["applicants"].sum(axis=0)
    lower, upper = wilson_interval(n_approved, n, confidence=confidence)
    bad_rate, false_rejection_rate = _outcome_rates(approved, rejected, confidence)
    goods_below = (approved["labelled"] - approved["bads"]).sum(axis=0)
    goods_above = (rejected["labelled"] - rejected["bads"]).sum(axis=0)
    return {
        **_columns("approval_rate", Estimate(point=n_approved / n, lower=lower, upper=upper)),
        **_columns("bad_rate", bad_rate),
        **_columns("false_rejection_rate", false_rejection_rate),
        **_columns("profit", _profit(approved, rejected, confidence)),
        "labelled_bad_rate": _share(approved["bads"].sum(axis=0), approved["labelled"].sum(axis=0)),
        "labelled_false_rejection_rate": _share(goods_above, goods_above + goods_below),
    }


def _outcome_rates(
    approved: _Sums, rejected: _Sums, confidence: float
) -> tuple[Estimate, Estimate]:
    below, above = _cells(approved), _cells(rejected)
    n_labelled = approved["labelled"].sum() + rejected["labelled"].sum()
    if n_labelled == approved["applicants"].sum() + rejected["applicants"].sum():
        n_bad, n_below = approved["bads"].sum(axis=0), approved["labelled"].sum(axis=0)
        goods_above = (rejected["labelled"] - rejected["bads"]).sum(axis=0)
        return (
            _exact(n_bad, n_below, confidence),
            _exact(goods_above, goods_above + n_below - n_bad, confidence),
        )
    return (
        stratified_bad_rate(below, confidence=confidence),
        rejected_good_rate(rejected=above, approved=below, confidence=confidence),
    )


def _exact(events: Counts, trials: Counts, confidence: float) -> Estimate:
    delta = (1 - confidence) / 2
    return Estimate(
        point=_share(events, trials),
        lower=clopper_pearson_lower(events, trials, delta=delta),
        upper=clopper_pearson_upper(events, trials, delta=delta),
    )


def _cells(side: _Sums) -> list[Cell]:
    explored = effective_cell(
        n_applicants=side["applicants"][_EXPLORED],
        weight=side["weight"][_EXPLORED] / MILLION,
        weight_squared=side["weight_squared"][_EXPLORED] / MILLION,
        weight_bad=side["weighted_bads"][_EXPLORED] / MILLION,
    )
    sure, unreachable = (
        Cell(
            n_applicants=side["applicants"][stratum],
            n_labelled=side["labelled"][stratum],
            n_bad=side["bads"][stratum],
        )
        for stratum in (_SURE, _UNREACHABLE)
    )
    return [sure, explored, unreachable]


def _profit(approved: _Sums, rejected: _Sums, confidence: float) -> Estimate:
    # Post-stratified: each stratum on each side counts with its size and the mean money of its
    # labelled members; where it has none, between all good and all bad.
    n = (approved["applicants"] + rejected["applicants"]).sum(axis=0)
    point, worst, best, second, below, above = (np.zeros(len(n)) for _ in range(6))
    for side, money in ((approved, "approved"), (rejected, "stopped")):
        for stratum in range(3):
            share = side["applicants"][stratum] / n
            means = _means(side, stratum, money=money, confidence=confidence)
            point += share * means.point
            worst += share * means.worst
            best += share * means.best
            second += share * means.point**2
            below += (share * means.below) ** 2
            above += (share * means.above) ** 2
    unknown = best > worst
    # Another sample would have other shares of the strata.
    sizes = np.where(unknown, 0, _normal(confidence) ** 2 * (second - point**2) / n)
    return Estimate(
        point=np.where(unknown, np.nan, point),
        lower=worst - np.sqrt(below + sizes),
        upper=best + np.sqrt(above + sizes),
    )


def _means(side: _Sums, stratum: int, *, money: str, confidence: float) -> _Means:
    # Nearly all of the uncertainty is that of the bad rate, whose Wilson limits are skewed as few
    # explored bads make it; the little that amounts add is taken as normal.
    n, weight = side["applicants"][stratum], side["weight"][stratum] / MILLION
    if money == "approved":
        if_good, if_bad = side["good_if_approved"][stratum], side["bad_if_approved"][stratum]
    else:
        if_good, if_bad = side["good_if_stopped"][stratum], np.zeros_like(n)
    good, bad = _share(if_good / CENTS, n), _share(if_bad / CENTS, n)
    mean = _share(side[f"weighted_value_{money}"][stratum] / CENTS, weight)
    square = _share(side[f"weighted_square_{money}"][stratum] / CENTS, weight)
    n_labelled = _share(weight**2, side["weight_squared"][stratum] / MILLION)
    rate = _share(side["weighted_bads"][stratum] / MILLION, weight)
    limits = wilson_interval(rate * n_labelled, n_labelled, confidence=confidence)
    moves = np.stack([(good - bad) * (rate - limit) for limit in limits])
    variance = np.maximum(square - mean**2 - rate * (1 - rate) * (good - bad) ** 2, 0)
    amounts = _normal(confidence) ** 2 * _share(variance, n_labelled)
    labelled = n_labelled > 0
    return _Means(
        point=mean,
        below=np.where(labelled, np.hypot(moves.min(axis=0), np.sqrt(amounts)), 0),
        above=np.where(labelled, np.hypot(moves.max(axis=0), np.sqrt(amounts)), 0),
        worst=np.where(labelled, mean, np.minimum(good, bad)),
        best=np.where(labelled, mean, np.maximum(good, bad)),
    )


def _normal(confidence: float) -> float:
    return float(stats.norm.ppf((1 + confidence) / 2))


def _share(part: Floats | Counts, whole: Floats | Counts) -> Floats:
    # 0 where nobody is in the whole: such a group counts with weight 0.
    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=np.asarray(whole) > 0)


def _columns(name: str, estimate: Estimate) -> dict[str, Floats]:
    return {
        name: np.asarray(estimate.point, dtype=np.float64),
        f"{name}_lower": np.asarray(estimate.lower, dtype=np.float64),
        f"{name}_upper": np.asarray(estimate.upper, dtype=np.float64),
    }
