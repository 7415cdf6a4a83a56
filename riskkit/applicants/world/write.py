"""Write a world into a folder: streamed, in parts that are whole or absent, by several workers."""

import multiprocessing
import shutil
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from riskkit.applicants.world.block import BLOCK_ROWS, Block
from riskkit.applicants.world.dictionary import world_schema
from riskkit.applicants.world.draw import draw_blocks
from riskkit.applicants.world.headline import tally
from riskkit.applicants.world.plan import WorldPlan
from riskkit.applicants.world.spec import WorldSpec
from riskkit.errors import DataError

#: A part holds so many blocks; a population of one part is one file.
PART_BLOCKS = 8
TABLES = ("applications", "truth")
#: Parts that are given to each helping process at once, so that it never waits for the next.
_AHEAD = 2


def write_world(  # noqa: PLR0913 - the order, and how it is carried out
    spec: WorldSpec,
    n_applicants: int,
    *,
    seed: int,
    folder: Path,
    workers: int = 1,
    on_progress: Callable[[int], None] | None = None,
) -> Counter[str]:
    """Draw a synthetic population into a folder.

    Writes ``applications.parquet``, ``truth.parquet``, ``schema.yaml`` and ``world.yaml``; files
    of these names are replaced. Beyond 524,288 applicants the tables are folders of that name,
    with one file for each 524,288 rows. The bytes do not depend on the number of workers, and
    memory not on the number of applicants.

    Parameters
    ----------
    spec : WorldSpec
        Every assumption.
    n_applicants : int
        How many applications, at least 1.
    seed : int
        Another seed, another population; not negative.
    folder : Path
        Where to write; made where it does not exist.
    workers : int
        Processes that draw and write, at least 1.
    on_progress : callable, optional
        Called with the number of applicants written since the last call.

    Returns
    -------
    Counter
        Applicants by decision and true outcome, for ``headline_rates``.

    Raises
    ------
    DataError
        If ``n_applicants`` or ``workers`` is below 1, or ``seed`` below 0.
    """
    if workers < 1:
        raise DataError(f"workers must be at least 1, but is {workers}.")
    plan = WorldPlan.of(spec)
    draw_blocks(plan, n_applicants, seed=seed)  # refuses a wrong order before anything is written
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        _clear(folder / f"{name}.parquet")
    part_rows = PART_BLOCKS * BLOCK_ROWS
    several = n_applicants > part_rows
    parts = [
        _Part(
            n_applicants=n_applicants,
            seed=seed,
            folder=folder,
            number=number if several else None,
            n_blocks=PART_BLOCKS,
        )
        for number in range(-(-n_applicants // part_rows))
    ]
    report = on_progress or (lambda _: None)
    counts: Counter[str] = Counter()
    for part_counts in _written(plan, parts, min(workers, len(parts)), report):
        counts.update(part_counts)
    world_schema(spec).write(folder / "schema.yaml")
    spec.write(folder / "world.yaml")
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    # One part of a population: which blocks, and where they go.
    n_applicants: int
    seed: int
    folder: Path
    number: int | None  # None where the population is one file
    n_blocks: int  # of a whole part

    def path(self, table: str) -> Path:
        whole = self.folder / f"{table}.parquet"
        return whole if self.number is None else whole / f"part-{self.number:05}.parquet"

    def blocks(self, plan: WorldPlan) -> Iterator[Block]:
        first = (self.number or 0) * self.n_blocks
        blocks = draw_blocks(plan, self.n_applicants, seed=self.seed, first_block=first)
        return islice(blocks, self.n_blocks)

    def write(self, plan: WorldPlan, on_block: Callable[[int], None]) -> Counter[str]:
        # Each file is moved into place once it is whole.
        counts: Counter[str] = Counter()
        drafts = {name: self.path(name).with_suffix(".partial") for name in TABLES}
        for draft in drafts.values():
            draft.parent.mkdir(parents=True, exist_ok=True)
        writers: dict[str, pq.ParquetWriter] = {}
        try:
            for block in self.blocks(plan):
                for name, draft in drafts.items():
                    table = getattr(block, name)
                    if name not in writers:
                        writers[name] = _new_table(draft, table.schema)
                    writers[name].write_table(table)
                counts.update(tally(block.applications, block.truth))
                on_block(block.truth.num_rows)
            for name, draft in drafts.items():
                writers[name].close()
                draft.replace(self.path(name))
        except BaseException:
            for name, writer in writers.items():
                writer.close()
                drafts[name].unlink(missing_ok=True)
            raise
        return counts


def _clear(path: Path) -> None:
    # Parts of an older population would be read as rows of this one.
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _new_table(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    # Without Arrow's own schema beside it, categories are read as the text they are.
    texts = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    return pq.ParquetWriter(
        path, schema, compression="zstd", use_dictionary=texts, store_schema=False
    )


def _written(
    plan: WorldPlan, parts: list[_Part], workers: int, report: Callable[[int], None]
) -> Iterator[Counter[str]]:
    if workers == 1:
        for part in parts:
            yield part.write(plan, report)
        return
    # Spawned, not forked: a fork would inherit the threads of libraries in an unknown state. This
    # process is one of the workers, so that nothing waits until the others have started.
    helpers = workers - 1
    pool = ProcessPoolExecutor(
        helpers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_prepare,
        initargs=(plan.spec,),
    )
    left = deque(parts)
    waiting: set[Future[Counter[str]]] = set()
    with _stopped_at_once(pool):
        while left or waiting:
            while len(left) > 1 and len(waiting) < _AHEAD * helpers:
                with _children_deaf_to_ctrl_c():  # the first of them starts the processes
                    waiting.add(pool.submit(_write_part, left.popleft()))
            if left:
                yield left.popleft().write(plan, report)
            done, waiting = wait(waiting, timeout=0 if left else None, return_when=FIRST_COMPLETED)
            for future in done:
                counts = future.result()
                report(counts["applicants"])
                yield counts


@contextmanager
def _stopped_at_once(pool: ProcessPoolExecutor) -> Iterator[None]:
    # On Ctrl-C parts not begun are dropped, and those begun remove their drafts.
    try:
        yield
    except BaseException:
        for process in list(getattr(pool, "_processes", {}).values()):
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


@contextmanager
def _children_deaf_to_ctrl_c() -> Iterator[None]:
    # This process hears Ctrl-C and stops the others; a signal that is ignored stays so in a child.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_plan: WorldPlan | None = None


def _prepare(spec: WorldSpec) -> None:
    # In each worker, once: the plan takes longer to send than to make.
    global _plan  # noqa: PLW0603 - the one state of a worker process
    signal.signal(signal.SIGTERM, _leave)
    _plan = WorldPlan.of(spec)


def _leave(*_: object) -> None:
    raise SystemExit(1)


def _write_part(part: _Part) -> Counter[str]:
    if _plan is None:
        raise RuntimeError("the worker was not prepared")
    return part.write(_plan, lambda _: None)
