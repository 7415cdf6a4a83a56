"""Cut-offs by segment and the review band, in tables and words."""

import math
from typing import Any

from rich import box

from riskkit._tables import Table
from riskkit.decisions import WORTH_IT, TunedReview, TunedSegments
from riskkit.reports.tables import percent


def segments_table(found: TunedSegments) -> Table:
    """Return what each segment gets, beside what one cut-off would give it.

    Parameters
    ----------
    found : TunedSegments
        What was tuned.

    Returns
    -------
    Table
        Two rows per segment and two for all: by its own cut-off, then by one for all.
    """
    by = found.path.by
    table = Table(title=f"By {by}, and by one cut-off for all", title_justify="left",
                  box=box.SIMPLE_HEAD)  # fmt: skip
    headings = (by, "applicants", "PD cut-off", "approved", "bad rate", "false rejections",
                "profit", "PDs off by")  # fmt: skip
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    offsets = dict(
        zip((group[0] for group in found.offsets.groups), found.offsets.shrunk, strict=True)
    )
    for row in found.table.to_dict("records"):
        name = str(row["segment"])
        off = f"{offsets[name]:+.2f}" if name in offsets else ""
        heavy = "bold" if name == "all" else ""
        table.add_row(name, f"{row['applicants']:,}", *_cells(row, ""), off, style=heavy)
        if found.one is not None:
            table.add_row("  one", "", *_cells(row, "one_"), "", style="dim")
    return table


def segments_words(found: TunedSegments) -> list[tuple[str, str]]:
    """Return which case the segments are, what that gains, and what is certified of each.

    Parameters
    ----------
    found : TunedSegments
        What was tuned.

    Returns
    -------
    list of (str, str)
        Sentences, each with a style of the console.
    """
    words = [_case(found), (_bound(found), "")]
    if found.one is None:
        words.append(("No single cut-off reaches this goal; segments do.", ""))
    if found.unseen:
        names = ", ".join(f"{name} ({n:,})" for name, n in found.unseen.items())
        words.append(
            (
                f"Without a cut-off of their own, since the path was fixed without them: {names}. "
                "They count as not approved here; when deciding, they go to review.",
                "yellow",
            )
        )
    if found.claims:
        words.append(
            (
                f"By {found.path.by}, all claims together at the same confidence once more: "
                + "; ".join(f"{name}: {claim}" for name, claim in found.claims.items())
                + ".",
                "",
            )
        )
    return words


def review_table(found: TunedReview) -> Table:
    """Return the review band beside the best single cut-off.

    Parameters
    ----------
    found : TunedReview
        What was tuned.

    Returns
    -------
    Table
        One row each, by smoothed PDs.
    """
    table = Table(
        title="With and without reviews, profit over stopping everybody", title_justify="left",
        box=box.SIMPLE_HEAD,
    )  # fmt: skip
    headings = ("", "approve up to", "review up to", "reviewed", "approved", "bad rate",
                "false rejections", "profit")  # fmt: skip
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    for name, band in (("one cut-off", found.one), ("review band", found.band)):
        if band is None:
            continue  # the words say so
        table.add_row(
            name,
            _cutoff(band.pd_cutoff),
            _cutoff(band.review_up_to) if band.reviewed else "",
            _rate(band.reviewed),
            _rate(band.approval_rate),
            _fine_rate(band.bad_rate),
            _rate(band.false_rejection_rate),
            _money(band.profit),
        )
    return table


def review_words(found: TunedReview) -> list[tuple[str, str]]:
    """Return how much better than one cut-off the review band is, or why there is none.

    Parameters
    ----------
    found : TunedReview
        What was tuned.

    Returns
    -------
    list of (str, str)
        Sentences, each with a style of the console.
    """
    terms = found.terms
    if not found.has_band:
        why = (
            "there is no capacity for reviews"
            if not terms.capacity_per_day
            else "at their cost and errors none is better than one cut-off"
        )
        return [(f"No review band: {why}.", "")]
    return [
        (
            f"{_beside_one(found)}; {found.reviews_per_day:,.1f} reviews on a day with "
            f"{found.applicants_per_day:,.0f} applicants, of {terms.capacity_per_day:,}.",
            "",
        ),
        (
            f"Assumed of reviewers all over the band: {percent(terms.share_wrong_approved, 0)} of "
            f"the bads get approved, {percent(terms.share_wrong_rejected, 0)} of the goods "
            "rejected. What is finally approved is expected, not certified.",
            "",
        ),
    ]


def _beside_one(found: TunedReview) -> str:
    if found.goods_gain is None or found.profit_gain is None:
        return (
            "No single cut-off keeps to the goal by smoothed PDs, this review band does: it "
            f"approves {1000 * found.band.goods:,.1f} goods per 1,000 applications"
        )
    return (
        f"The review band approves {1000 * found.goods_gain:+,.1f} goods per 1,000 applications "
        f"beside one cut-off, for {1000 * found.profit_gain:+,.0f} profit, reviews paid for"
    )


def _case(found: TunedSegments) -> tuple[str, str]:
    gains, by = found.gains, found.path.by
    what = {"goods": "goods approved", "approval": "approvals", "profit": "profit"}
    of = what[found.tuned.goal.objective]
    gained = f"{percent(gains.of_segments)} more {of}"
    if found.case == "recalibrate":
        far = max(abs(found.offsets.raw.min()), abs(found.offsets.raw.max()))
        rest = gains.of_segments_alone
        more = f"; segments add {percent(rest)} to that" if rest >= WORTH_IT else ""
        return (
            f"PDs are off by {by} (up to {far:.2f} log-odds; chance alone: p = "
            f"{found.offsets.p_value:.2g}). Recalibrate by {by} first: one cut-off on PDs put "
            f"right gains {percent(gains.of_recalibration)} more {of}, and mends every number that "
            f"rests on them{more}. Until then cut-offs by {by} gain {gained}.",
            "yellow",
        )
    if found.case == "economics":
        return (
            f"PDs hold by {by}, but equal risks are worth different money: cut-offs by {by} gain "
            f"{gained} than one cut-off, which recalibration would not.",
            "green",
        )
    return (
        f"One cut-off is already the best: PDs hold by {by} and equal risks are worth the same; "
        f"cut-offs by {by} seem to gain {gained}, which chance explains. Leave --by out.",
        "yellow",
    )


def _bound(found: TunedSegments) -> str:
    optimum, by = found.optimum, found.path.by
    named = ", ".join(f"{name} {cutoff:.4f}" for name, cutoff in optimum.cutoffs.items())
    sure = (
        "no other choice is better"
        if optimum.exact
        else f"no choice is better by more than {percent(optimum.gap, 3)}"
    )
    return f"Best PD cut-offs by {by} on this sample, by smoothed PDs: {named} ({sure})."


def _cells(row: dict[Any, Any], prefix: str) -> list[str]:
    forms = {
        "pd_cutoff": _cutoff,
        "approval_rate": _rate,
        "bad_rate": _fine_rate,
        "false_rejection_rate": _rate,
        "profit": _money,
    }
    return [form(row[f"{prefix}{column}"]) for column, form in forms.items()]


def _cutoff(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"


def _rate(value: float) -> str:
    return "?" if math.isnan(value) else percent(value, 1)


def _fine_rate(value: float) -> str:
    return "?" if math.isnan(value) else percent(value)


def _money(value: float) -> str:
    return "?" if math.isnan(value) else f"{value:,.2f}"
