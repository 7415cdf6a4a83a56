"""`riskkit register`: a policy becomes a version under a name, with its evidence."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, TrackingUri


def register(
    policy: Annotated[Path, typer.Argument(help="What `riskkit tune` wrote.")],
    *,
    name: Annotated[str, typer.Option("--name", help="Under which name.")],
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Register a policy in MLflow as the challenger of a name, unless it is the champion already.

    Example: `riskkit register policy/ --name pay-later`
    """
    from dataclasses import asdict

    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json, step
    from riskkit.cli._versions import version_hashes, version_table
    from riskkit.tracking import CHAMPION, check_tracking
    from riskkit.tracking import register as registered

    check_tracking(tracking_uri)
    with step(f"registering {policy}"):
        version = registered(policy, name, uri=tracking_uri)
    if as_json:
        print_json({**asdict(version), "uri": version.uri})
        return
    console.print(version_table(version))
    for line in version_hashes(version):
        console.print(line, highlight=False, soft_wrap=True)
    if CHAMPION in version.aliases:
        console.print(
            f"{version.uri} holds this policy and is the champion already.", highlight=False
        )
        return
    console.print(
        f"Next: riskkit promote {name} --version {version.version}, then "
        f"mlflow models serve --env-manager local -m models:/{name}@champion",
        highlight=False,
        soft_wrap=True,
    )
