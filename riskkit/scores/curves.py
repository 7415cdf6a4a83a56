"""Calibrations that bend: strictly increasing curves on the log-odds scale."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from riskkit._checks import Floats
from riskkit.scores.calibration import LEAST_SLOPE, Line
from riskkit.scores.labelled import checked_margins

#: How out-of-fold margins become PDs: by a line alone, or a curve on top of it.
Calibration = Literal["platt", "beta", "isotonic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaCurve:
    """Log-odds of bad with one slope at low margins and another at high ones."""

    intercept: float  #: Added to both parts [log-odds].
    low: float  #: Slope where margins are far below 0; positive.
    high: float  #: Slope where margins are far above 0; positive.

    def log_odds(self, margins: Floats) -> Floats:
        """Return the log-odds of bad at each margin."""
        low, high = -np.logaddexp(0, -margins), np.logaddexp(0, margins)
        return self.low * low + self.high * high + self.intercept

    def then(self, line: Line) -> "BetaCurve":
        """Return the curve followed by a line."""
        return BetaCurve(
            intercept=line.slope * self.intercept + line.intercept,
            low=line.slope * self.low,
            high=line.slope * self.high,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnottedCurve:
    """Log-odds of bad as straight pieces between knots, and beyond them in parallel to a line."""

    margins: tuple[float, ...]  #: Where the knots are, ascending.
    values: tuple[float, ...]  #: Log-odds of bad at each knot, ascending.
    slope: float = 1.0  #: Slope beyond the first and last knot; positive.

    def log_odds(self, margins: Floats) -> Floats:
        """Return the log-odds of bad at each margin."""
        inside = np.interp(margins, self.margins, self.values)
        beyond = margins - np.clip(margins, self.margins[0], self.margins[-1])
        return inside + self.slope * beyond

    def then(self, line: Line) -> "KnottedCurve":
        """Return the curve followed by a line."""
        values = line.slope * np.array(self.values) + line.intercept
        return replace(self, values=tuple(values.tolist()), slope=line.slope * self.slope)


Curve = BetaCurve | KnottedCurve


def beta_curve(margins: ArrayLike, *, bad: ArrayLike, weight: ArrayLike) -> BetaCurve:
    """Fit a beta calibration: a line on the log-odds scale that may bend where the PD is a half.

    Parameters
    ----------
    margins : array-like of float, shape (n_applicants,)
        Margins of applicants the model did not see in training.
    bad : array-like of {0, 1}, shape (n_applicants,)
        Their outcomes.
    weight : array-like of float, shape (n_applicants,)
        Their weights, positive.

    Returns
    -------
    BetaCurve
        Both slopes at least 0.001, held near 1 by a normal prior that matters with few bads only.

    Raises
    ------
    DataError
        If the columns differ in length, are empty or hold what they may not: margins are finite,
        outcomes 0 or 1, weights finite and positive.
    UndefinedRateError
        If there are no goods or no bads.

    References
    ----------
    .. [1] Kull, Silva Filho and Flach (2017), Beta calibration, AISTATS 54, 623-631.

    Examples
    --------
    >>> curve = beta_curve([-2, -1, 1, 2], bad=[0, 1, 0, 1], weight=[1, 1, 1, 1])
    >>> bool(np.all(np.diff(curve.log_odds(np.linspace(-9, 9, 50))) > 0))
    True
    """
    x, y, w = checked_margins(margins, bad=bad, weight=weight)
    parts = np.stack([np.ones_like(x), -np.logaddexp(0, -x), np.logaddexp(0, x)])
    start = np.array([0.0, 1.0, 1.0])

    def loss(beta: Floats) -> tuple[float, Floats]:
        eta = beta @ parts
        off = np.r_[0.0, beta[1:] - 1]
        value = w @ (np.logaddexp(0, eta) - y * eta) + off @ off / 2
        return float(value), parts @ (w * (expit(eta) - y)) + off

    bounds = [(None, None), (LEAST_SLOPE, None), (LEAST_SLOPE, None)]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    intercept, low, high = (float(value) for value in found.x)
    return BetaCurve(intercept=intercept, low=low, high=high)


def isotonic_curve(margins: ArrayLike, *, bad: ArrayLike, weight: ArrayLike) -> KnottedCurve:
    """Fit an isotonic calibration, made strictly increasing.

    The steps of the isotonic regression [1]_ are joined by straight pieces from middle to middle;
    rates of 0 and 1 are clipped to half a row; beyond the outer steps PDs go on with the margin.

    Parameters
    ----------
    margins : array-like of float, shape (n_applicants,)
        Margins of applicants the model did not see in training.
    bad : array-like of {0, 1}, shape (n_applicants,)
        Their outcomes.
    weight : array-like of float, shape (n_applicants,)
        Their weights, positive.

    Returns
    -------
    KnottedCurve
        One knot per step.

    Raises
    ------
    DataError
        If the columns differ in length, are empty or hold what they may not: margins are finite,
        outcomes 0 or 1, weights finite and positive.
    UndefinedRateError
        If there are no goods or no bads.

    References
    ----------
    .. [1] Zadrozny and Elkan (2002), KDD 2002, 694-699.

    Examples
    --------
    >>> curve = isotonic_curve([-2, -1, 1, 2], bad=[0, 1, 0, 1], weight=[1, 1, 1, 1])
    >>> curve.margins
    (-2.0, 0.0, 2.0)
    """
    x, y, w = checked_margins(margins, bad=bad, weight=weight)
    rates = IsotonicRegression(increasing=True).fit(x, y, w).predict(x)
    levels, step = np.unique(rates, return_inverse=True)
    rows = np.bincount(step, w)
    middles = np.bincount(step, w * x) / rows
    half = np.full(len(levels), 0.5 / len(x))
    values = logit(np.clip(levels, half, 1 - half))
    return KnottedCurve(margins=tuple(middles.tolist()), values=tuple(values.tolist()))
