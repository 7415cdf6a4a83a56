"""riskkit.scores.boosting"""

import numpy as np
import pandas as pd
import pytest

from riskkit.errors import DataError
from riskkit.scores import BoostedScorer, auc, calibrated_line, load_scorer, log_loss, save_scorer


class TestMargin:
    def test_is_a_line_in_the_raw_score(self, fitted, newcomers):
        scorer = fitted["boosted"]
        raw = scorer.booster_.predict(scorer.encode(newcomers).to_numpy(), raw_score=True)

        assert (scorer.margin(newcomers) == scorer.slope_ * raw + scorer.intercept_).all()
        assert scorer.slope_ > 0


class TestEncode:
    def test_gives_columns_that_name_their_feature(self, fitted, newcomers):
        scorer = fitted["boosted"]

        encoded = scorer.encode(newcomers)

        assert scorer.encoded_sources_ == ["income", "income", "debt", "age", "job"]
        assert encoded.shape == (len(newcomers), 5)
        assert encoded.dtypes.eq(np.float64).all()
        assert encoded.index.equals(newcomers.index)

    def test_keeps_numbers_and_what_is_missing(self, fitted, newcomers):
        encoded = fitted["boosted"].encode(newcomers)

        assert encoded["debt"].equals(newcomers["debt"])

    def test_takes_special_codes_out_of_the_number(self, fitted, newcomers):
        encoded = fitted["boosted"].encode(newcomers)

        is_special = newcomers["income"] < 0
        assert (encoded["income"].isna() == is_special).all()
        assert (
            encoded.iloc[:, 1]
            .groupby(newcomers["income"].where(is_special, 0))
            .nunique()
            .eq(1)
            .all()
        )
        assert encoded.iloc[:, 1].nunique() == 3

    def test_orders_categories_by_risk(self, fitted):
        jobs = pd.DataFrame({"job": ["owner", "clerk", "cook", "driver"]})

        woe = fitted["boosted"].encode(jobs.assign(income=1.0, debt=1.0, age=40.0))["job (WoE)"]

        assert woe[0] > woe[1] > woe[[2, 3]].max()


class TestSettings:
    def test_given_ones_replace_the_defaults(self, sample):
        scorer = BoostedScorer(max_trees=3, n_leaves=4, learning_rate=0.3, l2=1.0, min_bads=5.0)

        scorer.fit(*sample)

        assert scorer.n_trees_ == scorer.booster_.num_trees() <= 3
        assert max(tree["num_leaves"] for tree in scorer.booster_.dump_model()["tree_info"]) <= 4

    @pytest.mark.slow
    def test_do_better_than_lightgbm_s_own_on_few_bads(self, draw_sample):
        from lightgbm import LGBMClassifier

        (X, bad), (new, new_bad) = draw_sample(600, seed=21), draw_sample(10_000, seed=22)
        numbers, new_numbers = X.drop(columns="job"), new.drop(columns="job")

        ours = BoostedScorer().fit(numbers, bad).predict_proba(new_numbers)[:, 1]

        theirs = LGBMClassifier(n_jobs=1, verbosity=-1).fit(numbers, bad)
        assert log_loss(bad=new_bad, pds=ours) < log_loss(
            bad=new_bad, pds=theirs.predict_proba(new_numbers)[:, 1]
        )

    def test_stop_where_there_is_nothing_to_learn(self):
        rng = np.random.default_rng(0)
        X = pd.DataFrame({"noise": rng.normal(size=500), "constant": 1.0})

        scorer = BoostedScorer().fit(X, rng.random(500) < 0.3)

        assert scorer.n_trees_ < 50
        assert np.ptp(scorer.predict_proba(X)[:, 1]) < 0.2


class TestTime:
    """Trees are added as long as those of the earlier rows do better on the latest ones."""

    @pytest.fixture
    def drifting(self):
        # What `old` says holds in the earlier four fifths only.
        rng = np.random.default_rng(11)
        X = pd.DataFrame(rng.normal(size=(4000, 2)), columns=["old", "lasting"])
        log_odds = np.where(np.arange(4000) < 3200, 3 * X["old"] ** 2 - 3, 0) + X["lasting"] - 1
        order = rng.permutation(4000)
        bad = rng.random(4000) < 1 / (1 + np.exp(-log_odds))
        days = np.datetime64("2024-01-01") + np.arange(4000).astype("m8[h]")
        return X.iloc[order], np.asarray(bad)[order], days[order]

    def test_stops_earlier_where_the_latest_rows_are_different(self, drifting):
        X, bad, days = drifting

        in_time = BoostedScorer().fit(X, bad, time=days)

        assert in_time.n_trees_ < 0.7 * BoostedScorer().fit(X, bad).n_trees_

    def test_does_not_depend_on_the_order_of_rows(self, drifting):
        X, bad, days = drifting
        rows = np.argsort(days)

        scorers = [
            BoostedScorer(max_trees=30).fit(X, bad, time=days),
            BoostedScorer(max_trees=30).fit(X.iloc[rows], bad[rows], time=days[rows]),
        ]

        assert scorers[0].n_trees_ == scorers[1].n_trees_
        assert scorers[0].slope_ == pytest.approx(scorers[1].slope_)

    def test_must_be_known(self, sample):
        X, bad = sample

        with pytest.raises(DataError, match=r"^time must have one value per row"):
            BoostedScorer().fit(X, bad, time=[1, 2])


