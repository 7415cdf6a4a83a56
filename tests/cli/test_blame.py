"""riskkit.cli.blame, riskkit.cli.fairness and riskkit.cli.changes"""

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from riskkit.applicants import read_history, sample_of
from riskkit.bundle import load_bundle, save_bundle
from riskkit.decisions import ReviewTerms, SegmentCutoff
from riskkit.lending import CAUSES, LoanEconomics

TRUTH = "truth.parquet"
DEAR = LoanEconomics(margin=0.5, churn=1.0, lifetime_value=2.0)


def changed(policy, folder, update):
    """Write the same policy with something changed."""
    shutil.copytree(policy, folder)
    bundle = load_bundle(policy)
    (folder / "manifest.json").unlink()
    save_bundle(replace(bundle, policy=bundle.policy.model_copy(update=update)), folder)
    return folder


@pytest.fixture(scope="session")
def of_app(road, tmp_path_factory):
    """Write the same policy with a cut-off and economics of its own for the app."""
    cutoff = load_bundle(road.policy).policy.pd_cutoff
    own = {"app": SegmentCutoff(pd_cutoff=cutoff, economics=DEAR)}
    folder = tmp_path_factory.mktemp("of_app") / "policy"
    return changed(road.policy, folder, {"by": "channel", "segments": own})


class TestBlame:
    def test_adds_up_to_the_blocked_good_rate_of_the_truth(self, riskkit, road):
        found = riskkit(
            "blame", road.table, "--schema", road.schema, "--truth", road.table.with_name(TRUTH),
            "--json",
        ).json  # fmt: skip

        gates = {row["gate"]: row for row in found["blame"]["all"]["gates"]}
        truth = pd.read_parquet(road.table.with_name(TRUTH))
        attempts = pd.read_parquet(road.table)["attempt"]
        goods = truth[(truth["truth_bad"] == 0) & (attempts == 1)]
        shares = [gates[gate]["blocked_good_rate"] for gate in CAUSES]
        assert sum(shares) == pytest.approx(gates["all"]["blocked_good_rate"], abs=1e-12)
        assert sum(shares) == pytest.approx(1 - goods["truth_served"].mean(), abs=0.005)
        assert gates["score"]["blocked_good_rate_how"] == "true"

    def test_holds_the_truth_within_its_bounds(self, riskkit, road):
        words = ("blame", road.table, "--schema", road.schema, "--json")
        found = riskkit(*words).json["blame"]["all"]["gates"]
        truth = riskkit(*words, "--truth", road.table.with_name(TRUTH)).json["blame"]["all"][
            "gates"
        ]

        for row, true in zip(found, truth, strict=True):
            assert (
                row["blocked_good_rate_lower"] - 0.01
                <= true["blocked_good_rate"]
                <= row["blocked_good_rate_upper"] + 0.01
            )

    def test_blames_a_policy_by_segment(self, riskkit, road):
        ran = riskkit("blame", road.table, "--policy", road.policy, "--by", "channel")

        assert "Who blocks the good customers: channel app" in ran.out
        assert "its PDs are not used as evidence" in ran.out
        assert "attempts at one request" in ran.out

    def test_prices_a_segment_by_its_own_economics(self, riskkit, road, of_app):
        def lost(policy, *words):
            found = riskkit(
                "blame", road.table, "--policy", policy, "--by", "channel", "--json", *words
            ).json["blame"]
            return {
                name: next(row["value_lost_upper"] for row in part["gates"] if row["gate"] == "all")
                for name, part in found.items()
            }

        for words in ((), ("--truth", road.table.with_name(TRUTH))):
            alike, apart = lost(road.policy, *words), lost(of_app, *words)
            assert apart["app"] > 2 * alike["app"]

    def test_draws(self, riskkit, road, tmp_path):
        picture = tmp_path / "blame.png"

        ran = riskkit("blame", road.table, "--schema", road.schema, "--figure", picture)

        assert not ran.exit_code
        assert picture.stat().st_size > 10_000

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ((), "Give --schema"),
            (("--by", "planet"), "--by names column 'planet'"),
            (("--by", "amount"), "at most 20 values"),
            (("--journey", "trip"), "--journey names column 'trip'"),
            (("--gamma", "2"), "--gamma says how far PDs may be wrong"),
            (("--figure", "x.png", "--by", "sex"), "leave --by out"),
        ],
    )
    def test_refuses_bad_input_in_one_line(self, riskkit, road, words, message):
        schema = ("--schema", road.schema) if words else ()

        ran = riskkit("blame", road.table, *schema, *words)

        assert ran.exit_code == 2
        assert message in ran.err

    def test_names_an_application_that_the_truth_misses(self, riskkit, road, tmp_path):
        truth = pd.read_parquet(road.table.with_name(TRUTH)).iloc[1:]
        truth.to_parquet(tmp_path / TRUTH)

        ran = riskkit("blame", road.table, "--schema", road.schema, "--truth", tmp_path / TRUTH)

        assert ran.exit_code == 2
        assert "misses 1 of 10000; the first is 'A00000001'" in ran.err


