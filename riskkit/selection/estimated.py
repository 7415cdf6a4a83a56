"""Approval propensities that nobody recorded, estimated from the columns, and their diagnostics.

They rest on more than recorded ones: that nothing but the columns decided. What the past policy saw
and no column shows (a phone call, a document) stays in the outcomes and biases every weight. Where
a policy is deterministic, a good model of it says 0 or 1 and there is nothing to weigh with: look
at the overlap before using them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from riskkit._checks import (
    Flags,
    Floats,
    as_flags,
    as_fractions,
    check_shapes,
)
from riskkit.errors import DataError, UndefinedRateError
from riskkit.selection.bands import quantile_bands
from riskkit.selection.intervals import wilson_interval
from riskkit.selection.propensity import NEXT_TO_NONE, Overlap, counted_overlap
from riskkit.selection.records import Assumption, Population

_FEWEST_FOLDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PropensityBand:
    """Applicants with similar propensities: expected and actual approvals."""

    lowest: float  #: Lowest propensity in the band [fraction].
    highest: float  #: Highest one [fraction].
    n_applicants: int  #: Applicants in it.
    expected: float  #: Mean propensity, the share that should have been approved [fraction].
    approved: float  #: Share that was [fraction].
    lower: float  #: Lower 95 % Wilson limit of that share [fraction].
    upper: float  #: Upper one [fraction].

    @property
    def is_calibrated(self) -> bool:
        """Whether the expected share lies within the limits, as 95 % of good bands do."""
        return self.lower <= self.expected <= self.upper


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedPropensities:
    """Propensities with what a validator asks of them."""

    propensity: Floats  #: Of everybody, by a model that did not see the row, shape (n_applicants,).
    auc: float  #: How well they tell approved from rejected; near 1 there is no overlap [fraction].
    bands: tuple[PropensityBand, ...]  #: Calibration, from the lowest to the highest band.
    #: How many could be approved, how much the weighted approved are worth, and how many decisions
    #: the estimates contradict.
    overlap: Overlap
    assumption: Assumption = Assumption.COLUMNS  #: What they rest on.

    @property
    def population(self) -> Population:
        """Whom the approved, weighted by these propensities, stand for."""
        return self.overlap.population

    @property
    def has_none(self) -> Flags:
        """Who has no overlap: a propensity of 0, shape (n_applicants,)."""
        return self.propensity == 0

    @property
    def has_next_to_none(self) -> Flags:
        """Who has a propensity above 0 and below `overlap.next_to_none`, shape (n_applicants,)."""
        return ~self.has_none & (self.propensity < self.overlap.next_to_none)

    @property
    def calibration_error(self) -> float:
        """Mean distance of expected and actual share of approvals over the bands [fraction]."""
        sizes = [band.n_applicants for band in self.bands]
        return float(
            np.average([abs(band.expected - band.approved) for band in self.bands], weights=sizes)
        )


def estimated_propensities(
    model: Any, X: Any, *, approved: ArrayLike, n_folds: int = 5, seed: int = 0
) -> EstimatedPropensities:
    """Estimate the propensity of every applicant, cross-fitted, with calibration and overlap.

    Parameters
    ----------
    model : scikit-learn classifier with predict_proba
        Fitted to copies of the table with 1 = approved; `riskkit.scores.BoostedScorer` takes
        missing values and categories.
    X : DataFrame, shape (n_applicants, n_features)
        What the past policy may have decided by, for applicants who reached the score gate.
    approved : array-like of {0, 1}, shape (n_applicants,)
        1 where it approved.
    n_folds : int, default=5
        Every row gets its propensity from a model that was fitted without its fold.
    seed : int, default=0
        Draws the folds.

    Returns
    -------
    EstimatedPropensities
        Right only as far as nothing but the columns decided [1]_. Where overlap is poor, some are
        0 or 1: `has_none` says of whom, `overlap` how many decisions they contradict.

    Raises
    ------
    DataError
        If approved holds anything but 0 and 1, its length is not that of X, n_folds is below 2,
        or fewer applicants than folds were approved or rejected.

    References
    ----------
    .. [1] Rosenbaum and Rubin (1983), The central role of the propensity score, Biometrika 70.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(1)
    >>> X = pd.DataFrame({"x": rng.standard_normal(4000)})
    >>> approved = rng.random(4000) < 1 / (1 + np.exp(X["x"]))
    >>> found = estimated_propensities(LogisticRegression(), X, approved=approved)
    >>> found.calibration_error < 0.03
    True
    """
    (is_approved,) = as_flags(approved=approved)
    if len(X) != is_approved.size:
        raise DataError(
            f"approved must have one value per row of X, but has {is_approved.size} for "
            f"{len(X)} rows."
        )
    fewest = min(int(is_approved.sum()), int((~is_approved).sum()))
    if n_folds < _FEWEST_FOLDS or fewest < n_folds:
        raise DataError(
            f"n_folds must be at least 2 and at most the number of approved and of rejected "
            f"applicants, but is {n_folds}; {int(is_approved.sum())} of {is_approved.size} were "
            "approved."
        )
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    target = is_approved.astype(np.intp)
    fitted = cross_val_predict(clone(model), X, target, cv=folds, method="predict_proba")
    propensity = np.asarray(fitted[:, 1], dtype=np.float64)
    return EstimatedPropensities(
        propensity=propensity,
        auc=float(roc_auc_score(target, propensity)),
        bands=propensity_bands(approved=is_approved, propensity=propensity),
        # Estimates may say 0 of somebody who was approved: that is a finding, not an error.
        overlap=counted_overlap(
            is_approved, propensity, next_to_none=NEXT_TO_NONE, assumption=Assumption.COLUMNS
        ),
    )


def propensity_bands(
    *, approved: ArrayLike, propensity: ArrayLike, n_bands: int = 10
) -> tuple[PropensityBand, ...]:
    """Compare expected and actual approvals where propensities are similar.

    Parameters
    ----------
    approved : array-like of {0, 1}, shape (n_applicants,)
        1 where the past policy approved.
    propensity : array-like, shape (n_applicants,)
        Recorded or estimated probability of approval [fraction].
    n_bands : int
        About so many bands of equal size; equal propensities share one.

    Returns
    -------
    tuple of PropensityBand
        From the lowest to the highest.

    Raises
    ------
    DataError
        If a column holds anything else, they differ in length, or n_bands is below 1.
    UndefinedRateError
        If there are no applicants.

    Examples
    --------
    >>> bands = propensity_bands(approved=[0, 1, 1, 1], propensity=[0.5, 0.5, 1, 1])
    >>> [(band.expected, band.approved) for band in bands]
    [(0.5, 0.5), (1.0, 1.0)]
    """
    (is_approved,) = as_flags(approved=approved)
    (chance,) = as_fractions(propensity=propensity)
    check_shapes({"approved": is_approved, "propensity": chance})
    if not chance.size:
        raise UndefinedRateError("The bands are undefined: there are no applicants.")
    rows = pd.DataFrame({"e": chance, "a": is_approved})
    groups = rows.groupby(quantile_bands(chance, n_bands))
    table = groups.agg(low=("e", "min"), high=("e", "max"), expected=("e", "mean"), n=("a", "sum"))
    sizes = groups.size().to_numpy()
    lower, upper = wilson_interval(table["n"].to_numpy(), sizes)
    return tuple(
        PropensityBand(
            lowest=float(row.low),
            highest=float(row.high),
            n_applicants=int(size),
            expected=float(row.expected),
            approved=float(row.n / size),
            lower=float(low),
            upper=float(high),
        )
        for row, size, low, high in zip(table.itertuples(), sizes, lower, upper, strict=True)
    )
