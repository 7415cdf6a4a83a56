"""`riskkit decide`: what a policy decides on every application of a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskkit.cli._options import AsJson, Overwrite, Table, TrackingUri

if TYPE_CHECKING:
    from riskkit.bundle import Decided, DecideOrder


def decide(  # noqa: PLR0913 - one argument per option
    table: Table,
    *,
    policy: Annotated[Path, typer.Option("--policy", help="What `riskkit tune` wrote.")],
    out: Annotated[Path, typer.Option("--out", help="Log of decisions to write, a .parquet.")],
    previous: Annotated[
        Path | None,
        typer.Option(
            "--previous",
            help="The policy before it: whom it blocked and this one approves is listed to be "
            "invited again.",
        ),
    ] = None,
    explore: Annotated[
        bool | None,
        typer.Option(
            "--explore/--no-explore",
            help="Approve would-be rejections at random, as the policy says; by default where it "
            "does.",
        ),
    ] = None,
    overwrite: Overwrite = False,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Decide on a table of any size, and list who is worth inviting again.

    The log holds each decision, every gate's verdict, the PD, the chance of approval, and hashes
    of the policy and of the inputs. A file beside it, such as decisions.reinvite.parquet, holds
    those whom only an outage stopped, and with --previous those whom the policy before was too
    strict with.

    Example: `riskkit decide today.csv --policy policy/ --out decisions.parquet`
    """
    from riskkit.applicants import table_batches
    from riskkit.bundle import (
        DecideOrder,
        Decider,
        decide_table,
        load_bundle,
        n_passes,
    )
    from riskkit.cli._auditing import audit_decisions
    from riskkit.cli._console import counting, print_json, step
    from riskkit.cli._console import out as console

    bundle = _as_asked(load_bundle(policy), explore, policy)
    order = DecideOrder(
        decider=Decider.of(bundle, policy),
        out=out,
        previous=None if previous is None else Decider.of(load_bundle(previous), previous),
        overwrite=overwrite,
    )
    with step(f"Opening {table}"):
        batches = table_batches(table)

    def log_first(decided: "Decided", draft: Path) -> None:
        audit_decisions(policy, table, order, (decided, draft), explore=explore, uri=tracking_uri)

    with counting("Deciding", batches.n_rows * n_passes(order)) as on_decided:
        decided = decide_table(order, batches, on_decided=on_decided, on_written=log_first)
    if as_json:
        print_json(_record(decided, order))
        return
    for found in _tables(decided):
        console.print(found)
    for line in _words(decided, order):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(f"Written to {order.out} and {order.reinvite}", highlight=False, soft_wrap=True)
    if decided.a_rejection is not None:
        console.print(
            f"Next: riskkit explain {table} --policy {policy} --id {decided.a_rejection} "
            f"--decisions {out}",
            soft_wrap=True,
            highlight=False,
        )


def _as_asked(bundle: Any, wanted: bool | None, folder: Path) -> Any:  # noqa: FBT001 - an option's value
    from dataclasses import replace

    from riskkit.errors import DataError

    if wanted and bundle.policy.exploration is None:
        raise DataError(
            f"--explore needs a policy with random approvals, but {folder}/policy.yaml has no "
            "exploration."
        )
    if wanted is False:
        return replace(bundle, policy=bundle.policy.model_copy(update={"exploration": None}))
    return bundle


def _record(decided: "Decided", order: "DecideOrder") -> dict[str, Any]:
    from dataclasses import asdict, fields

    counts = {field.name: getattr(decided, field.name) for field in fields(decided)}
    return counts | {
        "new_values": [asdict(values) for values in decided.new_values],
        "bundle_hash": order.decider.bundle_hash,
        "decided_at": order.decider.decided_at.isoformat(),
        "decisions_file": str(order.out),
        "reinvite_file": str(order.reinvite),
    }


def _tables(decided: "Decided") -> Any:
    from riskkit.reports import decided_table, reinvite_table

    yield decided_table(decided)
    if decided.reinvite:
        yield reinvite_table(decided)


def _words(decided: "Decided", order: "DecideOrder") -> Any:
    policy = order.decider.bundle.policy
    if decided.n_unseen:
        yield (
            f"{decided.n_unseen:,} applications are of a {policy.by} that the policy does not "
            "list: none of them is approved by its cut-off."
        )
    yield from map(str, decided.new_values)
    if decided.n_beyond_capacity:
        yield (
            f"{decided.n_beyond_capacity:,} reviews found no place in their day and were rejected."
        )
    if decided.n_explored:
        yield (
            f"{decided.n_explored:,} would-be rejections were approved at random; the log says "
            "whom, and with which chance."
        )
