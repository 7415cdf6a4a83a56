"""A tuning sample at the score gate, with what was fixed before it was looked at."""

from dataclasses import dataclass, replace

import numpy as np

from riskkit._checks import Flags, Floats
from riskkit.applicants import History
from riskkit.decisions._weighted import weighted_ledger
from riskkit.decisions.goals import Goal, Labels, TuningPlan
from riskkit.decisions.ledger import ScoredOutcomes, ScoreLedger
from riskkit.decisions.ledger_builder import score_ledger
from riskkit.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The tuning sample at the gate, and what was fixed before."""

    sample: History
    pds: Floats
    labels: Labels
    propensity: Floats
    plan: TuningPlan
    goal: Goal

    def take(self, rows: Flags) -> "Case":
        """Return some of the applicants."""
        return replace(
            self, sample=self.sample.take(rows), pds=self.pds[rows],
            propensity=self.propensity[rows],
        )  # fmt: skip

    def known(self) -> "Case":
        """Return applicants with an outcome, as if there were no others."""
        part = self.take(self.sample.labelled)
        return replace(part, labels="everybody", propensity=np.ones(len(part.sample)))

    def ledger(self) -> ScoreLedger:
        """Account for it."""
        return ledger_of(self.sample, self.pds, self.propensity)


def is_weighted(history: History) -> bool:
    """Return whether rows count differently."""
    return history.is_weighted


def labels_of(sample: History) -> tuple[Labels, Floats]:
    """Return how outcomes are known, and the propensities that follow."""
    if not sample.is_selective:
        return "everybody", np.ones(len(sample))
    if sample.propensity is None or not ((sample.propensity > 0) & (sample.propensity < 1)).any():
        return "approved only", sample.approved.astype(np.float64)
    return "explored", sample.propensity


def at_gate(history: History, pds: Floats) -> tuple[History, Floats]:
    """Return the applicants who reached the score gate in closed windows."""
    rows = history.reached & history.matured
    if not (rows & history.labelled).any():
        raise DataError(
            "No application of the tuning sample has a known outcome at the score gate."
        )
    return history.take(rows), pds[rows]


def ledger_of(sample: History, pds: Floats, propensity: Floats) -> ScoreLedger:
    """Account for applicants at the gate, by their weights where these differ."""
    amount = sample.applications.amount
    scored = ScoredOutcomes(pds=pds, bad=sample.bad, propensity=propensity, amount=amount)
    if not is_weighted(sample):
        return score_ledger(scored)
    assert sample.weight is not None  # noqa: S101 - weights that differ are there
    return weighted_ledger(scored, sample.weight)
