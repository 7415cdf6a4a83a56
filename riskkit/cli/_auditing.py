"""How commands log what they did: the entry first, then the output it is about."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from riskkit._files import sha256_of
from riskkit.applicants import Applications, content_hash
from riskkit.audit import Act, Entry, append_entry, audit_log_of, hash_of
from riskkit.bundle import Decided, DecideOrder, seal_hash
from riskkit.cli._console import err
from riskkit.errors import RiskkitError
from riskkit.tracking import is_place, tag_audit_head


def audited(log: Path, act: Act, *, uri: str | None = None) -> Entry:
    """Append an entry, say its head, and record that in MLflow where there is one."""
    entry = append_entry(log, act)
    err.print(f"Audit entry {entry.n} in {log}, head {entry.hash}", style="dim", soft_wrap=True)
    if is_place(uri):
        try:
            tag_audit_head(log.name, entry.hash, uri=uri)
        except RiskkitError as error:
            err.print(f"The head is not recorded there: {error}", style="yellow", soft_wrap=True)
    return entry


def audit_explanation(
    policy: Path, applications: Applications, answered: Mapping[str, Any], audience: str
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
    audited(audit_log_of(policy), act)


def audit_explanations(policy: Path, applications: Applications, out: Path) -> None:
    """Log that every rejection of a table was explained in a file."""
    act = Act(
        action="explain",
        bundle=seal_hash(policy),
        inputs=content_hash(applications.table),
        outputs=sha256_of(out),
        counts={"applications": len(applications), "rejections": _n_rows(out)},
    )
    audited(audit_log_of(policy), act)


def audit_decisions(policy: Path, table: Path, order: DecideOrder, decided: Decided) -> None:
    """Log that a table was decided on."""
    act = Act(
        action="decide",
        bundle=order.decider.bundle_hash,
        inputs=_hash_of_files(table),
        outputs=sha256_of(order.out),
        counts={"applications": decided.n, "explored": decided.n_explored, **decided.decisions},
        details={"decisions": order.out.name},
    )
    audited(audit_log_of(policy), act)


def _hash_of_files(table: Path) -> str:
    # A table may be a folder of files; the rows of a large one are not read once more.
    if table.is_file():
        return sha256_of(table)
    files = sorted(path for path in table.rglob("*") if path.is_file())
    return hash_of([[path.relative_to(table).as_posix(), sha256_of(path)] for path in files])


def _n_rows(table: Path) -> int:
    return int(pq.read_metadata(table).num_rows)
