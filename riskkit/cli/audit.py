"""`riskkit audit`: what the log of decisions, explanations and promotions shows of itself."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, TrackingUri

audit = typer.Typer(help="Check the log of decisions, explanations and promotions.")


@audit.callback()
def _audit() -> None:
    pass  # so that `verify` stays a word of its own


@audit.command()
def verify(
    log: Annotated[
        Path, typer.Argument(help="A log, such as policy.audit.jsonl, or a policy's folder.")
    ],
    *,
    head: Annotated[
        str | None,
        typer.Option("--head", help="A head that was recorded elsewhere, such as in MLflow."),
    ] = None,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Find edits made to the log before a head that was recorded elsewhere.

    Without --head, the one that MLflow holds of this log is taken, where --tracking-uri names it.

    Example: `riskkit audit verify policy.audit.jsonl --head 3f5a...`
    """
    from dataclasses import asdict

    from riskkit.audit import audit_log_of, check_chain
    from riskkit.cli._auditing import recorded_head
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json

    path = audit_log_of(log) if log.is_dir() else log
    if head is None and tracking_uri is not None:
        head = recorded_head(path, tracking_uri)
    chain = check_chain(path, head=head)
    if as_json:
        print_json({"log": str(path), **asdict(chain)})
        return
    said = [f"{chain.n:,} entries follow each other; the head is {chain.head}."]
    if chain.vouched is None:
        said.append(
            "That alone proves nothing: whoever can write the file could have written all of it "
            "anew. Give a --head that was recorded elsewhere."
        )
    else:
        said.append(
            f"Entries 1 to {chain.vouched:,} are those that were there when the head given was "
            "recorded: none was edited, taken out or put in."
        )
        if chain.vouched < chain.n:
            said.append(
                f"Nothing vouches for the {chain.n - chain.vouched:,} after it; a later head does."
            )
    if chain.unfinished:
        said.append(f"{chain.unfinished} bytes at the end are no whole entry.")
    for sentence in said:
        console.print(sentence, highlight=False)
