"""riskkit.scores.intervals"""

import numpy as np
import pytest
from scipy import special, stats

from riskkit.errors import DataError, UndefinedRateError
from riskkit.scores import (
    auc,
    auc_difference,
    auc_interval,
    bootstrap_interval,
    brier,
    expected_maximum_profit,
    h_measure,
    ks,
)

BAD = np.array([0, 0, 0, 1, 1, 0])
FIRST, SECOND = np.array([1, 2, 4, 3, 8, 2]), np.array([2, 2, 1, 3, 1, 5])


def normal_sample(rng, n=400, gap=1.0):
    bad = np.arange(n) < n // 4
    common = rng.standard_normal(n)
    pds = [gap * bad + common + 0.7 * rng.standard_normal(n) for _ in range(2)]
    return bad, *pds


def kernel(pds):
    """Wins of every bad over every good, ties a half."""
    gaps = pds[BAD == 1][:, None] - pds[BAD == 0][None, :]
    return (gaps > 0) + 0.5 * (gaps == 0)


class TestAucInterval:
    def test_agrees_with_the_formula_over_all_pairs(self):
        wins = kernel(FIRST)

        found = auc_interval(bad=BAD, pds=FIRST, confidence=0.5)

        variance = wins.mean(axis=1).var(ddof=1) / 2 + wins.mean(axis=0).var(ddof=1) / 4
        assert found.point == pytest.approx(wins.mean())
        a, t = wins.mean(), 1.0  # the quartile of Student's t with one degree of freedom
        inner = (2 * a + 0.5) / 3
        ends = [
            special.expit(special.logit(at) + sign * t * np.sqrt(variance) / (at * (1 - at)))
            for at in (a, inner)
            for sign in (-1, 1)
        ]
        assert variance > inner * (1 - inner) / 24
        assert (found.lower, found.upper) == pytest.approx((min(ends), max(ends)))

    def test_covers_the_truth(self):
        rng, truth = np.random.default_rng(1), stats.norm.cdf(1 / np.sqrt(2 * (1 + 0.49)))
        found = []
        for _ in range(500):
            bad, pds, _ = normal_sample(rng)
            interval = auc_interval(bad=bad, pds=pds, confidence=0.9)
            found.append(interval.lower <= truth <= interval.upper)

        assert 0.86 <= np.mean(found) <= 0.94

    def test_is_no_certainty_where_the_ranking_is_perfect(self):
        found = auc_interval(bad=[0, 0, 0, 1, 1], pds=[1, 2, 3, 4, 5])
        reverse = auc_interval(bad=[1, 1, 0, 0, 0], pds=[1, 2, 3, 4, 5])

        assert (found.point, found.upper) == (1, 1)
        assert found.lower == pytest.approx(np.sqrt(0.025))
        assert (reverse.lower, reverse.upper) == (0, pytest.approx(1 - np.sqrt(0.025)))
        assert found.method == reverse.method == "disjoint pairs"

    def test_covers_the_truth_where_perfect_rankings_are_common(self):
        rng, truth, perfect = np.random.default_rng(7), stats.norm.cdf(2.6 / np.sqrt(2)), []
        for _ in range(300):
            bad = np.arange(60) < 6
            found = auc_interval(bad=bad, pds=2.6 * bad + rng.standard_normal(60))
            if found.point == 1:
                perfect.append(found.lower <= truth)

        assert len(perfect) > 20  # none of which [1, 1] would cover
        assert np.mean(perfect) >= 0.95

    def test_stays_inside_0_and_1(self):
        found = auc_interval(bad=[0, 0, 1, 1, 1], pds=[1, 3, 2, 4, 5])

        assert 0 < found.lower < found.point < found.upper < 1
        assert found.method == "DeLong"

    @pytest.mark.parametrize(
        ("n_bads", "n_goods", "gap"),
        [
            (3, 200, 2.0),
            (5, 200, 1.2),
            (5, 200, 3.2),
            (10, 500, 2.5),
            (30, 2000, 2.5),
            (300, 10, 2),
        ],
    )
    def test_covers_the_truth_with_few_of_a_class(self, n_bads, n_goods, gap):
        rng, truth = np.random.default_rng(8), stats.norm.cdf(gap / np.sqrt(2))
        bad = np.arange(n_bads + n_goods) < n_bads
        found, wald = [], []
        for _ in range(200):
            pds = gap * bad + rng.standard_normal(bad.size)
            interval = auc_interval(bad=bad, pds=pds)
            found.append(interval.lower <= truth <= interval.upper)
            wald.append(self.plain_delong(bad, pds, truth))

        assert np.mean(found) >= 0.93
        assert np.mean(wald) < 0.9  # what the same grading finds of the usual interval

    @staticmethod
    def plain_delong(bad, pds, truth):
        goods, bads = np.sort(pds[~bad]), np.sort(pds[bad])
        of_bads = np.searchsorted(goods, bads) / goods.size
        of_goods = 1 - np.searchsorted(bads, goods) / bads.size
        variance = of_bads.var(ddof=1) / bads.size + of_goods.var(ddof=1) / goods.size
        return abs(of_bads.mean() - truth) <= 1.959964 * np.sqrt(variance)

    def test_is_not_much_surer_of_one_pair_out_of_order_than_of_none(self):
        bad, goods = np.repeat([0, 1], [200, 5]), np.linspace(0.01, 0.5, 200)

        none = auc_interval(bad=bad, pds=[*goods, 0.6, 0.7, 0.8, 0.9, 0.55])
        one = auc_interval(bad=bad, pds=[*goods, 0.6, 0.7, 0.8, 0.9, 0.4999])

        assert one.point == 0.999
        assert none.lower < one.lower < 0.8

    def test_nears_plain_delong_with_many(self):
        bad, pds, _ = normal_sample(np.random.default_rng(9), n=8000)

        found = auc_interval(bad=bad, pds=pds)

        of_bads = np.searchsorted(np.sort(pds[~bad]), pds[bad]) / (~bad).sum()
        of_goods = 1 - np.searchsorted(np.sort(pds[bad]), pds[~bad]) / bad.sum()
        variance = of_bads.var(ddof=1) / bad.sum() + of_goods.var(ddof=1) / (~bad).sum()
        width = 2 * 1.959964 * np.sqrt(variance)
        assert found.upper - found.lower == pytest.approx(width, rel=0.03)

    def test_covers_the_auc_of_whom_weights_stand_for(self):
        rng, truth = np.random.default_rng(11), stats.norm.cdf(1 / np.sqrt(2 * (1 + 0.49)))
        weighted, plain = [], []
        for _ in range(300):
            bad, pds, _ = normal_sample(rng, n=1500)
            # Safe goods are sampled at one in five, and weigh five.
            kept = bad | (pds > 0) | (rng.random(bad.size) < 0.2)
            sample = {"bad": bad[kept], "pds": pds[kept], "confidence": 0.9}
            weight = np.where(bad | (pds > 0), 1.0, 5.0)[kept]
            for found, more in ((weighted, {"weight": weight}), (plain, {})):
                interval = auc_interval(**sample, **more)
                found.append(interval.lower <= truth <= interval.upper)

        assert 0.85 <= np.mean(weighted) <= 0.96
        assert np.mean(plain) < 0.5  # the same harness sees who ignores them

    def test_has_the_weighted_auc_and_knows_no_scale(self):
        sample, weight = {"bad": BAD, "pds": FIRST}, np.array([1, 1, 2, 3, 1, 1])

        found = auc_interval(**sample, weight=weight)

        tenfold = auc_interval(**sample, weight=10 * weight)
        assert found.point == pytest.approx(auc(**sample, weight=weight))
        assert (found.lower, found.upper) == pytest.approx((tenfold.lower, tenfold.upper))

    def test_knows_nothing_where_one_weighs_all(self):
        found = auc_interval(bad=BAD, pds=FIRST, weight=np.where(FIRST == 8, 1e9, 1))

        assert (found.lower, found.upper) == pytest.approx((0, 1), abs=1e-3)

    def test_refuses_a_weight_of_0(self):
        with pytest.raises(DataError, match=r"^weight must be positive"):
            auc_interval(bad=BAD, pds=FIRST, weight=np.zeros(6))

    def test_needs_two_of_each(self):
        with pytest.raises(UndefinedRateError, match="2 goods and 1 bads"):
            auc_interval(bad=[0, 0, 1], pds=[1, 2, 3])


