"""What the slider shows: the trade-off of every stop, for all applicants and for each segment."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.bundle import Bundle
from riskkit.decisions import (
    ScoreLedger,
    edge_above,
    history_ledger,
    incumbent_rates,
    tradeoff_curve,
)
from riskkit.reports.page._plain import plain_number, plain_numbers
from riskkit.reports.page._samples import Scored, groups_of

#: A report embeds at most so many cut-offs.
MAX_STOPS = 500
#: Approval rates between which stops are spread, in equal steps.
_N_STEPS = 200
_RATES = ("approval_rate", "bad_rate", "false_rejection_rate", "loss_rate", "profit")
_COLUMNS = (
    *(f"{rate}{end}" for rate in _RATES for end in ("", "_lower", "_upper")),
    *(f"labelled_{rate}" for rate in _RATES[1:3]),
    *(
        f"{way}_{rate}_{end}"
        for way in ("worst", "gamma")
        for rate in _RATES[1:3]
        for end in ("lower", "upper")
    ),
)
_BLOCKED = ("goods_blocked", "goods_blocked_lower", "goods_blocked_upper")


def certified_cutoffs(bundle: Bundle) -> list[float] | None:
    """Return the cut-offs that every certificate covers; None where nothing was certified."""
    passed = [
        set(found["cutoffs"][: found["cutoffs"].index(found["cutoff"]) + 1])
        for found in bundle.evidence["certificates"]
    ]
    return sorted(set.intersection(*passed)) if passed else None


def stops_of(bundle: Bundle, pds: Floats) -> Floats:
    """Return the cut-offs of the slider, rising: equal steps of approval, and those tested.

    Between the cut-offs of a certificate lie others that it says nothing of: they are no stops.
    """
    certified = certified_cutoffs(bundle) or []
    quantiles = np.quantile(pds, np.linspace(0, 1, _N_STEPS + 1)[1:], method="inverted_cdf")
    steps = edge_above(np.unique(quantiles))
    if certified:
        steps = steps[(steps < certified[0]) | (steps > certified[-1])]
    needed = np.array([*_thinned(certified), chosen_stop(bundle)])
    return np.unique(np.concatenate([steps, needed]))


def chosen_stop(bundle: Bundle) -> float:
    """Return the stop of the policy's cut-off; one that was edited by hand is met within 0.15 %."""
    return float(edge_above(np.array([bundle.policy.pd_cutoff]))[0])


def slider_sample(
    sample: Scored, stops: Floats, bundle: Bundle, segments: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the curves of all applicants, then of each group of each segment."""
    matured = sample.matured()
    groups = [_group(matured, stops, bundle, segment=None, label=None)]
    table = matured.history.applications.table
    for segment in segments:
        for label, rows in groups_of(table[segment]).items():
            part = matured.take(rows)
            if part.is_known and part.pds.min() <= stops[-1]:
                groups.append(_group(part, stops, bundle, segment=segment, label=label))
    return groups


def curve_of(ledger: ScoreLedger, stops: Floats, bundle: Bundle) -> pd.DataFrame:
    """Return the trade-off at every stop; one row per stop, NaN where nobody is approved."""
    gamma, economics = bundle.evidence["gamma"], bundle.policy.economics
    curve = tradeoff_curve(ledger, stops, economics=economics, gamma=gamma).set_index("pd_cutoff")
    blocked = dict(zip(_BLOCKED, _goods_blocked(curve), strict=True))
    return curve.assign(**blocked).reindex(stops)


def _group(
    sample: Scored, stops: Floats, bundle: Bundle, *, segment: str | None, label: str | None
) -> dict[str, Any]:
    ledger = history_ledger(sample.history, sample.pds)
    curve = curve_of(ledger, stops, bundle)
    incumbent = incumbent_rates(ledger, economics=bundle.policy.economics)
    return {
        "segment": segment,
        "label": label,
        "n": len(sample),
        "n_known": int(sample.history.labelled.sum()),
        "curve": {
            name: plain_numbers(curve[name]) for name in (*_COLUMNS, *_BLOCKED) if name in curve
        },
        "incumbent": None if incumbent is None else _incumbent(incumbent),
    }


def _incumbent(rates: dict[str, float]) -> dict[str, float | None]:
    blocked = zip(_BLOCKED, _goods_blocked(pd.DataFrame([rates])), strict=True)
    kept = {name: rates[name] for name in _COLUMNS if name in rates}
    return {
        name: plain_number(value)
        for name, value in {**kept, **{name: float(v.iloc[0]) for name, v in blocked}}.items()
    }


def _goods_blocked(curve: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    # Goods that the score gate rejects, per 1,000 applicants there: from the goods it approves and
    # the false rejection rate, f = rejected goods / (rejected + approved goods).
    approved, rejected = curve["approval_rate"], 1 - curve["approval_rate"]

    def share(bad_rate: pd.Series, rate: pd.Series) -> pd.Series:
        odds = rate / (1 - rate).where(rate < 1)
        goods = (approved * (1 - bad_rate) * odds).where(rate < 1, rejected)
        return 1000 * goods.clip(upper=rejected).where(rate.notna() & bad_rate.notna())

    point = share(curve["bad_rate"], curve["false_rejection_rate"])
    ends = [
        share(curve["bad_rate"], curve[f"false_rejection_rate_{end}"]).fillna(
            share(curve[f"{way}bad_rate_{other}"], curve[f"{way}false_rejection_rate_{end}"])
        )
        for end, other in (("lower", "lower"), ("upper", "upper"))
        for way in ["worst_" if f"worst_bad_rate_{end}" in curve else ""]
    ]
    return point, ends[0], ends[1]


def _thinned(cutoffs: list[float]) -> list[float]:
    # Both ends stay; of a very long path every second, third ... cut-off between them.
    room = MAX_STOPS - _N_STEPS - 2
    step = -(-len(cutoffs) // room) if cutoffs else 1
    return sorted({*cutoffs[::step], *cutoffs[-1:]})
