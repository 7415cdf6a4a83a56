"""riskkit.decisions.swap_set"""

import numpy as np
import pandas as pd
import pytest

from riskkit.decisions import Contender, Outcomes, Policy, decide, swap_set
from riskkit.errors import DataError
from riskkit.lending import Gate, LoanEconomics

ECONOMICS = LoanEconomics(margin=0.1, lgd=0.5, churn=0.1, lifetime_value=0.2)


def policy(pd_cutoff, *gates, **changes):
    record = {
        "created": "2026-01-31T00:00:00Z",
        "gates": gates,
        "pd_cutoff": pd_cutoff,
        "objective": "goods",
        "economics": ECONOMICS,
        "model_hash": "0" * 64,
    }
    return Policy(**(record | changes))


def contender(chosen, pds, table=None):
    table = pd.DataFrame(index=range(len(pds))) if table is None else table
    return Contender(policy=chosen, decisions=decide(chosen, np.asarray(pds), table))


def known(bad, amount=100.0, **changes):
    bad = np.asarray(bad, dtype=float)
    record = {"bad": bad, "propensity": np.ones(len(bad)), "amount": np.full(len(bad), amount)}
    return Outcomes(**(record | changes))


def row(found, name, by="all", group="all"):
    frame = found.frame
    return frame[(frame["by"] == by) & (frame["group"] == group) & (frame["set"] == name)].iloc[0]


