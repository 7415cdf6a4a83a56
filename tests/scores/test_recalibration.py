"""riskkit.scores.recalibration"""

import numpy as np
import pytest
from scipy.special import logit
from sklearn.exceptions import NotFittedError

from riskkit.errors import DataError
from riskkit.scores import (
    BoostedScorer,
    Line,
    Scorecard,
    load_scorer,
    offset_line,
    recalibrated,
    save_scorer,
)


def log_odds(scorer, X):
    return logit(scorer.predict_proba(X)[:, 1])


class TestRecalibrated:
    def test_moves_log_odds_along_the_line_and_leaves_the_original(self, scorer, newcomers):
        before = log_odds(scorer, newcomers)

        moved = recalibrated(scorer, Line(intercept=-0.5, slope=1.2))

        assert log_odds(moved, newcomers) == pytest.approx(1.2 * before - 0.5)
        assert moved.margin(newcomers) == pytest.approx(log_odds(moved, newcomers))
        assert (log_odds(scorer, newcomers) == before).all()

    @pytest.mark.parametrize("calibration", ["beta", "isotonic"])
    def test_moves_curves_too(self, calibration, sample, newcomers):
        scorer = BoostedScorer(calibration=calibration, max_trees=20).fit(*sample)
        line = Line(intercept=0.3, slope=0.8)

        moved = recalibrated(scorer, line)

        expected = line.log_odds(log_odds(scorer, newcomers))
        assert log_odds(moved, newcomers) == pytest.approx(expected)

    def test_reaches_another_mean(self, scorer, newcomers):
        line = offset_line(log_odds(scorer, newcomers), target=0.02)

        pds = recalibrated(scorer, line).predict_proba(newcomers)[:, 1]

        assert pds.mean() == pytest.approx(0.02, rel=1e-9)

    def test_is_kept_in_files(self, scorer, newcomers, tmp_path):
        moved = recalibrated(scorer, Line(intercept=-1.0, slope=0.9))

        save_scorer(moved, tmp_path)

        again = load_scorer(tmp_path)
        assert (again.predict_proba(newcomers) == moved.predict_proba(newcomers)).all()

    @pytest.mark.parametrize("line", [(0.0, 0.0), (0.0, -1.0), (np.nan, 1.0)])
    def test_refuses_a_line_that_does_not_rise(self, scorer, line):
        with pytest.raises(DataError, match=r"^line must be finite and rise"):
            recalibrated(scorer, Line(intercept=line[0], slope=line[1]))

    def test_needs_a_fitted_scorer(self):
        with pytest.raises(NotFittedError):
            recalibrated(Scorecard(), Line(intercept=0.0, slope=1.0))
