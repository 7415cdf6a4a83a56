"""riskkit.scores on real tables: three-fold AUC is what published references reach."""

from pathlib import Path

import pandas as pd
import pytest

from riskkit.scores import BoostedScorer, Scorecard, best_scorer

DATA = Path(__file__).parents[3] / "shared" / "data"


def outcomes_and_features(name, outcome, bad_value, ids):
    path = DATA / f"{name}.parquet"
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{path.name}, beside the project's root")
    table = pd.read_parquet(path)
    return table.drop(columns=[outcome, *ids]), (table[outcome] == bad_value).to_numpy()


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize(
    ("table", "least"),
    [
        (("german_credit", "creditability", "bad", []), 0.76),
        (("taiwan_credit_card", "default.payment.next.month", 1, ["ID"]), 0.775),
        (("give_me_some_credit", "SeriousDlqin2yrs", 1, ["id"]), 0.862),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_best_scorer_reaches_the_reference(table, least):
    X, bad = outcomes_and_features(*table)
    candidates = {"scorecard": Scorecard(), "boosted": BoostedScorer(n_jobs=2)}

    comparison = best_scorer(candidates, X, bad, n_folds=3)

    assert comparison.results[comparison.best_name].mean_auc >= least
    assert min(result.mean_auc for result in comparison.results.values()) >= least - 0.006
