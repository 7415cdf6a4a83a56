"""The log of decisions, explanations and promotions: one line each, every line bound to the last.

Each entry holds the hash of the one before it, so that the last hash, the head, stands for all of
them. Whoever can write the file could write all of it anew: what the chain shows is whether it
still is the one whose head was recorded elsewhere. Persons appear as ids only.
"""

import fcntl
import getpass
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from riskkit._records import STRICT
from riskkit.errors import DataError

#: Where entries go instead of beside the policy.
LOG_VARIABLE = "RISKKIT_AUDIT_LOG"
#: Who acts, where that is not the user of the machine.
USER_VARIABLE = "RISKKIT_USER"

Action = Literal["decide", "explain", "promote"]

_START = "0" * 64  # what the first entry follows
_BEGINNING = b'{"action":"'  # of every entry: the keys are sorted
_BLOCK = 65_536  # bytes
_SHORTEST = 12  # characters of a head


class Act(BaseModel):
    """What was done, as it goes into the log."""

    model_config = STRICT

    action: Action  #: Which command.
    bundle: str  #: Seal of the policy's folder [hexadecimal].
    inputs: str = ""  #: Hash of what went in [hexadecimal], such as a table's content hash.
    outputs: str = ""  #: Hash of what came out [hexadecimal].
    counts: Mapping[str, int] = Field(default_factory=dict)  #: How many of what, by name.
    ids: tuple[str, ...] = ()  #: Of the applications, where it was about a few.
    details: Mapping[str, str] = Field(default_factory=dict)  #: Such as a name, a version, why.


