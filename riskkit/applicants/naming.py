"""What the name of a column, or its values, plainly say; everything else is asked for."""

import re
from collections.abc import Sequence

from riskkit.lending import CAUSES, Cause

_OUTCOMES = frozenset(
    {
        "bad", "isbad", "badflag", "default", "defaulted", "isdefault", "defaultflag",
        "goodbad", "goodbadflag", "badgood", "chargedoff", "ischargedoff", "notfullypaid",
        "defaultpaymentnextmonth", "seriousdlqin2yrs", "targetlabelbad1",
    }
)  # fmt: skip
_BAD_WORDS = frozenset(
    {"bad", "default", "defaulted", "chargedoff", "chargeoff", "chgoff", "writtenoff", "writeoff"}
)
_GOOD_WORDS = frozenset({"good", "paid", "repaid", "performing", "ok", "approved", "accepted"})
_APPROVED_WORDS = frozenset({"1", "approved", "approve", "yes", "y", "true"})
#: Words of names whose whole numbers are labels, not amounts.
_LABEL_WORDS = frozenset(
    {
        "code", "zip", "postal", "postcode", "naics", "sic", "id", "branch", "region", "area",
        "state", "type", "category", "class", "group", "product", "status", "channel", "shop",
        "store", "kind", "purpose", "occupation", "profession",
    }
)  # fmt: skip
#: Beside these words a whole number is an amount after all.
_QUANTITY_WORDS = frozenset(
    {
        "days", "day", "months", "month", "years", "year", "count", "cnt", "num", "amount", "amt",
        "rating", "rank", "score", "population", "balance", "rate", "share", "age",
    }
)  # fmt: skip
_ID_WORDS = frozenset({"id", "nr", "number", "key", "ref", "reference", "uuid", "guid"})
_CUSTOMER_WORDS = ("customer", "client", "member", "borrower", "person", "user", "applicant")
_ROW_NAMES = re.compile(r"unnamed: ?\d+|index|row|rownames?|rownumber|__index_level_\d+__|", re.I)
_PROTECTED_WORDS = {
    "sex": "sex", "gender": "sex", "male": "sex", "female": "sex",
    "race": "race", "ethnic": "race", "ethnicity": "race", "black": "race", "white": "race",
    "hispan": "race", "hispanic": "race",
    "marital": "marital status", "marriage": "marital status", "married": "marital status",
    "religion": "religion", "nationality": "national origin", "nacionality": "national origin",
    "citizenship": "national origin",
    "foreign": "national origin", "birth": "age", "birthdate": "age", "birthday": "age",
    "dob": "age", "yob": "age", "disability": "disability", "disabled": "disability",
}  # fmt: skip
#: Beside these words an age is that of a thing.
_THINGS = frozenset(
    {"car", "vehicle", "account", "acct", "credit", "loan", "line", "house", "home", "property",
     "oldest", "newest", "file", "company", "business", "device", "average", "avg"}
)  # fmt: skip

_PLACES = frozenset({"state", "city", "country", "place", "region"})

#: How plainly a name names an application: its id, its customer's, a row number, nothing.
ID_RANK, CUSTOMER_RANK, ROW_RANK, NO_RANK = range(4)


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in small letters: DaysLate_2yrs is days, late, 2, yrs."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return tuple(part.lower() for part in parts)


def is_outcome_name(name: str) -> bool:
    """Return whether a name plainly says that 1 or the bad value is a default."""
    return _bare(name) in _OUTCOMES


def is_bad_word(*levels: str) -> bool:
    """Return whether exactly one of the values of a column says bad in words."""
    return sum(_bare(level) in _BAD_WORDS for level in levels) == 1


def bad_level(levels: Sequence[str], name: str) -> str | None:
    """Return which of two values plainly means bad: a word for it, or 1 beside 0."""
    words = [level for level in levels if _bare(level) in _BAD_WORDS]
    if len(words) == 1:
        return words[0]
    # 1 beside 2 means good as often as bad, and 1 under the name of goods means good.
    names_goods = _GOOD_WORDS.intersection(words_of(name)) and "not" not in words_of(name)
    return "1" if set(levels) == {"0", "1"} and not names_goods else None


def approved_level(levels: Sequence[str]) -> str | None:
    """Return which value plainly means approved."""
    plain = [level for level in levels if _bare(level) in _APPROVED_WORDS]
    return plain[0] if len(plain) == 1 and "2" not in levels else None


def id_rank(name: str) -> int:
    """Return how plainly a name names an application: the lower the plainer, up to NO_RANK."""
    if _ROW_NAMES.fullmatch(name.strip()):
        return ROW_RANK
    bare = _bare(name)
    if not (_ID_WORDS.intersection(words_of(name)) or bare.endswith("id")):
        return NO_RANK
    return CUSTOMER_RANK if any(word in bare for word in _CUSTOMER_WORDS) else ID_RANK


def is_label_name(name: str) -> bool:
    """Return whether whole numbers under this name are labels, such as zip codes."""
    words = words_of(name)
    return bool(_LABEL_WORDS.intersection(words)) and not _QUANTITY_WORDS.intersection(words)


def is_date_name(name: str) -> bool:
    """Return whether a name speaks of a date."""
    return any(word.endswith("date") for word in words_of(name))


def protected_by(name: str) -> str | None:
    """Return the protected characteristic that a name speaks of, or None."""
    words = words_of(name)
    found = next((_PROTECTED_WORDS[word] for word in words if word in _PROTECTED_WORDS), None)
    if "birth" in words and _PLACES.intersection(words):
        return "national origin"
    if found is None and "family" in words and "status" in words:
        return "marital status"
    if found is None and {"age", "ages"}.intersection(words) and not _THINGS.intersection(words):
        return "age"
    return found


def verdict_gate(name: str) -> Cause | None:
    """Return the gate whose verdict a column named verdict_<gate> holds, or None."""
    return next((cause for cause in CAUSES if name == f"verdict_{cause}"), None)


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
