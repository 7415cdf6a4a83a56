"""riskkit.scores.reliability"""

import numpy as np
import pytest
from scipy import stats

from riskkit.errors import DataError, UndefinedRateError
from riskkit.scores import calibration_bands, hosmer_lemeshow, spiegelhalter


def right_pds(n, rng, power=1.0):
    """PDs and outcomes; with another power than 1 the PDs are wrong."""
    pds = rng.beta(1, 8, n)
    return {"bad": rng.random(n) < pds, "pds": pds**power}


class TestCalibrationBands:
    def test_agree_with_a_count_by_hand(self):
        bands = calibration_bands(
            bad=[0, 0, 1, 0, 1, 1], pds=[0.1, 0.2, 0.2, 0.3, 0.6, 0.9], n_bands=2
        )

        assert bands["n"].tolist() == [3, 3]
        assert bands["n_bad"].tolist() == [1, 2]
        assert bands["mean_pd"].tolist() == pytest.approx([0.5 / 3, 1.8 / 3])
        assert bands["bad_rate"].tolist() == pytest.approx([1 / 3, 2 / 3])
        assert bands[["pd_from", "pd_to"]].to_numpy().tolist() == [[0.1, 0.2], [0.3, 0.9]]

    def test_have_jeffreys_intervals_closed_at_the_ends(self):
        bad, pds = [0] * 9 + [1, 0, 0] + [1] * 4, [0.1] * 9 + [0.3] * 3 + [0.9] * 4

        bands = calibration_bands(bad=bad, pds=pds, n_bands=3)

        assert bands["lower"].iloc[0] == 0
        assert bands["upper"].iloc[-1] == 1
        limits = stats.beta(1.5, 2.5).ppf([0.025, 0.975])
        assert bands.loc[1, ["lower", "upper"]].tolist() == pytest.approx(limits.tolist())

    def test_cover_the_true_rate_as_often_as_they_say(self):
        rng = np.random.default_rng(0)
        draws = [calibration_bands(**right_pds(1500, rng), n_bands=5) for _ in range(40)]

        inside = [(b["lower"] <= b["mean_pd"]) & (b["mean_pd"] <= b["upper"]) for b in draws]

        assert np.mean(inside) == pytest.approx(0.95, abs=0.05)

    def test_weigh_rows(self):
        bands = calibration_bands(
            bad=[0, 1, 0, 0], pds=[0.1, 0.2, 0.4, 0.4], weight=[1, 3, 2, 2], n_bands=2
        )

        assert bands["bad_rate"].tolist() == pytest.approx([3 / 4, 0])
        assert bands["mean_pd"].tolist() == pytest.approx([(0.1 + 3 * 0.2) / 4, 0.4])
        assert bands["n_bad"].tolist() == [1, 0]
        worth = 4**2 / (1 + 9)  # Kish
        limits = stats.beta(0.75 * worth + 0.5, 0.25 * worth + 0.5).ppf([0.025, 0.975])
        assert bands.loc[0, ["lower", "upper"]].tolist() == pytest.approx(limits.tolist())

    def test_cover_the_true_rate_where_bads_were_oversampled(self):
        rng, inside, unweighted = np.random.default_rng(4), [], []
        for _ in range(60):
            columns = right_pds(4000, rng)
            weight = np.where(columns["bad"], 1.0, 4.0)  # one good of four was kept
            kept = columns["bad"] | (rng.random(4000) < 0.25)
            sample = {name: column[kept] for name, column in columns.items()}
            for held, w in ((inside, weight[kept]), (unweighted, None)):
                b = calibration_bands(**sample, weight=w, n_bands=5)
                held.append((b["lower"] <= b["mean_pd"]) & (b["mean_pd"] <= b["upper"]))

        assert np.mean(inside) >= 0.9
        assert np.mean(unweighted) < 0.5

    @pytest.mark.parametrize(
        ("weight", "message"),
        [([1, 0], r"^weight must be positive, but is 0.0 in row 1"), ([1], r"weight \(1,\)")],
    )
    def test_refuse_weights_that_are_none(self, weight, message):
        with pytest.raises(DataError, match=message):
            calibration_bands(bad=[0, 1], pds=[0.2, 0.3], weight=weight)

    def test_are_fewer_where_pds_are_equal(self):
        assert len(calibration_bands(bad=[0, 1, 0, 1], pds=[0.2] * 4)) == 1

    def test_refuse_what_is_no_band_or_nobody(self):
        with pytest.raises(DataError, match=r"^n_bands must be at least 1, but is 0"):
            calibration_bands(bad=[0, 1], pds=[0.2, 0.3], n_bands=0)
        with pytest.raises(UndefinedRateError, match="there are no applicants"):
            calibration_bands(bad=[], pds=[])


