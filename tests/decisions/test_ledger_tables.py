"""riskkit.decisions.ledger_tables"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from riskkit.decisions import LedgerColumns, read_ledger, score_ledger, table_ledger, write_ledger
from riskkit.decisions.ledger import MEASURES
from riskkit.errors import DataError

COLUMNS = LedgerColumns(propensity="propensity", amount="amount", by=("channel",))


@pytest.fixture
def outcomes(scored):
    return scored(n=3000, by=("channel",))


@pytest.fixture
def table(outcomes):
    return pd.DataFrame(
        {
            "pd": outcomes.pds,
            "bad": outcomes.bad,
            "propensity": outcomes.propensity,
            "amount": outcomes.amount,
            "channel": outcomes.by["channel"],
            "another": "x",
        }
    )


class TestTableLedger:
    def test_is_that_of_the_rows_whatever_the_table(self, same, outcomes, table, tmp_path):
        arrow = pa.Table.from_pandas(table)
        folder = tmp_path / "many"
        folder.mkdir()
        for i in range(3):
            pq.write_table(arrow.slice(1000 * i, 1000), folder / f"{i}.parquet", row_group_size=300)
        pq.write_table(arrow, tmp_path / "one.parquet")
        batches = [batch.to_pandas() for batch in arrow.to_batches(max_chunksize=700)]

        whole = score_ledger(outcomes)

        for source in (
            table, arrow, arrow.to_batches(max_chunksize=700), batches, folder,
            tmp_path / "one.parquet",
        ):  # fmt: skip
            assert same(table_ledger(source, COLUMNS), whole)

    def test_leaves_out_who_did_not_reach_the_gate(self, table):
        table.loc[:9, "propensity"] = np.nan

        assert table_ledger(table, COLUMNS).total()["applicants"].sum() == 2990

    def test_takes_outcomes_for_sure_approvals_where_nothing_else_is_known(self, table):
        total = table_ledger(table, LedgerColumns()).total()

        n_labelled = table["bad"].notna().sum()
        assert total["applicants"].ravel().tolist() == [n_labelled, 0, 3000 - n_labelled]
        assert total["amount"].sum() == 3000 * 100_00

    def test_refuses_a_table_without_the_column(self, table, tmp_path):
        table = table.drop(columns="bad")
        table.to_parquet(tmp_path / "t.parquet")

        for source in (table, tmp_path / "t.parquet"):
            with pytest.raises(DataError, match=r"must have column 'bad', but has 'pd', 'prop"):
                table_ledger(source, COLUMNS)

    def test_refuses_text_for_numbers(self, table):
        with pytest.raises(DataError, match="Column 'another' must hold numbers"):
            table_ledger(table, replace(COLUMNS, pd="another"))

    def test_refuses_what_is_no_parquet(self, tmp_path):
        (tmp_path / "t.parquet").write_text("no")

        with pytest.raises(DataError, match=r"t\.parquet is not Parquet"):
            table_ledger(tmp_path / "t.parquet", COLUMNS)
        with pytest.raises(DataError, match="does not exist"):
            table_ledger(tmp_path / "absent", COLUMNS)


class TestReadLedger:
    def test_gives_back_what_was_written(self, same, outcomes, tmp_path):
        ledger = score_ledger(outcomes, scorer="ab12")
        write_ledger(ledger, tmp_path / "ledger.parquet")

        again = read_ledger(tmp_path / "ledger.parquet")

        assert same(again, ledger)
        assert again.by == ("channel",)
        assert again.scorer == "ab12"
        assert np.array_equal(again.edges, ledger.edges)
        assert same(again + ledger, ledger + ledger)

    def test_reads_as_an_ordinary_table(self, outcomes, tmp_path):
        write_ledger(score_ledger(outcomes), tmp_path / "ledger.parquet")

        rows = pd.read_parquet(tmp_path / "ledger.parquet")

        assert rows["applicants"].sum() == 3000
        assert set(MEASURES) < set(rows)

    def test_refuses_other_tables(self, table, tmp_path):
        table.to_parquet(tmp_path / "t.parquet")

        with pytest.raises(DataError, match="is not a ledger that riskkit wrote"):
            read_ledger(tmp_path / "t.parquet")
        with pytest.raises(DataError, match="cannot be read"):
            read_ledger(tmp_path / "absent.parquet")

    @pytest.mark.parametrize("part", ["groups", "edges", "scorer"])
    def test_refuses_a_torn_ledger(self, outcomes, tmp_path, part):
        write_ledger(score_ledger(outcomes), tmp_path / "ledger.parquet")
        table = pq.read_table(tmp_path / "ledger.parquet")
        about = json.loads(table.schema.metadata[b"riskkit ledger"])
        torn = {key: value for key, value in about.items() if key != part}
        metadata = {b"riskkit ledger": json.dumps(torn)}
        pq.write_table(table.replace_schema_metadata(metadata), tmp_path / "torn.parquet")

        with pytest.raises(DataError, match="is not a whole ledger"):
            read_ledger(tmp_path / "torn.parquet")

    def test_replaces_a_file_only_if_told_to(self, outcomes, tmp_path):
        ledger = score_ledger(outcomes)
        write_ledger(ledger, tmp_path / "ledger.parquet")

        with pytest.raises(DataError, match="exists already"):
            write_ledger(ledger, tmp_path / "ledger.parquet")
        write_ledger(ledger, tmp_path / "ledger.parquet", overwrite=True)
