"""The mergeable account of a scored population: one pass over the rows, then every cut-off.

Each measure is a sum over the applicants of one group, one stratum and one PD band, in whole
numbers (heads, cents, millionths of a weight): any order and any chunks of the rows give the same
ledger, and the ledger of two populations is the sum of theirs. Money is kept as amounts, of all
and of bads: profit and loss are linear in these, so that other economics need no further pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskkit._checks import Floats
from riskkit.decisions.bands import check_edges
from riskkit.errors import DataError

Counts = NDArray[np.int64]
Group = tuple[str, ...]
Number = TypeVar("Number", np.int64, np.float64)

#: What is known of an applicant's chance of approval under the past policy, hence of the outcome.
STRATA = ("sure", "explored", "unreachable")
#: Additive measures of each group, stratum and band.
MEASURES = (
    "applicants",  # of all; so is the next
    "amount",  # cents
    "labelled",  # of those with a known outcome; so are all that follow
    "bads",
    "weight",  # 1 / propensity in millionths; so are the next two
    "weight_squared",
    "weighted_bads",
    "weighted_amount",  # cents; so is the next
    "weighted_bad_amount",
    "weighted_square_amount",  # squared currency; so is the next
    "weighted_square_bad_amount",
)
MILLION, CENTS = 1_000_000, 100
#: A ledger holds about 4 MB per group in memory.
MAX_GROUPS = 128
MISSING = "(missing)"  #: How a group is named whose value is missing.


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredOutcomes:
    """Scored applicants at the score gate; every array has shape (n_applicants,)."""

    pds: Floats  #: PD [fraction].
    bad: Floats  #: 1 bad, 0 good, NaN unknown.
    propensity: Floats  #: Chance of approval under the past policy [fraction].
    amount: Floats  #: Amount applied for [currency].
    by: Mapping[str, ArrayLike] = field(default_factory=dict)  #: Columns that make the groups.


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLedger:
    """Sums of a scored population per group, stratum and PD band; two ledgers add."""

    edges: Floats  #: Upper ends of the PD bands, rising, the last 1; every cut-off is an edge.
    sums: dict[str, Counts]  #: Each measure, shape (n_groups, n_strata, n_bands).
    by: tuple[str, ...] = ()  #: Names of the columns that make the groups.
    groups: tuple[Group, ...] = ((),)  #: Their values, sorted.
    scorer: str = ""  #: Hash of the model that gave the PDs [hexadecimal]; empty if unknown.

    def __add__(self, other: "ScoreLedger") -> "ScoreLedger":
        """Return the ledger of both populations.

        Raises
        ------
        DataError
            If the two ledgers have different band edges or groups, or come from two models.
        """
        if not isinstance(other, ScoreLedger):
            return NotImplemented  # Python then tells of the two types
        _check_alike(self, other)
        groups = tuple(sorted({*self.groups, *other.groups}))
        check_groups(len(groups), self.by)
        sums = {
            name: _placed(self, groups, name) + _placed(other, groups, name) for name in MEASURES
        }
        return replace(self, groups=groups, sums=sums)

    @property
    def is_weighted(self) -> bool:
        """Whether rows count by sampling weights: then sums of squares are among its sums."""
        return "nn0" in self.sums

    def below(self, cutoffs: Floats) -> dict[str, Counts]:
        """Return each measure of those approved at each cut-off, whatever their group.

        Parameters
        ----------
        cutoffs : array of float, shape (n_cutoffs,)
            PD cut-offs [fraction], rising; each is an edge of the ledger.

        Returns
        -------
        dict of str to array of int
            Sums over ``pds <= cutoff``, shape (n_strata, n_cutoffs).

        Raises
        ------
        DataError
            If a cut-off is not an edge, or they do not rise.
        """
        bands = self.bands_of(cutoffs)
        return {name: sums_up_to(self.all_groups(name), bands) for name in MEASURES}

    def bands_of(self, cutoffs: Floats) -> NDArray[np.intp]:
        """Return the band that each cut-off ends.

        Parameters
        ----------
        cutoffs : array of float, shape (n_cutoffs,)
            PD cut-offs [fraction], rising; each is an edge of the ledger.

        Returns
        -------
        array of int, shape (n_cutoffs,)
            Places in `edges`.

        Raises
        ------
        DataError
            If there is none, one is not an edge, or they do not rise.
        """
        cutoffs = np.asarray(cutoffs, dtype=np.float64)
        bands = np.minimum(np.searchsorted(self.edges, cutoffs), len(self.edges) - 1)
        strange = self.edges[bands] != cutoffs
        if strange.any():
            raise DataError(
                f"cutoffs must be edges of the ledger, but {int(strange.sum())} of {len(cutoffs)} "
                f"are not; the first is {cutoffs[strange][0]}. Use edge_above."
            )
        if not bands.size or (np.diff(bands) <= 0).any():
            raise DataError("cutoffs must be one or more that rise, but they do not.")
        return bands

    def total(self) -> dict[str, Counts]:
        """Return each measure of everybody, shape (n_strata, 1)."""
        return {name: self.all_groups(name).sum(axis=1, keepdims=True) for name in MEASURES}

    def all_groups(self, name: str) -> Counts:
        """Return one measure, whatever the group, shape (n_strata, n_bands)."""
        values = self.sums[name]
        return values[0] if len(values) == 1 else values.sum(axis=0)

    def of(self, *group: str) -> "ScoreLedger":
        """Return the ledger of one group.

        Parameters
        ----------
        *group : str
            Its value of each column in `by`.

        Returns
        -------
        ScoreLedger
            With that group only.

        Raises
        ------
        DataError
            If the ledger has no such group.
        """
        if group not in self.groups:
            raise DataError(
                f"group must be one of the ledger's {len(self.groups)}, but is {group}; the first "
                f"is {self.groups[0]}."
            )
        place = self.groups.index(group)
        sums = {name: values[place : place + 1] for name, values in self.sums.items()}
        return replace(self, groups=(group,), sums=sums)


def sums_up_to(values: NDArray[Number], bands: NDArray[np.intp]) -> NDArray[Number]:
    """Return sums over the bands up to each of some.

    Parameters
    ----------
    values : array, shape (..., n_bands)
        A measure by band.
    bands : array of int, shape (n_cutoffs,)
        Places of bands, rising.

    Returns
    -------
    array, shape (..., n_cutoffs)
        The sums.

    Examples
    --------
    >>> sums_up_to(np.array([1, 2, 4, 8]), np.array([1, 3])).tolist()
    [3, 15]
    """
    # Between neighbours first: there are few cut-offs and many bands.
    starts = np.append(0, bands[:-1] + 1)
    between = np.add.reduceat(values[..., : int(bands[-1]) + 1], starts, axis=-1)
    return np.cumsum(between, axis=-1)


def check_ledger(ledger: ScoreLedger) -> None:
    """Refuse a ledger whose parts do not fit together, such as one read from a file.

    Parameters
    ----------
    ledger : ScoreLedger
        What was read.

    Raises
    ------
    DataError
        If its edges, groups and sums contradict each other.
    """
    check_edges(ledger.edges)
    shape = (len(ledger.groups), len(STRATA), len(ledger.edges))
    for name in MEASURES:
        found = ledger.sums[name].shape if name in ledger.sums else "none"
        if found != shape:
            raise DataError(f"The ledger must hold {name} of shape {shape}, but has {found}.")


def _check_alike(ledger: ScoreLedger, other: ScoreLedger) -> None:
    if ledger.is_weighted or other.is_weighted:
        raise DataError("Two ledgers add only if both count applicants, not sampling weights.")
    if not np.array_equal(ledger.edges, other.edges):
        raise DataError("Two ledgers add only if they have the same band edges.")
    if ledger.by != other.by:
        raise DataError(
            f"Two ledgers add only if they have the same groups, but one is by {ledger.by}, the "
            f"other by {other.by}."
        )
    if ledger.scorer != other.scorer:
        raise DataError(
            "Two ledgers add only if one model gave their PDs, but they come from models "
            f"{ledger.scorer or 'unknown'} and {other.scorer or 'unknown'}."
        )


def check_groups(n_groups: int, by: tuple[str, ...]) -> None:
    """Refuse more groups than a ledger holds.

    Parameters
    ----------
    n_groups : int
        How many there are.
    by : tuple of str
        Names of the columns that make them.

    Raises
    ------
    DataError
        If there are more than 128.
    """
    if n_groups > MAX_GROUPS:
        raise DataError(
            f"by must make at most {MAX_GROUPS} groups, but {', '.join(by)} makes more; bin the "
            "columns first."
        )


def _placed(ledger: ScoreLedger, groups: tuple[Group, ...], name: str) -> Counts:
    if ledger.groups == groups:
        return ledger.sums[name]
    values = np.zeros((len(groups), *ledger.sums[name].shape[1:]), dtype=np.int64)
    values[[groups.index(group) for group in ledger.groups]] = ledger.sums[name]
    return values
