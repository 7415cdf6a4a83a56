"""riskkit.explanations.recourse"""

import itertools

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Column, Derivation, Schema, rederived
from riskkit.errors import DataError
from riskkit.explanations import Movement, find_recourse, new_levers
from riskkit.lending import Gate, fee_apr, passes
from riskkit.scores import BoostedScorer, Scorecard

CUTOFF = 0.25


def number(**details):
    return Column(role="feature", kind="number", **details)


SCHEMA = Schema(
    columns={
        "loans": number(worse="higher", actionable=True),
        "amount": number(actionable=True),
        "share": number(worse="higher", actionable=True),
        "age": number(worse="lower"),
        "job": Column(role="feature", kind="category", actionable=True),
    }
)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 3000
    return pd.DataFrame(
        {
            "loans": rng.integers(0, 7, n).astype(float),
            "amount": 100.0 * rng.integers(1, 31, n),
            "share": rng.random(n).round(3),
            "age": rng.integers(18, 70, n).astype(float),
            "job": rng.choice(["cook", "nurse", "pilot"], n),
        }
    )


@pytest.fixture(scope="module")
def bad(table):
    job = table["job"].map({"cook": 0.5, "nurse": 0.0, "pilot": 1.0})
    margin = 0.6 * table["loans"] + table["amount"] / 1500 + 2 * table["share"] * job - 4.5
    margin += (table["age"] < 30) * 1.0
    return (np.random.default_rng(1).random(len(table)) < 1 / (1 + np.exp(-margin))).astype(int)


@pytest.fixture(scope="module")
def scorecard(table, bad):
    return Scorecard(directions={"loans": "higher", "share": "higher"}).fit(table, bad)


@pytest.fixture(scope="module")
def boosted(table, bad):
    return BoostedScorer(
        directions={"loans": "higher", "share": "higher"}, max_trees=40, n_leaves=8, n_folds=3
    ).fit(table, bad)


def rejected(scorer, table, n):
    pds = scorer.predict_proba(table)[:, 1]
    rows = np.flatnonzero((pds > CUTOFF) & (pds < 0.7))[:n]
    return [table.iloc[[row]] for row in rows]


def accepts_of(scorer):
    return lambda features: bool(scorer.predict_proba(features)[0, 1] <= CUTOFF)


def brute_force(scorer, applicant, levers):
    """The lowest cost over every combination of values."""
    choices = [[(None, 0.0), *zip(lever.options, lever.costs, strict=True)] for lever in levers]
    combinations = list(itertools.product(*choices))
    many = applicant.iloc[np.zeros(len(combinations), dtype=int)].reset_index(drop=True)
    for i, lever in enumerate(levers):
        own = lever.value
        many[lever.name] = [own if c[i][0] is None else c[i][0] for c in combinations]
    flips = scorer.predict_proba(many)[:, 1] <= CUTOFF
    costs = np.array([sum(cost for _, cost in c) for c in combinations])
    return costs[flips].min(initial=np.inf)


SMALL = {"amount": Movement(step=500), "share": Movement(step=0.1)}


