"""Heads of audit logs, recorded outside those logs: as tags of the experiment.

A log is known by the hash of its first entry: names of files repeat from folder to folder, and a
log that is written anew must not take the place of the one that was.
"""

from riskkit.tracking._client import reading, recording
from riskkit.tracking.places import place_of
from riskkit.tracking.registry import registry
from riskkit.tracking.runs import EXPERIMENT, experiment_id_of

_HEAD, _NAME = "riskkit.audit_head.", "riskkit.audit_log."


def audit_head_of(first: str, *, uri: str | None = None) -> str | None:
    """Return the head that was recorded last of an audit log.

    Parameters
    ----------
    first : str
        Hash of the log's first entry [hexadecimal].
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Returns
    -------
    str or None
        Hash of an entry [hexadecimal]; None where none was recorded.

    Raises
    ------
    TrackingError
        If MLflow fails.
    """
    return _tags(uri).get(f"{_HEAD}{first}")


def audit_logs_named(name: str, *, uri: str | None = None) -> dict[str, str]:
    """Return the heads of all audit logs that had a name when they were recorded.

    Parameters
    ----------
    name : str
        Name of the file.
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Returns
    -------
    dict of str to str
        Head by first entry [hexadecimal].

    Raises
    ------
    TrackingError
        If MLflow fails.
    """
    tags = _tags(uri)
    named = (key for key, at in tags.items() if key.startswith(_NAME) and at == name)
    firsts = (key.removeprefix(_NAME) for key in named)
    return {first: tags[f"{_HEAD}{first}"] for first in firsts if f"{_HEAD}{first}" in tags}


def tag_audit_head(name: str, *, first: str, head: str, uri: str | None = None) -> None:
    """Record the head of an audit log outside that log; whoever calls has checked the chain.

    Parameters
    ----------
    name : str
        Name of the log's file, for those who look for it.
    first : str
        Hash of the log's first entry, by which it is known [hexadecimal].
    head : str
        Hash of its last entry [hexadecimal].
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Raises
    ------
    DataError
        If the experiment was deleted.
    TrackingError
        If MLflow fails.
    """
    with registry(uri) as (client, shown), recording(shown):
        experiment = experiment_id_of(client, EXPERIMENT, place_of(uri))
        client.set_experiment_tag(experiment, f"{_NAME}{first}", name)
        client.set_experiment_tag(experiment, f"{_HEAD}{first}", head)


def _tags(uri: str | None) -> dict[str, str]:
    with registry(uri) as (client, shown), reading(shown):
        experiment = client.get_experiment_by_name(EXPERIMENT)
    return {} if experiment is None else dict(experiment.tags)
