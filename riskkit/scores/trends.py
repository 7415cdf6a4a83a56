"""The trend of a number: a straight line from its values to log-odds of bad."""

from dataclasses import replace

import numpy as np

from riskkit._checks import Floats
from riskkit.scores.calibration import fitted_line
from riskkit.scores.columns import Codes
from riskkit.scores.features import SIGNS, Counts, Direction, Feature, Scale

#: The trend rises in steps of so many standard deviations of the number.
STEP = 0.5
#: A scale that tames long tails must lower the deviance by this much to replace the plain one.
_CLEAR_GAIN = 6.0
_PRIOR_BADS = 0.5


def with_steps(feature: Feature, counts: Counts) -> Feature:
    """Return a number with the steps in which its trend rises.

    The trend rises with the number itself, unless a scale that tames long tails fits clearly
    better. In bins that the user fixed there is no trend.
    """
    if feature.coding.kind == "category":
        return feature
    fine = counts.first(feature.coding.n_bins)
    if feature.fixed or not fine.rows.any():
        return replace(feature, steps=np.zeros(feature.coding.n_bins))
    direction, rate = feature.direction, counts.bad_rate
    plain, tamed = _scales(feature.centres, fine.rows)
    plain_fit, tamed_fit = (
        _deviance(fine, line_rates(s.standardised(feature.centres), fine, direction, rate))
        for s in (plain, tamed)
    )
    scale = tamed if plain_fit - tamed_fit > _CLEAR_GAIN else plain
    z = scale.standardised(feature.centres)
    groups = np.cumsum(np.r_[0, np.diff(np.floor((z - z[0]) / STEP)) > 0])
    return replace(feature, scale=scale, steps=means(z, fine.rows, groups)[groups])


def _scales(centres: Floats, rows: Floats) -> tuple[Scale, Scale]:
    ranks = np.cumsum(rows) / rows.sum()
    low, middle, high = centres[np.searchsorted(ranks, [0.25, 0.5, 0.75]).clip(max=len(rows) - 1)]
    width = high - low if high > low else 1.0
    tamed = np.arcsinh((centres - middle) / width)
    return (
        Scale(middle=0.0, width=None, **_moments(centres, rows)),
        Scale(middle=middle, width=width, **_moments(tamed, rows)),
    )


def _moments(x: Floats, rows: Floats) -> dict[str, float]:
    mean = np.average(x, weights=rows)
    sd = np.sqrt(np.average((x - mean) ** 2, weights=rows))
    return {"mean": float(mean), "sd": float(sd) if sd > 0 else 1.0}


def line_rates(x: Floats, fine: Counts, direction: Direction, bad_rate: float) -> Floats:
    """Return bad rates along a line through the fine bins; flat where it would run backwards.

    Half a bad, and as many goods as go with it at `bad_rate`, are spread over the bins, so that
    bins without a single bad still have a rate.
    """
    share = _PRIOR_BADS * fine.rows / fine.rows.sum()
    goods, bads = fine.goods + share * (1 - bad_rate) / bad_rate, fine.bads + share
    line = fitted_line(x, goods=goods, bads=bads, slope_prior=0.0)
    if line.slope * SIGNS[direction] < 0:
        return np.full(len(x), bads.sum() / (goods.sum() + bads.sum()))
    return line.rates(x)


def _deviance(counts: Counts, rates: Floats) -> float:
    return -2 * float(counts.bads @ np.log(rates) + counts.goods @ np.log1p(-rates))


def means(values: Floats, weights: Floats, groups: Codes) -> Floats:
    """Return weighted means by group; a group without weight gets its plain mean."""
    n = np.bincount(groups)
    total = np.bincount(groups, weights)
    weighted = np.bincount(groups, weights * values) / np.where(total > 0, total, 1)
    return np.where(total > 0, weighted, np.bincount(groups, values) / np.maximum(n, 1))
