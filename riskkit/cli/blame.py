"""`riskkit blame`: what each gate costs in good customers, what it saves, and the money between."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, Overwrite, Table

Schema = Annotated[
    Path | None, typer.Option("--schema", help="What the columns mean; else the policy's.")
]
Truth = Annotated[
    Path | None,
    typer.Option("--truth", help="Outcomes and verdicts of everybody, of a synthetic world."),
]
Economics = Annotated[
    Path | None,
    typer.Option("--economics", help="YAML with margin, lgd, churn, lifetime_value ..."),
]


def blame(  # noqa: PLR0913 - one argument per option
    table: Table,
    *,
    schema: Schema = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="Blame this policy's gates; without it, the past ones."),
    ] = None,
    truth: Truth = None,
    economics: Economics = None,
    by: Annotated[str | None, typer.Option("--by", help="Segment to blame each by itself.")] = None,
    journey: Annotated[
        str | None,
        typer.Option("--journey", help="Column that attempts at one request share; `journey`."),
    ] = None,
    gamma: Annotated[
        float | None,
        typer.Option(
            "--gamma",
            help="Odds of bad of those never approved are within this factor of the policy's PDs.",
        ),
    ] = None,
    figure: Annotated[Path | None, typer.Option("--figure", help="PNG to draw.")] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Say how many good customers each gate costs, what it saves, and how that is known.

    Example: `riskkit blame loans.parquet --schema schema.yaml --by channel`
    """
    from riskkit._files import check_vacant
    from riskkit.cli._blaming import BlameOrder, blamed, plain
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json, step
    from riskkit.cli._ground import Source, read_ground
    from riskkit.errors import DataError
    from riskkit.reports import blame_figure, blame_frame, blame_table, blame_words, save_figure

    if figure is not None:
        check_vacant(figure, overwrite=overwrite)
        if by is not None:
            raise DataError("--figure draws everybody together; leave --by out.")
    source = Source(table=table, schema=schema, policy=policy, truth=truth, economics=economics)
    with step(f"reading {table}"):
        ground = read_ground(source)
    with step("blaming the gates"):
        found, notes = blamed(ground, BlameOrder(journey=journey, by=by, gamma=gamma))
    if figure is not None:
        save_figure(blame_figure(found["all"]), figure, overwrite=overwrite)
    if as_json:
        gates = {
            name: {
                "requests": part.n_journeys,
                "goods": part.goods.point,
                "gates": blame_frame(part).to_dict("records"),
            }
            for name, part in found.items()
        }
        print_json({"by": by, "blame": plain(gates), "notes": notes})
        return
    for name, part in found.items():
        title = "Who blocks the good customers"
        console.print(blame_table(part, title=title if by is None else f"{title}: {by} {name}"))
    for sentence in (*blame_words(next(iter(found.values()))), *notes):
        console.print(sentence, highlight=False)
    if figure is not None:
        console.print(f"Drawn in {figure}", highlight=False)
