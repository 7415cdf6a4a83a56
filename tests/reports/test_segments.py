"""riskkit.reports.segments"""

from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from riskkit.applicants import Applications, History
from riskkit.decisions import (
    Goal,
    ReviewTerms,
    cutoff_grid,
    edge_above,
    ledger_by,
    segment_path,
    tune_review,
    tune_segments,
    tuning_plan,
)
from riskkit.lending import parse_limit
from riskkit.reports import review_table, review_words, segments_table, segments_words


def printed(table):
    console = Console(width=160, file=StringIO())
    console.print(table)
    return console.file.getvalue()


@pytest.fixture(scope="module")
def history():
    rng = np.random.default_rng(0)
    log_odds = -3 + rng.normal(size=6000)
    channel = rng.choice(["app", "shop"], 6000)
    off = np.where(channel == "app", 0.5, -0.5)
    ids = np.arange(6000).astype(str).astype(object)
    table = pd.DataFrame({"channel": channel})
    applications = Applications(ids=ids, groups=ids, features=table, table=table,
                                amount=np.full(6000, 100.0), time=None)  # fmt: skip
    everybody = np.ones(6000, dtype=bool)
    bad = (rng.random(6000) < 1 / (1 + np.exp(-log_odds - off))) * 1.0
    history = History(applications=applications, approved=everybody, reached=everybody,
                      matured=everybody, bad=bad, propensity=None, weight=None)  # fmt: skip
    return history, 1 / (1 + np.exp(-log_odds))


@pytest.fixture(scope="module")
def tuned(history):
    sample, pds = history
    goal = Goal(limits=(parse_limit("bad_rate <= 0.04 @ 90%"),))
    path = segment_path(ledger_by(sample, pds, "channel"), goal=goal, economics={})
    return tune_segments(
        sample, pds, path=path, plan=tuning_plan(sample, pds), goal=goal, economics={}
    )


@pytest.fixture(scope="module")
def review(history):
    sample, pds = history
    return tune_review(
        ledger_by(sample, pds, None), cutoff_grid(edge_above(pds)).cutoffs,
        goal=Goal(limits=(parse_limit("bad_rate <= 0.04"),)), applicants_per_day=100.0,
        terms=ReviewTerms(cost=1, capacity_per_day=20, share_wrong_approved=0.3,
                          share_wrong_rejected=0.1),
    )  # fmt: skip


def said(words):
    return " ".join(text for text, _ in words)


class TestSegmentsTable:
    def test_shows_every_segment_beside_one_cutoff(self, tuned):
        text = printed(segments_table(tuned))

        assert text.count("  one  ") == 3
        for segment in ("app", "shop", "all"):
            assert segment in text

    def test_leaves_one_cutoff_out_where_there_is_none(self, tuned):
        assert "  one  " not in printed(segments_table(replace(tuned, one=None)))


class TestSegmentsWords:
    def test_recommend_recalibration_first_where_pds_are_off(self, tuned):
        text = said(segments_words(tuned))

        assert "Recalibrate by channel first" in text
        assert "more goods approved" in text

    def test_say_that_only_segments_gain_where_money_differs(self, tuned):
        assert "which recalibration would not" in said(
            segments_words(replace(tuned, case="economics"))
        )

    def test_say_that_one_cutoff_does(self, tuned):
        text = said(segments_words(replace(tuned, case="one cut-off")))

        assert "One cut-off is already the best" in text
        assert "Leave --by out" in text

    def test_print_the_duality_gap(self, tuned):
        exact = said(segments_words(tuned))
        optimum = replace(tuned.optimum, exact=False, bound=1.01 * tuned.optimum.value)

        assert "no other choice is better" in exact
        assert "better by more than 1.000%" in said(segments_words(replace(tuned, optimum=optimum)))

    def test_tell_claims_and_unseen_segments(self, tuned):
        text = said(segments_words(replace(tuned, unseen={"kiosk": 12}, one=None)))

        assert "kiosk (12)" in text
        assert "app: " in text
        assert "No single cut-off reaches this goal" in text


class TestReviewTable:
    def test_shows_the_band_beside_one_cutoff(self, review):
        text = printed(review_table(review))

        assert "one cut-off" in text
        assert "review band" in text

    def test_leaves_one_cutoff_out_where_there_is_none(self, review):
        assert "one cut-off" not in printed(review_table(replace(review, one=None)))


class TestReviewWords:
    def test_say_that_only_the_band_keeps_to_the_goal(self, review):
        text = said(review_words(replace(review, one=None)))

        assert text.startswith("No single cut-off keeps to the goal")
        assert "beside one cut-off" not in text

    def test_tell_goods_money_and_load(self, review):
        text = said(review_words(review))

        assert "goods per 1,000 applications beside one cut-off" in text
        assert "reviews on a day with 100 applicants, of 20" in text
        assert "30% of the bads get approved" in text

    def test_tell_why_there_is_no_band(self, review):
        none = replace(review, band=review.one)
        without = review.terms.model_copy(update={"capacity_per_day": 0})

        assert "none is better than one cut-off" in said(review_words(none))
        assert "no capacity" in said(review_words(replace(none, terms=without)))
