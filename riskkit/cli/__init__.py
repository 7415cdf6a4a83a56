"""The command line: one module per command, heavy libraries loaded inside the command."""

import os
import sys
from typing import Annotated

import typer

from riskkit import __version__
from riskkit.cli._console import err
from riskkit.cli.amend import amend
from riskkit.cli.audit import audit
from riskkit.cli.blame import blame
from riskkit.cli.changes import changes
from riskkit.cli.compare import compare
from riskkit.cli.decide import decide
from riskkit.cli.demo import demo
from riskkit.cli.describe import describe
from riskkit.cli.explain import explain
from riskkit.cli.explore import explore
from riskkit.cli.fairness import fairness
from riskkit.cli.generate import generate
from riskkit.cli.promote import promote
from riskkit.cli.register import register
from riskkit.cli.report import report
from riskkit.cli.reproduce import reproduce
from riskkit.cli.runs import runs
from riskkit.cli.track import track
from riskkit.cli.train import train
from riskkit.cli.tune import tune
from riskkit.cli.verify import verify
from riskkit.errors import RiskkitError

app = typer.Typer(
    help="Credit risk and false rejections: PD models, cut-offs that hold, and reasons.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # an unexpected exception is our bug and keeps its traceback
    rich_markup_mode="markdown",
)
for command in (
    generate, describe, train, tune, amend, explore, decide, compare, explain, report, demo,
):  # fmt: skip
    app.command()(command)
for measure in (blame, fairness, changes):
    app.command()(measure)
for step in (verify, track, register, promote, runs, reproduce):  # in the life of a policy
    app.command()(step)
app.add_typer(audit, name="audit")


def main() -> None:
    """Run the command line: 0 when done, 2 on bad input, 3 where MLflow missed it, 1 on our bug."""
    # Two trainings at once on two cores otherwise wait for each other by spinning: 20 times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # here, where a full disk is caught, not when Python ends
    except RiskkitError as error:
        _refuse(str(error))
    except OSError as error:
        from riskkit._files import refused_by_disk

        if not refused_by_disk(error):
            raise
        _forget_output()
        where = f"{error.filename}: " if error.filename else ""
        _refuse(f"{where}{os.strerror(error.errno or 0)}. Make room or choose another place.")


def _forget_output() -> None:
    # What could not be written would be tried again when Python ends, which then ends with 120.
    real = sys.__stdout__
    if real is not None and sys.stdout is real:
        os.dup2(os.open(os.devnull, os.O_WRONLY), real.fileno())


def _refuse(said: str) -> None:
    err.print(f"Error: {said}", style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(2)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if wanted:
        typer.echo(f"riskkit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    del version
