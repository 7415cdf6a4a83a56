"""Random approvals for a certificate: the least with which one exists, and what makes it likely.

Inverse-propensity betting must start at a cut-off below which ``4 ln(1 / delta) / ln(1 + q cap)``
applicants are expected. The least q lets it start no later than at the cut-off in question. To
exist is not to be likely: how often it reaches that cut-off is simulated with the certificate's own
test, on applicants drawn like those of the past.
"""

import math
from dataclasses import dataclass

import numpy as np

from riskkit._checks import check_open_fraction
from riskkit.decisions._explorable import Applicants, Period, Population, applicants_of
from riskkit.decisions.certificates import SelectedSample
from riskkit.decisions.exploration import ExplorationPlan, Question, check_most, new_plan
from riskkit.decisions.grids import Grid, starting_point
from riskkit.decisions.ledger import ScoreLedger
from riskkit.decisions.propensity_certificates import certify_inverse_propensity
from riskkit.decisions.walks import START
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics

_DRAWS = 100  # a chance of 80 % is then known to 4 points
_TESTED = 5  # cut-offs of the walk, its first and its last among them
_STEPS = 6  # of the search for q, in its logarithm
_HAIR = 1e-9  # so that rounding does not ask for one applicant more


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateWish:
    """Which certificate is to come of an exploration, and of how many applicants."""

    limit: Limit  #: On the bad rate, with a confidence.
    cutoff: float | None = None  #: Of the grid, to be reached; None: its last [fraction].
    chance: float = 0.8  #: With which it is to be reached [fraction].
    n_future: float | None = None
    """Applicants of the period of exploration; None: as many as in the ledger."""
    share_tuned: float = 1.0  #: Part of them that are tuning rows [fraction].
    customers_per_row: float = 1.0
    """Customers per tuning row: a certificate counts one application of each [fraction]."""
    most: float = 1.0  #: Highest probability of random approval [fraction].
    gamma: float | None = None  #: As of `Wish`.


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateExploration:
    """What to explore for a certificate: one probability up to the cut-off that it is to reach."""

    limit: Limit  #: What is to be certified.
    bad_rate: float  #: At the cut-off, as far as it can be told before exploring [fraction].
    n_certified: int  #: Applicants that the certificate is drawn from.
    wanted: float  #: Chance of the certificate that was asked for [fraction].
    least: ExplorationPlan  #: With which a certificate can exist at all.
    chance_of_least: float  #: That it then reaches the cut-off, simulated [fraction].
    plan: ExplorationPlan  #: The cheapest that has the wanted chance; else the most allowed.
    chance: float  #: That the certificate then reaches the cut-off, simulated [fraction].


