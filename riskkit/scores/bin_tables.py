"""Bins as tables: counts, evidence and its errors, on training or on any other sample."""

import numpy as np
import pandas as pd

from riskkit._checks import Flags, Floats
from riskkit.scores.binning import (
    filled,
    information_value,
    information_value_error,
    weight_of_evidence,
    weight_of_evidence_error,
)
from riskkit.scores.bins import FeatureBins
from riskkit.scores.counting import counted
from riskkit.scores.features import Counts
from riskkit.scores.training import Sample


def counts_by_bin(
    bins: tuple[FeatureBins, ...], sample: Sample | None
) -> list[tuple[FeatureBins, Counts]]:
    """Return every feature's bins with the counts of a sample, weights with mean 1, or of training.

    Raises
    ------
    DataError
        If a number column holds text or an infinite value, or a level is refused.
    """
    if sample is None:
        return [(b, b.counts) for b in bins]
    weight = sample.weight / sample.weight.mean()
    return [
        (b, counted(b.bins(sample.table[b.name]), sample.bad, weight, len(b.labels))) for b in bins
    ]


def bin_tables(counts: list[tuple[FeatureBins, Counts]]) -> pd.DataFrame:
    """Return the bins of every feature with the counts of a sample."""
    return pd.concat([_bin_table(b, n) for b, n in counts], ignore_index=True)


def _bin_table(bins: FeatureBins, counts: Counts) -> pd.DataFrame:
    rows = counts.rows
    seen = rows > 0
    return pd.DataFrame(
        {
            "feature": bins.name,
            "bin": bins.labels,
            "rows": rows,
            "share": rows / rows.sum(),
            "goods": counts.goods,
            "bads": counts.bads,
            "bad_rate": np.where(seen, counts.bads / np.where(seen, rows, 1), np.nan),
            "woe": bins.woe,
            **observed(counts),
        }
    )


def observed(counts: Counts) -> dict[str, Floats]:
    """Return WoE, its standard error and the information value of each bin, NaN without rows."""
    seen, full = counts.rows > 0, filled(counts)
    n = {"goods": full.goods, "bads": full.bads}
    woe = weight_of_evidence(**n)
    values = (full.goods / full.goods.sum() - full.bads / full.bads.sum()) * woe
    columns = (woe, weight_of_evidence_error(**n), values)
    names = ("observed_woe", "woe_error", "iv")
    return {name: _spread(seen, x) for name, x in zip(names, columns, strict=True)}


def _spread(seen: Flags, values: Floats) -> Floats:
    every = np.full(len(seen), np.nan)
    every[seen] = values
    return every


def feature_row(bins: FeatureBins, counts: Counts) -> dict[str, object]:
    """Return one line about a feature."""
    full = filled(counts)
    n = {"goods": full.goods, "bads": full.bads}
    n_bins = int((bins.counts.rows > 0).sum())
    return {
        "feature": bins.name,
        "kind": bins.coding.kind,
        "direction": bins.direction,
        "n_bins": n_bins,
        "iv": information_value(**n),
        "iv_error": information_value_error(**n),
        "finding": "" if n_bins > 1 else _nothing_to_tell(bins),
    }


def _nothing_to_tell(bins: FeatureBins) -> str:
    label = bins.labels[int(np.argmax(bins.counts.rows))]
    keeps = "" if bins.direction == "none" else f" keeps the direction ({bins.direction}) and"
    return (
        f"All of training falls into one bin ({label}): it holds one value, or no cut{keeps} "
        "leaves enough rows on both sides."
    )
