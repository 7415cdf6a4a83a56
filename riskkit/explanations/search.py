"""What the searches for recourse have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from riskkit.explanations.levers import Lever


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The cheapest new values, or none."""

    moves: Mapping[str, Any]  #: By feature; empty where nothing was found.
    cost: float  #: Of all changes; infinite where nothing was found.
    proved: bool  #: Whether it is proved that nothing costs less, or that there is nothing.


#: Searches among some levers.
Solver = Callable[[Sequence[Lever]], Found]
