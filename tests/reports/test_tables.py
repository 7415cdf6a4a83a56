"""riskkit.reports.tables"""

import re
from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from riskkit.bundle import Answer
from riskkit.decisions import (
    Certificate,
    Goal,
    IncumbentComparison,
    ShadowPrice,
    TunedCutoff,
)
from riskkit.lending import Limit, decision_rates
from riskkit.reports import (
    answer_table,
    answer_words,
    comparison_table,
    evaluation_notes,
    evaluation_table,
    frontier_table,
    limits_table,
    percent,
    tradeoff_table,
    tuned_words,
)

RATES = ("approval_rate", "bad_rate", "false_rejection_rate", "profit")


def shown(table, width=80):
    console = Console(width=width, record=True, file=StringIO())
    console.print(table)
    return console.export_text()


PRICE = ShadowPrice(
    limit="bad_rate <= 0.03", binding=True, pd_cutoff=0.05, goods=0.0123, profit=1.5
)


def certificate(**changes):
    found = Certificate(
        method="binomial", claim="With 95% confidence, at most 3% turn bad.", rate="bad_rate",
        cap=0.03, confidence=0.95, cutoff=0.03, n=1000, n_needed=400, cutoffs=(0.03,),
        p_values=(0.01,),
    )  # fmt: skip
    return replace(found, **changes)


def compared(lower):
    return IncumbentComparison(
        goods=0.02, goods_lower=lower, profit=3.0, profit_lower=lower, swap_in_rate=0.1,
        swap_out_rate=0.02, swap_in_bad_rate=0.05, swap_in_bad_rate_lower=0.03,
        swap_in_bad_rate_upper=0.08, confidence=0.95,
    )  # fmt: skip


