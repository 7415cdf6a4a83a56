"""Certificates for everybody at the score gate, from outcomes of the approved only.

They need rows approved at random with a known propensity e, and know nothing else: no model of the
outcome, no assumption on why the past policy rejected. Let q be the smallest propensity that is
relied on, A approval, W = A / e, and Y the outcome. For every applicant

    share = q W, in [0, 1], with E[share | the applicant] = q.

Applicants with e < q, the unreachable (e = 0) among them, count as approved bads with W = 1:
their share is q too, and putting Y = 1 for an unknown or rarely seen outcome only raises the bad
rate that is tested: a cut-off that passes with it passes without. By the identity

    bad rate below t <= cap  <=>  E[share 1{s <= t} (Y - cap)] <= 0

each can be tested in two ways:

- `certify_inverse_propensity` bets on ``U = cap + share 1{s <= t} (Y - cap)``. U lies between
  cap (1 - share) and cap + share (1 - cap), hence in [0, 1], and its mean is at least the cap if
  the bad rate is. Rows with U = cap whatever happens (above t, not approved) move no wealth; they
  are left out, which amounts to conditioning on who is seen below t. The false rejection rate is
  tested likewise: goods take the place of those below t, and "above t" that of "bad".
- `certify_thinned` keeps each row with probability ``share``. Every applicant is kept with
  probability q, whatever his or her features and outcome, so that those kept are a plain random
  sample of all, every one with an outcome: the binomial test is exact.

Thinning throws sure approvals away but its test is sharper (it reads the final count where betting
must hold at all times): it wins where most of the uncertainty is about the explored, betting where
sure approvals are most of the risk. Choose on the development sample; both on one tuning sample
need delta / 2 each.

`certify_approximately` is the usual test by a normal limit. It approves a little more, uses up
all of delta and may use more (experiments/robust_certificates.py): its claim says "approximately".
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from riskkit._checks import Flags, Floats, as_flags, as_fractions, check_shapes
from riskkit.decisions.betting import BettingPrior, betting_p_value
from riskkit.decisions.certificates import (
    Certificate,
    SelectedSample,
    approval_of,
    certify_counts,
    check_independent,
    check_limit,
    walk,
)
from riskkit.decisions.grids import Grid
from riskkit.decisions.walks import START, Path, needed_rows, sure_of
from riskkit.errors import DataError
from riskkit.lending import Limit
from riskkit.selection import inverse_propensity_weights

#: The betting prior is worth this share of the rows: enough that a run of rows without a rare,
#: heavily weighted bad does not tempt the bets to the maximum.
_PRIOR_SHARE = 1 / 3
_TINY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Rows with a known or assumed outcome, in random order; see the module's docstring."""

    everybody: Floats  #: PDs of all rows, seen or not, rising [fraction].
    pds: Floats  #: PDs of the rows, shape (n_rows,) [fraction].
    outcomes: Floats  #: 1 bad, 0 good; 1 where not relied on.
    shares: Floats  #: q W [fraction].
    unseen: Flags  #: Whether the propensity is below q.
    rows: "np.ndarray[tuple[int], np.dtype[np.intp]]"  #: Their places in the sample.


@dataclass(frozen=True, slots=True, kw_only=True)
class Bets:
    """What is bet on: ``scale (event - cap)``, of mean at most 0 if the limit is kept."""

    scale: Floats  #: Weight of each row, shape (n_rows,), in [0, 1].
    event: Floats  #: 1 where what must be rare happened.

    def p_value(self, cap: float, delta: float, *, variance: float) -> float:
        """Return the p-value against "the events exceed the cap".

        Parameters
        ----------
        cap : float
            The bound [fraction].
        delta : float
            Level of the test [fraction].
        variance : float
            What the squares of the terms would add up to if the rate were the cap; it sets the
            first bets and owes nothing to the outcomes.

        Returns
        -------
        float
            The p-value.
        """
        u = cap + self.scale * (self.event - cap)
        # The scales themselves must not set the bets: that more of the later rows were explored is
        # news of their outcomes.
        prior = BettingPrior(
            mean=cap,
            variance=max(variance / max(u.size, 1), _TINY),
            n=max(_PRIOR_SHARE * u.size, 1),
        )
        return betting_p_value(u, cap, delta=delta, prior=prior)


