"""What `riskkit promote` does: evidence, audit log, then the alias."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from riskkit.audit import Act, audit_log_of
from riskkit.bundle import evidence_problems
from riskkit.cli._auditing import audited
from riskkit.errors import DataError
from riskkit.tracking import CHAMPION, bundle_of, check_tracking, crown, version_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoteOrder:
    """What `riskkit promote` was asked for."""

    name: str
    version: int | None
    max_age_days: float
    because: str | None
    tracking_uri: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """A promotion that took place."""

    name: str
    version: int
    before: int | None
    problems: tuple[str, ...]
    because: str | None
    audit_log: str
    audit_head: str

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def promoted(order: PromoteOrder) -> Promoted:
    """Check the evidence of a version, log its promotion, and make it the champion.

    Raises
    ------
    DataError
        If its evidence does not support it and no reason is given, or it is the champion already.
    """
    uri = order.tracking_uri
    if order.because is not None and not order.because.strip():
        raise DataError("--because must say why, but is empty.")
    check_tracking(uri)
    version = version_of(order.name, order.version, uri=uri)
    if CHAMPION in version.aliases:
        raise DataError(f"{order.name} version {version.version} is the champion already.")
    with bundle_of(version, uri=uri) as bundle:
        problems = evidence_problems(bundle, max_age_days=order.max_age_days, now=datetime.now(UTC))
    if problems and order.because is None:
        raise DataError(
            f"{order.name} version {version.version} is not promoted. {' '.join(problems)} "
            'Get the evidence, or say --because "...", which is recorded.'
        )
    details = {"name": order.name, "version": str(version.version)}
    if order.because is not None:
        details |= {"because": order.because, "although": " ".join(problems)}
    log = audit_log_of(Path(order.name))
    act = Act(action="promote", bundle=version.seal, counts={"versions": 1}, details=details)
    entry = audited(log, act, uri=uri)
    tags = {"promoted_by": entry.who, "audit_head": entry.hash}
    if order.because is not None:
        tags |= {"because": order.because, "promoted_although": " ".join(problems) or "nothing"}
    before = crown(version, tags, uri=uri)
    return Promoted(
        name=order.name,
        version=version.version,
        before=None if before is None else before.version,
        problems=problems,
        because=order.because,
        audit_log=str(log),
        audit_head=entry.hash,
    )
