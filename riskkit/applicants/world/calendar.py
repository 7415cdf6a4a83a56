"""When people apply, how busy the platform is then, and what fails: by the spec alone.

Load, outages and the macro factor come from the spec, never from realised counts, so that any block
of applicants can be drawn by itself.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from riskkit._checks import Floats
from riskkit._records import STRICT

HOURS = 24
HOUR = 3600
_LEAP_YEAR = 2024
_MONTH_DAYS = 365.25 / 12
#: Days are looked up in so many cells, which puts their shares within a millionth.
_DAY_CELLS = 1 << 20
#: A factor that was drawn so many months before the first application has forgotten its start.
_BURN_IN = 120
#: Loans of the last month may run, and be late, for so many months.
LOAN_MONTHS = 28

Share = Annotated[float, Field(ge=0, le=1)]


class Festival(BaseModel):
    """A sale that returns every year and ends on a fixed day."""

    model_config = STRICT

    name: str = ""  #: What people call it.
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


class Breakdown(BaseModel):
    """A span of local time in which a share of the calls fails."""

    model_config = STRICT

    start: datetime  #: When it begins [local time].
    hours: int = Field(ge=1)  #: How long it lasts [hours].
    share: Share  #: Calls that fail [fraction].

    @model_validator(mode="after")
    def _check(self) -> "Breakdown":
        if self.start.tzinfo is not None:
            raise ValueError("start is a local time; leave the time zone out")
        return self


class InterfaceChange(Breakdown):
    """A partner changes its interface, and its calls break until that is mended."""

    partner: str  #: Whose interface.


class Timeouts(BaseModel):
    """How often the platform fails to answer when nothing is wrong with it."""

    model_config = STRICT

    base: Share  #: Calls that fail at any load [fraction].
    partner_multiple: float = Field(ge=0)  #: The same of partner calls, as a multiple.


class Calendar(BaseModel):
    """When people apply, and when the platform cannot answer."""

    model_config = STRICT

    utc_offset_hours: int = Field(ge=-12, le=14)  #: Local time less UTC [hours].
    growth: float = Field(0.0, gt=-0.5, lt=0.5)  #: Growth of applications [fraction per month].
    festivals: tuple[Festival, ...]  #: Sales festivals.
    #: Applications in each local hour of the day, relative to each other.
    hours: tuple[Annotated[float, Field(ge=0)], ...]
    capacity: float = Field(gt=0)  #: What the platform can answer, 1 = an average hour.
    outages: tuple[Breakdown, ...] = ()  #: Failures of the whole platform.
    interface_changes: tuple[InterfaceChange, ...] = ()  #: Failures of one partner's calls.
    timeouts: Timeouts  #: Failures at any time.

    @model_validator(mode="after")
    def _check(self) -> "Calendar":
        if len(self.hours) != HOURS or sum(self.hours) == 0:
            raise ValueError(f"hours needs {HOURS} numbers, not all of them 0")
        return self


class Shock(BaseModel):
    """A sudden rise of the macro factor that wears off."""

    model_config = STRICT

    month: date  #: A day of the month in which it strikes.
    size: float  #: How far the factor rises [sd].
    rise_months: int = Field(1, ge=1)  #: In how many months it gets there [months].
    half_life_months: float = Field(gt=0)  #: After how many months half of it is left.


class Macro(BaseModel):
    """A standard AR(1) factor by month; high is bad."""

    model_config = STRICT

    persistence: float = Field(ge=0, lt=1)  #: Correlation with the month before.
    loading: float = Field(ge=0, lt=1)  #: Vasicek loading of every monthly arrears roll.
    seed: int = Field(ge=0)  #: Which path it takes.
    shock: Shock | None = None  #: A sudden rise on top.

    def path(self, first: pd.Period, n_months: int) -> Floats:
        """Return the factor from a month on, shape (n_months,)."""
        rng = np.random.default_rng(self.seed)
        news = rng.standard_normal(_BURN_IN + n_months)
        path = np.empty_like(news)
        path[0] = news[0]
        for t in range(1, len(news)):
            path[t] = self.persistence * path[t - 1] + np.sqrt(1 - self.persistence**2) * news[t]
        path = path[_BURN_IN:]
        if self.shock is not None:
            path = path + _shock_path(self.shock, first, n_months)
        return path


def _shock_path(shock: Shock, first: pd.Period, n_months: int) -> Floats:
    start = (pd.Period(shock.month, freq="M") - first).n
    since = np.arange(n_months) - start + 1.0
    risen = np.clip(since / shock.rise_months, 0, 1)
    left = 0.5 ** (np.maximum(since - shock.rise_months, 0) / shock.half_life_months)
    return shock.size * risen * left


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPlan:
    """A calendar, ready to draw from: what follows from the spec alone, computed once."""

    days: pd.DatetimeIndex  #: Local days on which people may apply.
    first_second: int  #: Local midnight of the first day [seconds since 1970].
    utc_offset: int  #: Local time less UTC [seconds].
    day_table: NDArray[np.int16]  #: Day of each cell of a uniform draw.
    hour_table: NDArray[np.int16]  #: Hour of each cell of a uniform draw.
    load: Floats  #: Load of each hour, shape (n_days * 24,), 1 = an average hour.
    failure: NDArray[np.float32]  #: Failing calls, shape (n_days * 24, 1 + n_partners) [fraction].
    month: NDArray[np.int16]  #: Month of each day, 0 = the first.

    @property
    def n_seconds(self) -> int:
        """How long people apply [seconds]."""
        return len(self.days) * HOURS * HOUR

    @classmethod
    def of(
        cls, calendar: Calendar, days: pd.DatetimeIndex, partners: tuple[str, ...]
    ) -> "CalendarPlan":
        """Prepare a calendar for the days on which people apply."""
        loads = day_loads(calendar, days)
        hours = np.array(calendar.hours) / np.mean(calendar.hours)
        return cls(
            days=days,
            first_second=int(days[0].timestamp()),
            utc_offset=calendar.utc_offset_hours * HOUR,
            day_table=_cells(loads * _growth(calendar, len(days)), _DAY_CELLS),
            hour_table=_cells(hours, _DAY_CELLS),
            load=np.outer(loads, hours).ravel(),
            failure=_failure_rates(calendar, days, np.outer(loads, hours).ravel(), partners),
            month=_months_since(days[0], days),
        )

    def months_of(self, applied_at: pd.Series) -> NDArray[np.int16]:
        """Return the month of each application, 0 = the first, by local time."""
        local = pd.DatetimeIndex(applied_at + pd.Timedelta(seconds=self.utc_offset))
        return _months_since(self.days[0], local)


def _months_since(first: pd.Timestamp, times: pd.DatetimeIndex) -> NDArray[np.int16]:
    months = 12 * (times.year - first.year) + times.month - first.month
    return np.asarray(months, dtype=np.int16)


def draw_seconds(plan: CalendarPlan, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw when people apply [seconds since the first local midnight], shape (n,)."""
    day = plan.day_table[rng.integers(_DAY_CELLS, size=n, dtype=np.int32)].astype(np.int64)
    hour = plan.hour_table[rng.integers(_DAY_CELLS, size=n, dtype=np.int32)]
    within = rng.integers(HOUR, size=n, dtype=np.int32)
    return (day * HOURS + hour) * HOUR + within


