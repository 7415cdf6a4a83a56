"""The words of the report, in every language at once."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from riskkit._records import parse_yaml
from riskkit.explanations import LANGUAGES, Words


@cache
def catalogue() -> Mapping[str, Words]:
    """Return every word by its key."""
    source = files("riskkit.reports.page") / "words.yaml"
    words: dict[str, Words] = parse_yaml(source.read_text(encoding="utf-8"), source=str(source))
    return words


def say(key: str, **values: Any) -> Words:
    """Return a sentence with its numbers filled in; a value may itself be words."""
    return {
        language: catalogue()[key][language].format(
            **{name: _in(value, language) for name, value in values.items()}
        )
        for language in LANGUAGES
    }


def listed(items: Iterable[Words | str], *, by: str = "comma") -> Words:
    """Return words one after another, with each language's own mark between them."""
    found = list(items)
    marks = catalogue()[by]
    return {
        language: marks[language].join(str(_in(item, language)) for item in found)
        for language in LANGUAGES
    }


def marked(words: Words | str) -> Markup:
    """Return words as markup that shows one language at a time; texts from data are escaped."""
    if isinstance(words, str):
        return escape(words)
    if len(set(words.values())) == 1:
        return escape(next(iter(words.values())))
    return Markup("").join(
        Markup('<span lang="{}">{}</span>').format(language, words[language])
        for language in LANGUAGES
    )


def _in(value: Any, language: str) -> Any:
    return value[language] if isinstance(value, Mapping) else value
