"""riskkit.applicants.world.dictionary"""

from pathlib import Path

from riskkit.applicants import Schema, as_history
from riskkit.applicants.world import Risk, Slope, WorldSpec, data_dictionary, world_schema

SYNTHETIC = Path(__file__).parents[3] / "data" / "synthetic"


class TestWorldSchema:
    def test_names_the_columns_of_the_applications_in_order(self, world):
        assert list(world.schema.columns) == list(world.applications.columns)

    def test_is_accepted_with_its_table_as_a_history(self, world):
        history = as_history(world.applications, world.schema)

        assert history.is_selective
        assert history.matured.all()
        assert history.reached.sum() == world.applications["propensity"].notna().sum()

    def test_returns_from_its_file_as_it_was(self, tmp_path):
        schema = world_schema(WorldSpec())

        schema.write(tmp_path / "schema.yaml")

        assert Schema.read(tmp_path / "schema.yaml") == schema

    def test_has_words_in_both_languages_for_every_column(self):
        for column in world_schema(WorldSpec()).columns.values():
            assert set(column.label) == {"en", "zh-CN"}

    def test_takes_directions_from_the_true_effects(self):
        effects = {"income": Slope(weight=0.2), "term": Slope(weight=0)}

        schema = world_schema(WorldSpec(risk=Risk(effects=effects, interactions=())))

        assert schema.directions == {"income": "higher"}

    def test_offers_no_truth_and_no_protected_column_to_a_model(self, world):
        assert not [name for name in world.applications if name.startswith("truth_")]
        assert "age" not in world.schema.features
        assert len(world.schema.features) == 15


class TestDataDictionary:
    def test_names_every_column_of_both_tables(self, world):
        text = data_dictionary(world.schema)

        for name in (*world.applications.columns, *world.truth.columns):
            assert f"| `{name}` |" in text

    def test_stands_in_the_readme_of_the_sample(self):
        text = (SYNTHETIC / "README.md").read_text(encoding="utf-8")

        assert data_dictionary(world_schema(WorldSpec())) in text
