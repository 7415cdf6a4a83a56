"""The cheapest random approvals for a wished precision: where, how many, at what price.

Whoever would be rejected and is approved with a known probability stands for the others like them;
`_explorable` says how precise a rate becomes. Per unit of cost, Neyman's allocation [1]_ spends the
probability in proportion to the root of the variance over the price of one exploration. The price
is the expected loss of the explored less what the good among them bring. Where it is negative,
approving pays by itself: there the cheapest is the highest probability that is allowed.

References
----------
.. [1] Neyman (1934), J. Royal Statistical Society 97, 558-625.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from riskkit._checks import Flags, Floats, check_open_fraction
from riskkit.decisions._explorable import (
    RATES,
    ExplorationBands,
    Period,
    Population,
    leverage_of,
    population_of,
    width_of,
)
from riskkit.decisions.ledger import ScoreLedger
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import LoanEconomics

Target = Literal["bad_rate", "false_rejection_rate"]

_BISECTIONS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be learnt by exploration."""

    cutoff: float  #: The cut-off to learn about, an edge of the ledger [fraction].
    target: Target  #: Whose interval is wished.
    width: float  #: Upper less lower limit of it [fraction].
    confidence: float = 0.95  #: Of the interval [fraction].
    n_future: float | None = None
    """Applicants of the period of exploration; None: as many as in the ledger."""
    share_tuned: float = 1.0
    """Part of them that the interval is drawn on: the tuning rows [fraction]."""
    most: float = 0.5  #: Highest probability of random approval [fraction].
    gamma: float | None = None
    """Where nobody was explored yet: odds of bad of would-be rejections over those of the approved
    of the same PD, an assumption; None: 2. Not to be given where some were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UniformExploration:
    """One probability of random approval for all would-be rejections, for comparison."""

    propensity: float  #: Of everybody [fraction].
    n_explored: float  #: Expected random approvals.
    price: float  #: Expected loss less gain of all of them [currency].
    widths: dict[str, float]  #: Of the intervals of bad rate and false rejection rate.


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorationPlan:
    """Probabilities of random approval, what they cost, and the precision they promise."""

    bands: ExplorationBands  #: Where.
    propensity: Floats  #: Probability of approval of each band, to be logged, shape (n_bands,).
    n_explored: float  #: Expected random approvals.
    price: float  #: Expected loss less gain of all of them [currency].
    widths: dict[str, float]
    """Of the 95 % intervals (or as asked) of bad rate and false rejection rate at the cut-off."""
    as_many: UniformExploration  #: Exploring the same number alike everywhere.
    as_dear: UniformExploration | None
    """Exploring alike everywhere at the same price; None where no probability has that price."""
    cutoff: float  #: The PD cut-off in question [fraction].
    confidence: float  #: Of the intervals [fraction].
    n_applicants: float  #: At the score gate while exploring.
    n_tuned: float  #: Of them, those that the intervals are drawn on.
    gamma: float | None
    """Odds of bad of would-be rejections over those of the approved of the same PD, where that is
    assumed; None where the explored of the past tell."""
    widths_if_worse: dict[str, float] | None
    """The widths if those odds were twice as high as assumed; None where nothing is assumed."""

    @property
    def pays(self) -> Flags:
        """Whether approving a band outright pays, and is explored for it, shape (n_bands,)."""
        return (self.bands.price <= 0) & (self.propensity > 0)

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
class Question:
    """What a plan is about, to be asked again under another assumption."""

    ledger: ScoreLedger
    cutoff: float
    confidence: float
    economics: LoanEconomics
    period: Period

    def population(self) -> Population:
        """Return who comes, around the cut-off."""
        return population_of(self.ledger, self.cutoff, self.economics, self.period)

    def population_if_worse(self, assumed: float) -> Population:
        """Return the same, would-be rejections with twice the odds of bad that are assumed."""
        return replace(self, period=replace(self.period, gamma=2 * assumed)).population()


def plan_exploration(
    ledger: ScoreLedger, wish: Wish, *, economics: LoanEconomics
) -> ExplorationPlan:
    """Return the cheapest random approvals that make an interval as narrow as wished.

    Parameters
    ----------
    ledger : ScoreLedger
        Past applicants; the sure are those whom the policy in force approves, all others its
        would-be rejections. Where some were explored already, their outcomes tell the bad rates
        of the bands; else those of the approved are carried over, their odds times a gamma.
    wish : Wish
        Which interval, how narrow, from how many applicants.
    economics : LoanEconomics
        What goods, bads and wrongly stopped goods are worth.

    Returns
    -------
    ExplorationPlan
        Neyman's allocation at the smallest scale that meets the width, and the highest probability
        where approving pays, beside uniform exploration of as many and at the same price [1]_. For
        a bad rate nobody above the cut-off is explored.

    Raises
    ------
    DataError
        If the cut-off is no edge, the past policy rejected nobody, a number lies outside its range,
        a gamma is stated where some were explored, or the width is narrower than the applicants
        allow, were all outcomes known.
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
    >>> plan.widths["bad_rate"] <= 0.03 < plan.as_many.widths["bad_rate"]
    True
    >>> plan.gamma  # nobody was explored, so that it takes an assumption
    2.0
    """
    _check_wish(wish)
    period = Period(n_future=wish.n_future, share_tuned=wish.share_tuned, gamma=wish.gamma)
    question = Question(
        ledger=ledger, cutoff=wish.cutoff, confidence=wish.confidence, economics=economics,
        period=period,
    )  # fmt: skip
    people = question.population()
    shape, pays = _neyman(people, wish.target)

    def at(scale: float) -> Floats:
        return np.where(pays, wish.most, np.minimum(scale * shape, wish.most))

    _check_reachable(people, np.where(pays | (shape > 0), wish.most, 0.0), wish)
    low, high = 0.0, float((wish.most / shape[shape > 0]).max(initial=0.0))
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        met = width_of(people, at(middle), wish.target, wish.confidence) <= wish.width
        low, high = (low, middle) if met else (middle, high)
    return new_plan(question, people, at(high))


def new_plan(question: Question, people: Population, propensity: Floats) -> ExplorationPlan:
    """Return what probabilities of random approval cost and promise."""
    bands, confidence = people.bands, question.confidence
    n_explored = float((bands.n * propensity).sum())
    price = float((bands.n * propensity * bands.price).sum())
    price_of_all = float((bands.n * bands.price).sum())
    as_dear = price / price_of_all if price_of_all else 0.0
    worse = None if people.gamma is None else question.population_if_worse(people.gamma)
    return ExplorationPlan(
        bands=bands,
        propensity=propensity,
        n_explored=n_explored,
        price=price,
        widths=_widths(people, propensity, confidence),
        as_many=_uniform(people, n_explored / float(bands.n.sum()), confidence),
        as_dear=_uniform(people, as_dear, confidence) if 0 < as_dear <= 1 else None,
        cutoff=question.cutoff,
        confidence=confidence,
        n_applicants=people.n,
        n_tuned=people.n * people.share_tuned,
        gamma=people.gamma,
        widths_if_worse=None if worse is None else _widths(worse, propensity, confidence),
    )


def _neyman(people: Population, target: Target) -> tuple[Floats, Flags]:
    # Probabilities up to a scale, and the bands in which something is learnt for less than nothing.
    bands = people.bands
    spread = np.abs(leverage_of(people, target)) * np.sqrt(bands.bad_rate * (1 - bands.bad_rate))
    costs = bands.price > 0
    shape = np.zeros(len(spread))
    shape[costs] = spread[costs] / np.sqrt(bands.price[costs])
    return shape / max(float(shape.max(initial=0.0)), 1e-300), ~costs & (spread > 0)


def _widths(people: Population, propensity: Floats, confidence: float) -> dict[str, float]:
    return {rate: width_of(people, propensity, rate, confidence) for rate in RATES}


def _uniform(people: Population, propensity: float, confidence: float) -> UniformExploration:
    bands = people.bands
    return UniformExploration(
        propensity=propensity,
        n_explored=propensity * float(bands.n.sum()),
        price=propensity * float((bands.n * bands.price).sum()),
        widths=_widths(people, np.full(len(bands.n), propensity), confidence),
    )


def _check_wish(wish: Wish) -> None:
    check_open_fraction(width=wish.width, confidence=wish.confidence)
    check_most(wish.most)
    if wish.target not in get_args(Target):
        raise DataError(f"target must be {' or '.join(get_args(Target))}, but is {wish.target!r}.")


def check_most(most: float) -> None:
    """Refuse what is no highest probability.

    Raises
    ------
    DataError
        If it lies outside (0, 1].
    """
    if not 0 < most <= 1:
        raise DataError(f"most must lie above 0 and at most at 1, but is {most}.")


def _check_reachable(people: Population, full: Floats, wish: Wish) -> None:
    everybody = width_of(people, np.ones(len(full)), wish.target, wish.confidence)
    who = f"{people.n * people.share_tuned:.0f} applicants"
    if people.share_tuned < 1:
        who += f" (the tuning rows of {people.n:.0f})"
    if everybody > wish.width:
        raise DataError(
            f"width must be at least {math.ceil(everybody * 1e4) / 1e4:.4f} for {who}, but is "
            f"{wish.width:g}: even if all outcomes were known the {wish.target} would be no more "
            "certain. Explore more applicants (n_future; --applicants)."
        )
    reached = width_of(people, full, wish.target, wish.confidence)
    if not full.any() or reached > wish.width:
        raise InfeasibleCutoffError(
            f"Exploring at most {100 * wish.most:.4g}% of the would-be rejections reaches a width "
            f"of {reached:.4f} for the {wish.target} of {who}, not {wish.width:g}; explore more "
            "applicants (n_future; --applicants) or a larger part of them (most; --most)."
        )
