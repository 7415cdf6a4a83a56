"""Who applies: latent traits, and the columns that a Gaussian copula makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator
from scipy.special import ndtri

from riskkit._checks import Flags, Floats
from riskkit._records import STRICT
from riskkit.applicants.world.marginals import (
    MISSING,
    Codes,
    LogNormal,
    Marginal,
    Normals,
    code_table,
    look_up,
)

Trait = Literal["creditworthiness", "stability", "attachment", "ticket"]
#: Traits of a person; `ticket`, how large a purchase is, belongs to a request and goes with none.
PERSONAL: tuple[Trait, ...] = ("creditworthiness", "stability", "attachment")
Loadings = Mapping[Trait, float]
Correlation = Annotated[float, Field(gt=-1, lt=1)]
Fraction = Annotated[float, Field(ge=0, le=1)]

#: States that follow from other columns, beside those that are drawn.
Derived = Literal["never_late", "no_orders", "not_partner"]
DERIVED: tuple[Derived, ...] = get_args(Derived)
#: Columns and states that the journey needs, whatever else a spec draws.
NEEDED_COLUMNS = ("age", "sex", "channel", "partner", "orders_12m", "overdue_count_24m")
NEEDED_STATES = (
    "phone_unverified", "identity_unverified", "card_unbound", "fraud_listed", "limit_used_up",
)  # fmt: skip

_ADULT = 18
MONTHS_A_YEAR = 12


class TraitCorrelations(BaseModel):
    """How the latent traits go together."""

    model_config = STRICT

    creditworthiness_stability: Correlation  #: Correlation of standard normals.
    creditworthiness_attachment: Correlation  #: Correlation of standard normals.
    stability_attachment: Correlation  #: Correlation of standard normals.

    @model_validator(mode="after")
    def _check(self) -> "TraitCorrelations":
        if np.linalg.eigvalsh(self.matrix).min() <= 0:
            raise ValueError(
                "the three correlations contradict each other (their matrix is not positive "
                "definite); bring one of them closer to 0"
            )
        return self

    @property
    def matrix(self) -> Floats:
        """The correlation matrix of a person's traits, shape (3, 3)."""
        a, b = self.creditworthiness_stability, self.creditworthiness_attachment
        c = self.stability_attachment
        return np.array([[1, a, b], [a, 1, c], [b, c, 1]])


class Flag(BaseModel):
    """A state that some are in: those with the lowest values of a normal behind it."""

    model_config = STRICT

    share: Fraction  #: Share in this state [fraction].
    loadings: Loadings = Field(default_factory=dict)  #: Loading on each trait [sd per sd].


class Observed(BaseModel):
    """A column: its own distribution, how it goes with the traits, and when it is missing."""

    model_config = STRICT

    marginal: Marginal  #: Distribution of its values.
    loadings: Loadings = Field(default_factory=dict)  #: Loading on each trait [sd per sd].
    missing: float = Field(0.0, ge=0, lt=1)  #: Share missing at random [fraction].
    withheld: Flag | None = None  #: Who does not state it, not at random.
    unknown_if: str | None = None  #: A state in which there is nothing to know.
    lowest_if: str | None = None  #: A state in which it takes its lowest value.
    within_adult_life: bool = False  #: Months that begin at the age of 18 at the earliest.
    grows: bool = False  #: Months that grow until a later application.

    @model_validator(mode="after")
    def _check(self) -> "Observed":
        months = isinstance(self.marginal, LogNormal) and self.marginal.step == 1
        if (self.within_adult_life or self.grows) and not months:
            raise ValueError("within_adult_life and grows need a lognormal marginal of step 1")
        return self

    @property
    def may_be_missing(self) -> bool:
        """Whether some applicants have no value."""
        return self.missing > 0 or self.withheld is not None or self.unknown_if is not None


class Columns(BaseModel):
    """Columns that the same traits stand behind."""

    model_config = STRICT

    columns: Mapping[str, Observed]  #: Every column by its name.