class TestFindRecourse:
    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["scorecard", "boosted"])
    def test_costs_what_brute_force_finds(self, name, table, request):
        scorer = request.getfixturevalue(name)
        background = table.iloc[:200]
        n_found = 0
        for applicant in rejected(scorer, table, 6):
            levers = new_levers(applicant, background, SCHEMA, movements=SMALL)

            found = find_recourse(
                scorer, applicant, levers, pd_cutoff=CUTOFF, accepts=accepts_of(scorer)
            )

            expected = brute_force(scorer, applicant, levers)
            if found.plans:
                n_found += 1
                assert found.plans[0].cost == pytest.approx(expected)
                assert found.plans[0].cheapest
            else:
                assert found.proved_none
                assert expected == np.inf
        assert n_found

    @pytest.mark.slow
    def test_tries_lists_of_values_in_any_number_the_cheapest_first(self):
        rng = np.random.default_rng(4)
        names = [f"x{i}" for i in range(10)]  # 8 values each: too many combinations to hold
        table = pd.DataFrame(rng.integers(0, 8, (2000, len(names))).astype(float), columns=names)
        bad = rng.random(2000) < 1 / (1 + np.exp(7 - table.sum(axis=1) / 5))
        schema = Schema(columns=dict.fromkeys(names, number(worse="higher", actionable=True)))
        scorer = BoostedScorer(
            directions=dict.fromkeys(names, "higher"), max_trees=20, n_leaves=4, n_folds=3
        ).fit(table, bad.astype(int))
        (applicant,) = rejected(scorer, table, 1)
        levers = new_levers(applicant, table.iloc[:200], schema)

        found = find_recourse(
            scorer, applicant, levers, pd_cutoff=CUTOFF, accepts=accepts_of(scorer)
        )

        assert all(lever.step is None for lever in levers)
        assert np.prod([1 + len(lever.options) for lever in levers]) > 1e5
        single = [brute_force(scorer, applicant, [lever]) for lever in levers]
        pairs = [brute_force(scorer, applicant, two) for two in itertools.combinations(levers, 2)]
        assert found.plans[0].cheapest
        assert found.plans[0].cost == pytest.approx(min(*single, *pairs))

    @pytest.mark.parametrize("name", ["scorecard", "boosted"])
    def test_flips_every_suggestion_and_touches_nothing_else(self, name, table, request):
        scorer = request.getfixturevalue(name)
        for applicant in rejected(scorer, table, 3):
            levers = new_levers(applicant, table.iloc[:200], SCHEMA, movements=SMALL)

            found = find_recourse(
                scorer, applicant, levers, pd_cutoff=CUTOFF, accepts=accepts_of(scorer)
            )

            assert 1 <= len(found.plans) <= 3
            assert len({frozenset(plan.changes) for plan in found.plans}) == len(found.plans)
            costs = [plan.cost for plan in found.plans]
            assert costs == sorted(costs)
            for plan in found.plans:
                changed = applicant.assign(**{k: new for k, (_, new) in plan.changes.items()})
                assert scorer.predict_proba(changed)[0, 1] <= CUTOFF
                assert plan.pd == scorer.predict_proba(changed)[0, 1]
                assert "age" not in plan.changes
                before, after = plan.changes.get("loans", (0.0, 0.0))
                assert after <= before
                assert after == round(after)

    @pytest.mark.parametrize("name", ["scorecard", "boosted"])
    def test_proves_that_nothing_helps(self, name, table, request):
        scorer = request.getfixturevalue(name)
        (applicant,) = rejected(scorer, table, 1)
        stuck = {"loans": Movement(low=float(applicant["loans"].iloc[0]))}
        schema = Schema(columns={n: c if n == "loans" else c.model_copy(
            update={"actionable": False}) for n, c in SCHEMA.columns.items()})  # fmt: skip
        levers = new_levers(applicant, table.iloc[:200], schema, movements=stuck)

        found = find_recourse(
            scorer, applicant, levers, pd_cutoff=CUTOFF, accepts=accepts_of(scorer)
        )

        assert found.plans == ()
        assert found.proved_none

    def test_makes_no_suggestion_that_another_gate_refuses(self, scorecard, table):
        (applicant,) = rejected(scorecard, table, 1)
        levers = new_levers(applicant, table.iloc[:200], SCHEMA, movements=SMALL)

        found = find_recourse(
            scorecard, applicant, levers, pd_cutoff=CUTOFF, accepts=lambda _: False
        )

        assert found.plans == ()
        assert not found.proved_none

    def test_refuses_an_applicant_whom_the_score_approves(self, scorecard, table):
        pds = scorecard.predict_proba(table)[:, 1]
        approved = table.iloc[[int(pds.argmin())]]

        with pytest.raises(DataError, match=r"^applicant must be rejected by the score, but has"):
            find_recourse(scorecard, approved, (), pd_cutoff=CUTOFF, accepts=accepts_of(scorecard))


LOAN = Schema(
    columns={
        "amount": number(worse="higher", actionable=True),
        "term": number(actionable=True),
        "age": number(worse="lower"),
        "fee": Column(role="ignore", kind="number"),
        "apr": number(
            worse="higher", derived=Derivation(formula="fee_apr", columns=("fee", "term"))
        ),
        "rate": number(
            worse="higher", derived=Derivation(formula="ratio", columns=("amount", "term"))
        ),
    }
)
HALVES = {"amount": Movement(step=300)}


@pytest.fixture(scope="module")
def loans():
    rng = np.random.default_rng(2)
    n = 3000
    table = pd.DataFrame(
        {
            "amount": 300.0 * rng.integers(1, 11, n),
            "term": rng.choice([3.0, 6.0, 12.0, 24.0], n),
            "age": rng.integers(18, 70, n).astype(float),
            "fee": rng.choice([0.004, 0.012], n),
            "apr": 0.0,
            "rate": 0.0,
        }
    )
    return rederived(table, LOAN.derived, changed={"fee", "amount"})


