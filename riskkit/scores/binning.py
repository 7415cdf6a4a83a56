"""Weight of evidence: how much safer or riskier a bin of a feature is than the average."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.isotonic import IsotonicRegression
from sklearn.tree import DecisionTreeClassifier

from riskkit._checks import Flags, Floats, as_finite
from riskkit.errors import DataError
from riskkit.scores.calibration import fitted_line
from riskkit.scores.columns import Codes, Coding

Direction = Literal["higher", "lower", "none"]

#: Every bin's counts are joined by at least this many bads at the expected rate: no WoE is infinite.
_LEAST_PRIOR_BADS = 0.5
#: Bins are never taken to scatter less than this around what is expected of them [log-odds].
_LEAST_SCATTER = 0.03
#: The trend rises in steps of so many standard deviations of the number.
_STEP = 0.5
#: A scale that tames long tails must lower the deviance by this much to replace the plain one.
_CLEAR_GAIN = 6.0
#: Groups of fine bins that show how far the data lie from the trend.
_N_TREND_GROUPS = 20
_SIGN = {"higher": 1, "lower": -1, "none": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class BinningRules:
    """How bins are found."""

    max_bins: int  #: Most bins of a number, before those that follow its trend.
    min_bads: float  #: Fewest bads, and goods, that a bin or level of its own may expect.


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature of the training sample: all that is known of it without the outcome."""

    coding: Coding  #: Its fine bins or levels.
    codes: Codes  #: The code of each row, shape (n_rows,).
    centres: Floats  #: Numbers: the mean of each bin, shape (n_bins,); else empty.
    direction: Direction  #: In which direction of a number the PD rises.
    steps: Floats = field(default_factory=lambda: np.empty(0))  #: Numbers: trend, shape (n_bins,).
    own: frozenset[int] = frozenset()  #: Levels that are never pooled with rare ones.


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Weighted goods and bads of one feature, by code or by bin."""

    goods: Floats  #: Weight of the goods, shape (n_codes,).
    bads: Floats  #: Weight of the bads, shape (n_codes,).

    @property
    def rows(self) -> Floats:
        """Weight of all rows by code."""
        return self.goods + self.bads

    @property
    def bad_rate(self) -> float:
        """Bads among all rows."""
        return float(self.bads.sum() / self.rows.sum())

    def first(self, n: int) -> "Counts":
        """Return the counts of the first codes."""
        return Counts(goods=self.goods[:n], bads=self.bads[:n])

    def pooled(self, bins: Codes) -> "Counts":
        """Return the counts by bin, given the bin of each code."""
        return Counts(goods=np.bincount(bins, self.goods), bads=np.bincount(bins, self.bads))


def weight_of_evidence(*, goods: ArrayLike, bads: ArrayLike) -> Floats:
    """Return ln(share of goods / share of bads) of each bin: positive is safer than average.

    Parameters
    ----------
    goods, bads : array-like, shape (n_bins,)
        Goods and bads in each bin, all positive; smooth empty bins first.

    Returns
    -------
    array of float, shape (n_bins,)
        The weight of evidence [log-odds].

    Raises
    ------
    DataError
        If the columns differ in length, or a count is not positive.

    References
    ----------
    .. [1] Siddiqi (2006), Credit Risk Scorecards, Wiley, chapter 6.

    Examples
    --------
    >>> weight_of_evidence(goods=[75, 25], bads=[25, 75]).round(4).tolist()
    [1.0986, -1.0986]
    """
    good_shares, bad_shares = _shares(goods, bads)
    return np.log(good_shares / bad_shares)


def information_value(*, goods: ArrayLike, bads: ArrayLike) -> float:
    """Return the information value of a feature: how far its goods and bads lie apart.

    Parameters
    ----------
    goods, bads : array-like, shape (n_bins,)
        Goods and bads in each bin, all positive; smooth empty bins first.

    Returns
    -------
    float
        Sum of (share of goods - share of bads) x WoE, at least 0.

    Raises
    ------
    DataError
        If the columns differ in length, or a count is not positive.

    References
    ----------
    .. [1] Siddiqi (2006), Credit Risk Scorecards, Wiley, chapter 6.

    Examples
    --------
    >>> round(information_value(goods=[75, 25], bads=[25, 75]), 4)
    1.0986
    """
    good_shares, bad_shares = _shares(goods, bads)
    woe = weight_of_evidence(goods=good_shares, bads=bad_shares)
    return float(np.sum((good_shares - bad_shares) * woe))


def _shares(goods: ArrayLike, bads: ArrayLike) -> tuple[Floats, Floats]:
    n_goods, n_bads = as_finite(goods=goods, bads=bads)
    for name, counts in (("goods", n_goods), ("bads", n_bads)):
        if not (counts > 0).all():
            empty = int(np.flatnonzero(counts <= 0)[0])
            raise DataError(f"{name} must be positive, but is {counts[empty]} in bin {empty}.")
    return n_goods / n_goods.sum(), n_bads / n_bads.sum()


def learn_woe(feature: Feature, counts: Counts, rules: BinningRules) -> Floats:
    """Return the WoE of every code of a feature, shrunk so that chance does not pass for evidence.

    Numbers: a decision tree finds bins, monotone where a direction is given. Their bad rates are
    shrunk to the trend of the number (a logistic line through its fine bins), the more the less
    the data scatter around it beyond chance [1]_: with few bads the WoE follows the trend, with
    many its own bins. A bin inside which the trend moves is divided. Special codes and missing
    values are bins of their own, shrunk to the average rate by half a bad.

    Categories: levels are shrunk to the average, again the more the less they scatter beyond
    chance; rare levels share one bin, which also takes levels never seen in training.

    What has no training rows at all keeps the average, WoE 0: nothing was learned about it.

    References
    ----------
    .. [1] DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177-188.
    """
    n_codes, n_bins = feature.coding.n_codes, feature.coding.n_bins
    rates = _shrunk(counts, np.full(n_codes, counts.bad_rate), scatter=np.inf)
    if feature.coding.kind == "number":
        rates[:n_bins] = _number_rates(feature, counts, rules)
    else:
        rates[: n_bins + 1] = _level_rates(feature, counts, rules)
    return _woe_of_rates(rates, counts.bad_rate)


def _woe_of_rates(rates: Floats, bad_rate: float) -> Floats:
    # A rate's goods and bads as shares of all: the average rate has WoE 0.
    return np.log((1 - rates) / (1 - bad_rate)) - np.log(rates / bad_rate)


def _shrunk(counts: Counts, expected: Floats, *, scatter: float) -> Floats:
    # Bad rates between observed and expected; `scatter` is the standard deviation [log-odds] of
    # true rates around the expected ones, so the prior is worth 1 / (scatter^2 q (1 - q)) rows.
    least = _LEAST_PRIOR_BADS / min(counts.bad_rate, 1 - counts.bad_rate)
    prior = np.maximum(least, 1 / (scatter**2 * expected * (1 - expected)))
    return (counts.bads + prior * expected) / (counts.rows + prior)


def _scatter(counts: Counts, expected: Floats, *, n_fitted: int) -> float:
    # Standard deviation [log-odds] of the true rates around the expected: the excess of Pearson's
    # chi-square over chance. Groups without rows tell nothing.
    seen = counts.rows > 0
    variance = (counts.rows * expected * (1 - expected))[seen]
    residual = (counts.bads - counts.rows * expected)[seen]
    excess = np.sum(residual**2 / variance) - (seen.sum() - n_fitted)
    return float(np.sqrt(max(_LEAST_SCATTER**2, excess / variance.sum())))


def _number_rates(feature: Feature, counts: Counts, rules: BinningRules) -> Floats:
    fine = counts.first(feature.coding.n_bins)
    if not fine.rows.any():
        return np.full(len(fine.rows), counts.bad_rate)
    trend = _line_rates(feature.steps, fine, feature.direction)
    groups = np.minimum(
        _N_TREND_GROUPS * np.cumsum(fine.rows) / fine.rows.sum(), _N_TREND_GROUPS - 1
    ).astype(np.intp)
    grouped = fine.pooled(groups)
    scatter = _scatter(grouped, _means(trend, fine.rows, groups), n_fitted=2)
    is_new = np.diff(_tree_bins(fine, feature.direction, rules)) + np.diff(feature.steps) != 0
    bins = np.cumsum(np.r_[0, is_new])
    pooled = fine.pooled(bins)
    rates = _shrunk(pooled, _means(trend, fine.rows, bins), scatter=scatter)
    return _monotone(rates, pooled.rows, feature.direction)[bins]


def _means(values: Floats, weights: Floats, groups: Codes) -> Floats:
    # Weighted means by group; groups without weight get the plain mean.
    n = np.bincount(groups)
    total = np.bincount(groups, weights)
    weighted = np.bincount(groups, weights * values) / np.where(total > 0, total, 1)
    return np.where(total > 0, weighted, np.bincount(groups, values) / np.maximum(n, 1))


def with_steps(feature: Feature, counts: Counts) -> Feature:
    """Return a number with the steps in which its trend rises.

    The trend rises with the number itself, unless a scale that tames long tails fits clearly
    better.
    """
    if feature.coding.kind == "category" or not feature.coding.n_bins:
        return feature
    fine = counts.first(feature.coding.n_bins)
    if not fine.rows.any():
        return replace(feature, steps=np.zeros(feature.coding.n_bins))
    plain, tamed = _scales(feature.centres, fine.rows)
    gain = _deviance(fine, _line_rates(plain, fine, feature.direction)) - _deviance(
        fine, _line_rates(tamed, fine, feature.direction)
    )
    scale = tamed if gain > _CLEAR_GAIN else plain
    groups = np.floor((scale - scale[0]) / _STEP).astype(np.intp)
    groups = np.cumsum(np.r_[0, np.diff(groups) > 0])
    return replace(feature, steps=_means(scale, fine.rows, groups)[groups])


def _scales(centres: Floats, rows: Floats) -> tuple[Floats, Floats]:
    ranks = np.cumsum(rows) / rows.sum()
    low, middle, high = centres[np.searchsorted(ranks, [0.25, 0.5, 0.75]).clip(max=len(rows) - 1)]
    width = high - low if high > low else 1.0
    return _standard(centres, rows), _standard(np.arcsinh((centres - middle) / width), rows)


def _standard(x: Floats, rows: Floats) -> Floats:
    mean = np.average(x, weights=rows)
    sd = np.sqrt(np.average((x - mean) ** 2, weights=rows))
    return (x - mean) / (sd if sd > 0 else 1.0)


def _line_rates(x: Floats, fine: Counts, direction: Direction) -> Floats:
    line = fitted_line(x, goods=fine.goods, bads=fine.bads, slope_prior=0.0)
    if line.slope * _SIGN[direction] < 0:
        return np.full(len(x), fine.bad_rate)
    return line.rates(x)


def _deviance(counts: Counts, rates: Floats) -> float:
    return -2 * float(counts.bads @ np.log(rates) + counts.goods @ np.log1p(-rates))


def _tree_bins(fine: Counts, direction: Direction, rules: BinningRules) -> Codes:
    smaller = min(fine.goods.sum(), fine.bads.sum())
    tree = DecisionTreeClassifier(
        criterion="entropy",
        max_leaf_nodes=rules.max_bins,
        min_weight_fraction_leaf=min(0.5, rules.min_bads / max(smaller, rules.min_bads)),
        monotonic_cst=[_SIGN[direction]],
        random_state=0,
    )
    index = np.arange(len(fine.rows), dtype=np.float32)[:, None]
    outcome = np.repeat([0.0, 1.0], len(index))[:, None]
    # Checked already: scikit-learn's own checks would take longer than the tree.
    weight = np.concatenate([fine.goods, fine.bads])
    tree.fit(np.vstack([index, index]), outcome, weight, check_input=False)
    leaves = tree.apply(index, check_input=False)
    return np.cumsum(np.r_[0, leaves[1:] != leaves[:-1]])


def _monotone(rates: Floats, rows: Floats, direction: Direction) -> Floats:
    # Shrinking by different amounts can undo the order of neighbours; this restores it.
    if direction == "none":
        return rates
    regression = IsotonicRegression(increasing=direction == "higher")
    weights = np.maximum(rows, np.finfo(np.float64).tiny)
    return regression.fit_transform(np.arange(len(rates)), rates, sample_weight=weights)


def rare_levels(feature: Feature, counts: Counts, rules: BinningRules) -> Flags:
    """Return which levels share a bin, because they may expect too few bads or goods."""
    rate = counts.bad_rate
    rare = counts.first(feature.coding.n_bins).rows * min(rate, 1 - rate) < rules.min_bads
    rare[list(feature.own)] = False
    return rare


def _level_rates(feature: Feature, counts: Counts, rules: BinningRules) -> Floats:
    n_levels, rate = feature.coding.n_bins, counts.bad_rate
    levels, rare = counts.first(n_levels), rare_levels(feature, counts, rules)
    pool = np.where(rare, n_levels, np.arange(n_levels))
    pooled = Counts(
        goods=np.bincount(pool, levels.goods, n_levels + 1),
        bads=np.bincount(pool, levels.bads, n_levels + 1),
    )
    average = np.full(n_levels + 1, rate)
    rates = _shrunk(pooled, average, scatter=_scatter(pooled, average, n_fitted=1))
    rates[:n_levels][rare] = rates[n_levels]
    return rates
