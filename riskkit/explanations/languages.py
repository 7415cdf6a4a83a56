"""The languages that people are written to in, and words in them."""

from collections.abc import Mapping
from typing import Literal, get_args

from riskkit.errors import DataError

Language = Literal["en", "zh-CN"]
#: The languages that reasons are written in.
LANGUAGES: tuple[Language, ...] = get_args(Language)

#: Words by language, one of each.
Words = Mapping[str, str]


def in_language(words: Words, language: str) -> str:
    """Return words in one language.

    Parameters
    ----------
    words : mapping of str to str
        Words by language, as reasons have them.
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    str
        The words.

    Raises
    ------
    DataError
        If the language is not there: those that are, are named.

    Examples
    --------
    >>> in_language({"en": "Try again.", "zh-CN": "请重试。"}, "zh-CN")
    '请重试。'
    """
    if language not in LANGUAGES:
        raise DataError(f"language must be one of {', '.join(LANGUAGES)}, but is {language!r}.")
    return words[language]
