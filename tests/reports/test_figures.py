"""riskkit.reports.figures"""

import numpy as np
import pandas as pd
import pytest

from riskkit.errors import DataError
from riskkit.reports import (
    calibration_figure,
    frontier_figure,
    history_figure,
    importance_figure,
    profit_figure,
    reasons_figure,
    save_figure,
    tradeoff_figure,
)

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def curve():
    approval = np.linspace(0.1, 0.9, 9)
    table = pd.DataFrame(
        {
            "pd_cutoff": approval / 4,
            "approval_rate": approval,
            "bad_rate": 0.1 * approval**2,
            "false_rejection_rate": 1 - approval,
            "profit": 5 - 20 * (approval - 0.5) ** 2,
            "certified": approval < 0.55,
        }
    )
    for name, half in (("bad_rate", 0.01), ("false_rejection_rate", 0.02), ("profit", 0.5)):
        table[f"{name}_lower"] = table[name] - half
        table[f"{name}_upper"] = table[name] + half
    return table


@pytest.fixture
def incumbent():
    return {"approval_rate": 0.4, "bad_rate": 0.03, "false_rejection_rate": 0.7, "profit": -1.0}


def legend_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def texts_of(axes):
    return [text.get_text() for text in axes.texts]


class TestTradeoffFigure:
    def test_draws_each_quantity_over_the_approval_rate(self, curve):
        figure = tradeoff_figure(curve.sample(frac=1, random_state=0), 0.125)

        for axes, name in zip(
            figure.axes, ("bad_rate", "false_rejection_rate", "profit"), strict=True
        ):
            x, y = axes.lines[0].get_data()
            np.testing.assert_allclose(x, curve["approval_rate"])
            np.testing.assert_allclose(y, curve[name])

    def test_marks_the_chosen_cutoff_and_the_past_policy(self, curve, incumbent):
        figure = tradeoff_figure(curve, 0.125, incumbent)

        assert legend_of(figure) == [
            "limit certified", "past policy", "chosen: PD cut-off 12.5%",
            "interval of each cut-off by itself",
        ]  # fmt: skip
        assert texts_of(figure.axes[0]) == ["3%", "2.5%"]
        assert texts_of(figure.axes[2]) == ["\N{MINUS SIGN}1.00", "5.00"]

    def test_leaves_the_past_policy_out_where_there_is_none(self, curve):
        assert "past policy" not in legend_of(tradeoff_figure(curve, 0.125))

    def test_draws_limits_where_only_these_are_known(self, curve, tmp_path):
        unknown = curve.assign(bad_rate=np.nan, false_rejection_rate=np.nan)

        figure = tradeoff_figure(unknown.assign(labelled_bad_rate=0.02), 0.125)
        save_figure(figure, tmp_path / "figure.png")

        assert texts_of(figure.axes[0]) == []
        assert {"labelled rows only", "bounds: all unknown good, or all bad"} < set(
            legend_of(figure)
        )
        low, high = figure.axes[1].get_ylim()
        assert low <= 0
        assert high > 0.9

    def test_draws_limits_that_hold_at_all_cutoffs_at_once(self, curve):
        some = [0.05, np.nan, 0.06, np.nan, 0.07, np.nan, 0.08, np.nan, 0.09]
        together = {
            f"together_{rate}_{side}": some
            for rate in ("bad_rate", "false_rejection_rate")
            for side in ("lower", "upper")
        }

        figure = tradeoff_figure(curve.assign(**together), 0.125)

        assert "95% limits of all 5 cut-offs at once" in legend_of(figure)
        dotted = [line for line in figure.axes[0].lines if line.get_linestyle() == ":"]
        assert [line.get_ydata().tolist() for line in dotted] == [some[::2]] * 2

    def test_draws_a_curve_of_one_cutoff(self, curve, tmp_path):
        figure = tradeoff_figure(curve.iloc[[4]], 0.125)

        save_figure(figure, tmp_path / "figure.png")

    def test_draws_a_curve_that_is_unknown_or_zero_throughout(self, curve, tmp_path):
        names = [f"bad_rate{part}" for part in ("", "_lower", "_upper")]
        profit = [f"profit{part}" for part in ("", "_lower", "_upper")]

        figure = tradeoff_figure(
            curve.assign(**dict.fromkeys(names, 0.0), **dict.fromkeys(profit, np.nan)), 0.125
        )

        save_figure(figure, tmp_path / "figure.png")

    def test_names_an_absent_column(self, curve):
        with pytest.raises(DataError, match=r"^curve .* lacks 'profit_lower'\.$"):
            tradeoff_figure(curve.drop(columns="profit_lower"), 0.125)

    def test_refuses_a_cutoff_that_is_not_on_the_curve(self, curve):
        with pytest.raises(DataError, match=r"^chosen must be one of the curve's 9 cut-offs.* 0.3"):
            tradeoff_figure(curve, 0.3)


