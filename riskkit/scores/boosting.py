"""BoostedScorer: LightGBM with monotone directions, ordered categories and calibrated PDs."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Self

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags

from riskkit._checks import Floats
from riskkit.errors import DataError
from riskkit.scores.calibration import Line, calibrated_line, pds_of_margins
from riskkit.scores.columns import Special
from riskkit.scores.crossfit import new_outcomes
from riskkit.scores.encoding import Encoded, encoded_sample, encoded_sources
from riskkit.scores.features import Direction
from riskkit.scores.training import checked_sample, checked_table, features_of, risk_tags

#: Trees are added until the cross-validated log loss has not fallen for so many rounds.
_PATIENCE = 30
_MANY = 3000  # bads; with more, larger steps cost nothing but save time


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingSettings:
    """How trees are grown."""

    n_leaves: int  #: Leaves of a tree.
    min_bads: float  #: Expected bads (more exactly: information) in a leaf.
    learning_rate: float  #: Share of each tree's correction that is kept.
    max_trees: int  #: Most trees.
    l2: float  #: L2 penalty on leaf values.

    def params(self, seed: int) -> dict[str, Any]:
        """Return LightGBM's parameters for one thread."""
        return {
            "objective": "binary",
            "num_leaves": self.n_leaves,
            "min_sum_hessian_in_leaf": self.min_bads,
            "min_data_in_leaf": 1,
            "learning_rate": self.learning_rate,
            "lambda_l2": self.l2,
            "feature_fraction": 0.8,
            "max_bin": 127,
            "monotone_constraints_method": "intermediate",
            "seed": seed,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }


def default_settings(n_smaller: int) -> BoostingSettings:
    """Return settings that suit a sample with so many rows of its rarer outcome.

    Few bads carry few leaves: LightGBM's own 31 leaves with 20 rows each fit chance below some
    thousand bads.
    """
    return BoostingSettings(
        n_leaves=int(np.clip(n_smaller / 75, 5, 24)),
        min_bads=float(np.clip(n_smaller / 100, 3, 30)),
        learning_rate=0.05 if n_smaller < _MANY else 0.1,
        max_trees=400,
        l2=10.0,
    )


