"""riskkit.explanations.attribution"""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskkit.applicants import Column, Schema
from riskkit.errors import DataError
from riskkit.explanations import (
    attribute,
    attribution,
    find_recourse,
    just_approved,
    new_explainer,
    new_levers,
    new_path_explainer,
    trees,
)
from riskkit.explanations.trees import MANY_ROWS
from riskkit.scores import BoostedScorer, Line, Scorecard, TwoStreamModel


@pytest.fixture(scope="module")
def applicants():
    rng = np.random.default_rng(0)
    n = 1500
    table = pd.DataFrame(rng.normal(size=(n, 3)), columns=["income", "debt", "age"])
    table = table.mask(rng.random((n, 3)) < 0.1)
    table["job"] = pd.Series(rng.choice(["cook", "nurse", "pilot"], n)).astype("str")
    table.loc[::9, "job"] = np.nan
    table["constant"] = 1.0
    return table


@pytest.fixture(scope="module")
def bad(applicants):
    debt, income = applicants["debt"].fillna(1), applicants["income"].fillna(0)
    margin = debt * (income < 0) - income + (applicants["job"] == "pilot") - 1
    return (np.random.default_rng(1).random(len(margin)) < 1 / (1 + np.exp(-2 * margin))).astype(
        int
    )


@pytest.fixture(scope="module")
def boosted(applicants, bad):
    return BoostedScorer(seed=0).fit(applicants, bad)


@pytest.fixture(scope="module")
def scorecard(applicants, bad):
    return Scorecard().fit(applicants, bad)


def by_definition(scorer, applicant, background):
    """Shapley values by the sum over all subsets of features, absent ones from the background."""
    names = list(applicant.columns)

    def value(present):
        mixed = background.copy()
        for name in present:
            mixed[name] = applicant[name].iloc[0]
        return scorer.margin(mixed).mean()

    values = {
        frozenset(subset): value(subset)
        for size in range(len(names) + 1)
        for subset in itertools.combinations(names, size)
    }
    n = len(names)
    return np.array(
        [
            sum(
                math.factorial(len(s)) * math.factorial(n - len(s) - 1) / math.factorial(n)
                * (values[s | {name}] - values[s])
                for s in values
                if name not in s
            )
            for name in names
        ]
    )  # fmt: skip


class TestAttribute:
    @pytest.mark.slow
    def test_agrees_with_the_definition_for_trees(self, boosted, applicants):
        background = applicants.iloc[100:130]

        attribution = attribute(boosted, applicants.iloc[:3], background)

        for row in range(3):
            expected = by_definition(boosted, applicants.iloc[[row]], background)
            np.testing.assert_allclose(attribution.contributions[row], expected, atol=1e-6)

    def test_agrees_with_the_definition_for_a_scorecard(self, scorecard, applicants):
        background = applicants.iloc[100:130]

        attribution = attribute(scorecard, applicants.iloc[:1], background)

        expected = by_definition(scorecard, applicants.iloc[:1], background)
        np.testing.assert_allclose(attribution.contributions[0], expected, atol=1e-12)

    def test_is_the_points_of_a_scorecard_less_the_mean_points_of_the_background(
        self, scorecard, applicants
    ):
        one, background = applicants.iloc[:1], applicants.iloc[100:300]

        attribution = attribute(scorecard, one, background)

        expected = scorecard.contributions(one) - scorecard.contributions(background).mean(axis=0)
        np.testing.assert_array_equal(attribution.contributions, expected)

    @pytest.mark.parametrize("name", ["boosted", "scorecard"])
    def test_sums_to_the_margin_with_every_background_row(self, name, applicants, request):
        scorer, background = request.getfixturevalue(name), applicants.iloc[300:500]

        attribution = attribute(scorer, applicants.iloc[:50], background)

        sums = attribution.base + attribution.contributions.sum(axis=1)
        assert attribution.base == pytest.approx(scorer.margin(background).mean(), abs=1e-12)
        np.testing.assert_allclose(sums, scorer.margin(applicants.iloc[:50]), atol=1e-6)
        np.testing.assert_array_equal(attribution.margins, scorer.margin(applicants.iloc[:50]))

    @pytest.mark.parametrize("name", ["boosted", "scorecard"])
    def test_gives_nothing_to_a_feature_that_never_varies(self, name, applicants, request):
        scorer = request.getfixturevalue(name)

        attribution = attribute(scorer, applicants.iloc[:20], applicants.iloc[300:400])

        at = attribution.feature_names.index("constant")
        np.testing.assert_array_equal(attribution.contributions[:, at], 0)

    def test_takes_columns_in_any_order(self, boosted, applicants):
        background = applicants.iloc[300:400]

        attribution = attribute(boosted, applicants.iloc[:5].iloc[:, ::-1], background)

        expected = attribute(boosted, applicants.iloc[:5], background)
        np.testing.assert_array_equal(attribution.contributions, expected.contributions)

    def test_is_positive_where_a_value_raises_the_pd(self, scorecard, applicants):
        poor = applicants.iloc[:1].assign(income=-3.0)

        attribution = attribute(scorecard, poor, applicants[applicants["income"] > 1])

        at = attribution.feature_names.index("income")
        assert attribution.contributions[0, at] > 0

    def test_refuses_an_empty_background(self, scorecard, applicants):
        with pytest.raises(DataError, match=r"^background must have at least one row"):
            attribute(scorecard, applicants, applicants.iloc[:0])

    def test_names_an_absent_column(self, scorecard, applicants):
        with pytest.raises(DataError, match="'debt'"):
            attribute(scorecard, applicants.drop(columns="debt"), applicants)


