"""Decisions on a table of any size, written as they are taken."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import parquet as pq

from riskkit._files import check_vacant, new_file
from riskkit.applicants import Applications, TableBatches, in_rows
from riskkit.bundle.decision_log import Decider, log_schema, log_table
from riskkit.bundle.reinvite import REINVITE_SCHEMA, reinvited
from riskkit.decisions import Decisions, ReviewQueue, arrivals_of, settle
from riskkit.errors import DataError
from riskkit.scores import UnseenValues, unseen_values


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOrder:
    """By whom a table is decided, and where it is written."""

    decider: Decider  #: The policy.
    out: Path  #: The log, a .parquet; the list of `reinvite` is beside it.
    previous: Decider | None = None  #: The policy before it, to see whom it blocked wrongly.
    overwrite: bool = False  #: Replace what is there.

    @property
    def reinvite(self) -> Path:
        """Where those worth inviting again are written, such as decisions.reinvite.parquet."""
        return self.out.with_suffix(".reinvite.parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """How many decisions of each kind."""

    n: int = 0  #: Applications.
    decisions: Counter[str] = field(default_factory=Counter)  #: By approve, review, reject.
    stopped_by: Counter[str] = field(default_factory=Counter)  #: Rejections by their cause.
    n_explored: int = 0  #: Approved at random.
    n_unseen: int = 0  #: Of a segment that the policy does not list.
    n_beyond_capacity: int = 0  #: Rejected because the day had no review left.
    reinvite: Counter[str] = field(default_factory=Counter)  #: Worth inviting again, by why.
    reinvite_value: Counter[str] = field(default_factory=Counter)  #: Their value [currency].
    a_rejection: str | None = None  #: Id of one that the score rejected, to look at.
    new_values: tuple[UnseenValues, ...] = ()  #: Of features, without an example in training.


def decide_table(
    order: DecideOrder,
    batches: TableBatches,
    *,
    on_decided: Callable[[int], object],
    on_written: Callable[[Decided, Path], object] = lambda *_: None,
) -> Decided:
    """Decide on a table of any size; memory does not grow with it.

    With a capacity for reviews the table is gone through twice: who comes first on a day is known
    only when all have been seen. Ids are checked for repetition within a batch only.

    Parameters
    ----------
    order : DecideOrder
        By whom and where to.
    batches : TableBatches
        The table.
    on_decided : callable
        Told how many more rows are done, of `n_passes` times the table, to show progress.
    on_written : callable, optional
        Given what was decided and the log, whole but not yet in its place: where it raises, nothing
        is written.

    Returns
    -------
    Decided
        What was decided; nothing is written unless everything was.

    Raises
    ------
    DataError
        If the table lacks a column or one breaks its rule, or a file is there already or cannot
        be written.
    """
    check_order(order)
    queue = _queue(order, batches, on_decided)
    total = Decided()
    columns = log_schema(order.decider.bundle.policy)
    with (
        new_file(order.reinvite, overwrite=order.overwrite) as again,
        new_file(order.out, overwrite=order.overwrite) as draft,
    ):
        with (
            pq.ParquetWriter(again, REINVITE_SCHEMA) as invited,
            pq.ParquetWriter(draft, columns) as log,
        ):
            for batch in batches:
                try:
                    total = _decide_batch(order, batch, queue, (log, invited), total)
                except DataError as error:
                    raise DataError(in_rows(error, batch)) from None
                on_decided(len(batch))
        on_written(total, draft)
    return total


def check_order(order: DecideOrder) -> None:
    """Refuse a place where nothing can be written, before a long table is gone through.

    Parameters
    ----------
    order : DecideOrder
        Where to.

    Raises
    ------
    DataError
        If a file is there already or cannot be written, or is no .parquet.
    """
    if order.out.suffix != ".parquet":
        raise DataError(f"--out must name a .parquet, but is {order.out}.")
    for path in (order.out, order.reinvite):
        check_vacant(path, overwrite=order.overwrite)


def n_passes(order: DecideOrder) -> int:
    """Return how often a table is gone through: twice where a day has reviews to give."""
    review = order.decider.bundle.policy.review
    return 2 if review is not None and review.capacity_per_day else 1


def _queue(
    order: DecideOrder, batches: TableBatches, on_decided: Callable[[int], object]
) -> ReviewQueue | None:
    review = order.decider.bundle.policy.review
    if review is None:
        return None
    queue = ReviewQueue(review.capacity_per_day)
    for batch in batches if review.capacity_per_day else ():
        try:
            applications, decisions = order.decider.by_rules(batch)
        except DataError as error:
            raise DataError(in_rows(error, batch)) from None
        queue.add(
            arrivals_of(
                decisions,
                ids=applications.ids,
                times=applications.time,
                first_row=int(batch.index[0]),
            )
        )
        on_decided(len(batch))
    return queue


def _decide_batch(
    order: DecideOrder,
    batch: pd.DataFrame,
    queue: ReviewQueue | None,
    writers: tuple[pq.ParquetWriter, pq.ParquetWriter],
    total: Decided,
) -> Decided:
    decider = order.decider
    applications, by_rules = decider.by_rules(batch)
    policy = decider.bundle.policy
    settled = settle(
        policy,
        by_rules,
        ids=applications.ids,
        times=applications.time,
        queue=queue,
        first_row=int(batch.index[0]),
    )
    previous = None if order.previous is None else order.previous.by_rules(batch)[1]
    invited = reinvited(applications, by_rules, policy=policy, previous=previous)
    log, again = writers
    log.write_table(log_table(decider, applications, settled))
    again.write_table(invited)
    added = _added(total, applications, settled, by_rules, invited)
    found = unseen_values(decider.bundle.scorer, applications.features)
    return replace(added, new_values=_counted(total, found, added.n))


def _added(
    total: Decided,
    applications: Applications,
    settled: Decisions,
    by_rules: Decisions,
    invited: pa.Table,
) -> Decided:
    stopped = settled.stopped_by[settled.decision == "reject"]
    by_score = np.flatnonzero(settled.stopped_by == "score")
    fallen = (by_rules.decision == "review") & (settled.decision != "review")
    worth = {
        why: pc.sum(invited.filter(pc.equal(invited["why"], why))["expected_value"]).as_py()
        for why in invited["why"].unique().to_pylist()
    }
    return Decided(
        n=total.n + len(applications),
        decisions=total.decisions + Counter(settled.decision.tolist()),
        stopped_by=total.stopped_by + Counter(stopped.tolist()),
        n_explored=total.n_explored + int(settled.explored.sum()),
        n_unseen=total.n_unseen + int(settled.unseen.sum()),
        n_beyond_capacity=total.n_beyond_capacity + int(fallen.sum()),
        reinvite=total.reinvite + Counter(invited["why"].to_pylist()),
        reinvite_value=total.reinvite_value + Counter(worth),
        a_rejection=total.a_rejection
        or (str(applications.ids[by_score[0]]) if by_score.size else None),
    )


def _counted(total: Decided, found: tuple[UnseenValues, ...], n: int) -> tuple[UnseenValues, ...]:
    counted = {(values.feature, values.what): values for values in total.new_values}
    for values in found:
        key = (values.feature, values.what)
        counted[key] = counted[key].and_(values) if key in counted else values
    # Batches without such values count too.
    ordered = sorted(counted.values(), key=lambda values: (values.feature, values.what))
    return tuple(replace(values, n_applicants=n) for values in ordered)
