"""What a policy answers about one application: the decision, the gate, the reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from riskkit._html import html_table
from riskkit.applicants import Applications, following
from riskkit.bundle.bundles import Bundle
from riskkit.bundle.replay import Logged
from riskkit.decisions import Decisions, decide
from riskkit.errors import DataError
from riskkit.explanations import (
    Catalogue,
    Movement,
    Reason,
    Recourse,
    Stability,
    Words,
    bootstrap_stability,
    find_recourse,
    gate_reason,
    new_levers,
    rank_groups,
    rank_reasons,
    refit_stability,
)
from riskkit.lending import Cause, passes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One application decided and explained, for support staff."""

    application_id: str  #: Whose.
    approved: bool  #: Whether every gate was passed.
    stopped_by: Cause | None  #: The first gate that failed; None where approved or reviewed.
    verdicts: tuple[tuple[Cause, bool], ...]  #: Every gate's own verdict, in order.
    pd: float  #: Probability of default [fraction].
    pd_cutoff: float  #: The applicant's own cut-off: approved if PD <= this [fraction].
    margin: float  #: Log-odds between PD and cut-off; negative where the score fails.
    summary: Words | None  #: What the customer hears about the gate; None where none stopped it.
    reasons: tuple[Reason, ...]  #: Strongest first; only where the score gate stopped it.
    review: bool = False  #: Whether a person is to look at it.

    def _repr_html_(self) -> str:
        undecided = "approved" if self.approved else "to be reviewed"
        title = undecided if self.stopped_by is None else f"stopped by the {self.stopped_by} gate"
        rows = [(r.factor["en"], f"{r.contribution:+.2f}", r.words["en"]) for r in self.reasons]
        return html_table(
            f"Application {self.application_id}: {title}",
            rows or [("PD", f"{self.pd:.4g}", f"cut-off {self.pd_cutoff:.4g}")],
            note="" if self.summary is None else self.summary["en"],
        )

    explored: bool = False  #: Whether it was approved at random.


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How often repeats give one applicant the same reasons."""

    n_repeats: int  #: How many there were.
    same_first: float  #: Share of them with the same strongest reason [fraction].
    same_set: float  #: Share of them with the same reasons [fraction].
    found_again: float  #: Share of the reasons that they name too, on average [fraction].
    stable: bool  #: Whether at least `STABLE` of the reasons are found again.


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an auditor sees of a rejection by the score, beyond its reasons."""

    base: float  #: Mean margin of the just-approved [log-odds of bad].
    totals: Mapping[str, float]  #: What each reason adds, none left out [log-odds of bad].
    backgrounds: Agreement  #: With backgrounds drawn again with replacement.
    refits: Agreement | None  #: With the scorer fitted again; None if it was not.
    stable: bool  #: Whether reasons last in all of these that were made.
    background: Mapping[str, Any]  #: Whom reasons compare with: definition, rows, hash, seed.
    model_hash: str  #: SHA-256 of the scorer's files [hexadecimal].


def answer(
    bundle: Bundle,
    applications: Applications,
    application_id: str,
    *,
    catalogue: Catalogue | None = None,
    logged: Logged | None = None,
) -> Answer:
    """Decide one application and say why.

    Reasons compare with the applicants just approved under the same policy. An application that
    another gate stopped hears of that gate only: a `system` stop is never a credit reason.

    Parameters
    ----------
    bundle : Bundle
        Policy, scorer and background.
    applications : Applications
        A table with the application.
    application_id : str
        Which.
    catalogue : Catalogue, optional
        Words for the reasons; without it, those of `new_catalogue`.
    logged : Logged, optional
        The decision as it was carried out, see `replay`: a review may have found no place in its
        day, and a rejection may have been approved at random.

    Returns
    -------
    Answer
        Decision, gate and reasons.

    Raises
    ------
    DataError
        If the id is not there, the table lacks what a gate or the scorer needs, or the catalogue
        lacks words.
    """
    row = applications.row_of(application_id)
    one = applications.take(np.array([row]))
    pd_ = bundle.scorer.predict_proba(one.features)[:, 1]
    decisions = decide(bundle.policy, pd_, one.table)
    cause: Cause | None = decisions.stopped_by[0] if logged is None else logged.stopped_by
    decision = decisions.decision[0] if logged is None else logged.decision
    return Answer(
        application_id=application_id,
        approved=decision == "approve",
        review=decision == "review",
        explored=logged is not None and logged.explored,
        stopped_by=cause,
        verdicts=tuple((gate, bool(passed[0])) for gate, passed in decisions.verdicts),
        pd=float(pd_[0]),
        pd_cutoff=float(decisions.pd_cutoff[0]),
        margin=float(decisions.margin[0]),
        summary=None if cause is None else gate_reason(cause, _factor(bundle, cause)),
        reasons=_reasons(bundle, one, catalogue) if cause == "score" else (),
    )


