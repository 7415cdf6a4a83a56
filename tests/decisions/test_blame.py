"""riskkit.decisions.blame"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Applications, History
from riskkit.decisions import (
    Beliefs,
    BlameSums,
    GateVerdicts,
    Journeys,
    Policy,
    blame_sums,
    estimated_blame,
    journeys_of,
    true_blame,
)
from riskkit.errors import DataError, UndefinedRateError
from riskkit.lending import CAUSES, LoanEconomics

ECONOMICS = LoanEconomics(margin=0.06, lgd=0.8, churn=0.1, lifetime_value=0.3)


@dataclass(frozen=True)
class Case:
    """Applications of a small world, with the outcome of everybody beside them."""

    history: History
    recorded: GateVerdicts
    journeys: Journeys
    true_bad: np.ndarray
    true_pd: np.ndarray

    def truth(self):
        values = ECONOMICS.values(self.history.applications.amount)
        counted = self.recorded.overruled(self.history.approved)
        return true_blame(
            blame_sums(counted, bad=self.true_bad, values=values, journeys=self.journeys)
        )

    def estimate(self, **options):
        return estimated_blame(
            self.history, self.recorded, economics=ECONOMICS, journeys=self.journeys, **options
        )


def drawn(n=8000, *, seed=0, exploration=0.1, hidden=0.8):
    """Draw applicants; what no column shows moves both the score gate and the outcome."""
    rng = np.random.default_rng(seed)
    x, u, other = rng.normal(size=(3, n))
    true_pd = 1 / (1 + np.exp(2.6 - x - u))
    true_bad = rng.random(n) < true_pd
    failed = np.column_stack(
        [
            rng.random(n) < 0.1 + 0.1 * (x > 1),
            rng.random(n) < 0.05,
            x + other > 2.2,
            x + hidden * u > 0.9,
            other + x > 1.6,
        ]
    )
    reached = ~failed[:, :3].any(axis=1)
    by_rule = ~failed[:, 3:].any(axis=1)
    explored = reached & ~by_rule & (rng.random(n) < exploration)
    approved = reached & (by_rule | explored)
    ids = np.array([f"a{i}" for i in range(n)], dtype=object)
    applications = Applications(
        ids=ids,
        groups=ids,
        features=pd.DataFrame({"x": x}),
        table=pd.DataFrame({"x": x}),
        amount=np.round(rng.uniform(100, 900, n), 2),
        time=None,
    )
    history = History(
        applications=applications,
        approved=approved,
        reached=reached,
        matured=np.ones(n, dtype=bool),
        bad=np.where(approved, true_bad, np.nan),
        propensity=np.where(reached, np.where(by_rule, 1.0, exploration), np.nan),
        weight=None,
    )
    return Case(
        history=history,
        recorded=GateVerdicts(failed=failed, unknown=np.zeros_like(failed)),
        journeys=journeys_of(None, n),
        true_bad=true_bad.astype(float),
        true_pd=true_pd,
    )


def retried(n=4000, *, seed=0, retries=1):
    """Draw journeys; whom the score stops tries again, bads and riskier attempts more often."""
    rng = np.random.default_rng(seed)
    pds = rng.beta(2, 8, n)
    bad = rng.random(n) < 1.5 * pds  # the PDs are too low
    chance = np.where(pds < 0.1, 1.0, 0.1)
    going, journey, approved, attempt = np.arange(n), [], [], []
    for nth in range(retries + 1):
        now = rng.random(going.size) < chance[going]
        journey, approved = [*journey, going], [*approved, now]
        attempt = [*attempt, np.full(going.size, nth)]
        again = rng.random(going.size) < np.where(bad[going], 0.9, 0.6)
        going = going[~now & again]
    of, served, nth = (np.concatenate(each) for each in (journey, approved, attempt))
    ids = np.arange(of.size).astype(str).astype(object)
    table = pd.DataFrame({"customer": of})
    failed = np.zeros((of.size, 5), dtype=bool)
    failed[:, 3] = chance[of] < 1
    order = rng.permutation(of.size)  # rows are in no order of time
    applications = Applications(
        ids=ids, groups=of.astype(str).astype(object), features=table, table=table,
        amount=np.full(of.size, 100.0),
        time=np.datetime64("2025-01-01", "s") + nth.astype("timedelta64[D]"),
    )  # fmt: skip
    history = History(
        applications=applications, approved=served, reached=np.ones(of.size, dtype=bool),
        matured=np.ones(of.size, dtype=bool), bad=np.where(served, bad[of], np.nan),
        propensity=chance[of], weight=None,
    ).take(order)  # fmt: skip
    verdicts = GateVerdicts(failed=failed, unknown=np.zeros_like(failed))
    return Case(
        history=history,
        recorded=verdicts.take(order),
        journeys=journeys_of(history.applications.table, of.size, history.applications.time),
        true_bad=bad[of][order].astype(float),
        true_pd=np.minimum(pds[of] * (1 + 0.3 * nth), 1)[order],
    )


def by_hand(*rows):
    """Make verdicts of rows such as 'pppff'."""
    letters = np.array([list(row) for row in rows])
    return GateVerdicts(failed=letters == "f", unknown=letters == "-")


class TestTrueBlame:
    def test_agrees_with_a_count_by_hand(self):
        verdicts = by_hand("ppppp", "pppff", "pppfp", "fpppp", "pppfp")
        values = ECONOMICS.values(np.full(5, 100.0))

        blame = true_blame(blame_sums(verdicts, bad=[0, 0, 0, 0, 1], values=values))

        score = blame.of("score")
        assert score.n_first == 3
        assert score.goods.point == pytest.approx(1 / 2 + 1)
        assert score.first_goods.point == 2
        assert score.sole_goods.point == 1
        assert score.blocked_good_rate.point == pytest.approx(1.5 / 4)
        assert score.loss_saved.point == pytest.approx(0.8 * 100)
        assert score.value_lost.point == pytest.approx(1.5 * 100 * (0.06 + 0.1 * 0.3))
        assert score.net.point == pytest.approx(80 - 1.5 * 9)
        assert blame.total.blocked_good_rate.point == pytest.approx(3 / 4)
        assert blame.of("profile").goods.point == 0

    def test_counts_a_retry_as_served(self):
        verdicts = by_hand("fpppp", "ppppp", "ppppp")
        together = journeys_of(pd.DataFrame({"customer": ["a", "a", "b"]}), 3)
        values = ECONOMICS.values(np.ones(3))

        sums = blame_sums(verdicts, bad=[0, 0, 0], values=values, journeys=together)

        assert true_blame(sums).n_journeys == 2
        assert true_blame(sums).total.goods.point == 0

    def test_shares_add_up_to_the_blocked_good_rate(self):
        blame = drawn().truth()

        for number in ("blocked_good_rate", "goods", "bads", "net", "loss_saved", "value_lost"):
            parts = [getattr(gate, number).point for gate in blame.gates]
            whole = getattr(blame.total, number).point
            assert abs(sum(parts) - whole) <= 1e-12 * max(1, abs(whole))

    def test_agrees_with_approved_and_bad(self):
        case = drawn()

        rate = case.truth().total.blocked_good_rate

        goods = case.true_bad == 0
        assert rate.point == pytest.approx((~case.history.approved[goods]).mean(), abs=1e-12)
        assert rate.how == "true"

    def test_streams(self):
        case = drawn(6000)
        values = ECONOMICS.values(case.history.applications.amount)
        whole = blame_sums(case.recorded, bad=case.true_bad, values=values)
        total = BlameSums()
        for part in np.array_split(np.arange(6000), 4):
            chunk = ECONOMICS.values(case.history.applications.amount[part])
            total += blame_sums(case.recorded.take(part), bad=case.true_bad[part], values=chunk)

        assert total.sums.keys() == whole.sums.keys()
        for key, values in whole.sums.items():
            assert total.sums[key] == pytest.approx(values, rel=1e-12)

    def test_bounds_are_exact_where_verdicts_are_missing(self):
        verdicts = by_hand("f--pp", "pf-pp", "pppf-", "ppppp")
        values = ECONOMICS.values(np.array([100.0, 200.0, 300.0, 100.0]))
        bad = np.array([0, 1, 0, 0])

        blame = true_blame(blame_sums(verdicts, bad=bad, values=values))

        complete = []
        for filled in product([False, True], repeat=int(verdicts.unknown.sum())):
            failed = verdicts.failed.copy()
            failed[verdicts.unknown] = filled
            full = GateVerdicts(failed=failed, unknown=np.zeros_like(failed))
            complete.append(true_blame(blame_sums(full, bad=bad, values=values)))
        for gate in CAUSES:
            for number in ("goods", "blocked_good_rate", "sole_goods", "bads", "net"):
                points = [getattr(found.of(gate), number).point for found in complete]
                reading = getattr(blame.of(gate), number)
                assert reading.lower == pytest.approx(min(points), abs=1e-8)
                assert reading.upper == pytest.approx(max(points), abs=1e-8)
        assert blame.total.goods.how == "true"
        assert blame.of("profile").goods.how == "bounded"
        assert blame.of("profile").first_goods.how == "true"

    def test_needs_goods(self):
        sums = blame_sums(by_hand("ppppp"), bad=[1], values=ECONOMICS.values(np.ones(1)))

        with pytest.raises(UndefinedRateError, match="no good applicants"):
            true_blame(sums)

    def test_names_the_gates_there_are(self):
        with pytest.raises(DataError, match=r"no gate 'luck'; take one of system, profile"):
            drawn(100).truth().of("luck")


class TestEstimatedBlame:
    def test_prices_each_segment_by_its_own_economics(self):
        case = drawn(3000)
        shop = np.where(np.arange(3000) % 3 == 0, "a", "b")
        rich = LoanEconomics(margin=0.3, churn=0.2, lifetime_value=0.5)
        own = {"a": {"pd_cutoff": 0.1}, "b": {"pd_cutoff": 0.1, "economics": rich}}
        policy = Policy(created="2026-01-31T00:00:00Z", pd_cutoff=0.1, objective="profit",
                        economics=ECONOMICS, model_hash="", by="shop", segments=own)  # fmt: skip
        asked = case.history.applications

        def blamed(economics, amount):
            table = asked.table.assign(shop=shop)
            applications = replace(asked, amount=amount, table=table)
            known = replace(
                case.history,
                applications=applications,
                approved=np.ones(3000, dtype=bool),
                bad=case.true_bad,
                propensity=None,
            )
            found = estimated_blame(
                known, case.recorded, economics=economics, computed=case.recorded
            )
            return found.of("score")

        together = blamed(policy, asked.amount)
        apart = [
            blamed(economics, np.where(shop == name, asked.amount, 0.0))
            for name, economics in (("a", ECONOMICS), ("b", rich))
        ]

        for number in ("value_lost", "loss_saved", "net"):
            total = sum(getattr(part, number).point for part in apart)
            assert getattr(together, number).point == pytest.approx(total)
        assert together.goods == blamed(ECONOMICS, asked.amount).goods

    def test_agrees_with_the_truth_where_everything_is_known(self):
        case = drawn(3000)
        known = replace(
            case,
            history=replace(
                case.history,
                approved=np.ones(3000, dtype=bool),
                bad=case.true_bad,
                propensity=None,
            ),
        )

        blame = known.estimate(computed=case.recorded)

        values = ECONOMICS.values(case.history.applications.amount)
        truth = true_blame(blame_sums(case.recorded, bad=case.true_bad, values=values))
        for gate in (*CAUSES, "all"):
            for number in ("goods", "blocked_good_rate", "bads", "net", "sole_goods"):
                found = getattr(blame.of(gate), number)
                assert found.how == "true"
                expected = getattr(truth.of(gate), number).point
                assert found.point == pytest.approx(expected, rel=1e-10, abs=1e-10)

    def test_says_how_each_number_is_known(self):
        case = drawn()

        blame = case.estimate(beliefs=Beliefs(pds=case.true_pd))

        assert blame.of("score").sole_goods.how == "estimated"
        assert blame.of("system").sole_goods.how == "estimated"
        assert blame.of("profile").goods.how == "bounded"
        nobody = replace(
            case, recorded=replace(case.recorded, failed=case.recorded.failed & (np.arange(5) != 1))
        )
        none = nobody.estimate().of("profile").goods
        assert (none.how, none.point, none.lower, none.upper) == ("true", 0, 0, 0)

    def test_bounds_score_and_policy_where_nobody_was_explored(self):
        case = drawn(exploration=0.0)

        blame = case.estimate()

        assert blame.of("score").goods.how == "bounded"
        assert blame.of("score").goods.lower == pytest.approx(0)
        assert blame.of("score").sole_goods.upper == pytest.approx(
            (case.recorded.failed.sum(axis=1) == 1)[case.recorded.failed[:, 3]].sum()
        )

    def test_gamma_narrows_the_bounds(self):
        case = drawn()

        wide = case.estimate(beliefs=Beliefs(pds=case.true_pd)).of("profile").goods
        narrow = case.estimate(beliefs=Beliefs(pds=case.true_pd, gamma=2)).of("profile").goods

        assert wide.lower < narrow.lower < narrow.point < narrow.upper < wide.upper
        truth = case.truth().of("profile").goods.point
        assert narrow.lower < truth < narrow.upper

    @pytest.mark.slow
    def test_intervals_cover_and_a_labelled_only_count_would_not(self):
        covered = {"model": [], "no model": [], "labelled only": []}
        for seed in range(60):
            case = drawn(6000, seed=seed)
            truth = case.truth()
            with_model = case.estimate(beliefs=Beliefs(pds=np.full(6000, 0.1)))
            score = truth.of("score").sole_goods.point
            for name, blame in (("model", with_model), ("no model", case.estimate())):
                found = blame.of("score").sole_goods
                covered[name].append(found.lower <= score <= found.upper)
                for number in ("blocked_good_rate", "net"):
                    bounds, true = (getattr(b.of("policy"), number) for b in (blame, truth))
                    covered.setdefault(f"{name} {number}", []).append(
                        bounds.lower <= true.point <= bounds.upper
                    )
            # The mutant: the stopped are taken to be like all with a known outcome.
            alike = replace(case.history, propensity=np.full(6000, 0.5))
            wrong = replace(case, history=alike).estimate().of("score").sole_goods
            covered["labelled only"].append(wrong.lower <= score <= wrong.upper)

        least = 0.95 - 3 * np.sqrt(0.95 * 0.05 / 60)
        assert np.mean(covered.pop("labelled only")) < 0.5
        assert min(np.mean(found) for found in covered.values()) >= least

    @pytest.mark.parametrize("with_pds", [True, False])
    @pytest.mark.parametrize("retries", [1, 3])
    def test_counts_those_who_tried_again_and_were_served(self, retries, with_pds):
        pulls, covered = [], []
        for seed in range(12):
            case = retried(seed=seed, retries=retries)
            found = case.estimate(beliefs=Beliefs(pds=case.true_pd) if with_pds else None)
            goods, true = found.of("score").goods, case.truth().of("score").goods.point
            pulls.append((goods.point - true) / ((goods.upper - goods.lower) / 3.92))
            covered.append(goods.lower <= true <= goods.upper)

        assert abs(np.mean(pulls)) < 3 / np.sqrt(12)
        assert np.mean(covered) >= 9 / 12  # 1 in 500 that fewer of 12 are covered at 95 %

    def test_leaves_out_open_windows(self):
        case = drawn(4000)
        matured = np.arange(4000) < 3000
        bad = np.where(matured, case.history.bad, np.nan)

        blame = replace(case, history=replace(case.history, matured=matured, bad=bad)).estimate()

        assert blame.n_journeys == 3000

    @pytest.mark.parametrize(
        ("changes", "options", "message"),
        [
            ({"matured": np.zeros(500, dtype=bool)}, {}, r"window has closed; of 500 none"),
            ({"weight": np.arange(1.0, 501)}, {}, r"equal weight"),
            ({}, {"beliefs": Beliefs(gamma=2)}, r"gamma .* needs pds"),
            ({}, {"beliefs": Beliefs(pds=np.full(500, 0.1), gamma=0.5)}, r"at least 1, but is 0.5"),
            ({}, {"beliefs": Beliefs(pds=np.full(3, 0.1))}, r"one length.*pds \(3,\)"),
            ({}, {"confidence": 95}, r"confidence must lie between"),
        ],
    )
    def test_refuses_bad_input(self, changes, options, message):
        case = drawn(500)

        with pytest.raises(DataError, match=message):
            replace(case, history=replace(case.history, **changes)).estimate(**options)
