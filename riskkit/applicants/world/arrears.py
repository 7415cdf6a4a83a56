"""What becomes of every loan: its month of default and worst arrears, and its true PD.

The *weakness* of a borrower is solved for, so that under a neutral macro factor the chain of
`riskkit.applicants.world.chain` reaches M4+ within the performance window with exactly the
probability that the risk model says; the true PD is then that of the same chain under the factor of
the loan's own months.

What becomes of a loan is drawn at once, from the distribution of the month in which it defaults and
of its worst arrears, and not month by month.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from riskkit._checks import Floats
from riskkit.applicants.world.calendar import LOAN_MONTHS
from riskkit.applicants.world.chain import DEFAULT, OPEN, Arrears, Chain

#: Log-odds of bad under a neutral factor are tabulated in these cells, and finely between them.
_LOWEST, _HIGHEST, _COARSE, _FINE = -14.0, 10.0, 385, 8192
#: Points of the quadrature over the factor that no column shows.
_NODES = 21
_WEAKNESS = np.linspace(-9, 12, 2101)
_A_YEAR_IN_DAYS, _MONTH_IN_DAYS = 365, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrearsPlan:
    """The chain of every origination month, term and risk; what follows from the spec alone."""

    arrears: Arrears
    loading: float
    macro: Floats  #: Macro factor by month from the first origination on.
    terms: NDArray[np.int64]
    window: int
    weakness: Floats  #: Shape (n_terms, n_coarse).
    #: Log-odds of the true PD less neutral ones, shape (n_months, n_terms, n_fine).
    shift: NDArray[np.float32]
    #: The same for the mean PD over the factor that no column shows.
    blind_shift: NDArray[np.float32]
    #: Share of the bads that default by each month, (n_months, n_terms, n_coarse, window).
    bad_by: NDArray[np.float32]
    #: The same of the goods: late defaults by month, then worst arrears M3, M2, M1.
    good_by: NDArray[np.float32]

    @classmethod
    def of(  # noqa: PLR0913 - one argument per part of the spec that it rests on
        cls,
        arrears: Arrears,
        *,
        loading: float,
        macro: Floats,
        terms: NDArray[np.int64],
        window: int,
        hidden: float = 0.0,
    ) -> "ArrearsPlan":
        """Solve the chain for every origination month, term and risk.

        Parameters
        ----------
        arrears : Arrears
            The chain.
        loading : float
            Vasicek loading [fraction].
        macro : array of float, shape (n_months + LOAN_MONTHS,)
            The factor, from the first origination month on.
        terms : array of int, shape (n_terms,)
            Instalments.
        window : int
            Performance window [months].
        hidden : float
            Standard deviation of what no column shows [log-odds].

        Returns
        -------
        ArrearsPlan
            Tables to draw from.
        """
        cells = np.linspace(_LOWEST, _HIGHEST, _COARSE)
        weakness = _solved_weakness(arrears, loading, terms, window, cells)
        chain = Chain(arrears=arrears, loading=loading, macro=macro, terms=terms)
        by_month = chain.hits(weakness, level=DEFAULT)
        in_window = by_month[..., :window]
        pds = in_window.sum(axis=-1)
        ever = [chain.hits(weakness, level=level).sum(axis=-1) for level in (1, 2, 3)]
        defaulted = by_month.sum(axis=-1)
        worst = [ever[2] - defaulted, ever[1] - ever[2], ever[0] - ever[1]]
        goods = np.concatenate([by_month[..., window:], np.stack(worst, axis=-1)], axis=-1)
        return cls(
            arrears=arrears,
            loading=loading,
            macro=macro,
            terms=terms,
            window=window,
            weakness=weakness,
            shift=_fine_shift(pds),
            blind_shift=_fine_shift(_mean_over_hidden(pds, hidden)),
            bad_by=_cumulated(in_window, pds),
            good_by=_cumulated(goods, 1 - pds),
        )

    def pds(self, log_odds: Floats, *, month: NDArray[np.int16], term: NDArray[np.int16]) -> Floats:
        """Return the true PD under the factor of each loan's own months [fraction].

        Parameters
        ----------
        log_odds : array of float, shape (n_applicants,)
            Log-odds of bad under a neutral factor.
        month : array of int, shape (n_applicants,)
            Month of the application, 0 = the first.
        term : array of int, shape (n_applicants,)
            Position of the term among the terms.

        Returns
        -------
        array of float, shape (n_applicants,)
            True PDs; they rise in the log-odds [fraction].
        """
        return self._shifted(self.shift, log_odds, month, term)

    def pds_given_columns(
        self, log_odds: Floats, *, month: NDArray[np.int16], term: NDArray[np.int16]
    ) -> Floats:
        """Return the mean PD over the factor that no column shows [fraction].

        Parameters
        ----------
        log_odds : array of float, shape (n_applicants,)
            Log-odds of bad under a neutral factor where that factor is 0.
        month, term : array of int, shape (n_applicants,)
            Month of the application, and position of the term.

        Returns
        -------
        array of float, shape (n_applicants,)
            No score of the columns ranks all applicants better.
        """
        return self._shifted(self.blind_shift, log_odds, month, term)

    def neutral_log_odds(
        self, pds: Floats, *, month: NDArray[np.int16], term: NDArray[np.int16]
    ) -> Floats:
        """Return the log-odds under a neutral factor of true PDs: the inverse of `pds`.

        Parameters
        ----------
        pds : array of float, shape (n_applicants,)
            True PDs [fraction].
        month, term : array of int, shape (n_applicants,)
            Month of the application, and position of the term.

        Returns
        -------
        array of float, shape (n_applicants,)
            Log-odds of bad.
        """
        fine, asked = np.linspace(_LOWEST, _HIGHEST, _FINE), logit(pds)
        rows, found = self._rows(month, term), np.empty_like(asked)
        for row in np.unique(rows):
            members = rows == row
            rising = fine + self.shift.reshape(-1, _FINE)[row]
            found[members] = np.interp(asked[members], rising, fine)
        return found

    def _shifted(
        self,
        shift: NDArray[np.float32],
        log_odds: Floats,
        month: NDArray[np.int16],
        term: NDArray[np.int16],
    ) -> Floats:
        # Between the cells' centres in a straight line, so that the PD rises without steps.
        scaled = (log_odds - _LOWEST) * ((_FINE - 1) / (_HIGHEST - _LOWEST))
        scaled = np.clip(scaled, 0, _FINE - 1)
        cell = np.minimum(scaled.astype(np.int64), _FINE - 2)
        table, place = shift.reshape(-1), self._rows(month, term) * _FINE + cell
        below, above = table[place], table[place + 1]
        return expit(log_odds + below + (above - below) * (scaled - cell))

    def draw(
        self,
        log_odds: Floats,
        pds: Floats,
        uniforms: Floats,
        *,
        month: NDArray[np.int16],
        term: NDArray[np.int16],
    ) -> "Courses":
        """Draw what becomes of each loan, all at once.

        Parameters
        ----------
        log_odds : array of float, shape (n_applicants,)
            Log-odds of bad under a neutral factor.
        pds : array of float, shape (n_applicants,)
            True PDs, from `pds` [fraction].
        uniforms : array of float, shape (n_applicants,)
            One uniform draw each: it decides everything.
        month, term : array of int, shape (n_applicants,)
            Month of the application, and position of the term.

        Returns
        -------
        Courses
            Whether it goes bad, when it defaults, and its worst arrears.
        """
        bad = uniforms < pds
        default_month = np.zeros(pds.size, dtype=np.int16)
        worst = np.zeros(pds.size, dtype=np.int8)
        days = np.zeros(pds.size, dtype=np.int16)
        rows = self._rows(month, term) * _COARSE + _cell(log_odds, _COARSE)
        bads = np.flatnonzero(bad)
        k, rest = _category(self.bad_by, rows[bads], uniforms[bads] / pds[bads])
        default_month[bads], worst[bads] = k + 1, DEFAULT
        days[bads] = _day(k + 1, rest)
        left = (uniforms - pds) / (1 - pds)
        last = self.good_by.reshape(-1, self.good_by.shape[-1])[:, -1]
        late = np.flatnonzero(~bad & (left < last[rows]))
        k, rest = _category(self.good_by, rows[late], left[late])
        n_late_months = self.good_by.shape[-1] - len(OPEN[1:])
        defaults = k < n_late_months
        default_month[late[defaults]] = k[defaults] + self.window + 1
        days[late[defaults]] = _day(k[defaults] + self.window + 1, rest[defaults])
        worst[late] = np.where(defaults, DEFAULT, DEFAULT - 1 - (k - n_late_months))
        return Courses(bad=bad, default_month=default_month, days=days, worst=worst)

    def coarse_cells(self, log_odds: Floats) -> NDArray[np.intp]:
        """Return the cell of `weakness` of each applicant's log-odds under a neutral factor."""
        return _cell(log_odds, _COARSE)

    def _rows(self, month: NDArray[np.int16], term: NDArray[np.int16]) -> NDArray[np.int64]:
        return month.astype(np.int64) * len(self.terms) + term


