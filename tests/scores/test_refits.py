"""riskkit.scores.refits"""

import numpy as np
import pandas as pd
import pytest

from riskkit.errors import DataError
from riskkit.scores import BoostedScorer, Scorecard, refitted


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(600, 3)), columns=list("abc"))
    table["d"] = rng.choice(["x", "y"], 600)
    bad = (rng.random(600) < 1 / (1 + np.exp(1 - 2 * table["a"]))).astype(int)
    return table, bad


@pytest.fixture(scope="module", params=["scorecard", "boosted"])
def scorer(request, sample):
    made = {"scorecard": Scorecard(n_folds=3), "boosted": BoostedScorer(n_folds=3, max_trees=30)}
    return made[request.param].fit(*sample)


class TestRefitted:
    def test_fits_anew_each_time_and_leaves_the_scorer_alone(self, scorer, sample):
        before = scorer.margin(sample[0])

        refits = refitted(scorer, *sample, n=3, seed=1)

        margins = [refit.margin(sample[0]) for refit in refits]
        assert len(margins) == 3
        assert len({margin.tobytes() for margin in [before, *margins]}) == 4
        assert all(np.corrcoef(before, margin)[0, 1] > 0.7 for margin in margins)
        np.testing.assert_array_equal(scorer.margin(sample[0]), before)

    def test_is_the_same_with_the_same_seed(self, scorer, sample):
        first, second = (refitted(scorer, *sample, n=1, seed=4)[0] for _ in range(2))

        np.testing.assert_array_equal(first.margin(sample[0]), second.margin(sample[0]))

    def test_leaves_out_a_draw_that_cannot_be_fitted(self, sample):
        table, bad = sample
        rare = table.assign(rare=np.where(np.arange(600) == 5, 1.0, np.nan))
        scorer = Scorecard(n_folds=3).fit(rare, bad)

        refits = refitted(scorer, rare, bad, n=6, seed=0)

        assert 0 < len(refits) < 6

    def test_refuses_a_negative_number(self, scorer, sample):
        with pytest.raises(DataError, match=r"^n must not be negative, but is -1\.$"):
            refitted(scorer, *sample, n=-1, seed=0)
