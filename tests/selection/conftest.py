"""Applicants whose past policy explores some of those it would reject."""

import numpy as np
import pytest


def draw(rng, n=4000):
    """Applicants of whom the risky half is explored with a probability of 0.1 or 0.3."""
    risky = rng.random(n) < 0.5
    propensity = np.where(risky, rng.choice([0.1, 0.3], n), 1.0)
    bad = (rng.random(n) < np.where(risky, 0.2, 0.02)).astype(float)
    return {"approved": rng.random(n) < propensity, "bad": bad, "propensity": propensity}


@pytest.fixture(scope="session")
def selected_rows():
    """The function that draws applicants, outcomes of everybody and propensities."""
    return draw
