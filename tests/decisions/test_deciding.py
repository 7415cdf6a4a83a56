"""riskkit.decisions.deciding"""

import numpy as np
import pandas as pd
import pytest

from riskkit.decisions import Policy, ReviewQueue, arrivals_of, decide, settle
from riskkit.decisions.review_queue import Arrivals
from riskkit.errors import DataError
from riskkit.lending import Gate, LoanEconomics

PHONE = Gate(cause="profile", column="phone", comparison="==", value=1)
TIMED_OUT = Gate(cause="system", column="timed_out", comparison="==", value=0)
LISTED = Gate(cause="credit_record", column="fraud_listed", comparison="==", value=0)
SUSPENDED = Gate(cause="policy", column="suspended", comparison="==", value=0)
GATES = (PHONE, TIMED_OUT, LISTED, SUSPENDED)


def policy(*gates, **changes):
    record = {
        "created": "2026-01-31T00:00:00Z",
        "gates": gates,
        "pd_cutoff": 0.1,
        "objective": "goods",
        "economics": LoanEconomics(),
        "model_hash": "0" * 64,
    }
    return Policy(**(record | changes))


def banded(capacity, **changes):
    return policy(review_up_to=0.2, review={"capacity_per_day": capacity}, **changes)


def by_channel(**changes):
    segments = {"shop": {"pd_cutoff": 0.2}, "1": {"pd_cutoff": 0.05}}
    return policy(by="channel", segments=segments, **changes)


def rows(n):
    return pd.DataFrame(index=range(n))


def ids(n):
    return np.array([f"A{i}" for i in range(n)], dtype=object)


class TestDecide:
    def test_asks_the_gates_in_the_order_of_their_causes(self):
        table = pd.DataFrame({"phone": [1, 0, 0, 1], "timed_out": [0, 0, 1, 0]})

        decisions = decide(policy(PHONE, TIMED_OUT), np.array([0.05, 0.5, 0.05, 0.5]), table)

        assert decisions.stopped_by.tolist() == [None, "profile", "system", "score"]
        assert decisions.approved.tolist() == [True, False, False, False]
        assert [cause for cause, _ in decisions.verdicts] == ["system", "profile", "score"]

    def test_approves_at_the_cutoff_itself(self):
        decisions = decide(policy(), np.array([0.1, np.nextafter(0.1, 1)]), rows(2))

        assert decisions.approved.tolist() == [True, False]
        assert decisions.margin[0] == 0

    def test_measures_the_margin_in_log_odds(self):
        decisions = decide(policy(), np.array([0.5]), rows(1))

        assert decisions.margin[0] == pytest.approx(np.log(0.1 / 0.9))

    def test_stays_finite_at_certain_pds(self):
        decisions = decide(policy(), np.array([0.0, 1.0]), rows(2))

        assert np.isfinite(decisions.margin).all()

    def test_refuses_a_pd_above_one(self):
        with pytest.raises(DataError, match="pds must hold only values from 0 to 1"):
            decide(policy(), np.array([1.2]), rows(1))

    def test_sends_the_band_to_review(self):
        decisions = decide(banded(5), np.array([0.1, 0.15, 0.2, 0.21]), rows(4))

        assert decisions.decision.tolist() == ["approve", "review", "review", "reject"]
        assert decisions.stopped_by.tolist() == [None, None, None, "score"]
        assert np.isnan(decisions.propensity[1])

    def test_reviews_nobody_without_capacity(self):
        decisions = decide(banded(0), np.array([0.1, 0.15]), rows(2))

        assert decisions.decision.tolist() == ["approve", "reject"]
        assert decisions.stopped_by.tolist() == [None, "score"]

    def test_never_reviews_whom_another_gate_stops(self):
        table = pd.DataFrame({"phone": [0], "timed_out": [0], "fraud_listed": [0], "suspended": 0})

        decisions = decide(banded(5, gates=GATES), np.array([0.15]), table)

        assert decisions.decision.tolist() == ["reject"]
        assert decisions.stopped_by.tolist() == ["profile"]

    def test_compares_each_segment_with_its_own_cutoff(self):
        table = pd.DataFrame({"channel": ["shop", "1", "1"]})

        decisions = decide(by_channel(), np.array([0.15, 0.15, 0.05]), table)

        assert decisions.approved.tolist() == [True, False, True]
        assert decisions.pd_cutoff.tolist() == [0.2, 0.05, 0.05]
        assert decisions.margin[2] == 0

    def test_reads_numbers_as_segments_alike_in_csv_and_parquet(self):
        for column in ([1, 1], [1.0, np.nan], ["1", "1"]):
            decisions = decide(
                by_channel(), np.array([0.04, 0.04]), pd.DataFrame({"channel": column})
            )

            assert decisions.decision[0] == "approve"

    @pytest.mark.parametrize("pd_", [0.01, 0.5])
    def test_reviews_a_segment_that_is_not_listed(self, pd_):
        table = pd.DataFrame({"channel": ["web", None]})

        decisions = decide(by_channel(), np.full(2, pd_), table)

        assert decisions.decision.tolist() == ["review", "review"]
        assert decisions.unseen.all()

    def test_rejects_a_segment_that_is_not_listed_where_nobody_can_review(self):
        nobody = by_channel(review={"capacity_per_day": 0})
        table = pd.DataFrame({"channel": ["web", "web"]})

        decisions = decide(nobody, np.array([0.01, 0.5]), table)

        assert decisions.decision.tolist() == ["reject", "reject"]
        assert decisions.stopped_by.tolist() == ["policy", "score"]

    def test_needs_the_column_of_the_segments(self):
        with pytest.raises(DataError, match="cut-offs by 'channel', but the table has no such"):
            decide(by_channel(), np.array([0.1]), rows(1))

    def test_gives_would_be_rejections_their_chance(self):
        exploring = policy(*GATES, exploration={"share": 0.2, "up_to": 0.3})
        table = pd.DataFrame(
            {
                "phone": [1, 1, 1, 0, 1, 1, 1],
                "timed_out": [0, 0, 0, 0, 1, 0, 0],
                "fraud_listed": [0, 0, 0, 0, 0, 1, 0],
                "suspended": [0, 0, 0, 0, 0, 0, 1],
            }
        )

        decisions = decide(exploring, np.array([0.1, 0.3, 0.31, 0.2, 0.2, 0.2, 0.2]), table)

        nan = np.nan
        assert np.array_equal(decisions.propensity, [1, 0.2, 0, nan, nan, nan, 0], equal_nan=True)


