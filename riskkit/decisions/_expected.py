"""What each cut-off is expected to do in each segment, by smoothed PDs: cumulative sums."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from riskkit._checks import Floats
from riskkit.decisions._sides import per_amount
from riskkit.decisions.goals import Objective
from riskkit.decisions.ledger import CENTS, Group, ScoreLedger
from riskkit.decisions.offsets import segment_bad_rates
from riskkit.errors import DataError
from riskkit.lending import Limit, LoanEconomics

#: What is added up.
MEASURES = ("n", "bads", "amount", "bad_amount", "lost", "good_gain", "bad_gain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Sums over PDs at or below each cut-off; arrays of shape (n_segments, n_cutoffs).

    The first cut-off, 0, approves nobody; the last one everybody.
    """

    groups: tuple[Group, ...]  #: The segments.
    cutoffs: Floats  #: PDs, rising from 0 to 1, shape (n_cutoffs,) [fraction].
    n: Floats  #: Applicants.
    bads: Floats  #: Expected bads.
    amount: Floats  #: Amounts [currency].
    bad_amount: Floats  #: Expected amounts of bads [currency].
    lost: Floats  #: Expected loss of bads, without funding [currency].
    good_gain: Floats  #: What goods bring if approved over what they cost if stopped [currency].
    bad_gain: Floats  #: What bads bring; negative [currency].

    @property
    def goods(self) -> Floats:
        """Expected goods."""
        return self.n - self.bads

    def objective(self, objective: Objective) -> Floats:
        """Return what is to be as high as can be."""
        if objective == "profit":
            return self.good_gain + self.bad_gain
        return self.n if objective == "approval" else self.goods

    def burden(self, limit: Limit) -> tuple[Floats, float]:
        """Return what counts towards a limit, and how much of it all segments may have together."""
        bound, sign = limit.bound, limit.sign
        if limit.rate == "approval_rate":
            return sign * self.n, sign * bound * float(self.n[:, -1].sum())
        if limit.rate == "false_rejection_rate":
            return -self.goods, -(1 - bound) * float(self.goods[:, -1].sum())
        if limit.rate == "bad_rate":
            return self.bads - bound * self.n, 0.0
        if limit.rate == "bad_amount_rate":
            return self.bad_amount - bound * self.amount, 0.0
        if limit.rate == "loss_rate":
            return self.lost - bound * self.amount, 0.0
        raise DataError(
            f"limit {limit} is between groups; cut-offs by segment are chosen under one limit on "
            "the whole portfolio."
        )

    def together(self) -> "Expected":
        """Return all segments as one."""
        summed = {name: getattr(self, name).sum(axis=0, keepdims=True) for name in MEASURES}
        return Expected(groups=((),), cutoffs=self.cutoffs, **summed)

    def at(self, places: np.ndarray, *, cutoffs: Floats | None = None) -> "Expected":
        """Return sums along vectors of cut-offs, shape (n_segments, n_vectors), as one segment.

        Without names of their own, the vectors' places take those of cut-offs.
        """
        summed = {
            name: np.take_along_axis(getattr(self, name), places, axis=1).sum(axis=0, keepdims=True)
            for name in MEASURES
        }
        if cutoffs is None:
            cutoffs = np.arange(places.shape[1]).astype(np.float64)
        return Expected(groups=((),), cutoffs=cutoffs, **summed)


def expected_of(
    ledger: ScoreLedger,
    offsets: Floats,
    *,
    economics: Mapping[str, LoanEconomics],
    cutoffs: Floats | None = None,
    n_cutoffs: int = 1000,
) -> Expected:
    """Return the sums, at given edges or at even quantiles; one ledger without groups is ""."""
    rates = segment_bad_rates(ledger, offsets)
    n = ledger.sums["applicants"]
    amount = ledger.sums["amount"] / CENTS
    each = [economics[group[0] if group else ""] for group in ledger.groups]
    worth = np.array([per_amount(economics) for economics in each])
    costs = np.array([economics.operating for economics in each])
    severity = np.array([economics.lgd * economics.ead for economics in each])
    bads, bad_amount = (n * rates).sum(axis=1), (amount * rates).sum(axis=1)
    heads, all_amount = n.sum(axis=1).astype(np.float64), amount.sum(axis=1)
    good, bad, stopped = (worth[:, [i]] for i in range(3))
    bands = _bands(ledger, cutoffs, n_cutoffs)

    def up_to(values: Floats) -> Floats:
        starts = np.append(0, bands[:-1] + 1)
        between = np.add.reduceat(values[:, : int(bands[-1]) + 1], starts, axis=1)
        return np.concatenate([np.zeros((len(values), 1)), np.cumsum(between, axis=1)], axis=1)

    return Expected(
        groups=ledger.groups,
        cutoffs=np.append(0.0, ledger.edges[bands]),
        n=up_to(heads),
        bads=up_to(bads),
        amount=up_to(all_amount),
        bad_amount=up_to(bad_amount),
        lost=up_to(severity[:, None] * bad_amount),
        good_gain=up_to(
            (good - stopped) * (all_amount - bad_amount) - costs[:, None] * (heads - bads)
        ),
        bad_gain=up_to(bad * bad_amount - costs[:, None] * bads),
    )


def _bands(ledger: ScoreLedger, cutoffs: Floats | None, n_cutoffs: int) -> np.ndarray:
    last = len(ledger.edges) - 1
    if cutoffs is not None:
        bands = ledger.bands_of(cutoffs)
    else:
        below = np.cumsum(ledger.all_groups("applicants").sum(axis=0))
        wanted = np.arange(1, n_cutoffs + 1) / n_cutoffs * below[-1]
        bands = np.unique(np.searchsorted(below, wanted))
    return bands if bands[-1] == last else np.append(bands, last)
