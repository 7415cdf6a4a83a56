"""Draw a world: the same spec and seed give the same rows, for any number of applicants."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskkit.applicants.schema import Schema
from riskkit.applicants.world.calendar import draw_moments
from riskkit.applicants.world.dictionary import COLUMNS, TRUTH_COLUMNS, world_schema
from riskkit.applicants.world.headline import tally
from riskkit.applicants.world.journey import GATES, Decisions, draw_decisions
from riskkit.applicants.world.marginals import is_whole
from riskkit.applicants.world.outcomes import Outcomes, draw_outcomes
from riskkit.applicants.world.people import draw_people
from riskkit.applicants.world.spec import WorldSpec
from riskkit.errors import DataError

#: Rows are drawn in blocks of this size, each with a seed of its own, always whole.
BLOCK_ROWS = 65_536

#: Application ids have at least so many digits.
_ID_DIGITS = 7

#: Whatever the spec says of them, these may be missing for a reason.
_MISSING_FOR_A_REASON = {
    "months_since_oldest_line",
    "utilisation",
    "return_share",
    "night_order_share",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A synthetic population and its truth."""

    applications: pd.DataFrame  #: What a lender sees, one row per application.
    truth: pd.DataFrame  #: What only grading code may see, in the same order.
    schema: Schema  #: What the columns of the applications mean.

    @property
    def counts(self) -> Counter[str]:
        """Applicants by decision and true outcome, for ``headline_rates``."""
        return tally(self.applications, self.truth)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    applications: pd.DataFrame
    truth: pd.DataFrame

    def head(self, n_rows: int) -> "_Block":
        return _Block(applications=self.applications.head(n_rows), truth=self.truth.head(n_rows))


def draw_applicants(spec: WorldSpec, n_applicants: int, *, seed: int) -> World:
    """Draw a synthetic population whose outcome is known for everybody.

    A bigger population begins with the smaller one: rows come in blocks of 65,536, each with its
    own child of the seed, always drawn whole and then cut.

    Parameters
    ----------
    spec : WorldSpec
        Every assumption.
    n_applicants : int
        How many applications, at least 1.
    seed : int
        Another seed, another population; not negative.

    Returns
    -------
    World
        Applications, truth and schema.

    Raises
    ------
    DataError
        If ``n_applicants`` is below 1 or ``seed`` below 0.

    Examples
    --------
    >>> world = draw_applicants(WorldSpec(), 1_000, seed=1)
    >>> world.applications["application_id"].iloc[0], len(world.truth)
    ('A0000001', 1000)
    """
    blocks = list(_blocks(spec, n_applicants, seed=seed))
    return World(
        applications=pd.concat([b.applications for b in blocks], ignore_index=True),
        truth=pd.concat([b.truth for b in blocks], ignore_index=True),
        schema=world_schema(spec),
    )


