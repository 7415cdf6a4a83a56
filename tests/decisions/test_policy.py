"""riskkit.decisions.policy"""

import numpy as np
import pandas as pd
import pytest

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


class TestDecide:
    def test_asks_the_gates_in_the_order_of_their_causes(self):
        table = pd.DataFrame({"phone": [1, 0, 0, 1], "timed_out": [0, 0, 1, 0]})

        decisions = decide(policy(PHONE, TIMED_OUT), np.array([0.05, 0.5, 0.05, 0.5]), table)

        assert decisions.stopped_by.tolist() == [None, "profile", "system", "score"]
        assert decisions.approved.tolist() == [True, False, False, False]
        assert [cause for cause, _ in decisions.verdicts] == ["system", "profile", "score"]

    def test_approves_at_the_cutoff_itself(self):
        decisions = decide(policy(), np.array([0.1, np.nextafter(0.1, 1)]), pd.DataFrame())

        assert decisions.approved.tolist() == [True, False]
        assert decisions.margin[0] == 0

    def test_measures_the_margin_in_log_odds(self):
        decisions = decide(policy(), np.array([0.5]), pd.DataFrame())

        assert decisions.margin[0] == pytest.approx(np.log(0.1 / 0.9))

    def test_stays_finite_at_certain_pds(self):
        decisions = decide(policy(), np.array([0.0, 1.0]), pd.DataFrame())

        assert np.isfinite(decisions.margin).all()

    def test_refuses_a_pd_above_one(self):
        with pytest.raises(DataError, match="pds must hold only values from 0 to 1"):
            decide(policy(), np.array([1.2]), pd.DataFrame())


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
