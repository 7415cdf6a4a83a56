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
    as_history,
    feature_frame,
    read_applications,
    read_history,
    read_table,
)
from riskkit.applicants.values import as_levels, as_numbers, as_times
from riskkit.errors import DataError

NUMBER = Column(role="feature", kind="number")
CATEGORY = Column(role="feature", kind="category")


def schema_of(settings=None, **columns):
    made = {n: c if isinstance(c, Column) else Column(role=c) for n, c in columns.items()}
    return Schema(columns=made, **(settings or {}))


def history_of(table, settings=None, **columns):
    named = {"x": NUMBER, "bad": "bad", **columns}
    return as_history(pd.DataFrame(table), schema_of(settings, **named))


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


class TestAsNumbers:
    @pytest.mark.parametrize(
        "values",
        [
            pd.Series([1, None], dtype="Int64"),
            pd.Series([True, None], dtype=object),
            pd.Series(["1", None]),
            pd.Series(["1", None], dtype="category"),
            pd.Series([1.0, np.nan]),
        ],
    )
    def test_reads_numbers_however_they_are_held(self, values):
        numbers = as_numbers(values)

        assert numbers.dtype == np.float64
        assert numbers[0] == 1.0
        assert np.isnan(numbers[1])

    @pytest.mark.parametrize(
        ("values", "found"),
        [
            (["1", "12.5%", None, "x"], r"2 of 4 values do not; the first is '12\.5%' in row 1"),
            ([[1], [2]], r"2 of 2 values do not; the first is \[1\] in row 0"),
            (pd.to_datetime(["2024-01-01", None]), "1 of 2 values do not; the first is Timestamp"),
            (pd.to_timedelta([1, 2], unit="D"), "2 of 2 values do not"),
        ],
    )
    def test_points_at_the_first_that_is_none(self, values, found):
        with pytest.raises(DataError, match=rf"^Column 'x' must hold numbers, but {found}"):
            as_numbers(pd.Series(values, name="x"))

    def test_refuses_infinite_values(self):
        with pytest.raises(DataError, match=r"1 of 2 values are infinite; the first is in row 1"):
            as_numbers(pd.Series([1.0, np.inf], name="x"))


class TestAsLevels:
    @pytest.mark.parametrize(
        "values",
        [
            pd.Series([1, 0]),
            pd.Series([1.0, 0.0]),
            pd.Series([True, False]),
            pd.Series([True, False], dtype=object),
            pd.Series([True, False], dtype="boolean"),
            pd.Series([True, False], dtype="category"),
            pd.Series([1, 0], dtype="category"),
            pd.Series([1.0, 0.0], dtype="category"),
            pd.Series(["1", "0"], dtype="category"),
            pd.Series(["1", "0"], dtype=object),
        ],
    )
    @pytest.mark.parametrize("missing", [0, 1])
    def test_reads_equal_levels_alike_with_and_without_missing_values(self, values, missing):
        padded = values.reindex(range(len(values) + missing), fill_value=None)

        assert as_levels(padded).tolist()[:2] == ["1", "0"]
        assert as_levels(padded).isna().sum() == missing

    def test_keeps_fractions_and_words(self):
        assert as_levels(pd.Series([0.5, 2.0])).tolist() == ["0.5", "2"]
        assert as_levels(pd.Series([" a", "A"])).tolist() == [" a", "A"]


class TestAsTimes:
    @pytest.mark.parametrize(
        "values",
        [
            ["2024-03-01", "2024-12-31"],
            ["2024/3/1", "2024/12/31"],
            ["03/01/2024", "12/31/2024"],
            ["2024-03-01T08:00:00+08:00", "2024-12-31T00:00:00Z"],
            pd.to_datetime(["2024-03-01", "2024-12-31"]),
            pd.to_datetime(["2024-03-01", "2024-12-31"]).tz_localize("UTC"),
            list(pd.to_datetime(["2024-03-01", "2024-12-31"]).date),
        ],
    )
    def test_reads_times_as_utc(self, values):
        times = as_times(pd.Series(values, name="applied"))

        assert times.astype("datetime64[D]").astype(str).tolist() == ["2024-03-01", "2024-12-31"]
        assert times.dtype == np.dtype("datetime64[us]")

    @pytest.mark.parametrize(
        ("values", "problem"),
        [
            ([20240301, 20241231], "holds numbers; write them as YYYY-MM-DD"),
            ([1.5, 2.5], "holds numbers"),
            (["2024-01-01", None], "no missing values, but 1 of 2 are; the first is in row 1"),
            (["soon", "later"], "must hold times in one format"),
            (["2024-01-01", "later"], "must hold times in one format"),
            (["31/12/2024", "30/12/2024"], "must hold times in one format"),
            (["01/02/2024", "01/03/2024"], "'01/02/2024' may begin with the day or the month"),
        ],
    )
    def test_refuses_what_can_be_read_in_no_or_in_two_ways(self, values, problem):
        with pytest.raises(DataError, match=rf"^Column 'applied' .*{problem}"):
            as_times(pd.Series(values, name="applied"))


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


