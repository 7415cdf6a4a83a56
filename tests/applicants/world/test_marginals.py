"""riskkit.applicants.world.marginals"""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

from riskkit._records import as_record
from riskkit.applicants.world import Choice, Count, Levels, LogNormal, Share
from riskkit.applicants.world.marginals import code_table, look_up
from riskkit.errors import DataError

NORMALS = np.random.default_rng(0).standard_normal(200_000, dtype=np.float32)


def codes(marginal, normals=NORMALS):
    return look_up(code_table(marginal), normals)


def values(marginal, normals=NORMALS):
    return np.asarray(marginal.support)[codes(marginal, normals)]


def chi_square_p(found, shares):
    """Return the p-value of drawn codes against the shares of all codes, rare ones pooled."""
    counts = np.bincount(found, minlength=len(shares))
    # Looked-up shares are within 4e-5 of what is asked for: pool up to 1,000 expected.
    groups = np.floor(np.cumsum(shares) * len(found) / 1_000).astype(int)
    expected, observed = (np.bincount(groups, w) for w in (shares * len(found), counts))
    tail = expected < 500
    expected, observed = (np.append(v[~tail], v[tail].sum()) for v in (expected, observed))
    some = expected > 0
    return stats.chisquare(observed[some], expected[some] * observed.sum() / expected.sum()).pvalue


class TestLogNormal:
    def test_rounds_to_the_step_and_keeps_to_the_range(self):
        amount = LogNormal(median=100, sigma=1, low=50, high=400, step=10)

        drawn = values(amount, np.array([-5, 0, np.log(1.234), 5], dtype=np.float32))

        assert drawn.tolist() == [50, 100, 120, 400]

    def test_writes_decimal_steps_exactly(self):
        drawn = values(
            LogNormal(median=0.3, sigma=1, low=0, high=9, step=0.1), np.zeros(1, np.float32)
        )

        assert drawn.tolist() == [0.3]

    def test_follows_the_lognormal_distribution(self):
        fine = LogNormal(median=100, sigma=0.3, low=0, high=3_000, step=0.1)

        # Each value stands for half a step on either side of it.
        distance = stats.kstest(values(fine), stats.lognorm(0.3, scale=100).cdf).statistic

        assert distance < 1.95 / np.sqrt(200_000) + 0.05 * stats.lognorm(0.3, scale=100).pdf(91)

    def test_gives_every_rounded_value_its_share(self):
        months = LogNormal(median=28, sigma=0.95, low=0, high=180, step=1)
        edges = np.append(np.arange(180) + 0.5, np.inf)
        shares = np.diff(stats.lognorm(0.95, scale=28).cdf(edges), prepend=0)

        assert chi_square_p(codes(months), shares) > 1e-3

    @pytest.mark.parametrize(
        ("low", "high", "step", "support"),
        [
            (0, 0.3, 0.1, [0, 0.1, 0.2, 0.3]),  # 0.3 / 0.1 is below 3
            (0.6, 1.2, 0.2, [0.6, 0.8, 1, 1.2]),  # 1.2 / 0.2 is below 6
            (0.15, 0.35, 0.1, [0.2, 0.3]),
            (5, 20, 10, [10, 20]),
        ],
    )
    def test_takes_every_multiple_of_the_step_within_the_range(self, low, high, step, support):
        marginal = LogNormal(median=1, sigma=1, low=low, high=high, step=step)

        assert marginal.support.tolist() == support

    def test_refuses_an_empty_range(self):
        with pytest.raises(DataError, match="high must be above low, which is 9"):
            as_record(
                LogNormal, {"median": 1, "sigma": 1, "low": 9, "high": 9, "step": 1}, source="x"
            )

    def test_refuses_a_step_that_leaves_no_value(self):
        with pytest.raises(DataError, match="no multiple of step"):
            as_record(
                LogNormal, {"median": 1, "sigma": 1, "low": 0.2, "high": 0.8, "step": 1}, source="x"
            )

    def test_refuses_a_step_that_leaves_too_many_values(self):
        with pytest.raises(DataError, match="step must leave at most 32767 values"):
            as_record(
                LogNormal, {"median": 1, "sigma": 1, "low": 0, "high": 32_768, "step": 1}, source=""
            )


