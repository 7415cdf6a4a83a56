"""What becomes of everybody who is approved, and would have become of everybody who is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from scipy.special import expit

from riskkit._checks import Floats
from riskkit._records import STRICT
from riskkit.applicants.world.effects import Effect, Slope, Steps

#: True PDs are rounded to so many decimals, and bads drawn from what is written.
_PD_DECIMALS = 6


class Interaction(BaseModel):
    """Two columns that are worse together: the product of their effects' positive parts.

    Positive parts are smooth, ln(1 + exp(effect)), so that the PD rises in both columns exactly
    in the directions in which it rises in each.
    """

    model_config = STRICT

    first: str  #: A column with an effect.
    second: str  #: Another column with an effect.
    weight: float = Field(ge=0)  #: Log-odds per squared log-odds.


class Risk(BaseModel):
    """How likely an applicant is to default, given the columns and a factor that nobody sees."""

    model_config = STRICT

    intercept: float = -4.9  #: Log-odds of bad where every effect is 0.
    effects: Mapping[str, Annotated[Effect, Field(discriminator="kind")]] = {
        "income": Slope(curve="log", centre=6_500, weight=-0.25, if_missing=0.1),
        "occupation": Steps(
            weights={
                "gig_worker": 0.25,
                "self_employed": 0.15,
                "office": -0.15,
                "public_sector": -0.3,
            }
        ),
        "city_tier": Steps(weights={"tier3": 0.1, "tier1": -0.1}),
        "tenure_months": Slope(curve="log", centre=28, weight=-0.33),
        "orders_12m": Slope(curve="log", centre=10, weight=-0.27),
        "return_share": Slope(centre=0.1, weight=2.1, if_missing=0.2),
        "night_order_share": Slope(centre=0.12, weight=2.3, if_missing=0.2),
        "device_changes_6m": Slope(curve="log", weight=0.68),
        "utilisation": Slope(curve="square", centre=0.4, weight=0.8, if_missing=-0.1),
        "inquiries_3m": Slope(curve="log", centre=1, weight=0.25),
        "overdue_count_24m": Slope(curve="log", weight=0.5),
        "months_since_oldest_line": Slope(curve="log", centre=60, weight=-0.1),
        "channel": Steps(weights={"partner": 0.2, "web": 0.1}),
        "amount": Slope(curve="log", centre=1_500, weight=0.18),
        "term": Slope(centre=6, weight=0.02),
    }  #: Effect of each column.
    interactions: tuple[Interaction, ...] = (
        Interaction(first="device_changes_6m", second="night_order_share", weight=0.55),
        Interaction(first="utilisation", second="inquiries_3m", weight=0.55),
        Interaction(first="tenure_months", second="amount", weight=0.55),
    )  #: Pairs of columns that are worse together.
    unexplained: float = Field(0.5, ge=0)  #: Standard deviation of what no column shows [log-odds].


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What becomes of each applicant if approved; every array has shape (n_applicants,)."""

    pds: Floats  #: True probability of bad [fraction].
    bad: NDArray[np.int8]  #: 1 where the applicant defaults in the window, else 0.


def draw_outcomes(risk: Risk, people: pd.DataFrame, rng: np.random.Generator) -> Outcomes:
    """Draw the outcome of everybody, approved or not.

    Parameters
    ----------
    risk : Risk
        How likely each is to default.
    people : DataFrame
        The people, one row each.
    rng : Generator
        Source of randomness.

    Returns
    -------
    Outcomes
        True PDs and outcomes.
    """
    effects = {name: effect.log_odds(people[name]) for name, effect in risk.effects.items()}
    log_odds = risk.intercept + np.sum(list(effects.values()), axis=0)
    for pair in risk.interactions:
        both = np.logaddexp(0, effects[pair.first]) * np.logaddexp(0, effects[pair.second])
        log_odds += pair.weight * both
    log_odds += risk.unexplained * rng.standard_normal(len(people), dtype=np.float32)
    pds = np.round(expit(log_odds), _PD_DECIMALS)
    return Outcomes(pds=pds, bad=(rng.random(len(people)) < pds).astype(np.int8))
