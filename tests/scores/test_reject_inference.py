"""riskkit.scores.reject_inference"""

import numpy as np
import pandas as pd
import pytest
from rejectkit import MaskedRejectBenchmark
from rejectkit.datasets import make_credit_data
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from riskkit.errors import DataError
from riskkit.scores import (
    BoostedScorer,
    PastApplicants,
    Scorecard,
    auc,
    bivariate_probit,
    fuzzy,
    inverse_propensity,
    known_only,
    parcelled,
    reweighted,
    self_learning,
    two_stream,
)
from riskkit.selection import Assumption, Population

PLAIN = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
SMALL = BoostedScorer(max_trees=15, learning_rate=0.3, n_folds=3)


def draw(n=6000, *, hidden=0.0, exploration=0.1, seed=1):
    """The past policy sees x, z and, as far as told, u; the outcome depends on all three."""
    rng = np.random.default_rng(seed)
    x, z, u = rng.standard_normal((3, n))
    bad = (rng.random(n) < expit(-2 + x + 0.5 * z + hidden * u)).astype(float)
    seen = x + 0.5 * z + 1.5 * hidden * u + 0.5 * rng.standard_normal(n)
    propensity = np.where(seen < np.quantile(seen, 0.6), 1.0, exploration)
    approved = rng.random(n) < propensity
    past = PastApplicants(
        X=pd.DataFrame({"x": x, "z": z}),
        bad=np.where(approved, bad, np.nan),
        approved=approved,
        propensity=propensity,
    )
    return past, bad


def coefficients(found):
    return np.append(found.model.coef_, found.model.intercept_)


def mean_pd(found, past):
    return found.model.predict_proba(past.X)[:, 1].mean()


class TestInferred:
    @pytest.mark.parametrize("method", [known_only, inverse_propensity, fuzzy, parcelled])
    def test_says_for_whom_it_is_right(self, method):
        explorable = method(draw(400, exploration=0.0)[0], PLAIN).population
        everybody = method(draw(400)[0], PLAIN).population

        assert everybody is Population.EVERYBODY
        assert explorable is (
            Population.EXPLORABLE if method is inverse_propensity else Population.EVERYBODY
        )


class TestKnownOnly:
    def test_is_the_scorer_on_the_known(self):
        past, _ = draw()

        found = known_only(past, PLAIN)

        known = ~np.isnan(past.bad)
        expected = LogisticRegression(C=np.inf, tol=1e-10).fit(past.X[known], past.bad[known])
        assert coefficients(found)[:-1] == pytest.approx(expected.coef_[0], abs=1e-5)
        assert found.n_known == known.sum()
        assert found.assumption is Assumption.COLUMNS

    def test_is_consistent_where_nothing_but_the_columns_decided(self):
        past, _ = draw(200_000, exploration=0.0)

        assert coefficients(known_only(past, PLAIN)) == pytest.approx([1, 0.5, -2], abs=0.06)

    def test_is_far_off_where_the_policy_saw_more(self):
        past, bad = draw(20_000, hidden=1.0, exploration=0.0)

        assert mean_pd(known_only(past, PLAIN), past) < 0.7 * bad.mean()


class TestInversePropensity:
    def test_is_consistent_whatever_decided(self):
        past, bad = draw(100_000, hidden=1.0)

        found = inverse_propensity(past, PLAIN)

        oracle = LogisticRegression(C=np.inf).fit(past.X, bad)
        assert coefficients(found)[:-1] == pytest.approx(oracle.coef_[0], abs=0.12)
        assert mean_pd(found, past) == pytest.approx(bad.mean(), rel=0.05)

    def test_leaves_out_the_unreachable_and_says_so(self):
        past, _ = draw(exploration=0.0)

        assert "are left out" in inverse_propensity(past, PLAIN).note

    def test_needs_propensities(self):
        with pytest.raises(DataError, match=r"^propensity must be recorded for inverse"):
            inverse_propensity(PastApplicants(X=[[1.0], [2]], bad=[0, 1], approved=[1, 1]), PLAIN)


class TestReweighted:
    def test_weighs_each_band_up_to_all_its_applicants(self):
        past, bad = draw(20_000)

        found = reweighted(past, PLAIN, approval_model=LogisticRegression())

        # Nothing but the columns decided, so that weights restore the mean without harm.
        assert mean_pd(found, past) == pytest.approx(bad.mean(), rel=0.08)
        assert found.assumption is Assumption.ALIKE_IN_CELLS

    @pytest.mark.slow
    def test_estimates_who_is_approved_by_itself(self):
        past, _ = draw(1500)

        assert "applicants joined another band" in reweighted(past, PLAIN).note


