"""riskkit.scores.monotonicity"""

from dataclasses import replace

import numpy as np
import pytest

from riskkit.errors import DataError
from riskkit.scores import (
    BoostedScorer,
    PastApplicants,
    Scorecard,
    bivariate_probit,
    direction_check,
    keeps_directions,
    keeps_interactions,
    two_stream,
)

DIRECTIONS = {"income": "lower", "debt": "higher"}


@pytest.fixture(scope="module")
def streams(draw_sample):
    """Models of a world whose past policy liked debts up to a point, with rules and without."""
    X, bad = draw_sample(3000, seed=9)
    rng = np.random.default_rng(10)
    officer = rng.standard_normal(len(X))
    debt = X["debt"].fillna(0).to_numpy()
    passed = np.abs(debt - np.median(debt)) + 0.8 * officer < np.quantile(debt, 0.6)
    propensity = np.where(passed, 1.0, 0.3)
    approved = rng.random(len(X)) < propensity
    past = PastApplicants(
        X=X, bad=np.where(approved, bad, np.nan), approved=approved, propensity=propensity
    )
    scorer = BoostedScorer(
        directions=DIRECTIONS, special={"income": (-9.0, -8.0)}, max_trees=40, n_folds=3
    )
    free = BoostedScorer(max_trees=40, n_folds=3)
    return {
        "ordered": two_stream(past, scorer, ordered=True).model,
        "free": two_stream(past, scorer, passing_scorer=free).model,
        "probit": bivariate_probit(
            PastApplicants(
                X=X.assign(officer=officer),
                bad=past.bad,
                approved=approved,
                propensity=propensity,
            ),
            excluded=["officer"],
        ).model,
    }


class TestKeepsDirections:
    def test_of_two_streams_needs_order_and_directions_of_every_part(self, streams):
        ordered = streams["ordered"]

        assert keeps_directions(ordered, DIRECTIONS)
        assert keeps_directions(ordered, DIRECTIONS | {"age": "none"})
        assert not keeps_directions(ordered, DIRECTIONS | {"age": "higher"})
        assert not keeps_directions(replace(ordered, ordered=False), DIRECTIONS)
        assert not keeps_directions(replace(ordered, passing=ordered.passed), DIRECTIONS)
        assert not keeps_directions(replace(ordered, passed=ordered.passing), DIRECTIONS)
        assert not keeps_directions(streams["free"], DIRECTIONS)
        assert keeps_directions(streams["free"], {})

    def test_is_promised_by_no_other_model(self, streams):
        assert not keeps_directions(streams["probit"], DIRECTIONS)
        assert keeps_directions(streams["probit"], {"debt": "none"})


class TestKeepsInteractions:
    def test_of_trees_are_those_they_were_given(self):
        scorer = BoostedScorer(interactions={"age": ("debt",)})

        assert keeps_interactions(scorer, {"age": ("debt", "income")})
        assert not keeps_interactions(scorer, {"age": ()})
        assert not keeps_interactions(scorer, {"debt": ()})

    def test_are_promised_by_no_mixture(self, streams):
        assert not keeps_interactions(streams["ordered"], {"age": ()})
        assert keeps_interactions(streams["ordered"], {})
        assert keeps_interactions(Scorecard(), {"age": ()})


class TestDirectionCheck:
    def test_finds_no_violation_of_either_scorer_on_1000_rows(self, scorer, draw_sample):
        X, _ = draw_sample(1500, seed=7)

        found = direction_check(scorer, X, rng=np.random.default_rng(0))

        assert found["feature"].tolist() == ["income", "debt"]
        assert found["worse"].tolist() == ["lower", "higher"]
        assert (found["n_rows"] == 1000).all()
        assert (found["n_values"] > 20).all()
        assert (found["violations"] == 0).all()
        assert (found["largest"] == 0).all()

    def test_finds_the_violations_of_a_scorer_without_directions(self, sample):
        X, bad = sample
        scorer = BoostedScorer(max_trees=40).fit(X, bad).set_params(directions={"age": "higher"})

        (found,) = direction_check(scorer, X, rng=np.random.default_rng(0)).itertuples()

        assert found.violations > 0
        assert found.largest > 0

    def test_finds_no_violation_of_ordered_streams_on_1000_rows(self, streams, draw_sample):
        X, _ = draw_sample(1500, seed=7)

        found, free = (
            direction_check(streams[name], X, rng=np.random.default_rng(0))
            for name in ("ordered", "free")
        )

        assert found["feature"].tolist() == ["income", "debt"]
        assert (found["n_rows"] == 1000).all()
        assert (found["violations"] == 0).all()
        assert free["violations"].sum() > 100  # what nothing keeps

    def test_takes_any_model_with_directions_given(self, streams, sample):
        X, _ = sample
        rng = np.random.default_rng(0)

        given = direction_check(
            streams["probit"], X, directions=DIRECTIONS, special={"income": (-9.0, -8.0)}, rng=rng
        )

        assert given["feature"].tolist() == ["income", "debt"]
        assert direction_check(streams["probit"], X, rng=rng).empty

    def test_passes_over_features_without_direction(self, fitted, sample):
        from sklearn.base import clone

        scorer = clone(fitted["scorecard"]).set_params(directions={"age": "none"}).fit(*sample)

        assert direction_check(scorer, sample[0], rng=np.random.default_rng(0)).empty

    def test_names_a_column_of_codes_only(self, fitted, newcomers):
        with pytest.raises(DataError, match=r"^X must hold ordinary numbers in 'income'"):
            direction_check(
                fitted["boosted"], newcomers.assign(income=-9.0), rng=np.random.default_rng(0)
            )