class TestAucDifference:
    def test_agrees_with_the_formula_over_all_pairs(self):
        gap = kernel(FIRST) - kernel(SECOND)

        found = auc_difference(bad=BAD, first=FIRST, second=SECOND)

        variance = gap.mean(axis=1).var(ddof=1) / 2 + gap.mean(axis=0).var(ddof=1) / 4
        assert found.difference == pytest.approx(gap.mean())
        of_two_bads = 12.7062  # of Student's t with one degree of freedom
        assert found.upper - found.difference == pytest.approx(of_two_bads * np.sqrt(variance))
        t = found.difference / np.sqrt(variance)
        assert found.p_value == pytest.approx(2 * stats.t.sf(abs(t), 1))

    def test_rejects_equal_models_as_often_as_it_says(self):
        rng = np.random.default_rng(2)

        p_values = []
        for _ in range(400):
            bad, first, second = normal_sample(rng)
            p_values.append(auc_difference(bad=bad, first=first, second=second).p_value)

        assert 0.06 <= np.mean(np.array(p_values) < 0.1) <= 0.15

    @pytest.mark.slow
    @pytest.mark.parametrize(("n_bads", "of_normal"), [(3, 0.12), (5, 0.08), (10, 0.06)])
    def test_rejects_equal_models_no_more_often_than_it_says_with_few_bads(self, n_bads, of_normal):
        rng, bad = np.random.default_rng(13), np.arange(300) < n_bads
        rejected, held, normal = [], [], []
        for _ in range(1500):
            first, second = bad + rng.standard_normal((2, bad.size))
            found = auc_difference(bad=bad, first=first, second=second)
            rejected.append(found.p_value < 0.05)
            held.append(found.lower <= 0 <= found.upper)
            error = (found.upper - found.difference) / stats.t.ppf(0.975, n_bads - 1)
            normal.append(abs(found.difference) > 1.959964 * error)

        assert 0.01 < np.mean(rejected) <= 0.06
        assert np.mean(held) >= 0.94
        assert np.mean(normal) > of_normal  # what the same grading finds of a normal error

    def test_is_sure_where_both_rank_alike(self):
        found = auc_difference(bad=BAD, first=FIRST, second=10 * FIRST)

        assert (found.difference, found.p_value) == (0, 1)

    def test_rejects_equal_models_as_often_as_it_says_with_weights(self):
        rng, p_values = np.random.default_rng(12), []
        for _ in range(300):
            bad, first, second = normal_sample(rng)
            weight = rng.choice([1, 5], bad.size)
            found = auc_difference(bad=bad, first=first, second=second, weight=weight)
            p_values.append(found.p_value)

        assert 0.05 <= np.mean(np.array(p_values) < 0.1) <= 0.16

    def test_names_the_column(self):
        with pytest.raises(DataError, match=r"^second must hold only finite numbers"):
            auc_difference(bad=BAD, first=FIRST, second=[1, 2, 3, 4, 5, np.nan])


