"""riskkit.applicants.world.effects"""

import numpy as np
import pytest

from riskkit._records import as_record
from riskkit.applicants.world import Slope, Steps
from riskkit.errors import DataError


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
        effects = Slope(curve=curve, centre=1, weight=2).table([1.0, 3.0])

        assert effects.tolist() == pytest.approx([0, expected, 0])

    def test_ends_with_the_effect_of_a_missing_value(self):
        effects = Slope(weight=2, if_missing=0.3).table([1.0])

        assert effects.tolist() == [2, 0.3]
        assert effects[-1] == 0.3  # where the code of a missing value points

    def test_refuses_another_curve(self):
        with pytest.raises(DataError, match="curve: Input should be 'linear', 'log' or 'square'"):
            as_record(Slope, {"weight": 1, "curve": "cube"}, source="world.yaml")


class TestSteps:
    def test_looks_up_categories_and_missing_values(self):
        effects = Steps(weights={"app": -0.5}, if_missing=0.2).table(["web", "app"])

        assert effects.tolist() == [0, -0.5, 0.2]
