"""Weight of evidence: how much safer or riskier a bin of a feature is than the average."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from sklearn.isotonic import IsotonicRegression
from sklearn.tree import DecisionTreeClassifier

from riskkit._checks import Flags, Floats, as_finite
from riskkit.errors import DataError
from riskkit.scores.columns import Codes
from riskkit.scores.features import SIGNS, Counts, Direction, Feature, totals
from riskkit.scores.trends import line_rates, means

#: Each bin's counts are joined by at least so many bads at the expected rate: no WoE is infinite.
_LEAST_PRIOR_BADS = 0.5
#: Bins are never taken to scatter less than this around what is expected of them [log-odds].
_LEAST_SCATTER = 0.03
#: Special codes and missing values are taken to scatter so much around the average [log-odds].
_ALONE_SCATTER = 1.0
#: Groups of fine bins that show how far the data lie from the trend.
_N_TREND_GROUPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BinningRules:
    """How bins are found."""

    max_bins: int  #: Most bins of a number, before those that follow its trend.
    min_bads: float  #: Fewest bads, and goods, that a bin or level of its own may expect.
    pools_rare: bool = True  #: Whether rare levels share one WoE, or only lean towards it.


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


def weight_of_evidence_error(*, goods: ArrayLike, bads: ArrayLike) -> Floats:
    """Return the standard error of each bin's weight of evidence.

    Parameters
    ----------
    goods, bads : array-like, shape (n_bins,)
        Goods and bads in each bin, all positive; smooth empty bins first.

    Returns
    -------
    array of float, shape (n_bins,)
        The standard error [log-odds]: the root of 1/g - 1/G + 1/b - 1/B for a bin with g of G
        goods and b of B bads.

    Raises
    ------
    DataError
        If the columns differ in length, or a count is not positive.

    References
    ----------
    .. [1] Agresti (2013), Categorical Data Analysis, Wiley, chapter 3: the delta method.

    Examples
    --------
    >>> weight_of_evidence_error(goods=[75, 25], bads=[25, 75]).round(4).tolist()
    [0.1826, 0.1826]
    """
    n_goods, n_bads = as_finite(goods=goods, bads=bads)
    good_shares, bad_shares = _shares(n_goods, n_bads)
    return np.sqrt((1 - good_shares) / n_goods + (1 - bad_shares) / n_bads)


def information_value_error(*, goods: ArrayLike, bads: ArrayLike) -> float:
    """Return the standard error of an information value.

    A feature that tells nothing still shows a value of about (n_bins - 1) (1/G + 1/B) by chance,
    for G goods and B bads; the error does not speak of that.

    Parameters
    ----------
    goods, bads : array-like, shape (n_bins,)
        Goods and bads in each bin, all positive; smooth empty bins first.

    Returns
    -------
    float
        The standard error by the delta method.

    Raises
    ------
    DataError
        If the columns differ in length, or a count is not positive.

    References
    ----------
    .. [1] Agresti (2013), Categorical Data Analysis, Wiley, chapter 16: the delta method.

    Examples
    --------
    >>> round(information_value_error(goods=[75, 25], bads=[25, 75]), 4)
    0.2979
    """
    n_goods, n_bads = as_finite(goods=goods, bads=bads)
    p, q = _shares(n_goods, n_bads)
    woe = np.log(p / q)
    by_good, by_bad = woe + 1 - q / p, 1 - p / q - woe  # derivatives by the shares
    spread_of_goods = np.sum(p * by_good**2) - np.sum(p * by_good) ** 2
    spread_of_bads = np.sum(q * by_bad**2) - np.sum(q * by_bad) ** 2
    return float(np.sqrt(spread_of_goods / n_goods.sum() + spread_of_bads / n_bads.sum()))


def filled(counts: Counts) -> Counts:
    """Return the counts of the bins with rows; half a good and half a bad joins where one lacks."""
    seen = counts.rows > 0
    goods, bads = counts.goods[seen], counts.bads[seen]
    half = np.where((goods > 0) & (bads > 0), 0.0, 0.5)
    return Counts(goods=goods + half, bads=bads + half)


def binned_woe(counts: Counts) -> Floats:
    """Return the WoE of bins, each as if a few average rows had joined it.

    They are worth one standard deviation of 1 around the average log-odds: no WoE is infinite, a
    bin with many rows keeps its own, and a bin without rows has WoE 0.
    """
    prior = _Prior(bad_rate=counts.bad_rate, scatter=_ALONE_SCATTER)
    rates = prior.shrunk(counts, np.full(len(counts.rows), counts.bad_rate))
    return np.where(counts.rows > 0, _woe_of_rates(rates, counts.bad_rate), 0.0)


def learn_woe(feature: Feature, counts: Counts, rules: BinningRules) -> Floats:
    """Return the WoE of every code of a feature, shrunk so that chance does not pass for evidence.

    Numbers: a decision tree finds bins, monotone where a direction is given. Their bad rates are
    shrunk to the trend of the number (a logistic line through its fine bins), the more the less
    the data scatter around it beyond chance [1]_: with few bads the WoE follows the trend, with
    many its own bins. A bin inside which the trend moves is divided. Bins that the user fixed stay
    as they are, shrunk to the average. Special codes and missing values are bins of their own,
    hardly shrunk.

    Categories: levels are shrunk to the average, again the more the less they scatter beyond
    chance; rare levels share one bin, or lean towards it where the rules do not pool them, and it
    also takes levels never seen in training.

    What has no training rows at all keeps the average, WoE 0: nothing was learned about it.

    References
    ----------
    .. [1] DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177-188.
    """
    n_codes, n_bins = feature.coding.n_codes, feature.coding.n_bins
    alone = _Prior(bad_rate=counts.bad_rate, scatter=_ALONE_SCATTER)
    rates = alone.shrunk(counts, np.full(n_codes, counts.bad_rate))
    if feature.coding.kind == "number":
        rates[:n_bins] = _number_rates(feature, counts, rules)
    else:
        rates[: n_bins + 1] = _level_rates(feature, counts, rules)
    return _woe_of_rates(rates, counts.bad_rate)


def _woe_of_rates(rates: Floats, bad_rate: float) -> Floats:
    # A rate's goods and bads as shares of all: the average rate has WoE 0.
    return np.log((1 - rates) / (1 - bad_rate)) - np.log(rates / bad_rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prior:
    bad_rate: float  # of all rows of the feature
    scatter: float  # standard deviation of true rates around the expected ones [log-odds]

    def shrunk(self, counts: Counts, expected: Floats) -> Floats:
        # Bad rates between observed and expected; what is expected of a bin is worth
        # 1 / (scatter^2 q (1 - q)) rows.
        least = _LEAST_PRIOR_BADS / min(self.bad_rate, 1 - self.bad_rate)
        rows = np.maximum(least, 1 / (self.scatter**2 * expected * (1 - expected)))
        return (counts.bads + rows * expected) / (counts.rows + rows)


def _scatter(counts: Counts, expected: Floats, *, n_fitted: int) -> float:
    # Standard deviation [log-odds] of the true rates around the expected: the excess of Pearson's
    # chi-square over chance. Groups without rows tell nothing.
    seen = counts.rows > 0
    rows, bads, rates = counts.rows[seen], counts.bads[seen], expected[: len(seen)][seen]
    variance = rows * rates * (1 - rates)
    excess = np.sum((bads - rows * rates) ** 2 / variance) - (seen.sum() - n_fitted)
    if not seen.any():
        return _LEAST_SCATTER
    return float(np.sqrt(max(_LEAST_SCATTER**2, excess / variance.sum())))


def _number_rates(feature: Feature, counts: Counts, rules: BinningRules) -> Floats:
    fine = counts.first(feature.coding.n_bins)
    if not fine.rows.any():
        return np.full(len(fine.rows), counts.bad_rate)
    trend = line_rates(feature.steps, fine, feature.direction, counts.bad_rate)
    groups = np.minimum(
        _N_TREND_GROUPS * np.cumsum(fine.rows) / fine.rows.sum(), _N_TREND_GROUPS - 1
    ).astype(np.intp)
    grouped = fine.pooled(groups)
    scatter = _scatter(grouped, means(trend, fine.rows, groups), n_fitted=2)
    bins = np.arange(len(fine.rows)) if feature.fixed else _bins(feature, fine, rules)
    pooled = fine.pooled(bins)
    prior = _Prior(bad_rate=counts.bad_rate, scatter=scatter)
    rates = prior.shrunk(pooled, means(trend, fine.rows, bins))
    return _monotone(rates, pooled.rows, feature.direction)[bins]


def _bins(feature: Feature, fine: Counts, rules: BinningRules) -> Codes:
    is_new = np.diff(_tree_bins(fine, feature.direction, rules)) + np.diff(feature.steps) != 0
    return np.cumsum(np.r_[0, is_new])


def _tree_bins(fine: Counts, direction: Direction, rules: BinningRules) -> Codes:
    smaller = min(fine.goods.sum(), fine.bads.sum())
    tree = DecisionTreeClassifier(
        criterion="entropy",
        max_leaf_nodes=rules.max_bins,
        min_weight_fraction_leaf=min(0.5, rules.min_bads / max(smaller, rules.min_bads)),
        monotonic_cst=[SIGNS[direction]],
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
    # Of the levels, and last of those that training did not have.
    n_levels, rate = feature.coding.n_bins, counts.bad_rate
    levels, rare = counts.first(n_levels), rare_levels(feature, counts, rules)
    average = np.full(n_levels + 1, rate)
    pool = np.where(rare, n_levels, np.arange(n_levels))
    pooled = Counts(
        goods=totals(pool, levels.goods, n_levels + 1),
        bads=totals(pool, levels.bads, n_levels + 1),
    )
    scatter = _scatter(pooled if rules.pools_rare else levels, average, n_fitted=1)
    prior = _Prior(bad_rate=rate, scatter=scatter)
    rates = prior.shrunk(pooled, average)
    rates[:n_levels][rare] = rates[n_levels]
    if not rules.pools_rare:
        rates[:n_levels] = prior.shrunk(levels, np.where(rare, rates[n_levels], rate))
    return rates
