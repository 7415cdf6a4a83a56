"""`riskkit track`: record in MLflow what it missed."""

from pathlib import Path
from typing import Annotated

import typer

from riskkit.cli._options import AsJson, TrackingUri


def track(
    folder: Annotated[Path, typer.Argument(help="What `riskkit train` or `riskkit tune` wrote.")],
    *,
    tracking_uri: TrackingUri = None,
    as_json: AsJson = False,
) -> None:
    """Record a model or policy folder in MLflow, as train and tune do themselves.

    Example: `riskkit track model/ --tracking-uri http://127.0.0.1:5000`
    """
    from riskkit.bundle import verified
    from riskkit.cli._console import out as console
    from riskkit.cli._console import print_json, step
    from riskkit.tracking import check_tracking, log_folder, log_trials, tracked_run

    found = verified(folder)
    check_tracking(tracking_uri)
    name = "train" if found.kind == "model" else "tune"
    with step("tracking in MLflow"), tracked_run(name, uri=tracking_uri) as run:
        log_trials(run, folder)
        model_uri = log_folder(run, folder)
    record = {"folder": str(folder), "kind": found.kind, "run_id": run.id, "model_uri": model_uri}
    if as_json:
        print_json(record)
        return
    console.print(f"{folder}/ is MLflow run {run.id} at {run.uri}.", highlight=False)
    console.print(f"Load it with mlflow.pyfunc.load_model({model_uri!r}).", highlight=False)
