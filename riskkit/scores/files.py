"""Scorers as files: JSON, and the trees as LightGBM text. Reading them executes nothing."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from riskkit._records import as_record
from riskkit.errors import DataError
from riskkit.scores.bivariate import BivariateProbitModel
from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.calibration import Line
from riskkit.scores.coding_records import CodingRecord
from riskkit.scores.comparison import Scorer
from riskkit.scores.curves import BetaCurve, Curve
from riskkit.scores.design_records import DesignRecord
from riskkit.scores.encoding import EncodedFeature, encoded_sources
from riskkit.scores.features import Counts
from riskkit.scores.points import ScorecardColumn
from riskkit.scores.scorecard import Scorecard
from riskkit.scores.scorer_records import (
    BoostedRecord,
    ProbitRecord,
    ScorecardRecord,
    ScorerRecord,
    TwoStreamRecord,
)
from riskkit.scores.trees import read_trees
from riskkit.scores.two_stream import TwoStreamModel

SCORER_FILE = "scorer.json"
TREES_FILE = "trees.txt"


def save_scorer(scorer: Scorer, folder: Path) -> None:
    """Write a fitted scorer into a folder; it is made if need be.

    Parameters
    ----------
    scorer : Scorecard, BoostedScorer, TwoStreamModel or BivariateProbitModel
        A fitted scorer.
    folder : Path
        Where to; ``scorer.json`` and, for trees, ``trees.txt`` are replaced; the models of two
        streams have a folder each in it.

    Raises
    ------
    DataError
        If it is another model, or one of two streams is.
    NotFittedError
        If the scorer is not fitted.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> scorecard = Scorecard().fit(X, [1, 0, 0, 0] * 50)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_scorer(scorecard, Path(folder))
    ...     again = load_scorer(Path(folder))
    >>> bool((again.predict_proba(X) == scorecard.predict_proba(X)).all())
    True
    """
    text, trees = _as_text(scorer)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCORER_FILE).write_text(text, encoding="utf-8")
    if trees is not None:
        (folder / TREES_FILE).write_text(trees, encoding="utf-8", newline="\n")
    if isinstance(scorer, TwoStreamModel):
        for name, part in scorer.parts.items():
            save_scorer(part, folder / name)


def scorer_hash(scorer: Scorer) -> str:
    """Return the SHA-256 of what `save_scorer` writes: equal hashes give equal PDs.

    Parameters
    ----------
    scorer : Scorecard, BoostedScorer, TwoStreamModel or BivariateProbitModel
        A fitted scorer.

    Returns
    -------
    str
        The hash [hexadecimal].

    Raises
    ------
    DataError
        If it is another model, or one of two streams is.
    NotFittedError
        If the scorer is not fitted.
    """
    text, _ = _as_text(scorer)  # hashes of trees and parts stand in it
    return hashlib.sha256(text.encode()).hexdigest()


def load_scorer(folder: Path) -> Scorer:
    """Read a scorer; its PDs are equal to the last bit to those of the one that was saved.

    Parameters
    ----------
    folder : Path
        What `save_scorer` wrote.

    Returns
    -------
    Scorecard, BoostedScorer, TwoStreamModel or BivariateProbitModel
        The fitted scorer.

    Raises
    ------
    DataError
        If a file is missing, altered or not what `save_scorer` writes.
    """
    path = folder / SCORER_FILE
    text = _read(path)
    try:
        content = json.loads(text)
    except ValueError as error:
        raise DataError(f"{path} is not valid JSON: {error}.") from None
    record = as_record(ScorerRecord, content, source=str(path)).content
    if isinstance(record, TwoStreamRecord):
        return _two_streams(record, folder)
    if isinstance(record, ProbitRecord):
        return _probit(record)
    try:
        if isinstance(record, ScorecardRecord):
            return _scorecard(record, Scorecard().set_params(**_params(record.params)))
        scorer = BoostedScorer().set_params(**_params(record.params))
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None
    return _boosted(record, scorer, folder)


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:  # as it was hashed
            return file.read()
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as text: {error}.") from None


def _as_text(scorer: Scorer) -> tuple[str, str | None]:
    if isinstance(scorer, TwoStreamModel):
        return _json(_two_streams_content(scorer)), None
    if isinstance(scorer, BivariateProbitModel):
        return _json(_probit_content(scorer)), None
    if not isinstance(scorer, Scorecard | BoostedScorer):
        raise DataError(
            "scorer must be of riskkit's own kinds, which are saved as plain files, but is a "
            f"{type(scorer).__name__}."
        )
    check_is_fitted(scorer)
    trees = scorer.booster_.model_to_string() if isinstance(scorer, BoostedScorer) else None
    content: dict[str, Any] = {
        "params": _plain(scorer.get_params()),
        "slope": scorer.slope_,
        "intercept": scorer.intercept_,
    }
    if isinstance(scorer, Scorecard):
        content |= {"scorer": "scorecard", "columns": [_points(c) for c in scorer.columns_]}
    else:
        content |= {
            "scorer": "boosted",
            "curve": _curve(scorer.curve_),
            "n_trees": scorer.n_trees_,
            "features": [_encoding(feature) for feature in scorer.encoded_features_],
            "trees_sha256": hashlib.sha256(str(trees).encode()).hexdigest(),
        }
    return _json(content), trees


def _json(content: dict[str, Any]) -> str:
    # Python writes each float with the digits that read back to the same bits.
    return json.dumps({"format": 1, "content": content}, indent=1, allow_nan=False) + "\n"


def _two_streams_content(model: TwoStreamModel) -> dict[str, Any]:
    hashes = {name: scorer_hash(part) for name, part in model.parts.items()}
    return {
        "scorer": "two-stream",
        "line": None if model.line is None else asdict(model.line),
        "stopped": None,
        # Written where it holds only, so that older models keep their hashes.
        **({"ordered": True} if model.ordered else {}),
    } | hashes


def _two_streams(record: TwoStreamRecord, folder: Path) -> TwoStreamModel:
    parts = {name: load_scorer(folder / name) for name in record.parts}
    for name, digest in record.parts.items():
        if scorer_hash(parts[name]) != digest:
            raise DataError(f"{folder / name} was altered: its hash is not the one recorded.")
    return TwoStreamModel(
        passing=parts["passing"],
        passed=parts["passed"],
        stopped=parts.get("stopped"),
        line=None if record.line is None else Line(**record.line.model_dump()),
        ordered=record.ordered,
    )


def _probit_content(model: BivariateProbitModel) -> dict[str, Any]:
    return {
        "scorer": "bivariate-probit",
        "design": DesignRecord.of(model.design).model_dump(mode="json"),
        "coefficients": model.coefficients.tolist(),
        "rho": model.rho,
        "rho_interval": list(model.rho_interval),
        "identified": model.identified,
    }


def _probit(record: ProbitRecord) -> BivariateProbitModel:
    return BivariateProbitModel(
        design=record.design.design(),
        coefficients=np.array(record.coefficients),
        rho=record.rho,
        rho_interval=record.rho_interval,
    )


def _plain(value: Any) -> Any:
    # NumPy's numbers and tuples become JSON's; anything else is left to json to refuse.
    if isinstance(value, np.generic):
        return value.item()
    if hasattr(value, "items"):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _points(column: ScorecardColumn) -> dict[str, Any]:
    return {
        "coding": CodingRecord.of(column.coding).model_dump(mode="json"),
        "goods": column.counts.goods.tolist(),
        "bads": column.counts.bads.tolist(),
        "woe": column.woe.tolist(),
        "log_odds": column.log_odds.tolist(),
    }


def _encoding(feature: EncodedFeature) -> dict[str, Any]:
    coding = CodingRecord.of(feature.coding).model_dump(mode="json")
    fill = None if np.isnan(feature.fill) else feature.fill
    return {"coding": coding, "woe": feature.woe.tolist(), "fill": fill}


def _curve(curve: Curve | None) -> dict[str, Any] | None:
    if curve is None:
        return None
    kind = "beta" if isinstance(curve, BetaCurve) else "knotted"
    return {"kind": kind} | {name: _plain(value) for name, value in asdict(curve).items()}


def _params(params: dict[str, Any]) -> dict[str, Any]:
    # JSON has no tuples.
    for key in ("special", "edges", "interactions"):
        mapping = params.get(key)
        if mapping is not None:
            params = params | {key: {name: tuple(values) for name, values in mapping.items()}}
    return params


def _restore(scorer: Any, record: "ScorecardRecord | BoostedRecord", names: list[str]) -> None:
    scorer.slope_, scorer.intercept_ = record.slope, record.intercept
    scorer.classes_ = np.array([0, 1])
    scorer.feature_names_in_ = np.array(names, dtype=object)
    scorer.n_features_in_ = len(names)


def _scorecard(record: ScorecardRecord, scorer: Scorecard) -> Scorecard:
    _restore(scorer, record, [column.coding.name for column in record.columns])
    scorer.columns_ = tuple(
        ScorecardColumn(
            coding=column.coding.coding(),
            counts=Counts(goods=np.array(column.goods), bads=np.array(column.bads)),
            woe=np.array(column.woe),
            log_odds=np.array(column.log_odds),
        )
        for column in record.columns
    )
    return scorer


def _boosted(record: BoostedRecord, scorer: BoostedScorer, folder: Path) -> BoostedScorer:
    trees = _read(folder / TREES_FILE)
    if hashlib.sha256(trees.encode()).hexdigest() != record.trees_sha256:
        raise DataError(f"{folder / TREES_FILE} was altered: its hash is not the one recorded.")
    _restore(scorer, record, [feature.coding.name for feature in record.features])
    scorer.booster_ = read_trees(trees)
    scorer.curve_ = None if record.curve is None else record.curve.curve()
    scorer.n_trees_ = record.n_trees
    scorer.encoded_features_ = tuple(
        EncodedFeature(
            coding=feature.coding.coding(),
            woe=np.array(feature.woe),
            fill=np.nan if feature.fill is None else feature.fill,
        )
        for feature in record.features
    )
    scorer.encoded_sources_ = encoded_sources(scorer.encoded_features_)
    return scorer
