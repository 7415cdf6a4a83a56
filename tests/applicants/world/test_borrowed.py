"""riskkit.applicants.world.borrowed"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from scipy.stats import spearmanr

from riskkit.applicants import Column, Schema, as_history, content_hash, read_history, read_table
from riskkit.applicants.world import (
    BLOCK_ROWS,
    Borrowed,
    BorrowedFit,
    BorrowedSpec,
    borrow_world,
    draw_borrowed,
    write_borrowed,
)
from riskkit.errors import DataError

SAMPLE = Path(__file__).parents[3] / "data" / "synthetic" / "sample"
QUICK = BorrowedSpec(landmarks=20, fit_rows=3_000)
SCHEMA = Schema(
    columns={
        "income": Column(role="feature", kind="number", worse="lower", note="top: Scrooge"),
        "late": Column(role="feature", kind="number", special=(-9.0,)),
        "job": Column(role="feature", kind="category"),
        "region": Column(role="segment"),
        "ok": Column(role="approved"),
        "default": Column(role="bad"),
    }
)


def user_table(n=6_000, seed=5):
    """A lender's table: income is missing where late payments are many."""
    rng = np.random.default_rng(seed)
    risk = rng.standard_normal(n)
    late = np.where(rng.random(n) < 0.1, -9.0, rng.poisson(np.exp(risk - 0.5)))
    income = np.round(np.exp(8.5 - 0.3 * risk + 0.4 * rng.standard_normal(n)), 2)
    income[rng.random(n) < np.where(risk > 0.8, 0.5, 0.02)] = np.nan
    job = np.where(rng.random(n) < 0.3 + 0.2 * (risk > 0), "gig", "office").astype(object)
    job[:3] = "astronaut"
    ok = risk + 0.5 * rng.standard_normal(n) < 0.3
    default = np.where(ok, rng.random(n) < 0.6 / (1 + np.exp(-1.5 * risk)), np.nan)
    region = rng.choice(["n", "s"], n)
    columns = {"income": income, "late": late, "job": job, "region": region}
    return pd.DataFrame({**columns, "ok": ok.astype(int), "default": default})


@pytest.fixture(scope="module")
def table():
    return user_table()


@pytest.fixture(scope="module")
def history(table):
    return as_history(table, SCHEMA)


@pytest.fixture(scope="module")
def borrowed(history):
    return borrow_world(history, SCHEMA, QUICK, seed=1)


@pytest.fixture(scope="module")
def draws(borrowed):
    return {d: draw_borrowed(borrowed, 40_000, dial=d, seed=2) for d in QUICK.hidden}


class TestBorrowWorld:
    def test_stores_no_value_that_few_rows_share(self, borrowed, table):
        knots = np.array(borrowed.fit.copula.columns["income"].marginal.values)

        assert knots.max() < table["income"].max()
        assert knots.min() > table["income"].min()
        assert not np.isin(knots, table["income"]).any()
        assert "astronaut" not in borrowed.fit.model_dump_json()
        assert "Scrooge" not in borrowed.fit.model_dump_json()

    def test_says_how_well_the_models_do_on_rows_held_out(self, borrowed):
        assert 0.55 < borrowed.fit.pd_model.held_out_auc < 0.75
        assert borrowed.fit.selection.held_out_auc > 0.75

    @pytest.mark.slow
    def test_simulates_a_policy_where_there_was_none_and_a_rate_is_given(self, table):
        rows = table[table["ok"] == 1].drop(columns="ok")
        columns = {name: c for name, c in SCHEMA.columns.items() if name != "ok"}
        schema = Schema(columns=columns)
        spec = QUICK.model_copy(update={"approval_rate": 0.6, "exploration": 0.0})

        borrowed = borrow_world(as_history(rows, schema), schema, spec)
        draw = draw_borrowed(borrowed, 20_000, dial="none", seed=1)

        assert borrowed.fit.selection.kind == "simulated_policy"
        assert draw.rates.approval_rate == pytest.approx(0.6, abs=0.04)
        assert draw.truth["truth_bad"].mean() == pytest.approx(rows["default"].mean(), abs=0.02)
        assert draw.rates.bad_rate < draw.truth["truth_bad"].mean()

    def test_refuses_a_table_without_rejected_and_says_what_helps(self, table):
        history = as_history(table[table["ok"] == 1], SCHEMA)

        with pytest.raises(DataError, match=r"no rejected .* role approved, or set approval_rate"):
            borrow_world(history, SCHEMA)

    def test_refuses_a_rate_beside_a_real_selection(self, history):
        with pytest.raises(DataError, match=r"^approval_rate is for tables without .* leave it"):
            borrow_world(history, SCHEMA, BorrowedSpec(approval_rate=0.5))

    def test_refuses_few_rows(self, table):
        with pytest.raises(DataError, match=r"at least 500 applications .* there are 400\.$"):
            borrow_world(as_history(table.head(400), SCHEMA), SCHEMA)

    def test_refuses_few_bads(self, table):
        goods = table[table["default"].fillna(0) == 0]
        few = pd.concat([goods, table[table["default"] == 1].head(3)])

        with pytest.raises(DataError, match=r"at least 25 bads .* 'bad' has 3\.$"):
            borrow_world(as_history(few, SCHEMA), SCHEMA)

    def test_refuses_weights(self, history):
        weighted = replace(history, weight=np.ones(len(history)))

        with pytest.raises(DataError, match=r"sampling weights cannot be borrowed.*Resample"):
            borrow_world(weighted, SCHEMA)

    def test_refuses_a_column_named_like_an_added_one(self, table):
        names = {"income": "propensity"}
        columns = {names.get(name, name): column for name, column in SCHEMA.columns.items()}
        schema = Schema(columns=columns)

        with pytest.raises(DataError, match=r"'propensity' has the name of .* rename it"):
            borrow_world(as_history(table.rename(columns=names), schema), schema)


