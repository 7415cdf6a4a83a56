"""riskkit.applicants.world.presets"""

import numpy as np
import pytest

from riskkit.applicants.world import PRESETS, WorldSpec, preset, with_hidden_selection
from riskkit.errors import DataError


def changed(spec, other):
    """Return the dotted keys in which two specs differ."""

    def walk(a, b, key):
        if isinstance(a, dict) and isinstance(b, dict):
            for name in {*a, *b}:
                yield from walk(a.get(name), b.get(name), f"{key}.{name}".lstrip("."))
        elif a != b:
            yield key

    return set(walk(spec.model_dump(mode="json"), other.model_dump(mode="json"), ""))


class TestPreset:
    @pytest.mark.parametrize("name", PRESETS)
    def test_returns_from_its_file_as_it_was(self, name, tmp_path):
        spec = preset(name)

        spec.write(tmp_path / "world.yaml")

        assert WorldSpec.read(tmp_path / "world.yaml") == spec

    @pytest.mark.parametrize("name", PRESETS)
    def test_covers_36_months_the_last_12_of_them_open(self, name):
        spec = preset(name)

        assert (spec.months, spec.window_months, spec.quiet_months) == (36, 12, 0)
        assert spec.last_closed == spec.days[-1] + (spec.days[1] - spec.days[0]) * (1 - 365)

    def test_says_what_each_is_in_both_languages(self):
        summaries = [preset(name).summary for name in PRESETS]

        assert all(set(summary) == {"en", "zh-CN"} for summary in summaries)
        assert len({summary["en"] for summary in summaries}) == len(PRESETS)

    @pytest.mark.parametrize(
        ("name", "keys"),
        [
            ("festival", {"calendar.festivals", "calendar.capacity", "calendar.outages",
                          "calendar.interface_changes", "calendar.timeouts.base",
                          "calendar.timeouts.partner_multiple"}),
            ("tightening", {"journey.policy.changes"}),
            ("selective", {"risk.hidden", "journey.verdicts",
                           "journey.incumbent.sees_hidden", "journey.incumbent.cutoff"}),
            ("drift", {"people.drift.creditworthiness", "people.drift.attachment",
                       "macro.loading", "macro.shock", "risk.intercept"}),
        ],
    )  # fmt: skip
    def test_differs_from_the_calm_in_what_its_name_says(self, calm, name, keys):
        assert changed(calm, preset(name)) == {"summary.en", "summary.zh-CN"} | keys

    @pytest.mark.parametrize("name", ["storm", "Calm", ""])
    def test_refuses_another_name(self, name):
        with pytest.raises(
            DataError, match=f"^There is no preset '{name}'; take one of calm, festival, tight"
        ):
            preset(name)


class TestWithHiddenSelection:
    def test_moves_the_risk_alike_under_every_dial(self, calm):
        specs = [with_hidden_selection(calm, dial) for dial in ("none", "medium", "strong")]

        assert len({(spec.risk.hidden, spec.risk.intercept) for spec in specs}) == 1
        seen = [spec.journey.incumbent.sees_hidden for spec in specs]
        assert seen[0] == 0
        assert (np.diff(seen) > 0).all()

    def test_changes_nothing_else(self, calm):
        found = changed(calm, with_hidden_selection(calm, "strong"))

        assert found == {
            "risk.hidden", "risk.intercept",
            "journey.incumbent.sees_hidden", "journey.incumbent.cutoff",
        }  # fmt: skip

    def test_may_be_turned_again(self, calm):
        once = with_hidden_selection(calm, "strong").risk

        assert with_hidden_selection(calm, "medium").risk == once

    def test_refuses_another_dial(self, calm):
        with pytest.raises(DataError, match=r"There is no dial 'weak'; take one of none, medium"):
            with_hidden_selection(calm, "weak")
