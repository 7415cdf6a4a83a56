"""riskkit.applicants.separation"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from riskkit.applicants.separation import outcomes_of, separation_of, tabulated


def counts_of(values, bad):
    codes, distinct = pd.factorize(np.asarray(values), sort=True)
    return tabulated(codes, len(distinct), outcomes_of(np.asarray(bad, dtype=float)))


def separation(values, bad, *, ordered=True, unmeasured=()):
    counts = counts_of(values, bad)
    distinct = np.unique(np.asarray(values)[pd.notna(values)])
    return separation_of(counts, ordered=ordered, measured=~np.isin(distinct, unmeasured))


class TestOutcomesOf:
    @given(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=1))
    def test_deals_both_classes_evenly_over_the_folds(self, bad):
        outcomes = outcomes_of(np.array(bad))

        per_cell = np.bincount(outcomes.cells, minlength=10).reshape(5, 2)
        assert (np.ptp(per_cell, axis=0) <= 1).all()
        assert outcomes.n_unknown == np.isnan(bad).sum()


class TestTabulated:
    def test_counts_known_outcomes_by_value_with_missing_last(self):
        counts = tabulated(
            np.array([0, 1, 1, -1, 0]), 2, outcomes_of(np.array([0.0, 1.0, 0.0, 1.0, np.nan]))
        )

        assert counts.sum(axis=1).tolist() == [[1, 0], [1, 1], [0, 1]]


class TestSeparationOf:
    def test_finds_nothing_in_noise(self):
        rng = np.random.default_rng(0)
        bad = rng.random(20_000) < 0.2

        for n_values in (2, 50, 3_000, 20_000):
            found = separation(rng.integers(0, n_values, 20_000), bad, ordered=False)

            assert found.auc == pytest.approx(0.5, abs=0.02)
            assert found.given_away is None

    def test_gives_ids_exactly_half(self):
        bad = np.arange(1_000) % 3 == 0

        assert (
            separation(np.random.default_rng(0).permutation(1_000), bad, ordered=False).auc == 0.5
        )

    def test_comes_near_the_auc_of_a_monotone_number(self):
        rng = np.random.default_rng(1)
        x = rng.normal(size=20_000)
        bad = rng.random(20_000) < 1 / (1 + np.exp(2 - x))

        found = separation(x, bad)

        assert found.auc == pytest.approx(roc_auc_score(bad, x), abs=0.01)
        assert found.higher_is_bad == pytest.approx(roc_auc_score(bad, x))

    def test_sees_what_is_not_monotone(self):
        rng = np.random.default_rng(2)
        x = rng.normal(size=5_000)
        bad = np.abs(x) > 1

        found = separation(x, bad)

        assert found.auc > 0.98
        assert found.higher_is_bad == pytest.approx(0.5, abs=0.05)

    def test_knows_a_perfect_copy(self):
        bad = np.arange(200) % 4 == 0

        assert separation(bad.astype(float), bad).auc == 1.0
        assert separation(np.where(bad, "x", "y"), bad, ordered=False).auc == 1.0

    @settings(deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=4, max_size=60))
    def test_agrees_with_another_count_of_the_direction(self, pairs):
        values, bad = (np.array(column) for column in zip(*pairs, strict=True))
        if bad.all() or not bad.any() or len(set(values)) == 1:
            return

        found = separation(values.astype(float), bad)

        assert found.higher_is_bad == pytest.approx(roc_auc_score(bad, values))

    def test_reads_the_direction_off_measurements_only(self):
        values = np.array([1.0, 2.0, 3.0, 99.0] * 50)
        bad = np.array([0, 0, 1, 0] * 50)

        assert separation(values, bad).higher_is_bad < 1.0
        assert separation(values, bad, unmeasured=[99.0]).higher_is_bad == 1.0

    def test_has_no_direction_where_measurements_hold_one_class(self):
        values = np.array([1.0, 2.0, 99.0] * 50)

        found = separation(values, values == 99, unmeasured=[99.0])

        assert found.higher_is_bad is None

    def test_has_no_direction_for_words(self):
        assert separation(["a", "b"] * 50, [0, 1] * 50, ordered=False).higher_is_bad is None

    def test_takes_missing_values_for_a_group_of_their_own(self):
        values = np.where(np.arange(300) % 3 == 0, np.nan, np.arange(300.0))

        found = separation(values, np.isnan(values))

        assert found.auc == 1.0

    def test_is_none_where_one_value_is_all_there_is(self):
        assert separation(np.ones(9), np.arange(9) % 2) is None
        assert separation(np.full(9, np.nan), np.arange(9) % 2) is None

    def test_is_none_where_values_are_known_only_without_an_outcome(self):
        values = np.array([np.nan] * 50 + [1.0] * 50)
        bad = np.array([0.0, 1.0] * 25 + [np.nan] * 50)

        assert separation(values, bad) is None

    @pytest.mark.parametrize(("own", "other"), [("bad", 0), ("good", 1)])
    def test_names_the_class_that_some_values_give_away(self, own, other):
        rng = np.random.default_rng(3)
        bad = rng.random(5_000) < 0.3
        known = (bad != other) & (rng.random(5_000) < 0.5)
        recovered = np.where(known, rng.gamma(2, 100, 5_000), 0.0)

        found = separation(recovered, bad)

        assert found.given_away == own
        assert found.auc < 0.9

    def test_does_not_take_a_strong_group_for_a_leak(self):
        rng = np.random.default_rng(4)
        grade = rng.integers(0, 10, 10_000)
        bad = rng.random(10_000) < np.where(grade == 9, 0.9, 0.1)

        assert separation(grade.astype(float), bad).given_away is None