class TestInteractions:
    def test_leave_a_feature_its_own_effect(self, draw_sample):
        X, _ = draw_sample(3000, seed=12)
        bad = (X["age"] > 50) ^ (X["debt"].fillna(0) > 0.7) ^ (np.arange(3000) % 7 == 0)
        X = X[["age", "debt", "job"]]
        steps = X.iloc[:200].assign(age=30), X.iloc[:200].assign(age=70)

        alone = BoostedScorer(interactions={"age": ()}, max_trees=60).fit(X, bad)
        free = BoostedScorer(max_trees=60).fit(X, bad)

        effects = [scorer.margin(steps[1]) - scorer.margin(steps[0]) for scorer in (alone, free)]
        assert np.ptp(effects[0]) < 1e-9
        assert np.ptp(effects[1]) > 0.5
        assert auc(bad=bad, pds=free.predict_proba(X)[:, 1]) > 0.8

    def test_keep_the_columns_of_one_feature_together(self, sample):
        X, bad = sample
        scorer = BoostedScorer(
            special={"income": (-9.0, -8.0)}, interactions={"income": ["debt"]}, max_trees=20
        ).fit(X, bad)
        groups = [{"income", "debt"}, {"debt", "age", "job"}]

        for tree in scorer.booster_.dump_model()["tree_info"]:
            for branch in branches(tree["tree_structure"]):
                met = {scorer.encoded_sources_[column] for column in branch}
                assert any(met <= group for group in groups)

    def test_name_a_column_that_is_not_there(self, sample):
        with pytest.raises(DataError, match=r"^interactions names 'wage'"):
            BoostedScorer(interactions={"age": ["wage"]}).fit(*sample)

    def test_are_kept_in_files(self, sample, tmp_path):
        scorer = BoostedScorer(interactions={"age": ("debt",)}, max_trees=5).fit(*sample)

        save_scorer(scorer, tmp_path)

        assert load_scorer(tmp_path).get_params() == scorer.get_params()


def branches(node, above=()):
    """The columns of every path from the root to a leaf."""
    if "split_feature" not in node:
        yield above
        return
    for side in ("left_child", "right_child"):
        yield from branches(node[side], (*above, node["split_feature"]))


class TestCalibration:
    @pytest.mark.parametrize("calibration", ["beta", "isotonic"])
    def test_bends_pds_but_not_their_order(self, calibration, sample, newcomers, tmp_path):
        scorer = BoostedScorer(calibration=calibration, max_trees=40).fit(*sample)
        plain = BoostedScorer(max_trees=40).fit(*sample)

        pds = scorer.predict_proba(newcomers)[:, 1]

        assert (scorer.margin(newcomers) == plain.margin(newcomers)).all()
        gaps = np.abs(pds - plain.predict_proba(newcomers)[:, 1])
        assert 0 < np.median(gaps) < 0.03
        order = np.argsort(scorer.margin(newcomers), kind="stable")
        assert (np.diff(pds[order]) >= 0).all()
        save_scorer(scorer, tmp_path)
        again = load_scorer(tmp_path)
        assert (again.predict_proba(newcomers)[:, 1] == pds).all()
        assert again.curve_ == scorer.curve_

    def test_must_be_known(self, sample):
        with pytest.raises(DataError, match=r"^calibration must be one of platt, beta, isotonic"):
            BoostedScorer(calibration="magic").fit(*sample)


class TestPropensity:
    def test_calibrates_for_those_who_could_have_been_approved(self):
        # The past policy saw `hidden`, which the model does not, and explored one in ten.
        rng = np.random.default_rng(13)
        seen, hidden = rng.normal(size=(2, 20_000))
        bad = rng.random(20_000) < 1 / (1 + np.exp(2 - seen - 1.5 * hidden))
        propensity = np.where(hidden < 0.3, 1.0, 0.1)
        approved = rng.random(20_000) < propensity
        X = pd.DataFrame({"seen": seen})
        known = X[approved], bad[approved]

        blind = BoostedScorer(max_trees=60).fit(*known).predict_proba(X)[:, 1]
        aware = (
            BoostedScorer(max_trees=60)
            .fit(*known, propensity=propensity[approved])
            .predict_proba(X)[:, 1]
        )

        assert blind.mean() < 0.8 * bad.mean()
        assert aware.mean() == pytest.approx(bad.mean(), rel=0.07)
        assert log_loss(bad=bad, pds=aware) < log_loss(bad=bad, pds=blind)
        assert (np.argsort(blind, kind="stable") == np.argsort(aware, kind="stable")).all()

    @pytest.mark.parametrize(
        ("propensity", "message"),
        [
            (0.0, r"^propensity must be above 0 and at most 1.* 0\.0 in row 0\. A row that could"),
            (1.5, r"^propensity must be above 0 and at most 1"),
            (np.nan, r"^propensity must hold only finite numbers"),
        ],
    )
    def test_must_be_above_0_and_at_most_1(self, sample, propensity, message):
        X, bad = sample

        with pytest.raises(DataError, match=message):
            BoostedScorer(max_trees=5).fit(X, bad, propensity=np.full(len(X), propensity))

    def test_must_be_one_per_row(self, sample):
        with pytest.raises(DataError, match=r"^propensity must have one value per row, but has 1"):
            BoostedScorer(max_trees=5).fit(*sample, propensity=[0.5])


