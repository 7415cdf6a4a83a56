"""riskkit.scores.cards and riskkit.scores.sql: the same points in Python, SQLite and DuckDB."""

import json
import sqlite3

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from riskkit.errors import DataError
from riskkit.scores import (
    PointsScale,
    Scorecard,
    points_card,
    read_points_card,
    write_points_card,
)
from riskkit.scores.sql import double

SPECIAL = {"income": (-9.0, -8.0)}
#: Names and levels that would break a statement put together carelessly.
NAMES = {"income": 'in"come', "debt": "debt; DROP TABLE", "age": "Äge 岁", "job": "select"}
LEVELS = {"cook": "co'ok", "owner": '"owner"', "driver": "司机"}


@pytest.fixture(scope="module")
def card(fitted):
    return points_card(fitted["scorecard"])


@pytest.fixture(scope="module")
def odd(draw_sample):
    """A card with odd names, levels and whole numbers, and 10,000 applicants to score."""

    def renamed(X):
        return X.assign(job=X["job"].replace(LEVELS), flag=X["age"] > 50, n=X["debt"].round())

    X, bad = draw_sample(3000)
    scorecard = Scorecard(special={NAMES["income"]: SPECIAL["income"]})
    scorecard.fit(renamed(X).rename(columns=NAMES), bad)
    new, _ = draw_sample(10_000, seed=6)
    new = renamed(new)
    new.loc[:9, "job"] = "astro'naut"
    for name, column in zip(["income", "debt", "age"], scorecard.columns_, strict=False):
        edges = column.coding.edges
        places = np.arange(20, 20 + 3 * len(edges))
        near = np.r_[edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf)]
        new.loc[places, name] = near
    table = new.rename(columns=NAMES)
    table.insert(0, "id", np.arange(len(table)))
    return points_card(scorecard), table


def in_sqlite(sql, table, name):
    connection = sqlite3.connect(":memory:")
    table.to_sql(name, connection, index=False)
    result = pd.read_sql(sql, connection)
    connection.close()
    return result


def in_duckdb(sql, table, name):
    with duckdb.connect() as connection:
        connection.register(name, table)
        return connection.execute(sql).df()


DATABASES = pytest.mark.parametrize("run", [in_sqlite, in_duckdb])


class TestPoints:
    def test_add_up_to_the_score_exactly(self, card, newcomers):
        points = card.points(newcomers)

        assert points.columns.tolist() == ["(base)", "income", "debt", "age", "job"]
        assert points.dtypes.unique().tolist() == [np.dtype(np.int64)]
        assert (points.sum(axis=1).to_numpy() == card.scores(newcomers)).all()

    def test_are_those_of_the_table(self, card, newcomers):
        table = card.table().set_index(["feature", "bin"])["points"]

        points = card.points(newcomers)

        assert (points["(base)"] == table["(base)", ""]).all()
        jobs = newcomers["job"].fillna("(missing)").replace("astronaut", "(other levels)")
        assert points["job"].tolist() == [table["job", job] for job in jobs]

    def test_follow_the_pd_to_half_a_point_per_entry(self, card, fitted, newcomers):
        pds = fitted["scorecard"].predict_proba(newcomers)[:, 1]

        scores = card.scores(newcomers)

        assert np.abs(scores - card.scale.scores(pds)).max() <= 5 / 2

    def test_follow_the_scale(self, fitted, newcomers):
        scale = PointsScale(base_points=0, base_odds=1, double_odds=2000)

        scores = points_card(fitted["scorecard"], scale).scores(newcomers)

        odds = np.exp(-fitted["scorecard"].margin(newcomers))
        assert 2.0 ** (scores / 2000) == pytest.approx(odds, rel=0.002)

    def test_need_the_columns_of_training(self, card, newcomers):
        with pytest.raises(DataError, match=r"^X must have the columns .* lacks 'age'"):
            card.points(newcomers.drop(columns="age"))

    def test_are_refused_to_new_levels_where_the_scorecard_refuses_them(self, sample, newcomers):
        card = points_card(Scorecard(unseen="refuse").fit(*sample))

        with pytest.raises(DataError, match=r"^Column 'job' must hold levels .* 10 of 300"):
            card.points(newcomers)

    def test_need_a_fitted_scorecard(self):
        with pytest.raises(NotFittedError):
            points_card(Scorecard())


