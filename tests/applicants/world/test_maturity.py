"""riskkit.applicants.world.maturity"""

from datetime import date

import pandas as pd
import pytest

from riskkit.applicants import as_history
from riskkit.applicants.world import seen_on
from riskkit.errors import DataError


class TestSeenOn:
    def test_agrees_with_the_world_on_its_own_day(self, world, calm):
        seen = seen_on(world, calm.observed_at)

        assert len(seen.applications) == len(world.applications)
        assert seen.applications["bad"].equals(world.applications["bad"])

    def test_knows_neither_later_applications_nor_open_windows(self, world):
        seen = seen_on(world, date(2025, 7, 1))

        applied = seen.applications["applied_at"]
        known = seen.applications["bad"].notna()
        closed = (applied <= pd.Timestamp("2024-07-01")) & (seen.applications["approved"] == 1)
        assert applied.max() < pd.Timestamp("2025-07-01")
        assert (known == closed).all()
        assert (seen.applications["bad"] == seen.truth["truth_bad"])[known].all()
        assert as_history(seen.applications, seen.schema).labelled.sum() == known.sum()

    def test_knows_everything_of_the_approved_in_the_end(self, world, calm):
        seen = seen_on(world, date(calm.observed_at.year + 2, 1, 1))

        assert (seen.applications["bad"].notna() == (seen.applications["approved"] == 1)).all()

    def test_refuses_a_day_before_everybody(self, world):
        with pytest.raises(DataError, match="day must come after the first application"):
            seen_on(world, date(2020, 1, 1))