class TestBootstrapInterval:
    def test_is_near_delong(self):
        bad, pds, _ = normal_sample(np.random.default_rng(4))
        sample = {"bad": bad, "pds": pds}

        found = bootstrap_interval(auc, **sample, rng=np.random.default_rng(5), n_draws=150)

        known = auc_interval(**sample)
        assert found.point == pytest.approx(known.point)
        assert found.upper - found.lower == pytest.approx(known.upper - known.lower, rel=0.3)

    def test_takes_weights_and_any_measure(self):
        rng = np.random.default_rng(6)
        sample = {"bad": BAD, "pds": FIRST / 10, "weight": [1, 1, 1, 3, 1, 1]}

        for measure in (ks, brier):
            found = bootstrap_interval(measure, **sample, rng=rng, n_draws=20)
            assert found.point == measure(**sample)
            assert found.lower <= found.upper

    @pytest.mark.parametrize("measure", [h_measure, expected_maximum_profit])
    def test_takes_measures_that_return_records(self, measure):
        bad, pds, _ = normal_sample(np.random.default_rng(8))

        found = bootstrap_interval(
            measure, bad=bad, pds=pds, rng=np.random.default_rng(9), n_draws=20
        )

        assert found.lower < found.point == float(measure(bad=bad, pds=pds)) < found.upper

    def test_bad_input_is_named(self):
        rng = np.random.default_rng(7)
        with pytest.raises(DataError, match=r"^n_draws must be at least 2"):
            bootstrap_interval(auc, bad=BAD, pds=FIRST, rng=rng, n_draws=1)
        with pytest.raises(UndefinedRateError, match="there are no bads"):
            bootstrap_interval(auc, bad=[0, 0], pds=[1, 2], rng=rng)
