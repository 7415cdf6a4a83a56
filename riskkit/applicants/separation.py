"""How well one column alone tells bads from goods, judged on outcomes it was not formed on."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats

Codes = NDArray[np.intp]
Counts = NDArray[np.int64]

#: Folds in which a column's groups meet outcomes that they were not formed on.
_FOLDS = 5
_ROWS_PER_GROUP, _MIN_GROUPS, _MAX_GROUPS = 50, 5, 100
#: Weight of the overall bad rate in a group's, in rows.
_PRIOR_ROWS = 20.0
#: Values give an outcome away if they hold this share of one class, so little of the other beside
#: what chance would put there, and chance would put so many there. Where bads are few, a clean
#: group of goods is nothing unusual: it has to be larger.
_GIVEN_AWAY = {"bad": 0.10, "good": 0.25}
_REMNANT, _MIN_EXPECTED = 0.01, 20.0
_MIN_GROUP = 10
#: An AUC closer to 0.5 than this, or than two standard errors, is no hint of a direction.
_HINT = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Outcomes of a table, laid out once for all its columns."""

    rows: Codes  #: Rows whose outcome is known, shape (n_known,).
    cells: Codes  #: 2 x fold + bad of those rows, shape (n_known,).
    n_rows: int  #: Rows of the table.

    @property
    def n_unknown(self) -> int:
        """Rows whose outcome is not known."""
        return self.n_rows - len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """How well one column alone tells bads from goods."""

    auc: float  #: Area under the ROC curve of out-of-fold bad rates by value; 0.5 knows nothing.
    higher_is_bad: float | None  #: AUC of the number itself; None for text.
    riskier: Literal["higher", "lower", "none"]  #: Direction seen in it, beyond chance.
    given_away: Literal["bad", "good"] | None  #: The class that some values give away.


def outcomes_of(bad: Floats) -> Outcomes:
    """Lay outcomes out for `tabulated`.

    Parameters
    ----------
    bad : array of float, shape (n_applicants,)
        1 bad, 0 good, NaN unknown.

    Returns
    -------
    Outcomes
        Known rows take folds in turn within each class: no draw, and every fold has the same
        bad rate.

    Examples
    --------
    >>> outcomes_of(np.array([0.0, 1.0, np.nan, 0.0])).cells
    array([2, 3, 4])
    """
    rows = np.flatnonzero(~np.isnan(bad))
    is_bad = bad[rows] == 1
    fold = np.where(is_bad, np.cumsum(is_bad), np.cumsum(~is_bad)) % _FOLDS
    return Outcomes(rows=rows, cells=2 * fold + is_bad, n_rows=len(bad))


def tabulated(codes: Codes, n_values: int, outcomes: Outcomes) -> Counts:
    """Count known outcomes by value, fold and class.

    Parameters
    ----------
    codes : array of int, shape (n_applicants,)
        The value of each row, from 0; -1 where it is missing.
    n_values : int
        Distinct values.
    outcomes : Outcomes
        The outcomes of the same rows.

    Returns
    -------
    array of int, shape (n_values + 1, 5, 2)
        Rows; the last value is "missing".

    Examples
    --------
    >>> counts = tabulated(np.array([0, 0, -1]), 1, outcomes_of(np.array([0.0, 1.0, 1.0])))
    >>> counts.sum(axis=1)
    array([[1, 1],
           [0, 1]])
    """
    known = codes if outcomes.n_unknown == 0 else codes[outcomes.rows]
    size = 2 * _FOLDS
    cells = np.where(known < 0, n_values, known) * size + outcomes.cells
    return np.bincount(cells, minlength=(n_values + 1) * size).reshape(n_values + 1, _FOLDS, 2)


