"""riskkit.applicants.world.calendar"""

import numpy as np
import pandas as pd
import pytest

from riskkit._records import as_record
from riskkit.applicants.world import Calendar, Festival
from riskkit.applicants.world.calendar import draw_moments
from riskkit.errors import DataError

YEAR = pd.date_range("2025-01-01", "2025-12-31")
UNIFORMS = np.random.default_rng(0).random((3, 100_000))


class TestFestival:
    def test_refuses_a_day_outside_the_year(self):
        with pytest.raises(DataError, match="month 2 has no day 30"):
            as_record(Festival, {"month": 2, "day": 30, "load": 5}, source="world.yaml")


class TestCalendar:
    @pytest.mark.parametrize("hours", [[1.0] * 23, [0.0] * 24])
    def test_needs_a_weight_for_each_hour(self, hours):
        with pytest.raises(DataError, match="hours needs 24 numbers"):
            as_record(Calendar, {"hours": hours}, source="world.yaml")


class TestDrawMoments:
    def test_draws_festival_days_as_often_as_their_load(self):
        calendar = Calendar(festivals=(Festival(month=6, day=18, days=3, load=5),))

        moments = draw_moments(calendar, YEAR, UNIFORMS)

        local = pd.DatetimeIndex(moments.applied_at) + pd.Timedelta(hours=8)
        during = (local.month == 6) & (local.day >= 16) & (local.day <= 18)
        expected = 3 * 5 / (3 * 5 + 362)
        assert during.mean() == pytest.approx(expected, abs=0.003)

    def test_sees_a_festival_that_ends_after_the_last_day(self):
        calendar = Calendar(festivals=(Festival(month=1, day=1, days=2, load=9),))
        days = pd.date_range("2025-12-30", "2025-12-31")

        moments = draw_moments(calendar, days, UNIFORMS)

        local = pd.DatetimeIndex(moments.applied_at) + pd.Timedelta(hours=8)
        assert (local.day == 31).mean() == pytest.approx(9 / 10, abs=0.005)

    def test_gives_the_load_of_the_day_and_the_hour(self):
        hours = [0.0] * 24
        hours[20], hours[21] = 1.0, 3.0
        calendar = Calendar(festivals=(Festival(month=6, day=18, days=1, load=5),), hours=hours)

        moments = draw_moments(calendar, YEAR, UNIFORMS)

        local = pd.DatetimeIndex(moments.applied_at) + pd.Timedelta(hours=8)
        festival = (local.month == 6) & (local.day == 18)
        # The mean weight of 24 hours is 4 / 24.
        expected = np.where(festival, 5, 1) * np.where(local.hour == 21, 3, 1) / (4 / 24)
        assert moments.load == pytest.approx(expected)

    def test_keeps_to_the_days_in_local_time(self):
        moments = draw_moments(Calendar(utc_offset_hours=8), YEAR, UNIFORMS)

        assert moments.applied_at.min() >= np.datetime64("2024-12-31T16:00")
        assert moments.applied_at.max() < np.datetime64("2025-12-31T16:00")
