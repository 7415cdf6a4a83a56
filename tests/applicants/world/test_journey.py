"""riskkit.applicants.world.journey"""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from riskkit._records import as_record
from riskkit.applicants.world import (
    Appetite,
    Breakdown,
    Calendar,
    Incumbent,
    Journey,
    PolicyRules,
    Slope,
    Timeouts,
)
from riskkit.applicants.world.calendar import CalendarPlan
from riskkit.applicants.world.journey import (
    MOST_ATTEMPTS,
    GatePlan,
    decide_visits,
    draw_visits,
)
from riskkit.applicants.world.marginals import MISSING
from riskkit.errors import DataError
from riskkit.lending import CAUSES, first_failing

DAYS = pd.date_range("2025-01-01", "2025-12-31")
DAY = 86_400
SUPPORTS = {
    "income": np.array([1.0, 2.0, 3.0]),
    "inquiries": np.arange(6.0),
    "term": np.array([3.0, 24.0]),
    "channel": ("partner", "app"),
}


def journey_of(**changes):
    """Return a journey on which nobody tries again, returns or is approved at random."""
    plain = {
        "retry_after_timeout": 0, "retry_hours": 3, "complete_profile": 0, "complete_days": 2,
        "come_back": 0, "come_back_days": 30, "record_limits": {"inquiries": 3},
        "incumbent": Incumbent(points_without_effects=600, points_per_log_odds=20, cutoff=590,
                               sees_hidden=0, effects={}),
        "policy": PolicyRules(), "exploration": 0, "verdicts": "all",
    }  # fmt: skip
    return Journey(**(plain | changes))


def calendar_of(*, failing=0.0, partner_multiple=1.0, outages=()):
    calendar = Calendar(
        utc_offset_hours=8, festivals=(), hours=[1.0] * 24, capacity=1e9, outages=outages,
        timeouts=Timeouts(base=failing, partner_multiple=partner_multiple),
    )  # fmt: skip
    return CalendarPlan.of(calendar, DAYS, ("travel", "books"))


def visit(journey, calendar, n=20_000, *, complete=True, partner=MISSING, at=0):
    return draw_visits(
        journey,
        calendar,
        seconds=np.full(n, at, dtype=np.int64),
        partner=np.full(n, partner, dtype=np.int16),
        complete=np.full(n, complete),
        rng=np.random.default_rng(0),
    )


def within(visits):
    """Return, for each application but the first of its journey, the row of the one before."""
    rows = np.flatnonzero(visits.attempt > 0)
    assert (visits.person[rows] == visits.person[rows - 1]).all()
    assert (visits.journey[rows] == visits.journey[rows - 1]).all()
    assert (visits.attempt[rows] == visits.attempt[rows - 1] + 1).all()
    return rows


class TestAppetite:
    def test_asks_for_more_points_never_for_fewer(self):
        # Behind the score gate, whoever lacks its points is gone already.
        with pytest.raises(DataError, match="points"):
            as_record(Appetite, {"start": "2025-01-01", "points": -20}, source="world.yaml")