@pytest.fixture(scope="module", params=["scorecard", "boosted"])
def loan_scorer(request, loans):
    margin = 8 * loans["apr"] + loans["rate"] / 200 + loans["term"] / 24 - loans["age"] / 30 - 2.2
    bad = (np.random.default_rng(3).random(len(loans)) < 1 / (1 + np.exp(-margin))).astype(int)
    features = loans[list(LOAN.features)]
    if request.param == "scorecard":
        return Scorecard(directions=LOAN.directions).fit(features, bad)
    return BoostedScorer(directions=LOAN.directions, max_trees=40, n_leaves=8, n_folds=3).fit(
        features, bad
    )


class TestDerivedFeatures:
    def test_follow_in_every_suggestion_and_cost_what_brute_force_finds(self, loan_scorer, loans):
        n_found = 0
        for applicant in rejected(loan_scorer, loans, 8):
            levers = new_levers(applicant, loans.iloc[:200], LOAN, movements=HALVES)

            found = find_recourse(
                loan_scorer, applicant, levers, pd_cutoff=CUTOFF, derived=LOAN.derived,
                accepts=accepts_of(loan_scorer),
            )  # fmt: skip

            values = [[lever.value, *lever.options] for lever in levers]
            grid = pd.DataFrame(itertools.product(*values), columns=[v.name for v in levers])
            many = pd.concat([applicant] * len(grid), ignore_index=True).assign(**grid)
            many["rate"] = many["amount"] / many["term"]
            many["apr"] = [fee_apr(fee, int(term)).nominal for fee, term in
                           zip(many["fee"], many["term"], strict=True)]  # fmt: skip
            costs = sum(
                grid[lever.name].map(
                    {lever.value: 0.0, **dict(zip(lever.options, lever.costs, strict=True))}
                )
                for lever in levers
            )
            flips = loan_scorer.predict_proba(many)[:, 1] <= CUTOFF
            expected = costs[flips].min() if flips.any() else None
            assert (found.plans[0].cost if found.plans else None) == pytest.approx(expected)
            for plan in found.plans:
                n_found += 1
                term = plan.changes.get("term", (None, applicant["term"].iloc[0]))[1]
                apr = plan.follow.get("apr", (None, applicant["apr"].iloc[0]))[1]
                assert apr == pytest.approx(fee_apr(applicant["fee"].iloc[0], int(term)).nominal)
                assert "rate" in plan.follow
                assert plan.pd <= CUTOFF
        assert n_found > 4

    def test_are_proved_to_be_the_cheapest_in_fine_steps(self, loan_scorer, loans):
        # Some 2,000 amounts and terms, of which trees tell far fewer apart.
        fine = {"amount": Movement(step=5)}
        applicants = rejected(loan_scorer, loans, 40)
        most = max(applicants, key=lambda one: one["amount"].iloc[0])
        levers = new_levers(most, loans.iloc[:200], LOAN, movements=fine)

        found = find_recourse(
            loan_scorer, most, levers, pd_cutoff=CUTOFF, derived=LOAN.derived,
            accepts=accepts_of(loan_scorer),
        )  # fmt: skip

        amount, term = ([(lever.value, 0.0), *zip(lever.options, lever.costs, strict=True)]
                        for lever in levers)  # fmt: skip
        grid = list(itertools.product(amount, term))
        many = pd.concat([most] * len(grid), ignore_index=True).assign(
            amount=[a for (a, _), _ in grid], term=[t for _, (t, _) in grid]
        )
        many = rederived(many, LOAN.derived, changed={"amount", "term"})
        flips = loan_scorer.predict_proba(many)[:, 1] <= CUTOFF
        costs = np.array([a + t for (_, a), (_, t) in grid])
        assert len(grid) > 1000
        assert found.plans[0].cheapest
        assert found.plans[0].cost == pytest.approx(costs[flips].min())

    def test_would_be_told_wrong_if_left_behind(self, loan_scorer, loans):
        # The check above can fail: without the formulas some suggestions do not flip.
        stale = 0
        for applicant in rejected(loan_scorer, loans, 15):
            levers = new_levers(applicant, loans.iloc[:200], LOAN, movements=HALVES)
            found = find_recourse(
                loan_scorer, applicant, levers, pd_cutoff=CUTOFF, accepts=lambda _: True
            )
            for plan in found.plans:
                moves = {name: new for name, (_, new) in plan.changes.items()}
                true = rederived(applicant.assign(**moves), LOAN.derived, changed=moves)
                stale += plan.pd != loan_scorer.predict_proba(true)[0, 1]

        assert stale

    @pytest.mark.parametrize(
        "spoiled",
        [
            lambda one: one.drop(columns="fee"),
            lambda one: one.assign(apr=one["apr"] + 0.01),
        ],
    )
    def test_hold_back_what_they_follow_from_where_they_cannot_be_told(self, loans, spoiled):
        levers = new_levers(spoiled(loans.iloc[[0]]), loans.iloc[:200], LOAN)

        assert [lever.name for lever in levers] == ["amount"]

    def test_do_not_move_by_themselves(self, loans):
        columns = LOAN.columns | {"rate": LOAN.columns["rate"].model_copy(
            update={"actionable": True})}  # fmt: skip

        levers = new_levers(loans.iloc[[0]], loans.iloc[:200], Schema(columns=columns))

        assert [lever.name for lever in levers] == ["amount", "term"]
        assert levers[0].follows == ("rate",)
        assert set(levers[1].follows) == {"apr", "rate"}


