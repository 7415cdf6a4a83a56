"""What is known of the approved and of the rejected at each cut-off, stratum by stratum.

Bads are doubly robust: the smooth model's mean over everybody in a stratum, put right by the
weighted mean of what it misses among the labelled. Money is linear in amounts and in those of bads.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from riskkit._checks import Floats
from riskkit.decisions.ledger import CENTS, MILLION, Counts, ScoreLedger, sums_up_to
from riskkit.decisions.recalibration import BandModel, model_sums
from riskkit.lending import LoanEconomics
from riskkit.selection import Cell, Estimate, wilson_interval

SURE, EXPLORED, UNREACHABLE = range(3)  # the order of ledger.STRATA
Sums = dict[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Sums of the approved and the rejected at each cut-off; shape (n_strata, n_cutoffs) each."""

    approved: Sums  #: Measures of the ledger, and those of its model.
    rejected: Sums  #: The same.

    @property
    def are_weighted(self) -> bool:
        """Whether rows count by sampling weights."""
        return "nn0" in self.approved

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
class Part:
    """One stratum on one side: a size, and the share of it that is bad; shape (n_cutoffs,) each."""

    n: Floats  #: Applicants.
    size: Floats  #: Applicants again, or their amounts [currency].
    rate: Floats  #: Bad share of the size, 0 where unknown [fraction].
    lower: Floats  #: Its limits, approximate [fraction].
    upper: Floats
    known: NDArray[np.bool_]  #: Whether there is a label, or nobody.
    n_effective: Floats  #: Equal, labelled applicants that would tell as much.
    variance: Floats  #: Of the size between applicants.


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a part counts for, per unit of size."""

    good: float  #: Where good.
    bad: float  #: Where bad.
    fixed: float = 0.0  #: Per applicant.


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
    # Everybody is the last band, so that totals come along.
    ends = np.append(bands, len(ledger.edges) - 1) if bands[-1] < len(ledger.edges) - 1 else bands
    sums = {
        name: sums_up_to(ledger.all_groups(name), ends).astype(np.float64) for name in ledger.sums
    } | {name: sums_up_to(values, ends) for name, values in added.items()}
    approved = {name: values[:, : len(bands)] for name, values in sums.items()}
    total = {name: values[:, -1:] for name, values in sums.items()}
    rejected = {
        # Products of heads and bads may be negative: what the labelled miss is put right.
        name: total[name] - sums if name.startswith("nb") else np.maximum(total[name] - sums, 0)
        for name, sums in approved.items()
    }
    return Sides(approved=approved, rejected=rejected)


def model_profit(sides: Sides, economics: LoanEconomics) -> Floats:
    """Return expected profit per application by the smoothed PDs alone, shape (n_cutoffs,)."""
    amounts = (sides.approved["model_bad_amount"], sides.rejected["model_bad_amount"])
    return _profit_of(sides, economics, *amounts) / sides.n


def cells_of(side: Sums) -> list[Cell]:
    """Return counts by stratum from which Wilson's limits follow.

    Of the sure and the unreachable as they are; of the explored, counts that give the doubly robust
    rate and, as a binomial, its variance.
    """
    n, labelled = side["applicants"], side["labelled"]
    rate = np.nan_to_num(share(bads_of(side), n))
    weight = side["weight"] / MILLION
    kish = share(weight**2, side["weight_squared"] / MILLION)
    mean = share(side["model_bads"], n)
    between = np.maximum(share(side["model_squares"], n) - mean**2, 0)
    variance = share(side["weighted_model_variance"], weight**2) + share(between, n)
    # Both by the model: a rate that came out near 0 would make a few labels look like none.
    usual = mean * (1 - mean)
    n_effective = np.where((usual > 0) & (variance > 0), share(usual, variance), kish)
    n_effective = np.where(labelled > 0, np.minimum(n_effective, n), 0)
    return [
        Cell(
            n_applicants=n[stratum],
            n_labelled=n_effective[stratum] if stratum == EXPLORED else labelled[stratum],
            n_bad=(rate * n_effective)[stratum] if stratum == EXPLORED else side["bads"][stratum],
        )
        for stratum in range(3)
    ]


def head_parts(side: Sums, confidence: float) -> list[Part]:
    """Return the strata of one side, counted by heads."""
    parts = []
    for stratum, cell in enumerate(cells_of(side)):
        n, n_labelled, n_bad = (
            np.asarray(v, dtype=np.float64)
            for v in (cell.n_applicants, cell.n_labelled, cell.n_bad)
        )
        lower, upper = wilson_interval(n_bad, n_labelled, confidence=confidence)
        parts.append(
            Part(
                n=n, size=n, rate=share(n_bad, n_labelled), lower=lower, upper=upper,
                known=(side["labelled"][stratum] > 0) | (n == 0), n_effective=n_labelled,
                variance=np.zeros(n.shape),
            )
        )  # fmt: skip
    return parts


def amount_parts(side: Sums, confidence: float) -> list[Part]:
    """Return the strata of one side, counted by amount."""
    return [_amount_part(side, stratum, confidence) for stratum in range(3)]


def _amount_part(side: Sums, stratum: int, confidence: float) -> Part:
    n, amount = side["applicants"][stratum], side["amount"][stratum] / CENTS
    rate = np.nan_to_num(share(bad_amounts_of(side), side["amount"] / CENTS))[stratum]
    weight, seen = side["weight"][stratum] / MILLION, side["weighted_amount"][stratum] / CENTS
    squares, bad_squares = (
        side[f"weighted_square_{name}"][stratum] for name in ("amount", "bad_amount")
    )
    # Of a ratio of sums: sum of w^2 a^2 (y - rate)^2 over the square of the sum of w a.
    mean_weight = share(side["weight_squared"][stratum] / MILLION, weight)
    own = share(side["weighted_bad_amount"][stratum] / CENTS, seen)
    spread = mean_weight * ((1 - 2 * own) * bad_squares + own**2 * squares)
    usual = own * (1 - own)
    kish = share(weight**2, side["weight_squared"][stratum] / MILLION)
    # As many equal loans as would give this variance; never more than there are labels.
    n_effective = np.where(
        (usual > 0) & (spread > 0),
        np.minimum(share(usual * seen**2, spread), kish),
        share(seen**2, mean_weight * squares),
    )
    lower, upper = wilson_interval(rate * n_effective, n_effective, confidence=confidence)
    return Part(
        n=n,
        size=amount,
        rate=rate,
        lower=np.minimum(lower, rate),
        upper=np.maximum(upper, rate),
        known=(side["labelled"][stratum] > 0) | (n == 0),
        n_effective=n_effective,
        variance=np.maximum(share(squares, weight) - share(seen, weight) ** 2, 0),
    )


def worth_of(parts: Sequence[tuple[Part, Worth]], n: Floats, confidence: float) -> Estimate:
    """Return what some parts are worth together, per application, with its limits.

    Each part's limits are combined by the method of variance estimates recovery [1]_; the sizes of
    the parts, and the amounts in them, would differ in another sample. Where a part has no label,
    it is worth anything between all good and all bad, and the point is NaN.

    Parameters
    ----------
    parts : sequence of (Part, Worth)
        Disjoint parts of the applicants.
    n : array of float, shape (n_cutoffs,)
        All applicants.
    confidence : float
        Of the two limits together [fraction].

    Returns
    -------
    Estimate
        One entry per cut-off.

    References
    ----------
    .. [1] Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.
    """
    worst, best, down, up, second, first = (np.zeros(np.shape(n)) for _ in range(6))
    for part, worth in parts:
        apart = part.size / n * (worth.bad - worth.good)
        moves = np.stack([apart * (end - part.rate) for end in (part.lower, part.upper)])
        money = part.size / n * worth.good + apart * part.rate - worth.fixed * part.n / n
        worst += money + np.where(part.known, 0, np.minimum(apart, 0))
        best += money + np.where(part.known, 0, np.maximum(apart, 0))
        down += np.where(part.known, moves.min(axis=0), 0) ** 2
        up += np.where(part.known, moves.max(axis=0), 0) ** 2
        mean = share(money * n, part.n)
        scale = share(mean * part.n, part.size)
        second += share(part.n, n) * (mean**2 + scale**2 * part.variance)
        first += money
    unknown = best > worst
    square = float(special.ndtri((1 + confidence) / 2)) ** 2
    drawn = np.where(unknown, 0, square * np.maximum(second - first**2, 0) / n)
    return Estimate(
        point=np.where(unknown, np.nan, worst),
        lower=worst - np.sqrt(down + drawn),
        upper=best + np.sqrt(up + drawn),
    )


def _profit_of(
    sides: Sides, economics: LoanEconomics, bad_below: Floats, bad_above: Floats
) -> Floats:
    # Linear in amounts and in those of bads: economics.values, added up.
    good, bad, stopped = per_amount(economics)
    below = sides.approved["amount"] / CENTS - bad_below
    above = sides.rejected["amount"] / CENTS - bad_above
    money = good * below + bad * bad_below + stopped * above
    return (money - economics.operating * sides.approved["applicants"]).sum(axis=0)


def per_amount(economics: LoanEconomics) -> tuple[float, float, float]:
    """Return the worth of a unit approved and good, approved and bad, and stopped and good."""
    free = economics.model_copy(update={"operating": 0.0}).values([1.0])
    return (
        float(free.good_if_approved[0]),
        float(free.bad_if_approved[0]),
        float(free.good_if_stopped[0]),
    )


def bads_of(side: Sums) -> Floats:
    """Return the estimated bads by stratum; NaN where there is somebody and no label."""
    n = side["applicants"]
    rates = _robust(side["model_bads"], side, n, "weighted_bads", MILLION, side["weight"] / MILLION)
    return np.where(n > 0, np.where(side["labelled"] > 0, n * rates, np.nan), 0.0)


def bad_amounts_of(side: Sums) -> Floats:
    """Return the estimated amounts of bads by stratum [currency]; NaN likewise."""
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
    return np.clip(share(model, size) + share(missed, weight), 0, 1)


def share(part: Floats | Counts, whole: Floats | Counts) -> Floats:
    """Return a share; 0 where nobody is in the whole, for such a group counts with weight 0."""
    shape = np.broadcast_shapes(np.shape(part), np.shape(whole))
    # What is unknown stays so: a comparison with NaN would make it 0.
    return np.divide(part, whole, out=np.zeros(shape), where=~(np.asarray(whole) <= 0))
