"""Draw a world: the same spec and seed give the same rows, for any number of applicants."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from riskkit.applicants.schema import Schema
from riskkit.applicants.world.block import BLOCK_ROWS, Block, draw_block
from riskkit.applicants.world.dictionary import world_schema
from riskkit.applicants.world.headline import tally
from riskkit.applicants.world.plan import WorldPlan
from riskkit.applicants.world.spec import WorldSpec
from riskkit.errors import DataError

#: Ids have eight digits.
_MOST_APPLICANTS = 10**8


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A synthetic population and its truth."""

    applications: pd.DataFrame  #: What a lender sees, one row per application; texts as categories.
    truth: pd.DataFrame  #: What only grading code may see, in the same order.
    schema: Schema  #: What the columns of the applications mean.

    @property
    def counts(self) -> Counter[str]:
        """Applicants by decision and true outcome, for ``headline_rates``."""
        return tally(
            *(
                pa.Table.from_pandas(t, preserve_index=False)
                for t in (self.applications, self.truth)
            )
        )


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
        If ``n_applicants`` is below 1 or not below 100 million, or ``seed`` below 0.

    Examples
    --------
    >>> from riskkit.applicants.world import preset
    >>> world = draw_applicants(preset("calm"), 1_000, seed=1)
    >>> world.applications["application_id"].iloc[0], len(world.truth)
    ('A00000001', 1000)
    """
    blocks = list(draw_blocks(WorldPlan.of(spec), n_applicants, seed=seed))
    applications, truth = (
        pa.concat_tables([getattr(block, name) for block in blocks]).to_pandas()
        for name in ("applications", "truth")
    )
    return World(applications=applications, truth=truth, schema=world_schema(spec))


def draw_blocks(
    plan: WorldPlan, n_applicants: int, *, seed: int, first_block: int = 0
) -> Iterator[Block]:
    """Draw a synthetic population block by block, from any block on.

    Parameters
    ----------
    plan : WorldPlan
        The world.
    n_applicants : int
        How many applications the whole population has, at least 1.
    seed : int
        Its seed; not negative.
    first_block : int
        Block to begin with, 0 = the first.

    Returns
    -------
    iterator of Block
        Blocks of 65,536 rows, the last one cut.

    Raises
    ------
    DataError
        If ``n_applicants`` is below 1 or not below 100 million, or ``seed`` below 0.
    """
    if n_applicants < 1:
        raise DataError(f"n_applicants must be at least 1, but is {n_applicants}.")
    if n_applicants >= _MOST_APPLICANTS:
        raise DataError(f"n_applicants must be below {_MOST_APPLICANTS:,}, but is {n_applicants}.")
    if seed < 0:
        raise DataError(f"seed must not be negative, but is {seed}.")
    starts = range(first_block * BLOCK_ROWS, n_applicants, BLOCK_ROWS)
    return (
        draw_block(plan, start // BLOCK_ROWS, seed=seed).head(n_applicants - start)
        for start in starts
    )
