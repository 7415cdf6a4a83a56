"""riskkit.scores.calibration"""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from riskkit.errors import DataError, UndefinedRateError
from riskkit.scores import (
    beta_curve,
    calibrated_line,
    isotonic_curve,
    offset_line,
    propensity_line,
)
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


GOOD = {"margins": [-1, 0, 1, 2], "bad": [0, 1, 0, 1], "weight": [1, 1, 1, 1]}
WRONG = [
    ({"bad": [0, 1, 2, 1]}, r"^bad must hold only 0 and 1, but 1 of 4 .* 2 in row 2\.$"),
    ({"bad": [0, 1, np.nan, 1]}, r"^bad must hold only 0 and 1, but 1 of 4 .* nan in row 2\.$"),
    ({"bad": [0, 1, 0]}, r"margins \(4,\), bad \(3,\)"),
    ({"bad": [1, 1, 1, 1]}, r"^The calibration is undefined: there are no goods\.$"),
    ({"bad": [0, 0, 0, 0]}, r"^The calibration is undefined: there are no bads\.$"),
]
WRONG_OF_ALL = [
    ({"margins": [-1, np.inf, 1, 2]}, r"^margins must hold only finite numbers"),
    ({"weight": [0, 0, 0, 0]}, r"^weight must be positive, but is 0\.0 in row 0\.$"),
    ({"weight": [1, 1, 1, -1]}, r"^weight must be positive, but is -1\.0 in row 3\.$"),
    ({"weight": [1, 1, 1, np.inf]}, r"^weight must hold only finite numbers"),
    ({"weight": [1, 1, 1]}, r"margins \(4,\), weight \(3,\)"),
    ({"margins": [], "bad": [], "weight": []}, r"^margins must have at least one value"),
]


class TestBadInput:
    @pytest.mark.parametrize(("wrong", "message"), WRONG + WRONG_OF_ALL)
    @pytest.mark.parametrize("fit", [calibrated_line, propensity_line, beta_curve, isotonic_curve])
    def test_is_named(self, fit, wrong, message):
        margins, columns = columns_with(wrong)
        if fit is propensity_line:
            columns["propensity"] = [0.5] * len(margins)

        with pytest.raises((DataError, UndefinedRateError), match=message):
            fit(margins, **columns)

    @pytest.mark.parametrize(("wrong", "message"), WRONG_OF_ALL)
    def test_is_named_where_no_outcome_is_needed(self, wrong, message):
        margins, columns = columns_with(wrong)

        with pytest.raises(DataError, match=message):
            offset_line(margins, target=0.2, weight=columns["weight"])


def columns_with(wrong):
    columns = {**GOOD, **wrong}
    return columns.pop("margins"), columns


class TestPropensityLine:
    def test_is_right_for_all_applicants_under_hidden_selection(self):
        rng = np.random.default_rng(2)
        margins, hidden = rng.normal(-2, 1, 60_000), rng.normal(size=60_000)
        bad = rng.random(60_000) < expit(margins + hidden)
        propensity = np.where(hidden < 0, 1.0, 0.2)
        approved = rng.random(60_000) < propensity
        known = {"bad": bad[approved], "propensity": propensity[approved]}

        line = propensity_line(margins[approved], **known)

        everybody = calibrated_line(margins, bad=bad, weight=np.ones(60_000))
        blind = calibrated_line(margins[approved], bad=known["bad"], weight=np.ones(approved.sum()))
        assert line.rates(margins).mean() == pytest.approx(bad.mean(), abs=0.004)
        assert line.slope == pytest.approx(everybody.slope, abs=0.05)
        assert blind.rates(margins).mean() < bad.mean() - 0.02

    def test_counts_weights_too(self):
        columns = {"bad": [0, 1, 0, 1], "propensity": [1, 1, 0.5, 0.5]}

        line = propensity_line([-2, -1, 1, 2], **columns, weight=[1, 2, 1, 1])

        expected = calibrated_line([-2, -1, 1, 2], bad=columns["bad"], weight=[1, 2, 2, 2])
        assert line == expected

    @pytest.mark.parametrize("propensity", [[0, 1], [1, 1.2]])
    def test_refuses_propensities_outside_0_and_1(self, propensity):
        with pytest.raises(DataError, match=r"^propensity must be above 0 and at most 1"):
            propensity_line([0, 1], bad=[0, 1], propensity=propensity)


class TestOffsetLine:
    @pytest.mark.parametrize("target", [1e-6, 0.03, 0.5, 1 - 1e-6])
    def test_reaches_the_target(self, target):
        margins = np.random.default_rng(3).normal(-3, 2, 1000)
        weight = np.arange(1, 1001)

        line = offset_line(margins, target=target, weight=weight)

        assert np.average(expit(line.log_odds(margins)), weights=weight) == pytest.approx(target)
        assert line.slope == 1

    def test_is_none_at_the_mean_as_it_is(self):
        margins = np.array([-2.0, -1.0, 0.5])

        assert offset_line(margins, target=expit(margins).mean()).intercept == pytest.approx(0)

    @pytest.mark.parametrize("target", [0, 1, -0.1])
    def test_refuses_a_target_that_is_no_rate(self, target):
        with pytest.raises(DataError, match=r"^target must lie between 0 and 1"):
            offset_line([0.0], target=target)

    def test_needs_somebody(self):
        with pytest.raises(DataError, match=r"^margins must have at least one value"):
            offset_line([], target=0.1)


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
