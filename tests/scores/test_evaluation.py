"""riskkit.scores.evaluation"""

import json

import numpy as np
import pytest
from scipy.special import expit

from riskkit.errors import DataError
from riskkit.scores import (
    MEASURES,
    PastApplicants,
    auc,
    brier,
    evaluated,
)
from riskkit.scores.binned_pds import binned
from riskkit.scores.evaluation import _believed
from riskkit.scores.past import checked_past
from riskkit.selection import Assumption, Population, labelled_bad_rate


def hidden_selection(rng, n=20_000, exploration=0.1, unreachable=0.0):
    """A model knows x; the past policy also saw u, and stops four of ten; some are explored."""
    x, u, chance = rng.standard_normal((3, n))
    bad = (chance < -1.9 + 0.7 * x + 0.7 * u).astype(float)
    propensity = np.where(x + u <= np.quantile(x + u, 0.6), 1.0, exploration)
    if unreachable:
        propensity[x + u > np.quantile(x + u, 1 - unreachable)] = 0.0
    approved = rng.random(n) < propensity
    pds = expit(-2.6 + 0.9 * x)
    return (
        pds,
        bad,
        {
            "X": pds[:, None],
            "bad": np.where(approved, bad, np.nan),
            "approved": approved,
            "propensity": propensity,
        },
    )


def measured(bad, pds, cutoff):
    """Return the truth of every measure."""
    approved = pds <= cutoff
    return {
        "auc": auc(bad=bad, pds=pds),
        "brier": brier(bad=bad, pds=pds),
        "bad_rate": bad.mean(),
        "approved_bad_rate": bad[approved].mean(),
        "false_rejection_rate": np.mean(~approved[bad == 0]),
    }


@pytest.fixture(scope="module")
def evaluation():
    pds, bad, rows = hidden_selection(np.random.default_rng(1), 60_000)
    found = evaluated(PastApplicants(**rows), pds=pds, rng=np.random.default_rng(2))
    return found, measured(bad, pds, found.pd_cutoff)


