"""riskkit.applicants.samples"""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskkit._records import read_record, write_record
from riskkit.applicants import (
    SAMPLES,
    Column,
    Schema,
    Split,
    as_applications,
    as_history,
    content_hash,
    new_split,
    sample_of,
)
from riskkit.errors import DataError

FEATURE = Column(role="feature", kind="number")


def table_of(n, *, rng=None):
    rng = rng or np.random.default_rng(0)
    return pd.DataFrame(
        {
            "id": np.arange(n),
            "customer": rng.integers(0, n // 2, n),
            "applied": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.permutation(n), unit="h"),
            "x": rng.normal(size=n),
            "bad": np.arange(n) % 4 == 0,
        }
    )


def schema_of(*roles, **settings):
    columns = {role if role != "time" else "applied": Column(role=role) for role in roles}
    return Schema(columns={**columns, "x": FEATURE, "bad": Column(role="bad")}, **settings)


class TestSampleOf:
    def test_gives_each_sample_its_share(self):
        history = as_history(table_of(20_000), schema_of("id"))

        samples = pd.Series(sample_of(history.applications, new_split(history)))

        shares = samples.value_counts(normalize=True)
        assert shares[list(SAMPLES)].to_numpy() == pytest.approx([0.6, 0.2, 0.2], abs=0.015)

    @settings(max_examples=30, deadline=None)  # each example reads two tables
    @given(st.permutations(range(60)), st.integers(1, 59))
    def test_puts_a_row_into_the_same_sample_alone_shuffled_or_in_part(self, order, n_rows):
        table = table_of(60)
        split = Split(salt="a")
        whole = sample_of(as_applications(table, schema_of("id")), split)

        part = table.iloc[order[:n_rows]]

        alone = sample_of(as_applications(part, schema_of("id")), split)
        assert alone.tolist() == whole[order[:n_rows]].tolist()

    def test_changes_with_the_salt(self):
        applications = as_applications(table_of(200), schema_of("id"))

        here, there = (sample_of(applications, Split(salt=salt)) for salt in "ab")

        assert (here != there).any()

    @pytest.mark.parametrize("roles", [("id", "customer"), ("customer", "time")])
    def test_lets_development_and_tuning_share_no_customer(self, roles):
        history = as_history(table_of(2_000), schema_of(*roles))

        samples = sample_of(history.applications, new_split(history))

        groups = history.applications.groups
        development, tuning = (set(groups[samples == name]) for name in SAMPLES[:2])
        assert not development & tuning

    def test_takes_people_with_equal_features_for_many_where_there_is_no_id(self):
        table = pd.DataFrame({"x": np.zeros(2000), "bad": [0, 1] * 1000})

        samples = sample_of(as_applications(table, schema_of()), Split())

        assert (samples == "development").mean() == pytest.approx(0.6, abs=0.05)
        assert (samples == "tuning").mean() == pytest.approx(0.2, abs=0.05)

    def test_puts_the_latest_out_of_time(self):
        history = as_history(table_of(1_000), schema_of("id", "time"))

        samples = sample_of(history.applications, new_split(history))

        time = history.applications.time
        late = samples == "out_of_time"
        assert late.mean() == pytest.approx(0.2)
        assert time[late].min() > time[~late].max()
        assert (samples[~late] == "development").mean() == pytest.approx(0.75, abs=0.05)

    def test_asks_for_a_time_where_the_split_has_one(self):
        applications = as_applications(table_of(10), schema_of("id"))

        with pytest.raises(DataError, match="split is by time, but the applications have no"):
            sample_of(applications, Split(out_of_time_from=datetime(2024, 1, 1)))


class TestNewSplit:
    def test_measures_time_on_closed_windows_only(self):
        table = table_of(1_000).assign(bad=lambda t: (t["id"] % 4 == 0).astype(float))
        table["applied"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(table["id"], unit="D")
        open_from = pd.Timestamp("2024-07-01")
        table.loc[table["applied"] > open_from, "bad"] = np.nan
        history = as_history(table, schema_of("id", "time", observed_at="2025-07-01"))

        split = new_split(history)

        n_closed = int((table["applied"] <= open_from).sum())
        assert split.out_of_time_from == table["applied"][int(n_closed * 0.8)]

    def test_stands_in_a_file(self, tmp_path):
        split = new_split(as_history(table_of(50), schema_of("id", "time")), salt="b")

        write_record(split, tmp_path / "split.yaml")

        assert read_record(Split, tmp_path / "split.yaml") == split

    def test_refuses_a_table_of_one_day(self):
        table = table_of(50).assign(applied="2024-01-01")

        with pytest.raises(DataError, match="all applications have the same time"):
            new_split(as_history(table, schema_of("id", "time")))


class TestContentHash:
    def test_is_equal_for_equal_tables_only(self):
        table = pd.DataFrame({"a": [1, 2], "b": ["x", None]})

        assert content_hash(table) == content_hash(table.copy())
        for other in (
            table.iloc[::-1],
            table[["b", "a"]],
            table.rename(columns={"a": "c"}),
            table.astype({"a": "float64"}),
            table.fillna("y"),
        ):
            assert content_hash(other) != content_hash(table)

    def test_refuses_lists(self):
        with pytest.raises(DataError, match="leave columns of lists or records out"):
            content_hash(pd.DataFrame({"a": [[1], [2]]}))