class TestDrawBorrowed:
    @pytest.mark.slow
    def test_is_a_table_that_reads_as_history(self, draws):
        draw = draws["medium"]

        history = as_history(draw.applications, draw.schema)

        assert list(history.applications.features) == ["income", "late", "job"]
        assert history.propensity is not None
        assert history.is_selective
        assert not {*draw.applications} & {n for n in draw.truth if n.startswith("truth_")}

    def test_keeps_marginals_codes_and_correlations(self, draws, table):
        drawn = draws["none"].applications

        known = table["late"] != -9, drawn["late"] != -9
        both = zip((table, drawn), known, strict=True)
        pairs = [rows.loc[k, ["income", "late"]].dropna() for rows, k in both]
        correlations = [spearmanr(pair["income"], pair["late"]).statistic for pair in pairs]

        assert (drawn["late"] == -9).mean() == pytest.approx(0.1, abs=0.01)
        gigs = [(rows["job"] == "gig").mean() for rows in (table, drawn)]
        assert gigs[1] == pytest.approx(gigs[0], abs=0.02)
        assert drawn["income"].median() == pytest.approx(table["income"].median(), rel=0.02)
        assert (drawn["late"] % 1 == 0).all()
        assert correlations[1] == pytest.approx(correlations[0], abs=0.06)

    def test_keeps_values_missing_for_a_reason(self, draws, table):
        def gap(rows):
            many = rows["late"] > 2
            return rows.loc[many, "income"].isna().mean() - rows["income"].isna().mean()

        assert gap(table) > 0.1
        assert gap(draws["none"].applications) == pytest.approx(gap(table), abs=0.06)

    def test_agrees_with_the_table_in_all_it_shows_at_every_dial(self, draws, table):
        for draw in draws.values():
            passed = draw.applications["verdict_score"] == "passed"

            assert passed.mean() == pytest.approx(table["ok"].mean(), abs=0.02)
            assert draw.truth["truth_bad"][passed].mean() == pytest.approx(
                table["default"].mean(), abs=0.015
            )

    def test_hides_more_bads_among_the_rejected_at_a_stronger_dial(self, draws):
        rates = []
        for draw in draws.values():
            failed = draw.applications["verdict_score"] == "failed"
            rates.append(draw.truth["truth_bad"][failed].mean())

        assert rates[1] > rates[0] + 0.05
        assert rates[2] > rates[1] + 0.05

    def test_draws_bads_from_the_true_pd(self, draws):
        truth = draws["strong"].truth
        pds = truth["truth_pd"]
        rows = truth.assign(surplus=truth["truth_bad"] - pds, variance=pds * (1 - pds))

        deciles = rows.groupby(pd.qcut(pds, 10))[["surplus", "variance"]].sum()

        assert (
            deciles["surplus"] ** 2 / deciles["variance"]
        ).sum() < 29.6  # chi-square, 10 degrees, p = 0.001

    @pytest.mark.slow
    def test_shares_features_among_dials_and_begins_bigger_with_smaller(self, borrowed, draws):
        small = draw_borrowed(borrowed, 500, dial="strong", seed=2)
        big = draw_borrowed(borrowed, BLOCK_ROWS + 5, dial="strong", seed=2)

        assert_frame_equal(big.applications.head(500), small.applications)
        assert big.applications["application_id"].iloc[-1] == f"B{BLOCK_ROWS + 5:07d}"
        assert_frame_equal(
            draws["none"].applications[["income", "job"]].head(500),
            small.applications[["income", "job"]],
        )

    @pytest.mark.slow
    def test_draws_other_rows_for_another_seed(self, borrowed):
        hashes = {
            content_hash(draw_borrowed(borrowed, 100, dial="none", seed=seed).applications)
            for seed in (2, 2, 3)
        }

        assert len(hashes) == 2

    def test_explores_with_the_propensity_it_records(self, draws):
        rows = draws["none"].applications
        failed = rows[rows["verdict_score"] == "failed"]

        assert set(failed["propensity"]) == {0.05}
        assert failed["approved"].mean() == pytest.approx(0.05, abs=0.01)
        assert (rows["stopped_by"].isna() == (rows["approved"] == 1)).all()

    @pytest.mark.slow
    def test_copies_real_rows_only_on_demand_and_says_so(self, history, table, borrowed, draws):
        spec = QUICK.model_copy(update={"copies_real_rows": True})

        copying = borrow_world(history, SCHEMA, spec, seed=1)
        draw = draw_borrowed(copying, 300, dial="none", seed=2)

        real = set(map(str, table[["income", "late", "job"]].to_numpy().tolist()))
        copied = draw.applications[["income", "late", "job"]].to_numpy().tolist()
        new = draws["none"].applications[["income", "late", "job"]].dropna().to_numpy().tolist()
        assert set(map(str, copied)) <= real
        assert np.mean([str(row) in real for row in new]) < 0.02
        assert draw.copies_real_rows
        assert copying.fit.feature_source == "copies of real rows"
        assert not draws["none"].copies_real_rows
        assert borrowed.real_rows is None
        with pytest.raises(DataError, match=r"^real_rows must be given"):
            draw_borrowed(Borrowed(fit=copying.fit), 10, dial="none", seed=1)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"n_applicants": 0}, r"^n_applicants must be at least 1, but is 0"),
            ({"seed": -1}, r"^seed must not be negative"),
            ({"dial": "weak"}, r"^dial must be one of none, medium, strong, but is 'weak'"),
        ],
    )
    def test_refuses_what_cannot_be_drawn(self, borrowed, change, message):
        wanted = {"n_applicants": 10, "dial": "none", "seed": 1, **change}

        with pytest.raises(DataError, match=message):
            draw_borrowed(borrowed, **wanted)


