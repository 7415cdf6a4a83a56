"""riskkit.scores.two_stream"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from riskkit.errors import DataError
from riskkit.scores import PastApplicants, known_only, two_stream

SCORER = LogisticRegression()


def draw(n, seed=1, exploration=0.05):
    """The past policy sees u, which no column shows."""
    rng = np.random.default_rng(seed)
    x, u = rng.standard_normal((2, n))
    pds = expit(-2.5 + x + 1.5 * u)
    seen = x + 2 * u
    propensity = np.where(seen < np.quantile(seen, 0.6), 1.0, exploration)
    approved = rng.random(n) < propensity
    bad = (rng.random(n) < pds).astype(float)
    past = PastApplicants(
        X=pd.DataFrame({"x": x}),
        bad=np.where(approved, bad, np.nan),
        approved=approved,
        propensity=propensity,
    )
    return past, bad


class TestTwoStream:
    def test_is_the_mixture_of_its_parts(self):
        past, _ = draw(4000)

        model = two_stream(past, SCORER, passing_scorer=SCORER, stopped_scorer=SCORER).model

        passing, passed, stopped = (
            part.predict_proba(past.X)[:, 1]
            for part in (model.passing, model.passed, model.stopped)
        )
        expected = passing * passed + (1 - passing) * stopped
        assert model.predict_proba(past.X)[:, 1] == pytest.approx(expected)
        assert model.predict_proba(past.X).sum(axis=1) == pytest.approx(1)

    @pytest.mark.parametrize("stopped", [None, SCORER])
    def test_is_calibrated_where_the_known_only_model_is_far_off(self, stopped):
        past, bad = draw(40_000)

        found = two_stream(past, SCORER, passing_scorer=SCORER, stopped_scorer=stopped)

        pds = found.model.predict_proba(past.X)[:, 1]
        plain = known_only(past, SCORER).model.predict_proba(past.X)[:, 1]
        assert pds.mean() == pytest.approx(bad.mean(), rel=0.07)
        assert plain.mean() < 0.75 * bad.mean()
        for part in np.array_split(np.argsort(past.X["x"].to_numpy()), 4):
            assert pds[part].mean() == pytest.approx(bad[part].mean(), rel=0.25)

    def test_estimates_who_passes_by_itself(self):
        past, bad = draw(3000)

        found = two_stream(past, SCORER)

        assert found.model.predict_proba(past.X)[:, 1].mean() == pytest.approx(bad.mean(), rel=0.4)
        assert "of the latter bad" in found.note

    def test_takes_sampling_weights(self):
        past, _ = draw(4000)
        rows = {name: getattr(past, name) for name in ("X", "bad", "approved", "propensity")}
        weight = np.where(past.X["x"] > 0, 3.0, 1.0)

        one, other = (
            two_stream(PastApplicants(**rows, weight=w), SCORER, passing_scorer=SCORER).model
            for w in (None, weight)
        )

        assert one.line != other.line
        assert one.passed.coef_ != pytest.approx(other.passed.coef_)

    def test_needs_propensities(self):
        with pytest.raises(DataError, match=r"^propensity must be recorded for two streams"):
            two_stream(PastApplicants(X=[[1.0], [2]], bad=[0, 1], approved=[1, 1]), SCORER)

    def test_needs_goods_and_bads_among_the_explored(self):
        past, _ = draw(500, exploration=0.001)

        with pytest.raises(DataError, match=r"among the explored applicants, but of 0 outcomes"):
            two_stream(past, SCORER)