class TestSql:
    @DATABASES
    def test_gives_equal_points_on_10_000_rows(self, run, odd):
        card, table = odd

        result = run(card.sql("app'lications", keys=["id"]), table, "app'lications")

        result = result.sort_values("id")
        points = card.points(table)
        assert len(result) == 10_000
        assert result["score"].tolist() == card.scores(table).tolist()
        for name in card.names:
            assert result[f"points: {name}"].tolist() == points[name].tolist()

    @DATABASES
    def test_leaves_rare_levels_to_what_unseen_ones_get(self, run, sample):
        X, bad = sample
        job = X["job"].mask(np.arange(len(X)) < 4, "poet")
        card = points_card(Scorecard().fit(X.assign(job=job), bad))
        new = pd.DataFrame(X[:2].assign(job=["poet", "astronaut"]))

        sql = card.sql("t")

        assert "'poet'" not in sql
        assert run(sql, new, "t")["score"].tolist() == card.scores(new).tolist()

    def test_is_one_select(self, odd):
        card, _ = odd
        words = card.sql("applications").split()

        assert words.count("SELECT") == words.count("FROM") == 1

    @DATABASES
    def test_gives_no_points_to_infinite_numbers_and_nan(self, run, card, newcomers):
        table = newcomers[:3].assign(debt=[np.inf, -np.inf, 1.0])

        result = run(card.sql("t"), table, "t")

        assert result["score"].isna().tolist() == [True, True, False]

    @DATABASES
    def test_gives_no_points_to_new_levels_where_they_are_refused(self, run, sample, newcomers):
        card = points_card(Scorecard(unseen="refuse").fit(*sample))

        result = run(card.sql("t", keys=["job"]), newcomers, "t")

        assert (result["score"].isna() == (result["job"] == "astronaut")).all()

    def test_refuses_a_name_that_sql_cannot_hold(self, card):
        with pytest.raises(DataError, match=r"^SQL cannot hold .* NUL character"):
            card.sql("t\0")

    @DATABASES
    def test_writes_numbers_that_are_read_to_the_same_bits(self, run):
        rng = np.random.default_rng(0)
        values = rng.standard_cauchy(500) * 10.0 ** rng.integers(-12, 12, 500)
        values = np.r_[values, 0.1, 1 / 3, 0.0, 1e300 / 3, 1e-250 / 3, 5.0, 2.0**60].tolist()
        sql = "SELECT " + ", ".join(f"{double(v)} AS v{i}" for i, v in enumerate(values))

        row = run(sql, pd.DataFrame({"x": [1]}), "t").iloc[0]

        assert row.to_numpy(dtype=float).tolist() == values


class TestFiles:
    def test_give_back_the_card(self, odd, tmp_path):
        card, table = odd
        write_points_card(card, tmp_path / "card.json")

        again = read_points_card(tmp_path / "card.json")

        assert again.table().equals(card.table())
        assert again.scale == card.scale
        assert again.sql("t") == card.sql("t")
        assert (again.scores(table) == card.scores(table)).all()

    def test_are_not_replaced_unless_told(self, card, tmp_path):
        write_points_card(card, tmp_path / "card.json")

        with pytest.raises(DataError, match=r"card\.json exists already"):
            write_points_card(card, tmp_path / "card.json")
        write_points_card(card, tmp_path / "card.json", overwrite=True)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda c: c["columns"][0]["points"].pop(), r"one value per code"),
            (lambda c: c.update(points_card=2), r"points_card"),
            (lambda c: c.update(columns=[]), r"columns"),
            (lambda c: c["scale"].update(base_odds=-1.0), r"base_odds"),
        ],
    )
    def test_that_are_something_else_are_named(self, card, tmp_path, change, message):
        path = tmp_path / "card.json"
        write_points_card(card, path)
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content)
        path.write_text(json.dumps(content), encoding="utf-8")

        with pytest.raises(DataError, match=message):
            read_points_card(path)
