"""riskkit.decisions.offsets"""

import numpy as np
import pytest
from scipy import special

from riskkit.decisions import ScoredOutcomes, score_ledger, segment_offsets
from riskkit.errors import DataError

SHARES = {"app": 0.5, "web": 0.3, "shop": 0.15, "kiosk": 0.05}


def ledger_of(n=20_000, *, seed=0, off=0.0, explored=False):
    rng = np.random.default_rng(seed)
    channel = rng.choice(list(SHARES), n, p=list(SHARES.values()))
    moved = dict(zip(SHARES, (off, -off, -off, off), strict=True))
    log_odds = -3 + rng.normal(size=n)
    bad = (rng.random(n) < special.expit(log_odds + np.vectorize(moved.get)(channel))) * 1.0
    propensity = np.ones(n)
    if explored:
        propensity = np.where(log_odds + 0.5 * rng.normal(size=n) < -2.6, 1.0, 0.1)
        bad = np.where(rng.random(n) < propensity, bad, np.nan)
    return score_ledger(
        ScoredOutcomes(
            pds=special.expit(log_odds), bad=bad, propensity=propensity, amount=np.ones(n),
            by={"channel": channel},
        )
    ), np.array([moved[name] for name in sorted(SHARES)])  # fmt: skip


class TestSegmentOffsets:
    @pytest.mark.slow
    @pytest.mark.parametrize("explored", [False, True])
    def test_recover_planted_offsets_within_their_intervals(self, explored):
        covered = []
        for seed in range(30):
            ledger, planted = ledger_of(seed=seed, off=0.4, explored=explored)
            found = segment_offsets(ledger)
            # Against the mean that the ledger's own smoothed rates take up.
            away = found.raw - planted
            centre = np.average(away, weights=found.n_labelled)
            inside = (found.lower - centre <= planted) & (planted <= found.upper - centre)
            covered.extend(inside.tolist())

        assert 0.88 <= np.mean(covered) <= 1

    def test_shrink_small_segments_more(self):
        ledger, _ = ledger_of(seed=1, off=0.4)
        found = segment_offsets(ledger)
        mean = np.average(found.raw, weights=(found.upper - found.lower) ** -2.0)
        kept = (found.shrunk - mean) / (found.raw - mean)
        by_name = dict(zip((group[0] for group in found.groups), kept, strict=True))

        assert 0 <= by_name["kiosk"] < by_name["app"] < 1

    def test_are_closer_to_the_truth_than_raw_ones_where_nothing_is_off(self):
        errors = np.zeros(2)
        for seed in range(12):
            found = segment_offsets(ledger_of(5000, seed=seed)[0])
            errors += [np.abs(found.raw).max(), np.abs(found.shrunk).max()]

        assert errors[1] < 0.5 * errors[0]

    @pytest.mark.slow
    def test_rarely_call_chance_an_offset(self):
        p_values = [segment_offsets(ledger_of(5000, seed=s)[0]).p_value for s in range(60)]

        assert np.mean(np.array(p_values) < 0.05) <= 0.15

    def test_see_an_offset_of_0_4(self):
        assert segment_offsets(ledger_of(seed=2, off=0.4)[0]).p_value < 1e-6

    def test_give_a_segment_without_labels_the_mean(self):
        rng = np.random.default_rng(0)
        ledger = score_ledger(
            ScoredOutcomes(
                pds=np.full(3000, 0.1), propensity=np.where(np.arange(3000) < 2000, 1.0, 0.0),
                bad=np.where(np.arange(3000) < 2000, rng.random(3000) < 0.1, np.nan),
                amount=np.ones(3000), by={"channel": np.repeat(["a", "b", "c"], 1000)},
            )
        )  # fmt: skip

        found = segment_offsets(ledger)

        assert found.n_labelled.tolist() == [1000, 1000, 0]
        assert abs(found.shrunk[2]) < 0.1

    def test_need_one_column_of_segments(self):
        ledger = score_ledger(
            ScoredOutcomes(pds=np.full(2, 0.1), bad=np.zeros(2), propensity=np.ones(2),
                           amount=np.ones(2), by={"a": ["x", "y"], "b": ["u", "v"]})
        )  # fmt: skip

        with pytest.raises(DataError, match=r"one column, but the ledger is by a, b\.$"):
            segment_offsets(ledger)
