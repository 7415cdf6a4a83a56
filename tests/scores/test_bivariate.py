"""riskkit.scores.bivariate"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad
from scipy.stats import chi2_contingency, multivariate_normal, norm

from riskkit.errors import DataError
from riskkit.scores import BivariateProbitModel, PastApplicants, bivariate_probit, known_only
from riskkit.scores.bivariate import _Sample, bivariate_normal_cdf
from riskkit.scores.designs import learn_design
from riskkit.scores.exclusion import checked_exclusion
from riskkit.scores.past import checked_past
from riskkit.selection import effective_sample_size

RHO = -0.7

#: Columns in the officer's place, given the features.
SAYS_NOTHING = {
    "constant": lambda _: 1,
    "noise": lambda X: X["officer"],
    "noise of many levels": lambda X: (X["officer"] * 3).round().astype(str),
    "copy": lambda X: X["x"],
    "copy in other units": lambda X: 1000 - 30 * X["x"],
    "copy in bands": lambda X: pd.cut(X["x"], 6).astype(str),
    "square": lambda X: X["x"] ** 2,
    "copy with noise": lambda X: X["x"] + 0.3 * X["officer"],
}


def draw(n=8000, *, seed=1, instrument=1.0, exploration=0.0):
    """METHODS 2's likelihood, drawn from: an officer moves the decision only."""
    rng = np.random.default_rng(seed)
    x, officer, v, e = rng.standard_normal((4, n))
    passed = 0.3 - 0.8 * x + instrument * officer + v > 0
    bad = (-0.8 + 0.7 * x + RHO * v + np.sqrt(1 - RHO**2) * e > 0).astype(float)
    propensity = np.where(passed, 1.0, exploration)
    approved = rng.random(n) < propensity
    past = PastApplicants(
        X=pd.DataFrame({"x": x, "officer": officer}),
        bad=np.where(approved, bad, np.nan),
        approved=approved,
        propensity=propensity,
    )
    return past, bad, norm.cdf(-0.8 + 0.7 * x)


class TestBivariateNormalCdf:
    @given(h=st.floats(-5, 5), k=st.floats(-5, 5), rho=st.floats(-0.95, 0.95))
    def test_agrees_with_scipy(self, h, k, rho):
        value = bivariate_normal_cdf(np.array([h]), np.array([k]), np.array([rho]))[0]

        known = multivariate_normal(cov=[[1, rho], [rho, 1]]).cdf([h, k])
        assert value == pytest.approx(known, abs=1e-6)

    def test_knows_the_middle(self):
        rho = np.array([-0.5, 0.0, 0.5])

        values = bivariate_normal_cdf(np.zeros(3), np.zeros(3), rho)

        assert values == pytest.approx(0.25 + np.arcsin(rho) / (2 * np.pi))


