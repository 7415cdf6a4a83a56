"""What `riskkit explore` does: a ledger of past applicants, and the plan that follows."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.applicants import History, Split, new_split, read_history, sample_of
from riskkit.bundle import Bundle, kept_by_rules, load_bundle
from riskkit.decisions import (
    CertificateExploration,
    CertificateWish,
    ExplorationPlan,
    UniformExploration,
    Wish,
    edge_above,
    exploration_for_certificate,
    history_ledger,
    plan_exploration,
    tuning_plan,
)
from riskkit.errors import DataError
from riskkit.lending import parse_limit
from riskkit.reports import exploration_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploreOrder:
    """What `riskkit explore` was asked for."""

    table: Path
    policy: Path
    target: Literal["bad_rate", "false_rejection_rate"]
    width: float | None
    certificate: str | None
    cutoff: float | None
    applicants: int | None
    most: float
    gamma: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """What came of it."""

    plan: ExplorationPlan
    certificate: CertificateExploration | None  # where one was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tuning:
    # What `tune` would see of applicants at the score gate.
    share: float
    customers_per_row: float


def planned(order: ExploreOrder) -> Explored:
    """Plan it."""
    if (order.width is None) == (order.certificate is None):
        raise DataError("Give either --width, of an interval, or --certificate, that is to exist.")
    cutoff = order.cutoff
    if cutoff is not None and not 0 < cutoff <= 1:
        raise DataError(f"--cutoff must lie above 0 and at most at 1, but is {cutoff}.")
    bundle = load_bundle(order.policy)
    history = read_history(order.table, bundle.schema)
    history = history.take(kept_by_rules(history, bundle.schema))
    pds = bundle.scorer.predict_proba(history.applications.features)[:, 1]
    ledger = history_ledger(history, pds)
    edge = float(edge_above(np.array([bundle.policy.pd_cutoff if cutoff is None else cutoff]))[0])
    economics, tuning = bundle.policy.economics, _tuning(history, bundle)
    if order.width is not None:
        wish = Wish(
            cutoff=edge,
            target=order.target,
            width=order.width,
            n_future=order.applicants,
            share_tuned=tuning.share,
            most=order.most,
            gamma=order.gamma,
        )
        plan = plan_exploration(ledger, wish, economics=economics)
        return Explored(plan=plan, certificate=None)
    found = exploration_for_certificate(
        ledger,
        (grid := tuning_plan(history, pds).grid),
        CertificateWish(
            limit=parse_limit(order.certificate or ""),
            cutoff=_reached(grid.cutoffs, edge),
            n_future=order.applicants,
            share_tuned=tuning.share,
            customers_per_row=tuning.customers_per_row,
            most=order.most,
            gamma=order.gamma,
        ),
        economics=economics,
    )
    return Explored(plan=found.plan, certificate=found)


def explored_record(explored: Explored) -> dict[str, Any]:
    """Return a plan as plain data."""
    plan, found = explored.plan, explored.certificate
    record = {
        "pd_cutoff": plan.cutoff,
        "applicants": plan.n_applicants,
        "tuning_rows": plan.n_tuned,
        "gamma": plan.gamma,
        "explored": plan.n_explored,
        "price": plan.price,
        "confidence": plan.confidence,
        "widths": _finite(plan.widths),
        "widths_if_worse": _finite(plan.widths_if_worse),
        "uniform": {"as_many": _uniform(plan.as_many), "as_dear": _uniform(plan.as_dear)},
        "bands": exploration_frame(plan).to_dict("records"),
    }
    if found is None:
        return record
    return record | {
        "certificate": {
            "limit": str(found.limit),
            "estimated_bad_rate": found.bad_rate,
            "certified_from": found.n_certified,
            "wanted_chance": found.wanted,
            "chance": found.chance,
            "least": {
                "propensity": float(found.least.propensity.max()),
                "explored": found.least.n_explored,
                "price": found.least.price,
                "chance": found.chance_of_least,
            },
        }
    }


def _tuning(history: History, bundle: Bundle) -> _Tuning:
    rows = history.reached & history.matured
    tuning = rows & (sample_of(history.applications, _split(history, bundle)) == "tuning")
    if not tuning.any():
        raise DataError(
            "The table has no tuning rows at the score gate, on which intervals would be drawn; "
            "give more applications."
        )
    customers = pd.unique(history.applications.groups[tuning])
    return _Tuning(
        share=float(tuning.sum() / rows.sum()),
        customers_per_row=float(len(customers) / tuning.sum()),
    )


def _split(history: History, bundle: Bundle) -> Split:
    # The policy's own where it is of this table; later applications are split anew by training.
    split = bundle.split
    if split is not None and (sample_of(history.applications, split) == "tuning").any():
        return split
    return new_split(history)


def _reached(cutoffs: Floats, edge: float) -> float:
    reached = cutoffs[cutoffs <= edge]
    if not reached.size:
        raise DataError(f"The cut-off, a PD of {edge:.4g}, lies below all PDs of the table.")
    return float(reached[-1])


def _uniform(alike: UniformExploration | None) -> dict[str, Any] | None:
    if alike is None:
        return None
    return {
        "propensity": alike.propensity,
        "explored": alike.n_explored,
        "price": alike.price,
        "widths": _finite(alike.widths),
    }


def _finite(widths: dict[str, float] | None) -> dict[str, float | None] | None:
    if widths is None:
        return None
    return {rate: None if math.isinf(width) else width for rate, width in widths.items()}
