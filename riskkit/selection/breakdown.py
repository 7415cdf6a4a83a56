"""How far those without an outcome may differ before a claim about everybody fails.

The breakdown Gamma of a claim is the largest factor between their odds of bad and those expected
under which it still holds (see `riskkit.selection.bounds`): 1.2 is a fragile claim, 5 a sturdy one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskkit._checks import Floats, check_open_fraction
from riskkit.errors import UndefinedRateError
from riskkit.selection.bounds import checked_group, checked_outcomes, shifted
from riskkit.selection.cells import Cell
from riskkit.selection.intervals import ratio, wilson_interval
from riskkit.selection.records import Assumption, Population

#: Odds ratios between which a row by row breakdown is looked for, and how finely.
_GAMMAS, _BISECTIONS = (1e-9, 1e9), 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Up to which Gamma the bad rate of a group keeps to a cap."""

    gamma: Floats  #: The largest such Gamma; a number, or one entry per cut-off.
    cap: float  #: The highest bad rate allowed [fraction].
    confidence: float | None  #: With which it allows for sampling error, one-sided; None: not.
    assumption: Assumption = Assumption.ODDS  #: What the cap then rests on, with this Gamma.
    population: Population = Population.EVERYBODY  #: For whom it then holds, within the group.


def breakdown_gamma(group: Cell, *, cap: float, confidence: float | None = None) -> Breakdown:
    """Return the largest Gamma under which the bad rate of a group keeps to a cap.

    Parameters
    ----------
    group : Cell
        Everybody in the group, its labelled members and their bads.
    cap : float
        The highest bad rate allowed [fraction].
    confidence : float, optional
        One-sided, of the Wilson limit of the labelled bad rate that then stands in its place.

    Returns
    -------
    Breakdown
        One Gamma per cut-off: infinite where the cap holds even if all without an outcome are bad;
        below 1 where it is broken even if they are like the labelled; 0 where it is broken even
        if all are good.

    Raises
    ------
    DataError
        If counts contradict each other or cap or confidence lies outside (0, 1).
    UndefinedRateError
        If nobody in the group, or nobody with an outcome, is there at some cut-off.

    Examples
    --------
    >>> group = Cell(n_applicants=1000, n_labelled=800, n_bad=24)  # 3 % of the labelled
    >>> round(float(breakdown_gamma(group, cap=0.04).gamma), 4)  # 8 % of the others
    2.8116
    """
    n, n_labelled, n_bad = checked_group(group)
    check_open_fraction(cap=cap)
    if not np.all(n_labelled > 0):
        raise UndefinedRateError("Gamma is undefined: nobody in the group has an outcome.")
    rate = n_bad / n_labelled
    if confidence is not None:
        check_open_fraction(confidence=confidence)
        rate = wilson_interval(n_bad, n_labelled, confidence=max(2 * confidence - 1, 1e-12))[1]
    n_others = n - n_labelled
    allowed = cap * n - rate * n_labelled  # bads among the others
    others_rate = np.clip(ratio(allowed, n_others), 0, 1)
    all_bad_allowed = allowed >= n_others
    # Where the labelled have no bad, no finite factor makes their odds positive.
    always = all_bad_allowed | ((rate == 0) & (allowed >= 0))
    odds = ratio(others_rate, 1 - others_rate) * (1 - rate)
    gamma = np.where(always, np.inf, np.where(allowed < 0, 0.0, ratio(odds, rate)))
    return Breakdown(gamma=gamma, cap=cap, confidence=confidence)


def conditional_breakdown_gamma(*, bad: ArrayLike, expected: ArrayLike, cap: float) -> Breakdown:
    """Return the largest Gamma under which a group keeps to a cap, given everybody's columns.

    Parameters
    ----------
    bad : array-like, shape (n_applicants,)
        1 bad, 0 good, NaN where the outcome is unknown; of the group in question, such as all
        below a cut-off.
    expected : array-like, shape (n_applicants,)
        PD that a labelled applicant with the same columns has [fraction].
    cap : float
        The highest bad rate allowed [fraction].

    Returns
    -------
    Breakdown
        As `breakdown_gamma`, to nine digits; infinite above a billion.

    Raises
    ------
    DataError
        If a column holds anything else, they differ in length, or cap lies outside (0, 1).
    UndefinedRateError
        If there are no applicants.

    Examples
    --------
    >>> bad = [1] * 24 + [0] * 776 + [float("nan")] * 200
    >>> found = conditional_breakdown_gamma(bad=bad, expected=[0.03] * 1000, cap=0.04)
    >>> round(float(found.gamma), 4)
    2.8116
    """
    outcomes, is_known, chance = checked_outcomes(bad, expected)
    check_open_fraction(cap=cap)
    if not outcomes.size:
        raise UndefinedRateError("Gamma is undefined: there are no applicants.")
    allowed = cap * outcomes.size - float(outcomes[is_known].sum())
    others = chance[~is_known]

    def kept(gamma: float) -> bool:
        return float(shifted(others, gamma).sum()) <= allowed

    return Breakdown(gamma=np.asarray(_largest(kept)), cap=cap, confidence=None)


def _largest(kept: Callable[[float], bool]) -> float:
    low, high = _GAMMAS
    if kept(high):
        return np.inf
    if not kept(low):
        return 0.0
    for _ in range(_BISECTIONS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if kept(middle) else (low, middle)
    return low