class TestSettle:
    EXPLORING = policy(*GATES, exploration={"share": 0.3, "up_to": 0.3, "seed": 1})

    def test_explores_the_share_and_nobody_else(self):
        n = 20_000
        table = pd.DataFrame({gate.column: np.full(n, gate.column == "phone") for gate in GATES})
        table.loc[: n // 2, "fraud_listed"] = True
        decisions = decide(self.EXPLORING, np.full(n, 0.2), table)

        settled = settle(self.EXPLORING, decisions, ids=ids(n))

        open_ = ~table["fraud_listed"].to_numpy()
        assert settled.explored[open_].mean() == pytest.approx(0.3, abs=0.015)
        assert not settled.explored[~open_].any()
        assert (settled.approved == settled.explored).all()
        assert set(settled.stopped_by[settled.explored]) == {None}
        assert (settled.propensity[open_] == 0.3).all()

    def test_draws_each_band_with_the_chance_that_it_logs(self):
        bands = [{"pd_up_to": 0.2, "share": 0.4}, {"pd_up_to": 0.3, "share": 0.1}]
        exploring = policy(exploration={"bands": bands})
        pds = np.repeat([0.15, 0.25, 0.35], 10_000)

        settled = settle(exploring, decide(exploring, pds, rows(30_000)), ids=ids(30_000))

        for pd_, chance in ((0.15, 0.4), (0.25, 0.1), (0.35, 0.0)):
            assert (settled.propensity[pds == pd_] == chance).all()
            assert settled.explored[pds == pd_].mean() == pytest.approx(chance, abs=0.02)

    def test_draws_alike_in_any_chunks_and_otherwise_with_another_seed(self):
        exploring = policy(exploration={"share": 0.3, "up_to": 0.3, "seed": 1})
        other = policy(exploration={"share": 0.3, "up_to": 0.3, "seed": 2})
        pds, names = np.full(100, 0.2), ids(100)

        def explored(chosen, part):
            decisions = decide(chosen, pds[part], rows(len(pds[part])))
            return settle(chosen, decisions, ids=names[part]).explored

        whole = explored(exploring, slice(None))
        parts = [explored(exploring, slice(at, at + 7)) for at in range(0, 100, 7)]

        assert np.concatenate(parts).tolist() == whole.tolist()
        assert explored(other, slice(None)).tolist() != whole.tolist()

    def test_reviews_the_first_to_come_of_each_day(self):
        chosen = banded(2)
        times = np.array(
            ["2026-01-01T09", "2026-01-01T08", "2026-01-01T07", "2026-01-02T23"], "datetime64[us]"
        )
        decisions = decide(chosen, np.full(4, 0.15), rows(4))

        settled = settle(chosen, decisions, ids=ids(4), times=times)

        assert settled.decision.tolist() == ["reject", "review", "review", "review"]
        assert settled.stopped_by.tolist() == ["score", None, None, None]
        assert settled.propensity[0] == 0

    def test_reviews_those_nearest_the_cutoff_where_there_is_no_time(self):
        chosen = banded(2)
        decisions = decide(chosen, np.array([0.19, 0.11, 0.15]), rows(3))

        settled = settle(chosen, decisions, ids=ids(3))

        assert settled.decision.tolist() == ["reject", "review", "review"]

    def test_keeps_to_the_capacity_in_any_chunks(self):
        chosen = banded(10)
        rng = np.random.default_rng(0)
        times = np.datetime64("2026-01-01", "us") + rng.integers(0, 5 * 86_400, 500) * 1_000_000
        decisions = decide(chosen, np.full(500, 0.15), rows(500))
        queue = ReviewQueue(10)
        parts = [slice(at, at + 33) for at in range(0, 500, 33)]
        for part in parts:
            queue.add(
                arrivals_of(
                    decide(chosen, np.full(500, 0.15)[part], rows(len(times[part]))),
                    ids=ids(500)[part],
                    times=times[part],
                )
            )

        whole = settle(chosen, decisions, ids=ids(500), times=times)
        chunked = [
            settle(
                chosen,
                decide(chosen, np.full(500, 0.15)[part], rows(len(times[part]))),
                ids=ids(500)[part],
                times=times[part],
                queue=queue,
            ).decision
            for part in parts
        ]

        assert np.concatenate(chunked).tolist() == whole.decision.tolist()
        assert (whole.decision == "review").sum() == 50

    def test_lets_whom_no_review_reached_be_explored(self):
        chosen = banded(0, exploration={"share": 0.999, "up_to": 0.3})
        decisions = decide(chosen, np.full(50, 0.15), rows(50))

        settled = settle(chosen, decisions, ids=ids(50))

        assert settled.explored.sum() > 45

    def test_wants_an_id_for_everybody(self):
        with pytest.raises(DataError, match=r"^ids must have one value per decision \(2\)"):
            settle(policy(), decide(policy(), np.full(2, 0.1), rows(2)), ids=ids(1))


class TestReviewQueue:
    def test_tells_arrivals_apart_that_are_equal_in_all_but_their_row(self):
        day, equal = np.zeros(4, dtype=np.int64), np.full(4, 0.5)
        arrivals = Arrivals(day=day, place=equal, tie=equal, row=np.arange(4))

        queue = ReviewQueue(2).add(arrivals)

        assert queue.admits(arrivals).tolist() == [True, True, False, False]

    def test_keeps_to_the_capacity_where_batches_repeat_an_id(self):
        chosen = banded(1)
        decisions = decide(chosen, np.full(1, 0.15), rows(1))
        queue = ReviewQueue(1)
        for row in range(2):
            queue.add(arrivals_of(decisions, ids=ids(1), first_row=row))

        settled = [
            settle(chosen, decisions, ids=ids(1), queue=queue, first_row=row) for row in range(2)
        ]

        assert [one.decision.tolist() for one in settled] == [["review"], ["reject"]]

    def test_refuses_a_negative_capacity(self):
        with pytest.raises(DataError, match="capacity_per_day must not be negative"):
            ReviewQueue(-1)
