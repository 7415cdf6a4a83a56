"""The registry: policies by name and version, which is in force, and with what evidence."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from riskkit.bundle import Bundle, evidence_tags, load_bundle, seal_hash, verified
from riskkit.errors import DataError, without_password
from riskkit.tracking._client import mlflow_, reading, recording, tracking_uri
from riskkit.tracking.folders import SCORER_TAG, SEAL_TAG, log_folder
from riskkit.tracking.places import place_of
from riskkit.tracking.runs import EXPERIMENT, patient, tracked_run

#: The version in force, and the one that may follow it.
CHAMPION, CHALLENGER = "champion", "challenger"
_PREFIX = "riskkit."
#: What is said of a promotion, and of its end.
_OF_PROMOTION = frozenset(
    f"{_PREFIX}{key}"
    for key in (
        "promoted_at",
        "promoted_by",
        "audit_head",
        "because",
        "promoted_although",
        "replaced_by",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a registered policy."""

    name: str  #: Its registered name.
    version: int  #: Its number.
    seal: str  #: SHA-256 of its manifest [hexadecimal].
    run_id: str | None  #: MLflow's id of the run that made it.
    aliases: tuple[str, ...]  #: Such as champion.
    tags: Mapping[str, str]  #: Evidence, and what became of it.

    @property
    def uri(self) -> str:
        """The address under which MLflow loads and serves it."""
        return f"models:/{self.name}/{self.version}"


def register(folder: Path, name: str, *, uri: str | None = None) -> Version:
    """Register a policy as the challenger of a name; the same policy is registered once.

    Parameters
    ----------
    folder : Path
        What ``riskkit tune`` wrote.
    name : str
        The name; made where it is not there yet.
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Returns
    -------
    Version
        The new version, or the one that holds the same policy: the challenger, unless it is the
        champion.

    Raises
    ------
    DataError
        If the name is no word, or the folder is no policy, not as it was sealed, or does not
        decide here as it did there.
    TrackingError
        If MLflow fails.
    """
    _check_name(name)
    seal, bundle = verified(folder).seal, load_bundle(folder)
    with registry(uri) as (client, shown):
        with recording(shown):
            known = next((v for v in _versions(client, name) if v.seal == seal), None)
            if known is not None and CHAMPION not in known.aliases:
                client.set_registered_model_alias(name, CHALLENGER, str(known.version))
                known = next(v for v in _versions(client, name) if v.version == known.version)
        if known is not None:
            return known
        run_id, model_id = _logged(client, shown, folder, seal, uri)
        tags = {f"{_PREFIX}{key}": value for key, value in evidence_tags(bundle).items()}
        tags |= {SEAL_TAG: seal, SCORER_TAG: bundle.policy.model_hash}
        with recording(shown):
            _make_name(client, name)
            made = client.create_model_version(
                name, f"models:/{model_id}", run_id=run_id, tags=tags, model_id=model_id
            )
            client.set_registered_model_alias(name, CHALLENGER, made.version)
            return _versions(client, name)[0]


def versions_of(name: str, *, uri: str | None = None) -> list[Version]:
    """Return the versions of a registered policy, the newest first.

    Parameters
    ----------
    name : str
        Its registered name.
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Returns
    -------
    list of Version
        Empty where nothing has that name.

    Raises
    ------
    DataError
        If the name is no word.
    TrackingError
        If MLflow fails.
    """
    _check_name(name)
    with registry(uri) as (client, shown), reading(shown):
        return _versions(client, name)


def version_of(name: str, version: int | None = None, *, uri: str | None = None) -> Version:
    """Return one version of a registered policy.

    Parameters
    ----------
    name : str
        Its registered name.
    version : int, optional
        Its number; without it, the challenger.
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Returns
    -------
    Version
        The version.

    Raises
    ------
    DataError
        If the name is no word, or it is not there.
    TrackingError
        If MLflow fails.
    """
    found = versions_of(name, uri=uri)
    if not found:
        raise DataError(f"No policy is registered as {name!r}; `riskkit register` does it.")
    if version is None:
        challengers = [v for v in found if CHALLENGER in v.aliases]
        if not challengers:
            raise DataError(
                f"{name!r} has no challenger; register one, or name a --version "
                f"(there are: {_numbers(found)})."
            )
        return challengers[0]
    for one in found:
        if one.version == version:
            return one
    raise DataError(f"{name!r} has no version {version}; there are: {_numbers(found)}.")


