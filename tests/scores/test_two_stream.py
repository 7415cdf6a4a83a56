"""riskkit.scores.two_stream"""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from riskkit.errors import DataError
from riskkit.scores import BoostedScorer, PastApplicants, inverse_propensity, known_only, two_stream
from riskkit.selection import Population

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
        assert found.population is Population.EVERYBODY

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

    def test_passing_has_the_rules_of_the_passed_with_directions_turned_round(self):
        past, _ = draw(3000)
        rules = {
            "directions": {"x": "higher"},
            "special": {"x": (-99.0,)},
            "interactions": {"x": ()},
        }
        scorer = BoostedScorer(**rules, max_trees=5, n_folds=3, seed=7)

        passing = two_stream(past, scorer).model.passing.get_params()

        assert passing["directions"] == {"x": "lower"}
        for name in ("special", "interactions"):
            assert passing[name] == rules[name]
        assert passing["seed"] == 7

    @pytest.mark.parametrize("stopped", [None, SCORER])
    def test_holds_the_stopped_to_be_no_better_where_told(self, stopped):
        past, _ = draw(4000)
        scorers = {"passing_scorer": SCORER, "stopped_scorer": stopped}

        found, free = (two_stream(past, SCORER, **scorers, ordered=o) for o in (True, False))

        x = pd.DataFrame({"x": np.linspace(-9, 9, 50)})
        passing, passed = (
            part.predict_proba(x)[:, 1] for part in (found.model.passing, found.model.passed)
        )
        least = passing * passed + (1 - passing) * passed
        assert found.model.ordered
        assert "held to be no better than passed ones" in found.note
        assert (found.model.predict_proba(x)[:, 1] >= least - 1e-12).all()
        assert (free.model.predict_proba(x)[:, 1] < least - 1e-6).any()  # the lines cross far out
        assert found.model.predict_proba(past.X) == pytest.approx(free.model.predict_proba(past.X))

    def test_does_not_where_the_explored_speak_against_it(self):
        past, _ = draw(6000, exploration=0.3)
        explored = (past.propensity < 1) & past.approved
        chance = np.random.default_rng(2).random(6000)
        bad = np.where(explored, chance < 0.02, past.bad)  # far better than like passed ones

        found = two_stream(
            PastApplicants(X=past.X, bad=bad, approved=past.approved, propensity=past.propensity),
            SCORER,
            passing_scorer=SCORER,
            ordered=True,
        )

        assert not found.model.ordered
        assert "speak against stopped ones that are no better" in found.note

    def test_gives_times_to_scorers_that_take_them(self):
        past, _ = draw(4000)
        time = np.random.default_rng(3).permutation(4000)
        scorer = BoostedScorer(max_trees=8, n_folds=3)

        in_time, at_random = (
            two_stream(rows, scorer).model for rows in (replace(past, time=time), past)
        )
        mixed = two_stream(replace(past, time=time), scorer, passing_scorer=SCORER).model

        passed, passing = past.propensity == 1, (past.propensity == 1).astype(int)
        expected = BoostedScorer(max_trees=8, n_folds=3).fit(
            past.X[passed], past.bad[passed], time=time[passed]
        )
        gate = BoostedScorer(max_trees=8, n_folds=3).fit(past.X, passing, time=time)
        for found, known in ((in_time.passed, expected), (mixed.passed, expected)):
            assert (found.margin(past.X) == known.margin(past.X)).all()
        default = two_stream(replace(past, time=time), scorer, passing_scorer=scorer).model
        assert (default.passing.margin(past.X) == gate.margin(past.X)).all()
        assert (at_random.passed.margin(past.X) != expected.margin(past.X)).any()

    def test_says_how_many_nobody_could_learn_of(self):
        past, _ = draw(4000)
        silent = ~past.approved & (np.arange(4000) % 3 == 0)
        unreachable = replace(past, propensity=np.where(silent, 0.0, past.propensity))

        notes = [
            method(rows, SCORER).note
            for rows in (unreachable, past)
            for method in (partial(two_stream, passing_scorer=SCORER), inverse_propensity)
        ]

        left_out = f" {silent.sum()} whom the past policy never approves are left out."
        assert [note.endswith(left_out) for note in notes] == [True, True, False, False]
        assert not any("left out" in note for note in notes[2:])

    def test_needs_propensities(self):
        with pytest.raises(DataError, match=r"^propensity must be recorded for two streams"):
            two_stream(PastApplicants(X=[[1.0], [2]], bad=[0, 1], approved=[1, 1]), SCORER)

    def test_needs_goods_and_bads_among_the_explored(self):
        past, _ = draw(500, exploration=0.001)

        with pytest.raises(DataError, match=r"among the explored applicants, but of 0 outcomes"):
            two_stream(past, SCORER)
