"""riskkit.scores.curves"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from riskkit.errors import DataError
from riskkit.scores import Line, beta_curve, calibrated_line, isotonic_curve, log_loss

KINDS = pytest.mark.parametrize("fit", [beta_curve, isotonic_curve])


def margins_and_outcomes(n, *, seed, truth):
    rng = np.random.default_rng(seed)
    margins = rng.normal(-1, 2, n)
    return margins, rng.random(n) < expit(truth(margins))


def bent(margins):
    """Overconfident at high margins only: no line sets that right."""
    return np.where(margins < 0, margins, 0.3 * margins)


class TestBoth:
    @KINDS
    @settings(deadline=None, max_examples=50)
    @given(seed=st.integers(0, 500), n=st.integers(10, 200))
    def test_are_strictly_increasing_and_stay_inside_0_and_1(self, fit, seed, n):
        margins, bad = margins_and_outcomes(n, seed=seed, truth=lambda m: -m)
        bad[:2] = [False, True]  # one class is refused

        curve = fit(margins, bad=bad, weight=np.ones(n))

        pds = expit(curve.log_odds(np.linspace(-12, 12, 400)))
        assert (np.diff(pds) > 0).all()
        assert ((pds > 0) & (pds < 1)).all()

    @KINDS
    def test_set_right_what_a_line_cannot(self, fit):
        margins, bad = margins_and_outcomes(40_000, seed=0, truth=bent)
        new, new_bad = margins_and_outcomes(40_000, seed=1, truth=bent)
        weight = np.ones(len(bad))

        curve = fit(margins, bad=bad, weight=weight)

        line = calibrated_line(margins, bad=bad, weight=weight)
        ours, theirs = (log_loss(bad=new_bad, pds=expit(c.log_odds(new))) for c in (curve, line))
        best = log_loss(bad=new_bad, pds=expit(bent(new)))
        assert ours < best + 0.25 * (theirs - best)

    @KINDS
    def test_are_followed_by_a_line(self, fit):
        margins, bad = margins_and_outcomes(300, seed=2, truth=bent)
        curve = fit(margins, bad=bad, weight=np.ones(300))
        line, x = Line(intercept=-0.4, slope=1.7), np.linspace(-20, 20, 99)

        followed = curve.then(line)

        assert followed.log_odds(x) == pytest.approx(line.log_odds(curve.log_odds(x)))

    @KINDS
    def test_name_a_margin_that_is_not_finite(self, fit):
        with pytest.raises(DataError, match=r"^margins must hold only finite numbers"):
            fit([0, np.inf], bad=[0, 1], weight=[1, 1])


class TestBetaCurve:
    def test_recovers_both_slopes(self):
        margins, bad = margins_and_outcomes(
            200_000, seed=3, truth=lambda m: -0.7 * np.logaddexp(0, -m) + 1.4 * np.logaddexp(0, m)
        )

        curve = beta_curve(margins, bad=bad, weight=np.ones(len(bad)))

        assert (curve.low, curve.high) == pytest.approx((0.7, 1.4), abs=0.05)
        assert curve.intercept == pytest.approx(0, abs=0.05)

    def test_counts_rows_by_weight(self):
        margins, bad = margins_and_outcomes(400, seed=4, truth=bent)
        twice = np.where(np.arange(400) < 100, 2, 1)

        weighted = beta_curve(margins, bad=bad, weight=twice)

        rows = np.repeat(np.arange(400), twice)
        repeated = beta_curve(margins[rows], bad=bad[rows], weight=np.ones(len(rows)))
        assert weighted.low == pytest.approx(repeated.low, abs=1e-4)


class TestIsotonicCurve:
    def test_joins_the_middles_of_the_steps(self):
        curve = isotonic_curve([-3, -2, -1, 0, 1, 2], bad=[0, 0, 1, 0, 1, 1], weight=np.ones(6))

        assert curve.margins == (-2.5, -0.5, 1.5)
        assert expit(curve.values) == pytest.approx([0.5 / 6, 1 / 2, 1 - 0.5 / 6])

    def test_goes_on_in_parallel_beyond_the_steps(self):
        curve = isotonic_curve([0, 0], bad=[0, 1], weight=[1, 3])

        x = np.array([-5.0, 0, 5])
        assert curve.log_odds(x) == pytest.approx(logit(3 / 4) + x)

    def test_needs_rows(self):
        with pytest.raises(DataError, match=r"^margins must have at least one value"):
            isotonic_curve([], bad=[], weight=[])
