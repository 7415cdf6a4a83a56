"""Shows the numbered references of docstrings, which are reStructuredText, in Markdown."""

import re

import griffe


class References(griffe.Extension):
    """Turns ``[1]_`` into a raised number and the list of references into a numbered list."""

    def on_object(self, *, obj: griffe.Object, **kwargs: object) -> None:
        """Rewrite one docstring."""
        del kwargs
        if obj.docstring is not None and not obj.is_alias:
            obj.docstring.value = in_markdown(obj.docstring.value)


_SECTION = re.compile(
    r"^(Parameters|Returns|Yields|Raises|Attributes|Examples)\n-{3,}\n", re.MULTILINE
)
_REFERENCES = re.compile(
    r"^References\n-{3,}\n(.*?)(?=\n\n\w[\w ]*\n-{3,}\n|\Z)", re.MULTILINE | re.S
)


def in_markdown(text: str) -> str:
    """Return a docstring's text with its references in Markdown, at the end of its first part.

    Sections that the reader of docstrings does not know would end up inside the one before.
    """
    text = re.sub(r"\[(\d+)\]_", r"<sup>\1</sup>", text)
    found = _REFERENCES.search(text)
    if found is None:
        return text
    numbered = re.sub(r"\n\s+", " ", found[1])
    numbered = re.sub(r"^\.\. \[(\d+)\] ", r"\1. ", numbered, flags=re.MULTILINE)
    rest = text[: found.start()] + text[found.end() :].lstrip("\n")
    first = _SECTION.search(rest)
    place = len(rest) if first is None else first.start()
    return f"{rest[:place].rstrip()}\n\n**References**\n\n{numbered}\n\n{rest[place:]}"
