"""What is known of each column of a world, whatever its spec: role, words, unit."""

from functools import cache
from importlib.resources import files
from typing import Any

from riskkit._records import parse_yaml
from riskkit.applicants.schema import TRUTH_PREFIX

#: Features that follow from other columns.
_FOLLOWING = {"applied_hour", "apr", "age_band"}
_DRAWN_ROLES = {"feature", "segment", "protected", "amount", "term"}


@cache
def words() -> dict[str, dict[str, Any]]:
    """Return what is known of each column of ``applications`` and of ``truth``, in table order."""
    source = files("riskkit.applicants.world") / "columns.yaml"
    return parse_yaml(source.read_text(encoding="utf-8"), source="columns.yaml")


def is_computed(name: str) -> bool:
    """Return whether a column follows from others, so that no spec may draw it."""
    if name.startswith(TRUTH_PREFIX) or name in _FOLLOWING:
        return True
    known = words()["applications"].get(name)
    return known is not None and known["role"] not in _DRAWN_ROLES and name != "fee_rate"
