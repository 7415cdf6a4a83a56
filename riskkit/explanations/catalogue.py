# ruff: noqa: RUF001 - Chinese sentences have full-width punctuation
"""What customers are told about each reason, as it stands in a file that people can edit."""

import functools
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, Field

from riskkit._records import STRICT, as_record, parse_yaml, read_record, write_record
from riskkit.applicants import Column, Schema
from riskkit.errors import DataError
from riskkit.explanations.languages import LANGUAGES, Language, Words

_ADVICE: Mapping[str, Words] = {
    "higher": {
        "en": "A lower value can help: {label}.",
        "zh-CN": "降低该项可能会有帮助：{label}。",
    },
    "lower": {
        "en": "A higher value can help: {label}.",
        "zh-CN": "提高该项可能会有帮助：{label}。",
    },
    "none": {
        "en": "This is something you can change: {label}.",
        "zh-CN": "该项可以由您调整：{label}。",
    },
}


class Entry(BaseModel):
    """What customers are told about one reason."""

    model_config = STRICT

    factor: Mapping[Language, str]  #: What it is about, by language.
    advice: Mapping[Language, str] = Field(default_factory=dict)  #: What can be done, by language.
    #: What it is about where many applicants are told of; by language, else that of `factor`.
    topic: Mapping[Language, str] = Field(default_factory=dict)


class Catalogue(BaseModel):
    """What customers are told about every reason of a schema, as it stands in ``reasons.yaml``."""

    model_config = STRICT

    reasons: Mapping[str, Entry]  #: By the schema's `reason`, or the feature's name without one.
    #: Words for the levels of categories, by feature and level; others are written as they stand.
    levels: Mapping[str, Mapping[str, Mapping[Language, str]]] = Field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Catalogue":
        """Read a catalogue from YAML.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        Catalogue
            What it says.

        Raises
        ------
        DataError
            If the file is absent, is not YAML, or breaks a rule: the key and the rule are named.
        """
        return read_record(cls, path)

    def write(self, path: Path) -> None:
        """Write the catalogue as YAML.

        Parameters
        ----------
        path : Path
            The file to write.
        """
        write_record(self, path)

    def level(self, feature: str, value: str) -> Words:
        """Return the words for a level of a category."""
        words = self.levels.get(feature, {}).get(value, {})
        return {language: words.get(language, value) for language in LANGUAGES}

    def topic(self, key: str) -> Words:
        """Return what a reason is about, for a reader who is not the applicant."""
        entry = self.reasons[key]
        return {lang: entry.topic.get(lang, entry.factor[lang]) for lang in LANGUAGES}


def new_catalogue(schema: Schema) -> Catalogue:
    """Return a first catalogue for a schema, complete in every language, to be edited.

    Reasons of the synthetic world have the words that riskkit brings; any other is called by the
    label of its first feature, or the column's name where the label lacks a language. Advice is
    given for reasons with a feature that the applicant can change.

    Parameters
    ----------
    schema : Schema
        Reasons and labels of the features.

    Returns
    -------
    Catalogue
        An entry for every reason.

    Examples
    --------
    >>> from riskkit.applicants import Column
    >>> debt = Column(role="feature", kind="number", label={"en": "Debt"}, worse="higher",
    ...               actionable=True)
    >>> catalogue = new_catalogue(Schema(columns={"debt": debt}))
    >>> catalogue.reasons["debt"].advice["en"]
    'A lower value can help: Debt.'
    """
    brought = _brought()
    features: dict[str, list[str]] = {}
    for name, key in schema.reasons.items():
        features.setdefault(key, []).append(name)
    return Catalogue(
        reasons={key: _entry(schema, names, key) for key, names in features.items()},
        levels={name: brought.levels[name] for name in schema.features if name in brought.levels},
    )


def check_catalogue(catalogue: Catalogue, schema: Schema) -> None:
    """Refuse a catalogue that lacks words for a reason of a schema.

    Parameters
    ----------
    catalogue : Catalogue
        What customers are told.
    schema : Schema
        Reasons of the features.

    Raises
    ------
    DataError
        If words are missing: all of them are listed.

    Examples
    --------
    >>> from riskkit.applicants import Column
    >>> schema = Schema(columns={"debt": Column(role="feature", kind="number")})
    >>> check_catalogue(new_catalogue(schema), schema)
    """
    missing = sorted(_missing(catalogue, schema))
    if missing:
        raise DataError(
            f"The reason catalogue lacks words for {len(missing)} keys of the schema: "
            f"{', '.join(missing)}."
        )


def _missing(catalogue: Catalogue, schema: Schema) -> Iterator[str]:
    actionable = {key for name, key in schema.reasons.items() if schema.columns[name].actionable}
    for key in dict.fromkeys(schema.reasons.values()):
        if key not in catalogue.reasons:
            yield key
            continue
        entry = catalogue.reasons[key]
        yield from (f"{key}.factor.{language}" for language in set(LANGUAGES) - entry.factor.keys())
        if key in actionable:
            yield from (
                f"{key}.advice.{language}" for language in set(LANGUAGES) - entry.advice.keys()
            )


def _entry(schema: Schema, names: list[str], key: str) -> Entry:
    brought = _brought().reasons.get(key)
    actionable = [name for name in names if schema.columns[name].actionable]
    advice = _advice(schema.columns[actionable[0]], actionable[0]) if actionable else {}
    if brought is None:
        return Entry(factor=_label(schema.columns[names[0]], names[0]), advice=advice)
    return Entry(
        factor=brought.factor,
        advice=(brought.advice or advice) if actionable else {},
        topic=brought.topic,
    )


def _advice(column: Column, name: str) -> dict[Language, str]:
    label = _label(column, name)
    words = _ADVICE[column.worse]
    return {language: words[language].format(label=label[language]) for language in LANGUAGES}


def _label(column: Column, name: str) -> dict[Language, str]:
    return {language: column.label.get(language, name) for language in LANGUAGES}


@functools.cache
def _brought() -> Catalogue:
    text = resources.files("riskkit.explanations").joinpath("catalogue.yaml").read_text("utf-8")
    return as_record(Catalogue, parse_yaml(text, source="catalogue.yaml"), source="catalogue.yaml")
