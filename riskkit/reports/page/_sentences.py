"""The report in words: the summary, what is certified, and the limits of the evidence."""

from collections.abc import Mapping
from typing import Any

from riskkit.bundle import Bundle
from riskkit.explanations import Words
from riskkit.reports.page._words import catalogue, listed, say
from riskkit.reports.tables import percent

Row = Mapping[str, float | None]


def pd_percent(pd: float) -> str:
    """Return a PD with three digits, as the slider shows it."""
    return f"{100 * pd:.3g}%"


def money(amount: float | None) -> str:
    """Return an amount with its sign."""
    return "?" if amount is None else f"{amount:,.2f}".replace("-", "\N{MINUS SIGN}")


def summary_of(
    bundle: Bundle, sample: str, n: int, chosen: Row, incumbent: Row | None
) -> list[Words]:
    """Return what the policy does, beside the past one, in a few sentences."""
    sentences = [
        say(
            "summary_chosen",
            cutoff=pd_percent(bundle.policy.pd_cutoff),
            n=f"{n:,}",
            sample=_bracketed(f"short_{sample}"),
            approval=percent(chosen["approval_rate"], 1),
        )
    ]
    sentences += _own_cutoffs(bundle)
    if chosen["bad_rate"] is None or chosen["false_rejection_rate"] is None:
        limits = {
            f"{name}_{end}": percent(chosen[f"{rate}_{end}"])
            for name, rate in (("bad", "bad_rate"), ("false", "false_rejection_rate"))
            for end in ("lower", "upper")
        }
        sentences.append(say("summary_bounds", **limits))
    else:
        rates = (percent(chosen["bad_rate"]), percent(chosen["false_rejection_rate"], 1))
        sentences.append(say("summary_rates", bad=rates[0], false=rates[1]))
    if incumbent is not None and incumbent["bad_rate"] is not None:
        sentences.append(
            say(
                "summary_past",
                approval=percent(incumbent["approval_rate"], 1),
                bad=percent(incumbent["bad_rate"]),
                false=percent(incumbent["false_rejection_rate"], 1),
            )
        )
    return [*sentences, *_money(chosen, incumbent)]


def verdict_of(bundle: Bundle) -> tuple[str, Words]:
    """Return whether the cut-off is shown to be no worse than the past policy."""
    shown = bundle.evidence["shown_no_worse_than_past_policy"]
    day = _withdrawn_on(bundle, "shown_no_worse_than_past_policy")
    if shown is None and day:
        return "warn", say("comparison_withdrawn", day=day)
    keys = {True: "shown_no_worse", False: "not_shown", None: "nothing_to_compare"}
    key = keys[shown]
    if (bundle.evidence["against_past_policy"] or {}).get("with_reviews"):
        key += "_with_reviews"
    return {True: "good", False: "warn", None: "plain"}[shown], say(key)


def certificates_of(bundle: Bundle) -> list[Words]:
    """Return what is certified, and with which confidence all of it together."""
    evidence = bundle.evidence
    found = evidence["certificates"]
    if not found:
        day = _withdrawn_on(bundle, "certificates")
        return [say("certificates_withdrawn", day=day) if day else say("certificate_none")]
    sentences = [_certificate(evidence, one) for one in found]
    drawn = len(evidence["drawn_from_this_sample"])
    if drawn > 1:
        together = percent(evidence["joint_confidence"], 1)
        sentences.append(say("certificate_joint", n=drawn, confidence=together))
    return sentences


def limits_of(bundle: Bundle, samples: list[str], *, more: list[Words]) -> list[Words]:
    """Return what the numbers do not say."""
    tuning = bundle.evidence["tuning"]
    n, known = tuning["applicants_at_score_gate"], tuning["labelled"]
    labels = {"everybody": "everybody", "explored": "explored", "approved only": "approved"}
    key = labels[tuning["labels"]]
    sentences = [say(f"limit_{key}", n=f"{n:,}", unknown=f"{n - known:,}")]
    if key != "everybody":
        sentences.append(say("limit_labelled"))
    sentences.append(say("limit_intervals"))
    if "tuning" in samples:
        sentences.append(say("limit_seen"))
    if "all" in samples:
        sentences.append(say("limit_unsplit"))
    own = any(segment.economics is not None for segment in bundle.policy.segments.values())
    money = say("limit_money_segments" if own else "limit_money")
    return [*sentences, money, say("limit_future"), *more]


def _withdrawn_on(bundle: Bundle, name: str) -> str:
    # The day of the change by hand that took this evidence away; empty where none did.
    days = [
        found["at"][:10]
        for found in bundle.evidence.get("amendments", [])
        if found.get(f"{name}_withdrawn") not in (None, [])  # "worse" is withdrawn evidence, too
    ]
    return days[-1] if days else ""


def _bracketed(key: str) -> Words:
    return {lang: f"({text})" if lang == "en" else text for lang, text in catalogue()[key].items()}


def _own_cutoffs(bundle: Bundle) -> list[Words]:
    policy = bundle.policy
    found = []
    if policy.by is not None:
        cutoffs = (f"{k} {pd_percent(own.pd_cutoff)}" for k, own in policy.segments.items())
        found.append(say("summary_segments", by=policy.by, cutoffs=listed(cutoffs)))
    if policy.review_up_to is not None:
        found.append(say("summary_review", cutoff=pd_percent(policy.review_up_to)))
    return found


def _money(chosen: Row, incumbent: Row | None) -> list[Words]:
    profit = chosen["profit"]
    if profit is None:
        return []
    past = None if incumbent is None else incumbent["profit"]
    if past is None:
        return [say("summary_money_alone", profit=money(profit))]
    less = say("more" if profit >= past else "less", amount=money(abs(profit - past)))
    return [say("summary_money", profit=money(profit), difference=less)]


def _certificate(evidence: Mapping[str, Any], found: Mapping[str, Any]) -> Words:
    key = f"certificate_{found['rate']}"
    words = catalogue()
    sentence = say(
        key if key in words else "certificate_other",
        confidence=percent(found["confidence"], 0),
        cutoff=pd_percent(found["cutoff"]),
        cap=percent(found["cap"]),
        rate=words.get(found["rate"], found["rate"]),
    )
    partial = "whom the past policy approves too" in found["claim"]
    if not (partial and evidence["tuning"]["labels"] == "approved only"):
        return sentence
    more = words["certificate_partial"]
    return {lang: f"{text} {more[lang]}".strip() for lang, text in sentence.items()}
