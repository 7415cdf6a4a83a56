"""riskkit.scores.binning"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskkit.errors import DataError
from riskkit.scores import (
    information_value,
    information_value_error,
    weight_of_evidence,
    weight_of_evidence_error,
)
from riskkit.scores.binning import BinningRules, binned_woe, learn_woe
from riskkit.scores.columns import Coding
from riskkit.scores.features import Counts, Feature
from riskkit.scores.trends import with_steps

RULES = BinningRules(max_bins=5, min_bads=10)
counts_by_bin = arrays(float, 8, elements=st.integers(1, 400))


def number(n_bins, direction="none", special=()):
    coding = Coding(name="x", kind="number", edges=np.arange(1.0, n_bins), special=special)
    return Feature(
        coding=coding,
        codes=np.arange(coding.n_codes),
        centres=np.arange(n_bins) + 0.5,
        direction=direction,
        span=(0.0, float(n_bins)),
    )


def category(n_levels, own=frozenset()):
    levels = tuple(f"{level:04d}" for level in range(n_levels))
    coding = Coding(name="x", kind="category", edges=np.empty(0), levels=levels)
    return Feature(
        coding=coding,
        codes=np.arange(coding.n_codes),
        centres=np.empty(0),
        direction="none",
        own=own,
    )


def learned(feature, goods, bads, rules=RULES):
    counts = Counts(goods=np.array(goods, dtype=float), bads=np.array(bads, dtype=float))
    return learn_woe(with_steps(feature, counts), counts, rules)


class TestWeightOfEvidence:
    def test_agrees_with_the_logarithm_by_hand(self):
        woe = weight_of_evidence(goods=[80, 20], bads=[40, 60])

        assert woe.tolist() == pytest.approx([np.log(0.8 / 0.4), np.log(0.2 / 0.6)])

    def test_names_an_empty_bin(self):
        with pytest.raises(DataError, match=r"^bads must be positive, but is 0\.0 in bin 1\.$"):
            weight_of_evidence(goods=[1, 1], bads=[1, 0])


class TestInformationValue:
    def test_agrees_with_the_sum_by_hand(self):
        value = information_value(goods=[80, 20], bads=[40, 60])

        assert value == pytest.approx(0.4 * np.log(2) - 0.4 * np.log(1 / 3))

    @given(goods=counts_by_bin, bads=counts_by_bin)
    def test_is_never_negative(self, goods, bads):
        assert information_value(goods=goods, bads=bads) >= -1e-12


GOOD_SHARES, BAD_SHARES = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])


def drawn(n_draws=4000, n_goods=5000, n_bads=500):
    """Return counts of samples drawn from known shares, shape (n_draws, 3) each."""
    rng = np.random.default_rng(0)
    goods = rng.multinomial(n_goods, GOOD_SHARES, n_draws)
    return goods, rng.multinomial(n_bads, BAD_SHARES, n_draws)


class TestWeightOfEvidenceError:
    def test_is_how_far_samples_scatter(self):
        goods, bads = drawn()

        errors = weight_of_evidence_error(goods=5000 * GOOD_SHARES, bads=500 * BAD_SHARES)

        woe = [weight_of_evidence(goods=g, bads=b) for g, b in zip(goods, bads, strict=True)]
        assert errors == pytest.approx(np.std(woe, axis=0), rel=0.05)


class TestInformationValueError:
    def test_is_how_far_samples_scatter(self):
        goods, bads = drawn()

        error = information_value_error(goods=5000 * GOOD_SHARES, bads=500 * BAD_SHARES)

        values = [information_value(goods=g, bads=b) for g, b in zip(goods, bads, strict=True)]
        assert error == pytest.approx(np.std(values), rel=0.05)


class TestBinnedWoe:
    def test_of_full_bins_is_the_evidence_and_of_small_ones_less(self):
        counts = Counts(goods=np.array([9e5, 3e5, 4.0, 0.0]), bads=np.array([1e5, 2e5, 0.0, 0.0]))

        woe = binned_woe(counts)

        plain = weight_of_evidence(goods=[9e5, 3e5], bads=[1e5, 2e5])
        assert woe[:2] == pytest.approx(plain, abs=1e-3)
        assert 0 < woe[2] < 3
        assert woe[3] == 0


class TestLearnWoeOfNumbers:
    def test_keeps_the_bins_that_the_user_fixed(self):
        fixed = replace(number(4), fixed=True)

        woe = learned(fixed, [900, 510, 500, 100, 0], [100, 100, 101, 100, 0])

        assert len(set(woe[:4])) == 4
        assert woe[:4] == pytest.approx(
            weight_of_evidence(goods=[900, 510, 500, 100], bads=[100, 100, 101, 100]), abs=0.1
        )

    @settings(deadline=None, max_examples=40)
    @given(goods=counts_by_bin, bads=counts_by_bin)
    @pytest.mark.parametrize(("direction", "sign"), [("higher", -1), ("lower", 1)])
    def test_keeps_the_direction(self, direction, sign, goods, bads):
        goods, bads = np.r_[goods, 0], np.r_[bads, 0]

        woe = learned(number(8, direction), goods, bads)

        assert (sign * np.diff(woe[:8]) >= 0).all()
        assert np.isfinite(woe).all()

    def test_with_many_bads_is_the_evidence_of_the_bins(self):
        goods, bads = [9e4, 5e4, 9e4, 5e4], [1e4, 5e4, 2e4, 5e3]

        woe = learned(number(4), [*goods, 0], [*bads, 0])

        assert woe[:4] == pytest.approx(weight_of_evidence(goods=goods, bads=bads), abs=0.01)

    def test_with_few_bads_is_the_trend(self):
        rates = 1 / (1 + np.exp(2.5 - 0.2 * np.arange(10)))

        woe = learned(number(10), [*(30 * (1 - rates)), 0], [*(30 * rates), 0])

        steps = -np.diff(woe[:10])
        assert (steps >= -1e-12).all()
        assert woe[0] - woe[9] == pytest.approx(0.2 * 9, abs=0.5)

    def test_gives_missing_and_special_codes_their_own_evidence(self):
        woe = learned(number(1, special=(-9.0,)), [800, 50, 150], [100, 90, 10])

        _, special, missing = weight_of_evidence(goods=[800, 50, 150], bads=[100, 90, 10])
        assert woe[1] == pytest.approx(special, abs=0.15)
        assert woe[2] == pytest.approx(missing, abs=0.4)

    def test_is_0_for_what_training_did_not_have(self):
        assert learned(number(2), [90, 60, 0], [10, 40, 0])[2] == 0

    def test_copes_with_bins_whose_rows_are_all_good(self):
        woe = learned(number(4), [50, 50, 50, 50, 20], [0, 0, 0, 0, 80])

        assert np.isfinite(woe).all()
        assert (woe[:4] > 1).all()

    def test_copes_with_no_ordinary_value(self):
        assert learned(number(1, special=(-9.0,)), [0, 90, 60], [0, 10, 40])[0] == 0


class TestLearnWoeOfCategories:
    def test_pools_rare_levels_and_what_training_did_not_have(self):
        woe = learned(category(4), [900, 500, 3, 2, 0, 0], [100, 200, 4, 3, 0, 0])

        assert woe[2] == woe[3] == woe[4] < woe[1] < woe[0]
        assert woe[5] == 0

    def test_keeps_a_level_of_its_own_apart(self):
        woe = learned(category(3, frozenset({2})), [900, 500, 5, 0, 0], [100, 200, 9, 0, 0])

        assert woe[2] < woe[1]
        assert woe[3] == 0

    def test_shrinks_rare_levels_to_their_pool_where_they_are_not_pooled(self):
        rules = BinningRules(max_bins=2, min_bads=10, pools_rare=False)

        woe = learned(category(4), [900, 500, 3, 6, 0, 0], [100, 200, 4, 1, 0, 0], rules)

        assert woe[2] < woe[4] < woe[3]

    def test_finds_nothing_in_levels_drawn_by_chance(self):
        rng = np.random.default_rng(0)
        rows = rng.poisson(20, 3000)
        bads = rng.binomial(rows, 0.1)
        rules = BinningRules(max_bins=2, min_bads=0, pools_rare=False)

        woe = learned(category(3000), [*(rows - bads), 0, 0], [*bads, 0, 0], rules)

        assert np.abs(woe).max() < 0.1

    def test_finds_what_levels_are_worth(self):
        rng = np.random.default_rng(0)
        truth = rng.normal(0, 1, 200)
        bads = rng.binomial(400, 1 / (1 + np.exp(2 + truth)))

        woe = learned(category(200), [*(400 - bads), 0, 0], [*bads, 0, 0])

        assert np.corrcoef(woe[:200], truth)[0, 1] > 0.95
