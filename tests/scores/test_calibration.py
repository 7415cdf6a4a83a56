"""riskkit.scores.calibration"""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from riskkit.errors import DataError
from riskkit.scores import calibrated_line
from riskkit.scores.calibration import LEAST_SLOPE, fitted_line, pds_of_margins


class TestCalibratedLine:
    def test_agrees_with_a_logistic_regression(self):
        rng = np.random.default_rng(0)
        margins, weight = rng.normal(-2, 1.5, 20_000), rng.uniform(0.5, 2, 20_000)
        bad = rng.random(20_000) < expit(0.7 * margins - 0.3)

        line = calibrated_line(margins, bad=bad, weight=weight)

        other = LogisticRegression(C=1e9, tol=1e-10).fit(margins[:, None], bad, weight)
        assert line.slope == pytest.approx(other.coef_[0, 0], abs=1e-3)
        assert line.intercept == pytest.approx(other.intercept_[0], abs=1e-3)

    def test_keeps_the_bad_rate(self):
        rng = np.random.default_rng(1)
        margins = rng.normal(size=500)
        bad = rng.random(500) < expit(margins)

        line = calibrated_line(margins, bad=bad, weight=np.ones(500))

        assert line.rates(margins).mean() == pytest.approx(bad.mean(), abs=1e-6)

    def test_never_reverses_the_order(self):
        line = calibrated_line([3, 2, -2, -3] * 50, bad=[0, 0, 0, 1] * 50, weight=[1] * 200)

        assert line.slope == LEAST_SLOPE
        assert line.rates(np.array([0.0])) == pytest.approx(1 / 4, abs=1e-3)

    def test_stays_finite_where_margins_separate_the_classes(self):
        line = calibrated_line([-2, -1, 1, 2], bad=[0, 0, 1, 1], weight=[1] * 4)

        assert 0 < line.slope < 20

    def test_names_a_margin_that_is_not_finite(self):
        with pytest.raises(DataError, match=r"^margins must hold only finite numbers"):
            calibrated_line([0, np.nan], bad=[0, 1], weight=[1, 1])


class TestFittedLine:
    def test_has_no_slope_where_all_values_are_equal(self):
        line = fitted_line(np.ones(2), goods=np.array([3.0, 3]), bads=np.ones(2), slope_prior=0.0)

        assert line.slope == pytest.approx(0)
        assert line.rates(np.ones(1)) == pytest.approx(1 / 4)

    def test_finds_its_way_with_one_far_value(self):
        x = np.r_[np.linspace(-1, 1, 99), 1e6]
        bads = np.r_[np.linspace(0, 1, 99), 0]

        line = fitted_line(x, goods=1 - bads, bads=bads, slope_prior=0.0)

        assert np.isfinite([line.slope, line.intercept]).all()


class TestPdsOfMargins:
    def test_stay_inside_0_and_1(self):
        pds = pds_of_margins(np.array([-1e4, 0, 1e4]))

        assert ((pds > 0) & (pds < 1)).all()
        assert pds[1] == 0.5