class People(Columns):
    """The people who apply."""

    correlations: TraitCorrelations  #: How the latent traits go together.
    drift: Mapping[Trait, float] = Field(default_factory=dict)  #: Shift over all months [sd].
    states: Mapping[str, Flag]  #: States by name, such as `thin_file`.

    @model_validator(mode="after")
    def _check(self) -> "People":
        for kind, needed, there in (
            ("columns", NEEDED_COLUMNS, self.columns),
            ("states", NEEDED_STATES, self.states),
        ):
            absent = [name for name in needed if name not in there]
            if absent:
                raise ValueError(f"{kind} must hold {', '.join(absent)}, which the journey reads")
        if "partner" not in self.columns["channel"].marginal.support:
            raise ValueError("columns.channel must have a level partner")
        ages = self.columns["age"].marginal.support
        if isinstance(ages, tuple) or ages[0] < _ADULT:
            raise ValueError(f"columns.age must be a number from {_ADULT} on")
        _check_personal("drift", self.drift)
        for name, flag in self.states.items():
            _check_personal(f"states.{name}", flag.loadings)
            check_loadings(f"states.{name}", flag.loadings, self.correlations)
        for name, column in self.columns.items():
            self._check_column(name, column)
        return self

    def _check_column(self, name: str, column: Observed) -> None:
        _check_personal(name, column.loadings)
        check_loadings(name, column.loadings, self.correlations)
        if column.withheld is not None:
            _check_personal(f"{name}.withheld", column.withheld.loadings)
            check_loadings(f"{name}.withheld", column.withheld.loadings, self.correlations)
        states = [*self.states, *DERIVED]
        for state in (column.unknown_if, column.lowest_if):
            if state is not None and state not in states:
                raise ValueError(f"{name} depends on {state}; take one of {', '.join(states)}")
        known = {"age", "channel", "orders_12m", "overdue_count_24m"}
        if name in known and column.may_be_missing:
            raise ValueError(f"{name} is known of everybody; it cannot be missing")


def check_loadings(name: str, loadings: Loadings, correlations: TraitCorrelations) -> None:
    """Refuse loadings that explain more than everything.

    Raises
    ------
    ValueError
        If they do.
    """
    if _explained(loadings, correlations) > 1:
        raise ValueError(
            f"the loadings of {name} explain more than all of its variance; lower them"
        )


def _check_personal(name: str, loadings: Loadings) -> None:
    if "ticket" in loadings:
        raise ValueError(f"{name} loads on ticket, which only columns of the request may do")


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalRecipe:
    """How one standard normal is mixed: weights of the traits, and of what is its own."""

    weights: dict[Trait, np.float32]
    own: np.float32

    @classmethod
    def of(cls, loadings: Loadings, correlations: TraitCorrelations) -> "NormalRecipe":
        """Return the recipe that leaves the variance at 1."""
        return cls(
            weights={trait: np.float32(weight) for trait, weight in loadings.items()},
            own=np.float32(np.sqrt(max(0.0, 1 - _explained(loadings, correlations)))),
        )

    def draw(self, traits: "Traits", rng: np.random.Generator) -> Normals:
        """Draw the normal of everybody, shape (n_applicants,)."""
        normals = rng.standard_normal(len(traits["stability"]), dtype=np.float32)
        normals *= self.own
        # Term by term and not as a matrix product, whose last bits depend on the block's size.
        for trait, weight in self.weights.items():
            normals += weight * traits[trait]
        return normals


