"""What `riskkit report` does: read, gather, render, write."""

import os
import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskkit._files import check_vacant, new_file
from riskkit.applicants import read_history
from riskkit.bundle import load_bundle
from riskkit.cli._console import counting, err, step
from riskkit.cli._console import out as console
from riskkit.errors import DataError
from riskkit.explanations import Catalogue, Language
from riskkit.reports import Lookup, new_report, render_report


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOrder:
    """What `riskkit report` was asked for."""

    table: Path
    policy: Path
    out: Path
    language: Language = "en"
    champion: Path | None = None
    with_applicants: Path | None = None
    plain_ids: bool = False
    reasons: Path | None = None
    overwrite: bool = False


def write_report(order: ReportOrder) -> dict[str, Any]:
    """Write the page and say what it holds."""
    if order.out.suffix != ".html":
        raise DataError(f"--out must end in .html, but is {order.out}.")
    if order.plain_ids and order.with_applicants is None:
        raise DataError("--plain-ids goes with --with-applicants, the ids to look up.")
    check_vacant(order.out, overwrite=order.overwrite)
    bundle = load_bundle(order.policy)
    champion = None if order.champion is None else load_bundle(order.champion)
    catalogue = None if order.reasons is None else Catalogue.read(order.reasons)
    lookup = _lookup(order)
    with step(f"reading {order.table}"):
        history = read_history(order.table, bundle.schema)
    n_explained = len(history) + (0 if lookup is None else len(lookup.ids))
    with counting("gathering the report", n_explained) as on_explained:
        report = new_report(
            bundle,
            history,
            table=order.table.name,
            champion=champion,
            lookup=lookup,
            catalogue=catalogue,
            on_explained=on_explained,
        )
    page = render_report(report, language=order.language)
    with new_file(order.out, overwrite=order.overwrite) as draft:
        draft.write_text(page, encoding="utf-8")
    return {
        "out": str(order.out),
        "bytes": len(page.encode()),
        "sections": list(report.sections),
        "stops": len(report.data["stops"]),
        "sample": report.page["sample"],
        "summary": [sentence["en"] for sentence in report.page["summary"]],
        "applicants": 0 if lookup is None else len(lookup.ids),
    }


def print_written(written: dict[str, Any]) -> None:
    """Print the summary and where the page is."""
    for sentence in written["summary"]:
        console.print(sentence, highlight=False, markup=False)
    size = f"{written['bytes'] / 1e6:.1f} MB"
    console.print(
        f"Written to {written['out']} ({size}, no network needed; sections: "
        f"{', '.join(written['sections'])}).",
        highlight=False,
        soft_wrap=True,
    )
    if written["applicants"]:
        console.print(
            f"It holds decisions and reasons of {written['applicants']:,} applicants: treat it as "
            "personal data.",
            style="yellow",
        )


def open_page(path: Path) -> None:
    """Open a page in the browser where there is a screen; say so where there is none."""
    if has_screen():
        webbrowser.open(path.absolute().as_uri())
    else:
        err.print(f"There is no screen here to open {path} on.", highlight=False)


def has_screen() -> bool:
    """Whether a browser window could be seen."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _lookup(order: ReportOrder) -> Lookup | None:
    path = order.with_applicants
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as text: {error}.") from None
    ids = [line.strip() for line in lines if line.strip()]
    if not ids:
        raise DataError(f"{path} must hold one application id a line, but holds none.")
    return Lookup(ids=tuple(dict.fromkeys(ids)), plain_ids=order.plain_ids)
