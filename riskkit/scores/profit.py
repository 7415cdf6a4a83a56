"""What a ranking is worth where errors cost money: H-measure and expected maximum profit.

Both look at the ROC curve's convex hull and average over what is not known of the costs, by a
distribution that is stated beside every value.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import beta

from riskkit._checks import Floats
from riskkit.errors import DataError
from riskkit.scores.hull import roc_hull


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPrior:
    """Beta distribution of c, the cost of rejecting a good over that of both errors together."""

    a: float  #: First shape, above 0.
    b: float  #: Second shape, above 0.

    @classmethod
    def of_severity(cls, severity: float) -> "CostPrior":
        """Return the prior whose mode is at a severity: cost of a rejected good per approved bad.

        Raises
        ------
        DataError
            If the severity is not positive and finite.
        """
        if not 0 < severity < np.inf:
            raise DataError(f"severity must be positive and finite, but is {severity}.")
        return cls(a=2.0, b=1 + 1 / severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class HMeasure:
    """The H-measure, and the prior without which it means nothing."""

    value: float  #: 0 where the ranking knows nothing, 1 where it knows all.
    prior: CostPrior  #: What is believed of the costs.

    def __float__(self) -> float:
        """Return the value, by which samples and models are compared."""
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPrior:
    """Loss given default: 0 and 1 with some probability each, else uniform (Verbraken 2014)."""

    p_none: float = 0.55  #: Probability that nothing is lost.
    p_all: float = 0.10  #: Probability that all is lost.
    roi: float = 0.2644  #: Return on a good loan [fraction of the amount].


@dataclass(frozen=True, slots=True, kw_only=True)
class MaximumProfit:
    """What the best cut-offs earn over approving everybody."""

    profit: float  #: Loss avoided less return forgone [fraction of the amount, per applicant].
    rejected: float  #: Share of the applicants that they reject [fraction].

    def __float__(self) -> float:
        """Return the profit, by which samples and models are compared."""
        return self.profit


def h_measure(
    *,
    bad: ArrayLike,
    pds: ArrayLike,
    weight: ArrayLike | None = None,
    prior: CostPrior | None = None,
) -> HMeasure:
    """Return how much of the expected misclassification cost a ranking saves.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default, or anything that rises with them.
    weight : array-like of float, shape (n_applicants,), optional
        Sampling weights.
    prior : CostPrior, optional
        What is believed of the costs; by default the severity bads / goods, whose mode treats
        both classes as equally costly in sum.

    Returns
    -------
    HMeasure
        One less the expected loss over that of the better of approving all and rejecting all
        [1]_ [2]_.

    Raises
    ------
    DataError
        If the columns differ in length or hold what they may not, or the prior is none.
    UndefinedRateError
        If there are no goods or no bads.

    References
    ----------
    .. [1] Hand (2009), Measuring classifier performance, Machine Learning 77, 103-123.
    .. [2] Hand and Anagnostopoulos (2014), A better Beta for the H measure, Pattern Recognition
       Letters 40, 41-46.

    Examples
    --------
    >>> h_measure(bad=[0, 0, 1, 1], pds=[0.1, 0.2, 0.8, 0.9]).value
    1.0
    >>> round(h_measure(bad=[0, 1, 0, 1], pds=[0.1, 0.2, 0.8, 0.9]).value, 4)
    0.5
    """
    hull = roc_hull(bad, pds, weight)
    costs = prior or CostPrior.of_severity(hull.prior / (1 - hull.prior))
    if not (costs.a > 0 and costs.b > 0):
        raise DataError(f"prior must have positive shapes, but is {costs}.")
    # Cut below the k-th segment: goods above it are rejected, bads below it approved. That is the
    # cheapest cut for costs c between the bad rates of the segments around it.
    goods_above = 1 - hull.prior - np.concatenate([[0.0], np.cumsum(hull.goods)])
    bads_below = np.concatenate([[0.0], np.cumsum(hull.bads)])
    edges = np.concatenate([[0.0], hull.bad_rates, [1.0]])
    loss = _expected_loss(costs, edges, np.maximum(goods_above, 0), bads_below)
    trivial = _expected_loss(
        costs,
        np.array([0.0, hull.prior, 1.0]),
        np.array([1 - hull.prior, 0.0]),
        np.array([0.0, hull.prior]),
    )
    return HMeasure(value=float(1 - loss / trivial), prior=costs)


def expected_maximum_profit(
    *,
    bad: ArrayLike,
    pds: ArrayLike,
    weight: ArrayLike | None = None,
    prior: LossPrior | None = None,
) -> MaximumProfit:
    """Return the expected maximum profit for credit scoring (EMPCS), in closed form.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default, or anything that rises with them.
    weight : array-like of float, shape (n_applicants,), optional
        Sampling weights.
    prior : LossPrior, optional
        What is believed of the loss given default, and the return; by default the published ones.

    Returns
    -------
    MaximumProfit
        Expected over the loss given default [1]_. The cut-off may lie between two applicants
        (the hull), and returns and losses are those of the prior, equal for all: compare models
        with it, plan with `riskkit.lending.LoanEconomics`.

    Raises
    ------
    DataError
        If the columns differ in length or hold what they may not, or the prior is none.
    UndefinedRateError
        If there are no goods or no bads.

    References
    ----------
    .. [1] Verbraken, Bravo, Weber and Baesens (2014), Development and application of consumer
       credit scoring models using profit-based classification measures, European J. of
       Operational Research 238, 505-513.

    Examples
    --------
    >>> found = expected_maximum_profit(bad=[0, 0, 1, 1], pds=[0.1, 0.2, 0.8, 0.9])
    >>> round(found.profit, 4), round(found.rejected, 3)
    (0.1375, 0.225)
    """
    losses = prior or LossPrior()
    p_between = 1 - losses.p_none - losses.p_all
    if not (min(losses.p_none, losses.p_all, p_between) >= 0 and losses.roi > 0):
        raise DataError(f"prior must have probabilities and a positive roi, but is {losses}.")
    hull = roc_hull(bad, pds, weight)
    # A segment is worth rejecting once the loss exceeds this; the integral over the loss of
    # (loss x bads - roi x goods) from there to 1 is bads (1 - needed)^2 / 2.
    needed = _needed_loss(hull.goods, hull.bads, losses.roi)
    likely = 1 - np.minimum(needed, 1)
    between = p_between * hull.bads * likely**2 / 2
    at_all = losses.p_all * np.maximum(hull.bads - losses.roi * hull.goods, 0)
    rejected = (p_between * likely + losses.p_all * (needed <= 1)) @ (hull.goods + hull.bads)
    return MaximumProfit(profit=float((between + at_all).sum()), rejected=float(rejected))


def maximum_profit(
    *,
    bad: ArrayLike,
    pds: ArrayLike,
    weight: ArrayLike | None = None,
    lgd: float,
    roi: float = LossPrior().roi,
) -> MaximumProfit:
    """Return the maximum profit where the loss given default is known.

    Parameters
    ----------
    bad : array-like of {0, 1}, shape (n_applicants,)
        Known outcomes.
    pds : array-like of float, shape (n_applicants,)
        Probabilities of default, or anything that rises with them.
    weight : array-like of float, shape (n_applicants,), optional
        Sampling weights.
    lgd : float
        Loss given default [fraction of the amount].
    roi : float
        Return on a good loan [fraction of the amount].

    Returns
    -------
    MaximumProfit
        At the best cut-off on the hull.

    Raises
    ------
    DataError
        If the columns differ in length or hold what they may not, lgd lies outside [0, 1] or roi
        is not positive.
    UndefinedRateError
        If there are no goods or no bads.

    References
    ----------
    .. [1] Verbraken, Bravo, Weber and Baesens (2014), European J. of Operational Research 238.

    Examples
    --------
    >>> found = maximum_profit(bad=[0, 0, 1, 1], pds=[0.1, 0.2, 0.8, 0.9], lgd=0.5)
    >>> found.profit, found.rejected  # half of them bad, half of each loan saved
    (0.25, 0.5)
    """
    if not (0 <= lgd <= 1 and roi > 0):
        raise DataError(
            f"lgd must lie from 0 to 1 and roi above 0, but lgd is {lgd} and roi {roi}."
        )
    hull = roc_hull(bad, pds, weight)
    worth = _needed_loss(hull.goods, hull.bads, roi) <= lgd
    return MaximumProfit(
        profit=float((lgd * hull.bads - roi * hull.goods)[worth].sum()),
        rejected=float((hull.goods + hull.bads)[worth].sum()),
    )


def _needed_loss(goods: Floats, bads: Floats, roi: float) -> Floats:
    return np.divide(roi * goods, bads, out=np.full(len(bads), np.inf), where=bads > 0)


def _expected_loss(costs: CostPrior, edges: Floats, goods: Floats, bads: Floats) -> float:
    # Integral of (c goods + (1 - c) bads) over the prior of c, piece by piece.
    mass = np.diff(beta.cdf(edges, costs.a, costs.b))
    mean = np.diff(beta.cdf(edges, costs.a + 1, costs.b)) * costs.a / (costs.a + costs.b)
    return float((goods * mean + bads * (mass - mean)).sum())
