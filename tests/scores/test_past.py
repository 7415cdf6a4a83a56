"""riskkit.scores.past"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import as_history
from riskkit.applicants.world import draw_applicants, preset
from riskkit.errors import DataError
from riskkit.scores import PastApplicants, Scorecard, known_only, with_past_decision

FOUR = {
    "X": pd.DataFrame({"x": [1.0, 2, 3, 4]}),
    "bad": [0, 1, 0, np.nan],
    "approved": [1, 1, 1, 0],
}


class TestPastApplicants:
    def test_of_a_history_are_those_at_the_score_gate_in_closed_windows(self):
        world = draw_applicants(preset("calm"), 2000, seed=1)
        history = as_history(world.applications, world.schema)

        past = PastApplicants.of(history)

        rows = history.reached & history.matured
        assert len(past.X) == rows.sum() < 2000
        assert np.array_equal(past.bad, history.bad[rows], equal_nan=True)
        assert np.isfinite(past.propensity).all()
        assert (past.time == history.applications.time[rows]).all()
        assert past.n_open == (history.reached & ~history.matured).sum() > 0

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                {"bad": [np.nan] * 4, "approved": [0] * 4},
                r"none has an outcome and 0 were approved",
            ),
            (
                {"bad": [1, 1, np.nan, np.nan], "approved": [1, 1, 0, 0]},
                r"its 2 known values are all 1\.",
            ),
            ({"bad": [0, 1, 2, np.nan]}, r"^bad must hold only 0 and 1"),
            ({"bad": [0, 1, 0, 1]}, r"^bad must be missing for whoever was not approved"),
            ({"bad": [0, 1, np.nan, np.nan]}, r"^bad must be known .* 1 of 3 .* row 2\."),
            ({"bad": [0, 1], "approved": [1, 1]}, r"^bad must have one value per row of X"),
            ({"propensity": [1, 1, 0, 0]}, r"^propensity must lie above 0 where"),
            ({"propensity": [1, 1, 1, -0.1]}, r"^propensity must hold only values from 0 to 1"),
            ({"time": [1, 2, 3]}, r"bad \(4,\), time \(3,\)"),
            ({"weight": [0, 0, 0, 0]}, r"^weight must be positive, but 4 of 4 .* row 0\."),
            ({"weight": [1, 1, 1, np.inf]}, r"^weight must hold only finite"),
        ],
    )
    def test_bad_input_is_named(self, change, message):
        with pytest.raises(DataError, match=message):
            known_only(PastApplicants(**(FOUR | change)), Scorecard())

    def test_an_infinite_feature_is_named(self):
        X = pd.DataFrame({"x": np.append(np.arange(39.0), np.inf)})
        past = PastApplicants(X=X, bad=[0, 1] * 20, approved=[1] * 40)

        with pytest.raises(DataError, match=r"'x' must hold finite numbers.* row 39"):
            known_only(past, Scorecard())


class TestWithPastDecision:
    def test_adds_a_category(self):
        table = with_past_decision(FOUR["X"], passed=[1, 0, 1, 0])

        assert table["past decision"].tolist() == ["passed", "stopped", "passed", "stopped"]
        assert "past decision" not in FOUR["X"]

    def test_bad_input_is_named(self):
        with pytest.raises(DataError, match=r"^passed must have one value per row"):
            with_past_decision(FOUR["X"], passed=[1])
        with pytest.raises(DataError, match=r"^X must not have a column 'past decision' yet"):
            with_past_decision(with_past_decision(FOUR["X"], passed=[1] * 4), passed=[1] * 4)
