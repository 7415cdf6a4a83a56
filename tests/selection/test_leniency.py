"""riskkit.selection.leniency"""

import numpy as np
import pytest
from scipy import stats

from riskkit.errors import DataError, UndefinedRateError
from riskkit.selection import (
    Assumption,
    Cell,
    Population,
    contraction,
    labelled_bad_rate,
    leniency_bounds,
    worst_case_bad_rate,
)

LENIENCY = np.array([0.5, 0.6, 0.7, 0.8, 0.9])


def officers(rng, n):
    """METHODS 1.2: five officers see x + 0.8 u, the score sees x; applications come by chance."""
    x, u, chance = rng.standard_normal((3, n))
    judge = rng.integers(5, size=n)
    limit = stats.norm.ppf(LENIENCY[judge]) * np.sqrt(1 + 0.8**2)
    bad = chance < -1.5 + 0.8 * x + 0.8 * u
    return x, {"approved": x + 0.8 * u <= limit, "bad": bad, "judge": judge}


@pytest.fixture(scope="module")
def many():
    return officers(np.random.default_rng(3), 1_000_000)


class TestLeniencyBounds:
    def test_agree_with_counts_by_hand(self):
        bounds = leniency_bounds(
            below=[1, 1, 1, 1, 1, 0],
            approved=[1, 1, 0, 1, 0, 0],
            bad=[1, 0, 0, 0, 0, 0],
            judge=["a", "a", "a", "b", "b", "b"],
        )

        # "a" shows 1 bad and 1 unknown of 3, "b" 0 and 1 of 3; 5 of 6 lie below.
        assert bounds.lower == pytest.approx((1 / 3) / (5 / 6))
        assert bounds.upper == pytest.approx((1 / 3) / (5 / 6))
        assert bounds.assumption is Assumption.RANDOM_JUDGE

    def test_contain_the_truth_and_are_tighter_than_the_worst_case(self):
        x, rows = officers(np.random.default_rng(1), 500_000)
        below = x <= stats.norm.ppf(0.85)

        bounds = leniency_bounds(below=below, **rows)

        approved, truth = rows["approved"][below], rows["bad"][below].mean()
        worst = worst_case_bad_rate(
            Cell(
                n_applicants=approved.size,
                n_labelled=approved.sum(),
                n_bad=rows["bad"][below][approved].sum(),
            )
        )
        assert bounds.lower <= truth <= bounds.upper
        assert worst.lower < bounds.lower
        assert bounds.upper < worst.upper

    def test_are_as_published(self, many):
        x, rows = many

        bounds = leniency_bounds(below=x <= stats.norm.ppf(0.85), **rows)

        assert [bounds.lower, bounds.upper] == pytest.approx([0.0895, 0.1272], abs=0.001)

    def test_confident_limits_contain_the_truth_as_often_as_they_say(self):
        rng, covered = np.random.default_rng(2), []
        for _ in range(200):
            x, rows = officers(rng, 2000)
            bounds = leniency_bounds(below=x <= 1, **rows, confidence=0.9)
            truth = stats.multivariate_normal(cov=[[1, -0.8 / 1.51], [-0.8 / 1.51, 1]])
            rate = truth.cdf([1, -1.5 / 1.51]) / stats.norm.cdf(1)
            covered.append(bounds.confident_lower <= rate <= bounds.confident_upper)

        assert np.mean(covered) >= 0.9

    @pytest.mark.parametrize("nobody", [None, float("nan")])
    def test_refuse_a_missing_judge(self, nobody):
        rows = {"below": [1, 1, 1], "approved": [1, 1, 0], "bad": [0, 1, 0]}

        # Left out, the bad of the second row would have gone with its judge.
        with pytest.raises(DataError, match=r"^judge must .* 1 of 3 .* in row 1\."):
            leniency_bounds(**rows, judge=np.array(["a", nobody, "a"], dtype=object))

    def test_are_undefined_where_nobody_lies_below(self):
        with pytest.raises(UndefinedRateError, match="nobody lies below"):
            leniency_bounds(below=[0], approved=[1], bad=[0], judge=["a"])


class TestContraction:
    def test_agrees_with_a_count_by_hand(self):
        found = contraction(
            pds=[0.1, 0.2, 0.3, 0.4, 0.1],
            approved=[1, 1, 1, 0, 0],
            bad=[0, 1, 0, 0, 0],
            judge=["a", "a", "a", "a", "b"],
            approval_rate=0.5,
        )

        assert (found.bad_rate, found.approval_rate, found.judge) == (1 / 2, 2 / 4, "a")
        assert found.leniency == 3 / 4

    @pytest.mark.parametrize(
        ("share", "true", "measured", "labelled"),
        [
            (0.3, 0.0346, 0.0342, 0.0261),
            (0.5, 0.0578, 0.0549, 0.0380),
            (0.7, 0.0861, 0.0783, 0.0487),
            (0.85, 0.1141, 0.0974, 0.0562),
        ],
    )
    def test_falls_as_short_as_published_where_officers_see_more_than_the_score(
        self, share, true, measured, labelled, many
    ):
        x, rows = many

        found = contraction(pds=x, **rows, approval_rate=share)

        below = x <= stats.norm.ppf(share)
        seen = np.where(rows["approved"], rows["bad"].astype(float), np.nan)[below]
        assert rows["bad"][below].mean() == pytest.approx(true, abs=0.001)
        assert found.bad_rate == pytest.approx(measured, abs=0.001)
        assert labelled_bad_rate(seen).point == pytest.approx(labelled, abs=0.001)

    def test_says_what_it_rests_on_and_how_it_fails(self):
        rows = {"approved": [1, 1], "bad": [0, 1], "judge": ["a", "a"]}

        found = contraction(pds=[0.1, 0.2], **rows, approval_rate=0.5)

        assert found.assumption is Assumption.STRICTER
        assert found.population is Population.EVERYBODY
        assert "comes out too low" in found.warning

    @pytest.mark.parametrize("share", [0.8, 0.1])
    def test_names_a_share_that_cannot_be_measured(self, share):
        with pytest.raises(DataError, match=r"^approval_rate must leave some of the 4 cases"):
            contraction(
                pds=[1, 2, 3, 4],
                approved=[1, 1, 1, 0],
                bad=[0, 0, 0, 0],
                judge=["a"] * 4,
                approval_rate=share,
            )

    def test_names_an_unknown_outcome(self):
        with pytest.raises(DataError, match=r"^bad must .* nan in row 0"):
            contraction(pds=[1], approved=[1], bad=[np.nan], judge=["a"], approval_rate=0.5)
