"""riskkit.applicants.batches"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import as_levels, read_table, table_batches
from riskkit.errors import DataError

TABLE = pd.DataFrame(
    {
        "id": ["001", "002", "A03", "004", "005"],
        "tier": [1, 2, 3, 1, 2],
        "income": [1, 2, np.nan, 4.5, 5],
        "flag": [True, False, None, None, True],
        "note": [None, None, "x", None, "y"],
        "empty": np.nan,
    }
)


class TestTableBatches:
    @pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
    @pytest.mark.parametrize("batch_rows", [1, 2, 5, 9])
    def test_reads_what_the_whole_table_reads(self, tmp_path, name, batch_rows):
        path = tmp_path / name
        TABLE.to_parquet(path) if name.endswith("parquet") else TABLE.to_csv(path, index=False)

        batches = table_batches(path, batch_rows=batch_rows)
        parts = list(batches)

        whole = read_table(path)
        for column in whole:
            read = pd.concat([as_levels(part[column]) for part in parts])
            assert read.fillna("?").tolist() == as_levels(whole[column]).fillna("?").tolist()
        assert [len(part) for part in parts[:-1]] == [batch_rows] * (len(parts) - 1)
        assert np.concatenate([part.index for part in parts]).tolist() == [0, 1, 2, 3, 4]
        assert batches.n_rows == 5

    def test_passes_over_files_without_rows(self, tmp_path):
        for name, rows in (("a", 0), ("b", 3), ("c", 0), ("d", 2)):
            TABLE[["id"]].head(rows).to_parquet(tmp_path / f"{name}.parquet")

        parts = list(table_batches(tmp_path))

        assert [part.index.tolist() for part in parts] == [[0, 1, 2], [3, 4]]

    def test_keeps_ids_of_seventeen_digits(self, tmp_path):
        ids = [90_071_992_547_409_930 + i for i in range(4)]
        pd.DataFrame({"id": ids}).to_csv(tmp_path / "t.csv", index=False)

        parts = table_batches(tmp_path / "t.csv", batch_rows=3)

        assert [value for part in parts for value in part["id"]] == ids

    def test_gives_back_an_index_that_was_named(self, tmp_path):
        TABLE.set_index("id").to_parquet(tmp_path / "t.parquet")

        parts = list(table_batches(tmp_path / "t.parquet", batch_rows=2))

        assert [value for part in parts for value in part["id"]] == TABLE["id"].tolist()

    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            ("absent.csv", None, "does not exist"),
            ("t.txt", "a\n1\n", "is not a table: its name"),
            ("t.csv", "", "is empty"),
            ("t.csv", "a,b\n", "has no rows"),
            ("t.csv", "a,b\n1,2,3\n1,2,3\n", "more fields than its header"),
            ("t.csv.gz", "a,b\n", "cannot be read as a table"),
            ("t.parquet", "a,b\n", "cannot be read as a table"),
        ],
    )
    def test_says_what_is_wrong_with_a_file(self, tmp_path, name, text, said):
        if text is not None:
            (tmp_path / name).write_text(text)

        with pytest.raises(DataError, match=said):
            table_batches(tmp_path / name)

    def test_says_what_is_wrong_with_a_folder(self, tmp_path):
        TABLE.to_parquet(tmp_path / "t.parquet")
        (tmp_path / "schema.yaml").write_text("columns: {}")

        with pytest.raises(DataError, match="cannot be read as a table"):
            table_batches(tmp_path)

    def test_takes_at_least_one_row_at_a_time(self, tmp_path):
        with pytest.raises(DataError, match="batch_rows must be at least 1, but is 0"):
            table_batches(tmp_path / "t.csv", batch_rows=0)
