"""riskkit.selection.means"""

import numpy as np
import pytest
from scipy import stats

from riskkit.errors import DataError, UndefinedRateError
from riskkit.selection import (
    Assumption,
    Cell,
    Population,
    doubly_robust_bad_rate,
    horvitz_thompson_bad_rate,
    labelled_bad_rate,
    poststratified_bad_rate,
    self_normalised_bad_rate,
    stratified_bad_rate,
    worst_case_bad_rate,
)

FOUR = {"approved": [1, 1, 1, 0], "bad": [0, 1, 1, np.nan], "propensity": [1, 1, 0.4, 0.4]}
ROWS = pytest.mark.parametrize("estimator", [horvitz_thompson_bad_rate, self_normalised_bad_rate])


class TestLabelledBadRate:
    def test_agrees_with_a_count_by_hand(self):
        assert labelled_bad_rate([0, 1, 1, np.nan]).point == pytest.approx(2 / 3)

    def test_is_undefined_without_labels(self):
        with pytest.raises(UndefinedRateError, match="no outcome is known"):
            labelled_bad_rate([np.nan])

    def test_misses_the_truth_under_selection(self, selected_rows):
        rows = selected_rows(np.random.default_rng(2), 20_000)

        rate = labelled_bad_rate(np.where(rows["approved"], rows["bad"], np.nan))

        assert rate.upper < 0.06  # the truth is 0.11


class TestHorvitzThompsonBadRate:
    def test_agrees_with_a_sum_by_hand(self):
        assert horvitz_thompson_bad_rate(**FOUR).point == pytest.approx((1 + 1 / 0.4) / 4)


class TestSelfNormalisedBadRate:
    def test_agrees_with_a_sum_by_hand(self):
        rate = self_normalised_bad_rate(**FOUR)

        assert rate.point == pytest.approx((1 + 1 / 0.4) / (1 + 1 + 1 / 0.4))

    def test_is_undefined_where_nobody_was_approved(self):
        with pytest.raises(UndefinedRateError, match="nobody was approved"):
            self_normalised_bad_rate(approved=[0], bad=[np.nan], propensity=[0.5])


@ROWS
class TestBothInversePropensityEstimators:
    def test_recover_the_truth(self, estimator, selected_rows):
        rng = np.random.default_rng(4)

        rates = [estimator(**selected_rows(rng)) for _ in range(400)]

        assert np.mean([rate.point for rate in rates]) == pytest.approx(0.11, abs=0.002)
        assert np.mean([rate.lower <= 0.11 <= rate.upper for rate in rates]) > 0.92

    def test_agree_with_the_count_where_everybody_was_approved(self, estimator):
        bad = np.arange(50) < 10

        rate = estimator(approved=np.ones(50), bad=bad, propensity=np.ones(50))

        labelled = labelled_bad_rate(bad)
        assert rate.point == pytest.approx(10 / 50)
        assert (rate.lower, rate.upper) == pytest.approx((labelled.lower, labelled.upper))

    def test_refuse_the_unreachable(self, estimator):
        with pytest.raises(DataError, match=r"^propensity must be positive .* 1 of 2 values are 0"):
            estimator(approved=[1, 0], bad=[0, 0], propensity=[1.0, 0.0])

    def test_refuse_an_unknown_outcome_of_the_approved(self, estimator):
        with pytest.raises(DataError, match=r"^bad must .* nan in row 0"):
            estimator(approved=[1], bad=[np.nan], propensity=[1.0])

    def test_are_undefined_without_applicants(self, estimator):
        with pytest.raises(UndefinedRateError, match="there are no applicants"):
            estimator(approved=[], bad=[], propensity=[])


