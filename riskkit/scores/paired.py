"""Two ways of making a model, compared over folds or random splits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from riskkit._checks import as_finite, check_open_fraction
from riskkit.errors import DataError

_FEWEST = 2  # a variance needs two


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
    """By how much one way of making a model measures better than another, on average."""

    difference: float  #: Mean over the splits, first less second.
    lower: float  #: Lower limit.
    upper: float  #: Upper limit.
    t: float  #: Corrected t statistic; infinite where all splits differ by exactly the same.
    p_value: float  #: Two-sided, against no difference.
    n_splits: int  #: Folds or random splits.


def corrected_t_test(
    first: ArrayLike, second: ArrayLike, *, test_share: float, confidence: float = 0.95
) -> PairedComparison:
    """Compare two models over the same splits by the corrected resampled t test.

    Splits of one sample share training rows, so their differences are not independent, and a plain
    t test finds differences that are not there.

    Parameters
    ----------
    first : array-like, shape (n_splits,)
        A measure of one model on each test split.
    second : array-like, shape (n_splits,)
        The measure of the other one on the same splits.
    test_share : float
        Rows in a test split over all rows [fraction]: 1 / k for k folds, once or repeated.
    confidence : float
        Of the interval [fraction].

    Returns
    -------
    PairedComparison
        With variance ``s^2 (1 / n_splits + n_test / n_train)`` [1]_.

    Raises
    ------
    DataError
        If the columns differ in length, hold fewer than two or other than finite numbers, or
        test_share or confidence lies outside (0, 1).

    References
    ----------
    .. [1] Nadeau and Bengio (2003), Inference for the generalization error, Machine Learning 52,
       239-281.

    Examples
    --------
    >>> found = corrected_t_test([0.72, 0.70, 0.74], [0.70, 0.69, 0.71], test_share=1 / 3)
    >>> round(found.difference, 3), round(found.p_value, 3)
    (0.02, 0.16)
    """
    check_open_fraction(test_share=test_share, confidence=confidence)
    one, other = as_finite(first=first, second=second)
    if one.size < _FEWEST:
        raise DataError(f"first must hold at least two splits, but holds {one.size}.")
    differences = one - other
    mean = float(differences.mean())
    variance = float(differences.var(ddof=1))
    error = float(np.sqrt(variance * (1 / one.size + test_share / (1 - test_share))))
    t = mean / error if error else (0.0 if mean == 0 else float(np.copysign(np.inf, mean)))
    half = float(stats.t.ppf((1 + confidence) / 2, one.size - 1)) * error
    return PairedComparison(
        difference=mean,
        lower=mean - half,
        upper=mean + half,
        t=t,
        p_value=2 * float(stats.t.sf(abs(t), one.size - 1)),
        n_splits=one.size,
    )
