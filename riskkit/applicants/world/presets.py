"""Worlds to start from, each a YAML file: `calm` in full, the others as what they change of it."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Literal, get_args

from riskkit._records import as_record, parse_yaml
from riskkit.applicants.world.hidden import Dial
from riskkit.applicants.world.spec import WorldSpec
from riskkit.errors import DataError

Preset = Literal["calm", "festival", "tightening", "selective", "drift"]
#: Names of the worlds to start from.
PRESETS: tuple[Preset, ...] = get_args(Preset)
#: Standard deviation of the factor that no column shows, under every dial [log-odds].
_HIDDEN = 1.1
#: How much of the rise of the mean PD is left for the intercept to take back.
_BOUNDED = 0.75
#: What the incumbent makes of it [log-odds per sd], and what keeps its approvals alike [points].
_DIALS: Mapping[Dial, tuple[float, int]] = {
    "none": (0.0, 0),
    "medium": (0.35, -3),
    "strong": (1.3, -23),
}


def preset(name: str) -> WorldSpec:
    """Return one of the worlds to start from.

    Parameters
    ----------
    name : {"calm", "festival", "tightening", "selective", "drift"}
        Which world.

    Returns
    -------
    WorldSpec
        Every assumption.

    Raises
    ------
    DataError
        If there is no such world.

    Examples
    --------
    >>> preset("selective").journey.verdicts
    'until_first_stop'
    """
    if name not in PRESETS:
        raise DataError(f"There is no preset {name!r}; take one of {', '.join(PRESETS)}.")
    content = _content("calm")
    if name != "calm":
        content = _merged(content, _content(name))
    return as_record(WorldSpec, content, source=f"preset {name}")


def with_hidden_selection(spec: WorldSpec, dial: str) -> WorldSpec:
    """Return a world whose incumbent sees more or less of what no column shows.

    The factor moves the PD equally under every dial; only what the incumbent sees of it differs:
    nothing (``none``: given the columns, who was approved says nothing of the outcome), some, or
    more than it is worth.

    Parameters
    ----------
    spec : WorldSpec
        A world.
    dial : {"none", "medium", "strong"}
        How much the incumbent sees.

    Returns
    -------
    WorldSpec
        The world at that dial.

    Raises
    ------
    DataError
        If there is no such dial.

    Examples
    --------
    >>> with_hidden_selection(preset("calm"), "strong").journey.incumbent.sees_hidden
    1.3
    """
    if dial not in _DIALS:
        raise DataError(f"There is no dial {dial!r}; take one of {', '.join(_DIALS)}.")
    sees, points = _DIALS[dial]  # type: ignore[index]
    # The mean of exp(sd x normal) is exp(sd^2 / 2), of PDs that are bounded it is less.
    level = spec.risk.intercept - _BOUNDED * (_HIDDEN**2 - spec.risk.hidden**2) / 2
    return spec.with_settings(
        {
            "risk.hidden": _HIDDEN,
            "risk.intercept": round(level, 4),
            "journey.incumbent.sees_hidden": sees,
            "journey.incumbent.cutoff": spec.journey.incumbent.cutoff + points,
        }
    )


def _content(name: str) -> dict[str, Any]:
    resource = files("riskkit.applicants.world") / "specs" / f"{name}.yaml"
    return parse_yaml(resource.read_text(encoding="utf-8"), source=f"preset {name}")


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    # A mapping changes key by key; everything else, lists too, replaces what was there.
    merged = dict(base)
    for key, value in changes.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merged(merged[key], value) if both else value
    return merged
