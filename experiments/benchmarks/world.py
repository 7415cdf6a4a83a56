"""How fast a world is drawn, beside a Gaussian copula of as many columns.

Question
    How many applicants per second does riskkit draw on one core, with journeys, gates, arrears and
    outcomes, and how many rows does `copulas` GaussianMultivariate.sample? How much memory does it
    take to write ten million, and how much faster are two workers?
Command
    python experiments/benchmarks/world.py
    Installs copulas into an environment of its own, since it needs an older pandas, then takes
    about seven minutes.
Result
    results/world_speed.txt beside the other results.
"""

import cProfile
import json
import os
import pstats
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np
import pandas as pd

from riskkit.applicants.world import (
    BLOCK_ROWS,
    Choice,
    Levels,
    LogNormal,
    Share,
    WorldPlan,
    draw_blocks,
    preset,
)

RESULTS = Path(__file__).parents[1] / "results" / "world_speed.txt"
ENVIRONMENT = Path(tempfile.gettempdir()) / "riskkit-copulas"
ROUNDS, ROWS, FIT_ROWS, MANY = 5, 4 * BLOCK_ROWS, 3_000, 10_000_000
WRITES = 3  # rounds of writing ten million, one worker and two in turn
#: What the operating system reports are kibibytes.
KIB = 1024
#: Functions that make up a block, each in its module of riskkit/applicants/world.
STAGES = {
    ("people.py", "draw_people"): "people: normals, look-ups, states",
    ("journey.py", "draw_visits"): "visits: retries, returns, failures",
    ("block.py", "_draw_request"): "requests",
    ("block.py", "_gate_verdicts"): "gates",
    ("block.py", "_draw_fates"): "PDs, arrears, money, reactions",
    ("block.py", "_applications"): "the table of applications",
    ("block.py", "_truth"): "the table of the truth",
}
#: The family of copulas that is nearest to each of ours.
FAMILIES = {LogNormal: "GammaUnivariate", Share: "BetaUnivariate"}

CHILD = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
from copulas import univariate
from copulas.multivariate import GaussianMultivariate
table = pd.read_csv(sys.argv[1])
families = json.loads(sys.argv[2])
model = GaussianMultivariate(distribution={n: getattr(univariate, k) for n, k in families.items()})
model.fit(table)
started = time.perf_counter()
model.sample(int(sys.argv[3]))
print(json.dumps(time.perf_counter() - started))
"""
WRITE = """
import json, resource, sys, time
from pathlib import Path
from riskkit.applicants.world import preset, write_world
if __name__ == "__main__":
    many, folder, workers = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    started = time.perf_counter()
    write_world(preset("calm"), many, seed=1, folder=folder, workers=workers)
    seconds = time.perf_counter() - started
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    own, children = (resource.getrusage(who).ru_maxrss for who in whose)
    # The largest worker stands for each: all draw blocks of the same size.
    print(json.dumps([seconds, own + (workers - 1) * children]))
"""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def copulas_python() -> Path:
    """Return the interpreter of an environment with copulas, made where it is absent."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "ready").exists():
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        venv.create(ENVIRONMENT, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "copulas", "pandas<3"], check=True, stderr=subprocess.DEVNULL)
        (ENVIRONMENT / "ready").touch()
    return python


def families(plan: WorldPlan) -> dict[str, str]:
    """Return the nearest family of copulas for each drawn column."""
    return {
        name: FAMILIES.get(type(marginal), "GaussianUnivariate")
        for name, marginal in plan.spec.columns.items()
    }


def numbers(plan: WorldPlan) -> pd.DataFrame:
    """Return drawn columns as numbers, categories as their place, for copulas to fit."""
    block = next(draw_blocks(plan, FIT_ROWS, seed=1)).applications.to_pandas()
    table = {}
    for name, marginal in plan.spec.columns.items():
        column = block[name]
        is_levels = isinstance(marginal, Levels)
        values = column.cat.codes.astype(float) if is_levels else column.astype(float)
        noise = 1e-6 * np.arange(FIT_ROWS) if isinstance(marginal, Levels | Choice) else 0
        table[name] = values.fillna(values.median()) + noise
    return pd.DataFrame(table).clip(lower=1e-6)


