"""riskkit.bundle.seals"""

import json

import pytest

from riskkit.bundle import check_seal, kind_of, seal, seal_hash
from riskkit.bundle.seals import read_json, sealed_with
from riskkit.errors import DataError


@pytest.fixture
def sealed(tmp_path):
    (tmp_path / "scorer").mkdir()
    (tmp_path / "scorer" / "trees.txt").write_text("trees")
    (tmp_path / "schema.yaml").write_text("columns: {}")
    seal(tmp_path, kind="model")
    return tmp_path


class TestCheckSeal:
    def test_passes_what_was_sealed(self, sealed):
        check_seal(sealed, kind="model")

    def test_names_what_is_missing_altered_or_added(self, sealed):
        (sealed / "scorer" / "trees.txt").unlink()
        (sealed / "schema.yaml").write_text("columns: {x: {}}")
        (sealed / "virus.txt").write_text("")

        with pytest.raises(
            DataError,
            match=r"missing: scorer/trees\.txt; altered: schema\.yaml; added: virus\.txt",
        ):
            check_seal(sealed, kind="model")

    def test_tells_a_model_from_a_policy(self, sealed):
        with pytest.raises(DataError, match="is a model folder, but a policy folder is needed"):
            check_seal(sealed, kind="policy")

    def test_says_what_makes_the_folder_that_is_wanted(self, tmp_path):
        with pytest.raises(DataError, match=r"is not a policy folder; `riskkit tune` makes one"):
            check_seal(tmp_path, kind="policy")

    def test_refuses_a_manifest_of_something_else(self, tmp_path):
        (tmp_path / "manifest.json").write_text('{"name": "my web page"}')

        with pytest.raises(DataError, match="is not a model folder"):
            check_seal(tmp_path, kind="model")

    @pytest.mark.parametrize("content", ['{"kind": "model"}', '{"kind": "model", "files": 3}'])
    def test_refuses_a_manifest_without_files(self, tmp_path, content):
        (tmp_path / "manifest.json").write_text(content)

        with pytest.raises(DataError, match="is not a model folder"):
            check_seal(tmp_path, kind="model")

    def test_names_what_is_wrong_with_a_damaged_manifest(self, sealed):
        manifest = json.loads((sealed / "manifest.json").read_text())
        (sealed / "manifest.json").write_text(json.dumps(manifest | {"files": {"a": 3}}))

        with pytest.raises(DataError, match=r"its manifest is damaged\. .*json: files\.a: "):
            check_seal(sealed, kind="model")


class TestKindOf:
    @pytest.mark.parametrize("kind", ["model", "policy"])
    def test_is_what_was_sealed(self, tmp_path, kind):
        seal(tmp_path, kind=kind)

        assert kind_of(tmp_path) == kind

    @pytest.mark.parametrize(
        "content",
        [
            "[]",
            "{",
            '{"kind": ["model"], "riskkit": "1", "files": {}}',
            '{"kind": "model", "files": {}}',
            '{"kind": "web page", "riskkit": "1", "files": {}}',
        ],
    )
    def test_refuses_a_damaged_manifest(self, tmp_path, content):
        (tmp_path / "manifest.json").write_text(content)

        with pytest.raises(DataError, match="is not a model or policy folder, or its manifest is"):
            kind_of(tmp_path)

    def test_names_both_commands_that_make_one(self, tmp_path):
        with pytest.raises(DataError, match=r"`riskkit train` or `riskkit tune` makes one\.$"):
            kind_of(tmp_path)


class TestSealedWith:
    @pytest.mark.parametrize("versions", [3, {"python": 3}])
    def test_refuses_versions_that_are_none(self, sealed, versions):
        manifest = json.loads((sealed / "manifest.json").read_text())
        (sealed / "manifest.json").write_text(json.dumps(manifest | {"versions": versions}))

        with pytest.raises(DataError, match="its manifest is damaged"):
            sealed_with(sealed)


class TestSealHash:
    def test_changes_with_any_file(self, sealed):
        before = seal_hash(sealed)

        (sealed / "schema.yaml").write_text("columns: {x: {}}")
        seal(sealed, kind="model")

        assert seal_hash(sealed) != before


class TestReadJson:
    def test_refuses_what_is_not_json(self, tmp_path):
        (tmp_path / "report.json").write_text("{")

        with pytest.raises(DataError, match=r"report\.json cannot be read as JSON"):
            read_json(tmp_path / "report.json")

    def test_refuses_what_is_no_object(self, tmp_path):
        (tmp_path / "report.json").write_text("[]")

        with pytest.raises(DataError, match=r"must hold a JSON object, but holds a list"):
            read_json(tmp_path / "report.json")
