"""Every rejection of a table explained at once, and how often each reason is given."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.applicants import Applications, Schema, as_history, feature_frame
from riskkit.bundle.bundles import Bundle
from riskkit.decisions import decide
from riskkit.errors import DataError
from riskkit.explanations import MAX_REASONS, Ranking, rank_groups

_BATCH_ROWS = 32_768
_TRUTH = "truth_bad"
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


def with_outcomes(
    rejections: pd.DataFrame,
    applications: Applications,
    schema: Schema,
    *,
    truth: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Add what is known of the outcomes of rejected applications, for `reason_frequencies`.

    Parameters
    ----------
    rejections : DataFrame
        See `explain_rejections`.
    applications : Applications
        The table that was explained.
    schema : Schema
        Of the table; outcomes of the past count where it has propensities too.
    truth : DataFrame, optional
        For synthetic applications, `truth_bad` of each by the schema's id column; without it the
        table's own `truth_bad`, if it has one.

    Returns
    -------
    DataFrame
        The same with `true_good` [0/1] where there is truth, and, where the table records
        propensities, `past_good` [0/1, missing where unknown] and `past_weight`, one over the
        propensity with which the past policy approved.

    Raises
    ------
    DataError
        If the truth lacks a column or an application, or outcomes or propensities break their
        rules.
    """
    rows = pd.Index(applications.ids).get_indexer(rejections["application_id"])
    found = rejections.copy()
    table = applications.table if truth is None else _true_rows(truth, applications, schema)
    if _TRUTH in table:
        found["true_good"] = 1 - table[_TRUTH].to_numpy(dtype=np.float64)[rows]
    needed = [n for n, column in schema.columns.items() if column.role != "ignore"]
    columns = set(applications.table.columns)
    if schema.the("propensity") is None or schema.the("bad") is None or not columns >= {*needed}:
        return found
    history = as_history(applications.table, schema)
    if history.propensity is None:
        return found
    known = history.labelled & (history.propensity > 0)
    good = np.where(known, 1 - history.bad, np.nan)
    weight = np.divide(1.0, history.propensity, out=np.full(len(known), np.nan), where=known)
    return found.assign(past_good=good[rows], past_weight=weight[rows])


def _true_rows(truth: pd.DataFrame, applications: Applications, schema: Schema) -> pd.DataFrame:
    id_ = schema.need("id")
    absent = [name for name in (id_, _TRUTH) if name not in truth]
    if absent:
        raise DataError(f"truth must have the columns {id_} and {_TRUTH}, but lacks {absent[0]}.")
    by_id = truth.assign(**{id_: truth[id_].astype("str")}).set_index(id_)
    missing = ~np.isin(applications.ids, by_id.index)
    if missing.any() or not by_id.index.is_unique:
        raise DataError(
            f"truth must have each application once, but lacks {missing.sum()} of "
            f"{len(missing)} and repeats {by_id.index.duplicated().sum()}."
        )
    return by_id.loc[applications.ids]


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
        `n_rejections` that name it, `n_first` that name it first, and how many goods are among
        them, most first: `estimated_goods`, the sum of 1 - PD, which is as good as the PDs; after
        `with_outcomes` also `corrected_goods`, the share of goods among those of them with an
        outcome, each weighted by one over its propensity, times their number (missing where none
        has an outcome), and `true_goods`, a count.

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
    known = [name for name in ("true_good", "past_good", "past_weight") if name in rejections]
    parts = [
        rejections[[*keys, "pd", *known]].assign(
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
    groups = told.assign(
        weighted=told["past_good"] * told["past_weight"] if "past_good" in told else np.nan
    ).groupby([*keys, "reason"], dropna=False, sort=True)
    counts = groups.agg(
        n_rejections=("good", "size"), n_first=("first", "sum"), estimated_goods=("good", "sum")
    )
    if "past_weight" in told:
        share = groups["weighted"].sum() / groups["past_weight"].sum().replace(0, np.nan)
        counts["corrected_goods"] = share * counts["n_rejections"]
    if "true_good" in told:
        counts["true_goods"] = groups["true_good"].sum()
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
    start = 0
    for attribution in bundle.explainer.in_batches(features, _BATCH_ROWS):
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
