"""riskkit.decisions.recalibration"""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from riskkit.decisions import ScoredOutcomes, band_model, score_ledger


def logit(p):
    return np.log(p) - np.log1p(-p)


def people(n, *, shift=(0.0, 0.0), share_sure=0.6, q=0.5, seed=0):
    """Log-odds of bad are those of the PD, shifted for the sure and for the explored."""
    rng = np.random.default_rng(seed)
    pds = rng.beta(1, 9, n)
    sure = rng.random(n) < share_sure
    true = 1 / (1 + np.exp(-(logit(pds) + np.where(sure, *shift))))
    propensity = np.where(sure, 1.0, q)
    seen = rng.random(n) < propensity
    bad = np.where(seen, rng.random(n) < true, np.nan)
    return ScoredOutcomes(pds=pds, bad=bad, propensity=propensity, amount=np.ones(n)), sure


class TestBandModel:
    def test_fits_each_stratum_to_its_own_labels(self):
        outcomes, _ = people(200_000, shift=(-0.5, 0.7))
        ledger = score_ledger(outcomes)
        band = np.searchsorted(ledger.edges, 0.1)

        rates = band_model(ledger).bad_rates[:, band]

        assert logit(rates[0]) - logit(0.1) == pytest.approx(-0.5, abs=0.1)
        assert logit(rates[1]) - logit(0.1) == pytest.approx(0.7, abs=0.1)

    def test_agrees_with_a_logistic_regression_on_rows(self):
        outcomes, sure = people(20_000)
        model = LogisticRegression(C=np.inf, tol=1e-10)
        model.fit(logit(outcomes.pds[sure])[:, None], outcomes.bad[sure])
        ledger = score_ledger(outcomes)
        bands = np.searchsorted(ledger.edges, [0.02, 0.1, 0.3])

        rates = band_model(ledger).bad_rates[0, bands]

        by_rows = model.predict_proba(logit(ledger.edges[bands])[:, None])[:, 1]
        assert rates == pytest.approx(by_rows, rel=0.01)

    def test_takes_the_unreachable_for_the_explored(self):
        outcomes, sure = people(20_000, shift=(-0.5, 0.7))
        outcomes.propensity[:100] = np.where(sure[:100], 1.0, 0.0)
        outcomes.bad[:100] = np.where(sure[:100], outcomes.bad[:100], np.nan)

        model = band_model(score_ledger(outcomes))

        assert model.own == (True, True, False)
        assert (model.bad_rates[2] == model.bad_rates[1]).all()

    def test_trusts_the_pds_where_there_is_no_label(self):
        pds = np.array([0.1, 0.2])
        outcomes = ScoredOutcomes(
            pds=pds, bad=np.full(2, np.nan), propensity=np.zeros(2), amount=np.ones(2)
        )
        ledger = score_ledger(outcomes)

        rates = band_model(ledger).bad_rates[2, np.searchsorted(ledger.edges, pds)]

        assert rates == pytest.approx(pds, rel=0.002)

    @pytest.mark.parametrize("bad", [0.0, 1.0])
    def test_stays_inside_where_all_are_alike(self, bad):
        outcomes = ScoredOutcomes(
            pds=np.linspace(0.01, 0.3, 50),
            bad=np.full(50, bad),
            propensity=np.ones(50),
            amount=np.ones(50),
        )

        rates = band_model(score_ledger(outcomes)).bad_rates

        assert (np.diff(rates[0]) >= 0).all()
        assert np.isfinite(rates).all()