class TestWriteBorrowed:
    @pytest.mark.slow
    def test_writes_what_is_drawn_and_a_fit_that_draws_the_same(self, borrowed, tmp_path):
        seen = []

        rates = write_borrowed(borrowed, 300, seed=2, folder=tmp_path, on_progress=seen.append)

        again = Borrowed(fit=BorrowedFit.read(tmp_path / "borrowed.yaml"))
        draw = draw_borrowed(again, 300, dial="medium", seed=2)
        written = tmp_path / "medium"
        assert again.fit == borrowed.fit
        assert seen == [300, 300, 300]
        assert rates["medium"] == draw.rates
        assert_frame_equal(read_table(written / "applications.parquet"), draw.applications)
        assert_frame_equal(read_table(written / "truth.parquet"), draw.truth)
        assert len(
            read_history(written / "applications.parquet", Schema.read(written / "schema.yaml"))
        ) == 300  # fmt: skip


@pytest.mark.slow
def test_borrows_the_synthetic_sample_too():
    schema = Schema.read(SAMPLE / "schema.yaml")
    history = read_history(SAMPLE / "applications.parquet", schema)

    borrowed = borrow_world(history, schema, QUICK)
    draw = draw_borrowed(borrowed, 5_000, dial="none", seed=1)

    assert borrowed.fit.rows == history.reached.sum()
    assert as_history(draw.applications, draw.schema).applications.amount.min() > 0
    assert set(schema.having("protected")) <= set(draw.applications)
