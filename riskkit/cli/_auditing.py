"""How commands log what they did: the entry first, then the output it is about."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from riskkit._files import sha256_of
from riskkit.applicants import Applications, content_hash
from riskkit.audit import (
    Act,
    Entry,
    append_entry,
    audit_log_of,
    check_chain,
    first_hash_of,
    hash_of,
)
from riskkit.bundle import Decided, DecideOrder, seal_hash
from riskkit.cli._console import err
from riskkit.errors import DataError, RiskkitError
from riskkit.tracking import audit_head_of, audit_logs_named, is_place, tag_audit_head


def audited(log: Path, act: Act, *, uri: str | None = None) -> Entry:
    """Append an entry, say its head, and record that in MLflow where there is one."""
    entry = append_entry(log, act)
    where = _recorded(log, entry, uri)
    _say(f"Audit entry {entry.n} in {log}, {where}, head {entry.hash}", style="dim")
    return entry


def _recorded(log: Path, entry: Entry, uri: str | None) -> str:
    if uri is None and not is_place(uri):  # a place that was named may be new
        return "recorded nowhere else (--tracking-uri says where)"
    try:
        _record_head(log, entry, uri)
    except RiskkitError as error:
        _say(f"The head is not recorded in MLflow: {error}")
        return "recorded nowhere else"
    return "recorded in MLflow"


def recorded_head(log: Path, uri: str) -> str:
    """Return the head that MLflow holds of a log.

    Raises
    ------
    DataError
        If it holds none.
    """
    head = audit_head_of(first_hash_of(log), uri=uri)
    if head is None:
        raise DataError(
            f"No head is recorded in MLflow of a log that begins as {log} does: it never was, or "
            "the log was written anew. Give a --head that was recorded elsewhere."
        )
    return head


def _record_head(log: Path, entry: Entry, uri: str | None) -> None:
    # A head that is recorded vouches for what was there: a log that does not lead on from it must
    # not record one of its own in its place.
    first = first_hash_of(log)
    recorded = audit_head_of(first, uri=uri)
    if recorded is not None:
        vouched = check_chain(log, head=recorded).vouched or 0
        if vouched >= entry.n:
            return  # another process was faster
    elif others := audit_logs_named(log.name, uri=uri):
        heads = ", ".join(others.values())
        _say(
            f"MLflow knows {log.name} by other first entries, with the heads {heads}: this log is "
            "another one, or was written anew."
        )
    tag_audit_head(log.name, first=first, head=entry.hash, uri=uri)


def _say(words: str, style: str = "yellow") -> None:
    err.print(words, style=style, markup=False, highlight=False, soft_wrap=True)


def audit_explanation(
    policy: Path,
    applications: Applications,
    answered: Mapping[str, Any],
    audience: str,
    *,
    uri: str | None,
) -> None:
    """Log that one application was explained to somebody."""
    application_id = answered["application_id"]
    one = applications.take(np.array([applications.row_of(application_id)]))
    act = Act(
        action="explain",
        bundle=seal_hash(policy),
        inputs=content_hash(one.table),
        outputs=hash_of([answered]),
        counts={"applications": len(one)},
        ids=(application_id,),
        details={"for": audience},
    )
    audited(audit_log_of(policy), act, uri=uri)


def audit_explanations(
    policy: Path, applications: Applications, draft: Path, *, uri: str | None
) -> None:
    """Log that every rejection of a table was explained in a file, not yet in its place."""
    act = Act(
        action="explain",
        bundle=seal_hash(policy),
        inputs=content_hash(applications.table),
        outputs=sha256_of(draft),
        counts={"applications": len(applications), "rejections": _n_rows(draft)},
    )
    audited(audit_log_of(policy), act, uri=uri)


def audit_decisions(  # noqa: PLR0913 - what was decided, where, and how it was asked for
    policy: Path,
    table: Path,
    order: DecideOrder,
    written: tuple[Decided, Path],
    *,
    explore: bool | None,
    uri: str | None,
) -> None:
    """Log that a table was decided on, before the file of decisions is in its place.

    Whether random approvals were asked for or switched off is logged where the command said so:
    the policy alone would not tell.
    """
    decided, draft = written
    said = {} if explore is None else {"option": "--explore" if explore else "--no-explore"}
    act = Act(
        action="decide",
        bundle=order.decider.bundle_hash,
        inputs=_hash_of_files(table),
        outputs=sha256_of(draft),
        counts={"applications": decided.n, "explored": decided.n_explored, **decided.decisions},
        details={"decisions": order.out.name, **said},
    )
    audited(audit_log_of(policy), act, uri=uri)


def _hash_of_files(table: Path) -> str:
    # A table may be a folder of files; the rows of a large one are not read once more.
    if table.is_file():
        return sha256_of(table)
    files = sorted(path for path in table.rglob("*") if path.is_file())
    return hash_of([[path.relative_to(table).as_posix(), sha256_of(path)] for path in files])


def _n_rows(table: Path) -> int:
    return int(pq.read_metadata(table).num_rows)
