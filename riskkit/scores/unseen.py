"""What a scorer meets that training had no example of: counted, never passed over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from riskkit._checks import Flags
from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.columns import Coding
from riskkit.scores.encoding import EncodedFeature
from riskkit.scores.scorecard import Scorecard
from riskkit.scores.training import checked_table
from riskkit.scores.woe_binning import WoeBinning

_N_EXAMPLES = 3
_LEVEL_RULES = {
    "rare": "they score like rare levels",
    "average": "they score like the average",
    "worst": "they score like the riskiest level",
    "refuse": "they are refused",
}
_AVERAGE = "they score like the average"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenValues:
    """Values of one feature that training had no example of."""

    feature: str  #: The feature.
    what: str  #: What is new: levels, numbers, missing values or a special code.
    n_rows: int  #: Applicants who have one.
    n_applicants: int  #: All applicants.
    examples: tuple[str, ...]  #: Up to three of them, in table order.
    rule: str  #: How they are scored.

    def __str__(self) -> str:
        """Return the warning as a sentence."""
        examples = f", for example {', '.join(self.examples)}" if self.examples else ""
        return (
            f"{self.feature!r} has {self.what} that training had no example of in {self.n_rows} of "
            f"{self.n_applicants} applications{examples}; {self.rule}."
        )


def unseen_values(
    scorer: Scorecard | BoostedScorer | WoeBinning, X: Any
) -> tuple[UnseenValues, ...]:
    """Count the values that training had no example of, and say how they are scored.

    Parameters
    ----------
    scorer : Scorecard, BoostedScorer or WoeBinning
        A fitted scorer or binning.
    X : DataFrame, shape (n_applicants, n_features)
        The features of training, columns in any order.

    Returns
    -------
    tuple of UnseenValues
        One for each feature and kind of value: levels never seen; missing values and special
        codes without an example; for `Scorecard` and `WoeBinning` also numbers in bins without
        training rows, such as those beyond the training range on its risky side. Empty if there
        are none.

    Raises
    ------
    NotFittedError
        If the scorer is not fitted.
    DataError
        If a column is absent, a number column holds text, or a number is infinite.

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
    return tuple(
        found
        for coding, has_rows, rules in _known(scorer)
        for found in _unseen(table[coding.name], coding, has_rows, rules)
    )


_Rules = dict[str, str]


def _known(
    scorer: Scorecard | BoostedScorer | WoeBinning,
) -> Iterator[tuple[Coding, Flags, _Rules]]:
    # Of each feature: its coding, which codes had training rows, how others are scored.
    if isinstance(scorer, BoostedScorer):
        for feature in scorer.encoded_features_:
            yield (
                feature.coding,
                _rows_of_encoded(feature),
                {
                    "levels": _LEVEL_RULES["rare"],
                    "missing values": "they are read as the median",
                },
            )
        return
    level_rule = {"levels": _LEVEL_RULES[scorer.unseen], "missing values": _AVERAGE}
    if isinstance(scorer, WoeBinning):
        for bins in scorer.bins_:
            yield bins.coding, bins.counts.rows[bins.bin_of_code] > 0, level_rule
        return
    for column in scorer.columns_:
        yield (
            column.coding,
            column.counts.rows > 0,
            level_rule | {"numbers": "they score by the trend of the feature, where it has one"},
        )


def _rows_of_encoded(feature: EncodedFeature) -> Flags:
    has_rows = np.ones(feature.coding.n_codes, dtype=bool)
    if feature.coding.kind == "category":
        has_rows[feature.coding.n_bins] = False
    elif not np.isnan(feature.fill):
        has_rows[feature.coding.missing] = False
    return has_rows


def _unseen(
    column: pd.Series, coding: Coding, has_rows: Flags, rules: _Rules
) -> Iterator[UnseenValues]:
    codes = coding.codes(column)
    is_new = ~has_rows[codes]
    if not is_new.any():
        return
    what = np.full(coding.n_codes, "levels" if coding.kind == "category" else "numbers", object)
    if coding.kind == "number":
        what[coding.n_bins : coding.missing] = "special codes"
    what[coding.missing] = "missing values"
    kinds = what[codes]
    for kind in pd.unique(kinds[is_new]):
        rows = np.flatnonzero(is_new & (kinds == kind))
        examples = column.iloc[rows].dropna().drop_duplicates()[:_N_EXAMPLES].tolist()
        yield UnseenValues(
            feature=coding.name,
            what=kind,
            n_rows=len(rows),
            n_applicants=len(column),
            examples=tuple(map(repr, examples)),
            rule=rules.get(kind, _AVERAGE),
        )
