"""What happens to an application: attempts and returns, five gates, and approvals at random."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from riskkit._checks import Flags, Floats
from riskkit._records import STRICT
from riskkit.applicants.world.calendar import HOUR, HOURS, CalendarPlan
from riskkit.applicants.world.effects import Effects
from riskkit.applicants.world.marginals import MISSING, Codes
from riskkit.lending import CAUSES, Cause

Fraction = Annotated[float, Field(ge=0, le=1)]
#: An applicant who is stopped by the platform or an incomplete profile tries at most so often.
MOST_ATTEMPTS = 3
#: Scores lie between minus and plus so many points.
_MOST_POINTS = 9_999
_DAY = HOURS * HOUR


class Incumbent(BaseModel):
    """The score in force: it reads the credit bureau, crudely, and knows no platform behaviour."""

    model_config = STRICT

    points_without_effects: int  #: Score where every effect is 0 [points].
    points_per_log_odds: float = Field(gt=0)  #: Points lost per unit of effect.
    #: Whoever has at least so many points is approved [points].
    cutoff: int = Field(ge=-_MOST_POINTS, le=_MOST_POINTS)
    sees_hidden: float = Field(
        ge=0
    )  #: What it makes of the factor no column shows [log-odds / sd].
    effects: Effects  #: What it makes of each column.


class Appetite(BaseModel):
    """A dated change of risk appetite."""

    model_config = STRICT

    start: date  #: First day on which it holds [local time].
    #: So many points above the score's cut-off are asked for [points].
    points: int = Field(ge=0, le=_MOST_POINTS)


class PolicyRules(BaseModel):
    """The `policy` gate: rules of the lender that are no statement about the applicant."""

    model_config = STRICT

    #: Products that are not offered: each names values of columns that do not go together.
    not_offered: tuple[Mapping[str, str | int | float], ...] = ()
    changes: tuple[Appetite, ...] = ()  #: Changes of risk appetite; each replaces the one before.


class Journey(BaseModel):
    """What happens between the application and the decision."""

    model_config = STRICT

    retry_after_timeout: Fraction  #: Share of the timed out who try again [fraction].
    retry_hours: float = Field(gt=0)  #: Mean time until then [hours].
    complete_profile: Fraction  #: Of those stopped by `profile`, who complete it [fraction].
    complete_days: float = Field(gt=0)  #: Mean time until then [days].
    come_back: Fraction  #: Share of the customers with another journey later [fraction].
    come_back_days: float = Field(gt=0)  #: Mean time until then [days].
    #: The `credit_record` gate fails above these values, and whoever is listed for fraud.
    record_limits: Mapping[str, float]
    incumbent: Incumbent  #: The `score` gate.
    policy: PolicyRules  #: The `policy` gate.
    #: Share of would-be score and policy rejections approved at random [fraction].
    exploration: float = Field(ge=0, lt=1)
    #: Which verdicts are kept: all, or none behind the first gate that stopped.
    verdicts: Literal["all", "until_first_stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """The applications of some people, in their order; arrays of shape (n_applications,)."""

    person: NDArray[np.int64]  #: Who applies.
    journey: NDArray[np.int8]  #: 0 the first journey of that person, 1 the second.
    attempt: NDArray[np.int8]  #: 0 the first application of that journey, and so on.
    seconds: NDArray[np.int64]  #: When [seconds since the first local midnight].
    answered: Flags  #: Verdict of the `system` gate.
    complete: Flags  #: Verdict of the `profile` gate.
    again: Flags  #: Whether another attempt follows.

    def take(self, rows: "NDArray[np.intp] | slice") -> "Visits":
        """Return some of the applications."""
        return Visits(**{name: getattr(self, name)[rows] for name in self.__slots__})

    def head(self, n_rows: int) -> "Visits":
        """Return the first applications."""
        return self.take(slice(n_rows))


def draw_visits(  # noqa: PLR0913 - two records, and three columns of the people
    journey: Journey,
    calendar: CalendarPlan,
    *,
    seconds: NDArray[np.int64],
    partner: Codes,
    complete: Flags,
    rng: np.random.Generator,
) -> Visits:
    """Draw when people apply, are stopped by the platform or their profile, and come again.

    Parameters
    ----------
    journey : Journey
        How often and how soon they come again.
    calendar : CalendarPlan
        When the platform fails to answer: by load, outage and partner alone, never by risk.
    seconds : array of int, shape (n_people,)
        First application of each [seconds since the first local midnight].
    partner : array of int, shape (n_people,)
        Whose interface each comes through; missing = none.
    complete : array of bool, shape (n_people,)
        Whose profile is complete.
    rng : Generator
        Source of randomness.

    Returns
    -------
    Visits
        By person, journey and attempt.
    """
    completed = complete.copy()
    everybody = np.arange(seconds.size)
    ahead = _Ahead(
        journey=journey,
        calendar=calendar,
        partner=partner,
        completed=completed,
        last=seconds.copy(),
    )
    first = _attempts(ahead, everybody, seconds, rng)
    returning = np.flatnonzero(rng.random(seconds.size, dtype=np.float32) < journey.come_back)
    days = 1 + rng.exponential(journey.come_back_days, returning.size)
    later = ahead.last[returning] + (_DAY * days).astype(np.int64)
    inside = later < calendar.n_seconds  # who comes back after the last day is not seen
    second = _attempts(ahead, returning[inside], later[inside], rng)
    parts = [*first, *(replace(part, journey=part.journey + np.int8(1)) for part in second)]
    both = Visits(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in Visits.__slots__
        }
    )
    order = np.argsort(both.person * 8 + both.journey * 4 + both.attempt, kind="stable")
    return both.take(order)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ahead:
    # What awaits people on their way, whose profile is complete by now, when each was last seen.
    journey: Journey
    calendar: CalendarPlan
    partner: Codes
    completed: Flags
    last: NDArray[np.int64]


def _attempts(
    ahead: _Ahead, person: NDArray[np.int64], seconds: NDArray[np.int64], rng: np.random.Generator
) -> list[Visits]:
    # The attempts of one journey each; marks whoever completes the profile on the way.
    journey, calendar = ahead.journey, ahead.calendar
    attempts = []
    for attempt in range(MOST_ATTEMPTS):
        failure = calendar.failure[seconds // HOUR, ahead.partner[person] + 1]
        luck, wish = rng.random((2, person.size), dtype=np.float32)
        answered, complete = luck >= failure, ahead.completed[person]
        retries = ~answered & (wish < journey.retry_after_timeout)
        completes = answered & ~complete & (wish < journey.complete_profile)
        delay = np.where(answered, journey.complete_days * _DAY, journey.retry_hours * HOUR)
        later = seconds + 60 + (delay * rng.standard_exponential(person.size)).astype(np.int64)
        again = (retries | completes) & (later < calendar.n_seconds)
        again &= attempt < MOST_ATTEMPTS - 1
        attempts.append(
            Visits(
                person=person,
                journey=np.zeros(person.size, dtype=np.int8),
                attempt=np.full(person.size, attempt, dtype=np.int8),
                seconds=seconds,
                answered=answered,
                complete=complete,
                again=again,
            )
        )
        ahead.completed[person[again & completes]] = True
        person, seconds = person[again], later[again]
        ahead.last[person] = seconds
    return attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePlan:
    """The record, score and policy gates, ready to be looked up."""

    journey: Journey
    record: dict[str, Flags]  #: Whether each code passes, the last of a missing value.
    effects: dict[str, Floats]  #: The incumbent's effect of each code.
    not_offered: tuple[dict[str, int], ...]  #: Codes that do not go together.
    extra_points: NDArray[np.int16]  #: Points asked for above the cut-off on each day.

    @classmethod
    def of(
        cls,
        journey: Journey,
        supports: Mapping[str, "Floats | tuple[str, ...]"],
        calendar: CalendarPlan,
    ) -> "GatePlan":
        """Tabulate the gates on the values that each column can take."""
        extra = np.zeros(len(calendar.days), dtype=np.int16)
        for change in sorted(journey.policy.changes, key=lambda change: change.start):
            extra[np.asarray(calendar.days.date >= change.start)] = change.points
        return cls(
            journey=journey,
            record={
                name: np.append(np.asarray(supports[name], dtype=np.float64) <= limit, True)
                for name, limit in journey.record_limits.items()
            },
            effects={n: e.table(supports[n]) for n, e in journey.incumbent.effects.items()},  # type: ignore[arg-type]
            not_offered=tuple(
                {name: list(supports[name]).index(value) for name, value in product.items()}
                for product in journey.policy.not_offered
            ),
            extra_points=extra,
        )

    def points(self, codes: Mapping[str, Codes], hidden: Floats) -> NDArray[np.int16]:
        """Return the incumbent's score of each applicant [points]; higher is safer."""
        incumbent = self.journey.incumbent
        total = incumbent.sees_hidden * hidden
        for name, table in self.effects.items():
            total = total + table[codes[name]]
        points = incumbent.points_without_effects - incumbent.points_per_log_odds * total
        return np.round(np.clip(points, -_MOST_POINTS, _MOST_POINTS)).astype(np.int16)

    def passes_record(self, codes: Mapping[str, Codes], listed: Flags) -> Flags:
        """Return who passes the `credit_record` gate."""
        passed = ~listed
        for name, table in self.record.items():
            passed &= table[codes[name]]
        return passed

    def passes_policy(
        self,
        codes: Mapping[str, Codes],
        *,
        points: NDArray[np.int16],
        day: NDArray[np.int64],
        used_up: Flags,
    ) -> Flags:
        """Return who passes the `policy` gate."""
        extra = self.extra_points[day]
        passed = ~used_up & ((extra == 0) | (points >= self.journey.incumbent.cutoff + extra))
        for product in self.not_offered:
            together = np.ones(passed.size, dtype=bool)
            for name, code in product.items():
                together &= codes[name] == code
            passed &= ~together
        return passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What every gate says of each application, and what follows; shape (n_applications,)."""

    passed: dict[Cause, Flags]  #: Verdict of every gate, also behind the first that stopped.
    explored: Flags  #: Approved at random.
    stopped_by: NDArray[np.int8]  #: Position of the first failing gate; -1 where approved.
    propensity: Floats  #: Probability of approval at the score gate; NaN where it was not reached.

    def seen(self, gate: Cause, *, until_first_stop: bool) -> NDArray[np.int8]:
        """Return a gate's verdict as it is kept: 1 passed, 0 failed, -1 not evaluated."""
        codes = self.passed[gate].astype(np.int8)
        if until_first_stop:
            for before in CAUSES[: CAUSES.index(gate)]:
                unreached = ~self.passed[before]
                if before == "score":  # whoever was approved at random went on to the next gate
                    unreached &= ~self.explored
                codes[unreached] = MISSING
        return codes


def decide_visits(journey: Journey, passed: dict[Cause, Flags], draws: Floats) -> Verdicts:
    """Return what follows from the gates' verdicts.

    Parameters
    ----------
    journey : Journey
        How many would-be rejections are approved at random.
    passed : dict of cause to array of bool
        Verdict of every gate.
    draws : array of float, shape (n_applications,)
        Uniform draws.

    Returns
    -------
    Verdicts
        First failing gates, random approvals and propensities. Only would-be rejections of score
        and policy are ever approved at random: nobody unverified, late or listed for fraud.
    """
    reached = passed["system"] & passed["profile"] & passed["credit_record"]
    by_rule = passed["score"] & passed["policy"]
    explored = reached & ~by_rule & (draws < journey.exploration)
    stopped_by = np.full(draws.size, -1, dtype=np.int8)
    for position in reversed(range(len(CAUSES))):
        stopped_by[~passed[CAUSES[position]]] = position
    stopped_by[explored] = -1
    propensity = np.where(by_rule, 1.0, journey.exploration)
    return Verdicts(
        passed=passed,
        explored=explored,
        stopped_by=stopped_by,
        propensity=np.where(reached, propensity, np.nan),
    )
