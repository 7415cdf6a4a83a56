"""`riskkit amend`: a policy changed by hand, signed and sealed again."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, Out, Overwrite


def amend(  # noqa: PLR0913 - one argument per option
    policy: Annotated[Path, typer.Argument(help="What `riskkit tune` wrote.")],
    edited: Annotated[
        Path | None, typer.Argument(help="A copy of its policy.yaml, edited.")
    ] = None,
    *,
    exploration: Annotated[
        Path | None,
        typer.Option(
            "--exploration",
            help="Approve at random as this plan says, a CSV of `riskkit explore --out`.",
        ),
    ] = None,
    author: Annotated[str, typer.Option("--author", help="Who answers for the change.")],
    note: Annotated[str, typer.Option("--note", help="The reason for the change.")],
    out: Out,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Change gates, cut-offs, review or random approvals by hand, and write the new policy.

    Copy policy/policy.yaml, edit the copy, and say who changed it and why. What was certified of
    the former cut-off is withdrawn where the change touches it.

    Example: `riskkit amend policy/ edited.yaml --author "Risk committee" --note "Review a band
    above the cut-off" --out policy-2/`

    With the random approvals of a plan: `riskkit amend policy/ --exploration exploration.csv
    --author "Risk committee" --note "Learn of the rejected" --out policy-2/`
    """
    from riskkit._files import new_folder
    from riskkit.bundle import (
        Signature,
        amend_policy,
        load_bundle,
        save_bundle,
        seal_hash,
        with_exploration,
    )
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json
    from riskkit.decisions import Policy
    from riskkit.errors import DataError

    if edited is None and exploration is None:
        raise DataError("Give an edited copy of policy.yaml, or --exploration with a plan.")
    bundle = load_bundle(policy)
    changed = bundle.policy if edited is None else Policy.read(edited)
    amended = amend_policy(
        bundle,
        changed if exploration is None else with_exploration(changed, exploration),
        Signature(author=author, note=note),
        parent=seal_hash(policy),
    )
    with new_folder(out, overwrite=overwrite) as draft:
        save_bundle(amended.bundle, draft)
    if as_json:
        record = {"changed": amended.changed, "keeps_certificates": amended.keeps_certificates}
        print_json(record | {"folder": str(out), "bundle_hash": seal_hash(out)})
        return
    colours = {"+": "green", "-": "red"}
    for line in amended.difference:
        console.print(line, style=colours.get(line[:1], "dim"), markup=False, highlight=False)
    if not amended.keeps_certificates:
        console.print(
            "Nothing is certified of this policy, and its reasons still compare with those just "
            "approved before the change; tune again to renew both.",
            highlight=False,
        )
    console.print(f"Written to {out}/", highlight=False)
    console.print(f"Next: riskkit compare {policy} {out} TABLE", highlight=False, soft_wrap=True)
