"""What a policy must keep to."""

from typing import Literal

from pydantic import BaseModel, Field

from riskkit._records import STRICT

#: The rates a limit may bind.
LimitedRate = Literal["bad_rate", "approval_rate", "false_rejection_rate"]


class Limit(BaseModel):
    """One rate, its bound and how sure the lender wants to be.

    Examples
    --------
    >>> print(Limit(rate="bad_rate", at_most=0.03, confidence=0.95))
    bad_rate <= 0.03 with 0.95 confidence
    """

    model_config = STRICT

    rate: LimitedRate  #: The rate that is bound.
    at_most: float = Field(gt=0, lt=1)  #: Its highest allowed value [fraction].
    confidence: float | None = Field(None, gt=0.5, lt=1)  #: None: the estimate itself must comply.

    def __str__(self) -> str:
        """Return the limit as a person would write it."""
        sure = "" if self.confidence is None else f" with {self.confidence:.3g} confidence"
        return f"{self.rate} <= {self.at_most:.4g}{sure}"
