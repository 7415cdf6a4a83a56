"""riskkit.decisions.review"""

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import special

from riskkit.decisions import (
    Goal,
    Policy,
    ReviewTerms,
    ScoredOutcomes,
    busy_day,
    cutoff_grid,
    edge_above,
    score_ledger,
    segment_path,
    tune_review,
    tune_review_by_segment,
)
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import LoanEconomics, parse_limit

EDGES = np.array([0.01, 0.02, 0.04, 0.07, 0.12, 0.25, 1.0])
TERMS = ReviewTerms(
    cost=2.0, capacity_per_day=15, share_wrong_approved=0.25, share_wrong_rejected=0.1
)
ECONOMICS = LoanEconomics(margin=0.06, lgd=0.8, operating=0.5)


def draw(n=5000, *, seed=0):
    rng = np.random.default_rng(seed)
    pds = special.expit(-2.8 + 1.1 * rng.normal(size=n))
    return pds, (rng.random(n) < pds) * 1.0, rng.uniform(50, 400, n).round(2)


def ledger_of(n=5000, *, seed=0, edges=None, by=False):
    pds, bad, amount = draw(n, seed=seed)
    channel = np.random.default_rng(seed).choice(["app", "shop"], n)
    return score_ledger(
        ScoredOutcomes(pds=pds, bad=bad, propensity=np.ones(n), amount=amount,
                       by={"channel": channel} if by else {}),
        edges=edges,
    )  # fmt: skip


def goal_of(objective="goods", limit="bad_rate <= 0.05"):
    limits = (parse_limit(limit),) if limit else ()
    return Goal(objective=objective, limits=limits, economics=ECONOMICS)


def tuned(ledger, *, goal=None, terms=TERMS, cutoffs=EDGES, **options):
    return tune_review(
        ledger, cutoffs, goal=goal or goal_of(), terms=terms, applicants_per_day=100, **options
    )


def by_hand(ledger, objective, cap):
    """Search all pairs of edges with sums over the bands written out."""
    from riskkit.decisions import band_model

    rates = band_model(ledger).bad_rates[0]
    n = ledger.all_groups("applicants")[0].astype(float)
    amount = ledger.all_groups("amount")[0] / 100
    worth = ECONOMICS.values([1.0])
    gain = float(worth.good_if_approved[0] + ECONOMICS.operating - worth.good_if_stopped[0])
    loss = float(worth.bad_if_approved[0] + ECONOMICS.operating)
    best = -np.inf
    for first in range(len(EDGES) + 1):
        for last in range(first, len(EDGES) + 1):
            if first == 0 and last > 0:
                continue
            sure, looked = slice(0, first), slice(first, last)
            if n[looked].sum() > 0.15 * n.sum():
                continue
            bads = (n * rates)[sure].sum() + 0.25 * (n * rates)[looked].sum()
            goods = (n * (1 - rates))[sure].sum() + 0.9 * (n * (1 - rates))[looked].sum()
            if cap is not None and bads > cap * (bads + goods) + 1e-6:
                continue
            value = goods
            if objective == "profit":
                good_money = amount * (1 - rates) * gain - ECONOMICS.operating * n * (1 - rates)
                bad_money = amount * rates * loss - ECONOMICS.operating * n * rates
                value = good_money[sure].sum() + bad_money[sure].sum()
                value += 0.9 * good_money[looked].sum() + 0.25 * bad_money[looked].sum()
                value -= 2.0 * n[looked].sum()
            best = max(best, value)
    return best / n.sum()


