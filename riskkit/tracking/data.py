"""The tables that runs read: their place, hash, columns and number of rows, never the rows."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskkit.applicants import Column, Schema
from riskkit.tracking._client import mlflow_

_MAX_DIGEST = 36  # characters that MLflow keeps of a data set's digest
_DOUBLES = frozenset({"amount", "term", "weight", "propensity"})
_FLAGS = frozenset({"approved", "bad", "early_bad"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSource:
    """The table that a run read."""

    path: Path  #: Where it was read.
    content_hash: str  #: Hash of its content [hexadecimal]: `riskkit.applicants.content_hash`.
    n_rows: int  #: Its rows.
    schema: Schema  #: What its columns mean.


def dataset_input(source: TableSource, context: str) -> Any:
    """Return a table as MLflow's data set, with what it was used for."""
    entities = mlflow_().entities
    columns = [
        {"name": name, "type": _type_of(column), "required": True}
        for name, column in source.schema.columns.items()
        if column.role != "ignore"
    ]
    # MLflow's own data sets read every value to tell the columns' types: seconds of work.
    data = entities.Dataset(
        name=source.path.name,
        digest=source.content_hash[:_MAX_DIGEST],
        source_type="local",
        source=json.dumps({"uri": str(source.path)}),
        schema=json.dumps({"mlflow_colspec": columns}),
        profile=json.dumps({"num_rows": source.n_rows, "content_hash": source.content_hash}),
    )
    tag = entities.InputTag(key="mlflow.data.context", value=context)
    return entities.DatasetInput(dataset=data, tags=[tag])


def _type_of(column: Column) -> str:
    if column.kind is not None:
        return "double" if column.kind == "number" else "string"
    if column.role in _FLAGS:
        texts = isinstance(column.bad_value, str) or isinstance(column.approved_value, str)
        return "string" if texts else "double"
    if column.role == "time":
        return "datetime"
    return "double" if column.role in _DOUBLES else "string"
