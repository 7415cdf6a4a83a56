"""riskkit.cli.explain"""

import json

import pandas as pd
import pytest

from riskkit.applicants import read_applications
from riskkit.bundle import load_bundle
from riskkit.decisions import decide
from riskkit.explanations import Catalogue, new_catalogue


@pytest.fixture(scope="module")
def stopped(road):
    """Return an id by cause, and the bundle's cut-off."""
    bundle = load_bundle(road.policy)
    applications = read_applications(road.table, bundle.schema)
    pds = bundle.scorer.predict_proba(applications.features)[:, 1]
    causes = decide(bundle.policy, pds, applications.table).stopped_by
    return {cause: applications.ids[causes == cause][0] for cause in ("score", "system")} | {
        "approved": applications.ids[pd.isna(causes)][0]
    }


@pytest.fixture
def explain(riskkit, road):
    return lambda *words: riskkit("explain", road.table, "--policy", road.policy, *words)


SENDER = ("--lender", "The Shop", "--contact", "help@shop.example")


class TestForApplicant:
    def test_writes_a_letter_without_pd_cutoff_or_margin(self, explain, stopped):
        support = explain("--id", stopped["score"], "--json").json

        letter = explain("--id", stopped["score"], "--for", "applicant", *SENDER).out
        record = explain(
            "--id", stopped["score"], "--for", "applicant", "--format", "json", *SENDER
        )

        assert support["reasons"][0]["factor"]["en"] in letter
        assert "help@shop.example" in letter
        for word in ("PD", "cut-off", "log-odds", f"{support['pd']:.4f}"):
            assert word not in letter
        assert not {"pd", "pd_cutoff", "margin", "recourse"} & record.json.keys()

    def test_writes_html_in_chinese(self, explain, stopped):
        page = explain(
            "--id", stopped["score"], "--for", "applicant", "--format", "html", "--lang", "zh-CN",
            "--addressee", "<b>x</b>", *SENDER,
        ).out  # fmt: skip

        assert page.startswith("<!DOCTYPE html>")
        assert "主要因素" in page
        assert "<b>" not in page

    def test_writes_a_short_message(self, explain, stopped):
        words = ("--id", stopped["score"], "--for", "applicant", *SENDER)

        message = explain(*words, "--format", "message").out
        record = explain(*words, "--format", "json").json

        assert message.count("\n") == 1
        assert "What counted most: " in message
        assert record["message"] == message.strip()

    def test_keeps_the_message_for_applicants(self, explain, stopped):
        done = explain("--id", stopped["score"], "--format", "message")

        assert done.exit_code == 2
        assert "--format message is for applicants" in done.err

    def test_keeps_the_truth_for_all_rejections(self, explain, stopped):
        done = explain("--id", stopped["score"], "--truth", "truth.parquet")

        assert done.exit_code == 2
        assert "add --all" in done.err

    def test_gives_a_system_stop_no_reasons(self, explain, stopped):
        letter = explain("--id", stopped["system"], "--for", "applicant", *SENDER).out

        assert "not your fault" in letter
        assert "counted most" not in letter

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ((), "--for applicant needs --lender and --contact"),
            ((*SENDER, "--figure", "x.png"), "an applicant never sees"),
        ],
    )
    def test_refuses_what_does_not_fit(self, explain, stopped, words, said):
        done = explain("--id", stopped["score"], "--for", "applicant", *words)

        assert done.exit_code == 2
        assert said in done.err.replace("\n", " ")

    def test_refuses_an_approved_application(self, explain, stopped):
        done = explain("--id", stopped["approved"], "--for", "applicant", *SENDER)

        assert done.exit_code == 2
        assert "is approved" in done.err


class TestForSupport:
    def test_says_what_would_change_the_decision(self, explain, stopped):
        done = explain("--id", stopped["score"])

        assert "would be approved" in done.out

    def test_writes_html(self, explain, stopped):
        page = explain("--id", stopped["score"], "--format", "html").out

        assert "<html>" in page
        assert "PD" in page

    def test_takes_words_from_a_catalogue(self, explain, stopped, road, tmp_path):
        brought = new_catalogue(load_bundle(road.policy).schema)
        named = {
            key: entry.model_copy(update={"factor": {"en": "FACTOR", "zh-CN": "因素"}})
            for key, entry in brought.reasons.items()
        }
        Catalogue(reasons=named).write(tmp_path / "reasons.yaml")

        done = explain("--id", stopped["score"], "--reasons", tmp_path / "reasons.yaml", "--json")

        assert done.json["reasons"][0]["factor"]["en"] == "FACTOR"


