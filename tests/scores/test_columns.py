"""riskkit.scores.columns"""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from riskkit.errors import DataError
from riskkit.scores.columns import Coding, as_table, kinds_of, learn_coding, short_edge


class TestCoding:
    def test_gives_every_number_its_bin(self):
        coding = Coding(name="x", kind="number", edges=np.array([1.0, 2.0]), special=(-9.0,))

        codes = coding.codes(pd.Series([0.5, 1.0, 1.5, 2.0, 3.0, -9.0, np.nan]))

        assert codes.tolist() == [0, 0, 1, 1, 2, 3, 4]
        assert coding.labels == ("<= 1", "(1, 2]", "> 2", "code -9.0", "(missing)")

    def test_gives_every_level_its_code(self):
        coding = Coding(name="x", kind="category", edges=np.empty(0), levels=("1", "b"))

        codes = coding.codes(pd.Series(["b", 1, "z", None], dtype=object))

        assert codes.tolist() == [1, 0, 2, 3]
        assert coding.labels == ("1", "b", "(other levels)", "(missing)")

    def test_reads_numbers_as_levels_like_text(self):
        coding = Coding(name="x", kind="category", edges=np.empty(0), levels=("1", "2"))

        assert coding.codes(pd.Series([2.0, 1.0, np.nan])).tolist() == [1, 0, 3]

    def test_names_one_bin_for_what_has_no_edges(self):
        assert Coding(name="x", kind="number", edges=np.empty(0)).labels == (
            "any number",
            "(missing)",
        )


class TestLearnCoding:
    def test_keeps_every_value_of_a_number_with_few(self):
        coding = learn_coding(pd.Series([3.0, 1, 2, 2, np.nan, -9]), "number", (-9.0,))

        assert coding.edges.tolist() == [1, 2]

    def test_cuts_a_number_into_200_bins_of_equal_size(self):
        coding = learn_coding(pd.Series(np.random.default_rng(0).normal(size=20_000)), "number", ())

        counts = np.bincount(coding.codes(pd.Series(np.random.default_rng(0).normal(size=20_000))))
        assert len(counts) == 200
        assert counts.min() >= 98


class TestShortEdge:
    @given(low=st.floats(-1e300, 1e300), factor=st.floats(1e-17, 3))
    def test_parts_the_same_values_as_the_lower_one(self, low, factor):
        high = max(np.nextafter(low, np.inf), low + abs(low) * factor)

        edge = short_edge(low, high)

        assert low <= edge < high

    @pytest.mark.parametrize(
        ("low", "high", "edge"),
        [(2, 3, 2), (1999, 2026, 2000), (0.1 + 0.2, 0.31, 0.305), (1.23456, 1.99, 1.6),
         (1.0, np.nextafter(1, 2), 1), (np.nextafter(1, 2), np.nextafter(1, 2) * 1.5, 1.3)],
    )  # fmt: skip
    def test_is_short(self, low, high, edge):
        assert short_edge(low, high) == pytest.approx(edge, rel=0.06)
        assert len(repr(short_edge(low, high))) <= 6

    def test_is_the_lower_one_where_nothing_lies_between(self):
        low = 1 / 3

        assert short_edge(low, np.nextafter(low, 1)) == low


class TestAsTable:
    def test_names_the_columns_of_an_array(self):
        assert as_table(np.ones((2, 2))).columns.tolist() == ["x0", "x1"]

    def test_takes_whatever_converts_to_pandas(self):
        class Table:
            def to_pandas(self):
                return pd.DataFrame({"a": [1.0]})

        assert as_table(Table()).columns.tolist() == ["a"]

    def test_refuses_sparse_data_and_names_that_are_not_text(self):
        with pytest.raises(DataError, match="sparse"):
            as_table(scipy.sparse.eye(2))
        with pytest.raises(DataError, match="as text, but has 7"):
            as_table(pd.DataFrame({"a": [1], 7: [2]}))


class TestKindsOf:
    def test_tells_numbers_from_categories(self):
        table = pd.DataFrame(
            {
                "float": [1.0, np.nan],
                "bool": [True, False],
                "nullable": pd.array([1, None], dtype="Int64"),
                "object": pd.Series([1, None], dtype=object),
                "text": ["a", None],
                "category": pd.Categorical([1, 2]),
                "mixed": pd.Series([1, "a"], dtype=object),
            }
        )

        kinds = kinds_of(table)

        assert [name for name, kind in kinds.items() if kind == "number"] == [
            "float", "bool", "nullable", "object",
        ]  # fmt: skip

    @pytest.mark.parametrize("values", [[1j], [pd.Timedelta(days=1)]])
    def test_refuses_times_and_complex_numbers(self, values):
        with pytest.raises(DataError, match=r"^Column 'a' holds .* numbers or text"):
            kinds_of(pd.DataFrame({"a": values}))
