"""One block of applications and their truth, drawn whole by itself."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from riskkit._checks import Flags, Floats
from riskkit.applicants.world.arrears import Courses
from riskkit.applicants.world.calendar import HOUR, HOURS, draw_seconds
from riskkit.applicants.world.journey import Verdicts, Visits, decide_visits, draw_visits
from riskkit.applicants.world.marginals import Codes
from riskkit.applicants.world.outcomes import (
    REACTIONS,
    Loan,
    Results,
    draw_reactions,
    loan_results,
    stop_costs,
)
from riskkit.applicants.world.people import Drawn, Traits, age_by, draw_people
from riskkit.applicants.world.plan import AGE_BANDS, WorldPlan, as_column
from riskkit.applicants.world.words import words
from riskkit.lending import CAUSES, Cause

#: Rows are drawn in blocks of this size, each with a seed of its own, always whole.
BLOCK_ROWS = 65_536
#: Application and customer numbers have so many digits.
_ID_DIGITS = 8
_DAY = HOURS * HOUR
_MICROSECONDS = 1_000_000
_MONTH_DAYS = 30
_PD_DECIMALS, _HIDDEN_DECIMALS = 6, 4
#: Columns of the profile gate, and the states in which they are 0.
_PROFILE = {
    "phone_verified": "phone_unverified",
    "identity_verified": "identity_unverified",
    "card_bound": "card_unbound",
}
_VERDICTS = pa.array(["failed", "passed"])
_CAUSES = pa.array(CAUSES)
_REACTIONS = pa.array(["tries again", *REACTIONS])
_ARREARS = pa.array(["never late", "M1", "M2", "M3", "M4+"])
_BANDS = pa.array(list(AGE_BANDS.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Applications and their truth, row for row."""

    applications: pa.Table
    truth: pa.Table

    def head(self, n_rows: int) -> "Block":
        """Return the first rows."""
        return Block(
            applications=self.applications.slice(0, n_rows), truth=self.truth.slice(0, n_rows)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    # The applications of a block before anything is decided.
    visits: Visits
    codes: dict[str, Codes]
    states: dict[str, Flags]
    hidden: Floats
    day: NDArray[np.int64]
    head: NDArray[np.int64]  # row of the first attempt of each one's journey


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fates:
    # What becomes of everybody, or would.
    pds: Floats
    pds_given_features: Floats
    courses: Courses
    results: Results
    reactions: NDArray[np.int8]
    stop_costs: Floats
    served: Flags


def draw_block(plan: WorldPlan, number: int, *, seed: int) -> Block:
    """Draw one block: people, their visits, gates, and what becomes of everybody.

    Parameters
    ----------
    plan : WorldPlan
        The world.
    number : int
        Which block, 0 = the first.
    seed : int
        Seed of the whole population.

    Returns
    -------
    Block
        65,536 applications.
    """
    # One stream per stage, so that a changed assumption leaves what comes before it as it was.
    children = np.random.SeedSequence(seed, spawn_key=(number,)).spawn(5)
    for_people, for_visits, for_request, for_gates, for_outcomes = (
        np.random.Generator(np.random.SFC64(child)) for child in children
    )
    rows = _draw_rows(plan, for_people, for_visits, for_request)
    passed, points = _gate_verdicts(plan, rows)
    draws = for_gates.random(BLOCK_ROWS)
    verdicts = decide_visits(plan.spec.journey, passed, draws)
    fates = _draw_fates(plan, rows, verdicts, for_outcomes)
    first_row = number * BLOCK_ROWS + 1
    return Block(
        applications=_applications(plan, rows, verdicts, fates, first_row),
        truth=_truth(rows, verdicts, fates, points, first_row),
    )


def _draw_rows(
    plan: WorldPlan,
    for_people: np.random.Generator,
    for_visits: np.random.Generator,
    for_request: np.random.Generator,
) -> _Rows:
    seconds = draw_seconds(plan.calendar, BLOCK_ROWS, for_people)
    progress = (seconds / plan.calendar.n_seconds).astype(np.float32)
    drawn = draw_people(plan.people, progress, for_people)
    hidden = for_people.standard_normal(BLOCK_ROWS, dtype=np.float32)
    incomplete = np.logical_or.reduce([drawn.states[state] for state in _PROFILE.values()])
    visits = draw_visits(
        plan.spec.journey,
        plan.calendar,
        seconds=seconds,
        partner=drawn.codes["partner"],
        complete=~incomplete,
        rng=for_visits,
    ).head(BLOCK_ROWS)
    at_visit = _at_visit(plan, drawn, visits, seconds)
    rows = np.arange(BLOCK_ROWS)
    head = np.maximum.accumulate(np.where(visits.attempt == 0, rows, 0))
    request = _draw_request(plan, drawn, visits, for_request)
    states = {name: flags[visits.person] for name, flags in drawn.states.items()}
    return _Rows(
        visits=visits,
        codes={**at_visit, **{name: column[head] for name, column in request.items()}},
        states=states,
        hidden=hidden[visits.person].astype(np.float64),
        day=visits.seconds // _DAY,
        head=head,
    )


def _at_visit(
    plan: WorldPlan, drawn: Drawn, visits: Visits, first: NDArray[np.int64]
) -> dict[str, Codes]:
    # Columns of the person, as they are at each application.
    since = (visits.seconds - first[visits.person]) // (_MONTH_DAYS * _DAY)
    later = np.flatnonzero(since)
    months = since[later].astype(np.int16)
    codes = {name: column[visits.person] for name, column in drawn.codes.items()}
    age_by(plan.people, codes, later, months)
    return codes


def _draw_request(
    plan: WorldPlan, drawn: Drawn, visits: Visits, rng: np.random.Generator
) -> dict[str, Codes]:
    traits: Traits = {name: trait[visits.person] for name, trait in drawn.traits.items()}
    traits["ticket"] = rng.standard_normal(BLOCK_ROWS, dtype=np.float32)
    return {name: column.draw(traits, rng) for name, column in plan.request.items()}


def _gate_verdicts(plan: WorldPlan, rows: _Rows) -> tuple[dict[Cause, Flags], NDArray[np.int16]]:
    points = plan.gates.points(rows.codes, rows.hidden)
    passed: dict[Cause, Flags] = {
        "system": rows.visits.answered,
        "profile": rows.visits.complete,
        "credit_record": plan.gates.passes_record(rows.codes, rows.states["fraud_listed"]),
        "score": points >= plan.spec.journey.incumbent.cutoff,
        "policy": plan.gates.passes_policy(
            rows.codes, points=points, day=rows.day, used_up=rows.states["limit_used_up"]
        ),
    }
    return passed, points


def _draw_fates(
    plan: WorldPlan, rows: _Rows, verdicts: Verdicts, rng: np.random.Generator
) -> _Fates:
    # All attempts of a journey ask for the same loan: what becomes of it is that of the first.
    visits, head, term = rows.visits, rows.head, rows.codes["term"]
    journeys = visits.person * 2 + visits.journey
    month = plan.calendar.month[rows.day][head]
    log_odds = plan.risk.log_odds(rows.codes, rows.hidden)[head]
    least = 10.0**-_PD_DECIMALS
    pds, given_features = (
        np.clip(np.round(chances, _PD_DECIMALS), least, 1 - least)
        for chances in (
            plan.arrears.pds(log_odds, month=month, term=term),
            plan.arrears.pds_given_columns(
                log_odds - plan.risk.hidden * rows.hidden, month=month, term=term
            ),
        )
    )
    luck = rng.random(BLOCK_ROWS)[head]
    courses = plan.arrears.draw(log_odds, pds, luck, month=month, term=term)
    loan = Loan(
        amount=plan.numbers("amount", rows.codes["amount"]),
        term=plan.arrears.terms[term],
        fee_rate=plan.numbers("fee_rate", rows.codes["fee_rate"]),
    )
    money = plan.spec.money
    results = loan_results(money, loan, courses)
    again = visits.again & (verdicts.stopped_by >= 0)
    reactions = draw_reactions(money, verdicts.stopped_by, again, rng)
    served = np.zeros(2 * BLOCK_ROWS, dtype=bool)
    served[journeys[verdicts.stopped_by < 0]] = True
    return _Fates(
        pds=pds,
        pds_given_features=given_features,
        courses=courses,
        results=results,
        reactions=reactions,
        stop_costs=stop_costs(money, reactions, results.margin, loan, ~courses.bad),
        served=served[journeys],
    )


def _applications(
    plan: WorldPlan, rows: _Rows, verdicts: Verdicts, fates: _Fates, first_row: int
) -> pa.Table:
    visits, codes = rows.visits, rows.codes
    approved = verdicts.stopped_by < 0
    local = plan.calendar.first_second + visits.seconds
    applied_at = (local - plan.calendar.utc_offset) * _MICROSECONDS
    closed = applied_at <= plan.spec.last_closed.value // 1_000
    until_stop = plan.spec.journey.verdicts == "until_first_stop"
    columns = {
        "application_id": numbered("A", first_row + np.arange(BLOCK_ROWS)),
        "customer_id": numbered("C", first_row + visits.person),
        "journey": pa.array((visits.journey + 1).astype(np.int32)),
        "attempt": pa.array((visits.attempt + 1).astype(np.int32)),
        "applied_at": pa.array(applied_at).cast(pa.timestamp("us")),
        "applied_hour": pa.array((visits.seconds % _DAY // HOUR).astype(np.int32)),
        "age_band": as_column(_BANDS, plan.age_bands[codes["age"]]),
        **{name: plan.column(name, column) for name, column in codes.items()},
        "apr": pa.array(plan.aprs[codes["term"], codes["fee_rate"]]),
        **_states_as_columns(rows),
        **{
            f"verdict_{gate}": as_column(
                _VERDICTS, verdicts.seen(gate, until_first_stop=until_stop)
            )
            for gate in CAUSES
        },
        "stopped_by": as_column(_CAUSES, verdicts.stopped_by),
        "approved": pa.array(approved.astype(np.int8)),
        "propensity": pa.array(verdicts.propensity, from_pandas=True),
        "bad": pa.array(np.where(approved & closed, fates.courses.bad, np.nan), from_pandas=True),
    }
    known = [name for name in words()["applications"] if name in columns]
    own = [name for name in columns if name not in known]
    return pa.table({name: columns[name] for name in (*known, *own)})


def _truth(
    rows: _Rows, verdicts: Verdicts, fates: _Fates, points: NDArray[np.int16], first_row: int
) -> pa.Table:
    courses, results = fates.courses, fates.results
    return pa.table(
        {
            "application_id": numbered("A", first_row + np.arange(BLOCK_ROWS)),
            "truth_pd": pa.array(fates.pds),
            "truth_pd_given_features": pa.array(fates.pds_given_features),
            "truth_bad": pa.array(courses.bad.astype(np.int8)),
            "truth_default_days": pa.array(courses.days.astype(np.int32), mask=courses.days == 0),
            "truth_worst_arrears": as_column(_ARREARS, courses.worst),
            "truth_exposure": pa.array(results.exposure),
            "truth_loss": pa.array(results.loss),
            "truth_margin": pa.array(results.margin),
            "truth_hidden": pa.array(np.round(rows.hidden, _HIDDEN_DECIMALS)),
            "truth_incumbent_score": pa.array(points.astype(np.int32)),
            **{
                f"truth_verdict_{gate}": as_column(_VERDICTS, passed.astype(np.int8))
                for gate, passed in verdicts.passed.items()
            },
            "truth_served": pa.array(fates.served.astype(np.int8)),
            "truth_reaction": as_column(_REACTIONS, fates.reactions),
            "truth_stop_cost": pa.array(fates.stop_costs),
        }
    )


def _states_as_columns(rows: _Rows) -> dict[str, pa.Array]:
    # Whoever comes back after a profile stop has completed everything.
    complete = rows.visits.complete
    columns = {name: ~rows.states[state] | complete for name, state in _PROFILE.items()}
    columns |= {name: rows.states[name] for name in ("fraud_listed", "limit_used_up")}
    return {name: pa.array(flags.astype(np.int8)) for name, flags in columns.items()}


def numbered(letter: str, numbers: NDArray[np.int64]) -> pa.Array:
    """Return ids: a letter and a number of eight digits."""
    width = _ID_DIGITS + 1
    text = np.empty((len(numbers), width), dtype=np.uint8)
    text[:, 0] = ord(letter)
    rest = numbers
    for place in range(width - 1, 0, -1):
        rest, digit = np.divmod(rest, 10)
        text[:, place] = digit + ord("0")
    offsets = np.arange(0, (len(numbers) + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text))
