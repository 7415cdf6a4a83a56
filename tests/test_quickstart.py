"""experiments/quickstart.py"""

import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "experiments" / "quickstart.py"


def test_is_short_enough_to_paste():
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.slow
def test_walks_the_whole_road(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    runpy.run_path(str(SCRIPT))["main"]()

    said = capsys.readouterr().out
    assert said.startswith("With 90% confidence, at most 3% of applicants")
    assert (tmp_path / "quickstart" / "report.html").read_text(encoding="utf-8").startswith("<!DOC")
