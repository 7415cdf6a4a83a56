"""The commands on real credit data, where the data lie beside the project."""

from pathlib import Path

import pytest

DATA = Path(__file__).parents[2].parent / "shared" / "data"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.slow,
    pytest.mark.skipif(
        not DATA.is_dir(), reason="the real credit data (../shared/data) are not here"
    ),
]


@pytest.mark.parametrize(
    ("name", "outcome", "bad_value", "model", "cap"),
    [
        ("german_credit", "creditability", "bad", "best", 0.2),
        ("taiwan_credit_card", "default.payment.next.month", "1", "scorecard", 0.12),
        ("give_me_some_credit", "SeriousDlqin2yrs", "1", "boosted", 0.03),
    ],
)
def test_the_road_leads_from_a_table_to_reasons(
    riskkit, road, tmp_path, monkeypatch, name, outcome, bad_value, model, cap
):
    monkeypatch.chdir(tmp_path)
    table = DATA / f"{name}.parquet"
    tracking = ["--tracking-uri", road.tracking]

    described = riskkit(
        "describe", table, "--outcome", outcome, "--bad-value", bad_value, "--out", "schema.yaml"
    )
    trained = riskkit(
        "train", table, "--schema", "schema.yaml", "--model", model, "--out", "model",
        "--json", *tracking,
    )  # fmt: skip
    tuned = riskkit(
        "tune", table, "--model", "model", "--max-bad-rate", cap, "--out", "policy", "--json",
        *tracking,
    )  # fmt: skip

    assert [described.exit_code, trained.exit_code, tuned.exit_code] == [0, 0, 0]
    assert trained.json["out_of_time"]["auc"] > 0.7
    chosen = tuned.json["tuning"]["chosen"]
    assert chosen["bad_rate"] <= cap
    later = tuned.json["out_of_time"]  # two samples of one population: their intervals overlap
    assert later["bad_rate_lower"] <= chosen["bad_rate_upper"]
    assert chosen["bad_rate_lower"] <= later["bad_rate_upper"]
    explained = riskkit(
        "explain", table, "--policy", "policy", "--id", rejected_id(table), "--json"
    )
    assert explained.exit_code == 0
    assert explained.json["stopped_by"] == "score"
    assert 1 <= len(explained.json["reasons"]) <= 4


def rejected_id(table):
    """Return the id of the applicant with the highest PD."""
    from riskkit.applicants import read_applications
    from riskkit.bundle import load_bundle

    bundle = load_bundle(Path("policy"))
    applications = read_applications(table, bundle.schema)
    return applications.ids[bundle.scorer.predict_proba(applications.features)[:, 1].argmax()]
