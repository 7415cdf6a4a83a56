"""What the searches for recourse have in common."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Floats
from riskkit.applicants import Derivation
from riskkit.explanations.levers import Lever, moved

#: Of levers that are taken together, so many combinations are looked at, the cheapest.
_MOST_TOGETHER = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The cheapest new values, or none."""

    moves: Mapping[str, Any]  #: By feature; empty where nothing was found.
    cost: float  #: Of all changes; infinite where nothing was found.
    proved: bool  #: Whether it is proved that nothing costs less, or that there is nothing.


#: Searches among some levers.
Solver = Callable[[Sequence[Lever]], Found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Values of levers that are taken together, the cheapest first."""

    levers: Sequence[Lever]  #: The levers.
    chosen: NDArray[np.intp]  #: Which option of each lever, -1 unchanged, shape (n, n_levers).
    costs: Floats  #: Of each choice, ascending, shape (n,).
    complete: bool  #: Whether no choice is left out.

    def take(self, rows: NDArray[np.intp]) -> "Choices":
        """Return some of the choices, of which all others are held to be no better."""
        return Choices(
            levers=self.levers,
            chosen=self.chosen[rows],
            costs=self.costs[rows],
            complete=self.complete,
        )

    def moves(self, row: int) -> dict[str, Any]:
        """Return the new values of one choice by feature."""
        pairs = zip(self.levers, self.chosen[row].tolist(), strict=True)
        return {lever.name: lever.options[at] for lever, at in pairs if at >= 0}

    def applied(self, applicant: pd.DataFrame, derived: Mapping[str, Derivation]) -> pd.DataFrame:
        """Return the applicant after each choice, shape (n, n_columns)."""
        many = applicant.iloc[np.zeros(len(self.costs), dtype=int)].reset_index(drop=True)
        values = {
            lever.name: np.where(at >= 0, lever.options[at], lever.value)
            for lever, at in zip(self.levers, self.chosen.T, strict=True)
        }
        return moved(many, values, derived)


def groups_of(levers: Sequence[Lever]) -> list[list[Lever]]:
    """Return levers in groups: those from which the same column follows go together."""
    groups: list[list[Lever]] = []
    for lever in levers:
        shared = [g for g in groups if any({*lever.follows} & {*other.follows} for other in g)]
        rest = [group for group in groups if group not in shared]
        groups = [*rest, [lever for group in shared for lever in group] + [lever]]
    return groups


def choices_of(together: Sequence[Lever]) -> Choices:
    """Return all combinations of the values of some levers; of very many, the cheapest."""
    kept, costs = np.zeros((1, 0), dtype=np.intp), np.zeros(1)
    for lever in together:
        all_costs = (costs[:, None] + np.r_[0.0, lever.costs]).ravel()
        order = np.argsort(all_costs, kind="stable")[:_MOST_TOGETHER]
        before, choice = np.divmod(order, 1 + len(lever.options))
        kept, costs = np.column_stack([kept[before], choice - 1]), all_costs[order]
    n = math.prod(1 + len(lever.options) for lever in together)
    return Choices(levers=together, chosen=kept, costs=costs, complete=n <= _MOST_TOGETHER)
