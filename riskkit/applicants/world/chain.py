"""The monthly chain of arrears: from current to 91 days past due, under a macro factor.

At each month-end a borrower who is current may miss the instalment, one who is late may miss
another, stay as late, or cure. A borrower's *weakness* moves every chance of rolling on, through a
probit with the Vasicek loading on the macro factor of that month [1]_.

References
----------
.. [1] Vasicek (2002), The distribution of loan portfolio value, Risk 15 (12), 160-162.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator
from scipy.special import ndtr

from riskkit._checks import Floats
from riskkit._records import STRICT
from riskkit.applicants.world.calendar import LOAN_MONTHS

Late = Literal["M1", "M2", "M3"]
Open = Literal["current", "M1", "M2", "M3"]
#: States of a loan that has not defaulted, and the one it defaults in.
OPEN: tuple[Open, ...] = ("current", "M1", "M2", "M3")
DEFAULT = 4
#: A loan is followed so many months beyond its last instalment.
_TAIL = LOAN_MONTHS - 24


class Roll(BaseModel):
    """The chance of rolling on from one state to the next, as a probit."""

    model_config = STRICT

    at: float  #: Probit of a borrower of weakness 0.
    slope: float = Field(gt=0)  #: Rise of the probit per unit of weakness.


class Arrears(BaseModel):
    """The monthly chain current, M1, M2, M3, M4+."""

    model_config = STRICT

    rolls: Mapping[Open, Roll]  #: Chance of rolling on from each state.
    #: Of those late who do not roll on, the share that is current again [fraction].
    cures: Mapping[Late, Annotated[float, Field(ge=0, le=1)]]
    write_off_months: int = Field(ge=0)  #: A defaulted loan leaves the book so much later [months].

    @model_validator(mode="after")
    def _check(self) -> "Arrears":
        if set(self.rolls) != set(OPEN) or set(self.cures) != set(OPEN[1:]):
            raise ValueError("rolls must name current, M1, M2 and M3, and cures M1, M2 and M3")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The chain of loans of several origination months and terms."""

    arrears: Arrears
    loading: float
    macro: Floats
    terms: NDArray[np.int64]

    @property
    def n_months(self) -> int:
        """How many origination months it covers."""
        return len(self.macro) - LOAN_MONTHS

    def hits(self, weakness: Floats, *, level: int) -> Floats:
        """Return the chance of first reaching a state in each month.

        Parameters
        ----------
        weakness : array of float, shape (n_terms, n_cells)
            Weakness of the borrowers, by term.
        level : int
            1 to 3 for M1 to M3, 4 for default.

        Returns
        -------
        array of float, shape (n_months, n_terms, n_cells, LOAN_MONTHS)
            Chance by month of the loan's life [fraction].
        """
        found = np.zeros((self.n_months, *weakness.shape, LOAN_MONTHS))
        for k, _, moved in self._steps(weakness, level):
            found[..., k - 1] = moved[-1]
        return found

    def expected_book(self, weakness: Floats, lent: Floats) -> Floats:
        """Return the expected balance in each state at every month-end.

        Parameters
        ----------
        weakness : array of float, shape (n_terms, n_cells)
            Weakness of the borrowers, by term.
        lent : array of float, shape (n_months, n_terms, n_cells)
            Amount lent in each origination month [currency].

        Returns
        -------
        array of float, shape (n_months + LOAN_MONTHS, 5)
            Balance of current, M1, M2, M3 and defaulted loans not yet written off [currency]; row t
            is the end of month t, counted as origination months are.
        """
        book = np.zeros((len(self.macro) + self.arrears.write_off_months, DEFAULT + 1))
        for k, states, moved in self._steps(weakness, DEFAULT):
            months = np.arange(self.n_months) + k
            for j, state in enumerate(states):
                owed = lent * remaining(self.terms, k, j)[None, :, None]
                book[months, j] += (state * owed).sum(axis=(1, 2))
            owed = lent * remaining(self.terms, k, DEFAULT)[None, :, None]
            lost = (moved[-1] * owed).sum(axis=(1, 2))
            for later in range(self.arrears.write_off_months):
                book[months + later, DEFAULT] += lost
        return book[: len(self.macro)]

    def _steps(
        self, weakness: Floats, level: int
    ) -> Iterator[tuple[int, list[Floats], list[Floats]]]:
        # Each month of a loan's life: the states after it, and who rolled on from each of them.
        # Whoever reaches `level` leaves; beyond the last instalment nobody misses a first one.
        rolls, cures = self._rolls(weakness), self.arrears.cures
        states = [np.zeros((self.n_months, *weakness.shape)) for _ in range(level)]
        states[0] += 1
        for k in range(1, LOAN_MONTHS + 1):
            owing, followed = ((k <= self.terms + tail)[None, :, None] for tail in (0, _TAIL))
            moved = [
                state * rolls[j][k : k + self.n_months] * (owing if j == 0 else followed)
                for j, state in enumerate(states)
            ]
            rest = [state - gone for state, gone in zip(states, moved, strict=True)]
            cured = [
                rest[j] * cures[late] * followed  # type: ignore[index]
                for j, late in enumerate(OPEN[:level])
                if j
            ]
            states = [
                sum(cured, rest[0]),
                *(rest[j] - cured[j - 1] + moved[j - 1] for j in range(1, level)),
            ]
            yield k, states, moved

    def _rolls(self, weakness: Floats) -> list[Floats]:
        return [
            roll_rates(self.arrears.rolls[state], weakness, self.macro, self.loading)
            for state in OPEN
        ]


def roll_rates(roll: Roll, weakness: Floats, macro: Floats, loading: float) -> Floats:
    """Return the chance of rolling on in each month under the macro factor.

    Parameters
    ----------
    roll : Roll
        Probit of a state.
    weakness : array of float, shape (...,)
        Weakness of the borrowers.
    macro : array of float, shape (n_months,)
        The factor; high is bad.
    loading : float
        Vasicek loading [fraction].

    Returns
    -------
    array of float, shape (n_months, ...)
        Mean over a standard normal factor: the chance at loading 0 [fraction].
    """
    probits = roll.at + roll.slope * weakness
    factor = np.sqrt(loading) * macro.reshape(-1, *[1] * weakness.ndim)
    return ndtr((probits + factor) / np.sqrt(1 - loading))


def remaining(terms: NDArray[np.int64], month: "int | NDArray[np.int64]", late: int) -> Floats:
    """Return the share of the amount still owed at a month-end with so many instalments missed."""
    owed = np.clip(terms - month + late, 1 if late else 0, terms)
    return owed / terms
