"""riskkit.applicants.world.book"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from riskkit.applicants.world import Chain, World, loan_book, world_schema

LATE = ["past_due_1", "past_due_31", "past_due_61", "past_due_91"]


@pytest.fixture
def book_of(calm, calm_plan):
    """Return a function: the book of loans, each when, term, amount, approved, true PD."""

    def book(*loans):
        names = ["applied_at", "term", "amount", "approved", "truth_pd"]
        table = pd.DataFrame(loans, columns=names).assign(
            applied_at=lambda t: pd.to_datetime(t["applied_at"])
        )
        world = World(
            applications=table[names[:4]], truth=table[["truth_pd"]], schema=world_schema(calm)
        )
        return loan_book(calm_plan, world)

    return book


class TestLoanBook:
    def test_pays_back_by_equal_instalments(self, book_of):
        book = book_of(
            ("2023-10-05T00:00", 3, 1200, 1, 1e-6),
            ("2023-10-31T17:00", 6, 600, 1, 1e-6),  # in November, local time
            ("2023-10-05T00:00", 3, 9999, 0, 1e-6),  # rejected
        )

        assert book.index[0] == pd.Period("2023-11")
        assert len(book) == 36
        balances = book["balance"].iloc[:8].tolist()
        assert balances == pytest.approx([800, 400 + 500, 400, 300, 200, 100, 0, 0], abs=0.01)
        assert book[LATE].iloc[:6].to_numpy() == pytest.approx(0, abs=1e-3)

    def test_follows_each_loan_by_the_chain_of_its_pd_month_and_term(
        self, calm, calm_plan, book_of
    ):
        arrears = calm_plan.arrears
        chain = Chain(
            arrears=calm.arrears, loading=arrears.loading, macro=arrears.macro, terms=arrears.terms
        )
        by_cell = chain.hits(arrears.weakness, level=4)[..., :12].sum(axis=-1)
        lent = np.zeros(by_cell.shape)
        for month, term, amount, pd_ in ((0, 2, 1200, 0.3), (4, 0, 500, 0.02), (4, 3, 900, 0.9)):
            cell = np.abs(logit(by_cell[month, term]) - logit(pd_)).argmin()
            lent[month, term, cell] = amount
        states = chain.expected_book(arrears.weakness, lent)[1:37]

        book = book_of(
            ("2023-10-05T00:00", 12, 1200, 1, 0.3),
            ("2024-02-11T12:00", 3, 500, 1, 0.02),
            ("2024-02-29T15:59", 24, 900, 1, 0.9),  # one minute before March, local time
        )

        assert book["balance"].tolist() == pytest.approx(states.sum(axis=1).tolist())
        some = states.sum(axis=1) > 1
        for late, name in enumerate(LATE, start=1):
            expected = states[some, late:].sum(axis=1) / states[some].sum(axis=1)
            assert book.loc[some, name].tolist() == pytest.approx(expected.tolist())

    @pytest.mark.slow
    def test_owes_no_more_that_is_later(self, calm_plan, world):
        book = loan_book(calm_plan, world)

        assert (book["balance"] > 0).all()
        assert (np.diff(book[LATE].to_numpy()[4:], axis=1) < 0).all()
        assert book[LATE].to_numpy().min() >= 0
        # Published: 30+ around 1.6 % and 90+ around 1.05 % of a book in a calm economy.
        settled = book.iloc[12:]
        assert 0.008 < settled["past_due_31"].mean() < 0.032
        assert 0.005 < settled["past_due_91"].mean() < 0.021