class TestModelsOfAll:
    """Two streams are no sum of trees or points: their Shapley values are sampled."""

    @pytest.fixture
    def mixed(self, boosted, scorecard):
        line = Line(intercept=0.7, slope=0.6)
        return TwoStreamModel(passing=scorecard, passed=boosted, stopped=None, line=line)

    def test_sum_to_the_margin(self, mixed, applicants):
        found = attribute(mixed, applicants[:4], applicants[50:80])

        sums = found.base + found.contributions.sum(axis=1)
        assert sums == pytest.approx(mixed.margin(applicants[:4]))

    def test_come_near_the_definition(self, mixed, applicants):
        background = pd.concat([applicants[50:60]] * 8)

        found = attribute(mixed, applicants[:1], background)

        exact = by_definition(mixed, applicants[:1], applicants[50:60])
        assert found.contributions[0] == pytest.approx(exact, abs=0.1)
        assert np.abs(exact).max() > 0.5

    def test_ask_for_all_mixed_rows_at_once(self, mixed, applicants):
        lengths = []

        class Counting(TwoStreamModel):
            def margin(self, X):
                lengths.append(len(X))
                return super().margin(X)

        counting = Counting(
            passing=mixed.passing, passed=mixed.passed, stopped=None, line=mixed.line
        )
        explainer = new_explainer(counting, applicants[50:60])
        lengths.clear()

        explainer.contributions_of(applicants[:3])

        # The applicants, and 4 steps between 10 rows, in two orders, and each of them.
        assert lengths == [3, 3 * 4 * 20]

    def test_are_the_same_alone_and_in_parts(self, mixed, applicants, monkeypatch):
        explainer = new_explainer(mixed, applicants[50:60])
        together = explainer.contributions_of(applicants[:5])

        monkeypatch.setattr(attribution, "_ROWS_AT_ONCE", 200)  # two applicants

        np.testing.assert_allclose(explainer.contributions_of(applicants[:5]), together, atol=1e-9)
        alone = explainer.contributions_of(applicants[4:5])
        np.testing.assert_allclose(alone[0], together[4], atol=1e-9)
        assert explainer.contributions_of(applicants[:0]).shape == (0, 5)

    def test_give_one_feature_all(self, applicants, bad):
        scorer = Scorecard().fit(applicants[["debt"]], bad)
        mixed = TwoStreamModel(passing=scorer, passed=scorer, stopped=scorer, line=None)

        found = attribute(mixed, applicants[:2][["debt"]], applicants[50:60][["debt"]])

        np.testing.assert_allclose(found.contributions[:, 0], found.margins - found.base)

    def test_offer_no_recourse_and_prove_nothing(self, mixed, applicants):
        column = Column(role="feature", kind="number", worse="higher", actionable=True)
        pds = mixed.predict_proba(applicants)[:, 1]
        riskiest = applicants.iloc[[int(np.argmax(pds))]]
        levers = new_levers(riskiest.fillna(0), applicants[:5], Schema(columns={"debt": column}))

        found = find_recourse(mixed, riskiest, levers, pd_cutoff=0.01, accepts=lambda _: True)

        assert not found.plans
        assert not found.proved_none


class TestNewExplainer:
    def test_explains_one_applicant_as_it_does_many(self, boosted, applicants):
        explainer = new_explainer(boosted, applicants.iloc[300:400])

        together = explainer.attribute(applicants.iloc[:5])

        alone = [explainer.attribute(applicants.iloc[[i]]).contributions[0] for i in range(5)]
        np.testing.assert_array_equal(together.contributions, alone)

    @pytest.mark.slow
    def test_gives_many_applicants_what_it_gives_a_few(self, boosted, applicants):
        explainer = new_explainer(boosted, applicants.iloc[300:500])

        many = explainer.attribute(applicants.iloc[:MANY_ROWS])

        few = explainer.attribute(applicants.iloc[: MANY_ROWS - 1])
        np.testing.assert_allclose(many.contributions[:-1], few.contributions, atol=1e-6)
        sums = many.base + many.contributions.sum(axis=1)
        np.testing.assert_allclose(sums, many.margins, atol=1e-7)  # every background row counts

    def test_gives_the_same_in_batches(self, scorecard, applicants):
        explainer = new_explainer(scorecard, applicants.iloc[300:400])

        batches = list(explainer.in_batches(applicants.iloc[:25], 10))

        whole = explainer.attribute(applicants.iloc[:25])
        assert [len(batch.margins) for batch in batches] == [10, 10, 5]
        together = np.concatenate([batch.contributions for batch in batches])
        np.testing.assert_array_equal(together, whole.contributions)

    def test_refuses_batches_of_nobody(self, scorecard, applicants):
        explainer = new_explainer(scorecard, applicants.iloc[300:400])

        with pytest.raises(DataError, match=r"^n_rows must be at least 1, but is 0\.$"):
            list(explainer.in_batches(applicants, 0))

    def test_stops_where_the_sums_miss_the_margin(self, scorecard, applicants, monkeypatch):
        explainer = new_explainer(scorecard, applicants.iloc[300:400])
        monkeypatch.setattr(scorecard, "intercept_", scorecard.intercept_ + 2e-6)

        with pytest.raises(RuntimeError, match=r"miss the margin by up to 2e-06"):
            explainer.attribute(applicants.iloc[:1])

    def test_stops_where_rows_of_the_background_are_lost(self, boosted, applicants, monkeypatch):
        whole = trees.by_leaves
        monkeypatch.setattr(trees, "by_leaves", lambda booster, rows: whole(booster, rows[:100]))
        explainer = new_explainer(boosted, applicants.iloc[300:500])

        with pytest.raises(RuntimeError, match="miss the margin by up to"):
            explainer.attribute(applicants.iloc[:1])

    def test_leaves_the_caller_no_warnings_changed(self, boosted, applicants):
        import warnings

        before = list(warnings.filters)

        new_explainer(boosted, applicants.iloc[300:310]).attribute(applicants.iloc[:1])

        assert warnings.filters == before