class TestAsHistory:
    def test_takes_everybody_for_approved_where_no_decision_stands(self):
        history = history_of(table_of())

        assert history.approved.all()
        assert history.reached.all()
        assert history.matured.all()
        assert history.bad.tolist() == [0, 1, 0, 1]
        assert not history.is_selective
        assert history.propensity is None
        assert history.weight is None
        assert len(history) == 4

    @pytest.mark.parametrize(
        ("values", "bad_value"),
        [
            (["Paid", "Off", "Paid", "Off"], "Off"),
            ([1, 2, 1, 2], 2),
            ([1, 2, 1, 2], "2"),
            ([1.0, 2.0, 1.0, 2.0], 2),
            ([False, True, False, True], None),
            ([0, 1, 0, 1], True),
        ],
    )
    def test_knows_the_value_that_means_bad(self, values, bad_value):
        column = Column(role="bad", bad_value=bad_value)

        assert history_of(table_of(bad=values), bad=column).bad.tolist() == [0, 1, 0, 1]

    @pytest.mark.parametrize(
        ("values", "bad_value", "found"),
        [
            ([0, 1, 2, 1], None, "one of them '1', but it holds '0', '1', '2'.* in row 2"),
            ([0, 1, 2, 1], 2, "one of them '2'.* in row 1"),
            (["good", "bad", "good", "bad"], None, "one of them '1', but it holds 'bad', 'good'"),
            ([1, 2, 1, 2], None, "one of them '1', but it holds '1', '2'.* in row 1"),
            (["a", "b", "a", "b"], "c", "one of them 'c'.* in row 0"),
        ],
    )
    def test_refuses_an_outcome_that_is_not_plain(self, values, bad_value, found):
        column = Column(role="bad", bad_value=bad_value)

        with pytest.raises(DataError, match=rf"^Column 'bad' must hold two values, {found}"):
            history_of(table_of(bad=values), bad=column)

    @pytest.mark.parametrize(
        ("values", "found"), [([0, 0, 0, 0], "4 times 0"), ([1, 1, 1, 1], "4 times 1")]
    )
    def test_refuses_one_class(self, values, found):
        with pytest.raises(DataError, match=rf"must hold goods and bads, .* are {found}\.$"):
            history_of(table_of(bad=values))

    def test_refuses_outcomes_that_are_all_unknown(self):
        with pytest.raises(DataError, match=r"must hold goods and bads, .* are none\.$"):
            history_of(table_of(bad=[None] * 4, ok=[0] * 4), ok="approved")

    def test_needs_an_outcome(self):
        with pytest.raises(DataError, match="needs a column with role bad"):
            as_history(pd.DataFrame({"x": [1]}), schema_of(x=NUMBER))

    def test_names_a_column_that_is_absent_whatever_its_role(self):
        with pytest.raises(DataError, match="names 'kyc', which the table does not have"):
            history_of(table_of(), kyc=Column(role="verdict", gate="profile"))

    def test_does_not_miss_an_ignored_column(self):
        assert len(history_of(table_of(), old="ignore")) == 4

    def test_refuses_a_feature_that_is_all_missing(self):
        with pytest.raises(DataError, match=r"^Feature 'x' is missing in all 4 rows; give it role"):
            history_of(table_of(x=[None] * 4))

    def test_refuses_text_given_as_number(self):
        with pytest.raises(DataError, match="say kind: category in the schema"):
            history_of(table_of(x=["a", "b", "c", "d"]))

    def test_leaves_outcomes_of_the_rejected_unknown(self):
        history = history_of(
            table_of(bad=[0, 1, None, None], ok=["yes", "yes", "no", "no"]),
            ok=Column(role="approved", approved_value="yes"),
        )

        assert history.approved.tolist() == [True, True, False, False]
        assert history.labelled.tolist() == [True, True, False, False]
        assert history.is_selective

    def test_refuses_outcomes_of_the_rejected(self):
        with pytest.raises(DataError, match=r"missing for whoever was not approved, but 1 values"):
            history_of(table_of(bad=[0, 1, 1, None], ok=[1, 1, 0, 0]), ok="approved")

    @pytest.mark.parametrize(
        ("columns", "remedy"),
        [({}, "who was approved the role approved"), ({"ok": "approved"}, "give observed_at")],
    )
    def test_refuses_unknown_outcomes_of_the_approved(self, columns, remedy):
        with pytest.raises(DataError, match=rf"but 1 are missing; .* in row 3; .*{remedy}"):
            history_of(table_of(bad=[0, 1, 0, None], ok=[1] * 4), **columns)

    def test_refuses_a_decision_that_is_not_known(self):
        with pytest.raises(DataError, match="'ok' must have no missing values"):
            history_of(table_of(ok=[1, 1, None, 1]), ok="approved")

    def test_knows_who_reached_the_score(self):
        history = history_of(
            table_of(
                bad=[0, 1, None, None],
                ok=[1, 1, 0, 0],
                by=[None, None, "system", "score"],
                kyc=["passed", None, None, "failed"],
                fraud=["failed", "passed", None, "failed"],
                limit=["failed"] * 4,
            ),
            ok="approved",
            by="stopped_by",
            kyc=Column(role="verdict", gate="profile"),
            limit=Column(role="verdict", gate="policy"),
        )

        assert history.reached.tolist() == [True, True, False, False]
        assert not history.is_selective

    def test_refuses_an_unknown_cause(self):
        with pytest.raises(DataError, match=r"'by' must hold one of system, .* 1 values are not; "
                           r"the first is 'weather' in row 3"):  # fmt: skip
            history_of(table_of(by=[None, "score", "system", "weather"]), by="stopped_by")

    def test_leaves_open_windows_out(self):
        history = history_of(
            table_of(
                bad=[0, 1, None, None],
                at=["2024-01-31", "2024-06-30", "2024-07-01", "2025-01-01"],
            ),
            {"observed_at": "2024-12-31", "window_months": 6},
            at="time",
        )  # fmt: skip

        assert history.matured.tolist() == [True, True, False, False]
        assert not history.is_selective

    def test_refuses_outcomes_in_open_windows(self):
        at = ["2023-01-01", "2023-01-01", "2024-12-01", "2024-12-01"]

        with pytest.raises(DataError, match="had a window still open on 2024-12-31, but 2 values"):
            history_of(table_of(at=at), {"observed_at": "2024-12-31"}, at="time")

    def test_refuses_a_month_whose_known_outcomes_are_all_bad(self):
        table = {
            "x": np.arange(60.0),
            "bad": [0, 1] * 20 + [1] * 20,
            "at": ["2024-01-01"] * 40 + ["2024-02-01"] * 20,
        }

        with pytest.raises(DataError, match=r"^All 20 known outcomes of 2024-02 are bad"):
            history_of(table, at="time")

    def test_reads_propensities_of_those_who_reached_the_score(self):
        history = history_of(
            table_of(bad=[0, 1, None, None], ok=[1, 1, 0, 0], p=[1, 0.05, 0, None],
                     by=[None, None, "score", "system"]),
            ok="approved", p="propensity", by="stopped_by",
        )  # fmt: skip

        np.testing.assert_array_equal(history.propensity, [1, 0.05, 0, np.nan])

    @pytest.mark.parametrize(
        ("propensity", "row"),
        [([1, 1, 1.2, 0], 2), ([1, 0, 0, 0], 1), ([1, 1, None, 0], 2), ([1, 1, 0, -0.1], 3)],
    )
    def test_refuses_propensities_that_cannot_be(self, propensity, row):
        with pytest.raises(DataError, match=rf"'p' must hold the probability .* in row {row}\.$"):
            history_of(
                table_of(bad=[0, 1, None, None], ok=[1, 1, 0, 0], p=propensity),
                ok="approved",
                p="propensity",
            )

    def test_reads_weights(self):
        assert history_of(table_of(w=[1, 2, 1, 2]), w="weight").weight.tolist() == [1, 2, 1, 2]

    @pytest.mark.parametrize(
        ("weights", "problem"),
        [
            ([1, 0, 1, 1], r"must be positive, but is 0\.0 in row 1"),
            ([1, None, 1, 1], "no missing"),
        ],
    )
    def test_refuses_weights_that_count_nobody(self, weights, problem):
        with pytest.raises(DataError, match=rf"^Column 'w' must .*{problem}|{problem}"):
            history_of(table_of(w=weights), w="weight")

    def test_takes_some_rows_of_everything(self):
        history = history_of(table_of(p=[1, 1, 0.5, 1], w=[1, 2, 3, 4]), p="propensity", w="weight")

        taken = history.take(np.array([False, True, True, False]))

        assert taken.bad.tolist() == [1, 0]
        assert taken.weight.tolist() == [2, 3]
        assert taken.propensity.tolist() == [1, 0.5]
        assert taken.applications.features["x"].tolist() == [2, 3]
        assert history.take(np.array([0])).approved.tolist() == [True]

    def test_takes_rows_without_weights(self):
        assert history_of(table_of()).take(np.array([0, 1])).weight is None


class TestReaders:
    def test_read_and_check_in_one_go(self, tmp_path):
        pd.DataFrame(table_of()).to_csv(tmp_path / "t.csv", index=False)
        schema = schema_of(x=NUMBER, bad="bad")

        assert len(read_applications(tmp_path / "t.csv", schema)) == 4
        assert read_history(tmp_path / "t.csv", schema).bad.sum() == 2
