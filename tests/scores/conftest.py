"""A small sample with all that scorers must cope with."""

import numpy as np
import pandas as pd
import pytest

from riskkit.scores import BoostedScorer, Scorecard

DIRECTIONS = {"income": "lower", "debt": "higher"}
SPECIAL = {"income": (-9.0, -8.0)}
JOB_LOG_ODDS = {"clerk": 0.0, "driver": 0.5, "owner": -0.5, "cook": 0.3}


def draw(n, seed=0):
    """Draw applicants: income with codes, debt with gaps, age without direction, a job."""
    rng = np.random.default_rng(seed)
    income, debt, age = rng.gamma(3, 10, n), rng.exponential(1, n), rng.uniform(18, 80, n)
    job = rng.choice(list(JOB_LOG_ODDS), n)
    log_odds = -1.2 - 0.05 * income + 0.6 * debt + 0.0006 * (age - 45) ** 2
    log_odds += pd.Series(job).map(JOB_LOG_ODDS).to_numpy()
    lost, refused, unknown = (rng.random(n) < p for p in (0.1, 0.05, 0.1))
    log_odds += 0.8 * lost - 0.4 * refused + 0.5 * unknown
    bad = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int)
    X = pd.DataFrame({"income": income, "debt": debt, "age": age, "job": job})
    X.loc[lost, "income"], X.loc[refused, "income"] = -9.0, -8.0
    X.loc[unknown, "debt"] = np.nan
    X.loc[rng.random(n) < 0.02, "job"] = np.nan
    return X, bad


@pytest.fixture(scope="session")
def draw_sample():
    """The function that draws applicants and outcomes."""
    return draw


@pytest.fixture(scope="session")
def sample():
    """Training applicants and their outcomes."""
    return draw(3000)


@pytest.fixture(scope="session")
def newcomers():
    """New applicants, some with a job that training did not know."""
    X, _ = draw(300, seed=1)
    X.loc[:9, "job"] = "astronaut"
    return X


@pytest.fixture(scope="session")
def fitted(sample):
    """Both scorers, fitted."""
    return {
        "scorecard": Scorecard(directions=DIRECTIONS, special=SPECIAL).fit(*sample),
        "boosted": BoostedScorer(directions=DIRECTIONS, special=SPECIAL).fit(*sample),
    }


@pytest.fixture(scope="session", params=["scorecard", "boosted"])
def scorer(request, fitted):
    """Each scorer, fitted."""
    return fitted[request.param]
