"""Binning of whole tables: bins that keep a direction, and the weight of evidence of each."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags

from riskkit._checks import Flags, Floats
from riskkit.errors import DataError
from riskkit.scores.bin_tables import bin_tables, counts_by_bin, feature_row
from riskkit.scores.bins import feature_bins
from riskkit.scores.columns import (
    Kind,
    Special,
    Unseen,
    check_unseen,
    edge_coding,
    kinds_of,
    special_levels,
    special_numbers,
)
from riskkit.scores.counting import (
    BinnedCounts,
    FeatureCounts,
    LevelCounts,
    ValueCounts,
    binned_counts,
    level_counts,
    number_counts,
)
from riskkit.scores.cuts import CutRules, Trend
from riskkit.scores.stability import BinStability, stability_of
from riskkit.scores.training import (
    check_named,
    checked_sample,
    checked_table,
    columns_tags,
    other_sample,
    refuse_edges,
)

_TRENDS = ("higher", "lower", "none", "best")


class WoeBinning(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Bins of every feature with their weight of evidence, found from counts that stream.

    A number is first cut into up to 200 bins of about equally many rows; of all ways to join them
    into at most `max_bins` bins that keep the direction and hold enough rows, the likeliest is
    taken; a cut that gains next to nothing is left out. Special codes and missing values have bins
    of their own. A category has its common levels, joined where
    their bad rates do not differ, one bin of rare levels, one of levels that training did not
    have, and one of missing values. Every bin's WoE is learned as if a few average rows had
    joined it; a bin without training rows has WoE 0.

    `transform` gives training rows the WoE of bins that saw their own outcomes. `Scorecard` and
    `BoostedScorer` bin by themselves and cross-fit; give a scorecard the bins found here with
    ``Scorecard(edges=binning.edges_)``.

    Parameters
    ----------
    kinds : mapping of str to {"number", "category"}, optional
        How to read columns; for those not named the type tells.
    directions : mapping of str to {"higher", "lower", "none", "best"}, optional
        For number features, the direction in which the bad rate rises from bin to bin.
    trend : {"higher", "lower", "none", "best"}, default="best"
        The direction of numbers not named in `directions`; "best" is the likelier one.
    special : mapping of str to tuple, optional
        For features, the codes that mean "missing because ...": each a bin of its own.
    edges : mapping of str to sequence of float, optional
        For number features, upper edges that replace the ones found; the last bin has none.
    max_bins : int, default=8
        Most bins of a number, or of common levels, beside those of codes and missing values.
    min_share : float, default=0.05
        Least share of all rows in a bin or in a level that is not rare [fraction].
    min_bads : float, default=10
        Fewest bads, and goods, that a bin of a number, or a level that is not rare, may expect at
        the average bad rate.
    unseen : {"rare", "average", "worst", "refuse"}, default="rare"
        What levels that training did not have score like: the bin of rare levels (WoE 0 where
        there is none), WoE 0, the riskiest bin of levels; or they are an error. `unseen_values`
        counts them.

    Attributes
    ----------
    bins_ : tuple of FeatureBins
        One per feature, in the order of `feature_names_in_`.
    edges_ : dict of str to tuple of float
        The upper edges of every number.
    feature_names_in_ : array of str, shape (n_features,)
        The features, in training order.
    n_features_in_ : int
        Their number.

    References
    ----------
    .. [1] Siddiqi (2006), Credit Risk Scorecards, Wiley, chapter 6.

    Examples
    --------
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50, "job": ["a", "b"] * 100})
    >>> binning = WoeBinning().fit(X, [1, 0, 0, 0] * 50)
    >>> binning.edges_
    {'income': (1.0,)}
    >>> binning.transform(X).round(2).head(2).to_numpy().tolist()
    [[-3.65, -1.05], [3.65, 3.26]]

    Counted in two chunks, the bins are the same:

    >>> counts = binning.count(X[:100], [1, 0, 0, 0] * 25)
    >>> counts += binning.count(X[100:], [1, 0, 0, 0] * 25)
    >>> WoeBinning().fit_counts(counts).edges_
    {'income': (1.0,)}
    """

    def __init__(  # noqa: PLR0913 - scikit-learn wants every parameter here
        self,
        *,
        kinds: Mapping[str, Kind] | None = None,
        directions: Mapping[str, Trend] | None = None,
        trend: Trend = "best",
        special: Mapping[str, Special] | None = None,
        edges: Mapping[str, ArrayLike] | None = None,
        max_bins: int = 8,
        min_share: float = 0.05,
        min_bads: float = 10.0,
        unseen: Unseen = "rare",
    ) -> None:
        self.kinds = kinds
        self.directions = directions
        self.trend = trend
        self.special = special
        self.edges = edges
        self.max_bins = max_bins
        self.min_share = min_share
        self.min_bads = min_bads
        self.unseen = unseen

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Find the bins of a training sample.

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
        WoeBinning
            Itself, fitted.

        Raises
        ------
        DataError
            If the table, the outcomes, the weights or a parameter break their contract.
        """
        return self.fit_counts(self.count(X, y, sample_weight))

    def count(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> ValueCounts:
        """Count goods and bads by value; the counts of chunks add up to those of the whole.

        ``functools.reduce(operator.add, (binning.count(X, y) for X, y in chunks))`` are the counts
        of all chunks, for `fit_counts`.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            Numbers (missing as NaN) and text categories (missing as NaN or None). Where a column
            may be empty in a chunk, or look like numbers in one and not in another, name it in
            `kinds`.
        y : array-like of {0, 1}, shape (n_applicants,)
            1 where the applicant went bad.
        sample_weight : array-like of float, shape (n_applicants,), optional
            Positive weights.

        Returns
        -------
        ValueCounts
            The counts.

        Raises
        ------
        DataError
            If the table, the outcomes, the weights or a parameter break their contract.
        """
        sample = checked_sample(X, y, sample_weight)
        weight = None if sample_weight is None else sample.weight
        kinds = self._kinds(sample.table)
        return ValueCounts(
            features=tuple(
                self._count_of(sample.table[name], kind, sample.bad, weight)
                for name, kind in kinds.items()
            ),
            n_rows=len(sample.table),
        )

    def _kinds(self, table: pd.DataFrame) -> dict[str, Kind]:
        given = dict(self.kinds or {})
        check_named(
            table,
            kinds=given,
            directions=self.directions or {},
            special=self.special or {},
            edges=self.edges or {},
        )
        for name, kind in given.items():
            if kind not in {"number", "category"}:
                raise DataError(
                    f'kinds must be "number" or "category", but is {kind!r} for {name!r}.'
                )
        others = [name for name in table if name not in given]
        found = given | (kinds_of(table[others]) if others else {})
        return {name: found[name] for name in table}

    def _count_of(
        self, column: pd.Series, kind: Kind, bad: Flags, weight: Floats | None
    ) -> FeatureCounts:
        name = str(column.name)
        special = tuple((self.special or {}).get(name, ()))
        if kind == "category":
            if name in (self.edges or {}):
                refuse_edges(name)
            return level_counts(column, special_levels(special), bad, weight)
        codes = special_numbers(special, name)
        if name in (self.edges or {}):
            coding = edge_coding(name, (self.edges or {})[name], codes)
            return binned_counts(column, coding, bad, weight)
        return number_counts(column, codes, bad, weight)

    def fit_counts(self, counts: ValueCounts) -> Self:
        """Find the bins from counts.

        Parameters
        ----------
        counts : ValueCounts
            What `count` returned, or a sum of such counts.

        Returns
        -------
        WoeBinning
            Itself, fitted.

        Raises
        ------
        DataError
            If one of the outcomes is absent, or a parameter breaks its contract.
        """
        self._check_parameters(counts)
        goods, bads = _totals(counts.features[0])
        factor = counts.n_rows / (goods + bads)
        rarer = min(goods, bads) / (goods + bads)
        min_rows = max(self.min_share * counts.n_rows, self.min_bads / rarer)
        rules = CutRules(max_bins=int(self.max_bins), min_rows=min_rows)
        trends = self.directions or {}
        self.bins_ = tuple(
            feature_bins(
                feature,
                trends.get(feature.name, self.trend),
                rules,
                unseen=self.unseen,
                factor=factor,
            )
            for feature in counts.features
        )
        self.edges_ = {b.name: b.cuts for b in self.bins_ if b.coding.kind == "number"}
        self.feature_names_in_ = np.array([b.name for b in self.bins_], dtype=object)
        self.n_features_in_ = len(self.bins_)
        return self

    def _check_parameters(self, counts: ValueCounts) -> None:
        kinds = {f.name: type(f) for f in counts.features}
        check_named(kinds, directions=self.directions or {})
        for name, trend in {**(self.directions or {}), "trend": self.trend}.items():
            if trend not in _TRENDS:
                raise DataError(
                    f'directions and trend must be "higher", "lower", "none" or "best", but '
                    f"{name!r} has {trend!r}."
                )
        _check_rules(self)
        for name, trend in (self.directions or {}).items():
            if kinds.get(name) is LevelCounts and trend != "none":
                raise DataError(
                    f"directions names {name!r}, which holds text; only numbers have a direction."
                )
        goods, bads = _totals(counts.features[0])
        if not (goods > 0 and bads > 0):
            raise DataError(
                f"y must hold bads (1) and goods (0), but has one class: {bads:g} bads and "
                f"{goods:g} goods."
            )

    def transform(self, X: Any) -> pd.DataFrame:
        """Return the weight of evidence of every value.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training, columns in any order.

        Returns
        -------
        DataFrame, shape (n_applicants, n_features)
            Weights of evidence [log-odds of good], columns in the order of `feature_names_in_`.

        Raises
        ------
        DataError
            If a column is absent, a number column holds text, a number is infinite, or a level is
            new and `unseen` is "refuse".
        """
        table = checked_table(X, self)
        return pd.DataFrame(
            {b.name: b.woe[b.bins(table[b.name])] for b in self.bins_}, index=table.index
        )

    def table(
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
            One row per feature and bin: `feature`, `bin`, `rows`, `share`, `goods`, `bads` and
            `bad_rate` in the sample; `woe` as learned in training; `observed_woe` and its
            `woe_error`, and the bin's part of the information value, `iv`, in the sample. Counts
            are of weights with mean 1. Where a bin lacks goods or bads, half of each joins it;
            what a bin without rows would have is missing.

        Raises
        ------
        DataError
            If the sample breaks its contract.
        """
        sample = other_sample(X, y, sample_weight, self)
        return bin_tables(counts_by_bin(self.bins_, sample))

    def summary(
        self,
        X: Any = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> pd.DataFrame:
        """Return one line about every feature, in training or in another sample.

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
            One row per feature: `feature`, `kind`, `direction`, `n_bins` with training rows, `iv`
            with its standard error `iv_error`, and `finding`, a sentence where the feature tells
            nothing.

        Raises
        ------
        DataError
            If the sample breaks its contract.
        """
        sample = other_sample(X, y, sample_weight, self)
        return pd.DataFrame([feature_row(b, n) for b, n in counts_by_bin(self.bins_, sample)])

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
            Shares and population stability index by bin, feature and vintage; with outcomes also
            the evidence by bin.

        Raises
        ------
        DataError
            If the sample breaks its contract or a vintage is missing.
        """
        return stability_of(self.bins_, checked_table(X, self), vintage, y)

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn what the binning takes."""
        tags = columns_tags(super().__sklearn_tags__())
        tags.target_tags.required = True
        return tags


def _check_rules(binning: WoeBinning) -> None:
    if binning.max_bins < 1 or binning.max_bins != int(binning.max_bins):
        raise DataError(f"max_bins must be a whole number from 1 on, but is {binning.max_bins!r}.")
    if not 0 <= binning.min_share <= 1:
        raise DataError(f"min_share must lie between 0 and 1, but is {binning.min_share}.")
    if not 0 <= binning.min_bads < np.inf:
        raise DataError(f"min_bads must not be negative, but is {binning.min_bads}.")
    check_unseen(binning.unseen)


def _totals(counts: FeatureCounts) -> tuple[float, float]:
    parts = [counts.groups] if isinstance(counts, BinnedCounts) else [counts.groups, counts.apart]
    return (
        float(sum(part.goods.sum() for part in parts)),
        float(sum(part.bads.sum() for part in parts)),
    )
