"""Rows into a ledger: checked, rounded to whole numbers and added up, chunk by chunk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats, as_finite, as_flags, as_fractions, check_shapes
from riskkit.decisions.bands import BandFinder, default_edges
from riskkit.decisions.ledger import (
    CENTS,
    MEASURES,
    MILLION,
    MISSING,
    STRATA,
    Counts,
    Group,
    ScoredOutcomes,
    ScoreLedger,
    check_groups,
)
from riskkit.errors import DataError

Codes = NDArray[np.integer]

_SURE, _EXPLORED, _UNREACHABLE = range(3)
_EXACT = 2.0**53  # whole numbers up to here are exact in floats
_LARGEST = 2.0**62  # and up to here safe in 64 bits
_CHUNK = 131_072  # rows at a time, so that temporaries stay in the processor's cache
_ONES = np.ones(_CHUNK, dtype=np.int64)
#: Of the sure whose outcome is unknown: what is known is all less these.
_HELP = ("unknown", "unknown_amount", "unknown_square", "square_amount")
#: What follows from these and other measures of the sure, in the order of `_completed`.
_FOLLOWS = (
    "labelled",
    "weight",
    "weight_squared",
    "weighted_bads",
    "weighted_amount",
    "weighted_square_amount",
)


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
        self._lent = False  # whether a ledger looks at these very sums

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
        self._take_back()
        codes, places = self._group_places(by)
        starts = places * len(STRATA) * len(self._find.edges)
        for start in range(0, len(pds), _CHUNK):
            rows = slice(start, start + _CHUNK)
            chunk = ScoredOutcomes(
                pds=pds[rows], bad=bad[rows], propensity=propensity[rows], amount=amount[rows]
            )
            _check_chunk(chunk, scored)
            self._add_chunk(chunk, int(starts[0]) if codes is None else starts.take(codes[rows]))

    def ledger(self) -> ScoreLedger:
        """Return the ledger of all applicants so far."""
        if not self._places:
            self._placed([()])
        order = sorted(self._places)
        places: list[int] | slice = [self._places[group] for group in order]
        if places == list(range(len(order))):
            places = slice(len(order))  # a view, copied only if more rows come
            self._lent = True
        shape = (-1, len(STRATA), len(self._find.edges))
        raw = {name: values.reshape(shape)[places] for name, values in self._sums.items()}
        return ScoreLedger(
            edges=self._find.edges,
            sums=_completed(raw),
            by=self._by or (),
            groups=tuple(order),
            scorer=self._scorer,
        )

    def _take_back(self) -> None:
        # The ledger that was given out keeps its sums.
        if not self._lent:
            return
        self._sums = {name: sums.copy() for name, sums in self._sums.items()}
        shape = (-1, len(STRATA), len(self._find.edges))
        for name in _FOLLOWS:
            self._sums[name].reshape(shape)[:, _SURE] = 0
        self._lent = False

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

    def _add_chunk(self, chunk: ScoredOutcomes, starts: Counts | int) -> None:
        cells = _Cells(start=starts, place=self._find(chunk.pds), n_bands=len(self._find.edges))
        sure: Flags | None = None
        if chunk.propensity.min() < 1:
            sure = chunk.propensity == 1
            stratum = np.where(sure, _SURE, _EXPLORED)
            stratum[chunk.propensity == 0] = _UNREACHABLE
            cells = replace(cells, start=starts + stratum * cells.n_bands)
        cells = cells.joined()
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
        n = len(cells.place)
        if not n:
            return
        for name, whole in contributions.items():  # None: each row counts as one
            largest = 1.0 if whole is None else whole.largest
            self._reached[name] += n * largest  # whatever the bands, no sum can exceed this
            if self._reached[name] > _LARGEST:
                raise _too_large()
            assert isinstance(cells.start, int)  # noqa: S101 - they are joined
            if cells.n_bands:
                block = self._sums[name][cells.start : cells.start + cells.n_bands]
                _add_block(block, cells.place, whole)
            else:
                numbers = _ONES[:n] if whole is None else whole.numbers.astype(np.int64)
                np.add.at(self._sums[name], cells.place, numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    # Where each row of a chunk belongs: a place after a start. The start is one number where all
    # rows share a block of bands; where they do not, `joined` makes it 0, and n_bands too.
    start: Counts | int
    place: Counts
    n_bands: int

    def joined(self) -> "_Cells":
        if isinstance(self.start, int):
            return self
        return _Cells(start=0, place=self.start + self.place, n_bands=0)

    def take(self, rows: NDArray[np.intp]) -> "_Cells":
        return replace(self, place=self.place[rows])


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


def _add_block(sums: Counts, bands: Counts, whole: _Whole | None) -> None:
    if whole is None:
        sums += np.bincount(bands, minlength=len(sums))
    elif len(bands) * whole.largest < _EXACT:  # sums of floats are exact
        sums += np.bincount(bands, weights=whole.numbers, minlength=len(sums)).astype(np.int64)
    else:
        np.add.at(sums, bands, whole.numbers.astype(np.int64))


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
    # The sure have weight 1: what is known of them follows from counts. In place.
    sure = {name: values[:, _SURE] for name, values in raw.items()}
    known = sure["applicants"] - sure["unknown"]
    follows = (
        known,
        known * MILLION,
        known * MILLION,
        sure["bads"] * MILLION,
        sure["amount"] - sure["unknown_amount"],
        sure["square_amount"] - sure["unknown_square"],
    )
    for name, values in zip(_FOLLOWS, follows, strict=True):
        raw[name][:, _SURE] = values
    return {name: raw[name] for name in MEASURES}


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
        codes, names = np.where(codes < 0, len(names), codes), [*names, MISSING]
    return codes, names


def _longer(values: Counts, n: int) -> Counts:
    longer = np.zeros(n, dtype=np.int64)
    longer[: len(values)] = values
    return longer


def _too_large() -> DataError:
    return DataError("amount is too large for exact sums; count money in thousands or millions.")
