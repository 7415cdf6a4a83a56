"""riskkit.decisions.cutoff"""

import re
from dataclasses import replace

import numpy as np
import pytest

from riskkit.decisions import Goal, history_ledger, rates_at, tune_cutoff, tuning_plan
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics, parse_limit


def cap(at_most, confidence=None):
    return Limit(rate="bad_rate", at_most=at_most, confidence=confidence)


def tuned(make, *, goal, **options):
    development = make(seed=1, **options)
    plan = tuning_plan(development.history, development.pds)
    tuning = make(seed=2, **options)
    return tune_cutoff(tuning.history, tuning.pds, plan=plan, goal=goal)


def true_bad_rate(make, cutoff):
    everybody = make(400_000, seed=99)
    return everybody.true_bad[everybody.at_gate() & (everybody.pds <= cutoff)].mean()


class TestTuneCutoff:
    def test_certifies_a_cap_that_holds(self, population):
        found = tuned(population, goal=Goal(limits=(cap(0.04, 0.95),)))

        assert found.certificates[0].method == "binomial"
        assert true_bad_rate(population, found.pd_cutoff) <= 0.04
        assert found.curve.loc[found.curve["certified"], "pd_cutoff"].max() == found.pd_cutoff
        assert found.chosen["approval_rate"] > 0.5

    def test_gives_limits_that_hold_at_fifty_cutoffs_at_once(self, population):
        found = tuned(population, goal=Goal(limits=(cap(0.04),)))

        some = found.curve[found.curve["together_bad_rate_upper"].notna()]
        assert len(some) == 50
        assert some.index[0] == 0
        assert some.index[-1] == len(found.curve) - 1
        for rate in ("bad_rate", "false_rejection_rate"):
            assert (some[f"together_{rate}_lower"] <= some[f"{rate}_lower"]).all()
            assert (some[f"together_{rate}_upper"] >= some[f"{rate}_upper"]).all()

    def test_gives_no_such_limits_where_outcomes_are_missing(self, population):
        found = tuned(population, exploration=0.2, goal=Goal(limits=(cap(0.05),)))

        assert not [name for name in found.curve if name.startswith("together")]

    def test_certifies_for_everybody_where_some_were_approved_at_random(self, population):
        found = tuned(population, exploration=0.2, goal=Goal(limits=(cap(0.05, 0.95),)))

        assert found.labels == "explored"
        assert found.certified_for == "everybody"
        assert found.certificates[0].method == "inverse-propensity betting"
        assert true_bad_rate(population, found.pd_cutoff) <= 0.05
        assert "Corrected for selection" in found.knowledge[1]
        assert found.incumbent["approval_rate"] == pytest.approx(0.63, abs=0.03)

    @pytest.mark.parametrize(
        ("certified_by", "method"),
        [("doubly robust", "doubly robust betting"), ("thinning", "thinned binomial")],
    )
    def test_certifies_the_way_that_the_plan_fixed(self, population, certified_by, method):
        people, tuning = population(exploration=0.2, seed=1), population(exploration=0.2, seed=2)
        plan = tuning_plan(people.history, people.pds, certified_by=certified_by)
        goal = Goal(limits=(cap(0.05, 0.95),))

        found = tune_cutoff(tuning.history, tuning.pds, plan=plan, goal=goal)

        assert found.certificates[0].method == method
        assert true_bad_rate(population, found.pd_cutoff) <= 0.05

    def test_refuses_a_plan_of_an_unknown_certificate(self, population):
        people = population(n=200)

        with pytest.raises(DataError, match=r"certified_by must be inverse propensity, .* 'luck'"):
            tuning_plan(people.history, people.pds, certified_by="luck")

    def test_limits_its_claim_where_nobody_was_approved_at_random(self, population):
        found = tuned(population, exploration=0.0, goal=Goal(limits=(cap(0.04, 0.95),)))

        assert found.labels == "approved only"
        assert found.certified_for == "those approved before"
        assert "whom the past policy approves too" in found.certificates[0].claim
        assert found.curve["bad_rate"].isna().any()
        assert any("Cannot be known" in sentence for sentence in found.knowledge)

    def test_names_those_who_could_never_be_approved(self, population):
        found = tuned(
            population, exploration=0.3, unreachable=0.05, goal=Goal(limits=(cap(0.1, 0.95),))
        )

        assert any("propensity 0" in sentence for sentence in found.knowledge)

    def test_takes_the_most_lenient_cutoff_whose_estimate_complies(self, population):
        found = tuned(population, goal=Goal(limits=(cap(0.04),)))

        compliant = found.curve[found.curve["bad_rate"] <= 0.04]
        assert not found.certificates
        assert found.certified_for is None
        assert not found.curve["certified"].any()
        assert found.pd_cutoff == compliant["pd_cutoff"].max()

    def test_takes_the_most_profitable_cutoff(self, population):
        found = tuned(population, goal=Goal(objective="profit"))

        assert found.chosen["model_profit"] == found.curve["model_profit"].max()
        assert found.most_profitable["model"] == found.pd_cutoff
        at_estimate = found.curve[found.curve["pd_cutoff"] == found.most_profitable["estimate"]]
        assert at_estimate["profit"].item() == found.curve["profit"].max()

    def test_takes_the_most_profitable_of_the_certified(self, population):
        economics = LoanEconomics(margin=0.02, lgd=0.9, churn=0)
        goal = Goal(objective="profit", limits=(cap(0.05, 0.95),), economics=economics)

        found = tuned(population, goal=goal)

        certified = found.curve[found.curve["certified"]]
        assert found.chosen["model_profit"] == certified["model_profit"].max()
        assert found.pd_cutoff < certified["pd_cutoff"].max()

    def test_chooses_by_labelled_rows_only_where_nothing_else_is_known(self, population):
        found = tuned(population, exploration=0.0, goal=Goal(objective="profit"))

        people = population(seed=2, exploration=0.0)
        rows = people.at_gate() & people.history.labelled
        worth = np.where(people.history.bad[rows] == 1, -85.0, 6.0)
        good_lost = np.where(people.history.bad[rows] == 1, 0.0, -3.0)
        profits = [
            np.where(people.pds[rows] <= cutoff, worth, good_lost).mean()
            for cutoff in found.curve["pd_cutoff"]
        ]
        best = found.curve["pd_cutoff"][int(np.argmax(profits))]
        assert found.most_profitable["estimate"] == best
        assert profits[list(found.curve["pd_cutoff"]).index(found.pd_cutoff)] > 0.98 * max(profits)

    def test_says_which_bad_rate_is_the_lowest_possible(self, population):
        people = population()
        pds = np.random.default_rng(0).permutation(people.pds)
        plan = tuning_plan(people.history, pds)

        with pytest.raises(
            InfeasibleCutoffError, match=r"has bad_rate <= 0\.005; the lowest bad_rate is 0\.0[4-9]"
        ):
            tune_cutoff(people.history, pds, plan=plan, goal=Goal(limits=(cap(0.005),)))

    def test_says_how_many_applicants_a_certificate_needs(self, population):
        with pytest.raises(InfeasibleCutoffError, match=r"needs at least \d+ applicants"):
            tuned(population, n=500, goal=Goal(limits=(cap(0.01, 0.99),)))

    def test_asks_for_a_limit(self, population):
        with pytest.raises(
            DataError, match="give a limit on bad_rate, bad_amount_rate or loss_rate"
        ):
            tuned(population, goal=Goal())

    def test_refuses_an_unknown_objective(self, population):
        with pytest.raises(
            DataError, match="objective must be goods, approval, profit, but is 'fun'"
        ):
            tuned(population, goal=Goal(objective="fun"))

    def test_keeps_to_a_capacity(self, population):
        limit = Limit(rate="approval_rate", at_most=0.5)

        found = tuned(population, goal=Goal(limits=(limit,)))

        assert 0.48 < found.chosen["approval_rate"] <= 0.5

    def test_keeps_to_several_limits_at_once(self, population):
        limits = tuple(
            parse_limit(text)
            for text in ("bad_rate <= 6% @ 95%", "approval_rate >= 0.5 @ 95%",
                         "false_rejection_rate <= 0.5 @ 90%", "loss_rate <= 0.05")
        )  # fmt: skip

        found = tuned(population, goal=Goal(limits=limits, objective="profit"))

        assert [certificate.method for certificate in found.certificates] == ["binomial"] * 3
        assert found.joint_confidence == pytest.approx(1 - 0.05 - 0.05 - 0.10)
        assert found.chosen["certified"] == 1
        assert found.chosen["loss_rate"] <= 0.05
        certified = found.curve.loc[found.curve["certified"], "approval_rate"]
        assert certified.min() > 0.5

    def test_certifies_for_everybody_in_every_direction(self, population):
        limits = tuple(
            parse_limit(text)
            for text in ("bad_rate <= 6% @ 95%", "false_rejection_rate <= 0.4 @ 95%")
        )

        found = tuned(population, exploration=0.3, goal=Goal(limits=limits))

        truth = population(400_000, seed=99)
        goods = truth.at_gate() & ~truth.true_bad
        below, above = (c.cutoff for c in found.certificates)
        assert above < below == found.pd_cutoff
        assert (truth.pds[goods] > above).mean() <= 0.4

    @pytest.mark.parametrize("exploration", [None, 0.3, 0.0])
    def test_certifies_money_by_a_product_rule(self, population, exploration):
        economics = LoanEconomics(amount_max=250.0, lgd=0.8)
        goal = Goal(limits=(parse_limit("loss_rate <= 5% @ 95%"),), economics=economics)

        found = tuned(population, exploration=exploration, goal=goal)

        assert found.certificates[0].method == "betting by size"
        assert "if no amount exceeds 250" in found.certificates[0].claim
        if exploration != 0.0:
            assert true_bad_rate(population, found.pd_cutoff) * 0.8 <= 0.05

    def test_certifies_no_money_without_a_product_rule(self, population):
        goal = Goal(limits=(parse_limit("loss_rate <= 5% @ 95%"),))

        with pytest.raises(DataError, match="needs amount_max in the economics"):
            tuned(population, goal=goal)

    def test_certifies_no_money_by_a_plan_without_amounts(self, population):
        people = population(n=2000)
        plan = replace(tuning_plan(people.history, people.pds), typical_amount=None)
        limits = (parse_limit("loss_rate <= 5% @ 95%"),)
        goal = Goal(limits=limits, economics=LoanEconomics(amount_max=250.0))

        with pytest.raises(DataError, match=r"lacks the typical amount .* train again"):
            tune_cutoff(people.history, people.pds, plan=plan, goal=goal)

    def test_refuses_amounts_above_their_maximum(self, population):
        goal = Goal(objective="profit", economics=LoanEconomics(amount_max=50.0))

        with pytest.raises(DataError, match=r"at most amount_max, 50, .* the highest is 100"):
            tuned(population, goal=goal)

    def test_says_when_no_loan_can_pay(self, population):
        economics = LoanEconomics(margin=0.02, churn=0, funding=0.03)

        with pytest.raises(DataError, match=r"economics make every loan unprofitable: .* brings 0"):
            tuned(population, goal=Goal(objective="profit", economics=economics))

    @pytest.mark.parametrize("objective", ["goods", "approval"])
    def test_warns_of_any_other_objective_when_no_loan_can_pay(self, population, objective):
        economics = LoanEconomics(margin=0.0, churn=0, funding=0.05)
        goal = Goal(objective=objective, limits=(cap(0.04),), economics=economics)

        (said,) = tuned(population, goal=goal).warnings

        assert said.startswith("The economics make every loan unprofitable: even without a bad")
        assert said.endswith(f"This one was chosen for {objective} all the same.")

    @pytest.mark.parametrize("objective", ["goods", "profit"])
    def test_warns_when_the_mean_loan_cannot_pay(self, population, objective):
        people = population(n=4000)
        amount = np.where(people.pds < np.quantile(people.pds, 0.1), 1000.0, 10.0)
        applications = replace(people.history.applications, amount=amount)
        history = replace(people.history, applications=applications)
        plan = tuning_plan(history, people.pds)
        economics = LoanEconomics(operating=20.0)  # 90 are brought by 1,000, 0.9 by 10
        goal = Goal(objective=objective, limits=(cap(0.04),), economics=economics)

        (said,) = tune_cutoff(history, people.pds, plan=plan, goal=goal).warnings

        assert re.match(r"The mean loan, 10\d\.?\d*, can never pay: .* Only larger ones can", said)

    def test_has_nothing_to_warn_of_where_the_mean_loan_pays(self, population):
        assert tuned(population, goal=Goal(limits=(cap(0.04),))).warnings == ()

    def test_names_the_limits_that_clash_and_the_nearest_points(self, population):
        limits = (cap(0.03), parse_limit("approval_rate >= 0.9"))

        with pytest.raises(InfeasibleCutoffError) as refused:
            tuned(population, goal=Goal(limits=limits))

        said = str(refused.value)
        assert said.startswith("No cut-off has bad_rate <= 0.03 and approval_rate >= 0.9 together;")
        assert "with approval_rate >= 0.9, the lowest bad_rate is 0.0" in said
        assert "with bad_rate <= 0.03, the highest approval_rate is 0." in said

    def test_prices_one_more_point_of_the_bad_rate(self, population):
        found = tuned(
            population, goal=Goal(limits=(cap(0.04), parse_limit("approval_rate >= 0.2")))
        )

        binding, slack = found.shadow_prices
        curve = found.curve[found.curve["bad_rate"] <= found.chosen["bad_rate"] + 0.01]
        loosened = curve.iloc[-1]
        goods = loosened["approval_rate"] * (1 - loosened["bad_rate"])
        before = found.chosen["approval_rate"] * (1 - found.chosen["bad_rate"])
        assert binding.binding
        assert binding.goods == pytest.approx(goods - before)
        assert binding.profit == pytest.approx(loosened["profit"] - found.chosen["profit"])
        assert not slack.binding
        assert slack.goods == slack.profit == 0

    def test_keeps_the_gap_between_groups_small(self, population):
        people, development = population(seed=2), population(seed=1)
        rng = np.random.default_rng(0)
        # Goods of group b look riskier than they are.
        group = np.where(rng.random(len(people.pds)) < 0.5, "a", "b")
        pds = np.where(group == "b", np.minimum(2 * people.pds, 1), people.pds)
        applications = replace(
            people.history.applications,
            table=people.history.applications.table.assign(channel=group),
        )
        history = replace(people.history, applications=applications)
        plan = tuning_plan(development.history, development.pds)
        limits = (cap(0.08), parse_limit("false_rejection_gap <= 0.05 by channel"))

        found = tune_cutoff(history, pds, plan=plan, goal=Goal(limits=limits, objective="profit"))

        goods = people.at_gate() & ~people.true_bad
        shares = [(pds[goods & (group == g)] > found.pd_cutoff).mean() for g in "ab"]
        assert abs(shares[0] - shares[1]) <= 0.05

    @pytest.mark.parametrize("exploration", [None, 0.3, 0.0])
    def test_names_groups_too_small_to_be_compared(self, population, exploration):
        people = population(n=6000, exploration=exploration)
        city = np.array(["a", "b"] * 3000, dtype=object)
        city[:30], city[30:40] = "tiny", None
        unseen = people.at_gate() & ~people.history.labelled
        city[unseen & (np.cumsum(unseen) <= 5)] = "never seen"
        applications = replace(
            people.history.applications,
            table=people.history.applications.table.assign(city=city),
        )
        history = replace(people.history, applications=applications)
        gap = parse_limit("false_rejection_gap <= 0.3 by city")

        found = tune_cutoff(
            history, people.pds, plan=tuning_plan(history, people.pds),
            goal=Goal(limits=(cap(0.06), gap)),
        )  # fmt: skip

        ((limit, few),) = found.left_out.items()
        goods = people.at_gate() & (people.history.bad == 0)
        assert limit == str(gap)
        assert set(few) == {"tiny", "(missing)"} | ({"never seen"} if unseen.any() else set())
        assert few["tiny"] == (goods & (city == "tiny")).sum()
        assert few.get("never seen", 0) == 0

    def test_refuses_a_gap_between_groups_that_are_not_there(self, population):
        limits = (cap(0.08), parse_limit("false_rejection_gap <= 0.05 by city"))

        with pytest.raises(DataError, match="names column 'city', which the table does not have"):
            tuned(population, goal=Goal(limits=limits))

    def test_refuses_a_gap_of_one_group(self, population):
        people = population(n=2000)
        plan = tuning_plan(people.history, people.pds)
        table = people.history.applications.table.assign(city="a")
        applications = replace(people.history.applications, table=table)
        limits = (cap(0.08), parse_limit("false_rejection_gap <= 0.05 by city"))

        with pytest.raises(DataError, match="needs at least two groups with 50 known goods"):
            tune_cutoff(
                replace(people.history, applications=applications),
                people.pds,
                plan=plan,
                goal=Goal(limits=limits),
            )

    def test_judges_everybody_at_the_worst_that_gamma_allows(self, population):
        goal = Goal(limits=(cap(0.05, 0.95),), gamma=1.5)

        found = tuned(population, exploration=0.0, goal=goal)

        certificate = found.certificates[0]
        assert certificate.method == "sensitivity, Gamma 1.5"
        assert certificate.breakdown_gamma >= 1.5
        assert found.certified_for == "everybody"
        assert any("Assumed, not known" in sentence for sentence in found.knowledge)
        assert found.chosen["gamma_bad_rate_upper"] <= 0.05

    @pytest.mark.parametrize(
        ("exploration", "said"),
        [(0.0, "Assumed, not known"), (0.3, "A gamma of 2 decides and certifies nothing here")],
    )
    def test_says_whether_it_uses_gamma(self, population, exploration, said):
        goal = Goal(limits=(cap(0.1),), gamma=2.0)

        found = tuned(population, exploration=exploration, goal=goal)

        assert any(sentence.startswith(said) for sentence in found.knowledge)

    def test_certifies_no_false_rejections_of_everybody_by_gamma(self, population):
        limits = (cap(0.05), parse_limit("false_rejection_rate <= 0.5 @ 95%"))

        with pytest.raises(DataError, match="cannot be certified for everybody"):
            tuned(population, exploration=0.0, goal=Goal(limits=limits, gamma=1.5))

    def test_tells_the_breakdown_gamma_of_a_claim_about_the_approved(self, population):
        found = tuned(population, exploration=0.0, goal=Goal(limits=(cap(0.04, 0.95),)))

        assert found.certificates[0].breakdown_gamma is not None

    def test_shows_a_better_cutoff_to_be_no_worse_than_the_past_policy(self, population):
        found = tuned(population, exploration=0.3, goal=Goal(limits=(cap(0.04),)))

        assert found.shown_no_worse is True
        assert found.recommendation == "take this cut-off"
        assert found.comparison.goods_lower > 0
        assert found.comparison.profit_lower > 0

    def test_takes_a_certified_cutoff_that_brings_goods_and_may_cost_money(self, population):
        limit = cap(0.06, 0.95)

        found = tuned(population, exploration=0.3, goal=Goal(limits=(limit,)))

        assert found.comparison.profit_lower < 0
        assert found.shown_limits == (limit,)
        assert found.recommendation == "take this cut-off"

    def test_takes_no_cutoff_whose_bads_are_an_estimate_and_which_may_cost_money(self, population):
        limit = cap(0.06)

        found = tuned(population, exploration=0.3, goal=Goal(limits=(limit,)))

        assert found.comparison.goods_lower > 0 > found.comparison.profit_lower
        assert found.upper_limit(limit) > 0.06
        assert found.open_limits == (limit,)
        assert found.recommendation == "keep the past policy"

    @pytest.mark.parametrize("objective", ["goods", "approval"])
    @pytest.mark.parametrize("confidence", [None, 0.9])
    def test_keeps_the_past_policy_where_nobody_saw_the_newly_approved(
        self, population, objective, confidence
    ):
        goal = Goal(objective=objective, limits=(cap(0.06, confidence),))

        found = tuned(population, exploration=0.0, goal=goal)

        assert found.comparison.swap_out_rate == 0 < found.comparison.swap_in_rate
        assert found.comparison.goods_lower == 0
        assert found.shown_limits == ()
        assert found.shown_no_worse is False
        assert found.recommendation == "keep the past policy"

    def test_does_not_weigh_a_cutoff_of_which_nobody_knows_that_it_keeps_the_limit(
        self, population
    ):
        found = tuned(population, exploration=0.0, goal=Goal(limits=(cap(0.03),)))

        assert found.broken_before == (cap(0.03),)
        assert found.recommendation == "keep the past policy"

    @pytest.mark.parametrize(
        "goal", [Goal(limits=(cap(0.06),), gamma=1.5), Goal(limits=(cap(0.5),))]
    )
    def test_takes_unseen_applicants_where_a_bound_supports_it(self, population, goal):
        found = tuned(population, exploration=0.0, goal=goal)

        assert found.comparison.swap_in_rate > 0
        assert found.shown_limits == goal.limits
        assert found.recommendation == "take this cut-off"

    def test_allows_for_chance_where_gamma_bounds_the_bad_rate(self, population):
        goal = Goal(limits=(cap(0.06),), gamma=1.5)
        found = tuned(population, n=1000, exploration=0.0, goal=goal)

        assert found.chosen["gamma_bad_rate_upper"] < found.chosen["gamma_bad_rate_limit"]
        assert found.upper_limit(cap(0.06)) == found.chosen["gamma_bad_rate_limit"]

    def test_does_not_show_a_stricter_cutoff_to_be_no_worse(self, population):
        found = tuned(population, exploration=0.3, goal=Goal(limits=(cap(0.02),)))

        assert found.shown_no_worse is False

    def test_weighs_the_two_where_the_past_policy_breaks_a_limit(self, population):
        floor = parse_limit("approval_rate >= 0.01")

        found = tuned(population, exploration=0.3, goal=Goal(limits=(floor, cap(0.02))))

        assert found.incumbent["bad_rate"] > 0.02
        assert found.broken_before == (cap(0.02),)
        assert found.recommendation == "weigh the two"

    def test_recommends_a_past_policy_that_keeps_to_the_limits_and_is_not_beaten(self, population):
        # A cap that the past policy just keeps, certified: that costs goods.
        found = tuned(population, exploration=0.05, goal=Goal(limits=(cap(0.035, 0.95),)))

        assert found.incumbent["bad_rate"] < 0.035
        assert found.broken_before == ()
        assert found.recommendation == "keep the past policy"

    def test_knows_no_past_policy_where_everybody_was_approved(self, population):
        found = tuned(population, goal=Goal(limits=(cap(0.04),)))

        assert found.shown_no_worse is None
        assert found.recommendation == "nothing to compare with"

    @pytest.mark.parametrize(
        ("goal", "words"),
        [
            (Goal(limits=(cap(0.04), cap(0.05, 0.9))), "each rate once .* but bad_rate is twice"),
            (Goal(limits=(cap(0.04),), gamma=0.5), r"gamma must be at least 1, but is 0\.5"),
        ],
    )
    def test_refuses_goals_that_contradict_themselves(self, population, goal, words):
        with pytest.raises(DataError, match=words):
            tuned(population, goal=goal)

    def test_refuses_a_sample_without_outcomes(self, population):
        people = population()
        plan = tuning_plan(people.history, people.pds)
        nobody = replace(people.history, reached=np.zeros(len(people.history), dtype=bool))

        with pytest.raises(DataError, match="No application of the tuning sample has a known"):
            tune_cutoff(nobody, people.pds, plan=plan, goal=Goal(limits=(cap(0.05),)))

    def test_refuses_propensities_that_development_did_not_record(self, population):
        people = population(exploration=0.2)
        plan = tuning_plan(replace(people.history, propensity=None), people.pds)

        with pytest.raises(DataError, match="recorded no random approvals"):
            tune_cutoff(people.history, people.pds, plan=plan, goal=Goal(limits=(cap(0.05, 0.95),)))

    def test_counts_each_customer_once(self, population):
        people = population()
        plan = tuning_plan(people.history, people.pds)
        applications = people.history.applications
        doubled = replace(applications, groups=np.repeat(applications.groups[::2], 2))
        history = replace(people.history, applications=doubled)

        found = tune_cutoff(history, people.pds, plan=plan, goal=Goal(limits=(cap(0.05, 0.95),)))

        reached = people.at_gate()
        assert found.certificates[0].n == len(set(doubled.groups[reached]))
        assert "one application each, drawn at random" in found.certificates[0].claim

    def test_does_not_take_a_rate_of_zero_among_a_handful_for_compliance(self, population):
        people = population()
        plan = tuning_plan(people.history, people.pds)

        with pytest.raises(InfeasibleCutoffError, match="takes 29956 approved applicants with an"):
            tune_cutoff(people.history, people.pds, plan=plan, goal=Goal(limits=(cap(0.0001),)))

    def test_relies_on_no_odd_propensity(self, population):
        people = population(exploration=0.2)
        odd = people.history.propensity.copy()
        odd[np.flatnonzero(odd == 0.2)[0]] = 0.001

        plan = tuning_plan(replace(people.history, propensity=odd), people.pds)

        assert plan.smallest_propensity == 0.2


