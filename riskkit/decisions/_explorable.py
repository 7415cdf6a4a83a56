"""Whom random approvals could reach, and how precise a rate becomes when some of them are.

In a PD band h with N would-be rejections, bad rate p and probability q of approval, the estimates
near a cut-off t vary by

    bad rate below t        sum over h <= t of  N p (1 - p) / q,  over (approved)^2
    false rejection rate    sum over all h of   N p (1 - p) (1{h > t} - F)^2 / q,  over (goods)^2

plus what the kept and the sizes of the bands add, which no exploration changes.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from riskkit._checks import Floats
from riskkit.decisions._sides import EXPLORED, SURE
from riskkit.decisions.ledger import CENTS, ScoreLedger
from riskkit.decisions.recalibration import BandModel, band_model
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics

RATES = ("bad_rate", "false_rejection_rate")

_N_BANDS = 10  # of PD, that get one probability each
_GAMMA = 2.0
_HIGHEST = 0.999  # bad rate: certainty would have no odds


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorationBands:
    """Would-be rejections by PD band; arrays of shape (n_bands,)."""

    pd_above: Floats  #: PDs of the band lie above this [fraction].
    pd_up_to: Floats  #: And at most here [fraction].
    n: Floats  #: Would-be rejections.
    bad_rate: Floats  #: As far as it can be told before exploring [fraction].
    price: Floats  #: Of approving one of them at random: loss less gain [currency].
    below: Floats  #: Whether the new cut-off would approve them: 1 or 0.


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From whom is to be learnt."""

    n_future: float | None  #: Applicants at the gate; None: as many as in the ledger.
    share_tuned: float  #: Part of them that intervals are drawn on [fraction].
    gamma: float | None  #: Odds of bad of would-be rejections against the approved of the same PD.


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicants:
    """The sure and the would-be rejections of a period; arrays of shape (2, n_edges)."""

    edges: Floats  #: Upper ends of the ledger's bands, shape (n_edges,) [fraction].
    n: Floats  #: In the period.
    amount: Floats  #: Theirs [currency].
    bad_rate: Floats  #: Smoothed [fraction].
    gamma: float | None  #: What was assumed of the would-be rejections; None where some are known.


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """A period's applicants around one cut-off."""

    bands: ExplorationBands  #: Where some could be explored.
    n: float  #: All applicants at the gate.
    share_tuned: float  #: Part of them that intervals are drawn on [fraction].
    n_below: float  #: Of all, those whom the cut-off approves.
    goods: float  #: Of all.
    kept_variance: dict[str, float]  #: What the sure and the sizes add, of each rate.
    rate: dict[str, float]  #: As far as it can be told before exploring [fraction].
    gamma: float | None  #: What was assumed of the would-be rejections.


def applicants_of(ledger: ScoreLedger, cutoff: float, period: Period) -> Applicants:
    """Return who comes in a period, and how bad they are as far as past outcomes tell.

    Raises
    ------
    DataError
        If the cut-off is no edge, the past policy rejected nobody, a number lies outside its range,
        or a gamma is stated although some were explored.
    """
    (edge,) = ledger.bands_of(np.array([cutoff]))
    n, amount = ledger.all_groups("applicants"), ledger.all_groups("amount") / CENTS
    if not n[SURE + 1 :].any():
        raise DataError("The policy in force rejects nobody at the score gate: nothing to explore.")
    if period.n_future is not None and not period.n_future > 0:
        raise DataError(f"n_future must be positive, but is {period.n_future}.")
    if not 0 < period.share_tuned <= 1:
        raise DataError(
            f"share_tuned must lie above 0 and at most at 1, but is {period.share_tuned}."
        )
    model = band_model(ledger)
    gamma = _assumed_gamma(period.gamma, explored=model.own[EXPLORED])
    scale = 1.0 if period.n_future is None else period.n_future / n.sum()
    p = _as_seen(ledger, model, int(edge))
    if gamma is not None:
        p[1] = gamma * p[1] / (1 - p[1] + gamma * p[1])
    return Applicants(
        edges=ledger.edges,
        n=np.stack([n[SURE], n[SURE + 1 :].sum(axis=0)]) * scale,
        amount=np.stack([amount[SURE], amount[SURE + 1 :].sum(axis=0)]) * scale,
        bad_rate=p,
        gamma=gamma,
    )


def population_of(
    ledger: ScoreLedger, cutoff: float, economics: LoanEconomics, period: Period
) -> Population:
    """Return a period's applicants around a cut-off, would-be rejections by bands.

    Raises
    ------
    DataError
        As `applicants_of`.
    """
    people = applicants_of(ledger, cutoff, period)
    (edge,) = ledger.bands_of(np.array([cutoff]))
    bands = _bands(people, _groups(people.n[1], int(edge)), int(edge), economics)
    sure, p_sure = people.n[0], people.bad_rate[0]
    is_below = np.arange(len(ledger.edges)) <= edge
    n_below = float((sure * is_below).sum() + (bands.n * bands.below).sum())
    bads_below = float(
        (sure * p_sure * is_below).sum() + (bands.n * bands.bad_rate * bands.below).sum()
    )
    goods = float((sure * (1 - p_sure)).sum() + (bands.n * (1 - bands.bad_rate)).sum())
    goods_below = n_below - bads_below
    rate, missed = bads_below / max(n_below, 1), max(1 - goods_below / max(goods, 1), 0.0)
    # As of counts: what another sample of applicants would change with everybody's outcome known.
    return Population(
        bands=bands,
        n=float(people.n.sum()),
        share_tuned=period.share_tuned,
        n_below=n_below,
        goods=goods,
        kept_variance={
            "bad_rate": rate * (1 - rate) / max(n_below, 1),
            "false_rejection_rate": missed * (1 - missed) / max(goods, 1),
        },
        rate={"bad_rate": rate, "false_rejection_rate": missed},
        gamma=people.gamma,
    )


