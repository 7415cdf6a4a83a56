"""What a scorecard looks up: for every bin of a feature, what it adds to the log-odds of bad."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.scores.binning import information_value
from riskkit.scores.bins import FeatureBins
from riskkit.scores.columns import Codes, Coding, Unseen, short_edge
from riskkit.scores.features import Counts, Direction, Feature
from riskkit.scores.scale import PointsScale
from riskkit.scores.trends import STEP

#: Beyond the training range a trend goes on for so many steps, and then no further.
_N_OUTER = 6
#: Differences of log-odds up to here are rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardColumn:
    """What one feature adds to the margin."""

    coding: Coding  #: Its bins or levels.
    counts: Counts  #: Weighted training goods and bads by code.
    woe: Floats  #: Weight of evidence by code, shape (n_codes,).
    log_odds: Floats  #: What each code adds to the log-odds of bad, shape (n_codes,).


def as_bins(column: ScorecardColumn, direction: Direction) -> FeatureBins:
    """Return the bins of a feature of a scorecard."""
    return FeatureBins(
        coding=column.coding,
        bin_of_code=np.arange(column.coding.n_codes),
        labels=column.coding.labels,
        direction=direction,
        counts=column.counts,
        woe=column.woe,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What a feature brings into the regression beside its WoE."""

    by_code: Floats  #: Columns by code, shape (n_codes, n_extra).
    penalty: float  #: L2 penalty of their coefficients.
    not_negative: bool  #: Whether the coefficients may not be negative.


def trend_extra(feature: Feature, penalty: float) -> Extra:
    """Return the trend of a number: its coefficient takes account of the other features."""
    trend = np.zeros((feature.coding.n_codes, 1))
    trend[: feature.coding.n_bins, 0] = feature.steps * _orientation(feature)
    return Extra(by_code=trend, penalty=penalty, not_negative=feature.direction != "none")


def level_extra(feature: Feature, common: Codes, penalty: float) -> Extra:
    """Return the common levels of a category.

    Beside the other features a level may be worth more or less than it is alone.
    """
    levels = np.zeros((feature.coding.n_codes, len(common)))
    levels[common, np.arange(len(common))] = 1
    return Extra(by_code=levels, penalty=penalty, not_negative=False)


def _orientation(feature: Feature) -> int:
    return -1 if feature.direction == "lower" else 1


def new_column(
    feature: Feature, counts: Counts, woe: Floats, extra: Extra, weights: Floats
) -> ScorecardColumn:
    """Return the bins of a feature and what each adds, given the weights of WoE and extra columns.

    On the side where its trend raises the PD, the trend of a number goes on beyond the training
    range for three standard deviations: a cut-off also meets applicants riskier than any that a
    policy approved. On the other side nobody looks safer than the safest in training.
    """
    log_odds = extra.by_code @ weights[1:] - woe * weights[0]
    column = ScorecardColumn(coding=feature.coding, counts=counts, woe=woe, log_odds=log_odds)
    if feature.coding.kind == "category":
        return column
    slope = _slope(feature, column)
    merged = column if feature.fixed else _merged(column)
    return merged if feature.scale is None or slope == 0 else _extended(merged, feature, slope)


def _slope(feature: Feature, column: ScorecardColumn) -> float:
    # Of the log-odds over the training rows, per standard deviation of the number.
    n = len(feature.steps)
    rows, log_odds = column.counts.rows[:n], column.log_odds[:n]
    spread = float(np.sum(rows * feature.steps**2))  # its mean is 0
    return float(np.sum(rows * feature.steps * log_odds)) / spread if spread > 0 else 0.0


def _merged(column: ScorecardColumn) -> ScorecardColumn:
    # Neighbouring fine bins that score alike become one bin.
    coding, n = column.coding, column.coding.n_bins
    differs = np.ones(coding.n_codes, dtype=bool)
    differs[1:n] = (np.diff(column.woe[:n]) != 0) | (np.diff(column.log_odds[:n]) != 0)
    return ScorecardColumn(
        coding=replace(coding, edges=coding.edges[differs[1:n]]),
        counts=column.counts.pooled(np.cumsum(differs) - 1),
        woe=column.woe[differs],
        log_odds=column.log_odds[differs],
    )


