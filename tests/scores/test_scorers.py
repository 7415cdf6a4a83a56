"""What riskkit.scores promises of Scorecard and BoostedScorer alike."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from riskkit.errors import DataError
from riskkit.scores import BoostedScorer, Scorecard, auc, load_scorer, save_scorer

N_NEW = 300
KINDS = [Scorecard, BoostedScorer]
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def pds(scorer, X):
    return scorer.predict_proba(X)[:, 1]


class TestBits:
    """PDs are equal to the last bit, however the applicants come."""

    @settings(
        deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        rows=st.lists(st.integers(0, N_NEW - 1), min_size=1, max_size=40),
        order=st.permutations(range(4)),
    )
    def test_of_any_rows_and_columns_are_those_of_the_batch(self, scorer, newcomers, rows, order):
        batch = pds(scorer, newcomers)

        some = pds(scorer, newcomers.iloc[rows, order])

        assert (some == batch[rows]).all()

    def test_of_single_rows_are_those_of_the_batch(self, scorer, newcomers):
        batch = pds(scorer, newcomers)

        singles = [pds(scorer, newcomers.iloc[[i]])[0] for i in range(len(newcomers))]

        assert (np.array(singles) == batch).all()

    def test_of_the_reloaded_scorer_are_those_of_the_saved(self, scorer, newcomers, tmp_path):
        save_scorer(scorer, tmp_path / "scorer")

        again = load_scorer(tmp_path / "scorer")

        assert (pds(again, newcomers) == pds(scorer, newcomers)).all()
        assert (again.margin(newcomers) == scorer.margin(newcomers)).all()

    @settings(
        deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(seed=st.integers(0, 2**32 - 1), n_levels=st.integers(1, 30))
    @kinds
    def test_of_any_reloaded_scorer_are_those_of_the_saved(self, kind, tmp_path, seed, n_levels):
        rng = np.random.default_rng(seed)
        X = pd.DataFrame(
            {
                "a": rng.standard_cauchy(200) * 10.0 ** rng.integers(-12, 12),
                "b": rng.integers(0, n_levels, 200).astype(str),
            }
        )
        scorer = kind(seed=seed).fit(X, np.arange(200) % 4 == 0)

        save_scorer(scorer, tmp_path / "scorer")

        assert (pds(load_scorer(tmp_path / "scorer"), X) == pds(scorer, X)).all()

    def test_do_not_depend_on_threads(self, sample, newcomers):
        one = BoostedScorer(n_jobs=1).fit(*sample)
        two = BoostedScorer(n_jobs=2).fit(*sample)

        assert (pds(one, newcomers) == pds(two, newcomers)).all()
        assert (pds(one.set_params(n_jobs=2), newcomers) == pds(two, newcomers)).all()

    @kinds
    def test_are_the_same_for_the_same_sample_and_seed(self, kind, sample, newcomers):
        assert (pds(kind().fit(*sample), newcomers) == pds(kind().fit(*sample), newcomers)).all()


class TestPds:
    def test_lie_inside_0_and_1_and_follow_the_margin(self, scorer, newcomers):
        margin, fractions = scorer.margin(newcomers), pds(scorer, newcomers)

        order = np.argsort(margin)
        assert ((fractions > 0) & (fractions < 1)).all()
        assert (np.diff(fractions[order])[np.diff(margin[order]) > 0] > 0).all()
        assert fractions == pytest.approx(1 / (1 + np.exp(-margin)))

    def test_never_fall_in_the_direction_of_the_pd(self, scorer, newcomers):
        grid = pd.DataFrame(
            np.repeat(newcomers.iloc[:40].to_numpy(), 50, axis=0), columns=newcomers.columns
        )
        grid = grid.infer_objects()
        for name, sign, values in (
            ("income", -1, np.linspace(0, 300, 50)), ("debt", 1, np.linspace(-1, 30, 50)),
        ):  # fmt: skip
            margin = scorer.margin(grid.assign(**{name: np.tile(values, 40)})).reshape(40, 50)
            assert (sign * np.diff(margin, axis=1) >= 0).all()
            assert (sign * (margin[:, -1] - margin[:, 0]) > 0).all()

    def test_are_calibrated_and_near_the_truth(self, scorer, draw_sample):
        X, bad = draw_sample(20_000, seed=7)

        assert pds(scorer, X).mean() == pytest.approx(bad.mean(), abs=0.02)
        assert auc(bad=bad, pds=pds(scorer, X)) > 0.69

    def test_of_an_unknown_level_are_those_of_no_other(self, scorer, newcomers):
        first, second = (newcomers.iloc[:50].assign(job=job) for job in ("astronaut", "x"))

        assert (pds(scorer, first) == pds(scorer, second)).all()

    def test_tell_special_codes_apart_as_training_taught(self, scorer, newcomers):
        lost, refused = (newcomers.iloc[:50].assign(income=code) for code in (-9.0, -8.0))

        difference = scorer.margin(lost) - scorer.margin(refused)
        assert (difference > 0).all()
        assert difference.mean() > 0.6  # of 1.2 in truth

    def test_of_missing_debt_are_higher_as_training_taught(self, scorer, newcomers):
        missing, usual = (newcomers.iloc[:50].assign(debt=debt) for debt in (np.nan, 0.7))

        assert (scorer.margin(missing) > scorer.margin(usual)).all()

    @kinds
    def test_follow_weights(self, kind, sample):
        X, bad = sample

        weight = np.where(bad, 3.0, 1.0)

        heavy = kind().fit(X, bad, sample_weight=weight)

        expected = weight[bad == 1].sum() / weight.sum()
        assert np.average(pds(heavy, X), weights=weight) == pytest.approx(expected, abs=0.02)

    @kinds
    def test_take_missing_numbers_that_training_never_had(self, kind, sample):
        X, bad = sample
        scorer = kind().fit(X[["age"]], bad)

        (missing,) = scorer.margin(pd.DataFrame({"age": [np.nan]}))

        usual = scorer.margin(X[["age"]])
        assert usual.min() <= missing <= usual.max()

    @kinds
    def test_exist_for_a_column_of_codes_only(self, kind, sample):
        _, bad = sample
        X = pd.DataFrame({"code": np.where(bad == 1, -9.0, np.nan)})

        fractions = pds(kind(special={"code": (-9.0,)}).fit(X, bad), X)

        assert fractions[bad == 1].min() > 0.8
        assert fractions[bad == 0].max() < 0.2

    @kinds
    def test_keep_a_special_level_apart(self, kind, sample):
        X, bad = sample
        job = X["job"].mask(np.arange(len(X)) < 8, "none given")
        bad = np.where(np.arange(len(X)) < 8, 1, bad)

        scorer = kind(special={"job": ("none given",)}).fit(pd.DataFrame({"job": job}), bad)

        risky, usual = scorer.margin(pd.DataFrame({"job": ["none given", "clerk"]}))
        assert risky > usual


class TestNoise:
    @pytest.mark.slow
    @kinds
    def test_of_3000_levels_costs_at_most_0_002_auc(self, kind, draw_sample):
        (X, bad), (new, new_bad) = (draw_sample(20_000, seed=seed) for seed in (3, 4))
        rng = np.random.default_rng(5)
        levels = [rng.integers(0, 3000, 20_000).astype(str) for _ in range(2)]

        without = pds(kind().fit(X, bad), new)
        noisy = kind().fit(X.assign(noise=levels[0]), bad)

        loss = auc(bad=new_bad, pds=without) - auc(
            bad=new_bad, pds=pds(noisy, new.assign(noise=levels[1]))
        )
        assert loss <= 0.002


class TestScikitLearn:
    def test_clones_keep_the_parameters_and_nothing_else(self, scorer):
        copy = clone(scorer)

        assert copy.get_params() == scorer.get_params()
        with pytest.raises(NotFittedError):
            copy.margin(pd.DataFrame({"income": [1.0]}))

    @kinds
    def test_pipelines_and_cross_validation_work(self, kind, sample):
        X, bad = sample
        pipeline = make_pipeline(
            FunctionTransformer(lambda table: table.drop(columns="age")), kind()
        )

        scores = cross_val_score(pipeline, X, bad, cv=3, scoring="roc_auc")

        assert scores.min() > 0.6

    def test_fitted_attributes_name_features_and_classes(self, scorer):
        assert scorer.feature_names_in_.tolist() == ["income", "debt", "age", "job"]
        assert scorer.n_features_in_ == 4
        assert scorer.classes_.tolist() == [0, 1]

    def test_predict_picks_the_likelier_class(self, scorer, newcomers):
        assert (scorer.predict(newcomers) == (pds(scorer, newcomers) > 0.5)).all()

    @kinds
    def test_arrays_and_objects_are_tables_too(self, kind, sample):
        X, bad = sample
        numbers = X[["debt", "age"]]
        scorer = kind().fit(numbers.to_numpy(), bad)

        mixed = kind().fit(numbers.astype(object), bad)

        assert (pds(scorer, numbers.to_numpy()) == pds(mixed, numbers)).all()
        with pytest.raises(DataError, match=r"^X has 1 features, but [a-zA-Z]+ is expecting 2"):
            scorer.predict(numbers[["debt"]].to_numpy())

    @kinds
    def test_booleans_are_numbers(self, kind, sample):
        X, bad = sample
        flags = pd.DataFrame({"old": X["age"] > 60, "poor": (X["income"] < 20).astype("boolean")})

        fractions = pds(kind(directions={"poor": "higher"}).fit(flags, bad), flags)

        assert fractions[flags["poor"]].mean() > fractions[~flags["poor"]].mean()


NOT_OURS = "outcomes must be 0 and 1, at least 3 of each"
EXPECTED_FAILURES = {
    "check_classifier_data_not_an_array": NOT_OURS,
    "check_classifier_not_supporting_multiclass": "the error speaks of 0 and 1, not of classes",
    "check_classifiers_classes": NOT_OURS,
    "check_classifiers_one_label_sample_weights": "weights must be positive",
    "check_classifiers_regression_target": "the error speaks of 0 and 1, not of targets",
    "check_complex_data": "the outcomes are refused first",
    "check_dict_unchanged": NOT_OURS,
    "check_dont_overwrite_parameters": NOT_OURS,
    "check_estimators_dtypes": NOT_OURS,
    "check_f_contiguous_array_estimator": NOT_OURS,
    "check_fit2d_predict1d": NOT_OURS,
    "check_methods_sample_order_invariance": NOT_OURS,
    "check_methods_subset_invariance": NOT_OURS,
    "check_sample_weight_equivalence_on_dense_data": "weights must be positive",
    "check_sample_weights_not_an_array": NOT_OURS,
    "check_sample_weights_not_overwritten": NOT_OURS,
    "check_sample_weights_pandas_series": NOT_OURS,
    "check_sample_weights_shape": NOT_OURS,
    "check_supervised_y_2d": "outcomes must be one column",
}


CHECKS = parametrize_with_checks(
    [Scorecard(), BoostedScorer()], expected_failed_checks=lambda _: EXPECTED_FAILURES
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "check"),
    list(CHECKS.args[1]),
    ids=CHECKS.kwargs["ids"],
)
def test_scikit_learn_finds_an_estimator(estimator, check):
    check(estimator)


class TestBadInput:
    @kinds
    @pytest.mark.parametrize("outcome", [0, 1])
    def test_one_class_is_named(self, kind, sample, outcome):
        X, _ = sample

        with pytest.raises(DataError, match=r"^y must hold at least 3 bads .* but has one class"):
            kind().fit(X, np.full(len(X), outcome))

    @kinds
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda X: X.assign(age=np.inf), r"^Column 'age' must hold finite numbers"),
            (lambda X: X.assign(age=np.nan), r"^X must have values in every column, but 'age'"),
            (lambda X: X.assign(age=pd.Timestamp("2020-01-01")), r"^Column 'age' holds datetime"),
            (lambda X: X.iloc[:0], r"^X must have rows"),
            (lambda X: X[[]], r"^X must have columns"),
            (lambda X: X.set_axis(["age"] * 4, axis=1), r"^X must name each column once"),
            (lambda X: X["age"].to_numpy(), r"^X must be a table with 2 dimensions"),
            (lambda X: X.iloc[1:], r"^y must have one value per row of X"),
        ],
    )
    def test_of_a_training_table_is_named(self, kind, sample, change, message):
        X, bad = sample

        with pytest.raises(DataError, match=message):
            kind().fit(change(X), bad)

    @kinds
    @pytest.mark.parametrize(
        ("params", "message"),
        [
            (
                {"directions": {"wage": "higher"}},
                r"^directions names 'wage', which is not a column",
            ),
            ({"directions": {"job": "higher"}}, r"^directions names 'job', which holds text"),
            ({"directions": {"age": "up"}}, r'^directions must be "higher", "lower" or "none"'),
            ({"special": {"wage": (1,)}}, r"^special names 'wage'"),
            ({"special": {"age": ("old",)}}, r"^special must hold numbers for .* 'age'"),
            ({"n_folds": 2}, r"^n_folds must be at least 3, but is 2\.$"),
        ],
    )
    def test_of_a_parameter_is_named(self, kind, sample, params, message):
        with pytest.raises(DataError, match=message):
            kind(**params).fit(*sample)

    @kinds
    def test_of_weights_is_named(self, kind, sample):
        X, bad = sample

        with pytest.raises(DataError, match=r"^sample_weight must not be zero .* 0\.0 in row 0"):
            kind().fit(X, bad, sample_weight=np.zeros(len(X)))

    def test_text_in_a_number_column_is_named(self, scorer, newcomers):
        with pytest.raises(DataError, match=r"^Column 'age' must hold numbers.*'old'"):
            scorer.predict_proba(newcomers.assign(age="old"))

    def test_infinite_numbers_are_named(self, scorer, newcomers):
        with pytest.raises(DataError, match=r"^Column 'age' must hold finite numbers"):
            scorer.predict_proba(newcomers.assign(age=-np.inf))

    def test_an_absent_column_is_named(self, scorer, newcomers):
        with pytest.raises(DataError, match=r"^X must have the columns .* lacks 'age'; it has"):
            scorer.predict_proba(newcomers.drop(columns="age"))

    def test_threads_must_be_a_number(self, sample):
        with pytest.raises(DataError, match=r"^n_jobs must be a positive number, or -1"):
            BoostedScorer(n_jobs=0).fit(*sample)
