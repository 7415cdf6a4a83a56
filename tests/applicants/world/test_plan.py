"""riskkit.applicants.world.plan"""

import numpy as np
import pyarrow as pa
import pytest

from riskkit.applicants.world.calendar import LOAN_MONTHS
from riskkit.applicants.world.marginals import MISSING
from riskkit.applicants.world.plan import as_column
from riskkit.lending import fee_apr


class TestWorldPlan:
    def test_follows_loans_beyond_the_last_application(self, calm, calm_plan):
        path = calm.macro.path(calm.days[0].to_period("M"), 36 + LOAN_MONTHS)

        assert calm_plan.arrears.macro.tolist() == path.tolist()
        assert calm_plan.arrears.terms.tolist() == [3, 6, 12, 24]

    def test_knows_the_apr_of_every_term_and_fee(self, calm_plan):
        terms, fees = [3, 6, 12, 24], [0, 0.005, 0.006]

        expected = [[round(fee_apr(fee, term).nominal, 4) for fee in fees] for term in terms]
        assert calm_plan.aprs.tolist() == expected
        assert calm_plan.aprs[2].tolist() == [0, 0.109, 0.1303]

    def test_puts_every_age_into_its_band(self, calm, calm_plan):
        ages = calm.columns["age"].support

        bands = calm_plan.age_bands

        edges = [18, 25, 35, 45, 55, 71]
        for band in range(5):
            assert ages[bands == band].min() == edges[band]
            assert ages[bands == band].max() == edges[band + 1] - 1

    def test_writes_known_whole_numbers_as_integers(self, calm_plan):
        assert calm_plan.column("term", np.array([0, 3])).to_pylist() == [3, 24]
        assert calm_plan.column("term", np.array([0])).type == pa.int32()

    def test_writes_what_may_be_missing_as_floats(self, calm_plan):
        income = calm_plan.column("income", np.array([0, MISSING]))

        assert income.type == pa.float64()
        assert income.to_pylist() == [1000, None]

    def test_writes_fractions_as_floats(self, calm_plan):
        assert calm_plan.column("fee_rate", np.array([1, 2])).to_pylist() == [0.005, 0.006]

    def test_gives_numbers_to_reckon_with(self, calm_plan):
        amounts = calm_plan.numbers("amount", np.array([0, 1], dtype=np.int16))

        assert amounts.dtype == np.float64
        assert amounts.tolist() == [100, 110]


class TestAsColumn:
    def test_names_categories_and_what_is_missing(self):
        column = as_column(pa.array(["no", "yes"]), np.array([1, MISSING, 0], dtype=np.int8))

        assert column.to_pylist() == ["yes", None, "no"]

    @pytest.mark.parametrize("n_levels", [127, 200, 30_000])
    def test_names_every_one_of_many_categories(self, n_levels):
        names = [f"level {i}" for i in range(n_levels)]
        codes = np.arange(n_levels, dtype=np.int16)

        column = as_column(pa.array(names), codes)

        assert column.to_pylist() == names
