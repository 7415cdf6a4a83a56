"""riskkit.decisions.ledger_builder"""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from riskkit.decisions import LedgerBuilder, score_ledger
from riskkit.decisions.ledger import MAX_GROUPS
from riskkit.errors import DataError


class TestLedgerBuilder:
    def test_gives_an_empty_ledger_before_the_first_batch(self):
        assert LedgerBuilder().ledger().total()["applicants"].sum() == 0

    def test_refuses_a_batch_with_other_groups(self, scored):
        builder = LedgerBuilder()
        builder.add(scored())

        with pytest.raises(DataError, match=r"by must be \(\) in every batch"):
            builder.add(scored(by=("tier",)))

    def test_needs_no_more_memory_for_more_batches(self, scored):
        peaks = []
        for n_batches in (5, 40):
            tracemalloc.start()
            builder = LedgerBuilder()
            for seed in range(n_batches):
                builder.add(scored(20_000, seed=seed))
            builder.ledger()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

        assert peaks[1] < 1.1 * peaks[0]

    def test_takes_groups_that_come_late(self, scored, same):
        outcomes = scored(900, by=("tier",))
        order = np.argsort(outcomes.by["tier"], kind="stable")
        builder = LedgerBuilder()
        for rows in np.array_split(order, 7):
            builder.add(
                replace(
                    outcomes, pds=outcomes.pds[rows], bad=outcomes.bad[rows],
                    propensity=outcomes.propensity[rows], amount=outcomes.amount[rows],
                    by={"tier": outcomes.by["tier"][rows]},
                )
            )  # fmt: skip

        assert same(builder.ledger(), score_ledger(outcomes))

    @pytest.mark.parametrize("by", [(), ("tier",)])
    def test_goes_on_after_a_ledger_was_taken_without_changing_it(self, scored, same, by):
        first, second = scored(500, seed=1, by=by), scored(700, seed=2, by=by)
        builder = LedgerBuilder()
        builder.add(first)
        taken, again = builder.ledger(), builder.ledger()
        builder.add(second)

        whole = builder.ledger()

        assert same(taken, score_ledger(first))
        assert same(again, score_ledger(first))
        assert same(whole, score_ledger(first) + score_ledger(second))

    def test_stays_as_it_was_where_a_batch_brings_too_many_groups(self, scored, same):
        first = replace(scored(10), by={"id": np.arange(10)})
        builder = LedgerBuilder()
        builder.add(first)
        many = replace(scored(MAX_GROUPS), by={"id": np.arange(5, MAX_GROUPS + 5)})

        with pytest.raises(DataError, match="at most 128 groups"):
            builder.add(many)

        assert same(builder.ledger(), score_ledger(first))
