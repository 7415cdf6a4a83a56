"""`riskkit describe`: a first schema for a table, with what was found in every column."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from riskkit.cli._options import AsJson, Overwrite, Table

if TYPE_CHECKING:
    from rich.console import Console

    from riskkit.applicants import Inference, InferredColumn

_HEADER = """\
# Inferred by `riskkit describe` from {table}.
# Read it, edit it: every later command checks the table against it. The model uses features;
# `worse: higher` or `worse: lower` says in which direction one raises the PD; `special` lists
# codes that mean "missing because ...". A column that follows from others says so, and
# advice takes it along: `derived: {{formula: ratio, columns: [debt, income]}}`.
"""
_REASONS_HEADER = """\
# What customers are told about each reason; written by `riskkit describe` to be edited. `factor`
# names it, `advice` follows where the customer can change it; `levels` may hold words for values of
# categories, by column and value. `riskkit explain --reasons` takes it.
"""


def describe(  # noqa: PLR0913 - one option for each thing that only the user can say
    table: Table,
    *,
    outcome: Annotated[str | None, typer.Option(help="Column with the outcome.")] = None,
    bad_value: Annotated[str | None, typer.Option(help="Its value that means bad.")] = None,
    id_column: Annotated[
        str | None, typer.Option("--id", help="Column with the application id.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(help="Column that says who applies, if one can apply twice.")
    ] = None,
    time: Annotated[str | None, typer.Option(help="Column that says when they applied.")] = None,
    approved: Annotated[str | None, typer.Option(help="Column with the past decision.")] = None,
    approved_value: Annotated[
        str | None, typer.Option(help="Its value that means approved.")
    ] = None,
    amount: Annotated[str | None, typer.Option(help="Column with the amount applied for.")] = None,
    out: Annotated[Path | None, typer.Option(help="Schema to write, such as schema.yaml.")] = None,
    reasons: Annotated[
        Path | None,
        typer.Option(help="Reason catalogue to write, such as reasons.yaml: words to edit."),
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Infer a schema and say, column by column, what it was taken for and why.

    Shown are missing shares, codes that seem to mean "missing because ...", the bad rate, and
    columns that seem to know the outcome.

    Example: `riskkit describe loans.csv --outcome default --time applied_on --out schema.yaml`
    """
    from riskkit._files import check_vacant
    from riskkit.applicants import Given, infer_schema, read_table
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json, step
    from riskkit.errors import DataError

    for option, path in (("--out", out), ("--reasons", reasons)):
        if path is not None:
            if path.suffix not in {".yaml", ".yml"}:
                what = "schema" if option == "--out" else "reason catalogue"
                raise DataError(
                    f"{option} must end in .yaml, but is {path}: a {what} is written there."
                )
            check_vacant(path, overwrite=overwrite)
    given = Given(
        outcome=outcome,
        bad_value=bad_value,
        id=id_column,
        customer=customer,
        time=time,
        approved=approved,
        approved_value=approved_value,
        amount=amount,
    )
    with step(f"reading {escape(str(table))}"):
        applications = read_table(table)
    with step(f"looking at {applications.shape[1]} columns"):
        inference = infer_schema(applications, given)
    if out is not None:
        _write(inference, out, table=table, overwrite=overwrite)
    if reasons is not None:
        _write_reasons(inference, reasons, overwrite=overwrite)
    if as_json:
        print_json(_as_record(inference, table=table, out=out))
    else:
        _show(inference, console)
        _show_next(console, table=table, out=out)


def _write(inference: "Inference", out: Path, *, table: Path, overwrite: bool) -> None:
    from riskkit._files import new_file
    from riskkit._records import as_yaml

    with new_file(out, overwrite=overwrite) as draft:
        header = _HEADER.format(table=" ".join(table.name.split()))
        draft.write_text(header + as_yaml(inference.schema), encoding="utf-8")


