"""Rates and money of cut-offs by segment, each segment by its own economics."""

from typing import Any

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.decisions._sides import per_amount
from riskkit.decisions.estimates import tradeoff_curve
from riskkit.decisions.incumbent import IncumbentComparison, against_incumbent
from riskkit.decisions.ledger import CENTS, ScoreLedger
from riskkit.decisions.segment_path import SegmentPath
from riskkit.decisions.tuned_cutoff import TunedCutoff
from riskkit.lending import LoanEconomics

_MONEY = ["profit", "profit_lower", "profit_upper", "model_profit"]
_ENDS = ("", "_lower", "_upper")
_SHOWN = ("approval_rate", "bad_rate", "false_rejection_rate", "profit")


def money_along(
    ledger: ScoreLedger, path: SegmentPath, economics: dict[str, LoanEconomics]
) -> pd.DataFrame:
    """Return profit per application at every level; limits add up in squares over segments."""
    total = float(ledger.sums["applicants"].sum())
    point, low, high, down, up, model = (np.zeros(len(path.grid.cutoffs)) for _ in range(6))
    for segment, cutoffs in zip(path.segments, path.cutoffs, strict=True):
        if (segment,) not in ledger.groups:
            continue
        part = ledger.of(segment)
        weight = float(part.sums["applicants"].sum()) / total
        found = weight * _profits(part, cutoffs, economics[segment])
        profit, lower, upper, of_model = (found[name].to_numpy() for name in _MONEY)
        known = ~np.isnan(profit)
        point += profit
        model += of_model
        # Where a segment has bounds only, so have all together.
        low += np.where(known, profit, lower)
        high += np.where(known, profit, upper)
        down += np.where(known, profit - lower, 0) ** 2
        up += np.where(known, upper - profit, 0) ** 2
    values = [point, low - np.sqrt(down), high + np.sqrt(up), model]
    return pd.DataFrame(dict(zip(_MONEY, values, strict=True)), index=path.grid.cutoffs)


def _profits(part: ScoreLedger, cutoffs: Floats, economics: LoanEconomics) -> pd.DataFrame:
    curve = tradeoff_curve(part, np.unique(np.append(cutoffs, 1.0)), economics=economics)
    everybody = curve.iloc[-1]
    # Where nobody is approved, all goods are stopped.
    mean = float(part.total()["amount"].sum() / CENTS / max(part.total()["applicants"].sum(), 1))
    stopped = per_amount(economics)[2] * mean * (1 - everybody["bad_amount_rate"])
    return curve.set_index("pd_cutoff")[_MONEY].reindex(cutoffs, fill_value=stopped)


def compared(
    ledger: ScoreLedger, cutoffs: dict[str, float], economics: dict[str, LoanEconomics]
) -> IncumbentComparison | None:
    """Compare with the past policy; None where its rule cannot be told in some segment."""
    total = float(ledger.sums["applicants"].sum())
    found, weights = [], []
    for (name,) in ledger.groups:
        part = ledger.of(name)
        if name not in cutoffs:
            return None
        against = against_incumbent(part, cutoffs[name], economics=economics[name])
        if against is None:
            return None
        found.append(against)
        weights.append(float(part.sums["applicants"].sum()) / total)
    share = np.array(weights)

    def summed(name: str) -> float:
        return float(share @ [getattr(each, name) for each in found])

    def lower(name: str) -> float:
        below = np.array([getattr(e, name) - getattr(e, f"{name}_lower") for e in found])
        if np.isnan(below).any():
            return summed(f"{name}_lower")
        return summed(name) - float(np.sqrt(((share * below) ** 2).sum()))

    swapped = share * [each.swap_in_rate for each in found]
    bad: dict[str, Any] = {
        name: float(np.average([getattr(e, name) for e in found], weights=swapped))
        if swapped.sum() and not any(np.isnan(getattr(e, name)) for e in found)
        else np.nan
        for name in ("swap_in_bad_rate", "swap_in_bad_rate_lower", "swap_in_bad_rate_upper")
    }
    return IncumbentComparison(
        goods=summed("goods"), goods_lower=lower("goods"), profit=summed("profit"),
        profit_lower=lower("profit"), swap_in_rate=summed("swap_in_rate"),
        swap_out_rate=summed("swap_out_rate"), confidence=found[0].confidence, **bad,
    )  # fmt: skip


def rates_table(
    ledger: ScoreLedger,
    path: SegmentPath,
    tuned: TunedCutoff,
    one: TunedCutoff | None,
    economics: dict[str, LoanEconomics],
) -> pd.DataFrame:
    """Return one row per segment and one for all, beside those of one cut-off."""
    cutoffs = path.at(tuned.pd_cutoff)
    rows = []
    for (name,) in ledger.groups:
        part = ledger.of(name)
        row = {"segment": name, "applicants": int(part.sums["applicants"].sum())}
        row |= _rates(part, cutoffs.get(name, 0.0), economics[name])
        if one is not None:
            of_one = _rates(part, one.pd_cutoff, economics[name])
            row |= {f"one_{key}": value for key, value in of_one.items()}
        rows.append(row)
    table = pd.DataFrame(rows)
    return pd.concat([table, pd.DataFrame([_all(table, tuned, one)])], ignore_index=True)


def _rates(part: ScoreLedger, cutoff: float, economics: LoanEconomics) -> dict[str, float]:
    wanted = [f"{name}{end}" for name in _SHOWN for end in _ENDS]
    below = part.all_groups("applicants").sum(axis=0)[: np.searchsorted(part.edges, cutoff) + 1]
    if cutoff <= 0 or not below.sum():
        nobody = dict.fromkeys(wanted, np.nan) | {"approval_rate": 0.0, "false_rejection_rate": 1.0}
        return {"pd_cutoff": cutoff, **nobody}
    row = tradeoff_curve(part, np.array([cutoff]), economics=economics).iloc[0]
    return {"pd_cutoff": cutoff, **{name: float(row[name]) for name in wanted}}


def _all(table: pd.DataFrame, tuned: TunedCutoff, one: TunedCutoff | None) -> dict[str, object]:
    row: dict[str, object] = {"segment": "all", "applicants": int(table["applicants"].sum())}
    for prefix, found in (("", tuned), ("one_", one)):
        if found is None:
            continue
        row |= {f"{prefix}pd_cutoff": found.pd_cutoff if prefix else np.nan}
        chosen = found.chosen
        approved = table["applicants"] * table[f"{prefix}approval_rate"]
        for name in _SHOWN:
            weight = approved if name == "bad_rate" else table["applicants"]
            # Money is each segment's own; of labelled applicants only the rows know.
            if name == "profit" or tuned.labels == "approved only":
                row |= _summed(table, f"{prefix}{name}", weight)
            else:
                row |= {f"{prefix}{name}{end}": chosen[f"{name}{end}"] for end in _ENDS}
    return row


def _summed(table: pd.DataFrame, name: str, weight: pd.Series) -> dict[str, float]:
    # Limits of independent segments add up in squares; goods stand for applicants here.
    share = weight / weight.sum()
    rows = share > 0
    point = float((share * table[name])[rows].sum(skipna=False))
    apart = {
        end: float(np.sqrt(((share * (table[f"{name}{end}"] - table[name]))[rows] ** 2).sum()))
        for end in ("_lower", "_upper")
    }
    return {name: point, f"{name}_lower": point - apart["_lower"],
            f"{name}_upper": point + apart["_upper"]}  # fmt: skip
