"""riskkit.scores.additive"""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from riskkit.scores.additive import Term, fit_additive
from riskkit.scores.crossfit import Outcomes


@pytest.fixture(scope="module")
def regression():
    rng = np.random.default_rng(0)
    n = 5000
    cells = [rng.integers(0, 4, n), rng.integers(0, 3, n)]
    bases = [rng.normal(size=(4, 2)), rng.normal(size=(3, 1))]
    weights = [np.array([0.8, -0.5]), np.array([0.7])]
    x = np.hstack([basis[cell] for cell, basis in zip(cells, bases, strict=True)])
    bad = rng.random(n) < expit(x @ np.concatenate(weights) - 1)
    outcomes = Outcomes(bad=bad, weight=rng.uniform(0.5, 1.5, n), fold=np.arange(n) % 5)
    return cells, bases, x, outcomes


def terms_of(cells, bases, *, penalty=0.0, not_negative=False):
    return tuple(
        Term(
            cell=cell,
            basis=basis,
            penalty=np.full(basis.shape[1], penalty),
            not_negative=np.full(basis.shape[1], not_negative),
        )
        for cell, basis in zip(cells, bases, strict=True)
    )


class TestFitAdditive:
    @pytest.mark.parametrize("penalty", [1e-9, 50.0])
    def test_agrees_with_scikit_learn(self, regression, penalty):
        cells, bases, x, outcomes = regression
        rows = outcomes.fold != 0

        fitted = fit_additive(terms_of(cells, bases, penalty=penalty), outcomes, rows)

        other = LogisticRegression(C=1 / penalty, tol=1e-9, max_iter=1000)
        other.fit(x[rows], outcomes.bad[rows], outcomes.weight[rows])
        assert np.concatenate(fitted.coefficients) == pytest.approx(other.coef_[0], abs=2e-3)
        assert fitted.intercept == pytest.approx(other.intercept_[0], abs=2e-3)

    def test_reaches_the_same_maximum_from_another_start(self, regression):
        cells, bases, _, outcomes = regression
        terms, rows = terms_of(cells, bases), outcomes.fold != 1
        elsewhere = fit_additive(terms, outcomes, outcomes.fold == 1)

        fitted = fit_additive(terms, outcomes, rows, elsewhere)

        assert fitted.vector == pytest.approx(fit_additive(terms, outcomes, rows).vector, abs=1e-3)

    def test_keeps_coefficients_from_being_negative(self, regression):
        cells, bases, _, outcomes = regression
        terms = terms_of(cells, [-basis for basis in bases], not_negative=True)

        fitted = fit_additive(terms, outcomes, np.ones(len(outcomes.bad), dtype=bool))

        first, second = fitted.coefficients
        assert (np.r_[first, second] >= 0).all()
        assert first[0] == second[0] == 0
        assert first[1] > 0

    def test_adds_terms_to_margins(self, regression):
        cells, bases, x, outcomes = regression
        terms, rows = terms_of(cells, bases), outcomes.fold == 2
        fitted = fit_additive(terms, outcomes, ~rows)

        margins = fitted.margins(terms, rows)

        assert margins == pytest.approx(x[rows] @ fitted.vector[1:] + fitted.intercept)