Traits = dict[Trait, Normals]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagPlan:
    """A state, ready to be drawn."""

    recipe: NormalRecipe
    below: np.float32

    @classmethod
    def of(cls, flag: Flag, correlations: TraitCorrelations) -> "FlagPlan":
        """Prepare a state."""
        recipe = NormalRecipe.of(flag.loadings, correlations)
        return cls(recipe=recipe, below=np.float32(ndtri(flag.share)))

    def draw(self, traits: Traits, rng: np.random.Generator) -> Flags:
        """Draw who is in the state, shape (n_applicants,)."""
        return self.recipe.draw(traits, rng) < self.below


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """A column, ready to be drawn."""

    observed: Observed
    recipe: NormalRecipe
    table: Codes
    last: int
    lowest: float
    withheld: FlagPlan | None

    @classmethod
    def of(cls, observed: Observed, correlations: TraitCorrelations) -> "ColumnPlan":
        """Prepare a column."""
        support = observed.marginal.support
        hidden = observed.withheld
        return cls(
            observed=observed,
            recipe=NormalRecipe.of(observed.loadings, correlations),
            table=code_table(observed.marginal),
            last=len(support) - 1,
            lowest=0.0 if isinstance(support, tuple) else float(support[0]),
            withheld=None if hidden is None else FlagPlan.of(hidden, correlations),
        )

    def most(self, months: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return the highest code of a column of months that began so many months ago."""
        return np.maximum(months - np.int16(self.lowest), np.int16(0))

    def draw(self, traits: Traits, rng: np.random.Generator) -> Codes:
        """Draw the codes of everybody; what depends on other columns comes later."""
        codes = look_up(self.table, self.recipe.draw(traits, rng))
        if self.observed.missing:
            codes[rng.random(codes.size, dtype=np.float32) < self.observed.missing] = MISSING
        if self.withheld is not None:
            codes[self.withheld.draw(traits, rng)] = MISSING
        return codes


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePlan:
    """People, ready to be drawn: what follows from the spec alone, computed once."""

    factor: NDArray[np.float32]
    drift: dict[Trait, np.float32]
    states: dict[str, FlagPlan]
    columns: dict[str, ColumnPlan]
    adult_months: NDArray[np.int16]
    partner_channel: int

    @classmethod
    def of(cls, people: People) -> "PeoplePlan":
        """Prepare the people of a spec."""
        matrix = people.correlations
        ages = np.asarray(people.columns["age"].marginal.support, dtype=np.float64)
        channels = people.columns["channel"].marginal.support
        return cls(
            factor=np.linalg.cholesky(matrix.matrix).astype(np.float32),
            drift={trait: np.float32(shift) for trait, shift in people.drift.items()},
            states={name: FlagPlan.of(flag, matrix) for name, flag in people.states.items()},
            columns={name: ColumnPlan.of(c, matrix) for name, c in people.columns.items()},
            adult_months=((ages - _ADULT) * MONTHS_A_YEAR).astype(np.int16),
            partner_channel=list(channels).index("partner"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """People as they are at their first application; arrays of shape (n_people,)."""

    traits: Traits
    states: dict[str, Flags]
    codes: dict[str, Codes]


def draw_people(plan: PeoplePlan, progress: NDArray[np.float32], rng: np.random.Generator) -> Drawn:
    """Draw people as they are at their first application.

    Parameters
    ----------
    plan : PeoplePlan
        Traits, states and columns.
    progress : array of float, shape (n_people,)
        How much of all months has passed when each first applies [fraction].
    rng : Generator
        Source of randomness.

    Returns
    -------
    Drawn
        Traits, states, and the code of every column.
    """
    traits = _draw_traits(plan, progress, rng)
    states = {name: flag.draw(traits, rng) for name, flag in plan.states.items()}
    codes = {name: column.draw(traits, rng) for name, column in plan.columns.items()}
    _within_adult_life(plan, codes)
    _apply_states(plan, codes, states)
    _apply_states(plan, codes, _derived_states(plan, codes))
    return Drawn(traits=traits, states=states, codes=codes)


def age_by(
    plan: PeoplePlan,
    codes: dict[str, Codes],
    rows: NDArray[np.intp],
    months: NDArray[np.int16],
) -> None:
    """Make some applicants older: their age, and every column that grows, within an adult life.

    Parameters
    ----------
    plan : PeoplePlan
        The columns.
    codes : dict of str to array of int, shape (n_applicants,)
        The code of every column; changed in place.
    rows : array of int, shape (n_later,)
        Who is older.
    months : array of int, shape (n_later,)
        By how much [months].
    """
    last = np.int16(plan.columns["age"].last)
    age = np.minimum(codes["age"][rows] + months // np.int16(MONTHS_A_YEAR), last)
    codes["age"][rows] = age
    for name, column in plan.columns.items():
        if not column.observed.grows:
            continue
        now = codes[name][rows]
        later = np.minimum(now + months, np.int16(column.last))
        if column.observed.within_adult_life:
            later = np.minimum(later, column.most(plan.adult_months[age]))
        codes[name][rows] = np.where(now == MISSING, now, later)


def _explained(loadings: Loadings, correlations: TraitCorrelations) -> float:
    # Variance that the traits explain of a column's normal.
    vector = np.array([loadings.get(trait, 0.0) for trait in PERSONAL])
    return float(vector @ correlations.matrix @ vector) + loadings.get("ticket", 0.0) ** 2


def _draw_traits(
    plan: PeoplePlan, progress: NDArray[np.float32], rng: np.random.Generator
) -> Traits:
    sources = [rng.standard_normal(progress.size, dtype=np.float32) for _ in PERSONAL]
    traits: Traits = {}
    for i, trait in enumerate(PERSONAL):
        total = plan.factor[i, 0] * sources[0]
        for weight, source in zip(plan.factor[i, 1 : i + 1], sources[1:], strict=False):
            total += weight * source
        if trait in plan.drift:
            total += plan.drift[trait] * progress
        traits[trait] = total
    return traits


def _within_adult_life(plan: PeoplePlan, codes: dict[str, Codes]) -> None:
    # Nobody had an account or a credit line as a child.
    adult = plan.adult_months[codes["age"]]
    for name, column in plan.columns.items():
        if column.observed.within_adult_life:
            codes[name] = np.minimum(codes[name], column.most(adult))


def _derived_states(plan: PeoplePlan, codes: dict[str, Codes]) -> dict[str, Flags]:
    return {
        "never_late": codes["overdue_count_24m"] == 0,
        "no_orders": codes["orders_12m"] == 0,
        "not_partner": codes["channel"] != plan.partner_channel,
    }


def _apply_states(plan: PeoplePlan, codes: dict[str, Codes], states: Mapping[str, Flags]) -> None:
    # What does not happen to people in a state, or was not observed of them.
    for name, column in plan.columns.items():
        for state, code in (
            (column.observed.lowest_if, 0),
            (column.observed.unknown_if, MISSING),
        ):
            if state is not None and state in states:
                codes[name][states[state]] = code