class TestSwapSet:
    PDS = (0.05, 0.05, 0.2, 0.2, 0.2, 0.5)

    def test_agrees_with_a_count_by_hand(self):
        found = swap_set(
            contender(policy(0.1), self.PDS),
            contender(policy(0.3), self.PDS),
            known([0, 1, 0, 0, 1, 1], is_truth=True),
        )

        swap_in = row(found, "swap_in")
        assert (swap_in["applicants"], swap_in["goods"], swap_in["bads"]) == (3, 2.0, 1.0)
        assert swap_in["money"] == pytest.approx(2 * 10 - 50)
        assert swap_in["gain"] == pytest.approx(2 * (10 + 2) - 50)
        assert swap_in["basis"] == "true"
        assert row(found, "keep_in")["money"] == pytest.approx(10 - 50)
        assert row(found, "keep_in")["gain"] == 0
        assert row(found, "keep_out")["gain"] == 0
        assert found.goods.point == pytest.approx(2 / 6)
        assert found.bads.point == pytest.approx(1 / 6)
        assert found.gain.point == pytest.approx((2 * 12 - 50) / 6)
        assert found.approval_rates == (2 / 6, 5 / 6)
        assert found.bad_rates[1].point == pytest.approx(2 / 5)

    def test_changes_its_sign_when_the_two_change_places(self):
        one, other = contender(policy(0.1), self.PDS), contender(policy(0.3), self.PDS)
        outcomes = known([0, 1, 0, 0, 1, 1])

        there, back = swap_set(one, other, outcomes), swap_set(other, one, outcomes)

        assert there.gain.point == pytest.approx(-back.gain.point)
        assert there.gain.lower == pytest.approx(-back.gain.upper)
        assert row(there, "swap_in")["applicants"] == row(back, "swap_out")["applicants"]

    def test_prices_each_segment_by_its_own_economics(self):
        rng = np.random.default_rng(0)
        pds, channel = rng.uniform(0.001, 0.3, 4000), rng.choice(["a", "b", "c"], 4000)
        bad = (rng.random(4000) < pds) * 1.0
        rich = LoanEconomics(margin=0.3, lgd=0.5, operating=1.0)
        own = {"a": {"pd_cutoff": 0.05}, "b": {"pd_cutoff": 0.2, "economics": rich}}
        table = pd.DataFrame({"channel": channel})
        alike, apart = policy(0.05), policy(0.05, by="channel", segments=own)
        contenders = [contender(one, pds, table) for one in (alike, apart)]

        found = swap_set(*contenders, known(bad, is_truth=True), by={"channel": channel})

        values = rich.values(np.full(4000, 100.0))
        worth = np.where(
            bad == 1, values.bad_if_approved, values.good_if_approved - values.good_if_stopped
        )
        swapped = (channel == "b") & (pds > 0.05) & (pds <= 0.2)
        assert row(found, "swap_in")["gain"] == pytest.approx(worth[swapped].sum())
        in_b = row(found, "swap_in", by="channel", group="b")
        assert in_b["gain"] == pytest.approx(worth[swapped].sum())
        assert in_b["bads"] == pytest.approx(bad[swapped].sum())
        kept = (pds <= 0.05) & (channel != "c")  # who is of no listed segment is reviewed
        common = ECONOMICS.values(np.full(4000, 100.0))
        money = np.where(
            channel == "b",
            np.where(bad == 1, values.bad_if_approved, values.good_if_approved),
            np.where(bad == 1, common.bad_if_approved, common.good_if_approved),
        )
        assert row(found, "keep_in")["money"] == pytest.approx(money[kept].sum())

    def test_counts_heads_alike_whatever_they_are_worth(self):
        rng = np.random.default_rng(1)
        pds, channel = rng.uniform(0.001, 0.3, 4000), rng.choice(["a", "b"], 4000)
        propensity = np.where(pds > 0.05, 0.2, 1.0)
        bad = np.where(rng.random(4000) < propensity, rng.random(4000) < pds, np.nan)
        table = pd.DataFrame({"channel": channel})

        def compared(economics):
            own = {"a": {"pd_cutoff": 0.05}, "b": {"pd_cutoff": 0.2, "economics": economics}}
            apart = policy(0.05, by="channel", segments=own)
            pair = [contender(one, pds, table) for one in (policy(0.05), apart)]
            return swap_set(*pair, known(bad, propensity=propensity))

        alike, apart = compared(None), compared(LoanEconomics(margin=0.3))
        heads = [c for c in alike.frame if not c.startswith(("money", "gain"))]
        pd.testing.assert_frame_equal(alike.frame[heads], apart.frame[heads])
        assert alike.goods.upper == pytest.approx(apart.goods.upper)
        assert alike.gain.point < apart.gain.point

    def test_finds_no_difference_between_a_policy_and_itself(self):
        one = contender(policy(0.1), self.PDS)

        found = swap_set(one, one, known([0, 1, 0, 0, np.nan, np.nan]))

        assert (found.goods.point, found.gain.lower, found.gain.upper) == (0, 0, 0)
        assert set(found.frame["set"]) == {"keep_in", "keep_out"}

    def test_bounds_whom_the_past_policy_never_approved(self):
        found = swap_set(
            contender(policy(0.1), self.PDS),
            contender(policy(0.3), self.PDS),
            known([0, 0, 0, np.nan, np.nan, np.nan], propensity=np.array([1, 1, 1, 0, 0, 0.0])),
        )

        swap_in = row(found, "swap_in")
        assert swap_in["basis"] == "bounded"
        assert np.isnan(swap_in["goods"])
        assert swap_in["goods_upper"] == pytest.approx(3)
        assert swap_in["goods_lower"] <= 1
        assert np.isnan(found.gain.point)
        assert found.gain.lower <= (12 - 2 * 50) / 6
        assert found.gain.upper >= 36 / 6

    def test_says_what_each_set_rests_on(self):
        pds = np.r_[np.full(50, 0.05), np.full(50, 0.2)]
        bad = np.r_[np.zeros(50), np.where(np.arange(50) < 10, 0.0, np.nan)]
        outcomes = known(bad, propensity=np.r_[np.ones(50), np.full(50, 0.2)])

        found = swap_set(contender(policy(0.1), pds), contender(policy(0.3), pds), outcomes)

        assert row(found, "keep_in")["basis"] == "observed"
        assert row(found, "swap_in")["basis"] == "corrected"

    def test_tells_segments_and_gates_apart(self):
        phone = Gate(cause="profile", column="phone", comparison="==", value=1)
        table = pd.DataFrame({"phone": [1, 0, 1, 0, 1, 1]})
        channel = ["app", "app", "shop", "shop", None, "app"]

        found = swap_set(
            contender(policy(0.1, phone), self.PDS, table),
            contender(policy(0.3), self.PDS, table),
            known([0, 1, 0, 0, 1, 1]),
            by={"channel": channel},
        )

        assert row(found, "swap_in", "gate", "profile")["applicants"] == 2
        assert row(found, "swap_in", "gate", "score")["applicants"] == 2
        assert row(found, "keep_out", "gate", "score")["applicants"] == 1
        assert row(found, "swap_in", "channel", "shop")["share"] == 1
        assert row(found, "swap_in", "channel", "(missing)")["applicants"] == 1
        by_channel = found.frame[found.frame["by"] == "channel"]
        assert by_channel["gain"].sum() == pytest.approx(row(found, "swap_in")["gain"])

    def test_counts_reviews_as_their_reviewers_decide(self):
        review = {
            "cost": 1.0, "capacity_per_day": 9,
            "share_wrong_approved": 0.25, "share_wrong_rejected": 0.1,
        }  # fmt: skip
        banded = policy(0.1, review_up_to=0.3, review=review)

        found = swap_set(
            contender(policy(0.1), self.PDS),
            contender(banded, self.PDS),
            known([0, 1, 0, 0, 1, 1]),
        )

        assert found.n_reviews == (0, 3)
        assert found.goods.point == pytest.approx(2 * 0.9 / 6)
        assert found.bads.point == pytest.approx(0.25 / 6)
        assert found.gain.point == pytest.approx((2 * 0.9 * 12 - 0.25 * 50 - 3 * 1.0) / 6)
        assert row(found, "keep_out")["applicants"] == 4
        assert row(found, "keep_out", "gate", "review")["applicants"] == 3

    def test_compares_the_same_applicants_only(self):
        with pytest.raises(DataError, match="champion has 6, challenger 5 and outcomes 6"):
            swap_set(
                contender(policy(0.1), self.PDS),
                contender(policy(0.1), self.PDS[:5]),
                known(np.zeros(6)),
            )


