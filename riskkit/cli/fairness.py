"""`riskkit fairness`: how much more often the goods of one group are rejected than another's."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskkit.cli._options import AsJson, Table
from riskkit.cli.blame import Economics, Schema, Truth

if TYPE_CHECKING:
    from riskkit.decisions import FairPoint


def fairness(  # noqa: PLR0913 - one argument per option
    table: Table,
    *,
    groups: Annotated[str, typer.Option("--groups", help="Protected column, such as sex.")],
    schema: Schema = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="Measure its cut-off; without it, the past policy's rule."),
    ] = None,
    truth: Truth = None,
    economics: Economics = None,
    at_most: Annotated[
        float | None,
        typer.Option("--at-most", help="Limit on the gap, as 0.02: what would it cost?"),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option("--tolerance", help="Share of the best profit to give up for a smaller gap."),
    ] = 0.02,
    as_json: AsJson = False,
) -> None:
    """Measure false rejection gaps between groups, the price of closing them, and alternatives.

    Example: `riskkit fairness loans.parquet --policy policy/ --groups sex --at-most 0.02`
    """
    from dataclasses import asdict

    from riskkit.cli._blaming import fair, plain, reviews_said
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json, step
    from riskkit.cli._ground import Source, read_ground, untrained
    from riskkit.decisions import fair_frontier, less_discriminatory, price_of_gap
    from riskkit.errors import DataError
    from riskkit.reports import fair_choice_words, fairness_table, fairness_words

    if at_most is not None and policy is None:
        raise DataError("--at-most asks what a smaller gap would cost; that needs a --policy.")
    source = Source(table=table, schema=schema, policy=policy, truth=truth, economics=economics)
    with step(f"reading {table}"):
        ground, notes = untrained(read_ground(source))
    with step("measuring the gaps"):
        found = fair(ground, groups)
        notes += reviews_said(ground)
        price = best = None
        alternatives: tuple[FairPoint, ...] = ()
        if ground.pds is not None:
            frontier = fair_frontier(
                ground.history, {"this model": ground.pds}, by=groups, economics=ground.economics
            )
            best = price_of_gap(frontier, at_most=1.0).best
            price = None if at_most is None else price_of_gap(frontier, at_most=at_most)
            alternatives = less_discriminatory(frontier, tolerance=tolerance)
    if as_json:
        record = asdict(found) | {
            "most_profitable": None if best is None else asdict(best),
            "price": None
            if price is None
            else asdict(price) | {"profit_lost": price.profit_lost, "goods_lost": price.goods_lost},
            "less_discriminatory": [asdict(point) for point in alternatives],
            "notes": notes,
        }
        print_json(dict(plain(record)))  # type: ignore[call-overload]
        return
    console.print(fairness_table(found))
    for sentence in fairness_words(found):
        console.print(sentence, highlight=False)
    choice = [] if best is None else fair_choice_words(price, alternatives, best)
    for sentence in (*choice, *notes):
        console.print(sentence, highlight=False)
