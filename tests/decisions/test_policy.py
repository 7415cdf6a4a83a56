"""riskkit.decisions.policy"""

import numpy as np
import pandas as pd
import pytest
import yaml

from riskkit._records import as_yaml
from riskkit.applicants import Column, Schema
from riskkit.decisions import Policy, decide, recorded_gates
from riskkit.errors import DataError
from riskkit.lending import Gate, Limit, LoanEconomics


def policy(*gates, **changes):
    record = {
        "created": "2026-01-31T00:00:00Z",
        "gates": gates,
        "pd_cutoff": 0.1,
        "objective": "goods",
        "limits": (Limit(rate="bad_rate", at_most=0.03, confidence=0.95),),
        "economics": LoanEconomics(),
        "model_hash": "0" * 64,
    }
    return Policy(**(record | changes))


PHONE = Gate(cause="profile", column="phone", comparison="==", value=1)
TIMED_OUT = Gate(cause="system", column="timed_out", comparison="==", value=0)
LISTED = Gate(cause="credit_record", column="fraud_listed", comparison="==", value=0)
REVIEW = {"capacity_per_day": 2}


class TestPolicy:
    def test_survives_the_file(self, tmp_path):
        original = policy(PHONE, TIMED_OUT)

        original.write(tmp_path / "policy.yaml")

        assert Policy.read(tmp_path / "policy.yaml") == original

    def test_names_a_misspelt_key(self, tmp_path):
        (tmp_path / "policy.yaml").write_text(policy().model_dump_json() + "\n# yaml\n")
        text = (tmp_path / "policy.yaml").read_text().replace("pd_cutoff", "pd_cutof")
        (tmp_path / "policy.yaml").write_text(text)

        with pytest.raises(DataError, match=r"pd_cutoff?: "):
            Policy.read(tmp_path / "policy.yaml")

    def test_writes_gates_in_the_order_in_which_they_are_asked(self, tmp_path):
        policy(PHONE, LISTED, TIMED_OUT).write(tmp_path / "policy.yaml")

        causes = [gate.cause for gate in Policy.read(tmp_path / "policy.yaml").gates]

        assert causes == ["system", "profile", "credit_record"]

    def test_writes_every_economic_figure(self, tmp_path):
        policy().write(tmp_path / "policy.yaml")

        written = yaml.safe_load((tmp_path / "policy.yaml").read_text())

        assert written["version"] == 1
        assert set(written["economics"]) == set(LoanEconomics.model_fields) - {"amount_max"}
        assert "review" not in written

    def test_names_gates_by_their_cause_and_several_by_their_columns(self):
        card = Gate(cause="profile", column="card", comparison="==", value=1)
        range_ = [
            Gate(cause="policy", column="age", comparison=sign, value=18) for sign in (">=", "!=")
        ]

        names = policy(PHONE, card, TIMED_OUT, *range_).gate_names

        assert names == (
            "system", "profile_phone", "profile_card", "score", "policy_age", "policy_age_2"
        )  # fmt: skip

    def test_survives_the_file_with_segments_review_and_exploration(self, tmp_path):
        original = policy(
            by="channel",
            segments={"shop": {"pd_cutoff": 0.1, "review_up_to": 0.2}, "1": {"pd_cutoff": 0.05}},
            review={"cost": 2.5, "capacity_per_day": 30, "share_wrong_approved": 0.2},
            exploration={"share": 0.05, "up_to": 0.3, "seed": 7},
            author="Risk committee",
        )

        original.write(tmp_path / "policy.yaml")

        assert Policy.read(tmp_path / "policy.yaml") == original

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"review_up_to": 0.05, "review": REVIEW}, "review_up_to must be above pd_cutoff"),
            (
                {"by": "c", "segments": {"a": {"pd_cutoff": 0.2, "review_up_to": 0.1}}},
                "segments.a: review_up_to must be above pd_cutoff",
            ),
            ({"review_up_to": 0.2}, "review_up_to needs review"),
            ({"review": {"capacity_per_day": -1}}, "review.capacity_per_day: Input should be gre"),
            ({"by": "channel"}, "by and segments go together"),
            ({"segments": {"a": {"pd_cutoff": 0.2}}}, "by and segments go together"),
            ({"exploration": {"share": 1.0, "up_to": 0.2}}, "exploration.share: Input should be"),
            (
                {"gates": [{"cause": "score", "column": "x", "comparison": "<", "value": 1}]},
                "the score gate is the cut-off itself",
            ),
        ],
    )
    def test_refuses_what_cannot_be_carried_out(self, tmp_path, changes, said):
        content = yaml.safe_load(as_yaml(policy())) | changes
        (tmp_path / "policy.yaml").write_text(yaml.safe_dump(content))

        with pytest.raises(DataError, match=said):
            Policy.read(tmp_path / "policy.yaml")


class TestRecordedGates:
    def test_prefers_verdict_columns(self):
        schema = Schema(
            columns={
                "timed_out": Column(role="verdict", gate="system"),
                "cause": Column(role="stopped_by"),
            }
        )

        gates = recorded_gates(schema)

        assert [(g.cause, g.column, g.value) for g in gates] == [
            ("system", "timed_out", "failed"),
            ("profile", "cause", "profile"),
            ("credit_record", "cause", "credit_record"),
            ("policy", "cause", "policy"),
        ]

    def test_stops_whoever_a_later_gate_stopped_too(self):
        gates = recorded_gates(Schema(columns={"cause": Column(role="stopped_by")}))
        table = pd.DataFrame({"cause": ["policy", "score", None, "system"]})

        decisions = decide(policy(*gates), np.full(4, 0.05), table)

        assert decisions.stopped_by.tolist() == ["policy", None, None, "system"]

    def test_is_empty_where_nothing_was_recorded(self):
        assert recorded_gates(Schema(columns={})) == ()
