"""The model card: what decides, what it was fitted on, what it is worth, by which rules."""

from typing import Any

from riskkit.bundle import Bundle
from riskkit.explanations import Words
from riskkit.lending import Limit
from riskkit.reports.page._plain import plain_number
from riskkit.reports.page._quality import label_of
from riskkit.reports.page._sentences import pd_percent
from riskkit.reports.page._words import catalogue, listed, say
from riskkit.reports.tables import percent
from riskkit.scores import keeps_directions, keeps_interactions
from riskkit.selection import Assumption

Fact = tuple[Words, Words | str]
_GAMMA = "bounds, Gamma "
_WORTH = ("auc", "bad_rate", "approved_bad_rate", "false_rejection_rate")


def facts_of(bundle: Bundle) -> list[Fact]:
    """Return what stands on the card, by heading."""
    evidence, policy, words = bundle.evidence, bundle.policy, catalogue()
    model, samples, economics = evidence["model"], evidence["samples"], policy.economics
    rows = " · ".join(f"{samples.get(n, 0):,}" for n in ("development", "tuning", "out_of_time"))
    facts: list[Fact] = [
        (words["card_use"], words["card_use_value"]),
        (words["card_kind"], f"{model['model']} ({type(bundle.scorer).__name__})"),
        (words["card_rows"], rows),
        (
            words["card_fitted"],
            say("card_fitted_value", n=f"{model['rows']['fitted']:,}", bads=f"{model['bads']:,}"),
        ),
        (words["card_calibrated"], words[f"card_calibrated_{model['calibrated_for']}"]),
    ]
    rules = {
        "directions": keeps_directions(bundle.scorer, bundle.schema.directions),
        "interactions": keeps_interactions(bundle.scorer, bundle.schema.interactions),
    }
    facts += [
        (words["card_rules"], words[f"card_rules_{rule}"])
        for rule, kept in rules.items()
        if not kept
    ]
    later = model["out_of_time"]
    if later is not None:
        measured = {name: f"{later[name]:.4f}" for name in ("auc", "gini", "ks")}
        facts.append(
            (
                words["card_discrimination"],
                say("card_discrimination_value", **measured, n=f"{later['n']:,}",
                    bads=f"{later['bads']:,}"),
            )
        )  # fmt: skip
    return [
        *facts,
        (words["card_objective"], words.get(f"card_{policy.objective}", policy.objective)),
        (words["card_limits"], _limits(policy.limits)),
        (
            words["card_economics"],
            say(
                "card_economics_value",
                margin=f"{economics.margin:g}",
                lgd=f"{economics.lgd:g}",
                churn=f"{economics.churn:g}",
                lifetime_value=f"{economics.lifetime_value:g}",
                break_even=pd_percent(evidence["break_even_pd"]),
            ),
        ),
        (words["card_model_hash"], policy.model_hash),
        (words["card_data_hash"], evidence["data"]["hash"]),
    ]


def worth_of(bundle: Bundle) -> list[dict[str, Any]]:
    """Return what the model is worth on all applicants, by estimator."""
    found = bundle.evidence["model"]["under_selection"]
    if found is None:
        return []
    return [
        {
            "name": _estimator(name),
            "assumption": _assumption(worth["assumption"]),
            **{
                measure: {
                    end: None if value is None else plain_number(value)
                    for end, value in worth[measure].items()
                }
                for measure in _WORTH
            },
        }
        for name, worth in found["worth"].items()
    ]


def worth_cell(found: dict[str, float | None], measure: str) -> str:
    """Return a point with its limits, or the limits alone."""

    def shown(value: float | None, digits: int) -> str:
        if measure != "auc":
            return percent(value, digits)
        return "?" if value is None else f"{value:.{digits + 1}f}"

    limits = f"{shown(found['lower'], 1)}\N{EN DASH}{shown(found['upper'], 1)}"
    return limits if found["point"] is None else f"{shown(found['point'], 2)} ({limits})"


def _limits(limits: tuple[Limit, ...]) -> Words:
    if not limits:
        return catalogue()["card_none"]
    return listed([_limit(limit) for limit in limits], by="semicolon")


def _limit(limit: Limit) -> Words:
    key = "limit_at_most" if limit.sign > 0 else "limit_at_least"
    words = say(key, rate=catalogue()[limit.rate], bound=_percent(limit.bound))
    if limit.by is not None:
        words = say("limit_by", limit=words, by=limit.by)
    if limit.confidence is not None:
        words = say("limit_sure", limit=words, confidence=_percent(limit.confidence))
    return words


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.6g}%"  # as the lender wrote it: 2.5%, 99.9%


def _estimator(name: str) -> Words | str:
    if name.startswith(_GAMMA):
        return say("estimator_bounds_gamma", gamma=name.removeprefix(_GAMMA))
    key = name.lower().replace(",", "").replace("-", "_").replace(" ", "_")
    return catalogue().get(f"estimator_{key}", name)


def _assumption(text: str) -> Words | str:
    known = {str(found): f"assumes_{found.name.lower()}" for found in Assumption}
    return catalogue()[known[text]] if text in known else text


def findings_of(bundle: Bundle) -> list[Words]:
    """Return what training found to look at in the features, the most serious first."""
    found = bundle.evidence["model"].get("findings", ())  # absent from older models
    return [_finding(bundle, finding) for finding in found]


def _finding(bundle: Bundle, found: dict[str, Any]) -> Words:
    shown = {
        name: percent(value, 1) if name == "share" else f"{value:,}"
        for name, value in found.items()
        if name in {"n_rows", "n_levels", "n_rare", "share"}
    }
    shown |= {name: f"{found[name]:+.2f}" for name in ("move", "fall") if name in found}
    return say(
        f"finding_{found['kind']}",
        feature=label_of(bundle, found["feature"]),
        worse=catalogue()[f"worse_{found.get('worse', 'none')}"],
        **shown,
    )


def features_of(bundle: Bundle) -> list[dict[str, Any]]:
    """Return the features with their directions."""
    columns = bundle.schema.columns
    return [
        {
            "name": name,
            "label": label_of(bundle, name),
            "worse": columns[name].worse,
            "actionable": columns[name].actionable,
            "protected": columns[name].protected,
        }
        for name in bundle.schema.features
    ]
