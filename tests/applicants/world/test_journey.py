"""riskkit.applicants.world.journey"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants.world import Incumbent, Journey, Slope, Timeouts
from riskkit.applicants.world.journey import draw_decisions, score_points, timeout_rates

NEVER, ALWAYS = Timeouts(at_normal_load=0), Timeouts(at_normal_load=1, highest=1)


def some_people(income, *, phone_verified=1):
    n_people = len(income)
    return pd.DataFrame(
        {
            "income": income,
            "channel": pd.Categorical(["app"] * n_people),
            "phone_verified": np.full(n_people, phone_verified),
            "card_bound": np.ones(n_people),
        }
    )


def decide(people, *, timeouts=NEVER, exploration=0.0):
    incumbent = Incumbent(
        points_without_effects=500,
        points_per_log_odds=10,
        cutoff=490,
        effects={"income": Slope(weight=-1)},
    )
    journey = Journey(timeouts=timeouts, incumbent=incumbent, exploration=exploration)
    return draw_decisions(journey, people, load=np.ones(len(people)), rng=np.random.default_rng(0))


class TestDrawDecisions:
    def test_approves_whoever_has_the_points(self):
        decisions = decide(some_people([0.0, -1.0, -1.1]))

        assert decisions.points.tolist() == [500, 490, 489]
        assert decisions.stopped_by.tolist() == [None, None, "score"]
        assert decisions.approved.tolist() == [True, True, False]
        assert decisions.propensity.tolist() == [1, 1, 0]

    def test_explores_a_share_of_the_would_be_rejections(self):
        decisions = decide(some_people(np.full(100_000, -9.0)), exploration=0.05)

        assert decisions.approved.mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.05 / 100_000))
        assert (decisions.propensity == 0.05).all()
        assert set(decisions.seen("score")) == {"failed"}

    def test_never_explores_who_is_not_verified(self):
        decisions = decide(some_people(np.full(1_000, -9.0), phone_verified=0), exploration=0.99)

        assert not decisions.approved.any()
        assert set(decisions.stopped_by) == {"profile"}
        assert np.isnan(decisions.propensity).all()

    def test_keeps_every_verdict_but_shows_those_up_to_the_first_stop(self):
        decisions = decide(some_people([-9.0], phone_verified=0), timeouts=ALWAYS)

        assert decisions.stopped_by.tolist() == ["system"]
        for gate in ("system", "profile", "score"):
            assert decisions.verdict(gate).tolist() == ["failed"]
        assert decisions.seen("system").tolist() == ["failed"]
        assert decisions.seen("profile").isna().all()
        assert decisions.seen("score").isna().all()


class TestTimeoutRates:
    def test_grows_with_the_load_and_the_partner_up_to_the_highest(self):
        timeouts = Timeouts(at_normal_load=0.01, load_power=2, partner_multiple=3, highest=0.2)

        rates = timeout_rates(
            timeouts, pd.Series(["app", "app", "partner", "partner"]), load=np.array([1, 3, 2, 9])
        )

        assert rates == pytest.approx([0.01, 0.09, 0.12, 0.2])


class TestScorePoints:
    def test_knows_nothing_of_the_platform(self):
        assert set(Incumbent().effects) == {
            "overdue_count_24m", "inquiries_3m", "utilisation", "income",
        }  # fmt: skip

    def test_is_the_same_with_and_without_the_others(self, world):
        table, truth = world.applications.head(1_000), world.truth.head(1_000)

        points = score_points(Incumbent(), table)

        assert points.tolist() == truth["truth_incumbent_score"].tolist()
