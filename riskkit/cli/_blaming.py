"""What `riskkit blame`, `fairness` and `changes` do: read a table, measure, return records."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from riskkit._checks import Flags, Floats
from riskkit.applicants import as_levels, hashed_fractions
from riskkit.cli._ground import Ground
from riskkit.decisions import (
    PAST_CUTOFF,
    Beliefs,
    Blame,
    Fairness,
    GateVerdicts,
    Journeys,
    Mix,
    PolicyEffect,
    blame_sums,
    estimated_blame,
    fairness,
    journeys_of,
    past_rule,
    policy_effects,
    policy_verdicts,
    recorded_verdicts,
    true_blame,
    values_of,
)
from riskkit.errors import DataError
from riskkit.lending import CAUSES
from riskkit.scores import BoostedScorer

#: The column that tells the journeys of one customer apart, where the user names none.
JOURNEY = "journey"
_FOLDS = 2


def journeys_in(ground: Ground, column: str | None) -> tuple[Journeys, str]:
    """Return the journeys of a table, and in words what makes one."""
    history = ground.history
    table = history.applications.table
    customer = ground.schema.the("customer")
    if column is not None and column not in table:
        raise DataError(
            f"--journey names column {column!r}, which the table does not have; it has "
            f"{', '.join(map(repr, table.columns))}."
        )
    name = column or (JOURNEY if JOURNEY in table and customer is not None else None)
    if name is None:
        alone = "Every application counts as a request of its own; --journey names the column "
        return journeys_of(None, len(history)), alone + "that attempts at one request share."
    keys = [name] if customer is None or customer == name else [customer, name]
    words = f"Applications with the same {' and '.join(keys)} are attempts at one request."
    return journeys_of(table[keys], len(history), history.applications.time), words


@dataclass(frozen=True, slots=True, kw_only=True)
class BlameOrder:
    """What `riskkit blame` was asked for."""

    journey: str | None = None
    by: str | None = None
    gamma: float | None = None


def blamed(ground: Ground, order: BlameOrder) -> tuple[dict[str, Blame], list[str]]:
    """Blame the gates, for everybody or by segment; return what is to be said of it, too."""
    history = ground.history
    table = history.applications.table
    journeys, words = journeys_in(ground, order.journey)
    recorded = recorded_verdicts(table, ground.schema, history.approved)
    computed = None
    if ground.truth is not None:
        recorded = _completed(recorded, ground.truth)
    if ground.bundle is not None:
        assert ground.pds is not None  # noqa: S101 - a bundle has a scorer
        computed = policy_verdicts(ground.bundle.policy, ground.pds, table, recorded)
    notes = [words]
    if ground.assumed_economics:
        notes.append("The worth of goods and bads is assumed; --economics says it.")
    if ground.seen_before and ground.truth is None:
        notes.append("The policy was tuned on this table, so its PDs are not used as evidence.")
    found = {}
    for name, rows in _parts(table, order.by).items():
        kept = rows[journeys.last][journeys.of_row]
        part = _Part(ground=ground, rows=kept, journeys=_within(journeys, kept))
        found[name] = _blame(
            part,
            recorded.take(kept),
            None if computed is None else computed.take(kept),
            order.gamma,
        )
    return found, notes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    ground: Ground
    rows: Flags
    journeys: Journeys


def _blame(
    part: _Part, recorded: GateVerdicts, computed: GateVerdicts | None, gamma: float | None
) -> Blame:
    ground = part.ground
    history = ground.history.take(part.rows)
    if ground.true_bad is not None:
        bad = ground.true_bad[part.rows]
        counted = recorded.overruled(history.approved) if computed is None else computed
        values = values_of(ground.worth, history.applications)
        return true_blame(blame_sums(counted, bad=bad, values=values, journeys=part.journeys))
    usable = ground.pds is not None and not ground.seen_before
    if gamma is not None and not usable:
        raise DataError(
            "--gamma says how far PDs may be wrong; it needs a --policy that was not tuned on this "
            "table."
        )
    pds = ground.pds[part.rows] if usable and ground.pds is not None else None
    return estimated_blame(
        history,
        recorded,
        economics=ground.worth,
        journeys=part.journeys,
        computed=computed,
        beliefs=Beliefs(pds=pds, gamma=gamma),
    )


def _completed(recorded: GateVerdicts, truth: pd.DataFrame) -> GateVerdicts:
    # A synthetic world knows every verdict, also those that nobody asked for.
    names = [f"truth_verdict_{gate}" for gate in CAUSES]
    if any(name not in truth for name in names):
        return recorded
    failed = np.column_stack([np.asarray(truth[name] == "failed") for name in names])
    return GateVerdicts(failed=failed, unknown=np.zeros_like(failed))


def _parts(table: pd.DataFrame, by: str | None) -> dict[str, Flags]:
    if by is None:
        return {"all": np.ones(len(table), dtype=bool)}
    if by not in table:
        raise DataError(
            f"--by names column {by!r}, which the table does not have; it has "
            f"{', '.join(map(repr, table.columns))}."
        )
    levels = as_levels(table[by]).fillna("(missing)")
    names = sorted(levels.unique())
    if len(names) > _MOST_SEGMENTS:
        raise DataError(
            f"--by must name a column with at most {_MOST_SEGMENTS} values, but {by!r} has "
            f"{len(names)}."
        )
    return {str(name): np.asarray(levels == name) for name in names}


_MOST_SEGMENTS = 20


def _within(journeys: Journeys, rows: Flags) -> Journeys:
    return journeys_of(
        pd.DataFrame({"journey": journeys.of_row[rows]}),
        int(rows.sum()),
        # The last attempt stays the last, whatever the order of the rows.
        np.isin(np.flatnonzero(rows), journeys.last).astype("datetime64[s]"),
    )


def fair(ground: Ground, groups: str) -> Fairness:
    """Measure the gaps between groups, under the policy or else under the past rule."""
    column = ground.schema.columns.get(groups)
    allowed = [*ground.schema.having("protected"), *ground.schema.having("segment")]
    if column is None or (groups not in allowed and not column.protected):
        raise DataError(
            f"--groups must name a column that the schema gives role protected or segment, but is "
            f"{groups!r}; there are {', '.join(map(repr, allowed)) or 'none'}."
        )
    history = ground.history
    if ground.true_bad is not None:
        everybody = np.ones(len(history), dtype=bool)
        history = replace(history, bad=ground.true_bad, matured=everybody)
    if ground.bundle is None:
        return fairness(history, past_rule(history), pd_cutoff=PAST_CUTOFF, by=groups)
    assert ground.pds is not None  # noqa: S101 - a bundle has a scorer
    policy = ground.bundle.policy
    if policy.by is not None:
        raise DataError(
            f"fairness measures one cut-off for all, but the policy has cut-offs by {policy.by!r}; "
            "leave --policy out to measure the past policy's rule."
        )
    return fairness(history, ground.pds, pd_cutoff=policy.pd_cutoff, by=groups)


def reviews_said(ground: Ground) -> list[str]:
    """Return how `fair` counts those whom the policy has reviewed, in words."""
    if ground.bundle is None or ground.bundle.policy.review_up_to is None:
        return []
    return [
        "The policy has applicants above its cut-off reviewed; they count as rejected here, as "
        "nobody knows whom reviewers would approve."
    ]


def changed(
    ground: Ground, dates: Sequence[str], *, hold: Sequence[str], months: int
) -> tuple[PolicyEffect, ...]:
    """Measure what dated changes did, the mix held fixed."""
    table = ground.history.applications.table
    bands = {}
    segments = []
    for name in hold:
        if name not in table:
            raise DataError(
                f"--hold names column {name!r}, which the table does not have; it has "
                f"{', '.join(map(repr, table.columns))}."
            )
        if pd.api.types.is_numeric_dtype(table[name]) and table[name].nunique() > _MOST_SEGMENTS:
            bands[name] = table[name].fillna(table[name].min() - 1).to_numpy(dtype=np.float64)
        else:
            segments.append(name)
    if ground.pds is not None:
        bands["PD"] = ground.pds
    if not bands:
        bands["chance of rejection"] = _chance_of_rejection(ground, dates)
    mix = Mix(bands=bands, segments=segments)
    return policy_effects(ground.history, dates, mix=mix, economics=ground.worth, months=months)


def _chance_of_rejection(ground: Ground, dates: Sequence[str]) -> Floats:
    # By the policy before the first change, learnt on one half of the customers and used on the
    # other, before and after alike: no row is scored by a model that saw it.
    history = ground.history
    time = history.applications.time
    chance = np.zeros(len(history))
    if time is None:
        return chance  # policy_effects says what is missing
    try:
        first = min(pd.Timestamp(date) for date in dates)
    except ValueError:
        return chance  # the same
    early = history.reached & (time < first.to_datetime64())
    fold = (hashed_fractions(history.applications.groups, "changes") * _FOLDS).astype(int)
    features = history.applications.features
    for number in range(_FOLDS):
        learn = early & (fold != number)
        rejected = ~history.approved[learn]
        if min(rejected.sum(), (~rejected).sum()) < _LEAST_TO_LEARN:
            return chance
        model = BoostedScorer(special=ground.schema.special, seed=0, n_jobs=1)
        model.fit(features[learn], rejected)
        chance[fold == number] = model.predict_proba(features[fold == number])[:, 1]
    return chance


_LEAST_TO_LEARN = 100


def plain(value: object) -> object:
    """Return records as JSON can hold them: infinite and missing numbers as null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.datetime64):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
