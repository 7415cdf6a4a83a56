"""riskkit.bundle.measuring"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from riskkit.applicants import Column, Schema, as_history
from riskkit.bundle import calibration_sample, train_model
from riskkit.bundle.measuring import measured_on_labelled
from riskkit.errors import DataError
from riskkit.scores import Inferred, Scorecard, auc, calibration_bands, spiegelhalter
from riskkit.selection import Assumption, Population

COLUMNS = {
    "x": Column(role="feature", kind="number"),
    "bad": Column(role="bad"),
    "approved": Column(role="approved"),
    "propensity": Column(role="propensity"),
    "w": Column(role="weight"),
}


class RightForAll:
    """PDs that are right for all applicants, whoever was approved."""

    def predict_proba(self, X):
        pds = true_pds(X["x"].to_numpy())
        return np.column_stack([1 - pds, pds])


def true_pds(x):
    return expit(-2 + x)


def past_applicants(seed, n=4000, *, names=("propensity",)):
    """The past policy saw the outcome through more than x; one in five it stops is explored."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    bad = rng.random(n) < true_pds(x)
    seen = rng.standard_normal(n) + 1.5 * bad + 0.5 * x  # a document, say
    propensity = np.where(seen < 0.8, 1.0, 0.2)
    approved = rng.random(n) < propensity
    rows = {"x": x, "bad": np.where(approved, bad, np.nan), "approved": approved.astype(int)}
    rows |= {"propensity": propensity, "w": rng.uniform(0.5, 2, n)}
    kept = ["x", "bad", "approved", *names]
    schema = Schema(columns={name: COLUMNS[name] for name in kept})
    return as_history(pd.DataFrame(rows)[kept], schema), schema


class TestCalibrationSample:
    def test_lets_right_pds_of_all_be_right(self):
        z, unweighted = [], []
        for seed in range(60):
            history, _ = past_applicants(seed)
            sample = calibration_sample(history, meant_for="all")
            known = history.take(sample.rows)
            rows = {"bad": known.bad, "pds": true_pds(known.applications.features["x"].to_numpy())}
            z.append(spiegelhalter(**rows, weight=sample.weight).statistic)
            unweighted.append(spiegelhalter(**rows).statistic)

        assert abs(np.mean(z)) < 0.5  # 3.9 standard errors
        assert 0.75 < np.std(z) < 1.25
        assert abs(np.mean(unweighted)) > 5  # what the report said before

    def test_weighs_by_one_over_propensity_times_the_own_weight(self):
        history, _ = past_applicants(1, names=("propensity", "w"))

        sample = calibration_sample(history, meant_for="all")

        rows = history.labelled
        assert (sample.rows == rows).all()
        assert sample.weight == pytest.approx(history.weight[rows] / history.propensity[rows])
        assert sample.basis == "labelled rows by 1 / propensity"

    def test_leaves_rows_alone_where_pds_are_of_the_labelled(self):
        history, _ = past_applicants(1)

        sample = calibration_sample(history, meant_for="labelled")

        assert sample.weight is None
        assert sample.basis == "labelled rows"

    def test_takes_the_rows_as_they_are_where_everybody_has_an_outcome(self):
        history, _ = past_applicants(1, names=())
        history = replace(history, bad=np.nan_to_num(history.bad))

        assert calibration_sample(history, meant_for="all").basis == "labelled rows"

    @pytest.mark.parametrize("explored", [True, False])
    def test_is_none_where_nobody_with_a_recorded_propensity_was_explored(self, explored):
        history, _ = past_applicants(1)
        propensity = None if explored else np.where(history.approved, 1.0, 0.0)

        assert calibration_sample(replace(history, propensity=propensity), meant_for="all") is None


class TestMeasuredOnLabelled:
    def test_weighs_calibration_and_leaves_the_order_to_the_labelled(self):
        history, _ = past_applicants(2)
        known = history.take(history.labelled)
        pds = true_pds(known.applications.features["x"].to_numpy())

        found = measured_on_labelled(RightForAll(), history, meant_for="all")

        weight = 1 / known.propensity
        assert found["auc"] == auc(bad=known.bad, pds=pds)
        assert found["bad_rate"] == pytest.approx(np.average(known.bad, weights=weight))
        assert found["mean_pd"] == pytest.approx(np.average(pds, weights=weight))
        bands = calibration_bands(bad=known.bad, pds=pds, weight=weight)
        inside = (bands["lower"] <= bands["mean_pd"]) & (bands["mean_pd"] <= bands["upper"])
        assert inside.sum() >= 8

    def test_has_no_calibration_where_the_comparison_does_not_apply(self):
        history, _ = past_applicants(2, names=())

        found = measured_on_labelled(RightForAll(), history, meant_for="all")

        assert {"mean_pd", "bad_rate", "spiegelhalter_z"}.isdisjoint(found)
        assert found["n"] == history.labelled.sum()


class TestReports:
    def test_say_that_an_inferred_model_is_of_all(self):
        history, schema = past_applicants(3)

        def infer(past):
            model = Scorecard(n_folds=3).fit(past.X, np.nan_to_num(past.bad))
            return Inferred(
                model=model,
                method="mine",
                assumption=Assumption.MODEL,
                population=Population.EVERYBODY,
                n_known=1,
                n_inferred=1,
                note="",
            )

        trained = train_model(history, schema, {}, infer=infer)

        assert trained.report["calibrated_for"] == "all"
        assert trained.report["calibration_basis"] == "labelled rows by 1 / propensity"

    def test_of_labelled_rows_say_so(self):
        history, schema = past_applicants(3)

        trained = train_model(history, schema, {"scorecard": Scorecard(n_folds=3)})

        assert trained.report["calibration_basis"] == "labelled rows"

    def test_refuse_both(self):
        history, schema = past_applicants(3)

        with pytest.raises(DataError, match="of all applicants already"):
            train_model(history, schema, {}, infer=lambda _: None, calibrated_for="all")
