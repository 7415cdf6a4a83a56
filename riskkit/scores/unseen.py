"""What a scorer meets that training had no example of: counted, never passed over."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from riskkit._checks import Flags
from riskkit.errors import DataError
from riskkit.scores.bivariate import BivariateProbitModel
from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.columns import Coding
from riskkit.scores.designs import MISSING, LevelPart, NumberPart
from riskkit.scores.encoding import EncodedFeature
from riskkit.scores.scorecard import Scorecard
from riskkit.scores.training import checked_table
from riskkit.scores.two_stream import TwoStreamModel
from riskkit.scores.woe_binning import WoeBinning

_N_EXAMPLES = 3
_LEVEL_RULES = {
    "rare": "they score like rare levels",
    "average": "they score like the average",
    "worst": "they score like the riskiest level",
    "refuse": "they are refused",
}
_AVERAGE = "they score like the average"
_AS_MEDIAN = "they are read as the median"
_RARE_OR_NEW = "rare or new levels"
_NO_LEVEL = "they score as if the feature said nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenValues:
    """Values of one feature that training had no example of."""

    feature: str  #: The feature.
    what: str  #: What is new: (rare or new) levels, numbers, missing values or special codes.
    n_rows: int  #: Applicants who have one.
    n_applicants: int  #: All applicants.
    examples: tuple[str, ...]  #: Up to three of them, in table order.
    rule: str  #: How they are scored.

    def __str__(self) -> str:
        """Return the warning as a sentence."""
        examples = f", for example {', '.join(self.examples)}" if self.examples else ""
        new = "" if self.what == _RARE_OR_NEW else " that training had no example of"
        return (
            f"{self.feature!r} has {self.what}{new} in {self.n_rows} of "
            f"{self.n_applicants} applications{examples}; {self.rule}."
        )

    def and_(self, later: "UnseenValues") -> "UnseenValues":
        """Return the same values of one feature counted in this table and one that follows it."""
        examples = dict.fromkeys([*self.examples, *later.examples])
        return replace(
            self,
            n_rows=self.n_rows + later.n_rows,
            n_applicants=self.n_applicants + later.n_applicants,
            examples=tuple(examples)[:_N_EXAMPLES],
        )


Known = Scorecard | BoostedScorer | WoeBinning | TwoStreamModel | BivariateProbitModel


def unseen_values(scorer: Known, X: Any) -> tuple[UnseenValues, ...]:
    """Count the values that training had no example of, and say how they are scored.

    Parameters
    ----------
    scorer : Scorecard, BoostedScorer, WoeBinning, TwoStreamModel or BivariateProbitModel
        A fitted scorer or binning. Of two streams, what any of its models had no example of.
    X : DataFrame, shape (n_applicants, n_features)
        The features of training, columns in any order.

    Returns
    -------
    tuple of UnseenValues
        One for each feature and kind of value: levels never seen; missing values and special
        codes without an example; for `Scorecard` and `WoeBinning` also numbers in bins without
        training rows, such as those beyond the training range on its risky side. A bivariate
        probit does not know rare levels by name: they count along with new ones. Empty if there
        are none.

    Raises
    ------
    NotFittedError
        If the scorer is not fitted.
    DataError
        If the scorer, or one of two streams, is of another kind, a column is absent, a number
        column holds text, or a number is infinite.

    Examples
    --------
    >>> X = pd.DataFrame({"job": ["clerk", "cook"] * 100})
    >>> scorecard = Scorecard().fit(X, [1, 0, 0, 0] * 50)
    >>> for warning in unseen_values(scorecard, pd.DataFrame({"job": ["clerk", "diver"]})):
    ...     print(warning)
    'job' has levels that training had no example of in 1 of 2 applications, for example 'diver'; \
