"""riskkit.decisions.fair_choices"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskkit.decisions import fair_frontier, fairness, less_discriminatory, price_of_gap
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import LoanEconomics


@pytest.fixture
def case(population):
    """Return a history with a group that the first of two models reads, and both models' PDs."""

    def make(**options):
        found = population(30_000, **options)
        group = np.random.default_rng(5).integers(2, size=30_000)
        applications = replace(
            found.history.applications,
            table=found.history.applications.table.assign(group=group),
        )
        odds = found.pds / (1 - found.pds) * np.where(group == 1, 2.0, 0.5)
        models = {"reads the group": odds / (1 + odds), "does not": found.pds}
        return replace(found.history, applications=applications), models

    return make


ECONOMICS = LoanEconomics(margin=0.05, lgd=0.6, churn=0)


class TestFairFrontier:
    @pytest.mark.parametrize("exploration", [None, 0.2])
    def test_agrees_with_fairness_at_each_cutoff(self, case, exploration):
        history, models = case(exploration=exploration)

        points = fair_frontier(history, models, by="group", economics=ECONOMICS, n_cutoffs=10)

        row = points[points["model"] == "reads the group"].iloc[4]
        measured = fairness(
            history, models["reads the group"], pd_cutoff=row["pd_cutoff"], by="group"
        )
        assert row["gap"] == pytest.approx(measured.gap.point)

    def test_speaks_of_labelled_rows_where_nobody_was_explored(self, case):
        history, models = case(exploration=0.0)

        points = fair_frontier(history, models, by="group", economics=ECONOMICS, n_cutoffs=10)

        assert points.notna().all(axis=None)

    def test_needs_a_model(self, case):
        with pytest.raises(DataError, match="at least one model"):
            fair_frontier(case()[0], {}, by="group", economics=ECONOMICS)


class TestLessDiscriminatory:
    def test_finds_the_model_that_does_not_read_the_group(self, case):
        history, models = case()
        points = fair_frontier(history, models, by="group", economics=ECONOMICS)
        mine = points[points["model"] == "reads the group"]
        worse = price_of_gap(mine, at_most=1.0).best

        found = less_discriminatory(points, tolerance=0.02)

        best = price_of_gap(points, at_most=1.0).best
        assert best.gap < worse.gap
        assert all(point.profit >= 0.98 * best.profit for point in found)
        assert all(point.gap < best.gap for point in found)
        gaps = [point.gap for point in found]
        assert gaps == sorted(gaps, reverse=True)
        # Nothing within the tolerance beats the last one.
        near = points[points["profit"] >= 0.98 * best.profit]
        assert min([*gaps, best.gap]) == near["gap"].min()

    def test_refuses_a_negative_tolerance(self):
        with pytest.raises(DataError, match=r"tolerance must not be negative, but is -0\.1"):
            less_discriminatory(pd.DataFrame(), tolerance=-0.1)


class TestPriceOfGap:
    def test_costs_more_the_tighter_it_is(self, case):
        history, models = case()
        points = fair_frontier(
            history, {"it": models["reads the group"]}, by="group", economics=ECONOMICS
        )
        free = price_of_gap(points, at_most=1.0)

        prices = [price_of_gap(points, at_most=free.best.gap * part) for part in (0.9, 0.6, 0.3)]

        assert free.profit_lost == 0
        lost = [price.profit_lost for price in prices]
        assert 0 < lost[0] <= lost[1] <= lost[2]
        assert all(price.fair.gap <= price.at_most for price in prices)
        goods = prices[1].fair.false_rejection_rate - prices[1].best.false_rejection_rate
        assert prices[1].goods_lost == pytest.approx(goods)

    def test_needs_a_point(self):
        nothing = pd.DataFrame({"model": [], "pd_cutoff": [], "gap": [], "profit": []})

        with pytest.raises(DataError, match=r"^frontier must have at least one point"):
            price_of_gap(nothing, at_most=0.1)

    def test_says_what_the_smallest_gap_is(self):
        points = pd.DataFrame({"gap": [0.2, 0.1], "profit": [1.0, 2.0]})

        with pytest.raises(InfeasibleCutoffError, match=r"at most 0\.05; the smallest is 0\.1"):
            price_of_gap(points, at_most=0.05)