class TestEvaluated:
    def test_agrees_with_the_plain_measures_where_all_is_known(self):
        pds, bad, rows = hidden_selection(np.random.default_rng(3), 3000)
        rows |= {"bad": bad, "approved": np.ones(3000), "propensity": np.ones(3000)}

        found = evaluated(
            PastApplicants(**rows), pds=pds, rng=np.random.default_rng(4), approval_rate=0.7
        )

        truth = measured(bad, pds, found.pd_cutoff)
        assert found.approval_rate == pytest.approx(0.7, abs=1e-3)
        worst = found.worth["bounds, worst case"]
        for name in MEASURES:
            assert getattr(found.worth["labelled rows"], name).point == pytest.approx(truth[name])
            assert getattr(found.worth["post-stratified"], name).point == pytest.approx(truth[name])
            assert getattr(worst, name).lower == pytest.approx(truth[name])
            assert getattr(worst, name).upper == pytest.approx(truth[name])
        assert set(found.left_out) == {"inverse propensity", "doubly robust"}

    def test_takes_histories_in_which_nobody_was_rejected(self):
        rng, rates = np.random.default_rng(40), []
        for n in range(2, 400):
            for weight in (None, rng.uniform(0.1, 5, n)):
                everybody = PastApplicants(
                    X=np.ones((n, 1)), bad=np.arange(n) % 2, approved=np.ones(n), weight=weight
                )
                # How shares add up depends on their order too, so each size is one more try.
                line = binned(checked_past(everybody), rng.random(n), None)
                assert line.n_approved == n
                rates.append(line.approval_rate)

        assert max(rates) <= 1
        assert min(rates) == pytest.approx(1)

    def test_labelled_rows_flatter(self, evaluation):
        found, truth = evaluation

        labelled = found.worth["labelled rows"]
        assert labelled.bad_rate.upper < 0.6 * truth["bad_rate"]
        assert labelled.approved_bad_rate.upper < 0.6 * truth["approved_bad_rate"]
        assert labelled.false_rejection_rate.upper < truth["false_rejection_rate"] - 0.05
        assert labelled.population is Population.LABELLED

    @pytest.mark.parametrize(
        "name", ["inverse propensity", "post-stratified", "doubly robust", "Bayesian"]
    )
    def test_explored_rows_correct_it(self, evaluation, name):
        found, truth = evaluation

        for measure in MEASURES:
            estimate = getattr(found.worth[name], measure)
            half = (estimate.upper - estimate.lower) / 2
            assert estimate.point == pytest.approx(truth[measure], abs=1.6 * half + 0.003)

    def test_agrees_with_an_estimator_of_selection(self, evaluation):
        _, _, rows = hidden_selection(np.random.default_rng(1), 60_000)
        found, _ = evaluation

        known = labelled_bad_rate(rows["bad"])

        estimate = found.worth["labelled rows"].bad_rate
        assert estimate.point == pytest.approx(known.point)
        assert estimate.upper - estimate.lower == pytest.approx(known.upper - known.lower, rel=0.35)

    @pytest.mark.slow
    def test_intervals_cover_the_truth(self):
        rng, covered = np.random.default_rng(5), []
        for _ in range(25):
            pds, _, rows = hidden_selection(rng, 4000)
            found = evaluated(PastApplicants(**rows), pds=pds, rng=rng, confidence=0.9)
            worth = found.worth["inverse propensity"]
            # Of the population: a large sample stands for it.
            covered += [worth.bad_rate.lower <= POPULATION_BAD_RATE <= worth.bad_rate.upper]

        assert np.mean(covered) >= 0.75

    @pytest.mark.slow
    def test_bayesian_intervals_cover_the_truth_where_few_explored_went_bad(self):
        population = hidden_selection(np.random.default_rng(30), 400_000)
        names = ("brier", "bad_rate", "approved_bad_rate", "false_rejection_rate")
        carried, taken_for_known = [], []
        for seed in range(80):
            rng = np.random.default_rng(100 + seed)
            pds, _, rows = hidden_selection(rng, 3000, exploration=0.04)  # some nine explored bads
            found = evaluated(PastApplicants(**rows), pds=pds, rng=rng)
            if "calibrated" not in found.expected:
                continue
            # The old way: the same calibration, as if it were known.
            belief = _believed(checked_past(PastApplicants(**rows)), pds, None).pds
            known = evaluated(PastApplicants(**rows), pds=pds, rng=rng, expected=belief)
            truth = measured(population[1], population[0], found.pd_cutoff)
            for held, each in ((carried, found), (taken_for_known, known)):
                limits = [getattr(each.worth["Bayesian"], name) for name in names]
                held.append(
                    [e.lower <= truth[n] <= e.upper for n, e in zip(names, limits, strict=True)]
                )

        assert len(carried) > 60
        assert np.mean(carried, axis=0).min() >= 0.84
        assert np.mean(carried) >= 0.88
        assert np.mean(taken_for_known) < 0.75

    def test_knows_nothing_of_the_unreachable(self):
        pds, bad, rows = hidden_selection(np.random.default_rng(6), 20_000, unreachable=0.1)

        found = evaluated(PastApplicants(**rows), pds=pds, rng=np.random.default_rng(7))

        truth = measured(bad, pds, found.pd_cutoff)
        assert found.worth["inverse propensity"].population is Population.EXPLORABLE
        assert found.worth["inverse propensity"].bad_rate.upper < truth["bad_rate"]
        worst, narrow = found.worth["bounds, worst case"], found.worth["bounds, Gamma 2"]
        for name in MEASURES:
            low, high = getattr(worst, name).lower, getattr(worst, name).upper
            assert low - 0.01 <= truth[name] <= high + 0.01  # plain bounds: sampling error aside
            inner = getattr(narrow, name)
            assert low - 1e-9 <= inner.lower <= inner.upper <= high + 1e-9

    def test_bounds_hold_for_any_outcomes_of_the_unknown(self):
        pds, _, rows = hidden_selection(np.random.default_rng(8), 2000)
        rows["propensity"] = None

        found = evaluated(PastApplicants(**rows), pds=pds, rng=np.random.default_rng(9))

        unknown, rng = np.isnan(rows["bad"]), np.random.default_rng(10)
        worst = found.worth["bounds, worst case"]
        tries = [rng.random(2000) < share for share in (0, 0.05, 0.3, 0.7, 1)]
        tries += [pds > cut for cut in np.quantile(pds, [0.2, 0.5, 0.8])]
        tries += [pds < cut for cut in np.quantile(pds, [0.2, 0.5, 0.8])]
        for guess in tries:
            truth = measured(np.where(unknown, guess, rows["bad"]), pds, found.pd_cutoff)
            for name in MEASURES:
                estimate = getattr(worst, name)
                assert estimate.lower - 1e-3 <= truth[name] <= estimate.upper + 1e-3
        assert worst.assumption is Assumption.NONE
        assert found.left_out["inverse propensity"] == "no propensities are recorded"

    def test_weighs_as_often_as_rows_would_stand(self):
        pds, _, rows = hidden_selection(np.random.default_rng(11), 1000)
        weight = np.random.default_rng(12).integers(1, 4, 1000)
        repeated = {name: np.repeat(column, weight, axis=0) for name, column in rows.items()}

        found, known = (
            evaluated(
                PastApplicants(**columns, weight=w), pds=p, rng=np.random.default_rng(13),
                approval_rate=0.5,
            )
            for columns, w, p in ((rows, weight, pds), (repeated, None, np.repeat(pds, weight)))
        )  # fmt: skip

        assert found.pd_cutoff == known.pd_cutoff
        for name in MEASURES:
            for estimator in ("labelled rows", "inverse propensity", "bounds, worst case"):
                estimates = [getattr(f.worth[estimator], name) for f in (found, known)]
                value = "lower" if estimator.startswith("bounds") else "point"
                one, other = (getattr(estimate, value) for estimate in estimates)
                assert one == pytest.approx(other)

    def test_believes_what_it_is_told(self):
        pds, bad, rows = hidden_selection(np.random.default_rng(14))

        found = evaluated(
            PastApplicants(**rows), pds=pds, rng=np.random.default_rng(15), expected=bad
        )

        truth = measured(bad, pds, found.pd_cutoff)
        assert found.worth["Bayesian"].auc.point == pytest.approx(truth["auc"], abs=0.005)
        assert found.expected == "as given"

    def test_believes_the_model_where_nobody_was_explored(self):
        pds, _, rows = hidden_selection(np.random.default_rng(16), exploration=0.0)

        found = evaluated(PastApplicants(**rows), pds=pds, rng=np.random.default_rng(17))

        assert found.expected == "the model's own PDs"
        assert found.left_out["doubly robust"] == "nobody was explored"
        assert found.left_out["inverse propensity"] == "nobody was explored"

    def test_post_stratification_needs_an_outcome_in_every_group(self):
        pds, _, rows = hidden_selection(np.random.default_rng(18), 400, exploration=0.0)
        rows["propensity"] = np.where(rows["propensity"] == 0, 0.001, 1.0)

        found = evaluated(PastApplicants(**rows), pds=pds, rng=np.random.default_rng(19))

        assert "no outcome at all" in found.left_out["post-stratified"]

    def test_has_no_number_where_nobody_labelled_would_be_approved(self):
        pds = np.linspace(0.01, 0.99, 200)
        approved = pds > 0.5
        bad = np.where(approved, np.arange(200) % 2, np.nan)

        found = evaluated(
            PastApplicants(X=pds[:, None], bad=bad, approved=approved),
            pds=pds,
            rng=np.random.default_rng(20),
            approval_rate=0.2,
        )

        assert np.isnan(found.worth["labelled rows"].approved_bad_rate.point)
        plain = found.as_dict()
        assert plain["worth"]["labelled rows"]["approved_bad_rate"]["point"] is None

    def test_has_no_interval_where_nothing_tells_of_its_error(self):
        pds = np.linspace(0.01, 0.99, 400)
        bad = (pds > 0.5).astype(float)  # ranked without a fault, and no bad is approved

        found = evaluated(
            PastApplicants(X=pds[:, None], bad=bad, approved=np.ones(400)),
            pds=pds,
            rng=np.random.default_rng(21),
            approval_rate=0.3,
        )

        labelled = found.worth["labelled rows"]
        assert (labelled.auc.point, labelled.approved_bad_rate.point) == (1, 0)
        for estimate in (labelled.auc, labelled.approved_bad_rate):
            assert np.isnan([estimate.lower, estimate.upper]).all()
        assert labelled.bad_rate.lower < 0.5 < labelled.bad_rate.upper
        assert found.as_dict()["worth"]["labelled rows"]["auc"]["lower"] is None

    def test_is_plain_data(self, evaluation):
        found, _ = evaluation

        read = json.loads(json.dumps(found.as_dict(), allow_nan=False))

        assert read["worth"]["bounds, worst case"]["auc"]["point"] is None
        assert 0 < read["overlap"]["n_explored"] < read["overlap"]["n_explorable"]
        assert read["worth"]["labelled rows"]["population"] == str(Population.LABELLED)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"bad": [np.nan] * 4, "approved": [0] * 4}, r"none has an outcome and 0 were"),
            ({"bad": [0, 0, 0, np.nan]}, r"its 3 known values are all 0\."),
            ({"approved": [1] * 4}, r"known for whoever was approved, but 1 of 4 .* row 3\."),
            ({"bad": [0, 1, 0, 1]}, r"missing for whoever was not approved.* row 3\."),
            ({"propensity": [1, 1, 1, 1]}, r"^propensity must lie below 1 where"),
            ({"propensity": [1, 1, 1, 1.2]}, r"^propensity must .* 1\.2 in row 3"),
            ({"weight": [1, 1, 0, -1]}, r"^weight must be positive, but 2 of 4 .* row 2\."),
            ({"bad": [0, 1, 0]}, r"bad \(3,\)"),
        ],
    )
    def test_bad_input_is_named(self, change, message):
        rows = {"X": np.ones((4, 1)), "bad": [0, 1, 0, np.nan], "approved": [1, 1, 1, 0]} | change

        with pytest.raises(DataError, match=message):
            evaluated(PastApplicants(**rows), pds=[0.1] * 4, rng=np.random.default_rng(1))

    @pytest.mark.parametrize(
        ("option", "message"),
        [
            ({"pds": [2.0] * 4}, r"^pds must"),
            ({"expected": [2.0] * 4}, r"^expected must"),
            ({"approval_rate": 0.0}, r"^approval_rate must lie above 0"),
            ({"gamma": 0.5}, r"^gamma must be at least 1"),
            ({"confidence": 1.0}, r"^confidence must lie between"),
        ],
    )
    def test_bad_options_are_named(self, option, message):
        past = PastApplicants(X=np.ones((4, 1)), bad=[0, 1, 0, np.nan], approved=[1, 1, 1, 0])

        with pytest.raises(DataError, match=message):
            evaluated(past, rng=np.random.default_rng(1), **({"pds": [0.1] * 4} | option))


#: Phi(-1.9 / sqrt(1 + 0.49 + 0.49)) of the world above.
POPULATION_BAD_RATE = 0.08846
