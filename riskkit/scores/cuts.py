"""Where to cut ordered bins so that few of them tell most: the exact optimum, not a greedy one."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import xlogy

from riskkit._checks import Floats
from riskkit.scores.columns import Codes
from riskkit.scores.features import SIGNS, Counts, Direction

#: A direction, or whichever of the two tells more.
Trend = Literal["higher", "lower", "none", "best"]
_BOTH: tuple[Direction, Direction] = ("higher", "lower")
#: A cut must raise the log-likelihood by this much. On ten real sets a cut that chance explains
#: costs less out of fold than a lost one, but a cut of no gain only lengthens the table.
_LEAST_GAIN = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRules:
    """What every bin must hold."""

    max_bins: int  #: Most bins.
    min_rows: float  #: Least weight of the rows in a bin.


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Ordered bins, joined into fewer."""

    bins: Codes  #: The new bin of each old one, ascending from 0, shape (n_old,).
    direction: Direction  #: The direction that the bad rate keeps from bin to bin.
    value: float  #: Log-likelihood, less what each cut must gain.


def best_cuts(fine: Counts, trend: Trend, rules: CutRules) -> Cuts:
    """Join ordered bins so that the log-likelihood of their bad rates is highest.

    A dynamic programme over all pairs of cuts [1]_: no other way to form at most `max_bins` bins
    that keep the direction and hold enough rows has a higher likelihood. A cut that gains next to
    nothing is left out. Where nothing can be cut there is one bin.

    References
    ----------
    .. [1] Bellman (1961), Communications of the ACM 4, 284.
    """
    if trend != "best":
        return _cuts(fine, trend, rules)
    limits = {direction: _limit(fine, direction) for direction in _BOTH}
    first, second = sorted(_BOTH, key=lambda direction: -limits[direction])
    found = _cuts(fine, first, rules)
    if found.value >= limits[second]:  # the other direction cannot reach more
        return found
    return max(found, _cuts(fine, second, rules), key=lambda cuts: cuts.value)


def _limit(fine: Counts, direction: Direction) -> float:
    # No bins that keep the direction are likelier than isotonic regression.
    seen = fine.rows > 0
    goods, bads = fine.goods[seen], fine.bads[seen]
    rates = isotonic_regression(
        bads / (goods + bads), weights=goods + bads, increasing=direction == "higher"
    ).x.clip(0, 1)
    return float(np.sum(xlogy(bads, rates) + xlogy(goods, 1 - rates)))


def _cuts(fine: Counts, direction: Direction, rules: CutRules) -> Cuts:
    gain, rate = _segments(fine, rules)
    sign = SIGNS[direction]
    values = _values(gain, sign * rate, min(rules.max_bins, len(fine.rows)), ordered=sign != 0)
    last = values[:, :, -1].max(axis=1) - _LEAST_GAIN * np.arange(len(values))
    n_cuts = int(np.argmax(last))
    bins = np.zeros(len(fine.rows), dtype=np.intp)
    for start in _starts(values, sign * rate, n_cuts, ordered=sign != 0):
        bins[start:] += 1
    return Cuts(bins=bins, direction=direction, value=float(last[n_cuts]))


def _segments(fine: Counts, rules: CutRules) -> tuple[Floats, Floats]:
    # Log-likelihood and bad rate of the fine bins from i to before j, shape (n + 1, n + 1).
    goods, bads = (_between(counts) for counts in (fine.goods, fine.bads))
    rows = goods + bads
    rate = bads / np.where(rows > 0, rows, 1)
    # Sums of weights differ from whole counts by rounding only.
    enough = (rows >= rules.min_rows * (1 - 1e-9)) & (rows > 0)
    return np.where(enough, xlogy(bads, rate) + xlogy(goods, 1 - rate), -np.inf), rate


def _between(counts: Floats) -> Floats:
    total = np.r_[0.0, np.cumsum(counts)]
    return np.maximum(0.0, total[None, :] - total[:, None])


def _values(gain: Floats, risk: Floats, max_bins: int, *, ordered: bool) -> Floats:
    # [k, i, j]: the most that k cuts before i, and no more up to j, can reach.
    n = len(gain) - 1
    values = np.full((max_bins, n + 1, n + 1), -np.inf)
    values[0, 0] = gain[0]
    for i in range(1, n):
        before, after = values[:-1, :i, i], np.isfinite(gain[i])
        if not after.any() or not np.isfinite(before).any():
            continue
        if not ordered:
            values[1:, i, after] = before.max(axis=1)[:, None] + gain[i, after]
            continue
        order = np.argsort(risk[:i, i], kind="stable")
        reached = np.maximum.accumulate(before[:, order], axis=1)
        n_lower = np.searchsorted(risk[order, i], risk[i, after], side="left")
        reached = np.hstack([np.full((len(before), 1), -np.inf), reached])
        values[1:, i, after] = reached[:, n_lower] + gain[i, after]
    return values


def _starts(values: Floats, risk: Floats, n_cuts: int, *, ordered: bool) -> list[int]:
    # Where each bin but the first starts, found backwards.
    starts: list[int] = []
    i, j = int(np.argmax(values[n_cuts, :, -1])), len(risk) - 1
    for k in range(n_cuts - 1, -1, -1):
        starts.append(i)
        allowed = (risk[:i, i] < risk[i, j]) if ordered else np.ones(i, dtype=bool)
        i, j = int(np.argmax(np.where(allowed, values[k, :i, i], -np.inf))), i
    return starts
