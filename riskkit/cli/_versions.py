"""How versions in the registry are shown."""

import re

from riskkit._tables import Table
from riskkit.tracking import Version


def version_table(version: Version) -> Table:
    """Return what is recorded of a version, but for its hashes."""
    aliases = ", ".join(version.aliases) or "no alias"
    title = f"{version.name}, version {version.version} ({aliases})"
    table = Table(title=title, title_justify="left")
    table.add_column("evidence")
    table.add_column("")
    for key, value in sorted(version.tags.items()):
        if not _is_hash(value):
            table.add_row(_words(key), value)
    return table


def version_hashes(version: Version) -> list[str]:
    """Return the hashes that are recorded of a version, each a line, to be copied whole."""
    return [
        f"{_words(key)}: {value}" for key, value in sorted(version.tags.items()) if _is_hash(value)
    ]


def _words(key: str) -> str:
    return key.removeprefix("riskkit.").replace("_", " ")


def _is_hash(value: str) -> bool:
    return re.fullmatch("[0-9a-f]{64}", value) is not None
