"""riskkit.decisions.segment_economics"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Applications
from riskkit.decisions import Policy, economics_groups, listed_segments, values_of
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics

RICH = LoanEconomics(margin=0.3, operating=2.0)
TABLE = pd.DataFrame({"channel": ["app", "web", "kiosk", None]})


def policy(**changes):
    own = {"app": {"pd_cutoff": 0.1}, "web": {"pd_cutoff": 0.2, "economics": RICH}}
    record = {
        "created": "2026-01-31T00:00:00Z", "pd_cutoff": 0.1, "objective": "profit",
        "by": "channel", "segments": own, "economics": LoanEconomics(), "model_hash": "",
    }  # fmt: skip
    return Policy(**(record | changes))


def applications():
    ids = np.array(list("abcd"), dtype=object)
    return Applications(ids=ids, groups=ids, features=TABLE, table=TABLE,
                        amount=np.array([100.0, 100.0, 50.0, 20.0]), time=None)  # fmt: skip


class TestListedSegments:
    def test_knows_those_that_the_policy_lists(self):
        assert listed_segments(policy(), TABLE).tolist() == ["app", "web", None, None]
        assert listed_segments(policy(by=None, segments={}), TABLE).tolist() == [None] * 4

    def test_needs_the_column(self):
        with pytest.raises(DataError, match="cut-offs by 'channel', but the table has no such"):
            listed_segments(policy(), TABLE[[]])


class TestEconomicsGroups:
    def test_puts_everybody_into_one_part(self):
        parts = economics_groups(policy(), listed_segments(policy(), TABLE))

        assert [economics for economics, _ in parts] == [LoanEconomics(), RICH]
        assert [rows.tolist() for _, rows in parts] == [
            [True, False, True, True], [False, True, False, False]
        ]  # fmt: skip

    def test_makes_no_part_for_equal_economics(self):
        alike = policy(economics=RICH)

        assert len(economics_groups(alike, listed_segments(alike, TABLE))) == 1


class TestValuesOf:
    def test_values_each_segment_by_its_own(self):
        found = values_of(policy(), applications())

        assert found.good_if_approved.tolist() == pytest.approx([6.0, 28.0, 3.0, 1.2])
        assert found.bad_if_approved.tolist() == pytest.approx([-85.0, -87.0, -42.5, -17.0])

    def test_takes_one_economics_for_all(self):
        found = values_of(RICH, applications())

        assert found.good_if_approved.tolist() == pytest.approx([28.0, 28.0, 13.0, 4.0])

    def test_needs_nobody_in_a_segment(self):
        nobody = applications().take(np.zeros(4, dtype=bool))

        assert values_of(policy(), nobody).good_if_approved.size == 0
