"""riskkit.bundle.journal"""

import pytest

from riskkit.bundle import (
    PolicyShape,
    counted,
    drawn_before,
    entries_of,
    joint_confidence,
    journal_of,
    refused_entries,
    tune_policy,
    write_down,
)
from riskkit.decisions import Goal
from riskkit.errors import DataError
from riskkit.lending import parse_limit


def entry(cap=0.03, confidence=0.95, table="t"):
    return {
        "table": table, "scorer": "s", "method": "binomial", "rate": "bad_rate", "cap": cap,
        "confidence": confidence,
    }  # fmt: skip


class TestWriteDown:
    def test_keeps_each_certificate_once(self, tmp_path):
        journal = journal_of(tmp_path / "model")

        write_down(journal, [entry(), entry(cap=0.02)])
        write_down(journal, [entry(), entry(table="another")])
        write_down(journal, [])

        assert drawn_before(journal, table="t", scorer="s") == [entry(), entry(cap=0.02)]
        assert len(journal.read_text().splitlines()) == 3

    def test_writes_nothing_where_nothing_was_drawn(self, tmp_path):
        write_down(tmp_path / "j.jsonl", [])

        assert not (tmp_path / "j.jsonl").exists()


class TestDrawnBefore:
    def test_is_nothing_before_the_first(self, tmp_path):
        assert drawn_before(tmp_path / "absent.jsonl", table="t", scorer="s") == []

    def test_refuses_a_torn_journal(self, tmp_path):
        (tmp_path / "j.jsonl").write_text("{no")

        with pytest.raises(DataError, match="cannot be read as a list of certificates"):
            drawn_before(tmp_path / "j.jsonl", table="t", scorer="s")


class TestCounted:
    LIMITS = (parse_limit("bad_rate <= 3% @ 95%"), parse_limit("approval_rate >= 0.5"))

    def test_keeps_what_was_refused(self):
        refused = refused_entries(self.LIMITS, table="t", scorer="s")

        assert refused == [entry() | {"method": "refused"}]
        assert counted([*refused, entry(cap=0.04)]) == [*refused, entry(cap=0.04)]

    def test_counts_once_what_was_certified_after_all(self):
        refused = refused_entries(self.LIMITS, table="t", scorer="s")

        assert counted([*refused, entry()]) == [entry()]


class TestJointConfidence:
    def test_adds_up_what_may_go_wrong(self):
        found = joint_confidence([entry(), entry(), entry(confidence=0.9)])

        assert found == pytest.approx(1 - 0.05 - 0.10)

    def test_is_none_without_a_certificate(self):
        assert joint_confidence([]) is None

    def test_counts_what_was_drawn_in_earlier_runs(self, model, history, tmp_path):
        journal = tmp_path / "j.jsonl"
        confidences = []

        for limit in ("bad_rate <= 25% @ 90%", "bad_rate <= 30% @ 80%", "bad_rate <= 25% @ 90%"):
            goal = Goal(limits=(parse_limit(limit),))
            policy = tune_policy(model, history, goal, journal=journal)
            write_down(journal, policy.bundle.evidence["drawn_from_this_sample"])
            confidences.append(policy.bundle.evidence["joint_confidence"])

        assert confidences == pytest.approx([0.9, 0.7, 0.7])
        assert entries_of((), table="t", scorer="s") == []

    def test_counts_the_claims_of_segments_at_the_confidence_of_their_own_run(
        self, model, history, tmp_path
    ):
        journal = tmp_path / "j.jsonl"
        found = []

        for limit in ("bad_rate <= 25% @ 95%", "bad_rate <= 30% @ 80%", "bad_rate <= 30% @ 80%"):
            goal = Goal(limits=(parse_limit(limit),))
            shape = PolicyShape(by="channel")
            policy = tune_policy(model, history, goal, shape=shape, journal=journal)
            evidence = policy.bundle.evidence
            write_down(journal, evidence["drawn_from_this_sample"])
            found.append(evidence["joint_confidence"])
            assert policy.segments.claims

        assert found == pytest.approx([1 - 2 * 0.05, *[1 - 2 * 0.05 - 2 * 0.2] * 2])
