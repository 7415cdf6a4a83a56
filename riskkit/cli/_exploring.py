"""What `riskkit explore` does: a ledger of past applicants, and the plan that follows."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from riskkit.applicants import read_history
from riskkit.bundle import load_bundle
from riskkit.decisions import (
    ExplorationPlan,
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


def planned(order: ExploreOrder) -> ExplorationPlan:
    """Plan it."""
    if (order.width is None) == (order.certificate is None):
        raise DataError("Give either --width, of an interval, or --certificate, that is to exist.")
    cutoff = order.cutoff
    if cutoff is not None and not 0 < cutoff <= 1:
        raise DataError(f"--cutoff must lie above 0 and at most at 1, but is {cutoff}.")
    bundle = load_bundle(order.policy)
    history = read_history(order.table, bundle.schema)
    pds = bundle.scorer.predict_proba(history.applications.features)[:, 1]
    ledger = history_ledger(history, pds)
    edge = float(edge_above(np.array([bundle.policy.pd_cutoff if cutoff is None else cutoff]))[0])
    economics = bundle.policy.economics
    if order.width is not None:
        wish = Wish(
            cutoff=edge,
            target=order.target,
            width=order.width,
            n_future=order.applicants,
            most=order.most,
        )
        return plan_exploration(ledger, wish, economics=economics)
    assert order.certificate is not None  # noqa: S101 - one of the two is there
    grid = tuning_plan(history, pds).grid
    reached = grid.cutoffs[grid.cutoffs <= edge]
    if not reached.size:
        raise DataError(f"The cut-off, a PD of {edge:.4g}, lies below all PDs of the table.")
    return exploration_for_certificate(
        ledger,
        grid,
        parse_limit(order.certificate),
        economics=economics,
        n_future=order.applicants,
        cutoff=float(reached[-1]),
        most=order.most,
    )


def planned_record(plan: ExplorationPlan) -> dict[str, Any]:
    """Return a plan as plain data."""

    def finite(widths: dict[str, float]) -> dict[str, float | None]:
        return {rate: None if math.isinf(width) else width for rate, width in widths.items()}

    return {
        "pd_cutoff": plan.cutoff,
        "explored": plan.n_explored,
        "price": plan.price,
        "confidence": plan.confidence,
        "widths": finite(plan.widths),
        "uniform_widths": finite(plan.uniform_widths),
        "bands": exploration_frame(plan).to_dict("records"),
    }