def separation_of(counts: Counts, *, ordered: bool, measured: Flags) -> Separation | None:
    """Measure how well one column tells bads from goods.

    Parameters
    ----------
    counts : array of int, shape (n_values + 1, 5, 2)
        What `tabulated` returns.
    ordered : bool
        Whether the values are numbers, in ascending order.
    measured : array of bool, shape (n_values,)
        The values that are measurements and not codes; the direction is read off these.

    Returns
    -------
    Separation or None
        None where all known outcomes share one value.

    Examples
    --------
    >>> bad = np.repeat([0.0, 1.0], 50)
    >>> counts = tabulated(np.arange(100) // 25, 4, outcomes_of(bad))
    >>> separation_of(counts, ordered=True, measured=np.ones(4, dtype=bool)).auc
    1.0
    """
    if (counts.sum(axis=(1, 2)) > 0).sum() < 2:  # noqa: PLR2004 - one value separates nothing
        return None
    groups = _grouped(counts) if ordered else counts
    by_value = counts.sum(axis=1)[:-1][measured]
    higher_is_bad = _auc(by_value) if ordered and by_value.any(axis=0).all() else None
    return Separation(
        auc=_out_of_fold_auc(groups),
        higher_is_bad=higher_is_bad,
        riskier="none" if higher_is_bad is None else _riskier(higher_is_bad, by_value),
        given_away=_given_away(groups),
    )


def _grouped(counts: Counts) -> Counts:
    # Neighbouring numbers join in groups of about equal size; a frequent value stays whole, and
    # missing values stay a group of their own.
    sizes = counts[:-1].sum(axis=(1, 2))
    total = sizes.sum()
    n_groups = int(np.clip(total // _ROWS_PER_GROUP, _MIN_GROUPS, _MAX_GROUPS))
    if len(sizes) <= n_groups or total == 0:
        return counts
    group = (np.cumsum(sizes) - sizes) * n_groups // total
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    return np.concatenate([np.add.reduceat(counts[:-1], starts), counts[-1:]])


def _out_of_fold_auc(counts: Counts) -> float:
    others = counts.sum(axis=1, keepdims=True) - counts
    overall = counts[..., 1].sum() / counts.sum()
    rates = (others[..., 1] + _PRIOR_ROWS * overall) / (others.sum(axis=-1) + _PRIOR_ROWS)
    # Rounding keeps equal rates tied: a value seen in one fold only must not rank by its fold.
    _, rank = np.unique(rates.round(12), return_inverse=True)
    goods, bads = (np.bincount(rank.ravel(), weights=counts[..., k].ravel()) for k in (0, 1))
    return _auc(np.column_stack([goods, bads]))


def _auc(by_rank: NDArray[np.generic]) -> float:
    goods, bads = by_rank.astype(np.float64).T
    goods_below = np.cumsum(goods) - goods
    return float(bads @ (goods_below + goods / 2) / (goods.sum() * bads.sum()))


def _riskier(auc: float, by_value: Counts) -> Literal["higher", "lower", "none"]:
    # The standard error of an AUC that knows nothing is that of the rank sum.
    goods, bads = by_value.sum(axis=0)
    noise = math.sqrt((goods + bads + 1) / (12 * goods * bads))
    if abs(auc - 0.5) < max(_HINT, 2 * noise):
        return "none"
    return "higher" if auc > 0.5 else "lower"  # noqa: PLR2004 - an AUC of 0.5 knows nothing


def _given_away(counts: Counts) -> Literal["bad", "good"] | None:
    # Values are picked in four folds and judged in the fifth: chance cannot pass for knowledge.
    others = counts.sum(axis=1, keepdims=True) - counts
    if _gives_away(counts, others, own=1):
        return "bad"
    return "good" if _gives_away(counts, others, own=0) else None


def _gives_away(counts: Counts, others: Counts, *, own: int) -> bool:
    owns, strangers = others[..., own], others[..., 1 - own]
    held = counts[(owns >= _MIN_GROUP) & (strangers <= _REMNANT * owns)].sum(axis=0)
    total = counts.sum(axis=(0, 1))
    expected = held.sum() * total[1 - own] / total.sum()
    enough = held[own] >= _GIVEN_AWAY["bad" if own else "good"] * total[own]
    return bool(enough and expected >= _MIN_EXPECTED and held[1 - own] <= _REMNANT * expected)