class TestBivariateProbit:
    @pytest.mark.slow
    def test_recovers_the_world_it_believes_in(self):
        past, bad, pds = draw()

        found = bivariate_probit(past, excluded=["officer"])

        assert found.model.identified
        assert found.model.rho == pytest.approx(RHO, abs=0.12)
        low, high = found.model.rho_interval
        assert low <= RHO + 0.05
        assert high >= RHO - 0.05
        fitted = found.model.predict_proba(past.X[["x"]])[:, 1]
        assert np.abs(fitted - pds).mean() < 0.025
        assert fitted.mean() == pytest.approx(bad.mean(), rel=0.06)

    @pytest.mark.slow
    def test_corrects_what_the_known_only_model_gets_wrong(self):
        past, _, pds = draw()
        from sklearn.linear_model import LogisticRegression

        found = bivariate_probit(past, excluded=["officer"])

        plain = known_only(past, LogisticRegression()).model.predict_proba(past.X)[:, 1]
        fitted = found.model.predict_proba(past.X)[:, 1]
        assert np.abs(fitted - pds).mean() < 0.5 * np.abs(plain - pds).mean()

    @pytest.mark.parametrize("kind", SAYS_NOTHING)
    def test_refuses_columns_that_moved_no_decision(self, kind):
        for seed in range(8):
            past, _, _ = draw(1500, seed=seed, instrument=0.0)
            column = SAYS_NOTHING[kind](past.X)
            rows = PastApplicants(
                X=past.X.assign(officer=column), bad=past.bad, approved=past.approved
            )
            with pytest.raises(DataError, match=r"^excluded .* not identified") as refused:
                bivariate_probit(rows, excluded=["officer"])
            assert "'officer'" in str(refused.value)

    def test_refuses_a_column_of_many_levels_that_moved_decisions_too_little(self):
        for seed in range(5):
            past = self.after_twenty_officers(effect=0.2, seed=seed)
            shares = pd.crosstab(past.X["officer"], past.approved)
            assert chi2_contingency(shares).pvalue < 1e-3  # together, they are significant
            with pytest.raises(DataError, match=r"per column, needed above 10; 19 columns"):
                checked_exclusion(checked_past(past), ["officer"])

    def test_takes_a_column_of_many_levels_that_moved_decisions_much(self):
        past = self.after_twenty_officers(effect=0.6, seed=0)

        assert checked_exclusion(checked_past(past), ["officer"]) == ["x"]

    @staticmethod
    def after_twenty_officers(*, effect, seed):
        rng = np.random.default_rng(seed)
        x, v, e = rng.standard_normal((3, 2500))
        level = rng.integers(0, 20, x.size)
        passed = 0.3 - 0.8 * x + effect * np.linspace(-1.7, 1.7, 20)[level] + v > 0
        bad = np.where(passed, -0.8 + 0.7 * x + RHO * v + np.sqrt(1 - RHO**2) * e > 0, np.nan)
        X = pd.DataFrame({"x": x, "officer": [f"officer {i}" for i in level]})
        return PastApplicants(X=X, bad=bad, approved=passed)

    @pytest.mark.slow
    def test_refuses_a_correlation_that_reaches_a_bound(self):
        rng = np.random.default_rng(0)
        x, officer = rng.standard_normal((2, 1200))
        passed = officer < 0  # nothing hidden decides, so nothing tells what it has to do with bad
        approved = passed | (rng.random(1200) < 0.3)
        bad = np.where(approved, rng.random(1200) < 0.3, np.nan)
        past = PastApplicants(
            X=pd.DataFrame({"x": x, "officer": officer}),
            bad=bad,
            approved=approved,
            propensity=np.where(passed, 1.0, 0.3),
        )

        with pytest.raises(
            DataError, match=r"support all .* to \+1\.00, a bound: .* not identified"
        ):
            bivariate_probit(past, excluded=["officer"])

    @pytest.mark.parametrize(("limits", "said"), [((-0.9, 0.99), True), ((-1, 0.2), False)])
    def test_is_identified_where_the_interval_ends_on_both_sides(self, limits, said):
        model = BivariateProbitModel(
            design=learn_design(pd.DataFrame({"x": [1.0, 2.0]})),
            coefficients=np.zeros(2),
            rho=0.1,
            rho_interval=limits,
        )

        assert model.identified is said

    @pytest.mark.slow
    def test_its_interval_of_rho_covers_the_truth(self):
        intervals = [
            bivariate_probit(draw(2500, seed=seed)[0], excluded=["officer"]).model.rho_interval
            for seed in range(40)
        ]

        held = np.mean([low <= RHO <= high for low, high in intervals])
        # As it was: the outermost points of a grid that are inside.
        grid = np.round(np.arange(-0.95, 0.96, 0.1), 2)
        inside = [grid[(low <= grid) & (grid <= high)] for low, high in intervals]
        rounded = np.mean([g.size and g.min() <= RHO <= g.max() for g in inside])
        assert held >= 0.88
        assert rounded < 0.85

    @pytest.mark.slow
    def test_its_interval_of_rho_covers_the_truth_with_sampling_weights(self):
        found = [self.weighted(seed).model for seed in range(40)]

        held = np.mean([low <= RHO <= high for low, high in (m.rho_interval for m in found)])
        # As it was: every row counts in full, so that the interval is as much narrower.
        limits = np.arctanh([[m.rho, *m.rho_interval] for m in found])
        shares = [effective_sample_size(self.weights(seed)) / 2500 for seed in range(40)]
        narrower = limits[:, [0]] + (limits[:, 1:] - limits[:, [0]]) * np.sqrt(shares)[:, None]
        in_full = np.mean(np.abs(np.sign(narrower - np.arctanh(RHO)).sum(axis=1)) < 1)
        assert held >= 0.88
        assert in_full < 0.88

    def test_its_interval_of_rho_knows_how_few_rows_unequal_weights_are_worth(self):
        plain = bivariate_probit(draw(2500, seed=0)[0], excluded=["officer"]).model
        equal, unequal = (self.weighted(0, spread).model for spread in (0.0, 1.2))

        assert equal.rho_interval == pytest.approx(plain.rho_interval, abs=1e-3)
        assert np.ptp(unequal.rho_interval) > 1.4 * np.ptp(plain.rho_interval)

    @staticmethod
    def weights(seed, spread=1.2):
        return np.random.default_rng([seed, 7]).lognormal(0, spread, 2500)

    def weighted(self, seed, spread=1.2):
        rows = replace(draw(2500, seed=seed)[0], weight=self.weights(seed, spread))
        return bivariate_probit(rows, excluded=["officer"])

    @pytest.mark.slow
    def test_learns_from_explored_applicants(self):
        past, _, _ = draw(4000, instrument=0.3, exploration=0.1)
        blind = PastApplicants(
            X=past.X,
            bad=np.where(past.propensity == 1, past.bad, np.nan),
            approved=past.propensity == 1,
        )

        widths = [
            np.ptp(bivariate_probit(rows, excluded=["officer"]).model.rho_interval)
            for rows in (past, blind)
        ]

        assert widths[0] < widths[1]

    def test_the_gradient_is_that_of_the_loss(self):
        past, _, _ = draw(300, exploration=0.2)
        rng = np.random.default_rng(5)
        X, Z = rng.standard_normal((300, 3)), rng.standard_normal((300, 4))
        sample = _Sample.of(checked_past(past), X, Z)
        beta = rng.standard_normal(8) * 0.3

        gap = check_grad(lambda b: sample.loss(b)[0], lambda b: sample.loss(b)[1], beta)

        assert gap < 1e-3 * np.linalg.norm(sample.loss(beta)[1])

    @pytest.mark.parametrize(
        ("excluded", "message"),
        [
            ([], r"^excluded must name at least one .* is not identified"),
            (["desk"], r"^excluded names 'desk', which is not a column of X"),
            (["x", "officer"], r"^excluded must leave some features"),
        ],
    )
    def test_refuses_what_is_not_identified(self, excluded, message):
        past, _, _ = draw(200)
        with pytest.raises(DataError, match=message):
            bivariate_probit(past, excluded=excluded)

    def test_needs_passed_and_stopped(self):
        past, bad, _ = draw(200)
        everybody = PastApplicants(X=past.X, bad=bad, approved=np.ones(200))
        with pytest.raises(DataError, match="the past policy passed 200 of 200"):
            bivariate_probit(everybody, excluded=["officer"])
