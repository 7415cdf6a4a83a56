"""Who is stopped, by what, and for which reasons."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from riskkit.bundle import Bundle, explain_rejections, reason_frequencies
from riskkit.decisions import decide, values_of
from riskkit.explanations import Catalogue
from riskkit.lending import CAUSES
from riskkit.reports.page._plain import plain_number
from riskkit.reports.page._samples import Scored, groups_of

#: Reasons are counted on at most so many applications, drawn at random.
MAX_EXPLAINED = 20_000
_MAX_REASONS = 12


def gates_of(bundle: Bundle, sample: Scored) -> list[dict[str, Any]]:
    """Return for each gate whom it stops first, now and by the policy, and what that costs."""
    history = sample.history
    table = history.applications.table
    decisions = decide(bundle.policy, sample.pds, table)
    recorded = bundle.schema.the("stopped_by")
    past = None if recorded is None else table[recorded].to_numpy(dtype=object)
    lost = -values_of(bundle.policy, history.applications).good_if_stopped
    goods = 1 - sample.pds
    rows: list[dict[str, Any]] = []
    for cause in CAUSES:
        stopped = decisions.stopped_by == cause
        if not stopped.any() and (past is None or not (past == cause).any()):
            continue
        rows.append(
            {
                "cause": cause,
                "n": int(stopped.sum()),
                "share": plain_number(float(stopped.mean())),
                "goods": plain_number(float(goods[stopped].sum())),
                "lost": plain_number(float((goods * lost)[stopped].sum())),
                "past_n": None if past is None else int((past == cause).sum()),
            }
        )
    reviewed = decisions.decision == "review"
    if reviewed.any():
        rows.append(
            {
                "cause": "review",
                "n": int(reviewed.sum()),
                "share": plain_number(float(reviewed.mean())),
                "goods": plain_number(float(goods[reviewed].sum())),
                "lost": None,
                "past_n": None,
            }
        )
    return rows


def explained(
    bundle: Bundle, sample: Scored, *, on_explained: Callable[[int], object]
) -> pd.DataFrame:
    """Return the reasons of every rejection, of a random part where there are very many."""
    applications = sample.history.applications
    if len(applications) > MAX_EXPLAINED:
        rows = np.random.default_rng(0).choice(len(applications), MAX_EXPLAINED, replace=False)
        applications = applications.take(np.sort(rows))
    return explain_rejections(bundle, applications, on_explained=on_explained)


def reasons_of(
    rejections: pd.DataFrame, catalogue: Catalogue, segments: list[str]
) -> list[dict[str, Any]]:
    """Return how often each reason of the score gate is given: of all, then of each group."""
    by_score = rejections[rejections["stopped_by"] == "score"]
    if not len(by_score):
        return []
    found = [_counted(by_score, catalogue, segment=None, label=None)]
    for segment in segments:
        if segment in by_score:
            for label, rows in groups_of(by_score[segment]).items():
                part = by_score[rows]
                found.append(_counted(part, catalogue, segment=segment, label=label))
    return found


def _counted(
    rejections: pd.DataFrame, catalogue: Catalogue, *, segment: str | None, label: str | None
) -> dict[str, Any]:
    counts = reason_frequencies(rejections)
    counts = counts[counts["reason"].notna()].head(_MAX_REASONS)
    return {
        "segment": segment,
        "label": label,
        "n": len(rejections),
        "reasons": [
            {
                "key": row.reason,
                "words": catalogue.topic(str(row.reason)),
                "n": int(row.n_rejections),
                "first": int(row.n_first),
                "goods": plain_number(float(row.estimated_goods)),
            }
            for row in counts.itertuples()
        ],
    }
