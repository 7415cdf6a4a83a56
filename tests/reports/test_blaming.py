"""riskkit.reports.blaming and riskkit.reports.blame_figures"""

import numpy as np
import pytest
from rich.console import Console

from riskkit.decisions import (
    Effect,
    Fairness,
    FairPoint,
    GapPrice,
    GateVerdicts,
    GroupRates,
    PolicyEffect,
    Reading,
    blame_sums,
    true_blame,
)
from riskkit.lending import CAUSES, LoanEconomics
from riskkit.reports import (
    blame_figure,
    blame_frame,
    blame_table,
    blame_words,
    changes_table,
    fair_choice_words,
    fairness_words,
)


@pytest.fixture(scope="module")
def blame():
    """Blame gates on four applicants, of one of whom a verdict is missing."""
    letters = np.array([list(row) for row in ("ppppp", "pppff", "pppfp", "fp---")])
    verdicts = GateVerdicts(failed=letters == "f", unknown=letters == "-")
    values = LoanEconomics(lgd=0.5).values(np.full(4, 1000.0))
    return true_blame(blame_sums(verdicts, bad=[0, 0, 1, 0], values=values))


def printed(renderable):
    console = Console(width=140, record=True)
    console.print(renderable)
    return console.export_text()


class TestBlameTable:
    def test_shows_every_gate_and_how_it_is_known(self, blame):
        text = printed(blame_table(blame))

        for gate in ("system", "profile", "credit record", "score", "policy", "all"):
            assert gate in text
        assert "bounded" in text
        assert "true" in text
        assert "66.7%" in text  # of all goods: 2 / 3


class TestFairnessWords:
    @pytest.mark.parametrize(
        ("labelled", "said"),
        [
            (0.051, "Labelled rows only would show a gap of 5.1 points."),
            (0.01, "a gap of 1.0 points, outside these bounds; they mislead."),
            (None, "Labelled rows only would show no gap: of some group they know no goods."),
        ],
    )
    def test_says_that_labelled_rows_mislead_only_where_they_do(self, labelled, said):
        gap = Reading(point=0.05, lower=0.04, upper=0.06, how="estimated")
        groups = tuple(
            GroupRates(
                group=name,
                n_applicants=100,
                approval_rate=0.5,
                false_rejection_rate=gap,
                labelled_only=labelled,
                worst=(0.0, 1.0),
            )
            for name in ("a", "b")
        )
        found = Fairness(
            by="sex",
            groups=groups,
            too_few=(),
            gap=gap,
            labelled_gap=labelled,
            worst_gap=(0.0, 1.0),
            approval_ratio=1.0,
            labels="explored",
            confidence=0.95,
        )

        assert fairness_words(found)[1].endswith(said)


class TestBlameFrame:
    def test_holds_a_row_for_each_gate(self, blame):
        frame = blame_frame(blame).set_index("gate")

        assert frame.index.tolist() == [*CAUSES, "all"]
        assert frame.loc["all", "goods"] == 2
        assert frame.loc["system", "goods_lower"] < frame.loc["system", "goods_upper"]


class TestBlameWords:
    def test_explains_only_what_is_there(self, blame):
        words = " ".join(blame_words(blame))

        assert "Bounded:" in words
        assert "Estimated:" not in words


class TestBlameFigure:
    def test_draws_a_bar_or_a_range_for_each_gate(self, blame):
        left, right = blame_figure(blame).axes

        assert len(left.patches) == len(CAUSES)
        assert len(right.patches) == len(CAUSES)
        assert [text.get_text() for text in left.get_yticklabels()][-1] == "system"


class TestFairChoiceWords:
    def test_says_what_a_limit_costs(self):
        best, fair = (
            FairPoint(
                model="it", pd_cutoff=cutoff, approval_rate=0.7, bad_rate=0.02,
                false_rejection_rate=rejected, gap=gap, profit=profit,
            )
            for cutoff, rejected, gap, profit in ((0.1, 0.2, 0.05, 4.0), (0.2, 0.1, 0.02, 3.0))
        )  # fmt: skip

        words = " ".join(
            fair_choice_words(GapPrice(at_most=0.03, best=best, fair=fair), [fair], best)
        )

        assert "It costs 1.00 per applicant and -10.0 points of the goods" in words
        assert "Less discriminatory: it, PD cut-off 0.2000" in words
        assert "25.00% less profit" in words
        assert "Nothing" in " ".join(fair_choice_words(None, [], best))


class TestChangesTable:
    def test_says_where_windows_are_open(self):
        effect = Effect(
            before=0.7, after=0.6, naive=-0.2, naive_lower=-0.3, naive_upper=-0.1,
            change=Reading(point=-0.1, lower=-0.12, upper=-0.08, how="estimated"),
        )  # fmt: skip
        day = np.datetime64("2025-04-01")
        found = PolicyEffect(
            date=day, start=day - 90, end=day + 90, n_before=900, n_after=900, n_matured=(900, 0),
            approval_rate=effect, bad_rate=None, false_rejection_rate=None, profit=None,
        )  # fmt: skip

        text = printed(changes_table([found]))

        assert "-10.0 points" in text
        assert "-12.0 points to -8.0 points" in text
        assert "windows still open" in text
