"""riskkit.applicants.world.draw"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from riskkit.applicants import as_history, content_hash, read_table
from riskkit.applicants.world import (
    BLOCK_ROWS,
    Journey,
    WorldSpec,
    draw_applicants,
    headline_rates,
    write_world,
)
from riskkit.errors import DataError

SAMPLE = Path(__file__).parents[3] / "data" / "synthetic" / "sample"


def cochran_mantel_haenszel(stopped, bad, strata):
    """Return the chi-square statistic of independence within strata, 1 degree of freedom."""
    table = pd.DataFrame({"stopped": stopped, "bad": bad, "both": stopped & bad}).groupby(strata)
    n, sums = table.size(), table.sum()
    expected = sums["stopped"] * sums["bad"] / n
    variance = expected * (n - sums["stopped"]) * (n - sums["bad"]) / (n * (n - 1).clip(lower=1))
    return (sums["both"] - expected).sum() ** 2 / variance.sum()


def strata_of(table):
    local = table["applied_at"] + pd.Timedelta(hours=8)
    june = (local.dt.month == 6) & local.dt.day.between(16, 18)
    november = (local.dt.month == 11) & local.dt.day.between(9, 11)
    return [june, november, local.dt.hour, table["channel"]]


class TestDrawApplicants:
    def test_draws_the_same_rows_for_the_same_seed(self):
        first, second = (draw_applicants(WorldSpec(), 2_000, seed=3) for _ in range(2))

        assert content_hash(first.applications) == content_hash(second.applications)
        assert content_hash(first.truth) == content_hash(second.truth)

    def test_draws_other_rows_for_another_seed(self):
        first, second = (draw_applicants(WorldSpec(), 2_000, seed=seed) for seed in (3, 4))

        assert content_hash(first.truth) != content_hash(second.truth)

    def test_begins_a_bigger_population_with_the_smaller_one(self):
        small = draw_applicants(WorldSpec(), 1_000, seed=3)
        big = draw_applicants(WorldSpec(), 70_000, seed=3)

        assert_frame_equal(big.applications.head(1_000), small.applications)
        assert_frame_equal(big.truth.head(1_000), small.truth)

    def test_draws_blocks_that_know_nothing_of_each_other(self, world):
        pds = world.truth["truth_pd"].to_numpy().reshape(3, BLOCK_ROWS)

        correlations = np.corrcoef(pds)[np.triu_indices(3, k=1)]

        assert np.abs(correlations).max() < 4 / np.sqrt(BLOCK_ROWS)

    def test_changes_only_what_comes_after_a_changed_assumption(self):
        spec = WorldSpec(journey=Journey(exploration=0.5))

        world, other = (draw_applicants(s, 1_000, seed=3) for s in (WorldSpec(), spec))

        assert_frame_equal(world.truth, other.truth)
        assert other.applications["approved"].sum() > world.applications["approved"].sum()

    def test_numbers_applications_by_row(self, world):
        ids = world.applications["application_id"]

        assert ids.iloc[[0, BLOCK_ROWS]].tolist() == ["A0000001", "A0065537"]
        assert ids.is_unique
        assert (ids == world.truth["application_id"]).all()

    @pytest.mark.parametrize(
        ("n_applicants", "seed", "problem"),
        [(0, 1, "n_applicants must be at least 1, but is 0"), (1, -1, "seed must not be negative")],
    )
    def test_refuses_nobody_and_negative_seeds(self, n_applicants, seed, problem):
        with pytest.raises(DataError, match=problem):
            draw_applicants(WorldSpec(), n_applicants, seed=seed)


class TestWorld:
    """The population as it comes out, against what the spec promises."""

    def test_keeps_near_the_aggregates_it_is_calibrated_to(self, world):
        rates = headline_rates(world.counts)

        assert 0.025 < rates["stopped_by_system"] < 0.035
        assert 0.05 < rates["stopped_by_profile"] < 0.07
        assert 0.055 < rates["true_bad_rate_at_score_gate"] < 0.075
        assert 0.24 < rates["true_false_rejection_rate"] < 0.30
        by_rule = world.applications["propensity"] == 1
        assert 0.03 < world.truth.loc[by_rule, "truth_bad"].mean() < 0.048

    def test_times_out_more_at_festivals_and_for_partners(self, world):
        failed = world.applications["verdict_system"] == "failed"
        june, november, _, channel = strata_of(world.applications)

        assert failed[june | november].mean() > 4 * failed[~(june | november)].mean()
        assert failed[channel == "partner"].mean() > 1.5 * failed[channel == "app"].mean()

    def test_times_out_whatever_the_outcome_given_hour_and_channel(self, world):
        failed = (world.applications["verdict_system"] == "failed").to_numpy()
        bad = (world.truth["truth_bad"] == 1).to_numpy()

        statistic = cochran_mantel_haenszel(failed, bad, strata_of(world.applications))

        assert statistic < 10.83  # chi-square with 1 degree of freedom, 99.9 %

    def test_would_be_caught_if_timeouts_knew_the_risk(self, world):
        bad = (world.truth["truth_bad"] == 1).to_numpy()
        draws = np.random.default_rng(0).random(bad.size)
        failed = draws < np.where(bad, 0.04, 0.03)

        statistic = cochran_mantel_haenszel(failed, bad, strata_of(world.applications))

        assert statistic > 10.83

    def test_has_a_profile_gate_that_its_columns_give_again(self, world):
        table = world.applications
        verified = (table["phone_verified"] == 1) & (table["card_bound"] == 1)

        assert ((world.truth["truth_verdict_profile"] == "passed") == verified).all()

    def test_shows_verdicts_up_to_the_first_stop(self, world):
        table = world.applications
        for gate, before in (("profile", ["system"]), ("score", ["system", "profile"])):
            evaluated = ~table["stopped_by"].isin(before)
            verdicts = table[f"verdict_{gate}"]
            assert (verdicts.notna() == evaluated).all()
            truth = world.truth[f"truth_verdict_{gate}"]
            assert (verdicts[evaluated] == truth[evaluated]).all()

    def test_approves_would_be_rejections_as_often_as_their_propensity_says(self, world):
        table = world.applications
        explorable = table["verdict_score"] == "failed"

        assert (table.loc[explorable, "propensity"] == 0.05).all()
        error = 4 * np.sqrt(0.05 * 0.95 / explorable.sum())
        assert table.loc[explorable, "approved"].mean() == pytest.approx(0.05, abs=error)
        assert (table.loc[table["verdict_score"] == "passed", "propensity"] == 1).all()
        assert table.loc[table["verdict_score"].isna(), "propensity"].isna().all()

    def test_explores_whatever_the_risk(self, world):
        explorable = world.applications["verdict_score"] == "failed"
        drawn = world.applications.loc[explorable, "approved"] == 1
        pds = world.truth.loc[explorable, "truth_pd"]

        difference = pds[drawn].mean() - pds[~drawn].mean()

        assert abs(difference) < 4 * pds.std() / np.sqrt(drawn.sum())

    def test_shows_outcomes_of_approved_and_closed_windows_only(self):
        world = draw_applicants(WorldSpec(quiet_months=0), 20_000, seed=7)
        table = world.applications
        closed = table["applied_at"] <= pd.Timestamp("2025-10-01")

        assert closed.mean() == pytest.approx(2 / 3, abs=0.02)
        assert (table["bad"].notna() == ((table["approved"] == 1) & closed)).all()
        known = table["bad"].notna()
        assert (table.loc[known, "bad"] == world.truth.loc[known, "truth_bad"]).all()

    def test_has_no_column_that_alone_separates_the_outcome(self, world):
        bad = world.truth["truth_bad"]
        for name in world.schema.features:
            column = world.applications[name]
            if world.schema.columns[name].kind == "category":
                column = bad.groupby(column).transform("mean")
            known = column.notna()
            area = roc_auc_score(bad[known], column[known])
            assert max(area, 1 - area) < 0.72, name

    @pytest.mark.slow
    def test_leaves_room_above_the_incumbent_for_a_plain_model(self, world):
        from lightgbm import LGBMClassifier

        history = as_history(world.applications, world.schema)
        numbers = world.schema.directions
        X = history.applications.features[list(numbers)]
        early = (world.applications["applied_at"] < pd.Timestamp("2025-04-01")).to_numpy()
        fitted, graded = history.labelled & early, history.reached & ~early
        bad = world.truth["truth_bad"].to_numpy()

        model = LGBMClassifier(n_jobs=1, verbose=-1).fit(X[fitted], bad[fitted])

        area = roc_auc_score(bad[graded], model.predict_proba(X[graded])[:, 1])
        points = world.truth["truth_incumbent_score"].to_numpy()
        assert 0.75 < area < 0.82
        assert area - roc_auc_score(bad[graded], -points[graded]) > 0.08
        assert area < roc_auc_score(bad[graded], world.truth["truth_pd"].to_numpy()[graded])


class TestWriteWorld:
    @pytest.mark.slow
    def test_writes_what_draw_applicants_returns(self, tmp_path):
        n_applicants = BLOCK_ROWS + 100
        progress = []

        counts = write_world(
            WorldSpec(), n_applicants, seed=5, folder=tmp_path / "w", on_progress=progress.append
        )

        world = draw_applicants(WorldSpec(), n_applicants, seed=5)
        assert_frame_equal(read_table(tmp_path / "w" / "applications.parquet"), world.applications)
        assert_frame_equal(read_table(tmp_path / "w" / "truth.parquet"), world.truth)
        assert progress == [BLOCK_ROWS, n_applicants]
        assert counts == world.counts

    def test_refuses_nobody_before_it_writes(self, tmp_path):
        with pytest.raises(DataError, match="n_applicants"):
            write_world(WorldSpec(), 0, seed=5, folder=tmp_path / "w")

        assert not (tmp_path / "w").exists()

    def test_keeps_missing_values_of_any_column_of_a_changed_spec(self, tmp_path):
        content = WorldSpec().model_dump()
        content["people"]["tenure_months"]["missing"] = 0.3
        content["people"]["amount"]["marginal"]["step"] = 0.5
        spec = WorldSpec.model_validate(content)

        write_world(spec, 500, seed=5, folder=tmp_path)

        table = read_table(tmp_path / "applications.parquet")
        assert 0.2 < table["tenure_months"].isna().mean() < 0.4
        assert (table["amount"] % 1 == 0.5).any()

    def test_wrote_the_committed_sample(self):
        world = draw_applicants(WorldSpec(), 5_000, seed=20261123)

        assert_frame_equal(read_table(SAMPLE / "applications.parquet"), world.applications)
        assert_frame_equal(read_table(SAMPLE / "truth.parquet"), world.truth)
        assert WorldSpec.read(SAMPLE / "world.yaml") == WorldSpec()
        assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 600_000
