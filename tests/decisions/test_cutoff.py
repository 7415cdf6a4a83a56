"""riskkit.decisions.cutoff"""

from dataclasses import replace

import numpy as np
import pytest

from riskkit.decisions import Goal, rates_at, tune_cutoff, tuning_plan
from riskkit.errors import DataError, InfeasibleCutoffError
from riskkit.lending import Limit, LoanEconomics


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
        found = tuned(population, goal=Goal(limit=cap(0.04, 0.95)))

        assert found.certificate.method == "binomial"
        assert true_bad_rate(population, found.pd_cutoff) <= 0.04
        assert found.curve.loc[found.curve["certified"], "pd_cutoff"].max() == found.pd_cutoff
        assert found.chosen["approval_rate"] > 0.5

    def test_certifies_for_everybody_where_some_were_approved_at_random(self, population):
        found = tuned(population, exploration=0.2, goal=Goal(limit=cap(0.05, 0.95)))

        assert found.labels == "explored"
        assert found.certificate.method == "inverse-propensity betting"
        assert true_bad_rate(population, found.pd_cutoff) <= 0.05
        assert "Corrected for selection" in found.knowledge[1]
        assert found.incumbent["approval_rate"] == pytest.approx(0.63, abs=0.03)

    def test_limits_its_claim_where_nobody_was_approved_at_random(self, population):
        found = tuned(population, exploration=0.0, goal=Goal(limit=cap(0.04, 0.95)))

        assert found.labels == "approved only"
        assert "whom the past policy approves too" in found.certificate.claim
        assert found.curve["bad_rate"].isna().any()
        assert any("Cannot be known" in sentence for sentence in found.knowledge)

    def test_names_those_who_could_never_be_approved(self, population):
        found = tuned(
            population, exploration=0.3, unreachable=0.05, goal=Goal(limit=cap(0.1, 0.95))
        )

        assert any("propensity 0" in sentence for sentence in found.knowledge)

    def test_takes_the_most_lenient_cutoff_whose_estimate_complies(self, population):
        found = tuned(population, goal=Goal(limit=cap(0.04)))

        compliant = found.curve[found.curve["bad_rate"] <= 0.04]
        assert found.certificate is None
        assert not found.curve["certified"].any()
        assert found.pd_cutoff == compliant["pd_cutoff"].max()

    def test_takes_the_most_profitable_cutoff(self, population):
        found = tuned(population, goal=Goal(objective="profit"))

        assert found.chosen["profit"] == found.curve["profit"].max()

    def test_takes_the_most_profitable_of_the_certified(self, population):
        economics = LoanEconomics(margin=0.02, lgd=0.9, churn=0)
        goal = Goal(objective="profit", limit=cap(0.05, 0.95), economics=economics)

        found = tuned(population, goal=goal)

        certified = found.curve[found.curve["certified"]]
        assert found.chosen["profit"] == certified["profit"].max()
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
        assert found.pd_cutoff == found.curve["pd_cutoff"][int(np.argmax(profits))]

    def test_says_which_bad_rate_is_the_lowest_possible(self, population):
        people = population()
        pds = np.random.default_rng(0).permutation(people.pds)
        plan = tuning_plan(people.history, pds)

        with pytest.raises(
            InfeasibleCutoffError, match=r"has bad_rate <= 0\.005; the lowest bad rate is 0\.0[4-9]"
        ):
            tune_cutoff(people.history, pds, plan=plan, goal=Goal(limit=cap(0.005)))

    def test_says_how_many_applicants_a_certificate_needs(self, population):
        with pytest.raises(InfeasibleCutoffError, match=r"needs at least \d+ applicants"):
            tuned(population, n=500, goal=Goal(limit=cap(0.01, 0.99)))

    def test_asks_for_a_limit(self, population):
        with pytest.raises(DataError, match="give a limit on the bad rate"):
            tuned(population, goal=Goal())

    def test_refuses_an_unknown_objective(self, population):
        with pytest.raises(DataError, match="objective must be goods or profit, but is 'fun'"):
            tuned(population, goal=Goal(objective="fun"))

    def test_refuses_a_limit_on_another_rate(self, population):
        limit = Limit(rate="approval_rate", at_most=0.5)

        with pytest.raises(DataError, match="must bind bad_rate, but binds approval_rate"):
            tuned(population, goal=Goal(limit=limit))

    def test_refuses_a_sample_without_outcomes(self, population):
        people = population()
        plan = tuning_plan(people.history, people.pds)
        nobody = replace(people.history, reached=np.zeros(len(people.history), dtype=bool))

        with pytest.raises(DataError, match="No application of the tuning sample has a known"):
            tune_cutoff(nobody, people.pds, plan=plan, goal=Goal(limit=cap(0.05)))

    def test_refuses_propensities_that_development_did_not_record(self, population):
        people = population(exploration=0.2)
        plan = tuning_plan(replace(people.history, propensity=None), people.pds)

        with pytest.raises(DataError, match="recorded no random approvals"):
            tune_cutoff(people.history, people.pds, plan=plan, goal=Goal(limit=cap(0.05, 0.95)))

    def test_counts_each_customer_once(self, population):
        people = population()
        plan = tuning_plan(people.history, people.pds)
        applications = people.history.applications
        doubled = replace(applications, groups=np.repeat(applications.groups[::2], 2))
        history = replace(people.history, applications=doubled)

        found = tune_cutoff(history, people.pds, plan=plan, goal=Goal(limit=cap(0.05, 0.95)))

        reached = people.at_gate()
        assert found.certificate.n == len(set(doubled.groups[reached]))
        assert "one application each, drawn at random" in found.certificate.claim

    def test_refuses_weights_that_it_would_ignore(self, population):
        people = population(n=2000)
        plan = tuning_plan(people.history, people.pds)
        weighted = replace(people.history, weight=np.where(people.true_bad, 10.0, 1.0))

        with pytest.raises(
            DataError, match="equally weighted rows, but the weights go from 1 to 10"
        ):
            tune_cutoff(weighted, people.pds, plan=plan, goal=Goal(limit=cap(0.05)))

    def test_does_not_take_a_rate_of_zero_among_a_handful_for_compliance(self, population):
        people = population()
        plan = tuning_plan(people.history, people.pds)

        with pytest.raises(InfeasibleCutoffError, match="approves at least 29956 of"):
            tune_cutoff(people.history, people.pds, plan=plan, goal=Goal(limit=cap(0.0001)))

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
        n_reps, delta, limit = 400, 0.1, cap(0.05, 0.9)
        breaches = {"certified": 0, "plug-in": 0}

        for seed in range(n_reps):
            development = population(2000, seed=2 * seed, exploration=exploration)
            plan = tuning_plan(development.history, development.pds, n_cutoffs=60, seed=seed)
            tuning = population(4000, seed=2 * seed + 1, exploration=exploration)
            for name, goal in (
                ("certified", Goal(limit=limit)),
                ("plug-in", Goal(limit=cap(0.05))),
            ):
                found = tune_cutoff(tuning.history, tuning.pds, plan=plan, goal=goal)
                rate = rates[np.searchsorted(true_pds, found.pd_cutoff, side="right") - 1]
                breaches[name] += rate > 0.05

        allowed = delta + 3 * np.sqrt(delta * (1 - delta) / n_reps)
        assert breaches["certified"] / n_reps <= allowed, breaches
        assert breaches["plug-in"] / n_reps > allowed, breaches


class TestRatesAt:
    def test_is_none_where_no_outcome_is_known(self, population):
        people = population()
        blank = replace(people.history, bad=np.full(len(people.history), np.nan))

        assert rates_at(blank, people.pds, pd_cutoff=1.0, goal=Goal()) is None

    def test_agrees_with_the_curve(self, population):
        people = population(exploration=0.2)
        plan = tuning_plan(people.history, people.pds)
        found = tune_cutoff(people.history, people.pds, plan=plan, goal=Goal(limit=cap(0.05)))

        again = rates_at(people.history, people.pds, pd_cutoff=found.pd_cutoff, goal=found.goal)

        assert again["bad_rate"] == found.chosen["bad_rate"]
