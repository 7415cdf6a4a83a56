"""What each gate costs in good customers, and how unequally groups of them are rejected."""

from typing import Any

from riskkit.applicants import as_levels
from riskkit.bundle import Bundle
from riskkit.decisions import (
    Beliefs,
    GateBlame,
    Reading,
    estimated_blame,
    fairness,
    journeys_of,
    policy_verdicts,
    recorded_verdicts,
)
from riskkit.errors import RiskkitError, UndefinedRateError
from riskkit.explanations import Words
from riskkit.reports.page._plain import plain_number
from riskkit.reports.page._samples import MAX_GROUPS, Scored
from riskkit.reports.page._words import listed, say
from riskkit.reports.tables import percent

_READINGS = ("goods", "blocked_good_rate", "value_lost", "loss_saved", "net")
#: Attempts at one request share this column, as in `riskkit blame`.
_JOURNEY = "journey"


def blame_of(bundle: Bundle, sample: Scored, *, unseen: bool) -> list[dict[str, Any]]:
    """Return the blame of each gate of the policy, all together last.

    Empty where the table does not record who was approved and which gate stopped the others. PDs
    count as evidence only where the cut-off was not chosen on the same rows.
    """
    schema, history = bundle.schema, sample.history
    gates_recorded = schema.the("stopped_by") is not None or schema.having("verdict")
    if schema.the("approved") is None or not gates_recorded:
        return []
    table, customer = history.applications.table, schema.the("customer")
    keys = [customer, _JOURNEY] if customer is not None and _JOURNEY in table else None
    recorded = recorded_verdicts(table, schema, history.approved)
    found = estimated_blame(
        history,
        recorded,
        economics=bundle.policy,
        journeys=journeys_of(
            None if keys is None else table[keys], len(history), history.applications.time
        ),
        computed=policy_verdicts(bundle.policy, sample.pds, table, recorded),
        beliefs=Beliefs(pds=sample.pds, gamma=bundle.evidence["gamma"]) if unseen else Beliefs(),
    )
    return [_gate(gate) for gate in (*found.gates, found.total)]


def blame_or_refusal(
    bundle: Bundle, sample: Scored, *, unseen: bool
) -> tuple[list[dict[str, Any]], list[Words]]:
    """Return the blame of each gate, or none and a sentence why it cannot be told of this table."""
    try:
        return blame_of(bundle, sample, unseen=unseen), []
    except RiskkitError as error:  # rows that count differently, or no goods
        return [], [say("limit_blame", why=str(error))]


def fairness_of(bundle: Bundle, sample: Scored) -> list[dict[str, Any]]:
    """Return false rejection gaps by each protected column, or why there are none to tell.

    Empty where the schema has no protected column with a few groups, or segments have cut-offs of
    their own; `no_fairness` says so.
    """
    if bundle.policy.by is not None:
        return []
    at_gate = sample.at_gate()
    columns, table = bundle.schema.columns, at_gate.history.applications.table
    protected = [
        n for n, column in columns.items() if column.role == "protected" or column.protected
    ]
    return [
        {"by": name, **_gaps(bundle, at_gate, name)}
        for name in protected
        if name in table and 1 < as_levels(table[name]).nunique() <= MAX_GROUPS
    ]


def no_fairness(bundle: Bundle, found: list[dict[str, Any]]) -> list[Words]:
    """Return why the page tells no gap between groups, where it tells none."""
    if found:
        return []
    if bundle.policy.by is not None:
        return [say("limit_fairness_segments", by=bundle.policy.by)]
    return [say("limit_fairness_groups", most=MAX_GROUPS)]


def reading_cell(reading: dict[str, Any], *, is_rate: bool = False) -> tuple[str, Words | str]:
    """Return a number and its limits; of a bound without a model, the bounds alone."""

    def shown(value: float | None) -> str:
        if value is None or is_rate:
            return percent(value)
        return f"{value:,.0f}".replace("-", "\N{MINUS SIGN}")

    point = "?" if reading["point"] is None else shown(reading["point"])
    if reading["lower"] == reading["upper"]:
        return point, ""  # a count has no limits
    return point, say("to", lower=shown(reading["lower"]), upper=shown(reading["upper"]))


def known_by(reading: dict[str, Any]) -> str:
    """Return which words say how a number is known."""
    by_pds = reading["how"] == "bounded" and reading["point"] is not None
    return "how_pds" if by_pds else f"how_{reading['how']}"


def _gate(gate: GateBlame) -> dict[str, Any]:
    return {
        "gate": gate.gate,
        "n_first": gate.n_first,
        **{name: _reading(getattr(gate, name)) for name in _READINGS},
    }


def _gaps(bundle: Bundle, at_gate: Scored, name: str) -> dict[str, Any]:
    try:
        found = fairness(at_gate.history, at_gate.pds, pd_cutoff=bundle.policy.pd_cutoff, by=name)
    except UndefinedRateError as error:
        return {"why_not": str(error), "groups": []}
    return {
        "why_not": "",
        "gap": _reading(found.gap),
        "approval_ratio": plain_number(found.approval_ratio),
        "too_few": list(found.too_few),
        "groups": [
            {
                "group": group.group,
                "n": group.n_applicants,
                "approval_rate": plain_number(group.approval_rate),
                "false_rejection_rate": _reading(group.false_rejection_rate),
                "labelled_only": None
                if group.labelled_only is None
                else plain_number(group.labelled_only),
            }
            for group in found.groups
        ],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    point, lower, upper = (
        None if value is None else plain_number(value)
        for value in (reading.point, reading.lower, reading.upper)
    )
    return {"point": point, "lower": lower, "upper": upper, "how": reading.how}


def fairness_words(found: dict[str, Any]) -> Words:
    """Return the gap between the groups of one column in a sentence."""
    point, limits = reading_cell(found["gap"], is_rate=True)
    gap: Words | str = limits if point == "?" else point
    if point != "?" and not isinstance(limits, str):
        gap = say("in_brackets", text=point, more=limits)
    return say("fairness_gap", gap=gap, ratio=percent(found["approval_ratio"], 0))


def too_few_words(found: dict[str, Any]) -> Words:
    """Return which groups nothing can be said of."""
    return say("fairness_too_few", groups=listed(found["too_few"]))
