"""A tuned cut-off, what speaks for it, and whether that is enough to leave the past policy for it.

More approvals always mean no fewer goods: of those nobody has seen, a policy that approves them too
loses none, even if all of them turn bad. So a cut-off that is to bring goods is no worse only if
what it risks is shown as well: either every limit on bads or losses holds, with confidence, for all
whom it approves, or the profit is shown not to fall.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from riskkit._html import html_table
from riskkit.decisions.certificates import Certificate
from riskkit.decisions.feasibility import ShadowPrice
from riskkit.decisions.goals import CEILINGS, Goal, Labels, covers_everybody
from riskkit.decisions.incumbent import IncumbentComparison
from riskkit.lending import Limit

#: What follows from comparing a cut-off with the past policy.
Recommendation = Literal[
    "keep the past policy",  # the cut-off is not shown to be no worse
    "take this cut-off",  # it is
    "weigh the two",  # it is not, but the past policy breaks a limit
    "nothing to compare with",  # there is no past policy, or it cannot be told
]
#: Whom a certificate is about: nobody knows of the others where none was approved at random.
CertifiedFor = Literal["everybody", "those approved before"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedCutoff:
    """A cut-off with the curve it was chosen from and what is certified about it."""

    pd_cutoff: float  #: Approve PDs at or below it [fraction].
    goal: Goal  #: What it was to achieve.
    curve: pd.DataFrame
    """`tradeoff_curve` over the grid, and whether each cut-off is ``certified``. Where every
    outcome is known, for at most 50 of them, ``together_`` limits that hold at all of these at
    once, see `simultaneous_bands`."""
    incumbent: dict[str, float] | None  #: `incumbent_rates`.
    comparison: IncumbentComparison | None  #: The chosen cut-off against the past policy.
    certificates: tuple[Certificate, ...]  #: One for each limit with a confidence.
    shadow_prices: tuple[ShadowPrice, ...]  #: One for each limit.
    most_profitable: dict[str, float]
    """PD cut-offs of highest profit whatever the limits: by the smoothed PDs (``model``), on which
    objective profit is decided, and by the noisier estimate itself (``estimate``) [fraction]."""
    labels: Labels  #: How outcomes are known.
    knowledge: tuple[str, ...]  #: What rests on labelled rows only, is corrected, or unknowable.
    n_applicants: int  #: Tuning applicants at the score gate.
    n_labelled: int  #: Those of them with a known outcome.
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)
    """For a limit on a gap, the groups with too few known goods to be compared: how many each."""
    warnings: tuple[str, ...] = ()  #: Where no loan, or not even the mean one, can pay.

    @property
    def chosen(self) -> dict[str, float]:
        """The row of the curve at the chosen cut-off."""
        row = self.curve[self.curve["pd_cutoff"] == self.pd_cutoff]
        return {str(name): float(value) for name, value in row.iloc[0].items()}

    def _repr_html_(self) -> str:
        policies = {"chosen": self.chosen, "past policy": self.incumbent or {}}
        shown = ("pd_cutoff", "approval_rate", "bad_rate", "false_rejection_rate", "profit")
        rows = [
            (name, *(f"{rates[name]:.4g}" if name in rates else "" for rates in policies.values()))
            for name in shown
        ]
        claims = " ".join(certificate.claim for certificate in self.certificates)
        return html_table("Tuned cut-off", rows, header=("", *policies), note=claims)

    @property
    def joint_confidence(self) -> float | None:
        """With which all certificates hold together (Bonferroni); None without one [fraction]."""
        deltas = [1 - certificate.confidence for certificate in self.certificates]
        return max(1 - sum(deltas), 0.0) if deltas else None

    @property
    def certified_for(self) -> CertifiedFor | None:
        """Whom every certificate is about; None without one."""
        if not self.certificates:
            return None
        everybody = all(self.covers_everybody(found.rate) for found in self.certificates)
        return "everybody" if everybody else "those approved before"

    def covers_everybody(self, rate: str) -> bool:
        """Return whether a certificate of a rate is about all, see `goals.covers_everybody`."""
        return covers_everybody(rate, labels=self.labels, gamma=self.goal.gamma)

    def upper_limit(self, limit: Limit) -> float:
        """Return the upper limit of a rate among all whom the chosen cut-off approves.

        Parameters
        ----------
        limit : Limit
            On bads or losses.

        Returns
        -------
        float
            Of an interval of this cut-off by itself [fraction]. Applicants who could never be seen
            count as bad, or as gamma allows where there is one.
        """
        bounded = (
            f"gamma_{limit.rate}_limit" if self._by_gamma(limit.rate) else f"{limit.rate}_upper"
        )
        return self.chosen[bounded]

    @property
    def shown_limits(self) -> tuple[Limit, ...]:
        """Limits on bads or losses that hold, with confidence, for all whom it approves."""
        if self.comparison is not None and self.comparison.with_reviews:
            return ()  # what is finally approved is expected, not shown
        return tuple(limit for limit in self._limits_on_bads if self._is_shown(limit))

    @property
    def open_limits(self) -> tuple[Limit, ...]:
        """Limits on bads or losses that are not shown to hold for all whom it approves."""
        shown = self.shown_limits
        return tuple(limit for limit in self._limits_on_bads if limit not in shown)

    @property
    def shown_no_worse(self) -> bool | None:
        """Whether the cut-off is shown to be no worse than the past policy, by the objective.

        By money, profit does not fall. By goods or approvals, no fewer goods are approved, and
        either all limits on bads and losses are `shown_limits` or profit does not fall. None where
        the past policy's own rule cannot be told from the table.
        """
        found = self.comparison
        if found is None:
            return None
        if found.profit_lower >= 0:
            return self.goal.objective == "profit" or found.goods_lower >= 0
        risk_shown = bool(self.shown_limits) and not self.open_limits
        return self.goal.objective != "profit" and found.goods_lower >= 0 and risk_shown

    @property
    def broken_before(self) -> tuple[Limit, ...]:
        """Limits that the past policy itself breaks, by the estimate of its rates."""
        rates = self.incumbent or {}
        return tuple(
            limit
            for limit in self.goal.limits
            if limit.sign * (rates.get(limit.rate, np.nan) - limit.bound) > 0
        )

    @property
    def recommendation(self) -> Recommendation:
        """Which of the two to decide by: the past policy, unless the cut-off is no worse."""
        if self.shown_no_worse is None:
            return "nothing to compare with"
        if self.shown_no_worse:
            return "take this cut-off"
        # Nobody knows whether a limit is kept to among applicants whom nobody has seen: that the
        # past policy breaks it does not speak for the cut-off.
        told = all(map(self._is_estimated, self.broken_before))
        return "weigh the two" if self.broken_before and told else "keep the past policy"

    @property
    def _limits_on_bads(self) -> tuple[Limit, ...]:
        return tuple(limit for limit in self.goal.limits if limit.rate in CEILINGS)

    def _is_shown(self, limit: Limit) -> bool:
        certified = limit.confidence is not None and self.chosen["certified"] == 1
        if certified and self.covers_everybody(limit.rate):
            return True
        return self.upper_limit(limit) <= limit.bound

    def _is_estimated(self, limit: Limit) -> bool:
        return self._by_gamma(limit.rate) or not np.isnan(self.chosen[limit.rate])

    def _by_gamma(self, rate: str) -> bool:
        gamma = self.goal.gamma if self.labels == "approved only" else None
        return rate == "bad_rate" and gamma is not None
