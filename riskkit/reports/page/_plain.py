"""Numbers and texts as they stand in a page: short, finite, and never markup."""

import json
import math
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

#: Digits that are kept; a page shows at most five.
_DIGITS = 9
#: Nothing in a JSON text may end the element it stands in, or begin a comment there.
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def plain_number(value: float) -> float | None:
    """Return a number with few digits; None where there is none."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def plain_numbers(values: Iterable[float]) -> list[float | None]:
    """Return numbers with few digits; None where there is none."""
    return [plain_number(value) for value in values]


def embedded(record: Any) -> Markup:
    """Return plain data as JSON that is safe inside a script element."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))  # noqa: S704 - all that could be markup is escaped
