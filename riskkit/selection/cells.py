"""Rates of all applicants from counts, for every cut-off at once.

Each `Cell` is one group of applicants (sure, explored or unreachable, below or above the cut-off)
whose size is known exactly and whose bad rate is known from its labelled members only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from riskkit._checks import Floats
from riskkit.errors import DataError, UndefinedRateError
from riskkit.selection.intervals import ratio, wilson_interval
from riskkit.selection.records import Assumption, Estimate, Population


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Counts of one group of applicants; numbers, or arrays of shape (n_cutoffs,).

    Within a cell the labelled must be like the others: all of them (sure), or drawn with one
    propensity (explored); where the propensity varies, `effective_cell` gives the counts.
    """

    n_applicants: ArrayLike  #: Everybody in the group.
    n_labelled: ArrayLike  #: Those of them with a known outcome; 0 for the unreachable.
    n_bad: ArrayLike  #: Bads among the labelled.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goods:
    # Number of goods over some cells: estimate and limits of cells with labels, size of the rest.
    point: Floats
    lower: Floats
    upper: Floats
    unknown: Floats
    squares: Floats  # sum of n (good rate)^2: what the sizes of the cells add, as they are random


def effective_cell(
    *, n_applicants: ArrayLike, weight: ArrayLike, weight_squared: ArrayLike, weight_bad: ArrayLike
) -> Cell:
    """Return the cell of a group whose members were explored with different propensities.

    Its labelled count is Kish's effective sample size and its bads those that give the
    self-normalised bad rate, so that every interval for counts serves approximately.

    Parameters
    ----------
    n_applicants : array-like, shape (n_cutoffs,)
        Everybody in the group.
    weight : array-like, shape (n_cutoffs,)
        Sum of 1 / propensity over the labelled.
    weight_squared : array-like, shape (n_cutoffs,)
        Sum of 1 / propensity^2 over the labelled.
    weight_bad : array-like, shape (n_cutoffs,)
        Sum of 1 / propensity over the labelled bads.

    Returns
    -------
    Cell
        Counts, not whole numbers in general.

    Examples
    --------
    >>> cell = effective_cell(n_applicants=40, weight=40.0, weight_squared=160.0, weight_bad=8.0)
    >>> cell.n_labelled, cell.n_bad
    (array(10.), array(2.))
    """
    total, squares, bads = (
        np.asarray(values, dtype=np.float64) for values in (weight, weight_squared, weight_bad)
    )
    return Cell(
        n_applicants=n_applicants,
        n_labelled=ratio(total**2, squares),
        n_bad=ratio(bads * total, squares),
    )


def stratified_bad_rate(cells: Sequence[Cell], *, confidence: float = 0.95) -> Estimate:
    """Estimate the bad rate of everybody in some cells, each weighted by its true size.

    Wilson limits of the cells are combined by the method of variance estimates recovery [1]_. A
    cell with applicants but without labels could hold anything from no bad to bads only: it
    widens the limits by its whole share, and the point is NaN.

    Parameters
    ----------
    cells : sequence of Cell
        Disjoint groups that make up the population, such as the sure, the explored and the
        unreachable below a cut-off; arrays of one shape, or numbers.
    confidence : float
        Approximate coverage of the two-sided interval, for the population that the applicants
        were drawn from [fraction].

    Returns
    -------
    Estimate
        One entry per cut-off.

    Raises
    ------
    DataError
        If counts contradict each other or `confidence` lies outside (0, 1).
    UndefinedRateError
        If nobody is in the cells at some cut-off.

    References
    ----------
    .. [1] Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> sure = Cell(n_applicants=600, n_labelled=600, n_bad=12)
    >>> explored = Cell(n_applicants=400, n_labelled=40, n_bad=8)
    >>> rate = stratified_bad_rate([sure, explored])
    >>> [round(float(value), 3) for value in (rate.point, rate.lower, rate.upper)]
    [0.092, 0.053, 0.152]
    """
    goods = _goods(cells, confidence)
    total = sum(np.asarray(cell.n_applicants, dtype=np.float64) for cell in cells)
    if not np.all(total > 0):
        raise UndefinedRateError("The bad rate is undefined: there are no applicants in the cells.")
    known = np.maximum(total - goods.unknown, 1)
    spread = _wider(goods, np.maximum(goods.squares - goods.point**2 / known, 0), confidence)
    return Estimate(
        point=np.where(goods.unknown > 0, np.nan, 1 - goods.point / total),
        lower=np.maximum(1 - (spread.upper + goods.unknown) / total, 0),
        upper=1 - spread.lower / total,
        assumption=Assumption.ALIKE_IN_CELLS,
        population=Population.EVERYBODY,
    )


