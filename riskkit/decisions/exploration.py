"""The cheapest random approvals for a wished precision: where, how many, at what price.

Whoever would be rejected and is approved with a known probability stands for the others like them.
In a PD band h with N would-be rejections, bad rate p and probability q of approval, the estimates
near a cut-off t vary by

    bad rate below t        sum over h <= t of  N p (1 - p) / q,  over (approved)^2
    false rejection rate    sum over all h of   N p (1 - p) (1{h > t} - F)^2 / q,  over (goods)^2

plus what the kept and the sizes of the bands add, which no exploration changes. Per unit of cost,
Neyman's allocation [1]_ spends q in proportion to the root of the variance over the price of one
exploration. The price is the expected loss of the explored less what the good among them bring; it
is negative where approving pays anyway.

References
----------
.. [1] Neyman (1934), J. Royal Statistical Society 97, 558-625.
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy import special

from riskkit._checks import Floats, check_open_fraction
from riskkit.decisions._sides import SURE
from riskkit.decisions.grids import Grid, starting_point
from riskkit.decisions.ledger import CENTS, ScoreLedger
from riskkit.decisions.recalibration import BandModel, band_model
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics

Target = Literal["bad_rate", "false_rejection_rate"]

_N_BANDS = 10  # of PD, that get one probability each
_BISECTIONS = 60
_LEAST_PRICE = 0.05  # a negative or tiny price counts as this share of the mean price
_SMALLEST, _START = 1e-4, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be learnt by exploration."""

    cutoff: float  #: The cut-off to learn about, an edge of the ledger [fraction].
    target: Target  #: Whose interval is wished.
    width: float  #: Upper less lower limit of it [fraction].
    confidence: float = 0.95  #: Of the interval [fraction].
    n_future: float | None = None
    """Applicants of the period of exploration; None: as many as in the ledger."""
    most: float = 0.5  #: Highest probability of random approval [fraction].


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
class ExplorationPlan:
    """Probabilities of random approval, what they cost, and the precision they promise."""

    bands: ExplorationBands  #: Where.
    propensity: Floats  #: Probability of approval of each band, to be logged, shape (n_bands,).
    n_explored: float  #: Expected random approvals.
    price: float  #: Expected loss less gain of all of them [currency].
    widths: dict[str, float]
    """Of the 95 % intervals (or as asked) of bad rate and false rejection rate at the cut-off."""
    uniform_widths: dict[str, float]
    """The same, had the same number been explored alike everywhere."""
    cutoff: float  #: The PD cut-off in question [fraction].
    confidence: float  #: Of the intervals [fraction].

    def propensities(self, pds: Floats) -> Floats:
        """Return the probability of random approval of would-be rejections.

        Parameters
        ----------
        pds : array of float, shape (n_applicants,)
            Their PDs [fraction].

        Returns
        -------
        array of float, shape (n_applicants,)
            0 where a PD lies outside all bands; draw with it, and log it [fraction].
        """
        place = np.searchsorted(self.bands.pd_up_to, pds)
        inside = (pds > self.bands.pd_above[0]) & (place < len(self.propensity))
        return np.where(inside, self.propensity[np.minimum(place, len(self.propensity) - 1)], 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Population:
    bands: ExplorationBands
    n: float  # all applicants
    n_below: float
    goods: float
    kept_variance: dict[str, float]  # what the sure and the sizes add, of each rate
    rate: dict[str, float]


def plan_exploration(
    ledger: ScoreLedger, wish: Wish, *, economics: LoanEconomics
) -> ExplorationPlan:
    """Return the cheapest random approvals that make an interval as narrow as wished.

    Parameters
    ----------
    ledger : ScoreLedger
        Past applicants; the sure are those whom the policy in force approves, all others its
        would-be rejections. Where some were explored already, their outcomes tell the bad rates
        of the bands; else those of the approved are carried over, too low as a rule.
    wish : Wish
        Which interval, how narrow, from how many applicants.
    economics : LoanEconomics
        What goods, bads and wrongly stopped goods are worth.

    Returns
    -------
    ExplorationPlan
        Neyman's allocation at the smallest scale that meets the width, beside uniform exploration
        of as many [1]_. For a bad rate nobody above the cut-off is explored.

    Raises
    ------
    DataError
        If the cut-off is no edge, the past policy rejected nobody, a number lies outside its range,
        or the width is narrower than the applicants allow, were all outcomes known.
    InfeasibleCutoffError
        If even the highest probability does not reach the width: the message says what it reaches.

    References
    ----------
    .. [1] Neyman (1934), J. Royal Statistical Society 97, 558-625.

    Examples
    --------
    >>> from riskkit.decisions import ScoredOutcomes, edge_above, score_ledger
    >>> pds = np.linspace(0.01, 0.3, 20_000)
    >>> sure = pds < 0.1
    >>> bad = np.where(sure, np.arange(20_000) % 20 == 0, np.nan)
    >>> ledger = score_ledger(ScoredOutcomes(pds=pds, bad=bad, propensity=sure * 1.0,
    ...                                      amount=np.full(20_000, 100.0)))
    >>> wish = Wish(cutoff=edge_above(np.array([0.15]))[0], target="bad_rate", width=0.03)
    >>> plan = plan_exploration(ledger, wish, economics=LoanEconomics())
    >>> plan.widths["bad_rate"] <= 0.03 < plan.uniform_widths["bad_rate"]
    True
    """
    _check_wish(wish)
    people = _population(ledger, wish.cutoff, economics, wish.n_future)
    shape = _neyman(people, wish.target)

    def at(scale: float) -> Floats:
        return np.minimum(scale * shape, wish.most)

    _check_reachable(people, np.where(shape > 0, wish.most, 0.0), wish)
    low, high = 0.0, float((wish.most / shape[shape > 0]).max())
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        met = _width(people, at(middle), wish.target, wish.confidence) <= wish.width
        low, high = (low, middle) if met else (middle, high)
    return _plan(people, at(high), wish.cutoff, wish.confidence)


def exploration_for_certificate(  # noqa: PLR0913 - a certificate and who is to be explored for it
    ledger: ScoreLedger,
    grid: Grid,
    limit: Limit,
    *,
    economics: LoanEconomics,
    n_future: float | None = None,
    cutoff: float | None = None,
    most: float = 1.0,
) -> ExplorationPlan:
    """Return the least uniform exploration under which a certificate for everybody can exist.

    Inverse-propensity betting must start at a cut-off below which
    ``4 ln(1 / delta) / ln(1 + q cap)`` applicants are expected; q is the least that lets it start
    no later than at the cut-off in question. To exist is not to be likely: where the truth lies
    near the cap, more is needed.

    Parameters
    ----------
    ledger : ScoreLedger
        Past applicants, as in `plan_exploration`.
    grid : Grid
        Cut-offs of the certificate.
    limit : Limit
        On the bad rate, with a confidence.
    economics : LoanEconomics
        What goods, bads and wrongly stopped goods are worth.
    n_future : float, optional
        Applicants of the period of exploration; without it, as many as in the ledger.
    cutoff : float, optional
        The grid's cut-off that is to be reached at least; without it, its last [fraction].
    most : float
        Highest probability of random approval [fraction].

    Returns
    -------
    ExplorationPlan
        One probability in all bands up to that cut-off.

    Raises
    ------
    DataError
        If the limit is not on the bad rate with a confidence, the cut-off is not of the grid or no
        edge, the past policy rejected nobody, or most lies outside its range.
    InfeasibleCutoffError
        If no exploration lets it exist with so few applicants: the message says how many it takes.

    Examples
    --------
    >>> from riskkit.decisions import ScoredOutcomes, cutoff_grid, edge_above, score_ledger
    >>> pds = np.linspace(0.01, 0.3, 20_000)
    >>> sure = pds < 0.1
    >>> ledger = score_ledger(ScoredOutcomes(
    ...     pds=pds, bad=np.where(sure, np.arange(20_000) % 20 == 0, np.nan),
    ...     propensity=sure * 1.0, amount=np.full(20_000, 100.0)))
    >>> limit = Limit(rate="bad_rate", at_most=0.05, confidence=0.95)
    >>> plan = exploration_for_certificate(
    ...     ledger, cutoff_grid(edge_above(pds)), limit, economics=LoanEconomics())
    >>> round(float(plan.propensity[0]), 4)  # 4 ln 20 / ln(1 + 0.05 q) of 20,000
    0.012
    """
    if limit.rate != "bad_rate" or limit.confidence is None:
        raise DataError(f"limit must bind bad_rate with a confidence, but is {limit}.")
    reach = float(grid.cutoffs[-1]) if cutoff is None else cutoff
    place = int(np.searchsorted(grid.cutoffs, reach))
    if place == len(grid.cutoffs) or grid.cutoffs[place] != reach:
        raise DataError(f"cutoff must be one of the grid's, but is {cutoff}.")
    people = _population(ledger, reach, economics, n_future)
    delta, expected = 1 - limit.confidence, people.n * float(grid.levels[place])

    def needed(q: float) -> float:
        return _START * math.log(1 / delta) / math.log1p(q * limit.bound)

    if not 0 < most <= 1:
        raise DataError(f"most must lie above 0 and at most at 1, but is {most}.")
    if needed(most) > expected:
        who = "everybody" if most == 1 else f"{most:.4g} of the would-be rejected"
        raise InfeasibleCutoffError(
            f"A certificate of {limit} up to a PD of {reach:.4g} takes at least "
            f"{math.ceil(needed(most) / float(grid.levels[place]))} applicants, even if {who} "
            f"is explored, but {people.n:.0f} are expected."
        )
    q = math.expm1(_START * math.log(1 / delta) / expected) / limit.bound
    starting_point(grid.levels, people.n, math.floor(needed(q)))
    return _plan(people, q * people.bands.below, reach, 0.95)


def _population(
    ledger: ScoreLedger, cutoff: float, economics: LoanEconomics, n_future: float | None
) -> _Population:
    (edge,) = ledger.bands_of(np.array([cutoff]))
    applicants, amount = ledger.all_groups("applicants"), ledger.all_groups("amount") / CENTS
    rejected, rejected_amount = (v[SURE + 1 :].sum(axis=0) for v in (applicants, amount))
    if not rejected.any():
        raise DataError("The policy in force rejects nobody at the score gate: nothing to explore.")
    if n_future is not None and not n_future > 0:
        raise DataError(f"n_future must be positive, but is {n_future}.")
    scale = 1.0 if n_future is None else n_future / applicants.sum()
    model = band_model(ledger)
    groups = _groups(rejected, int(edge))
    bands = _bands(ledger, model, groups, int(edge), (rejected, rejected_amount), economics, scale)
    sure, p_sure = applicants[SURE] * scale, model.bad_rates[SURE]
    is_below = np.arange(len(ledger.edges)) <= edge
    n_below = float((sure * is_below).sum() + (bands.n * bands.below).sum())
    bads_below = float(
        (sure * p_sure * is_below).sum() + (bands.n * bands.bad_rate * bands.below).sum()
    )
    goods = float((sure * (1 - p_sure)).sum() + (bands.n * (1 - bands.bad_rate)).sum())
    goods_below = n_below - bads_below
    rate, missed = bads_below / max(n_below, 1), max(1 - goods_below / max(goods, 1), 0.0)
    # As of counts: what another sample of applicants would change with everybody's outcome known.
    return _Population(
        bands=bands,
        n=float(applicants.sum() * scale),
        n_below=n_below,
        goods=goods,
        kept_variance={
            "bad_rate": rate * (1 - rate) / max(n_below, 1),
            "false_rejection_rate": missed * (1 - missed) / max(goods, 1),
        },
        rate={"bad_rate": rate, "false_rejection_rate": missed},
    )


def _groups(rejected: Floats, edge: int) -> list[slice]:
    # Bands with about as many would-be rejections each; the cut-off is an end of one.
    up_to = np.cumsum(rejected)
    wanted = np.arange(1, _N_BANDS + 1) / _N_BANDS * up_to[-1]
    ends = np.unique([*np.searchsorted(up_to, wanted), edge])
    last = int(np.flatnonzero(rejected)[-1])
    ends = ends[ends <= max(last, edge)]
    starts = [0, *(ends[:-1] + 1)]
    slices = [slice(int(a), int(b) + 1) for a, b in zip(starts, ends, strict=True)]
    return [part for part in slices if rejected[part].any()]


def _bands(  # noqa: PLR0913, PLR0917 - the parts of one table
    ledger: ScoreLedger,
    model: BandModel,
    groups: list[slice],
    edge: int,
    rejected: tuple[Floats, Floats],
    economics: LoanEconomics,
    scale: float,
) -> ExplorationBands:
    n, amount = rejected
    p = model.bad_rates[SURE + 1]  # of the explored, or carried over
    values = economics.values([1.0])
    fixed = economics.operating
    good = float(values.good_if_approved[0] + fixed - values.good_if_stopped[0])
    bad = float(values.bad_if_approved[0] + fixed)
    sums = [(n[g].sum(), (n * p)[g].sum(), amount[g].sum(), (amount * p)[g].sum()) for g in groups]
    heads, bads, money, bad_money = (
        np.array(column, dtype=np.float64) for column in zip(*sums, strict=True)
    )
    gain = good * (money - bad_money) + bad * bad_money - fixed * heads
    edges = ledger.edges
    return ExplorationBands(
        pd_above=np.array([edges[g.start - 1] if g.start else 0.0 for g in groups]),
        pd_up_to=np.array([edges[g.stop - 1] for g in groups]),
        n=heads * scale,
        bad_rate=bads / heads,
        price=-gain / heads,
        below=np.array([float(g.stop - 1 <= edge) for g in groups]),
    )


def _leverage(people: _Population, target: str) -> Floats:
    # By how much a bad in each band moves the rate.
    bands = people.bands
    if target == "bad_rate":
        return bands.below / max(people.n_below, 1)
    return (1 - bands.below - people.rate["false_rejection_rate"]) / max(people.goods, 1)


def _neyman(people: _Population, target: Target) -> Floats:
    bands = people.bands
    spread = np.abs(_leverage(people, target)) * np.sqrt(bands.bad_rate * (1 - bands.bad_rate))
    least = _LEAST_PRICE * max(float(np.abs(bands.price).mean()), 1e-12)
    shape = spread / np.sqrt(np.maximum(bands.price, least))
    return shape / shape.max() if shape.any() else shape


def _width(people: _Population, propensity: Floats, target: str, confidence: float) -> float:
    bands = people.bands
    leverage = _leverage(people, target)
    missing = leverage**2 * bands.n * bands.bad_rate * (1 - bands.bad_rate)
    seen = propensity > 0
    if (missing[~seen] > 0).any():
        return np.inf
    # Of those not seen: with probability q, each stands for 1 / q.
    added = (missing[seen] * (1 / propensity[seen] - 1)).sum()
    z = float(special.ndtri((1 + confidence) / 2))
    return 2 * z * math.sqrt(people.kept_variance[target] + float(added))


def _check_wish(wish: Wish) -> None:
    check_open_fraction(width=wish.width, confidence=wish.confidence)
    if not 0 < wish.most <= 1:
        raise DataError(f"most must lie above 0 and at most at 1, but is {wish.most}.")
    if wish.target not in get_args(Target):
        raise DataError(f"target must be {' or '.join(get_args(Target))}, but is {wish.target!r}.")


def _check_reachable(people: _Population, full: Floats, wish: Wish) -> None:
    everybody = _width(people, np.ones(len(full)), wish.target, wish.confidence)
    if everybody > wish.width:
        raise DataError(
            f"width must be at least {everybody:.4f} for {people.n:.0f} applicants, but is "
            f"{wish.width:g}: even if all outcomes were known the {wish.target} would be no more "
            "certain. Explore for longer (n_future)."
        )
    reached = _width(people, full, wish.target, wish.confidence)
    if not full.any() or reached > wish.width:
        raise InfeasibleCutoffError(
            f"Exploring at most {wish.most:.0%} of the would-be rejections reaches a width of "
            f"{reached:.4f} for the {wish.target} of {people.n:.0f} applicants, not "
            f"{wish.width:g}; explore for longer (n_future) or more (most)."
        )


def _plan(
    people: _Population, propensity: Floats, cutoff: float, confidence: float
) -> ExplorationPlan:
    bands = people.bands
    n_explored = float((bands.n * propensity).sum())
    alike = np.full(len(propensity), n_explored / bands.n.sum())
    rates = ("bad_rate", "false_rejection_rate")
    return ExplorationPlan(
        bands=bands,
        propensity=propensity,
        n_explored=n_explored,
        price=float((bands.n * propensity * bands.price).sum()),
        widths={rate: _width(people, propensity, rate, confidence) for rate in rates},
        uniform_widths={rate: _width(people, alike, rate, confidence) for rate in rates},
        cutoff=cutoff,
        confidence=confidence,
    )
