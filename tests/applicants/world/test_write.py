"""riskkit.applicants.world.write"""

import shlex
import signal
import threading
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from riskkit.applicants import Schema, content_hash, read_table
from riskkit.applicants.world import (
    BLOCK_ROWS,
    WorldSpec,
    draw_applicants,
    preset,
    world_schema,
    write_world,
)
from riskkit.applicants.world.write import PART_BLOCKS, _children_deaf_to_ctrl_c
from riskkit.errors import DataError

SAMPLE = Path(__file__).parents[3] / "data" / "synthetic" / "sample"
TABLES = ("applications", "truth")
#: The least population of two parts: the second of one row.
TWO_PARTS = PART_BLOCKS * BLOCK_ROWS + 1


@pytest.fixture
def _small_parts(monkeypatch):
    monkeypatch.setattr("riskkit.applicants.world.write.PART_BLOCKS", 1)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def stop_after(n_calls):
    """Return a report of progress that is interrupted at a call, as by Ctrl-C."""
    calls = []

    def report(n_rows):
        calls.append(n_rows)
        if len(calls) == n_calls:
            raise KeyboardInterrupt

    return report


def ordered(readme):
    """Return the world, the number of applicants and the seed of the first command in a text."""
    start = readme.index("riskkit generate")
    words = shlex.split(readme[start : readme.index("```", start)].replace("\\\n", " "))
    options = list(pairwise(words))
    given = dict(options)
    settings = [value.partition("=") for option, value in options if option == "--set"]
    spec = preset(given.get("--preset", "calm")).with_settings(
        {key: yaml.safe_load(value) for key, _, value in settings}
    )
    return spec, int(given["--applicants"]), int(given["--seed"])