def _write_reasons(inference: "Inference", reasons: Path, *, overwrite: bool) -> None:
    from riskkit._files import new_file
    from riskkit._records import as_yaml
    from riskkit.explanations import new_catalogue

    with new_file(reasons, overwrite=overwrite) as draft:
        text = _REASONS_HEADER + as_yaml(new_catalogue(inference.schema))
        draft.write_text(text, encoding="utf-8")


def _as_record(inference: "Inference", *, table: Path, out: Path | None) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "table": str(table),
        "rows": inference.n_rows,
        "known_outcomes": inference.n_known,
        "bad_rate": inference.bad_rate,
        "columns": [asdict(column) for column in inference.columns],
        "leaks": [column.name for column in inference.leaks],
        "questions": list(inference.questions),
        "problem": inference.problem,
        "schema": None if out is None else str(out),
    }


def _show(inference: "Inference", console: "Console") -> None:
    console.print(
        f"{inference.n_rows:,} rows, {len(inference.columns)} columns; outcome known for "
        f"{inference.n_known:,}, of whom {inference.bad_rate:.2%} bad",
        highlight=False,
    )
    _show_columns(inference, console)
    _show_codes(inference, console)
    if inference.leaks:
        console.print("[bold red]Suspected leaks, kept from the model (role ignore):[/bold red]")
        for column in inference.leaks:
            console.print(f"  [bold]{escape(column.name)}[/bold]: {escape(str(column.leak))}")
        console.print(
            "If one is known when someone applies, give it role feature and its kind in the schema."
        )
    for question in inference.questions:
        console.print(f"[bold]Question:[/bold] {escape(question)}")
    if inference.problem is not None:
        console.print(
            "[bold red]The table does not fit this schema yet:[/bold red] "
            f"{escape(inference.problem)}"
        )


def _show_columns(inference: "Inference", console: "Console") -> None:
    from rich import table as rich_table

    table = rich_table.Table(title="What each column was taken for", title_justify="left")
    table.add_column("column", overflow="fold", ratio=3)
    table.add_column("role", no_wrap=True)
    for heading in ("missing", "distinct", "AUC alone"):
        table.add_column(heading, justify="right")
    table.add_column("riskier")
    table.add_column("why", overflow="fold", ratio=5)
    for column in inference.columns:
        table.add_row(*map(escape, _cells(column)), style="red" if column.leak else None)
    console.print(table)
    console.print(
        "AUC alone: how well this column by itself tells bads from goods (0.50 not at all). "
        "Riskier: the direction seen in this table; only `worse` in the schema binds a model."
    )


def _cells(column: "InferredColumn") -> tuple[str, ...]:
    return (
        column.name,
        column.role if column.kind is None else f"{column.role}\n{column.kind}",
        f"{column.missing:.1%}" if column.missing else "",
        f"{column.n_distinct:,}",
        "" if column.auc is None or column.role == "bad" else f"{column.auc:.2f}",
        "" if column.riskier == "none" or column.role == "bad" else column.riskier,
        column.why,
    )


def _show_codes(inference: "Inference", console: "Console") -> None:
    suspected = [(column, code) for column in inference.columns for code in column.codes]
    if not suspected:
        return
    console.print(
        '[bold]Values that seem to mean "missing because ..."[/bold] (numbers stand under special '
        "in the schema; words stay levels of their own):"
    )
    for column, code in suspected:
        value = f"{code.value:.15g}" if isinstance(code.value, float) else repr(code.value)
        n_rows = round(code.share * inference.n_rows)
        console.print(
            f"  [bold]{escape(column.name)}[/bold] = {escape(value)} in {n_rows:,} rows: "
            f"{escape(code.why)}",
            highlight=False,
            soft_wrap=True,
        )


def _show_next(console: "Console", *, table: Path, out: Path | None) -> None:
    if out is None:
        console.print("Nothing was written; add --out schema.yaml to write the schema.")
        return
    console.print(f"Written to {out}. Read it, edit it, then:", markup=False, soft_wrap=True)
    console.print(
        f"  riskkit train {table} --schema {out} --model best --out model/",
        markup=False,
        soft_wrap=True,
    )
