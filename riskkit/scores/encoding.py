"""Features as the numbers that trees see: categories and special codes by their WoE."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.scores.binning import BinningRules, learn_woe
from riskkit.scores.columns import Coding, Special, number_of, numbers_of, special_numbers
from riskkit.scores.crossfit import CrossFitted, Outcomes, cross_fitted
from riskkit.scores.features import (
    SIGNS,
    Direction,
    Feature,
    special_codes,
    special_feature,
)

#: Rare levels only lean towards their pool: trees need no bins to read off points.
_LEVEL_RULES = BinningRules(max_bins=2, min_bads=10.0, pools_rare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedFeature:
    """How one feature becomes the numbers that LightGBM sees."""

    coding: Coding  #: Its levels, or its special codes.
    woe: Floats  #: WoE by code of a category, or by group of special codes; else empty.
    fill: float  #: What a missing number is read as where training had none; NaN keeps it missing.

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its encoded columns."""
        name = self.coding.name
        if self.coding.kind == "category":
            return (f"{name} (WoE)",)
        return (name, f"{name} (WoE of its special code)") if self.coding.special else (name,)

    def encode(self, column: pd.Series) -> list[Floats]:
        """Return its encoded columns."""
        if self.coding.kind == "category":
            return [self.woe[self.coding.codes(column)]]
        numbers = numbers_of(column)
        if not self.coding.special:
            return [_ordinary(numbers, self)]
        groups = special_codes(self.coding.number_codes(numbers), self.coding)
        return [_ordinary(numbers, self), self.woe[groups]]

    def encode_value(self, value: Any) -> list[float]:
        """Return the numbers of one value: bit for bit what a column of it would give.

        Raises
        ------
        DataError
            If the feature is a number and the value is text or infinite.
        """
        if self.coding.kind == "category":
            return [float(self.woe[self.coding.level_code(value)])]
        number = number_of(value, self.coding.name)
        if self.coding.special:
            return [float(part[0]) for part in self.encode(pd.Series([number]))]
        return [self.fill if math.isnan(number) else number]


def plain_number(column: pd.Series, direction: Direction, special: Special) -> Feature:
    """Return a number of the training sample as trees take it: special codes told apart, no bins.

    Raises
    ------
    DataError
        If it holds text or an infinite value, or a special code is not a number.
    """
    name = str(column.name)
    codes = special_numbers(special, name)
    coding = Coding(name=name, kind="number", edges=np.empty(0), special=codes)
    return Feature(
        coding=coding,
        codes=coding.number_codes(numbers_of(column)),
        centres=np.empty(0),
        direction=direction,
    )


def n_woe(coding: Coding) -> int:
    """Return how many WoE the encoding of a feature has."""
    if coding.kind == "category":
        return coding.n_codes
    # Ordinary numbers, each special code, none that training did not know, missing.
    return len(coding.special) + 3 if coding.special else 0


def _ordinary(numbers: Floats, feature: EncodedFeature) -> Floats:
    filled = numbers
    if not np.isnan(feature.fill):
        filled = np.where(np.isnan(numbers), feature.fill, numbers)
    if feature.coding.special:
        return np.where(np.isin(numbers, feature.coding.special), np.nan, filled)
    return filled


def encoded_sources(features: tuple[EncodedFeature, ...]) -> list[str]:
    """Return, for each encoded column, the feature it comes from."""
    return [feature.coding.name for feature in features for _ in feature.names]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The training sample as LightGBM sees it."""

    features: tuple[EncodedFeature, ...]  #: How each feature is encoded.
    numbers: Floats  #: Every column, WoE learned from all rows, shape (n_rows, n_encoded).
    evidence: CrossFitted  #: Cross-fitted WoE of the columns of WoE.
    woe_columns: list[int]  #: Which columns hold WoE.
    signs: list[int]  #: For each column, 1 or -1 where the PD may only rise or fall, else 0.

    def matrix(self, left_out: int | None) -> Floats:
        """Return the columns, their WoE cross-fitted, and without one more fold if asked."""
        if not self.woe_columns:
            return self.numbers
        matrix = self.numbers.copy()
        matrix[:, self.woe_columns] = self.evidence.encoded(left_out)
        return matrix


def encoded_sample(
    features: tuple[Feature, ...], table: pd.DataFrame, outcomes: Outcomes
) -> Encoded:
    """Encode the training sample."""
    sources = [_woe_source(feature) for feature in features]
    evidence = cross_fitted(
        tuple(source for source in sources if source is not None),
        outcomes,
        partial(learn_woe, rules=_LEVEL_RULES),
    )
    maps = iter(evidence.whole)
    encoded = tuple(
        _encoded_feature(feature, np.empty(0) if source is None else next(maps), table)
        for feature, source in zip(features, sources, strict=True)
    )
    columns, signs, woe_columns = [], [], []
    for feature, encoding in zip(features, encoded, strict=True):
        parts = encoding.encode(table[encoding.coding.name])
        if encoding.coding.kind == "number":
            signs.append(SIGNS[feature.direction])
            columns.append(parts[0])
        if len(encoding.woe):
            woe_columns.append(len(columns))
            signs.append(-1)  # the safer the level, the lower the PD
            columns.append(parts[-1])
    return Encoded(
        features=encoded,
        numbers=np.column_stack(columns),
        evidence=evidence,
        woe_columns=woe_columns,
        signs=signs,
    )


def _woe_source(feature: Feature) -> Feature | None:
    if feature.coding.kind == "category":
        return feature
    return special_feature(feature) if feature.coding.special else None


def _encoded_feature(feature: Feature, woe: Floats, table: pd.DataFrame) -> EncodedFeature:
    if feature.coding.kind == "category":
        return EncodedFeature(coding=feature.coding, woe=woe, fill=np.nan)
    # LightGBM reads a missing value as 0 where training had none: the median is a better guess.
    has_missing = bool((feature.codes >= feature.coding.n_bins).any())
    fill = np.nan if has_missing else float(np.median(numbers_of(table[feature.coding.name])))
    return EncodedFeature(coding=feature.coding, woe=woe, fill=fill)
