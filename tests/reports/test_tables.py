"""riskkit.reports.tables"""

import re
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from riskkit.bundle import Answer
from riskkit.decisions import Goal, TunedCutoff
from riskkit.lending import decision_rates
from riskkit.reports import (
    answer_table,
    answer_words,
    comparison_table,
    percent,
    tradeoff_table,
)

RATES = ("approval_rate", "bad_rate", "false_rejection_rate", "profit")


def shown(table, width=80):
    console = Console(width=width, record=True, file=StringIO())
    console.print(table)
    return console.export_text()


def tuned(labels="explored", *, bad_rate=0.03, incumbent=True):
    levels = np.linspace(0.1, 0.9, 30)
    columns = dict.fromkeys(RATES, levels) | {"bad_rate": np.full(30, bad_rate)}
    limits = {
        f"{rate}_{side}": np.full(30, value)
        for rate in RATES
        for side, value in (("lower", 0.01), ("upper", 0.05))
    }
    labelled = {"labelled_bad_rate": 0.02, "labelled_false_rejection_rate": 0.11}
    curve = pd.DataFrame({"pd_cutoff": levels / 10, **columns, **limits, "certified": True})
    curve = curve.assign(**labelled)
    return TunedCutoff(
        pd_cutoff=float(levels[10] / 10),
        goal=Goal(),
        curve=curve,
        incumbent=curve.iloc[5].drop("pd_cutoff").to_dict() if incumbent else None,
        comparison=None,
        certificates=(),
        shadow_prices=(),
        most_profitable={},
        labels=labels,
        knowledge=(),
        n_applicants=30,
        n_labelled=20,
    )


def answered(stopped_by=None):
    return Answer(
        application_id="A7",
        approved=stopped_by is None,
        stopped_by=stopped_by,
        verdicts=(),
        pd=0.2,
        pd_cutoff=0.1,
        margin=-0.81,
        summary=None,
        reasons=(),
    )


class TestPercent:
    def test_rounds_to_the_digits_asked_for(self):
        assert (percent(0.12345), percent(0.12345, 1)) == ("12.35%", "12.3%")

    @pytest.mark.parametrize("unknown", [None, float("nan")])
    def test_does_not_hide_what_is_unknown(self, unknown):
        assert percent(unknown) == "?"


class TestTradeoffTable:
    def test_fits_into_80_columns_without_cutting_a_number(self):
        text = shown(tradeoff_table(tuned()))

        assert "…" not in text
        assert all(len(line) <= 80 for line in text.splitlines())

    def test_shows_the_past_policy_the_choice_and_its_neighbours(self):
        text = shown(tradeoff_table(tuned()))

        for heading in ("past", "stricter", "chosen", "lenient"):
            assert heading in text

    def test_says_which_numbers_rest_on_labelled_rows_only(self):
        assert "labelled rows only" in re.sub(r"\s+", " ", shown(tradeoff_table(tuned()), 140))

    def test_has_no_such_rows_where_everybody_has_an_outcome(self):
        assert "labelled" not in shown(tradeoff_table(tuned("everybody", incumbent=False)))

    def test_marks_rates_of_which_only_bounds_are_known(self):
        assert "?" in shown(tradeoff_table(tuned(bad_rate=float("nan"))))


class TestComparisonTable:
    def test_shows_every_rate_in_percent(self):
        rates = decision_rates(approved=[1, 1, 0, 0], bad=[0, 1, 0, 1], reached_score=[1, 1, 1, 0])

        text = shown(comparison_table({"tuned": (rates, 12.5)}, "Truth"))

        for cell in ("tuned", "50.00%", "12.50"):
            assert cell in text


class TestAnswerWords:
    def test_gives_pd_and_margin_of_a_rejection_by_score(self):
        words = "\n".join(answer_words(answered("score"), "en"))

        assert "rejected by the score gate" in words
        assert "PD 20.00% (cut-off 10.00%), margin to approval -0.81" in words

    @pytest.mark.parametrize("cause", ["system", "profile", "credit_record"])
    def test_keeps_the_pd_out_of_other_stops(self, cause):
        assert "20.00%" not in "\n".join(answer_words(answered(cause), "zh-CN"))

    def test_speaks_chinese(self):
        assert answer_words(answered(), "zh-CN")[0] == "申请A7：已批准，通过全部关卡"


class TestAnswerTable:
    def test_has_a_row_for_every_reason(self):
        assert answer_table(answered("score"), "en").row_count == 0
