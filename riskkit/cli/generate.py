"""`riskkit generate`: synthetic applicants whose outcomes are all known."""

from pathlib import Path
from typing import Annotated

import typer


def generate(
    *,
    applicants: Annotated[int, typer.Option(min=1, help="How many applicants to draw.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same rows.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Draw applicants with known outcomes: applications, truth (kept apart) and a schema.

    Example: `riskkit generate --applicants 5000 --seed 1 --out world/`
    """
    from rich.table import Table

    from riskkit._files import new_folder
    from riskkit.applicants.world import headline_rates, preset, write_world
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json, step

    with step(f"drawing {applicants:,} applicants"), new_folder(out, overwrite=overwrite) as folder:
        world = write_world(preset("calm"), n_applicants=applicants, seed=seed, folder=folder)
    rates = headline_rates(world)
    files = sorted(path.name for path in out.iterdir())
    if as_json:
        print_json({"folder": str(out), "files": files, "applicants": applicants, **rates})
        return
    table = Table("", "share", title=f"{applicants:,} synthetic applicants", title_justify="left")
    for name, share in rates.items():
        table.add_row(name.replace("_", " "), f"{share:.2%}")
    console.print(table)
    console.print(f"Written to {out}/: {', '.join(files)}")
    console.print(
        f"Next: riskkit train {out}/applications.parquet --schema {out}/schema.yaml "
        "--model best --out model/",
        soft_wrap=True,
    )
