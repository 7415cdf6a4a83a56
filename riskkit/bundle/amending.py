"""A policy changed by hand: who changed what and why, and what is no longer certified of it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path
from typing import Any

from riskkit.bundle.bundles import Bundle
from riskkit.decisions import Exploration, Policy
from riskkit.errors import DataError

#: What decides whom the policy approves and what they are worth: certificates hold for these only.
DECISIVE = {
    "gates", "pd_cutoff", "review_up_to", "by", "segments", "review", "exploration", "economics"
}  # fmt: skip
#: Evidence that speaks of the policy as it was tuned, and what is left of it after such a change.
_ABOUT_WHOM_IT_APPROVES: dict[str, Any] = {
    "certificates": [], "certified_for": None, "joint_confidence": None,
    "limits_shown_for_everybody": [], "against_past_policy": None,
    "shown_no_worse_than_past_policy": None, "recommendation": None,
}  # fmt: skip
#: What every change writes anew.
_SIGNED = {"created", "author", "note", "certified"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who changes a policy, and why."""

    author: str  #: Who answers for it.
    note: str  #: The reason for the change.


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """A bundle with a changed policy."""

    bundle: Bundle  #: What is saved.
    changed: tuple[str, ...]  #: Keys of the policy that differ.
    difference: tuple[str, ...]  #: Lines of the two files that differ, as ``diff -u`` shows them.
    keeps_certificates: bool  #: Whether what was certified still holds.


def amend_policy(bundle: Bundle, policy: Policy, signature: Signature, *, parent: str) -> Amended:
    """Return a bundle with a policy that was edited by hand.

    Parameters
    ----------
    bundle : Bundle
        As it was tuned, or amended before.
    policy : Policy
        As it was edited.
    signature : Signature
        Who edited it, and why.
    parent : str
        Hash of the bundle that it was [hexadecimal].

    Returns
    -------
    Amended
        The new bundle: dated now, signed, with the change in its evidence. Where gates, cut-offs,
        review or random approvals changed, nothing is certified of it any more, and nothing
        compares it with the past policy.

    Raises
    ------
    DataError
        If author or note is empty, nothing changed, or the policy is another scorer's.
    """
    for name in ("author", "note"):
        if not getattr(signature, name).strip():
            raise DataError(f"{name} must say who changes a policy and why, but is empty.")
    old = bundle.policy
    if policy.model_hash != old.model_hash:
        raise DataError(
            "model_hash must stay as it is, for the cut-offs are those of its PDs; tune a policy "
            "for another scorer."
        )
    names = [name for name in Policy.model_fields if name not in _SIGNED]
    changed = tuple(name for name in names if getattr(policy, name) != getattr(old, name))
    if not changed:
        raise DataError("The edited policy says what the policy says already; change something.")
    keeps = not DECISIVE.intersection(changed)
    now = datetime.now(UTC).replace(microsecond=0)
    signed = {"created": now, "author": signature.author, "note": signature.note}
    new = policy.model_copy(update=signed | {"certified": old.certified if keeps else ""})
    record: dict[str, Any] = {
        "parent": parent,
        "at": now.isoformat(),
        "author": signature.author,
        "note": signature.note,
        "changed": list(changed),
    }
    evidence = dict(bundle.evidence)
    for name, nothing in _ABOUT_WHOM_IT_APPROVES.items():
        found = evidence.get(name, nothing)
        record[f"{name}_withdrawn"] = nothing if keeps else found
        evidence[name] = found if keeps else nothing
    evidence["amendments"] = [*evidence.get("amendments", []), record]
    before, after = old.text.splitlines(), new.text.splitlines()
    return Amended(
        bundle=replace(bundle, policy=new, evidence=evidence),
        changed=changed,
        difference=tuple(unified_diff(before, after, lineterm="", n=1))[2:],
        keeps_certificates=keeps,
    )


def with_exploration(policy: Policy, plan: Path) -> Policy:
    """Return a policy that approves at random as a plan says.

    Parameters
    ----------
    policy : Policy
        Any.
    plan : Path
        What ``riskkit explore --out`` wrote.

    Returns
    -------
    Policy
        The same with the bands of the plan; a seed that the policy has stays.

    Raises
    ------
    DataError
        If the plan cannot be read, or all its bands lie where the policy approves by its cut-off,
        or reviews.
    """
    seed = 0 if policy.exploration is None else policy.exploration.seed
    exploration = Exploration.read_plan(plan, seed=seed)
    decided_up_to, does = _before_rejections(policy)
    if exploration.reach <= decided_up_to:
        raise DataError(
            f"{plan} explores PDs up to {exploration.reach:.4g} only, but this policy {does} "
            f"up to {decided_up_to:.4g} anyway: nobody would be drawn. The plan is for the policy "
            "in force when it was made; draw in that one, or plan for a cut-off above this "
            "policy's (riskkit explore --cutoff)."
        )
    return policy.model_copy(update={"exploration": exploration})


def _before_rejections(policy: Policy) -> tuple[float, str]:
    # Up to which PD nobody is a would-be rejection, in whichever segment rejects first, and what
    # happens to them instead. Without a capacity for reviews nobody is reviewed.
    reviews = policy.review is not None and policy.review.capacity_per_day > 0
    ends = [
        ((own.review_up_to if reviews else None) or own.pd_cutoff, own.pd_cutoff)
        for own in policy.segments.values() or (policy,)
    ]
    end, cutoff = min(ends)
    return end, "approves or reviews" if end > cutoff else "approves"
