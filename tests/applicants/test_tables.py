"""riskkit.applicants.tables"""

import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskkit.applicants import (
    Column,
    Schema,
    as_applications,
    feature_frame,
    read_applications,
    read_history,
    read_table,
)
from riskkit.errors import DataError

NUMBER = Column(role="feature", kind="number")
CATEGORY = Column(role="feature", kind="category")


def schema_of(settings=None, **columns):
    made = {n: c if isinstance(c, Column) else Column(role=c) for n, c in columns.items()}
    return Schema(columns=made, **(settings or {}))


def table_of(**columns):
    return {"x": [1.0, 2.0, 3.0, 4.0], "bad": [0, 1, 0, 1], **columns}


class TestReadTable:
    @pytest.fixture
    def table(self):
        return pd.DataFrame({"id": [1, 2], "city": ["a", None]})

    @pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet", "t.pq", "T.CSV"])
    def test_reads_what_pandas_wrote(self, table, tmp_path, name):
        path = tmp_path / name
        table.to_csv(path, index=False) if ".csv" in name.lower() else table.to_parquet(path)

        pd.testing.assert_frame_equal(read_table(path), table)

    def test_reads_a_folder_of_parquet_files(self, table, tmp_path):
        for part in (0, 1):
            table.iloc[[part]].to_parquet(tmp_path / f"part-{part}.parquet")

        pd.testing.assert_frame_equal(read_table(tmp_path), table)

    def test_keeps_an_id_that_parquet_holds_as_its_index(self, table, tmp_path):
        table.set_index("id").to_parquet(tmp_path / "t.parquet")

        assert list(read_table(tmp_path / "t.parquet")) == ["id", "city"]

    def test_names_columns_by_text_and_rows_from_0(self, tmp_path):
        pd.DataFrame({0: [5, 6]}, index=[7, 8]).to_parquet(tmp_path / "t.parquet")

        table = read_table(tmp_path / "t.parquet")

        assert list(table) == ["0"]
        assert list(table.index) == [0, 1]

    def test_says_that_a_file_is_absent(self, tmp_path):
        with pytest.raises(DataError, match=r"t\.csv does not exist\.$"):
            read_table(tmp_path / "t.csv")

    @pytest.mark.parametrize(
        ("name", "content", "problem"),
        [
            ("t.csv", b"", "is empty"),
            ("t.csv", b"a,b\n", "0 rows and 2 columns; it is empty"),
            ("t.csv", b"\x89PNG\r\n\x1a\n\x00", "cannot be read as a table"),
            ("t.csv", b"a,b\n1,2\n1,2,3,4\n", "cannot be read as a table"),
            ("t.csv", b"a,b\n1,2,3\n1,2,3\n", "more fields than its header"),
            ("t.csv.gz", b"a,b\n1,2\n", "cannot be read as a table"),
            (
                "t.csv.gz",
                gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:20],
                "cannot be read as a table",
            ),
            ("t.parquet", b"nonsense", "cannot be read as a table"),
            ("t.txt", b"a,b\n1,2\n", r"must end in \.csv, \.csv\.gz or \.parquet"),
            ("t", b"a,b\n1,2\n", "is not a table"),
        ],
    )
    def test_refuses_what_is_no_table(self, tmp_path, name, content, problem):
        (tmp_path / name).write_bytes(content)

        with pytest.raises(DataError, match=problem) as caught:
            read_table(tmp_path / name)

        assert "\n" not in str(caught.value)

    def test_refuses_an_empty_folder(self, tmp_path):
        with pytest.raises(DataError, match="it is empty"):
            read_table(tmp_path)

    def test_refuses_two_columns_of_one_name(self, tmp_path):
        pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "t.parquet")

        with pytest.raises(DataError, match="cannot be read as a table"):
            read_table(tmp_path / "t.parquet")


class TestFeatureFrame:
    def test_gives_numbers_as_float_and_categories_as_text_in_the_schemas_order(self):
        table = pd.DataFrame({"city": ["a", None], "n": [1, 2], "code": [7, 8]})

        frame = feature_frame(table, schema_of(n=NUMBER, code=CATEGORY, city=CATEGORY))

        assert list(frame) == ["n", "code", "city"]
        assert frame["n"].dtype == np.float64
        assert frame["code"].tolist() == ["7", "8"]
        assert frame["city"].isna().tolist() == [False, True]

    def test_names_columns_that_are_absent_and_those_there(self):
        with pytest.raises(DataError, match=r"names 'y', 'z', which .* have; it has 'x'\.$"):
            feature_frame(pd.DataFrame({"x": [1]}), schema_of(x=NUMBER, y=NUMBER, z=NUMBER))

    def test_shortens_a_long_list_of_columns(self):
        table = pd.DataFrame({f"a column with a long name {i}": [1] for i in range(30)})

        with pytest.raises(DataError, match=r" \.\.\.\.$") as caught:
            feature_frame(table, schema_of(y=NUMBER))

        assert len(str(caught.value)) < 400

    @settings(max_examples=30, deadline=None)  # each example reads two tables
    @given(st.lists(st.one_of(st.none(), st.integers(-3, 3)), min_size=1), st.data())
    def test_reads_one_row_as_it_reads_many(self, values, data):
        row = data.draw(st.integers(0, len(values) - 1))
        table = pd.DataFrame({"x": pd.Series(values, dtype="Int64")}).assign(c=lambda t: t["x"])
        schema = schema_of(x=NUMBER, c=CATEGORY)

        alone = feature_frame(table.iloc[[row]], schema)

        pd.testing.assert_frame_equal(alone, feature_frame(table, schema).iloc[[row]])