class TestPoststratifiedBadRate:
    def test_agrees_with_a_sum_by_hand(self):
        rate = poststratified_bad_rate(
            bad=[0, 1, np.nan, 0, np.nan, np.nan], stratum=[1, 1, 1, 2, 2, 2]
        )

        assert rate.point == pytest.approx((3 * 1 / 2 + 3 * 0 / 1) / 6)
        assert rate.assumption is Assumption.ALIKE_IN_CELLS

    def test_is_the_stratified_rate_of_its_cells(self, selected_rows):
        rows = selected_rows(np.random.default_rng(1))
        bad = np.where(rows["approved"], rows["bad"], np.nan)

        rate = poststratified_bad_rate(bad=bad, stratum=rows["propensity"])

        cells = [
            Cell(n_applicants=of.sum(), n_labelled=seen.sum(), n_bad=np.nansum(bad[of]))
            for e in (0.1, 0.3, 1.0)
            for of in [rows["propensity"] == e]
            for seen in [of & rows["approved"]]
        ]
        assert rate == stratified_bad_rate(cells)

    def test_bounds_a_stratum_without_outcomes(self):
        rate = poststratified_bad_rate(bad=[0, 1, np.nan], stratum=["a", "a", "b"])

        assert np.isnan(rate.point)

    def test_refuses_a_missing_stratum(self):
        with pytest.raises(DataError, match=r"^stratum must have .* 1 of 2 .* row 1\.$"):
            poststratified_bad_rate(bad=[0, 1], stratum=["a", None])

    def test_is_undefined_without_applicants(self):
        with pytest.raises(UndefinedRateError, match="there are no applicants"):
            poststratified_bad_rate(bad=[], stratum=[])


class TestDoublyRobustBadRate:
    def test_agrees_with_a_sum_by_hand(self):
        rate = doubly_robust_bad_rate(**FOUR, expected=[0.1, 0.2, 0.3, 0.4])

        terms = [0.0, 1.0, 0.3 + (1 - 0.3) / 0.4, 0.4]
        assert rate.point == pytest.approx(sum(terms) / 4)
        assert rate.assumption is Assumption.EITHER

    @pytest.mark.parametrize("right", ["propensity", "expected"])
    def test_recovers_the_truth_where_one_of_both_is_right(self, right, selected_rows):
        rows = selected_rows(np.random.default_rng(5), 400_000)
        expected = np.where(rows["propensity"] < 1, 0.2, 0.02)
        if right == "propensity":
            expected = np.full_like(expected, 0.5)
        else:
            rows["propensity"] = np.where(rows["propensity"] < 1, 0.2, 1)  # their mean

        rate = doubly_robust_bad_rate(**rows, expected=expected)

        assert rate.lower - 0.001 <= 0.11 <= rate.upper + 0.001

    def test_is_more_precise_than_inverse_propensity(self, selected_rows):
        rows = selected_rows(np.random.default_rng(6))

        robust = doubly_robust_bad_rate(
            **rows, expected=np.where(rows["propensity"] < 1, 0.2, 0.02)
        )

        plain = horvitz_thompson_bad_rate(**rows)
        assert robust.upper - robust.lower < plain.upper - plain.lower

    def test_refuses_a_pd_above_one(self):
        with pytest.raises(DataError, match=r"^expected must .* first is 1\.5 in row 0"):
            doubly_robust_bad_rate(**FOUR, expected=[1.5, 0, 0, 0])


def few_rows(rng, n, *, shares, rates, propensities):
    """Applicants in groups, of whom so few are bad that many samples see one bad or none."""
    group = rng.choice(len(shares), n, p=shares)
    propensity = np.array(propensities)[group]
    bad = (rng.random(n) < np.array(rates)[group]).astype(float)
    return {"approved": rng.random(n) < propensity, "bad": bad, "propensity": propensity}


FEW = {
    "all approved": (100, {"shares": [1], "rates": [0.03], "propensities": [1]}),
    "explored": (300, {"shares": [0.6, 0.4], "rates": [0.02, 0.08], "propensities": [1, 0.2]}),
    "rare": (1000, {"shares": [0.7, 0.3], "rates": [0.01, 0.05], "propensities": [1, 0.1]}),
    "nobody sure": (400, {"shares": [0.4, 0.6], "rates": [0.01, 0.05], "propensities": [0.9, 0.2]}),
    "few goods": (100, {"shares": [0.6, 0.4], "rates": [0.95, 0.98], "propensities": [1, 0.5]}),
}


def robust(expected):
    def estimator(**rows):
        return doubly_robust_bad_rate(**rows, expected=np.full(len(rows["bad"]), expected))

    return estimator


INVERSE = pytest.mark.parametrize(
    "estimator",
    [horvitz_thompson_bad_rate, self_normalised_bad_rate, robust(0.0), robust(0.03)],
    ids=["horvitz-thompson", "self-normalised", "robust with 0", "robust"],
)