class TestDrawVisits:
    def test_is_one_application_each_where_nothing_fails(self):
        visits = visit(journey_of(), calendar_of(), n=5)

        assert visits.person.tolist() == [0, 1, 2, 3, 4]
        assert visits.answered.all()
        assert visits.complete.all()
        assert not visits.again.any()

    @pytest.mark.parametrize(("partner", "expected"), [(MISSING, 0.2), (1, 0.6)])
    def test_times_out_as_often_as_the_calendar_says(self, partner, expected):
        visits = visit(journey_of(), calendar_of(failing=0.2, partner_multiple=3), partner=partner)

        error = 4 * np.sqrt(expected * (1 - expected) / 20_000)
        assert (~visits.answered).mean() == pytest.approx(expected, abs=error)

    def test_tries_three_times_at_most(self):
        visits = visit(journey_of(retry_after_timeout=1), calendar_of(failing=1), n=1_000)

        assert MOST_ATTEMPTS == 3
        assert visits.attempt.reshape(1_000, 3).tolist() == [[0, 1, 2]] * 1_000
        assert visits.again.reshape(1_000, 3).tolist() == [[True, True, False]] * 1_000

    def test_tries_again_as_often_and_as_soon_as_the_spec_says(self):
        visits = visit(
            journey_of(retry_after_timeout=0.55, retry_hours=3), calendar_of(failing=1), n=50_000
        )

        rows = within(visits)
        assert np.bincount(visits.attempt)[1:] / 50_000 == pytest.approx(
            [0.55, 0.55**2], abs=4 * np.sqrt(0.25 / 50_000)
        )
        waits = (visits.seconds[rows] - visits.seconds[rows - 1] - 60) / (3 * 3600)
        assert stats.kstest(waits, "expon").pvalue > 1e-3

    def test_tries_again_after_a_stop_by_system_or_profile_alone(self):
        visits = visit(
            journey_of(retry_after_timeout=0.9, complete_profile=0.9),
            calendar_of(failing=0.3),
            complete=False,
        )

        before = within(visits) - 1
        assert (~visits.answered | ~visits.complete)[before].all()
        assert not visits.again[visits.answered & visits.complete].any()
        assert (np.flatnonzero(visits.again) == before).all()

    def test_keeps_complete_what_was_completed(self):
        visits = visit(
            journey_of(complete_profile=0.4, complete_days=2, come_back=1, come_back_days=20),
            calendar_of(),
            complete=False,
            n=50_000,
        )

        rows = within(visits)
        assert visits.complete[rows].all()
        completed = np.zeros(50_000, dtype=bool)
        completed[visits.person[rows][visits.journey[rows] == 0]] = True
        assert completed.mean() == pytest.approx(0.4, abs=4 * np.sqrt(0.24 / 50_000))
        second = (visits.journey == 1) & (visits.attempt == 0)
        assert (visits.complete[second] == completed[visits.person[second]]).all()
        waits = (visits.seconds[rows] - visits.seconds[rows - 1] - 60) / (2 * DAY)
        assert stats.kstest(waits[visits.journey[rows] == 0], "expon").pvalue > 1e-3

    def test_times_out_a_retry_by_its_own_hour(self):
        outage = Breakdown(start="2025-01-01T00:00", hours=1, share=1)

        visits = visit(
            journey_of(retry_after_timeout=1, retry_hours=0.5), calendar_of(outages=(outage,))
        )

        assert (visits.answered == (visits.seconds >= 3600)).all()
        assert (~visits.answered[visits.attempt == 1]).any()

    def test_comes_back_as_often_and_as_late_as_the_spec_says(self):
        visits = visit(journey_of(come_back=0.12, come_back_days=20), calendar_of(), n=100_000)

        second = visits.journey == 1
        assert second.sum() / 100_000 == pytest.approx(0.12, abs=4 * np.sqrt(0.12 / 100_000))
        waits = (visits.seconds[second] / DAY - 1) / 20
        assert stats.kstest(waits, "expon").pvalue > 1e-3

    def test_starts_no_journey_before_the_one_before_has_ended(self):
        visits = visit(
            journey_of(complete_profile=1, complete_days=9, come_back=1, come_back_days=3),
            calendar_of(),
            complete=False,
        )

        same = visits.person[1:] == visits.person[:-1]
        assert (np.diff(visits.seconds)[same] > 0).all()

    def test_sees_nobody_after_the_last_day(self):
        calendar = calendar_of(failing=1)
        journey = journey_of(retry_after_timeout=1, retry_hours=10, come_back=1, come_back_days=100)

        visits = visit(journey, calendar, at=calendar.n_seconds - DAY // 2)

        assert visits.seconds.max() < calendar.n_seconds
        assert (visits.journey == 0).all()
        attempts = np.bincount(visits.attempt)
        assert attempts[0] > attempts[1] > attempts[2] > 0
        assert visits.again.sum() == attempts[1:].sum()

    def test_orders_by_person_journey_and_attempt(self):
        journey = journey_of(retry_after_timeout=0.5, come_back=0.5)
        visits = visit(journey, calendar_of(failing=0.5), n=2_000)

        order = np.lexsort((visits.attempt, visits.journey, visits.person))

        assert (order == np.arange(order.size)).all()
        assert visits.head(7).person.size == 7


class TestGatePlan:
    @pytest.fixture
    def calendar(self):
        return calendar_of()

    def test_scores_by_hand(self, calendar):
        effects = {"income": Slope(weight=-0.5, if_missing=1), "inquiries": Slope(weight=0.1)}
        incumbent = Incumbent(
            points_without_effects=600, points_per_log_odds=20, cutoff=590, sees_hidden=0.3,
            effects=effects,
        )  # fmt: skip
        gates = GatePlan.of(journey_of(incumbent=incumbent), SUPPORTS, calendar)
        codes = {"income": np.array([0, 2, MISSING]), "inquiries": np.array([0, 5, 0])}

        points = gates.points(codes, np.array([0.0, 1.0, -2.0]))

        by_hand = [600 + 20 * 0.5, 600 - 20 * (0.3 - 1.5 + 0.5), 600 - 20 * (-0.6 + 1)]
        assert points.tolist() == by_hand

    def test_keeps_the_score_within_its_numbers(self, calendar):
        incumbent = Incumbent(
            points_without_effects=600, points_per_log_odds=1e6, cutoff=0, sees_hidden=1, effects={}
        )
        gates = GatePlan.of(journey_of(incumbent=incumbent), SUPPORTS, calendar)

        assert gates.points({}, np.array([-9.0, 9.0])).tolist() == [9_999, -9_999]

    def test_passes_a_record_up_to_its_limit_and_one_that_is_missing(self, calendar):
        gates = GatePlan.of(journey_of(), SUPPORTS, calendar)

        passed = gates.passes_record(
            {"inquiries": np.array([3, 4, MISSING, 0])}, np.array([False, False, False, True])
        )

        assert passed.tolist() == [True, False, True, False]

    def test_asks_for_the_points_of_the_day(self, calendar):
        policy = PolicyRules(  # in any order
            changes=(
                Appetite(start=date(2025, 3, 1), points=0),
                Appetite(start=date(2025, 2, 1), points=20),
            )
        )
        gates = GatePlan.of(journey_of(policy=policy), SUPPORTS, calendar)

        day = np.array([30, 31, 31, 58, 59])  # 31 January, 1 February twice, 28 February, 1 March
        passed = gates.passes_policy(
            {}, points=np.array([590, 609, 610, 609, 590]), day=day, used_up=np.zeros(5, bool)
        )

        assert passed.tolist() == [True, False, True, False, True]

    def test_holds_nobody_to_the_cutoff_of_the_score_before_a_change(self, calendar):
        gates = GatePlan.of(journey_of(), SUPPORTS, calendar)

        passed = gates.passes_policy(
            {}, points=np.array([1, 999]), day=np.zeros(2, int), used_up=np.array([False, True])
        )

        assert passed.tolist() == [True, False]

    def test_offers_no_product_whose_values_all_meet(self, calendar):
        policy = PolicyRules(not_offered=({"channel": "partner", "term": 24}, {"income": 3}))
        gates = GatePlan.of(journey_of(policy=policy), SUPPORTS, calendar)
        codes = {
            "channel": np.array([0, 0, 1, 1]),
            "term": np.array([1, 0, 1, 0]),
            "income": np.array([0, 0, MISSING, 2]),
        }

        passed = gates.passes_policy(
            codes, points=np.full(4, 999), day=np.zeros(4, int), used_up=np.zeros(4, bool)
        )

        assert passed.tolist() == [False, True, True, False]


def all_verdicts():
    """Return every combination of the five gates' verdicts, often enough to draw from."""
    bits = (np.arange(32)[:, None] >> np.arange(5)) & 1
    repeated = np.repeat(bits.astype(bool), 2_000, axis=0)
    return {cause: repeated[:, i] for i, cause in enumerate(CAUSES)}


class TestDecideVisits:
    @pytest.fixture
    def draws(self):
        return np.random.default_rng(0).random(64_000)

    def test_stops_at_the_first_failing_gate(self, draws):
        passed = all_verdicts()

        verdicts = decide_visits(journey_of(), passed, draws)

        expected = first_failing([(cause, passed[cause]) for cause in CAUSES])
        found = np.array([*CAUSES, None], dtype=object)[verdicts.stopped_by]
        assert (found == expected).all()

    def test_explores_would_be_rejections_of_score_and_policy_at_their_rate(self, draws):
        passed = all_verdicts()
        reached = passed["system"] & passed["profile"] & passed["credit_record"]
        rejected = reached & ~(passed["score"] & passed["policy"])

        verdicts = decide_visits(journey_of(exploration=0.2), passed, draws)

        assert not verdicts.explored[~rejected].any()
        n = rejected.sum()
        low, high = stats.binom(n, 0.2).ppf([1e-4, 1 - 1e-4])
        assert low <= verdicts.explored.sum() <= high
        assert (verdicts.stopped_by[verdicts.explored] == -1).all()

    def test_records_the_propensity(self, draws):
        passed = all_verdicts()
        reached = passed["system"] & passed["profile"] & passed["credit_record"]
        by_rule = passed["score"] & passed["policy"]

        propensity = decide_visits(journey_of(exploration=0.2), passed, draws).propensity

        assert (np.isnan(propensity) == ~reached).all()
        assert (propensity[reached & by_rule] == 1).all()
        assert (propensity[reached & ~by_rule] == 0.2).all()

    def test_approves_nobody_late_unverified_or_listed(self, draws):
        passed = all_verdicts()

        verdicts = decide_visits(journey_of(exploration=0.99), passed, draws)

        approved = verdicts.stopped_by < 0
        for cause in ("system", "profile", "credit_record"):
            assert passed[cause][approved].all()


class TestVerdicts:
    def test_keeps_all_verdicts_where_all_are_kept(self):
        passed = all_verdicts()
        verdicts = decide_visits(journey_of(), passed, np.ones(64_000))

        for cause in CAUSES:
            seen = verdicts.seen(cause, until_first_stop=False)
            assert (seen == passed[cause]).all()

    def test_hides_verdicts_behind_the_first_stop(self):
        passed = all_verdicts()
        verdicts = decide_visits(journey_of(), passed, np.ones(64_000))

        for i, cause in enumerate(CAUSES):
            seen = verdicts.seen(cause, until_first_stop=True)
            reached = (verdicts.stopped_by < 0) | (verdicts.stopped_by >= i)
            assert ((seen != MISSING) == reached).all()
            assert (seen[reached] == passed[cause][reached]).all()

    def test_asks_the_policy_of_whoever_was_approved_at_random(self):
        passed = {cause: np.ones(3, bool) for cause in CAUSES}
        passed["score"] = np.zeros(3, bool)
        passed["policy"] = np.array([True, False, True])

        verdicts = decide_visits(journey_of(exploration=0.5), passed, np.array([0.1, 0.1, 0.9]))

        assert verdicts.explored.tolist() == [True, True, False]
        assert verdicts.seen("policy", until_first_stop=True).tolist() == [1, 0, MISSING]
        assert verdicts.seen("score", until_first_stop=True).tolist() == [0, 0, 0]