class TestShare:
    def test_gives_every_hundredth_its_share(self):
        edges = np.append((np.arange(100) + 0.5) / 100, 1)

        p = chi_square_p(codes(Share(a=2, b=5)), np.diff(stats.beta(2, 5).cdf(edges), prepend=0))

        assert p > 1e-3

    def test_stays_a_fraction_in_the_tails(self):
        drawn = values(Share(a=0.5, b=0.5), np.array([-9, 9], dtype=np.float32))

        assert drawn.tolist() == [0, 1]


class TestCount:
    def test_follows_the_negative_binomial_distribution(self):
        counts = Count(mean=1.5, size=0.7, high=200)
        law = stats.nbinom(0.7, 0.7 / (0.7 + 1.5))

        assert chi_square_p(codes(counts), law.pmf(np.arange(201))) > 1e-3
        assert values(counts).var() == pytest.approx(1.5 + 1.5**2 / 0.7, rel=0.03)

    def test_counts_what_is_beyond_the_highest_as_the_highest(self):
        drawn = values(Count(mean=50, size=0.5, high=3))

        beyond = stats.nbinom(0.5, 0.5 / 50.5).sf(2)
        assert drawn.max() == 3
        assert (drawn == 3).mean() == pytest.approx(beyond, abs=4e-3)


class TestChoice:
    def test_keeps_the_shares_and_rises_with_the_normal(self):
        terms = Choice(shares={3: 0.28, 6: 0.27, 12: 0.33, 24: 0.12})

        assert chi_square_p(codes(terms), np.array([0.28, 0.27, 0.33, 0.12])) > 1e-3
        assert values(terms, np.array([-3, 3], np.float32)).tolist() == [3, 24]

    def test_refuses_numbers_out_of_order(self):
        with pytest.raises(DataError, match="ascending order"):
            as_record(Choice, {"shares": {12: 0.5, 3: 0.5}}, source="x")


class TestLevels:
    def test_keeps_the_shares_and_the_order(self):
        levels = Levels(shares={"low": 0.2, "middle": 0.5, "high": 0.3})

        assert chi_square_p(codes(levels), np.array([0.2, 0.5, 0.3])) > 1e-3
        assert values(levels, np.array([-3, 0, 3], np.float32)).tolist() == [
            "low",
            "middle",
            "high",
        ]

    def test_never_draws_a_level_without_a_share(self):
        drawn = values(Levels(shares={"none": 0.0, "some": 0.4, "gap": 0.0, "rest": 0.6}))

        assert set(drawn) == {"some", "rest"}

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


class TestLookUp:
    def test_agrees_with_the_quantile_function_next_to_every_cell(self):
        marginal = LogNormal(median=1_500, sigma=0.9, low=100, high=30_000, step=10)

        looked_up = codes(marginal, NORMALS[:20_000]).astype(int)

        # Codes at either end of a cell of width 12 / 65536 enclose the one looked up.
        exact = NORMALS[:20_000].astype(float)
        width = 12 / 65_536
        assert (marginal.codes_at(exact - width) <= looked_up).all()
        assert (looked_up <= marginal.codes_at(exact + width)).all()

    def test_puts_a_share_within_a_cell_of_what_is_asked_for(self):
        table = code_table(Levels(shares={"rare": 0.004, "rest": 0.996}))

        edge = np.flatnonzero(table)[0] * 12 / 65_536 - 6

        assert ndtr(edge) == pytest.approx(0.004, abs=4e-5)

    def test_takes_the_outermost_cell_beyond_six(self):
        table = code_table(Levels(shares={"low": 0.5, "high": 0.5}))

        looked_up = look_up(table, np.array([-7, 7, -60, 60], dtype=np.float32))

        assert looked_up.tolist() == [0, 1, 0, 1]
