"""riskkit.applicants.derivations"""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from riskkit.applicants import Column, Derivation, Schema, following, rederived
from riskkit.errors import DataError
from riskkit.lending import fee_apr


class TestDerivation:
    def test_gives_the_apr_of_fee_and_term_and_nothing_where_one_is_missing(self):
        table = pd.DataFrame({"fee": [0.005, 0.006, 0.005, np.nan], "term": [12.0, 3, 12, 6]})
        derivation = Derivation(formula="fee_apr", columns=("fee", "term"), decimals=4)

        found = derivation.of(table)

        expected = [round(fee_apr(*pair).nominal, 4) for pair in ((0.005, 12), (0.006, 3))]
        np.testing.assert_array_equal(found, [expected[0], expected[1], expected[0], np.nan])

    @pytest.mark.parametrize(
        ("formula", "columns", "expected"),
        [
            ("instalment", ("a", "b", "c"), [1200 * (1 / 12 + 0.01), 600 * (1 / 6 + 0.02)]),
            ("sum", ("a", "b", "c"), [1200 + 12 + 0.01, 600 + 6 + 0.02]),
            ("difference", ("a", "b"), [1188, 594]),
            ("product", ("a", "b"), [14_400, 3600]),
            ("ratio", ("a", "b"), [100, 100]),
        ],
    )
    def test_agrees_with_arithmetic_by_hand(self, formula, columns, expected):
        table = pd.DataFrame({"a": [1200.0, 600], "b": [12.0, 6], "c": [0.01, 0.02]})

        found = Derivation(formula=formula, columns=columns).of(table)

        assert found == pytest.approx(expected)

    def test_misses_what_cannot_be_divided(self):
        table = pd.DataFrame({"debt": [1.0], "income": [0.0]})

        assert np.isnan(Derivation(formula="ratio", columns=("debt", "income")).of(table)).all()

    def test_refuses_another_number_of_columns(self):
        with pytest.raises(ValidationError, match="fee_apr follows from 2 columns, found 1"):
            Derivation(formula="fee_apr", columns=("term",))

    def test_refuses_a_table_without_its_columns(self):
        with pytest.raises(DataError, match=r"^The table lacks column 'b', from which"):
            Derivation(formula="sum", columns=("a", "b")).of(pd.DataFrame({"a": [1.0]}))


class TestRederived:
    DERIVED = Schema(
        columns={
            "share": Column(
                role="feature",
                kind="number",
                derived=Derivation(formula="ratio", columns=("rate", "income")),
            ),
            "rate": Column(
                role="feature",
                kind="number",
                derived=Derivation(formula="instalment", columns=("amount", "term", "fee")),
            ),
            "debt": Column(role="feature", kind="number", derived=Derivation(columns=("income",))),
            **dict.fromkeys(("amount", "term", "fee", "income"), Column(role="ignore")),
        }
    ).derived

    def test_puts_right_what_follows_by_way_of_others(self):
        table = pd.DataFrame({
            "amount": [1200.0], "term": [12.0], "fee": [0.0], "income": [1000.0],
            "rate": [-1.0], "share": [-1.0], "debt": [5.0],
        })  # fmt: skip

        found = rederived(table, self.DERIVED, changed={"term"})

        assert found["rate"].tolist() == [100.0]
        assert found["share"].tolist() == [0.1]
        assert found["debt"].tolist() == [5.0]

    def test_names_what_follows_after_what_it_follows_from(self):
        assert following(self.DERIVED, {"amount"}) == ("rate", "share")
        assert set(following(self.DERIVED, {"income"})) == {"share", "debt"}
        assert following(self.DERIVED, {"share"}) == ()

    def test_refuses_to_guess_without_a_formula(self):
        with pytest.raises(DataError, match="by a formula only"):
            rederived(pd.DataFrame({"income": [1.0]}), self.DERIVED, changed={"income"})

    @pytest.mark.parametrize(
        ("columns", "said"),
        [(("b",), "a follows from itself"), (("z",), "a is derived from z, which is no column")],
    )
    def test_is_refused_by_a_schema_where_it_cannot_hold(self, columns, said):
        first, second = (
            Column(role="ignore", derived=Derivation(formula="sum", columns=others))
            for others in (columns, ("a",))
        )

        with pytest.raises(ValidationError, match=said):
            Schema(columns={"a": first, "b": second})
