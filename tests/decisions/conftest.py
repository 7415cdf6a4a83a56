"""Small populations whose truth is known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Applications, History
from riskkit.decisions import ScoredOutcomes
from riskkit.decisions.ledger import MEASURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """A history with the outcome of everybody beside it."""

    history: History
    pds: np.ndarray
    true_bad: np.ndarray

    def at_gate(self):
        return self.history.reached & self.history.matured


@pytest.fixture(scope="session")
def population():
    """Make a population: `exploration` None hides nothing, 0 explores nobody."""

    def make(n=20_000, *, exploration=None, seed=0, unreachable=0.0):
        rng = np.random.default_rng(seed)
        x, u = rng.normal(size=(2, n))
        true_pd = 1 / (1 + np.exp(3.2 - 1.1 * x - 0.4 * u))
        true_bad = rng.random(n) < true_pd
        pds = 1 / (1 + np.exp(3.1 - 1.1 * x))
        reached = rng.random(n) > 0.05
        sure = 0.6 * x + u <= 0.4
        propensity = np.where(sure, 1.0, exploration or 0.0)
        propensity[~sure & (rng.random(n) < unreachable)] = 0.0
        approved = reached & (rng.random(n) < propensity)
        if exploration is None:
            approved, propensity = np.ones(n, dtype=bool), None
        ids = np.array([f"a{i}" for i in range(n)], dtype=object)
        applications = Applications(
            ids=ids,
            groups=ids,
            features=pd.DataFrame({"x": x}),
            table=pd.DataFrame({"x": x}),
            amount=np.full(n, 100.0),
            time=None,
        )
        history = History(
            applications=applications,
            approved=approved,
            reached=reached,
            matured=np.ones(n, dtype=bool),
            bad=np.where(approved, true_bad, np.nan),
            propensity=None if propensity is None else np.where(reached, propensity, np.nan),
            weight=None,
        )
        return Population(history=history, pds=pds, true_bad=true_bad)

    return make


@pytest.fixture(scope="session")
def scored():
    """Make scored applicants of every stratum; `by` names columns of three values each."""

    def make(n=1000, seed=0, by=()):
        rng = np.random.default_rng(seed)
        pds = rng.beta(1, 9, n)
        propensity = rng.choice([1.0, 0.05, 0.3, 0.0], n, p=[0.7, 0.1, 0.1, 0.1])
        bad = np.where(rng.random(n) < propensity, rng.random(n) < pds, np.nan)
        bad[rng.random(n) < 0.02] = np.nan
        return ScoredOutcomes(
            pds=pds,
            bad=bad,
            propensity=propensity,
            amount=rng.uniform(100, 5000, n).round(2),
            by={name: rng.choice(["a", "b", "c"], n) for name in by},
        )

    return make


@pytest.fixture(scope="session")
def same():
    """Compare two ledgers sum by sum."""

    def compare(ledger, other):
        return ledger.groups == other.groups and all(
            np.array_equal(ledger.sums[name], other.sums[name]) for name in MEASURES
        )

    return compare
