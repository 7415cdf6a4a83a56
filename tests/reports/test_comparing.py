"""riskkit.reports.comparing and comparing_figures"""

import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from riskkit.bundle import Comparison
from riskkit.decisions import Contender, Outcomes, Policy, decide, swap_set
from riskkit.lending import LoanEconomics
from riskkit.reports import (
    comparison_figure,
    comparison_record,
    comparison_tables,
    comparison_words,
)


def contender(pd_cutoff, pds):
    policy = Policy(
        created="2026-01-31T00:00:00Z",
        pd_cutoff=pd_cutoff,
        objective="goods",
        economics=LoanEconomics(),
        model_hash="",
    )
    return Contender(policy=policy, decisions=decide(policy, pds, pd.DataFrame(index=pds)))


@pytest.fixture
def compared():
    """Return a comparison in which the swap-ins were seen, or were not."""

    def make(*, seen, n_open=0):
        pds = np.repeat([0.05, 0.2, 0.5], 50)
        bad = np.where(np.arange(150) % 10 == 0, 1.0, 0.0)
        bad[pds > (0.3 if seen else 0.1)] = np.nan
        outcomes = Outcomes(
            bad=bad, propensity=np.where(np.isnan(bad), 0.0, 1.0), amount=np.full(150, 100.0)
        )
        channel = np.where(np.arange(150) % 2, "app", "shop")
        swap = swap_set(contender(0.1, pds), contender(0.3, pds), outcomes, by={"channel": channel})
        return Comparison(swap=swap, n_open=n_open, is_truth=False)

    return make


class TestComparisonWords:
    def test_says_what_is_gained_and_what_it_rests_on(self, compared):
        words = comparison_words(compared(seen=True, n_open=7))

        assert "serves +300.0 (" in words[0]
        assert "Observed: every outcome is on file." in words
        assert "Left out: 7 applications" in words[-1]

    def test_gives_bounds_without_a_point(self, compared):
        words = comparison_words(compared(seen=False))

        assert "(bounds) goods" in words[0]
        assert "nan" not in " ".join(words)


class TestComparisonTables:
    @pytest.mark.parametrize("seen", [True, False])
    def test_fit_a_terminal_of_80_columns(self, compared, seen):
        console = Console(width=80, record=True)
        for table in comparison_tables(compared(seen=seen)):
            console.print(table)

        text = console.export_text()
        assert "app: swap-ins" in text
        assert "…" not in text
        assert "nan" not in text


class TestComparisonRecord:
    def test_is_plain_data_with_null_for_what_is_not_known(self, compared):
        record = json.loads(json.dumps(comparison_record(compared(seen=False)), allow_nan=False))

        assert record["per_application"]["gain"]["point"] is None
        assert {row["basis"] for row in record["sets"]} == {"observed", "bounded"}


class TestComparisonFigure:
    def test_draws_a_dot_only_where_there_is_a_point(self, compared):
        dots = {
            seen: sum(
                line.get_marker() == "o"
                for line in comparison_figure(compared(seen=seen)).axes[1].lines
            )
            for seen in (True, False)
        }

        assert dots[False] == 0 < dots[True]
