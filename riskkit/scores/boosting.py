"""BoostedScorer: LightGBM with monotone directions, ordered categories and calibrated PDs."""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from riskkit._checks import Floats
from riskkit.errors import DataError
from riskkit.scores.calibration import (
    Line,
    calibrated_line,
    checked_propensity,
    pds_of_margins,
)
from riskkit.scores.columns import Special, check_columns
from riskkit.scores.crossfit import new_outcomes
from riskkit.scores.curves import Calibration, Curve, beta_curve, isotonic_curve
from riskkit.scores.encoding import encoded_sample, encoded_sources, plain_number
from riskkit.scores.features import Direction
from riskkit.scores.interactions import Interactions, meeting_groups
from riskkit.scores.training import checked_sample, checked_table, features_of, risk_tags
from riskkit.scores.trees import (
    BoostingSettings,
    Plan,
    default_settings,
    grown,
    held_out,
    n_threads,
)

_CURVES = {"platt": None, "beta": beta_curve, "isotonic": isotonic_curve}
#: Applicants are scored so many at a time: their encoded columns stay in the processor's cache.
_BLOCK = 16_384


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
    interactions : mapping of str to sequence of str, optional
        For features that may not interact with every other one, those they may interact with;
        with an empty sequence a feature's effect is the same whatever the others are. Two
        features may meet in one branch of a tree if neither excludes the other.
    n_leaves : int, optional
        Leaves of a tree; by default from 5 to 24 by the number of bads (or goods, if fewer).
    min_bads : float, optional
        Bads that a leaf must expect; by default from 3 to 30 by the number of bads.
    learning_rate : float, optional
        Share of each tree's correction that is kept; by default 0.05.
    max_trees : int, optional
        Most trees; the folds choose how many.
    l2 : float, optional
        L2 penalty on leaf values; by default 10.
    column_share : float, optional
        Share of the columns that each tree sees, drawn anew for each; by default 0.6.
    calibration : {"platt", "beta", "isotonic"}, default="platt"
        How out-of-fold margins become PDs: by a line on the log-odds scale, or by a strictly
        increasing curve on top of it, which needs many bads.
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
    curve_ : BetaCurve, KnottedCurve or None
        What bends the margins into log-odds of the PDs; None where they are the margins.
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
    >>> bool(pds[0] > pds[1])
    True
    """

    def __init__(  # noqa: PLR0913 - scikit-learn wants every parameter here
        self,
        *,
        directions: Mapping[str, Direction] | None = None,
        special: Mapping[str, Special] | None = None,
        interactions: Interactions | None = None,
        n_leaves: int | None = None,
        min_bads: float | None = None,
        learning_rate: float | None = None,
        max_trees: int | None = None,
        l2: float | None = None,
        column_share: float | None = None,
        calibration: Calibration = "platt",
        n_folds: int = 5,
        seed: int = 0,
        n_jobs: int = 1,
    ) -> None:
        self.directions = directions
        self.special = special
        self.interactions = interactions
        self.n_leaves = n_leaves
        self.min_bads = min_bads
        self.learning_rate = learning_rate
        self.max_trees = max_trees
        self.l2 = l2
        self.column_share = column_share
        self.calibration = calibration
        self.n_folds = n_folds
        self.seed = seed
        self.n_jobs = n_jobs

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        time: ArrayLike | None = None,
        propensity: ArrayLike | None = None,
    ) -> Self:
        """Learn the encoding, the number of trees, the calibration and the trees.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            Numbers (missing as NaN) and text categories (missing as NaN or None).
        y : array-like of {0, 1}, shape (n_applicants,)
            1 where the applicant went bad.
        sample_weight : array-like of float, shape (n_applicants,), optional
            Positive weights.
        time : array-like, shape (n_applicants,), optional
            When each applied: dates, or numbers that rise with time. The folds are then blocks in
            time with equally many bads, and trees are added as long as those grown on the earlier
            blocks do better on the latest one; without it the folds are drawn at random.
        propensity : array-like of float, shape (n_applicants,), optional
            Probability with which the past policy approved each, above 0 and up to 1. PDs are
            then calibrated for all the applicants it could have approved, each row standing for
            1 / propensity of them; the trees do not use it.

        Returns
        -------
        BoostedScorer
            Itself, fitted.

        Raises
        ------
        DataError
            If the table, the outcomes, the weights, the times, the propensities or a parameter
            break their contract.
        """
        if self.calibration not in _CURVES:
            raise DataError(
                f"calibration must be one of {', '.join(_CURVES)}, but is {self.calibration!r}."
            )
        sample = checked_sample(X, y, sample_weight)
        features = features_of(sample.table, self.directions, self.special, number=plain_number)
        outcomes = new_outcomes(
            sample.bad, sample.weight, n_folds=self.n_folds, seed=self.seed, time=time
        )
        encoded = encoded_sample(features, sample.table, outcomes)
        sources = encoded_sources(encoded.features)
        plan = Plan(
            settings=self._settings(outcomes.n_smaller),
            groups=self._groups(sources),
            seed=self.seed,
            n_threads=n_threads(self.n_jobs),
        )
        held = held_out(encoded, plan)
        stands_for = outcomes.weight / checked_propensity(propensity, len(outcomes.bad))
        known = {"bad": outcomes.bad, "weight": stands_for}
        line = calibrated_line(held.margins, **known)
        bend = _CURVES[self.calibration]
        self.curve_: Curve | None = (
            None if bend is None else bend(line.log_odds(held.margins), **known)
        )
        self.booster_ = grown(encoded, plan, held.n_trees)
        self.slope_, self.intercept_ = line.slope, line.intercept
        self.n_trees_ = self.booster_.num_trees()
        self.encoded_features_ = encoded.features
        self.encoded_sources_ = sources
        self.classes_ = np.array([0, 1])
        self.feature_names_in_ = np.array(sample.table.columns, dtype=object)
        self.n_features_in_ = len(features)
        return self

    def regrown(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Return as many trees grown on another sample, with the calibration of these.

        Encoding and trees are learned anew; the folds that chose the number of trees and the
        calibration are not repeated, which is what a fit spends most of its time on.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training.
        y : array-like of {0, 1}, shape (n_applicants,)
            1 where the applicant went bad.
        sample_weight : array-like of float, shape (n_applicants,), optional
            Positive weights.

        Returns
        -------
        BoostedScorer
            Another scorer; this one is not changed.

        Raises
        ------
        DataError
            If the table, the outcomes or the weights break their contract.
        NotFittedError
            If the scorer is not fitted.
        """
        check_is_fitted(self)
        sample = checked_sample(X, y, sample_weight)
        features = features_of(sample.table, self.directions, self.special, number=plain_number)
        outcomes = new_outcomes(sample.bad, sample.weight, n_folds=self.n_folds, seed=self.seed)
        encoded = encoded_sample(features, sample.table, outcomes)
        other = copy(self)
        other.encoded_features_ = encoded.features
        other.encoded_sources_ = encoded_sources(encoded.features)
        plan = Plan(
            settings=self._settings(outcomes.n_smaller),
            groups=self._groups(other.encoded_sources_),
            seed=self.seed,
            n_threads=n_threads(self.n_jobs),
        )
        other.booster_ = grown(encoded, plan, self.n_trees_)
        return other

    def _settings(self, n_smaller: int) -> BoostingSettings:
        names = BoostingSettings.__dataclass_fields__
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return replace(default_settings(n_smaller), **given)

    def _groups(self, sources: list[str]) -> list[list[int]] | None:
        names = list(dict.fromkeys(sources))
        groups = meeting_groups(names, self.interactions)
        if len(groups) == 1:
            return None
        return [[i for i, source in enumerate(sources) if source in group] for group in groups]

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
        matrix = np.concatenate(list(self._blocks(table)))
        names = [name for feature in self.encoded_features_ for name in feature.names]
        return pd.DataFrame(matrix, columns=names, index=table.index, copy=False)

    def _blocks(self, table: pd.DataFrame) -> Iterator[Floats]:
        columns = [
            column
            for feature in self.encoded_features_
            for column in feature.encode(table[feature.coding.name])
        ]
        for start in range(0, len(table), _BLOCK):
            parts = [column[start : start + _BLOCK] for column in columns]
            block = np.empty((len(parts[0]), len(parts)))
            for i, part in enumerate(parts):
                block[:, i] = part
            yield block

    def margin(self, X: Any) -> Floats:
        """Return the calibrated log-odds of bad; the PD rises with it.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.

        Returns
        -------
        array of float, shape (n_applicants,)
            The margin [log-odds]: slope_ x raw score of the trees + intercept_. Where there is a
            `curve_`, PDs are what it makes of the margin.

        Raises
        ------
        DataError
            If a column is absent, a number column holds text, or a number is infinite.
        """
        table = checked_table(X, self)
        threads = n_threads(self.n_jobs) if len(table) > 1 else 1
        raw = [
            np.asarray(self.booster_.predict(block, raw_score=True, num_threads=threads))
            for block in self._blocks(table)
        ]
        return self._line.log_odds(np.concatenate(raw))

    @property
    def _line(self) -> Line:
        return Line(intercept=self.intercept_, slope=self.slope_)

    def pd_of(self, applicant: Mapping[str, Any]) -> float:
        """Return the PD of one applicant, without the detour of a table.

        Parameters
        ----------
        applicant : mapping of str to any
            The features by name, missing as None or NaN; other keys are ignored.

        Returns
        -------
        float
            The PD [fraction], bit for bit the one that `predict_proba` gives.

        Raises
        ------
        DataError
            If a feature is absent, a number is text, or a number is infinite.
        NotFittedError
            If the scorer is not fitted.

        Examples
        --------
        >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50, "job": ["a", "b"] * 100})
        >>> scorer = BoostedScorer().fit(X, [1, 0, 0, 0] * 50)
        >>> applicant = {"income": 2.0, "job": "b"}
        >>> scorer.pd_of(applicant) == scorer.predict_proba(pd.DataFrame([applicant]))[0, 1]
        np.True_
        """
        check_is_fitted(self)
        check_columns(applicant, tuple(self.feature_names_in_))
        row = [
            part
            for feature in self.encoded_features_
            for part in feature.encode_value(applicant[feature.coding.name])
        ]
        raw = self.booster_.predict(np.array([row]), raw_score=True, num_threads=1)
        return float(self._pds(self._line.log_odds(np.asarray(raw)))[0])

    def _pds(self, margins: Floats) -> Floats:
        return pds_of_margins(margins if self.curve_ is None else self.curve_.log_odds(margins))

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
        pds = self._pds(self.margin(X))
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
