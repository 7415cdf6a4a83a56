"""riskkit.explanations.catalogue"""

from pathlib import Path

import pandas as pd
import pytest

from riskkit.applicants import Column, Schema
from riskkit.errors import DataError
from riskkit.explanations import LANGUAGES, Catalogue, check_catalogue, new_catalogue

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "sample"


def number(**details):
    return Column(role="feature", kind="number", **details)


class TestNewCatalogue:
    def test_is_complete_for_the_synthetic_world(self):
        schema = Schema.read(SAMPLE / "schema.yaml")
        applications = pd.read_parquet(SAMPLE / "applications.parquet")

        catalogue = new_catalogue(schema)

        check_catalogue(catalogue, schema)
        for name, column in schema.columns.items():
            if column.is_feature and column.kind == "category":
                levels = set(applications[name].dropna().astype(str))
                assert levels <= catalogue.levels[name].keys()
                assert all(
                    set(words) == set(LANGUAGES) for words in catalogue.levels[name].values()
                )
        for key, entry in catalogue.reasons.items():
            assert key != entry.factor["en"]  # words, not a key
            assert entry.factor["en"] != entry.factor["zh-CN"]

    def test_speaks_of_many_applicants_in_the_third_person(self):
        schema = Schema.read(SAMPLE / "schema.yaml")

        catalogue = new_catalogue(schema)

        assert catalogue.reasons["income"].factor["en"] == "Your income and work"
        assert catalogue.topic("income") == {"en": "Income and work", "zh-CN": "收入与职业情况"}
        assert catalogue.topic("overdue") == catalogue.reasons["overdue"].factor
        for key in catalogue.reasons:
            topic = catalogue.topic(key)
            assert not {"you", "your"} & set(topic["en"].casefold().split())
            assert "您" not in topic["zh-CN"]

    def test_calls_other_reasons_by_the_label_of_their_first_feature(self):
        columns = {
            "a": number(reason="debts", label={"en": "Debt A"}),
            "b": number(reason="debts", label={"en": "Debt B"}),
        }

        entry = new_catalogue(Schema(columns=columns)).reasons["debts"]

        assert entry.factor == {"en": "Debt A", "zh-CN": "a"}
        assert entry.advice == {}

    @pytest.mark.parametrize(
        ("worse", "advice"),
        [
            ("higher", "A lower value can help: x."),
            ("lower", "A higher value can help: x."),
            ("none", "This is something you can change: x."),
        ],
    )
    def test_advises_in_the_direction_that_helps(self, worse, advice):
        schema = Schema(columns={"x": number(worse=worse, actionable=True)})

        assert new_catalogue(schema).reasons["x"].advice["en"] == advice

    def test_advises_nothing_where_nothing_can_be_changed(self):
        assert new_catalogue(Schema(columns={"inquiries": number()})).reasons[
            "inquiries"
        ].advice == {}  # fmt: skip

    def test_survives_writing_and_editing(self, tmp_path):
        catalogue = new_catalogue(Schema(columns={"inquiries": number(actionable=True)}))

        catalogue.write(tmp_path / "reasons.yaml")

        assert Catalogue.read(tmp_path / "reasons.yaml") == catalogue


class TestCheckCatalogue:
    def test_lists_all_missing_words_at_once(self):
        schema = Schema(columns={"a": number(), "b": number(actionable=True), "c": number()})
        catalogue = Catalogue(reasons={
            "a": {"factor": {"en": "A"}}, "b": {"factor": {"en": "B", "zh-CN": "乙"}},
        })  # fmt: skip

        with pytest.raises(
            DataError,
            match=r"lacks words for 4 keys of the schema: a\.factor\.zh-CN, b\.advice\.en, "
            r"b\.advice\.zh-CN, c\.$",
        ):
            check_catalogue(catalogue, schema)


class TestLevel:
    def test_writes_an_unknown_level_as_it_stands(self):
        catalogue = Catalogue(reasons={}, levels={"job": {"cook": {"en": "kitchen work"}}})

        assert catalogue.level("job", "cook") == {"en": "kitchen work", "zh-CN": "cook"}
        assert catalogue.level("job", "pilot")["en"] == "pilot"
