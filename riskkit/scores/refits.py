"""A scorer fitted again on rows drawn with replacement: what in it hangs on the sample."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from riskkit._checks import Flags, Floats
from riskkit.errors import DataError
from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.comparison import Learner
from riskkit.scores.training import checked_sample


def refitted(  # noqa: PLR0913 - a scorer, its sample, and how often
    scorer: Learner,
    X: Any,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    n: int,
    seed: int,
) -> tuple[Learner, ...]:
    """Fit a scorer again on rows of its sample drawn with replacement, goods and bads apart.

    A row that is drawn twice counts twice. A scorecard is fitted as a whole; of boosted trees the
    encoding and as many trees are grown anew, without the folds that chose their number: each
    costs about a sixth of a fit. A draw on which a fit is impossible, because a column has no
    value left in it, is left out.

    Parameters
    ----------
    scorer : Scorecard or BoostedScorer
        A fitted scorer; it is not changed.
    X : DataFrame, shape (n_applicants, n_features)
        The features it was fitted on.
    y : array-like of {0, 1}, shape (n_applicants,)
        Their outcomes, 1 = bad.
    sample_weight : array-like of float, shape (n_applicants,), optional
        Their weights.
    n : int
        How many draws.
    seed : int
        Draws the rows.

    Returns
    -------
    tuple of Learner
        At most `n` scorers.

    Raises
    ------
    DataError
        If `n` is negative, or the table, the outcomes or the weights break their contract.
    NotFittedError
        If the scorer is not fitted.

    References
    ----------
    .. [1] Efron (1979), Bootstrap methods: another look at the jackknife, Ann. Statist. 7, 1-26.

    Examples
    --------
    >>> import pandas as pd
    >>> from riskkit.scores import Scorecard
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> y = [1, 0, 0, 0] * 50
    >>> len(refitted(Scorecard().fit(X, y), X, y, n=2, seed=0))
    2
    """
    check_is_fitted(scorer)
    if n < 0:
        raise DataError(f"n must not be negative, but is {n}.")
    sample = checked_sample(X, y, sample_weight)
    rng = np.random.default_rng(seed)
    scorers = []
    for _ in range(n):
        times = _times_drawn(sample.bad, rng)
        rows = times > 0
        drawn = (sample.table.loc[rows].reset_index(drop=True), sample.bad[rows].astype(np.intp))
        weight = (sample.weight * times)[rows]
        try:
            if isinstance(scorer, BoostedScorer):
                scorers.append(scorer.regrown(*drawn, weight))
            else:
                scorers.append(clone(scorer).fit(*drawn, sample_weight=weight))
        except DataError:
            continue
    return tuple(scorers)


def _times_drawn(bad: Flags, rng: np.random.Generator) -> Floats:
    times = np.zeros(len(bad))
    for of_class in (np.flatnonzero(bad), np.flatnonzero(~bad)):
        drawn = rng.choice(of_class, size=len(of_class))
        times += np.bincount(drawn, minlength=len(bad))
    return times
