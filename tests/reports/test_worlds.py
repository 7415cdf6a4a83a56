"""riskkit.reports.worlds and riskkit.reports.world_figures"""

import pytest

from riskkit.applicants.world import PRESETS, draw_applicants, preset
from riskkit.reports import save_figure, world_figure, world_words


def told(spec):
    return "\n".join(world_words(spec, draw_applicants(spec, 500, seed=1).counts))


class TestWorldWords:
    def test_begins_with_the_summary_of_a_preset(self):
        spec = preset("festival")

        assert told(spec).startswith(spec.summary["en"])

    def test_names_what_is_special_about_each_world(self):
        assert "+45 points from 2025-04-01" in told(preset("tightening"))
        assert "selection is hidden" in told(preset("selective"))
        assert "in a shock of 3.9 sd from January 2025" in told(preset("drift"))
        assert "11.11 (8 times)" in told(preset("festival"))
        assert "given the columns, selection is at random" in told(preset("calm"))

    def test_says_what_is_not_there(self):
        bare = preset("calm").with_settings(
            {
                "summary": {},
                "journey.exploration": 0,
                "calendar.festivals": [],
                "calendar.outages": [],
                "calendar.interface_changes": [],
            }
        )
        words = told(bare)

        assert words.startswith("They apply from")
        assert "Outages: none. Partners whose interface broke: none." in words
        assert "Nobody is approved at random" in words

    def test_tells_a_world_without_goods_and_approvals(self):
        spec = preset("calm")
        nobody = {"applicants": 10, "goods": 0, "bads": 10}

        assert world_words(spec, nobody)[-1] == "Nobody in it is good."


class TestWorldFigure:
    @pytest.mark.slow
    @pytest.mark.parametrize("name", PRESETS)
    def test_draws_four_panels(self, name, tmp_path):
        spec = preset(name)

        figure = world_figure(spec, draw_applicants(spec, 5_000, seed=1), title=name)
        save_figure(figure, tmp_path / "world.png")

        assert len(figure.axes) == 4
        assert figure.axes[1].get_title(loc="left").startswith("Stopped by")
        assert (tmp_path / "world.png").stat().st_size > 20_000
