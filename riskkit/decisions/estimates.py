"""The rates at every cut-off, each with an interval, beside what rests on labelled rows only.

Which number to believe: where every applicant has an outcome, counts with exact intervals. Where
outcomes were sampled at random, doubly robust ones: a smooth model of the bad rate by band, put
right in each stratum by what its labelled show; the model only makes them less noisy. Where some
could never be seen, bounds. Beside them stand inverse propensity alone, the model alone, labelled
rows alone, and what could be if nothing were known, or known up to a factor Gamma, of the others.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from riskkit._checks import Floats, check_open_fraction
from riskkit.decisions._sides import (
    SURE,
    Sides,
    Sums,
    Worth,
    amount_parts,
    cells_of,
    model_profit,
    per_amount,
    share,
    sides_of,
    worth_of,
)
from riskkit.decisions._weighted_limits import (
    weighted_approval_rate,
    weighted_bad_rate,
    weighted_false_rejection_rate,
    weighted_worth,
)
from riskkit.decisions.binomial import clopper_pearson_lower, clopper_pearson_upper
from riskkit.decisions.ledger import CENTS, Counts, ScoreLedger
from riskkit.decisions.recalibration import band_model
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics
from riskkit.selection import (
    Cell,
    Estimate,
    rejected_good_rate,
    shifted_pds,
    stratified_bad_rate,
    wilson_interval,
)

#: Rates that every curve has, each with a lower and an upper limit.
RATES = ("approval_rate", "bad_rate", "bad_amount_rate", "loss_rate", "false_rejection_rate")


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
        By which factor the odds of bad of those without an outcome may differ, on either side of a
        cut-off, from those of the labelled on the same side; at least 1.

    Returns
    -------
    DataFrame
        One row per cut-off: ``pd_cutoff`` and, for each of ``approval_rate``, ``bad_rate``,
        ``bad_amount_rate``, ``loss_rate``, ``false_rejection_rate`` [fraction] and ``profit``
        [currency per application], the estimate, ``_lower`` and ``_upper``. Then, for bad rate and
        false rejection rate: ``labelled_``, of labelled rows only; ``inverse_propensity_``, by
        weights in each stratum; ``model_``, by the smoothed PDs alone, also where nothing was
        seen; ``worst_`` with ``_lower`` and ``_upper``, if nothing is assumed of those without an
        outcome; ``gamma_`` likewise, if their odds differ by at most gamma; all of these leave
        sampling error aside but ``gamma_bad_rate_limit``, the upper bound of the bad rate from the
        upper Wilson limit of the labelled.
        Where every row has an outcome, the intervals of the two rates are exact
        (Clopper-Pearson); where outcomes were sampled at random, the estimate is doubly robust and
        each stratum has Wilson limits, combined by the method of variance estimates recovery;
        where rows are weighted, they are approximate, by the linearised variance at each cut-off;
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
        columns |= _gamma_bounds(sides.take(some), gamma)
        columns |= _gamma_limit(sides.take(some), gamma, confidence)
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
    if not n[SURE].all() or not n[1:].any():
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
    bad_rate, false_rejection_rate = _outcome_rates(sides, each)
    return pd.DataFrame(
        {
            "pd_cutoff": np.asarray(cutoffs),
            **_three("bad_rate", bad_rate),
            **_three("false_rejection_rate", false_rejection_rate),
        }
    )


#: So many cut-offs may have bands that hold together.
MAX_SIMULTANEOUS = 50


def _columns_of(sides: Sides, economics: LoanEconomics, confidence: float) -> dict[str, Floats]:
    approval_rate = _approval_rate(sides, confidence)
    bad_rate, false_rejection_rate = _outcome_rates(sides, confidence)
    by_amount = _amount_rate(sides, confidence)
    severity = economics.lgd * economics.ead
    loss = Estimate(
        point=severity * np.asarray(by_amount.point),
        lower=severity * np.asarray(by_amount.lower),
        upper=severity * np.asarray(by_amount.upper),
    )
    return {
        **_three("approval_rate", approval_rate),
        **_three("bad_rate", bad_rate),
        **_three("bad_amount_rate", by_amount),
        **_three("loss_rate", loss),
        **_three("false_rejection_rate", false_rejection_rate),
        **_three("profit", _profit(sides, economics, confidence)),
        "model_profit": model_profit(sides, economics),
        **_beside(sides),
    }


def _beside(sides: Sides) -> dict[str, Floats]:
    # Points by other roads; NaN where a road does not reach.
    approved, rejected = sides.approved, sides.rejected
    n_below, n_above = (side["applicants"] for side in (approved, rejected))

    def weighted(side: Sums, n: Floats) -> Floats:
        rates = share(side["weighted_bads"], side["weight"])
        return np.where(n > 0, np.where(side["weight"] > 0, n * rates, np.nan), 0.0)

    def rates(below: Floats, above: Floats) -> tuple[Floats, Floats]:
        bads, goods = below.sum(axis=0), (n_above - above).sum(axis=0)
        n = n_below.sum(axis=0)
        return share(bads, n), share(goods, goods + n - bads)

    labelled = [side["labelled"].sum(axis=0) for side in (approved, rejected)]
    goods = [
        n - side["bads"].sum(axis=0) for n, side in zip(labelled, (approved, rejected), strict=True)
    ]
    ways = {
        "labelled": (
            share(approved["bads"].sum(axis=0), labelled[0]),
            share(goods[1], goods[0] + goods[1]),
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


def _gamma_bounds(sides: Sides, gamma: float) -> dict[str, Floats]:
    # On either side of a cut-off the others' odds are within gamma of those of the labelled.
    n, fewest, most = [], [], []
    for side in (sides.approved, sides.rejected):
        total, labelled, bads = (
            side[name].sum(axis=0) for name in ("applicants", "labelled", "bads")
        )
        rate = share(bads, labelled)
        # Of a side without any label nothing is known.
        low, high = (
            np.where(labelled > 0, shifted_pds(rate, factor), unknown)
            for factor, unknown in ((1 / gamma, 0.0), (gamma, 1.0))
        )
        n.append(total)
        fewest.append(bads + (total - labelled) * low)
        most.append(bads + (total - labelled) * high)
    return _bounds_of("gamma", n, fewest, most)


def _gamma_limit(sides: Sides, gamma: float, confidence: float) -> dict[str, Floats]:
    # What gamma allows, if the labelled are as bad as chance allows too.
    n, labelled, bads = (
        sides.approved[name].sum(axis=0) for name in ("applicants", "labelled", "bads")
    )
    _, upper = wilson_interval(bads, np.where(labelled > 0, labelled, 1.0), confidence=confidence)
    rate = np.where(labelled > 0, upper, 1.0)
    unseen = shifted_pds(rate, gamma)
    return {"gamma_bad_rate_limit": share(labelled * rate + (n - labelled) * unseen, n)}


def _bounds_of(
    name: str, n: list[Floats], fewest: list[Floats], most: list[Floats]
) -> dict[str, Floats]:
    # n and bads of approved and rejected; goods are the rest.
    few_above, many_above = n[1] - most[1], n[1] - fewest[1]
    few_below, many_below = n[0] - most[0], n[0] - fewest[0]
    return {
        f"{name}_bad_rate_lower": share(fewest[0], n[0]),
        f"{name}_bad_rate_upper": share(most[0], n[0]),
        f"{name}_false_rejection_rate_lower": share(few_above, few_above + many_below),
        f"{name}_false_rejection_rate_upper": share(many_above, many_above + few_below),
    }


def _all_known(sides: Sides) -> bool:
    n = sides.approved["applicants"].sum() + sides.rejected["applicants"].sum()
    return bool(sides.approved["labelled"].sum() + sides.rejected["labelled"].sum() == n)


def _approval_rate(sides: Sides, confidence: float) -> Estimate:
    if sides.are_weighted:
        return weighted_approval_rate(sides, confidence)
    n_approved = sides.approved["applicants"].sum(axis=0)
    lower, upper = wilson_interval(n_approved, sides.n, confidence=confidence)
    return Estimate(point=n_approved / sides.n, lower=lower, upper=upper)


def _outcome_rates(sides: Sides, confidence: float) -> tuple[Estimate, Estimate]:
    if sides.are_weighted:
        return (
            weighted_bad_rate(sides.approved, confidence),
            weighted_false_rejection_rate(sides, confidence),
        )
    if _all_known(sides):
        return _exact_rates(sides, confidence)
    below, above = cells_of(sides.approved), cells_of(sides.rejected)
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
        point=share(events, trials),
        lower=clopper_pearson_lower(events, trials, delta=delta),
        upper=clopper_pearson_upper(events, trials, delta=delta),
    )


def _amount_rate(sides: Sides, confidence: float) -> Estimate:
    if sides.are_weighted:
        return weighted_bad_rate(sides.approved, confidence, by_amount=True)
    # Strata weighted by amount, in heads of the average amount.
    amount = sides.approved["amount"].sum(axis=0) / CENTS
    heads = sides.approved["applicants"].sum(axis=0)
    cells = []
    for part in amount_parts(sides.approved, confidence):
        size = np.where(amount > 0, share(part.size * heads, amount), part.n)
        n_labelled = np.minimum(np.where(part.known, part.n_effective, 0), size)
        cells.append(Cell(n_applicants=size, n_labelled=n_labelled, n_bad=part.rate * n_labelled))
    return stratified_bad_rate(cells, confidence=confidence)


def _profit(sides: Sides, economics: LoanEconomics, confidence: float) -> Estimate:
    good, bad, stopped = per_amount(economics)
    approve = Worth(good=good, bad=bad, fixed=economics.operating)
    stop = Worth(good=stopped, bad=0.0)
    ways = ((sides.approved, approve), (sides.rejected, stop))
    if sides.are_weighted:
        return weighted_worth(ways, sides, confidence, by_amount=True)
    parts = [(part, worth) for side, worth in ways for part in amount_parts(side, confidence)]
    return worth_of(parts, sides.n, confidence)


def _three(name: str, estimate: Estimate) -> Mapping[str, Floats]:
    return {
        name: np.asarray(estimate.point, dtype=np.float64),
        f"{name}_lower": np.asarray(estimate.lower, dtype=np.float64),
        f"{name}_upper": np.asarray(estimate.upper, dtype=np.float64),
    }