class TestHosmerLemeshow:
    def test_agrees_with_a_sum_by_hand(self):
        bad, pds = [1, 0, 0, 0, 1, 0, 1, 1, 0], [0.3] * 3 + [0.4] * 3 + [0.6] * 3

        found = hosmer_lemeshow(bad=bad, pds=pds, n_bands=3)

        expected = 0.1**2 / (3 * 0.21) + 0.2**2 / (3 * 0.24) + 0.2**2 / (3 * 0.24)
        assert found.statistic == pytest.approx(expected)
        assert found.degrees == 3
        assert found.p_value == pytest.approx(stats.chi2.sf(expected, 3))
        assert hosmer_lemeshow(bad=bad, pds=pds, n_bands=3, is_training=True).degrees == 1

    @pytest.mark.slow
    def test_rejects_right_pds_as_seldom_as_it_says_and_wrong_ones_nearly_always(self):
        rng = np.random.default_rng(1)
        right = [hosmer_lemeshow(**right_pds(2000, rng)).p_value for _ in range(100)]

        wrong = [hosmer_lemeshow(**right_pds(2000, rng, power=1.3)).p_value for _ in range(10)]

        assert np.mean(np.array(right) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)
        assert np.mean(np.array(wrong) < 0.05) > 0.9

    def test_refuses_too_few_bands(self):
        with pytest.raises(DataError, match=r"^n_bands must be at least 3"):
            hosmer_lemeshow(bad=[0, 1], pds=[0.2, 0.3], n_bands=2)
        with pytest.raises(UndefinedRateError, match="equal PDs leave 1 bands"):
            hosmer_lemeshow(bad=[0, 1], pds=[0.2, 0.2])


class TestSpiegelhalter:
    def test_is_standard_normal_where_pds_are_right(self):
        rng = np.random.default_rng(2)

        z = [spiegelhalter(**right_pds(2000, rng)).statistic for _ in range(200)]

        assert stats.kstest(z, "norm").pvalue > 0.01

    def test_is_standard_normal_where_bads_were_oversampled(self):
        rng, z, unweighted = np.random.default_rng(5), [], []
        for _ in range(200):
            columns = right_pds(4000, rng)
            weight = np.where(columns["bad"], 1.0, 4.0)
            kept = columns["bad"] | (rng.random(4000) < 0.25)
            sample = {name: column[kept] for name, column in columns.items()}
            z.append(spiegelhalter(**sample, weight=weight[kept]).statistic)
            unweighted.append(spiegelhalter(**sample).statistic)

        assert stats.kstest(z, "norm").pvalue > 0.01
        assert np.mean(unweighted) > 3

    def test_treats_equal_weights_as_none(self):
        columns = right_pds(500, np.random.default_rng(6))

        z = [spiegelhalter(**columns, weight=w).statistic for w in (None, np.full(500, 3.0))]

        assert z[0] == pytest.approx(z[1])

    def test_rejects_wrong_pds(self):
        found = spiegelhalter(**right_pds(5000, np.random.default_rng(3), power=1.2))

        assert found.p_value < 0.001
        assert found.statistic > 0  # more bads than the PDs say
        assert found.degrees is None

    def test_is_undefined_without_variance(self):
        with pytest.raises(UndefinedRateError, match="every PD is 0, a half or 1"):
            spiegelhalter(bad=[0, 1], pds=[0.5, 1])
