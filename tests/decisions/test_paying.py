"""riskkit.decisions.paying"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Applications, History
from riskkit.decisions import (
    Goal,
    frontier,
    history_ledger,
    retune,
    tune_cutoff,
    tuning_plan,
)
from riskkit.decisions.paying import LoanSizes, check_pays, loan_sizes_of
from riskkit.errors import DataError
from riskkit.lending import LoanEconomics

SIZES = LoanSizes(mean=100.0, largest=400.0)


class TestCheckPays:
    def test_refuses_profit_where_the_largest_loan_costs_more_than_it_brings(self):
        with pytest.raises(
            DataError, match=r"make the mean loan of every cut-off unprofitable: .* costs 0\.1"
        ):
            check_pays(LoanEconomics(operating=40.0), SIZES, objective="profit")

    def test_says_where_no_loan_pays_whatever_its_size(self):
        with pytest.raises(DataError, match=r"make every loan unprofitable: .* costs 0\.2"):
            check_pays(LoanEconomics(funding=0.2), SIZES, objective="profit")

    def test_names_the_segment(self):
        with pytest.raises(DataError, match="economics of app make the mean loan of every"):
            check_pays(LoanEconomics(operating=40.0), SIZES, objective="profit", of="app")

    def test_has_nothing_to_say_of_loans_of_nothing(self):
        nothing = LoanSizes(mean=0.0, largest=0.0)

        assert check_pays(LoanEconomics(operating=9.0), nothing, objective="profit") == ()


class TestRowsAndLedgersAgree:
    """Re-tuning has no rows, and yet refuses and warns of what tuning does."""

    @staticmethod
    def history(n=4000):
        rng = np.random.default_rng(0)
        pds = rng.uniform(0.001, 0.2, n)
        ids = np.array([f"a{i}" for i in range(n)], dtype=object)
        amount = np.where(pds < 0.03, 1000.0, 10.0)
        features = pd.DataFrame({"x": pds})
        applications = Applications(
            ids=ids, groups=ids, features=features, table=features, amount=amount, time=None
        )
        every = np.ones(n, dtype=bool)
        return History(
            applications=applications, approved=every, reached=every, matured=every,
            bad=(rng.random(n) < pds) * 1.0, propensity=None, weight=None,
        ), pds  # fmt: skip

    @pytest.mark.parametrize("operating", [0.0, 5.0, 50.0, 89.0, 91.0, 500.0])
    def test_for_profit(self, operating):
        history, pds = self.history()
        ledger = history_ledger(history, pds)
        goal = Goal(objective="profit", economics=LoanEconomics(operating=operating))
        plan = tuning_plan(history, pds)
        found = []
        for choose in (
            lambda: tune_cutoff(history, pds, plan=plan, goal=goal),
            lambda: retune(frontier(ledger), goal),
        ):
            try:
                found.append(choose().warnings)
            except DataError as refused:
                found.append(str(refused))

        assert found[0] == found[1]
        assert isinstance(found[0], str) == (operating > 90)
        assert 150 < loan_sizes_of(ledger).mean < 170
        assert loan_sizes_of(ledger).largest == 1000
