"""riskkit.lending.gates"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from riskkit.errors import DataError
from riskkit.lending import CAUSES, Gate, first_failing, passes


def gate(comparison, value, column="x"):
    return Gate(cause="policy", column=column, comparison=comparison, value=value)


class TestPasses:
    @pytest.mark.parametrize(
        ("comparison", "value", "expected"),
        [
            ("==", 2, [False, True, False, False]),
            ("!=", 2, [True, False, True, True]),
            ("<", 2, [True, False, False, False]),
            ("<=", 2, [True, True, False, False]),
            (">", 2, [False, False, True, False]),
            (">=", 2, [False, True, True, False]),
            ("in", (1, 3), [True, False, True, False]),
            ("not in", (1, 3), [False, True, False, True]),
        ],
    )
    def test_compares_and_treats_missing_as_stated(self, comparison, value, expected):
        table = pd.DataFrame({"x": [1.0, 2.0, 3.0, np.nan]})

        assert passes(gate(comparison, value), table).tolist() == expected

    @pytest.mark.parametrize("dtype", ["Int64", "Float64", object])
    def test_knows_missing_values_of_any_kind(self, dtype):
        table = pd.DataFrame({"x": pd.Series([1, None, 3], dtype=dtype)})

        assert passes(gate("==", 3), table).tolist() == [False, False, True]
        assert passes(gate("!=", 3), table).tolist() == [True, True, False]
        assert passes(gate("in", (3,)), table).tolist() == [False, False, True]

    def test_compares_text(self):
        table = pd.DataFrame({"x": ["passed", "failed", None]})

        assert passes(gate("!=", "failed"), table).tolist() == [True, False, True]
        assert passes(gate("==", "passed"), table).tolist() == [True, False, False]

    @given(st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=1), st.integers(0, 5))
    def test_lets_pass_exactly_one_of_a_condition_and_its_opposite(self, values, value):
        table = pd.DataFrame({"x": pd.Series(values, dtype="float64")})

        assert (passes(gate("==", value), table) != passes(gate("!=", value), table)).all()

    def test_says_which_column_is_absent(self):
        with pytest.raises(DataError, match=r"^The policy gate needs column 'income', which"):
            passes(gate("<=", 2, "income"), pd.DataFrame({"x": [1]}))

    def test_says_what_cannot_be_compared(self):
        with pytest.raises(DataError, match=r"compares column 'x' \(.*\) with 2, which cannot"):
            passes(gate("<=", 2), pd.DataFrame({"x": ["a", "b"]}))

    @pytest.mark.parametrize(
        ("values", "comparison", "value"),
        [
            (["yes", None], "==", 1),
            ([1, 0], "!=", "failed"),
            ([1.5, None], "in", ("a", "b")),
            ([True, False], "==", "yes"),
            (pd.Categorical(["yes", None]), "not in", (1, 2)),
        ],
    )
    def test_refuses_a_comparison_that_never_holds(self, values, comparison, value):
        with pytest.raises(DataError, match="which cannot be compared; write the value as"):
            passes(gate(comparison, value), pd.DataFrame({"x": values}))

    @pytest.mark.parametrize("values", [[None, None], [np.nan, np.nan], ["1", 1]])
    def test_takes_a_column_whose_type_cannot_be_told(self, values):
        assert len(passes(gate("!=", "failed"), pd.DataFrame({"x": values}))) == 2


class TestFirstFailing:
    def test_names_the_first_gate_in_order(self):
        stopped_by = first_failing(
            [
                ("system", np.array([True, False, True, True])),
                ("score", np.array([True, False, False, True])),
                ("policy", np.array([True, True, False, False])),
            ]
        )

        assert stopped_by.tolist() == [None, "system", "score", "policy"]

    def test_is_empty_without_gates(self):
        assert first_failing([]).size == 0


class TestGate:
    @pytest.mark.parametrize(
        ("comparison", "value", "wanted"),
        [("in", 1, "a list of values"), ("<", (1, 2), "one value"), ("not in", "a", "a list")],
    )
    def test_takes_a_list_for_in_and_one_value_otherwise(self, comparison, value, wanted):
        with pytest.raises(ValidationError, match=wanted):
            gate(comparison, value)

    def test_refuses_an_unknown_cause(self):
        with pytest.raises(ValidationError, match="system"):
            Gate(cause="weather", column="x", comparison="==", value=1)

    def test_asks_the_causes_in_their_fixed_order(self):
        assert CAUSES == ("system", "profile", "credit_record", "score", "policy")