class TestAsApplications:
    def test_reads_ids_customers_times_and_amounts(self):
        table = pd.DataFrame(
            {"id": [7, 8], "who": ["a", "a"], "at": ["2024-01-02", "2024-01-01"], "sum": [10, 20]}
        )

        applications = as_applications(
            table, schema_of(id="id", who="customer", at="time", sum="amount")
        )

        assert applications.ids.tolist() == ["7", "8"]
        assert applications.groups.tolist() == ["a", "a"]
        assert applications.amount.tolist() == [10.0, 20.0]
        assert applications.time[0] > applications.time[1]
        assert len(applications) == 2

    def test_makes_ids_of_the_contents_where_the_table_has_none(self):
        schema = schema_of(x=NUMBER)
        table = pd.DataFrame({"x": [1.0, 2.0, 1.0]})

        ids = as_applications(table, schema).ids

        assert len(set(ids)) == 3
        assert ids[0].split("-")[0] == ids[2].split("-")[0]
        assert as_applications(table.iloc[[1]], schema).ids[0] == ids[1]

    def test_counts_every_amount_alike_where_the_table_has_none(self):
        amounts = as_applications(pd.DataFrame({"x": [1, 2]}), schema_of(x=NUMBER)).amount

        assert amounts[0] == amounts[1] > 0

    @pytest.mark.parametrize(
        ("column", "role", "values", "problem"),
        [
            ("loan", "id", [1, 2, 1], r"'loan' must hold every id once, but 1 rows repeat one; the "
             r"first is '1' in row 2.*give the column role customer"),
            ("loan", "id", ["a", None, "b"], r"'loan' must have no missing values.* in row 1"),
            ("who", "customer", ["a", "b", None], r"'who' must have no missing values.* row 2"),
            ("sum", "amount", [1, None, 2], r"'sum' must have no missing values"),
            ("sum", "amount", ["a", "b", "c"], r"'sum' must hold numbers"),
            ("at", "time", [1, 2, 3], r"'at' must hold times"),
        ],
    )  # fmt: skip
    def test_points_at_the_row_that_breaks_a_rule(self, column, role, values, problem):
        table = pd.DataFrame({"x": [1, 2, 3], column: values})

        with pytest.raises(DataError, match=problem):
            as_applications(table, schema_of(x=NUMBER, **{column: role}))

    def test_says_which_column_is_absent(self):
        with pytest.raises(DataError, match="The schema names 'loan', which the table does not"):
            as_applications(pd.DataFrame({"x": [1]}), schema_of(x=NUMBER, loan="id"))

    @pytest.mark.parametrize("rows", [np.array([2, 0]), np.array([True, False, True])])
    def test_takes_some_rows_of_everything(self, rows):
        table = pd.DataFrame(
            {"id": ["a", "b", "c"], "x": [1, 2, 3], "at": ["2024-01-01"] * 3}, index=[5, 6, 7]
        )
        applications = as_applications(table, schema_of(id="id", x=NUMBER, at="time"))

        taken = applications.take(rows)

        assert taken.ids.tolist() == applications.ids[rows].tolist()
        assert taken.features["x"].tolist() == [ord(name) - 96 for name in taken.ids]
        assert taken.table["id"].tolist() == taken.ids.tolist()
        assert len(taken.time) == len(taken.amount) == len(taken.groups) == 2

    def test_finds_the_row_of_an_id(self):
        applications = as_applications(pd.DataFrame({"id": [7, 8]}), schema_of(id="id"))

        assert applications.row_of("8") == 1
        with pytest.raises(
            DataError, match=r"No application has id '9'; the first of 2 ids is '7'"
        ):
            applications.row_of("9")


class TestReaders:
    def test_read_and_check_in_one_go(self, tmp_path):
        pd.DataFrame(table_of()).to_csv(tmp_path / "t.csv", index=False)
        schema = schema_of(x=NUMBER, bad="bad")

        assert len(read_applications(tmp_path / "t.csv", schema)) == 4
        assert read_history(tmp_path / "t.csv", schema).bad.sum() == 2
