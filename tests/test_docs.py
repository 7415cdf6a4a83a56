"""docs/: every block of commands on every page runs, from top to bottom."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
RUN = ("bash", "python")
SHOWN = ("text", "yaml")


def blocks_of(page):
    return re.findall(r"^```(\w*)[^\n]*\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)


def name_of(page):
    return str(page.relative_to(ROOT / "docs"))


@pytest.fixture(autouse=True)
def _mlflow_forgets():
    # A page may tell MLflow where to record, which would hold for all tests after it.
    yield
    if "mlflow" in sys.modules:
        sys.modules["mlflow"].set_tracking_uri(None)


@pytest.fixture
def shell(tmp_path):
    """Run commands as a reader would, in an empty folder."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    settings = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "LANG": "C.UTF-8"}

    def run(commands):
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", commands],
            cwd=tmp_path, env=settings, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"

    return run


@pytest.mark.slow
# MLflow's own use of SQLAlchemy, when it reads runs back.
@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")
@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(kind in RUN for kind, _ in blocks_of(page))], ids=name_of
)
def test_every_block_runs(page, shell, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}

    for kind, block in blocks_of(page):
        if kind == "bash":
            shell(block)
        elif kind == "python":
            exec(compile(block, name_of(page), "exec"), names)  # noqa: S102 - it is our own text


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_is_run_or_only_shown(page):
    assert {kind for kind, _ in blocks_of(page)} <= {*RUN, *SHOWN}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    snippets = re.findall(r'--8<-- "([^"]+)"', page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [name for name in snippets if not (ROOT / name).exists()] == []


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")

    assert [name_of(page) for page in PAGES if f": {name_of(page)}\n" not in navigation] == []


def test_every_result_is_shown():
    printed = (ROOT / "experiments/results").rglob("*.txt")
    results = [str(path.relative_to(ROOT)) for path in printed]
    shown = re.findall(r'--8<-- "([^"]+)"', (ROOT / "docs/results.md").read_text("utf-8"))

    assert len(results) > 20
    assert sorted(shown) == sorted(results)
