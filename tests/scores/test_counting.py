"""riskkit.scores.counting"""

import functools
import operator

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskkit.errors import DataError
from riskkit.scores import WoeBinning
from riskkit.scores.counting import MOST_GROUPS, level_counts, number_counts

numbers = st.floats(allow_infinity=False, width=64)


def equal(a, b):
    return (
        a.bits == b.bits
        and a.least.tolist() == b.least.tolist()
        and a.largest.tolist() == b.largest.tolist()
        and a.groups.goods.tolist() == b.groups.goods.tolist()
        and a.groups.bads.tolist() == b.groups.bads.tolist()
        and a.apart.goods.tolist() == b.apart.goods.tolist()
        and a.apart.bads.tolist() == b.apart.bads.tolist()
    )


def counted(values, bad, special=(), weight=None):
    column = pd.Series(np.asarray(values), name="x")
    return number_counts(column, special, np.asarray(bad, dtype=bool), weight)


def in_chunks(values, bad, chunk, special=()):
    parts = [counted(values[chunk == k], bad[chunk == k], special) for k in np.unique(chunk)]
    return functools.reduce(operator.add, parts)


class TestNumberCounts:
    def test_agree_with_a_count_by_hand(self):
        counts = counted([2.0, 1.0, 2.0, -9.0, np.nan, 2.0], [1, 0, 0, 1, 0, 0], (-9.0,))

        assert counts.largest.tolist() == [1, 2]
        assert counts.groups.goods.tolist() == [1, 2]
        assert counts.groups.bads.tolist() == [0, 1]
        assert counts.apart.goods.tolist() == [0, 1]
        assert counts.apart.bads.tolist() == [1, 0]

    @settings(deadline=None, max_examples=60)
    @given(data=st.data(), values=st.lists(numbers, min_size=2, max_size=60))
    def test_of_chunks_add_up_to_those_of_the_whole(self, data, values):
        n = len(values)
        draw = functools.partial(st.lists, min_size=n, max_size=n)
        bad = np.array(data.draw(draw(st.booleans())))
        chunk = np.array(data.draw(draw(st.integers(0, 3))))

        whole = counted(np.array(values), bad, (0.0,))

        assert equal(in_chunks(np.array(values), bad, chunk, (0.0,)), whole)

    @pytest.mark.parametrize(
        "draw",
        [
            lambda rng, n: rng.standard_cauchy(n),
            lambda rng, n: np.exp(rng.normal(0, 8, n)) * rng.choice([-1, 1], n),
            lambda rng, n: 1.7e9 + rng.uniform(0, 3e7, n),
            lambda rng, n: rng.integers(0, 2**40, n),
            lambda rng, n: rng.integers(-(2**18), 2**18, n),
        ],
        ids=["cauchy", "lognormal", "times", "long integers", "short integers"],
    )
    def test_of_many_values_too(self, draw):
        rng = np.random.default_rng(0)
        values = draw(rng, 60_000)
        bad, chunk = rng.random(60_000) < 0.3, rng.integers(0, 7, 60_000)

        whole = counted(values, bad)

        assert equal(in_chunks(values, bad, chunk), whole)
        assert MOST_GROUPS / 2.1 < len(whole.largest) <= MOST_GROUPS
        assert whole.groups.rows.sum() == 60_000
        assert whole.groups.bads.sum() == bad.sum()
        assert (whole.least[1:] > whole.largest[:-1]).all()

    def test_group_values_that_lie_near_each_other(self):
        rng = np.random.default_rng(0)
        values = np.exp(rng.normal(0, 1, 100_000))

        counts = counted(values, values > 1)

        codes = np.searchsorted(counts.largest, values)
        assert (np.bincount(codes) == counts.groups.rows).all()
        assert (counts.largest / counts.least - 1).max() < 0.001

    @given(
        values=st.lists(st.integers(-1000, 1000), min_size=1, max_size=40),
        special=st.sampled_from([(), (7.0,), (-9.0, 0.0)]),
    )
    def test_of_integers_are_those_of_the_same_floats(self, values, special):
        bad = np.arange(len(values)) % 3 == 0

        integers = counted(np.array(values), bad, special)

        assert equal(integers, counted(np.array(values, dtype=float), bad, special))

    @pytest.mark.parametrize("kind", [int, float])
    def test_of_weighted_rows_are_those_of_repeated_rows(self, kind):
        rng = np.random.default_rng(0)
        values = rng.integers(-9, 30, 500).astype(kind)
        bad, weight = rng.random(500) < 0.4, rng.integers(1, 5, 500)

        weighted = counted(values, bad, (-9.0,), weight.astype(float))

        rows = np.repeat(np.arange(500), weight)
        assert equal(weighted, counted(values[rows], bad[rows], (-9.0,)))

    def test_do_not_tell_zeros_apart_by_their_sign(self):
        assert counted([-0.0, 0.0], [0, 1]).largest.tolist() == [0]

    def test_of_nothing_but_missing_values_have_no_groups(self):
        nothing = counted([np.nan, np.nan], [0, 1])

        assert nothing.largest.size == 0
        assert equal(nothing + nothing, counted([np.nan] * 4, [0, 1, 0, 1]))


