"""A fitted scorer with its PDs moved to another level: the same trees or points, another line."""

import math
from copy import copy
from dataclasses import replace

from sklearn.utils.validation import check_is_fitted

from riskkit.errors import DataError
from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.calibration import Line
from riskkit.scores.comparison import Learner


def recalibrated(scorer: Learner, line: Line) -> Learner:
    """Return a copy of a fitted scorer whose log-odds of bad are moved along a line.

    Fit the line on log-odds of PDs the scorer gave to applicants it did not see in training:
    `offset_line` for another mean PD, `calibrated_line` for a new sample, `propensity_line` for
    all applicants of a selective past policy.

    Parameters
    ----------
    scorer : Scorecard or BoostedScorer
        A fitted scorer; it is not changed.
    line : Line
        From the log-odds of its PDs to new ones, rising.

    Returns
    -------
    Scorecard or BoostedScorer
        With the same order of applicants and the line in its calibration, so that margins,
        explanations and files follow.

    Raises
    ------
    DataError
        If the line does not rise, or a slope or intercept is not finite.
    NotFittedError
        If the scorer is not fitted.

    Examples
    --------
    >>> import pandas as pd
    >>> from riskkit.scores import Scorecard, offset_line
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> scorecard = Scorecard().fit(X, [1, 0, 0, 0] * 50)
    >>> moved = recalibrated(scorecard, offset_line(scorecard.margin(X), target=0.1))
    >>> round(float(moved.predict_proba(X)[:, 1].mean()), 6)
    0.1
    """
    check_is_fitted(scorer)
    if not math.isfinite(line.slope + line.intercept) or line.slope <= 0:
        raise DataError(
            f"line must be finite and rise, so that no order is reversed, but is {line}."
        )
    moved = copy(scorer)
    if isinstance(moved, BoostedScorer) and moved.curve_ is not None:
        moved.curve_ = moved.curve_.then(line)
        return moved
    moved.slope_ = line.slope * scorer.slope_
    moved.intercept_ = line.slope * scorer.intercept_ + line.intercept
    if not isinstance(moved, BoostedScorer):
        moved.columns_ = tuple(
            replace(column, log_odds=line.slope * column.log_odds) for column in moved.columns_
        )
    return moved
