"""Which certificates have been drawn from a tuning sample: beside a model, one line for each.

Every certificate has its own chance of being wrong, and choosing among several adds these up.
Asking for the same again costs nothing: it is the same certificate. An attempt that was refused is
written down too: whoever tries caps until one passes has tried them all. So is what else was asked,
such as gamma or segments: an attempt is another one where any of it differs. What is not seen from
here are certificates of models in other folders on the same table; whoever chooses among models
adds their deltas up.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from riskkit._files import new_file
from riskkit.bundle.shapes import PolicyShape
from riskkit.decisions import Certificate, Goal
from riskkit.errors import DataError

#: What makes two certificates of one sample the same.
_KEYS = ("table", "scorer", "method", "rate", "cap", "confidence", "asked")
#: What stands for a method where an attempt was refused.
_REFUSED = "refused"
#: Rates whose certificates count amounts.
_OF_MONEY = {"bad_amount_rate", "loss_rate"}
#: What an evidence says of its count.
COUNTED = (
    "certificates and refused attempts of this model's folder on this table; those of models in "
    "other folders are not counted"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What certificates are asked for, and of which sample."""

    table: str  #: Content hash of the table [hexadecimal].
    scorer: str  #: Hash of the scorer [hexadecimal].
    goal: Goal  #: Limits, gamma and economics.
    shape: PolicyShape = field(default_factory=PolicyShape)  #: Segments.

    def asked(self, rate: str) -> dict[str, Any]:
        """Return what a certificate depends on beside its limit, and nothing that it does not.

        Parameters
        ----------
        rate : str
            The limited rate.

        Returns
        -------
        dict
            Gamma; for rates of money the largest amount, for losses the severity; by segment, what
            the path of cut-offs is made of.

        Examples
        --------
        >>> Attempt(table="", scorer="", goal=Goal(gamma=2)).asked("bad_rate")
        {'gamma': 2.0}
        """
        goal, economics = self.goal, self.goal.economics
        asked: dict[str, Any] = {"gamma": None if goal.gamma is None else float(goal.gamma)}
        if rate in _OF_MONEY:
            asked["amount_max"] = economics.amount_max
        if rate == "loss_rate":
            asked["severity"] = round(economics.lgd * economics.ead, 12)
        if self.shape.by is not None:
            own = {name: each.model_dump() for name, each in self.shape.economics.items()}
            asked |= {
                "by": self.shape.by,
                "objective": goal.objective,
                "economics": economics.model_dump(),
                "segment_economics": own,
            }
        return asked


def journal_of(model: Path) -> Path:
    """Return where the certificates of a model are written down: beside its folder.

    Parameters
    ----------
    model : Path
        The model's folder, which is sealed.

    Returns
    -------
    Path
        Of a file of JSON lines.

    Examples
    --------
    >>> journal_of(Path("models/model")).name
    'model.certificates.jsonl'
    """
    folder = model.absolute()
    return folder.with_name(folder.name + ".certificates.jsonl")


def drawn_before(journal: Path, *, table: str, scorer: str) -> list[dict[str, Any]]:
    """Return the certificates that were drawn from a sample.

    Parameters
    ----------
    journal : Path
        The file; it need not exist.
    table : str
        Content hash of the table [hexadecimal].
    scorer : str
        Hash of the scorer [hexadecimal].

    Returns
    -------
    list of dict
        One for each, as `entries_of` made it.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    try:
        lines = journal.read_text(encoding="utf-8").splitlines()
        entries = [json.loads(line) for line in lines if line.strip()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise DataError(
            f"{journal} cannot be read as a list of certificates: {error}. Mend it, or move it "
            "away; certificates drawn before are then no longer counted."
        ) from None
    return [
        entry for entry in entries if (entry.get("table"), entry.get("scorer")) == (table, scorer)
    ]


def entries_of(certificates: Iterable[Certificate], attempt: Attempt) -> list[dict[str, Any]]:
    """Return certificates as they are written down.

    Parameters
    ----------
    certificates : iterable of Certificate
        Drawn from one sample.
    attempt : Attempt
        Which one, and what was asked.

    Returns
    -------
    list of dict
        What distinguishes each.
    """
    return [
        _entry(attempt, found.method, (found.rate, found.cap, found.confidence))
        for found in certificates
    ]


def refused_entries(attempt: Attempt) -> list[dict[str, Any]]:
    """Return attempts at certificates that were refused, as they are written down.

    Parameters
    ----------
    attempt : Attempt
        What was asked for; limits without a confidence are no attempts.

    Returns
    -------
    list of dict
        One for each, with method ``refused``.
    """
    return [
        _entry(attempt, _REFUSED, (limit.rate, limit.bound, limit.confidence))
        for limit in attempt.goal.limits
        if limit.confidence is not None
    ]


def counted(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what counts: of an attempt that was refused once and certified later, the certificate.

    It is the same attempt where all that was asked is equal. Of entries that do not say what was
    asked, as older journals hold them, nobody knows: each counts.

    Parameters
    ----------
    entries : sequence of dict
        Certificates and refused attempts of one sample.

    Returns
    -------
    list of dict
        Some of them.
    """
    certified = {_attempted(e) for e in entries if e["method"] != _REFUSED and "asked" in e}
    return [e for e in entries if e["method"] != _REFUSED or _attempted(e) not in certified]


def joint_confidence(entries: Sequence[dict[str, Any]]) -> float | None:
    """Return with which confidence all certificates hold together (Bonferroni).

    Parameters
    ----------
    entries : sequence of dict
        Certificates of one sample; the same one twice counts once.

    Returns
    -------
    float or None
        None without one [fraction].

    Examples
    --------
    >>> one = {"rate": "bad_rate", "cap": 0.03, "confidence": 0.95}
    >>> round(joint_confidence([one, one, one | {"cap": 0.02}]), 3)
    0.9
    """
    deltas = {_key(entry): 1 - entry["confidence"] for entry in entries}
    return max(1 - sum(deltas.values()), 0.0) if deltas else None


def write_down(journal: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Add certificates to a journal, each once.

    Parameters
    ----------
    journal : Path
        The file; made where it does not exist.
    entries : sequence of dict
        As `entries_of` made them.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    if not entries:
        return
    text = journal.read_text(encoding="utf-8") if journal.exists() else ""
    known = {_key(json.loads(line)) for line in text.splitlines() if line.strip()}
    added = [json.dumps(entry) for entry in entries if _key(entry) not in known]
    if added:
        with new_file(journal, overwrite=True) as draft:
            draft.write_text(text + "".join(line + "\n" for line in added), encoding="utf-8")


def _entry(attempt: Attempt, method: str, limit: tuple[str, float, float]) -> dict[str, Any]:
    rate, cap, confidence = limit
    return {
        "table": attempt.table,
        "scorer": attempt.scorer,
        "method": method,
        "rate": rate,
        "cap": cap,
        "confidence": round(confidence, 12),
        "asked": attempt.asked(rate),
    }


def _attempted(entry: dict[str, Any]) -> str:
    return _key(entry | {"method": None})


def _key(entry: dict[str, Any]) -> str:
    return json.dumps([entry.get(name) for name in _KEYS], sort_keys=True)
