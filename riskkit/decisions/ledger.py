"""The mergeable account of a scored population: one pass over the rows, then every cut-off.

Each measure is a sum over the applicants of one group, one stratum and one PD band, in whole
numbers (heads, cents, millionths of a weight): any order and any chunks of the rows give the same
ledger, and the ledger of two populations is the sum of theirs. Money is kept as amounts, of all
and of bads: profit and loss are linear in these, so that other economics need no further pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from riskkit._checks import Flags, Floats, as_finite, as_flags, as_fractions, check_shapes
from riskkit.decisions.bands import BandFinder, check_edges, default_edges
from riskkit.errors import DataError

Counts = NDArray[np.int64]
Codes = NDArray[np.integer]
Group = tuple[str, ...]
Number = TypeVar("Number", np.int64, np.float64)

#: What is known of an applicant's chance of approval under the past policy, hence of the outcome.
STRATA = ("sure", "explored", "unreachable")
_SURE, _EXPLORED, _UNREACHABLE = range(3)
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
_EXACT = 2.0**53  # whole numbers up to here are exact in floats
_LARGEST = 2.0**62  # and up to here safe in 64 bits
_CHUNK = 131_072  # rows at a time, so that temporaries stay in the processor's cache
_ONES = np.ones(_CHUNK, dtype=np.int64)
_MISSING = "(missing)"
#: Of the sure whose outcome is unknown: what is known is all less these.
_HELP = ("unknown", "unknown_amount", "unknown_square", "square_amount")


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
        _check_alike(self, other)
        groups = tuple(sorted({*self.groups, *other.groups}))
        check_groups(len(groups), self.by)
        sums = {
            name: _placed(self, groups, name) + _placed(other, groups, name) for name in MEASURES
        }
        return replace(self, groups=groups, sums=sums)

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


class LedgerBuilder:
    """Takes scored applicants batch by batch; memory does not grow with their number.

    Parameters
    ----------
    edges : array of float, shape (n_bands,), optional
        Upper ends of the PD bands, rising to 1; without them, `default_edges` [fraction].
    scorer : str
        Hash of the model that gives the PDs [hexadecimal].

    Examples
    --------
    >>> builder = LedgerBuilder()
    >>> for pd in (0.01, 0.2):
    ...     builder.add(ScoredOutcomes(pds=np.array([pd]), bad=np.zeros(1), propensity=np.ones(1),
    ...                                amount=np.array([100.0])))
    >>> builder.ledger().total()["applicants"].ravel().tolist()
    [2, 0, 0]
    """

    def __init__(self, *, edges: Floats | None = None, scorer: str = "") -> None:
        self._find = BandFinder(default_edges() if edges is None else edges)
        self._scorer = scorer
        self._by: tuple[str, ...] | None = None
        self._places: dict[Group, int] = {}
        self._sums = {name: np.zeros(0, dtype=np.int64) for name in (*MEASURES, *_HELP)}
        self._reached = dict.fromkeys(self._sums, 0.0)

    def add(self, scored: ScoredOutcomes) -> None:
        """Take more applicants.

        Parameters
        ----------
        scored : ScoredOutcomes
            Applicants who reached the score gate, in windows that have closed.

        Raises
        ------
        DataError
            If columns differ in length, PDs, outcomes, propensities or amounts break their rules,
            the columns that make groups differ from those before, or there are too many groups.
        """
        pds = np.ascontiguousarray(scored.pds, dtype=np.float64)
        by = {name: pd.Series(values) for name, values in scored.by.items()}
        bad, propensity, amount = scored.bad, scored.propensity, scored.amount
        check_shapes(
            {"pds": pds, "bad": bad, "propensity": propensity, "amount": amount}
            | {name: np.empty(len(column), dtype=bool) for name, column in by.items()}
        )
        if self._by is None:
            self._by = tuple(by)
        if tuple(by) != self._by:
            raise DataError(f"by must be {self._by} in every batch, but is {tuple(by)}.")
        codes, places = self._group_places(by)
        for start in range(0, len(pds), _CHUNK):
            rows = slice(start, start + _CHUNK)
            chunk = ScoredOutcomes(
                pds=pds[rows], bad=bad[rows], propensity=propensity[rows], amount=amount[rows]
            )
            _check_chunk(chunk, scored)
            self._add_chunk(chunk, int(places[0]) if codes is None else places[codes[rows]])

    def ledger(self) -> ScoreLedger:
        """Return the ledger of all applicants so far."""
        if not self._places:
            self._placed([()])
        order = sorted(self._places)
        places: list[int] | slice = [self._places[group] for group in order]
        if places == list(range(len(order))):
            places = slice(len(order))  # a view, without copying
        shape = (-1, len(STRATA), len(self._find.edges))
        raw = {name: values.reshape(shape)[places] for name, values in self._sums.items()}
        return ScoreLedger(
            edges=self._find.edges,
            sums=_completed(raw),
            by=self._by or (),
            groups=tuple(order),
            scorer=self._scorer,
        )

    def _group_places(self, by: Mapping[str, pd.Series]) -> tuple[Codes | None, Counts]:
        # The code of each row's group, and of each code the group's place in the ledger.
        groups: list[Group] = [()]
        codes: Codes | None = None
        for column in by.values():
            added, levels = _levels(column)
            check_groups(len(levels), tuple(by))
            if codes is None:
                codes, groups = added, [(level,) for level in levels]
                continue
            codes, present = pd.factorize(codes * np.int64(len(levels)) + added)
            groups = [(*groups[c // len(levels)], levels[c % len(levels)]) for c in present]
        return codes, self._placed(groups)

    def _placed(self, groups: Sequence[Group]) -> Counts:
        before = len(self._places)
        added = [group for group in dict.fromkeys(groups) if group not in self._places]
        check_groups(before + len(added), self._by or ())
        self._places |= {group: place for place, group in enumerate(added, start=before)}
        n_cells = len(STRATA) * len(self._find.edges)
        if len(self._places) * n_cells > len(self._sums["applicants"]):
            # All groups of a first batch at once, later ones with room to spare: growing costs more
            # than the rows of many batches do.
            room = max(len(self._places), 2 * before) * n_cells
            self._sums = {name: _longer(sums, room) for name, sums in self._sums.items()}
        return np.array([self._places[group] for group in groups], dtype=np.int64)

    def _add_chunk(self, chunk: ScoredOutcomes, places: Counts | int) -> None:
        all_sure = chunk.propensity.min() == 1
        sure: Flags | None = None
        stratum: Counts | int = _SURE
        if not all_sure:
            sure = chunk.propensity == 1
            stratum = np.where(sure, _SURE, _EXPLORED)
            stratum[chunk.propensity == 0] = _UNREACHABLE
        block = places * len(STRATA) + stratum
        cells = _Cells(block=block, band=self._find(chunk.pds), n_bands=len(self._find.edges))
        amount, square = _Whole.of(chunk.amount, CENTS), _Whole.of(chunk.amount**2)
        self._bin(cells, {"applicants": None, "amount": amount, "square_amount": square})
        # Of the sure, the known are all less the unknown: exact in whole numbers, and only the few
        # are added up again.
        unknown, bad = np.isnan(chunk.bad), chunk.bad == 1
        rows = np.flatnonzero(unknown if sure is None else unknown & sure)
        self._bin(
            cells.take(rows),
            {
                "unknown": None,
                "unknown_amount": amount.take(rows),
                "unknown_square": square.take(rows),
            },
        )
        rows = np.flatnonzero(bad if sure is None else bad & sure)
        self._bin(
            cells.take(rows),
            {
                "bads": None,
                "weighted_bad_amount": amount.take(rows),
                "weighted_square_bad_amount": square.take(rows),
            },
        )
        if sure is not None:
            rows = np.flatnonzero(~(unknown | sure))
            self._bin(cells.take(rows), _of_explored(chunk, rows))

    def _bin(self, cells: "_Cells", contributions: "Mapping[str, _Whole | None]") -> None:
        n = len(cells.band)
        if not n:
            return
        where = None if isinstance(cells.block, int) else cells.block * cells.n_bands + cells.band
        for name, whole in contributions.items():  # None: each row counts as one
            largest = 1.0 if whole is None else whole.largest
            self._reached[name] += n * largest  # whatever the bands, no sum can exceed this
            if self._reached[name] > _LARGEST:
                raise _too_large()
            sums = self._sums[name]
            if where is not None:
                np.add.at(
                    sums, where, _ONES[:n] if whole is None else whole.numbers.astype(np.int64)
                )
            else:
                _add_block(sums, cells, whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    # Where each row of a chunk belongs; block is one number where all rows share it.
    block: Counts | int
    band: Counts
    n_bands: int

    def take(self, rows: NDArray[np.intp]) -> "_Cells":
        block = self.block if isinstance(self.block, int) else self.block[rows]
        return replace(self, block=block, band=self.band[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    # Whole numbers that are not negative, still as floats, and the largest of them.
    numbers: Floats
    largest: float

    @classmethod
    def of(cls, values: Floats, unit: float = 1.0) -> "_Whole":
        rounded = np.multiply(values, unit)
        np.rint(rounded, out=rounded)
        if rounded.size and not (rounded.min() >= 0 and rounded.max() < _EXACT):  # nan too
            as_finite(amount=values)
            if rounded.min() < 0:
                raise DataError(f"amount must not be negative, but the lowest is {values.min()}.")
            raise _too_large()
        return cls(numbers=rounded, largest=float(rounded.max(initial=0.0)))

    def take(self, rows: NDArray[np.intp]) -> "_Whole":
        return replace(self, numbers=self.numbers[rows])


def score_ledger(
    scored: ScoredOutcomes, *, edges: Floats | None = None, scorer: str = ""
) -> ScoreLedger:
    """Account for a scored population in one pass.

    Parameters
    ----------
    scored : ScoredOutcomes
        Applicants who reached the score gate, in windows that have closed.
    edges : array of float, shape (n_bands,), optional
        Upper ends of the PD bands, rising to 1; without them, `default_edges` [fraction].
    scorer : str
        Hash of the model that gave the PDs [hexadecimal].

    Returns
    -------
    ScoreLedger
        Sums per group, stratum and band, the same whatever the order or the chunks of the rows.

    Raises
    ------
    DataError
        If columns differ in length, PDs or propensities lie outside 0 to 1, an applicant who could
        not be approved has an outcome, there are more than 128 groups, or an amount is negative,
        not finite, or too large to be added exactly.

    Examples
    --------
    >>> ledger = score_ledger(ScoredOutcomes(
    ...     pds=np.array([0.01, 0.2]), bad=np.array([0.0, np.nan]),
    ...     propensity=np.array([1.0, 0.05]), amount=np.array([100.0, 100.0]),
    ...     by={"channel": ["app", "shop"]}))
    >>> ledger.total()["applicants"].ravel().tolist(), ledger.groups
    ([1, 1, 0], (('app',), ('shop',)))
    """
    builder = LedgerBuilder(edges=edges, scorer=scorer)
    builder.add(scored)
    return builder.ledger()


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


def _add_block(sums: Counts, cells: _Cells, whole: _Whole | None) -> None:
    assert isinstance(cells.block, int)  # noqa: S101 - so says the caller
    block = sums[cells.block * cells.n_bands : (cells.block + 1) * cells.n_bands]
    if whole is None:
        block += np.bincount(cells.band, minlength=cells.n_bands)
    elif len(cells.band) * whole.largest < _EXACT:  # sums of floats are exact
        added = np.bincount(cells.band, weights=whole.numbers, minlength=cells.n_bands)
        block += added.astype(np.int64)
    else:
        np.add.at(block, cells.band, whole.numbers.astype(np.int64))


def _of_explored(chunk: ScoredOutcomes, rows: NDArray[np.intp]) -> dict[str, _Whole | None]:
    weight, is_bad = 1 / chunk.propensity[rows], chunk.bad[rows] == 1
    amount = chunk.amount[rows]
    return {
        "labelled": None,
        "bads": _Whole.of(1.0 * is_bad),
        "weight": _Whole.of(weight, MILLION),
        "weight_squared": _Whole.of(weight**2, MILLION),
        "weighted_bads": _Whole.of(weight * is_bad, MILLION),
        "weighted_amount": _Whole.of(weight * amount, CENTS),
        "weighted_bad_amount": _Whole.of(weight * amount * is_bad, CENTS),
        "weighted_square_amount": _Whole.of(weight * amount**2),
        "weighted_square_bad_amount": _Whole.of(weight * amount**2 * is_bad),
    }


def _completed(raw: Mapping[str, Counts]) -> dict[str, Counts]:
    # The sure have weight 1: what is known of them follows from counts.
    sums = {name: raw[name].copy() for name in MEASURES}
    sure = {name: values[:, _SURE] for name, values in raw.items()}
    known = sure["applicants"] - sure["unknown"]
    for name, values in {
        "labelled": known,
        "weight": known * MILLION,
        "weight_squared": known * MILLION,
        "weighted_bads": sure["bads"] * MILLION,
        "weighted_amount": sure["amount"] - sure["unknown_amount"],
        "weighted_square_amount": sure["square_amount"] - sure["unknown_square"],
    }.items():
        sums[name][:, _SURE] = values
    return sums


def _check_chunk(chunk: ScoredOutcomes, scored: ScoredOutcomes) -> None:
    # The extremes tell in two reads whether all is well; a message then names the first row.
    for name, column in (("pds", chunk.pds), ("propensity", chunk.propensity)):
        if not (column.min() >= 0 and column.max() <= 1):
            as_fractions(**{name: getattr(scored, name)})
    bad = chunk.bad
    known = np.count_nonzero(bad == bad)  # noqa: PLR0124 - nan is not itself
    if np.count_nonzero(bad == 0) + np.count_nonzero(bad == 1) != known:
        as_flags(bad=np.where(np.isnan(scored.bad), 0.0, scored.bad))
    if known and chunk.propensity.min() == 0:
        strange = np.flatnonzero((scored.propensity == 0) & ~np.isnan(scored.bad))
        if strange.size:
            raise DataError(
                "bad must be unknown where the propensity of approval is 0, but is known for "
                f"{strange.size} of {len(scored.bad)} applicants, the first in row {strange[0]}."
            )


def _levels(column: pd.Series) -> tuple[Codes, list[str]]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, levels = column.cat.codes.to_numpy(), column.cat.categories
    else:
        codes, levels = pd.factorize(column)
    names = [str(level) for level in levels]
    if (codes < 0).any():
        codes, names = np.where(codes < 0, len(names), codes), [*names, _MISSING]
    return codes, names


def _check_alike(ledger: ScoreLedger, other: ScoreLedger) -> None:
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


def _longer(values: Counts, n: int) -> Counts:
    longer = np.zeros(n, dtype=np.int64)
    longer[: len(values)] = values
    return longer


def _too_large() -> DataError:
    return DataError("amount is too large for exact sums; count money in thousands or millions.")