def exploration_for_certificate(
    ledger: ScoreLedger,
    grid: Grid,
    wish: CertificateWish,
    *,
    economics: LoanEconomics,
    seed: int = 0,
) -> CertificateExploration:
    """Return the least uniform exploration under which a certificate for everybody is likely.

    Parameters
    ----------
    ledger : ScoreLedger
        Past applicants, as in `plan_exploration`.
    grid : Grid
        Cut-offs of the certificate.
    wish : CertificateWish
        Limit, cut-off and the chance wanted, and from how many applicants.
    economics : LoanEconomics
        What goods, bads and wrongly stopped goods are worth.
    seed : int
        Of the applicants that are simulated.

    Returns
    -------
    CertificateExploration
        One probability in all bands up to that cut-off: the least with which a certificate can
        exist, and that which reaches the cut-off with the chance wanted, of 100 simulations; the
        highest allowed where none does.

    Raises
    ------
    DataError
        If the limit is not on the bad rate with a confidence, the cut-off is not of the grid or no
        edge, the past policy rejected nobody, or a number lies outside its range.
    InfeasibleCutoffError
        If the bad rate at the cut-off is not below the cap as far as it can be told, or no
        exploration lets a certificate exist with so few applicants: the message says how many it
        takes.

    Examples
    --------
    >>> from riskkit.decisions import ScoredOutcomes, cutoff_grid, edge_above, score_ledger
    >>> pds = np.linspace(0.01, 0.3, 4000)
    >>> sure = pds < 0.1
    >>> ledger = score_ledger(ScoredOutcomes(
    ...     pds=pds, bad=np.where(sure, np.arange(4000) % 40 == 0, np.nan),
    ...     propensity=sure * 1.0, amount=np.full(4000, 100.0)))
    >>> limit = Limit(rate="bad_rate", at_most=0.12, confidence=0.95)
    >>> found = exploration_for_certificate(
    ...     ledger, cutoff_grid(edge_above(pds)), CertificateWish(limit=limit),
    ...     economics=LoanEconomics())
    >>> round(float(found.least.propensity[0]), 4)  # 4 ln 20 / ln(1 + 0.12 q) = 4000
    0.025
    >>> found.chance_of_least < 0.8 <= found.chance
    True
    """
    _check_wish(wish)
    reach = float(grid.cutoffs[-1]) if wish.cutoff is None else wish.cutoff
    place = int(np.searchsorted(grid.cutoffs, reach))
    if place == len(grid.cutoffs) or grid.cutoffs[place] != reach:
        raise DataError(f"cutoff must be one of the grid's, but is {wish.cutoff}.")
    period = Period(n_future=wish.n_future, share_tuned=wish.share_tuned, gamma=wish.gamma)
    question = Question(
        ledger=ledger, cutoff=reach, confidence=0.95, economics=economics, period=period
    )
    people = question.population()
    _check_below_cap(people, reach, wish.limit)
    share = wish.share_tuned * wish.customers_per_row
    n = round(people.n * share)
    trial = _Trial(
        people=applicants_of(ledger, reach, period), grid=grid, place=place, limit=wish.limit, n=n,
        seed=seed,
    )  # fmt: skip
    least = _least(trial, wish.most, people.n, share)
    chance_of_least = trial.chance(least)
    likely, chance = (least, chance_of_least)
    if chance < wish.chance:
        likely, chance = _likely(trial, least, wish)

    def plan(q: float) -> ExplorationPlan:
        return new_plan(question, people, q * people.bands.below)

    return CertificateExploration(
        limit=wish.limit,
        bad_rate=people.rate["bad_rate"],
        n_certified=n,
        wanted=wish.chance,
        least=plan(least),
        chance_of_least=chance_of_least,
        plan=plan(likely),
        chance=chance,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    # Draws samples as they will come, and certifies them as will be done.
    people: Applicants
    grid: Grid
    place: int  # of the cut-off that is to be reached
    limit: Limit
    n: int
    seed: int

    def needed(self, q: float) -> float:
        """Return how many applicants the first cut-off takes."""
        return START * math.log(1 / self._delta) / math.log1p(q * self.limit.bound)

    def least(self) -> float:
        """Return the q with which the walk can start at the cut-off that is to be reached."""
        expected = math.floor(self.n * float(self.grid.levels[self.place]))
        if not expected:
            return math.inf
        q = math.expm1(START * math.log(1 / self._delta) / expected) / self.limit.bound
        return q * (1 + _HAIR)

    def chance(self, q: float) -> float:
        """Return how often the certificate reaches the cut-off."""
        first = starting_point(self.grid.levels, self.n, math.ceil(self.needed(q)))
        walked = np.unique(np.linspace(first, self.place, _TESTED).astype(int))
        grid = Grid(cutoffs=self.grid.cutoffs[walked], levels=self.grid.levels[walked])
        return float(np.mean([self._reached(grid, q, draw) for draw in range(_DRAWS)]))

    @property
    def _delta(self) -> float:
        assert self.limit.confidence is not None  # noqa: S101 - checked
        return 1 - self.limit.confidence

    def _reached(self, grid: Grid, q: float, draw: int) -> bool:
        try:
            found = certify_inverse_propensity(
                self._sample(q, np.random.default_rng([self.seed, draw])),
                grid=grid, limit=self.limit, smallest_propensity=q, seed=draw,
            )  # fmt: skip
        except InfeasibleCutoffError:
            return False
        return found.cutoff == grid.cutoffs[-1]

    def _sample(self, q: float, rng: np.random.Generator) -> SelectedSample:
        n, p = self.people.n, self.people.bad_rate
        cells = np.flatnonzero(n)
        counts = rng.multinomial(self.n, (n / n.sum()).ravel()[cells])
        rows = np.repeat(cells, counts)
        sure, band = rows < n.shape[1], rows % n.shape[1]
        pds = self.people.edges[band]
        chance = np.where(sure, 1.0, np.where(pds <= self.grid.cutoffs[self.place], q, 0.0))
        approved = (rng.random(rows.size) < chance) * 1.0
        bad = (rng.random(rows.size) < p.ravel()[rows]) * 1.0
        return SelectedSample(pds=pds, approved=approved, bad=bad, propensity=chance)


def _least(trial: _Trial, most: float, n_all: float, share: float) -> float:
    least = trial.least()
    if least <= most:
        return least
    level = float(trial.grid.levels[trial.place])
    reach = float(trial.grid.cutoffs[trial.place])
    wanted = math.ceil(trial.needed(most) / (level * share))
    counted = "" if share == 1 else f", of whom a certificate counts {100 * share:.3g}%"
    who = "everybody" if most == 1 else f"{most:.4g} of the would-be rejected"
    raise InfeasibleCutoffError(
        f"A certificate of {trial.limit} up to a PD of {reach:.4g} takes at least {wanted} "
        f"applicants{counted}, even if {who} is explored, but {n_all:.0f} are expected."
    )


def _likely(trial: _Trial, least: float, wish: CertificateWish) -> tuple[float, float]:
    low, high, chance = math.log(least), math.log(wish.most), trial.chance(wish.most)
    if chance < wish.chance:
        return wish.most, chance
    for _ in range(_STEPS):
        middle = (low + high) / 2
        found = trial.chance(math.exp(middle))
        if found >= wish.chance:
            high, chance = middle, found
        else:
            low = middle
    return min(math.exp(high), wish.most), chance


def _check_wish(wish: CertificateWish) -> None:
    limit = wish.limit
    if limit.rate != "bad_rate" or limit.confidence is None:
        raise DataError(
            f"limit must bind bad_rate with a confidence, but is {limit}.{_hint(limit)}"
        )
    check_most(wish.most)
    check_open_fraction(chance=wish.chance)
    if not 0 < wish.customers_per_row <= 1:
        raise DataError(
            f"customers_per_row must lie above 0 and at most at 1, but is {wish.customers_per_row}."
        )


def _hint(limit: Limit) -> str:
    if limit.rate == "bad_rate":
        return " Write it as bad_rate <= 3% @ 95%."
    if limit.rate == "approval_rate":
        return " An approval rate is certified without any outcome: nothing need be explored."
    if limit.rate == "false_rejection_rate":
        return (
            " What a certificate of false rejections takes is not planned; plan the width of its "
            "interval instead (target; --target false_rejection_rate --width)."
        )
    return " Exploration is planned for certificates of the bad rate by number only."


def _check_below_cap(people: Population, cutoff: float, limit: Limit) -> None:
    rate = people.rate["bad_rate"]
    if rate < limit.bound:
        return
    assumed = "" if people.gamma is None else f", with gamma {people.gamma:g},"
    raise InfeasibleCutoffError(
        f"A certificate of {limit} up to a PD of {cutoff:.4g} is not to be had however many are "
        f"explored: the bad rate there is estimated{assumed} at {100 * rate:.3g}%. Take a stricter "
        "cut-off (cutoff; --cutoff) or a higher cap."
    )
