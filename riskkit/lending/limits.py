"""What a policy must keep to."""

import re
from typing import Literal, get_args

from pydantic import Field, model_validator

from riskkit._records import StrictRecord, as_record
from riskkit.errors import DataError

#: The rates a limit may bind.
LimitedRate = Literal[
    "bad_rate",
    "bad_amount_rate",
    "loss_rate",
    "approval_rate",
    "false_rejection_rate",
    "false_rejection_gap",
]
#: Rates of which more is better may have a floor; every rate may have a ceiling.
_FLOORS: frozenset[LimitedRate] = frozenset({"approval_rate"})

_NUMBER = r"(\d+\.?\d*(?:e-?\d+)?|\.\d+)\s*(%?)"
_WRITTEN = re.compile(
    rf"\s*(\w+)\s*(<=|>=|≤|≥)\s*{_NUMBER}(?:\s*@\s*{_NUMBER})?(?:\s+by\s+(\S.*?))?\s*", re.I
)
_EXAMPLE = '"bad_rate <= 0.03 @ 95%" or "approval_rate >= 0.6"'


class Limit(StrictRecord):
    """One rate, its bound and how sure the lender wants to be.

    Rates: ``bad_rate``, bads among the approved; ``bad_amount_rate``, their amounts among the
    amounts approved; ``loss_rate``, expected loss among the amounts approved; ``approval_rate``;
    ``false_rejection_rate``, rejected among the goods; ``false_rejection_gap``, the largest
    difference of that rate between the groups of one column.

    Examples
    --------
    >>> print(Limit(rate="bad_rate", at_most=0.03, confidence=0.95))
    bad_rate <= 0.03 with 0.95 confidence
    >>> print(Limit(rate="approval_rate", at_least=0.6))
    approval_rate >= 0.6
    """

    rate: LimitedRate  #: The rate that is bound.
    at_most: float | None = Field(None, gt=0, lt=1)  #: Its highest allowed value [fraction].
    at_least: float | None = Field(None, gt=0, lt=1)  #: Its lowest allowed value [fraction].
    confidence: float | None = Field(None, gt=0.5, lt=1)  #: None: the estimate itself must comply.
    by: str | None = None  #: Column of the groups, for a gap between groups.

    @model_validator(mode="after")
    def _check(self) -> "Limit":
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("a limit takes either at_most or at_least")
        if self.at_least is not None and self.rate not in _FLOORS:
            raise ValueError(f"{self.rate} takes at_most (<=): it is to be kept low")
        if (self.rate == "false_rejection_gap") != (self.by is not None):
            raise ValueError("a false_rejection_gap, and nothing else, names its column with by")
        if self.rate == "false_rejection_gap" and self.confidence is not None:
            raise ValueError("a false_rejection_gap is estimated; it takes no confidence")
        return self

    @property
    def bound(self) -> float:
        """The value that is not to be passed [fraction]."""
        value = self.at_least if self.at_most is None else self.at_most
        assert value is not None  # noqa: S101 - checked when the limit was made
        return value

    @property
    def sign(self) -> int:
        """1 where the rate must not exceed the bound, -1 where it must not fall below it."""
        return -1 if self.at_most is None else 1

    def __str__(self) -> str:
        """Return the limit as a person would write it."""
        comparison = "<=" if self.sign > 0 else ">="
        sure = "" if self.confidence is None else f" with {self.confidence:.3g} confidence"
        groups = "" if self.by is None else f" by {self.by}"
        return f"{self.rate} {comparison} {self.bound:.4g}{sure}{groups}"


def parse_limit(text: str) -> Limit:
    """Return the limit that a line of text means.

    Parameters
    ----------
    text : str
        Rate, ``<=`` or ``>=``, a fraction or percentage; then ``@`` and the confidence if it is
        to be certified; then ``by`` and a column for a gap between groups.

    Returns
    -------
    Limit
        What it means.

    Raises
    ------
    DataError
        If it is written otherwise, names an unknown rate, or a number lies outside (0, 1).

    Examples
    --------
    >>> parse_limit("bad_rate <= 3% @ 95%")
    Limit(rate='bad_rate', at_most=0.03, at_least=None, confidence=0.95, by=None)
    >>> print(parse_limit("false_rejection_gap <= 0.02 by channel"))
    false_rejection_gap <= 0.02 by channel
    """
    found = _WRITTEN.fullmatch(str(text))
    if found is None:
        raise DataError(f"limit must be written as {_EXAMPLE}, but is {text!r}.")
    rate, comparison, bound, percent, confidence, confidence_percent, by = found.groups()
    if rate not in get_args(LimitedRate):
        raise DataError(
            f"limit must bind one of {', '.join(get_args(LimitedRate))}, but {text!r} binds "
            f"{rate!r}."
        )
    side = "at_most" if comparison in {"<=", "≤"} else "at_least"
    content = {
        "rate": rate,
        side: _fraction(bound, percent),
        "confidence": None if confidence is None else _fraction(confidence, confidence_percent),
        "by": by,
    }
    return as_record(Limit, content, source=f"limit {text!r}", whole="")


def _fraction(number: str, percent: str) -> float:
    # Through the shortest decimal, so that 3% is 0.03 and not 0.030000000000000002.
    return float(f"{float(number) / 100:.15g}") if percent else float(number)