def draw_seconds(plan: WorldPlan) -> float:
    """Draw blocks into memory, journeys and outcomes included [seconds]."""
    started = time.perf_counter()
    for block in draw_blocks(plan, ROWS, seed=2):
        assert block.truth.num_rows
    return time.perf_counter() - started


def shares_of_time(plan: WorldPlan) -> list[str]:
    """Return where the time goes, by stage of a block."""
    profile = cProfile.Profile()
    profile.runcall(draw_seconds, plan)
    spent = {
        (Path(file).name, function): cumulative
        for (file, _, function), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items()
    }
    whole = spent["block.py", "draw_block"]
    shares = {words: spent[place] / whole for place, words in STAGES.items()}
    shares["the rest"] = 1 - sum(shares.values())
    return [f"    {words:38} {share:4.0%}" for words, share in shares.items()]


def copulas_seconds(python: Path, table: Path, kinds: dict[str, str]) -> float:
    """Sample as many rows from a fitted Gaussian copula [seconds]."""
    done = subprocess.run(
        [str(python), "-c", CHILD, str(table), json.dumps(kinds), str(ROWS)],
        check=True, capture_output=True, text=True, env={**os.environ, **ONE_THREAD},
    )  # fmt: skip
    return float(json.loads(done.stdout))


def written(workers: int) -> tuple[float, float]:
    """Write ten million applicants; return seconds, and the memory of all processes [GB]."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "write.py"  # a file, since worker processes import it
        script.write_text(WRITE)
        arguments = [str(MANY), str(Path(folder) / "world"), str(workers)]
        done = subprocess.run(
            [sys.executable, str(script), *arguments], check=True, capture_output=True, text=True
        )
    seconds, kibibytes = json.loads(done.stdout)
    return seconds, kibibytes * KIB / 1e9


def main() -> None:
    """Print the result and keep it."""
    plan = WorldPlan.of(preset("calm"))
    rounds = [(written(1), written(2)) for _ in range(WRITES)]
    (alone, memory), (together, memory_of_two) = (
        tuple(statistics.median(values) for values in zip(*one, strict=True))
        for one in zip(*rounds, strict=True)
    )
    least, middle, most = sorted(one[0] / two[0] for one, two in rounds)
    python = copulas_python()
    nearest = families(plan)
    gaussian = dict.fromkeys(nearest, "GaussianUnivariate")
    times: dict[str, list[float]] = {"riskkit": [], "same": [], "gaussian": []}
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.csv"
        numbers(plan).to_csv(table, index=False)
        draw_seconds(plan)
        for _ in range(ROUNDS):
            times["riskkit"].append(draw_seconds(plan))
            times["same"].append(copulas_seconds(python, table, nearest))
            times["gaussian"].append(copulas_seconds(python, table, gaussian))
    ours, same, normal = (ROWS / statistics.median(seconds) for seconds in times.values())
    text = [
        f"{ROWS:,} rows in memory on one core, median of {ROUNDS} rounds, taken in turn",
        f"  riskkit: {ours:,.0f} rows a second, {len(nearest)} drawn columns and all that follows",
        *shares_of_time(plan),
        f"  copulas, nearest marginals it has: {same:,.0f} rows a second; riskkit "
        f"{ours / same:.1f} times as fast",
        f"  copulas, Gaussian marginals only: {normal:,.0f} rows a second; riskkit "
        f"{ours / normal:.1f} times as fast",
    ]
    text += [
        f"{MANY:,} applicants to Parquet, median of {WRITES} rounds, taken in turn",
        f"  one worker {alone:.0f} s, {memory:.2f} GB of memory",
        f"  two workers {together:.0f} s, {memory_of_two:.2f} GB; {middle:.2f} times as fast "
        f"({least:.2f} to {most:.2f})",
    ]
    print("\n".join(text))
    RESULTS.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
