"""riskkit.applicants.world.marginals"""

import numpy as np
import pytest
from scipy import stats

from riskkit._records import as_record
from riskkit.applicants.world import Choice, Count, Levels, LogNormal, Share
from riskkit.applicants.world.marginals import is_whole
from riskkit.errors import DataError

NORMALS = np.random.default_rng(0).standard_normal(200_000, dtype=np.float32)


class TestLogNormal:
    def test_rounds_to_the_step_and_keeps_to_the_range(self):
        amount = LogNormal(median=100, sigma=1, low=50, high=400, step=10)

        values = amount.values(np.array([-5, 0, np.log(1.234), 5], dtype=np.float32))

        assert values.tolist() == [50, 100, 120, 400]

    def test_writes_decimal_steps_exactly(self):
        values = LogNormal(median=0.3, sigma=1, low=0, high=9, step=0.1).values(
            np.zeros(1, dtype=np.float32)
        )

        assert values.tolist() == [0.3]

    def test_refuses_an_empty_range(self):
        with pytest.raises(DataError, match="high must be above low, which is 9"):
            as_record(
                LogNormal, {"median": 1, "sigma": 1, "low": 9, "high": 9, "step": 1}, source="x"
            )


class TestShare:
    def test_follows_the_beta_distribution(self):
        values = Share(a=2, b=5).values(NORMALS)

        # Rounding to hundredths moves the distribution function by less than half a hundredth
        # times the highest density.
        distance = stats.kstest(values, stats.beta(2, 5).cdf).statistic
        assert distance < 0.005 * stats.beta(2, 5).pdf(0.2) + 0.005
        assert values.mean() == pytest.approx(2 / 7, abs=0.002)

    def test_stays_a_fraction_in_the_tails(self):
        values = Share(a=0.5, b=0.5).values(np.array([-9, 9], dtype=np.float32))

        assert values.tolist() == [0, 1]


class TestCount:
    def test_follows_the_negative_binomial_distribution(self):
        values = Count(mean=1.5, size=0.7, high=200).values(NORMALS)

        expected = stats.nbinom(0.7, 0.7 / (0.7 + 1.5)).pmf(np.arange(5))
        found = [(values == count).mean() for count in range(5)]
        assert found == pytest.approx(expected.tolist(), abs=0.005)

    def test_never_exceeds_the_highest(self):
        values = Count(mean=50, size=0.5, high=3).values(NORMALS)

        assert values.max() == 3


class TestChoice:
    def test_keeps_the_shares_and_rises_with_the_normal(self):
        values = Choice(shares={3: 0.5, 12: 0.5}).values(np.array([-0.1, 0.1], dtype=np.float32))

        assert values.tolist() == [3, 12]

    def test_refuses_numbers_out_of_order(self):
        with pytest.raises(DataError, match="ascending order"):
            as_record(Choice, {"shares": {12: 0.5, 3: 0.5}}, source="x")


class TestLevels:
    def test_keeps_the_shares(self):
        values = Levels(shares={"low": 0.2, "middle": 0.5, "high": 0.3}).values(NORMALS)

        assert values.categories.tolist() == ["low", "middle", "high"]
        assert np.bincount(values.codes) / values.size == pytest.approx([0.2, 0.5, 0.3], abs=0.005)

    @pytest.mark.parametrize(
        ("shares", "problem"),
        [
            ({"a": 0.5, "b": 0.6}, "add up to 1, but add up to 1.1"),
            ({"a": 1.5, "b": -0.5}, "none of them negative"),
            ({}, "none of them negative"),
        ],
    )
    def test_refuses_shares_that_are_none(self, shares, problem):
        with pytest.raises(DataError, match=problem):
            as_record(Levels, {"shares": shares}, source="x")


class TestIsWhole:
    def test_looks_at_the_step_and_the_range(self):
        assert is_whole(LogNormal(median=1, sigma=1, low=0, high=9, step=1))
        assert not is_whole(LogNormal(median=1, sigma=1, low=0, high=9, step=0.5))
        assert is_whole(Count(mean=1, size=1, high=9))
        assert not is_whole(Share(a=1, b=1))
