"""What is certified of each segment by itself, at its share of delta."""

from dataclasses import replace

import numpy as np

from riskkit._checks import Flags, Floats
from riskkit.applicants import History
from riskkit.decisions._cases import Case, labels_of
from riskkit.decisions._certified import certificate_of
from riskkit.decisions.binomial import zero_default_sample_size
from riskkit.decisions.goals import Goal, TuningPlan, covers_everybody
from riskkit.decisions.grids import Grid
from riskkit.decisions.segment_path import SegmentPath, portfolio_limit
from riskkit.errors import InfeasibleCutoffError


def segment_claims(  # noqa: PLR0913, PLR0917 - one claim for each segment of one choice
    history: History,
    levels: Floats,
    names: np.ndarray,
    path: SegmentPath,
    plan: TuningPlan,
    goal: Goal,
    chosen: float,
) -> dict[str, str]:
    """Return a sentence for each segment: certified, or why not; none without a confidence."""
    limit = portfolio_limit(goal)
    if limit is None or limit.confidence is None or limit.rate != "bad_rate":
        return {}
    delta = (1 - limit.confidence) / len(path.segments)
    each = limit.model_copy(update={"confidence": 1 - delta})
    gate = history.reached & history.matured
    claims = {}
    for segment, shares in zip(path.segments, path.shares, strict=True):
        rows = gate & (names == segment)
        needed = zero_default_sample_size(limit.bound, delta)
        n_labelled = int((rows & history.labelled).sum())
        if n_labelled < needed:
            claims[segment] = (
                f"not certifiable: {n_labelled:,} applicants with an outcome, at least {needed:,} "
                "needed"
            )
            continue
        grid = Grid(cutoffs=path.grid.cutoffs, levels=shares)
        part = replace(plan, grid=grid)
        claims[segment] = _claim(history, levels, rows, part, replace(goal, limits=(each,)), chosen)
    return claims


def _claim(  # noqa: PLR0913, PLR0917 - one segment of one choice
    history: History, levels: Floats, rows: Flags, plan: TuningPlan, goal: Goal, chosen: float
) -> str:
    (limit,) = goal.limits
    sample = history.take(rows)
    labels, propensity = labels_of(sample)
    case = Case(
        sample=sample, pds=levels[rows], labels=labels, propensity=propensity, plan=plan, goal=goal
    )
    try:
        found = certificate_of(case, limit)
    except InfeasibleCutoffError:
        return f"not certifiable: too few applicants, or too many bads, to show {limit}"
    if found.cutoff < chosen:
        return f"not certifiable at this cut-off: shown for a stricter one only ({limit})"
    if chosen not in found.passed:  # the walk starts where enough are approved
        return f"not certifiable at this cut-off: too few are approved ({limit})"
    everybody = covers_everybody(limit.rate, labels=labels, gamma=goal.gamma)
    return f"certified{'' if everybody else ' for those approved before'}: {limit}"