@pytest.mark.slow
class TestTheWholeWayOfACertificate:
    """From development applicants to a certified cut-off, many times over."""

    @pytest.mark.parametrize("exploration", [None, 0.4])
    def test_breaks_its_promise_as_rarely_as_it_says(self, population, exploration):
        truth = population(1_000_000, seed=10**6)
        order = np.argsort(truth.pds[truth.at_gate()])
        bads = truth.true_bad[truth.at_gate()][order]
        rates = np.cumsum(bads) / np.arange(1, len(bads) + 1)
        true_pds = truth.pds[truth.at_gate()][order]
        n_reps, delta, limit = 200, 0.1, cap(0.05, 0.9)
        breaches = {"certified": 0, "plug-in": 0}

        for seed in range(n_reps):
            development = population(2000, seed=2 * seed, exploration=exploration)
            plan = tuning_plan(development.history, development.pds, n_cutoffs=60, seed=seed)
            tuning = population(4000, seed=2 * seed + 1, exploration=exploration)
            for name, goal in (
                ("certified", Goal(limits=(limit,))),
                ("plug-in", Goal(limits=(cap(0.05),))),
            ):
                found = tune_cutoff(tuning.history, tuning.pds, plan=plan, goal=goal)
                rate = rates[np.searchsorted(true_pds, found.pd_cutoff, side="right") - 1]
                breaches[name] += rate > 0.05

        allowed = delta + 3 * np.sqrt(delta * (1 - delta) / n_reps)
        assert breaches["certified"] / n_reps <= allowed, breaches
        assert breaches["plug-in"] / n_reps > allowed, breaches


