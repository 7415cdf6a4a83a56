"""riskkit._checks"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskkit._checks import as_finite, as_flags, as_fractions, check_open_fraction, check_shapes
from riskkit.errors import DataError


class TestAsFlags:
    def test_reads_numbers_and_booleans_alike(self):
        approved, bad = as_flags(approved=[1, 0, 1.0], bad=[True, False, True])

        assert approved.tolist() == [True, False, True]
        assert bad.tolist() == [True, False, True]

    def test_names_the_column_the_count_and_the_first_wrong_value(self):
        with pytest.raises(
            DataError,
            match=r"^bad must hold only 0 and 1, but 2 of 4 values do not; "
            r"the first is nan in row 1\.$",
        ):
            as_flags(approved=[1, 1, 1, 1], bad=[0, np.nan, 1, 2])

    def test_refuses_columns_of_different_length(self):
        with pytest.raises(DataError, match=r"one length, got shapes: approved \(2,\), bad \(3,\)"):
            as_flags(approved=[1, 0], bad=[1, 0, 1])

    def test_takes_empty_columns(self):
        assert as_flags(approved=[], bad=[])[0].size == 0


class TestAsFractions:
    @given(st.lists(st.floats(0, 1), min_size=1))
    def test_keeps_every_fraction(self, values):
        (fractions,) = as_fractions(pds=values)

        assert fractions.tolist() == values

    @pytest.mark.parametrize("wrong", [-0.01, 1.01, np.nan, np.inf])
    def test_refuses_what_is_no_fraction(self, wrong):
        with pytest.raises(DataError, match=r"^pds must hold only values from 0 to 1, but 1 of 2"):
            as_fractions(pds=[0.5, wrong])


class TestAsFinite:
    def test_returns_floats(self):
        (amounts,) = as_finite(amount=[1, 2])

        assert amounts.dtype == np.float64

    @pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
    def test_refuses_what_is_not_finite(self, wrong):
        with pytest.raises(DataError, match=r"^amount must hold only finite numbers.* in row 1\.$"):
            as_finite(amount=[0.0, wrong])


class TestCheckOpenFraction:
    def test_lets_pass_what_lies_inside(self):
        check_open_fraction(confidence=0.95, limit=1e-9)

    @pytest.mark.parametrize("wrong", [0, 1, -0.5, 2, float("nan")])
    def test_names_the_argument_and_the_value(self, wrong):
        with pytest.raises(DataError, match=rf"^confidence must lie .* but is {wrong}\.$"):
            check_open_fraction(confidence=wrong)


class TestCheckShapes:
    def test_refuses_a_table_where_a_column_belongs(self):
        with pytest.raises(DataError, match=r"Expected 1-d columns.* pds \(2, 2\)\.$"):
            check_shapes({"pds": np.ones((2, 2))})

    def test_lets_columns_of_one_length_pass(self):
        check_shapes({"a": np.ones(2), "b": np.zeros(2)})
