"""riskkit.decisions.policy_changes"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Applications, History
from riskkit.decisions import Mix, Policy, policy_effects
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics

CHANGE = np.datetime64("2025-01-01")
ECONOMICS = LoanEconomics(margin=0.06, lgd=0.8, churn=0.1, lifetime_value=0.3)


def drawn(n=12_000, *, seed=0, shift=0.0, step=0.5, exploration=0.1):
    """Draw a year with a rule that asks for `step` less risk from its middle on.

    After the change the applicants' x is higher by `shift`. Return the history, x, and the true
    change of the four rates for the people of before.
    """
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(-180, 180, n))
    after = day >= 0
    x = rng.normal(size=n) + shift * after
    pds = 1 / (1 + np.exp(2.6 - x))
    bad = rng.random(n) < pds
    limit = np.where(after, 0.8 - step, 0.8)
    chance = np.where(x <= limit, 1.0, exploration)
    approved = rng.random(n) < chance
    ids = np.arange(n).astype(str).astype(object)
    table = pd.DataFrame({"x": x, "shop": np.where(x > 0, "a", "b")})
    applications = Applications(
        ids=ids,
        groups=ids,
        features=table[["x"]],
        table=table,
        amount=np.full(n, 100.0),
        time=(CHANGE + day).astype("datetime64[s]"),
    )
    history = History(
        applications=applications,
        approved=approved,
        reached=np.ones(n, dtype=bool),
        matured=np.ones(n, dtype=bool),
        bad=np.where(approved, bad, np.nan),
        propensity=chance if exploration else None,
        weight=None,
    )
    rules = [np.where(x[~after] <= at, 1.0, exploration) for at in (0.8, 0.8 - step)]
    rates = [_rates(rule, bad[~after]) for rule in rules]
    return history, x, {name: rates[1][name] - rates[0][name] for name in rates[0]}


def _rates(chance, bad):
    values = ECONOMICS.values([100.0])
    good = ~bad
    return {
        "approval_rate": chance.mean(),
        "bad_rate": chance @ bad / chance.sum(),
        "false_rejection_rate": (1 - chance) @ good / good.sum(),
        "profit": np.mean(
            chance * good * values.good_if_approved
            + chance * bad * values.bad_if_approved
            + (1 - chance) * good * values.good_if_stopped
        ),
    }


def effect(history, mix, **options):
    (found,) = policy_effects(history, [CHANGE], mix=mix, economics=ECONOMICS, **options)
    return found


class TestPolicyEffects:
    def test_recovers_a_planted_effect_where_the_mix_shifts(self):
        history, x, truth = drawn(shift=0.5)

        found = effect(history, Mix(bands={"x": x}))

        approvals = found.approval_rate
        assert approvals.change.point == pytest.approx(truth["approval_rate"], abs=0.02)
        assert approvals.naive < approvals.change.lower < approvals.change.point
        assert approvals.before == pytest.approx(history.approved[:6000].mean(), abs=0.02)

    @pytest.mark.slow
    def test_intervals_cover_and_those_of_the_naive_would_not(self):
        covered, naive = {}, []
        for seed in range(100):
            history, x, truth = drawn(6000, seed=seed, shift=0.3)
            found = effect(history, Mix(bands={"x": x}, n_bands=40))
            for name, change in truth.items():
                reading = getattr(found, name)
                covered.setdefault(name, []).append(
                    reading.change.lower <= change <= reading.change.upper
                )
            approvals = found.approval_rate
            naive.append(approvals.naive_lower <= truth["approval_rate"] <= approvals.naive_upper)

        least = 0.95 - 3 * np.sqrt(0.95 * 0.05 / 100)
        assert {
            name: np.mean(hits) for name, hits in covered.items() if np.mean(hits) < least
        } == {}
        assert np.mean(naive) < 0.2

    def test_sees_nothing_where_nothing_changed(self):
        history, x, _ = drawn(step=0.0)

        found = effect(history, Mix(bands={"x": x}), confidence=0.999)

        for name in ("approval_rate", "bad_rate", "false_rejection_rate", "profit"):
            change = getattr(found, name).change
            assert change.lower < 0 < change.upper

    def test_holds_segments_fixed(self):
        history, _, truth = drawn(shift=0.5)

        plain = effect(history, Mix())
        fixed = effect(history, Mix(segments=("shop",)))

        assert plain.approval_rate.change.point == pytest.approx(plain.approval_rate.naive)
        errors = [
            abs(found.approval_rate.change.point - truth["approval_rate"])
            for found in (plain, fixed)
        ]
        assert errors[1] < errors[0]

    def test_prices_each_segment_by_its_own_economics(self):
        history, x, _ = drawn(4000)
        rich = LoanEconomics(margin=0.3, churn=0.2, lifetime_value=0.5)

        def profit(of_a, of_b):
            own = {"a": {"pd_cutoff": 0.1}, "b": {"pd_cutoff": 0.1, "economics": of_b}}
            policy = Policy(created="2026-01-31T00:00:00Z", pd_cutoff=0.1, objective="profit",
                            economics=of_a, model_hash="", by="shop", segments=own)  # fmt: skip
            mix = Mix(bands={"x": x})
            (found,) = policy_effects(history, [CHANGE], mix=mix, economics=policy)
            return found.profit.before

        apart = profit(ECONOMICS, rich) + profit(rich, ECONOMICS)
        assert apart == pytest.approx(profit(ECONOMICS, None) + profit(rich, None))
        assert profit(ECONOMICS, rich) != pytest.approx(profit(rich, ECONOMICS))

    def test_bounds_blocked_goods_where_nobody_was_explored(self):
        history, x, truth = drawn(exploration=0.0)

        found = effect(history, Mix(bands={"x": x}))

        assert found.false_rejection_rate.change.how == "bounded"
        assert found.false_rejection_rate.change.point is None
        for name in ("false_rejection_rate", "profit"):
            change = getattr(found, name).change
            assert change.lower <= truth[name] <= change.upper
        assert found.bad_rate.change.point is not None

    @pytest.mark.parametrize("exploration", [0.003, 0.01])
    def test_bounds_blocked_goods_where_too_few_were_explored(self, exploration):
        history, x, truth = drawn(8000, exploration=exploration)
        explored = history.labelled & (history.propensity < 1)
        n_bad = history.bad[explored].sum()

        change = effect(history, Mix(bands={"x": x})).false_rejection_rate.change

        assert explored.sum() < 60
        assert n_bad
        assert change.how == "bounded"
        assert change.lower <= truth["false_rejection_rate"] <= change.upper

    def test_waits_for_outcomes(self):
        history, x, _ = drawn()
        matured = history.applications.time < CHANGE
        late = replace(history, matured=matured, bad=np.where(matured, history.bad, np.nan))

        found = effect(late, Mix(bands={"x": x}))

        assert found.bad_rate is None
        assert found.approval_rate.change.point < 0
        assert found.n_matured[1] == 0

    def test_stops_at_the_next_change(self):
        history, x, _ = drawn()

        first, second = policy_effects(
            history, ["2025-03-01", "2024-12-01"], mix=Mix(bands={"x": x}), economics=ECONOMICS
        )

        assert str(first.date) == "2024-12-01"
        assert first.end == second.date
        assert second.start == first.date

    @pytest.mark.parametrize(
        ("date", "mix", "options", "message"),
        [
            (
                "2031-01-01",
                Mix(),
                {},
                r"2031-01-01 .* before it there are 0; the table goes from 2",
            ),
            ("first of May", Mix(), {}, r"must read like 2025-04-01, but one is 'first of May'"),
            ("2025-01-01", Mix(segments=("city",)), {}, r"column 'city', .* it has 'x', 'shop'"),
            ("2025-01-01", Mix(bands={"PD": [0.1]}), {}, r"PD must have 12000 values, but has 1"),
            ("2025-01-01", Mix(), {"months": 0}, r"months must be at least 1, but is 0"),
        ],
    )
    def test_refuses_bad_input(self, date, mix, options, message):
        history, _, _ = drawn()

        with pytest.raises(DataError, match=message):
            policy_effects(history, [date], mix=mix, economics=ECONOMICS, **options)

    def test_needs_times(self):
        history, _, _ = drawn()
        timeless = replace(history, applications=replace(history.applications, time=None))

        with pytest.raises(DataError, match="give a column role time"):
            effect(timeless, Mix())
