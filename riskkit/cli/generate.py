"""`riskkit generate`: synthetic applicants whose outcomes are all known."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, Overwrite, Seed

_WAYS = "Which world"
_ROWS = "How many"


def generate(  # noqa: PLR0913 - one argument per option
    *,
    applicants: Annotated[
        int,
        typer.Option("--applicants", min=1, help="How many applications.", rich_help_panel=_ROWS),
    ] = 100_000,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write.")] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="calm (the default), festival, tightening, selective or drift.",
            rich_help_panel=_WAYS,
        ),
    ] = None,
    spec: Annotated[
        Path | None,
        typer.Option(help="A world of your own, as in world.yaml.", rich_help_panel=_WAYS),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change an assumption, such as journey.exploration=0.1; may be repeated.",
            rich_help_panel=_WAYS,
        ),
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(
            help="A table of your own: draw applicants with its columns, at three dials of hidden "
            "selection; needs --schema.",
            rich_help_panel=_WAYS,
        ),
    ] = None,
    schema: Annotated[
        Path | None, typer.Option(help="Schema of the table.", rich_help_panel=_WAYS)
    ] = None,
    copies_real_rows: Annotated[
        bool,
        typer.Option(
            "--copies-real-rows",
            help="With --like: resample your rows, people in them and all.",
            rich_help_panel=_WAYS,
        ),
    ] = False,
    describe: Annotated[
        bool,
        typer.Option(
            "--describe",
            help="Tell the world in words; without --out, only that, with the rates of at most "
            "65,536 applications.",
        ),
    ] = False,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes; the rows do not depend on it.")
    ] = 1,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Draw applicants with known outcomes: applications, truth (kept apart) and a schema.

    Example: `riskkit generate --preset festival --applicants 5000 --seed 1 --out world/`
    """
    from riskkit.cli._console import print_json
    from riskkit.cli._generate import (
        BorrowOrder,
        GenerateOrder,
        borrow,
        draw,
        print_borrowed,
        print_drawn,
        world_of,
    )
    from riskkit.errors import DataError

    if like is not None:
        if preset or spec or settings or describe or workers > 1:
            raise DataError(
                "--like takes its world from the table; leave --preset, --spec, --set, --describe "
                "and --workers out."
            )
        if schema is None or out is None:
            raise DataError("--like needs --schema and --out; make a schema with riskkit describe.")
        borrowed = borrow(
            BorrowOrder(
                table=like, schema=schema, copies_real_rows=copies_real_rows,
                applicants=applicants, seed=seed, out=out, overwrite=overwrite,
            )
        )  # fmt: skip
        print_json(borrowed.record()) if as_json else print_borrowed(borrowed)
        return
    if schema is not None or copies_real_rows:
        raise DataError("--schema and --copies-real-rows go with --like.")
    if out is None and not describe:
        raise DataError("Say where to write with --out, or ask for --describe.")
    drawn = draw(
        GenerateOrder(
            world=world_of(preset, spec, settings or []), applicants=applicants, seed=seed,
            out=out, workers=workers, describe=describe, overwrite=overwrite,
        )
    )  # fmt: skip
    print_json(drawn.record()) if as_json else print_drawn(drawn)