class TestHistoryLedger:
    def test_accounts_for_those_at_the_gate_in_closed_windows(self, population):
        people = population(n=2000, exploration=0.2)

        total = history_ledger(people.history, people.pds, scorer="ab").total()

        at_gate = people.at_gate()
        propensity = people.history.propensity[at_gate]
        assert total["applicants"].ravel().tolist() == [
            (propensity == 1).sum(), (propensity < 1).sum(), 0,
        ]  # fmt: skip


class TestRatesAt:
    def test_is_none_where_no_outcome_is_known(self, population):
        people = population()
        blank = replace(people.history, bad=np.full(len(people.history), np.nan))

        assert rates_at(blank, people.pds, pd_cutoff=1.0, goal=Goal()) is None

    def test_agrees_with_the_curve(self, population):
        people = population(exploration=0.2)
        plan = tuning_plan(people.history, people.pds)
        found = tune_cutoff(people.history, people.pds, plan=plan, goal=Goal(limits=(cap(0.05),)))

        again = rates_at(people.history, people.pds, pd_cutoff=found.pd_cutoff, goal=found.goal)

        assert again["bad_rate"] == found.chosen["bad_rate"]


def thinned(make, seed, *, kept=0.25, n=40_000, **options):
    """Rows with x above 0 stay with a chance, and stand for as many as they were then."""
    people = make(n=n, seed=seed, **options)
    risky = people.history.applications.features["x"].to_numpy() > 0
    stays = ~risky | (np.random.default_rng([seed, 7]).random(n) < kept)
    history = replace(people.history, weight=np.where(risky, 1 / kept, 1.0)).take(stays)
    return history, people.pds[stays]