class TestLevelCounts:
    def test_of_chunks_add_up_to_those_of_the_whole(self):
        column = pd.Series(["b", "a", None, "c", "a", "d"], name="x")
        bad = np.array([1, 0, 1, 0, 1, 0], dtype=bool)

        first, second = (level_counts(column[part], (), bad[part], None) for part in
                         (slice(0, 3), slice(3, 6)))  # fmt: skip
        both = second + first

        assert both.levels == ("a", "b", "c", "d")
        assert both.groups.goods.tolist() == [1, 0, 1, 1]
        assert both.groups.bads.tolist() == [1, 1, 0, 0]
        assert both.apart.bads.tolist() == [1]


class TestValueCounts:
    @pytest.fixture
    def table(self, sample):
        X, bad = sample
        return X.assign(office=np.arange(len(X)) % 40), bad

    def test_give_the_bins_of_the_whole_from_chunks_in_any_order(self, table):
        X, bad = table
        binning = WoeBinning(special={"income": (-9.0, -8.0)}, edges={"age": (30, 50)})
        chunk = np.random.default_rng(0).integers(0, 5, len(X))
        parts = [binning.count(X[chunk == k], bad[chunk == k]) for k in (3, 0, 4, 1, 2)]

        streamed = WoeBinning().fit_counts(functools.reduce(operator.add, parts))

        assert streamed.table().equals(binning.fit(X, bad).table())
        assert streamed.edges_ == binning.edges_

    def test_take_chunks_whose_columns_are_empty_where_kinds_say_what_they_hold(self, table):
        X, bad = table
        X = X.assign(debt=X["debt"].where(np.arange(len(X)) > 999))
        binning = WoeBinning(kinds={"debt": "number", "office": "category"})
        parts = [binning.count(X[part], bad[part]) for part in (slice(0, 900), slice(900, None))]

        streamed = WoeBinning().fit_counts(parts[0] + parts[1])

        assert streamed.table().equals(binning.fit(X, bad).table())

    @pytest.mark.parametrize(
        "other",
        [
            WoeBinning(special={"age": (-1.0,)}),
            WoeBinning(kinds={"age": "category"}),
            WoeBinning(edges={"age": (30,)}),
        ],
    )
    def test_of_features_read_another_way_do_not_add_up(self, table, other):
        X, bad = table

        with pytest.raises(DataError, match=r"differ from feature 'age' on; give kinds, special"):
            WoeBinning().count(X, bad) + other.count(X, bad)

    def test_of_other_features_do_not_add_up(self, table):
        X, bad = table

        with pytest.raises(DataError, match=r"same features"):
            WoeBinning().count(X, bad) + WoeBinning().count(X.drop(columns="office"), bad)
