"""What support staff can look up in a report, by application number."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from riskkit.applicants import Applications
from riskkit.bundle import Bundle
from riskkit.errors import DataError
from riskkit.explanations import LANGUAGES, TOGETHER, Catalogue
from riskkit.reports.support import SupportView, support_view


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Whom support staff can look up in a report."""

    ids: Sequence[str]  #: Application ids of the table.
    plain_ids: bool = False  #: Whether ids stand in the page as they are, not as hashes.


def lookup_of(
    bundle: Bundle,
    applications: Applications,
    lookup: Lookup,
    *,
    catalogue: Catalogue,
    on_explained: Callable[[int], object],
) -> dict[str, Any]:
    """Return what a page needs to answer for some applications."""
    _check_ids(lookup, applications)
    # With the model in it, hashes of two models' reports cannot be joined; it is no secret.
    salt = bundle.policy.model_hash[:16]
    entries = {}
    for application_id in lookup.ids:
        view = support_view(bundle, applications, application_id, catalogue=catalogue)
        key = application_id if lookup.plain_ids else hashed(application_id, salt)
        entries[key] = _entry(view, application_id)
        on_explained(1)
    return {"salt": None if lookup.plain_ids else salt, "entries": entries}


def hashed(application_id: str, salt: str) -> str:
    """Return what stands for an id in the page [hexadecimal]."""
    return hashlib.sha256(f"{salt}:{application_id}".encode()).hexdigest()


def _entry(view: SupportView, application_id: str) -> dict[str, Any]:
    # The id stands in the first line of the decision: the page puts it back when it was typed.
    decision = [
        {language: line[language].replace(application_id, "{}", 1) for language in LANGUAGES}
        for line in view.decision
    ]
    return {
        "decision": decision,
        "say": view.say,
        "reasons": [{"words": reason.words, "advice": reason.advice} for reason in view.reasons],
        "steps": {"heading": view.steps_heading, "together": TOGETHER, "plans": list(view.steps)},
    }


def _check_ids(lookup: Lookup, applications: Applications) -> None:
    known = set(applications.ids.tolist())
    absent = [one for one in lookup.ids if one not in known]
    if absent:
        raise DataError(
            f"ids must be applications of the table, but {len(absent)} of {len(lookup.ids)} are "
            f"not; the first is {absent[0]!r}."
        )
