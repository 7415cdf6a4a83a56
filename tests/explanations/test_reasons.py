"""riskkit.explanations.reasons"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskkit.applicants import Column, Schema
from riskkit.errors import DataError
from riskkit.explanations import (
    LANGUAGES,
    Attribution,
    Catalogue,
    gate_reason,
    in_language,
    rank_reasons,
    unlabelled,
)
from riskkit.lending import CAUSES

INQUIRIES = {"en": "Credit inquiries in the last 3 months", "zh-CN": "近3个月信贷查询次数"}


def number(**details):
    return Column(role="feature", kind="number", **details)


def category(**details):
    return Column(role="feature", kind="category", **details)


def explained(contributions, *, applicant=None, background=None):
    names = tuple(contributions)
    plain = dict.fromkeys(names, 1.0)
    return Attribution(
        contributions=np.array([list(contributions.values())]),
        feature_names=names,
        base=-2.0,
        margins=np.array([-2.0 + sum(contributions.values())]),
        applicants=pd.DataFrame([applicant or plain]),
        background=pd.DataFrame(background or [plain]),
    )


def only_reason(column, value, background):
    """The reason of an applicant with one feature, x."""
    attribution = explained({"x": 0.5}, applicant={"x": value}, background={"x": background})
    (reason,) = rank_reasons(attribution, Schema(columns={"x": column}))
    return reason


class TestRankReasons:
    def test_gives_the_strongest_four_that_pushed_towards_rejection(self):
        contributions = {"a": 0.1, "b": 0.5, "c": -0.9, "d": 0.3, "e": 0.2, "f": 0.4}
        schema = Schema(columns={name: number() for name in contributions})

        reasons = rank_reasons(explained(contributions), schema)

        assert [reason.key for reason in reasons] == ["b", "f", "d", "e"]
        assert [reason.contribution for reason in reasons] == [0.5, 0.4, 0.3, 0.2]

    def test_gives_none_where_nothing_pushed_towards_rejection(self):
        attribution = explained({"a": -0.1, "b": 0.0, "c": 4e-7})

        assert rank_reasons(attribution, Schema(columns=dict.fromkeys("abc", number()))) == ()

    def test_sums_the_features_of_one_reason_and_leads_with_the_largest(self):
        schema = Schema(
            columns={
                "inquiries_1m": number(reason="inquiries"),
                "income": number(),
                "inquiries_3m": number(reason="inquiries", actionable=True),
            }
        )
        attribution = explained({"inquiries_1m": 0.2, "income": 0.4, "inquiries_3m": 0.3})

        first, second = rank_reasons(attribution, schema)

        assert first.key == "inquiries"
        assert first.contribution == pytest.approx(0.2 + 0.3)
        assert first.features == ("inquiries_3m", "inquiries_1m")
        assert first.actionable
        assert second.key == "income"
        assert not second.actionable

    def test_leaves_out_a_reason_whose_features_cancel(self):
        schema = Schema(columns={"a": number(reason="r"), "b": number(reason="r"), "c": number()})

        reasons = rank_reasons(explained({"a": 0.5, "b": -0.6, "c": 0.1}), schema)

        assert [reason.key for reason in reasons] == ["c"]

    def test_breaks_ties_by_the_order_of_the_schema(self):
        schema = Schema(columns={name: number() for name in ("c", "a", "b")})

        reasons = rank_reasons(explained({"a": 0.3, "b": 0.3 + 1e-9, "c": 0.3}), schema)

        assert [reason.key for reason in reasons] == ["c", "a", "b"]

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.randoms(use_true_random=False))
    def test_ignores_the_order_of_the_scorers_features(self, values, random):
        contributions = {f"x{i}": value for i, value in enumerate(values)}
        schema = Schema(columns={name: number() for name in contributions})
        shuffled = dict(random.sample(list(contributions.items()), len(contributions)))

        reasons = rank_reasons(explained(shuffled), schema)

        assert reasons == rank_reasons(explained(contributions), schema)
        strengths = [reason.contribution for reason in reasons]
        np.testing.assert_allclose(strengths, sorted(strengths, reverse=True), atol=1e-6)
        assert all(strength > 0 for strength in strengths)
        assert len(reasons) <= 4

    def test_explains_the_row_it_is_asked_for(self):
        schema = Schema(columns={"a": number(), "b": number()})
        both = Attribution(
            contributions=np.array([[0.5, -1.0], [-1.0, 0.5]]),
            feature_names=("a", "b"),
            base=0.0,
            margins=np.array([-0.5, -0.5]),
            applicants=pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}),
            background=pd.DataFrame({"a": [0.0], "b": [0.0]}),
        )

        (reason,) = rank_reasons(both, schema, row=1)

        assert reason.key == "b"
        assert reason.value["en"] == "4"

    @pytest.mark.parametrize("row", [-1, 1])
    def test_refuses_a_row_that_is_not_there(self, row):
        with pytest.raises(DataError, match=rf"^row must be one of 1 .* but is {row}"):
            rank_reasons(explained({"a": 0.1}), Schema(columns={"a": number()}), row=row)

    def test_refuses_a_schema_without_a_feature(self):
        with pytest.raises(DataError, match="lacks 'b'"):
            rank_reasons(explained({"a": 0.1, "b": 0.1}), Schema(columns={"a": number()}))


class TestReason:
    def test_says_a_number_beside_the_median(self):
        reason = only_reason(number(label=INQUIRIES), 6.0, [0.0, 1.0, 4.0])

        assert reason.words == {
            "en": "Credit inquiries in the last 3 months: 6, while applicants just approved "
            "typically have 1.",
            "zh-CN": "近3个月信贷查询次数：6，而刚好达到批准标准的申请人通常为1。",
        }

    def test_says_a_level_beside_the_most_common(self):
        label = {"en": "Type of housing", "zh-CN": "住房情况"}

        reason = only_reason(category(label=label), "rent", ["own", "rent", "own", np.nan])

        assert reason.words == {
            "en": "Type of housing: rent, while for applicants just approved it is most often own.",
            "zh-CN": "住房情况：rent，而刚好达到批准标准的申请人多为own。",
        }

    def test_takes_the_first_of_equally_common_levels(self):
        assert only_reason(category(), "z", ["b", "a"]).reference["en"] == "a"

    def test_says_that_a_value_is_not_on_file(self):
        reason = only_reason(number(), np.nan, [1.0, np.nan, 3.0])

        assert reason.words == {
            "en": "x: not on file, while applicants just approved typically have 2.",
            "zh-CN": "x：无记录，而刚好达到批准标准的申请人通常为2。",
        }

    def test_says_that_for_most_nothing_is_on_file(self):
        reason = only_reason(number(), 3.0, [1.0, np.nan, np.nan])

        assert reason.words == {
            "en": "x: 3, while for most applicants just approved there is nothing on file.",
            "zh-CN": "x：3，而刚好达到批准标准的申请人大多无记录。",
        }

    @pytest.mark.parametrize(("column", "code"), [(number(special=(-9.0,)), -9.0),
                                                  (category(special=(-9.0,)), "-9")])  # fmt: skip
    def test_takes_special_codes_as_not_on_file(self, column, code):
        other = 2.0 if column.kind == "number" else "own"

        reason = only_reason(column, code, [code, other, other])

        assert reason.value["en"] == "not on file"
        assert reason.reference["zh-CN"] == ("2" if column.kind == "number" else "own")

    def test_does_not_compare_a_value_with_itself(self):
        reason = only_reason(number(label={"en": "Loans"}), 1.0, [0.0, 1.0, 2.0])

        assert reason.words["en"] == (
            "Loans: 1. This is usual among applicants just approved too, but some of them have "
            "a more favorable value."
        )

    @pytest.mark.parametrize(
        ("value", "unit", "en", "zh"),
        [
            (12345.0, "currency", "12,345", "12,345元"),
            (0.355, "fraction", "35.5%", "35.5%"),
            (1.0, "months", "1 month", "1个月"),
            (18.0, "months", "18 months", "18个月"),
            (12.0, "instalments", "12", "12期"),
            (3.0, "km", "3 km", "3 km"),
            (0.000123456, None, "0.000123", "0.000123"),
            (-1234.5678, None, "-1,235", "-1,235"),
            (-0.0, None, "0", "0"),
        ],
    )
    def test_writes_numbers_readably(self, value, unit, en, zh):
        reason = only_reason(number(unit=unit), value, [1e9])

        assert reason.value == {"en": en, "zh-CN": zh}

    def test_gives_as_many_digits_as_tell_two_numbers_apart(self):
        reason = only_reason(number(), 0.35041, [0.35049])

        assert reason.value["en"] == "0.3504"
        assert reason.reference["en"] == "0.3505"

    def test_falls_back_on_the_columns_name(self):
        reason = only_reason(number(label={"en": "Loans"}), 5.0, [1.0])

        assert reason.words["en"].startswith("Loans: ")
        assert reason.words["zh-CN"].startswith("x：")

    def test_gives_the_applicant_a_rounded_range(self):
        background = [100.0, 1234.0, 2345.0, 3456.0, 9999.0]

        reason = only_reason(number(label={"en": "Income"}, unit="CNY"), 50.0, background)

        assert reason.words["en"].endswith("typically have 2,345 CNY.")
        assert reason.plain["en"] == (
            "Income: 50 CNY, while applicants who narrowly qualified typically have 1,200 to "
            "3,500 CNY."
        )

    def test_gives_the_applicant_one_number_where_the_range_is_one(self):
        reason = only_reason(number(), 6.0, [1.0, 1.0, 1.0])

        assert (
            reason.plain["en"] == "x: 6, while applicants who narrowly qualified typically have 1."
        )

    def test_does_not_compare_a_value_with_a_range_that_holds_it(self):
        reason = only_reason(number(), 1.5, [1.0, 1.0, 2.0, 3.0])

        assert "some of them have a more favorable value" in reason.plain["en"]

    def test_calls_no_value_usual_that_is_worse_than_the_typical_one(self):
        terms = [3.0, 3.0, 6.0, 6.0, 12.0, 12.0, 12.0]

        reason = only_reason(number(unit="instalments", worse="higher"), 12.0, [*terms, 3.0, 3.0])

        assert reason.words["en"] == "x: 12, while applicants just approved typically have 6."
        assert (
            reason.plain["en"] == "x: 12, while applicants who narrowly qualified typically have 6."
        )
        assert reason.plain["zh-CN"] == "x：12期，而刚好达到批准标准的申请人通常为6期。"

    def test_calls_a_value_usual_that_is_the_typical_one_when_rounded(self):
        income = number(worse="lower", unit="CNY")

        reason = only_reason(income, 11_950.0, [9000.0, 11_000.0, 11_980.0, 13_000.0, 15_000.0])

        assert "usual among applicants who narrowly qualified" in reason.plain["en"]

    def test_never_says_that_a_better_value_is_a_worse_one(self):
        income = number(label={"en": "Income"}, worse="lower")

        better = only_reason(income, 70.0, [50.0, 60.0, 60.0, 65.0, 900.0])
        within = only_reason(income, 62.0, [50.0, 60.0, 60.0, 65.0, 900.0])
        worse = only_reason(income, 40.0, [50.0, 60.0, 60.0, 65.0, 900.0])

        for words in (better.words["en"], better.plain["en"], within.words["en"]):
            assert "do no better, but some of them have a more favorable value" in words
        assert "usual among applicants who narrowly qualified" in within.plain["en"]
        assert worse.plain["en"].endswith("typically have 60 to 65.")

    @pytest.mark.parametrize(
        ("unit", "en", "zh"),
        [
            ("fraction", "20% to 30%", "20%至30%"),
            ("months", "0.2 to 0.3 months", "0.2至0.3个月"),
        ],
    )
    def test_says_the_unit_of_a_range_once(self, unit, en, zh):
        reason = only_reason(number(unit=unit), 5.0, [0.1, 0.2, 0.25, 0.3, 0.4])

        assert reason.plain["en"].endswith(f"typically have {en}.")
        assert reason.plain["zh-CN"].endswith(f"通常为{zh}。")

    def test_advises_nothing_on_what_is_not_on_file(self):
        assert (
            only_reason(number(reason="inquiries", actionable=True), np.nan, [1.0]).advice is None
        )

    def test_flags_a_protected_characteristic(self):
        assert only_reason(number(protected=True), 6.0, [1.0]).protected
        assert not only_reason(number(), 6.0, [1.0]).protected

    def test_advises_only_where_the_leading_feature_can_be_changed(self):
        free = only_reason(number(reason="inquiries", actionable=True), 6.0, [1.0])
        fixed = only_reason(number(reason="inquiries"), 6.0, [1.0])

        assert "can help" in free.advice["en"]
        assert fixed.advice is None
        assert free.factor == fixed.factor

    def test_takes_words_from_a_catalogue(self):
        catalogue = Catalogue(
            reasons={"x": {"factor": {"en": "Home", "zh-CN": "住房"}}},
            levels={"x": {"rent": {"en": "renting", "zh-CN": "租房"}}},
        )
        attribution = explained({"x": 0.5}, applicant={"x": "rent"}, background={"x": ["own"]})

        (reason,) = rank_reasons(
            attribution, Schema(columns={"x": category()}), catalogue=catalogue
        )

        assert reason.factor["zh-CN"] == "住房"
        assert reason.value == {"en": "renting", "zh-CN": "租房"}

    def test_lists_what_a_catalogue_lacks(self):
        schema = Schema(columns={"a": number(), "b": number()})

        with pytest.raises(DataError, match=r"2 keys of the schema: a, b\.$"):
            rank_reasons(explained({"a": 1.0, "b": 1.0}), schema, catalogue=Catalogue(reasons={}))


class TestGateReason:
    @pytest.mark.parametrize("cause", CAUSES)
    def test_speaks_every_language(self, cause):
        words = gate_reason(cause)

        assert tuple(words) == LANGUAGES
        assert all(words.values())

    def test_gives_a_system_stop_no_credit_reason(self):
        words = gate_reason("system", {"en": "Overdue record", "zh-CN": "逾期记录"})

        assert "not your fault; please try again" in words["en"]
        assert words == gate_reason("system")
        for talk in ("credit", "record", "risk", "score", "income"):
            assert talk not in words["en"].lower()
        for talk in ("信用", "征信", "风险", "评分", "逾期"):
            assert talk not in words["zh-CN"]

    def test_names_the_factor_of_a_credit_record_stop(self):
        words = gate_reason("credit_record", {"en": "current arrears"})

        assert words["en"].endswith("This concerns: current arrears.")
        assert words["zh-CN"] == gate_reason("credit_record")["zh-CN"]

    def test_refuses_a_cause_that_is_not_there(self):
        with pytest.raises(DataError, match=r"^cause must be one of system, .* is 'weather'\.$"):
            gate_reason("weather")


class TestInLanguage:
    def test_names_the_languages_that_are_there(self):
        with pytest.raises(DataError, match=r"^language must be one of en, zh-CN, but is 'fr'\.$"):
            in_language(gate_reason("system"), "fr")


class TestUnlabelled:
    def test_lists_features_in_the_order_of_the_schema(self):
        columns = {
            "b": number(),
            "a": number(label={"en": "A"}),
            "id": Column(role="id"),
            "c": number(label={"zh-CN": "丙"}),
        }

        assert unlabelled(Schema(columns=columns), "en") == ("b", "c")