def leverage_of(people: Population, target: str) -> Floats:
    """Return by how much a bad in each band moves a rate, shape (n_bands,)."""
    bands = people.bands
    if target == "bad_rate":
        return bands.below / max(people.n_below, 1)
    return (1 - bands.below - people.rate["false_rejection_rate"]) / max(people.goods, 1)


def width_of(people: Population, propensity: Floats, target: str, confidence: float) -> float:
    """Return how wide the interval of a rate becomes; infinite where it cannot be had."""
    bands = people.bands
    missing = leverage_of(people, target) ** 2 * bands.n * bands.bad_rate * (1 - bands.bad_rate)
    seen = propensity > 0
    if (missing[~seen] > 0).any():
        return math.inf
    # Of those not seen: with probability q, each stands for 1 / q.
    added = (missing[seen] * (1 / propensity[seen] - 1)).sum()
    # All of it goes by one over the number of applicants, so that a part of them multiplies it.
    variance = (people.kept_variance[target] + float(added)) / people.share_tuned
    return 2 * float(special.ndtri((1 + confidence) / 2)) * math.sqrt(variance)


def _assumed_gamma(stated: float | None, *, explored: bool) -> float | None:
    if stated is not None and not 1 <= stated < math.inf:
        raise DataError(f"gamma must be at least 1, but is {stated}.")
    if not explored:
        return _GAMMA if stated is None else stated
    if stated is not None:
        raise DataError(
            "gamma is an assumption for tables where nobody was approved at random, but here the "
            "outcomes of those who were tell the bad rates of the rejected; leave it out."
        )
    return None


def _as_seen(ledger: ScoreLedger, model: BandModel, edge: int) -> Floats:
    # The smooth line, put right by what was seen on either side of the cut-off, as doubly robust
    # rates are; one bad as expected beside those seen, or a few labels would mean none.
    rates = model.bad_rates[[SURE, EXPLORED]]
    labelled, bads = ledger.all_groups("labelled"), ledger.all_groups("bads")
    for stratum in (SURE, EXPLORED):
        known = stratum if model.own[stratum] else SURE
        for side in (slice(edge + 1), slice(edge + 1, None)):
            expected = float((labelled[known, side] * model.bad_rates[known, side]).sum())
            ratio = (float(bads[known, side].sum()) + 1) / (expected + 1)
            rates[stratum, side] = np.minimum(rates[stratum, side] * ratio, _HIGHEST)
    return rates


def _groups(rejected: Floats, edge: int) -> list[slice]:
    # Bands with about as many would-be rejections each; the cut-off is an end of one.
    up_to = np.cumsum(rejected)
    wanted = np.arange(1, _N_BANDS + 1) / _N_BANDS * up_to[-1]
    last = int(np.flatnonzero(rejected)[-1])
    # Sums of fractions may end a hair below the last wish, beyond which there is nobody.
    ends = np.unique([*np.minimum(np.searchsorted(up_to, wanted), last), edge])
    ends = ends[ends <= max(last, edge)]
    starts = [0, *(ends[:-1] + 1)]
    slices = [slice(int(a), int(b) + 1) for a, b in zip(starts, ends, strict=True)]
    return [part for part in slices if rejected[part].any()]


def _bands(
    people: Applicants, groups: list[slice], edge: int, economics: LoanEconomics
) -> ExplorationBands:
    n, amount, p = people.n[1], people.amount[1], people.bad_rate[1]
    values = economics.values([1.0])
    fixed = economics.operating
    good = float(values.good_if_approved[0] + fixed - values.good_if_stopped[0])
    bad = float(values.bad_if_approved[0] + fixed)
    sums = [(n[g].sum(), (n * p)[g].sum(), amount[g].sum(), (amount * p)[g].sum()) for g in groups]
    heads, bads, money, bad_money = (
        np.array(column, dtype=np.float64) for column in zip(*sums, strict=True)
    )
    gain = good * (money - bad_money) + bad * bad_money - fixed * heads
    edges = people.edges
    return ExplorationBands(
        pd_above=np.array([edges[g.start - 1] if g.start else 0.0 for g in groups]),
        pd_up_to=np.array([edges[g.stop - 1] for g in groups]),
        n=heads,
        bad_rate=bads / heads,
        price=-gain / heads,
        below=np.array([float(g.stop - 1 <= edge) for g in groups]),
    )
