"""riskkit.lending.limits"""

import pytest
from pydantic import ValidationError

from riskkit.lending import Limit


class TestLimit:
    def test_reads_as_a_person_would_write_it(self):
        assert str(Limit(rate="bad_rate", at_most=0.03)) == "bad_rate <= 0.03"
        assert str(Limit(rate="bad_rate", at_most=0.03, confidence=0.9)) == (
            "bad_rate <= 0.03 with 0.9 confidence"
        )

    @pytest.mark.parametrize(
        "wrong",
        [
            {"rate": "profit"},
            {"at_most": 0},
            {"at_most": 1},
            {"at_most": float("nan")},
            {"confidence": 0.5},
            {"confidence": 1},
            {"by": "city"},
        ],
    )
    def test_refuses_what_cannot_be_kept_to(self, wrong):
        with pytest.raises(ValidationError):
            Limit(**{"rate": "bad_rate", "at_most": 0.03, **wrong})
