"""riskkit.applicants.schema"""

from datetime import date

import pytest
from pydantic import ValidationError

from riskkit.applicants import Column, Schema
from riskkit.errors import DataError


def number(**settings):
    return Column(role="feature", kind="number", **settings)


class TestColumn:
    def test_is_a_feature_by_its_role_or_when_it_says_so(self):
        assert number().is_feature
        assert Column(role="amount", kind="number", feature=True).is_feature
        assert not Column(role="amount").is_feature
        assert not Column(role="protected", kind="category").is_feature

    @pytest.mark.parametrize(
        ("settings", "rule"),
        [
            ({"role": "feature"}, "a feature needs kind"),
            ({"role": "amount", "feature": True}, "a feature needs kind"),
            ({"role": "id", "kind": "number", "feature": True}, "does not go with role id"),
            ({"role": "verdict"}, "names its gate"),
            ({"role": "ignore", "gate": "score"}, "names its gate"),
            ({"role": "colour"}, "Input should be 'id', 'customer'"),
            ({"role": "feature", "kind": "number", "worse": "up"}, "'higher', 'lower' or 'none'"),
            ({"role": "id", "rol": 1}, "Extra inputs"),
        ],
    )
    def test_refuses_what_contradicts_itself(self, settings, rule):
        with pytest.raises(ValidationError, match=rule):
            Column(**settings)

    def test_takes_the_gate_of_a_verdict(self):
        assert Column(role="verdict", gate="profile").gate == "profile"


class TestInteractions:
    def test_are_those_of_the_features_that_have_rules(self):
        schema = Schema(
            columns={
                "age": Column(role="feature", kind="number", interacts_with=()),
                "debt": Column(role="feature", kind="number", interacts_with=("income",)),
                "income": number(),
            }
        )

        assert schema.interactions == {"age": (), "debt": ("income",)}

    def test_are_with_features_only(self):
        with pytest.raises(ValueError, match="debt may interact with city, which is no feature"):
            Schema(
                columns={
                    "debt": Column(role="feature", kind="number", interacts_with=("city",)),
                    "city": Column(role="segment"),
                }
            )
        with pytest.raises(ValueError, match="interacts_with goes with features only"):
            Column(role="id", interacts_with=())


class TestSchema:
    def test_knows_its_columns_by_role_in_table_order(self):
        schema = Schema(
            columns={
                "income": number(),
                "loan": Column(role="id"),
                "city": Column(role="segment", kind="category", feature=True),
                "tier": Column(role="segment"),
            }
        )

        assert schema.features == ("income", "city")
        assert schema.having("segment") == ("city", "tier")
        assert schema.the("id") == "loan"
        assert schema.the("time") is None
        assert schema.need("id") == "loan"

    def test_tells_directions_codes_and_reasons_of_features_only(self):
        schema = Schema(
            columns={
                "income": number(worse="lower", special=(-9.0,), reason="low_income"),
                "debt": number(worse="higher"),
                "city": number(),
                "old": Column(role="ignore", worse="higher", special=(-1.0,)),
            }
        )

        assert schema.directions == {"income": "lower", "debt": "higher"}
        assert schema.special == {"income": (-9.0,)}
        assert schema.reasons == {"income": "low_income", "debt": "debt", "city": "city"}

    def test_says_which_role_is_needed(self):
        with pytest.raises(DataError, match=r"needs a column with role bad; none has it\.$"):
            Schema(columns={"x": number()}).need("bad")

    @pytest.mark.parametrize(
        ("settings", "rule"),
        [
            (
                {"columns": {"a": Column(role="id"), "b": Column(role="id")}},
                "role id belongs to one column, found a, b",
            ),
            ({"columns": {"truth_pd": number()}}, "truth_pd holds the truth"),
            (
                {"columns": {"x": number()}, "observed_at": date(2024, 1, 1)},
                "observed_at needs a column with role time",
            ),
            ({"columns": {}, "window_months": 0}, "greater than 0"),
        ],
    )
    def test_refuses_what_contradicts_itself(self, settings, rule):
        with pytest.raises(ValidationError, match=rule):
            Schema(**settings)

    def test_lets_the_truth_be_ignored(self):
        assert Schema(columns={"truth_bad": Column(role="ignore")}).features == ()


class TestReadAndWrite:
    def test_are_each_others_inverse(self, tmp_path):
        schema = Schema(
            observed_at=date(2024, 6, 30),
            window_months=6,
            columns={
                "yes": Column(role="time", note="a name that YAML must quote"),
                "1": number(special=(-9.0, "n/a"), label={"en": "Income", "zh-CN": "收入"}),
                "status": Column(role="bad", bad_value="Charged Off"),
                "ok": Column(role="approved", approved_value=2),
                "kyc": Column(role="verdict", gate="profile"),
            },
        )

        schema.write(tmp_path / "schema.yaml")

        assert Schema.read(tmp_path / "schema.yaml") == schema

    @pytest.mark.parametrize("value", ["1", 1, 1.5, True, "yes", "是"])
    def test_keep_the_type_of_an_outcome(self, tmp_path, value):
        schema = Schema(columns={"y": Column(role="bad", bad_value=value)})

        schema.write(tmp_path / "schema.yaml")

        found = Schema.read(tmp_path / "schema.yaml").columns["y"].bad_value
        assert found == value
        assert type(found) is type(value)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("columns: [", "is not valid YAML"),
            (
                "columns:\n  x: {role: colour}",
                r"columns\.x\.role: Input should be .* found 'colour'",
            ),
            ("columns:\n  x: {role: feature}", r"columns\.x: a feature needs kind"),
            ("columns:\n  x: {role: id}\n  y: {role: id}", "role id belongs to one column"),
            ("columns:\n  x: {role: id}\n  x: {role: bad}", "key 'x' stands twice"),
            ("rows: 3", "columns: Field required"),
            ("", "as a whole: Input should be"),
        ],
    )
    def test_say_what_is_wrong_with_a_file(self, tmp_path, text, problem):
        (tmp_path / "schema.yaml").write_text(text)

        with pytest.raises(DataError, match=rf"schema\.yaml.*{problem}"):
            Schema.read(tmp_path / "schema.yaml")

    def test_say_that_a_file_is_absent(self, tmp_path):
        with pytest.raises(DataError, match="does not exist"):
            Schema.read(tmp_path / "schema.yaml")