#: What one applicant gets must not depend on the kind of scorer.
BOTH = pytest.mark.parametrize("kind", ["scorecard", "boosted"])


class TestPdOf:
    @BOTH
    def test_is_that_of_the_batch_to_the_last_bit(self, kind, fitted, newcomers):
        scorer = fitted[kind]

        singles = [scorer.pd_of(row) for row in newcomers.astype(object).to_dict("records")]

        assert (np.array(singles) == scorer.predict_proba(newcomers)[:, 1]).all()

    @BOTH
    @pytest.mark.parametrize(
        "values",
        [
            {"income": None, "debt": None, "age": 40, "job": None},
            {"income": -9, "debt": np.float32(1.5), "age": True, "job": float("nan")},
            {"income": -8.0, "debt": np.int64(2), "age": np.nan, "job": "astronaut"},
            {"income": "12.5", "debt": pd.NA, "age": 40, "job": np.str_("cook")},
            {"income": 1.0, "debt": 2.0, "age": 3.0, "job": 17},
        ],
    )
    def test_reads_values_as_a_table_would(self, kind, fitted, values):
        scorer = fitted[kind]

        single = scorer.pd_of(values | {"name": "ignored"})

        assert single == scorer.predict_proba(pd.DataFrame([values]))[0, 1]

    @pytest.mark.parametrize("calibration", ["beta", "isotonic"])
    def test_follows_curves(self, calibration, sample, newcomers):
        scorer = BoostedScorer(calibration=calibration, max_trees=10).fit(*sample)

        assert (
            scorer.pd_of(newcomers.iloc[0].to_dict())
            == scorer.predict_proba(newcomers.iloc[[0]])[0, 1]
        )

    @BOTH
    def test_names_what_is_absent_text_or_infinite(self, kind, fitted):
        values = {"income": 1.0, "debt": 1.0, "age": 40.0, "job": "cook"}

        with pytest.raises(DataError, match=r"lacks 'age'; it has 'income', 'debt', 'job'\.$"):
            fitted[kind].pd_of({k: v for k, v in values.items() if k != "age"})
        with pytest.raises(DataError, match=r"^Column 'age' must hold numbers.*'old'"):
            fitted[kind].pd_of(values | {"age": "old"})
        with pytest.raises(DataError, match=r"^Column 'debt' must hold finite numbers"):
            fitted[kind].pd_of(values | {"debt": np.inf})


class TestBatch:
    def test_of_many_blocks_is_that_of_its_parts(self, fitted, draw_sample):
        X, _ = draw_sample(40_000, seed=14)
        scorer = fitted["boosted"]

        margins = scorer.margin(X)

        parts = [scorer.margin(X.iloc[rows]) for rows in np.array_split(np.arange(len(X)), 7)]
        assert (np.concatenate(parts) == margins).all()


class TestHardInput:
    def test_100_000_levels_are_learned_and_scored(self, draw_sample):
        X, bad = draw_sample(100_000, seed=15)
        X = X[["debt"]].assign(id=[f"A{i}" for i in range(len(X))])

        scorer = BoostedScorer(max_trees=5).fit(X, bad)

        assert len(scorer.encoded_features_[1].coding.levels) == 100_000
        assert np.ptp(scorer.encode(X.iloc[:500])["id (WoE)"]) < 0.01  # alone, next to nothing
        assert scorer.pd_of({"debt": 1.0, "id": "B1"}) > 0

    def test_constant_columns_change_nothing(self, sample, newcomers):
        X, bad = sample
        more = {"same": 1.0, "word": "yes"}

        plain = BoostedScorer(max_trees=10, column_share=1.0).fit(X, bad)
        padded = BoostedScorer(max_trees=10, column_share=1.0).fit(X.assign(**more), bad)

        assert padded.margin(newcomers.assign(**more)) == pytest.approx(plain.margin(newcomers))

    def test_out_of_fold_margins_are_what_is_calibrated(self, sample):
        # A slope near 1 in sample would say that the folds had seen the rows they were asked for.
        X, bad = sample
        scorer = BoostedScorer(n_leaves=40, min_bads=0.5, l2=0.1, max_trees=300).fit(X, bad)

        line = calibrated_line(scorer.margin(X), bad=bad, weight=np.ones(len(X)))

        assert line.slope > 1.2
