"""The bins of a feature: found from counts of its values, or fixed by the user."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from riskkit._checks import Flags, Floats
from riskkit.scores.binning import binned_woe
from riskkit.scores.columns import N_FINE_BINS, Codes, Coding, Unseen, refuse_unseen, short_edge
from riskkit.scores.counting import (
    BinnedCounts,
    FeatureCounts,
    LevelCounts,
    NumberCounts,
    scaled,
)
from riskkit.scores.cuts import CutRules, Trend, best_cuts
from riskkit.scores.features import Counts, Direction

#: A label shows so many levels.
_SHOWN_LEVELS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureBins:
    """The bins of one feature and what they are worth."""

    coding: Coding  #: How values become codes.
    bin_of_code: Codes  #: The bin of each code, shape (n_codes,).
    labels: tuple[str, ...]  #: What each bin holds, in words.
    direction: Direction  #: In which direction of a number the bad rate rises from bin to bin.
    counts: Counts  #: Weighted goods and bads of training by bin, shape (n_bins,).
    woe: Floats  #: Weight of evidence by bin, shape (n_bins,).
    refuses: bool = False  #: Whether a level that training did not have is an error.

    @property
    def name(self) -> str:
        """The feature."""
        return self.coding.name

    @property
    def cuts(self) -> tuple[float, ...]:
        """Numbers: the upper edge of every ordinary bin but the last."""
        return tuple(self.coding.edges.tolist())

    def bins(self, column: pd.Series) -> Codes:
        """Return the bin of each value, shape (n_applicants,).

        Raises
        ------
        DataError
            If a number column holds text or an infinite value, or a level is refused.
        """
        codes = self.coding.codes(column)
        if self.refuses:
            refuse_unseen(column, self.coding, codes)
        return self.bin_of_code[codes]


def feature_bins(
    counts: FeatureCounts, trend: Trend, rules: CutRules, *, unseen: Unseen, factor: float
) -> FeatureBins:
    """Return the bins of a feature, given the counts of its values.

    `factor` scales the counts to weights with mean 1.
    """
    if isinstance(counts, LevelCounts):
        return _level_bins(counts, rules, unseen, factor)
    if isinstance(counts, BinnedCounts):
        return _bins_of_coding(counts.coding, scaled(counts.groups, factor), "none")
    return _number_bins(counts, trend, rules, factor)


def _bins_of_coding(coding: Coding, counts: Counts, direction: Direction) -> FeatureBins:
    return FeatureBins(
        coding=coding,
        bin_of_code=np.arange(coding.n_codes),
        labels=coding.labels,
        direction=direction,
        counts=counts,
        woe=binned_woe(counts),
    )


def _number_bins(counts: NumberCounts, trend: Trend, rules: CutRules, factor: float) -> FeatureBins:
    groups, apart = scaled(counts.groups, factor), scaled(counts.apart, factor)
    fine = _fine_bins(groups.rows)
    cuts = best_cuts(groups.pooled(fine), trend, rules) if fine.size else None
    bins = fine if cuts is None else cuts.bins[fine]
    ends = np.flatnonzero(np.diff(bins))
    edges = [short_edge(counts.largest[i], counts.least[i + 1]) for i in ends]
    coding = Coding(
        name=counts.name, kind="number", edges=np.array(edges, dtype=float), special=counts.special
    )
    ordinary = groups.pooled(bins) if fine.size else Counts(goods=np.zeros(1), bads=np.zeros(1))
    return _bins_of_coding(coding, _joined(ordinary, apart), cuts.direction if cuts else "none")


def _joined(first: Counts, then: Counts) -> Counts:
    return Counts(
        goods=np.concatenate([first.goods, then.goods]),
        bads=np.concatenate([first.bads, then.bads]),
    )


def _fine_bins(rows: Floats) -> Codes:
    # Ordered groups in bins of about equally many rows, by the middle of each; few stay as they
    # are.
    if len(rows) <= N_FINE_BINS:
        return np.arange(len(rows))
    middle = (np.cumsum(rows) - rows / 2) / rows.sum()
    return np.cumsum(np.diff(np.floor(N_FINE_BINS * middle), prepend=0.0) > 0)


def _level_bins(counts: LevelCounts, rules: CutRules, unseen: Unseen, factor: float) -> FeatureBins:
    levels, missing = scaled(counts.groups, factor), scaled(counts.apart, factor)
    nobody = Counts(goods=np.zeros(1), bads=np.zeros(1))
    by_code = _joined(_joined(levels, nobody), missing)
    own = np.isin(np.array(counts.levels, dtype=object), counts.special)
    rare = ~own & (levels.rows < rules.min_rows * (1 - 1e-9))  # rounded sums of weights
    bins = _bins_of_levels(levels, own, rare, rules)
    n_bins = int(bins.max()) + 1 if bins.size else 0
    bin_of_code = np.r_[bins, n_bins, n_bins + 1]
    by_bin = by_code.pooled(bin_of_code)
    woe = binned_woe(by_bin)
    woe[n_bins] = _woe_of_unseen(woe[:n_bins], unseen, has_rare=bool(rare.any()))
    names = [_listed(np.array(counts.levels, dtype=object)[bins == k]) for k in range(n_bins)]
    if rare.any():
        names[-1] = "(rare levels)"
    return FeatureBins(
        coding=Coding(name=counts.name, kind="category", edges=np.empty(0), levels=counts.levels),
        bin_of_code=bin_of_code,
        labels=(*names, "(unseen levels)", "(missing)"),
        direction="none",
        counts=by_bin,
        woe=woe,
        refuses=unseen == "refuse",
    )


def _bins_of_levels(levels: Counts, own: Flags, rare: Flags, rules: CutRules) -> Codes:
    # Common levels in order of their bad rates, as only neighbours are worth joining; then levels
    # of their own; last the rare ones.
    bins = np.empty(len(own), dtype=np.intp)
    common = np.flatnonzero(~own & ~rare)
    common = common[np.argsort(levels.bads[common] / levels.rows[common], kind="stable")]
    ordered = Counts(goods=levels.goods[common], bads=levels.bads[common])
    if common.size:
        bins[common] = best_cuts(ordered, "none", replace(rules, min_rows=0.0)).bins
    n_common = int(bins[common].max()) + 1 if common.size else 0
    bins[own] = n_common + np.arange(own.sum())
    bins[rare] = n_common + own.sum()
    return bins


def _woe_of_unseen(woe: Floats, unseen: Unseen, *, has_rare: bool) -> float:
    if unseen == "worst" and woe.size:
        return float(woe.min())
    return float(woe[-1]) if unseen == "rare" and has_rare else 0.0


def _listed(levels: "np.ndarray[tuple[int], np.dtype[np.object_]]") -> str:
    shown = ", ".join(levels[:_SHOWN_LEVELS])
    n_more = len(levels) - _SHOWN_LEVELS
    return f"{shown} and {n_more} more" if n_more > 0 else shown
