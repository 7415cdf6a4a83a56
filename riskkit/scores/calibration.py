"""From margins to PDs: strictly increasing lines on the log-odds scale."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import expit

from riskkit._checks import Flags, Floats, as_finite, check_open_fraction
from riskkit.errors import DataError
from riskkit.scores.labelled import checked_margins, checked_rows

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
        Their weights, positive.

    Returns
    -------
    Line
        Slope at least 0.001; where the margins order applicants worse than that, the slope is
        0.001 and the intercept keeps the bad rate.

    Raises
    ------
    DataError
        If the columns differ in length, are empty or hold what they may not: margins are finite,
        outcomes 0 or 1, weights finite and positive.
    UndefinedRateError
        If there are no goods or no bads.

    References
    ----------
    .. [1] Platt (1999), Advances in Large Margin Classifiers, 61-74.

    Examples
    --------
    >>> line = calibrated_line([-2, -1, 1, 2], bad=[0, 1, 0, 1], weight=[1, 1, 1, 1])
    >>> line.slope > 0
    True
    """
    return _rising_line(*checked_margins(margins, bad=bad, weight=weight))


def propensity_line(
    margins: ArrayLike,
    *,
    bad: ArrayLike,
    propensity: ArrayLike,
    weight: ArrayLike | None = None,
) -> Line:
    """Fit a calibration for all applicants on the outcomes of those who were approved.

    Each approved applicant stands for 1 / propensity applicants like it [1]_, so that the PDs are
    right for everybody the past policy could have approved, also where it saw more than the model
    does. It needs some approvals at random: where nobody is approved there is no propensity.

    Parameters
    ----------
    margins : array-like of float, shape (n_approved,)
        Margins of approved applicants the model did not see in training.
    bad : array-like of {0, 1}, shape (n_approved,)
        Their outcomes.
    propensity : array-like of float, shape (n_approved,)
        Probability with which the past policy approved each, above 0 and up to 1.
    weight : array-like of float, shape (n_approved,), optional
        Sampling weights, positive.

    Returns
    -------
    Line
        As `calibrated_line` returns it.

    Raises
    ------
    DataError
        As `calibrated_line`, or if a propensity is not above 0 and at most 1.
    UndefinedRateError
        If there are no goods or no bads.

    References
    ----------
    .. [1] Horvitz and Thompson (1952), J. American Statistical Association 47, 663-685.

    Examples
    --------
    >>> seen = propensity_line([-2, -1, 1, 2], bad=[0, 1, 0, 1], propensity=[1, 1, 0.5, 0.5])
    >>> twice = calibrated_line([-2, -1, 1, 2], bad=[0, 1, 0, 1], weight=[1, 1, 2, 2])
    >>> seen == twice
    True
    """
    x, is_bad, weights = checked_margins(margins, bad=bad, weight=weight)
    return _rising_line(x, is_bad, weights / checked_propensity(propensity, len(x)))


def checked_propensity(propensity: ArrayLike | None, n_rows: int) -> Floats:
    """Return propensities of labelled rows, all 1 where none are given.

    Raises
    ------
    DataError
        If they are not as many as the rows, not finite, or not above 0 and at most 1.
    """
    if propensity is None:
        return np.ones(n_rows)
    (chance,) = as_finite(propensity=propensity)
    if len(chance) != n_rows:
        raise DataError(
            f"propensity must have one value per row, but has {len(chance)} for {n_rows} rows."
        )
    wrong = np.flatnonzero((chance <= 0) | (chance > 1))
    if wrong.size:
        raise DataError(
            f"propensity must be above 0 and at most 1, but {wrong.size} of {chance.size} values "
            f"are not; the first is {chance[wrong[0]]} in row {wrong[0]}. A row that could not "
            "have been approved stands for nobody: leave it out."
        )
    return chance


def offset_line(margins: ArrayLike, *, target: float, weight: ArrayLike | None = None) -> Line:
    """Return the shift of log-odds after which the mean PD is a target.

    Parameters
    ----------
    margins : array-like of float, shape (n_applicants,)
        Log-odds of the PDs as they are.
    target : float
        The mean PD wanted, such as a central tendency [fraction].
    weight : array-like of float, shape (n_applicants,), optional
        Sampling weights, positive.

    Returns
    -------
    Line
        Slope 1: the order and the odds ratios of applicants stay as they are.

    Raises
    ------
    DataError
        If the target is not inside (0, 1), the columns differ in length, are empty or hold
        anything but finite numbers, or a weight is not positive.

    References
    ----------
    .. [1] King and Zeng (2001), Political Analysis 9, 137-163: prior correction of the intercept.

    Examples
    --------
    >>> line = offset_line([-3.0, -2.0], target=0.2)
    >>> round(float(line.rates(np.array([-3.0, -2.0])).mean()), 9)
    0.2
    """
    check_open_fraction(target=target)
    x, w = checked_rows(margins, weight)

    def gap(shift: float) -> float:
        return float(np.average(expit(x + shift), weights=w)) - target

    goal = np.log(target / (1 - target))
    shift = brentq(gap, goal - x.max() - 1, goal - x.min() + 1, xtol=1e-12)
    return Line(intercept=float(shift), slope=1.0)


def _rising_line(x: Floats, is_bad: Flags, w: Floats) -> Line:
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