def tuned_by_weight(make, limit, *, seed=2, gamma=None, **options):
    plan = tuning_plan(*thinned(make, 1, **options))
    history, pds = thinned(make, seed, **options)
    return tune_cutoff(history, pds, plan=plan, goal=Goal(limits=(limit,), gamma=gamma))


class TestTuneCutoffByWeight:
    def test_estimates_what_the_rows_stand_for(self, population):
        found = tuned_by_weight(population, cap(0.05))

        whole = tuned(population, goal=Goal(limits=(cap(0.05),)))
        truth = true_bad_rate(population, found.pd_cutoff)
        assert found.chosen["bad_rate"] == pytest.approx(truth, rel=0.08)
        assert found.chosen["approval_rate"] == pytest.approx(
            whole.chosen["approval_rate"], abs=0.04
        )
        assert "Rows count by their sampling weights" in found.knowledge[-1]

    def test_would_be_misled_without_the_weights(self, population):
        history, pds = thinned(population, 2)
        plan = tuning_plan(history, pds)
        goal = Goal(limits=(cap(0.05),))

        found = tune_cutoff(replace(history, weight=None), pds, plan=plan, goal=goal)

        truth = true_bad_rate(population, found.pd_cutoff)
        assert abs(found.chosen["bad_rate"] / truth - 1) > 0.2

    def test_corrects_for_selection_too(self, population):
        found = tuned_by_weight(population, cap(0.06), exploration=0.3)

        truth = true_bad_rate(population, found.pd_cutoff)
        assert found.labels == "explored"
        assert found.chosen["bad_rate"] == pytest.approx(truth, rel=0.12)

    @pytest.mark.parametrize("exploration", [None, 0.3])
    def test_certifies_by_betting(self, population, exploration):
        found = tuned_by_weight(population, cap(0.05, 0.95), exploration=exploration)

        assert found.certificates[0].method == "betting by size"
        assert "by weight" in found.certificates[0].claim
        assert "if no weight exceeds 4." in found.certificates[0].claim
        assert 0.03 < true_bad_rate(population, found.pd_cutoff) <= 0.05

    def test_certifies_for_the_approved_where_nobody_was_approved_at_random(self, population):
        found = tuned_by_weight(population, cap(0.04, 0.95), exploration=0.0)

        assert "by weight" in found.certificates[0].claim
        assert "whom the past policy approves too" in found.certificates[0].claim

    def test_certifies_money_by_weight_and_amount(self, population):
        plan = tuning_plan(*thinned(population, 1))
        history, pds = thinned(population, 2)
        limit = parse_limit("bad_amount_rate <= 5% @ 95%")
        goal = Goal(limits=(limit,), economics=LoanEconomics(amount_max=100))

        found = tune_cutoff(history, pds, plan=plan, goal=goal)

        assert "if no weighted amount exceeds 400." in found.certificates[0].claim
        assert true_bad_rate(population, found.pd_cutoff) <= 0.05  # amounts are all the same

    @pytest.mark.parametrize(
        ("limit", "options", "words"),
        [
            ("approval_rate >= 20% @ 95%", {}, "cannot be certified on weighted rows"),
            ("false_rejection_rate <= 50% @ 95%", {}, "cannot be certified on weighted rows"),
            ("bad_rate <= 5% @ 95%", {"exploration": 0.0, "gamma": 2.0}, "under a gamma"),
        ],
    )
    def test_refuses_what_only_counts_can_certify(self, population, limit, options, words):
        plan_limits = parse_limit(limit)
        with pytest.raises(DataError, match=words):
            _tuned_with_cap(population, plan_limits, **options)

    def test_counts_rows_whatever_they_weigh_where_a_rate_rests_on_few(self, population):
        people = population(n=300)
        safe, order = np.zeros(300, dtype=bool), np.argsort(people.pds)
        safe[order[:20]] = True
        history = replace(
            people.history, bad=np.where(safe, 0.0, 1.0), weight=np.where(safe, 100.0, 1.0)
        )
        plan = tuning_plan(history, people.pds)

        # 81 rows keep to it and stand for nearly all; 99 take more bads than that.
        with pytest.raises(InfeasibleCutoffError, match="approves at least 99 of 283 known"):
            tune_cutoff(history, people.pds, plan=plan, goal=Goal(limits=(cap(0.03),)))

    def test_refuses_weights_that_development_did_not_have(self, population):
        history, pds = thinned(population, 2)
        plan = tuning_plan(replace(history, weight=None), pds)

        with pytest.raises(DataError, match="lacks the largest weight"):
            tune_cutoff(history, pds, plan=plan, goal=Goal(limits=(cap(0.05, 0.95),)))

    def test_refuses_weights_above_the_largest_of_development(self, population):
        plan = tuning_plan(*thinned(population, 1))
        history, pds = thinned(population, 2, kept=0.2)

        with pytest.raises(DataError, match="weight must lie from 0 to 4, the largest"):
            tune_cutoff(history, pds, plan=plan, goal=Goal(limits=(cap(0.05, 0.95),)))

    @pytest.mark.slow
    def test_covers_the_truth_as_often_as_its_intervals_say(self, population):
        everybody = population(400_000, seed=99)
        cutoff = tuning_plan(everybody.history, everybody.pds).grid.cutoffs[120]
        truth, covered, repetitions = true_bad_rate(population, cutoff), 0, 300

        for seed in range(repetitions):
            history, pds = thinned(population, 100 + seed, n=4000, exploration=0.4)
            rates = rates_at(history, pds, pd_cutoff=cutoff, goal=Goal(objective="profit"))
            covered += rates["bad_rate_lower"] <= truth <= rates["bad_rate_upper"]

        assert covered / repetitions > 0.95 - 3 * np.sqrt(0.95 * 0.05 / repetitions)


def _tuned_with_cap(make, limit, *, gamma=None, **options):
    plan = tuning_plan(*thinned(make, 1, **options))
    history, pds = thinned(make, 2, **options)
    limits = (limit,) if limit.rate == "bad_rate" else (limit, cap(0.2))
    return tune_cutoff(history, pds, plan=plan, goal=Goal(limits=limits, gamma=gamma))