def day_loads(calendar: Calendar, days: pd.DatetimeIndex) -> Floats:
    """Return the applications of each day as a multiple of a normal day, shape (n_days,)."""
    loads = np.ones(len(days))
    for festival in calendar.festivals:
        loads[festival_days(festival, days)] = festival.load
    return loads


def _growth(calendar: Calendar, n_days: int) -> Floats:
    # The platform grows with its customers: load and capacity stay relative to an average hour.
    return np.asarray((1 + calendar.growth) ** (np.arange(n_days) / _MONTH_DAYS))


def festival_days(festival: Festival, days: pd.DatetimeIndex) -> NDArray[np.bool_]:
    """Return on which of the days a festival is held, shape (n_days,)."""
    # The last days are looked for beyond the range too: a festival may straddle its end.
    around = pd.date_range(days[0], days[-1] + pd.Timedelta(days=festival.days))
    last = around[(around.month == festival.month) & (around.day == festival.day)]
    during = np.zeros(len(days), dtype=bool)
    for end in last:
        during |= np.asarray((days <= end) & (days > end - pd.Timedelta(days=festival.days)))
    return during


def _failure_rates(
    calendar: Calendar, days: pd.DatetimeIndex, load: Floats, partners: tuple[str, ...]
) -> NDArray[np.float32]:
    # A call succeeds if the platform has room for it, no outage hits it, and it does not time out.
    room = np.minimum(1.0, calendar.capacity / np.maximum(load, 1e-9))
    for outage in calendar.outages:
        room[_hours_of(outage, days)] *= 1 - outage.share
    own = np.full(1 + len(partners), calendar.timeouts.base)
    own[1:] = np.minimum(own[1:] * calendar.timeouts.partner_multiple, 1)
    success = room[:, None] * (1 - own)
    for change in calendar.interface_changes:
        success[_hours_of(change, days), 1 + partners.index(change.partner)] *= 1 - change.share
    return (1 - success).astype(np.float32)


def _hours_of(breakdown: Breakdown, days: pd.DatetimeIndex) -> slice:
    first = int((breakdown.start - days[0].to_pydatetime()).total_seconds() // HOUR)
    return slice(max(first, 0), max(first + breakdown.hours, 0))


def _cells(weights: Floats, n_cells: int) -> NDArray[np.int16]:
    cumulated = np.cumsum(weights) / np.sum(weights)
    return np.searchsorted(cumulated, (np.arange(n_cells) + 0.5) / n_cells).astype(np.int16)
