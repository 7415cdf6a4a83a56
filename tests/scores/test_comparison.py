"""riskkit.scores.comparison"""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict, cross_val_score

from riskkit.errors import DataError
from riskkit.scores import BoostedScorer, Scorecard, best_scorer, cross_validated


class TestCrossValidated:
    def test_agrees_with_scikit_learn(self, sample):
        X, bad = sample
        numbers = X[["age", "income"]]
        folds = StratifiedKFold(4, shuffle=True, random_state=3)

        result = cross_validated(LogisticRegression(), numbers, bad, n_folds=4, seed=3)

        cv = {"X": numbers, "y": bad, "cv": folds}
        losses = -cross_val_score(LogisticRegression(), **cv, scoring="neg_log_loss")
        pds = cross_val_predict(LogisticRegression(), **cv, method="predict_proba")[:, 1]
        assert result.auc == pytest.approx(
            cross_val_score(LogisticRegression(), **cv, scoring="roc_auc")
        )
        assert result.mean_log_loss == pytest.approx(losses.mean())
        assert result.pds == pytest.approx(pds)

    def test_weighs_rows(self, sample):
        X, bad = sample
        weight = np.where(X["age"] > 50, 5.0, 1.0)

        weighted = cross_validated(Scorecard(), X, bad, sample_weight=weight)

        assert weighted.auc != cross_validated(Scorecard(), X, bad).auc

    @pytest.mark.parametrize(
        ("n_folds", "message"),
        [(1, "^n_folds must be at least 2"), (5, r"^y must hold at least 5 bads .* 4 bads")],
    )
    def test_names_what_is_too_few(self, n_folds, message):
        X = pd.DataFrame({"x": np.arange(20.0)})

        with pytest.raises(DataError, match=message):
            cross_validated(Scorecard(), X, np.arange(20) < 4, n_folds=n_folds)


@pytest.fixture(scope="module")
def comparison(sample):
    candidates = {"boosted": BoostedScorer(max_trees=2), "scorecard": Scorecard()}
    return best_scorer(candidates, *sample, n_folds=3, seed=1)


class TestBestScorer:
    def test_has_the_lower_log_loss(self, comparison):
        losses = {name: r.mean_log_loss for name, r in comparison.results.items()}

        assert comparison.best_name == "scorecard"
        assert losses["scorecard"] < losses["boosted"]

    def test_is_not_fitted_yet(self, comparison, newcomers):
        with pytest.raises(NotFittedError):
            comparison.best.predict_proba(newcomers)

    def test_comes_with_the_figures_of_all(self, comparison):
        figures = comparison.as_dict()

        assert figures["boosted"]["auc"] == pytest.approx(
            np.mean(figures["boosted"]["auc_by_fold"])
        )
        assert len(figures["scorecard"]["log_loss_by_fold"]) == 3

    def test_needs_a_candidate(self, sample):
        with pytest.raises(DataError, match=r"^candidates must hold at least one scorer"):
            best_scorer({}, *sample)
