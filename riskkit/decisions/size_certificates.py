"""Certificates where rows count by their size: sampling weights, or amounts of money.

Let a = size / largest, in [0, 1] by a rule fixed beforehand: the largest amount that the product
allows, or the largest weight of the sampling design. Then

    bad rate by size below t <= cap  <=>  E[share a 1{s <= t} (Y - cap)] <= 0,

with share = 1 where every row has an outcome, and as in `propensity_certificates` where only the
approved have one. Bets on ``cap + share a 1{s <= t} (Y - cap)``, which lies in [0, 1], certify it
for any sample size. Binomial tests of rounded weighted counts do not: they break their promise
twice as often as they say.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskkit._checks import as_finite, check_shapes
from riskkit.decisions.certificates import (
    Certificate,
    OutcomeSample,
    SelectedSample,
    approval_of,
    check_limit,
    walk,
)
from riskkit.decisions.grids import Grid
from riskkit.decisions.propensity_certificates import Bets, shares_of
from riskkit.decisions.walks import START, Path, sure_of
from riskkit.errors import DataError
from riskkit.lending import Limit

#: Mean square of sizes over the square of their mean, as bets assume at first.
_SPREAD = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """By how much each row counts."""

    each: ArrayLike  #: Weight or amount of each row, shape (n_applicants,), not negative.
    largest: float  #: The largest that can occur, by a rule fixed beforehand.
    typical: float  #: Their mean among development applicants.
    name: str = "amount"  #: What they are, as messages call them.


def certify_by_size(  # noqa: PLR0913 - a sample, its sizes, and what was fixed beforehand
    sample: OutcomeSample | SelectedSample,
    *,
    sizes: Sizes,
    grid: Grid,
    limit: Limit,
    seed: int,
    smallest_propensity: float = 1.0,
    severity: float = 1.0,
) -> Certificate:
    """Certify the most lenient cut-off whose bad rate, each row counted by its size, meets a limit.

    Parameters
    ----------
    sample : OutcomeSample or SelectedSample
        Applicants that neither the scorer nor the grid was made from.
    sizes : Sizes
        Weights, for a limit on ``bad_rate``; amounts, for ``bad_amount_rate`` or ``loss_rate``.
    grid : Grid
        Cut-offs, from the development sample.
    limit : Limit
        One of these rates, with a confidence.
    seed : int
        Of the order in which the bets are placed.
    smallest_propensity : float
        q of `certify_inverse_propensity`; used where only the approved have an outcome.
    severity : float
        Share of the amount of a bad that is lost, LGD times exposure; used for ``loss_rate``
        [fraction].

    Returns
    -------
    Certificate
        Valid for any sample size, given independent applicants and true propensities [1]_.

    Raises
    ------
    DataError
        If the columns break their rules, a size is negative or above the largest, customers
        repeat, or the limit is on another rate or lacks a confidence.
    InfeasibleCutoffError
        If there are too few applicants, or no cut-off can be certified.

    References
    ----------
    .. [1] Waudby-Smith and Ramdas (2024), J. Royal Statistical Society B 86, 1-27.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pds = np.linspace(0.001, 0.1, 20_000)
    >>> bad = rng.random(20_000) < pds
    >>> amounts = Sizes(each=rng.uniform(100, 1000, 20_000), largest=1000.0, typical=550.0)
    >>> from riskkit.decisions import cutoff_grid
    >>> certificate = certify_by_size(
    ...     OutcomeSample(pds=pds, bad=bad), sizes=amounts, grid=cutoff_grid(pds),
    ...     limit=Limit(rate="bad_amount_rate", at_most=0.03, confidence=0.95), seed=0)
    >>> 0.045 < certificate.cutoff < 0.06  # the truth is reached at 0.059
    True
    """
    check_limit(limit, ("bad_rate", "bad_amount_rate", "loss_rate"))
    scale = _scales(sizes)
    cap_unit = severity if limit.rate == "loss_rate" else 1.0
    if limit.bound >= cap_unit:
        raise DataError(
            f"limit must lie below {cap_unit:g}, the share of its amount that a bad loses, but is "
            f"{limit}: no cut-off could break it."
        )
    if isinstance(sample, OutcomeSample):
        ones = np.ones(len(scale))
        sample = SelectedSample(
            pds=sample.pds, approved=ones, bad=sample.bad, propensity=ones, groups=sample.groups,
            weight=sample.weight, population=sample.population,
        )  # fmt: skip
        smallest_propensity = 1.0
    check_shapes({"pds": np.asarray(sample.pds), sizes.name: scale})
    seen = shares_of(sample, smallest_propensity, np.random.default_rng(seed))
    scales = seen.shares * scale[seen.rows]
    typical, delta, q = sizes.typical / sizes.largest, 1 - sure_of(limit), smallest_propensity
    needed = math.log(1 / delta) / math.log1p(q * typical * limit.bound / cap_unit)
    path = Path(
        method="betting by size",
        limit=limit,
        n=seen.everybody.size,
        n_needed=math.ceil(START * needed),
        n_applicants=seen.everybody.size,
        applicants="applicants at the score gate",
        population=sample.population + (", by weight," if limit.rate == "bad_rate" else ""),
        assumption=f"if no {sizes.name} exceeds {sizes.largest:g}",
        past_approval=approval_of(sample),
    )

    def p_value(cutoff: float, bound: float) -> float:
        below = seen.pds <= cutoff
        n_below = int(np.searchsorted(seen.everybody, cutoff, side="right"))
        cap = min(bound / cap_unit, 1 - 1e-12)
        variance = q * _SPREAD * typical**2 * cap * (1 - cap) * n_below
        bets = Bets(scale=scales[below], event=seen.outcomes[below])
        return bets.p_value(cap, delta, variance=variance)

    return walk(path, grid, p_value=p_value)


def _scales(sizes: Sizes) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    (values,) = as_finite(**{sizes.name: sizes.each})
    if not 0 < sizes.typical <= sizes.largest:
        raise DataError(
            f"The typical {sizes.name} must lie above 0 and at most at the largest, "
            f"{sizes.largest:g}, but is {sizes.typical:g}."
        )
    wrong = np.flatnonzero((values < 0) | (values > sizes.largest))
    if wrong.size:
        raise DataError(
            f"{sizes.name} must lie from 0 to {sizes.largest:g}, the largest that was fixed "
            f"beforehand, but {wrong.size} of {values.size} values do not; the first is "
            f"{values[wrong[0]]:g} in row {wrong[0]}. A larger bound, fixed by a rule of the "
            "product, costs power; one taken from these rows breaks the promise."
        )
    return values / sizes.largest
