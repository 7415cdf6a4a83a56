"""What happens to an application: the gates in their order, and who is approved at random."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from riskkit._checks import Flags, Floats
from riskkit._records import STRICT
from riskkit.applicants.world.effects import Effect, Slope, total_log_odds
from riskkit.lending import Cause, first_failing

#: The gates of the small world, in the order in which they are asked.
GATES: tuple[Cause, ...] = ("system", "profile", "score")
_VERDICTS = ("failed", "passed")


class Timeouts(BaseModel):
    """How often the platform fails to answer: it knows the load and the channel, never the risk."""

    model_config = STRICT

    at_normal_load: float = Field(0.014, ge=0, le=1)  #: Timeouts at load 1 [fraction].
    load_power: float = Field(1.0, ge=0)  #: Timeouts grow with load to this power.
    partner_multiple: float = Field(1.8, ge=0)  #: Timeouts of the partner channel over the others'.
    highest: float = Field(0.5, ge=0, le=1)  #: Timeouts never exceed this [fraction].


class Incumbent(BaseModel):
    """The score in force: it reads the credit bureau, crudely, and knows no platform behaviour."""

    model_config = STRICT

    points_without_effects: int = 650  #: Score where every effect is 0 [points].
    points_per_log_odds: float = Field(60.0, gt=0)  #: Points lost per unit of effect.
    cutoff: int = 600  #: Whoever has at least so many points is approved [points].
    effects: Mapping[str, Annotated[Effect, Field(discriminator="kind")]] = {
        "overdue_count_24m": Slope(weight=0.6),
        "inquiries_3m": Slope(centre=1, weight=0.15),
        "utilisation": Slope(centre=0.4, weight=1.2, if_missing=0.75),
        "income": Slope(curve="log", centre=6_500, weight=-0.75, if_missing=0.5),
    }  #: What it makes of each column.


class Journey(BaseModel):
    """What happens between the application and the decision."""

    model_config = STRICT

    timeouts: Timeouts = Timeouts()  #: The `system` gate.
    incumbent: Incumbent = Incumbent()  #: The `score` gate.
    #: Share of would-be score rejections approved at random [fraction].
    exploration: float = Field(0.05, ge=0, lt=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What became of each application; every array has shape (n_applicants,)."""

    passed: dict[Cause, Flags]  #: Verdict of every gate, also behind the first that stopped.
    points: NDArray[np.int32]  #: The incumbent's score [points].
    stopped_by: NDArray[np.object_]  #: First gate that stopped it, None where approved.
    propensity: Floats  #: Probability of approval at the score gate; NaN where it was not reached.

    @property
    def approved(self) -> Flags:
        """Who was approved."""
        return pd.isna(self.stopped_by)

    def verdict(self, gate: Cause) -> pd.Categorical:
        """Return a gate's verdict on everybody."""
        return pd.Categorical.from_codes(self.passed[gate].astype(np.int8), list(_VERDICTS))

    def seen(self, gate: Cause) -> pd.Categorical:
        """Return a gate's verdict as the lender keeps it: missing behind the first that stopped."""
        codes = self.passed[gate].astype(np.int8)
        for before in GATES[: GATES.index(gate)]:
            codes[~self.passed[before]] = -1
        return pd.Categorical.from_codes(codes, list(_VERDICTS))


def draw_decisions(
    journey: Journey, people: pd.DataFrame, *, load: Floats, rng: np.random.Generator
) -> Decisions:
    """Draw what becomes of each application.

    Parameters
    ----------
    journey : Journey
        The gates.
    people : DataFrame
        The people, one row each.
    load : array of float, shape (n_applicants,)
        Load of the platform when each applied.
    rng : Generator
        Source of randomness.

    Returns
    -------
    Decisions
        Verdicts, who stopped whom, and propensities.
    """
    timeout_draws, exploration_draws = rng.random((2, len(people)))
    points = score_points(journey.incumbent, people)
    passed: dict[Cause, Flags] = {
        "system": timeout_draws >= timeout_rates(journey.timeouts, people["channel"], load=load),
        "profile": ((people["phone_verified"] == 1) & (people["card_bound"] == 1)).to_numpy(),
        "score": points >= journey.incumbent.cutoff,
    }
    reached = passed["system"] & passed["profile"]
    explored = exploration_draws < journey.exploration
    stopped_by = first_failing(
        [(gate, passed[gate] | (explored if gate == "score" else False)) for gate in GATES]
    )
    propensity = np.where(passed["score"], 1.0, journey.exploration)
    return Decisions(
        passed=passed,
        points=points,
        stopped_by=stopped_by,
        propensity=np.where(reached, propensity, np.nan),
    )


def timeout_rates(timeouts: Timeouts, channel: pd.Series, *, load: Floats) -> Floats:
    """Return the probability of a timeout of each application [fraction]."""
    multiple = np.where(channel == "partner", timeouts.partner_multiple, 1.0)
    rates = timeouts.at_normal_load * load**timeouts.load_power * multiple
    return np.minimum(rates, timeouts.highest)


def score_points(incumbent: Incumbent, people: pd.DataFrame) -> NDArray[np.int32]:
    """Return the incumbent's score of each applicant [points]; higher is safer."""
    lost = incumbent.points_per_log_odds * total_log_odds(incumbent.effects, people)
    return np.round(incumbent.points_without_effects - lost).astype(np.int32)
