"""Commands of riskkit as processes of their own, on the committed sample."""

import json
import os
import subprocess
import sys
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "sample"
TABLE, SCHEMA = SAMPLE / "applications.parquet", SAMPLE / "schema.yaml"


def start(*words, **options):
    """Start a command of riskkit."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | options.pop("env", {})
    return subprocess.Popen(
        [sys.executable, "-m", "riskkit", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **options,
    )  # fmt: skip


def run(*words, **options):
    """Run a command of riskkit that goes well; return what it printed as JSON."""
    process = start(*words, "--json", **options)
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out)
