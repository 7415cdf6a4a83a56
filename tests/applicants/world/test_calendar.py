"""riskkit.applicants.world.calendar"""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from riskkit._records import as_record
from riskkit.applicants.world import (
    Breakdown,
    Calendar,
    Festival,
    InterfaceChange,
    Macro,
    Shock,
    Timeouts,
)
from riskkit.applicants.world.calendar import CalendarPlan, draw_seconds, festival_days
from riskkit.errors import DataError

YEAR = pd.date_range("2025-01-01", "2025-12-31")
MAY = pd.date_range("2025-05-01", "2025-05-31")
HOURS = [1.0] * 24


def calendar_of(**changes):
    """Return a calendar on which nothing happens but what is named."""
    nothing = {
        "utc_offset_hours": 8, "festivals": (), "hours": HOURS, "capacity": 1e9,
        "timeouts": Timeouts(base=0, partner_multiple=0),
    }  # fmt: skip
    return Calendar(**(nothing | changes))


def plan_of(days=MAY, partners=("travel", "books"), **changes):
    return CalendarPlan.of(calendar_of(**changes), days, partners)


class TestFestival:
    @pytest.mark.parametrize(("month", "day"), [(2, 30), (2, 31), (4, 31)])
    def test_refuses_a_day_outside_the_year(self, month, day):
        with pytest.raises(DataError, match=f"month {month} has no day {day}"):
            as_record(Festival, {"month": month, "day": day, "load": 5}, source="world.yaml")

    def test_refuses_a_thirteenth_month(self):
        with pytest.raises(DataError, match=r"month: .* less than or equal to 12, found 13"):
            as_record(Festival, {"month": 13, "day": 1, "load": 5}, source="world.yaml")

    def test_may_be_held_on_29_february(self):
        leap_days = pd.date_range("2023-01-01", "2025-12-31")

        held = leap_days[festival_days(Festival(month=2, day=29, days=1, load=2), leap_days)]

        assert held.tolist() == [pd.Timestamp("2024-02-29")]


class TestFestivalDays:
    def test_ends_on_its_day(self):
        held = YEAR[festival_days(Festival(month=6, day=18, days=3, load=5), YEAR)]

        assert held.strftime("%m-%d").tolist() == ["06-16", "06-17", "06-18"]

    def test_sees_a_festival_that_ends_after_the_last_day(self):
        held = YEAR[festival_days(Festival(month=1, day=2, days=4, load=5), YEAR)]

        assert held.strftime("%m-%d").tolist() == ["01-01", "01-02", "12-30", "12-31"]


class TestBreakdown:
    def test_refuses_a_time_zone(self):
        content = {"start": "2025-05-01T00:00+08:00", "hours": 1, "share": 0.5}

        with pytest.raises(DataError, match="start is a local time; leave the time zone out"):
            as_record(Breakdown, content, source="world.yaml")


class TestCalendar:
    @pytest.mark.parametrize("hours", [[1.0] * 23, [0.0] * 24])
    def test_needs_a_weight_for_each_hour(self, hours):
        content = calendar_of().model_dump() | {"hours": hours}

        with pytest.raises(DataError, match="hours needs 24 numbers, not all of them 0"):
            as_record(Calendar, content, source="world.yaml")


class TestCalendarPlan:
    def test_multiplies_the_loads_of_the_day_and_the_hour(self):
        hours = [0.0] * 24
        hours[20], hours[21] = 1.0, 3.0
        sale = Festival(month=5, day=18, days=2, load=5)

        load = plan_of(hours=hours, festivals=(sale,)).load.reshape(31, 24)

        # The mean weight of 24 hours is 4 / 24.
        assert load[0, [0, 20, 21]].tolist() == pytest.approx([0, 6, 18])
        assert (load[16:18] == 5 * load[:1]).all()
        assert (load[[*range(16), *range(18, 31)]] == load[0]).all()

    def test_takes_the_later_of_two_festivals_that_overlap(self):
        sales = (
            Festival(month=5, day=18, days=3, load=5),
            Festival(month=5, day=18, days=1, load=7),
        )

        load = plan_of(festivals=sales).load.reshape(31, 24)[:, 0]

        assert load[14:19].tolist() == [1, 5, 5, 7, 1]

    def test_fails_calls_beyond_its_capacity(self):
        sale = Festival(month=5, day=18, days=1, load=5)

        failure = plan_of(capacity=2, festivals=(sale,)).failure

        assert failure[17 * 24] == pytest.approx([1 - 2 / 5] * 3)
        assert (failure[16 * 24] == 0).all()

    def test_times_out_more_for_partners(self):
        failure = plan_of(timeouts=Timeouts(base=0.1, partner_multiple=3)).failure

        assert failure == pytest.approx(np.tile([0.1, 0.3, 0.3], (31 * 24, 1)))

    def test_never_times_out_more_than_always(self):
        failure = plan_of(timeouts=Timeouts(base=0.5, partner_multiple=3)).failure

        assert failure[0].tolist() == [0.5, 1, 1]

    def test_fails_during_an_outage_for_everybody(self):
        outage = Breakdown(start="2025-05-03T19:30", hours=3, share=0.7)

        failure = plan_of(outages=(outage,)).failure

        hours = 2 * 24 + np.array([19, 20, 21])
        assert failure[hours] == pytest.approx(np.full((3, 3), 0.7))
        assert failure.sum() == pytest.approx(3 * 3 * 0.7)

    def test_fails_one_partner_while_its_interface_is_broken(self):
        change = InterfaceChange(partner="books", start="2025-05-03T00:00", hours=5, share=0.4)

        failure = plan_of(interface_changes=(change,)).failure

        assert failure[48:53, 2] == pytest.approx([0.4] * 5)
        assert failure.sum() == pytest.approx(5 * 0.4)

    def test_lets_a_call_succeed_where_all_lets_it_pass(self):
        plan = plan_of(
            capacity=0.8,
            outages=(Breakdown(start="2025-05-03T00:00", hours=1, share=0.5),),
            interface_changes=(
                InterfaceChange(partner="travel", start="2025-05-03T00:00", hours=1, share=0.25),
            ),
            timeouts=Timeouts(base=0.1, partner_multiple=2),
        )

        expected = [1 - 0.8 * 0.5 * 0.9, 1 - 0.8 * 0.5 * 0.8 * 0.75, 1 - 0.8 * 0.5 * 0.8]
        assert plan.failure[48] == pytest.approx(expected)

    @pytest.mark.parametrize(
        ("start", "n_hours"),
        [("2025-04-30T22:00", 3), ("2025-04-29T00:00", 0), ("2025-05-31T22:00", 2)],
    )
    def test_cuts_a_breakdown_to_its_days(self, start, n_hours):
        outage = Breakdown(start=start, hours=5, share=1)

        failure = plan_of(outages=(outage,)).failure[:, 0]

        assert failure.sum() == n_hours

    def test_counts_months_from_the_first(self):
        plan = plan_of(days=pd.date_range("2024-11-01", "2025-02-28"))

        assert np.bincount(plan.month).tolist() == [30, 31, 31, 28]
        assert plan.n_seconds == 120 * 86_400
        assert plan.first_second == pd.Timestamp("2024-11-01").timestamp()