class TestReasonsFigure:
    def test_starts_every_bar_where_the_last_one_ends(self):
        contributions = {"income": 0.2, "inquiries": 0.9, "tenure": -0.4}

        figure = reasons_figure(contributions, base=-3.0, pd_cutoff=0.1)

        (axes,) = figure.axes
        labels = [label.get_text() for label in axes.get_yticklabels()]
        starts = [bar.get_x() for bar in axes.patches]
        ends = [bar.get_x() + bar.get_width() for bar in axes.patches]
        assert labels == ["inquiries", "tenure", "income"]
        np.testing.assert_allclose(starts, [-3.0, -3.0 + 0.9, -3.0 + 0.9 - 0.4])
        np.testing.assert_allclose(ends, [*starts[1:], -3.0 + 0.9 - 0.4 + 0.2])
        assert texts_of(axes) == ["+0.90", "\N{MINUS SIGN}0.40", "+0.20"]

    def test_says_the_three_pds(self):
        figure = reasons_figure({"income": np.log(3)}, base=np.log(0.05 / 0.95), pd_cutoff=0.1)

        # Three times the odds of 5 % are 3 : 19.
        assert legend_of(figure)[:3] == [
            "just approved: 5%", "cut-off: 10%", f"this applicant: {100 * 3 / 22:.3g}%",
        ]  # fmt: skip

    def test_draws_the_smallest_together(self, tmp_path):
        contributions = {f"x{i}": float(12 - i) for i in range(12)}

        figure = reasons_figure(contributions, base=0.0, pd_cutoff=0.5)
        save_figure(figure, tmp_path / "figure.png")

        labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
        assert labels == [*(f"x{i}" for i in range(8)), "4 others"]
        assert figure.axes[0].patches[-1].get_width() == pytest.approx(4 + 3 + 2 + 1)

    def test_refuses_to_draw_nothing(self):
        with pytest.raises(DataError, match=r"^contributions must name at least one"):
            reasons_figure({}, base=0.0, pd_cutoff=0.5)


class TestCalibrationFigure:
    def test_puts_each_band_at_its_mean_pd_and_its_bad_rate(self):
        pds = np.repeat([0.05, 0.2], 100)
        bad = np.r_[np.repeat([1, 0], [4, 96]), np.repeat([1, 0], [25, 75])]

        figure = calibration_figure(pds, bad, n_bands=2)

        x, y = figure.axes[0].lines[1].get_data()
        np.testing.assert_allclose(1 / (1 + np.exp(-x)), [0.05, 0.2])
        np.testing.assert_allclose(1 / (1 + np.exp(-y)), [4 / 100, 25 / 100])

    def test_draws_bands_without_bads_or_goods(self, tmp_path):
        figure = calibration_figure([0.1] * 10 + [0.9] * 10, [0] * 10 + [1] * 10)

        save_figure(figure, tmp_path / "figure.png")

        assert np.isfinite(figure.axes[0].lines[1].get_ydata()).all()

    def test_refuses_no_pds(self):
        with pytest.raises(DataError, match=r"^pds must have at least one value"):
            calibration_figure([], [])

    def test_refuses_columns_of_two_lengths(self):
        with pytest.raises(DataError, match=r"pds \(2,\), bad \(1,\)"):
            calibration_figure([0.1, 0.2], [1])


class TestSaveFigure:
    def test_writes_a_png(self, curve, tmp_path):
        save_figure(tradeoff_figure(curve, 0.125), tmp_path / "figure.png")

        assert (tmp_path / "figure.png").read_bytes().startswith(PNG)
        assert [path.name for path in tmp_path.iterdir()] == ["figure.png"]

    def test_replaces_a_file_only_when_told_to(self, curve, tmp_path):
        path = tmp_path / "figure.png"
        path.write_text("mine")
        figure = tradeoff_figure(curve, 0.125)

        with pytest.raises(DataError, match="exists already"):
            save_figure(figure, path)
        assert path.read_text() == "mine"

        save_figure(figure, path, overwrite=True)
        assert path.read_bytes().startswith(PNG)


