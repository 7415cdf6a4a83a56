"""What every result of this package says of itself: its limits, what it rests on, for whom."""

from dataclasses import dataclass
from enum import StrEnum

from numpy.typing import ArrayLike


class Assumption(StrEnum):
    """What has to be true for an estimate to be right; each value is a sentence's ending."""

    NONE = "nothing"  #: Bounds: they hold whatever the missing outcomes are.
    ALIKE = "those without an outcome are like those with one"
    RECORDED = "recorded propensities are those that decided who was approved"
    ALIKE_IN_CELLS = "within each group, those without an outcome are like those with one"
    COLUMNS = "nothing but the columns decided who was approved"
    MODEL = "the PDs expected of those without an outcome are right"
    EITHER = "the propensities are right, or the PDs expected of those without an outcome are"
    ODDS = "the odds of bad of those without an outcome lie within a factor Gamma of those expected"
    INSTRUMENT = "the excluded columns moved the decision and not the risk, and errors are normal"
    RANDOM_JUDGE = "applications came to decision makers by chance"
    STRICTER = (
        "applications came to decision makers by chance, and the score rejects all whom the most "
        "lenient one rejected"
    )


class Population(StrEnum):
    """Whom an estimate speaks of."""

    LABELLED = "applicants with a known outcome"
    EXPLORABLE = "applicants whom the past policy approves with a positive probability"
    EVERYBODY = "all applicants"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A rate with its interval; numbers, or arrays with one entry per cut-off [fraction]."""

    point: ArrayLike  #: The estimate; NaN where outcomes are missing and only bounds are known.
    lower: ArrayLike  #: Lower limit: an interval's where there is a point, else a bound.
    upper: ArrayLike  #: Upper limit: an interval's where there is a point, else a bound.
    #: What it rests on; None where the table it goes into says so.
    assumption: Assumption | None = None
    #: For whom it holds; None where the table it goes into says so.
    population: Population | None = None
