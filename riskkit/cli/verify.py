"""`riskkit verify`: whether a folder still is what was written, and decides here as there."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson


def verify(
    folder: Annotated[Path, typer.Argument(help="What `riskkit train` or `riskkit tune` wrote.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Check a model's or policy's files, and score its stored rows again.

    Example: `riskkit verify policy/`
    """
    from dataclasses import asdict

    from riskkit._tables import Table
    from riskkit.bundle import TOLERANCE, verified
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json

    found = verified(folder)
    if as_json:
        print_json({"folder": str(folder), "tolerance": TOLERANCE, **asdict(found)})
        return
    close = ", ".join(map(str, found.close)) or "none"
    table = Table(title=f"{folder}: a {found.kind} folder, whole", title_justify="left")
    table.add_column("checked")
    table.add_column("found")
    rows = {
        "files": "as they were sealed",
        "stored rows scored again": f"{found.n_rows}, synthetic",
        "of them equal to several of the background's": str(found.n_shared),
        "largest difference of a PD": f"{found.largest_difference:.1e} (allowed {TOLERANCE:.0e})",
        "rows too close to a cut-off to be sure": close,
        "ids and protected columns": "none",
    }
    if found.kind == "model":
        del rows["rows too close to a cut-off to be sure"]
        del rows["of them equal to several of the background's"]
    for checked, result in rows.items():
        table.add_row(checked, result)
    console.print(table)
    console.print(f"Seal: {found.seal}", highlight=False, soft_wrap=True)
    for name, (was, present) in found.other_versions.items():
        console.print(f"Written with {name} {was}, checked with {present}.", highlight=False)
    for name in found.protected_features:
        console.print(
            f"{name} is a protected characteristic that the schema makes a feature.",
            highlight=False,
        )
