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


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_every_figure_and_page_is_there(name):
    links = re.findall(r"\]\(([^)#:]+)\)", (README.parent / name).read_text(encoding="utf-8"))

    assert any(link.endswith(".png") for link in links)
    assert all((README.parent / link).exists() for link in links)


def test_both_languages_quote_the_same_numbers():
    tables = [
        re.findall(r"\d+\.\d+", "".join(re.findall(r"^\|.*%.*\|$", text, re.MULTILINE)[:2]))
        for name in ("README.md", "README.zh-CN.md")
        for text in [(README.parent / name).read_text(encoding="utf-8")]
    ]

    assert len(tables[0]) == 10
    assert tables[0] == tables[1]
