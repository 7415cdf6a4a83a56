"""riskkit.decisions.gate_verdicts"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Column, Schema
from riskkit.decisions import Policy, policy_verdicts, recorded_verdicts
from riskkit.errors import DataError
from riskkit.lending import CAUSES, Gate, LoanEconomics

ALL_VERDICTS = Schema(
    columns={f"v_{gate}": Column(role="verdict", gate=gate) for gate in CAUSES}
)  # fmt: skip


def verdicts(*rows):
    """Make a table of verdicts: p passed, f failed, - not asked."""
    words = {"p": "passed", "f": "failed", "-": None}
    cells = [[words[letter] for letter in row] for row in rows]
    return pd.DataFrame(cells, columns=[f"v_{gate}" for gate in CAUSES])


class TestRecordedVerdicts:
    def test_knows_nothing_behind_the_gate_that_stopped(self):
        found = recorded_verdicts(verdicts("pf---"), ALL_VERDICTS, np.array([False]))

        assert found.failed.tolist() == [[False, True, False, False, False]]
        assert found.unknown.tolist() == [[False, False, True, True, True]]
        assert found.first_failed.tolist() == [1]

    def test_takes_a_gap_before_the_stop_for_passed(self):
        found = recorded_verdicts(verdicts("p--fp"), ALL_VERDICTS, np.array([False]))

        assert not found.unknown.any()

    def test_reads_causes_alone(self):
        schema = Schema(columns={"cause": Column(role="stopped_by")})
        table = pd.DataFrame({"cause": ["profile", None]})

        found = recorded_verdicts(table, schema, np.array([False, True]))

        assert found.failed.sum() == 1
        assert found.unknown.tolist() == [[False, False, True, True, True], [False] * 5]

    def test_passes_a_gate_that_no_column_knows(self):
        schema = Schema(columns={"v": Column(role="verdict", gate="system")})

        found = recorded_verdicts(pd.DataFrame({"v": ["failed"]}), schema, np.array([False]))

        assert found.failed.sum() == 1
        assert not found.unknown.any()

    def test_needs_a_column_that_names_gates(self):
        schema = Schema(columns={"x": Column(role="ignore")})

        with pytest.raises(DataError, match=r"role verdict for each gate, or one with role stopp"):
            recorded_verdicts(pd.DataFrame({"x": [1]}), schema, np.array([True]))

    def test_refuses_a_stop_without_a_cause(self):
        with pytest.raises(DataError, match=r"1 of 2 fail none; the first is in row 1"):
            recorded_verdicts(verdicts("f----", "ppppp"), ALL_VERDICTS, np.zeros(2, dtype=bool))


class TestOverruled:
    def test_forgets_the_verdicts_on_whoever_was_approved(self):
        approved = np.array([True, False])
        found = recorded_verdicts(verdicts("pppff", "pppff"), ALL_VERDICTS, approved)

        assert found.overruled(approved).failed.sum(axis=1).tolist() == [0, 2]


class TestPolicyVerdicts:
    def policy(self, *gates):
        return Policy(
            created="2026-01-31T00:00:00Z", pd_cutoff=0.1, objective="goods", gates=gates,
            economics=LoanEconomics(), model_hash="",
        )  # fmt: skip

    def test_scores_anew_and_keeps_what_is_unknown_of_recorded_gates(self):
        table = verdicts("pppf-", "f----")
        recorded = recorded_verdicts(table, ALL_VERDICTS, np.zeros(2, dtype=bool))
        gates = [
            Gate(cause=gate, column=f"v_{gate}", comparison="!=", value="failed")
            for gate in ("system", "policy")
        ]

        found = policy_verdicts(self.policy(*gates), np.array([0.05, 0.2]), table, recorded)

        assert found.failed.tolist() == [[False] * 5, [True, False, False, True, False]]
        assert found.unknown[:, CAUSES.index("policy")].tolist() == [True, True]
        assert found.unknown.sum() == 2

    def test_knows_what_a_gate_on_a_column_says(self):
        table = verdicts("f----").assign(late=[3])
        recorded = recorded_verdicts(table, ALL_VERDICTS, np.zeros(1, dtype=bool))
        gate = Gate(cause="credit_record", column="late", comparison="<=", value=2)

        found = policy_verdicts(self.policy(gate), np.array([0.05]), table, recorded)

        assert found.failed.tolist() == [[False, False, True, False, False]]
        assert not found.unknown.any()
