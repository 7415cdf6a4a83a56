"""Pools of applicants whose truth is known, for experiments that draw many tables from one world.

Drawing a world costs a second a block; drawing rows of a pool, and anew who is approved at random,
costs nothing. Half of a pool makes tables, the other half grades.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from riskkit.applicants import Applications, History, as_history
from riskkit.applicants.world import BLOCK_ROWS, draw_applicants, preset, with_hidden_selection

EXPLORATION = 0.05
_NODES = 24


@dataclass(frozen=True)
class Pool:
    """Applicants at the score gate; arrays of shape (n_applicants,)."""

    applications: Applications
    directions: dict
    special: dict
    sure: np.ndarray  #: Whether the incumbent's score approves.
    pds: np.ndarray  #: True PD.
    bad: np.ndarray  #: True outcome.
    oracle: np.ndarray  #: Best possible PD from the features.
    oracle_with_decision: np.ndarray  #: The same from features and the incumbent's decision.

    def take(self, rows: np.ndarray) -> "Pool":
        """Return some of the applicants."""
        return Pool(
            self.applications.take(rows), self.directions, self.special, self.sure[rows],
            self.pds[rows], self.bad[rows], self.oracle[rows], self.oracle_with_decision[rows],
        )  # fmt: skip

    def features(self, *, with_decision: bool) -> pd.DataFrame:
        """Return the features, the incumbent's decision among them if asked for."""
        features = self.applications.features
        if not with_decision:
            return features
        return features.assign(incumbent_approves=self.sure.astype(float))

    def history(self, rng: np.random.Generator, *, everybody: bool = False) -> History:
        """Return a table of them: who is explored is drawn; or everybody is, and has an outcome."""
        propensity = np.where(self.sure | everybody, 1.0, EXPLORATION)
        approved = rng.random(len(propensity)) < propensity
        return History(
            applications=self.applications,
            approved=approved,
            reached=np.ones(len(approved), dtype=bool),
            matured=np.ones(len(approved), dtype=bool),
            bad=np.where(approved, self.bad, np.nan),
            propensity=None if everybody else propensity,
            weight=None,
        )


def draw_pool(world: str, dial: str, *, n_blocks: int, seed: int) -> Pool:
    """Draw a world and keep who reached the score gate."""
    spec = with_hidden_selection(preset(world), dial)
    drawn = draw_applicants(spec, n_blocks * BLOCK_ROWS, seed=seed)
    history = as_history(drawn.applications, drawn.schema)
    truth = drawn.truth
    rows = np.flatnonzero(history.reached)
    score = truth["truth_incumbent_score"].to_numpy()[rows].astype(float)
    incumbent, hidden = spec.journey.incumbent, truth["truth_hidden"].to_numpy()[rows]
    pds = truth["truth_pd"].to_numpy()[rows]
    sure = score >= incumbent.cutoff
    # The incumbent approves where the hidden factor lies below this; a PD given the decision is the
    # mean over that side of it.
    seen = incumbent.points_per_log_odds * incumbent.sees_hidden
    oracle = truth["truth_pd_given_features"].to_numpy()[rows]
    both = oracle
    if seen:
        edge = special.ndtr((score + seen * hidden - incumbent.cutoff + 0.5) / seen)
        low, high = np.where(sure, 0.0, edge), np.where(sure, edge, 1.0)
        visible = special.logit(pds) - spec.risk.hidden * hidden
        nodes = (np.arange(_NODES) + 0.5) / _NODES
        both = np.zeros(len(rows))
        for node in nodes:
            at = special.ndtri(np.clip(low + node * (high - low), 1e-12, 1 - 1e-12))
            both += special.expit(visible + spec.risk.hidden * at) / _NODES
    return Pool(
        applications=history.applications.take(rows),
        directions=dict(drawn.schema.directions),
        special=dict(drawn.schema.special),
        sure=sure,
        pds=pds,
        bad=truth["truth_bad"].to_numpy()[rows].astype(float),
        oracle=oracle,
        oracle_with_decision=both,
    )
