"""riskkit.decisions.feasibility"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskkit.decisions import LimitedCurve, feasible_cutoffs, shadow_prices
from riskkit.errors import InfeasibleCutoffError, TooFewRowsError
from riskkit.lending import parse_limit

BAD = parse_limit("bad_rate <= 3%")
APPROVAL = parse_limit("approval_rate >= 60%")
MISSED = parse_limit("false_rejection_rate <= 30%")
SURE = parse_limit("bad_rate <= 3% @ 95%")


def curve(limits, *, passed=None, enough=(True,) * 4):
    rates = {
        BAD: np.array([0.01, 0.02, 0.04, 0.08]),
        SURE: np.array([0.01, 0.02, 0.04, 0.08]),
        APPROVAL: np.array([0.2, 0.5, 0.7, 1.0]),
        MISSED: np.array([0.8, 0.5, 0.25, 0.0]),
    }
    return LimitedCurve(
        cutoffs=np.array([0.02, 0.05, 0.1, 1.0]),
        approval_rate=rates[APPROVAL],
        rates={limit: rates[limit] for limit in limits},
        passed=passed or {},
        enough=np.array(enough),
        least=100,
        n_applicants=1000,
    )


class TestFeasibleCutoffs:
    def test_keeps_what_every_limit_allows(self):
        loose = parse_limit("bad_rate <= 5%")
        limited = curve([APPROVAL, MISSED, BAD])
        limited.rates[loose] = limited.rates[BAD]

        assert feasible_cutoffs(limited, [loose, APPROVAL, MISSED]).tolist() == [
            False, False, True, False,
        ]  # fmt: skip

    def test_says_how_many_it_takes_where_all_are_too_few(self):
        few = replace(curve([BAD], enough=(False,) * 4), n_applicants=80)

        with pytest.raises(
            TooFewRowsError, match=r"^bad_rate <= 0\.03 cannot .* takes 100 .* but there are 80\.$"
        ):
            feasible_cutoffs(few, [BAD])

    def test_asks_for_known_outcomes_only_for_limits_on_bads(self):
        few = replace(
            curve([APPROVAL, MISSED, SURE], passed={SURE: np.ones(4, bool)}, enough=(False,) * 4),
            n_applicants=80,
        )
        most = parse_limit("approval_rate <= 90%")
        few.rates[most] = few.rates[APPROVAL]

        kept = feasible_cutoffs(few, [SURE, MISSED, most])

        assert kept.tolist() == [False, False, True, False]

    def test_allows_everything_without_a_limit(self):
        assert feasible_cutoffs(curve([]), []).all()

    def test_trusts_the_certificate_and_not_the_estimate(self):
        limited = curve([SURE], passed={SURE: np.array([True, False, False, False])})

        assert feasible_cutoffs(limited, [SURE]).tolist() == [True, False, False, False]

    def test_leaves_out_rates_of_a_handful(self):
        limited = curve([BAD], enough=(False, True, True, True))

        assert feasible_cutoffs(limited, [BAD]).tolist() == [False, True, False, False]

    def test_names_the_smallest_clash_and_the_nearest_points(self):
        with pytest.raises(InfeasibleCutoffError) as refused:
            feasible_cutoffs(curve([MISSED, BAD, APPROVAL]), [MISSED, BAD, APPROVAL])

        assert str(refused.value) == (
            "No cut-off has false_rejection_rate <= 0.3 and bad_rate <= 0.03 together; with "
            "bad_rate <= 0.03, the lowest false_rejection_rate is 0.5000, at a PD cut-off of 0.05, "
            "which approves 50.0%; with false_rejection_rate <= 0.3, the lowest bad_rate is "
            "0.0400, at a PD cut-off of 0.1, which approves 70.0%."
        )

    def test_names_one_limit_that_nothing_meets(self):
        limited = curve([BAD], enough=(False, False, True, True))

        with pytest.raises(
            InfeasibleCutoffError,
            match=r"approves at least 100 of 1000 .* has bad_rate <= 0\.03; the lowest .* 0\.0400",
        ):
            feasible_cutoffs(limited, [BAD])

    def test_says_when_too_few_are_approved_to_tell(self):
        with pytest.raises(InfeasibleCutoffError, match="no bad_rate can be told there"):
            feasible_cutoffs(curve([BAD], enough=(False,) * 4), [BAD])

    def test_says_that_certificates_do_not_meet(self):
        passed = {SURE: np.array([True, True, False, False])}

        with pytest.raises(
            InfeasibleCutoffError, match=r"lowest bad_rate \(estimated\) is 0\.0400"
        ):
            feasible_cutoffs(curve([SURE, APPROVAL], passed=passed), [SURE, APPROVAL])


class TestShadowPrices:
    def test_is_what_the_next_cutoff_brings(self):
        rows = pd.DataFrame(
            {
                "approval_rate": [0.2, 0.5, 0.7, 1.0],
                "bad_rate": [0.01, 0.02, 0.029, 0.08],
                "profit": [1.0, 2.0, 2.5, -1.0],
            }
        )
        limited = curve([BAD])
        limited.rates[BAD][2] = 0.029

        (price,) = shadow_prices(limited, [BAD], chosen=1, rows=rows, best_by="approval_rate")

        assert price.binding
        assert price.pd_cutoff == 0.1
        assert price.goods == pytest.approx(0.7 * 0.971 - 0.5 * 0.98)
        assert price.profit == pytest.approx(0.5)

    @pytest.mark.parametrize("passed", [None, {SURE: np.array([True, False, False, False])}])
    def test_a_slack_limit_does_not_change_the_price_of_one_that_binds(self, passed):
        # Of a certified limit those cut-offs are kept to that passed, not those below its bound.
        rows = pd.DataFrame(
            {
                "approval_rate": [0.2, 0.5, 0.7, 1.0],
                "bad_rate": [0.01, 0.02, 0.029, 0.08],
                "profit": [1.0, 2.0, 2.5, -1.0],
            }
        )
        slack = parse_limit("bad_amount_rate <= 30%")
        binds, chosen = (BAD, 1) if passed is None else (SURE, 0)
        limited = curve([BAD, SURE], passed=passed)
        limited.rates[binds][2] = 0.029
        limited.rates[slack] = np.array([0.02, 0.04, 0.09, 0.2])
        options = {"chosen": chosen, "rows": rows, "best_by": "approval_rate"}

        (alone,) = shadow_prices(limited, [binds], **options)
        beside, other = shadow_prices(limited, [binds, slack], **options)

        assert alone.goods > 0
        assert beside == alone
        assert not other.binding
        assert other.goods == 0

    def test_counts_money_by_what_decides(self):
        rows = pd.DataFrame(
            {
                "approval_rate": [0.2, 0.5, 0.7, 1.0],
                "bad_rate": [0.01, 0.02, 0.029, 0.08],
                "profit": [1.0, 2.0, 1.7, -1.0],
                "model_profit": [1.0, 2.0, 2.4, -1.0],
            }
        )
        limited = curve([BAD])
        limited.rates[BAD][2] = 0.029

        (price,) = shadow_prices(limited, [BAD], chosen=1, rows=rows, best_by="model_profit")

        assert price.binding
        assert price.profit == pytest.approx(0.4)
