"""riskkit.cli.generate"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Schema
from riskkit.applicants.world import WorldSpec


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def own_table(tmp_path):
    """Write a lender's own table, with rejected applicants, and its schema."""
    rng = np.random.default_rng(1)
    n = 1_500
    income, debt = rng.lognormal(8, 0.5, n), rng.random(n)
    bad = rng.random(n) < 0.05 + 0.25 * debt
    approved = debt + 0.2 * rng.random(n) < 0.8
    pd.DataFrame(
        {
            "income": income.round(-1),
            "debt": debt.round(3),
            "taken": approved.astype(int),
            "lost": np.where(approved, bad, np.nan),
        }
    ).to_parquet(tmp_path / "own.parquet")
    (tmp_path / "own.yaml").write_text(
        "columns:\n  income: {role: feature, kind: number}\n  debt: {role: feature, kind: number}\n"
        "  taken: {role: approved}\n  lost: {role: bad}\n"
    )
    return tmp_path / "own.parquet"


class TestGenerate:
    @pytest.mark.parametrize("name", ["calm", "festival", "tightening", "selective", "drift"])
    def test_tells_each_preset_in_words_and_writes_nothing(self, riskkit, tmp_path, name):
        done = riskkit("generate", "--preset", name, "--applicants", 2_000, "--describe")

        assert done.exit_code == 0
        assert "They apply from 1 October 2023 to 30 September 2026" in done.out
        assert "Five gates stop them" in done.out
        assert "true false rejection rate" in done.out
        assert not list(tmp_path.iterdir())

    def test_changes_assumptions(self, riskkit):
        done = riskkit(
            "generate", "--applicants", 500, "--out", "world",
            "--set", "journey.exploration=0.2",
            "--set", "macro.shock={month: 2025-01-15, size: 2, half_life_months: 6}",
        )  # fmt: skip

        spec = WorldSpec.read(Path("world/world.yaml"))
        assert done.exit_code == 0
        assert spec.journey.exploration == 0.2
        assert spec.macro.shock.size == 2

    def test_draws_a_world_of_ones_own_again(self, riskkit):
        riskkit("generate", "--preset", "drift", "--applicants", 400, "--seed", 4, "--out", "one")
        riskkit(
            "generate", "--spec", "one/world.yaml", "--applicants", 400, "--seed", 4, "--out", "two"
        )

        assert Path("one/truth.parquet").read_bytes() == Path("two/truth.parquet").read_bytes()

    def test_gives_its_words_and_rates_as_json(self, riskkit):
        done = riskkit("generate", "--applicants", 300, "--describe", "--json")

        assert done.json["folder"] is None
        assert done.json["words"][0].startswith("An ordinary three years")
        assert 0 < done.json["true_false_rejection_rate"] < 1

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            ([], "Say where to write with --out"),
            (["--describe", "--preset", "clam"], "There is no preset 'clam'; take one of calm"),
            (["--describe", "--set", "journey.exploratoin=0.1"], "the nearest is exploration"),
            (["--describe", "--set", "journey.exploration"], "--set must be KEY=VALUE"),
            (["--describe", "--set", "=3"], "--set must be KEY=VALUE"),
            (["--describe", "--set", "months=24", "--set", "months=36"], "gives months twice"),
            (
                ["--describe", "--set", "months=1"],
                "world: as a whole: no window closes",
            ),
            (["--describe", "--set", "macro.shock.size=3"], "such as macro.shock={...}"),
            (["--describe", "--set", "journey.incumbent.cutoff=99999"], "journey.incumbent.cutoff"),
            (["--describe", "--set", "journey.exploration=-1"], "journey.exploration"),
            (["--describe", "--set", "risk.hidden=[1"], "is not valid YAML"),
            (["--describe", "--preset", "calm", "--spec", "w.yaml"], "give one of them"),
            (["--describe", "--spec", "nowhere.yaml"], "nowhere.yaml does not exist"),
            (["--describe", "--schema", "s.yaml"], "go with --like"),
            (["--like", "t.csv", "--preset", "calm"], "--like takes its world from the table"),
            (["--like", "t.csv", "--workers", 2], "--like takes its world from the table"),
            (["--like", "t.csv", "--out", "w"], "--like needs --schema and --out"),
        ],
    )
    def test_refuses_orders_that_make_no_sense(self, riskkit, tmp_path, words, problem):
        done = riskkit("generate", *words)

        assert done.exit_code == 2
        assert problem in done.err
        assert not list(tmp_path.iterdir())


class TestGenerateLike:
    @pytest.mark.slow
    def test_draws_ones_own_columns_at_three_dials(self, riskkit, own_table, tmp_path):
        words = ["generate", "--like", own_table, "--schema", "own.yaml", "--applicants", 800]
        done = riskkit(*words, "--out", "w", "--json")
        again = riskkit(*words, "--out", "w", "--overwrite")

        assert done.exit_code == again.exit_code == 0
        assert set(done.json["dials"]) == {"none", "medium", "strong"}
        assert not done.json["simulated_policy"]
        assert 0.8 < done.json["fidelity"]["marginals"] <= 1
        assert "The false rejection rate is between" in again.out
        for dial in done.json["dials"]:
            drawn = pd.read_parquet(tmp_path / "w" / dial / "applications.parquet")
            assert {"income", "debt"} <= set(drawn)
            assert len(drawn) == 800
            assert Schema.read(tmp_path / "w" / dial / "schema.yaml").features == ("income", "debt")

    @pytest.mark.slow
    def test_says_that_rows_are_copies_and_a_policy_is_simulated(self, riskkit, own_table):
        known = pd.read_parquet(own_table).drop(columns="taken")
        known["lost"] = known["lost"].fillna(0)
        known.to_parquet("known.parquet")
        text = Path("own.yaml").read_text()
        Path("known.yaml").write_text(text.replace("  taken: {role: approved}\n", ""))

        done = riskkit(
            "generate", "--like", "known.parquet", "--schema", "known.yaml", "--applicants", 800,
            "--out", "w", "--copies-real-rows",
        )  # fmt: skip

        assert done.exit_code == 0
        assert "copies of real rows" in done.out
        assert "a past policy that approves 60% is simulated" in " ".join(done.out.split())