class TestTuneReview:
    @pytest.mark.parametrize(
        ("objective", "cap"), [("goods", 0.05), ("goods", 0.03), ("profit", 0.04), ("profit", None)]
    )
    def test_equals_a_search_by_hand(self, objective, cap):
        for seed in range(5):
            ledger = ledger_of(seed=seed, edges=EDGES)
            goal = goal_of(objective, None if cap is None else f"bad_rate <= {cap}")

            band = tuned(ledger, goal=goal).band

            found = band.profit if objective == "profit" else band.goods
            assert found == pytest.approx(by_hand(ledger, objective, cap), rel=1e-9)

    def test_is_never_worse_than_one_cutoff(self):
        for seed in range(10):
            found = tuned(ledger_of(500, seed=seed, edges=EDGES))

            assert found.goods_gain >= -1e-12
            assert found.reviews_per_day <= 15 + 1e-6
            assert found.band.bad_rate <= 0.05 + 1e-9

    def test_says_where_only_a_band_keeps_to_the_goal(self):
        limits = tuple(map(parse_limit, ("bad_rate <= 0.05", "false_rejection_rate <= 0.5")))
        goal = Goal(objective="goods", limits=limits, economics=ECONOMICS)
        pds = np.linspace(0.001, 0.3, 3000)
        ledger = score_ledger(
            ScoredOutcomes(pds=pds, bad=(np.arange(3000) % 97 < 97 * pds) * 1.0,
                           propensity=np.ones(3000), amount=np.full(3000, 100.0))
        )  # fmt: skip
        terms = ReviewTerms(
            cost=1, capacity_per_day=100, share_wrong_approved=0.1, share_wrong_rejected=0.05
        )

        found = tuned(ledger, goal=goal, terms=terms, cutoffs=cutoff_grid(edge_above(pds)).cutoffs)

        assert found.has_band
        assert found.one is None
        assert found.goods_gain is found.profit_gain is None

    def test_gives_a_lender_without_capacity_none(self):
        terms = TERMS.model_copy(update={"capacity_per_day": 0})

        found = tuned(ledger_of(edges=EDGES), terms=terms)

        assert not found.has_band
        assert found.band == found.one
        assert found.goods_gain == found.profit_gain == found.reviews_per_day == 0

    def test_tells_apart_what_reviews_brought(self):
        ledger = ledger_of(edges=EDGES)
        band = tuned(ledger, goal=goal_of("profit", None)).band
        none = TERMS.model_copy(update={"capacity_per_day": 0})

        sure = tuned(
            ledger,
            goal=goal_of("profit", None),
            terms=none,
            approve_between=(band.pd_cutoff, band.pd_cutoff),
        ).band

        assert band.goods - band.reviewed_goods == pytest.approx(sure.goods)
        assert band.profit - band.reviewed_profit == pytest.approx(sure.profit)

    def test_gives_none_where_reviewers_guess(self):
        terms = TERMS.model_copy(update={"share_wrong_approved": 0.9, "share_wrong_rejected": 0.1})

        assert not tuned(ledger_of(edges=EDGES), goal=goal_of("profit", None), terms=terms).has_band

    def test_gives_none_where_a_review_costs_more_than_a_good_brings(self):
        terms = TERMS.model_copy(update={"cost": 500.0})

        assert not tuned(ledger_of(edges=EDGES), goal=goal_of("profit", None), terms=terms).has_band

    def test_reviews_more_with_more_capacity(self):
        reviewed = [
            tuned(
                ledger_of(edges=EDGES),
                terms=TERMS.model_copy(update={"capacity_per_day": capacity}),
            ).goods_gain
            for capacity in (0, 5, 20, 80)
        ]

        assert reviewed == sorted(reviewed)
        assert reviewed[-1] > reviewed[0]

    def test_begins_at_a_cutoff_that_is_given(self):
        found = tuned(ledger_of(edges=EDGES), approve_between=(0.04, 0.04))

        assert found.band.pd_cutoff == found.one.pd_cutoff == 0.04

    def test_makes_less_room_where_the_pds_are_raised(self):
        ledger = ledger_of(edges=EDGES)

        assert tuned(ledger, offset=0.5).band.goods < tuned(ledger).band.goods

    def test_comes_true_on_new_applicants(self):
        gains, promised = [], []
        for seed in range(10):
            pds, _, _ = draw(20_000, seed=seed)
            found = tuned(
                ledger_of(20_000, seed=seed), cutoffs=cutoff_grid(edge_above(pds)).cutoffs
            )
            rng = np.random.default_rng(900 + seed)
            new_pds, bad, _ = draw(50_000, seed=500 + seed)
            approved = new_pds <= found.band.pd_cutoff
            looked = ~approved & (new_pds <= found.band.review_up_to)
            chance = np.where(bad == 1, 0.25, 0.9)
            final = approved | (looked & (rng.random(50_000) < chance))
            one = new_pds <= found.one.pd_cutoff
            gains.append((final & (bad == 0)).mean() - (one & (bad == 0)).mean())
            promised.append(found.goods_gain)
            assert looked.mean() == pytest.approx(found.band.reviewed, abs=0.01)
            assert bad[final].mean() == pytest.approx(0.05, abs=0.006)

        assert np.mean(gains) == pytest.approx(np.mean(promised), abs=0.002)
        assert np.mean(gains) > 0.05

    def test_says_that_nothing_keeps_to_the_limit(self):
        goal = Goal(limits=(parse_limit("bad_rate <= 0.02"), parse_limit("approval_rate >= 0.95")))

        with pytest.raises(InfeasibleCutoffError, match=r"^No review band keeps to bad_rate"):
            tuned(ledger_of(edges=EDGES), goal=goal)

    def test_needs_applicants(self):
        with pytest.raises(DataError, match=r"^applicants_per_day must be above 0, but is 0"):
            tune_review(ledger_of(edges=EDGES), EDGES, goal=goal_of(), terms=TERMS,
                        applicants_per_day=0)  # fmt: skip


