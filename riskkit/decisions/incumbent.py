"""Whether a new cut-off is shown to be no worse than the policy in force.

Only the applicants on whom the two disagree count: the swap-ins, whom only the new one approves,
and the swap-outs, whom only the policy in force approves. The former are known from those approved
at random, the latter from their own outcomes.
"""

from dataclasses import dataclass

import numpy as np

from riskkit.decisions._sides import (
    SURE,
    Sides,
    Sums,
    Worth,
    amount_parts,
    cells_of,
    head_parts,
    per_amount,
    sides_of,
    worth_of,
)
from riskkit.decisions._weighted_limits import weighted_bad_rate, weighted_worth
from riskkit.decisions.ledger import ScoreLedger
from riskkit.decisions.recalibration import band_model
from riskkit.lending import LoanEconomics
from riskkit.selection import stratified_bad_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class IncumbentComparison:
    """A new cut-off less the policy in force, per application at the score gate."""

    goods: float  #: More goods approved [fraction]; NaN where only a bound is known.
    goods_lower: float  #: Not fewer than this, with the confidence, approximately.
    profit: float  #: More profit [currency]; NaN where only a bound is known.
    profit_lower: float  #: Not less than this, with the confidence, approximately.
    swap_in_rate: float  #: Applicants whom only the new one approves [fraction].
    swap_out_rate: float  #: Applicants whom only the policy in force approves [fraction].
    swap_in_bad_rate: float  #: Bads among the newly approved; NaN if a bound only, or nobody.
    swap_in_bad_rate_lower: float  #: Its interval, or bounds; NaN where nobody is [fraction].
    swap_in_bad_rate_upper: float
    confidence: float  #: One-sided; the interval's two sides have it each [fraction].
    with_reviews: bool = False
    """Whether goods and profit count what reviews bring, which is certain of reviewers who err as
    stated only: the lower limits are approximate for that too."""


def against_incumbent(
    ledger: ScoreLedger, cutoff: float, *, economics: LoanEconomics, confidence: float = 0.95
) -> IncumbentComparison | None:
    """Compare a cut-off with the past policy's own rule: it approves the sure, nobody else.

    Parameters
    ----------
    ledger : ScoreLedger
        The scored population.
    cutoff : float
        An edge of the ledger [fraction].
    economics : LoanEconomics
        What goods, bads and wrongly stopped goods are worth.
    confidence : float
        One-sided, of each lower limit by itself [fraction].

    Returns
    -------
    IncumbentComparison or None
        None where the past policy approved everybody or nobody for sure. Where swap-ins could
        never be seen, the lower limits take them for bad.

    Raises
    ------
    DataError
        If the cut-off is not an edge.

    Examples
    --------
    >>> from riskkit.decisions import ScoredOutcomes, edge_above, score_ledger
    >>> ledger = score_ledger(ScoredOutcomes(
    ...     pds=np.array([0.01] * 90 + [0.05] * 90), bad=np.array([0.0] * 180),
    ...     propensity=np.array([1.0] * 90 + [0.5] * 90), amount=np.full(180, 100.0)))
    >>> found = against_incumbent(ledger, edge_above(np.array([0.1]))[0], economics=LoanEconomics())
    >>> found.swap_in_rate, found.goods, found.profit_lower > 0
    (0.5, 0.5, True)
    """
    sides = sides_of(ledger, np.array([cutoff]), band_model(ledger))
    n_sure = sides.approved["applicants"][SURE] + sides.rejected["applicants"][SURE]
    if not n_sure[0] or n_sure[0] == sides.n[0]:
        return None
    is_sure = np.array([True, False, False])[:, None]
    swap_in = {name: np.where(is_sure, 0, sums) for name, sums in sides.approved.items()}
    swap_out = {name: np.where(is_sure, sums, 0) for name, sums in sides.rejected.items()}
    two_sided = 2 * confidence - 1
    goods = _difference(swap_in, swap_out, sides, Worth(good=1.0, bad=0.0), two_sided, heads=True)
    good, bad, stopped = per_amount(economics)
    gain = Worth(good=good - stopped, bad=bad, fixed=economics.operating)
    profit = _difference(swap_in, swap_out, sides, gain, two_sided, heads=False)
    newly_approved = _bad_rate(swap_in, two_sided, weighted=sides.are_weighted)
    return IncumbentComparison(
        goods=goods[0],
        goods_lower=goods[1],
        profit=profit[0],
        profit_lower=profit[1],
        swap_in_rate=float(swap_in["applicants"].sum() / sides.n[0]),
        swap_out_rate=float(swap_out["applicants"].sum() / sides.n[0]),
        swap_in_bad_rate=newly_approved[0],
        swap_in_bad_rate_lower=newly_approved[1],
        swap_in_bad_rate_upper=newly_approved[2],
        confidence=confidence,
    )


def _bad_rate(swap_in: Sums, confidence: float, *, weighted: bool) -> tuple[float, float, float]:
    if not swap_in["applicants"].any():
        return np.nan, np.nan, np.nan
    found = (
        weighted_bad_rate(swap_in, confidence)
        if weighted
        else stratified_bad_rate(cells_of(swap_in), confidence=confidence)
    )
    point, lower, upper = (
        float(np.asarray(value)[0]) for value in (found.point, found.lower, found.upper)
    )
    return point, lower, upper


def _difference(  # noqa: PLR0913 - the parts of one formula
    swap_in: Sums, swap_out: Sums, sides: Sides, gain: Worth, confidence: float, *, heads: bool
) -> tuple[float, float]:
    loss = Worth(good=-gain.good, bad=-gain.bad, fixed=-gain.fixed)
    swaps = ((swap_in, gain), (swap_out, loss))
    if sides.are_weighted:
        found = weighted_worth(swaps, sides, confidence, by_amount=not heads)
    else:
        parts = head_parts if heads else amount_parts
        counted = [(part, worth) for swap, worth in swaps for part in parts(swap, confidence)]
        found = worth_of(counted, sides.n, confidence)
    return float(np.asarray(found.point)[0]), float(np.asarray(found.lower)[0])