class Entry(Act):
    """One line of the log."""

    n: int  #: Its number, from 1.
    at: datetime  #: When [UTC].
    who: str  #: The user.
    cut: int = 0  #: Bytes of an entry that was never finished, and was cut off before this one.
    previous: str  #: Hash of the entry before [hexadecimal].
    hash: str = ""  #: Of this entry, all but this [hexadecimal].


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What a log shows of itself."""

    n: int  #: Entries.
    first: str  #: Hash of the first, by which the log is known [hexadecimal].
    head: str  #: Hash of the last [hexadecimal].
    vouched: int | None  #: Entries up to the head recorded elsewhere; None where none was given.
    unfinished: int  #: Bytes at the end that are no whole entry.


def audit_log_of(policy: Path) -> Path:
    """Return where what is done with a policy is logged: beside its folder, unless told otherwise.

    Parameters
    ----------
    policy : Path
        The policy's folder, which is sealed.

    Returns
    -------
    Path
        Of a file of JSON lines; the environment variable RISKKIT_AUDIT_LOG names another.

    Examples
    --------
    >>> audit_log_of(Path("policies/spring")).name
    'spring.audit.jsonl'
    """
    told = os.environ.get(LOG_VARIABLE)
    folder = policy.absolute()
    return Path(told) if told else folder.with_name(folder.name + ".audit.jsonl")


def append_entry(log: Path, act: Act) -> Entry:
    """Add an entry to a log; several processes may do so at once.

    Parameters
    ----------
    log : Path
        The file; made where it is not there.
    act : Act
        What was done.

    Returns
    -------
    Entry
        As it stands in the log; its hash is the new head, to be recorded elsewhere.

    Raises
    ------
    DataError
        If the file cannot be written or is no log, or its last entry was altered.
    """
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a+b", buffering=0) as file, _locked(file):
            last, end = _last_entry(file, log)
            entry = _sealed(act, last, cut=_size(file) - end)
            _write_at(file, end, (_as_line(entry) + "\n").encode())
    except OSError as error:
        raise DataError(
            f"{log} cannot be written: {error.strerror}. What is decided has to be logged; name "
            f"another file with {LOG_VARIABLE}."
        ) from None
    return entry


def first_hash_of(log: Path) -> str:
    """Return the hash of a log's first entry, by which the log is known.

    Parameters
    ----------
    log : Path
        The file.

    Returns
    -------
    str
        [hexadecimal].

    Raises
    ------
    DataError
        If the file cannot be read or is no log, or its first entry was altered.
    """
    try:
        with log.open("rb") as file:
            line = file.readline()
    except OSError as error:
        raise DataError(f"{log} cannot be read: {error.strerror}.") from None
    return _read_nth(line.rstrip(b"\n"), log, 1).hash


def check_chain(log: Path, *, head: str | None = None) -> Chain:
    """Check that a log's entries follow each other, and that it is the one with a known head.

    Parameters
    ----------
    log : Path
        The file.
    head : str, optional
        A head that was recorded elsewhere [hexadecimal]; its beginning will do, from 12 characters.

    Returns
    -------
    Chain
        How many entries there are, and how many of them the head vouches for. Entries after it
        follow from it, but whoever can write the file could have written them: only a later head
        tells.

    Raises
    ------
    DataError
        If the file is no log or holds no entry; an entry was altered, taken out or put in; or no
        entry has the head: then entries up to it were altered, or it is another log's.
    """
    if head is not None and len(head) < _SHORTEST:
        raise DataError(f"head must have at least {_SHORTEST} characters, but has {len(head)}.")
    try:
        text = log.read_bytes()
    except OSError as error:
        raise DataError(f"{log} cannot be read: {error.strerror}.") from None
    *lines, rest = text.split(b"\n")
    if not lines:
        raise DataError(_no_log(log))
    first, previous, vouched = _START, _START, None
    for number, line in enumerate(lines, start=1):
        entry = _read_nth(line, log, number)
        if (entry.n, entry.previous) != (number, previous):
            raise DataError(
                f"{log}: entry {number} does not follow the one before it: entries were taken out, "
                "put in or moved."
            )
        previous = entry.hash
        first = previous if number == 1 else first
        if head is not None and entry.hash.startswith(head.lower()):
            vouched = number
    if head is not None and vouched is None:
        raise DataError(
            f"{log} has no entry with the head {head}: its {len(lines)} entries follow each other, "
            "but they are not those that were there when that head was recorded."
        )
    return Chain(n=len(lines), first=first, head=previous, vouched=vouched, unfinished=len(rest))


def hash_of(parts: Sequence[Any]) -> str:
    """Return a hash of plain data, for an entry's inputs or outputs.

    Parameters
    ----------
    parts : sequence of any
        Plain data: texts, numbers, lists and dicts.

    Returns
    -------
    str
        SHA-256 of it as JSON [hexadecimal].

    Examples
    --------
    >>> hash_of(["A1", {"approved": True}])[:12]
    '14469dbf2c3a'
    """
    text = json.dumps(list(parts), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sealed(act: Act, last: Entry | None, *, cut: int) -> Entry:
    entry = Entry(
        **act.model_dump(),
        n=1 if last is None else last.n + 1,
        at=datetime.now(UTC),
        who=os.environ.get(USER_VARIABLE) or getpass.getuser(),
        cut=cut,
        previous=_START if last is None else last.hash,
    )
    return entry.model_copy(update={"hash": _hash(entry)})


def _hash(entry: Entry) -> str:
    content = _as_line(entry.model_copy(update={"hash": ""}))
    return hashlib.sha256(content.encode()).hexdigest()


def _as_line(entry: Entry) -> str:
    content = entry.model_dump(mode="json")
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _read_nth(line: bytes, log: Path, number: int) -> Entry:
    name = f"{log}: entry {number}"
    return _read(line, name, otherwise=_no_log(log) if number == 1 else None)


def _begins(line: bytes) -> bool:
    # Whether it might be an entry, or so much of one as was written.
    return line[: len(_BEGINNING)] == _BEGINNING[: len(line)] != b""


def _no_log(log: Path) -> str:
    return f"{log} is not an audit log, or an empty one: it begins with no entry."


def _read(line: bytes, name: str, *, otherwise: str | None = None) -> Entry:
    try:
        entry = Entry.model_validate_json(line)
    except ValidationError:
        said = otherwise or f"{name} was altered: it is no entry of an audit log."
        raise DataError(said) from None
    if entry.hash != _hash(entry):
        raise DataError(f"{name} was altered: its hash is not that of its content.")
    return entry


def _last_entry(file: IO[bytes], log: Path) -> tuple[Entry | None, int]:
    # The last whole line, and where it ends; what follows was never finished.
    size, tail, start = _size(file), b"", _size(file)
    while start > 0 and tail.count(b"\n") < 2:  # noqa: PLR2004 - its end, and that before it
        start = max(start - _BLOCK, 0)
        file.seek(start)
        tail = file.read(size - start)
    whole, newline, _ = tail.rpartition(b"\n")
    if not newline:
        if tail and not _begins(tail):
            raise DataError(_no_log(log))  # and nothing of it is cut off
        return None, 0
    end = start + len(whole) + 1
    return _read(whole.rpartition(b"\n")[2], f"{log}: the last entry"), end


def _write_at(file: IO[bytes], end: int, line: bytes) -> None:
    file.truncate(end)
    try:
        while line:  # unbuffered: a disk that is nearly full takes some of it
            line = line[file.write(line) :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(end)  # whole or absent
        raise


def _size(file: IO[bytes]) -> int:
    return os.fstat(file.fileno()).st_size


@contextmanager
def _locked(file: IO[bytes]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
