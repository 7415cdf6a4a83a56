"""Cut-offs whose bad rate stays under a cap with a stated probability, for any sample size.

Every certificate walks a grid of cut-offs that was fixed before the calibration sample was seen,
from the strict end upwards, and stops at the first cut-off whose p-value against "the bad rate is
at least the cap" exceeds delta; the last one before it is certified. Testing in a fixed order costs
no correction: the chance that *any* of the passed cut-offs breaks the cap is at most delta [1]_.

Where to start matters. At the strictest cut-offs so few applicants are left that even without a
single bad nothing could be shown, and the walk would end where it began. It starts at the first
cut-off that is expected to leave four times as many applicants as would do without a single bad,
computed from the grid and the number of rows, never from their scores.

Three tests
-----------
`certify_binomial`: every row has an outcome. Given how many applicants lie below a cut-off, their
bads are binomial, and the p-value is exact.

The other two certify for **everybody who reached the score gate**, from outcomes of the approved
only. They need rows approved at random with a known propensity e, and know nothing else: no model
of the outcome, no assumption on why the past policy rejected. Let q be the smallest propensity
that is relied on, A approval, W = A / e, and Y the outcome. For every applicant

    share = q W, in [0, 1], with E[share | the applicant] = q.

Applicants with e < q, the unreachable (e = 0) among them, count as approved bads with W = 1:
their share is q too, and putting Y = 1 for an unknown or rarely seen outcome only raises the bad
rate that is tested: a cut-off that passes with it passes without. By the identity

    bad rate below t <= cap  <=>  E[share 1{s <= t} (Y - cap)] <= 0

each can be tested in two ways:

- `certify_inverse_propensity` bets on ``U = cap + share 1{s <= t} (Y - cap)``. U lies between
  cap (1 - share) and cap + share (1 - cap), hence in [0, 1], and its mean is at least the cap if
  the bad rate is. Rows with U = cap whatever happens (above t, not approved) move no wealth; they
  are left out, which amounts to conditioning on who is seen below t.
- `certify_thinned` keeps each row with probability ``share``. Every applicant is kept with
  probability q, whatever his or her features and outcome, so that those kept are a plain random
  sample of all, every one with an outcome: the binomial test is exact.

Thinning throws sure approvals away but its test is sharper (it reads the final count where betting
must hold at all times): it wins where most of the uncertainty is about the explored, betting where
sure approvals are most of the risk. Choose on the development sample; both on one tuning sample
need delta / 2 each.

References
----------
.. [1] Angelopoulos, Bates, Candes, Jordan and Lei (2021), Learn then Test, arXiv 2110.01052.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from riskkit._checks import (
    Floats,
    as_finite,
    as_flags,
    as_fractions,
    check_open_fraction,
    check_shapes,
)
from riskkit.decisions.betting import BettingPrior, betting_p_value
from riskkit.decisions.binomial import (
    binomial_p_values,
    clopper_pearson_upper,
    zero_default_sample_size,
)
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit
from riskkit.selection import inverse_propensity_weights

#: Expected applicants below the first cut-off, in multiples of what would do without a bad.
_START = 4
#: The betting prior is worth this share of the rows: enough that a run of rows without a rare,
#: heavily weighted bad does not tempt the bets to the maximum.
_PRIOR_SHARE = 1 / 3
_TINY = 1e-12
_BISECTIONS = 20  # the cap in a message is shown to 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Cut-offs fixed before the calibration sample is seen; arrays of shape (n_cutoffs,)."""

    cutoffs: Floats  #: PDs, rising strictly [fraction].
    levels: Floats  #: Share of the development sample with a PD at or below each [fraction].


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeSample:
    """Applicants all of whom have an outcome; columns of shape (n_applicants,)."""

    pds: ArrayLike  #: PDs, by a scorer that was not fitted on them [fraction].
    bad: ArrayLike  #: 1 bad, 0 good.
    groups: ArrayLike | None = None  #: Who applies; each may apply once only.
    weight: ArrayLike | None = None  #: Sampling weights; they must be equal.
    population: str = "applicants"  #: Whom the sample stands for, as the claim words it.


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedSample:
    """Applicants who reached the score gate, outcomes of the approved only; columns as above."""

    pds: ArrayLike  #: PDs, by a scorer that was not fitted on them [fraction].
    approved: ArrayLike  #: 1 where the past policy approved.
    bad: ArrayLike  #: 1 bad, 0 good; anything where not approved.
    propensity: ArrayLike  #: Probability with which the past policy would approve [fraction].
    groups: ArrayLike | None = None  #: Who applies; each may apply once only.
    weight: ArrayLike | None = None  #: Sampling weights; they must be equal.
    population: str = "applicants who reach the score gate"  #: As the claim words it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A cut-off, what is certified about it, and the path of tests that led there."""

    method: str  #: "binomial", "inverse-propensity betting" or "thinned binomial".
    claim: str  #: What is certified, in one sentence.
    cap: float  #: Highest allowed bad rate [fraction].
    confidence: float  #: 1 - delta [fraction].
    cutoff: float  #: The most lenient certified cut-off; approve PDs at or below it [fraction].
    n: int  #: Rows that the tests draw on: with outcomes, at the gate, or kept, by the method.
    n_needed: int  #: Of these, expected below the first cut-off that was tested.
    cutoffs: tuple[float, ...]  #: Cut-offs tested, in order; all but a failing last one passed.
    p_values: tuple[float, ...]  #: Their p-values.

    @property
    def n_tested(self) -> int:
        """How many cut-offs were tested."""
        return len(self.cutoffs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    # What all methods share: the cap, the rows there are, those needed, and how to speak of them.
    method: str
    cap: float
    delta: float
    n: int  # rows tested
    n_needed: int  # of these, below the first cut-off
    n_applicants: int  # the lender's own count, of which a share is tested
    share_tested: float
    applicants: str
    population: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shares:
    # Rows with a known or assumed outcome: PD, outcome, and share = q W (module docstring).
    everybody: Floats  # PDs of all rows, seen or not, rising
    pds: Floats
    outcomes: Floats
    shares: Floats


def cutoff_grid(pds_development: ArrayLike, n_cutoffs: int = 200) -> Grid:
    """Return a grid of cut-offs at even quantiles of the development sample.

    Parameters
    ----------
    pds_development : array-like, shape (n_applicants,)
        PDs of applicants like those to be certified, but none of them [fraction].
    n_cutoffs : int
        How many cut-offs; fewer where PDs are tied.

    Returns
    -------
    Grid
        Each cut-off is a PD that occurs, the last one the highest.

    Raises
    ------
    DataError
        If a PD lies outside [0, 1], there is none, or `n_cutoffs` is not positive.

    Examples
    --------
    >>> grid = cutoff_grid([0.01, 0.02, 0.02, 0.30], n_cutoffs=4)
    >>> grid.cutoffs, grid.levels
    (array([0.01, 0.02, 0.3 ]), array([0.25, 0.75, 1.  ]))
    """
    (pds,) = as_fractions(pds_development=pds_development)
    if not pds.size or n_cutoffs < 1:
        raise DataError(
            f"A grid needs at least one PD and one cut-off, but pds_development has {pds.size} "
            f"values and n_cutoffs is {n_cutoffs}."
        )
    wanted = np.arange(1, n_cutoffs + 1) / n_cutoffs
    cutoffs = np.unique(np.quantile(pds, wanted, method="inverted_cdf"))
    levels = np.searchsorted(np.sort(pds), cutoffs, side="right") / pds.size
    return Grid(cutoffs=cutoffs, levels=levels)


def starting_point(levels: ArrayLike, n_expected: float, n_needed: float) -> int:
    """Return the first cut-off below which enough applicants are expected.

    Parameters
    ----------
    levels : array-like, shape (n_cutoffs,)
        Share of the development sample below each cut-off, rising [fraction].
    n_expected : float
        Applicants expected in all [applicants].
    n_needed : float
        Applicants needed below the cut-off [applicants].

    Returns
    -------
    int
        Its place in the grid.

    Raises
    ------
    InfeasibleCutoffError
        If even the last cut-off leaves too few.

    Examples
    --------
    >>> starting_point([0.1, 0.2, 0.3], n_expected=1000, n_needed=180)
    1
    """
    expected = np.asarray(levels, dtype=np.float64) * n_expected
    enough = np.flatnonzero(expected >= n_needed)
    if not enough.size:
        raise InfeasibleCutoffError(
            f"Too few applicants: {n_needed:.0f} are needed below the first cut-off, but "
            f"{expected.max(initial=0):.0f} are expected below the last."
        )
    return int(enough[0])


def certified_index(p_values: ArrayLike, delta: float, start: int) -> int | None:
    """Return the last cut-off that passes when they are tested in order from a start.

    Parameters
    ----------
    p_values : array-like, shape (n_cutoffs,)
        P-value of each cut-off.
    delta : float
        Level of every test, and of all together [fraction].
    start : int
        First cut-off tested, fixed beforehand.

    Returns
    -------
    int or None
        Its place in the grid; None if the first one fails.

    Raises
    ------
    DataError
        If delta lies outside (0, 1).

    Examples
    --------
    >>> certified_index([0.9, 0.01, 0.02, 0.3, 0.001], delta=0.05, start=1)
    2
    """
    check_open_fraction(delta=delta)
    failing = np.flatnonzero(np.asarray(p_values)[start:] > delta)
    n_passed = int(failing[0]) if failing.size else len(np.asarray(p_values)[start:])
    return start + n_passed - 1 if n_passed else None


def one_per_group(groups: ArrayLike, *, seed: int) -> NDArray[np.intp]:
    """Return the rows of one application per customer, drawn at random.

    Parameters
    ----------
    groups : array-like, shape (n_applicants,)
        Who applies.
    seed : int
        Of the draw.

    Returns
    -------
    array of int, shape (n_customers,)
        Row numbers, rising.

    Examples
    --------
    >>> len(one_per_group(["ann", "bo", "ann", "cy"], seed=0))
    3
    """
    codes, _ = pd.factorize(np.asarray(groups), use_na_sentinel=False)
    order = np.random.default_rng(seed).permutation(len(codes))
    _, first = np.unique(codes[order], return_index=True)
    return np.sort(order[first])


def certify_binomial(sample: OutcomeSample, *, grid: Grid, limit: Limit) -> Certificate:
    """Certify the most lenient cut-off whose bad rate meets a limit, where all have an outcome.

    Outcomes of the approved only certify for those whom the past policy approved; name them in
    `sample.population`, so that the claim says so.

    Parameters
    ----------
    sample : OutcomeSample
        Applicants that neither the scorer nor the grid was made from.
    grid : Grid
        Cut-offs, from the development sample.
    limit : Limit
        The highest bad rate and the confidence wanted.

    Returns
    -------
    Certificate
        Exact for any sample size, given independent applicants [1]_.

    Raises
    ------
    DataError
        If the columns break their rules, customers repeat, weights differ, or the limit is not on
        the bad rate or lacks a confidence.
    InfeasibleCutoffError
        If there are too few applicants, or no cut-off can be certified.

    References
    ----------
    .. [1] Angelopoulos, Bates, Candes, Jordan and Lei (2021), Learn then Test, arXiv 2110.01052.

    Examples
    --------
    >>> pds = np.linspace(0.001, 0.1, 10_000)
    >>> bad = np.random.default_rng(0).random(10_000) < pds
    >>> limit = Limit(rate="bad_rate", at_most=0.03, confidence=0.95)
    >>> sample = OutcomeSample(pds=pds, bad=bad)
    >>> certificate = certify_binomial(sample, grid=cutoff_grid(pds), limit=limit)
    >>> certificate.claim  # the truth is reached at a cut-off of 0.059
    'With 95% confidence, at most 3% of applicants with a PD of at most 0.0509901 turn bad.'
    """
    cap, delta = _cap_and_delta(limit)
    (pds,) = as_fractions(pds=sample.pds)
    (bad,) = as_flags(bad=sample.bad)
    check_shapes({"pds": pds, "bad": bad})
    _check_independent(sample, pds.size)
    plan = _Plan(
        method="binomial",
        cap=cap,
        delta=delta,
        n=pds.size,
        n_needed=_START * zero_default_sample_size(cap, delta),
        n_applicants=pds.size,
        share_tested=1.0,
        applicants="applicants with an outcome",
        population=sample.population,
    )
    return _certify_counts(plan, grid, pds=pds, bad=bad.astype(np.float64))


def certify_inverse_propensity(
    sample: SelectedSample, *, grid: Grid, limit: Limit, smallest_propensity: float, seed: int
) -> Certificate:
    """Certify a cut-off for everybody at the score gate, by betting on weighted outcomes.

    The formulas and why they hold are on top of this module.

    Without a single bad, each applicant below the cut-off multiplies the wealth by at most
    ``1 + q cap`` on average (the sure by that factor, the explored by ``1 + cap`` with probability
    q), so that about ``ln(1 / delta) / ln(1 + q cap)`` applicants would do; four times as many are
    asked for at the first cut-off.

    Parameters
    ----------
    sample : SelectedSample
        Applicants that neither the scorer nor the grid was made from.
    grid : Grid
        Cut-offs, from development applicants who reached the score gate, approved or not.
    limit : Limit
        The highest bad rate and the confidence wanted.
    smallest_propensity : float
        q, fixed beforehand from the design of the exploration or the development sample; whoever
        has a smaller propensity counts as bad.
    seed : int
        Of the order in which the bets are placed.

    Returns
    -------
    Certificate
        Valid for any sample size, given independent applicants and true propensities [1]_ [2]_.

    Raises
    ------
    DataError
        If the columns break their rules, customers repeat, weights differ, or the limit is not on
        the bad rate or lacks a confidence.
    InfeasibleCutoffError
        If there are too few applicants, or no cut-off can be certified.

    References
    ----------
    .. [1] Waudby-Smith and Ramdas (2024), J. Royal Statistical Society B 86, 1-27.
    .. [2] Angelopoulos, Bates, Candes, Jordan and Lei (2021), Learn then Test, arXiv 2110.01052.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pds = np.linspace(0.001, 0.2, 20_000)
    >>> propensity = np.where(pds <= 0.05, 1.0, 0.2)
    >>> approved = rng.random(20_000) < propensity
    >>> bad = np.where(approved, rng.random(20_000) < pds, np.nan)
    >>> sample = SelectedSample(pds=pds, approved=approved, bad=bad, propensity=propensity)
    >>> limit = Limit(rate="bad_rate", at_most=0.05, confidence=0.95)
    >>> certificate = certify_inverse_propensity(
    ...     sample, grid=cutoff_grid(pds), limit=limit, smallest_propensity=0.2, seed=0
    ... )
    >>> certificate.cutoff > 0.05  # beyond the past policy; the truth is reached at 0.099
    True
    """
    cap, delta = _cap_and_delta(limit)
    seen = _shares(sample, smallest_propensity, np.random.default_rng(seed))
    needed = math.log(1 / delta) / math.log1p(smallest_propensity * cap)
    plan = _Plan(
        method="inverse-propensity betting",
        cap=cap,
        delta=delta,
        n=seen.everybody.size,
        n_needed=math.ceil(_START * needed),
        n_applicants=seen.everybody.size,
        share_tested=1.0,
        applicants="applicants at the score gate",
        population=sample.population,
    )

    def p_value(cutoff: float, tested_cap: float) -> float:
        below = seen.pds <= cutoff
        shares = seen.shares[below]
        u = tested_cap + shares * (seen.outcomes[below] - tested_cap)
        n_below = int(np.searchsorted(seen.everybody, cutoff, side="right"))
        # If the bad rate were the cap and everybody explored, (U - cap)^2 would have the mean
        # q cap (1 - cap) over all below. The shares themselves must not set the bets: that more
        # of the later ones are explored is news of their outcomes.
        variance = smallest_propensity * tested_cap * (1 - tested_cap) * n_below / max(u.size, 1)
        prior = BettingPrior(
            mean=tested_cap, variance=max(variance, _TINY), n=max(_PRIOR_SHARE * u.size, 1)
        )
        return betting_p_value(u, tested_cap, delta=delta, prior=prior)

    return _walk(plan, grid, p_value=p_value, nearest_cap=lambda t: _lowest_cap(p_value, t, delta))


def certify_thinned(
    sample: SelectedSample, *, grid: Grid, limit: Limit, smallest_propensity: float, seed: int
) -> Certificate:
    """Certify a cut-off for everybody at the score gate, on a random sample of all of them.

    The formulas and why they hold are on top of this module.

    Parameters
    ----------
    sample : SelectedSample
        Applicants that neither the scorer nor the grid was made from.
    grid : Grid
        Cut-offs, from development applicants who reached the score gate, approved or not.
    limit : Limit
        The highest bad rate and the confidence wanted.
    smallest_propensity : float
        q, fixed beforehand from the design of the exploration or the development sample; whoever
        has a smaller propensity counts as bad.
    seed : int
        Of the draw of the rows that are kept.

    Returns
    -------
    Certificate
        Exact for any sample size, given independent applicants and true propensities.

    Raises
    ------
    DataError
        If the columns break their rules, customers repeat, weights differ, or the limit is not on
        the bad rate or lacks a confidence.
    InfeasibleCutoffError
        If there are too few applicants, or no cut-off can be certified.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pds = np.linspace(0.001, 0.2, 20_000)
    >>> propensity = np.where(pds <= 0.05, 1.0, 0.2)
    >>> approved = rng.random(20_000) < propensity
    >>> bad = np.where(approved, rng.random(20_000) < pds, np.nan)
    >>> sample = SelectedSample(pds=pds, approved=approved, bad=bad, propensity=propensity)
    >>> limit = Limit(rate="bad_rate", at_most=0.05, confidence=0.95)
    >>> certificate = certify_thinned(
    ...     sample, grid=cutoff_grid(pds), limit=limit, smallest_propensity=0.2, seed=0
    ... )
    >>> certificate.cutoff > 0.05  # beyond the past policy; the truth is reached at 0.099
    True
    """
    cap, delta = _cap_and_delta(limit)
    rng = np.random.default_rng(seed)
    seen = _shares(sample, smallest_propensity, rng)
    kept = rng.random(seen.pds.size) < seen.shares
    plan = _Plan(
        method="thinned binomial",
        cap=cap,
        delta=delta,
        n=int(kept.sum()),
        n_needed=_START * zero_default_sample_size(cap, delta),
        n_applicants=seen.everybody.size,
        share_tested=smallest_propensity,
        applicants="applicants at the score gate",
        population=sample.population,
    )
    return _certify_counts(plan, grid, pds=seen.pds[kept], bad=seen.outcomes[kept])


def _cap_and_delta(limit: Limit) -> tuple[float, float]:
    if limit.rate != "bad_rate" or limit.confidence is None:
        raise DataError(f"limit must bind bad_rate with a confidence, but is {limit}.")
    return limit.at_most, 1 - limit.confidence


def _check_independent(sample: OutcomeSample | SelectedSample, n: int) -> None:
    if sample.groups is not None:
        groups = pd.Series(np.asarray(sample.groups))
        check_shapes({"pds": np.empty(n), "groups": groups.to_numpy()})
        repeated = groups[groups.duplicated()]
        if len(repeated):
            raise DataError(
                f"groups must hold every customer once, but {len(repeated)} rows repeat one; the "
                f"first is {repeated.iloc[0]!r} in row {repeated.index[0]}. Keep one application "
                "per customer: `one_per_group`."
            )
    if sample.weight is not None:
        (weight,) = as_finite(weight=sample.weight)
        check_shapes({"pds": np.empty(n), "weight": weight})
        if weight.size and weight.min() != weight.max():
            raise DataError(
                "weight must be the same in every row, for a certificate counts applicants, but "
                f"it goes from {weight.min()} to {weight.max()}."
            )


def _shares(
    sample: SelectedSample, smallest_propensity: float, rng: np.random.Generator
) -> _Shares:
    if not 0 < smallest_propensity <= 1:
        raise DataError(
            f"smallest_propensity must lie above 0 and at most at 1, but is {smallest_propensity}."
        )
    pds, propensity = as_fractions(pds=sample.pds, propensity=sample.propensity)
    weights = inverse_propensity_weights(approved=sample.approved, propensity=propensity)
    bad = np.asarray(sample.bad, dtype=np.float64)
    check_shapes({"pds": pds, "bad": bad, "approved": weights})
    _check_independent(sample, pds.size)
    unseen = propensity < smallest_propensity
    weights[unseen] = 1.0
    # In random order, so that a trend over time does not come on top of the bets.
    order = rng.permutation(pds.size)
    seen = order[weights[order] > 0]
    (outcomes,) = as_flags(bad=np.where(unseen | (weights == 0), 1, bad))
    return _Shares(
        everybody=np.sort(pds),
        pds=pds[seen],
        outcomes=outcomes[seen].astype(np.float64),
        # Where e = q, the product may round above 1.
        shares=np.minimum(smallest_propensity * weights[seen], 1.0),
    )


def _certify_counts(plan: _Plan, grid: Grid, *, pds: Floats, bad: Floats) -> Certificate:
    order = np.argsort(pds, kind="stable")
    sorted_pds = pds[order]
    bads_up_to = np.concatenate([[0], np.cumsum(bad[order])]).astype(np.int64)

    def counts(cutoff: float) -> tuple[int, int]:
        n = int(np.searchsorted(sorted_pds, cutoff, side="right"))
        return int(bads_up_to[n]), n

    return _walk(
        plan,
        grid,
        p_value=lambda cutoff, cap: float(binomial_p_values(*counts(cutoff), cap=cap)),
        nearest_cap=lambda cutoff: float(clopper_pearson_upper(*counts(cutoff), delta=plan.delta)),
    )


def _walk(
    plan: _Plan,
    grid: Grid,
    *,
    p_value: Callable[[float, float], float],
    nearest_cap: Callable[[float], float],
) -> Certificate:
    start = _start(plan, grid)
    p_values: list[float] = []
    for cutoff in grid.cutoffs[start:]:  # lazily: a test reads every row below its cut-off
        p_values.append(p_value(float(cutoff), plan.cap))
        if p_values[-1] > plan.delta:
            break
    last = certified_index(p_values, plan.delta, 0)
    if last is None:
        first = float(grid.cutoffs[start])
        raise InfeasibleCutoffError(
            f"No cut-off can be certified for bad_rate <= {plan.cap:.4g} with "
            f"{1 - plan.delta:.4g} confidence: the first, a PD of {first:.4g}, has p-value "
            f"{p_values[0]:.3g}; the lowest cap it meets is about {nearest_cap(first):.4f}."
        )
    cutoff = float(grid.cutoffs[start + last])
    return Certificate(
        method=plan.method,
        claim=_claim(plan, cutoff),
        cap=plan.cap,
        confidence=1 - plan.delta,
        cutoff=cutoff,
        n=plan.n,
        n_needed=plan.n_needed,
        cutoffs=tuple(grid.cutoffs[start : start + len(p_values)].tolist()),
        p_values=tuple(p_values),
    )


def _start(plan: _Plan, grid: Grid) -> int:
    try:
        return starting_point(grid.levels, plan.n_applicants * plan.share_tested, plan.n_needed)
    except InfeasibleCutoffError:
        wanted = math.ceil(plan.n_needed / (float(grid.levels[-1]) * plan.share_tested))
        raise InfeasibleCutoffError(
            f"A certificate of bad_rate <= {plan.cap:.4g} with {1 - plan.delta:.4g} confidence "
            f"needs at least {wanted} {plan.applicants}, but there are {plan.n_applicants}."
        ) from None


def _claim(plan: _Plan, cutoff: float) -> str:
    return (
        f"With {100 * (1 - plan.delta):.4g}% confidence, at most {100 * plan.cap:.4g}% of "
        f"{plan.population} with a PD of at most {cutoff:.6g} turn bad."
    )


def _lowest_cap(p_value: Callable[[float, float], float], cutoff: float, delta: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if p_value(cutoff, middle) <= delta:
            high = middle
        else:
            low = middle
    return high
