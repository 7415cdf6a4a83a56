"""A tuning sample at the score gate, with what was fixed before it was looked at."""

from dataclasses import dataclass

import numpy as np

from riskkit._checks import Floats
from riskkit.applicants import History
from riskkit.decisions.goals import Goal, Labels, TuningPlan
from riskkit.decisions.ledger import ScoredOutcomes, ScoreLedger, score_ledger
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

    def known(self) -> "Case":
        """Only applicants with an outcome, as if there were no others."""
        rows = self.sample.labelled
        return Case(
            sample=self.sample.take(rows), pds=self.pds[rows], labels="everybody",
            propensity=np.ones(int(rows.sum())), plan=self.plan, goal=self.goal,
        )  # fmt: skip

    def ledger(self) -> ScoreLedger:
        """Account for it."""
        return ledger_of(self.sample, self.pds, self.propensity)


def check_weights(history: History) -> None:
    """Refuse weights that a ledger would ignore."""
    weight = history.weight
    if weight is not None and weight.size and weight.min() != weight.max():
        raise DataError(
            "Cut-offs are tuned on equally weighted rows, but the weights go from "
            f"{weight.min():g} to {weight.max():g}; give the weight column role ignore, or tune on "
            "a table that is a plain sample."
        )


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
    """Account for applicants at the gate."""
    amount = sample.applications.amount
    return score_ledger(
        ScoredOutcomes(pds=pds, bad=sample.bad, propensity=propensity, amount=amount)
    )
