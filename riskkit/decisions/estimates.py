"""The rates at every cut-off, each with an interval, beside what rests on labelled rows only.

Which number to believe: where every applicant has an outcome, counts with exact intervals. Where
outcomes were sampled at random, doubly robust ones: a smooth model of the bad rate by band, put
right in each stratum by what its labelled show; the model only makes them less noisy. Where some
could never be seen, bounds. Beside them stand inverse propensity alone, the model alone, labelled
rows alone, and what could be if nothing were known, or known up to a factor Gamma, of the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from riskkit._checks import Floats, check_open_fraction
from riskkit.decisions.binomial import clopper_pearson_lower, clopper_pearson_upper
from riskkit.decisions.ledger import CENTS, MEASURES, MILLION, Counts, ScoreLedger, sums_up_to
from riskkit.decisions.recalibration import BandModel, band_model, model_sums
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics
from riskkit.selection import (
    Cell,
    Estimate,
    rejected_good_rate,
    stratified_bad_rate,
    wilson_interval,
)

_SURE, _EXPLORED, _UNREACHABLE = range(3)  # the order of ledger.STRATA
Sums = dict[str, Floats]

#: Rates that every curve has, each with a lower and an upper limit.
RATES = ("approval_rate", "bad_rate", "bad_amount_rate", "loss_rate", "false_rejection_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Sums of the approved and the rejected at each cut-off; shape (n_strata, n_cutoffs) each."""

    approved: Sums  #: Measures of the ledger, and those of its model.
    rejected: Sums  #: The same.

    @property
    def n(self) -> Floats:
        """All applicants, shape (n_cutoffs,)."""
        return (self.approved["applicants"] + self.rejected["applicants"]).sum(axis=0)

    def take(self, rows: NDArray[np.bool_]) -> "Sides":
        """Return some of the cut-offs."""
        return Sides(
            approved={name: values[:, rows] for name, values in self.approved.items()},
            rejected={name: values[:, rows] for name, values in self.rejected.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Money:
    # One stratum on one side: amounts, and the share of them that goes to bads, shape (n_cutoffs,).
    n: Floats
    amount: Floats
    rate: Floats  # 0 where unknown
    lower: Floats
    upper: Floats
    known: NDArray[np.bool_]
    n_effective: Floats
    variance: Floats  # of the amounts


def tradeoff_curve(
    ledger: ScoreLedger,
    cutoffs: Floats,
    *,
    economics: LoanEconomics,
    confidence: float = 0.95,
    gamma: float | None = None,
) -> pd.DataFrame:
    """Return what each cut-off would do to the applicants who reach the score gate.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population.
    cutoffs : array of float, shape (n_cutoffs,)
        PD cut-offs [fraction], rising edges of the ledger; those that approve nobody are left out.
    economics : LoanEconomics
        What goods, bads and wrongly stopped goods are worth.
    confidence : float
        Of every interval by itself [fraction].
    gamma : float, optional
        By which factor the odds of bad of those without an outcome may differ from those of the
        labelled with the same PD; at least 1.

    Returns
    -------
    DataFrame
        One row per cut-off: ``pd_cutoff`` and, for each of ``approval_rate``, ``bad_rate``,
        ``bad_amount_rate``, ``loss_rate``, ``false_rejection_rate`` [fraction] and ``profit``
        [currency per application], the estimate, ``_lower`` and ``_upper``. Then, for bad rate and
        false rejection rate: ``labelled_``, of labelled rows only; ``inverse_propensity_``, by
        weights in each stratum; ``model_``, by the smoothed PDs alone, also where nothing was
        seen; ``worst_`` with ``_lower`` and ``_upper``, if nothing is assumed of those without an
        outcome; ``gamma_`` likewise, if their odds differ by at most gamma.
        Where every row has an outcome, the intervals of the two rates are exact
        (Clopper-Pearson); where outcomes were sampled at random, the estimate is doubly robust and
        each stratum has Wilson limits, combined by the method of variance estimates recovery;
        where some applicants could never be seen, the estimate is NaN and the limits are bounds.

    Raises
    ------
    DataError
        If a cut-off is not an edge, none approves anybody, confidence lies outside (0, 1) or gamma
        is below 1.
    """
    check_open_fraction(confidence=confidence)
    if gamma is not None and not gamma >= 1:
        raise DataError(f"gamma must be at least 1, but is {gamma}.")
    model = band_model(ledger)
    sides = sides_of(ledger, cutoffs, model)
    some = sides.approved["applicants"].sum(axis=0) > 0
    if not some.any():
        raise DataError("cutoffs approve nobody; the lowest PD of the sample is above all of them.")
    columns = _columns_of(sides.take(some), economics, confidence)
    kept = np.asarray(cutoffs)[some]
    columns |= _worst(sides.take(some))
    if gamma is not None:
        columns |= _gamma_bounds(ledger, kept, model, gamma)
    return pd.DataFrame({"pd_cutoff": kept, **columns})


def incumbent_rates(
    ledger: ScoreLedger, *, economics: LoanEconomics, confidence: float = 0.95
) -> dict[str, float] | None:
    """Return the same rates of the past policy's own rule: it approves the sure, nobody else.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population.
    economics : LoanEconomics
        What goods, bads and wrongly stopped goods are worth.
    confidence : float
        Of every interval by itself [fraction].

    Returns
    -------
    dict of str to float, or None
        The columns of `tradeoff_curve` but the cut-off and the bounds; None where the past policy
        approved everybody or nobody for sure.
    """
    everybody = sides_of(ledger, np.array([1.0]), band_model(ledger)).approved
    sure = np.array([True, False, False])[:, None]
    n = everybody["applicants"]
    if not n[_SURE].all() or not n[1:].any():
        return None
    sides = Sides(
        approved={name: np.where(sure, sums, 0) for name, sums in everybody.items()},
        rejected={name: np.where(sure, 0, sums) for name, sums in everybody.items()},
    )
    return {k: float(v[0]) for k, v in _columns_of(sides, economics, confidence).items()}


def simultaneous_bands(
    ledger: ScoreLedger, cutoffs: Floats, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Return bands that hold for all of a few cut-offs at once, where every outcome is known.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population; every applicant has an outcome.
    cutoffs : array of float, shape (n_cutoffs,)
        At most 50 PD cut-offs, rising edges of the ledger that approve somebody [fraction].
    confidence : float
        That all limits of one rate hold together [fraction].

    Returns
    -------
    DataFrame
        ``pd_cutoff``, and for ``bad_rate`` and ``false_rejection_rate`` the rate, ``_lower`` and
        ``_upper``: Clopper-Pearson limits, each at its share of what is left (Bonferroni).

    Raises
    ------
    DataError
        If there are more cut-offs, one approves nobody or is no edge, some outcomes are unknown,
        or confidence lies outside (0, 1).
    """
    check_open_fraction(confidence=confidence)
    if len(cutoffs) > MAX_SIMULTANEOUS:
        raise DataError(
            f"cutoffs must be at most {MAX_SIMULTANEOUS} for bands that hold together, but are "
            f"{len(cutoffs)}: Bonferroni would make them useless."
        )
    sides = sides_of(ledger, cutoffs, band_model(ledger))
    if not _all_known(sides) or not sides.approved["applicants"].sum(axis=0).all():
        raise DataError(
            "Simultaneous bands need the outcome of every applicant and cut-offs that approve "
            "somebody; where outcomes are missing, use the intervals of tradeoff_curve."
        )
    each = 1 - (1 - confidence) / max(len(cutoffs), 1)
    bad_rate, false_rejection_rate = _exact_rates(sides, each)
    return pd.DataFrame(
        {
            "pd_cutoff": np.asarray(cutoffs),
            **_three("bad_rate", bad_rate),
            **_three("false_rejection_rate", false_rejection_rate),
        }
    )


#: So many cut-offs may have bands that hold together.
MAX_SIMULTANEOUS = 50


def sides_of(ledger: ScoreLedger, cutoffs: Floats, model: BandModel) -> Sides:
    """Return the sums of approved and rejected at each cut-off, those of the model included.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population.
    cutoffs : array of float, shape (n_cutoffs,)
        PD cut-offs [fraction], rising edges of the ledger.
    model : BandModel
        Its smoothed bad rates.

    Returns
    -------
    Sides
        One column per cut-off.

    Raises
    ------
    DataError
        If a cut-off is not an edge, or they do not rise.
    """
    added = model_sums(ledger, model)
    bands = ledger.bands_of(cutoffs)
    values: dict[str, Floats | Counts] = {name: ledger.all_groups(name) for name in MEASURES}
    values |= added
    approved = {name: sums_up_to(v, bands).astype(np.float64) for name, v in values.items()}
    total = {name: v.sum(axis=1, keepdims=True) for name, v in values.items()}
    rejected = {name: np.maximum(total[name] - sums, 0) for name, sums in approved.items()}
    return Sides(approved=approved, rejected=rejected)


def point_rates(sides: Sides, economics: LoanEconomics) -> dict[str, Floats]:
    """Return the estimates of every rate without their intervals.

    Parameters
    ----------
    sides : Sides
        Sums at each cut-off.
    economics : LoanEconomics
        What goods, bads and wrongly stopped goods are worth.

    Returns
    -------
    dict of str to array of float, shape (n_cutoffs,)
        The rates in `RATES`, ``profit`` per application, and ``model_profit`` by the smoothed PDs
        alone. NaN where some could never be seen.
    """
    n = sides.n
    approved, rejected = _bads(sides.approved), _bads(sides.rejected)
    n_approved = sides.approved["applicants"].sum(axis=0)
    amount = sides.approved["amount"].sum(axis=0) / CENTS
    goods_above = sides.rejected["applicants"].sum(axis=0) - rejected.sum(axis=0)
    goods_below = n_approved - approved.sum(axis=0)
    bad_amount = _bad_amounts(sides.approved)
    amount_rate = _share(bad_amount.sum(axis=0), amount)
    return {
        "approval_rate": n_approved / n,
        "bad_rate": _share(approved.sum(axis=0), n_approved),
        "bad_amount_rate": amount_rate,
        "loss_rate": economics.lgd * economics.ead * amount_rate,
        "false_rejection_rate": _share(goods_above, goods_above + goods_below),
        "profit": _profit_of(sides, economics, bad_amount, _bad_amounts(sides.rejected)) / n,
        "model_profit": model_profit(sides, economics),
    }


def model_profit(sides: Sides, economics: LoanEconomics) -> Floats:
    """Return expected profit per application by the smoothed PDs alone, shape (n_cutoffs,)."""
    amounts = (sides.approved["model_bad_amount"], sides.rejected["model_bad_amount"])
    return _profit_of(sides, economics, *amounts) / sides.n


def _profit_of(
    sides: Sides, economics: LoanEconomics, bad_below: Floats, bad_above: Floats
) -> Floats:
    # Linear in amounts and in those of bads: economics.values, added up.
    good, bad, stopped = _per_amount(economics)
    below = sides.approved["amount"] / CENTS - bad_below
    above = sides.rejected["amount"] / CENTS - bad_above
    money = good * below + bad * bad_below + stopped * above
    return (money - economics.operating * sides.approved["applicants"]).sum(axis=0)


def _per_amount(economics: LoanEconomics) -> tuple[float, float, float]:
    # What a unit of amount is worth: approved and good, approved and bad, stopped and good.
    free = economics.model_copy(update={"operating": 0.0}).values([1.0])
    return (
        float(free.good_if_approved[0]),
        float(free.bad_if_approved[0]),
        float(free.good_if_stopped[0]),
    )


def _bads(side: Sums) -> Floats:
    # Expected number of bads by stratum: NaN where there is somebody and no label.
    n = side["applicants"]
    rates = _robust(side["model_bads"], side, n, "weighted_bads", MILLION, side["weight"] / MILLION)
    return np.where(n > 0, np.where(side["labelled"] > 0, n * rates, np.nan), 0.0)


def _bad_amounts(side: Sums) -> Floats:
    amount = side["amount"] / CENTS
    weight = side["weighted_amount"] / CENTS
    rates = _robust(side["model_bad_amount"], side, amount, "weighted_bad_amount", CENTS, weight)
    return np.where(amount > 0, np.where(side["labelled"] > 0, amount * rates, np.nan), 0.0)


def _robust(  # noqa: PLR0913, PLR0917 - the parts of one formula
    model: Floats, side: Sums, size: Floats, seen: str, unit: float, weight: Floats
) -> Floats:
    # Doubly robust and post-stratified: the model's mean over all of the stratum, plus the weighted
    # mean of what it misses among the labelled.
    missed = side[seen] / unit - side[f"weighted_model_{seen.removeprefix('weighted_')}"]
    return np.clip(_share(model, size) + _share(missed, weight), 0, 1)


def _columns_of(sides: Sides, economics: LoanEconomics, confidence: float) -> dict[str, Floats]:
    n, n_approved = sides.n, sides.approved["applicants"].sum(axis=0)
    lower, upper = wilson_interval(n_approved, n, confidence=confidence)
    bad_rate, false_rejection_rate = _outcome_rates(sides, confidence)
    below = [_money(sides.approved, stratum, confidence) for stratum in range(3)]
    above = [_money(sides.rejected, stratum, confidence) for stratum in range(3)]
    by_amount = _amount_rate(below, sides, confidence)
    severity = economics.lgd * economics.ead
    loss = Estimate(
        point=severity * np.asarray(by_amount.point),
        lower=severity * np.asarray(by_amount.lower),
        upper=severity * np.asarray(by_amount.upper),
    )
    return {
        **_three("approval_rate", Estimate(point=n_approved / n, lower=lower, upper=upper)),
        **_three("bad_rate", bad_rate),
        **_three("bad_amount_rate", by_amount),
        **_three("loss_rate", loss),
        **_three("false_rejection_rate", false_rejection_rate),
        **_three("profit", _profit(below, above, economics, confidence)),
        "model_profit": model_profit(sides, economics),
        **_beside(sides),
    }


def _beside(sides: Sides) -> dict[str, Floats]:
    # Points by other roads; NaN where a road does not reach.
    approved, rejected = sides.approved, sides.rejected
    n_below, n_above = (side["applicants"] for side in (approved, rejected))

    def weighted(side: Sums, n: Floats) -> Floats:
        rates = _share(side["weighted_bads"], side["weight"])
        return np.where(n > 0, np.where(side["weight"] > 0, n * rates, np.nan), 0.0)

    def rates(below: Floats, above: Floats) -> tuple[Floats, Floats]:
        bads, goods = below.sum(axis=0), (n_above - above).sum(axis=0)
        n = n_below.sum(axis=0)
        return _share(bads, n), _share(goods, goods + n - bads)

    labelled = [side["labelled"].sum(axis=0) for side in (approved, rejected)]
    goods = [n - side["bads"].sum(axis=0) for n, side in zip(labelled, (approved, rejected), strict=True)]
    ways = {
        "labelled": (
            _share(approved["bads"].sum(axis=0), labelled[0]),
            _share(goods[1], goods[0] + goods[1]),
        ),
        "inverse_propensity": rates(weighted(approved, n_below), weighted(rejected, n_above)),
        "model": rates(approved["model_bads"], rejected["model_bads"]),
    }
    return {
        f"{way}_{rate}": values
        for way, found in ways.items()
        for rate, values in zip(("bad_rate", "false_rejection_rate"), found, strict=True)
    }


def _worst(sides: Sides) -> dict[str, Floats]:
    # All without an outcome good, or all bad.
    bads = [side["bads"].sum(axis=0) for side in (sides.approved, sides.rejected)]
    unknown = [
        (side["applicants"] - side["labelled"]).sum(axis=0)
        for side in (sides.approved, sides.rejected)
    ]
    n = [side["applicants"].sum(axis=0) for side in (sides.approved, sides.rejected)]
    return _bounds_of("worst", n, bads, [b + u for b, u in zip(bads, unknown, strict=True)])


def _gamma_bounds(
    ledger: ScoreLedger, cutoffs: Floats, model: BandModel, gamma: float
) -> dict[str, Floats]:
    n, labelled = ledger.all_groups("applicants").sum(axis=0), ledger.all_groups("labelled")
    unknown = n - labelled.sum(axis=0)
    odds = model.labelled_bad_rates / (1 - model.labelled_bad_rates)
    bads = ledger.all_groups("bads").sum(axis=0)
    bands = ledger.bands_of(cutoffs)
    ends = []
    for factor in (1 / gamma, gamma):
        by_band = bads + unknown * (factor * odds / (1 + factor * odds))
        below = sums_up_to(by_band, bands)
        ends.append([below, by_band.sum() - below])
    n_below = sums_up_to(n, bands)
    return _bounds_of("gamma", [n_below, n.sum() - n_below], ends[0], ends[1])


def _bounds_of(
    name: str, n: list[Floats], fewest: list[Floats], most: list[Floats]
) -> dict[str, Floats]:
    # n and bads of approved and rejected; goods are the rest.
    few_above, many_above = n[1] - most[1], n[1] - fewest[1]
    few_below, many_below = n[0] - most[0], n[0] - fewest[0]
    return {
        f"{name}_bad_rate_lower": _share(fewest[0], n[0]),
        f"{name}_bad_rate_upper": _share(most[0], n[0]),
        f"{name}_false_rejection_rate_lower": _share(few_above, few_above + many_below),
        f"{name}_false_rejection_rate_upper": _share(many_above, many_above + few_below),
    }


def _all_known(sides: Sides) -> bool:
    n = sides.approved["applicants"].sum() + sides.rejected["applicants"].sum()
    return bool(sides.approved["labelled"].sum() + sides.rejected["labelled"].sum() == n)


def _outcome_rates(sides: Sides, confidence: float) -> tuple[Estimate, Estimate]:
    if _all_known(sides):
        return _exact_rates(sides, confidence)
    below, above = _cells(sides.approved), _cells(sides.rejected)
    return (
        stratified_bad_rate(below, confidence=confidence),
        rejected_good_rate(rejected=above, approved=below, confidence=confidence),
    )


def _exact_rates(sides: Sides, confidence: float) -> tuple[Estimate, Estimate]:
    def total(side: Sums, name: str) -> Counts:
        return np.rint(side[name].sum(axis=0)).astype(np.int64)

    n_bad, n_below = total(sides.approved, "bads"), total(sides.approved, "labelled")
    goods_above = total(sides.rejected, "labelled") - total(sides.rejected, "bads")
    return (
        _exact(n_bad, n_below, confidence),
        _exact(goods_above, goods_above + n_below - n_bad, confidence),
    )


def _exact(events: Counts, trials: Counts, confidence: float) -> Estimate:
    delta = (1 - confidence) / 2
    return Estimate(
        point=_share(events, trials),
        lower=clopper_pearson_lower(events, trials, delta=delta),
        upper=clopper_pearson_upper(events, trials, delta=delta),
    )


def _cells(side: Sums) -> list[Cell]:
    # Counts of the sure and the unreachable; of the explored, counts that give the doubly robust
    # rate and, as a binomial, its variance: so that Wilson's limits serve.
    n, labelled = side["applicants"], side["labelled"]
    rate = np.nan_to_num(_share(_bads(side), n))
    weight = side["weight"] / MILLION
    kish = _share(weight**2, side["weight_squared"] / MILLION)
    mean = _share(side["model_bads"], n)
    between = np.maximum(_share(side["model_squares"], n) - mean**2, 0)
    variance = _share(side["weighted_model_variance"], weight**2) + _share(between, n)
    usual = rate * (1 - rate)
    n_effective = np.where((usual > 0) & (variance > 0), _share(usual, variance), kish)
    n_effective = np.where(labelled > 0, np.minimum(n_effective, n), 0)
    return [
        Cell(
            n_applicants=n[stratum],
            n_labelled=n_effective[stratum] if stratum == _EXPLORED else labelled[stratum],
            n_bad=(rate * n_effective)[stratum] if stratum == _EXPLORED else side["bads"][stratum],
        )
        for stratum in range(3)
    ]


def _money(side: Sums, stratum: int, confidence: float) -> _Money:
    n, amount = side["applicants"][stratum], side["amount"][stratum] / CENTS
    rate = np.nan_to_num(_share(_bad_amounts(side), side["amount"] / CENTS))[stratum]
    weight, seen = side["weight"][stratum] / MILLION, side["weighted_amount"][stratum] / CENTS
    squares, bad_squares = (
        side[f"weighted_square_{name}"][stratum] for name in ("amount", "bad_amount")
    )
    # Of a ratio of sums: sum of w^2 a^2 (y - rate)^2 over the square of the sum of w a.
    mean_weight = _share(side["weight_squared"][stratum] / MILLION, weight)
    spread = mean_weight * ((1 - 2 * rate) * bad_squares + rate**2 * squares)
    usual = rate * (1 - rate)
    kish = _share(weight**2, side["weight_squared"][stratum] / MILLION)
    # As many equal loans as would give this variance; never more than there are labels.
    n_effective = np.where(
        (usual > 0) & (spread > 0), np.minimum(_share(usual * seen**2, spread), kish),
        _share(seen**2, mean_weight * squares),
    )  # fmt: skip
    lower, upper = wilson_interval(rate * n_effective, n_effective, confidence=confidence)
    return _Money(
        n=n,
        amount=amount,
        rate=rate,
        lower=np.minimum(lower, rate),
        upper=np.maximum(upper, rate),
        known=(side["labelled"][stratum] > 0) | (n == 0),
        n_effective=n_effective,
        variance=np.maximum(_share(squares, weight) - _share(seen, weight) ** 2, 0),
    )


def _amount_rate(below: list[_Money], sides: Sides, confidence: float) -> Estimate:
    # Strata weighted by amount, in heads of the average amount.
    amount = sides.approved["amount"].sum(axis=0) / CENTS
    heads = sides.approved["applicants"].sum(axis=0)
    cells = []
    for part in below:
        size = np.where(amount > 0, _share(part.amount * heads, amount), part.n)
        n_labelled = np.minimum(np.where(part.known, part.n_effective, 0), size)
        cells.append(Cell(n_applicants=size, n_labelled=n_labelled, n_bad=part.rate * n_labelled))
    return stratified_bad_rate(cells, confidence=confidence)


def _profit(
    below: list[_Money], above: list[_Money], economics: LoanEconomics, confidence: float
) -> Estimate:
    # Each stratum on each side counts with its amounts and the share of them that goes to bads;
    # where it has no label, between all good and all bad.
    good, bad, stopped = _per_amount(economics)
    n = sum(part.n for part in (*below, *above))
    worst, best, down, up, second, sizes = (np.zeros(np.shape(n)) for _ in range(6))
    for parts, if_good, if_bad, fixed in (
        (below, good, bad, economics.operating),
        (above, stopped, 0.0, 0.0),
    ):
        for part in parts:
            apart = part.amount / n * (if_bad - if_good)
            moves = np.stack([apart * (end - part.rate) for end in (part.lower, part.upper)])
            money = part.amount / n * if_good + apart * part.rate - fixed * part.n / n
            worst += money + np.where(part.known, 0, np.minimum(apart, 0))
            best += money + np.where(part.known, 0, np.maximum(apart, 0))
            down += np.where(part.known, moves.min(axis=0), 0) ** 2
            up += np.where(part.known, moves.max(axis=0), 0) ** 2
            # Another sample would have other sizes of the strata, and other amounts in them.
            mean = _share(money * n, part.n)
            scale = _share(mean * part.n, part.amount)
            second += _share(part.n, n) * (mean**2 + scale**2 * part.variance)
            sizes += _share(part.n, n) * mean
    unknown = best - worst > 0
    square = float(stats.norm.ppf((1 + confidence) / 2)) ** 2
    drawn = np.where(unknown, 0, square * np.maximum(second - sizes**2, 0) / n)
    return Estimate(
        point=np.where(unknown, np.nan, worst),
        lower=worst - np.sqrt(down + drawn),
        upper=best + np.sqrt(up + drawn),
    )


def _share(part: Floats | Counts, whole: Floats | Counts) -> Floats:
    # 0 where nobody is in the whole: such a group counts with weight 0.
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros(whole.shape), where=np.asarray(whole) > 0)


def _three(name: str, estimate: Estimate) -> Mapping[str, Floats]:
    return {
        name: np.asarray(estimate.point, dtype=np.float64),
        f"{name}_lower": np.asarray(estimate.lower, dtype=np.float64),
        f"{name}_upper": np.asarray(estimate.upper, dtype=np.float64),
    }