@dataclass(frozen=True, slots=True, kw_only=True)
class Courses:
    """What becomes of each loan if it is made; arrays of shape (n_applicants,)."""

    bad: NDArray[np.bool_]  #: Defaults within the performance window.
    default_month: NDArray[np.int16]  #: Month-end at which it is 91 days past due; 0 = never.
    days: NDArray[np.int16]  #: Days from the application until then; 0 = never.
    worst: NDArray[np.int8]  #: Worst arrears of its life: 0 none, 1 to 3 M1 to M3, 4 default.


def _solved_weakness(
    arrears: Arrears, loading: float, terms: NDArray[np.int64], window: int, log_odds: Floats
) -> Floats:
    neutral = Chain(arrears=arrears, loading=loading, macro=np.zeros(1 + LOAN_MONTHS), terms=terms)
    grid = np.broadcast_to(_WEAKNESS, (len(terms), len(_WEAKNESS)))
    reached = neutral.hits(grid, level=DEFAULT)[0, :, :, :window].sum(axis=-1)
    rising = logit(np.clip(reached, 1e-12, 1 - 1e-12))
    return np.array([np.interp(log_odds, row, _WEAKNESS) for row in rising])


def _fine_shift(pds: Floats) -> NDArray[np.float32]:
    # From the coarse cells to the fine ones, shape (n_months, n_terms, n_fine).
    cells = np.linspace(_LOWEST, _HIGHEST, _COARSE)
    fine = np.linspace(_LOWEST, _HIGHEST, _FINE)
    shift = logit(np.clip(pds, 1e-12, 1 - 1e-12)) - cells
    rows = [np.interp(fine, cells, row) for row in shift.reshape(-1, _COARSE)]
    return np.reshape(rows, (*pds.shape[:2], _FINE)).astype(np.float32)


