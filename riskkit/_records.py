"""Records that stand in YAML files: strict, frozen, with errors a person can act on."""

import json
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from riskkit.errors import DataError

#: Every record that stands in a file: a misspelt key is an error, a value never changes.
STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

#: An error shows so many characters of what it found.
_SHOWN = 80

Record = TypeVar("Record", bound=BaseModel)


if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


class _Clear(ModelMetaclass):
    # Around the call of the class alone: records inside records are told of by the outer one.
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except ValidationError as error:
            raise DataError(f"{self.__name__}: {_first_sentence(error, whole='')}") from None


class StrictRecord(BaseModel, metaclass=_Clear):
    """A strict record that people make in Python too: what is wrong with it is one sentence."""

    model_config = STRICT


class _Loader(yaml.SafeLoader):
    """Loads plain data only, and refuses a key that stands twice: which one counts is a guess."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - the signature that YAML calls
        mapping = super().construct_mapping(node, deep=deep)
        keys = [key.value for key, _ in node.value]
        twice = next((key for key, n in Counter(map(repr, keys)).items() if n > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f"key {twice} stands twice", node.start_mark
            )
        return mapping


def read_record(model: type[Record], path: Path) -> Record:
    """Read one record from a YAML file; nothing in the file is executed."""
    return as_record(model, parse_yaml(_text(path), source=str(path)), source=str(path))


def parse_yaml(text: str, *, source: str) -> Any:
    """Return the plain data in a YAML text; nothing in it is executed."""
    try:
        return _Loader(text).get_single_data()
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that does not exist
        problem = " ".join(str(error).split())
        raise DataError(f"{source} is not valid YAML: {problem}.") from None


def read_json_record(model: type[Record], path: Path) -> Record:
    """Read one record from a JSON file."""
    text = _text(path)
    try:
        content = json.loads(text)
    except ValueError as error:
        raise DataError(f"{path} is not valid JSON: {error}.") from None
    return as_record(model, content, source=str(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as text: {error}.") from None


def as_record(
    model: type[Record], content: Any, *, source: str, whole: str = "as a whole: "
) -> Record:
    """Make a record of plain data; an error names the source, the key (or `whole`) and the rule."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise DataError(f"{source}: {_first_sentence(error, whole=whole)}") from None


def write_record(record: BaseModel, path: Path) -> None:
    """Write a record as YAML that a person can read and compare; defaults are left out."""
    path.write_text(as_yaml(record), encoding="utf-8")


def as_yaml(record: BaseModel, *, in_full: Collection[str] = ()) -> str:
    """Return a record as YAML, keys in their declared order, defaults left out unless `in_full`."""
    content = record.model_dump(mode="json", exclude_defaults=True)
    if in_full:
        full = record.model_dump(mode="json", exclude_none=True)
        named = {name: full[name] if name in in_full else content.get(name) for name in full}
        content = {name: value for name, value in named.items() if value is not None}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def _first_sentence(error: ValidationError, *, whole: str) -> str:
    problems = error.errors()
    first = problems[0]
    key = f"{'.'.join(map(str, first['loc']))}: " if first["loc"] else whole
    message = first["msg"].removeprefix("Value error, ").rstrip(".")
    more = f" ({len(problems) - 1} more problems)" if len(problems) > 1 else ""
    found = first["input"]
    shown = "" if isinstance(found, dict | list) else f", found {_shortened(repr(found))}"
    return f"{key}{message}{shown}.{more}"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
