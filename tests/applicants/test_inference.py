"""riskkit.applicants.inference and the rules of riskkit.applicants.verdicts"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import Given, Schema, as_history, infer_schema, read_table
from riskkit.errors import DataError

REAL = Path(__file__).parents[2] / ".." / "shared" / "data"
N = 1_000


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def bad(rng):
    return (rng.random(N) < 0.25).astype(int)


def inferred(bad, given=None, **columns):
    """Infer the schema of some columns beside an outcome and a plain number."""
    x = np.random.default_rng(1).normal(size=len(bad))
    table = pd.DataFrame({"x": x, **columns, "bad": bad})
    return infer_schema(table, given or Given())


def found(inference, name):
    return next(column for column in inference.columns if column.name == name)


class TestInference:
    def test_describes_table_and_outcome(self, bad):
        known = np.where(np.arange(N) < 900, bad, np.nan)

        inference = inferred(known, Given(approved="ok"), ok=(np.arange(N) < 900).astype(int))

        assert inference.n_rows == N
        assert inference.n_known == 900
        assert inference.bad_rate == pytest.approx(bad[:900].mean())
        assert inference.problem is None

    def test_gives_a_schema_that_can_be_written_read_and_used(self, bad, rng, tmp_path):
        inference = inferred(
            np.where(bad == 1, "late", "paid"),
            Given(outcome="bad", bad_value="late", amount="sum"),
            sum=rng.integers(1, 900, N),
            city=rng.choice(["a", "b"], N),
            sex=rng.choice(["f", "m"], N),
        )

        inference.schema.write(tmp_path / "schema.yaml")

        schema = Schema.read(tmp_path / "schema.yaml")
        assert schema == inference.schema
        assert schema.features == ("x", "sum", "city")
        assert schema.columns["bad"].bad_value == "late"

    def test_never_infers_a_direction_but_hints_at_it(self, rng):
        x = rng.normal(size=N)
        bad = (x + rng.normal(size=N) > 1).astype(int)

        inference = inferred(bad, up=x, down=-2 * x**3, flat=rng.normal(size=N))

        riskier = [found(inference, name).riskier for name in ("up", "down", "flat")]
        assert riskier == ["higher", "lower", "none"]
        assert inference.schema.directions == {}

    def test_does_not_depend_on_the_order_of_rows(self, bad, rng):
        table = pd.DataFrame({"x": rng.normal(size=N), "c": rng.choice(list("abc"), N), "bad": bad})

        shuffled = infer_schema(table.sample(frac=1, random_state=0), Given())

        assert shuffled.schema == infer_schema(table, Given()).schema

    def test_puts_number_codes_into_the_schema_and_leaves_words_as_levels(self, bad, rng):
        inference = inferred(
            bad,
            income=np.where(np.arange(N) < 50, 99999999, rng.integers(100, 999, N)),
            home=np.where(np.arange(N) < 50, "unknown", "own"),
        )

        assert inference.schema.special == {"income": (99999999.0,)}
        assert [code.value for code in found(inference, "home").codes] == ["unknown"]


class TestRoles:
    def test_are_those_given(self, bad):
        inference = inferred(
            bad,
            Given(id="a", customer="b", time="c", approved="d", amount="e"),
            a=[f"n{i}" for i in range(N)],
            b=np.arange(N) // 2,
            c=pd.date_range("2020-01-01", periods=N),
            d=np.ones(N, dtype=int),
            e=np.arange(N) % 90 + 0.5,
        )

        roles = {column.name: column.role for column in inference.columns}
        assert roles == {
            "x": "feature", "a": "id", "b": "customer", "c": "time", "d": "approved",
            "e": "amount", "bad": "bad",
        }  # fmt: skip
        assert inference.schema.columns["e"].feature
        assert found(inference, "a").why == "given as id"
        assert inference.problem is None

    def test_are_those_of_exact_names(self, bad, rng):
        inference = inferred(
            bad,
            approved=np.ones(N, dtype=int),
            stopped_by=[None] * N,
            verdict_profile=["passed"] * N,
            propensity=np.ones(N),
            weight=np.ones(N),
            early_bad=bad,
            truth_pd=bad,
            amount=rng.integers(1, 9, N),
            term=rng.choice([3, 6, 12], N),
        )

        roles = {column.name: column.role for column in inference.columns}
        for name in (
            "approved",
            "stopped_by",
            "propensity",
            "weight",
            "early_bad",
            "amount",
            "term",
        ):
            assert roles[name] == name
        assert roles["verdict_profile"] == "verdict"
        assert roles["truth_pd"] == "ignore"
        assert inference.schema.columns["verdict_profile"].gate == "profile"
        assert inference.schema.features == ("x", "amount", "term")
        assert inference.problem is None

    def test_of_a_given_decision_leave_another_out(self, bad):
        ones = np.ones(N, dtype=int)

        inference = inferred(bad, Given(approved="ok"), ok=ones, approved=ones)

        assert found(inference, "approved").role == "ignore"
        assert found(inference, "ok").role == "approved"

    def test_of_a_given_amount_leave_the_name_a_feature(self, bad, rng):
        amounts = {"sum": rng.integers(1, 99, N), "amount": rng.integers(1, 99, N)}

        inference = inferred(bad, Given(amount="sum"), **amounts)

        assert found(inference, "sum").role == "amount"
        assert found(inference, "amount").role == "feature"

    def test_of_empty_and_constant_columns_are_ignore(self, bad):
        inference = inferred(bad, none=[None] * N, state=["CA"] * N, zero=[0] * N)

        assert found(inference, "none").why == "missing in every row"
        assert found(inference, "state").why == "always 'CA'"
        assert found(inference, "zero").why == "always '0'"
        assert inference.schema.having("ignore") == ("none", "state", "zero")

    def test_keep_a_value_that_is_there_or_missing(self, bad):
        inference = inferred(bad, phone=np.where(np.arange(N) % 3, "yes", None))

        assert found(inference, "phone").role == "feature"


class TestIds:
    @pytest.mark.parametrize(
        ("columns", "chosen", "others"),
        [
            ({"loan_id": "text"}, "loan_id", []),
            ({"customerid": "text", "systemloanid": "text"}, "systemloanid", ["customerid"]),
            ({"Unnamed: 0": "rows", "loan_nr": "text"}, "loan_nr", ["Unnamed: 0"]),
            ({"Unnamed: 0": "rows", "customerid": "text"}, "customerid", ["Unnamed: 0"]),
            ({"n": "rows"}, "n", []),
        ],
    )  # fmt: skip
    def test_are_the_plainest_of_all_distinct_columns(self, bad, columns, chosen, others):
        values = {"text": [f"k{i * 7919}" for i in range(N)], "rows": np.arange(N)}

        inference = inferred(bad, **{name: values[holds] for name, holds in columns.items()})

        assert inference.schema.the("id") == chosen
        for name in others:
            assert found(inference, name).role == "ignore"
            assert found(inference, name).why == f"another id beside {chosen}"

    def test_are_not_guessed_from_distinct_amounts_or_words(self, bad, rng):
        inference = inferred(
            bad, income=rng.permutation(np.arange(N)) * 7, name=[f"firm {i}" for i in range(N)]
        )

        assert inference.schema.the("id") is None
        assert found(inference, "income").role == "feature"
        assert (
            found(inference, "name").why == f"text with {N} levels in {N} rows: too many to learn"
        )

    def test_of_customers_are_asked_for(self, bad):
        inference = inferred(bad, customer_id=np.arange(N) // 2 * 3)

        assert found(inference, "customer_id").role == "ignore"
        assert "give it with --customer" in found(inference, "customer_id").why

    def test_that_repeat_under_a_label_are_categories(self, bad, rng):
        inference = inferred(bad, ID_SHOP=rng.integers(0, 30, N))

        assert inference.schema.columns["ID_SHOP"].kind == "category"


class TestTimes:
    def test_are_taken_where_there_is_one(self, bad):
        inference = inferred(bad, applied=pd.date_range("2020-01-01", periods=N).astype("str"))

        assert inference.schema.the("time") == "applied"
        assert any("observed_at" in question for question in inference.questions)

    def test_are_asked_for_where_there_are_several(self, bad):
        days = pd.date_range("2020-01-01", periods=N)

        inference = inferred(bad, applied=days, decided=days + pd.Timedelta("1h"))

        assert inference.schema.the("time") is None
        assert inference.schema.having("ignore") == ("applied", "decided")
        assert inference.questions[0].startswith("Which of applied, decided is the time of")

    def test_that_are_given_leave_the_others_out(self, bad):
        days = pd.date_range("2020-01-01", periods=N)

        applied = days + pd.Timedelta("1h")

        inference = inferred(bad, Given(time="decided"), applied=applied, decided=days)

        assert inference.schema.the("time") == "decided"
        assert found(inference, "applied").role == "ignore"

    def test_with_gaps_are_no_time_of_application(self, bad):
        days = pd.Series(pd.date_range("2020-01-01", periods=N)).mask(np.arange(N) % 2 == 0)

        assert found(inferred(bad, closed=days), "closed").role == "ignore"

    def test_as_numbers_under_a_date_name_are_no_features(self, bad, rng):
        inference = inferred(bad, ApprovalDate=rng.integers(15_000, 16_000, N))

        assert found(inference, "ApprovalDate").role == "ignore"
        assert "write it as YYYY-MM-DD" in found(inference, "ApprovalDate").why


class TestProtected:
    def test_columns_are_kept_from_the_model(self, bad, rng):
        inference = inferred(bad, Age=rng.integers(18, 90, N), SEX=rng.choice(["F", "M"], N))

        assert inference.schema.having("protected") == ("Age", "SEX")
        assert inference.schema.features == ("x",)
        assert "role: feature and protected: true" in found(inference, "Age").why


class TestCopies:
    def test_are_left_out_in_favour_of_the_first(self, bad, rng):
        term = rng.choice([12, 24, 36], N)
        city = rng.choice(["a", "b", "c"], N)

        inference = inferred(
            bad, term_m=term, days=term * 30.0, city=city, town=np.char.upper(city)
        )

        assert found(inference, "days").why == "tells rows apart exactly as term_m does"
        assert found(inference, "town").role == "ignore"
        assert inference.schema.features == ("x", "term_m", "city")

    def test_are_not_seen_in_different_free_text(self, bad):
        inference = inferred(
            bad, a=[f"a{i}" for i in range(N)], b=[f"b{(i * 7) % N}" for i in range(N)]
        )

        assert "too many to learn" in found(inference, "b").why


class TestLeaks:
    def test_are_columns_that_alone_tell_bads_from_goods(self, bad, rng):
        inference = inferred(
            bad,
            status=np.where(bad == 1, "CHGOFF-1", "PIF"),
            loss=bad * rng.gamma(2, 100, N),
            closed=pd.Series(np.arange(N) + 0.5).mask(bad == 0),
        )

        assert [column.name for column in inference.leaks] == ["status", "loss", "closed"]
        assert inference.schema.features == ("x",)
        assert "role: feature and kind: category" in found(inference, "status").why
        assert "kind: number" in found(inference, "loss").why

    def test_are_columns_some_of_whose_values_only_bads_have(self, bad, rng):
        recovered = np.where((bad == 1) & (rng.random(N) < 0.6), rng.gamma(2, 100, N), 0.0)

        inference = inferred(bad, recoveries=recovered)

        assert (
            found(inference, "recoveries").leak == "some of its values occur for bad outcomes only"
        )
        assert found(inference, "recoveries").auc < 0.9

    def test_are_columns_known_only_where_the_outcome_is(self, bad, rng):
        approved = np.arange(N) < 700
        rate = np.where(approved, rng.normal(size=N), np.nan)

        inference = inferred(
            np.where(approved, bad, np.nan), approved=approved.astype(int), interest_rate=rate
        )

        assert found(inference, "interest_rate").leak == "it is known only where the outcome is"

    def test_are_not_seen_in_ids_and_rare_levels(self, bad, rng):
        inference = inferred(
            bad, id=rng.permutation(N) * 3, town=rng.choice([f"t{i}" for i in range(300)], N)
        )

        assert inference.leaks == ()
        assert found(inference, "id").auc == pytest.approx(0.5, abs=0.06)
        assert found(inference, "town").auc == pytest.approx(0.5, abs=0.06)

    def test_are_not_seen_in_a_good_feature(self, rng):
        x = rng.normal(size=5_000)
        bad = (rng.random(5_000) < 1 / (1 + np.exp(1 - 2 * x))).astype(int)

        inference = infer_schema(pd.DataFrame({"x": x, "bad": bad}), Given())

        assert found(inference, "x").auc > 0.8
        assert inference.leaks == ()

    def test_do_not_include_what_says_nothing_of_known_outcomes(self, bad, rng):
        approved = np.arange(N) < 700
        inference = inferred(
            np.where(approved, bad, np.nan),
            approved=approved.astype(int),
            why_rejected=np.where(approved, None, rng.choice(["a", "b"], N)),
            one=np.where(approved, "a", rng.choice(["a", "b"], N)),
        )

        assert found(inference, "why_rejected").why == "missing wherever the outcome is known"
        assert found(inference, "one").why == "one value wherever the outcome is known"
        assert inference.leaks == ()


class TestKinds:
    def test_are_number_or_category_by_a_stated_rule(self, bad, rng):
        inference = inferred(
            bad,
            grade=rng.integers(1, 8, N),
            n_loans=rng.integers(0, 40, N),
            has_car=rng.integers(0, 2, N),
            flag=rng.random(N) < 0.5,
            zip=rng.integers(90_000, 90_200, N),
            job=rng.choice(["a", "b"], N),
            dti=[f"{i % 50}%" for i in range(N)],
        )

        kinds = {name: column.kind for name, column in inference.schema.columns.items()}
        assert kinds == {
            "x": "number", "grade": "number", "n_loans": "number", "has_car": "number",
            "flag": "number", "zip": "category", "job": "category", "dti": "category", "bad": None,
        }  # fmt: skip
        assert found(inference, "grade").why == (
            "whole numbers, 7 values: taken as a scale with an order; if they are labels, say "
            "kind: category"
        )
        assert found(inference, "n_loans").why == "a number"
        assert "order does not matter" in found(inference, "has_car").why
        assert "speaks of labels" in found(inference, "zip").why
        assert found(inference, "job").why == "text with 2 levels"
        assert found(inference, "dti").why == "numbers written as text, such as '0%': no order"

    def test_of_text_with_many_levels_is_none(self, bad, rng):
        inference = inferred(
            bad,
            dti=[f"{i % 300}.5%" for i in range(N)],
            memo=[f"memo {i % 900}" for i in range(N)],
            town=rng.choice([f"t{i}" for i in range(300)], N),
        )

        assert "numbers written as text, such as '0.5%'; write them" in found(inference, "dti").why
        assert "text with 900 levels in 1000 rows" in found(inference, "memo").why
        assert found(inference, "town").role == "feature"


class TestQuestionsAndProblems:
    def test_ask_for_a_feature_where_none_is_left(self, bad):
        inference = infer_schema(pd.DataFrame({"age": bad + 20, "bad": bad}), Given())

        assert inference.questions[-1].startswith("No column is left as a feature")

    def test_say_why_the_table_does_not_fit_yet(self, bad):
        inference = inferred(np.where(np.arange(N) < 900, bad, np.nan))

        assert "give the column that says who was approved the role approved" in inference.problem


class TestBadInput:
    def test_names_an_empty_table(self):
        with pytest.raises(DataError, match=r"^The table is empty: 0 rows, 1 columns\.$"):
            infer_schema(pd.DataFrame({"bad": []}), Given())

    @pytest.mark.parametrize("role", ["outcome", "id", "customer", "time", "approved", "amount"])
    def test_names_a_given_column_that_is_absent(self, bad, role):
        with pytest.raises(DataError, match=rf"^{role} names 'nope', .* it has 'x', 'bad'\.$"):
            inferred(bad, Given(**{role: "nope"}))

    def test_refuses_one_column_for_two_roles(self, bad):
        with pytest.raises(DataError, match=r"^id and customer both name 'x'; a column has"):
            inferred(bad, Given(id="x", customer="x"))

    @pytest.mark.parametrize(
        ("ids", "problem"),
        [
            ([1, 2, 1, 1], "2 of 4 rows .* first is row 2"),
            ([1, 2, 3, None], "1 of 4 rows .* row 3"),
        ],
    )
    def test_refuses_ids_that_repeat_or_are_missing(self, ids, problem):
        with pytest.raises(DataError, match=rf"^id 'n' must hold every id once, but {problem}"):
            inferred([0, 1, 0, 1], Given(id="n"), n=ids)

    def test_refuses_a_time_that_is_none(self):
        with pytest.raises(DataError, match="'n' must hold times, but holds numbers"):
            inferred([0, 1], Given(time="n"), n=[20240101, 20240102])

    def test_refuses_a_decision_that_is_not_plain(self):
        with pytest.raises(DataError, match="approved 'approved' must hold two values"):
            inferred([0, 1], approved=[1, 2])


@pytest.mark.real_data
@pytest.mark.skipif(not REAL.exists(), reason="the real credit data are not beside the project")
class TestRealData:
    def infer(self, name, given=None, **blank):
        table = read_table(REAL / f"{name}.parquet")
        for column, value in blank.items():
            table[column] = table[column].mask(table[column] == value)
        return table, infer_schema(table, given or Given())

    @pytest.mark.parametrize(
        ("name", "given", "leaks"),
        [
            (
                "lendingclub_2016_2018_accepted_sample",
                Given(),
                {"recoveries", "collection_recovery_fee"},
            ),
            (
                "sba_case",
                Given(outcome="Default"),
                {"MIS_Status", "ChgOffDate", "ChgOffPrinGr", "Term"},
            ),
            ("aer_creditcard", Given(outcome="card", bad_value="no"), {"share", "expenditure"}),
            ("hmda_loanapp", Given(outcome="reject"), {"action", "approve"}),
            ("hmeq", Given(), set()),
            ("german_credit", Given(), set()),
            ("taiwan_credit_card", Given(), set()),
            ("home_credit_sample", Given(outcome="TARGET"), set()),
            ("lendingclub_2018_resolved", Given(outcome="loan_status"), set()),
        ],
    )
    def test_shows_the_documented_leaks_and_no_others(self, name, given, leaks):
        table, inference = self.infer(name, given)

        assert {column.name for column in inference.leaks} == leaks
        assert inference.problem is None
        assert len(as_history(table, inference.schema)) == len(table)

    @pytest.mark.parametrize(
        ("name", "given", "blank", "special"),
        [
            (
                "gastonstat_credit", Given(outcome="Status", bad_value="2"), {"Status": 0},
                dict.fromkeys(("Income", "Assets", "Debt"), (99999999.0,)),
            ),
            (
                "home_credit_sample", Given(outcome="TARGET"), {},
                {"DAYS_EMPLOYED": (365243.0,)},
            ),
            ("hmeq", Given(), {}, {}),
            ("taiwan_credit_card", Given(), {}, {}),
            ("lendingclub_2018_resolved", Given(outcome="loan_status"), {}, {}),
        ],
    )  # fmt: skip
    def test_shows_the_documented_codes_and_no_others(self, name, given, blank, special):
        _, inference = self.infer(name, given, **blank)

        assert inference.schema.special == special

    def test_tells_the_trap_of_an_outcome_that_counts_from_1(self):
        with pytest.raises(DataError, match="which means bad is not plain"):
            self.infer("gastonstat_credit", Given(outcome="Status"), Status=0)

    def test_asks_where_two_columns_hold_the_outcome(self):
        with pytest.raises(DataError, match="may be 'Default' or 'MIS_Status'"):
            self.infer("sba_case")

    @pytest.mark.slow
    def test_takes_150_000_rows(self):
        _, inference = self.infer("give_me_some_credit")

        assert inference.schema.the("id") == "id"
        assert inference.bad_rate == pytest.approx(0.06684, abs=1e-5)
        assert set(inference.schema.special.values()) == {(96.0, 98.0)}
