"""Scorers as files: JSON, and the trees as LightGBM text. Reading them executes nothing."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, Field, model_validator
from sklearn.utils.validation import check_is_fitted

from riskkit._records import STRICT, as_record
from riskkit.errors import DataError
from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.coding_records import CodingRecord, Row
from riskkit.scores.comparison import Scorer
from riskkit.scores.curves import BetaCurve, Curve, KnottedCurve
from riskkit.scores.encoding import EncodedFeature, encoded_sources, n_woe
from riskkit.scores.features import Counts
from riskkit.scores.points import ScorecardColumn
from riskkit.scores.scorecard import Scorecard
from riskkit.scores.trees import read_trees

SCORER_FILE = "scorer.json"
TREES_FILE = "trees.txt"


class _PointsRecord(BaseModel):
    model_config = STRICT

    coding: CodingRecord
    goods: Row
    bads: Row
    woe: Row
    log_odds: Row

    @model_validator(mode="after")
    def _check(self) -> "_PointsRecord":
        n_codes = self.coding.coding().n_codes
        if any(len(row) != n_codes for row in (self.goods, self.bads, self.woe, self.log_odds)):
            raise ValueError("goods, bads, woe and log_odds must have one value per code")
        return self


class _EncodingRecord(BaseModel):
    model_config = STRICT

    coding: CodingRecord
    woe: Row
    fill: float | None

    @model_validator(mode="after")
    def _check(self) -> "_EncodingRecord":
        if len(self.woe) != n_woe(self.coding.coding()):
            raise ValueError("woe must have one value per code")
        return self


class _ScorecardRecord(BaseModel):
    model_config = STRICT

    scorer: Literal["scorecard"]
    params: dict[str, Any]
    slope: float
    intercept: float
    columns: tuple[_PointsRecord, ...]


class _BetaRecord(BaseModel):
    model_config = STRICT

    kind: Literal["beta"]
    intercept: float
    low: float = Field(gt=0)
    high: float = Field(gt=0)

    def curve(self) -> BetaCurve:
        """Return the curve."""
        return BetaCurve(intercept=self.intercept, low=self.low, high=self.high)


class _KnottedRecord(BaseModel):
    model_config = STRICT

    kind: Literal["knotted"]
    margins: Row = Field(min_length=1)
    values: Row
    slope: float = Field(gt=0)

    @model_validator(mode="after")
    def _check(self) -> "_KnottedRecord":
        if len(self.margins) != len(self.values):
            raise ValueError("margins and values must have one value per knot")
        if any(np.diff(row).min(initial=np.inf) <= 0 for row in (self.margins, self.values)):
            raise ValueError("margins and values must ascend")
        return self

    def curve(self) -> KnottedCurve:
        """Return the curve."""
        return KnottedCurve(margins=self.margins, values=self.values, slope=self.slope)


class _BoostedRecord(BaseModel):
    model_config = STRICT

    scorer: Literal["boosted"]
    params: dict[str, Any]
    slope: float
    intercept: float
    curve: Annotated[_BetaRecord | _KnottedRecord, Field(discriminator="kind")] | None = None
    n_trees: int
    features: tuple[_EncodingRecord, ...]
    trees_sha256: str


class _ScorerRecord(BaseModel):
    model_config = STRICT

    format: Literal[1]
    content: Annotated[_ScorecardRecord | _BoostedRecord, Field(discriminator="scorer")]


def save_scorer(scorer: Scorer, folder: Path) -> None:
    """Write a fitted scorer into a folder; it is made if need be.

    Parameters
    ----------
    scorer : Scorecard or BoostedScorer
        A fitted scorer.
    folder : Path
        Where to; ``scorer.json`` and, for trees, ``trees.txt`` are replaced.

    Raises
    ------
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


def scorer_hash(scorer: Scorer) -> str:
    """Return the SHA-256 of what `save_scorer` writes: equal hashes give equal PDs.

    Parameters
    ----------
    scorer : Scorecard or BoostedScorer
        A fitted scorer.

    Returns
    -------
    str
        The hash [hexadecimal].

    Raises
    ------
    NotFittedError
        If the scorer is not fitted.
    """
    text, _ = _as_text(scorer)  # the trees' own hash stands in it
    return hashlib.sha256(text.encode()).hexdigest()


def load_scorer(folder: Path) -> Scorer:
    """Read a scorer; its PDs are equal to the last bit to those of the one that was saved.

    Parameters
    ----------
    folder : Path
        What `save_scorer` wrote.

    Returns
    -------
    Scorecard or BoostedScorer
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
    record = as_record(_ScorerRecord, content, source=str(path)).content
    try:
        if isinstance(record, _ScorecardRecord):
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
    # Python writes each float with the digits that read back to the same bits.
    text = json.dumps({"format": 1, "content": content}, indent=1, allow_nan=False)
    return text + "\n", trees


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


def _restore(scorer: Any, record: "_ScorecardRecord | _BoostedRecord", names: list[str]) -> None:
    scorer.slope_, scorer.intercept_ = record.slope, record.intercept
    scorer.classes_ = np.array([0, 1])
    scorer.feature_names_in_ = np.array(names, dtype=object)
    scorer.n_features_in_ = len(names)


def _scorecard(record: _ScorecardRecord, scorer: Scorecard) -> Scorecard:
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


def _boosted(record: _BoostedRecord, scorer: BoostedScorer, folder: Path) -> BoostedScorer:
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
