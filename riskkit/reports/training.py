"""What training says of its model, in sentences."""

from collections.abc import Mapping
from typing import Any

_SHOWN = 5  # so that they are read


def calibration_words(report: Mapping[str, Any]) -> str:
    """Return whether PDs meet the bad rates out of time, and of whom these are.

    Parameters
    ----------
    report : mapping of str to anything
        The report of a `riskkit.bundle.Model` that was measured out of time.

    Returns
    -------
    str
        Mean PD, bad rate and Spiegelhalter's test, and how the labelled rows count; or why PDs
        cannot be compared with the bad rate of the labelled.
    """
    measured = report["out_of_time"]
    if "mean_pd" not in measured:
        return (
            "Calibration: these PDs are meant for all applicants, so the bad rate of the labelled "
            "is no measure of them; the comparison does not apply, since out of time no outcome "
            "of anybody approved at random (a recorded propensity below 1) is known."
        )
    numbers = (
        f"mean PD {measured['mean_pd']:.4f}, bad rate {measured['bad_rate']:.4f}; Spiegelhalter z "
        f"{measured['spiegelhalter_z']:.2f} (p {measured['spiegelhalter_p']:.3f})"
    )
    if report.get("calibration_basis", "labelled rows") == "labelled rows":
        return f"Calibration there: {numbers}."
    return (
        "Calibration, each labelled row weighed by 1 / propensity since these PDs are meant for "
        f"all applicants: {numbers}."
    )


def finding_words(report: Mapping[str, Any]) -> list[str]:
    """Return what there is to look at in the features of a model, the most serious first.

    Parameters
    ----------
    report : mapping of str to anything
        The report of a `riskkit.bundle.Model`.

    Returns
    -------
    list of str
        At most five sentences, and how many more there are; empty where nothing was found.

    Examples
    --------
    >>> finding_words({"findings": [{"sentence": f"{i}."} for i in range(7)]})[-2:]
    ['4.', 'And 2 more in report.json.']
    """
    found = [finding["sentence"] for finding in report.get("findings", ())]
    more = len(found) - _SHOWN
    return found[:_SHOWN] + ([f"And {more} more in report.json."] if more > 0 else [])
