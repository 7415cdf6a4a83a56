"""Scorers compared by cross-validation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone

from riskkit._checks import Floats
from riskkit.errors import DataError
from riskkit.scores.bivariate import BivariateProbitModel
from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.discrimination import auc, log_loss
from riskkit.scores.folds import new_folds
from riskkit.scores.scorecard import Scorecard
from riskkit.scores.training import checked_sample, fitted
from riskkit.scores.two_stream import TwoStreamModel

#: What learns from labelled rows.
Learner = Scorecard | BoostedScorer
#: What gives PDs once it is fitted, and is saved as plain files.
Scorer = Learner | TwoStreamModel | BivariateProbitModel


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossValidation:
    """How a scorer does on rows it was not trained on."""

    auc: tuple[float, ...]  #: AUC of each fold [fraction].
    log_loss: tuple[float, ...]  #: Mean log loss of each fold [nats].
    pds: Floats  #: Out-of-fold PD of each row; NaN if never held out, shape (n_applicants,).

    @property
    def mean_auc(self) -> float:
        """Mean AUC over the folds [fraction]."""
        return float(np.mean(self.auc))

    @property
    def mean_log_loss(self) -> float:
        """Mean log loss over the folds [nats]; scorers are chosen by it."""
        return float(np.mean(self.log_loss))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Scorers side by side on the same folds."""

    candidates: Mapping[str, Any]  #: The scorers, not fitted, by name.
    results: Mapping[str, CrossValidation]  #: How each did, by name.

    @property
    def best_name(self) -> str:
        """Name of the scorer with the lowest mean log loss; of equals, the first."""
        return min(self.results, key=lambda name: self.results[name].mean_log_loss)

    @property
    def best(self) -> Any:
        """The scorer with the lowest mean log loss, not fitted."""
        return clone(self.candidates[self.best_name])

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Return the figures of every scorer as plain data."""
        return {
            name: {
                "auc": result.mean_auc,
                "log_loss": result.mean_log_loss,
                "auc_by_fold": list(result.auc),
                "log_loss_by_fold": list(result.log_loss),
            }
            for name, result in self.results.items()
        }


def cross_validated(  # noqa: PLR0913 - scikit-learn's own arguments, and the folds
    scorer: Any,
    X: Any,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    time: ArrayLike | None = None,
    n_folds: int = 5,
    seed: int = 0,
) -> CrossValidation:
    """Measure a scorer on folds of the rows, each scored by a copy trained on others.

    Parameters
    ----------
    scorer : Scorecard, BoostedScorer or any scikit-learn classifier
        What to measure; it is copied, not fitted.
    X : DataFrame, shape (n_applicants, n_features)
        The features.
    y : array-like of {0, 1}, shape (n_applicants,)
        1 where the applicant went bad.
    sample_weight : array-like of float, shape (n_applicants,), optional
        Positive weights, for training and for measuring.
    time : array-like, shape (n_applicants,), optional
        When each applied. Folds are then blocks in time, each scored by a copy trained on the
        earlier ones; without it they are stratified by outcome.
    n_folds : int, default=5
        Number of folds.
    seed : int, default=0
        Draws the folds.

    Returns
    -------
    CrossValidation
        AUC and log loss of each fold that was held out, and every row's out-of-fold PD.

    Raises
    ------
    DataError
        If the input breaks the scorer's contract, a class has fewer rows than folds, or the
        times do not do.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> result = cross_validated(Scorecard(), X, [1, 0, 0, 0] * 50, seed=1)
    >>> result.mean_auc
    1.0
    """
    sample = checked_sample(X, y, sample_weight)
    folds = new_folds(sample.bad, n_folds, seed=seed, time=time)
    pds, aucs, losses = np.full(len(sample.bad), np.nan), [], []
    for kept, held_out in folds.splits():
        model = fitted(clone(scorer), sample, kept, time=time)
        pds[held_out] = model.predict_proba(sample.table.iloc[held_out])[:, 1]
        measured = {
            "bad": sample.bad[held_out], "pds": pds[held_out], "weight": sample.weight[held_out],
        }  # fmt: skip
        aucs.append(auc(**measured))
        losses.append(log_loss(**measured))
    return CrossValidation(auc=tuple(aucs), log_loss=tuple(losses), pds=pds)


def best_scorer(  # noqa: PLR0913 - scikit-learn's own arguments, and the folds
    candidates: Mapping[str, Any],
    X: Any,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    time: ArrayLike | None = None,
    n_folds: int = 5,
    seed: int = 0,
) -> Comparison:
    """Compare scorers on the same folds; the best has the lowest mean log loss.

    Parameters
    ----------
    candidates : mapping of str to scorer
        Scorers by name; they are copied, not fitted.
    X : DataFrame, shape (n_applicants, n_features)
        The features.
    y : array-like of {0, 1}, shape (n_applicants,)
        1 where the applicant went bad.
    sample_weight : array-like of float, shape (n_applicants,), optional
        Positive weights, for training and for measuring.
    time : array-like, shape (n_applicants,), optional
        When each applied. Folds are then blocks in time, each scored by a copy trained on the
        earlier ones; without it they are stratified by outcome.
    n_folds : int, default=5
        Number of folds.
    seed : int, default=0
        Draws the folds.

    Returns
    -------
    Comparison
        The figures of each, and the best one, not fitted.

    Raises
    ------
    DataError
        If there are no candidates, the input breaks a scorer's contract, a class has fewer rows
        than folds, or the times do not do.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> comparison = best_scorer({"scorecard": Scorecard()}, X, [1, 0, 0, 0] * 50)
    >>> comparison.best_name
    'scorecard'
    """
    if not candidates:
        raise DataError("candidates must hold at least one scorer, but is empty.")
    results = {
        name: cross_validated(
            scorer, X, y, sample_weight=sample_weight, time=time, n_folds=n_folds, seed=seed
        )
        for name, scorer in candidates.items()
    }
    return Comparison(candidates=dict(candidates), results=results)