class TestNewLevers:
    def levers(self, column, own, seen, **options):
        schema = Schema(columns={"x": column})
        return new_levers(pd.DataFrame({"x": [own]}), pd.DataFrame({"x": seen}), schema, **options)

    def test_moves_whole_numbers_to_whole_numbers_in_the_direction_that_helps(self):
        (lever,) = self.levers(
            number(worse="higher", actionable=True), 5.0, [float(i) for i in range(20)]
        )

        assert lever.options.tolist() == [0, 1, 2, 3, 4]
        assert lever.step == 1

    def test_keeps_to_the_values_there_are_where_they_are_few(self):
        (lever,) = self.levers(number(actionable=True), 6.0, [3.0, 6.0, 12.0, 24.0])

        assert lever.options.tolist() == [3, 12, 24]
        assert lever.step is None

    def test_costs_one_for_a_change_and_more_the_farther_it_goes(self):
        (lever,) = self.levers(
            number(actionable=True, worse="higher"), 20.0, [float(i) for i in range(21)]
        )

        width = np.quantile([*range(21), 20], 0.95) - np.quantile([*range(21), 20], 0.05)
        np.testing.assert_allclose(lever.costs, 1 + (20 - lever.options) / width)

    def test_leaves_out_what_a_gate_would_stop(self):
        gate = Gate(cause="policy", column="x", comparison=">=", value=3)

        (lever,) = self.levers(
            number(worse="higher", actionable=True), 5.0, [0.0, 2.0, 4.0], gates=[gate]
        )

        assert lever.options.tolist() == [4]
        assert passes(gate, pd.DataFrame({"x": lever.options})).all()

    def test_makes_a_list_of_steps_with_a_gap(self):
        gate = Gate(cause="policy", column="x", comparison="!=", value=3)

        (lever,) = self.levers(
            number(worse="higher", actionable=True), 5.0, [float(i) for i in range(20)],
            gates=[gate],
        )  # fmt: skip

        assert lever.options.tolist() == [0, 1, 2, 4]
        assert lever.step is None

    def test_moves_shares_in_even_steps(self):
        (lever,) = self.levers(
            number(worse="higher", actionable=True), 0.305, list(np.linspace(0, 1, 41))
        )

        np.testing.assert_allclose(lever.options, np.arange(31) / 100, atol=1e-12)

    @pytest.mark.parametrize("own", [np.nan, -9.0])
    def test_leaves_what_is_not_on_file(self, own):
        assert self.levers(number(actionable=True, special=(-9.0,)), own, [1.0, 2.0]) == ()

    def test_leaves_what_cannot_be_changed(self):
        assert self.levers(number(), 1.0, [2.0]) == ()

    def test_refuses_a_movement_of_what_cannot_be_changed(self):
        with pytest.raises(DataError, match=r"^movements must be for actionable .* 'x' is none"):
            self.levers(number(), 1.0, [2.0], movements={"x": Movement()})

    def test_refuses_too_many_steps(self):
        with pytest.raises(DataError, match=r"^x must have at most 5000 values .* has 10001"):
            self.levers(
                number(actionable=True), 1.0, [0.0, 1.0], movements={"x": Movement(step=1e-4)}
            )
