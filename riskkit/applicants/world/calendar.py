"""When people apply, and how busy the platform is then: by the spec, never by realised counts."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from riskkit._checks import Floats
from riskkit._records import STRICT

_HOURS = 24
_LEAP_YEAR = 2024
_NIGHT_TO_MORNING = (0.55, 0.3, 0.18, 0.12, 0.1, 0.15, 0.3, 0.6)
_DAY = (0.95, 1.15, 1.35, 1.3, 1.35, 1.25, 1.15, 1.2)
_EVENING = (1.25, 1.25, 1.2, 1.35, 1.75, 1.9, 1.5, 0.95)


class Festival(BaseModel):
    """A sale that returns every year and ends on a fixed day."""

    model_config = STRICT

    month: int = Field(ge=1, le=12)  #: Month of its last day.
    day: int = Field(ge=1, le=31)  #: Its last day.
    days: int = Field(3, ge=1, le=60)  #: How long it lasts [days].
    load: float = Field(ge=1)  #: Applications per day as a multiple of a normal day.

    @model_validator(mode="after")
    def _check(self) -> "Festival":
        try:
            date(_LEAP_YEAR, self.month, self.day)
        except ValueError:
            raise ValueError(f"month {self.month} has no day {self.day}") from None
        return self


class Calendar(BaseModel):
    """When people apply."""

    model_config = STRICT

    utc_offset_hours: int = Field(8, ge=-12, le=14)  #: Local time less UTC [hours].
    festivals: tuple[Festival, ...] = (
        Festival(month=6, day=18, load=5.0),
        Festival(month=11, day=11, load=6.0),
    )  #: Sales festivals.
    #: Applications in each local hour of the day, relative to each other.
    hours: tuple[Annotated[float, Field(ge=0)], ...] = (*_NIGHT_TO_MORNING, *_DAY, *_EVENING)

    @model_validator(mode="after")
    def _check(self) -> "Calendar":
        if len(self.hours) != _HOURS or sum(self.hours) == 0:
            raise ValueError(f"hours needs {_HOURS} numbers, not all of them 0")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When each applicant applied; every array has shape (n_applicants,)."""

    applied_at: "NDArray[np.datetime64]"  #: Time of the application [UTC, seconds].
    load: Floats  #: Load of the platform then, 1 in the average hour of a normal day.


def draw_moments(
    calendar: Calendar, days: pd.DatetimeIndex, uniforms: NDArray[np.float64]
) -> Moments:
    """Draw when people apply.

    Parameters
    ----------
    calendar : Calendar
        Festivals and hours.
    days : DatetimeIndex
        The local days on which people may apply.
    uniforms : array of float, shape (3, n_applicants)
        Uniform draws for the day, the hour and the second.

    Returns
    -------
    Moments
        When each of them applied, and the load then.
    """
    loads, hours = _day_loads(calendar, days), np.array(calendar.hours)
    day, hour = _draw(loads, uniforms[0]), _draw(hours, uniforms[1])
    seconds = hour * 3600 + np.floor(uniforms[2] * 3600).astype(np.int64)
    local = days.to_numpy().astype("datetime64[s]")[day] + seconds.astype("timedelta64[s]")
    return Moments(
        applied_at=local - np.timedelta64(calendar.utc_offset_hours, "h"),
        load=loads[day] * (hours / hours.mean())[hour],
    )


def _day_loads(calendar: Calendar, days: pd.DatetimeIndex) -> Floats:
    loads = np.ones(len(days))
    for festival in calendar.festivals:
        # The last days are looked for beyond the range too: a festival may straddle its end.
        around = pd.date_range(days[0], days[-1] + pd.Timedelta(days=festival.days))
        last = around[(around.month == festival.month) & (around.day == festival.day)]
        for end in last:
            during = (days <= end) & (days > end - pd.Timedelta(days=festival.days))
            loads[during] = festival.load
    return loads


def _draw(weights: Floats, uniforms: Floats) -> NDArray[np.intp]:
    cumulated = np.cumsum(weights)
    return np.searchsorted(cumulated / cumulated[-1], uniforms, side="right")
