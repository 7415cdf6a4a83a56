"""Cut-offs that keep to a limit with a stated probability, for any sample size.

Every certificate walks a grid of cut-offs that was fixed before the calibration sample was seen
and stops at the first cut-off whose p-value against "the limit is broken" exceeds delta; the last
one before it is certified. Testing in a fixed order costs no correction: the chance that *any* of
the passed cut-offs breaks the limit is at most delta [1]_. A bad rate is walked from the strict
end, where it is low, upwards; an approval rate and a false rejection rate from the lenient end
downwards; `walks` says where they start.

Which certificate serves depends on what is known:

- every row has an outcome: `certify_binomial`, here; exact;
- only the approved have one, and some of them were approved at random with a known probability:
  `propensity_certificates`, for everybody who reached the score gate;
- rows count by their weight or amount: `size_certificates`;
- nobody was approved at random: `partial_certificates`, by the worst case or up to a factor Gamma.

References
----------
.. [1] Angelopoulos, Bates, Candes, Jordan and Lei (2021), Learn then Test, arXiv 2110.01052.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from riskkit._checks import Floats, as_finite, as_flags, as_fractions, check_shapes
from riskkit.decisions.binomial import (
    binomial_p_values,
    clopper_pearson_lower,
    clopper_pearson_upper,
)
from riskkit.decisions.grids import Grid, certified_index
from riskkit.decisions.walks import (
    Path,
    check_enough,
    claim_of,
    first_place,
    lowest_cap,
    needed_rows,
    refuse,
)
from riskkit.errors import DataError
from riskkit.lending import Limit


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

    method: str  #: Such as "binomial" or "inverse-propensity betting"; says if approximate.
    claim: str  #: What is certified, in one sentence.
    rate: str  #: The limited rate.
    cap: float  #: Its bound [fraction].
    confidence: float  #: 1 - delta [fraction].
    cutoff: (
        float  #: The last certified cut-off: the most lenient, or for a walk down the strictest.
    )
    n: int  #: Rows that the tests draw on: with outcomes, at the gate, or kept, by the method.
    n_needed: int  #: Of these, expected below the first cut-off that was tested.
    cutoffs: tuple[float, ...]  #: Cut-offs tested, in order; all but a failing last one passed.
    p_values: tuple[float, ...]  #: Their p-values.
    assumption: str = ""  #: What else it takes; empty where nothing.
    breakdown_gamma: float | None = None
    """Without random approvals: up to which factor the odds of bad of those without an outcome may
    exceed those of the approved at the certified cut-off before the cap is in doubt."""

    @property
    def n_tested(self) -> int:
        """How many cut-offs were tested."""
        return len(self.cutoffs)

    @property
    def passed(self) -> tuple[float, ...]:
        """The certified cut-offs, in the order of the tests."""
        return self.cutoffs[: self.cutoffs.index(self.cutoff) + 1]


def certify_binomial(sample: OutcomeSample, *, grid: Grid, limit: Limit) -> Certificate:
    """Certify how far a cut-off may go under a limit, where all have an outcome.

    For a bad rate that is the most lenient cut-off, for an approval rate or a false rejection rate
    the strictest. Outcomes of the approved only certify for those whom the past policy approved;
    name them in `sample.population`, so that the claim says so.

    Parameters
    ----------
    sample : OutcomeSample
        Applicants that neither the scorer nor the grid was made from.
    grid : Grid
        Cut-offs, from the development sample.
    limit : Limit
        On ``bad_rate``, ``false_rejection_rate`` or ``approval_rate``, with a confidence.

    Returns
    -------
    Certificate
        Exact for any sample size, given independent applicants [1]_.

    Raises
    ------
    DataError
        If the columns break their rules, customers repeat, weights differ, or the limit is on
        another rate or lacks a confidence.
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
    >>> from riskkit.decisions import cutoff_grid
    >>> certificate = certify_binomial(sample, grid=cutoff_grid(pds), limit=limit)
    >>> certificate.claim  # the truth is reached at a cut-off of 0.059
    'With 95% confidence, at most 3% of applicants with a PD of at most 0.0509901 turn bad.'
    """
    check_limit(limit, ("bad_rate", "false_rejection_rate", "approval_rate"))
    (pds,) = as_fractions(pds=sample.pds)
    (bad,) = as_flags(bad=sample.bad)
    check_shapes({"pds": pds, "bad": bad})
    check_independent(sample, pds.size)
    return certify_counts(
        Path(
            method="binomial",
            limit=limit,
            n=pds.size,
            n_needed=needed_rows(limit),
            n_applicants=pds.size,
            applicants="applicants with an outcome",
            population=sample.population,
        ),
        grid,
        pds=pds,
        bad=bad.astype(np.float64),
    )


def check_limit(limit: Limit, rates: tuple[str, ...]) -> None:
    """Refuse a limit that a method cannot certify.

    Parameters
    ----------
    limit : Limit
        What is wanted.
    rates : tuple of str
        What the method can do.

    Raises
    ------
    DataError
        If the limit is on another rate, lacks a confidence or is not of the usual direction.
    """
    usual = (limit.sign < 0) == (limit.rate == "approval_rate")
    if limit.rate not in rates or limit.confidence is None or not usual:
        raise DataError(f"limit must bind {' or '.join(rates)} with a confidence, but is {limit}.")


def approval_of(sample: SelectedSample) -> float | None:
    """Return the share that was approved, random approvals included.

    Parameters
    ----------
    sample : SelectedSample
        The sample.

    Returns
    -------
    float or None
        None where everybody was: it then says nothing of what the past policy would approve.
    """
    share = float(np.mean(np.asarray(sample.approved, dtype=np.float64)))
    return share if share < 1 else None


def check_independent(sample: OutcomeSample | SelectedSample, n: int) -> None:
    """Refuse samples whose rows are not one draw each.

    Parameters
    ----------
    sample : OutcomeSample or SelectedSample
        The sample.
    n : int
        Its rows.

    Raises
    ------
    DataError
        If customers repeat or weights differ.
    """
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
                f"it goes from {weight.min()} to {weight.max()}. Weighted rows are certified by "
                "`certify_by_size`."
            )


def certify_counts(path: Path, grid: Grid, *, pds: Floats, bad: Floats) -> Certificate:
    """Walk with exact binomial tests of rows that all have an outcome.

    Parameters
    ----------
    path : Path
        Limit and rows.
    grid : Grid
        Cut-offs.
    pds, bad : array of float, shape (n_rows,)
        PDs [fraction]; 1 bad, 0 good.

    Returns
    -------
    Certificate
        Exact for any sample size.

    Raises
    ------
    InfeasibleCutoffError
        If there are too few rows, or no cut-off can be certified.
    """
    order = np.argsort(pds, kind="stable")
    sorted_pds, outcomes = pds[order], bad[order]
    bads_up_to = np.concatenate([[0], np.cumsum(outcomes)]).astype(np.int64)
    n, n_goods = pds.size, int(pds.size - bads_up_to[-1])
    rate = path.limit.rate
    if rate == "false_rejection_rate":  # its trials are goods
        path = replace(path, n_applicants=n_goods, applicants=f"good {path.applicants}")

    def counts(cutoff: float) -> tuple[int, int]:
        # Events that must be rare, and trials.
        below = int(np.searchsorted(sorted_pds, cutoff, side="right"))
        bads = int(bads_up_to[below])
        if rate == "bad_rate":
            return bads, below
        if rate == "approval_rate":
            return below, n
        return n_goods - (below - bads), n_goods

    def p_value(cutoff: float, bound: float) -> float:
        k, trials = counts(cutoff)
        if rate == "approval_rate":  # P(Bin(n, bound) >= k)
            return float(special.bdtrc(k - 1, trials, bound)) if k else 1.0
        return float(binomial_p_values(k, trials, cap=bound))

    def nearest(cutoff: float) -> float:
        limits = clopper_pearson_lower if rate == "approval_rate" else clopper_pearson_upper
        return float(limits(*counts(cutoff), delta=path.delta))

    return walk(path, grid, p_value=p_value, nearest=nearest)


def walk(
    path: Path,
    grid: Grid,
    *,
    p_value: Callable[[float, float], float],
    nearest: Callable[[float], float] | None = None,
) -> Certificate:
    """Test the cut-offs in their order until one fails.

    Parameters
    ----------
    path : Path
        Limit and rows.
    grid : Grid
        Cut-offs.
    p_value : callable
        Of a cut-off and a bound, against "the bound is broken there".
    nearest : callable, optional
        Of a cut-off: the nearest bound that it meets; without it, found by bisection.

    Returns
    -------
    Certificate
        The last cut-off that passed.

    Raises
    ------
    InfeasibleCutoffError
        If there are too few rows, or the first cut-off fails.
    """
    limit, delta = path.limit, path.delta
    if path.down:
        check_enough(path)
        place, cutoffs = len(grid.cutoffs) - 1, grid.cutoffs[::-1]
    else:
        place = first_place(path, grid)
        cutoffs = grid.cutoffs[place:]
    p_values: list[float] = []
    for cutoff in cutoffs:  # lazily: a test reads every row below its cut-off
        p_values.append(p_value(float(cutoff), limit.bound))
        if p_values[-1] > delta:
            break
    last = certified_index(p_values, delta, 0)
    if last is None:
        first = float(cutoffs[0])
        bound = nearest(first) if nearest else lowest_cap(p_value, first, delta)
        refuse(path, grid, place, p_value=p_values[0], bound=bound)
    cutoff = float(cutoffs[last])
    return Certificate(
        method=path.method,
        claim=claim_of(path, cutoff),
        rate=limit.rate,
        cap=limit.bound,
        confidence=1 - delta,
        cutoff=cutoff,
        n=path.n,
        n_needed=path.n_needed,
        cutoffs=tuple(cutoffs[: len(p_values)].tolist()),
        p_values=tuple(p_values),
        assumption=path.assumption,
    )