class TestFuzzy:
    def test_with_unpenalised_logistic_regression_learns_nothing(self):
        past, _ = draw(hidden=1.0)

        found = fuzzy(past, PLAIN)

        assert coefficients(found) == pytest.approx(coefficients(known_only(past, PLAIN)), abs=1e-6)
        assert found.n_inferred == np.isnan(past.bad).sum()

    def test_keeps_sampling_weights(self):
        past, _ = draw(2000)
        weight = np.random.default_rng(3).integers(1, 4, 2000).astype(float)
        weighted = PastApplicants(X=past.X, bad=past.bad, approved=past.approved, weight=weight)

        found = fuzzy(weighted, PLAIN)

        assert coefficients(found) == pytest.approx(
            coefficients(known_only(weighted, PLAIN)), abs=1e-6
        )
        assert coefficients(found) != pytest.approx(coefficients(known_only(past, PLAIN)), abs=1e-3)

    def test_is_the_known_only_model_where_all_is_known(self):
        past, bad = draw(2000)
        everybody = PastApplicants(X=past.X, bad=bad, approved=np.ones(2000))

        assert coefficients(fuzzy(everybody, PLAIN)) == pytest.approx(
            coefficients(known_only(everybody, PLAIN)), abs=1e-6
        )


class TestParcelled:
    def test_believes_the_factor(self):
        past, _ = draw(20_000)
        means = [mean_pd(parcelled(past, PLAIN, prudence=p), past) for p in (1.0, 1.5, 2.0)]

        assert means == sorted(means)
        assert means[2] > 1.3 * means[0]

    def test_never_exceeds_a_bad_rate_of_one(self):
        past, _ = draw(2000)

        assert np.isfinite(mean_pd(parcelled(past, PLAIN, prudence=100), past))

    def test_names_a_factor_that_is_none(self):
        past, _ = draw(100)
        with pytest.raises(DataError, match=r"^prudence must be positive and finite, but is 0"):
            parcelled(past, PLAIN, prudence=0)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # rejectkit's, of another scikit-learn
class TestAgainstRejectkit:
    def test_known_only_and_fuzzy_agree_and_give_the_published_table(self):
        X, bad = make_credit_data(4000, random_state=0)
        bench = MaskedRejectBenchmark(accept_rate=0.6, random_state=0)
        table = bench.compare(["fuzzy"], X, bad)["auc"]
        X, X_test, bad, bad_test = train_test_split(
            X, bad, test_size=0.3, random_state=0, stratify=bad
        )
        accepted = bench._accept_mask(X.to_numpy(), bad.to_numpy())
        past = PastApplicants(X=X, bad=np.where(accepted, bad, np.nan), approved=accepted)

        found = [
            auc(
                bad=bad_test,
                pds=method(past, LogisticRegression()).model.predict_proba(X_test)[:, 1],
            )
            for method in (known_only, fuzzy)
        ]

        assert found == pytest.approx([0.7488, 0.7488], abs=5e-5)  # METHODS 2
        assert found == pytest.approx([table["naive"], table["fuzzy"]], abs=1e-4)


METHODS = {
    "known only": known_only,
    "inverse propensity": inverse_propensity,
    "reweighting": lambda past, scorer: reweighted(past, scorer, approval_model=SMALL),
    "fuzzy augmentation": fuzzy,
    "parcelling": parcelled,
    "two streams": lambda past, scorer: two_stream(past, scorer, passing_scorer=SMALL),
    "bias-aware self-learning": self_learning,
    "bivariate probit": lambda past, _: bivariate_probit(past, excluded=["officer"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
class TestEveryMethod:
    def test_takes_missing_values_and_categories(self, name, draw_sample, newcomers):
        X, bad = draw_sample(1500)
        X["officer"] = np.random.default_rng(5).standard_normal(1500)
        approved = X["debt"].fillna(1).to_numpy() + X["officer"].to_numpy() < 1
        propensity = np.where(approved, 1.0, 0.25)
        approved |= np.random.default_rng(4).random(1500) < propensity
        X["cell"] = [f"level {i}" for i in range(1500)]  # a level of its own for everybody
        past = PastApplicants(
            X=X, bad=np.where(approved, bad, np.nan), approved=approved, propensity=propensity
        )

        found = METHODS[name](past, Scorecard(n_folds=3))

        pds = found.model.predict_proba(newcomers.assign(cell="unseen", officer=0.0))[:, 1]
        assert found.method == name
        assert np.isfinite(pds).all()
        assert ((pds > 0) & (pds < 1)).all()
        assert auc(bad=bad, pds=found.model.predict_proba(X)[:, 1]) > 0.6
        assert found.model.classes_.tolist() == [0, 1]

    def test_names_all_rows_rejected(self, name):
        past = PastApplicants(
            X=pd.DataFrame({"officer": [1.0] * 60, "x": [2.0] * 60}),
            bad=[np.nan] * 60,
            approved=[0] * 60,
            propensity=[0.5] * 60,
        )

        with pytest.raises(DataError, match="none has an outcome and 0 were approved"):
            METHODS[name](past, Scorecard())
