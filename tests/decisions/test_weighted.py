"""riskkit.decisions._weighted and riskkit.decisions._weighted_limits"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from riskkit.decisions import (
    ScoredOutcomes,
    against_incumbent,
    edge_above,
    score_ledger,
    tradeoff_curve,
)
from riskkit.decisions._weighted import weighted_ledger
from riskkit.decisions.ledger import MEASURES
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics
from riskkit.selection import wilson_interval

ECONOMICS = LoanEconomics(margin=0.1, lgd=0.5, churn=0.1, lifetime_value=0.5, operating=1.0)
CUTOFFS = edge_above(np.array([0.03, 0.1]))
PAST = float(edge_above(np.array([0.06]))[0])
RATES = ("approval_rate", "bad_rate", "bad_amount_rate", "false_rejection_rate", "profit")
LEAST = 0.89  # chance 1 in 250 that fewer of 120 intervals at 95 % hold the truth
KEPT = 0.1  # of those of whom some are left out; they weigh 10


def drawn(n, *, seed, explored=False, labelled=True):
    """Draw applicants whose PDs are a quarter too low, who ask for more where they are riskier."""
    rng = np.random.default_rng(seed)
    pds = np.exp(rng.normal(-2.5, 1, n)).clip(1e-4, 0.7)
    bad = (rng.random(n) < 1.25 * pds) * 1.0
    amount = 100 * (1 + 4 * pds) * rng.gamma(4, 0.25, n)
    propensity = np.where((pds <= PAST) | (not explored), 1.0, 0.25)
    if labelled:
        bad = np.where(rng.random(n) < propensity, bad, np.nan)
    return ScoredOutcomes(pds=pds, bad=bad, propensity=propensity, amount=amount)


def thinned(people, by, *, seed):
    """Leave most applicants of one kind out; those who stay weigh as many as they stand for."""
    rare = {
        "safe": people.pds <= PAST,
        "risky": people.pds > PAST,
        "good": people.bad == 0,
        "bad": people.bad == 1,
        "large": people.amount > 150,
    }[by]
    rng = np.random.default_rng([seed, 7])
    stays = ~rare | (rng.random(len(people.pds)) < KEPT)
    names = ("pds", "bad", "propensity", "amount")
    kept = replace(people, **{name: getattr(people, name)[stays] for name in names})
    return kept, np.where(rare, 1 / KEPT, 1.0)[stays]


def by_one_number(ledger):
    """Account as if all rows told the same: Kish's number of them, at every cut-off."""
    return replace(ledger, sums={name: ledger.sums[name] for name in MEASURES})


def found_of(ledger, cutoffs):
    curve = tradeoff_curve(ledger, cutoffs, economics=ECONOMICS)
    return {
        (name, place): (row[f"{name}_lower"], row[name], row[f"{name}_upper"])
        for place, row in curve.iterrows()
        for name in RATES
    }


@cache
def truth_of(explored):
    people = drawn(2_000_000, seed=99, explored=explored, labelled=False)
    everybody = score_ledger(replace(people, propensity=np.ones(len(people.pds))))
    truth = {key: point for key, (_, point, _) in found_of(everybody, CUTOFFS).items()}
    compared = against_incumbent(score_ledger(people), CUTOFFS[1], economics=ECONOMICS)
    return truth, compared


def coverage(by, *, explored=False, account=lambda ledger: ledger, n=9000, seeds=range(120)):
    truth, _ = truth_of(explored)
    held = {key: [] for key in truth}
    for seed in seeds:
        people, weight = thinned(drawn(n, seed=seed, explored=explored), by, seed=seed)
        found = found_of(account(weighted_ledger(people, weight)), CUTOFFS)
        for key, (lower, _, upper) in found.items():
            held[key].append(lower <= truth[key] <= upper)
    return {key: float(np.mean(hits)) for key, hits in held.items()}


def by_hand(weight, *, bad=(0, 0, 1, 0, 1), propensity=(1,) * 5, amount=(100.0,) * 5):
    scored = ScoredOutcomes(
        pds=np.array([0.01, 0.02, 0.03, 0.5, 0.6]), bad=np.array(bad, dtype=float),
        propensity=np.array(propensity, dtype=float), amount=np.array(amount),
    )  # fmt: skip
    ledger = weighted_ledger(scored, np.array(weight, dtype=float))
    return tradeoff_curve(ledger, CUTOFFS[1:], economics=ECONOMICS).iloc[0]