class BoostedScorer(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Gradient boosted trees that keep directions, with calibrated PDs.

    Numbers go to LightGBM as they are, missing values included. Categories go in as their shrunk
    weight of evidence, so that trees can only order them by risk; training rows carry
    cross-fitted ones, so a category of many chance levels earns nothing. Special codes count as
    missing, and a column of their own says which code it was, as its weight of evidence. Five
    folds decide the number of trees and calibrate the PDs; the model itself is refitted on all
    rows. Levels never seen in training score like rare levels; a number missing where training
    had none is read as the median.

    Parameters
    ----------
    directions : mapping of str to {"higher", "lower"}, optional
        For number features, the direction in which the PD rises; it never falls that way.
    special : mapping of str to tuple, optional
        For features, the codes that mean "missing because ...".
    n_leaves : int, optional
        Leaves of a tree; by default from 5 to 24 by the number of bads (or goods, if fewer).
    min_bads : float, optional
        Bads that a leaf must expect; by default from 3 to 30 by the number of bads.
    learning_rate : float, optional
        Share of each tree's correction that is kept; by default 0.05, with many bads 0.1.
    max_trees : int, optional
        Most trees; the folds choose how many.
    l2 : float, optional
        L2 penalty on leaf values.
    n_folds : int, default=5
        Folds for the number of trees, calibration and cross-fitting.
    seed : int, default=0
        Draws the folds and the features each tree sees.
    n_jobs : int, default=1
        Threads, of which training can use one per fold and one more; -1 for one per core. PDs do
        not depend on it.

    Attributes
    ----------
    booster_ : lightgbm.Booster
        The trees.
    slope_, intercept_ : float
        The calibration: margin = slope_ x raw score of the trees + intercept_.
    encoded_features_ : tuple of EncodedFeature
        How each feature is encoded, in the order of `feature_names_in_`.
    encoded_sources_ : list of str
        For each encoded column, the feature it comes from.
    n_trees_ : int
        The number of trees that the folds chose.
    classes_ : array, shape (2,)
        0 = good, 1 = bad.
    feature_names_in_ : array of str, shape (n_features,)
        The features, in training order.
    n_features_in_ : int
        Their number.

    References
    ----------
    .. [1] Ke et al. (2017), LightGBM, NeurIPS 30.
    .. [2] Platt (1999), Advances in Large Margin Classifiers, 61-74.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50, "job": ["a", "b"] * 100})
    >>> scorer = BoostedScorer(directions={"income": "lower"}).fit(X, [1, 0, 0, 0] * 50)
    >>> pds = scorer.predict_proba(X)[:, 1]
    >>> bool(pds[0] > pds[1] >= pds[2])
    True
    """

    def __init__(  # noqa: PLR0913 - scikit-learn wants every parameter here
        self,
        *,
        directions: Mapping[str, Direction] | None = None,
        special: Mapping[str, Special] | None = None,
        n_leaves: int | None = None,
        min_bads: float | None = None,
        learning_rate: float | None = None,
        max_trees: int | None = None,
        l2: float | None = None,
        n_folds: int = 5,
        seed: int = 0,
        n_jobs: int = 1,
    ) -> None:
        self.directions = directions
        self.special = special
        self.n_leaves = n_leaves
        self.min_bads = min_bads
        self.learning_rate = learning_rate
        self.max_trees = max_trees
        self.l2 = l2
        self.n_folds = n_folds
        self.seed = seed
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the encoding, the number of trees, the calibration and the trees.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            Numbers (missing as NaN) and text categories (missing as NaN or None).
        y : array-like of {0, 1}, shape (n_applicants,)
            1 where the applicant went bad.
        sample_weight : array-like of float, shape (n_applicants,), optional
            Positive weights.

        Returns
        -------
        BoostedScorer
            Itself, fitted.

        Raises
        ------
        DataError
            If the table, the outcomes, the weights or a parameter break their contract.
        """
        sample = checked_sample(X, y, sample_weight)
        features = features_of(sample.table, self.directions, self.special)
        outcomes = new_outcomes(sample.bad, sample.weight, n_folds=self.n_folds, seed=self.seed)
        encoded = encoded_sample(features, sample.table, outcomes)
        settings = self._settings(outcomes.n_smaller)
        grown = _grown(encoded, settings, seed=self.seed, n_workers=n_threads(self.n_jobs))
        line = calibrated_line(grown.margins, bad=outcomes.bad, weight=outcomes.weight)
        self.booster_ = grown.trees
        self.slope_, self.intercept_ = line.slope, line.intercept
        self.n_trees_ = grown.trees.num_trees()
        self.encoded_features_ = encoded.features
        self.encoded_sources_ = encoded_sources(encoded.features)
        self.classes_ = np.array([0, 1])
        self.feature_names_in_ = np.array(sample.table.columns, dtype=object)
        self.n_features_in_ = len(features)
        return self

    def _settings(self, n_smaller: int) -> BoostingSettings:
        names = ("n_leaves", "min_bads", "learning_rate", "max_trees", "l2")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return replace(default_settings(n_smaller), **given)

    def encode(self, X: Any) -> pd.DataFrame:
        """Return the numbers that LightGBM sees.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.

        Returns
        -------
        DataFrame, shape (n_applicants, n_encoded)
            One float column for each name in `encoded_sources_`, missing numbers as NaN.

        Raises
        ------
        DataError
            If a column is absent, a number column holds text, or a number is infinite.
        """
        table = checked_table(X, self)
        names = [name for feature in self.encoded_features_ for name in feature.names]
        matrix = np.empty((len(table), len(names)))
        columns = (
            column
            for feature in self.encoded_features_
            for column in feature.encode(table[feature.coding.name])
        )
        for i, column in enumerate(columns):
            matrix[:, i] = column
        return pd.DataFrame(matrix, columns=names, index=table.index, copy=False)

    def margin(self, X: Any) -> Floats:
        """Return the calibrated log-odds of bad.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.

        Returns
        -------
        array of float, shape (n_applicants,)
            The margin [log-odds]: slope_ x raw score of the trees + intercept_.

        Raises
        ------
        DataError
            If a column is absent, a number column holds text, or a number is infinite.
        """
        encoded = self.encode(X).to_numpy()
        threads = n_threads(self.n_jobs) if len(encoded) > 1 else 1
        raw = self.booster_.predict(encoded, raw_score=True, num_threads=threads)
        return Line(intercept=self.intercept_, slope=self.slope_).log_odds(np.asarray(raw))

    def predict_proba(self, X: Any) -> Floats:
        """Return the probabilities of good and bad.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.

        Returns
        -------
        array of float, shape (n_applicants, 2)
            1 - PD and PD, each inside (0, 1).

        Raises
        ------
        DataError
            If a column is absent, a number column holds text, or a number is infinite.
        """
        pds = pds_of_margins(self.margin(X))
        return np.column_stack([1 - pds, pds])

    def predict(self, X: Any) -> Floats:
        """Return 1 where the PD is above a half; a lender's cut-off lies elsewhere.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.

        Returns
        -------
        array of {0, 1}, shape (n_applicants,)
            The likelier class.

        Raises
        ------
        DataError
            If a column is absent, a number column holds text, or a number is infinite.
        """
        is_bad = self.predict_proba(X)[:, 1] > 0.5  # noqa: PLR2004 - a half
        return self.classes_[is_bad.astype(np.intp)]

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn what the scorer takes."""
        return risk_tags(super().__sklearn_tags__())


def read_trees(text: str) -> lightgbm.Booster:
    """Return trees from LightGBM's text.

    Raises
    ------
    DataError
        If the text is not LightGBM's.
    """
    try:
        return lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise DataError(f"The trees are not LightGBM text: {error}.") from None


def n_threads(n_jobs: int) -> int:
    """Return how many threads to use.

    Raises
    ------
    DataError
        If n_jobs is neither positive nor -1.
    """
    if n_jobs == -1:
        return os.cpu_count() or 1
    if n_jobs < 1:
        raise DataError(f"n_jobs must be a positive number, or -1 for all cores, but is {n_jobs}.")
    return n_jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grown:
    trees: lightgbm.Booster  # on all rows, as many as the folds chose
    margins: Floats  # out of fold


def _grown(sample: Encoded, settings: BoostingSettings, *, seed: int, n_workers: int) -> _Grown:
    # One booster per fold left out and one on all rows grow side by side: the folds' mean log
    # loss says when to stop. Each has one thread and the boosters are shared out over workers:
    # LightGBM's own threads wait for each other many times per tree, which stalls a busy machine.
    outcomes = sample.evidence.outcomes
    params = settings.params(seed) | {"monotone_constraints": sample.signs}
    folds = range(outcomes.n_folds)
    with ThreadPoolExecutor(n_workers) as workers:
        boosters = list(workers.map(lambda k: _booster(sample, params, k), [*folds, None]))
        n_trees = _best_round(boosters, settings.max_trees, workers)
    margins = np.empty(len(outcomes.bad))
    for k, booster in zip(folds, boosters, strict=False):
        rows = outcomes.fold == k
        raw = booster.predict(
            sample.matrix(k)[rows], raw_score=True, num_iteration=n_trees, num_threads=1
        )
        margins[rows] = np.asarray(raw)
    # Through text and back: the trees are the very ones that a reader of the files gets.
    return _Grown(
        trees=read_trees(boosters[-1].model_to_string(num_iteration=n_trees)), margins=margins
    )


def _booster(sample: Encoded, params: dict[str, Any], left_out: int | None) -> lightgbm.Booster:
    outcomes, matrix = sample.evidence.outcomes, sample.matrix(left_out)
    label = outcomes.bad.astype(np.float64)
    held_out = np.zeros(len(label), dtype=bool) if left_out is None else outcomes.fold == left_out
    kept = ~held_out
    data = lightgbm.Dataset(matrix[kept], label[kept], weight=outcomes.weight[kept], params=params)
    booster = lightgbm.Booster(params, data)
    if left_out is not None:
        weight = outcomes.weight[held_out]
        check = data.create_valid(matrix[held_out], label[held_out], weight, params=params)
        booster.add_valid(check, "held out")
    return booster


def _best_round(
    boosters: list[lightgbm.Booster], max_trees: int, workers: ThreadPoolExecutor
) -> int:
    best, best_loss = 1, np.inf
    for n_trees in range(1, max_trees + 1):
        losses = list(workers.map(_one_more, boosters))
        loss = float(np.mean(losses[:-1]))  # the last one has grown on all rows
        if loss < best_loss:
            best, best_loss = n_trees, loss
        if n_trees - best >= _PATIENCE:
            break
    return best


def _one_more(booster: lightgbm.Booster) -> float:
    booster.update()
    held_out = booster.eval_valid()
    return float(held_out[0][2]) if held_out else np.nan
