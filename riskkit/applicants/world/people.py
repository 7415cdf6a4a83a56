"""Who applies: latent traits, and the columns that a Gaussian copula makes of them."""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator
from scipy.special import ndtri

from riskkit._checks import Flags, Floats
from riskkit._records import STRICT
from riskkit.applicants.world.marginals import (
    Choice,
    Count,
    Levels,
    LogNormal,
    Marginal,
    Normals,
    Share,
)

Trait = Literal["creditworthiness", "stability", "attachment"]
TRAITS: tuple[Trait, ...] = ("creditworthiness", "stability", "attachment")
Loadings = Mapping[Trait, float]
Correlation = Annotated[float, Field(gt=-1, lt=1)]
Fraction = Annotated[float, Field(ge=0, le=1)]

_ADULT = 18
_MONTHS = 12


class TraitCorrelations(BaseModel):
    """How the latent traits go together."""

    model_config = STRICT

    creditworthiness_stability: Correlation = 0.35  #: Correlation of standard normals.
    creditworthiness_attachment: Correlation = 0.2  #: Correlation of standard normals.
    stability_attachment: Correlation = 0.25  #: Correlation of standard normals.

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
        """The correlation matrix of the traits, shape (3, 3)."""
        a, b = self.creditworthiness_stability, self.creditworthiness_attachment
        c = self.stability_attachment
        return np.array([[1, a, b], [a, 1, c], [b, c, 1]])


class Observed(BaseModel):
    """A column: its own distribution, and how it goes with the traits."""

    model_config = STRICT

    #: Distribution of its values.
    marginal: Annotated[Marginal, Field(discriminator="kind")]
    loadings: Loadings = Field(default_factory=dict)  #: Loading on each trait [sd per sd].
    missing: float = Field(0.0, ge=0, lt=1)  #: Share not stated, at random [fraction].


class Flag(BaseModel):
    """A state that some are in: those with the lowest values of a normal behind it."""

    model_config = STRICT

    share: Fraction  #: Share in this state [fraction].
    loadings: Loadings = Field(default_factory=dict)  #: Loading on each trait [sd per sd].


class People(BaseModel):
    """The people and what they ask for; every column of theirs is a field."""

    model_config = STRICT

    correlations: TraitCorrelations = TraitCorrelations()  #: How the latent traits go together.
    age: Observed = Observed(
        marginal=LogNormal(median=31, sigma=0.27, low=18, high=70, step=1),
        loadings={"stability": 0.55},
    )  #: Age [years].
    city_tier: Observed = Observed(
        marginal=Levels(shares={"tier3": 0.46, "tier2": 0.33, "tier1": 0.21}),
        loadings={"stability": 0.15, "attachment": 0.2},
    )  #: Size of the city lived in.
    occupation: Observed = Observed(
        marginal=Levels(
            shares={
                "gig_worker": 0.14,
                "self_employed": 0.19,
                "service": 0.29,
                "office": 0.28,
                "public_sector": 0.10,
            }
        ),
        loadings={"stability": 0.5, "creditworthiness": 0.25},
        missing=0.04,
    )  #: What they live on.
    income: Observed = Observed(
        marginal=LogNormal(median=6_500, sigma=0.5, low=1_000, high=80_000, step=100),
        loadings={"creditworthiness": 0.3, "stability": 0.3},
        missing=0.03,
    )  #: Stated income [CNY per month].
    thin_file: Flag = Flag(
        share=0.20, loadings={"stability": 0.5}
    )  #: The credit bureau knows no credit line of theirs.
    months_since_oldest_line: Observed = Observed(
        marginal=LogNormal(median=58, sigma=0.7, low=1, high=360, step=1),
        loadings={"stability": 0.6},
    )  #: Age of the oldest credit line [months].
    utilisation: Observed = Observed(
        marginal=Share(a=1.1, b=1.7), loadings={"creditworthiness": -0.45}
    )  #: Balance over limits of all credit lines [fraction].
    inquiries_3m: Observed = Observed(
        marginal=Count(mean=1.6, size=1.2, high=30), loadings={"creditworthiness": -0.4}
    )  #: Credit inquiries of lenders in the last 3 months.
    overdue_count_24m: Observed = Observed(
        marginal=Count(mean=0.4, size=0.4, high=24), loadings={"creditworthiness": -0.5}
    )  #: Instalments paid late in the last 24 months.
    tenure_months: Observed = Observed(
        marginal=LogNormal(median=28, sigma=0.95, low=0, high=180, step=1),
        loadings={"attachment": 0.6, "stability": 0.25},
    )  #: Time since the first order on the platform [months].
    orders_12m: Observed = Observed(
        marginal=Count(mean=15, size=0.9, high=400), loadings={"attachment": 0.7}
    )  #: Orders on the platform in the last 12 months.
    return_share: Observed = Observed(
        marginal=Share(a=1.0, b=7.0), loadings={"creditworthiness": -0.25}
    )  #: Returned among the orders of the last 12 months [fraction].
    night_order_share: Observed = Observed(
        marginal=Share(a=1.1, b=6.0), loadings={"stability": -0.4}
    )  #: Orders from 0 to 5 o'clock among those of the last 12 months [fraction].
    device_changes_6m: Observed = Observed(
        marginal=Count(mean=0.55, size=0.6, high=20), loadings={"stability": -0.4}
    )  #: New devices on the account in the last 6 months.
    channel: Observed = Observed(
        marginal=Levels(shares={"partner": 0.22, "web": 0.14, "app": 0.64}),
        loadings={"attachment": 0.35},
    )  #: Where they apply.
    amount: Observed = Observed(
        marginal=LogNormal(median=1_500, sigma=0.9, low=100, high=30_000, step=10),
        loadings={"creditworthiness": 0.1, "attachment": 0.1},
    )  #: Amount applied for [CNY].
    term: Observed = Observed(
        marginal=Choice(shares={3: 0.38, 6: 0.29, 12: 0.25, 24: 0.08}),
        loadings={"creditworthiness": -0.1},
    )  #: Instalments asked for [months].
    phone_unverified: Flag = Flag(
        share=0.03, loadings={"stability": 0.3}
    )  #: The phone number is not verified.
    card_unbound: Flag = Flag(
        share=0.034, loadings={"stability": 0.25, "attachment": 0.1}
    )  #: No bank card is bound to the account.

    @model_validator(mode="after")
    def _check(self) -> "People":
        for name, column in self.columns.items():
            if _explained(column.loadings, self.correlations) > 1:
                raise ValueError(
                    f"the loadings of {name} explain more than all of its variance; lower them"
                )
        for name in ("age", "amount", "term"):
            if self.observed[name].missing:
                raise ValueError(f"{name} is known of everybody; set its missing to 0")
        return self

    @property
    def columns(self) -> dict[str, Observed | Flag]:
        """The columns and states, by name."""
        return {**self.observed, **self.flags}

    @property
    def observed(self) -> dict[str, Observed]:
        """The columns with a distribution, by name."""
        return {name: column for name, column in self if isinstance(column, Observed)}

    @property
    def flags(self) -> dict[str, Flag]:
        """The states, by name."""
        return {name: column for name, column in self if isinstance(column, Flag)}


