"""The errors that a caller may want to catch."""


class RiskkitError(Exception):
    """Any error that riskkit raises on purpose; the command line prints it as one sentence."""


class DataError(RiskkitError, ValueError):
    """An input breaks its contract."""


class UndefinedRateError(RiskkitError, ValueError):
    """A rate has nobody in its denominator."""


class InfeasibleCutoffError(RiskkitError, ValueError):
    """No cut-off meets the limits, or the sample is too small to show that one does."""