def certify_inverse_propensity(
    sample: SelectedSample, *, grid: Grid, limit: Limit, smallest_propensity: float, seed: int
) -> Certificate:
    """Certify a cut-off for everybody at the score gate, by betting on weighted outcomes.

    The most lenient one for a limit on the bad rate, the strictest for one on the false rejection
    rate. The formulas and why they hold are on top of this module.

    Without a single bad, each applicant below the cut-off multiplies the wealth by at most
    ``1 + q cap`` on average (the sure by that factor, the explored by ``1 + cap`` with probability
    q), so that about ``ln(1 / delta) / ln(1 + q cap)`` applicants would do; four times as many are
    asked for at the first cut-off of a walk upwards.

    Parameters
    ----------
    sample : SelectedSample
        Applicants that neither the scorer nor the grid was made from.
    grid : Grid
        Cut-offs, from development applicants who reached the score gate, approved or not.
    limit : Limit
        On ``bad_rate`` or ``false_rejection_rate``, with a confidence.
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
        If the columns break their rules, customers repeat, weights differ, or the limit is on
        another rate or lacks a confidence.
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
    >>> from riskkit.decisions import cutoff_grid
    >>> certificate = certify_inverse_propensity(
    ...     sample, grid=cutoff_grid(pds), limit=limit, smallest_propensity=0.2, seed=0
    ... )
    >>> certificate.cutoff > 0.05  # beyond the past policy; the truth is reached at 0.099
    True
    """
    check_limit(limit, ("bad_rate", "false_rejection_rate"))
    seen = shares_of(sample, smallest_propensity, np.random.default_rng(seed))
    delta, q = 1 - sure_of(limit), smallest_propensity
    needed = math.log(1 / delta) / math.log1p(q * limit.bound)
    path = Path(
        method="inverse-propensity betting",
        limit=limit,
        n=seen.everybody.size,
        # A walk down starts where nobody is rejected, and as many as would do are enough.
        n_needed=math.ceil(START * needed if limit.rate == "bad_rate" else needed),
        n_applicants=seen.everybody.size,
        applicants="applicants at the score gate",
        population=sample.population,
        past_approval=approval_of(sample),
    )
    if limit.rate == "bad_rate":

        def p_value(cutoff: float, cap: float) -> float:
            below = seen.pds <= cutoff
            n_below = int(np.searchsorted(seen.everybody, cutoff, side="right"))
            bets = Bets(scale=seen.shares[below], event=seen.outcomes[below])
            return bets.p_value(cap, delta, variance=q * cap * (1 - cap) * n_below)

    else:

        def p_value(cutoff: float, cap: float) -> float:
            # Whoever is not relied on counts as a good that is rejected, above the cut-off.
            above = seen.pds > cutoff
            good = np.where(seen.unseen, above, 1 - seen.outcomes)
            bets = Bets(scale=seen.shares * good, event=above.astype(np.float64))
            return bets.p_value(cap, delta, variance=q * cap * (1 - cap) * seen.everybody.size)

    return walk(path, grid, p_value=p_value)


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
    >>> from riskkit.decisions import cutoff_grid
    >>> certificate = certify_thinned(
    ...     sample, grid=cutoff_grid(pds), limit=limit, smallest_propensity=0.2, seed=0
    ... )
    >>> certificate.cutoff > 0.05  # beyond the past policy; the truth is reached at 0.099
    True
    """
    check_limit(limit, ("bad_rate",))
    rng = np.random.default_rng(seed)
    seen = shares_of(sample, smallest_propensity, rng)
    kept = rng.random(seen.pds.size) < seen.shares
    path = Path(
        method="thinned binomial",
        limit=limit,
        n=int(kept.sum()),
        n_needed=needed_rows(limit),
        n_applicants=seen.everybody.size,
        share_tested=smallest_propensity,
        applicants="applicants at the score gate",
        population=sample.population,
        past_approval=approval_of(sample),
    )
    return certify_counts(path, grid, pds=seen.pds[kept], bad=seen.outcomes[kept])


def certify_approximately(
    sample: SelectedSample, *, grid: Grid, limit: Limit, expected: ArrayLike | None = None
) -> Certificate:
    """Certify a cut-off by a normal limit: approximate, for comparison with those that hold.

    Parameters
    ----------
    sample : SelectedSample
        Applicants that neither the scorer nor the grid was made from, all with a positive
        propensity.
    grid : Grid
        Cut-offs, from development applicants who reached the score gate, approved or not.
    limit : Limit
        On ``bad_rate``, with a confidence.
    expected : array-like, shape (n_applicants,), optional
        PDs from other applicants, for the doubly robust form [fraction]; without them, inverse
        propensity alone.

    Returns
    -------
    Certificate
        Holds as far as a sum of heavily weighted outcomes is normal; nothing proves how far.

    Raises
    ------
    DataError
        If the columns break their rules, customers repeat, weights differ, a propensity is 0, or
        the limit is on another rate or lacks a confidence.
    InfeasibleCutoffError
        If there are too few applicants, or no cut-off passes.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pds = np.linspace(0.001, 0.2, 20_000)
    >>> bad = (rng.random(20_000) < pds) * 1.0
    >>> sample = SelectedSample(pds=pds, approved=np.ones(20_000), bad=bad,
    ...                         propensity=np.ones(20_000))
    >>> limit = Limit(rate="bad_rate", at_most=0.05, confidence=0.95)
    >>> from riskkit.decisions import cutoff_grid
    >>> certify_approximately(sample, grid=cutoff_grid(pds), limit=limit).claim[:13]
    'Approximately'
    """
    check_limit(limit, ("bad_rate",))
    (pds,) = as_fractions(pds=sample.pds)
    weights = inverse_propensity_weights(approved=sample.approved, propensity=sample.propensity)
    if (np.asarray(sample.propensity) == 0).any():
        raise DataError("propensity must be positive for everybody, but some values are 0.")
    (bad,) = as_flags(bad=np.where(weights > 0, sample.bad, 0))
    check_shapes({"pds": pds, "approved": weights})
    check_independent(sample, pds.size)
    way = "inverse propensity" if expected is None else "doubly robust"
    (means,) = as_fractions(expected=np.zeros(pds.size) if expected is None else expected)
    path = Path(
        method=f"{way}, normal limit (approximate)",
        limit=limit,
        n=pds.size,
        n_needed=needed_rows(limit),
        n_applicants=pds.size,
        applicants="applicants at the score gate",
        population=sample.population,
        past_approval=approval_of(sample),
    )

    def p_value(cutoff: float, cap: float) -> float:
        robust = means - cap + weights * (bad - means)
        plain = weights * (bad - cap)
        terms = np.where(pds <= cutoff, plain if expected is None else robust, 0.0)
        error = float(terms.std()) / math.sqrt(max(terms.size, 1))
        return float(stats.norm.cdf(terms.mean() / error)) if error else 1.0

    return walk(path, grid, p_value=p_value)


def shares_of(
    sample: SelectedSample, smallest_propensity: float, rng: np.random.Generator
) -> Shares:
    """Return the rows that tests of everybody draw on.

    Parameters
    ----------
    sample : SelectedSample
        Applicants at the score gate.
    smallest_propensity : float
        q, above 0 [fraction].
    rng : numpy.random.Generator
        Of the order.

    Returns
    -------
    Shares
        The approved, and those who are not relied on.

    Raises
    ------
    DataError
        If q lies outside (0, 1], the columns break their rules, customers repeat or weights differ.
    """
    if not 0 < smallest_propensity <= 1:
        raise DataError(
            f"smallest_propensity must lie above 0 and at most at 1, but is {smallest_propensity}."
        )
    pds, propensity = as_fractions(pds=sample.pds, propensity=sample.propensity)
    weights = inverse_propensity_weights(approved=sample.approved, propensity=propensity)
    bad = np.asarray(sample.bad, dtype=np.float64)
    check_shapes({"pds": pds, "bad": bad, "approved": weights})
    check_independent(sample, pds.size)
    unseen = propensity < smallest_propensity
    weights[unseen] = 1.0
    # In random order, so that a trend over time does not come on top of the bets.
    order = rng.permutation(pds.size)
    rows = order[weights[order] > 0]
    (outcomes,) = as_flags(bad=np.where(unseen | (weights == 0), 1, bad))
    return Shares(
        everybody=np.sort(pds),
        pds=pds[rows],
        outcomes=outcomes[rows].astype(np.float64),
        # Where e = q, the product may round above 1.
        shares=np.minimum(smallest_propensity * weights[rows], 1.0),
        unseen=unseen[rows],
        rows=rows,
    )
