"""riskkit.bundle.models"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from riskkit.applicants import sample_of
from riskkit.bundle import (
    Choice,
    load_bundle,
    load_model,
    save_bundle,
    save_model,
    train_model,
    tune_policy,
)
from riskkit.decisions import Goal
from riskkit.errors import DataError
from riskkit.lending import Limit
from riskkit.scores import (
    BoostedScorer,
    Scorecard,
    auc,
    brier,
    cross_validated,
    log_loss,
    propensity_line,
    scorer_hash,
)


def fitted_rows(model, history):
    """Return the applications that a model was fitted on."""
    development = sample_of(history.applications, model.split) == "development"
    return history.take(development & history.labelled & history.matured)


class TestTrainModel:
    def test_sees_labelled_development_rows_only(self, model, history):
        samples = sample_of(history.applications, model.split)
        development = (samples == "development") & history.labelled

        assert model.report["rows"]["fitted"] == development.sum()
        assert model.report["bads"] == history.bad[development].sum()

    def test_says_whether_it_is_made_to_keep_the_rules_of_the_schema(self, model, history, schema):
        free = train_model(history, schema, {"scorecard": Scorecard()})
        income = schema.columns["income"].model_copy(update={"interacts_with": ()})
        told = schema.model_copy(update={"columns": {**schema.columns, "income": income}})

        apart = train_model(history, told, {"scorecard": Scorecard(directions=told.directions)})

        rules = [(m.report["directions"], m.report["interactions"]) for m in (model, free, apart)]
        assert rules[0] == ("guaranteed", None)
        assert rules[1] == ("not guaranteed", None)
        assert rules[2] == ("guaranteed", "guaranteed")

    def test_measures_out_of_time(self, model, history):
        samples = sample_of(history.applications, model.split)
        later = (samples == "out_of_time") & history.labelled

        assert model.report["out_of_time"]["n"] == later.sum()
        assert 0.6 < model.report["out_of_time"]["auc"] < 0.9

    def test_measures_out_of_time_with_sampling_weights(self, history, schema):
        weight = np.where(history.bad == 1, 1.0, 5.0)  # bads were oversampled five times
        weighted = replace(history, weight=weight)

        trained = train_model(weighted, schema, {"scorecard": Scorecard()})

        later = sample_of(history.applications, trained.split) == "out_of_time"
        known = weighted.take(later & weighted.labelled)
        pds = trained.scorer.predict_proba(known.applications.features)[:, 1]
        measured = trained.report["out_of_time"]
        for name, measure in {"auc": auc, "log_loss": log_loss, "brier": brier}.items():
            expected = measure(bad=known.bad, pds=pds, weight=known.weight)
            assert measured[name] == pytest.approx(expected)
        assert measured["bad_rate"] == pytest.approx(np.average(known.bad, weights=known.weight))
        assert measured["bad_rate"] < 0.5 * known.bad.mean()
        assert measured["mean_pd"] == pytest.approx(np.average(pds, weights=known.weight))
        assert measured["spiegelhalter_p"] > 1e-4  # weighted PDs are not those of the sample

    def test_takes_the_candidate_with_the_lower_log_loss(self, history, schema):
        candidates = {"coarse": Scorecard(max_bins=2, penalty=1e6), "fine": Scorecard()}

        trained = train_model(history, schema, candidates)

        scores = trained.report["cross_validation"]
        assert scores["fine"]["log_loss"] < scores["coarse"]["log_loss"]
        assert trained.report["model"] == "fine"

    def test_tests_calibration_out_of_time(self, model):
        measured = model.report["out_of_time"]

        assert measured["mean_pd"] == pytest.approx(measured["bad_rate"], abs=0.03)
        assert 0 < measured["spiegelhalter_p"] <= 1

    def test_takes_what_is_chosen_of_the_labelled_development_applicants(self, history, schema):
        def choose(candidates, known):
            seen.append(known)
            return Choice(name="mine", scorer=candidates["b"], report={"why": "it is mine"})

        seen, candidates = [], {"a": Scorecard(), "b": Scorecard(max_bins=4)}

        trained = train_model(history, schema, candidates, choose=choose)

        assert trained.scorer is candidates["b"]
        assert trained.report["model"] == "mine"
        assert trained.report["why"] == "it is mine"
        assert len(seen[0]) == trained.report["rows"]["fitted"]
        assert seen[0].labelled.all()

    def test_stops_trees_on_blocks_in_time_where_told_to(self, history, schema):
        candidates = {"boosted": BoostedScorer(max_trees=20)}

        trained = train_model(history, schema, candidates, folds="time")

        assert trained.report["folds"] == "time"
        development = sample_of(history.applications, trained.split) == "development"
        known = history.take(development & history.labelled & history.matured)
        features, time = known.applications.features, known.applications.time
        expected = BoostedScorer(max_trees=20).fit(features, known.bad, time=time)
        assert (trained.scorer.margin(features) == expected.margin(features)).all()

    def test_compares_on_blocks_in_time_where_told_to(self, history, schema):
        candidates = {"fine": Scorecard(max_bins=4), "coarse": Scorecard(max_bins=2)}

        trained = train_model(history, schema, candidates, folds="time")

        known = fitted_rows(trained, history)
        features, time = known.applications.features, known.applications.time
        expected = cross_validated(candidates["fine"], features, known.bad, time=time)
        scores = trained.report["cross_validation"]["fine"]
        assert scores["log_loss_by_fold"] == pytest.approx(list(expected.log_loss))
        assert len(scores["auc_by_fold"]) == 4  # the earliest of five is never held out

    @pytest.mark.parametrize("names", [["a"], ["a", "b"]])
    def test_calibrates_for_all_on_blocks_in_time_where_told_to(self, history, schema, names):
        candidates = {name: Scorecard(max_bins=3) for name in names}

        plain = train_model(history, schema, dict(candidates), folds="time")
        trained = train_model(history, schema, dict(candidates), folds="time", calibrated_for="all")

        known = fitted_rows(trained, history)
        features, time = known.applications.features, known.applications.time
        pds = cross_validated(Scorecard(max_bins=3), features, known.bad, time=time).pds
        seen = ~np.isnan(pds)
        line = propensity_line(
            logit(pds[seen]), bad=known.bad[seen], propensity=known.propensity[seen]
        )
        assert 0 < seen.sum() < len(seen)
        before = logit(plain.scorer.predict_proba(features)[:, 1])
        after = logit(trained.scorer.predict_proba(features)[:, 1])
        assert after == pytest.approx(line.log_odds(before))

    def test_calibrates_for_all_who_could_have_been_approved(self, history, schema):
        kinds = {"scorecard": Scorecard(max_bins=3)}

        labelled = train_model(history, schema, dict(kinds))
        everybody = train_model(history, schema, dict(kinds), calibrated_for="all")

        development = sample_of(history.applications, labelled.split) == "development"
        known = history.take(development & history.labelled & history.matured)
        stands_for = 1 / known.propensity
        means = [
            np.average(
                m.scorer.predict_proba(known.applications.features)[:, 1], weights=stands_for
            )
            for m in (labelled, everybody)
        ]
        rate = np.average(known.bad, weights=stands_for)
        assert means[1] == pytest.approx(rate, abs=0.01)
        assert abs(means[1] - rate) < abs(means[0] - rate)
        assert everybody.report["calibrated_for"] == "all"

    def test_needs_exploration_to_calibrate_for_all(self, history, schema):
        with pytest.raises(DataError, match="approved at random"):
            train_model(
                replace(history, propensity=None),
                schema,
                {"scorecard": Scorecard()},
                calibrated_for="all",
            )

    def test_needs_a_time_for_folds_in_time(self, history, schema):
        columns = {n: c for n, c in schema.columns.items() if c.role != "time"}
        timeless = schema.model_copy(update={"columns": columns, "observed_at": None})

        with pytest.raises(DataError, match="needs a column with role time"):
            train_model(history, timeless, {"scorecard": Scorecard()}, folds="time")

    def test_measures_nothing_where_later_rows_show_one_class(self, history, schema):
        times = history.applications.time
        later = times > np.sort(times)[int(0.7 * len(times))]
        bad = np.where(later & history.labelled, 0.0, history.bad)

        trained = train_model(
            replace(history, bad=bad),
            schema,
            {"scorecard": Scorecard()},
        )

        assert trained.report["out_of_time"] is None
        assert trained.report["under_selection"] is None

    def test_says_what_it_is_worth_on_all_who_reached_the_score_gate(self, model, history):
        samples = sample_of(history.applications, model.split)
        later = (samples == "out_of_time") & history.reached & history.matured

        found = model.report["under_selection"]

        assert found["n_applicants"] == later.sum()
        assert found["n_known"] == (later & history.labelled).sum()
        assert found["worth"]["labelled rows"]["auc"]["point"] == pytest.approx(
            model.report["out_of_time"]["auc"]
        )

    def test_has_no_such_word_where_nobody_was_selected(self, history, schema):
        columns = {
            name: column for name, column in schema.columns.items() if column.role != "approved"
        }

        trained = train_model(
            history, schema.model_copy(update={"columns": columns}), {"scorecard": Scorecard()}
        )

        assert trained.report["under_selection"] is None

    def test_reports_what_there_is_to_look_at(self, history, schema):
        features = history.applications.features.assign(income=1000.0)
        constant = replace(history, applications=replace(history.applications, features=features))

        trained = train_model(constant, schema, {"scorecard": Scorecard(n_folds=3)})

        (income,) = [f for f in trained.report["findings"] if f["feature"] == "income"]
        assert income["kind"] == "constant"
        assert income["n_rows"] == trained.report["rows"]["fitted"]

    def test_refuses_a_schema_without_features(self, history, schema):
        columns = {
            name: column.model_copy(update={"feature": False})
            for name, column in schema.columns.items()
            if column.role != "feature"
        }

        with pytest.raises(DataError, match="names no feature"):
            train_model(history, schema.model_copy(update={"columns": columns}), {})


class TestRefits:
    def test_are_kept_with_the_model_and_with_its_policies(self, history, schema, tmp_path):
        model = train_model(history, schema, {"scorecard": Scorecard(n_folds=3)}, n_refits=2)
        goal = Goal(limits=(Limit(rate="bad_rate", at_most=0.03),))
        for name in ("model", "policy"):
            (tmp_path / name).mkdir()

        save_model(model, tmp_path / "model")
        save_bundle(tune_policy(model, history, goal).bundle, tmp_path / "policy")

        expected = [scorer_hash(refit) for refit in model.refits]
        assert len(set(expected)) == 2
        assert scorer_hash(model.scorer) not in expected
        for again in (load_model(tmp_path / "model"), load_bundle(tmp_path / "policy")):
            assert [scorer_hash(refit) for refit in again.refits] == expected


class TestLoadModel:
    def test_returns_what_was_saved(self, model, history, tmp_path):
        save_model(model, tmp_path)

        again = load_model(tmp_path)

        features = history.applications.features
        assert np.array_equal(
            again.scorer.predict_proba(features), model.scorer.predict_proba(features)
        )
        assert (again.schema, again.split, again.report) == (
            model.schema,
            model.split,
            model.report,
        )
        assert np.array_equal(again.plan.grid.cutoffs, model.plan.grid.cutoffs)
        assert again.plan.smallest_propensity == 0.05