def write_world(
    spec: WorldSpec,
    n_applicants: int,
    *,
    seed: int,
    folder: Path,
    on_progress: Callable[[int], None] | None = None,
) -> Counter[str]:
    """Draw a synthetic population into a folder, block by block.

    Writes ``applications.parquet``, ``truth.parquet``, ``schema.yaml`` and ``world.yaml``; files
    of these names are replaced.

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
    on_progress : callable, optional
        Called after each block with the number of applicants written so far.

    Returns
    -------
    Counter
        Applicants by decision and true outcome, for ``headline_rates``.

    Raises
    ------
    DataError
        If ``n_applicants`` is below 1 or ``seed`` below 0.
    """
    blocks = _blocks(spec, n_applicants, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    first = next(blocks)
    with (
        _new_table(folder / "applications.parquet", like=first.applications) as applications,
        _new_table(folder / "truth.parquet", like=first.truth) as truth,
    ):
        counts: Counter[str] = Counter()
        for block in itertools.chain([first], blocks):
            applications.write_table(_as_arrow(block.applications))
            truth.write_table(_as_arrow(block.truth))
            counts.update(tally(block.applications, block.truth))
            if on_progress is not None:
                on_progress(counts["applicants"])
    world_schema(spec).write(folder / "schema.yaml")
    spec.write(folder / "world.yaml")
    return counts


def _blocks(spec: WorldSpec, n_applicants: int, *, seed: int) -> Iterator[_Block]:
    if n_applicants < 1:
        raise DataError(f"n_applicants must be at least 1, but is {n_applicants}.")
    if seed < 0:
        raise DataError(f"seed must not be negative, but is {seed}.")
    starts = range(0, n_applicants, BLOCK_ROWS)
    return (
        _draw_block(spec, number, seed=seed).head(n_applicants - start)
        for number, start in enumerate(starts)
    )


def _draw_block(spec: WorldSpec, number: int, *, seed: int) -> _Block:
    # One stream per stage, so that a changed assumption leaves what comes before it as it was.
    block_seed = np.random.SeedSequence(seed, spawn_key=(number,))
    for_people, for_moments, for_decisions, for_outcomes = map(
        np.random.default_rng, block_seed.spawn(4)
    )
    people = draw_people(spec.people, BLOCK_ROWS, for_people)
    moments = draw_moments(spec.calendar, spec.days, for_moments.random((3, BLOCK_ROWS)))
    decisions = draw_decisions(spec.journey, people, load=moments.load, rng=for_decisions)
    outcomes = draw_outcomes(spec.risk, people, for_outcomes)
    ids = _ids(number * BLOCK_ROWS + 1)
    closed = moments.applied_at <= spec.last_closed.to_datetime64()
    applications = people.assign(
        application_id=ids,
        applied_at=moments.applied_at.astype("datetime64[us]"),
        stopped_by=pd.Categorical(decisions.stopped_by, categories=list(GATES)),
        approved=decisions.approved.astype(np.int8),
        propensity=decisions.propensity,
        bad=np.where(decisions.approved & closed, outcomes.bad, np.nan),
        **{f"verdict_{gate}": decisions.seen(gate) for gate in GATES},
    )
    return _Block(
        applications=_as_text(applications.astype(_integers(spec)))[list(COLUMNS)],
        truth=_as_text(_truth(ids, decisions, outcomes)),
    )


def _truth(ids: pd.Series, decisions: Decisions, outcomes: Outcomes) -> pd.DataFrame:
    truth = {
        "application_id": ids,
        "truth_pd": outcomes.pds,
        "truth_bad": outcomes.bad,
        "truth_incumbent_score": decisions.points,
        **{f"truth_verdict_{gate}": decisions.verdict(gate) for gate in GATES},
    }
    return pd.DataFrame(truth)[list(TRUTH_COLUMNS)]


def _ids(first: int) -> pd.Series:
    digits = pa.array(np.arange(first, first + BLOCK_ROWS)).cast(pa.large_string())
    padded = pc.utf8_lpad(digits, width=_ID_DIGITS, padding="0")
    letter, nothing = pa.scalar("A", pa.large_string()), pa.scalar("", pa.large_string())
    return pd.Series(pc.binary_join_element_wise(letter, padded, nothing), dtype="str")


def _integers(spec: WorldSpec) -> dict[str, type[np.int32]]:
    # By the spec and not by the values drawn, so that all blocks have the same types.
    return {
        name: np.int32
        for name, column in spec.people.observed.items()
        if is_whole(column.marginal) and not column.missing and name not in _MISSING_FOR_A_REASON
    }


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    # Text for categories, so that a column is the same from Parquet and from CSV.
    categories = table.select_dtypes("category")
    texts = {
        name: pd.Series(pa.array(column).cast(pa.large_string()), dtype="str")
        for name, column in categories.items()
    }
    return table.assign(**texts)


def _as_arrow(table: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(table, preserve_index=False)


def _new_table(path: Path, *, like: pd.DataFrame) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, _as_arrow(like).schema, compression="zstd")
