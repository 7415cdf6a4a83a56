"""riskkit.applicants.world.effects"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants.world import Slope, Steps
from riskkit.applicants.world.effects import total_log_odds


class TestSlope:
    @pytest.mark.parametrize(
        ("curve", "expected"),
        [
            ("linear", 2 * (3 - 1)),
            ("log", 2 * (np.log(4) - np.log(2))),
            ("square", 2 * (9 - 1)),
        ],
    )
    def test_is_zero_at_its_centre(self, curve, expected):
        effect = Slope(curve=curve, centre=1, weight=2).log_odds(pd.Series([1.0, 3.0]))

        assert effect.tolist() == pytest.approx([0, expected])

    def test_gives_a_missing_value_an_effect_of_its_own(self):
        effect = Slope(weight=2, if_missing=0.3).log_odds(pd.Series([np.nan]))

        assert effect.tolist() == [0.3]


class TestSteps:
    def test_looks_up_categories_and_missing_values(self):
        column = pd.Series(pd.Categorical(["app", "web", None], categories=["web", "app"]))

        effect = Steps(weights={"app": -0.5}, if_missing=0.2).log_odds(column)

        assert effect.tolist() == [-0.5, 0, 0.2]


class TestTotalLogOdds:
    def test_adds_the_columns(self):
        people = pd.DataFrame({"a": [1.0, 2.0], "b": [10.0, 20.0]})

        total = total_log_odds({"a": Slope(weight=1), "b": Slope(weight=0.1)}, people)

        assert total.tolist() == pytest.approx([1 + 1, 2 + 2])
