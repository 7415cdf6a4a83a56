"""README.md"""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.slow
def test_the_example_runs(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)

    exec(compile(example, str(README), "exec"), {})  # noqa: S102 - it is our own text

    assert capsys.readouterr().out.startswith("With 90% confidence, at most 5% of applicants")


def test_every_figure_is_there():
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8"))

    assert pictures
    assert all((README.parent / picture).is_file() for picture in pictures)