@contextmanager
def bundle_of(version: Version, *, uri: str | None = None) -> Iterator[Bundle]:
    """Bring a version's policy here for the block, and check it.

    Parameters
    ----------
    version : Version
        Which.
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Yields
    ------
    Bundle
        As it was registered.

    Raises
    ------
    DataError
        If its files are not those that were registered, or it does not decide as it did.
    TrackingError
        If MLflow fails.
    """
    with TemporaryDirectory(prefix="riskkit-") as place:
        with registry(uri) as (_, shown), reading(shown) as mlflow:
            got = Path(mlflow.artifacts.download_artifacts(version.uri, dst_path=place))
            model = mlflow.models.Model.load(str(got))
        folder = got / model.flavors["python_function"]["data"]
        verified(folder)
        if seal_hash(folder) != version.seal:
            raise DataError(
                f"{version.uri} is not the policy that was registered: its seal is "
                f"{seal_hash(folder)[:12]}..., but {version.seal[:12]}... is recorded."
            )
        yield load_bundle(folder)


def crown(version: Version, tags: Mapping[str, str], *, uri: str | None = None) -> Version | None:
    """Make a version the champion; whether it deserves it is for the caller to know.

    Parameters
    ----------
    version : Version
        The new champion.
    tags : mapping of str to str
        What to record with it, such as who and why.
    uri : str, optional
        Tracking URI, as `tracked_run` takes it.

    Returns
    -------
    Version or None
        The champion before.

    Raises
    ------
    TrackingError
        If MLflow fails.
    """
    name, number = version.name, str(version.version)
    with registry(uri) as (client, shown), recording(shown):
        known = _versions(client, name)
        before = next((v for v in known if CHAMPION in v.aliases), None)
        (found,) = (v for v in known if v.version == version.version)
        for key in _OF_PROMOTION & found.tags.keys():  # what was said of an earlier promotion
            client.delete_model_version_tag(name, number, key)
        stamp = {"promoted_at": datetime.now(UTC).isoformat(timespec="seconds"), **tags}
        for key, value in stamp.items():
            client.set_model_version_tag(name, number, f"{_PREFIX}{key}", value)
        client.set_registered_model_alias(name, CHAMPION, number)
        if CHALLENGER in found.aliases:
            client.delete_registered_model_alias(name, CHALLENGER)
        if before is not None and before.version != version.version:
            client.set_model_version_tag(name, str(before.version), f"{_PREFIX}replaced_by", number)
        return before


@contextmanager
def registry(uri: str | None) -> Iterator[tuple[Any, str]]:
    """Give MLflow's client, and its place as it may be shown."""
    place = place_of(uri)
    with patient(), tracking_uri(mlflow_(), place):
        shown = without_password(place)
        with reading(shown) as mlflow:
            client = mlflow.MlflowClient()
        yield client, shown


def _logged(client: Any, shown: str, folder: Path, seal: str, uri: str | None) -> tuple[str, str]:
    # The run that tuned the policy has recorded it already, unless MLflow was away.
    with reading(shown):
        experiment = client.get_experiment_by_name(EXPERIMENT)
        ids = [] if experiment is None else [experiment.experiment_id]
        runs = client.search_runs(ids, f"tags.`{SEAL_TAG}` = '{seal}'") if ids else []
    for run in runs:
        for output in run.outputs.model_outputs if run.outputs else ():
            return run.info.run_id, output.model_id
    with tracked_run("register", uri=uri) as run:
        return run.id, log_folder(run, folder).rpartition("/")[2]


def _check_name(name: str) -> None:
    # It becomes part of a search, of an address, and of the name of a file.
    if not re.fullmatch(r"[\w-]+", name):
        raise DataError(f"name must be a word of letters, digits, _ and -, but is {name!r}.")


def _make_name(client: Any, name: str) -> None:
    mlflow = mlflow_()
    try:
        client.create_registered_model(name)
    except mlflow.MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _versions(client: Any, name: str) -> list[Version]:
    mlflow = mlflow_()
    try:
        aliases = client.get_registered_model(name).aliases  # a search does not return them
    except mlflow.MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return []
    found = client.search_model_versions(f"name='{name}'")
    return sorted((_version(v, aliases) for v in found), key=lambda v: -v.version)


def _version(found: Any, aliases: Mapping[str, Any]) -> Version:
    return Version(
        name=found.name,
        version=int(found.version),
        seal=found.tags.get(SEAL_TAG, ""),
        run_id=found.run_id or None,
        aliases=tuple(alias for alias, at in aliases.items() if int(at) == int(found.version)),
        tags=dict(found.tags),
    )


def _numbers(versions: list[Version]) -> str:
    return ", ".join(str(v.version) for v in versions)