def tuned(
    labels="explored",
    *,
    bad_rate=0.03,
    incumbent=True,
    goal=None,
    certificates=(),
    comparison=None,
    ways=None,
    bad_before=None,
    bad_limit=None,
):
    levels = np.linspace(0.1, 0.9, 30)
    columns = dict.fromkeys(RATES, levels) | {"bad_rate": np.full(30, bad_rate)}
    limits = {
        f"{rate}_{side}": np.full(30, value)
        for rate in RATES
        for side, value in (("lower", 0.01), ("upper", 0.05))
    }
    labelled = {"labelled_bad_rate": 0.02, "labelled_false_rejection_rate": 0.11}
    curve = pd.DataFrame(
        {
            "pd_cutoff": levels / 10,
            **columns,
            **limits,
            "certified": True,
            "model_profit": levels[::-1],
        }
    )
    curve = curve.assign(**labelled)
    if bad_limit is not None:
        curve = curve.assign(gamma_bad_rate_limit=bad_limit)
    before = curve.iloc[5].drop("pd_cutoff").to_dict()
    if bad_before is not None:
        before["bad_rate"] = bad_before
    return TunedCutoff(
        pd_cutoff=float(levels[10] / 10),
        goal=goal or Goal(),
        curve=curve,
        incumbent=before if incumbent else None,
        comparison=comparison,
        certificates=certificates,
        shadow_prices=(PRICE,),
        most_profitable=dict(ways or {}),
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

    def test_shows_what_a_stated_gamma_allows(self):
        found = tuned("approved only", bad_rate=float("nan"), goal=Goal(gamma=2.0))
        sides = {"lower": 0.0211, "upper": 0.0322}
        bounds = {
            f"gamma_{rate}_{side}": value
            for rate in ("bad_rate", "false_rejection_rate")
            for side, value in sides.items()
        }

        text = shown(tradeoff_table(replace(found, curve=found.curve.assign(**bounds))), 140)

        assert "bad rate within Gamma 2" in text
        assert "false rejections within Gamma 2" in text
        assert text.count("2.11–3.22") == text.count("2.1–3.2") == 5  # cut-offs, not the past


class TestWhoIsCertified:
    """Where nobody was approved at random, a certificate is not about all."""

    @pytest.mark.parametrize(
        ("labels", "gamma", "everybody"),
        [("approved only", None, False), ("approved only", 2.0, True), ("explored", None, True)],
    )
    def test_both_tables_say_so(self, labels, gamma, everybody):
        found = tuned(labels, goal=Goal(gamma=gamma), certificates=(certificate(),))

        frontier = re.sub(r"\s+", " ", shown(frontier_table(found), 140))
        tradeoff = re.sub(r"\s+", " ", shown(tradeoff_table(found), 140))

        assert ("chosen, certified*" in frontier) != everybody
        assert ("* for those approved before" in frontier) != everybody
        assert ("certified for those approved before" in tradeoff) != everybody
        assert "certified" in tradeoff


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


class TestFrontierTable:
    def test_shows_levels_of_approval_and_the_choice(self):
        text = shown(frontier_table(tuned()))

        assert "chosen," in text
        assert text.count("certified") >= 9
        assert all(len(line) <= 80 for line in text.splitlines())

    def test_does_not_hide_what_is_unknown(self):
        assert "1.0 to 5.0%" in shown(frontier_table(tuned(bad_rate=np.nan)))


class TestLimitsTable:
    def test_prices_one_more_point(self):
        text = shown(limits_table(tuned()))

        assert re.search(r"bad_rate <= 0\.03 +yes +\+12\.3 +\+1,500", text)
        assert "expected profit" not in text

    def test_names_groups_that_were_not_compared(self):
        found = replace(tuned(), left_out={"a gap by city": {"x": 12, "y": 3}})

        text = " ".join(shown(limits_table(found)).split())

        assert "Not compared, for too few known goods (how many): a gap by city: x (12), y" in text

    def test_names_the_money_that_decides(self):
        found = tuned(goal=Goal(objective="profit"))

        assert "expected profit" in shown(limits_table(found))


class TestTunedWords:
    def words(self, **options):
        return " ".join(sentence for sentence, _ in tuned_words(tuned(**options)))

    def test_says_what_is_certified(self):
        said = self.words(certificates=(certificate(), certificate(rate="approval_rate")))

        assert said.count("Certified (binomial): With 95% confidence") == 2

    def test_says_for_whom_nothing_is_certified(self):
        claim = "With 95% confidence, at most 3% of those whom the past policy approves too."
        found = certificate(claim=claim, breakdown_gamma=2.5)

        said = self.words(labels="approved only", certificates=(found,))

        assert "Certified for those approved before only" in said
        assert "up to 2.5 times those of the approved (breakdown Gamma)" in said

    def test_says_when_no_gamma_breaks_the_cap(self):
        said = self.words(certificates=(certificate(breakdown_gamma=np.inf),))

        assert "are whatever they are" in said

    def test_says_which_limits_are_estimates_only(self):
        goal = Goal(limits=(Limit(rate="bad_rate", at_most=0.03),))

        assert "Not certified: bad_rate <= 0.03." in self.words(goal=goal)

    @pytest.mark.parametrize("objective", ["goods", "profit"])
    def test_says_whether_the_past_policy_is_beaten(self, objective):
        goal = Goal(objective=objective)

        better = self.words(goal=goal, comparison=compared(0.01))
        unsure = self.words(goal=goal, comparison=compared(-0.01))

        assert "Against the past policy, per 1,000 applications, each with 95%" in better
        assert "goods approved +20.0, at least +10.0; profit +3,000, at least +10." in better
        assert "Shown to be no worse" in better
        assert "Keep the past policy." not in better
        assert "Not shown to be no worse than the past policy" in unsure
        assert "Keep the past policy." in unsure

    @pytest.mark.parametrize("labels", ["explored", "approved only"])
    def test_says_on_what_grounds_a_policy_that_may_earn_less_is_no_worse(self, labels):
        limits = (Limit(rate="bad_rate", at_most=0.06),)
        gamma = 2.0 if labels == "approved only" else None
        found = replace(compared(0.01), profit_lower=-0.5)

        said = self.words(
            labels=labels, goal=Goal(limits=limits, gamma=gamma), comparison=found, bad_limit=0.05
        )

        assert "profit +3,000, at least -500. Shown to be no worse" in said
        assert "keeps to bad_rate <= 0.06 for all whom it approves" in said
        assert ("if gamma is no more than 2; it may earn less" in said) == (gamma is not None)

    def test_says_why_more_goods_are_not_enough(self):
        goal = Goal(limits=(Limit(rate="bad_rate", at_most=0.03),))
        found = replace(compared(0.0), profit_lower=-0.5)

        said = self.words(goal=goal, comparison=found)

        assert "it may earn less and break bad_rate <= 0.03 (at most 5.00%)" in said
        assert "Keep the past policy." in said

    def test_counts_no_limit_as_shown_where_reviews_approve_too(self):
        goal = Goal(limits=(Limit(rate="bad_rate", at_most=0.06),))
        found = replace(compared(0.01), profit_lower=-0.5, with_reviews=True)

        said = self.words(goal=goal, comparison=found)

        assert "what is approved after reviews is expected, not shown. Keep the past" in said

    @pytest.mark.parametrize("lower", [0.01, -0.01])
    def test_says_that_reviews_rest_on_what_is_said_of_reviewers(self, lower):
        with_reviews = replace(compared(lower), with_reviews=True)

        said = "(approximate, if reviewers err as stated)"
        assert said in self.words(goal=Goal(), comparison=with_reviews)
        assert said not in self.words(goal=Goal(), comparison=compared(lower))

    def test_does_not_advise_to_keep_a_policy_that_breaks_a_limit(self):
        goal = Goal(limits=(Limit(rate="bad_rate", at_most=0.03),))

        unsure = self.words(goal=goal, comparison=compared(-0.01), bad_before=0.05)

        assert "But that breaks bad_rate <= 0.03: weigh the two." in unsure
        assert "Keep the past policy." not in unsure

    def test_shows_both_ways_of_choosing_the_most_profitable(self):
        levels = np.linspace(0.1, 0.9, 30) / 10
        ways = {"model": float(levels[0]), "estimate": float(levels[9])}

        said = self.words(goal=Goal(objective="profit"), ways=ways)

        assert "model 0.0100, estimate 0.0348" in said
        assert "expected to earn 0.25 less per application" in said


def evaluation(point=0.1234):
    estimate = {"point": point, "lower": 0.05, "upper": 0.2}
    measures = ("auc", "brier", "bad_rate", "approved_bad_rate", "false_rejection_rate")
    worth = dict.fromkeys(measures, estimate) | {
        "assumption": "nothing", "population": "all applicants", "n_rows": 7,
    }  # fmt: skip
    bounds = worth | {name: estimate | {"point": None} for name in measures}
    return {
        "n_applicants": 12_345, "n_known": 7000, "pd_cutoff": 0.07, "approval_rate": 0.6,
        "mean_pd": 0.08, "expected": "the model's own PDs", "confidence": 0.95,
        "worth": {"labelled rows": worth, "bounds, worst case": bounds},
        "overlap": {
            "n_explored": 5, "n_explorable": 100, "n_unreachable": 3, "n_next_to_none": 2,
            "effective_sample_size": 1234.5, "assumption": "luck", "population": "some",
        },
        "left_out": {"doubly robust": "nobody was explored"},
    }  # fmt: skip


class TestEvaluationTable:
    def test_shows_every_estimator_in_80_columns(self):
        text = shown(evaluation_table(evaluation()))

        for words in (
            "12,345 applicants", "7,000 with an outcome", "of 60%", "labelled rows", "0.1234",
            ".050–.200", "12.34%", "5.0–20.0%", "12.3%", "bounds, worst case",
        ):  # fmt: skip
            assert words in text
        assert "…" not in text

    def test_has_a_question_mark_where_there_is_no_number(self):
        found = evaluation()
        found["worth"]["labelled rows"]["auc"] = dict.fromkeys(("point", "lower", "upper"))

        assert "?–?" in shown(evaluation_table(found))


class TestEvaluationNotes:
    def test_say_what_each_rests_on_and_which_are_silent(self):
        notes = evaluation_notes(evaluation())

        assert notes[0] == "• labelled rows: all applicants; rests on this: nothing."
        assert "• No doubly robust estimate: nobody was explored." in notes
        assert "5 of 100 whom the past policy stops were explored" in notes[-2]
        assert notes[-2].endswith("are worth 1,234 and stand for some; rests on this: luck.")
        assert "mean PD of all is 8.00%" in notes[-1]
        assert len(evaluation_notes(evaluation() | {"overlap": None})) == len(notes) - 1
