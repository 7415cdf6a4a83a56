"""riskkit.scores.cuts"""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import xlogy

from riskkit.scores.cuts import _LEAST_GAIN, CutRules, best_cuts
from riskkit.scores.features import Counts

RULES = CutRules(max_bins=4, min_rows=60)
counts_by_bin = arrays(float, 8, elements=st.integers(0, 60))


def log_likelihood(fine, bins):
    pooled = fine.pooled(bins)
    rates = pooled.bads / pooled.rows
    return float(np.sum(xlogy(pooled.bads, rates) + xlogy(pooled.goods, 1 - rates)))


def keeps(fine, bins, direction, rules):
    pooled = fine.pooled(bins)
    if (pooled.rows < rules.min_rows).any() or (pooled.rows == 0).any():
        return False
    steps = np.diff(pooled.bads / pooled.rows)
    return {"higher": (steps > 0).all(), "lower": (steps < 0).all(), "none": True}[direction]


def by_trying_all(fine, direction, rules):
    """Return the best value of all ways to cut, or None where none is allowed."""
    n, best = len(fine.rows), None
    for n_cuts in range(rules.max_bins):
        for starts in itertools.combinations(range(1, n), n_cuts):
            bins = np.searchsorted(starts, np.arange(n), side="right")
            if keeps(fine, bins, direction, rules):
                value = log_likelihood(fine, bins) - _LEAST_GAIN * n_cuts
                best = value if best is None else max(best, value)
    return best


class TestBestCuts:
    @settings(deadline=None, max_examples=30)
    @given(goods=counts_by_bin, bads=counts_by_bin)
    @pytest.mark.parametrize("direction", ["higher", "lower", "none"])
    def test_agree_with_trying_all(self, direction, goods, bads):
        fine = Counts(goods=goods, bads=bads)

        cuts = best_cuts(fine, direction, RULES)

        best = by_trying_all(fine, direction, RULES)
        if best is None:
            assert cuts.bins.tolist() == [0] * 8
        else:
            assert keeps(fine, cuts.bins, direction, RULES)
            n_cuts = cuts.bins.max()
            assert log_likelihood(fine, cuts.bins) - _LEAST_GAIN * n_cuts == pytest.approx(best)
            assert cuts.value == pytest.approx(best)

    @settings(deadline=None, max_examples=50)
    @given(goods=counts_by_bin, bads=counts_by_bin)
    def test_the_best_trend_is_the_better_of_both(self, goods, bads):
        fine = Counts(goods=goods + 1, bads=bads + 1)

        best = best_cuts(fine, "best", RULES)

        values = [best_cuts(fine, direction, RULES).value for direction in ("higher", "lower")]
        assert best.value == max(values)

    def test_never_make_more_bins_than_allowed(self):
        fine = Counts(goods=np.arange(200.0, 0, -1), bads=np.arange(1.0, 201))

        cuts = best_cuts(fine, "higher", CutRules(max_bins=7, min_rows=1))

        assert np.bincount(cuts.bins).size == 7

    def test_make_one_bin_of_what_runs_the_other_way(self):
        fine = Counts(goods=np.array([90.0, 50, 10]), bads=np.array([10.0, 50, 90]))

        assert best_cuts(fine, "lower", RULES).bins.tolist() == [0, 0, 0]

    def test_part_what_is_wholly_good_from_what_is_wholly_bad(self):
        fine = Counts(goods=np.array([80.0, 80, 0]), bads=np.array([0.0, 0, 80]))

        assert best_cuts(fine, "best", RULES).bins.tolist() == [0, 0, 1]

    def test_find_nothing_in_equal_rates(self):
        fine = Counts(goods=np.full(50, 90.0), bads=np.full(50, 10.0))

        assert best_cuts(fine, "none", RULES).bins.max() == 0
