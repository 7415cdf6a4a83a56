"""riskkit.scores.interactions"""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskkit.errors import DataError
from riskkit.scores.interactions import meeting_groups

NAMES = list("abcdef")


def allowed(pair, rules):
    a, b = pair
    return b in rules.get(a, NAMES) and a in rules.get(b, NAMES)


class TestMeetingGroups:
    def test_are_one_of_all_without_rules(self):
        assert meeting_groups(NAMES, None) == [NAMES]

    def test_leave_a_feature_alone(self):
        assert meeting_groups(["a", "b", "c"], {"b": []}) == [["a", "c"], ["b"]]

    def test_part_two_that_may_not_meet(self):
        assert meeting_groups(["a", "b", "c"], {"a": ["c"]}) == [["a", "c"], ["b", "c"]]

    @settings(deadline=None)
    @given(rules=st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES))))
    def test_hold_exactly_the_pairs_that_are_allowed(self, rules):
        groups = meeting_groups(NAMES, {name: sorted(others) for name, others in rules.items()})

        together = {frozenset(pair) for group in groups for pair in combinations(group, 2)}
        assert together == {frozenset(p) for p in combinations(NAMES, 2) if allowed(p, rules)}
        assert set().union(*groups) == set(NAMES)
        assert not any(set(a) < set(b) for a in groups for b in groups)

    @pytest.mark.parametrize("rules", [{"wage": []}, {"a": ["wage"]}])
    def test_refuse_a_name_that_is_no_feature(self, rules):
        with pytest.raises(DataError, match=r"^interactions names 'wage', which is not a column"):
            meeting_groups(NAMES, rules)

    def test_refuse_a_thicket(self):
        # 7 groups of 3 that exclude each other within the group: 3 ** 7 groups that may meet.
        names = [f"{k}{i}" for k in range(7) for i in range(3)]
        rules = {name: [other for other in names if other[0] != name[0]] for name in names}

        with pytest.raises(DataError, match=r"^interactions must make at most 1000 groups"):
            meeting_groups(names, rules)
