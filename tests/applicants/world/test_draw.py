"""riskkit.applicants.world.draw"""

import pytest

from riskkit.applicants import content_hash
from riskkit.applicants.world import BLOCK_ROWS, draw_applicants, draw_blocks, headline_rates
from riskkit.errors import DataError


def hashes(world):
    return content_hash(world.applications), content_hash(world.truth)


class TestDrawApplicants:
    @pytest.mark.slow
    def test_draws_the_same_rows_for_the_same_seed_and_others_for_another(self, calm):
        first, second, other = (draw_applicants(calm, 500, seed=seed) for seed in (3, 3, 4))

        assert hashes(first) == hashes(second)
        assert not set(hashes(first)) & set(hashes(other))

    @pytest.mark.slow
    def test_begins_a_bigger_population_with_the_smaller_one(self, calm, world):
        small = draw_applicants(calm, BLOCK_ROWS + 100, seed=7)

        assert content_hash(world.applications.head(BLOCK_ROWS + 100)) == hashes(small)[0]
        assert content_hash(world.truth.head(BLOCK_ROWS + 100)) == hashes(small)[1]

    def test_returns_as_many_rows_as_asked_for(self, world):
        assert len(world.applications) == len(world.truth) == 3 * BLOCK_ROWS

    def test_names_applications_and_truth_alike(self, world):
        assert (world.applications["application_id"] == world.truth["application_id"]).all()
        assert list(world.schema.columns) == list(world.applications.columns)

    @pytest.mark.parametrize(
        ("n_applicants", "seed", "problem"),
        [
            (0, 1, r"^n_applicants must be at least 1, but is 0\.$"),
            (100_000_000, 1, "n_applicants"),  # ids have eight digits
            (1, -1, r"^seed must not be negative, but is -1\.$"),
        ],
    )
    def test_refuses_nobody_and_negative_seeds(self, calm_plan, n_applicants, seed, problem):
        with pytest.raises(DataError, match=problem):
            draw_blocks(calm_plan, n_applicants, seed=seed)


class TestDrawBlocks:
    def test_begins_with_any_block_and_cuts_the_last(self, calm_plan, world):
        blocks = list(draw_blocks(calm_plan, 2 * BLOCK_ROWS + 70, seed=7, first_block=1))

        assert [block.truth.num_rows for block in blocks] == [BLOCK_ROWS, 70]
        last = blocks[1].applications.to_pandas()
        there = world.applications.iloc[2 * BLOCK_ROWS : 2 * BLOCK_ROWS + 70]
        assert content_hash(last) == content_hash(there)

    def test_gives_no_block_beyond_the_last(self, calm_plan):
        assert list(draw_blocks(calm_plan, BLOCK_ROWS, seed=7, first_block=1)) == []


class TestWorld:
    def test_keeps_near_the_aggregates_it_is_calibrated_to(self, world):
        rates = headline_rates(world.counts)

        assert 0.55 < rates["approval_rate"] < 0.80
        assert 0.02 < rates["stopped_by_system"] < 0.05
        assert 0.03 < rates["stopped_by_profile"] < 0.08
        assert 0.02 < rates["true_bad_rate_of_approved"] < 0.046
        assert rates["true_bad_rate"] > rates["true_bad_rate_of_approved"]