def draw_people(people: People, n_people: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw people as they are when they apply.

    Parameters
    ----------
    people : People
        Traits and columns.
    n_people : int
        How many.
    rng : Generator
        Source of randomness.

    Returns
    -------
    DataFrame
        One row per person: numbers as float, categories as categoricals, missing as NaN, and
        ``phone_verified`` and ``card_bound`` as 0/1.
    """
    observed, flags = people.observed, people.flags
    traits = _draw_traits(people.correlations, n_people, rng)
    normals = {
        name: _draw_normals(column.loadings, people.correlations, traits, rng)
        for name, column in people.columns.items()
    }
    drawn = pd.DataFrame(
        {name: column.marginal.values(normals[name]) for name, column in observed.items()}
    )
    states = {name: normals[name] < ndtri(flag.share) for name, flag in flags.items()}
    _make_consistent(drawn, thin_file=states["thin_file"])
    for name, column in observed.items():
        if column.missing:
            drawn[name] = drawn[name].mask(rng.random(n_people, np.float32) < column.missing)
    drawn["phone_verified"] = (~states["phone_unverified"]).astype(np.int8)
    drawn["card_bound"] = (~states["card_unbound"]).astype(np.int8)
    return drawn


def _explained(loadings: Loadings, correlations: TraitCorrelations) -> float:
    # Variance that the traits explain of a column's normal.
    vector = np.array([loadings.get(trait, 0.0) for trait in TRAITS])
    return float(vector @ correlations.matrix @ vector)


def _draw_traits(
    correlations: TraitCorrelations, n_people: int, rng: np.random.Generator
) -> dict[Trait, Normals]:
    factor = np.linalg.cholesky(correlations.matrix).astype(np.float32)
    sources = rng.standard_normal((len(TRAITS), n_people), dtype=np.float32)
    return {
        trait: _weighted_sum(factor[i, : i + 1], sources[: i + 1]) for i, trait in enumerate(TRAITS)
    }


def _draw_normals(
    loadings: Loadings,
    correlations: TraitCorrelations,
    traits: dict[Trait, Normals],
    rng: np.random.Generator,
) -> Normals:
    rest = np.sqrt(max(0.0, 1 - _explained(loadings, correlations)))
    own = rng.standard_normal(len(traits["stability"]), dtype=np.float32)
    weights = np.array([*loadings.values(), rest], dtype=np.float32)
    return _weighted_sum(weights, [*(traits[trait] for trait in loadings), own])


def _weighted_sum(weights: Normals, terms: "NDArray[np.float32] | list[Normals]") -> Normals:
    # Term by term and not as a matrix product, whose last bits depend on the machine's threads.
    total = weights[0] * terms[0]
    for weight, term in zip(weights[1:], terms[1:], strict=True):
        total += weight * term
    return total


def _make_consistent(drawn: pd.DataFrame, *, thin_file: Flags) -> None:
    # Nobody had an account or a credit line as a child; what was not observed has no value.
    adult_months = (drawn["age"] - _ADULT) * _MONTHS
    drawn["tenure_months"] = np.minimum(drawn["tenure_months"], adult_months)
    oldest = np.minimum(drawn["months_since_oldest_line"], adult_months)
    drawn["months_since_oldest_line"] = oldest.mask(thin_file)
    drawn["utilisation"] = drawn["utilisation"].mask(thin_file)
    drawn["overdue_count_24m"] = drawn["overdue_count_24m"].mask(thin_file, 0.0)
    without_orders = drawn["orders_12m"] == 0
    drawn["return_share"] = drawn["return_share"].mask(without_orders)
    drawn["night_order_share"] = drawn["night_order_share"].mask(without_orders)
