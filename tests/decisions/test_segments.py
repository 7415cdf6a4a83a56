"""riskkit.decisions.segments"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import special

from riskkit.applicants import Applications, History
from riskkit.decisions import (
    WORTH_IT,
    Goal,
    ledger_by,
    segment_path,
    tune_segments,
    tuning_plan,
    zero_default_sample_size,
)
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import LoanEconomics, parse_limit

SHARES = {"app": 0.5, "shop": 0.3, "web": 0.2}
OWN = {"app": LoanEconomics(margin=0.03), "web": LoanEconomics(margin=0.15)}


def draw(n=8000, *, off=0.0, seed=0, exploration=None, shares=SHARES):
    rng = np.random.default_rng(seed)
    channel = rng.choice(list(shares), n, p=list(shares.values()))
    log_odds = -3.2 + 1.1 * rng.normal(size=n)
    moved = np.vectorize({"app": off, "shop": -off, "web": -off, "kiosk": 0.0}.get)(channel)
    true_pds = special.expit(log_odds + moved)
    bad = (rng.random(n) < true_pds) * 1.0
    approved, propensity = np.ones(n, dtype=bool), None
    if exploration is not None:
        propensity = np.where(log_odds + 0.5 * rng.normal(size=n) <= -2.6, 1.0, exploration)
        approved = rng.random(n) < propensity
    ids = np.array([f"a{i}" for i in range(n)], dtype=object)
    table = pd.DataFrame({"channel": channel})
    applications = Applications(ids=ids, groups=ids, features=table, table=table,
                                amount=np.full(n, 100.0), time=None)  # fmt: skip
    history = History(
        applications=applications, approved=approved, reached=np.ones(n, dtype=bool),
        matured=np.ones(n, dtype=bool), bad=np.where(approved, bad, np.nan),
        propensity=propensity, weight=None,
    )  # fmt: skip
    return history, special.expit(log_odds), true_pds


def tuned(
    limit="bad_rate <= 0.03", *, objective="goods", economics=None, n=8000, seed=0, **options
):
    development, development_pds, _ = draw(n, seed=1000 + seed, **options)
    history, pds, _ = draw(n, seed=seed, **options)
    goal = Goal(objective=objective, limits=(parse_limit(limit),) if limit else ())
    own = economics or {}
    path = segment_path(
        ledger_by(development, development_pds, "channel"), goal=goal,
        economics=own,
    )  # fmt: skip
    plan = tuning_plan(development, development_pds)
    return tune_segments(history, pds, path=path, plan=plan, goal=goal, economics=own)


def risky_kiosk(n, *, seed, upside_down=False):
    """Draw a small risky segment of which few are approved; upside down, those are its worst."""
    history, pds, _ = draw(n, seed=seed, shares={"app": 0.95, "kiosk": 0.05})
    kiosk = (history.applications.table["channel"] == "kiosk").to_numpy()
    pds = np.where(kiosk, special.expit(special.logit(pds) + 1.6), pds)
    true_pds = np.where(pds < 0.04, 0.2, 0.001) if upside_down else pds
    bad = np.random.default_rng([seed, 1]).random(n) < true_pds
    return replace(history, bad=np.where(kiosk, bad, history.bad)), pds


class TestTuneSegments:
    @pytest.mark.parametrize("seed", range(3))
    def test_says_that_one_cutoff_does_where_pds_are_right(self, seed):
        found = tuned(seed=seed)

        assert found.case == "one cut-off"
        assert found.gains.of_segments < 0.002

    @pytest.mark.parametrize("exploration", [None, 0.1])
    def test_recommends_recalibration_where_pds_are_off(self, exploration):
        found = tuned(off=0.5, exploration=exploration)

        assert found.case == "recalibrate"
        assert found.gains.of_recalibration > 0.02
        # Recalibration gains all that segments gain.
        assert found.gains.of_segments_alone < 0.002

    def test_says_that_only_segments_gain_where_margins_differ(self):
        found = tuned(objective="profit", economics=OWN)

        assert found.case == "economics"
        assert found.gains.of_segments_alone > 0.005
        assert found.cutoffs["app"] < found.cutoffs["shop"] < found.cutoffs["web"]
        assert set(found.own_economics) == {"app", "web"}

    def test_earns_more_than_one_cutoff_in_truth_where_margins_differ(self):
        found = tuned(objective="profit", economics=OWN)
        history, pds, true_pds = draw(100_000, seed=77)
        channel = history.applications.table["channel"].to_numpy()

        def earned(cutoffs):
            total = 0.0
            for name, cutoff in cutoffs.items():
                rows = (channel == name) & (pds <= cutoff)
                worth = OWN.get(name, LoanEconomics()).values(np.full(rows.sum(), 100.0))
                good = worth.good_if_approved - worth.good_if_stopped
                total += ((1 - true_pds[rows]) * good).sum()
                total += (true_pds[rows] * worth.bad_if_approved).sum()
            return total

        assert earned(found.cutoffs) > 1.005 * earned(dict.fromkeys(SHARES, found.one.pd_cutoff))

    def test_never_finds_goods_worth_more_in_one_segment_than_in_another(self):
        found = tuned("bad_rate <= 0.03", economics=OWN, exploration=0.05, seed=4)

        alike = tuned("bad_rate <= 0.03", exploration=0.05, seed=4)
        assert found.cutoffs == alike.cutoffs
        assert found.gains == alike.gains
        assert found.gains.of_segments_alone < WORTH_IT

    def test_shows_each_segment_beside_one_cutoff(self):
        found = tuned(off=0.5)
        table = found.table.set_index("segment")
        n = table["applicants"]

        assert table.index.tolist() == ["app", "shop", "web", "all"]
        assert n["all"] == n[:-1].sum()
        for prefix in ("", "one_"):
            approved = (n * table[f"{prefix}approval_rate"])[:-1].sum() / n["all"]
            assert approved == pytest.approx(table.loc["all", f"{prefix}approval_rate"], abs=1e-9)
        assert table.loc["app", "pd_cutoff"] < table.loc["web", "pd_cutoff"]
        assert table.loc["all", "bad_rate"] <= 0.03

    def test_counts_the_money_of_each_segment_by_its_own_economics(self):
        found = tuned(objective="profit", economics=OWN)
        table = found.table.set_index("segment")
        share = table["applicants"][:-1] / table.loc["all", "applicants"]

        assert table.loc["all", "profit"] == pytest.approx((share * table["profit"][:-1]).sum())
        assert found.tuned.chosen["profit"] == pytest.approx(table.loc["all", "profit"])
        assert found.tuned.chosen["profit_lower"] < found.tuned.chosen["profit"]

    def test_certifies_the_portfolio_without_calling_a_level_a_pd(self):
        found = tuned("bad_rate <= 0.04 @ 95%", off=0.4)
        (certificate,) = found.tuned.certificates

        assert "approved by the cut-off of their channel" in certificate.claim
        assert "PD" not in certificate.claim
        assert certificate.method == "binomial by channel"

    def test_claims_each_segment_at_its_share_of_delta_or_says_why_not(self):
        found = tuned(
            "bad_rate <= 0.08 @ 95%",
            objective="profit",
            shares=SHARES | {"app": 0.497, "kiosk": 0.003},
        )
        needed = zero_default_sample_size(0.08, 0.05 / 4)

        assert found.claims["app"] == "certified: bad_rate <= 0.08 with 0.988 confidence"
        assert found.claims["kiosk"].startswith("not certifiable: ")
        assert f"at least {needed:,} needed" in found.claims["kiosk"]

    def test_does_not_claim_of_a_segment_what_only_the_portfolio_shows(self):
        found = tuned("bad_rate <= 0.04 @ 95%", off=0.4)

        assert any(claim.startswith("not certifiable at") for claim in found.claims.values())

    @pytest.mark.parametrize("seed", [6, 7])
    def test_claims_nothing_of_a_segment_at_a_cutoff_that_was_never_tested(self, seed):
        development, development_pds = risky_kiosk(20_000, seed=500 + seed)
        history, pds = risky_kiosk(12_000, seed=600 + seed, upside_down=True)
        goal = Goal(objective="goods", limits=(parse_limit("bad_rate <= 0.03 @ 95%"),))
        path = segment_path(
            ledger_by(development, development_pds, "channel"), goal=goal, economics={}
        )
        plan = tuning_plan(development, development_pds)

        found = tune_segments(history, pds, path=path, plan=plan, goal=goal, economics={})

        # In truth 9 to 11 % of those approved there turn bad.
        assert found.claims["kiosk"].startswith("not certifiable at this cut-off: too few")

    def test_makes_no_claims_without_a_confidence(self):
        assert tuned().claims == {}

    def test_counts_segments_that_the_path_lacks_as_not_approved(self):
        development, development_pds, _ = draw(seed=5)
        history, pds, _ = draw(seed=6, shares=SHARES | {"app": 0.4, "kiosk": 0.1})
        goal = Goal(limits=(parse_limit("bad_rate <= 0.03"),))
        path = segment_path(
            ledger_by(development, development_pds, "channel"), goal=goal,
            economics={},
        )  # fmt: skip

        found = tune_segments(
            history, pds, path=path, plan=tuning_plan(development, development_pds), goal=goal,
            economics={},
        )  # fmt: skip

        n_kiosk = int((history.applications.table["channel"] == "kiosk").sum())
        assert found.unseen == {"kiosk": n_kiosk}
        assert found.table.set_index("segment").loc["kiosk", "approval_rate"] == 0

    def test_covers_applicants_with_an_outcome_where_nobody_was_explored(self):
        found = tuned("bad_rate <= 0.02", off=0.4, exploration=0.0)

        assert found.tuned.labels == "approved only"
        assert found.table["bad_rate"].notna().all()

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("limit", "exploration", "at_least", "at_most"),
        [
            ("bad_rate <= 0.04 @ 90%", None, 0.0, 0.25),  # 10 % at most; over 5 of 20 is no chance
            ("bad_rate <= 0.04 @ 90%", 0.2, 0.0, 0.25),
            ("bad_rate <= 0.04", None, 0.3, 1.0),  # an estimate that is not certified
        ],
    )
    def test_breaks_a_cap_in_few_samples_where_certified(
        self, limit, exploration, at_least, at_most
    ):
        history, pds, true_pds = draw(200_000, off=0.4, seed=99)
        channel = history.applications.table["channel"]
        broken = []
        for seed in range(20):
            try:
                found = tuned(limit, off=0.4, seed=seed, exploration=exploration)
            except InfeasibleCutoffError:
                broken.append(False)
                continue
            rows = found.path.levels_of(pds, channel) <= found.tuned.pd_cutoff
            broken.append(true_pds[rows].mean() > 0.04)

        assert at_least <= np.mean(broken) <= at_most

    def test_refuses_weights_that_differ(self):
        history, pds, _ = draw(400, seed=3)
        weighted = replace(history, weight=np.linspace(1, 2, 400))
        goal = Goal(objective="goods", limits=(parse_limit("bad_rate <= 0.03"),))
        plan = tuning_plan(history, pds)
        path = segment_path(ledger_by(history, pds, "channel"), goal=goal, economics={})

        with pytest.raises(DataError, match=r"weights differ; leave by out"):
            tune_segments(weighted, pds, path=path, plan=plan, goal=goal, economics={})

    def test_asks_for_a_column_of_the_table(self):
        history, pds, _ = draw(100)

        with pytest.raises(DataError, match=r"^by must name a column .* 'city' is none"):
            ledger_by(history, pds, "city")

    def test_asks_for_economics_of_segments_that_are_there(self):
        history, pds, _ = draw(500)
        goal = Goal(limits=(parse_limit("bad_rate <= 0.03"),))
        path = segment_path(
            ledger_by(history, pds, "channel"), goal=goal,
            economics={},
        )  # fmt: skip

        with pytest.raises(DataError, match=r"\(app, shop, web\), but 'mall' is none\.$"):
            tune_segments(history, pds, path=path, plan=tuning_plan(history, pds), goal=goal,
                          economics={"mall": LoanEconomics()})  # fmt: skip

    def test_needs_economics_that_can_pay_in_every_segment(self):
        with pytest.raises(DataError, match=r"make every loan unprofitable"):
            tuned(objective="profit", economics={"app": LoanEconomics(margin=0.0, funding=0.2)})


class TestGains:
    def test_follow_by_hand(self):
        found = tuned(off=0.5)
        gains = replace(found.gains, one_cutoff=100.0, recalibrated=102.0, by_segment=103.02)

        assert gains.of_recalibration == pytest.approx(0.02)
        assert gains.of_segments_alone == pytest.approx(0.01)
        assert gains.of_segments == pytest.approx(0.0302)
