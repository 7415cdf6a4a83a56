"""Stability of bins: whether later vintages fall into them as training did."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import gammaincinv

from riskkit._checks import Floats, as_finite, check_open_fraction
from riskkit.errors import DataError
from riskkit.scores.bin_tables import observed
from riskkit.scores.bins import FeatureBins
from riskkit.scores.columns import Codes
from riskkit.scores.counting import counted
from riskkit.scores.features import Counts
from riskkit.scores.training import checked_sample


@dataclass(frozen=True, slots=True, kw_only=True)
class BinStability:
    """How the bins of every feature are filled in each vintage, against training."""

    #: One row per feature, vintage and bin: `rows`, `share`, `training_share` and the bin's `psi`;
    #: where outcomes are known also `bads`, `bad_rate`, `woe` of training, `observed_woe` and
    #: `woe_error`, missing where a bin has no rows.
    bins: pd.DataFrame
    #: One row per feature and vintage: `rows`, `psi`, and `psi_by_chance`, which a vintage of an
    #: unchanged population, apart from training, exceeds once in twenty times.
    features: pd.DataFrame


def psi(*, expected: ArrayLike, actual: ArrayLike) -> float:
    """Return the population stability index: how far two samples lie apart over the same bins.

    Parameters
    ----------
    expected, actual : array-like, shape (n_bins,)
        Counts by bin of the base and of the later sample, or shares without zeros. Bins empty in
        both are left out. Where a bin is empty in one of them, half a row joins every bin of
        both.

    Returns
    -------
    float
        Sum of (actual share - expected share) x ln(actual share / expected share), at least 0.
        By custom 0.1 is called a shift and 0.25 a large one; `psi_by_chance` says what chance
        alone gives.

    Raises
    ------
    DataError
        If the columns differ in length, hold negative or infinite numbers, or add up to nothing.

    References
    ----------
    .. [1] Siddiqi (2006), Credit Risk Scorecards, Wiley, chapter 9.

    Examples
    --------
    >>> round(psi(expected=[100] * 10, actual=[80, 90, *[100] * 6, 110, 120]), 6)
    0.010116
    """
    before, after = as_finite(expected=expected, actual=actual)
    for name, counts in (("expected", before), ("actual", after)):
        if (counts < 0).any() or counts.sum() <= 0:
            raise DataError(f"{name} must hold counts, none negative and some positive.")
    return float(_psi_by_bin(before, after).sum())


def psi_by_chance(
    *, n_expected: float, n_actual: float, n_bins: int, confidence: float = 0.95
) -> float:
    """Return the population stability index that an unchanged population stays below.

    Parameters
    ----------
    n_expected, n_actual : float
        Rows of the base and of the later sample.
    n_bins : int
        Bins, at least 1.
    confidence : float, default=0.95
        How often it stays below [fraction].

    Returns
    -------
    float
        (1/n_expected + 1/n_actual) times the quantile of chi-square with n_bins - 1 degrees of
        freedom; approximate, for samples that fill every bin.

    Raises
    ------
    DataError
        If a count is not positive or `confidence` is not inside (0, 1).

    References
    ----------
    .. [1] Yurdakul and Naranjo (2020), Journal of Risk Model Validation 14(3), 89-100.

    Examples
    --------
    >>> round(psi_by_chance(n_expected=10_000, n_actual=1_000, n_bins=10), 5)
    0.01861
    """
    check_open_fraction(confidence=confidence)
    for name, n in (("n_expected", n_expected), ("n_actual", n_actual), ("n_bins", n_bins)):
        if not n > 0:
            raise DataError(f"{name} must be positive, but is {n}.")
    quantile = 2 * float(gammaincinv((n_bins - 1) / 2, confidence)) if n_bins > 1 else 0.0
    return (1 / n_expected + 1 / n_actual) * quantile


def _psi_by_bin(expected: Floats, actual: Floats) -> Floats:
    # Along the last axis, shape (..., n_bins); 0 for bins empty in both.
    used = (expected > 0) | (actual > 0)
    lacks = (used & ((expected == 0) | (actual == 0))).any(axis=-1, keepdims=True)
    joins = np.where(lacks & used, 0.5, 0.0)
    before, after = (
        np.where(used, counts + joins, 1.0) / (used * (counts + joins)).sum(-1, keepdims=True)
        for counts in np.broadcast_arrays(expected, actual)
    )
    return np.where(used, (after - before) * np.log(after / before), 0.0)


def _vintages(vintage: ArrayLike, n_rows: int) -> tuple[Codes, list[str]]:
    # The vintage of each row as a code, and their names: months of times, anything else as text.
    column = pd.Series(vintage, name="vintage").reset_index(drop=True)
    if len(column) != n_rows:
        raise DataError(
            f"vintage must have one value per row of X, but has {len(column)} for {n_rows} rows."
        )
    if column.isna().any():
        row = int(np.flatnonzero(column.isna())[0])
        raise DataError(f"vintage must be known for every row, but is missing in row {row}.")
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m")
    elif not pd.api.types.is_numeric_dtype(column):
        column = column.astype("str")
    codes, names = pd.factorize(column, sort=True)
    return np.asarray(codes, dtype=np.intp), [str(name) for name in names]


def stability_of(
    bins: tuple[FeatureBins, ...], table: pd.DataFrame, vintage: ArrayLike, y: ArrayLike | None
) -> BinStability:
    """Return the stability of every feature's bins over vintages.

    Raises
    ------
    DataError
        If the table, a vintage or an outcome breaks its contract.
    """
    codes, names = _vintages(vintage, len(table))
    bad = checked_sample(table, np.zeros(len(table)) if y is None else y, None).bad
    parts = []
    for b in bins:
        n_bins = len(b.labels)
        cells = counted(codes * n_bins + b.bins(table[b.name]), bad, None, len(names) * n_bins)
        goods, bads = (x.reshape(len(names), n_bins) for x in (cells.goods, cells.bads))
        by_vintage = [Counts(goods=g, bads=n) for g, n in zip(goods, bads, strict=True)]
        parts.append(_of_feature(b, by_vintage, names, with_outcomes=y is not None))
    return BinStability(
        bins=pd.concat([part.bins for part in parts], ignore_index=True),
        features=pd.concat([part.features for part in parts], ignore_index=True),
    )


def _of_feature(
    bins: FeatureBins, counts: list[Counts], names: list[str], *, with_outcomes: bool
) -> BinStability:
    rows = np.stack([vintage.rows for vintage in counts])
    base = bins.counts.rows
    by_bin = _psi_by_bin(base, rows)
    used = (base > 0) | (rows > 0)
    parts = [
        pd.DataFrame(
            {
                "feature": bins.name,
                "vintage": name,
                "bin": bins.labels,
                "rows": rows[v],
                "share": rows[v] / rows[v].sum(),
                "training_share": base / base.sum(),
                "psi": by_bin[v],
                **(_outcomes(bins, counts[v]) if with_outcomes else {}),
            }
        )
        for v, name in enumerate(names)
    ]
    features = pd.DataFrame(
        {
            "feature": bins.name,
            "vintage": names,
            "rows": rows.sum(axis=1),
            "psi": by_bin.sum(axis=1),
            "psi_by_chance": [
                psi_by_chance(n_expected=base.sum(), n_actual=row.sum(), n_bins=int(n_used))
                for row, n_used in zip(rows, used.sum(axis=1), strict=True)
            ],
        }
    )
    return BinStability(bins=pd.concat(parts, ignore_index=True), features=features)


def _outcomes(bins: FeatureBins, counts: Counts) -> dict[str, Floats]:
    seen = counts.rows > 0
    rate = np.where(seen, counts.bads / np.where(seen, counts.rows, 1), np.nan)
    evidence = observed(counts)
    return {
        "bads": counts.bads,
        "bad_rate": rate,
        "woe": bins.woe,
        "observed_woe": evidence["observed_woe"],
        "woe_error": evidence["woe_error"],
    }