class TestDrawSeconds:
    def test_draws_days_by_load_and_growth(self):
        sale = Festival(month=5, day=18, days=3, load=5)
        plan = plan_of(festivals=(sale,), growth=0.3)
        weights = np.where((np.arange(31) >= 15) & (np.arange(31) < 18), 5, 1) * 1.3 ** (
            np.arange(31) / (365.25 / 12)
        )

        seconds = draw_seconds(plan, 200_000, np.random.default_rng(0))

        observed = np.bincount(seconds // 86_400, minlength=31)
        expected = 200_000 * weights / weights.sum()
        assert stats.chisquare(observed, expected).pvalue > 1e-3

    def test_draws_hours_by_their_weight_and_moments_within_evenly(self):
        hours = [0.0, 2.0, *range(1, 23)]
        plan = plan_of(hours=hours)

        seconds = draw_seconds(plan, 200_000, np.random.default_rng(1))

        observed = np.bincount(seconds // 3600 % 24, minlength=24)
        expected = 200_000 * np.array(hours) / sum(hours)
        assert observed[0] == 0
        assert stats.chisquare(observed[1:], expected[1:]).pvalue > 1e-3
        assert stats.kstest(seconds % 3600 / 3600, "uniform").statistic < 1.95 / np.sqrt(200_000)
        assert seconds.min() >= 0
        assert seconds.max() < plan.n_seconds


class TestMacro:
    def test_is_a_standard_autoregression(self):
        path = Macro(persistence=0.9, loading=0, seed=3).path(pd.Period("2025-01"), 40_000)

        # A path of persistence 0.9 knows as much as one of (1 - 0.9) / (1 + 0.9) as many draws.
        error = 4 / np.sqrt(40_000 * 0.1 / 1.9)
        assert path.mean() == pytest.approx(0, abs=error)
        assert path.std() == pytest.approx(1, abs=error)
        assert np.corrcoef(path[1:], path[:-1])[0, 1] == pytest.approx(0.9, abs=0.01)
        news = path[1:] - 0.9 * path[:-1]
        assert np.corrcoef(news[1:], news[:-1])[0, 1] == pytest.approx(0, abs=4 / np.sqrt(40_000))

    def test_takes_the_path_of_its_seed(self):
        month = pd.Period("2025-01")
        paths = [Macro(persistence=0.9, loading=0, seed=s).path(month, 9) for s in (1, 1, 2)]

        assert (paths[0] == paths[1]).all()
        assert (paths[0] != paths[2]).all()

    def test_rises_and_halves_in_a_shock(self):
        shock = Shock(month=date(2025, 3, 15), size=4, rise_months=2, half_life_months=3)
        calm = Macro(persistence=0.9, loading=0, seed=1)
        month = pd.Period("2025-01")

        on_top = calm.model_copy(update={"shock": shock}).path(month, 10) - calm.path(month, 10)

        expected = [0, 0, 2, 4, *(4 * 0.5 ** (k / 3) for k in range(1, 7))]
        assert on_top == pytest.approx(expected)

    def test_has_all_but_forgotten_a_shock_of_years_ago(self):
        shock = Shock(month=date(2005, 1, 1), size=4, half_life_months=3)
        calm = Macro(persistence=0.5, loading=0, seed=1)
        month = pd.Period("2025-01")

        path = calm.model_copy(update={"shock": shock}).path(month, 3)

        assert path == pytest.approx(calm.path(month, 3))


class TestMonthsOf:
    def test_counts_months_by_local_time(self, calm_plan):
        calendar = calm_plan.calendar  # eight hours ahead of UTC, from 1 October 2023 on
        moments = pd.to_datetime(
            ["2023-10-01T00:00", "2023-10-31T15:59", "2023-10-31T16:00", "2025-01-05T00:00"]
        )

        assert calendar.months_of(pd.Series(moments)).tolist() == [0, 0, 1, 15]
