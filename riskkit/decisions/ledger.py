"""The mergeable account of a scored population: one pass over the rows, then every cut-off."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskkit._checks import Floats, as_fractions, check_shapes
from riskkit.errors import DataError
from riskkit.lending import LoanValues

Counts = NDArray[np.int64]

#: What is known of an applicant's chance of approval under the past policy, hence of the outcome.
STRATA = ("sure", "explored", "unreachable")
#: Additive measures of each stratum and band; sums are integers, so that chunks add up exactly.
MEASURES = (
    "applicants",
    "labelled",
    "bads",
    "weight",  # millionths; so are the next two
    "weight_squared",
    "weighted_bads",
    "good_if_approved",  # cents over all applicants; so are the next two
    "bad_if_approved",
    "good_if_stopped",
    "weighted_value_approved",  # cents over labelled applicants; so is the next
    "weighted_value_stopped",
    "weighted_square_approved",  # hundredths of squared currency; so is the next
    "weighted_square_stopped",
)
MILLION, CENTS = 1_000_000, 100
_EXACT = 2.0**53  # whole numbers up to here are exact in floats
_CHUNK = 131_072  # rows at a time, so that temporaries stay in the processor's cache


def _default_edges() -> Floats:
    # Steps of 0.0015 in log-odds put a cut-off within 0.15 % of any PD; the last band ends at 1.
    log_odds = -14.0 + 0.0015 * np.arange(16_383)
    return np.append(1 / (1 + np.exp(-log_odds)), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredOutcomes:
    """Scored applicants at the score gate; every array has shape (n_applicants,)."""

    pds: Floats  #: PD [fraction].
    bad: Floats  #: 1 bad, 0 good, NaN unknown.
    propensity: Floats  #: Chance of approval under the past policy [fraction].
    values: LoanValues  #: What each applicant is worth [currency].


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLedger:
    """Sums of a scored population per stratum and PD band; two ledgers add."""

    edges: Floats  #: Upper ends of the PD bands, ascending, the last 1; every cut-off is an edge.
    sums: dict[str, Counts]  #: Each measure, shape (n_strata, n_bands).

    def __add__(self, other: "ScoreLedger") -> "ScoreLedger":
        """Return the ledger of both populations.

        Raises
        ------
        DataError
            If the two ledgers have different band edges.
        """
        if not np.array_equal(self.edges, other.edges):
            raise DataError("Two ledgers add only if they have the same band edges.")
        sums = {name: self.sums[name] + other.sums[name] for name in MEASURES}
        return ScoreLedger(edges=self.edges, sums=sums)

    def below(self, cutoffs: Floats) -> dict[str, Counts]:
        """Return each measure of those approved at each cut-off, shape (n_strata, n_cutoffs).

        Parameters
        ----------
        cutoffs : array of float, shape (n_cutoffs,)
            PD cut-offs [fraction]; each is an edge of the ledger.

        Returns
        -------
        dict of str to array of int
            Sums over ``pds <= cutoff``.

        Raises
        ------
        DataError
            If a cut-off is not an edge.
        """
        bands = np.searchsorted(self.edges, cutoffs)
        strange = ~np.isin(cutoffs, self.edges)
        if strange.any():
            raise DataError(
                f"cutoffs must be edges of the ledger, but {int(strange.sum())} of {len(cutoffs)} "
                f"are not; the first is {cutoffs[strange][0]}. Use edge_above."
            )
        return {name: np.cumsum(sums, axis=1)[:, bands] for name, sums in self.sums.items()}

    def total(self) -> dict[str, Counts]:
        """Return each measure of everybody, shape (n_strata, 1)."""
        return {name: sums.sum(axis=1, keepdims=True) for name, sums in self.sums.items()}


def edge_above(cutoffs: Floats) -> Floats:
    """Return for each PD the lowest default edge that is not below it, so that it is approved.

    Parameters
    ----------
    cutoffs : array of float, shape (n_cutoffs,)
        PDs [fraction].

    Returns
    -------
    array of float, shape (n_cutoffs,)
        Band edges [fraction].

    Examples
    --------
    >>> edge_above(np.array([0.99999, 1.0])).tolist()
    [1.0, 1.0]
    """
    edges = _default_edges()
    return edges[np.searchsorted(edges, cutoffs)]


def score_ledger(scored: ScoredOutcomes) -> ScoreLedger:
    """Account for a scored population in one pass.

    Parameters
    ----------
    scored : ScoredOutcomes
        Applicants who reached the score gate, in windows that have closed.

    Returns
    -------
    ScoreLedger
        Sums per stratum and band, the same whatever the order or the chunks of the rows.

    Raises
    ------
    DataError
        If columns differ in length, PDs or propensities lie outside 0 to 1, or the money is too
        large to be added exactly.

    Examples
    --------
    >>> from riskkit.lending import LoanEconomics
    >>> ledger = score_ledger(ScoredOutcomes(
    ...     pds=np.array([0.01, 0.2]), bad=np.array([0.0, np.nan]),
    ...     propensity=np.array([1.0, 0.05]), values=LoanEconomics().values([100.0, 100.0])))
    >>> ledger.total()["applicants"].ravel().tolist()
    [1, 1, 0]
    """
    pds, propensity = as_fractions(pds=scored.pds, propensity=scored.propensity)
    check_shapes({"pds": pds, "bad": scored.bad, "amount": scored.values.good_if_approved})
    edges = _default_edges()
    n_cells = len(STRATA) * len(edges)
    sums = {name: np.zeros(n_cells, dtype=np.int64) for name in MEASURES}
    for start in range(0, len(pds), _CHUNK):
        rows = slice(start, start + _CHUNK)
        band = np.searchsorted(edges, pds[rows])  # the first edge with pds <= edge
        stratum = np.where(propensity[rows] == 1, 0, np.where(propensity[rows] > 0, 1, 2))
        cell = stratum * len(edges) + band
        for name, contribution in _contributions(scored, propensity, rows).items():
            added = np.bincount(cell, weights=contribution, minlength=n_cells)
            if added.max() + sums[name].max() > _EXACT:
                raise DataError(
                    "amount is too large for exact sums; count money in thousands or millions."
                )
            sums[name] += added.astype(np.int64)
    shape = (len(STRATA), len(edges))
    return ScoreLedger(edges=edges, sums={name: s.reshape(shape) for name, s in sums.items()})


def _contributions(
    scored: ScoredOutcomes, propensity: Floats, rows: slice
) -> dict[str, Floats | None]:
    # Rounded to whole numbers row by row: sums of integers below 2^53 are exact in floats.
    bad, values = scored.bad[rows], scored.values
    labelled = ~np.isnan(bad)
    is_bad = bad == 1
    weight = np.divide(1.0, propensity[rows], out=np.zeros(len(bad)), where=labelled)
    good_value, bad_value = values.good_if_approved[rows], values.bad_if_approved[rows]
    approved_value = np.where(is_bad, bad_value, good_value)
    stopped_value = np.where(is_bad, 0.0, values.good_if_stopped[rows])
    return {
        "applicants": None,
        "labelled": labelled.astype(np.float64),
        "bads": is_bad.astype(np.float64),
        "weight": np.rint(weight * MILLION),
        "weight_squared": np.rint(weight**2 * MILLION),
        "weighted_bads": np.rint(weight * MILLION) * is_bad,
        "good_if_approved": np.rint(good_value * CENTS),
        "bad_if_approved": np.rint(bad_value * CENTS),
        "good_if_stopped": np.rint(values.good_if_stopped[rows] * CENTS),
        "weighted_value_approved": np.rint(weight * approved_value * CENTS),
        "weighted_value_stopped": np.rint(weight * stopped_value * CENTS),
        "weighted_square_approved": np.rint(weight * approved_value**2 * CENTS),
        "weighted_square_stopped": np.rint(weight * stopped_value**2 * CENTS),
    }
