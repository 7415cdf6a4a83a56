"""Every rejection of a table explained at once, and how often each reason is given."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.applicants import Applications, feature_frame
from riskkit.bundle.policies import Bundle
from riskkit.decisions import decide
from riskkit.explanations import MAX_REASONS, Ranking, new_explainer, rank_groups

_BATCH_ROWS = 32_768
_PLACES = range(1, MAX_REASONS + 2)


def explain_rejections(
    bundle: Bundle, applications: Applications, *, on_explained: Callable[[int], object]
) -> pd.DataFrame:
    """Decide on every application and give the reasons of each that is stopped.

    Parameters
    ----------
    bundle : Bundle
        Policy, scorer and background.
    applications : Applications
        Any number of applications; they are explained in batches.
    on_explained : callable
        Told how many more applications are done, to show progress.

    Returns
    -------
    DataFrame
        One row per rejected application, not those to be reviewed: `application_id`, the table's
        segments, `stopped_by`, `pd` [fraction], `margin` [log-odds, negative where the score
        fails], and by place, only
        where the score gate stopped it, `reason_1` to `reason_5` and `contribution_1` to
        `contribution_5` [log-odds]; the fifth is inquiries.

    Raises
    ------
    DataError
        If the table lacks what a gate or the scorer needs.
    """
    pds = bundle.scorer.predict_proba(applications.features)[:, 1]
    decisions = decide(bundle.policy, pds, applications.table)
    rows = np.flatnonzero(decisions.decision == "reject")
    stopped = applications.take(rows)
    segments = [name for name in bundle.schema.having("segment") if name in stopped.table]
    frame = pd.DataFrame(
        {
            "application_id": stopped.ids,
            **{name: stopped.table[name].to_numpy() for name in segments},
            "stopped_by": decisions.stopped_by[rows],
            "pd": pds[rows],
            "margin": decisions.margin[rows],
        }
    )
    by_score = np.flatnonzero(frame["stopped_by"] == "score")
    reasons = np.full((len(frame), len(_PLACES)), None, dtype=object)
    contributions = np.full(reasons.shape, np.nan)
    on_explained(len(applications) - len(by_score))
    reasons[by_score], contributions[by_score] = _ranked(
        bundle, stopped.features.iloc[by_score], on_explained
    )
    for place in _PLACES:
        frame[f"reason_{place}"] = reasons[:, place - 1]
        frame[f"contribution_{place}"] = contributions[:, place - 1]
    return frame


def decided_with_reasons(bundle: Bundle, table: pd.DataFrame) -> pd.DataFrame:
    """Decide on rows that nobody is named in, and give the reasons of rejections by the score.

    Parameters
    ----------
    bundle : Bundle
        Policy, scorer and background.
    table : DataFrame
        One row per application: the features and what the gates compare, see `needed_columns`.

    Returns
    -------
    DataFrame
        One row per row of the table, numbered from 0: `pd` [fraction], `decision` ("approve",
        "review" or "reject"), `stopped_by` (None where not rejected) and `reason_1` to `reason_5`
        (None where there is none), as `explain_rejections` has them. By the rules only: as if every
        review found its place in the day, and before random approvals, which need an id.

    Raises
    ------
    DataError
        If the table lacks what a gate or the scorer needs.
    """
    table = table.reset_index(drop=True)
    features = feature_frame(table, bundle.schema)
    pds = bundle.scorer.predict_proba(features)[:, 1]
    decisions = decide(bundle.policy, pds, table)
    reasons = np.full((len(table), len(_PLACES)), None, dtype=object)
    by_score = np.flatnonzero(decisions.stopped_by == "score")
    reasons[by_score], _ = _ranked(bundle, features.iloc[by_score], lambda _: None)
    words = {"stopped_by": decisions.stopped_by} | {
        f"reason_{place}": reasons[:, place - 1] for place in _PLACES
    }
    return pd.DataFrame(
        {
            "pd": pds,
            "decision": decisions.decision,
            # As objects: None, which JSON and Spark call null, must not become NaN.
            **{name: pd.Series(values, dtype=object) for name, values in words.items()},
        }
    )


def reason_frequencies(rejections: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Return how often each reason is given, by gate, and how many goods are among those told.

    Parameters
    ----------
    rejections : DataFrame
        See `explain_rejections`.
    by : str, optional
        A segment of it, to count within.

    Returns
    -------
    DataFrame
        `stopped_by`, the segment if asked for, `reason` (None for gates other than the score),
        `n_rejections` that name it, `n_first` that name it first, and `estimated_goods`, the sum
        of 1 - PD over those that name it: an estimate that is as good as the PDs; most first.

    Examples
    --------
    >>> rejections = pd.DataFrame({
    ...     "stopped_by": ["score", "system"], "pd": [0.2, 0.1], "reason_1": ["income", None],
    ...     "reason_2": None, "reason_3": None, "reason_4": None, "reason_5": None,
    ... })
    >>> reason_frequencies(rejections)["estimated_goods"].tolist()
    [0.8, 0.9]
    """
    keys = ["stopped_by", *([] if by is None else [by])]
    parts = [
        rejections[[*keys, "pd"]].assign(
            reason=rejections[f"reason_{place}"].astype(object), first=place == 1
        )
        for place in _PLACES
    ]
    told = pd.concat(parts, ignore_index=True)
    kept = told["reason"].notna() | (told["first"] & (told["stopped_by"] != "score"))
    told = told.loc[kept]
    told = told.assign(
        reason=told["reason"].where(told["reason"].notna(), None), good=1 - told["pd"]
    )
    counts = told.groupby([*keys, "reason"], dropna=False, sort=True).agg(
        n_rejections=("good", "size"), n_first=("first", "sum"), estimated_goods=("good", "sum")
    )
    counts = counts.reset_index().sort_values(
        [*keys, "n_rejections"], ascending=[*[True] * len(keys), False], kind="stable"
    )
    counts["reason"] = counts["reason"].astype(object).where(counts["reason"].notna(), None)
    return counts.reset_index(drop=True)


def _ranked(
    bundle: Bundle, features: pd.DataFrame, on_explained: Callable[[int], object]
) -> tuple[np.ndarray, Floats]:
    # Keys and contributions by place, shape (n_applicants, n_places).
    reasons = np.full((len(features), len(_PLACES)), None, dtype=object)
    contributions = np.full(reasons.shape, np.nan)
    if not len(features):
        return reasons, contributions
    explainer = new_explainer(bundle.scorer, bundle.background)
    start = 0
    for attribution in explainer.in_batches(features, _BATCH_ROWS):
        ranking = rank_groups(attribution, bundle.schema)
        batch = slice(start, start + len(ranking.places))
        reasons[batch], contributions[batch] = _by_place(ranking)
        start = batch.stop
        on_explained(len(ranking.places))
    return reasons, contributions


def _by_place(ranking: Ranking) -> tuple[np.ndarray, Floats]:
    keys = np.array([*ranking.keys, None], dtype=object)  # place -1 is the last: none
    totals = np.take_along_axis(ranking.totals, np.maximum(ranking.places, 0), axis=1)
    return keys[ranking.places], np.where(ranking.places >= 0, totals, np.nan)
