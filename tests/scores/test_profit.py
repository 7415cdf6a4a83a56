"""riskkit.scores.profit"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate
from scipy.stats import beta

from riskkit.errors import DataError, UndefinedRateError
from riskkit.scores import (
    CostPrior,
    LossPrior,
    auc,
    expected_maximum_profit,
    h_measure,
    maximum_profit,
)

EIGHT = {"bad": [0, 1, 0, 1, 0, 1, 0, 1], "pds": [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9]}
PERFECT = {"bad": [0, 0, 1, 1], "pds": [0.1, 0.2, 0.8, 0.9]}
CONSTANT = {"bad": [0, 1] * 4, "pds": [0.3] * 8}


def ten():
    """METHODS 3's sample for the H-measure."""
    rng = np.random.default_rng(66)
    return {"bad": rng.integers(0, 2, 10), "pds": rng.random(10)}


def two_thousand():
    """METHODS 3's sample for the expected maximum profit."""
    rng = np.random.default_rng(42)
    bad = rng.random(2000) < 0.2
    return {"bad": bad, "pds": rng.normal(1.2 * bad, 1)}


def samples():
    return st.tuples(
        arrays(bool, 30), arrays(float, 30, elements=st.integers(0, 9).map(float))
    ).map(lambda pair: (np.concatenate([[True, False], pair[0][2:]]), pair[1]))


class TestHMeasure:
    def test_agrees_with_the_known_answer(self):
        assert h_measure(**ten()).value == pytest.approx(0.1888959634, abs=1e-10)

    @pytest.mark.parametrize(
        ("severity", "known"),
        [(0.7, 0.1350261681), (0.1, 0.0012125292), (0.5, 0.1075012350)],
    )
    def test_agrees_with_the_known_answers_by_severity(self, severity, known):
        found = h_measure(**ten(), prior=CostPrior.of_severity(severity))

        assert found.value == pytest.approx(known, abs=1e-10)

    def test_agrees_with_the_known_answer_for_another_prior(self):
        sample = ten()
        share = sample["bad"].mean()  # METHODS' severity "-.7": Beta(1 + bads, 1 + goods)

        found = h_measure(**sample, prior=CostPrior(a=1 + share, b=2 - share))

        assert found.value == pytest.approx(0.1831094651, abs=1e-10)

    def test_states_its_prior(self):
        found = h_measure(bad=[0, 0, 0, 1], pds=[1, 3, 2, 4])

        assert found.prior == CostPrior(a=2, b=1 + 3)

    @settings(max_examples=30)
    @given(sample=samples())
    def test_agrees_with_the_integral_over_every_cutoff(self, sample):
        bad, pds = sample
        found = h_measure(bad=bad, pds=pds)

        cuts = [-1.0, *np.unique(pds)]
        goods_above = np.array([np.mean(~bad & (pds > cut)) for cut in cuts])
        bads_below = np.array([np.mean(bad & (pds <= cut)) for cut in cuts])
        prior = beta(found.prior.a, found.prior.b)
        c = (np.arange(20_000) + 0.5) / 20_000
        density = prior.pdf(c) / 20_000
        loss = (c[:, None] * goods_above + (1 - c[:, None]) * bads_below).min(axis=1) @ density
        trivial = np.minimum(c * np.mean(~bad), (1 - c) * bad.mean()) @ density
        assert found.value == pytest.approx(1 - loss / trivial, abs=2e-4)

    @given(sample=samples())
    def test_lies_between_nothing_and_all(self, sample):
        bad, pds = sample

        assert -1e-9 <= h_measure(bad=bad, pds=pds).value <= 1 + 1e-9
        assert h_measure(bad=bad, pds=np.zeros(30)).value == pytest.approx(0, abs=1e-9)
        assert h_measure(bad=bad, pds=bad).value == pytest.approx(1)

    def test_weighs_as_often_as_rows_would_stand(self):
        weight = np.array([1, 2, 3, 1, 2, 1, 1, 3])
        repeated = {name: np.repeat(column, weight) for name, column in EIGHT.items()}

        weighted = h_measure(**EIGHT, weight=weight).value

        assert weighted == pytest.approx(h_measure(**repeated).value)

    def test_bad_input_is_named(self):
        with pytest.raises(UndefinedRateError, match="there are no bads"):
            h_measure(bad=[0, 0], pds=[1, 2])
        with pytest.raises(DataError, match=r"^severity must be positive and finite, but is 0"):
            CostPrior.of_severity(0)
        with pytest.raises(DataError, match=r"^prior must have positive shapes"):
            h_measure(**EIGHT, prior=CostPrior(a=0, b=1))


