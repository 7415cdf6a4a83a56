"""riskkit.scores.findings"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from riskkit.errors import DataError
from riskkit.scores import (
    BoostedScorer,
    PastApplicants,
    Scorecard,
    bivariate_probit,
    model_findings,
    two_stream,
)


def applicants(n=3000):
    """One feature of each kind that there is something to say of, and one without."""
    rng = np.random.default_rng(5)
    income, chance = rng.standard_normal(n), rng.random(n)
    X = pd.DataFrame(
        {
            "income": income,
            "office": 7.0,
            "country": "here",
            "partner": [f"shop {i}" for i in range(n)],
        }
    )
    return X, (chance < expit(-1 - income)).astype(float)


def selected():
    """The same after a past policy that explored, and was moved by the hour too."""
    X, bad = applicants()
    rng = np.random.default_rng(6)
    X = X.assign(hour=rng.standard_normal(len(X)))
    propensity = np.where(X["income"] + 2 * X["hour"] > -0.5, 1.0, 0.3)
    approved = rng.random(len(X)) < propensity
    bad = np.where(approved, bad, np.nan)
    return PastApplicants(X=X, bad=bad, approved=approved, propensity=propensity)


def fitted(kind):
    """Return a model of a kind, its training rows and their outcomes."""
    X, bad = applicants()
    if kind == "scorecard":
        return Scorecard(n_folds=3).fit(X, bad), X, bad
    if kind == "boosted":
        return BoostedScorer(max_trees=20).fit(X, bad), X, bad
    past = selected()
    known = past.bad[~np.isnan(past.bad)]
    if kind == "two streams":
        boosted = BoostedScorer(max_trees=20)
        return two_stream(past, boosted, passing_scorer=boosted).model, past.X, known
    return bivariate_probit(past, excluded=("hour",)).model, past.X, known


class Looks:
    """A model of income, for which one value of the coin outweighs it."""

    def __init__(self, alarm):
        self.alarm = alarm
        self.feature_names_in_ = np.array(["income", "coin"])

    def predict_proba(self, X):
        """Return the probabilities of good and bad."""
        coin = X["coin"]
        raised = coin.isna() if self.alarm is None else coin == self.alarm
        pds = np.where(raised, 0.9, expit(-1 - X["income"]))
        return np.column_stack([1 - pds, pds])


def found_in(scorer, X, bad, **rules):
    return model_findings(scorer, X, bad=bad, rng=np.random.default_rng(0), **rules)


class TestModelFindings:
    @pytest.mark.parametrize("kind", ["scorecard", "boosted", "two streams", "bivariate probit"])
    def test_name_constants_and_categories_of_many_levels_in_every_kind_of_model(self, kind):
        found = found_in(*fitted(kind))

        constants = {f.feature for f in found if f.kind == "constant"}
        assert constants == {"office", "country"}
        (levels,) = [f for f in found if f.feature == "partner" and f.kind == "levels"]
        assert levels.details == {"n_levels": 3000, "n_rare": 3000, "share": 1.0}
        assert "income" not in {f.feature for f in found}

    def test_count_the_levels_and_rows_that_are_rare(self):
        _, bad = applicants()
        X = pd.DataFrame({"job": np.repeat(["a", "b", "c", "d"], [1900, 1000, 60, 40])})
        bad = np.tile([1.0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 300)  # 100 rows expect ten bads
        scorer = Scorecard(n_folds=3).fit(X, bad)

        found = found_in(scorer, X.assign(job=X["job"].astype("category")), bad)

        (levels,) = [f for f in found if f.kind == "levels"]
        assert levels.details == {"n_levels": 4, "n_rare": 2, "share": 100 / 3000}
        assert "4 levels in training, 2 of them too rare" in str(levels)

    def test_name_what_left_nothing_in_the_model(self):
        X, bad = applicants()
        X = X[["income"]].assign(coin=np.tile([1.0, 0.0], len(X) // 2))
        scorer = Looks(alarm=99)

        found = found_in(scorer, X, bad)

        assert [(f.feature, f.kind) for f in found] == [("coin", "unused")]
        assert "whichever of its values" in str(found[0])

    @pytest.mark.parametrize("alarm", [1, None, "yes"])
    def test_do_not_say_so_of_a_rare_value_that_matters(self, alarm):
        X, bad = applicants(20000)
        usual = "no" if alarm == "yes" else 0
        coin = np.full(len(X), usual, dtype=object)
        coin[0] = alarm  # in none of the rows drawn
        X = X[["income"]].assign(coin=coin if alarm == "yes" else coin.astype(float))

        found = found_in(Looks(alarm=alarm), X, bad)

        assert "unused" not in {f.kind for f in found}

    def test_do_not_say_so_of_missing_and_extreme_numbers_that_matter(self):
        X, bad = applicants(20000)
        numbers = np.random.default_rng(8).standard_normal(len(X))
        for alarm in (None, 99.0):
            numbers[:2] = alarm or np.nan, np.nan
            X = X[["income"]].assign(coin=numbers)

            found = found_in(Looks(alarm=alarm), X, bad)

            assert found == ()

    def test_name_wrong_signs_of_every_kind_of_model(self):
        X, bad = applicants()
        X = X[["income"]]
        for scorer in (Scorecard(n_folds=3), BoostedScorer(max_trees=20)):
            scorer.fit(X, bad)

            (wrong,) = [
                f
                for f in found_in(scorer, X, bad, directions={"income": "higher"})
                if f.kind == "against"
            ]
            right = found_in(scorer, X, bad, directions={"income": "lower"})

            assert wrong.details["move"] < -1
            assert "should rise where it is higher" in str(wrong)
            assert "against" not in {f.kind for f in right}

    def test_leave_special_codes_out_of_the_direction(self):
        X, bad = applicants()
        coded = np.where(np.arange(len(X)) % 3 == 0, 99.0, X["income"])  # 99: not asked
        scorer = Scorecard(special={"income": (99.0,)}, n_folds=3)
        scorer.fit(pd.DataFrame({"income": coded}), bad)
        rules = {"directions": {"income": "lower"}, "special": {"income": (99.0,)}}

        found = found_in(scorer, pd.DataFrame({"income": coded}), bad, **rules)

        assert "against" not in {f.kind for f in found}

    def test_have_what_a_scorecard_says_of_its_signs(self):
        rng = np.random.default_rng(9)
        a, b = rng.standard_normal((2, 4000))
        debt = 0.8 * a + 0.6 * b  # lowers the risk by itself, raises it beside income
        bad = (rng.random(4000) < expit(-1 - 2 * a + debt)).astype(float)
        X = pd.DataFrame({"income": a, "debt": debt})
        scorer = Scorecard(n_folds=3, penalty=1e-3).fit(X, bad)
        checks = scorer.checks().set_index("feature")

        found = found_in(scorer, X, bad)

        assert not checks["agrees"].all()
        named = {f.feature for f in found if f.kind in {"sign", "reversed"}}
        assert named == set(checks.index[~checks["agrees"]])

    def test_come_with_the_most_serious_first_and_as_plain_data(self):
        found = found_in(*fitted("scorecard"), directions={"income": "higher"})

        kinds = [f.kind for f in found]
        assert kinds == ["constant", "constant", "unused", "against", "levels"]
        assert found[0].as_dict() == {
            "feature": "office",
            "kind": "constant",
            "sentence": "'office' has one value in all 3,000 training rows, so it adds nothing.",
            "n_rows": 3000,
        }

    def test_are_none_for_a_sound_model(self):
        X, bad = applicants()
        scorer = BoostedScorer(max_trees=20).fit(X[["income"]], bad)

        assert found_in(scorer, X[["income"]], bad, directions={"income": "lower"}) == ()

    def test_refuse_outcomes_that_are_none(self):
        scorer, X, bad = fitted("boosted")

        with pytest.raises(DataError, match="bad must hold only 0 and 1"):
            found_in(scorer, X, bad + 0.5)
