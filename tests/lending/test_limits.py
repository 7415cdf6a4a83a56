"""riskkit.lending.limits"""

import pytest

from riskkit.errors import DataError
from riskkit.lending import Limit, parse_limit


class TestLimit:
    def test_reads_as_a_person_would_write_it(self):
        assert str(Limit(rate="bad_rate", at_most=0.03)) == "bad_rate <= 0.03"
        assert str(Limit(rate="bad_rate", at_most=0.03, confidence=0.9)) == (
            "bad_rate <= 0.03 with 0.9 confidence"
        )
        gap = Limit(rate="false_rejection_gap", at_most=0.02, by="city")
        assert str(gap) == "false_rejection_gap <= 0.02 by city"
        assert str(Limit(rate="approval_rate", at_least=0.6)) == "approval_rate >= 0.6"

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
            {"at_most": None},
            {"at_least": 0.02},
        ],
    )
    def test_refuses_what_cannot_be_kept_to(self, wrong):
        with pytest.raises(DataError, match=r"^Limit: [^\n]*\.$"):
            Limit(**{"rate": "bad_rate", "at_most": 0.03, **wrong})

    def test_says_what_is_wrong_in_one_sentence(self):
        with pytest.raises(DataError) as refused:
            Limit(rate="bad_rate", at_least=0.03)

        assert str(refused.value) == "Limit: bad_rate takes at_most (<=): it is to be kept low."


class TestParseLimit:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("bad_rate <= 0.03", {"rate": "bad_rate", "at_most": 0.03}),
            (
                "bad_rate<=3%@95%",
                {"rate": "bad_rate", "at_most": 0.03, "confidence": 0.95},
            ),
            (
                " loss_rate ≤ 2.5 % @ 0.9 ",
                {"rate": "loss_rate", "at_most": 0.025, "confidence": 0.9},
            ),
            ("approval_rate >= 60%", {"rate": "approval_rate", "at_least": 0.6}),
            (
                "false_rejection_gap <= .02 by city tier",
                {"rate": "false_rejection_gap", "at_most": 0.02, "by": "city tier"},
            ),
        ],
    )
    def test_reads_what_a_person_writes(self, text, expected):
        assert parse_limit(text) == Limit(**expected)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("bad_rate < 3%", r'^limit must be written as "bad_rate <= 0\.03 @ 95%"'),
            ("", "^limit must be written as"),
            ("default_rate <= 3%", r"^limit must bind one of bad_rate, .* binds 'default_rate'"),
            ("bad_rate <= 0", r"at_most: Input should be greater than 0"),
            ("bad_rate <= 130%", r"at_most: Input should be less than 1"),
            ("bad_rate <= 3% @ 40%", r"confidence: Input should be greater than 0\.5"),
            ("bad_rate >= 3%", "bad_rate takes at_most"),
            ("false_rejection_gap <= 2%", "names its column with by"),
            ("bad_rate <= 3% by city", "names its column with by"),
            ("false_rejection_gap <= 2% @ 90% by city", "takes no confidence"),
        ],
    )
    def test_refuses_what_is_no_limit(self, text, words):
        with pytest.raises(DataError, match=words):
            parse_limit(text)

    def test_says_what_is_wrong_with_the_limit_itself(self):
        with pytest.raises(DataError, match=r"^limit 'bad_rate >= 0\.03': bad_rate takes at_most"):
            parse_limit("bad_rate >= 0.03")

    def test_refuses_what_is_no_text(self):
        with pytest.raises(DataError, match=r"limit must be written as .* but is 3"):
            parse_limit(3)
