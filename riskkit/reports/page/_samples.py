"""Which applicants a report speaks of, scored once."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskkit._checks import Flags, Floats
from riskkit.applicants import SAMPLES, History, sample_of
from riskkit.bundle import Bundle
from riskkit.lending import passes

#: Best first: rows that neither the model nor the cut-off has seen, then those it was chosen on.
_PREFERRED = ("out_of_time", "tuning", "all")
#: Of each segment, its largest groups.
MAX_GROUPS = 12
_MISSING = "(missing)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Past applications and their PDs."""

    history: History  #: The applications.
    pds: Floats  #: PD of each [fraction].
    kept: Flags  #: Whether the lender's own rules let them pass, whatever the cut-off.

    def __len__(self) -> int:
        """Return the number of applications."""
        return len(self.history)

    def take(self, rows: Flags) -> "Scored":
        """Return some of the applications."""
        return Scored(history=self.history.take(rows), pds=self.pds[rows], kept=self.kept[rows])

    def at_gate(self) -> "Scored":
        """Return those that cut-offs are about: at the score gate, whatever became of them."""
        return self.take(self.history.reached & self.kept)

    def matured(self) -> "Scored":
        """Return those at the gate whose window has closed."""
        return self.take(self.history.reached & self.kept & self.history.matured)

    @property
    def is_known(self) -> bool:
        """Whether anybody at the gate has an outcome."""
        return bool(self.matured().history.labelled.any())


def scored(bundle: Bundle, history: History) -> Scored:
    """Score applications."""
    table = history.applications.table
    kept = np.ones(len(history), dtype=bool)
    for gate in bundle.policy.gates:
        if gate.cause == "policy":  # as in tuning: whom the lender's own rules stop, no score saves
            kept &= passes(gate, table)
    pds = bundle.scorer.predict_proba(history.applications.features)[:, 1]
    return Scored(history=history, pds=pds, kept=kept)


def samples_of(bundle: Bundle, everybody: Scored) -> dict[str, Scored]:
    """Return the rows by sample; all as one where the evidence does not tell how to split."""
    if bundle.split is None:
        return {"all": everybody}
    names = sample_of(everybody.history.applications, bundle.split)
    return {name: everybody.take(names == name) for name in SAMPLES if (names == name).any()}


def shown_samples(samples: dict[str, Scored]) -> dict[str, Scored]:
    """Return the samples that rates can be read from, the most trustworthy first."""
    return {
        name: samples[name] for name in _PREFERRED if name in samples and samples[name].is_known
    }


def groups_of(column: pd.Series) -> dict[str, Flags]:
    """Return the rows of each value of a segment, of the commonest ones, in alphabetical order."""
    values = column.astype("str").fillna(_MISSING)
    return {
        label: np.asarray(values == label)
        for label in sorted(values.value_counts().index[:MAX_GROUPS])
    }
