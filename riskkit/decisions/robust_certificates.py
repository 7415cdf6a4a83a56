"""Certificates for everybody at the score gate that expect outcomes before they are seen.

As in `propensity_certificates`, A is approval, W = A / e, Y the outcome and q the smallest
propensity that is relied on. With expected bad rates m, from other applicants and clipped at a
fixed M, every applicant has

    psi = 1{s <= t} (m - cap + W (Y - m)),   with   E psi <= 0  <=>  bad rate below t <= cap,

whatever m is: a good guess makes psi vary less, a bad one only more. Since 1 <= W <= 1 / q where
somebody is seen, psi lies between ``-cap - M (1/q - 1)`` and ``1/q - cap``; moved and shrunk to
[0, 1] it can be bet on like any mean. The range is wider than without m and the bets are smaller:
where explored rows are few, `certify_inverse_propensity` approves more, and with many there is
little between them (experiments/robust_certificates.py).
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from riskkit._checks import as_fractions, check_open_fraction, check_shapes
from riskkit.decisions.betting import BettingPrior, betting_p_value
from riskkit.decisions.certificates import (
    Certificate,
    SelectedSample,
    approval_of,
    check_limit,
    walk,
)
from riskkit.decisions.grids import Grid
from riskkit.decisions.propensity_certificates import shares_of
from riskkit.decisions.walks import START, Path, sure_of
from riskkit.lending import Limit

#: The guessed variance is worth so many rows: a run of rows without a rare, heavily weighted bad
#: must not tempt the bets to the maximum.
_PRIOR_ROWS = 1000.0


def certify_doubly_robust(  # noqa: PLR0913 - a sample, its guesses, and what was fixed beforehand
    sample: SelectedSample,
    *,
    expected: ArrayLike,
    grid: Grid,
    limit: Limit,
    smallest_propensity: float,
    seed: int,
    largest_expected: float | None = None,
) -> Certificate:
    """Certify the most lenient cut-off for everybody, by betting on doubly robust terms.

    Parameters
    ----------
    sample : SelectedSample
        Applicants that neither the scorer, the grid nor the guesses were made from.
    expected : array-like, shape (n_applicants,)
        Guessed bad rates, from other applicants; the PDs themselves will do [fraction].
    grid : Grid
        Cut-offs, from development applicants who reached the score gate, approved or not.
    limit : Limit
        On ``bad_rate``, with a confidence.
    smallest_propensity : float
        q, fixed beforehand; whoever has a smaller propensity counts as bad.
    seed : int
        Of the order in which the bets are placed.
    largest_expected : float, optional
        M, fixed beforehand: higher guesses count as M; without it, twice the cap [fraction].

    Returns
    -------
    Certificate
        Valid for any sample size, given independent applicants and true propensities [1]_ [2]_.

    Raises
    ------
    DataError
        If the columns break their rules, customers repeat, weights differ, M lies outside (0, 1),
        or the limit is on another rate or lacks a confidence.
    InfeasibleCutoffError
        If there are too few applicants, or no cut-off can be certified.

    References
    ----------
    .. [1] Robins, Rotnitzky and Zhao (1994), J. American Statistical Association 89, 846-866.
    .. [2] Waudby-Smith and Ramdas (2024), J. Royal Statistical Society B 86, 1-27.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pds = np.linspace(0.001, 0.2, 20_000)
    >>> propensity = np.where(pds <= 0.05, 1.0, 0.2)
    >>> approved = rng.random(20_000) < propensity
    >>> bad = np.where(approved, rng.random(20_000) < pds, np.nan)
    >>> sample = SelectedSample(pds=pds, approved=approved, bad=bad, propensity=propensity)
    >>> from riskkit.decisions import cutoff_grid
    >>> certificate = certify_doubly_robust(
    ...     sample, expected=pds, grid=cutoff_grid(pds), smallest_propensity=0.2, seed=0,
    ...     limit=Limit(rate="bad_rate", at_most=0.05, confidence=0.95),
    ... )
    >>> certificate.cutoff > 0.05  # beyond the past policy; the truth is reached at 0.099
    True
    """
    check_limit(limit, ("bad_rate",))
    most = min(2 * limit.bound, 0.5) if largest_expected is None else largest_expected
    check_open_fraction(largest_expected=most)
    pds, guesses = as_fractions(pds=sample.pds, expected=expected)
    check_shapes({"pds": pds, "expected": guesses})
    rng, q, delta = np.random.default_rng(seed), smallest_propensity, 1 - sure_of(limit)
    seen = shares_of(sample, q, rng)
    weights, outcomes = np.zeros(pds.size), np.zeros(pds.size)
    weights[seen.rows], outcomes[seen.rows] = seen.shares / q, seen.outcomes
    guesses = np.minimum(guesses, most)
    order = rng.permutation(pds.size)
    robust = (guesses + weights * (outcomes - guesses))[order]
    sorted_pds = pds[order]
    path = Path(
        method="doubly robust betting",
        limit=limit,
        n=pds.size,
        n_needed=math.ceil(START * math.log(1 / delta) / math.log1p(q * limit.bound)),
        n_applicants=pds.size,
        applicants="applicants at the score gate",
        population=sample.population,
        past_approval=approval_of(sample),
    )

    def p_value(cutoff: float, cap: float) -> float:
        lowest, highest = -cap - most * (1 / q - 1), 1 / q - cap
        width = highest - lowest
        # Rows above the cut-off have psi = 0 whatever happens; leaving them out conditions on who
        # is below.
        terms = (robust[sorted_pds <= cutoff] - cap - lowest) / width
        mean = -lowest / width
        prior = BettingPrior(mean=mean, variance=cap * (1 - cap) / q / width**2, n=_PRIOR_ROWS)
        return betting_p_value(np.clip(terms, 0, 1), mean, delta=delta, prior=prior)

    return walk(path, grid, p_value=p_value)
