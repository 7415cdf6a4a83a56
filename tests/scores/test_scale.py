"""riskkit.scores.scale"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskkit.errors import DataError
from riskkit.scores import PointsScale


class TestScores:
    def test_agree_with_the_odds_by_hand(self):
        scale = PointsScale(base_points=500, base_odds=19, double_odds=40)

        scores = scale.scores([0.05, 1 / (1 + 38), 1 / (1 + 19 / 4)])

        assert scores == pytest.approx([500, 540, 420])

    @given(pds=st.lists(st.floats(1e-9, 1 - 1e-9), min_size=1))
    def test_give_back_the_pds(self, pds):
        scale = PointsScale()

        assert scale.pds(scale.scores(pds)) == pytest.approx(np.array(pds), rel=1e-6)

    def test_refuse_pds_outside_0_and_1(self):
        with pytest.raises(DataError, match=r"^pds must lie between 0 and 1, exclusive"):
            PointsScale().scores([0.5, 1.0])


class TestPointsScale:
    @pytest.mark.parametrize(
        "params", [{"base_odds": 0}, {"double_odds": -20}, {"base_points": np.inf}]
    )
    def test_refuses_a_scale_that_is_none(self, params):
        with pytest.raises(DataError, match=r"^A scale needs finite base_points"):
            PointsScale(**params)
