"""riskkit.explanations.notices"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Column, Schema
from riskkit.errors import DataError
from riskkit.explanations import (
    LANGUAGES,
    NOTICE_KINDS,
    Attribution,
    Plan,
    Sender,
    gate_reason,
    new_notice,
    rank_reasons,
    render_notice,
)

SCHEMA = Schema(
    columns={
        "inquiries_3m": Column(
            role="feature", kind="number", reason="inquiries", actionable=True, unit="count",
            label={"en": "Credit inquiries", "zh-CN": "征信查询次数"},
        ),
        "employer": Column(
            role="feature", kind="category", label={"en": "Employer", "zh-CN": "工作单位"}
        ),
    }
)  # fmt: skip
PLAN = Plan(changes={"inquiries_3m": (6.0, 2.0)}, cost=1.5, pd=0.061234, cheapest=True)


def notice(language="en", *, employer="A & B", cause="score", plans=(PLAN,), addressee=""):
    attribution = Attribution(
        contributions=np.array([[0.8, 0.4]]),
        feature_names=("inquiries_3m", "employer"),
        base=-2.5,
        margins=np.array([-1.3]),
        applicants=pd.DataFrame({"inquiries_3m": [6.0], "employer": [employer]}),
        background=pd.DataFrame({"inquiries_3m": [0.0, 1.0, 1.0], "employer": ["C"] * 3}),
    )
    return new_notice(
        application_id="A1",
        summary=gate_reason(cause),
        reasons=rank_reasons(attribution, SCHEMA) if cause == "score" else (),
        plans=plans if cause == "score" else (),
        schema=SCHEMA,
        sender=Sender(lender="The Shop", contact="help@shop.example"),
        language=language,
        addressee=addressee,
    )


class TestNewNotice:
    def test_tells_what_counted_and_what_can_be_done(self):
        told = notice()

        assert [reason.factor for reason in told.reasons] == [
            "Your recent applications for credit", "Employer",
        ]  # fmt: skip
        assert "Credit inquiries: 6" in told.reasons[0].sentence
        assert told.reasons[0].advice
        assert told.reasons[1].advice == ""
        assert told.steps == (("Credit inquiries: from 6 to 2",),)
        assert "cannot promise" in told.steps_follow

    def test_puts_changes_that_belong_together_below_one_another(self):
        both = replace(PLAN, changes={"employer": ("A", "C"), "inquiries_3m": (6.0, 2.0)})

        told, chinese = (notice(language, plans=(both,)) for language in LANGUAGES)

        assert told.steps == (("Employer: from A to C", "Credit inquiries: from 6 to 2"),)
        assert chinese.steps == (("工作单位：由A变为C", "征信查询次数：由6变为2"),)
        assert "\n".join(
            ["- All of these together:", "  - Employer: from A to C",
             "  - Credit inquiries: from 6 to 2", ""]
        ) in render_notice(told, "letter.txt")  # fmt: skip
        assert (
            "<li>以下各项同时变化：<ul><li>工作单位：由A变为C</li><li>征信查询次数：由6变为2</li></ul></li>"
            in render_notice(chinese, "letter.html")
        )

    def test_has_no_capitals_in_the_middle_of_a_sentence(self):
        message = render_notice(notice(), "message.txt")

        assert "What counted most: your recent applications for credit; employer." in message

    @pytest.mark.parametrize("kind", NOTICE_KINDS)
    def test_leaves_no_gap_between_chinese_sentences(self, kind):
        assert "。 " not in render_notice(notice("zh-CN"), kind)

    def test_refuses_an_approved_application(self):
        with pytest.raises(DataError, match=r"^A notice tells of a rejection, but .* A1 is approv"):
            new_notice(
                application_id="A1", summary=None, reasons=(), plans=(), schema=SCHEMA,
                sender=Sender(lender="L", contact="c"), language="en",
            )  # fmt: skip


class TestRenderNotice:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("kind", NOTICE_KINDS)
    def test_says_why_and_how_to_ask_a_person(self, kind, language):
        text = render_notice(notice(language), kind)

        assert gate_reason("score")[language] in text
        assert notice(language).reasons[0].factor.casefold() in text.casefold()
        assert "help@shop.example" in text
        assert ("征信" in text or "信贷" in text) == (language == "zh-CN")

    @pytest.mark.parametrize("kind", NOTICE_KINDS)
    def test_never_says_pd_or_margin(self, kind):
        text = render_notice(notice(), kind)

        for number in ("0.06", "6.1", "0.8", "-1.3", "-2.5", "1.5"):
            assert number not in text

    def test_lets_no_text_of_an_applicants_become_markup(self):
        told = notice(employer="<script>alert(1)</script>", addressee="<b>Ann</b> {{ 7 * 7 }}")

        text = render_notice(told, "letter.html")

        assert "<script" not in text
        assert "<b>" not in text
        assert "&lt;script&gt;" in text
        assert "{{ 7 * 7 }}" in text

    @pytest.mark.parametrize("kind", NOTICE_KINDS)
    def test_gives_no_reasons_for_a_system_stop(self, kind):
        text = render_notice(notice(cause="system"), kind)

        assert "not your fault" in text
        assert "counted most" not in text

    def test_takes_a_template_of_the_lenders(self, tmp_path):
        (tmp_path / "message.txt.j2").write_text("{{ notice.lender }}: {{ notice.mainly }}")

        text = render_notice(notice(), "message.txt", templates=tmp_path)

        assert text == (
            "The Shop: What counted most: your recent applications for credit; employer."
        )
        assert "Dear customer" in render_notice(notice(), "letter.txt", templates=tmp_path)

    @pytest.mark.parametrize(
        "template", ["{{ notice.pd }}", "{% if %}", "{{ ''.__class__.__mro__ }}"]
    )
    def test_names_what_is_wrong_with_a_template(self, template, tmp_path):
        (tmp_path / "message.txt.j2").write_text(template)

        with pytest.raises(DataError, match=r"^The template message\.txt\.j2 cannot be filled: "):
            render_notice(notice(), "message.txt", templates=tmp_path)

    def test_refuses_a_form_that_is_not_there(self):
        with pytest.raises(DataError, match=r"^kind must be one of letter.html, .* is 'fax'\.$"):
            render_notice(notice(), "fax")

    def test_refuses_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(DataError, match=r"^templates must be a folder, but .*none is none"):
            render_notice(notice(), "letter.txt", templates=tmp_path / "none")