def audit_of(
    bundle: Bundle, applications: Applications, application_id: str, *, seed: int = 0
) -> Audit:
    """Return what an auditor sees of a rejection by the score: every reason, and how stable.

    Parameters
    ----------
    bundle : Bundle
        Policy, scorer and background.
    applications : Applications
        A table with the application.
    application_id : str
        Which.
    seed : int
        Draws the backgrounds that stability is measured with.

    Returns
    -------
    Audit
        Contributions, stability and background.

    Raises
    ------
    DataError
        If the id is not there, or the table lacks what the scorer needs.
    """
    one = applications.take(np.array([applications.row_of(application_id)]))
    explainer = bundle.explainer
    ranking = rank_groups(explainer.attribute(one.features), bundle.schema)
    drawn = bootstrap_stability(explainer, one.features, bundle.schema, seed=seed)
    backgrounds, refits = _agreement(drawn), None
    if bundle.refits:
        again = refit_stability(explainer, bundle.refits, one.features, bundle.schema)
        refits = _agreement(again)
    return Audit(
        base=explainer.base,
        totals=dict(zip(ranking.keys, ranking.totals[0].tolist(), strict=True)),
        backgrounds=backgrounds,
        refits=refits,
        stable=backgrounds.stable and (refits is None or refits.stable),
        background=bundle.evidence.get("background", {"rows": len(bundle.background)}),
        model_hash=bundle.policy.model_hash,
    )


def recourse_of(
    bundle: Bundle,
    applications: Applications,
    application_id: str,
    *,
    movements: Mapping[str, Movement] | None = None,
) -> Recourse:
    """Return the smallest changes that would turn a rejection by the score into an approval.

    Every suggestion is decided again by the whole policy, every gate included.

    Parameters
    ----------
    bundle : Bundle
        Policy, scorer and background.
    applications : Applications
        A table with the application.
    application_id : str
        Which.
    movements : mapping of str to Movement, optional
        Directions, bounds, steps and costs that the lender states.

    Returns
    -------
    Recourse
        Plans, or whether it is proved that there is none: so it is where another gate fails that
        no actionable feature moves.

    Raises
    ------
    DataError
        If the id is not there, its PD is not what stands in the way, or a movement is for a feature
        that is not actionable.
    """
    one = applications.take(np.array([applications.row_of(application_id)]))
    policy, schema = bundle.policy, bundle.schema
    movable = [name for name in schema.features if schema.columns[name].actionable]
    followers = following(schema.derived, movable)
    sources = {n for name in followers for n in (name, *schema.derived[name].columns)}
    beside = one.table[[n for n in sources if n in one.table and n not in one.features]]
    applicant = pd.concat([one.features, beside], axis="columns")

    def decided(features: pd.DataFrame) -> Decisions:
        pds = bundle.scorer.predict_proba(features)[:, 1]
        moved = [n for n in (*movable, *followers) if n in features]
        return decide(policy, pds, one.table.assign(**{n: features[n].to_numpy() for n in moved}))

    as_is = decided(applicant)
    cause = as_is.stopped_by[0]
    in_band = as_is.decision[0] == "review" and as_is.margin[0] < 0
    if cause != "score" and not in_band:
        undecided = "is approved" if as_is.approved[0] else "is to be reviewed"
        found = undecided if cause is None else f"was stopped by the {cause} gate"
        raise DataError(f"Recourse is for rejections by the score, but {application_id} {found}.")
    levers = new_levers(
        applicant, bundle.background, schema, gates=policy.gates, movements=movements
    )
    moving = {name for lever in levers for name in (lever.name, *lever.follows)}
    if any(not passes(g, one.table)[0] for g in policy.gates if g.column not in moving):
        return Recourse(plans=(), proved_none=True)
    return find_recourse(
        bundle.scorer,
        applicant,
        levers,
        pd_cutoff=float(as_is.pd_cutoff[0]),
        accepts=lambda features: bool(decided(features).approved[0]),
        derived=schema.derived,
    )


def _agreement(found: Stability) -> Agreement:
    return Agreement(
        n_repeats=found.n_repeats,
        same_first=float(found.same_first[0]),
        same_set=float(found.same_set[0]),
        found_again=float(found.found_again[0]),
        stable=bool(found.stable[0]),
    )


def _reasons(bundle: Bundle, one: Applications, catalogue: Catalogue | None) -> tuple[Reason, ...]:
    attribution = bundle.explainer.attribute(one.features)
    return rank_reasons(attribution, bundle.schema, catalogue=catalogue or bundle.catalogue)


def _factor(bundle: Bundle, cause: Cause) -> Words | None:
    # The label of the gate's column tells the customer what it asks; a recorded verdict does not.
    names = [gate.column for gate in bundle.policy.gates if gate.cause == cause]
    columns = bundle.schema.columns
    asked = [n for n in names if n in columns and columns[n].role not in {"verdict", "stopped_by"}]
    return columns[asked[0]].label if asked else None
