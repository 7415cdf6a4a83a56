"""Intervals of weighted means of outcomes, which few bads must not make too sure.

The variance of the influences alone is too small where few bads are seen, and 0 where none is.
So the limits are wider, or narrower, than normal ones by as much as Wilson's limits are in groups
of similar propensity; with many bads that vanishes. Where everybody was approved the limits are
Wilson's own.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from riskkit._checks import Flags, Floats, check_open_fraction
from riskkit.selection.bands import Codes, merged_bands, quantile_bands
from riskkit.selection.intervals import ratio, wilson_interval
from riskkit.selection.records import Assumption, Estimate, Population

_N_BANDS = 5  # of propensities below 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Applicants, the approved among them weighted by inverse propensity; shape (n_applicants,)."""

    weights: Floats  #: 1 / propensity where approved, else 0.
    outcomes: Floats  #: 1 bad, 0 good where approved.
    propensity: Floats  #: Probability of approval, positive [fraction].

    @property
    def seen(self) -> Flags:
        """Whether the outcome is seen."""
        return self.weights > 0


def influence_estimate(
    point: float, influence: Floats, rows: Weighed, *, confidence: float, assumption: Assumption
) -> Estimate:
    """Return an estimate for all applicants whose error is the mean of independent influences.

    Raises
    ------
    DataError
        If the confidence lies outside (0, 1).
    """
    check_open_fraction(confidence=confidence)
    square = float(special.ndtri((1 + confidence) / 2)) ** 2
    usual = square * float((influence**2).mean()) / influence.size
    groups = _squared_gaps(rows, square, confidence)
    below, above = (_with_few(usual, gap, groups.normal) for gap in (groups.below, groups.above))
    return Estimate(
        point=point,
        lower=max(point - float(np.sqrt(below)), 0.0),
        upper=min(point + float(np.sqrt(above)), 1.0),
        assumption=assumption,
        population=Population.EVERYBODY,
    )


def _with_few(usual: float, gap: float, normal: float) -> float:
    # Wider by what the groups' limits are wider than normal ones. Narrower, towards a rate of 0 or
    # 1, by what theirs are as far as the estimate's variance is theirs: some is that of who was
    # approved, and what it has less was bought with PDs.
    if gap >= normal:
        return usual + gap - normal
    alike = min(usual, normal) / max(usual, normal)
    return usual - alike * min(usual, normal - gap)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gaps:
    below: float  # from the groups' rate down to its limit, squared
    above: float  # up to its limit, squared
    normal: float  # either way by a normal approximation, squared


def _squared_gaps(rows: Weighed, square: float, confidence: float) -> _Gaps:
    # Variance estimates recovery, as in stratified_bad_rate. A group without outcomes may be all
    # bads.
    band = _bands(rows)
    n, weight, squared, bad = (
        np.bincount(band, column)
        for column in (
            np.ones(band.size),
            rows.weights,
            rows.weights**2,
            rows.weights * rows.outcomes,
        )
    )
    rate, effective = ratio(bad, weight), ratio(weight**2, squared)
    lower, upper = wilson_interval(rate * effective, effective, confidence=confidence)
    share = (n / band.size) ** 2
    return _Gaps(
        below=float(share @ (rate - lower) ** 2),
        above=float(share @ (upper - rate) ** 2),
        normal=float(square * share @ ratio(rate * (1 - rate), effective)),
    )


def _bands(rows: Weighed) -> Codes:
    # Those sure of approval are a group of their own: no weight of others is like theirs.
    chosen = rows.propensity < 1
    band = np.zeros(chosen.size, dtype=np.intp)
    codes = quantile_bands(rows.propensity[chosen], _N_BANDS)
    band[chosen] = 1 + merged_bands(codes, rows.seen[chosen], towards=1)
    return np.unique(band, return_inverse=True)[1]