def _mean_over_hidden(pds: Floats, hidden: float) -> Floats:
    cells = np.linspace(_LOWEST, _HIGHEST, _COARSE)
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    mixing = np.zeros((_COARSE, _COARSE))
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        place = np.clip(cells + hidden * node, _LOWEST, _HIGHEST)
        below = np.minimum(((place - _LOWEST) / (cells[1] - cells[0])).astype(int), _COARSE - 2)
        part = (place - cells[below]) / (cells[1] - cells[0])
        mixing[np.arange(_COARSE), below] += weight * (1 - part)
        mixing[np.arange(_COARSE), below + 1] += weight * part
    return pds @ mixing.T


def _cumulated(parts: Floats, whole: Floats) -> NDArray[np.float32]:
    return (np.cumsum(parts, axis=-1) / np.maximum(whole, 1e-300)[..., None]).astype(np.float32)


def _cell(log_odds: Floats, n_cells: int) -> NDArray[np.intp]:
    scaled = (log_odds - _LOWEST) * ((n_cells - 1) / (_HIGHEST - _LOWEST)) + 0.5
    return np.clip(scaled, 0, n_cells - 1).astype(np.intp)


def _category(
    cumulated: NDArray[np.float32], rows: NDArray[np.intp], uniforms: Floats
) -> tuple[NDArray[np.int64], Floats]:
    # The category that each uniform falls into, and how far into it [0, 1).
    tables = cumulated.reshape(-1, cumulated.shape[-1])[rows].astype(np.float64)
    found = np.minimum((uniforms[:, None] >= tables).sum(axis=1), tables.shape[1] - 1)
    every = np.arange(len(rows))
    above = tables[every, found]
    below = np.where(found > 0, tables[every, np.maximum(found - 1, 0)], 0.0)
    width = np.maximum(above - below, 1e-12)
    return found, np.clip((uniforms - below) / width, 0, 1 - 1e-9)


def _day(month: NDArray[np.int64], rest: Floats) -> NDArray[np.int16]:
    before = (month - 1) * _A_YEAR_IN_DAYS // 12
    return (before + 1 + np.floor(rest * _MONTH_IN_DAYS)).astype(np.int16)
