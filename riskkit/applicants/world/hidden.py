"""Hidden selection: a factor that moves the PD, that the past policy saw and no column shows.

Outcomes of the approved alone cannot tell how much of it there was: a table is as likely under any
strength of it. So each dial is a world that agrees with the real table in everything observable,
who is approved given the columns and how many of them turn bad, and differs in those who were not
approved. This is the bivariate probit of sample selection [1]_, solved for the PD of everybody.

References
----------
.. [1] Meng and Schmidt (1985), On the cost of partial observability in the bivariate probit model,
   International Economic Review 26, 71-85.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, Field
from scipy.interpolate import RectBivariateSpline
from scipy.special import ndtr, ndtri

from riskkit._checks import Floats
from riskkit._records import STRICT

Dial = Literal["none", "medium", "strong"]
DIALS: tuple[Dial, ...] = get_args(Dial)

#: Beyond this many standard deviations probabilities are cut: nobody is approved for certain.
_REACH = 3.0
#: The PD of everybody is tabulated so finely, and the factor integrated over so many points.
_GRID, _POINTS = 61, 161
_HALVINGS = 48


class HiddenFactor(BaseModel):
    """A standard normal factor u: high is risky.

    Bad where ``c(x) + on_risk u + sqrt(1 - on_risk²) noise >= 0``, passed by the policy where
    ``z(x) >= seen_by_policy u + sqrt(1 - seen_by_policy²) noise``.
    """

    model_config = STRICT

    on_risk: float = Field(ge=0, le=0.95)  #: How much of what decides about bad it is.
    seen_by_policy: float = Field(ge=0, le=0.95)  #: How much of what decides about approval it is.

    def pds(self, scores: Floats, factor: Floats) -> Floats:
        """Return the PD given columns and factor [fraction], shape (n_applicants,)."""
        return ndtr((scores + self.on_risk * factor) / np.sqrt(1 - self.on_risk**2))

    def passes(self, scores: Floats, factor: Floats) -> Floats:
        """Return the probability that the policy passes, given both, shape (n_applicants,)."""
        rest = np.sqrt(1 - self.seen_by_policy**2)
        return ndtr((scores - self.seen_by_policy * factor) / rest)

    def scores_of_everybody(self, *, pds_if_passed: ArrayLike, passing: ArrayLike) -> Floats:
        """Return the probits of the PD of everybody, given those of whoever passed.

        Parameters
        ----------
        pds_if_passed : array of float, shape (n_applicants,)
            Share of bads among the passed with these columns [fraction].
        passing : array of float, shape (n_applicants,)
            Share of the applicants with these columns that pass [fraction].

        Returns
        -------
        array of float, shape (n_applicants,)
            c(x): the normal distribution function makes it the PD given the columns alone.

        Examples
        --------
        >>> factor = HiddenFactor(on_risk=0.6, seen_by_policy=0.9)
        >>> scores = factor.scores_of_everybody(pds_if_passed=[0.05], passing=[0.3])
        >>> float(ndtr(scores).round(2)[0])
        0.21
        """
        known, open_to = probits(pds_if_passed), probits(passing)
        if not self.on_risk or not self.seen_by_policy:
            return known
        grid = np.linspace(-_REACH, _REACH, _GRID)
        table = RectBivariateSpline(grid, grid, self._solved(grid, grid))
        return table.ev(known, open_to)

    def _solved(self, known: Floats, open_to: Floats) -> Floats:
        # Bads among the passed rise in c, so c is found by halving, for all cells at once.
        points = np.linspace(-7, 7, _POINTS)
        density = np.exp(-(points**2) / 2)
        weights = density * self.passes(open_to[:, None], points)  # (n_open_to, n_points)
        weights /= weights.sum(axis=1, keepdims=True)
        low = np.full((len(known), len(open_to)), -12.0)
        high = np.full_like(low, 12.0)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            bads = (self.pds(middle[:, :, None], points) * weights).sum(axis=2)
            too_low = bads < ndtr(known)[:, None]
            low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
        return (low + high) / 2


def probits(fractions: ArrayLike) -> Floats:
    """Return standard normal quantiles, cut at 3 on both sides."""
    return np.clip(ndtri(np.asarray(fractions, dtype=np.float64)), -_REACH, _REACH)