class TestWeightedLedger:
    @pytest.mark.slow
    @pytest.mark.parametrize("explored", [False, True])
    @pytest.mark.parametrize("by", ["safe", "risky", "good", "bad", "large"])
    def test_covers_the_truth_as_often_as_promised(self, by, explored):
        found = coverage(by, explored=explored)

        assert min(found.values()) >= LEAST

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("by", "rate"),
        [("safe", ("bad_rate", 0)), ("bad", ("bad_rate", 1)), ("bad", ("profit", 1))],
    )
    def test_tells_of_weights_that_go_with_score_or_outcome(self, by, rate):
        # One number of equal rows for the whole table is what the intervals must not rest on.
        assert coverage(by, account=by_one_number)[rate] < LEAST
        assert coverage(by)[rate] >= LEAST

    @pytest.mark.slow
    @pytest.mark.parametrize("by", ["risky", "bad"])
    def test_compares_with_the_past_policy_as_surely_as_promised(self, by):
        _, truth = truth_of(explored=True)
        held = []
        for seed in range(120):
            people, weight = thinned(drawn(9000, seed=seed, explored=True), by, seed=seed)
            ledger = weighted_ledger(people, weight)
            found = against_incumbent(ledger, CUTOFFS[1], economics=ECONOMICS)
            bad_rate = found.swap_in_bad_rate_lower, found.swap_in_bad_rate_upper
            held.append((
                found.goods_lower <= truth.goods,
                found.profit_lower <= truth.profit,
                bad_rate[0] <= truth.swap_in_bad_rate <= bad_rate[1],
            ))  # fmt: skip

        assert np.mean(held, axis=0)[:2].min() >= LEAST  # one-sided 95 %
        assert np.mean(held, axis=0)[2] >= 0.82  # two-sided 90 %

    def test_agrees_with_variances_by_hand(self):
        row = by_hand([2, 2, 4, 4, 5])

        # Two good of weight 2 and a bad one of weight 4 are approved.
        n_equal = 0.25 * 8**2 / (0.25 * (4 + 4 + 16))
        assert row["bad_rate"] == pytest.approx(1 / 2)
        lower, upper = wilson_interval(n_equal / 2, n_equal)
        assert row["bad_rate_lower"] == pytest.approx(float(lower))
        assert row["bad_rate_upper"] == pytest.approx(float(upper))
        # Of approvals: 8 of 17 by weight.
        rate = 8 / 17
        n_equal = rate * (1 - rate) * 17**2 / ((1 - rate) ** 2 * 24 + rate**2 * 41)
        lower, upper = wilson_interval(rate * n_equal, n_equal)
        assert row["approval_rate_lower"] == pytest.approx(float(lower))
        assert row["approval_rate_upper"] == pytest.approx(float(upper))

    def test_does_not_depend_on_the_scale_of_weights(self):
        row, scaled = (by_hand(k * np.array([1.0, 2, 3, 4, 5])) for k in (1, 1000))

        np.testing.assert_allclose(row.to_numpy(), scaled.to_numpy(), rtol=1e-9)

    def test_is_as_wide_as_a_plain_sample_where_weights_hardly_differ(self):
        people = drawn(4000, seed=3)
        weight = np.where(np.arange(4000) == 0, 1.0 + 1e-9, 1.0)

        found, plain = (
            found_of(ledger, CUTOFFS)
            for ledger in (weighted_ledger(people, weight), score_ledger(people))
        )

        for key, (lower, point, upper) in plain.items():
            assert found[key][1] == pytest.approx(point, rel=1e-4)
            assert found[key][2] - found[key][0] == pytest.approx(upper - lower, rel=0.1)

    @pytest.mark.parametrize("bad", [(0, 0, 0, 0, 1), (0, 0, 0, 1, 1)])
    def test_does_not_take_no_bads_for_certainty(self, bad):
        row = by_hand([1, 2, 3, 4, 5], bad=bad)

        assert row["bad_rate"] == pytest.approx(0, abs=1e-12)
        assert row["bad_rate_upper"] > 0.5  # of 36 / 14 equal rows
        assert row["false_rejection_rate_upper"] > row["false_rejection_rate"]

    def test_gives_bounds_and_no_point_where_nobody_could_be_seen(self):
        row = by_hand([1, 2, 3, 4, 5], bad=(0, 0, np.nan, 0, np.nan), propensity=(1, 1, 0, 1, 0))

        for name in ("bad_rate", "bad_amount_rate", "false_rejection_rate", "profit"):
            assert np.isnan(row[name])
            assert row[f"{name}_lower"] < row[f"{name}_upper"]
        assert row["bad_rate_lower"] == 0
        assert row["bad_rate_upper"] > 3 / 6
        assert row["false_rejection_rate_lower"] < 4 / (4 + 6)
        assert row["false_rejection_rate_upper"] > 9 / (9 + 3)

    def test_refuses_to_be_added_up(self):
        people = drawn(100, seed=0)
        ledger = weighted_ledger(people, np.linspace(1, 2, 100))

        with pytest.raises(DataError, match="not sampling weights"):
            ledger + score_ledger(people)
