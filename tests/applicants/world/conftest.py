"""Populations that the tests of the world share: reading them changes nothing."""

from functools import cache

import pytest

from riskkit.applicants.world import BLOCK_ROWS, WorldPlan, draw_applicants, preset


@pytest.fixture(scope="session")
def calm():
    return preset("calm")


@pytest.fixture(scope="session")
def calm_plan(calm):
    return WorldPlan.of(calm)


@pytest.fixture(scope="session")
def world(calm):
    return draw_applicants(calm, 3 * BLOCK_ROWS, seed=7)


@pytest.fixture(scope="session")
def world_of(world):
    """Return a function that gives a population of a preset, each drawn once."""

    @cache
    def drawn(name):
        return world if name == "calm" else draw_applicants(preset(name), BLOCK_ROWS, seed=7)

    return drawn
