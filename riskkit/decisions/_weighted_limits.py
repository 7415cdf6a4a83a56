"""Intervals on a table whose rows count by sampling weights: linearised, at each cut-off.

How much weighted rows tell depends on which of them count: weights that go with the score or the
outcome make some cut-offs far less certain than others. Every estimate is a ratio or a mean of
sums over rows; its variance is the sum of squares of what each row moves it by. The bad rate of
each stratum has Wilson limits, of as many equal rows as would give its variance; they are combined
by the method of variance estimates recovery, with what is left of the variance beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from riskkit._checks import Flags, Floats
from riskkit.decisions._sides import Sides, Sums, Worth, bad_amounts_of, bads_of, share
from riskkit.decisions.ledger import CENTS, MILLION
from riskkit.selection import Estimate, wilson_interval

_HEADS, _AMOUNT = 0, 1  # powers of the amount by which a row counts
_ROUNDING = 1e-12  # what no bad at all may come to


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    # Heads, amounts and bads of one side; shape (n_strata, n_cutoffs) each but total's.
    sums: Sums
    power: int
    size: Floats
    rate: Floats  # bad share of the size; 0 or 1 where assumed, since nobody is labelled
    variance: Floats
    lower: Floats
    upper: Floats

    def spread(
        self,
        *,
        fixed: Floats | float = 0.0,
        size: Floats | float = 0.0,
        bad: Floats | float = 0.0,
    ) -> Floats:
        """Sum squares of (fixed + size a + bad a b) over rows, with a amount or 1 and b bad."""
        return _spread(self.sums, self.power, fixed=fixed, size=size, bad=bad).sum(axis=0)


def weighted_approval_rate(sides: Sides, confidence: float) -> Estimate:
    """Return the share of applicants whom each cut-off approves."""
    rate = sides.approved["applicants"].sum(axis=0) / sides.n
    moved = _spread(sides.approved, size=1 - rate) + _spread(sides.rejected, size=-rate)
    kish = share(sides.n**2, (sides.approved["nn0"] + sides.rejected["nn0"]).sum(axis=0))
    lower, upper = _limits(rate, moved.sum(axis=0) / sides.n**2, kish, confidence)
    return Estimate(point=rate, lower=lower, upper=upper)


def weighted_bad_rate(sums: Sums, confidence: float, *, by_amount: bool = False) -> Estimate:
    """Return the bad share of one side, by heads or by amount."""
    ends = []
    for bad in (False, True):
        side = _side_of(sums, confidence, bad=bad, by_amount=by_amount)
        size = side.size.sum(axis=0)
        rate = share((side.size * side.rate).sum(axis=0), size)
        variance = share(side.spread(size=-rate, bad=1.0), size**2)
        ends.append(_around(rate, variance, [(share(side.size, size), side)], confidence))
    return _as_rate(_between(*ends, unknown=_unknown(sums).any(axis=0)))


def weighted_false_rejection_rate(sides: Sides, confidence: float) -> Estimate:
    """Return the share of goods whom each cut-off rejects."""
    ends = []
    for worst in (False, True):  # bads above the cut-off and goods below it, or the other way
        above = _side_of(sides.rejected, confidence, bad=not worst)
        below = _side_of(sides.approved, confidence, bad=worst)
        goods = [(side.size * (1 - side.rate)).sum(axis=0) for side in (above, below)]
        total = goods[0] + goods[1]
        rate = share(goods[0], total)
        moved = above.spread(size=1 - rate, bad=rate - 1) + below.spread(size=-rate, bad=rate)
        parts = [
            (share(above.size, total) * (rate - 1), above),
            (share(below.size, total) * rate, below),
        ]
        point, lower, upper = _around(rate, share(moved, total**2), parts, confidence)
        # Where all goods are on one side, no variance shows.
        alone = _limits(rate, np.zeros(rate.shape), _kish_of_all(sides), confidence)
        one_sided = rate * (1 - rate) <= _ROUNDING
        ends.append(
            (point, np.where(one_sided, alone[0], lower), np.where(one_sided, alone[1], upper))
        )
    unknown = (_unknown(sides.rejected) | _unknown(sides.approved)).any(axis=0)
    return _as_rate(_between(*ends, unknown=unknown))


def weighted_worth(
    parts: Sequence[tuple[Sums, Worth]], sides: Sides, confidence: float, *, by_amount: bool
) -> Estimate:
    """Return what some sides are worth together, per application; `sides` are all of them."""
    ends = []
    for best in (False, True):
        filled = [
            (_side_of(sums, confidence, bad=(w.bad > w.good) == best, by_amount=by_amount), w)
            for sums, w in parts
        ]
        ends.append(_worth(filled, sides, confidence))
    unknown = np.stack([_unknown(sums).any(axis=0) for sums, _ in parts]).any(axis=0)
    return _between(*ends, unknown=unknown)


def _worth(
    parts: Sequence[tuple[_Side, Worth]], sides: Sides, confidence: float
) -> tuple[Floats, Floats, Floats]:
    n, value = sides.n, np.zeros(np.shape(sides.n))
    for side, worth in parts:
        each = worth.good + (worth.bad - worth.good) * side.rate
        value += (side.size * each - worth.fixed * side.sums["applicants"]).sum(axis=0) / n
    # Whoever is in no part counts for nothing, which is less than the mean, or more.
    squares = (sides.approved["nn0"] + sides.rejected["nn0"]).sum(axis=0)
    others = squares - sum(side.sums["nn0"].sum(axis=0) for side, _ in parts)
    moved = np.maximum(others, 0) * value**2
    for side, worth in parts:
        apart = worth.bad - worth.good
        moved += side.spread(fixed=-worth.fixed - value, size=worth.good, bad=apart)
    by = [(side.size / n * (worth.bad - worth.good), side) for side, worth in parts]
    return _around(value, moved / n**2, by, confidence)


def _around(
    value: Floats, variance: Floats, parts: Sequence[tuple[Floats, _Side]], confidence: float
) -> tuple[Floats, Floats, Floats]:
    # Parts are what a bad rate moves the value by, and whose. What their limits do not account for
    # comes from who the applicants are, and for how much they ask.
    down, up, rest = np.zeros(value.shape), np.zeros(value.shape), variance
    for by, side in parts:
        moves = np.stack([by * (side.lower - side.rate), by * (side.upper - side.rate)])
        down += (moves.min(axis=0) ** 2).sum(axis=0)
        up += (moves.max(axis=0) ** 2).sum(axis=0)
        rest = rest - (by**2 * side.variance).sum(axis=0)
    square = float(special.ndtri((1 + confidence) / 2)) ** 2 * np.maximum(rest, 0)
    return value, value - np.sqrt(down + square), value + np.sqrt(up + square)


def _side_of(sums: Sums, confidence: float, *, bad: bool, by_amount: bool = False) -> _Side:
    # As if all were bad, or good, in strata where there is somebody and no label.
    power = _AMOUNT if by_amount else _HEADS
    unknown, told = _unknown(sums), dict(sums)
    for name in sums:
        if name.startswith(("nb", "bb")):
            told[name] = np.where(unknown, bad * sums[f"nn{name[2:]}"], sums[name])
    size = sums["amount"] / CENTS if by_amount else sums["applicants"]
    bads = bad_amounts_of(sums) if by_amount else bads_of(sums)
    rate = share(np.where(unknown, bad * size, bads), size)
    variance = share(_spread(told, power, size=-rate, bad=1.0), size**2)
    variance += (1 - rate) ** 2 * _unseen(sums, by_amount=by_amount)
    kish = share((sums["weight"] / MILLION) ** 2, sums["weight_squared"] / MILLION)
    if by_amount:
        kish = np.minimum(kish, share(size**2, sums["nn2"]))
    lower, upper = _limits(rate, variance, kish, confidence)
    return _Side(
        sums=told,
        power=power,
        size=size,
        rate=rate,
        variance=variance,
        lower=np.where(unknown, rate, lower),
        upper=np.where(unknown, rate, upper),
    )


def _unseen(sums: Sums, *, by_amount: bool) -> Floats:
    # Few bads may lack those few that weigh much: their weights spread no less than the goods' do.
    unit, power = (CENTS, 2) if by_amount else (MILLION, 0)
    total, bads = (
        sums[each] / unit
        for each in (
            ("weighted_amount", "weighted_bad_amount") if by_amount else ("weight", "weighted_bads")
        )
    )
    n_bad, squares = sums["bad_rows"], sums[f"bad_ww{power}"]
    factor = share((sums["rows"] - n_bad) * (sums[f"ww{power}"] - squares), (total - bads) ** 2)
    return share(np.maximum(share(bads**2, n_bad) * factor - squares, 0), total**2)


def _limits(
    rate: Floats, variance: Floats, kish: Floats, confidence: float
) -> tuple[Floats, Floats]:
    # As many equal rows as would give this variance; where none or all are bad, no variance shows.
    usual = rate * (1 - rate)
    seen = (usual > _ROUNDING) & (variance > 0)
    n_equal = np.where(seen, share(usual, variance), kish)
    return wilson_interval(rate * n_equal, n_equal, confidence=confidence)


def _spread(
    sums: Sums,
    power: int = _HEADS,
    *,
    fixed: Floats | float = 0.0,
    size: Floats | float = 0.0,
    bad: Floats | float = 0.0,
) -> Floats:
    nn, nnp, nbp = sums["nn0"], sums[f"nn{power}"], sums[f"nb{power}"]
    nnpp, nbpp, bbpp = (sums[f"{pair}{2 * power}"] for pair in ("nn", "nb", "bb"))
    squares = fixed**2 * nn + size**2 * nnpp + bad**2 * bbpp
    products = fixed * size * nnp + fixed * bad * nbp + size * bad * nbpp
    return np.maximum(squares + 2 * products, 0)


def _kish_of_all(sides: Sides) -> Floats:
    weight, squared = (
        (sides.approved[name] + sides.rejected[name]).sum(axis=0) / MILLION
        for name in ("weight", "weight_squared")
    )
    return share(weight**2, squared)


def _unknown(sums: Sums) -> Flags:
    return np.asarray((sums["labelled"] == 0) & (sums["applicants"] > 0))


def _between(
    low: tuple[Floats, Floats, Floats], high: tuple[Floats, Floats, Floats], *, unknown: ArrayLike
) -> Estimate:
    return Estimate(point=np.where(unknown, np.nan, low[0]), lower=low[1], upper=high[2])


def _as_rate(found: Estimate) -> Estimate:
    lower, upper = np.maximum(found.lower, 0), np.minimum(found.upper, 1)
    return Estimate(point=found.point, lower=lower, upper=upper)
