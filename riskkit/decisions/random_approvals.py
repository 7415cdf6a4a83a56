"""With which probability a policy approves would-be rejections at random: alike, or by PD band."""

from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, Field, model_validator

from riskkit._checks import Floats
from riskkit._records import STRICT, as_record
from riskkit.errors import DataError

_COLUMNS = ("pd_up_to", "propensity")
_ABOVE = "pd_above"


class ExplorationBand(BaseModel):
    """One PD band and its probability of random approval."""

    model_config = STRICT

    pd_up_to: float = Field(gt=0, le=1)  #: From the band before, or from 0, up to here [fraction].
    share: float = Field(ge=0, le=1)  #: Probability of approval [fraction].


class Exploration(BaseModel):
    """Random approval of would-be rejections, so that something is learnt of the rejected.

    Either one share up to a PD, or a share for each band.
    """

    model_config = STRICT

    share: float | None = Field(None, gt=0, lt=1)  #: Probability of approval [fraction].
    up_to: float | None = Field(None, gt=0, le=1)  #: Of those with a PD up to this [fraction].
    bands: tuple[ExplorationBand, ...] = ()  #: Rising; nobody above the last.
    seed: int = Field(0, ge=0)  #: Together with the application's id, it fixes every draw.

    @model_validator(mode="after")
    def _check(self) -> "Exploration":
        alike = [value is not None for value in (self.share, self.up_to)]
        if any(alike) if self.bands else not all(alike):
            raise ValueError(
                "exploration takes either share and up_to, or bands, each with pd_up_to and share"
            )
        ends = [band.pd_up_to for band in self.bands]
        if ends != sorted(set(ends)):
            raise ValueError("the pd_up_to of the bands must rise")
        if self.bands and not any(band.share for band in self.bands):
            raise ValueError("at least one band must have a share above 0")
        return self

    @property
    def reach(self) -> float:
        """The highest PD that may be approved at random [fraction]."""
        if self.up_to is not None:
            return self.up_to
        return max(band.pd_up_to for band in self.bands if band.share)

    def propensities(self, pds: Floats) -> Floats:
        """Return the probability of random approval of would-be rejections.

        Parameters
        ----------
        pds : array of float, shape (n_applicants,)
            Their PDs [fraction].

        Returns
        -------
        array of float, shape (n_applicants,)
            0 above what is explored [fraction].

        Examples
        --------
        >>> bands = [{"pd_up_to": 0.1, "share": 0.2}, {"pd_up_to": 0.3, "share": 0.05}]
        >>> Exploration(bands=bands).propensities(np.array([0.1, 0.2, 0.4])).tolist()
        [0.2, 0.05, 0.0]
        """
        if self.share is not None and self.up_to is not None:
            return np.where(pds <= self.up_to, self.share, 0.0)
        shares = np.array([*(band.share for band in self.bands), 0.0])
        return shares[np.searchsorted([band.pd_up_to for band in self.bands], pds)]

    @classmethod
    def read_plan(cls, path: Path, *, seed: int = 0) -> "Exploration":
        """Read what ``riskkit explore --out`` wrote.

        Parameters
        ----------
        path : Path
            A CSV with one row for each PD band, its pd_up_to and propensity among the columns;
            the first begins at its pd_above, where there is that column.
        seed : int
            Of the draws.

        Returns
        -------
        Exploration
            The bands; below the first, nobody is drawn.

        Raises
        ------
        DataError
            If the file is absent, is no such CSV, or a band breaks a rule.
        """
        try:
            rows = pd.read_csv(path, dtype=str)  # each number is then read to its last digit
        except (OSError, ValueError) as error:
            raise DataError(f"{path} cannot be read as a CSV: {error}.") from None
        absent = [name for name in _COLUMNS if name not in rows]
        if absent:
            raise DataError(
                f"{path} must have the columns {' and '.join(_COLUMNS)}, as `riskkit explore "
                f"--out` writes them, but lacks {' and '.join(absent)}."
            )
        pairs = rows[list(_COLUMNS)].itertuples(index=False)
        bands = [{"pd_up_to": end, "share": share} for end, share in pairs]
        if _ABOVE in rows and bands:
            start = rows[_ABOVE].iloc[0]
            if pd.to_numeric(start, errors="coerce") != 0:  # what is no number is refused below
                bands.insert(0, {"pd_up_to": start, "share": "0"})
        return as_record(cls, {"bands": bands, "seed": seed}, source=str(path))
