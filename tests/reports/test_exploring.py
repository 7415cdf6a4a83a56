"""riskkit.reports.exploring"""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from riskkit.decisions import (
    CertificateExploration,
    ExplorationBands,
    ExplorationPlan,
    UniformExploration,
)
from riskkit.lending import Limit
from riskkit.reports import (
    certificate_words,
    exploration_frame,
    exploration_table,
    exploration_words,
)

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
    as_many=UniformExploration(
        propensity=0.0733,
        n_explored=110.0,
        price=900.0,
        widths={"bad_rate": 0.03, "false_rejection_rate": 0.04},
    ),
    as_dear=None,
    n_applicants=5000.0,
    n_tuned=1000.0,
    gamma=2.0,
    widths_if_worse={"bad_rate": 0.025, "false_rejection_rate": np.inf},
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
    def test_says_on_whom_the_intervals_are_drawn(self):
        assert exploration_words(PLAN)[0].startswith(
            "Of 5,000 applicants at the score gate, 1,000 are tuning rows"
        )

    def test_says_what_is_assumed_and_what_if_it_is_worse(self):
        _, assumed, width, other, *_ = exploration_words(PLAN)

        assert "as if their odds of bad were 2 times those of the approved" in assumed
        assert "2.00 points wide (2.50 points wide were gamma 4)" in width
        assert other.endswith("not to be had.")
        told = exploration_words(replace(PLAN, gamma=None, widths_if_worse=None))
        assert not any("gamma" in sentence for sentence in told)

    def test_compares_with_exploring_alike(self):
        *_, as_many, as_dear, _, _ = exploration_words(PLAN)

        assert "(110, 7.33% each, price 900): 3.00 points wide (bad rate)" in as_many
        assert as_dear == "No exploration alike everywhere has this price."

    def test_says_where_approving_pays(self):
        pays = exploration_words(PLAN)[-2]

        assert pays.startswith("In 1 of the bands explored, up to a PD of 0.1, approving brings")


class TestCertificateWords:
    FOUND = CertificateExploration(
        limit=Limit(rate="bad_rate", at_most=0.05, confidence=0.95),
        bad_rate=0.032,
        n_certified=900.0,
        wanted=0.8,
        least=replace(PLAN, propensity=np.array([0.02, 0.0]), n_explored=20.0, price=10.0),
        chance_of_least=0.3,
        plan=PLAN,
        chance=0.82,
    )

    def test_shows_the_rate_beside_the_cap_and_both_budgets(self):
        rate, least, likely, _ = certificate_words(self.FOUND)

        assert "estimated at 3.20%; the cap is 5.00%" in rate
        assert "2.00% of the would-be rejections" in least
        assert "a chance of 30%" in least
        assert likely.startswith("To have it with a chance of 80%: approve 10.00%")

    def test_says_that_the_chance_is_not_to_be_had(self):
        likely = certificate_words(replace(self.FOUND, chance=0.5))[2]

        assert likely.startswith("A chance of 80% is not to be had")
        assert "a chance of 50% only" in likely
