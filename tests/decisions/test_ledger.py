"""riskkit.decisions.ledger"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskkit.decisions import (
    ScoredOutcomes,
    default_edges,
    edge_above,
    score_ledger,
)
from riskkit.decisions.ledger import MAX_GROUPS, check_ledger
from riskkit.errors import DataError


def rows_of(outcomes, rows):
    return ScoredOutcomes(
        pds=outcomes.pds[rows],
        bad=outcomes.bad[rows],
        propensity=outcomes.propensity[rows],
        amount=outcomes.amount[rows],
        by={name: values[rows] for name, values in outcomes.by.items()},
    )


class TestScoreLedger:
    def test_counts_by_hand(self):
        outcomes = ScoredOutcomes(
            pds=np.array([0.01, 0.02, 0.5, 0.9]),
            bad=np.array([0.0, 1.0, 0.0, np.nan]),
            propensity=np.array([1.0, 1.0, 0.25, 0.0]),
            amount=np.array([100.0, 200.0, 300.0, 400.0]),
        )

        below = score_ledger(outcomes).below(edge_above(np.array([0.03, 1.0])))

        assert below["applicants"].tolist() == [[2, 2], [0, 1], [0, 1]]
        assert below["amount"].sum(axis=0).tolist() == [300_00, 1000_00]
        assert below["bads"].tolist() == [[1, 1], [0, 0], [0, 0]]
        assert below["weight"][1].tolist() == [0, 4_000_000]
        assert below["weighted_amount"].tolist() == [[300_00, 300_00], [0, 4 * 300_00], [0, 0]]
        assert below["weighted_bad_amount"][0].tolist() == [200_00, 200_00]
        assert below["weighted_square_amount"][0].tolist() == [100**2 + 200**2] * 2

    def test_agrees_with_sums_over_rows(self, scored):
        outcomes = scored(5000)
        cutoff = edge_above(np.array([0.1]))

        below = score_ledger(outcomes).below(cutoff)

        drawn = (outcomes.propensity > 0) & (outcomes.propensity < 1) & (outcomes.pds <= cutoff)
        drawn &= ~np.isnan(outcomes.bad)
        weight, bad = 1 / outcomes.propensity[drawn], outcomes.bad[drawn]
        amount = outcomes.amount[drawn]
        assert below["labelled"][1, 0] == drawn.sum()
        assert below["weighted_bads"][1, 0] == pytest.approx(1e6 * (weight * bad).sum())
        assert below["weight_squared"][1, 0] == pytest.approx(1e6 * (weight**2).sum())
        assert below["weighted_bad_amount"][1, 0] == pytest.approx(
            100 * (weight * bad * amount).sum(), abs=len(bad)
        )

    def test_decides_with_the_same_comparison_as_the_policy(self):
        edges = edge_above(np.array([0.03, 0.2, 0.7]))
        pds = np.repeat(edges, 3)
        pds[0::3], pds[2::3] = np.nextafter(edges, 0), np.nextafter(edges, 1)
        outcomes = ScoredOutcomes(
            pds=pds, bad=np.zeros(9), propensity=np.ones(9), amount=np.ones(9)
        )

        below = score_ledger(outcomes).below(edges)["applicants"][0]

        assert below.tolist() == [(pds <= edge).sum() for edge in edges]

    @given(cut=st.integers(1, 999), seed=st.integers(0, 10))
    def test_adds_up_to_the_ledger_of_the_whole(self, scored, same, cut, seed):
        outcomes = scored(seed=seed, by=("channel",))
        first, rest = rows_of(outcomes, slice(0, cut)), rows_of(outcomes, slice(cut, None))
        edges = np.append(default_edges()[::100], 1.0)

        together = score_ledger(first, edges=edges) + score_ledger(rest, edges=edges)

        assert same(together, score_ledger(outcomes, edges=edges))

    def test_ignores_the_order_of_applicants(self, scored, same):
        outcomes = scored()
        order = np.random.default_rng(1).permutation(1000)

        assert same(score_ledger(rows_of(outcomes, order)), score_ledger(outcomes))

    def test_is_the_same_by_either_way_of_adding_up(self, scored, same):
        # One stratum is added block by block in floats, several row by row in integers.
        outcomes = replace(scored(), propensity=np.ones(1000))
        stranger = ScoredOutcomes(
            pds=np.array([0.5]), bad=np.array([np.nan]), propensity=np.zeros(1), amount=np.ones(1)
        )
        mixed = ScoredOutcomes(
            pds=np.append(outcomes.pds, 0.5),
            bad=np.append(outcomes.bad, np.nan),
            propensity=np.append(outcomes.propensity, 0.0),
            amount=np.append(outcomes.amount, 1.0),
        )

        assert same(score_ledger(outcomes) + score_ledger(stranger), score_ledger(mixed))

    def test_keeps_groups_apart(self, scored, same):
        outcomes = scored(by=("channel", "tier"))

        ledger = score_ledger(outcomes)

        in_group = (outcomes.by["channel"] == "b") & (outcomes.by["tier"] == "c")
        assert len(ledger.groups) == 9
        assert ledger.of("b", "c").total()["applicants"].sum() == in_group.sum()
        assert same(
            replace(ledger.of("b", "c"), groups=((),)),
            score_ledger(replace(rows_of(outcomes, in_group), by={})),
        )

    def test_takes_categories_numbers_and_missing_values_as_groups(self, scored):
        outcomes = scored(n=4)
        by = {
            "tier": pd.Categorical(["x", None, "y", "x"]),
            "n": np.array([1.0, np.nan, 1.0, 2.0]),
        }

        ledger = score_ledger(replace(outcomes, by=by))

        assert ledger.groups == (
            ("(missing)", "(missing)"), ("x", "1.0"), ("x", "2.0"), ("y", "1.0"),
        )  # fmt: skip

    def test_adds_groups_that_only_one_of_two_has(self, scored):
        first, second = scored(n=3), scored(n=2, seed=1)
        first = replace(first, by={"c": np.array(["a", "b", "b"])})
        second = replace(second, by={"c": np.array(["c", "a"])})

        both = score_ledger(first) + score_ledger(second)

        counts = {group: both.of(*group).total()["applicants"].sum() for group in both.groups}
        assert counts == {("a",): 2, ("b",): 2, ("c",): 1}

    def test_takes_edges_of_ones_own(self, scored):
        edges = np.array([0.1, 0.2, 1.0])

        ledger = score_ledger(scored(), edges=edges)

        assert ledger.below(edges)["applicants"].sum(axis=0).tolist() == [
            (scored().pds <= edge).sum() for edge in edges
        ]

    @pytest.mark.parametrize(
        ("cutoffs", "words"),
        [
            ([0.123456], r"1 of 1 are not; the first is 0\.123456"),
            ([1.0, 1.0], "must be one or more that rise"),
        ],
    )
    def test_refuses_cutoffs_that_are_not_rising_edges(self, scored, cutoffs, words):
        with pytest.raises(DataError, match=words):
            score_ledger(scored()).below(np.array(cutoffs))

    @pytest.mark.parametrize(
        ("other", "words"),
        [
            ({"edges": np.array([0.5, 1.0])}, "same band edges"),
            ({"scorer": "ab12"}, "come from models unknown and ab12"),
        ],
    )
    def test_refuses_to_add_what_does_not_compare(self, scored, other, words):
        with pytest.raises(DataError, match=words):
            score_ledger(scored()) + score_ledger(scored(), **other)

    def test_adds_ledgers_only(self, scored):
        with pytest.raises(TypeError, match=r"unsupported operand .*'ScoreLedger' and 'int'"):
            score_ledger(scored()) + 3

    def test_refuses_to_add_other_groups(self, scored):
        with pytest.raises(DataError, match=r"one is by \(\), the other by \('tier',\)"):
            score_ledger(scored()) + score_ledger(scored(by=("tier",)))

    def test_refuses_a_group_it_does_not_have(self, scored):
        with pytest.raises(DataError, match=r"one of the ledger's 3, but is \('z',\)"):
            score_ledger(scored(by=("tier",))).of("z")

    def test_refuses_more_groups_than_fit(self, scored):
        outcomes = scored(n=MAX_GROUPS + 1)

        with pytest.raises(DataError, match="at most 128 groups, but city makes more"):
            score_ledger(replace(outcomes, by={"city": np.arange(MAX_GROUPS + 1)}))

    @pytest.mark.parametrize("amount", [1e15, 1e9])
    def test_refuses_money_that_cannot_be_added_exactly(self, scored, amount):
        outcomes = replace(scored(), amount=np.full(1000, amount))

        with pytest.raises(DataError, match="amount is too large for exact sums"):
            score_ledger(outcomes)

    def test_adds_large_money_exactly(self, scored):
        outcomes = replace(
            scored(), propensity=np.ones(1000), bad=np.zeros(1000), amount=np.full(1000, 6e7)
        )

        total = score_ledger(outcomes).total()

        assert total["weighted_square_amount"].sum() == 1000 * 36 * 10**14

    @pytest.mark.parametrize(
        ("column", "value", "words"),
        [
            ("pds", 1.5, r"^pds must .* 1 of 1000 .* first is 1\.5 in row 3"),
            ("pds", np.nan, r"^pds must .* first is nan in row 3"),
            ("bad", 0.5, r"^bad must hold only 0 and 1, .* first is 0\.5 in row 3"),
            ("propensity", -0.1, r"^propensity must .* first is -0\.1 in row 3"),
            ("amount", np.nan, r"^amount must hold only finite numbers"),
            ("amount", -1.0, r"^amount must not be negative, but the lowest is -1\.0"),
        ],
    )
    def test_refuses_columns_that_break_their_rule(self, scored, column, value, words):
        outcomes = scored()
        getattr(outcomes, column)[3] = value

        with pytest.raises(DataError, match=words):
            score_ledger(outcomes)

    def test_refuses_an_outcome_of_those_who_could_not_be_approved(self, scored):
        outcomes = scored()
        outcomes.propensity[3], outcomes.bad[3] = 0.0, 1.0

        with pytest.raises(DataError, match="for 1 of 1000 applicants, the first in row 3"):
            score_ledger(outcomes)


class TestCheckLedger:
    def test_names_what_is_missing(self, scored):
        ledger = score_ledger(scored())

        with pytest.raises(DataError, match=r"must hold bads of shape .* but has none"):
            check_ledger(
                replace(ledger, sums={k: v for k, v in ledger.sums.items() if k != "bads"})
            )
