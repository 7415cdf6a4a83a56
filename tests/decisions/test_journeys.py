"""riskkit.decisions.journeys"""

import numpy as np
import pandas as pd
import pytest

from riskkit.decisions import GateVerdicts, journeys_of
from riskkit.decisions.coalitions import attempt_patterns
from riskkit.decisions.journeys import Shares, journey_states
from riskkit.errors import DataError


class TestJourneysOf:
    def test_takes_the_latest_attempt_for_the_last(self):
        keys = pd.DataFrame({"customer": ["a", "b", "a"], "journey": [1, 1, 1]})
        time = np.array(["2026-01-02", "2026-01-01", "2026-01-01"], dtype="datetime64[s]")

        found = journeys_of(keys, 3, time)

        assert found.of_row.tolist() == [0, 1, 0]
        assert found.last.tolist() == [0, 1]

    def test_knows_that_nobody_makes_no_journey(self):
        assert len(journeys_of(pd.DataFrame({"customer": []}), 0)) == 0

    def test_refuses_a_missing_key(self):
        with pytest.raises(DataError, match=r"'customer' .* 1 values are missing; .* row 1"):
            journeys_of(pd.DataFrame({"customer": ["a", None]}), 2)


class TestJourneyStates:
    def test_agrees_with_the_and_over_attempts(self):
        rng = np.random.default_rng(0)
        failed = rng.random((2000, 5)) < 0.3
        together = journeys_of(pd.DataFrame({"c": rng.integers(700, size=2000)}), 2000)

        number, states = journey_states(
            GateVerdicts(failed=failed, unknown=np.zeros_like(failed)), together
        )

        expected = np.full(len(together), 2**32 - 1, dtype=np.uint32)
        np.bitwise_and.at(expected, together.of_row, attempt_patterns(failed))
        assert [states[k] for k in number] == [frozenset({value}) for value in expected.tolist()]

    def test_needs_no_more_steps_than_there_are_verdicts(self):
        failed = np.zeros((50_000, 5), dtype=bool)
        failed[:, 3] = True
        one = journeys_of(pd.DataFrame({"c": np.zeros(50_000)}), 50_000)

        _, states = journey_states(GateVerdicts(failed=failed, unknown=~failed), one)

        assert len(states) == 1


class TestShares:
    def test_spans_what_is_not_known_of_one_attempt(self):
        failed = np.array([[False, False, False, True, False]])
        unknown = np.array([[False, False, False, False, True]])
        _, states = journey_states(
            GateVerdicts(failed=failed, unknown=unknown), journeys_of(None, 1)
        )

        shares = Shares.of(states)

        assert shares.lower.tolist() == [[0, 0, 0, 1 / 2, 0]]
        assert shares.upper.tolist() == [[0, 0, 0, 1, 1 / 2]]
        assert shares.sole_lower[0, 3] < shares.sole_upper[0, 3]