class TestTuneReviewBySegment:
    def test_is_that_of_all_where_segments_do_not_differ(self):
        ledger = ledger_of(20_000, by=True)
        path = segment_path(ledger, goal=goal_of(), economics={})
        options = {"goal": goal_of(), "terms": TERMS, "applicants_per_day": 100}

        by_segment = tune_review_by_segment(
            ledger, path, economics=dict.fromkeys(("app", "shop"), ECONOMICS), **options
        )
        together = tune_review(ledger, path.grid.cutoffs, **options)

        assert by_segment.band.goods == pytest.approx(together.band.goods, abs=0.005)
        ends = path.at(by_segment.band.review_up_to)
        starts = path.at(by_segment.band.pd_cutoff)
        assert all(starts[name] <= ends[name] for name in ends)


class TestBusyDay:
    def test_counts_days_without_anybody(self):
        days = np.array(["2026-01-01"] * 3 + ["2026-01-20"], dtype="datetime64[D]")

        assert busy_day(days, share=0.5) == 0
        assert busy_day(days, share=1.0) == 3

    def test_needs_a_time(self):
        with pytest.raises(DataError, match=r"no applicant has a time"):
            busy_day(np.array([], dtype="datetime64[D]"))


class TestReviewTerms:
    @pytest.mark.parametrize(
        ("field", "value"),
        [("capacity_per_day", -1), ("cost", -0.5), ("share_wrong_approved", 1.2),
         ("share_wrong_rejected", -0.1)],
    )  # fmt: skip
    def test_refuse_what_cannot_be(self, field, value):
        with pytest.raises(ValidationError, match=field):
            ReviewTerms.model_validate({"capacity_per_day": 5, field: value})

    def test_stand_in_the_policy_with_the_band(self):
        found = tuned(
            ledger_of(edges=EDGES), terms=TERMS.model_copy(update={"capacity_per_day": 60})
        )

        policy = Policy(
            created="2026-01-31T00:00:00Z", pd_cutoff=found.band.pd_cutoff,
            review_up_to=found.band.review_up_to, review=TERMS, objective="goods",
            economics=ECONOMICS, model_hash="",
        )  # fmt: skip

        assert policy.review == TERMS
