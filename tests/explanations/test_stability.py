"""riskkit.explanations.stability"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Column, Schema
from riskkit.errors import DataError
from riskkit.explanations import (
    Ranking,
    bootstrap_stability,
    new_explainer,
    reason_stability,
    refit_stability,
)
from riskkit.scores import Scorecard


def ranked(*places, keys=("a", "b", "c", "d", "e")):
    filled = [[*row, *[-1] * (5 - len(row))] for row in places]
    return Ranking(keys=keys, totals=np.zeros((len(places), len(keys))), places=np.array(filled))


class TestReasonStability:
    def test_agrees_with_a_count_by_hand(self):
        given = ranked([0, 1, 2, 3])
        repeats = [ranked([0, 1, 2, 3]), ranked([1, 0, 3, 2]), ranked([0, 1, 2, 4])]

        stability = reason_stability(given, repeats)

        assert stability.n_repeats == 3
        assert stability.same_first == pytest.approx([2 / 3])
        assert stability.same_set == pytest.approx([2 / 3])
        assert stability.found_again == pytest.approx([(4 / 4 + 4 / 4 + 3 / 4) / 3])
        assert stability.stable.tolist() == [True]

    def test_marks_reasons_that_change(self):
        stability = reason_stability(ranked([0, 1], [0, 1]), [ranked([2, 1], [1, 0])])

        assert stability.stable.tolist() == [False, True]

    def test_takes_no_reasons_as_the_same_as_no_reasons(self):
        stability = reason_stability(ranked([], []), [ranked([], [0])])

        assert stability.found_again.tolist() == [1.0, 0.0]

    def test_refuses_no_repeats(self):
        with pytest.raises(DataError, match=r"^repeats must hold at least one ranking"):
            reason_stability(ranked([0]), [])

    def test_refuses_other_applicants(self):
        with pytest.raises(DataError, match=r"^repeats must rank the reasons of the same"):
            reason_stability(ranked([0]), [ranked([0], [1])])


@pytest.fixture(scope="module")
def case():
    """A scorecard of four features, of which two are noise to the outcome."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(800, 4)), columns=list("abcd"))
    bad = (rng.random(800) < 1 / (1 + np.exp(1 - 2 * table["a"] - table["b"]))).astype(int)
    schema = Schema(columns=dict.fromkeys("abcd", Column(role="feature", kind="number")))
    return table, bad, schema, Scorecard(n_folds=3).fit(table, bad)


class TestBootstrapStability:
    def test_is_the_same_with_the_same_seed(self, case):
        table, _, schema, scorer = case
        explainer = new_explainer(scorer, table.iloc[:5])

        found = [
            bootstrap_stability(explainer, table.iloc[100:130], schema, n=4, seed=seed)
            for seed in (0, 0)
        ]

        np.testing.assert_array_equal(found[0].found_again, found[1].found_again)
        assert found[0].n_repeats == 4
        assert 0.5 < found[0].found_again.mean() < 1

    def test_finds_everything_again_against_one_row(self, case):
        table, _, schema, scorer = case
        explainer = new_explainer(scorer, table.iloc[:1])

        stability = bootstrap_stability(explainer, table.iloc[100:130], schema, n=3, seed=0)

        assert stability.same_set.tolist() == [1.0] * 30
        assert stability.same_first.tolist() == [1.0] * 30


class TestRefitStability:
    def test_finds_everything_again_with_the_same_model_and_less_with_another(self, case):
        table, bad, schema, scorer = case
        explainer = new_explainer(scorer, table.iloc[:100])
        rows = np.random.default_rng(1).integers(len(table), size=len(table))
        refit = Scorecard(n_folds=3).fit(table.iloc[rows].reset_index(drop=True), bad.iloc[rows])

        same = refit_stability(explainer, [scorer], table.iloc[100:200], schema)
        other = refit_stability(explainer, [refit], table.iloc[100:200], schema)

        assert same.same_set.min() == 1.0
        assert 0.3 < other.same_set.mean() < 1
