"""riskkit.bundle.journal"""

import json

import pytest

from riskkit.bundle import (
    Attempt,
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
from riskkit.lending import LoanEconomics, parse_limit


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


def attempt(shape=None, **goal):
    goal = Goal(limits=TestCounted.LIMITS, **goal)
    return Attempt(table="t", scorer="s", goal=goal, shape=shape or PolicyShape())


def certified(asked, rate="bad_rate"):
    """Return the certificate of an attempt that passed, as it is written down."""
    (refused,) = [one for one in refused_entries(asked) if one["rate"] == rate]
    return refused | {"method": "binomial"}


class TestCounted:
    LIMITS = (
        parse_limit("bad_rate <= 3% @ 95%"),
        parse_limit("loss_rate <= 3% @ 95%"),
        parse_limit("approval_rate >= 0.5"),
    )

    def test_keeps_what_was_refused(self):
        refused = refused_entries(attempt())

        assert refused[0] == entry() | {"method": "refused", "asked": {"gamma": None}}
        assert [one["rate"] for one in refused] == ["bad_rate", "loss_rate"]
        assert counted([*refused, entry(cap=0.04)]) == [*refused, entry(cap=0.04)]

    def test_counts_once_what_was_certified_after_all(self):
        refused, of_losses = refused_entries(attempt())

        assert counted([refused, of_losses, certified(attempt())]) == [
            of_losses, certified(attempt())
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("rate", "asked"),
        [
            ("bad_rate", {"gamma": 3}),
            ("bad_rate", {"shape": PolicyShape(by="channel")}),
            ("loss_rate", {"economics": LoanEconomics(lgd=0.5)}),
            ("loss_rate", {"economics": LoanEconomics(amount_max=900.0)}),
        ],
    )
    def test_keeps_what_was_refused_when_asked_otherwise(self, rate, asked):
        refused = [one for one in refused_entries(attempt(**asked)) if one["rate"] == rate]

        for after in (attempt(), attempt(gamma=1.2)):
            found = counted([*refused, certified(after, rate)])
            assert found == [*refused, certified(after, rate)]
            assert joint_confidence(found) == pytest.approx(0.9)

    def test_takes_certificates_of_other_losses_for_others(self, tmp_path):
        journal = tmp_path / "j.jsonl"
        entries = [
            certified(attempt(economics=LoanEconomics(lgd=lgd, margin=margin)), "loss_rate")
            for lgd, margin in ((0.5, 0.1), (0.8, 0.1), (0.8, 0.2))
        ]

        for one in entries:
            write_down(journal, [one])

        assert drawn_before(journal, table="t", scorer="s") == entries[:2]
        assert joint_confidence(entries) == pytest.approx(0.9)

    def test_takes_other_economics_of_segments_for_another_path(self):
        shapes = [
            PolicyShape(by="channel", economics={"web": LoanEconomics(margin=margin)})
            for margin in (0.01, 0.02)
        ]
        refused, passed = refused_entries(attempt(shapes[0]))[:1], certified(attempt(shapes[1]))

        assert counted([*refused, passed]) == [*refused, passed]
        assert counted([*refused, certified(attempt(shapes[0]))]) == [certified(attempt(shapes[0]))]

    def test_counts_entries_of_older_journals(self, tmp_path):
        journal = tmp_path / "j.jsonl"
        older = [entry() | {"method": "refused"}, entry()]
        journal.write_text("".join(json.dumps(line) + "\n" for line in older))

        write_down(journal, [certified(attempt())])
        entries = drawn_before(journal, table="t", scorer="s")

        assert counted(entries) == [*older, certified(attempt())]


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
        assert entries_of((), attempt()) == []

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
