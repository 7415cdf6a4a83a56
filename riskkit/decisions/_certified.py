"""Which certificate a limit takes, by how outcomes are known."""

import numpy as np
from numpy.typing import NDArray

from riskkit.decisions._cases import Case, is_weighted
from riskkit.decisions.certificates import (
    Certificate,
    OutcomeSample,
    SelectedSample,
    certify_binomial,
)
from riskkit.decisions.grids import one_per_group
from riskkit.decisions.partial_certificates import certify_labelled, certify_sensitivity
from riskkit.decisions.propensity_certificates import (
    certify_inverse_propensity,
    certify_thinned,
)
from riskkit.decisions.robust_certificates import certify_doubly_robust
from riskkit.decisions.size_certificates import Sizes, certify_by_size
from riskkit.errors import DataError
from riskkit.lending import Limit

Rows = NDArray[np.intp]
_BY_MONEY = frozenset({"bad_amount_rate", "loss_rate"})


def certificate_of(case: Case, limit: Limit) -> Certificate:
    """Certify one limit on the tuning sample."""
    weighted = is_weighted(case.sample)
    if limit.rate in _BY_MONEY or (limit.rate == "bad_rate" and weighted):
        return _certified_by_size(case, limit)
    if weighted:
        raise DataError(
            f"limit {limit} cannot be certified on weighted rows: its test counts applicants. "
            "Leave its confidence out."
        )
    if limit.rate == "approval_rate":
        return _certified_approval(case, limit)
    if case.labels == "everybody":
        sample = _selected(case, "")
        outcomes = OutcomeSample(
            pds=sample.pds, bad=sample.bad, groups=sample.groups, population=sample.population
        )
        return certify_binomial(outcomes, grid=case.plan.grid, limit=limit)
    if case.labels == "explored":
        return _certified_explored(case, limit)
    if case.goal.gamma is None:
        return certify_labelled(
            _selected(case, "of the approved"), grid=case.plan.grid, limit=limit
        )
    if limit.rate != "bad_rate":
        raise DataError(
            f"limit {limit} cannot be certified for everybody where nobody was approved at random; "
            "leave its confidence out, or leave --gamma out to certify it for the approved."
        )
    sample = _selected(case, "")
    return certify_sensitivity(sample, grid=case.plan.grid, limit=limit, gamma=case.goal.gamma)


def _certified_explored(case: Case, limit: Limit) -> Certificate:
    plan = case.plan
    sample, q = _selected(case, ""), _smallest_propensity(case)
    if limit.rate == "bad_rate" and plan.certified_by == "doubly robust":
        return certify_doubly_robust(
            sample, expected=sample.pds, grid=plan.grid, limit=limit, smallest_propensity=q,
            seed=plan.seed,
        )  # fmt: skip
    thin = limit.rate == "bad_rate" and plan.certified_by == "thinning"
    certify = certify_thinned if thin else certify_inverse_propensity
    return certify(sample, grid=plan.grid, limit=limit, smallest_propensity=q, seed=plan.seed)


def _certified_approval(case: Case, limit: Limit) -> Certificate:
    # It takes no outcome, so that everybody at the gate is counted.
    sample = _selected(case, "")
    everybody = OutcomeSample(
        pds=sample.pds,
        bad=np.zeros(len(np.asarray(sample.pds))),
        groups=sample.groups,
        population=sample.population,
    )
    return certify_binomial(everybody, grid=case.plan.grid, limit=limit)


def _certified_by_size(case: Case, limit: Limit) -> Certificate:
    economics, plan, only_approved = case.goal.economics, case.plan, case.labels == "approved only"
    if only_approved and case.goal.gamma is not None and limit.rate == "bad_rate":
        raise DataError(
            f"limit {limit} cannot be certified under a gamma on weighted rows; leave --gamma out "
            "to certify it for the approved."
        )
    sample, rows = _selected_rows(case, "of the approved" if only_approved else "")
    if only_approved:
        seen = np.asarray(sample.approved, dtype=bool)
        rows = rows[seen]
        sample = SelectedSample(
            pds=np.asarray(sample.pds)[seen], approved=np.ones(len(rows)),
            bad=np.asarray(sample.bad)[seen], propensity=np.ones(len(rows)),
            groups=np.asarray(sample.groups)[seen],
            population=f"{sample.population} and whom the past policy approves too,",
        )  # fmt: skip
    return certify_by_size(
        sample,
        sizes=_sizes(case, limit, rows),
        grid=plan.grid,
        limit=limit,
        seed=plan.seed,
        smallest_propensity=_smallest_propensity(case) if case.labels == "explored" else 1.0,
        severity=economics.lgd * economics.ead,
    )


def _sizes(case: Case, limit: Limit, rows: Rows) -> Sizes:
    weights = _weights(case, rows)
    if limit.rate == "bad_rate":
        return weights
    largest, typical = case.goal.economics.amount_max, case.plan.typical_amount
    if largest is None:
        raise DataError(
            f"A certificate of {limit} needs amount_max in the economics: the largest amount that "
            "the product grants, as a rule fixed beforehand."
        )
    if typical is None:
        raise DataError("The plan lacks the typical amount of development applicants; train again.")
    amounts = case.sample.applications.amount[rows]
    if not is_weighted(case.sample):
        return Sizes(each=amounts, largest=largest, typical=min(typical, largest))
    return Sizes(
        each=np.asarray(weights.each) * amounts,
        largest=weights.largest * largest,
        typical=weights.typical * min(typical, largest),
        name="weighted amount",
    )


def _weights(case: Case, rows: Rows) -> Sizes:
    plan, weight = case.plan, case.sample.weight
    if weight is None or not is_weighted(case.sample):
        return Sizes(each=np.ones(len(rows)), largest=1.0, typical=1.0, name="weight")
    if plan.largest_weight is None:
        raise DataError(
            "The plan lacks the largest weight, for the development sample had no weights; train "
            "on a table that has them."
        )
    return Sizes(
        each=weight[rows],
        largest=plan.largest_weight,
        typical=min(plan.typical_weight, plan.largest_weight),
        name="weight",
    )


def _selected(case: Case, among: str) -> SelectedSample:
    return _selected_rows(case, among)[0]


def _selected_rows(case: Case, among: str) -> tuple[SelectedSample, Rows]:
    # One application per customer, drawn among those that the certificate counts.
    sample = case.sample
    candidates = np.flatnonzero(sample.labelled) if among else np.arange(len(sample))
    groups = sample.applications.groups
    once = one_per_group(groups[candidates], seed=case.plan.seed)
    rows = candidates[once]
    who = "applicants like those of the table who reach the score gate"
    if len(once) < len(candidates):
        who += " (one application each, drawn at random)"
    if among:  # the others follow, one each too: they count as not approved
        rest = np.setdiff1d(np.arange(len(sample)), candidates)
        rest = rest[~np.isin(groups[rest], groups[rows])]
        rows = np.concatenate([rows, rest[one_per_group(groups[rest], seed=case.plan.seed)]])
    return (
        SelectedSample(
            pds=case.pds[rows],
            approved=sample.labelled[rows] if among else sample.approved[rows],
            bad=sample.bad[rows],
            propensity=case.propensity[rows],
            groups=groups[rows],
            population=who,
        ),
        rows,
    )


def _smallest_propensity(case: Case) -> float:
    if case.plan.smallest_propensity is None:
        raise DataError(
            "The development sample recorded no random approvals, but the tuning sample does; "
            "train on a table that records them."
        )
    return case.plan.smallest_propensity