class TestTuningFigures:
    def curve(self, bad_rate=None):
        levels = np.linspace(0.1, 0.9, 30)
        columns = {
            "approval_rate": levels,
            "bad_rate": levels / 20 if bad_rate is None else bad_rate,
            "false_rejection_rate": 1 - levels,
            "profit": levels - levels**2,
        }
        limits = {
            f"{name}_{side}": values + shift
            for name, values in columns.items()
            for side, shift in (("lower", -0.01), ("upper", 0.01))
        }
        return pd.DataFrame(
            {
                "pd_cutoff": np.append(levels[:-1] / 5, 1.0),
                **columns,
                **limits,
                "certified": levels < 0.5,
                "model_profit": levels - levels**2,
            }
        )

    def test_draws_the_frontier_with_both_intervals_and_the_certified_part(self):
        curve = self.curve()
        incumbent = {"bad_rate": 0.02, "false_rejection_rate": 0.5}

        figure = frontier_figure(curve, float(curve["pd_cutoff"][10]), incumbent)

        words = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
        assert {"limit certified", "past policy", "interval of the bad rate"} < set(words)

    def test_draws_a_frontier_of_which_only_bounds_are_known(self, tmp_path):
        curve = self.curve(bad_rate=np.full(30, np.nan)).assign(
            certified=False, labelled_bad_rate=0.02, labelled_false_rejection_rate=0.4,
            bad_rate_lower=0.01, bad_rate_upper=0.2,
        )  # fmt: skip
        incumbent = {
            "bad_rate": 0.02, "bad_rate_lower": 0.01, "bad_rate_upper": 0.03,
            "false_rejection_rate": np.nan, "false_rejection_rate_lower": 0.0,
            "false_rejection_rate_upper": 0.3,
        }  # fmt: skip

        figure = frontier_figure(curve, float(curve["pd_cutoff"][10]), incumbent)
        save_figure(figure, tmp_path / "figure.png")

        (axes,) = figure.axes
        words = {text.get_text() for text in axes.get_legend().get_texts()}
        assert {
            "bounds: all unknown good, or all bad",
            "labelled rows only: not everybody",
            "past policy, bounds",
        } < words
        band = axes.patches[0].get_xy()  # around the region that is possible
        assert (band[:, 0].min(), band[:, 0].max()) == (0.01, 0.2)
        assert [line for line in axes.lines if line.get_linestyle() == "--"]
        assert axes.get_xlim()[1] >= 0.2

    @pytest.mark.parametrize("place", [10, 29])
    def test_draws_profit_both_ways(self, place):
        curve = self.curve()

        figure = profit_figure(curve, float(curve["pd_cutoff"][place]))

        words = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
        assert {"estimate", "by smoothed PDs", "interval"} <= set(words)


class TestHistoryFigure:
    TRIALS = pd.DataFrame(
        {
            "number": range(6),
            "candidate": ["boosted", "boosted", "scorecard", "scorecard", "boosted", "boosted"],
            "value": [0.30, 0.28, 0.29, 0.40, 0.26, 0.27],
            "pruned": [False, False, False, True, False, False],
        }
    )

    def drawn(self, **changes):
        figure = history_figure(self.TRIALS, **{"metric": "log loss", "maximize": False} | changes)
        (axes,) = figure.axes
        return axes, {line.get_label(): line.get_ydata().tolist() for line in axes.get_lines()}

    def test_shows_every_trial_and_the_best_so_far(self):
        axes, lines = self.drawn()

        assert lines["boosted"] == [0.30, 0.28, 0.26, 0.27]
        assert lines["scorecard"] == [0.29]
        assert lines["scorecard, given up early"] == [0.40]
        assert lines["best so far"] == [0.30, 0.28, 0.28, 0.26, 0.26]
        assert axes.get_ylabel() == "log loss"

    def test_takes_the_largest_for_the_best_if_more_is_better(self):
        _, lines = self.drawn(maximize=True)

        assert lines["best so far"] == [0.30] * 5

    def test_needs_a_trial(self):
        with pytest.raises(DataError, match=r"^trials must hold at least one trial"):
            history_figure(self.TRIALS.iloc[:0], metric="AUC", maximize=True)


class TestImportanceFigure:
    def test_puts_the_largest_on_top(self):
        (axes,) = importance_figure({"l2": 0.1, "leaves": 0.7, "share": 0.2}).axes

        assert [label.get_text() for label in axes.get_yticklabels()] == ["leaves", "share", "l2"]
        assert [bar.get_width() for bar in axes.patches] == [0.7, 0.2, 0.1]
        assert axes.yaxis_inverted()

    def test_needs_a_parameter(self):
        with pytest.raises(DataError, match=r"^importance must name at least one parameter"):
            importance_figure({})
