"""riskkit.applicants.world.spec"""

import pytest
import yaml

from riskkit.applicants.world import WorldSpec
from riskkit.errors import DataError


def read(tmp_path, **content):
    path = tmp_path / "world.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return WorldSpec.read(path)


class TestWorldSpec:
    def test_returns_from_its_file_as_it_was(self, tmp_path):
        spec = WorldSpec(months=24)

        spec.write(tmp_path / "world.yaml")

        assert WorldSpec.read(tmp_path / "world.yaml") == spec

    def test_spells_out_every_assumption(self, tmp_path):
        WorldSpec().write(tmp_path / "world.yaml")

        content = yaml.safe_load((tmp_path / "world.yaml").read_text(encoding="utf-8"))

        assert content["journey"]["exploration"] == 0.05
        assert content["risk"]["effects"]["term"]["weight"] == 0.02

    def test_keeps_the_defaults_of_what_a_file_leaves_out(self, tmp_path):
        spec = read(tmp_path, journey={"exploration": 0.1})

        assert spec.journey.exploration == 0.1
        assert spec.people == WorldSpec().people

    def test_has_three_years_of_days_all_of_them_closed(self):
        spec = WorldSpec()

        assert len(spec.days) == 366 + 2 * 365
        assert spec.days[-1].date().isoformat() == "2025-09-30"
        assert spec.last_closed.date().isoformat() == "2025-10-01"

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ({"journey": {"exploration": -0.1}}, r"journey\.exploration: .* found -0\.1"),
            ({"journey": {"timeouts": {"at_normal_load": 1.2}}}, "at_normal_load: .* found 1.2"),
            ({"jorney": {}}, "jorney: Extra inputs are not permitted"),
            (
                {"months": 12, "quiet_months": 0},
                "no window closes: window_months 12 must be below .* 12",
            ),
            (
                {"risk": {"effects": {"shoe_size": {"kind": "slope", "weight": 1}}}},
                r"risk\.effects\.shoe_size is no column; take one of age, city_tier",
            ),
            (
                {"risk": {"effects": {"channel": {"kind": "slope", "weight": 1}}}},
                r"risk\.effects\.channel must have kind: steps",
            ),
            (
                {"journey": {"incumbent": {"effects": {"age": {"kind": "steps", "weights": {}}}}}},
                r"journey\.incumbent\.effects\.age must have kind: slope",
            ),
            (
                {"risk": {"effects": {"channel": {"kind": "steps", "weights": {"fax": 1}}}}},
                r"risk\.effects\.channel\.fax is none of partner, web, app",
            ),
            (
                {"risk": {"interactions": [{"first": "age", "second": "term", "weight": 1}]}},
                r"risk\.interactions: age has no effect of its own",
            ),
            ({"risk": {"unexplained": -1}}, r"risk\.unexplained: .* found -1"),
        ],
    )
    def test_refuses_what_makes_no_world(self, tmp_path, content, problem):
        if "risk" in content and "effects" in content["risk"]:
            content["risk"]["interactions"] = []

        with pytest.raises(DataError, match=problem):
            read(tmp_path, **content)
