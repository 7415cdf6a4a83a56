"""riskkit.scores.self_learning"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from riskkit.errors import DataError
from riskkit.scores import PastApplicants, SelfLearningPlan, known_only, self_learning
from riskkit.scores.self_learning import _like_the_approved

SCORER = LogisticRegression()


class Counting(LogisticRegression):
    """Notes on how many rows each copy is fitted."""

    def __init__(self, fits=None):
        super().__init__()
        self.fits = [] if fits is None else fits

    def __sklearn_clone__(self):
        return Counting(self.fits)

    def fit(self, X, y, sample_weight=None):
        self.fits.append(len(X))
        return super().fit(X, y, sample_weight)


def draw(n=3000, seed=1):
    rng = np.random.default_rng(seed)
    x, z = rng.standard_normal((2, n))
    bad = (rng.random(n) < expit(-1.5 + x + z)).astype(float)
    approved = x + 0.3 * rng.standard_normal(n) < 0
    X = pd.DataFrame({"x": x, "z": z})
    return PastApplicants(X=X, bad=np.where(approved, bad, np.nan), approved=approved), bad


class TestSelfLearning:
    @pytest.mark.slow
    def test_labels_a_few_rejects_more_of_them_bad(self):
        past, _ = draw()
        plan = SelfLearningPlan()

        found = [self_learning(past, SCORER, plan=plan, seed=seed) for seed in range(4)]

        labelled = max(found, key=lambda f: f.n_inferred)
        n_rejected = np.isnan(past.bad).sum()
        assert 0 < labelled.n_inferred <= 5 * (3 * 0.01 * 0.3 * n_rejected + 2)
        n_bad = int(labelled.note.split(", ")[1].split()[0])
        assert n_bad > labelled.n_inferred / 2

    def test_stops_where_nothing_improves(self):
        past, _ = draw()
        # Labels by a coin's logic: a third of the sample good, the rest bad, however unsure.
        plan = SelfLearningPlan(labelled=0.3, imbalance=2.0, sampled=0.9, n_iterations=20)
        scorer = Counting()

        found = self_learning(past, scorer, plan=plan)

        # The first model, the iterations that improved, one that did not, the model returned.
        assert len(scorer.fits) < 2 + 20
        assert found.n_inferred == (scorer.fits[-1] - found.n_known)
        improved = len(scorer.fits) - 3
        assert (found.n_inferred > 0) == (improved > 0)

    @pytest.mark.slow
    def test_is_the_known_only_model_where_it_labels_nobody(self):
        past, _ = draw()
        found = next(
            f
            for seed in range(30)
            if not (f := self_learning(
                past, SCORER, plan=SelfLearningPlan(n_iterations=1), seed=seed
            )).n_inferred
        )  # fmt: skip

        known = known_only(past, SCORER)
        assert found.model.coef_ == pytest.approx(known.model.coef_)

    @pytest.mark.slow
    def test_is_the_same_with_the_same_seed(self):
        past, _ = draw()

        one, other = (self_learning(past, SCORER, seed=7) for _ in range(2))

        assert one.note == other.note
        assert one.model.coef_.tolist() == other.model.coef_.tolist()

    def test_keeps_all_rejects_where_asked(self):
        past, _ = draw(2000)
        rng = np.random.default_rng(1)
        rejected = rng.standard_normal((400, 2))

        everybody, some = (
            _like_the_approved(
                past.X.to_numpy(), rejected, SelfLearningPlan(kept=kept), seed=1
            ).sum()
            for kept in ((0.0, 1.0), (0.25, 1.0))
        )

        assert everybody == 400
        assert some == pytest.approx(300, abs=2)

    @pytest.mark.parametrize(
        ("plan", "message"),
        [
            ({"kept": (0.5, 0.2)}, r"^plan must hold shares between 0 and 1"),
            ({"sampled": 0}, r"^plan must hold shares between 0 and 1"),
            ({"labelled": 0.5, "imbalance": 2}, r"^plan must label less than all"),
        ],
    )
    def test_names_a_plan_that_contradicts_itself(self, plan, message):
        past, _ = draw(300)
        with pytest.raises(DataError, match=message):
            self_learning(past, SCORER, plan=SelfLearningPlan(**plan))

    def test_names_too_few_rejects_and_bads(self):
        past, bad = draw(300)
        everybody = PastApplicants(X=past.X, bad=bad, approved=np.ones(300))
        with pytest.raises(DataError, match=r"at least 50 without an outcome .* hold 0"):
            self_learning(everybody, SCORER)
        one_bad = np.where(np.isnan(past.bad), np.nan, 0.0)
        one_bad[np.flatnonzero(~np.isnan(past.bad))[0]] = 1
        one = PastApplicants(X=past.X, bad=one_bad, approved=past.approved)
        seeds = [seed for seed in range(60) if np.random.default_rng(seed).random(300)[
            np.flatnonzero(one_bad == 1)[0]] < 0.1]  # fmt: skip
        with pytest.raises(DataError, match="after some were held out"):
            self_learning(one, SCORER, seed=seeds[0])
