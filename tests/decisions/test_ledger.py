"""riskkit.decisions.ledger"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskkit.decisions import ScoredOutcomes, cutoff_grid, edge_above, score_ledger
from riskkit.decisions.ledger import MEASURES
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics


def scored(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    pds = rng.beta(1, 9, n)
    propensity = rng.choice([1.0, 0.05, 0.0], n, p=[0.7, 0.2, 0.1])
    bad = np.where(rng.random(n) < propensity, rng.random(n) < pds, np.nan)
    values = LoanEconomics(operating=1.0).values(rng.uniform(100, 5000, n).round(2))
    return ScoredOutcomes(pds=pds, bad=bad, propensity=propensity, values=values)


def rows_of(outcomes, rows):
    values = outcomes.values
    return ScoredOutcomes(
        pds=outcomes.pds[rows],
        bad=outcomes.bad[rows],
        propensity=outcomes.propensity[rows],
        values=type(values)(
            good_if_approved=values.good_if_approved[rows],
            bad_if_approved=values.bad_if_approved[rows],
            good_if_stopped=values.good_if_stopped[rows],
        ),
    )


class TestScoreLedger:
    def test_counts_by_hand(self):
        outcomes = ScoredOutcomes(
            pds=np.array([0.01, 0.02, 0.5, 0.9]),
            bad=np.array([0.0, 1.0, 0.0, np.nan]),
            propensity=np.array([1.0, 1.0, 0.25, 0.0]),
            values=LoanEconomics(margin=0.1, lgd=0.5, churn=0).values([100.0] * 4),
        )

        below = score_ledger(outcomes).below(edge_above(np.array([0.03, 1.0])))

        assert below["applicants"].tolist() == [[2, 2], [0, 1], [0, 1]]
        assert below["bads"].tolist() == [[1, 1], [0, 0], [0, 0]]
        assert below["weight"][1].tolist() == [0, 4_000_000]
        assert below["weighted_value_approved"][0].tolist() == [1000 - 5000] * 2
        assert below["weighted_value_approved"][1].tolist() == [0, 4 * 1000]

    def test_decides_with_the_same_comparison_as_the_policy(self):
        edges = edge_above(np.array([0.03, 0.2, 0.7]))
        pds = np.repeat(edges, 3)
        pds[0::3], pds[2::3] = np.nextafter(edges, 0), np.nextafter(edges, 1)
        outcomes = ScoredOutcomes(
            pds=pds,
            bad=np.zeros(9),
            propensity=np.ones(9),
            values=LoanEconomics().values(np.ones(9)),
        )

        below = score_ledger(outcomes).below(edges)["applicants"][0]

        assert below.tolist() == [(pds <= edge).sum() for edge in edges]

    @given(cut=st.integers(1, 999), seed=st.integers(0, 10))
    def test_adds_up_to_the_ledger_of_the_whole(self, cut, seed):
        outcomes = scored(seed=seed)
        first, rest = rows_of(outcomes, slice(0, cut)), rows_of(outcomes, slice(cut, None))

        together = score_ledger(first) + score_ledger(rest)

        whole = score_ledger(outcomes)
        assert all(np.array_equal(together.sums[m], whole.sums[m]) for m in MEASURES)

    def test_ignores_the_order_of_applicants(self):
        outcomes = scored()
        order = np.random.default_rng(1).permutation(1000)

        shuffled = score_ledger(rows_of(outcomes, order))

        whole = score_ledger(outcomes)
        assert all(np.array_equal(shuffled.sums[m], whole.sums[m]) for m in MEASURES)

    def test_refuses_a_cutoff_that_is_not_an_edge(self):
        with pytest.raises(DataError, match=r"1 of 1 are not; the first is 0\.123456"):
            score_ledger(scored()).below(np.array([0.123456]))

    def test_refuses_to_add_other_edges(self):
        ledger = score_ledger(scored())
        other = type(ledger)(edges=ledger.edges + 1, sums=ledger.sums)

        with pytest.raises(DataError, match="same band edges"):
            ledger + other

    def test_refuses_money_that_cannot_be_added_exactly(self):
        values = LoanEconomics().values(np.full(1000, 1e9))
        outcomes = ScoredOutcomes(
            pds=np.full(1000, 0.1), bad=np.zeros(1000), propensity=np.ones(1000), values=values
        )

        with pytest.raises(DataError, match="amount is too large for exact sums"):
            score_ledger(outcomes)

    def test_refuses_pds_above_one(self):
        outcomes = scored()
        outcomes.pds[3] = 1.5

        with pytest.raises(DataError, match=r"^pds must .* 1 of 1000 .* first is 1\.5 in row 3"):
            score_ledger(outcomes)


class TestEdgeAbove:
    def test_is_within_the_promised_precision(self):
        pds = np.geomspace(1e-5, 0.999, 5000)

        edges = edge_above(pds)

        assert ((edges >= pds) & (edges - pds <= 0.00151 * pds)).all()

    def test_gives_the_lowest_edge_to_what_lies_below_all(self):
        assert edge_above(np.array([0.0])) == edge_above(np.array([1e-9]))

    def test_keeps_the_levels_of_tied_pds(self):
        pds = np.repeat([0.011, 0.023, 0.037, 0.052, 0.09], [100, 100, 100, 100, 600])

        grid = cutoff_grid(edge_above(pds), n_cutoffs=10)

        assert grid.levels.tolist() == [(pds <= cutoff).mean() for cutoff in grid.cutoffs]
        assert grid.levels[-1] == 1
