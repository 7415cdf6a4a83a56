"""Scorecard: a logistic regression on weights of evidence."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from riskkit._checks import Floats
from riskkit.scores.additive import Additive, Term, fit_additive
from riskkit.scores.bin_tables import bin_tables, counts_by_bin
from riskkit.scores.binning import BinningRules, learn_woe, rare_levels
from riskkit.scores.bins import FeatureBins
from riskkit.scores.calibration import calibrated_line, pds_of_margins
from riskkit.scores.columns import (
    Special,
    Unseen,
    check_columns,
    check_unseen,
    refuse_unseen,
)
from riskkit.scores.crossfit import CrossFitted, counts_of, cross_fitted, new_outcomes
from riskkit.scores.features import Direction
from riskkit.scores.points import (
    Extra,
    as_bins,
    checked_signs,
    level_extra,
    new_column,
    printed,
    trend_extra,
    with_unseen,
)
from riskkit.scores.stability import BinStability, stability_of
from riskkit.scores.training import (
    checked_sample,
    checked_table,
    features_of,
    other_sample,
    risk_tags,
)
from riskkit.scores.trends import with_steps


class Scorecard(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Logistic regression on weights of evidence, as calibrated points to look up.

    Every feature is cut into bins (monotone where a direction is given), each bin gets its shrunk
    weight of evidence, and a logistic regression weighs the features. Beside its weight of
    evidence a number brings its own trend, in steps, and a category its common levels, so that
    with few bads the scorecard is close to a plain logistic regression and with many it follows
    its bins. Training rows carry cross-fitted weights of evidence, so a feature that is noise gets
    no weight; where a direction is given, nothing may act against it. Out-of-fold margins
    calibrate the PDs.

    Missing values and special codes have bins of their own; levels never seen in training score
    by the rule `unseen`. What training had no example of scores as the average of its feature;
    `unseen_values` counts all of them. A number whose edges are given has those bins and no trend.
    Beyond the training range a trend goes on for three standard deviations where it
    raises the PD, and stops at once where it lowers it.

    Parameters
    ----------
    directions : mapping of str to {"higher", "lower"}, optional
        For number features, the direction in which the PD rises; it never falls that way.
    special : mapping of str to tuple, optional
        For features, the codes that mean "missing because ...": each a bin of its own.
    edges : mapping of str to sequence of float, optional
        For number features, upper edges of bins that replace the ones found; the last bin has
        none. ``WoeBinning(...).fit(X, y).edges_`` is such a mapping.
    unseen : {"rare", "average", "worst", "refuse"}, default="rare"
        What levels never seen in training score like: the pool of rare levels (the average where
        there is none), the average, the riskiest level; or they are an error.
    max_bins : int, optional
        Most bins of a number, before those that follow its trend; from 3 to 12 by number of bads.
    min_bads : float, default=10
        Fewest bads, and goods, that a bin or level of its own may expect in training.
    penalty : float, default=1
        Strength of the L2 penalty on the coefficients, in the logistic regression's
        log-likelihood.
    level_penalty : float, default=10
        Strength of the L2 penalty on the adjustments of common levels.
    n_folds : int, default=5
        Folds for cross-fitting and calibration.
    seed : int, default=0
        Draws the folds.

    Attributes
    ----------
    columns_ : tuple of ScorecardColumn
        One per feature, in the order of `feature_names_in_`.
    intercept_ : float
        Log-odds of bad where every feature is average.
    slope_ : float
        The calibration's slope, already contained in the columns' log-odds.
    classes_ : array, shape (2,)
        0 = good, 1 = bad.
    feature_names_in_ : array of str, shape (n_features,)
        The features, in training order.
    n_features_in_ : int
        Their number.

    References
    ----------
    .. [1] Siddiqi (2006), Credit Risk Scorecards, Wiley.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50, "job": ["a", "b"] * 100})
    >>> scorecard = Scorecard(directions={"income": "lower"}).fit(X, [1, 0, 0, 0] * 50)
    >>> pds = scorecard.predict_proba(X)[:, 1]
    >>> bool(pds[0] > pds[1] >= pds[2])
    True
    """

    def __init__(  # noqa: PLR0913 - scikit-learn wants every parameter here
        self,
        *,
        directions: Mapping[str, Direction] | None = None,
        special: Mapping[str, Special] | None = None,
        edges: Mapping[str, ArrayLike] | None = None,
        unseen: Unseen = "rare",
        max_bins: int | None = None,
        min_bads: float = 10.0,
        penalty: float = 1.0,
        level_penalty: float = 10.0,
        n_folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.directions = directions
        self.special = special
        self.edges = edges
        self.unseen = unseen
        self.max_bins = max_bins
        self.min_bads = min_bads
        self.penalty = penalty
        self.level_penalty = level_penalty
        self.n_folds = n_folds
        self.seed = seed

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn bins, weights of evidence, coefficients and calibration.

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
        Scorecard
            Itself, fitted.

        Raises
        ------
        DataError
            If the table, the outcomes, the weights or a parameter break their contract.
        """
        check_unseen(self.unseen)
        sample = checked_sample(X, y, sample_weight)
        features = features_of(sample.table, self.directions, self.special, self.edges)
        outcomes = new_outcomes(sample.bad, sample.weight, n_folds=self.n_folds, seed=self.seed)
        max_bins = self.max_bins or _max_bins(outcomes.n_smaller)
        rules = BinningRules(max_bins=max_bins, min_bads=self.min_bads)
        counts = [counts_of(feature, outcomes) for feature in features]
        features = tuple(with_steps(f, n) for f, n in zip(features, counts, strict=True))
        extras = [
            trend_extra(f, self.penalty)
            if f.coding.kind == "number"
            else level_extra(f, np.flatnonzero(~rare_levels(f, n, rules)), self.level_penalty)
            for f, n in zip(features, counts, strict=True)
        ]
        evidence = cross_fitted(features, outcomes, partial(learn_woe, rules=rules))
        everybody = np.ones(len(outcomes.bad), dtype=bool)
        fitted = fit_additive(_terms(evidence, extras, self.penalty), outcomes, everybody)
        margins = _out_of_fold(evidence, extras, self.penalty, fitted)
        line = calibrated_line(margins, bad=outcomes.bad, weight=outcomes.weight)
        self.classes_ = np.array([0, 1])
        self.feature_names_in_ = np.array(sample.table.columns, dtype=object)
        self.n_features_in_ = len(features)
        self.slope_ = line.slope
        self.intercept_ = line.slope * fitted.intercept + line.intercept
        parts = zip(features, counts, evidence.whole, extras, fitted.coefficients, strict=True)
        self.columns_ = tuple(
            with_unseen(new_column(feature, n, woe, extra, line.slope * weights), self.unseen)
            for feature, n, woe, extra, weights in parts
        )
        return self

    def contributions(self, X: Any) -> Floats:
        """Return what each feature adds to the margin.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.

        Returns
        -------
        array of float, shape (n_applicants, n_features)
            Log-odds of bad by feature, in the order of `feature_names_in_`; with `intercept_`
            they sum to the margin.

        Raises
        ------
        DataError
            If a column is absent, a number column holds text, or a number is infinite.
        """
        table = checked_table(X, self)
        added = np.empty((len(table), len(self.columns_)), order="F")
        for i, column in enumerate(self.columns_):
            codes = column.coding.codes(table[column.coding.name])
            if self.unseen == "refuse":
                refuse_unseen(table[column.coding.name], column.coding, codes)
            added[:, i] = column.log_odds[codes]
        return added

    def margin(self, X: Any) -> Floats:
        """Return the calibrated log-odds of bad.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.

        Returns
        -------
        array of float, shape (n_applicants,)
            The margin [log-odds]: intercept and contributions, added in column order.

        Raises
        ------
        DataError
            If a column is absent, a number column holds text, or a number is infinite.
        """
        added = self.contributions(X)
        margin = np.full(len(added), self.intercept_)
        for i in range(added.shape[1]):  # one by one: a sum along rows may regroup its terms
            margin += added[:, i]
        return margin

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
            If a feature is absent, a number is text or infinite, or a level is new and unseen
            levels are refused.
        NotFittedError
            If the scorecard is not fitted.

        Examples
        --------
        >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50, "job": ["a", "b"] * 100})
        >>> scorecard = Scorecard().fit(X, [1, 0, 0, 0] * 50)
        >>> applicant = {"income": 2.0, "job": "b"}
        >>> bool(scorecard.pd_of(applicant) == scorecard.predict_proba(X[1:2])[0, 1])
        True
        """
        check_is_fitted(self)
        check_columns(applicant, tuple(self.feature_names_in_))
        margin = self.intercept_
        for column in self.columns_:
            coding = column.coding
            value = applicant[coding.name]
            code = coding.code_of(value)
            if self.unseen == "refuse" and coding.kind == "category":
                refuse_unseen(pd.Series([value], name=coding.name), coding, np.array([code]))
            margin += column.log_odds[code]  # in the order of `margin`
        return float(pds_of_margins(np.array([margin]))[0])

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

    def table(self) -> pd.DataFrame:
        """Return the scorecard as it is printed.

        Returns
        -------
        DataFrame
            One row per feature and bin: `feature`, `bin`, `goods` and `bads` in training,
            `woe`, `iv` of the feature, `log_odds` added to the margin, and `points` (higher is
            safer, 20 points double the odds of good).
        """
        check_is_fitted(self)
        return pd.concat([printed(column) for column in self.columns_], ignore_index=True)

    def bin_table(
        self,
        X: Any = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> pd.DataFrame:
        """Return every bin with its counts and evidence, in training or in another sample.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features), optional
            Another sample; without it, training.
        y : array-like of {0, 1}, shape (n_applicants,), optional
            Its outcomes.
        sample_weight : array-like of float, shape (n_applicants,), optional
            Its positive weights.

        Returns
        -------
        DataFrame
            As `WoeBinning.table`; `woe` is what the scorecard learned, shrunk to its trend.

        Raises
        ------
        DataError
            If the sample breaks its contract.
        """
        sample = other_sample(X, y, sample_weight, self)
        return bin_tables(counts_by_bin(self._bins(), sample))

    def stability(self, X: Any, vintage: ArrayLike, y: ArrayLike | None = None) -> BinStability:
        """Return how the bins are filled in each vintage, against training.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.
        vintage : array-like, shape (n_applicants,)
            When each applied: times are taken by month, anything else as it is.
        y : array-like of {0, 1}, shape (n_applicants,), optional
            Outcomes, where they are all known.

        Returns
        -------
        BinStability
            As `WoeBinning.stability`.

        Raises
        ------
        DataError
            If the sample breaks its contract or a vintage is missing.
        """
        return stability_of(self._bins(), checked_table(X, self), vintage, y)

    def _bins(self) -> tuple[FeatureBins, ...]:
        check_is_fitted(self)
        given = self.directions or {}
        return tuple(as_bins(c, given.get(c.coding.name, "none")) for c in self.columns_)

    def checks(self) -> pd.DataFrame:
        """Return whether what each feature adds goes the way of its weight of evidence.

        Returns
        -------
        DataFrame
            One row per feature: `slope`, what the log-odds of good gain per unit of WoE over the
            training rows (about 1 for a feature that stands alone, less where others tell the
            same, negative where its sign is wrong); `reversed_share`, the share of training rows
            in bins that add less than a bin of lower WoE; `largest_reversal`, by how much at
            most [log-odds]; `agrees`, whether the slope is not negative and nothing is reversed;
            and `finding`, a sentence where there is something to look at.

        Examples
        --------
        >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50, "office": 7.0})
        >>> scorecard = Scorecard(directions={"income": "lower"}).fit(X, [1, 0, 0, 0] * 50)
        >>> scorecard.checks()[["feature", "agrees", "finding"]].to_numpy().tolist()[1]
        ['office', True, 'All of training falls into one bin, so the feature adds nothing.']
        """
        check_is_fitted(self)
        return pd.DataFrame([checked_signs(column) for column in self.columns_])

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn what the scorer takes."""
        return risk_tags(super().__sklearn_tags__())


def _max_bins(n_smaller: int) -> int:
    return int(np.clip(n_smaller / 50, 3, 12))


def _terms(
    evidence: CrossFitted, extras: list[Extra], penalty: float, left_out: int | None = None
) -> tuple[Term, ...]:
    fold, n_folds = evidence.outcomes.fold, evidence.outcomes.n_folds
    terms = []
    for f, (feature, extra) in enumerate(zip(evidence.features, extras, strict=True)):
        woe = evidence.by_cell(f, left_out).reshape(-1, 1)
        n_extra = extra.by_code.shape[1]
        terms.append(
            Term(
                cell=fold * feature.coding.n_codes + feature.codes,
                basis=np.hstack([-woe, np.tile(extra.by_code, (n_folds, 1))]),
                penalty=np.r_[penalty, np.full(n_extra, extra.penalty)],
                not_negative=np.r_[True, np.full(n_extra, extra.not_negative)],
            )
        )
    return tuple(terms)


def _out_of_fold(
    evidence: CrossFitted, extras: list[Extra], penalty: float, start: Additive
) -> Floats:
    outcomes = evidence.outcomes
    margins = np.empty(len(outcomes.bad))
    for k in range(outcomes.n_folds):
        terms, held_out = _terms(evidence, extras, penalty, left_out=k), outcomes.fold == k
        fitted = fit_additive(terms, outcomes, ~held_out, start)
        margins[held_out] = fitted.margins(terms, held_out)
    return margins
