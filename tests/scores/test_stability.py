"""riskkit.scores.stability"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskkit.errors import DataError
from riskkit.scores import WoeBinning, psi, psi_by_chance

counts_by_bin = arrays(float, 6, elements=st.integers(0, 400))


class TestPsi:
    @pytest.mark.parametrize(
        ("actual", "expected"),
        [
            ([0.08, 0.09, *[0.1] * 6, 0.11, 0.12], 0.0101160),
            ([0.05, 0.07, 0.09, 0.10, 0.10, 0.10, 0.11, 0.12, 0.13, 0.13], 0.0667526),
        ],
    )
    def test_agrees_with_known_answers(self, actual, expected):
        assert psi(expected=[0.1] * 10, actual=actual) == pytest.approx(expected, abs=5e-8)

    @given(a=counts_by_bin, b=counts_by_bin)
    def test_is_the_same_both_ways_and_never_negative(self, a, b):
        a[0], b[1] = a[0] + 1, b[1] + 1

        value = psi(expected=a, actual=b)

        assert value == pytest.approx(psi(expected=b, actual=a), abs=1e-12)
        assert value >= 0

    def test_adds_half_a_row_to_every_bin_where_one_is_empty(self):
        value = psi(expected=[5, 0, 0], actual=[4, 1, 0])

        shares = np.array([[5.5, 0.5], [4.5, 1.5]]) / 6
        expected = np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0]))
        assert value == pytest.approx(expected)

    @pytest.mark.parametrize("counts", [[-1, 2], [0, 0]])
    def test_refuses_what_are_no_counts(self, counts):
        with pytest.raises(DataError, match=r"^actual must hold counts"):
            psi(expected=[1, 1], actual=counts)


class TestPsiByChance:
    @pytest.mark.parametrize(
        ("n_expected", "n_actual", "expected"),
        [(10_000, 1_000, 0.01861), (100_000, 500, 0.03401), (100_000, 10_000, 0.00186)],
    )
    def test_agrees_with_known_answers(self, n_expected, n_actual, expected):
        limit = psi_by_chance(n_expected=n_expected, n_actual=n_actual, n_bins=10)

        assert limit == pytest.approx(expected, abs=5e-6)

    def test_is_exceeded_by_one_of_twenty_unchanged_samples(self):
        rng = np.random.default_rng(0)
        shares = np.linspace(1, 3, 10) / 20

        values = [
            psi(expected=rng.multinomial(5000, shares), actual=rng.multinomial(2000, shares))
            for _ in range(2000)
        ]

        limit = psi_by_chance(n_expected=5000, n_actual=2000, n_bins=10)
        assert np.mean(np.array(values) > limit) == pytest.approx(0.05, abs=0.015)

    def test_is_0_for_one_bin(self):
        assert psi_by_chance(n_expected=10, n_actual=10, n_bins=1) == 0

    def test_refuses_empty_samples(self):
        with pytest.raises(DataError, match=r"^n_actual must be positive, but is 0\.$"):
            psi_by_chance(n_expected=10, n_actual=0, n_bins=2)


class TestStability:
    @pytest.fixture
    def binning(self, sample):
        return WoeBinning(special={"income": (-9.0, -8.0)}).fit(*sample)

    def test_finds_the_vintage_that_moved(self, binning, draw_sample):
        X, bad = draw_sample(4000, seed=3)
        month = np.array(["2026-01-05", "2026-02-28"], dtype="datetime64[s]")[np.arange(4000) % 2]
        moved = month == month[1]
        X.loc[moved, "debt"] *= 1.5

        stability = binning.stability(X, month, bad)

        psis = stability.features.set_index(["feature", "vintage"])
        assert (psis["rows"] == 2000).all()
        exceeds = psis["psi"] > psis["psi_by_chance"]
        assert exceeds["debt", "2026-02"]
        assert not exceeds["debt", "2026-01"]
        assert not exceeds["age"].any()

    def test_adds_up_to_psi_and_to_the_table_of_each_vintage(self, binning, draw_sample):
        X, bad = draw_sample(4000, seed=3)
        vintage = np.where(np.arange(4000) < 1500, "old", "new")

        stability = binning.stability(X, vintage, bad)

        new = stability.bins.query("vintage == 'new'")
        table = binning.table(X[1500:], bad[1500:])
        assert new["bin"].tolist() == table["bin"].tolist()
        for ours, theirs in (("rows", "rows"), ("bads", "bads"), ("observed_woe", "observed_woe")):
            assert new[ours].to_numpy() == pytest.approx(table[theirs].to_numpy(), nan_ok=True)
        job = stability.bins.query("feature == 'job' and vintage == 'new'")
        expected = psi(expected=binning.bins_[3].counts.rows, actual=job["rows"])
        features = stability.features.set_index(["feature", "vintage"])
        assert features.loc[("job", "new"), "psi"] == pytest.approx(expected)
        assert job["psi"].sum() == pytest.approx(expected)

    def test_needs_no_outcomes(self, binning, newcomers):
        stability = binning.stability(newcomers, np.full(len(newcomers), 2026))

        assert "bads" not in stability.bins
        assert stability.features["vintage"].unique().tolist() == ["2026"]
        jobs = stability.bins.query("feature == 'job'").set_index("bin")
        assert jobs.loc["(unseen levels)", "rows"] == 10
        assert jobs.loc["(unseen levels)", "training_share"] == 0

    @pytest.mark.parametrize(
        ("vintage", "message"),
        [
            (["a"], r"^vintage must have one value per row of X, but has 1 for 300 rows"),
            ([None] + ["a"] * 299, r"^vintage must be known .* missing in row 0\.$"),
        ],
    )
    def test_refuses_rows_without_a_vintage(self, binning, newcomers, vintage, message):
        with pytest.raises(DataError, match=message):
            binning.stability(newcomers, pd.Series(vintage))