class TestFairness:
    def test_measures_the_past_rule(self, riskkit, road):
        ran = riskkit("fairness", road.table, "--schema", road.schema, "--groups", "sex")

        assert "Gap between" in ran.out
        assert "Labelled rows only would show" in ran.out

    def test_prices_a_limit_on_a_policy(self, riskkit, road):
        found = riskkit(
            "fairness", road.table, "--policy", road.policy, "--groups", "sex", "--at-most", "0.5",
            "--json",
        ).json  # fmt: skip

        assert found["price"]["profit_lost"] == 0
        assert {group["group"] for group in found["groups"]} == {"female", "male"}

    def test_counts_no_row_that_the_model_was_trained_on(self, riskkit, road, tmp_path):
        words = ("--policy", road.policy, "--groups", "sex", "--json")
        bundle = load_bundle(road.policy)
        history = read_history(road.table, bundle.schema)
        development = sample_of(history.applications, bundle.split) == "development"
        pd.read_parquet(road.table)[~development].to_parquet(tmp_path / "rest.parquet")

        found = riskkit("fairness", road.table, *words).json
        rest = riskkit("fairness", tmp_path / "rest.parquet", *words).json

        (note,) = found.pop("notes")
        assert f"only the {(~development).sum():,} of its 10,000 applications count" in note
        assert rest.pop("notes") == []
        assert found == rest

    def test_says_how_reviews_count(self, riskkit, road, tmp_path):
        band = {"review_up_to": 0.2, "review": ReviewTerms(capacity_per_day=1000)}
        folder = changed(road.policy, tmp_path / "policy", band)

        ran = riskkit("fairness", road.table, "--policy", folder, "--groups", "sex")

        assert "they count as rejected here" in " ".join(ran.out.split())

    def test_refuses_cutoffs_by_segment(self, riskkit, road, of_app):
        ran = riskkit("fairness", road.table, "--policy", of_app, "--groups", "sex")

        assert ran.exit_code == 2
        assert "leave --policy out" in ran.err

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (("--groups", "income"), "role protected or segment, but is 'income'"),
            (("--groups", "age"), "put them into bands"),
            (("--groups", "sex", "--at-most", "0.1"), "needs a --policy"),
        ],
    )
    def test_refuses_bad_input_in_one_line(self, riskkit, road, words, message):
        ran = riskkit("fairness", road.table, "--schema", road.schema, *words)

        assert ran.exit_code == 2
        assert message in ran.err


class TestChanges:
    def test_sees_no_change_where_there_was_none(self, riskkit, road):
        found = riskkit(
            "changes", road.table, "--policy", road.policy, "--date", "2024-10-01", "--hold",
            "channel", "--json",
        ).json  # fmt: skip

        (note,) = found["notes"]
        assert "applications count that the policy's model was not trained on" in note
        change = found["changes"][0]["approval_rate"]["change"]
        assert change["lower"] - 0.02 < 0 < change["upper"] + 0.02

    def test_prints_a_row_for_each_rate(self, riskkit, road):
        ran = riskkit("changes", road.table, "--schema", road.schema, "--date", "2024-10-01")

        assert "goods not approved" in ran.out
        assert "the economy" in ran.out

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (("--date", "2031-01-01"), "the table goes from"),
            (("--date", "soon"), "must read like 2025-04-01"),
            (("--date", "2024-10-01", "--hold", "moon"), "--hold names column 'moon'"),
        ],
    )
    def test_refuses_bad_input_in_one_line(self, riskkit, road, words, message):
        ran = riskkit("changes", road.table, "--policy", road.policy, *words)

        assert ran.exit_code == 2
        assert message in ran.err