@INVERSE
class TestCertaintyFromNothing:
    @pytest.mark.slow
    @pytest.mark.parametrize("few", FEW)
    def test_is_not_claimed_where_few_are_seen_to_be_bad(self, estimator, few):
        n, world = FEW[few]
        truth = np.dot(world["shares"], world["rates"])
        rng = np.random.default_rng(3)

        rates = [estimator(**few_rows(rng, n, **world)) for _ in range(500)]

        assert np.mean([rate.lower <= truth <= rate.upper for rate in rates]) > 0.92
        assert np.mean([rate.upper < 0.5 or rate.lower > 0.5 for rate in rates]) > 0.95

    def test_is_not_claimed_where_no_bad_is_seen(self, estimator):
        rows = {"approved": [1] * 60, "bad": [0] * 60, "propensity": [1] * 60}

        rate = estimator(**rows)

        assert rate.upper >= labelled_bad_rate(rows["bad"]).upper > 0.05

    def test_is_less_the_fewer_are_explored(self, estimator):
        rows = {"approved": [1] * 60 + [1] * 4 + [0] * 36, "bad": [0] * 100}

        rate = estimator(**rows, propensity=[1] * 60 + [0.1] * 40)

        # Four explored goods say little of the 40 of their kind.
        assert rate.upper > 0.4 * 0.4

    def test_is_undefined_where_nobody_was_approved(self, estimator):
        with pytest.raises(UndefinedRateError, match="nobody was approved"):
            estimator(approved=[0, 0], bad=[np.nan] * 2, propensity=[0.5, 0.5])

    def test_allows_for_a_group_of_which_nobody_was_seen(self, estimator):
        rows = {"approved": [1] * 90 + [0] * 10, "bad": [0] * 90 + [np.nan] * 10}

        assert estimator(**rows, propensity=[1] * 90 + [0.05] * 10).upper >= 0.1


def hidden_selection(rng, n, exploration):
    """METHODS 1.2: x is seen, u is not; the past policy approves the lowest 60 % of x + 0.8 u."""
    x, u, chance = rng.standard_normal((3, n))
    bad = (chance < -2 + 0.8 * x + 0.8 * u).astype(float)
    limit = stats.norm.ppf(0.6) * np.sqrt(1 + 0.8**2)
    propensity = np.where(x + 0.8 * u <= limit, 1.0, exploration)
    approved = rng.random(n) < propensity
    return x <= stats.norm.ppf(0.7796), {"approved": approved, "bad": bad, "propensity": propensity}


class TestKnownAnswersUnderHiddenSelection:
    def test_every_estimator_below_the_oracle_cutoff(self):
        below, rows = hidden_selection(np.random.default_rng(7), 2_000_000, 0.05)

        rows = {name: column[below] for name, column in rows.items()}
        sure = rows["propensity"] == 1
        known = np.where(rows["approved"], rows["bad"], np.nan)
        policy = Cell(n_applicants=sure.size, n_labelled=sure.sum(), n_bad=rows["bad"][sure].sum())
        bounds = worst_case_bad_rate(policy)
        assert rows["bad"].mean() == pytest.approx(0.0500, abs=0.0005)
        assert labelled_bad_rate(np.where(sure, rows["bad"], np.nan)).point == pytest.approx(
            0.0102, abs=0.0005
        )
        for rate in (
            horvitz_thompson_bad_rate(**rows),
            self_normalised_bad_rate(**rows),
            poststratified_bad_rate(bad=known, stratum=rows["propensity"]),
            doubly_robust_bad_rate(**rows, expected=np.full(sure.size, 0.03)),
        ):
            assert rate.point == pytest.approx(0.0500, abs=0.0025)
        assert [bounds.lower, bounds.upper] == pytest.approx([0.0074, 0.2752], abs=0.001)

    def test_spread_of_inverse_propensity_in_a_sample_of_20_000(self):
        rng = np.random.default_rng(8)

        rates = []
        for _ in range(200):
            below, rows = hidden_selection(rng, 20_000, 0.05)
            rates.append(self_normalised_bad_rate(**{k: v[below] for k, v in rows.items()}).point)

        assert np.mean(rates) == pytest.approx(0.0497, abs=0.002)
        assert np.std(rates) == pytest.approx(0.0073, rel=0.2)

    def test_the_worst_case_always_contains_the_truth(self):
        rng = np.random.default_rng(9)
        for _ in range(100):
            below, rows = hidden_selection(rng, 2_000, 0.05)
            approved, bad = rows["approved"][below], rows["bad"][below]

            bounds = worst_case_bad_rate(
                Cell(n_applicants=bad.size, n_labelled=approved.sum(), n_bad=bad[approved].sum())
            )

            assert bounds.lower <= bad.mean() <= bounds.upper


class TestPopulation:
    def test_labelled_rows_speak_of_themselves(self):
        assert labelled_bad_rate([0, 1]).population is Population.LABELLED
