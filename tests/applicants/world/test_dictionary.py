"""riskkit.applicants.world.dictionary"""

from pathlib import Path

import pytest

from riskkit._records import as_record
from riskkit.applicants import Schema, as_history
from riskkit.applicants.world import data_dictionary, draw_applicants, world_schema
from riskkit.applicants.world.dictionary import words
from riskkit.errors import DataError

SYNTHETIC = Path(__file__).parents[3] / "data" / "synthetic"
OWN = {"marginal": {"kind": "share", "a": 1, "b": 3}, "loadings": {"stability": 0.2}}


@pytest.fixture(scope="module")
def wider(calm):
    columns = calm.model_dump(mode="json")["people"]["columns"]
    return calm.with_settings({"people.columns": columns | {"gift_share": OWN}})


class TestWorldSchema:
    def test_names_the_columns_of_the_applications_in_order(self, world):
        assert list(world.schema.columns) == list(world.applications.columns)

    def test_returns_from_its_file_as_it_was(self, calm, tmp_path):
        schema = world_schema(calm)

        schema.write(tmp_path / "schema.yaml")

        assert Schema.read(tmp_path / "schema.yaml") == schema

    def test_has_words_in_both_languages_for_every_column(self, calm):
        for column in world_schema(calm).columns.values():
            assert set(column.label) == {"en", "zh-CN"}

    def test_takes_directions_from_the_true_effects(self, calm):
        spec = calm.with_settings(
            {
                "risk.effects": {
                    "income": {"kind": "slope", "weight": 0.2},
                    "term": {"kind": "slope", "weight": 0},
                    "utilisation": {"kind": "slope", "weight": -1},
                },
                "risk.interactions": [],
            }
        )

        schema = world_schema(spec)

        assert schema.directions == {"income": "higher", "utilisation": "lower"}

    def test_offers_at_least_thirty_features_of_both_kinds(self, world):
        kinds = [world.schema.columns[name].kind for name in world.schema.features]

        assert len(kinds) >= 30
        assert kinds.count("number") >= 20
        assert kinds.count("category") >= 5

    def test_offers_no_truth_and_no_protected_column_to_a_model(self, world):
        features = world.schema.features

        assert not [name for name in world.applications if name.startswith("truth_")]
        assert not {"age", "age_band", "sex", "propensity", "approved", "bad"} & set(features)

    @pytest.mark.parametrize("name", ["truth_pd", "truth_hidden", "truth_incumbent_score"])
    def test_would_refuse_the_truth_as_a_feature(self, calm, name):
        content = world_schema(calm).model_dump(mode="json")
        label = {"en": "Not for models"}
        content["columns"][name] = {"role": "feature", "kind": "number", "label": label}

        with pytest.raises(DataError, match=f"{name} holds the truth and may only have role ign"):
            as_record(Schema, content, source="schema.yaml")

    @pytest.mark.slow
    def test_is_accepted_with_a_column_of_ones_own(self, wider):
        drawn = draw_applicants(wider, 5_000, seed=1)

        history = as_history(drawn.applications, drawn.schema)

        assert drawn.applications.columns[-1] == "gift_share"
        assert drawn.applications["gift_share"].between(0, 1).all()
        assert "gift_share" in history.applications.features

    def test_leaves_out_what_a_spec_does_not_draw(self, calm):
        columns = calm.model_dump(mode="json")["people"]["columns"]
        del columns["membership"], columns["reviews_12m"]
        effects = calm.model_dump(mode="json")["risk"]["effects"]
        del effects["membership"]

        schema = world_schema(
            calm.with_settings({"people.columns": columns, "risk.effects": effects})
        )

        assert not {"membership", "reviews_12m"} & set(schema.columns)
        assert {"apr", "applied_hour", "age_band"} <= set(schema.columns)


class TestDataDictionary:
    def test_names_every_column_of_both_tables(self, world):
        text = data_dictionary(world.schema)

        for name in (*world.applications.columns, *world.truth.columns):
            assert f"| `{name}` |" in text

    def test_describes_no_column_that_is_not_there(self, world):
        assert list(words()["applications"]) == list(world.applications.columns)
        assert list(words()["truth"]) == list(world.truth.columns)

    def test_says_which_way_is_worse_of_features_alone(self, world):
        rows = {line.split("|")[1].strip(" `"): line for line in
                data_dictionary(world.schema).splitlines() if line.startswith("| `")}  # fmt: skip

        assert "| feature | CNY per month | lower | Monthly income | 月收入 |" in rows["income"]
        assert "| amount, feature | CNY | higher |" in rows["amount"]
        assert "| bad | 0/1 |  |" in rows["bad"]

    def test_stands_in_the_readme_of_the_sample(self, calm):
        text = (SYNTHETIC / "README.md").read_text(encoding="utf-8")

        assert data_dictionary(world_schema(calm)) in text
