"""riskkit.decisions.coalitions"""

from itertools import permutations, product

import numpy as np
import pytest

from riskkit.decisions.coalitions import (
    N_GATES,
    UNTRIED,
    as_patterns,
    attempt_patterns,
    blocked_by_all,
    shapley_shares,
    sole_causes,
    step,
    verdict_codes,
)

EVERY_VERDICT = np.array(list(product([False, True], repeat=N_GATES)))


def blocked(attempts, active):
    """Say from scratch whether active gates block a journey."""
    return all(any(failed[gate] for gate in active) for failed in attempts)


def shapley_by_permutations(attempts):
    """Average, over all 120 orders, which gate turns served into blocked."""
    shares = np.zeros(N_GATES)
    for order in permutations(range(N_GATES)):
        for place, gate in enumerate(order):
            shares[gate] += blocked(attempts, order[: place + 1]) - blocked(attempts, order[:place])
    return shares / 120


def journeys(n, seed=0):
    """Draw journeys of one to three attempts."""
    rng = np.random.default_rng(seed)
    return [EVERY_VERDICT[rng.integers(32, size=rng.integers(1, 4))] for _ in range(n)]


def pattern(attempts):
    return as_patterns([np.bitwise_and.reduce(attempt_patterns(attempts))])


class TestShapleyShares:
    @pytest.mark.parametrize("attempts", journeys(30))
    def test_agrees_with_all_permutations(self, attempts):
        shares = shapley_shares(pattern(attempts))[0]

        assert shares == pytest.approx(shapley_by_permutations(attempts), abs=1e-14)

    def test_splits_one_attempt_evenly_among_its_failed_gates(self):
        shares = shapley_shares(attempt_patterns(EVERY_VERDICT))

        n_failed = np.maximum(EVERY_VERDICT.sum(axis=1, keepdims=True), 1)
        assert np.allclose(shares, EVERY_VERDICT / n_failed, atol=1e-15)

    def test_adds_up_to_whether_blocked(self):
        patterns = np.concatenate([pattern(attempts) for attempts in journeys(500)])

        shares = shapley_shares(patterns).sum(axis=1)

        assert np.abs(shares - blocked_by_all(patterns)).max() < 1e-12

    def test_gives_a_gate_that_rejects_nobody_exactly_nothing(self):
        patterns = [pattern(np.where(np.arange(5) == 2, False, a)) for a in journeys(100)]

        assert (shapley_shares(np.concatenate(patterns))[:, 2] == 0).all()

    def test_gives_two_identical_gates_equal_shares(self):
        twins = []
        for attempts in journeys(100):
            alike = attempts.copy()
            alike[:, 4] = alike[:, 1]
            twins.append(pattern(alike))

        shares = shapley_shares(np.concatenate(twins))

        assert (shares[:, 1] == shares[:, 4]).all()


class TestSoleCauses:
    @pytest.mark.parametrize("attempts", journeys(30, seed=1))
    def test_agrees_with_lifting_each_gate(self, attempts):
        sole = sole_causes(pattern(attempts))[0]

        everybody = blocked(attempts, range(5))
        expected = [everybody and not blocked(attempts, set(range(5)) - {g}) for g in range(5)]
        assert sole.tolist() == expected


class TestStep:
    @pytest.mark.parametrize("seed", range(10))
    def test_holds_exactly_the_completions(self, seed):
        rng = np.random.default_rng(seed)
        failed = rng.random((2, 5)) < 0.4
        unknown = ~failed & (rng.random((2, 5)) < 0.5)

        possible = frozenset({UNTRIED})
        for code in verdict_codes(failed, unknown).tolist():
            possible = step(possible, code)

        brute = set()
        for filled in product([False, True], repeat=int(unknown.sum())):
            complete = failed.copy()
            complete[unknown] = filled
            brute.add(int(pattern(complete)[0]))
        assert possible == brute