def rejected_good_rate(
    *, rejected: Sequence[Cell], approved: Sequence[Cell], confidence: float = 0.95
) -> Estimate:
    """Estimate the goods rejected among all goods: the false rejection rate of a cut-off.

    The limits solve the method of variance estimates recovery for a ratio [1]_, from Wilson
    limits of every cell. Cells with applicants but without labels give bounds: their members all
    bad above and all good below the cut-off, or the other way round; the point is then NaN.

    Parameters
    ----------
    rejected : sequence of Cell
        Disjoint groups above the cut-off.
    approved : sequence of Cell
        Disjoint groups below it.
    confidence : float
        Approximate coverage of the two-sided interval, for the population that the applicants
        were drawn from [fraction].

    Returns
    -------
    Estimate
        One entry per cut-off.

    Raises
    ------
    DataError
        If counts contradict each other or `confidence` lies outside (0, 1).
    UndefinedRateError
        If nobody is in the cells, or none of the labelled is good, at some cut-off.

    References
    ----------
    .. [1] Donner and Zou (2012), Statistical Methods in Medical Research 21, 347-359.

    Examples
    --------
    >>> above = [Cell(n_applicants=100, n_labelled=100, n_bad=20),
    ...          Cell(n_applicants=400, n_labelled=40, n_bad=8)]
    >>> below = [Cell(n_applicants=600, n_labelled=600, n_bad=12)]
    >>> rate = rejected_good_rate(rejected=above, approved=below)
    >>> round(float(rate.point), 4)  # (80 + 320) / (80 + 320 + 588)
    0.4049
    """
    # Numbers of goods above and below vary by themselves, like counts of a Poisson process: their
    # ratio is that of applicants drawn at random.
    above, below = (
        _wider(goods, goods.squares, confidence)
        for goods in (_goods(rejected, confidence), _goods(approved, confidence))
    )
    everybody = above.point + below.point
    if not np.all(everybody + above.unknown + below.unknown > 0):
        raise UndefinedRateError("The false rejection rate is undefined: no good is known.")
    fewest = _ratio_limit(above, _shifted(below, below.unknown))
    most = _ratio_limit(below, _shifted(above, above.unknown))
    return Estimate(
        point=np.where(above.unknown + below.unknown > 0, np.nan, ratio(above.point, everybody)),
        lower=fewest,
        upper=1 - most,
        assumption=Assumption.ALIKE_IN_CELLS,
        population=Population.EVERYBODY,
    )


def _ratio_limit(part: _Goods, rest: _Goods) -> Floats:
    # The lower limit of part / (part + rest). With ratio r = part / rest, the limit is the smaller
    # root of (p - r s)^2 = (p - l)^2 + r^2 (u - s)^2, for p in [l, ..] and s in [.., u], written so
    # that nothing cancels.
    product = part.point * rest.point
    constant = part.lower * (2 * part.point - part.lower)
    leading = rest.upper * (2 * rest.point - rest.upper)
    root = np.sqrt(np.maximum(product**2 - leading * constant, 0))
    # r / (1 + r) of r = constant / (product + root), so that r may be infinite: nobody in the rest.
    return ratio(constant, constant + product + root)


def _shifted(goods: _Goods, n: Floats) -> _Goods:
    return replace(goods, point=goods.point + n, lower=goods.lower + n, upper=goods.upper + n)


def _wider(goods: _Goods, variance: Floats, confidence: float) -> _Goods:
    # Limits that also allow for the random sizes of the cells.
    square = special.ndtri((1 + confidence) / 2) ** 2 * variance
    below, above = goods.point - goods.lower, goods.upper - goods.point
    return replace(
        goods,
        lower=np.maximum(goods.point - np.sqrt(below**2 + square), 0),
        upper=goods.point + np.sqrt(above**2 + square),
    )


def _goods(cells: Sequence[Cell], confidence: float) -> _Goods:
    point, below, above, unknown, squares = (np.zeros(()) for _ in range(5))
    for cell in cells:
        n, n_labelled, n_bad = counts_of(cell)
        labelled = n_labelled > 0
        rate = ratio(n_bad, n_labelled)
        lower, upper = wilson_interval(n_bad, n_labelled, confidence=confidence)
        point = point + np.where(labelled, n * (1 - rate), 0)
        below = below + np.where(labelled, (n * (upper - rate)) ** 2, 0)
        above = above + np.where(labelled, (n * (rate - lower)) ** 2, 0)
        unknown = unknown + np.where(labelled, 0, n)
        squares = squares + np.where(labelled, n * (1 - rate) ** 2, 0)
    return _Goods(
        point=point,
        lower=np.maximum(point - np.sqrt(below), 0),
        upper=point + np.sqrt(above),
        unknown=unknown,
        squares=squares,
    )


def counts_of(cell: Cell) -> tuple[Floats, Floats, Floats]:
    """Return applicants, labelled and bads of a cell as arrays.

    Raises
    ------
    DataError
        If they contradict each other.
    """
    n, n_labelled, n_bad = (
        np.asarray(values, dtype=np.float64)
        for values in (cell.n_applicants, cell.n_labelled, cell.n_bad)
    )
    # Effective counts carry rounding errors, of a millionth where the sums are kept as integers.
    slack = 1e-5 * (1 + n)
    if not np.all((n_bad >= 0) & (n_bad <= n_labelled + slack) & (n_labelled <= n + slack)):
        raise DataError(
            "A cell must have 0 <= n_bad <= n_labelled <= n_applicants, but one of "
            f"{n.size} has n_bad {n_bad}, n_labelled {n_labelled}, n_applicants {n}."
        )
    return n, n_labelled, np.minimum(n_bad, n_labelled)
