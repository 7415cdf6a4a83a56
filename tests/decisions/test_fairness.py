"""riskkit.decisions.fairness"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskkit.decisions import PAST_CUTOFF, fairness, past_rule
from riskkit.errors import DataError, UndefinedRateError

CUTOFF = 0.08


@pytest.fixture
def grouped(population):
    """Make a population in two groups, one of which is riskier; more groups on request."""

    def make(n=20_000, *, groups=("a", "b"), **options):
        found = population(n, **options)
        rng = np.random.default_rng(1)
        x = found.history.applications.table["x"].to_numpy()
        cuts = np.linspace(-0.6, 0.6, len(groups) - 1) if len(groups) > 1 else []
        column = np.array(groups)[np.searchsorted(cuts, x + rng.normal(size=n))]
        applications = replace(
            found.history.applications,
            table=found.history.applications.table.assign(group=column),
        )
        return replace(found, history=replace(found.history, applications=applications)), column

    return make


def true_rates(found, column, rejected):
    rows = found.at_gate() & ~found.true_bad
    return pd.Series(rejected[rows]).groupby(column[rows]).mean()


class TestFairness:
    def test_counts_where_every_outcome_is_known(self, grouped):
        found, column = grouped()

        measured = fairness(found.history, found.pds, pd_cutoff=CUTOFF, by="group")

        truth = true_rates(found, column, found.pds > CUTOFF)
        assert measured.gap.how == "true"
        assert measured.gap.point == pytest.approx(truth.max() - truth.min(), abs=2e-4)
        assert measured.labelled_gap == pytest.approx(measured.gap.point)
        assert [rates.group for rates in measured.groups] == ["a", "b"]

    def test_is_nought_where_the_groups_are_alike(self, grouped):
        found, _ = grouped()
        alike = replace(
            found.history.applications,
            table=found.history.applications.table.assign(group=np.arange(20_000) % 2),
        )

        measured = fairness(
            replace(found.history, applications=alike), found.pds, pd_cutoff=CUTOFF, by="group"
        )

        assert measured.gap.lower == 0
        assert measured.gap.point < 0.02

    def test_sees_the_past_rules_gap_that_labelled_rows_hide(self, grouped):
        found, column = grouped(exploration=0.1)

        measured = fairness(
            found.history, past_rule(found.history), pd_cutoff=PAST_CUTOFF, by="group"
        )

        truth = true_rates(found, column, found.history.propensity < 1)
        assert measured.gap.lower < truth.max() - truth.min() < measured.gap.upper
        assert measured.labelled_gap < measured.gap.lower / 2
        assert measured.worst_gap[0] <= measured.gap.point <= measured.worst_gap[1]

    def test_bounds_where_nobody_was_explored(self, grouped):
        found, column = grouped(exploration=0.0)

        measured = fairness(found.history, found.pds, pd_cutoff=CUTOFF, by="group")

        truth = true_rates(found, column, found.pds > CUTOFF)
        assert measured.gap.how == "bounded"
        assert measured.gap.point is None
        assert measured.gap.lower <= truth.max() - truth.min() <= measured.gap.upper

    @pytest.mark.slow
    @pytest.mark.parametrize("groups", [("a", "b"), ("a", "b", "c")])
    def test_intervals_cover_and_those_of_labelled_rows_would_not(self, grouped, groups):
        world, column = grouped(200_000, groups=groups, seed=99)
        rates = true_rates(world, column, world.pds > CUTOFF)
        truth = rates.max() - rates.min()
        covered, fooled = [], []
        for seed in range(40):
            found, _ = grouped(4000, groups=groups, exploration=0.2, seed=seed)
            measured = fairness(found.history, found.pds, pd_cutoff=CUTOFF, by="group")
            known = found.history.labelled
            only = replace(found.history.take(known), propensity=None)
            naive = fairness(only, found.pds[known], pd_cutoff=CUTOFF, by="group").gap
            covered.append(measured.gap.lower <= truth <= measured.gap.upper)
            fooled.append(naive.lower <= truth <= naive.upper)

        assert np.mean(covered) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 40)
        assert np.mean(fooled) < 0.85

    def test_names_groups_with_too_few_goods(self, grouped):
        found, column = grouped(groups=("a", "b", "c"))
        rare = np.where(np.arange(20_000) < 20, "rare", column)
        applications = replace(
            found.history.applications,
            table=found.history.applications.table.assign(group=rare),
        )

        measured = fairness(
            replace(found.history, applications=applications), found.pds, pd_cutoff=CUTOFF,
            by="group",
        )  # fmt: skip

        assert measured.too_few == ("rare",)

    @pytest.mark.parametrize(
        ("values", "error", "message"),
        [
            ("one", DataError, r"at least two groups, but 'group' holds only 'one'"),
            (np.arange(20_000), DataError, r"at most 20 groups, but 'group' has .* values; put"),
            (
                np.where(np.arange(20_000) < 20, "rare", "all"),
                UndefinedRateError,
                r"of the 2 groups of 'group' 1 have them",
            ),
        ],
    )
    def test_refuses_groups_without_a_gap(self, grouped, values, error, message):
        found, _ = grouped()
        applications = replace(
            found.history.applications,
            table=found.history.applications.table.assign(group=values),
        )

        with pytest.raises(error, match=message):
            fairness(
                replace(found.history, applications=applications), found.pds, pd_cutoff=CUTOFF,
                by="group",
            )  # fmt: skip

    def test_refuses_an_absent_column(self, grouped):
        found, _ = grouped()

        with pytest.raises(DataError, match=r"by names column 'sex', .* it has 'x', 'group'"):
            fairness(found.history, found.pds, pd_cutoff=CUTOFF, by="sex")