class TestWriteWorld:
    @pytest.mark.slow
    def test_writes_what_draw_applicants_returns(self, calm, tmp_path):
        n_applicants = BLOCK_ROWS + 100
        progress = []

        counts = write_world(
            calm, n_applicants, seed=5, folder=tmp_path / "w", on_progress=progress.append
        )

        world = draw_applicants(calm, n_applicants, seed=5)
        for name in TABLES:
            table = read_table(tmp_path / "w" / f"{name}.parquet")
            assert content_hash(table) == content_hash(getattr(world, name))
        assert progress == [BLOCK_ROWS, 100]
        assert counts == world.counts
        assert files(tmp_path / "w") == [
            "applications.parquet", "schema.yaml", "truth.parquet", "world.yaml",
        ]  # fmt: skip
        assert WorldSpec.read(tmp_path / "w" / "world.yaml") == calm
        assert Schema.read(tmp_path / "w" / "schema.yaml") == world_schema(calm)

    @pytest.mark.slow
    @pytest.mark.usefixtures("_small_parts")
    def test_writes_the_same_rows_in_parts(self, calm, world, tmp_path):
        counts = write_world(calm, 2 * BLOCK_ROWS + 9, seed=7, folder=tmp_path)

        parts = [f"part-0000{number}.parquet" for number in range(3)]
        for name in TABLES:
            folder = tmp_path / f"{name}.parquet"
            assert files(folder) == parts
            assert [pq.read_metadata(folder / p).num_rows for p in parts] == [
                BLOCK_ROWS, BLOCK_ROWS, 9,
            ]  # fmt: skip
            there = getattr(world, name).head(2 * BLOCK_ROWS + 9)
            assert content_hash(read_table(folder)) == content_hash(there)
        assert counts["applicants"] == 2 * BLOCK_ROWS + 9

    @pytest.mark.slow
    @pytest.mark.usefixtures("_small_parts")
    @pytest.mark.parametrize(
        ("before", "n_applicants"),
        [(2 * BLOCK_ROWS + 9, BLOCK_ROWS + 9), (BLOCK_ROWS + 9, 9), (9, BLOCK_ROWS + 9)],
    )
    def test_replaces_a_population_of_other_parts(self, calm, tmp_path, before, n_applicants):
        write_world(calm, before, seed=7, folder=tmp_path)

        write_world(calm, n_applicants, seed=8, folder=tmp_path)

        assert len(read_table(tmp_path / "truth.parquet")) == n_applicants

    @pytest.mark.slow
    def test_writes_the_same_bytes_with_two_workers(self, calm, tmp_path):
        progress = []

        alone = write_world(calm, TWO_PARTS, seed=5, folder=tmp_path / "1")
        both = write_world(
            calm, TWO_PARTS, seed=5, folder=tmp_path / "2", workers=2, on_progress=progress.append
        )

        assert alone == both
        assert sum(progress) == TWO_PARTS
        written = files(tmp_path / "1")
        assert len(written) == 6
        assert files(tmp_path / "2") == written
        for name in written:
            assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()

    @pytest.mark.slow
    @pytest.mark.usefixtures("_small_parts")
    def test_leaves_whole_files_only_where_it_is_interrupted(self, calm, tmp_path):
        with pytest.raises(KeyboardInterrupt):
            write_world(
                calm, 3 * BLOCK_ROWS, seed=5, folder=tmp_path, on_progress=stop_after(n_calls=2)
            )

        assert files(tmp_path) == [f"{name}.parquet/part-00000.parquet" for name in TABLES]
        for name in TABLES:
            assert len(pd.read_parquet(tmp_path / f"{name}.parquet")) == BLOCK_ROWS

    @pytest.mark.slow
    def test_leaves_nothing_of_a_file_that_is_interrupted(self, calm, tmp_path):
        with pytest.raises(KeyboardInterrupt):
            write_world(calm, 2 * BLOCK_ROWS, seed=5, folder=tmp_path, on_progress=stop_after(1))

        assert files(tmp_path) == []

    @pytest.mark.slow
    def test_stops_its_workers_where_it_is_interrupted(self, calm, tmp_path):
        # The part of one row is whole long before the other.
        with pytest.raises(KeyboardInterrupt):
            write_world(
                calm, TWO_PARTS, seed=5, folder=tmp_path, workers=2, on_progress=stop_after(1)
            )

        # This process had begun a part; the other one may have ended its own.
        assert set(files(tmp_path)) <= {f"{name}.parquet/part-00000.parquet" for name in TABLES}

    @pytest.mark.parametrize(
        ("order", "problem"),
        [
            ({"n_applicants": 0}, "n_applicants must be at least 1, but is 0"),
            ({"seed": -1}, "seed must not be negative, but is -1"),
            ({"workers": 0}, "workers must be at least 1, but is 0"),
        ],
    )
    def test_refuses_a_wrong_order_before_it_writes(self, calm, tmp_path, order, problem):
        with pytest.raises(DataError, match=problem):
            write_world(calm, **({"n_applicants": 9, "seed": 5, "folder": tmp_path / "w"} | order))

        assert not (tmp_path / "w").exists()

    @pytest.mark.slow
    def test_keeps_missing_values_of_any_column_of_a_changed_spec(self, calm, tmp_path):
        spec = calm.with_settings(
            {
                "people.columns.tenure_months.missing": 0.3,
                "request.columns.amount.marginal.step": 0.5,
                "request.columns.amount.marginal.high": 5000,
            }
        )

        write_world(spec, 500, seed=5, folder=tmp_path)

        table = read_table(tmp_path / "applications.parquet")
        assert 0.2 < table["tenure_months"].isna().mean() < 0.4
        assert (table["amount"] % 1 == 0.5).any()

    @pytest.mark.slow
    def test_wrote_the_committed_sample_by_the_command_in_its_readme(self):
        spec, n_applicants, seed = ordered((SAMPLE.parent / "README.md").read_text("utf-8"))

        drawn = draw_applicants(spec, n_applicants, seed=seed)

        for name in TABLES:
            table = read_table(SAMPLE / f"{name}.parquet")
            assert content_hash(table) == content_hash(getattr(drawn, name))
        assert WorldSpec.read(SAMPLE / "world.yaml") == spec
        assert Schema.read(SAMPLE / "schema.yaml") == drawn.schema
        assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 1_000_000


class TestChildrenDeafToCtrlC:
    def test_hears_again_afterwards(self):
        before = signal.getsignal(signal.SIGINT)

        with _children_deaf_to_ctrl_c():
            inside = signal.getsignal(signal.SIGINT)

        assert inside == signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) == before

    def test_leaves_signals_alone_in_a_thread(self):
        seen = []

        def look():
            with _children_deaf_to_ctrl_c():
                seen.append(signal.getsignal(signal.SIGINT))

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

        assert seen == [signal.getsignal(signal.SIGINT)]
