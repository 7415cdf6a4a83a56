"""Small tables in HTML, for notebooks: every text in them is escaped."""

from collections.abc import Iterable, Sequence
from html import escape


def html_table(
    title: str, rows: Iterable[Sequence[object]], *, header: Sequence[str] = (), note: str = ""
) -> str:
    """Return a table whose first column names the rows."""
    head = "".join(f"<th>{escape(text)}</th>" for text in header)
    body = "".join(
        f"<tr><th style='text-align:left'>{escape(str(first))}</th>"
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
        + "</tr>"
        for first, *cells in rows
    )
    top = f"<thead><tr>{head}</tr></thead>" if head else ""
    below = f"<p>{escape(note)}</p>" if note else ""
    return f"<table><caption>{escape(title)}</caption>{top}<tbody>{body}</tbody></table>{below}"