def _extended(column: ScorecardColumn, feature: Feature, slope: float) -> ScorecardColumn:
    # `slope` is per standard deviation of the number. New bins stand before the first bin where
    # low numbers are risky, else after the last one.
    assert feature.scale is not None  # noqa: S101 - for the type checker
    rises = slope > 0
    end = feature.span[1] if rises else feature.span[0]
    inner = feature.steps[-1] if rises else feature.steps[0]
    away = STEP * np.arange(_N_OUTER) * (1 if rises else -1)
    z = feature.scale.standardised(np.array(end))
    # Where exactly a step lies is of no account, so that edges can be short to write; the end of
    # the training range itself lies inside.
    near = STEP / 10
    lows, highs = (feature.scale.numbers(z + away + shift) for shift in (0.0, near))
    lows[0], highs[0] = (end, highs[0]) if rises else (feature.scale.numbers(z - near), end)
    edges = np.array([short_edge(*ends) for ends in zip(lows, highs, strict=True)])
    middles = z + away + (STEP / 2 if rises else -STEP / 2)
    at = column.coding.n_bins if rises else 0
    nearest = at - 1 if rises else 0
    order = slice(None) if rises else slice(None, None, -1)
    added = (column.log_odds[nearest] + slope * (middles - inner))[order]
    edge_at = len(column.coding.edges) if rises else 0
    zeros = np.zeros(_N_OUTER)
    counts = Counts(
        goods=np.insert(column.counts.goods, at, zeros),
        bads=np.insert(column.counts.bads, at, zeros),
    )
    return ScorecardColumn(
        coding=replace(column.coding, edges=np.insert(column.coding.edges, edge_at, edges[order])),
        counts=counts,
        woe=np.insert(column.woe, at, np.full(_N_OUTER, column.woe[nearest])),
        log_odds=np.insert(column.log_odds, at, added),
    )


def with_unseen(column: ScorecardColumn, unseen: Unseen) -> ScorecardColumn:
    """Return a category with what its unseen levels add by a rule; they come as rare levels."""
    if column.coding.kind == "number" or unseen not in {"average", "worst"}:
        return column
    seen = column.counts.rows[: column.coding.n_bins] > 0
    woe, log_odds = column.woe.copy(), column.log_odds.copy()
    at, levels = column.coding.n_bins, slice(0, column.coding.n_bins)
    woe[at], log_odds[at] = 0.0, 0.0
    if unseen == "worst" and seen.any():
        riskiest = int(np.argmax(np.where(seen, log_odds[levels], -np.inf)))
        woe[at], log_odds[at] = woe[riskiest], log_odds[riskiest]
    return replace(column, woe=woe, log_odds=log_odds)


def checked_signs(column: ScorecardColumn) -> dict[str, object]:
    """Return whether what a feature adds goes the way of its weight of evidence."""
    seen = column.counts.rows > 0
    rows, woe, safety = column.counts.rows[seen], column.woe[seen], -column.log_odds[seen]
    share = rows / rows.sum()
    distance = woe - share @ woe
    spread = float(share @ distance**2)
    slope = float(share @ (distance * safety)) / spread if spread > 0 else 0.0
    order = np.lexsort((safety, woe))
    # How far a bin lies below the best of those with lower WoE.
    fall = np.maximum.accumulate(safety[order]) - safety[order]
    reversed_share = float(share[order] @ (fall > _ROUNDING))
    return {
        "feature": column.coding.name,
        "slope": slope,
        "reversed_share": reversed_share,
        "largest_reversal": float(fall.max()),
        "agrees": slope >= 0 and reversed_share == 0,
        "finding": _finding(int(seen.sum()), slope, reversed_share, float(fall.max())),
    }


def _finding(n_bins: int, slope: float, reversed_share: float, fall: float) -> str:
    if n_bins == 1:
        return "All of training falls into one bin, so the feature adds nothing."
    if slope < 0:
        return "The sign is wrong: what the feature adds falls where its WoE rises."
    if reversed_share > 0:
        return (
            f"{reversed_share:.3g} of the training rows lie in bins that add less than a bin of "
            f"lower WoE, by up to {fall:.3g} log-odds."
        )
    return "The other features leave it nothing to add." if slope == 0 else ""


def printed(column: ScorecardColumn) -> pd.DataFrame:
    """Return the bins of a feature as they are printed."""
    counts = column.counts
    seen = counts.rows > 0
    # Half a good and half a bad in each bin, as a bin without one of them has no WoE.
    value = information_value(goods=counts.goods[seen] + 0.5, bads=counts.bads[seen] + 0.5)
    return pd.DataFrame(
        {
            "feature": column.coding.name,
            "bin": column.coding.labels,
            "goods": counts.goods,
            "bads": counts.bads,
            "woe": column.woe,
            "iv": value,
            "log_odds": column.log_odds,
            "points": -PointsScale().per_log_odds * column.log_odds,
        }
    )
