"""riskkit.cli.describe"""

import json

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Schema, read_history
from riskkit.explanations import Catalogue, check_catalogue

N = 400


@pytest.fixture
def loans(tmp_path):
    rng = np.random.default_rng(0)
    bad = rng.random(N) < 0.3
    table = pd.DataFrame(
        {
            "loan_id": [f"L{i}" for i in range(N)],
            "income": np.where(np.arange(N) < 20, 99999999, rng.integers(100, 900, N)),
            "dti[%]": rng.normal(size=N) + bad,
            "city": rng.choice(["a", "b", "unknown"], N),
            "age": rng.integers(18, 70, N),
            "recovered": np.where(bad, rng.gamma(2, 100, N), 0),
            "status": np.where(bad, "Charged off", "Paid"),
        }
    )
    path = tmp_path / "loans.csv.gz"
    table.to_csv(path, index=False)
    return path


@pytest.fixture
def describe(riskkit):
    return lambda *arguments: riskkit("describe", *arguments)


def words(text: str) -> str:
    return " ".join(text.split())


class TestDescribe:
    def test_writes_a_schema_that_fits_the_table(self, describe, loans, tmp_path):
        result = describe(loans, "--out", tmp_path / "schema.yaml")

        schema = Schema.read(tmp_path / "schema.yaml")
        assert result.exit_code == 0
        assert schema.features == ("income", "dti[%]", "city")
        assert schema.the("id") == "loan_id"
        assert schema.the("bad") == "status"
        assert schema.special == {"income": (99999999.0,)}
        assert schema.having("ignore") == ("recovered",)
        assert len(read_history(loans, schema)) == N

    def test_writes_a_reason_catalogue_to_edit(self, describe, loans, tmp_path):
        result = describe(
            loans, "--out", tmp_path / "schema.yaml", "--reasons", tmp_path / "reasons.yaml"
        )

        catalogue = Catalogue.read(tmp_path / "reasons.yaml")
        assert result.exit_code == 0
        check_catalogue(catalogue, Schema.read(tmp_path / "schema.yaml"))
        assert tuple(catalogue.reasons) == ("income", "dti[%]", "city")

    def test_refuses_a_catalogue_that_is_no_yaml(self, describe, loans, tmp_path):
        result = describe(loans, "--reasons", tmp_path / "reasons.txt")

        assert result.exit_code == 2
        assert "--reasons must end in .yaml" in result.err

    def test_heads_the_schema_with_how_to_read_it(self, describe, loans, tmp_path):
        describe(loans, "--out", tmp_path / "schema.yaml")

        first, *_ = (tmp_path / "schema.yaml").read_text().splitlines()
        assert first == "# Inferred by `riskkit describe` from loans.csv.gz."

    def test_says_what_it_found_and_what_to_run_next(self, describe, loans, tmp_path):
        shown = words(describe(loans, "--out", tmp_path / "s.yaml").out)

        assert "400 rows, 7 columns; outcome known for 400" in shown
        assert "income = 99999999 in 20 rows: far from all other values" in shown
        assert "city = 'unknown' in" in shown
        assert "dti[%]" in shown
        assert "Suspected leaks, kept from the model" in shown
        assert "recovered: alone it tells bads from goods (AUC 1.000)" in shown
        schema = tmp_path / "s.yaml"
        assert f"riskkit train {loans} --schema {schema} --model best --out model/" in shown

    def test_writes_nothing_unless_asked(self, describe, loans, tmp_path):
        shown = describe(loans).out

        assert "Nothing was written; add --out schema.yaml" in shown
        assert list(tmp_path.iterdir()) == [loans]

    def test_passes_on_what_is_given(self, describe, loans, tmp_path):
        describe(
            loans, "--outcome", "status", "--bad-value", "Paid", "--customer", "loan_id",
            "--amount", "income", "--out", tmp_path / "schema.yaml",
        )  # fmt: skip

        schema = Schema.read(tmp_path / "schema.yaml")
        assert schema.columns["status"].bad_value == "Paid"
        assert schema.the("customer") == "loan_id"
        assert schema.the("amount") == "income"

    def test_passes_on_decision_id_and_time(self, describe, tmp_path):
        table = pd.DataFrame(
            {
                "n": [5, 6, 7, 8],
                "day": ["2024-01-02", "2024-01-03", "2024-02-01", "2024-02-02"],
                "x": [0.1, 0.5, 0.2, 0.9],
                "ok": [2, 2, 2, 1],
                "bad": [0, 1, 0, None],
            }
        )
        table.to_parquet(tmp_path / "t.parquet")

        result = describe(
            tmp_path / "t.parquet", "--id", "n", "--time", "day", "--approved", "ok",
            "--approved-value", "2", "--out", tmp_path / "schema.yaml",
        )  # fmt: skip

        schema = Schema.read(tmp_path / "schema.yaml")
        assert (schema.the("id"), schema.the("time"), schema.the("approved")) == ("n", "day", "ok")
        assert schema.columns["ok"].approved_value == 2
        assert "Question: On which day were outcomes read off?" in words(result.out)

    def test_says_why_the_table_does_not_fit_yet(self, describe, tmp_path):
        pd.DataFrame({"x": [1, 2, 3], "bad": [0, 1, None]}).to_parquet(tmp_path / "t.parquet")

        shown = words(describe(tmp_path / "t.parquet").out)

        assert "does not fit this schema yet: Column 'bad' must be known for every" in shown

    def test_prints_json_and_nothing_else_on_standard_output(self, describe, loans, tmp_path):
        record = json.loads(describe(loans, "--json", "--out", tmp_path / "s.yaml").out)

        assert record["rows"] == N
        assert record["leaks"] == ["recovered"]
        assert record["schema"] == str(tmp_path / "s.yaml")
        assert [column["role"] for column in record["columns"]][:2] == ["id", "feature"]
        assert record["columns"][1]["codes"][0]["value"] == 99999999.0

    def test_shows_an_example_in_its_help(self, describe):
        assert "riskkit describe loans.csv --outcome default" in words(describe("--help").out)


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            (["--outcome", "nope"], "outcome names 'nope', which the table does not have"),
            (["--outcome", "city"], "outcome 'city' must hold two values, but it holds 3"),
            (["--bad-value", "late"], "none is 'late'"),
            (["--id", "city"], "id 'city' must hold every id once"),
        ],
    )
    def test_is_said_in_one_sentence_and_nothing_is_written(
        self, describe, loans, tmp_path, arguments, problem
    ):
        result = describe(loans, *arguments, "--out", tmp_path / "deep" / "schema.yaml")

        assert result.exit_code == 2
        assert problem in result.err.splitlines()[-1]
        assert result.out == ""
        assert list(tmp_path.iterdir()) == [loans]

    def test_names_a_table_that_is_absent(self, describe, tmp_path):
        result = describe(tmp_path / "loans.csv")

        assert result.exit_code == 2
        assert "loans.csv does not exist." in result.err

    def test_keeps_a_schema_that_exists(self, describe, loans, tmp_path):
        schema = tmp_path / "schema.yaml"
        schema.write_text("mine")

        result = describe(loans, "--out", schema)

        assert result.exit_code == 2
        assert "exists already; choose another name or add --overwrite." in result.err
        assert schema.read_text() == "mine"

    def test_replaces_a_schema_when_asked(self, describe, loans, tmp_path):
        schema = tmp_path / "schema.yaml"
        schema.write_text("mine")

        describe(loans, "--out", schema, "--overwrite")

        assert Schema.read(schema).the("id") == "loan_id"
