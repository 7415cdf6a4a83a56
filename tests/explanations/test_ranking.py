"""riskkit.explanations.ranking"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Column, Schema
from riskkit.errors import DataError
from riskkit.explanations import Attribution, rank_groups

NUMBER = Column(role="feature", kind="number")


def explained(**contributions):
    values = np.column_stack(list(contributions.values())).astype(float)
    return Attribution(
        contributions=values,
        feature_names=tuple(contributions),
        base=0.0,
        margins=values.sum(axis=1),
        applicants=pd.DataFrame(),
        background=pd.DataFrame(),
    )


class TestRankGroups:
    def test_ranks_every_applicant_alone(self):
        attribution = explained(a=[0.1, -0.2, -1], b=[0.3, 0.4, -1], c=[-0.5, 0.6, -1])

        ranking = rank_groups(attribution, Schema(columns=dict.fromkeys("abc", NUMBER)))

        assert [ranking.of(row) for row in range(3)] == [("b", "a"), ("c", "b"), ()]

    @pytest.mark.parametrize(
        ("inquiries", "expected"),
        [
            (0.01, ("a", "b", "c", "d", "inquiries")),
            (0.35, ("a", "b", "inquiries", "c")),
            (-0.1, ("a", "b", "c", "d")),
        ],
    )
    def test_gives_a_fifth_only_for_inquiries(self, inquiries, expected):
        recent = Column(role="feature", kind="number", reason="inquiries")
        columns = {"inquiries_3m": recent, **dict.fromkeys("abcde", NUMBER)}
        attribution = explained(
            inquiries_3m=[inquiries], a=[0.5], b=[0.4], c=[0.3], d=[0.2], e=[0.1]
        )

        assert rank_groups(attribution, Schema(columns=columns)).of(0) == expected

    def test_says_which_reasons_are_named(self):
        attribution = explained(a=[0.1, -0.2], b=[0.3, 0.4])

        named = rank_groups(attribution, Schema(columns=dict.fromkeys("ab", NUMBER))).named

        np.testing.assert_array_equal(named, [[True, True], [False, True]])

    def test_refuses_a_schema_without_a_feature(self):
        with pytest.raises(DataError, match="lacks 'b'"):
            rank_groups(explained(a=[0.1], b=[0.1]), Schema(columns={"a": NUMBER}))