class TestForAuditor:
    def test_sees_everything(self, explain, stopped):
        shown = explain("--id", stopped["score"], "--for", "auditor").out.replace("\n", " ")
        record = explain("--id", stopped["score"], "--for", "auditor", "--json").json

        said = ("Gates: ", "20 backgrounds drawn again", "5 fits on rows drawn again", "STABLE",
                "Compared with: drawn from", "200 rows", "seed 0", "Model ")  # fmt: skip
        for word in said:
            assert word.lower() in shown.lower()
        assert record["audit"]["backgrounds"]["n_repeats"] == 20
        assert record["audit"]["refits"]["n_repeats"] == 5
        assert record["audit"]["stable"] == all(
            record["audit"][kind]["stable"] for kind in ("backgrounds", "refits")
        )
        assert record["margin"] < 0
        assert "protected" in record["reasons"][0]

    def test_reads_chinese_throughout(self, explain, stopped):
        shown = explain("--id", stopped["score"], "--for", "auditor", "--lang", "zh-CN").out

        for word in ("各关卡：", "重新训练5次模型", "对照人群：", "评分未通过"):
            assert word in shown.replace("\n", "")
        for word in ("Reason", "Gates", "passed", "stable", "drawn", "Compared"):
            assert word not in shown

    def test_sees_gates_where_the_score_did_not_stop_it(self, explain, stopped):
        done = explain("--id", stopped["system"], "--for", "auditor")

        assert "system failed" in done.out
        assert (
            explain("--id", stopped["system"], "--for", "auditor", "--json").json["audit"] is None
        )


class TestFigure:
    def test_draws_a_waterfall(self, explain, stopped, tmp_path):
        done = explain("--id", stopped["score"], "--figure", tmp_path / "why.png", "--json")

        assert done.exit_code == 0
        assert (tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")

    def test_refuses_what_the_score_did_not_stop(self, explain, stopped, tmp_path):
        done = explain("--id", stopped["system"], "--figure", tmp_path / "why.png")

        assert done.exit_code == 2
        assert not (tmp_path / "why.png").exists()


class TestAll:
    def test_explains_every_rejection(self, explain, tmp_path):
        done = explain("--all", "--out", tmp_path / "reasons.parquet", "--json")

        table = pd.read_parquet(tmp_path / "reasons.parquet")
        assert done.json["rejections"] == len(table)
        assert table.loc[table["stopped_by"] == "score", "reason_1"].notna().any()
        assert {row["stopped_by"] for row in done.json["reasons"]["channel"]} >= {"score", "system"}
        json.dumps(done.json["reasons"]["all"])

    def test_shows_how_often_each_reason_is_given(self, explain, tmp_path):
        done = explain("--all", "--out", tmp_path / "reasons.parquet")

        assert "Reasons by gate and channel" in done.out
        assert "estimated" in done.out

    def test_counts_true_goods_where_the_truth_is_given(self, explain, road, tmp_path):
        truth = road.table.parent / "truth.parquet"

        done = explain("--all", "--out", tmp_path / "reasons.parquet", "--truth", truth, "--json")

        rows = done.json["reasons"]["all"]
        assert all(0 <= row["true_goods"] <= row["n_rejections"] for row in rows)
        assert any(row["corrected_goods"] for row in rows)

    def test_refuses_another_format(self, explain, tmp_path):
        done = explain("--all", "--out", tmp_path / "reasons.csv")

        assert done.exit_code == 2
        assert "must end in .parquet" in done.err

    @pytest.mark.parametrize("words", [(), ("--all",), ("--all", "--id", "A"), ("--out", "x")])
    def test_wants_one_or_all(self, explain, words):
        done = explain(*words)

        assert done.exit_code == 2
        assert "Give either --id ID, or --all" in done.err
