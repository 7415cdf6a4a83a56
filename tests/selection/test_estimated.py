"""riskkit.selection.estimated"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from riskkit.errors import DataError, UndefinedRateError
from riskkit.selection import (
    Assumption,
    Population,
    estimated_propensities,
    propensity_bands,
    self_normalised_bad_rate,
)


def decided_by_columns(rng, n=20_000):
    X = pd.DataFrame(rng.standard_normal((n, 2)), columns=["x", "z"])
    chance = expit(1 - 1.5 * X["x"].to_numpy())
    bad = (rng.random(n) < expit(-2 + X["x"])).astype(float)
    return X, chance, rng.random(n) < chance, bad


class TestEstimatedPropensities:
    def test_recovers_what_decided(self):
        X, chance, approved, bad = decided_by_columns(np.random.default_rng(1))

        found = estimated_propensities(LogisticRegression(), X, approved=approved)

        assert np.abs(found.propensity - chance).mean() < 0.01
        assert found.calibration_error < 0.015
        assert sum(band.is_calibrated for band in found.bands) >= 8
        assert found.assumption is Assumption.COLUMNS
        rate = self_normalised_bad_rate(approved=approved, bad=bad, propensity=found.propensity)
        assert rate.lower <= bad.mean() <= rate.upper

    def test_no_row_is_seen_by_its_own_model(self):
        X, _, approved, _ = decided_by_columns(np.random.default_rng(2), 400)
        copies = X.assign(key=np.arange(400.0))  # a tree could learn every row by heart

        learner = HistGradientBoostingClassifier(max_iter=20, random_state=0)
        found = estimated_propensities(learner, copies, approved=approved)

        assert found.auc < 0.9

    def test_shows_where_the_columns_decided_nearly_all(self):
        X, _, _, _ = decided_by_columns(np.random.default_rng(3))
        approved = np.random.default_rng(4).random(len(X)) < expit(-8 * X["x"])

        found = estimated_propensities(LogisticRegression(), X, approved=approved)

        assert found.auc > 0.95
        assert found.overlap.n_next_to_none > len(X) / 5

    def test_says_who_has_no_overlap_where_estimates_contradict_decisions(self):
        X, _, _, _ = decided_by_columns(np.random.default_rng(5), 2000)
        approved = X["x"] + X["z"] + np.random.default_rng(6).normal(0, 0.5, len(X)) < 0
        forest = RandomForestClassifier(20, random_state=0)

        found = estimated_propensities(forest, X, approved=approved)

        chance, overlap = found.propensity, found.overlap
        wrong = np.where(approved, chance == 0, chance == 1)
        assert overlap.n_contradicted == wrong.sum() > 0
        assert found.has_none.sum() == overlap.n_unreachable == (chance == 0).sum() > 100
        assert found.has_next_to_none.sum() == overlap.n_next_to_none
        assert overlap.assumption is found.assumption is Assumption.COLUMNS
        assert found.population is Population.EXPLORABLE
        assert 0 < overlap.effective_sample_size <= approved.sum()

    def test_speaks_of_everybody_where_all_could_be_approved(self):
        X, _, approved, _ = decided_by_columns(np.random.default_rng(7), 500)

        found = estimated_propensities(LogisticRegression(), X, approved=approved)

        assert found.population is Population.EVERYBODY
        assert not found.has_none.any()

    @pytest.mark.parametrize("n_folds", [1, 5])
    def test_names_what_is_too_few(self, n_folds):
        X = pd.DataFrame({"x": np.arange(10.0)})

        with pytest.raises(DataError, match=r"^n_folds must .* 3 of 10 were approved"):
            estimated_propensities(
                LogisticRegression(), X, approved=np.arange(10) < 3, n_folds=n_folds
            )

    def test_names_all_rows_rejected(self):
        X = pd.DataFrame({"x": np.arange(10.0)})

        with pytest.raises(DataError, match=r"0 of 10 were approved"):
            estimated_propensities(LogisticRegression(), X, approved=np.zeros(10))

    def test_names_another_length(self):
        with pytest.raises(DataError, match=r"^approved must have one value per row of X"):
            estimated_propensities(
                LogisticRegression(), pd.DataFrame({"x": [1.0]}), approved=[1, 0]
            )


class TestPropensityBands:
    def test_agree_with_a_count_by_hand(self):
        bands = propensity_bands(
            approved=[0, 0, 1, 1, 1], propensity=[0.2, 0.4, 0.3, 1, 1], n_bands=2
        )

        assert [band.n_applicants for band in bands] == [4 - 1, 2]
        assert bands[0].approved == pytest.approx(1 / 3)
        assert bands[0].expected == pytest.approx((0.2 + 0.3 + 0.4) / 3)
        assert (bands[0].lowest, bands[0].highest) == (0.2, 0.4)

    def test_show_propensities_that_did_not_decide(self):
        approved = np.random.default_rng(5).random(5000) < 0.3

        bands = propensity_bands(approved=approved, propensity=np.linspace(0.1, 0.9, 5000))

        assert sum(band.is_calibrated for band in bands) <= 2

    def test_bad_input_is_named(self):
        with pytest.raises(UndefinedRateError, match="there are no applicants"):
            propensity_bands(approved=[], propensity=[])
        with pytest.raises(DataError, match=r"^n_bands must be at least 1"):
            propensity_bands(approved=[1], propensity=[1], n_bands=0)
        with pytest.raises(DataError, match=r"^propensity must .* 1\.5 in row 0"):
            propensity_bands(approved=[1], propensity=[1.5])
