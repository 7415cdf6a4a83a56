"""riskkit.reports.exploring"""

from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from riskkit.decisions import ExplorationBands, ExplorationPlan
from riskkit.reports import exploration_frame, exploration_table, exploration_words

PLAN = ExplorationPlan(
    bands=ExplorationBands(
        pd_above=np.array([0.0, 0.1]),
        pd_up_to=np.array([0.1, 0.3]),
        n=np.array([1000.0, 500.0]),
        bad_rate=np.array([0.05, 0.2]),
        price=np.array([-2.0, 30.0]),
        below=np.array([1.0, 0.0]),
    ),
    propensity=np.array([0.1, 0.02]),
    n_explored=110.0,
    price=100.0,
    widths={"bad_rate": 0.02, "false_rejection_rate": np.inf},
    uniform_widths={"bad_rate": 0.03, "false_rejection_rate": 0.04},
    cutoff=0.1,
    confidence=0.95,
)


class TestExplorationFrame:
    def test_adds_up_to_the_plan(self):
        rows = exploration_frame(PLAN)

        assert rows["explored"].tolist() == pytest.approx([100, 10])
        assert rows["price"].sum() == pytest.approx(PLAN.price)


class TestExplorationTable:
    def test_fits_into_80_columns_and_shows_the_sum(self):
        console = Console(width=80, record=True, file=StringIO())

        console.print(exploration_table(PLAN))

        text = console.export_text()
        assert "10.0%" in text
        assert "110" in text.splitlines()[-2]


class TestExplorationWords:
    def test_compares_with_exploring_alike(self):
        first, second, _ = exploration_words(PLAN)

        assert "2.00 points wide; exploring as many alike everywhere, 3.00 points wide" in first
        assert "not to be had" in second
