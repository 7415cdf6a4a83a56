"""The errors that a caller may want to catch, and what they may show."""

from urllib.parse import urlsplit


class RiskkitError(Exception):
    """Any error that riskkit raises on purpose; the command line prints it as one sentence."""


class DataError(RiskkitError, ValueError):
    """An input breaks its contract."""


class UndefinedRateError(RiskkitError, ValueError):
    """A rate has nobody in its denominator."""


class InfeasibleCutoffError(RiskkitError, ValueError):
    """No cut-off meets the limits, or the sample is too small to show that one does."""


class TooFewRowsError(InfeasibleCutoffError):
    """The sample is too small to show it; the message says how many rows it takes."""


class TrackingError(RiskkitError):
    """MLflow does not record; what was computed is not touched by it."""


def without_password(url: str) -> str:
    """Return an address as an error may show it."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username}:***@{host}").geturl()
