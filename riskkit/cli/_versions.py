"""How versions in the registry are shown."""

from rich.table import Table

from riskkit.tracking import Version


def version_table(version: Version) -> Table:
    """Return what is recorded of a version."""
    aliases = ", ".join(version.aliases) or "no alias"
    title = f"{version.name}, version {version.version} ({aliases})"
    table = Table(title=title, title_justify="left")
    table.add_column("evidence")
    table.add_column("")
    for key, value in sorted(version.tags.items()):
        table.add_row(key.removeprefix("riskkit.").replace("_", " "), value)
    return table