class TestNewPathExplainer:
    def test_gives_what_lightgbm_gives(self, boosted, applicants):
        explainer = new_path_explainer(boosted, applicants.iloc[300:400])

        found = explainer.attribute(applicants.iloc[:20])

        encoded = boosted.encode(applicants.iloc[:20]).to_numpy()
        raw = boosted.slope_ * boosted.booster_.predict(encoded, pred_contrib=True)
        for j, name in enumerate(found.feature_names):
            own = [i for i, source in enumerate(boosted.encoded_sources_) if source == name]
            np.testing.assert_allclose(found.contributions[:, j], raw[:, own].sum(axis=1))
        assert found.base == pytest.approx(raw[0, -1] + boosted.intercept_)

    def test_refuses_a_scorecard(self, scorecard, applicants):
        with pytest.raises(DataError, match=r"^scorer must be a BoostedScorer, .* a Scorecard"):
            new_path_explainer(scorecard, applicants)


class TestJustApproved:
    def test_draws_from_the_approved_nearest_to_the_cutoff(self):
        pds = np.arange(10_000) / 10_000
        features = pd.DataFrame({"pds": pds})

        chosen = just_approved(features, pds=pds, pd_cutoff=0.8, n=200, seed=0)

        # 8001 are approved, the nearest 5 % of them are 400.
        assert len(chosen) == 200
        assert chosen["pds"].between(0.8 - 0.04, 0.8).all()
        assert chosen["pds"].min() < 0.78
        assert chosen.index.is_monotonic_increasing
        assert chosen.index.is_unique

    @given(seed=st.integers(0, 2**32), n=st.integers(1, 60), cutoff=st.floats(0.1, 0.9))
    def test_never_takes_the_rejected(self, seed, n, cutoff):
        pds = np.random.default_rng(seed).random(100)
        features = pd.DataFrame({"pds": np.r_[pds, 0.05]})

        chosen = just_approved(features, pds=features["pds"], pd_cutoff=cutoff, n=n, seed=seed)

        n_approved = int((features["pds"] <= cutoff).sum())
        assert len(chosen) == min(n, n_approved)
        assert (chosen["pds"] <= cutoff).all()

    def test_draws_the_same_again_with_the_same_seed(self):
        features = pd.DataFrame({"x": range(9000)})
        pds = np.linspace(0, 1, 9000)

        draws = [
            just_approved(features, pds=pds, pd_cutoff=0.9, seed=seed).index for seed in (1, 1, 2)
        ]

        assert draws[0].equals(draws[1])
        assert not draws[0].equals(draws[2])

    def test_takes_all_of_too_few(self):
        chosen = just_approved(pd.DataFrame({"x": [1, 2, 3]}), pds=[0.1, 0.2, 0.9],
                               pd_cutoff=0.5, seed=0)  # fmt: skip

        assert chosen["x"].tolist() == [1, 2]

    def test_says_that_nobody_is_approved(self):
        with pytest.raises(DataError, match=r"^Nobody is approved at pd_cutoff 0.1.* is 0\.2\.$"):
            just_approved(pd.DataFrame({"x": [1, 2]}), pds=[0.2, 0.3], pd_cutoff=0.1, seed=0)

    def test_refuses_columns_of_two_lengths(self):
        with pytest.raises(DataError, match=r"^pds must have one value per row of features \(1\)"):
            just_approved(pd.DataFrame({"x": [1]}), pds=[0.2, 0.3], pd_cutoff=0.1, seed=0)

    def test_refuses_to_draw_nobody(self):
        with pytest.raises(DataError, match=r"^n must be at least 1, but is 0"):
            just_approved(pd.DataFrame({"x": [1]}), pds=[0.2], pd_cutoff=0.5, n=0, seed=0)
