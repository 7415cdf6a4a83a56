"""What a model is worth on a population, from its goods and bads counted along the PDs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from riskkit._checks import Flags, Floats
from riskkit.errors import DataError
from riskkit.scores.columns import Codes
from riskkit.scores.past import Past

_MAX_BINS, _SPLITS = 4096, 96
_INSIDE = 1e-9  # a share is reached but for rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class BinnedPds:
    """PDs in bins, from the safest; the first n_approved bins are approved."""

    pds: Floats  # of each row
    codes: Codes  # bin of each row
    centres: Floats  # mean PD of each bin
    n_approved: int
    cutoff: float
    approval_rate: float

    def total(self, values: Floats, rows: Flags | None = None) -> Floats:
        """Return the sum of values by bin."""
        codes = self.codes if rows is None else self.codes[rows]
        return np.asarray(np.bincount(codes, values, len(self.centres)), dtype=np.float64)


def binned(past: Past, pds: Floats, approval_rate: float | None) -> BinnedPds:
    """Return PDs in at most 4,096 bins, and where they approve a share, by default the past one.

    Raises
    ------
    DataError
        If the share is not above 0 and at most 1.
    """
    share = past.weight / past.weight.sum()
    # Shares that add up to 1 may round to a hair above it.
    rate = min(float(share @ past.approved), 1.0) if approval_rate is None else approval_rate
    if not 0 < rate <= 1:
        raise DataError(f"approval_rate must lie above 0 and at most at 1, but is {rate}.")
    order = np.argsort(pds, kind="stable")
    reached = np.searchsorted(np.cumsum(share[order]), rate - _INSIDE)
    cutoff = float(pds[order[min(int(reached), pds.size - 1)]])
    values = np.unique(pds)
    if values.size > _MAX_BINS:
        levels = np.arange(1, _MAX_BINS + 1) / _MAX_BINS
        values = np.unique([*np.quantile(pds, levels, method="inverted_cdf"), cutoff])
    codes = np.searchsorted(values, pds, side="left")
    n_approved = int(np.searchsorted(values, cutoff, side="right"))
    return BinnedPds(
        pds=pds,
        codes=codes,
        centres=np.bincount(codes, pds, values.size) / np.maximum(np.bincount(codes), 1),
        n_approved=n_approved,
        cutoff=cutoff,
        approval_rate=min(float(share[pds <= cutoff].sum()), 1.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """Applicants by bin of whom nothing is known, and the fewest and most bads among them."""

    n: Floats
    low: Floats
    high: Floats

    def measured(self, more_bads: Floats, goods: Floats, bads: Floats, line: BinnedPds) -> Any:
        """Measure where bads go so far from the fewest to the most, by bin (and by try)."""
        among = self.low + (self.high - self.low) * more_bads
        return measured(goods + self.n - among, bads + among, line)


def limits_of(
    goods: Floats, bads: Floats, silent: Silent, line: BinnedPds
) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest value of each measure, whatever the silent are."""
    n_bins = len(line.centres)
    place = np.arange(n_bins)
    below = (place < line.n_approved).astype(np.float64)
    doubtful = (line.centres < 0.5).astype(np.float64)  # noqa: PLR2004 - where a bad costs more than a good
    fewest, most = np.zeros(n_bins), np.ones(n_bins)
    # The AUC is highest where the silent are bad from some PD on, lowest the other way round.
    splits = np.unique(np.linspace(0, n_bins, _SPLITS).astype(np.intp))
    from_there = (place >= splits[:, None]).astype(np.float64)
    tries = {
        "auc": (1 - from_there, from_there),
        "brier": (1 - doubtful, doubtful),
        "bad_rate": (fewest, most),
        "approved_bad_rate": (fewest, most),
        "false_rejection_rate": (1 - below, below),
    }
    return {
        name: (
            float(np.min(silent.measured(lowest, goods, bads, line)[name])),
            float(np.max(silent.measured(highest, goods, bads, line)[name])),
        )
        for name, (lowest, highest) in tries.items()
    }


def measured(goods: Floats, bads: Floats, line: BinnedPds) -> dict[str, Any]:
    """Measure goods and bads by bin, the last axis; any before it are populations at once."""
    n_goods, n_bads = goods.sum(axis=-1), bads.sum(axis=-1)
    safer = np.cumsum(goods, axis=-1) - goods / 2
    approved_goods, approved_bads = (
        counts[..., : line.n_approved].sum(axis=-1) for counts in (goods, bads)
    )
    gaps = bads * (1 - line.centres) ** 2 + goods * line.centres**2
    return {
        "auc": _share((bads * safer).sum(axis=-1), n_goods * n_bads),
        "brier": _share(gaps.sum(axis=-1), n_goods + n_bads),
        "bad_rate": _share(n_bads, n_goods + n_bads),
        "approved_bad_rate": _share(approved_bads, approved_goods + approved_bads),
        "false_rejection_rate": 1 - _share(approved_goods, n_goods),
    }


def _share(part: Floats, whole: Floats) -> Floats:
    # NaN where a population has nobody to divide by: none of it labelled below the cut-off, say.
    top, bottom = np.broadcast_arrays(part, whole)
    return np.divide(top, bottom, out=np.full(bottom.shape, np.nan), where=bottom > 0)
