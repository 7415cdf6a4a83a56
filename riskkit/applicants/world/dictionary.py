"""What the columns of a world mean: its schema, and a data dictionary to read."""

from typing import Any, Literal

from riskkit.applicants.schema import Column, Schema
from riskkit.applicants.world.effects import Slope, Steps
from riskkit.applicants.world.marginals import Levels
from riskkit.applicants.world.spec import WorldSpec
from riskkit.applicants.world.words import is_computed, words


def world_schema(spec: WorldSpec) -> Schema:
    """Return the schema of a world's applications.

    Parameters
    ----------
    spec : WorldSpec
        Every assumption; the worse direction of a feature is that of its effect on the true PD.

    Returns
    -------
    Schema
        Role, kind, direction, unit and words of every column.

    Examples
    --------
    >>> from riskkit.applicants.world import preset
    >>> schema = world_schema(preset("calm"))
    >>> schema.directions["income"], schema.columns["income"].label["en"]
    ('lower', 'Monthly income')
    """
    known = words()["applications"]
    meanings = {n: known[n] for n in known if n in spec.columns or is_computed(n)}
    for name in spec.columns:
        meanings.setdefault(name, {"role": "feature", "label": {"en": name}})
    return Schema(
        observed_at=spec.observed_at,
        window_months=spec.window_months,
        columns={name: _column(name, meaning, spec) for name, meaning in meanings.items()},
    )


def data_dictionary(schema: Schema) -> str:
    """Return what each column of a world holds, as two Markdown tables.

    Parameters
    ----------
    schema : Schema
        The schema of the world's applications.

    Returns
    -------
    str
        A table for the applications and one for the truth.

    Examples
    --------
    >>> from riskkit.applicants.world import preset
    >>> print(data_dictionary(world_schema(preset("calm"))).splitlines()[2])
    | column | role | unit | worse | meaning | 含义 | note |
    """
    lines = ["### applications.parquet", ""]
    lines += ["| column | role | unit | worse | meaning | 含义 | note |", "|---" * 7 + "|"]
    lines += [_dictionary_row(name, column) for name, column in schema.columns.items()]
    lines += ["", "### truth.parquet", "", "| column | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in words()["truth"].items()]
    return "\n".join(lines) + "\n"


def _column(name: str, meaning: dict[str, Any], spec: WorldSpec) -> Column:
    if "kind" in meaning or not (meaning["role"] == "feature" or meaning.get("feature", False)):
        return Column.model_validate(meaning)
    kind = "category" if isinstance(spec.columns[name], Levels) else "number"
    worse = _worse(spec.risk.effects.get(name))
    return Column.model_validate({**meaning, "kind": kind, "worse": worse})


def _worse(effect: Slope | Steps | None) -> Literal["higher", "lower", "none"]:
    if not isinstance(effect, Slope) or effect.weight == 0:
        return "none"
    return "higher" if effect.weight > 0 else "lower"


def _dictionary_row(name: str, column: Column) -> str:
    role = f"{column.role}, feature" if column.feature else column.role
    worse = column.worse if column.is_feature else ""
    label = column.label
    chinese = label.get("zh-CN", "")
    cells = (f"`{name}`", role, column.unit or "", worse, label["en"], chinese, column.note)
    return "| " + " | ".join(cells) + " |"
