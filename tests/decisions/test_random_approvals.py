"""riskkit.decisions.random_approvals"""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from riskkit.decisions import Exploration
from riskkit.errors import DataError

BANDS = [
    {"pd_up_to": 0.1, "share": 0.2},
    {"pd_up_to": 0.2, "share": 0.0},
    {"pd_up_to": 0.3, "share": 0.05},
]
PDS = np.array([0.05, 0.1, 0.15, 0.3, 0.31])


class TestExploration:
    def test_has_one_share_up_to_a_pd(self):
        alike = Exploration(share=0.1, up_to=0.1)

        assert alike.propensities(PDS).tolist() == [0.1, 0.1, 0, 0, 0]
        assert alike.reach == 0.1

    def test_has_a_share_for_each_band(self):
        banded = Exploration(bands=BANDS)

        assert banded.propensities(PDS).tolist() == [0.2, 0.2, 0, 0.05, 0]
        assert banded.reach == 0.3

    def test_reaches_no_further_than_somebody_is_drawn(self):
        assert Exploration(bands=[*BANDS, {"pd_up_to": 0.9, "share": 0}]).reach == 0.3

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ({}, "either share and up_to, or bands"),
            ({"share": 0.1}, "either share and up_to, or bands"),
            ({"share": 0.1, "up_to": 0.2, "bands": BANDS}, "either share and up_to, or bands"),
            ({"bands": BANDS[::-1]}, "must rise"),
            ({"bands": [BANDS[1]]}, "at least one band must have a share above 0"),
            ({"bands": [{"pd_up_to": 0.1, "share": 1.2}]}, "share"),
        ],
    )
    def test_refuses_what_cannot_be_drawn(self, content, words):
        with pytest.raises(ValidationError, match=words):
            Exploration(**content)

    def test_reads_a_plan(self, tmp_path):
        path = tmp_path / "plan.csv"
        plan = pd.DataFrame(BANDS).rename(columns={"share": "propensity"}).assign(price=1.0)
        plan.to_csv(path, index=False)

        assert Exploration.read_plan(path, seed=3) == Exploration(bands=BANDS, seed=3)

    def test_draws_nobody_below_the_first_band_of_a_plan(self, tmp_path):
        path = tmp_path / "plan.csv"
        path.write_text("pd_above,pd_up_to,propensity\n0.08,0.1,0.2\n0.1,0.3,0.05\n")

        found = Exploration.read_plan(path)

        pds = np.array([0.02, 0.08, np.nextafter(0.08, 1), 0.1, 0.2, 0.31])
        assert found.propensities(pds).tolist() == [0, 0, 0.2, 0.2, 0.05, 0]

    @pytest.mark.parametrize("start", ["0", "0.0"])
    def test_needs_no_band_below_a_plan_from_0(self, tmp_path, start):
        path = tmp_path / "plan.csv"
        path.write_text(f"pd_above,pd_up_to,propensity\n{start},0.1,0.2\n")

        assert [band.pd_up_to for band in Exploration.read_plan(path).bands] == [0.1]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("pd_up_to,share\n0.1,0.2\n", "must have the columns pd_up_to and .* lacks propensity"),
            ("pd_up_to,propensity\n0.1,x\n", "plan.csv: .*share"),
            ("pd_above,pd_up_to,propensity\nx,0.1,0.2\n", "plan.csv: .*pd_up_to"),
            ("pd_above,pd_up_to,propensity\n,0.1,0.2\n", "plan.csv: .*pd_up_to"),
            ("pd_above,pd_up_to,propensity\n0.2,0.1,0.2\n", "must rise"),
            ("pd_above,pd_up_to,propensity\n", "plan.csv: "),
            ("", "cannot be read as a CSV"),
            (None, "cannot be read as a CSV"),
        ],
    )
    def test_refuses_what_is_no_plan(self, tmp_path, text, words):
        path = tmp_path / "plan.csv"
        if text is not None:
            path.write_text(text)

        with pytest.raises(DataError, match=words):
            Exploration.read_plan(path)