class TestExpectedMaximumProfit:
    @pytest.mark.parametrize(
        ("sample", "profit", "rejected"),
        [
            (EIGHT, 0.0974701705, 0.324345),
            (PERFECT, 0.5 * (0.35 * 0.5 + 0.1), 0.225),
            (CONSTANT, 0.084126894, 0.35746),
        ],
    )
    def test_agrees_with_the_known_answers(self, sample, profit, rejected):
        found = expected_maximum_profit(**sample)

        assert found.profit == pytest.approx(profit, abs=1e-9)
        assert found.rejected == pytest.approx(rejected, abs=1e-6)

    def test_agrees_with_the_known_answer_on_2000_rows(self):
        sample = two_thousand()

        assert auc(**sample) == pytest.approx(0.8130881, abs=1e-7)
        assert expected_maximum_profit(**sample).profit == pytest.approx(0.0220582, abs=1e-7)
        assert maximum_profit(**sample, lgd=0.275).profit == pytest.approx(0.0073414, abs=1e-7)

    @settings(max_examples=20)
    @given(sample=samples(), roi=st.floats(0.05, 0.6))
    def test_agrees_with_the_integral_of_the_maximum_profit(self, sample, roi):
        rows = {"bad": sample[0], "pds": sample[1]}

        found = expected_maximum_profit(**rows, prior=LossPrior(roi=roi))

        def profit(lgd):
            return maximum_profit(**rows, lgd=lgd, roi=roi).profit

        between = integrate.quad(profit, 0, 1, epsabs=1e-4)[0]
        assert found.profit == pytest.approx(0.35 * between + 0.1 * profit(1.0), abs=1e-4)

    def test_bad_input_is_named(self):
        with pytest.raises(UndefinedRateError, match="there are no goods"):
            expected_maximum_profit(bad=[1, 1], pds=[1, 2])
        with pytest.raises(DataError, match=r"^prior must have probabilities"):
            expected_maximum_profit(**EIGHT, prior=LossPrior(p_none=0.9, p_all=0.2))


class TestMaximumProfit:
    @pytest.mark.parametrize(
        ("sample", "profit", "rejected"),
        [(EIGHT, 0.03835, 0.875), (PERFECT, 0.275 * 0.5, 0.5), (CONSTANT, 0.0053, 1.0)],
    )
    def test_agrees_with_the_known_answers(self, sample, profit, rejected):
        found = maximum_profit(**sample, lgd=0.275)

        assert (found.profit, found.rejected) == pytest.approx((profit, rejected))

    @given(sample=samples(), lgd=st.floats(0, 1))
    def test_is_the_best_of_all_cutoffs(self, sample, lgd):
        bad, pds = sample

        found = maximum_profit(bad=bad, pds=pds, lgd=lgd)

        cuts = [
            np.mean(lgd * (bad & (pds > c)) - 0.2644 * (~bad & (pds > c))) for c in range(-1, 10)
        ]
        assert found.profit == pytest.approx(max(cuts))

    def test_names_a_loss_above_all(self):
        with pytest.raises(DataError, match=r"^lgd must lie from 0 to 1 .* lgd is 1\.5"):
            maximum_profit(**EIGHT, lgd=1.5)
