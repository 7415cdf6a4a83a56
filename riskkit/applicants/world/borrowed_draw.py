"""Borrowed worlds drawn: a user's own columns with a truth that is known for everybody."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import ndtr

from riskkit._checks import Floats
from riskkit.applicants.schema import Schema
from riskkit.applicants.world.block import BLOCK_ROWS
from riskkit.applicants.world.borrowed import (
    Borrowed,
    SimulatedPolicy,
    model_inputs,
    model_landmarks,
)
from riskkit.applicants.world.hidden import Dial, HiddenFactor, probits
from riskkit.applicants.world.kernels import kernel_with
from riskkit.errors import DataError
from riskkit.lending import DecisionRates, decision_rates

#: Probabilities are rounded to so many decimals, and outcomes drawn from what is written.
_DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowedDraw:
    """Applicants of a borrowed world at one dial, and their truth."""

    applications: pd.DataFrame  #: What a lender sees, one row per application.
    truth: pd.DataFrame  #: What only grading code may see, in the same order.
    schema: Schema  #: What the columns of the applications mean.
    dial: Dial  #: How much of the selection is hidden.
    copies_real_rows: bool  #: Whether features are copies of real rows.

    @property
    def rates(self) -> DecisionRates:
        """True rates of the past decisions, random approvals included [fraction]."""
        return decision_rates(approved=self.applications["approved"], bad=self.truth["truth_bad"])


def draw_borrowed(borrowed: Borrowed, n_applicants: int, *, dial: Dial, seed: int) -> BorrowedDraw:
    """Draw applicants of a borrowed world whose outcome is known for everybody.

    A bigger population begins with the smaller one, and the dials share features and luck: they
    differ only in what the hidden factor does.

    Parameters
    ----------
    borrowed : Borrowed
        The fitted world.
    n_applicants : int
        How many applications, at least 1.
    dial : {"none", "medium", "strong"}
        How much of the past selection is hidden.
    seed : int
        Another seed, another population; not negative.

    Returns
    -------
    BorrowedDraw
        Applications, truth and schema.

    Raises
    ------
    DataError
        If ``n_applicants`` is below 1, ``seed`` below 0, the spec has no such dial, or it copies
        real rows and they are not at hand.
    """
    blocks = list(_blocks(borrowed, n_applicants, dial=dial, seed=seed))
    return BorrowedDraw(
        applications=pd.concat([applications for applications, _ in blocks], ignore_index=True),
        truth=pd.concat([truth for _, truth in blocks], ignore_index=True),
        schema=borrowed.fit.columns,
        dial=dial,
        copies_real_rows=borrowed.fit.spec.copies_real_rows,
    )


def write_borrowed(
    borrowed: Borrowed,
    n_applicants: int,
    *,
    seed: int,
    folder: Path,
    on_progress: Callable[[int], None] | None = None,
) -> dict[Dial, DecisionRates]:
    """Draw a borrowed world at every dial into a folder, block by block.

    Writes ``borrowed.yaml`` and for each dial a folder of its name with ``applications.parquet``,
    ``truth.parquet`` and ``schema.yaml``; files of these names are replaced.

    Parameters
    ----------
    borrowed : Borrowed
        The fitted world.
    n_applicants : int
        How many applications at each dial, at least 1.
    seed : int
        Another seed, another population; not negative.
    folder : Path
        Where to write; made where it does not exist.
    on_progress : callable, optional
        Called after each block with the number of applicants written since the last call.

    Returns
    -------
    dict of str to DecisionRates
        True rates of the past decisions by dial.

    Raises
    ------
    DataError
        If ``n_applicants`` is below 1, ``seed`` below 0, or real rows are not at hand.
    """
    rates: dict[Dial, DecisionRates] = {}
    for dial in borrowed.fit.spec.hidden:
        approved, bad = [], []
        blocks = _blocks(borrowed, n_applicants, dial=dial, seed=seed)
        for applications, truth in _kept(blocks, folder / dial):
            approved.append(applications["approved"].to_numpy())
            bad.append(truth["truth_bad"].to_numpy())
            if on_progress is not None:
                on_progress(len(truth))
        borrowed.fit.columns.write(folder / dial / "schema.yaml")
        rates[dial] = decision_rates(approved=np.concatenate(approved), bad=np.concatenate(bad))
    borrowed.fit.write(folder / "borrowed.yaml")
    return rates


Block = tuple[pd.DataFrame, pd.DataFrame]


def _blocks(borrowed: Borrowed, n_applicants: int, *, dial: Dial, seed: int) -> Iterator[Block]:
    if n_applicants < 1:
        raise DataError(f"n_applicants must be at least 1, but is {n_applicants}.")
    if seed < 0:
        raise DataError(f"seed must not be negative, but is {seed}.")
    if dial not in borrowed.fit.spec.hidden:
        there = ", ".join(borrowed.fit.spec.hidden)
        raise DataError(f"dial must be one of {there}, but is {dial!r}.")
    if borrowed.fit.spec.copies_real_rows and borrowed.real_rows is None:
        raise DataError(
            "real_rows must be given where copies_real_rows is set; fit the table again with "
            "borrow_world, or set copies_real_rows to false."
        )
    draw = _Drawing.of(borrowed, dial)
    return (
        tuple(part.head(n_applicants - start) for part in draw.block(number, seed=seed))
        for number, start in enumerate(range(0, n_applicants, BLOCK_ROWS))
    )


def _kept(blocks: Iterator[Block], folder: Path) -> Iterator[Block]:
    # Gives each block on once it is in its files.
    folder.mkdir(parents=True, exist_ok=True)
    writers: list[pq.ParquetWriter] = []
    with ExitStack() as files:
        for block in blocks:
            tables = [pa.Table.from_pandas(part, preserve_index=False) for part in block]
            writers = writers or [
                files.enter_context(pq.ParquetWriter(folder / name, t.schema, compression="zstd"))
                for name, t in zip(("applications.parquet", "truth.parquet"), tables, strict=True)
            ]
            for writer, table in zip(writers, tables, strict=True):
                writer.write_table(table)
            yield block


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    borrowed: Borrowed
    root: Floats
    landmarks: Floats
    factor: HiddenFactor

    @classmethod
    def of(cls, borrowed: Borrowed, dial: Dial) -> "_Drawing":
        fit = borrowed.fit
        landmarks = model_landmarks(
            fit.copula, fit.columns.features, n=fit.spec.landmarks, seed=fit.landmark_seed
        )
        return cls(
            borrowed=borrowed,
            root=fit.copula.cholesky,
            landmarks=landmarks,
            factor=fit.spec.hidden[dial],
        )

    def block(self, number: int, *, seed: int) -> Block:
        fit = self.borrowed.fit
        # One stream per stage: a dial changes no features.
        children = np.random.SeedSequence(seed, spawn_key=(number,)).spawn(3)
        for_columns, for_policy, for_outcomes = map(np.random.default_rng, children)
        columns = self._columns(for_columns)
        hidden = for_outcomes.standard_normal(BLOCK_ROWS)
        luck, drawn = for_policy.random((2, BLOCK_ROWS))
        scores, open_to = self._scores(columns)
        pds = np.round(self.factor.pds(scores, hidden), _DECIMALS)
        pass_rates = np.round(self.factor.passes(open_to, hidden), _DECIMALS)
        passed = luck < pass_rates
        approved = passed | (drawn < fit.spec.exploration)
        bad = for_outcomes.random(BLOCK_ROWS) < pds
        first = number * BLOCK_ROWS + 1
        ids = "B" + pd.Series(np.arange(first, first + BLOCK_ROWS)).astype("str").str.zfill(7)
        added = {
            "stopped_by": pd.Series("score", index=ids.index, dtype="str").mask(approved),
            "verdict_score": pd.Series(np.where(passed, "passed", "failed"), dtype="str"),
            "approved": approved.astype(np.int8),
            "propensity": np.where(passed, 1.0, fit.spec.exploration),
            "bad": np.where(approved, bad, np.nan),
        }
        truth = {
            "application_id": ids,
            "truth_pd": pds,
            "truth_pd_given_features": np.round(ndtr(scores), _DECIMALS),
            "truth_bad": bad.astype(np.int8),
            "truth_hidden": np.round(hidden, _DECIMALS),
            "truth_pass_rate": pass_rates,
        }
        applications = pd.DataFrame({"application_id": ids, **columns, **added})
        return applications, pd.DataFrame(truth)

    def _columns(self, rng: np.random.Generator) -> pd.DataFrame:
        real_rows = self.borrowed.real_rows
        if real_rows is not None:
            rows = rng.integers(len(real_rows), size=BLOCK_ROWS)
            return real_rows.iloc[rows].reset_index(drop=True)
        normals = rng.standard_normal((BLOCK_ROWS, len(self.root)))
        return self.borrowed.fit.copula.drawn(normals @ self.root.T)

    def _scores(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        # Probits of the PD of everybody and of passing, both given the columns alone.
        fit = self.borrowed.fit
        inputs = model_inputs(fit.copula, fit.columns.features, columns)
        kernel = kernel_with(inputs, self.landmarks)
        pds = fit.pd_model.probabilities(inputs, kernel)
        if isinstance(fit.selection, SimulatedPolicy):
            # Its table knows the outcome of everybody, so there is nothing to correct.
            return probits(pds), probits(fit.selection.passing(pds))
        passing = fit.selection.probabilities(inputs, kernel)
        scores = self.factor.scores_of_everybody(pds_if_passed=pds, passing=passing)
        return scores, probits(passing)
