"""riskkit.decisions.concentration"""

import numpy as np
import pytest
from scipy import stats

from riskkit.decisions import (
    clopper_pearson_lower,
    clopper_pearson_upper,
    dkw_half_width,
    hoeffding_bentkus_upper,
    hoeffding_upper,
    kl_hoeffding_upper,
    maurer_pontil_upper,
)
from riskkit.errors import DataError

#: k, n, delta; Clopper-Pearson upper and lower, Hoeffding-Bentkus, Kullback-Leibler, Hoeffding.
TABLE = [
    (0, 76, 0.10, 0.029843, 0, 0.029843, 0.029843, 0.123080),
    (0, 100, 0.05, 0.029513, 0, 0.029513, 0.029513, 0.122387),
    (3, 100, 0.05, 0.075711, 0.008226, 0.089205, 0.091332, 0.152387),
    (10, 1000, 0.05, 0.016903, 0.005435, 0.018907, 0.019756, 0.048702),
    (30, 1000, 0.10, 0.038155, 0.023297, 0.041417, 0.043047, 0.063931),
    (50, 1000, 0.10, 0.060025, 0.041343, 0.064014, 0.066184, 0.083931),
    (150, 5000, 0.10, 0.033332, 0.026946, 0.034658, 0.035468, 0.045174),
    (500, 10000, 0.05, 0.053733, 0.046463, 0.054750, 0.055515, 0.062239),
]


class TestUpperLimits:
    @pytest.mark.parametrize("row", TABLE)
    def test_agree_with_the_published_table(self, row):
        k, n, delta, *expected = row

        found = [
            float(clopper_pearson_upper(k, n, delta=delta)),
            float(clopper_pearson_lower(k, n, delta=delta)),
            hoeffding_bentkus_upper(k, n, delta=delta),
            kl_hoeffding_upper(k, n, delta=delta),
            hoeffding_upper(k, n, delta=delta),
        ]

        assert found == pytest.approx(expected, abs=1e-6)

    def test_refuse_counts_that_contradict_each_other(self):
        for upper in (hoeffding_upper, kl_hoeffding_upper, hoeffding_bentkus_upper):
            with pytest.raises(DataError, match="but are 5, 3"):
                upper(5, 3, delta=0.1)


class TestMaurerPontilUpper:
    @pytest.mark.parametrize(
        ("every", "n", "expected"),
        [(20, 1000, 0.077346), (10, 1000, 0.134397), (33, 5000, 0.038496)],
    )
    def test_agrees_with_the_published_values(self, every, n, expected):
        x = np.arange(1, n + 1) % every == 0

        assert maurer_pontil_upper(x, delta=0.05) == pytest.approx(expected, abs=1e-6)

    def test_needs_two_values(self):
        with pytest.raises(DataError, match="at least 2 values, but holds 1"):
            maurer_pontil_upper([0.5], delta=0.05)


class TestDkwHalfWidth:
    def test_agrees_with_the_published_value(self):
        assert dkw_half_width(10_000, delta=0.05) == pytest.approx(0.0135810, abs=1e-7)

    @pytest.mark.parametrize(
        ("n", "approved", "rejected_goods"), [(1000, 0.0, 1.0), (20_000, 0.640, 0.317)]
    )
    def test_buys_its_promise_with_approvals(self, n, approved, rejected_goods):
        # METHODS 1.1's coverage table: the score is normal, the PD Phi(-1.9 + 0.9 z), the cap 3 %
        # at delta 0.1, the grid 200 quantiles; half of delta for bads, half for approvals.
        rng, width = np.random.default_rng(0), dkw_half_width(n, delta=0.1)  # two-sided: half each
        levels = np.arange(1, 201) / 201
        cutoffs = stats.norm.ppf(levels)
        base = stats.norm.cdf(-1.9 / np.sqrt(1.81))
        joint = stats.multivariate_normal(cov=[[1, -0.9 / 1.81**0.5], [-0.9 / 1.81**0.5, 1]])
        bads = np.array([joint.cdf([z, -1.9 / 1.81**0.5]) for z in cutoffs])  # true, of all
        found, breaches, goods = [], 0, []

        for _ in range(100):
            z, chance = rng.standard_normal((2, n))
            bad = chance < -1.9 + 0.9 * z
            below = np.searchsorted(np.sort(z), cutoffs, side="right") / n
            bad_below = np.searchsorted(np.sort(z[bad]), cutoffs, side="right") / n
            fine = np.flatnonzero(bad_below + width <= 0.03 * (below - width))
            at = fine[-1] if fine.size else None
            found.append(0.0 if at is None else levels[at])
            breaches += at is not None and bads[at] > 0.03 * levels[at]
            goods.append(1.0 if at is None else 1 - (levels[at] - bads[at]) / (1 - base))

        assert breaches == 0
        assert np.mean(found) == pytest.approx(approved, abs=0.005)
        assert np.mean(goods) == pytest.approx(rejected_goods, abs=0.005)
