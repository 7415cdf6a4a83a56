"""Scorers and policies as MLflow calls them: loaded from plain files by the installed riskkit.

A scorer takes its features and returns one column, ``pd`` [fraction]. A policy takes the features
of its scorer, the columns of its gates and its segment, and returns one row per application, in
order:

=====================  =======  ==================================================================
``pd``                 double   probability of default [fraction]
``decision``           string   ``approve``, ``review`` or ``reject``, by the rules: before a day's
                                capacity and random approvals, which `riskkit decide` adds
``stopped_by``         string   the first gate that failed, such as ``score``; null unless rejected
``reason_1`` to ``5``  string   keys of the reason catalogue, the strongest first, the fifth being
                                inquiries; null where there is none, and all null where another gate
                                than the score stopped the application: an outage is no reason
=====================  =======  ==================================================================

Numbers are ``double`` (missing: NaN, in JSON null), categories and verdicts ``string`` (missing:
null); the signature that MLflow keeps names each. MLflow takes no 64-bit integers for doubles:
batch users cast integer columns first, and in Spark ``mlflow.pyfunc.spark_udf(spark, uri,
result_type="pd double, decision string, stopped_by string, reason_1 string, reason_2 string,
reason_3 string, reason_4 string, reason_5 string")`` gives one struct per row.
"""

from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from riskkit.bundle import Bundle, decided_with_reasons, is_sealed, load_bundle
from riskkit.scores import Scorer, load_scorer
from riskkit.tracking._client import mlflow_

#: The module whose ``_load_pyfunc`` MLflow calls to load a model.
LOADER = "riskkit.tracking"


class Served(Protocol):
    """What MLflow calls."""

    def predict(self, model_input: pd.DataFrame) -> pd.DataFrame:
        """Return one row per row."""
        ...


class _PdModel:
    """A scorer as MLflow calls it."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def predict(self, model_input: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(
            {"pd": self._scorer.predict_proba(model_input)[:, 1]}, index=model_input.index
        )


class _PolicyModel:
    """A policy as MLflow calls it."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def predict(self, model_input: pd.DataFrame) -> pd.DataFrame:
        decided = decided_with_reasons(self._bundle, model_input)
        return decided.set_index(model_input.index)


def load_served(folder: Path) -> Served:
    """Load what MLflow is to call; nothing in the folder is executed.

    Parameters
    ----------
    folder : Path
        A policy folder or a scorer's.

    Returns
    -------
    Served
        It predicts.

    Raises
    ------
    DataError
        If the folder holds neither, or not what was sealed.
    """
    if is_sealed(folder):
        return _PolicyModel(load_bundle(folder))
    return _PdModel(load_scorer(folder))


def signature_of(example: pd.DataFrame, output: pd.DataFrame) -> Any:
    """Return MLflow's signature of a model.

    Parameters
    ----------
    example : DataFrame
        What the model takes.
    output : DataFrame
        What it makes of it.

    Returns
    -------
    ModelSignature
        Every column with its type; texts may be null.
    """
    mlflow = mlflow_()

    def columns(frame: pd.DataFrame) -> Any:
        return mlflow.types.Schema(
            [mlflow.types.ColSpec(_type_of(frame[name]), str(name)) for name in frame]
        )

    return mlflow.models.ModelSignature(inputs=columns(example), outputs=columns(output))


def _type_of(column: pd.Series) -> str:
    return "double" if pd.api.types.is_numeric_dtype(column) else "string"
