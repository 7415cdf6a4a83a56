"""The scale of points: how log-odds become scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from riskkit._checks import Floats, as_finite
from riskkit.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsScale:
    """How log-odds become points: higher is safer."""

    base_points: float = 600.0  #: Points at the base odds.
    base_odds: float = 50.0  #: Goods per bad at the base points.
    double_odds: float = 20.0  #: Points that double the odds of good.

    def __post_init__(self) -> None:
        """Refuse a scale that is none.

        Raises
        ------
        DataError
            If a number is not finite, or odds or points that double them are not above 0.
        """
        numbers = (self.base_points, self.base_odds, self.double_odds)
        if not np.isfinite(numbers).all() or self.base_odds <= 0 or self.double_odds <= 0:
            raise DataError(
                "A scale needs finite base_points, and base_odds and double_odds above 0, but has "
                f"{self.base_points}, {self.base_odds} and {self.double_odds}."
            )

    @property
    def per_log_odds(self) -> float:
        """Points per unit of log-odds of good."""
        return float(self.double_odds / np.log(2))

    def scores(self, pds: ArrayLike) -> Floats:
        """Return the score of PDs, not rounded.

        Parameters
        ----------
        pds : array-like of float, shape (n_applicants,)
            PDs inside (0, 1).

        Returns
        -------
        array of float, shape (n_applicants,)
            Scores [points].

        Raises
        ------
        DataError
            If a PD is not inside (0, 1).

        References
        ----------
        .. [1] Siddiqi (2006), Credit Risk Scorecards, Wiley, chapter 6.

        Examples
        --------
        >>> PointsScale().scores([1 / 51, 1 / 101]).round(6).tolist()
        [600.0, 620.0]
        """
        (fractions,) = as_finite(pds=pds)
        if not ((fractions > 0) & (fractions < 1)).all():
            raise DataError("pds must lie between 0 and 1, exclusive.")
        log_odds = np.log1p(-fractions) - np.log(fractions)
        return self.base_points + self.per_log_odds * (log_odds - np.log(self.base_odds))

    def pds(self, scores: ArrayLike) -> Floats:
        """Return the PD of scores; whole scores of a points card give it up to their rounding.

        Parameters
        ----------
        scores : array-like of float, shape (n_applicants,)
            Scores [points].

        Returns
        -------
        array of float, shape (n_applicants,)
            PDs [fraction].

        Raises
        ------
        DataError
            If a score is not finite.

        Examples
        --------
        >>> PointsScale().pds([600, 620]).round(6).tolist()
        [0.019608, 0.009901]
        """
        (points,) = as_finite(scores=scores)
        log_odds = (points - self.base_points) / self.per_log_odds + np.log(self.base_odds)
        return expit(-log_odds)