def drawn(seed, *, weighted=True, n=4000):
    """Draw applicants some of whom were approved at random, and estimate.

    Beside the PDs, a factor that only the past policy saw decides whom it approves for sure.
    """
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=n)
    seen = rng.normal(-2.5, 0.8, size=n)
    bad = rng.random(n) < 1 / (1 + np.exp(-seen - hidden))
    sure = seen + hidden < -2.2
    propensity = np.where(sure, 1.0, 0.25)
    approved = rng.random(n) < propensity
    pds = 1 / (1 + np.exp(-seen))
    amount = rng.gamma(4, 25, size=n)
    outcomes = known(
        np.where(approved, bad, np.nan),
        propensity=propensity if weighted else np.ones(n),
        amount=amount,
    )
    old, new = contender(policy(0.06), pds), contender(policy(0.12), pds)
    return swap_set(old, new, outcomes)


def expected(n=2_000_000):
    rng = np.random.default_rng(10**6)
    hidden, seen = rng.normal(size=n), rng.normal(-2.5, 0.8, size=n)
    chance = 1 / (1 + np.exp(-seen - hidden))
    pds = 1 / (1 + np.exp(-seen))
    swap_in = (pds > 0.06) & (pds <= 0.12)
    gain = 100 * swap_in * ((1 - chance) * 0.12 - chance * 0.5)
    return (swap_in * (1 - chance)).mean(), gain.mean(), chance[swap_in].mean()


@pytest.mark.slow
class TestCoverage:
    REPEATS = 120

    def coverage(self, **changes):
        goods, gain, bad_rate = expected()
        found = [drawn(seed, **changes) for seed in range(self.REPEATS)]
        swap_ins = [row(one, "swap_in") for one in found]
        return (
            np.mean([one.goods.lower <= goods <= one.goods.upper for one in found]),
            np.mean([one.gain.lower <= gain <= one.gain.upper for one in found]),
            np.mean([r["bad_rate_lower"] <= bad_rate <= r["bad_rate_upper"] for r in swap_ins]),
        )

    def test_intervals_hold_the_truth_as_often_as_they_say(self):
        assert min(self.coverage()) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / self.REPEATS)

    def test_the_same_check_catches_those_who_count_labelled_rows_only(self):
        _, gain, bad_rate = self.coverage(weighted=False)

        assert max(gain, bad_rate) < 0.85
