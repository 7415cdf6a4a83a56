"""Whether the evidence beside a policy is enough to put the policy in force."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from riskkit.bundle.amending import DECISIVE
from riskkit.bundle.bundles import Bundle
from riskkit.lending import Limit


def evidence_problems(bundle: Bundle, *, max_age_days: float, now: datetime) -> tuple[str, ...]:
    """Return why a policy's evidence does not support putting it in force; nothing if it does.

    Parameters
    ----------
    bundle : Bundle
        Policy and evidence.
    max_age_days : float
        How old the youngest application of its data may be [days].
    now : datetime
        Today, with its time zone.

    Returns
    -------
    tuple of str
        A sentence each: evidence that is missing, stale, about the policy as it was before it was
        amended, or outside the policy's limits.

    """
    evidence = bundle.evidence
    return (
        *_about_another_cutoff(bundle),
        *_before_amendments(evidence),
        *_stale(evidence.get("data") or {}, max_age_days, now),
        *_of_limits(bundle.policy.limits, evidence),
        *_worse(evidence),
    )


def evidence_tags(bundle: Bundle) -> dict[str, str]:
    """Return what a registry shows of a policy's evidence.

    Parameters
    ----------
    bundle : Bundle
        Policy and evidence.

    Returns
    -------
    dict of str to str
        Words by name; what is not known is left out.
    """
    policy, evidence = bundle.policy, bundle.evidence
    data = evidence.get("data") or {}
    # Rates and confidence of the policy that it was would be read as its own.
    amended = _amended(evidence)
    later = {} if amended else evidence.get("out_of_time") or {}
    tags = {
        "tuned_at": policy.created.isoformat(),
        "objective": policy.objective,
        "limits": "; ".join(map(str, policy.limits)) or "none",
        "certified": policy.certified,
        "joint_confidence": None if amended else evidence.get("joint_confidence"),
        "labels": (evidence.get("tuning") or {}).get("labels"),
        "shown_no_worse_than_past_policy": evidence.get("shown_no_worse_than_past_policy"),
        "data_hash": data.get("hash"),
        "data_rows": data.get("rows"),
        "data_latest": data.get("latest"),
    } | {
        f"out_of_time_{rate}": later.get(rate)
        for rate in ("approval_rate", "bad_rate", "false_rejection_rate")
    }
    return {name: str(value) for name, value in tags.items() if value not in {None, ""}}


def _about_another_cutoff(bundle: Bundle) -> list[str]:
    chosen = (bundle.evidence.get("tuning") or {}).get("chosen") or {}
    cutoff = chosen.get("pd_cutoff")
    if cutoff is None:
        return ["Its evidence names no cut-off that was chosen."]
    if cutoff != bundle.policy.pd_cutoff:
        return [
            f"Its evidence is about the cut-off {cutoff:g}, but the policy has "
            f"{bundle.policy.pd_cutoff:g}."
        ]
    return []


def _before_amendments(evidence: Mapping[str, Any]) -> list[str]:
    names = _amended(evidence)
    return [f"Its evidence is from before it was amended ({', '.join(names)})."] if names else []


def _amended(evidence: Mapping[str, Any]) -> list[str]:
    """Return what was changed by hand since the evidence, of all that decides whom it approves."""
    changed = (set(change["changed"]) for change in evidence.get("amendments") or ())
    return sorted(DECISIVE.intersection(set().union(*changed)))


def _stale(data: Mapping[str, Any], max_age_days: float, now: datetime) -> list[str]:
    if data.get("latest") is None:
        return ["Its evidence does not say how old its data are."]
    latest = datetime.fromisoformat(data["latest"]).replace(tzinfo=UTC)
    age = (now - latest).total_seconds() / 86_400
    if age > max_age_days:
        return [
            f"Its data are stale: the youngest application is of {latest:%Y-%m-%d}, {age:.0f} days "
            f"ago; {max_age_days:.0f} are allowed."
        ]
    return []


def _of_limits(limits: tuple[Limit, ...], evidence: Mapping[str, Any]) -> list[str]:
    later = evidence.get("out_of_time")
    problems = [] if later else ["It has no evidence from out-of-time applicants."]
    chosen = (evidence.get("tuning") or {}).get("chosen") or {}
    kept_to = {price["limit"] for price in evidence.get("shadow_prices") or ()}
    for limit in limits:
        if limit.confidence is not None and not _is_certified(limit, evidence):
            problems.append(f"No certificate shows {limit}.")
        rate = (later or {}).get(limit.rate)
        estimated = chosen.get(limit.rate) is not None or str(limit) in kept_to
        if rate is None and limit.confidence is None and not estimated:
            problems.append(f"No estimate shows {limit}.")
        if rate is not None and limit.sign * (rate - limit.bound) > 0:
            problems.append(f"Out of time {limit.rate} is {rate:.4f}, outside the limit {limit}.")
    return problems


def _is_certified(limit: Limit, evidence: Mapping[str, Any]) -> bool:
    return any(
        found["rate"] == limit.rate
        and limit.sign * (found["cap"] - limit.bound) <= 0
        and found["confidence"] >= (limit.confidence or 0) - 1e-12
        for found in evidence.get("certificates") or ()
    )


def _worse(evidence: Mapping[str, Any]) -> list[str]:
    # What a change by hand withdrew is among what `_before_amendments` finds.
    if evidence.get("shown_no_worse_than_past_policy") is False:
        return ["It is not shown to be no worse than the past policy."]
    return []
