"""riskkit.applicants.world.outcomes"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from riskkit.applicants.world import Interaction, Risk, Slope
from riskkit.applicants.world.outcomes import draw_outcomes

PEOPLE = pd.DataFrame({"a": [0.0, 1.0], "b": [0.0, -2.0]})
EFFECTS = {"a": Slope(weight=0.5), "b": Slope(weight=0.25)}


class TestDrawOutcomes:
    def test_agrees_with_a_sum_by_hand(self):
        pair = Interaction(first="a", second="b", weight=2)
        risk = Risk(intercept=-3, effects=EFFECTS, interactions=(pair,), unexplained=0)

        outcomes = draw_outcomes(risk, PEOPLE, np.random.default_rng(0))

        by_hand = [
            -3 + 2 * np.log(2) * np.log(2),
            -3 + 0.5 - 0.5 + 2 * np.log(1 + np.exp(0.5)) * np.log(1 + np.exp(-0.5)),
        ]
        assert outcomes.pds == pytest.approx(expit(by_hand), abs=1e-6)

    def test_spreads_the_log_odds_by_what_no_column_shows(self):
        risk = Risk(intercept=-2, effects=EFFECTS, interactions=(), unexplained=0.7)
        people = pd.DataFrame(np.zeros((50_000, 2)), columns=["a", "b"])

        outcomes = draw_outcomes(risk, people, np.random.default_rng(0))

        assert logit(outcomes.pds).std() == pytest.approx(0.7, rel=0.02)

    def test_draws_bads_as_often_as_the_pds_say(self, world):
        pds, bad = world.truth["truth_pd"], world.truth["truth_bad"]

        by_decile = pd.DataFrame({"pd": pds, "bad": bad, "variance": pds * (1 - pds)}).groupby(
            pd.qcut(pds, 10, labels=False)
        ).sum()  # fmt: skip

        errors = (by_decile["bad"] - by_decile["pd"]) / np.sqrt(by_decile["variance"])
        assert (errors**2).sum() < 29.6  # chi-square with 10 degrees of freedom, 99.9 %
