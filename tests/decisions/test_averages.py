"""riskkit.decisions.averages"""

import numpy as np
import pytest
from scipy import stats

from riskkit.decisions import conformal_selection, false_rejection_cutoff, risk_control_cutoff
from riskkit.errors import InfeasibleCutoffError


def draw(rng, n):
    """The world of the published table: PD = Phi(-1.9 + 0.9 z)."""
    z = rng.standard_normal(n)
    pds = stats.norm.cdf(-1.9 + 0.9 * z)
    return pds, rng.random(n) < pds


class TestConformalSelection:
    def test_caps_the_average_and_not_the_batch(self):
        rng = np.random.default_rng(0)
        rates, approvals = [], []
        for _ in range(600):
            pds, bad = draw(rng, 500)
            batch, outcomes = draw(rng, 500)
            approved = conformal_selection(batch, pds=pds, bad=bad, average_cap=0.03)
            rates.append(outcomes[approved].mean() if approved.any() else 0.0)
            approvals.append(approved.mean())

        # Published: .0289 on the average, approval .778, and .43 to .47 of the batches exceed it.
        assert np.mean(rates) == pytest.approx(0.0289, abs=0.002)
        assert np.mean(approvals) == pytest.approx(0.778, abs=0.01)
        assert 0.38 < np.mean(np.array(rates) > 0.03) < 0.52

    def test_approves_nobody_where_all_are_bad(self):
        approved = conformal_selection([0.1, 0.2], pds=[0.1] * 9, bad=[1] * 9, average_cap=0.05)

        assert not approved.any()


class TestRiskControlCutoff:
    def test_gives_the_exact_average(self):
        rng = np.random.default_rng(0)
        losses = []
        for _ in range(1500):
            pds, bad = draw(rng, 500)
            cutoff = risk_control_cutoff(pds, bad, average_cap=0.02)
            losses.append(_bad_approvals(cutoff))

        exact = np.floor(0.02 * 501) / 501  # .01996
        assert np.mean(losses) == pytest.approx(exact, abs=4 * np.std(losses) / np.sqrt(1500))

    def test_approves_everybody_where_bads_are_few(self):
        assert risk_control_cutoff([0.1] * 99, [0] * 99, average_cap=0.05) == 1.0

    def test_says_how_many_it_takes(self):
        with pytest.raises(InfeasibleCutoffError, match="needs at least 49 applicants"):
            risk_control_cutoff([0.1] * 10, [0] * 10, average_cap=0.02)


class TestFalseRejectionCutoff:
    def test_takes_the_published_order_statistics(self):
        goods = np.arange(1, 1001) / 1001

        sure = false_rejection_cutoff(goods, cap=0.05, confidence=0.95)

        assert round(sure * 1001) == 962
        assert stats.beta.cdf(0.95, 962, 39) == pytest.approx(0.0433482, abs=1e-7)
        assert round(false_rejection_cutoff(goods, cap=0.05) * 1001) == 951

    def test_breaks_its_cap_as_often_as_published(self):
        rng = np.random.default_rng(0)

        broken = [
            1 - false_rejection_cutoff(rng.random(1000), cap=0.05, confidence=0.95) > 0.05
            for _ in range(4000)
        ]

        assert np.mean(broken) == pytest.approx(0.0433, abs=0.0097)

    def test_says_when_there_are_too_few_goods(self):
        with pytest.raises(InfeasibleCutoffError, match="needs more goods than the 20 there are"):
            false_rejection_cutoff(np.linspace(0, 1, 20), cap=0.05, confidence=0.95)
        with pytest.raises(InfeasibleCutoffError, match="needs more goods"):
            false_rejection_cutoff([0.1], cap=0.05)


def _bad_approvals(cutoff):
    """Bads below a cut-off among all applicants: z below c and bad, a bivariate normal."""
    c = (stats.norm.ppf(cutoff) + 1.9) / 0.9
    z = np.linspace(-6, c, 4001)
    return np.trapezoid(stats.norm.pdf(z) * stats.norm.cdf(-1.9 + 0.9 * z), z)
