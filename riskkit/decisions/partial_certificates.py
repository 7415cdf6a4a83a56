"""Certificates where nobody was approved at random: by the worst case, or up to a factor Gamma.

Below a cut-off the approved, a share w of all, have the bad rate p; of the others nothing is seen.
If the odds of bad of the others are at most Gamma times those of the approved (also because their
PDs are higher: Gamma compares the two groups below the cut-off as they are), the bad rate of all is
at most

    w p + (1 - w) Gamma p / (1 - p + Gamma p),

which falls with w and rises with p. Exact limits of both (Clopper-Pearson, delta split between
them) make it a certificate under that assumption. Gamma infinite is the worst case (Manski): all
others bad; then one exact test of everybody does. No data can check Gamma, so every certificate
tells its breakdown Gamma, up to which it would still hold.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from riskkit._checks import as_flags, as_fractions, check_shapes
from riskkit.decisions.binomial import (
    binomial_p_values,
    clopper_pearson_lower,
    clopper_pearson_upper,
    zero_default_sample_size,
)
from riskkit.decisions.certificates import (
    Certificate,
    OutcomeSample,
    SelectedSample,
    approval_of,
    certify_binomial,
    check_independent,
    check_limit,
    walk,
)
from riskkit.decisions.grids import Grid
from riskkit.decisions.walks import START, Path, needed_rows, sure_of
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit
from riskkit.selection import Cell, breakdown_gamma, shifted_pds

#: Of delta, what the share of the approved takes: it is known well where there are many rows.
_FOR_SHARE = 0.1
_BISECTIONS = 30
_SMALLEST = 1e-9  # p-values below are shown as this


def certify_sensitivity(
    sample: SelectedSample, *, grid: Grid, limit: Limit, gamma: float
) -> Certificate:
    """Certify a cut-off for everybody, if the others' odds of bad are within a factor Gamma.

    Parameters
    ----------
    sample : SelectedSample
        Applicants that neither the scorer nor the grid was made from; propensities are not used.
    grid : Grid
        Cut-offs, from development applicants who reached the score gate, approved or not.
    limit : Limit
        On ``bad_rate``, with a confidence.
    gamma : float
        The odds of bad, below any of the cut-offs, of those not approved are at most so many times
        those of the approved; at least 1, infinite for the worst case [1]_ [2]_.

    Returns
    -------
    Certificate
        Exact for any sample size under that assumption; with its breakdown Gamma.

    Raises
    ------
    DataError
        If the columns break their rules, customers repeat, weights differ, gamma is below 1, or
        the limit is on another rate or lacks a confidence.
    InfeasibleCutoffError
        If there are too few applicants, none was approved, or no cut-off can be certified.

    References
    ----------
    .. [1] Manski (1989), Anatomy of the selection problem, J. Human Resources 24, 343-360.
    .. [2] Rambachan, Coston and Kennedy (2022), Robust design and evaluation of predictive
       algorithms under unobserved confounding, arXiv 2212.09844.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pds = np.linspace(0.001, 0.1, 20_000)
    >>> approved = rng.random(20_000) < 0.9
    >>> sample = SelectedSample(pds=pds, approved=approved, bad=rng.random(20_000) < pds,
    ...                         propensity=np.full(20_000, 0.9))
    >>> limit = Limit(rate="bad_rate", at_most=0.03, confidence=0.95)
    >>> from riskkit.decisions import cutoff_grid
    >>> found = certify_sensitivity(sample, grid=cutoff_grid(pds), limit=limit, gamma=2)
    >>> found.cutoff < 0.059, found.breakdown_gamma >= 2  # alike, 0.059 is reached
    (True, True)
    """
    check_limit(limit, ("bad_rate",))
    if not gamma >= 1:
        raise DataError(f"gamma must be at least 1, but is {gamma}.")
    counts = _Counts(sample)
    counts.check_approved(limit)
    path = Path(
        method="worst case" if math.isinf(gamma) else f"sensitivity, Gamma {gamma:g}",
        limit=limit,
        n=counts.n,
        n_needed=counts.needed(limit, gamma),
        n_applicants=counts.n,
        applicants="applicants at the score gate",
        population=sample.population,
        past_approval=approval_of(sample),
        assumption="whatever the outcomes of those not approved"
        if math.isinf(gamma)
        else f"if the odds of bad of those not approved are at most {gamma:g} times those of the "
        "approved",
    )

    def p_value(cutoff: float, cap: float) -> float:
        n, n_approved, n_bad = counts.below(cutoff)
        if math.isinf(gamma):
            return float(binomial_p_values(n_bad + n - n_approved, n, cap=cap))
        low, high = math.log(_SMALLEST), 0.0
        for _ in range(_BISECTIONS):  # the smallest delta at which the bound keeps to the cap
            middle = (low + high) / 2
            if _bound(n, n_approved, n_bad, gamma, math.exp(middle)) <= cap:
                high = middle
            else:
                low = middle
        return math.exp(high)

    def nearest(cutoff: float) -> float:
        n, n_approved, n_bad = counts.below(cutoff)
        if math.isinf(gamma):
            return float(clopper_pearson_upper(n_bad + n - n_approved, n, delta=path.delta))
        return _bound(n, n_approved, n_bad, gamma, path.delta)

    found = walk(path, grid, p_value=p_value, nearest=nearest)
    return replace(found, breakdown_gamma=counts.breakdown(found.cutoff, limit))


def certify_labelled(sample: SelectedSample, *, grid: Grid, limit: Limit) -> Certificate:
    """Certify a cut-off for those whom the past policy approves, from their outcomes alone.

    Parameters
    ----------
    sample : SelectedSample
        Applicants that neither the scorer nor the grid was made from; propensities are not used.
    grid : Grid
        Cut-offs, from the development sample.
    limit : Limit
        On ``bad_rate`` or ``false_rejection_rate``, with a confidence.

    Returns
    -------
    Certificate
        Exact for any sample size; of nobody else than the approved, as its claim says. For a bad
        rate it tells up to which Gamma the cap would hold for everybody.

    Raises
    ------
    DataError
        If the columns break their rules, customers repeat, weights differ, or the limit is on
        another rate or lacks a confidence.
    InfeasibleCutoffError
        If there are too few applicants, or no cut-off can be certified.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pds = np.linspace(0.001, 0.1, 20_000)
    >>> approved = rng.random(20_000) < 0.9
    >>> sample = SelectedSample(pds=pds, approved=approved, bad=rng.random(20_000) < pds,
    ...                         propensity=np.full(20_000, 0.9))
    >>> limit = Limit(rate="bad_rate", at_most=0.03, confidence=0.95)
    >>> from riskkit.decisions import cutoff_grid
    >>> "past policy approves" in certify_labelled(sample, grid=cutoff_grid(pds), limit=limit).claim
    True
    """
    (approved,) = as_flags(approved=sample.approved)
    groups = None if sample.groups is None else np.asarray(sample.groups)[approved]
    found = certify_binomial(
        OutcomeSample(
            pds=np.asarray(sample.pds)[approved],
            bad=np.asarray(sample.bad)[approved],
            groups=groups,
            population=f"{sample.population} and whom the past policy approves too,",
        ),
        grid=grid,
        limit=limit,
    )
    if limit.rate != "bad_rate":
        return found
    return replace(found, breakdown_gamma=_Counts(sample).breakdown(found.cutoff, limit))


class _Counts:
    # Applicants, approved and their bads below any cut-off.
    def __init__(self, sample: SelectedSample) -> None:
        (pds,) = as_fractions(pds=sample.pds)
        (approved,) = as_flags(approved=sample.approved)
        check_shapes({"pds": pds, "approved": approved, "bad": np.asarray(sample.bad)})
        (bad,) = as_flags(bad=np.where(approved, sample.bad, 0))
        check_independent(sample, pds.size)
        order = np.argsort(pds, kind="stable")
        self.n = pds.size
        self._pds = pds[order]
        self._approved, self._bads = (
            np.concatenate([[0], np.cumsum(flags[order])]) for flags in (approved, approved & bad)
        )
        self.n_approved = int(self._approved[-1])

    def check_approved(self, limit: Limit) -> None:
        if self.n and not self.n_approved:
            raise InfeasibleCutoffError(
                f"{limit} cannot be certified, for none of the {self.n} applicants at the score "
                "gate was approved: nothing is known of anybody's outcome."
            )

    def below(self, cutoff: float) -> tuple[int, int, int]:
        n = int(np.searchsorted(self._pds, cutoff, side="right"))
        return n, int(self._approved[n]), int(self._bads[n])

    def needed(self, limit: Limit, gamma: float) -> int:
        # Of the approved, so many without a bad as would show the cap that is left to them.
        if math.isinf(gamma):
            return needed_rows(limit)
        share = self.n_approved / max(self.n, 1)
        left = limit.bound / (share + (1 - share) * gamma)
        delta = (1 - _FOR_SHARE) * (1 - sure_of(limit))
        return math.ceil(START * zero_default_sample_size(left, delta) / max(share, 1 / self.n))

    def breakdown(self, cutoff: float, limit: Limit) -> float:
        n, n_approved, n_bad = self.below(cutoff)
        share, rate = _limits(n, n_approved, n_bad, 1 - sure_of(limit))
        cell = Cell(n_applicants=1.0, n_labelled=share, n_bad=share * rate)
        return float(breakdown_gamma(cell, cap=limit.bound).gamma)


def _limits(n: int, n_approved: int, n_bad: int, delta: float) -> tuple[float, float]:
    # Of the share of the approved from below, of their bad rate from above; delta for both.
    for_share = _FOR_SHARE * delta if n_approved < n else 0.0
    share = float(clopper_pearson_lower(n_approved, n, delta=for_share)) if for_share else 1.0
    return share, float(clopper_pearson_upper(n_bad, n_approved, delta=delta - for_share))


def _bound(n: int, n_approved: int, n_bad: int, gamma: float, delta: float) -> float:
    share, rate = _limits(n, n_approved, n_bad, delta)
    others: NDArray[np.float64] = shifted_pds(rate, gamma)
    return share * rate + (1 - share) * float(others[0])
