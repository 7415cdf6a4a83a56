"""From margins to PDs: a strictly increasing line on the log-odds scale."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from riskkit._checks import Floats, as_finite

#: The least slope of a calibration: margins that know nothing still order PDs.
LEAST_SLOPE = 1e-3
_MAX_LOG_ODDS = 30.0
_N_STEPS = 50
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Log-odds of bad as a line in a margin or a number."""

    intercept: float  #: At 0 [log-odds].
    slope: float  #: Per unit [log-odds].

    def log_odds(self, x: Floats) -> Floats:
        """Return the log-odds of bad at each x."""
        return self.slope * x + self.intercept

    def rates(self, x: Floats) -> Floats:
        """Return the bad rate at each x, strictly inside (0, 1)."""
        return expit(np.clip(self.log_odds(x), -_MAX_LOG_ODDS, _MAX_LOG_ODDS))


def pds_of_margins(margins: Floats) -> Floats:
    """Return PD = 1 / (1 + exp(-margin)), kept inside (0, 1) where floats would round to 0 or 1."""
    # expit treats one value at a time, so a PD does not depend on the rows beside it.
    return np.clip(expit(margins), np.finfo(np.float64).tiny, 1 - np.finfo(np.float64).epsneg)


def calibrated_line(margins: ArrayLike, *, bad: ArrayLike, weight: ArrayLike) -> Line:
    """Fit a line with a positive slope that turns out-of-fold margins into log-odds of bad.

    Parameters
    ----------
    margins : array-like of float, shape (n_applicants,)
        Margins of applicants the model did not see in training.
    bad : array-like of {0, 1}, shape (n_applicants,)
        Their outcomes.
    weight : array-like of float, shape (n_applicants,)
        Their weights.

    Returns
    -------
    Line
        Slope at least 0.001; where the margins order applicants worse than that, the slope is
        0.001 and the intercept keeps the bad rate.

    Raises
    ------
    DataError
        If the columns differ in length or hold anything but finite numbers.

    References
    ----------
    .. [1] Platt (1999), Advances in Large Margin Classifiers, 61-74.

    Examples
    --------
    >>> line = calibrated_line([-2, -1, 1, 2], bad=[0, 1, 0, 1], weight=[1, 1, 1, 1])
    >>> line.slope > 0
    True
    """
    x, is_bad, w = as_finite(margins=margins, bad=bad, weight=weight)
    line = fitted_line(x, goods=w * (1 - is_bad), bads=w * is_bad, slope_prior=1.0)
    if line.slope >= LEAST_SLOPE:
        return line
    rate = float(w @ is_bad / w.sum())
    level = float(np.log(rate / (1 - rate))) - LEAST_SLOPE * float(w @ x / w.sum())
    return Line(intercept=level, slope=LEAST_SLOPE)


def fitted_line(x: Floats, *, goods: Floats, bads: Floats, slope_prior: float) -> Line:
    """Fit log-odds of bad as a line by maximum likelihood, given weights of goods and bads.

    The slope is held near `slope_prior` by a normal prior as wide as one unit of log-odds per
    standard deviation of x, which matters only where goods and bads hardly overlap.
    """
    rows = goods + bads
    centre = np.average(x, weights=rows)
    z = x - centre
    sd = float(np.sqrt(np.average(z**2, weights=rows))) or 1.0
    z, prior = z / sd, slope_prior * sd
    rate = bads.sum() / rows.sum()
    beta = np.array([np.log(rate / (1 - rate)), prior])

    def loss(beta: Floats) -> float:
        eta = beta[0] + beta[1] * z
        likelihood = np.sum(bads * eta) - np.sum(rows * np.logaddexp(0, eta))
        return float((beta[1] - prior) ** 2 / 2 - likelihood)

    for _ in range(_N_STEPS):
        p = expit(beta[0] + beta[1] * z)
        information, residual = rows * p * (1 - p), bads - rows * p
        gradient = np.array([residual.sum(), np.sum(residual * z) - (beta[1] - prior)])
        cross = np.sum(information * z)
        # The ridge on the intercept only keeps the matrix regular where all PDs round to 0 or 1.
        hessian = np.array(
            [[information.sum() + 1e-9, cross], [cross, np.sum(information * z**2) + 1]]
        )
        step = np.linalg.solve(hessian, gradient)
        before = loss(beta)
        while loss(beta + step) > before and np.abs(step).max() > _TOLERANCE:
            step = step / 2
        if np.abs(step).max() <= _TOLERANCE:
            break
        beta = beta + step
    slope = float(beta[1] / sd)
    return Line(intercept=float(beta[0] - slope * centre), slope=slope)