they score like rare levels.
    """
    table = checked_table(X, scorer)
    found: dict[tuple[str, str], _New] = {}
    parts = scorer.parts.values() if isinstance(scorer, TwoStreamModel) else [scorer]
    for part in parts:
        for feature in _features(part):
            for what, new in _new(table[feature.coding.name], feature):
                key = (feature.coding.name, what)
                found[key] = new if key not in found else found[key].or_(new)
    return tuple(_counted(table[name], what, new) for (name, what), new in found.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feature:
    # What training knew of a feature: which codes had rows, and how the others are scored.
    coding: Coding
    has_rows: Flags
    rules: dict[str, str]
    levels: str = "levels"


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    rows: Flags
    rule: str

    def or_(self, other: "_New") -> "_New":
        return _New(rows=self.rows | other.rows, rule=self.rule)


def _features(scorer: Any) -> Iterator[_Feature]:
    if isinstance(scorer, BoostedScorer):
        rules = {"levels": _LEVEL_RULES["rare"], "missing values": _AS_MEDIAN}
        for feature in scorer.encoded_features_:
            yield _Feature(coding=feature.coding, has_rows=_rows_of_encoded(feature), rules=rules)
    elif isinstance(scorer, BivariateProbitModel):
        yield from map(_of_design, scorer.design.parts)
    elif isinstance(scorer, WoeBinning):
        rules = {"levels": _LEVEL_RULES[scorer.unseen]}
        for bins in scorer.bins_:
            has_rows = bins.counts.rows[bins.bin_of_code] > 0
            yield _Feature(coding=bins.coding, has_rows=has_rows, rules=rules)
    elif isinstance(scorer, Scorecard):
        rules = {
            "levels": _LEVEL_RULES[scorer.unseen],
            "numbers": "they score by the trend of the feature, where it has one",
        }
        for column in scorer.columns_:
            yield _Feature(coding=column.coding, has_rows=column.counts.rows > 0, rules=rules)
    else:
        raise DataError(
            "scorer must be of riskkit's own kinds, but is, or is made of, a "
            f"{type(scorer).__name__}: what its training knew cannot be told."
        )


def _of_design(part: NumberPart | LevelPart) -> _Feature:
    none = np.empty(0)
    if isinstance(part, NumberPart):
        return _Feature(
            coding=Coding(name=part.name, kind="number", edges=none),
            has_rows=np.array([True, part.has_missing]),
            rules={"missing values": _AS_MEDIAN},
        )
    common = tuple(level for level in part.levels if level != MISSING)
    levels = _RARE_OR_NEW if part.has_rare else "levels"
    rule = _LEVEL_RULES["rare"] if part.has_rare else _NO_LEVEL
    return _Feature(
        coding=Coding(name=part.name, kind="category", edges=none, levels=common),
        has_rows=np.array([True] * len(common) + [False, MISSING in part.levels]),
        rules={levels: rule, "missing values": rule},
        levels=levels,
    )


def _rows_of_encoded(feature: EncodedFeature) -> Flags:
    has_rows = np.ones(feature.coding.n_codes, dtype=bool)
    if feature.coding.kind == "category":
        has_rows[feature.coding.n_bins] = False
    elif not np.isnan(feature.fill):
        has_rows[feature.coding.missing] = False
    return has_rows


def _new(column: pd.Series, feature: _Feature) -> Iterator[tuple[str, _New]]:
    coding, lacking = feature.coding, np.flatnonzero(~feature.has_rows)
    if not lacking.size:
        return
    if lacking.tolist() == [coding.missing]:  # without coding the column: most are of this kind
        missing = column.isna().to_numpy()
        if not missing.any():
            return
    codes = coding.codes(column)
    is_new = ~feature.has_rows[codes]
    if not is_new.any():
        return
    what = np.full(
        coding.n_codes, feature.levels if coding.kind == "category" else "numbers", object
    )
    if coding.kind == "number":
        what[coding.n_bins : coding.missing] = "special codes"
    what[coding.missing] = "missing values"
    kinds = what[codes]
    for kind in pd.unique(kinds[is_new]):
        yield kind, _New(rows=is_new & (kinds == kind), rule=feature.rules.get(kind, _AVERAGE))


def _counted(column: pd.Series, what: str, new: _New) -> UnseenValues:
    rows = np.flatnonzero(new.rows)
    examples = column.iloc[rows].dropna().drop_duplicates()[:_N_EXAMPLES].tolist()
    return UnseenValues(
        feature=str(column.name),
        what=what,
        n_rows=len(rows),
        n_applicants=len(column),
        examples=tuple(map(repr, examples)),
        rule=new.rule,
    )
