"""One population that the tests of the world share: reading it changes nothing."""

import pytest

from riskkit.applicants.world import BLOCK_ROWS, WorldSpec, draw_applicants


@pytest.fixture(scope="session")
def world():
    return draw_applicants(WorldSpec(), 3 * BLOCK_ROWS, seed=7)
