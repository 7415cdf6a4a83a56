"""From a model and a table to a policy with its evidence."""

import math
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit.applicants import History, Schema, content_hash, sample_of
from riskkit.bundle.bundles import Bundle
from riskkit.bundle.examples import (
    policy_example,
)
from riskkit.bundle.journal import (
    COUNTED,
    Attempt,
    counted,
    drawn_before,
    entries_of,
    joint_confidence,
)
from riskkit.bundle.models import Model
from riskkit.bundle.shapes import (
    PolicyShape,
    Sample,
    Shaped,
    review_record,
    segments_record,
    shape_policy,
)
from riskkit.decisions import (
    Certificate,
    Goal,
    Policy,
    TunedCutoff,
    TunedReview,
    TunedSegments,
    rates_at,
    recorded_gates,
)
from riskkit.errors import DataError, TooFewRowsError
from riskkit.explanations import (
    just_approved,
)
from riskkit.lending import passes
from riskkit.scores import scorer_hash

_N_BACKGROUND = 200
#: What a policy says of itself where the table does not show it to be as good as the past one.
KEEP = (
    "KEEP THE PAST POLICY: this cut-off is not shown to be no worse; it is written for comparison, "
    "not for use."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedPolicy:
    """A bundle together with the curve it was chosen from."""

    bundle: Bundle  #: What is saved.
    tuned: TunedCutoff  #: The cut-off, its curve and certificates.
    rejected: str | None  #: Id of a tuning applicant whom the score gate rejects, to look at.
    segments: TunedSegments | None = None  #: Cut-offs by segment, where asked for.
    review: TunedReview | None = None  #: The review band, where asked for.


def tune_policy(
    model: Model,
    history: History,
    goal: Goal,
    *,
    shape: PolicyShape | None = None,
    journal: Path | None = None,
) -> TunedPolicy:
    """Choose a policy's cut-off on the tuning rows of a table.

    Parameters
    ----------
    model : Model
        A trained model; rows that were its development sample are left out.
    history : History
        Past applications that match the model's schema.
    goal : Goal
        Objective, limits and economics.
    shape : PolicyShape, optional
        Cut-offs by segment and a review band; without it, one cut-off.
    journal : Path, optional
        Where certificates drawn from this sample before are written down, see `journal_of`; they
        are counted, and nothing is written.

    Returns
    -------
    TunedPolicy
        The bundle, and the cut-off with its curve.

    Raises
    ------
    DataError
        If the table has no tuning rows, its columns break their rules, segments or reviews cannot
        be had, or the journal cannot be read.
    InfeasibleCutoffError
        If no cut-off keeps to the limits.
    TooFewRowsError
        If the sample is too small to show it: how many rows it takes.
    """
    samples = sample_of(history.applications, model.split)
    _check_tuning_rows(samples)
    kept = kept_by_rules(history, model.schema)
    tuning, out_of_time, development = (
        _sample(model, history.take((samples == name) & kept))
        for name in ("tuning", "out_of_time", "development")
    )
    try:
        shaped = shape_policy(
            tuning, development, plan=model.plan, goal=goal, shape=shape or PolicyShape()
        )
    except TooFewRowsError as error:
        times = len(samples) / np.count_nonzero(samples == "tuning")
        raise TooFewRowsError(
            f"{error} These are counts of tuning rows; a table has about {times:.2g} times as many."
        ) from None
    tuned, scores = shaped.tuned, shaped.scores(tuning)
    table = content_hash(history.applications.table)
    attempt = Attempt(
        table=table, scorer=scorer_hash(model.scorer), goal=goal, shape=shape or PolicyShape()
    )
    drawn = drawn_from_sample(attempt, shaped, journal)
    background = _background(tuning.history, scores, tuned, seed=model.plan.seed)
    evidence = {
        "background": {
            "definition": "drawn from the 5 % of the approved with PDs closest below the cut-off",
            "rows": len(background),
            "hash": content_hash(background),
            "seed": model.plan.seed,
        },
        "data": {"hash": table, "rows": len(history), "latest": _latest(history)},
        "samples": {name: int(n) for name, n in sorted(Counter(samples).items())},
        "split": model.split.model_dump(mode="json"),
        "tuning": {
            "applicants_at_score_gate": tuned.n_applicants,
            "labelled": tuned.n_labelled,
            "labels": tuned.labels,
            "chosen": tuned.chosen,
            "incumbent": tuned.incumbent,
        },
        "certificates": [
            asdict(found) | {"for_everybody": tuned.covers_everybody(found.rate)}
            for found in tuned.certificates
        ],
        "certified_for": tuned.certified_for,
        "drawn_from_this_sample": drawn,
        "counted": COUNTED,
        "joint_confidence": joint_confidence(drawn),
        "shadow_prices": [asdict(price) for price in tuned.shadow_prices],
        "against_past_policy": None if tuned.comparison is None else asdict(tuned.comparison),
        "shown_no_worse_than_past_policy": tuned.shown_no_worse,
        "limits_shown_for_everybody": [str(limit) for limit in tuned.shown_limits],
        "recommendation": tuned.recommendation,
        "most_profitable_pd_cutoffs": tuned.most_profitable,
        "gamma": goal.gamma,
        "out_of_time": rates_at(
            out_of_time.history, shaped.scores(out_of_time), pd_cutoff=tuned.pd_cutoff, goal=goal
        ),
        "break_even_pd": goal.economics.break_even_pd(
            float(tuning.history.applications.amount.mean())
        ),
        "segments": None if shaped.segments is None else segments_record(shaped.segments),
        "review": None if shaped.review is None else review_record(shaped.review),
        "groups_left_out": tuned.left_out,
        "warnings": list(tuned.warnings),
        "knowledge": list(tuned.knowledge),
        "model": model.report,
    }
    policy = _policy(model, shaped)
    everybody = history.applications.take(samples == "tuning")
    bundle = Bundle(
        scorer=model.scorer,
        policy=policy,
        schema=model.schema,
        background=background,
        evidence=_plain(evidence),
        example=policy_example(
            everybody,
            (model.scorer, policy, model.schema),
            background=background,
            seed=model.plan.seed,
        ),
        refits=model.refits,
    )
    reviewed_up_to = shaped.cutoffs["review_up_to"] or tuned.pd_cutoff
    stopped = tuning.history.reached & (scores > reviewed_up_to)
    rejected = tuning.history.applications.ids[stopped]
    return TunedPolicy(
        bundle=bundle,
        tuned=tuned,
        rejected=str(rejected[0]) if rejected.size else None,
        segments=shaped.segments,
        review=shaped.review,
    )


def kept_by_rules(history: History, schema: Schema) -> NDArray[np.bool_]:
    """Return whom the lender's own rules do not stop: cut-offs are tuned on them.

    The others a new policy stops too, whatever its cut-off. A rule that was not evaluated stops
    nobody.

    Parameters
    ----------
    history : History
        Past applications.
    schema : Schema
        Of their table.

    Returns
    -------
    array of bool, shape (n_applicants,)
        Whether each is kept.
    """
    kept = np.ones(len(history), dtype=bool)
    for gate in recorded_gates(schema):
        if gate.cause == "policy":
            kept &= passes(gate, history.applications.table)
    return kept


def drawn_from_sample(
    attempt: Attempt, shaped: Shaped, journal: Path | None
) -> list[dict[str, Any]]:
    """Return every certificate drawn from a tuning sample: those before, and the new ones.

    Parameters
    ----------
    attempt : Attempt
        Which sample, and what was asked.
    shaped : Shaped
        With the new certificates, those of single segments among them.
    journal : Path or None
        Where those before are written down.

    Returns
    -------
    list of dict
        One for each; asking for the same again does not make it another.

    Raises
    ------
    DataError
        If the journal cannot be read.
    """
    before = (
        [] if journal is None else drawn_before(journal, table=attempt.table, scorer=attempt.scorer)
    )
    new = entries_of([*shaped.tuned.certificates, *_of_segments(shaped)], attempt)
    return counted([*before, *(entry for entry in new if entry not in before)])


def _latest(history: History) -> str | None:
    # When the youngest application was made: how old the evidence is.
    time = history.applications.time
    return None if time is None else str(np.datetime64(time.max(), "s"))


def _check_tuning_rows(samples: NDArray[np.object_]) -> None:
    counts = Counter(samples)
    if not counts["tuning"]:
        found = ", ".join(f"{n:,} {name}" for name, n in sorted(counts.items()))
        raise DataError(
            f"The table has no tuning rows of this model (found: {found}); cut-offs are tuned "
            "neither on the rows a model was developed on nor on those that only report. Give the "
            "whole table the model was trained on, or train again on a newer one."
        )


def _sample(model: Model, history: History) -> Sample:
    pds = model.scorer.predict_proba(history.applications.features)[:, 1]
    return Sample(history=history, pds=pds)


def _of_segments(shaped: Shaped) -> list[Certificate]:
    # The claims of single segments share one more delta.
    segments = shaped.segments
    if segments is None or not segments.claims:
        return []
    (found,) = shaped.tuned.certificates
    return [replace(found, method=f"{found.method}, each by itself")]


def _policy(model: Model, shaped: Shaped) -> Policy:
    tuned, goal = shaped.tuned, shaped.tuned.goal
    return Policy(
        created=datetime.now(UTC).replace(microsecond=0),
        note=_note(tuned),
        gates=recorded_gates(model.schema),
        **shaped.cutoffs,
        objective=goal.objective,
        limits=goal.limits,
        certified=" ".join(certificate.claim for certificate in tuned.certificates),
        economics=goal.economics,
        model_hash=scorer_hash(model.scorer),
    )


def _note(tuned: TunedCutoff) -> str:
    found = tuned.comparison
    broken = "; ".join(map(str, tuned.broken_before))
    advice = {
        "keep the past policy": KEEP,
        "weigh the two": "WEIGH THE TWO: this cut-off is not shown to be no worse than the past "
        f"policy by its objective, {tuned.goal.objective}, but that policy breaks {broken}.",
    }.get(tuned.recommendation, "")
    unseen = (
        f"Of all applicants it would approve {found.swap_in_rate:.1%} whom the past policy rejects "
        "and whose outcomes nobody has seen."
        if advice and found is not None and found.swap_in_rate and tuned.labels == "approved only"
        else ""
    )
    certified = (
        "Certified for those approved before only."
        if tuned.certified_for == "those approved before"
        else ""
    )
    return " ".join(filter(None, (advice, unseen, certified)))


def _background(
    tuning: History, pds: NDArray[np.float64], tuned: TunedCutoff, *, seed: int
) -> pd.DataFrame:
    reached = tuning.reached
    return just_approved(
        tuning.applications.features.loc[reached],
        pds=pds[reached],
        pd_cutoff=tuned.pd_cutoff,
        n=_N_BACKGROUND,
        seed=seed,
    ).reset_index(drop=True)


def _plain(value: Any) -> Any:
    # What JSON holds: a rate of which only bounds are known is null.
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
