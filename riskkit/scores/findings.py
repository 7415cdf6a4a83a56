"""What a validator should look at in a trained model: features that say nothing or the wrong thing.

Every kind of model is asked the same way, by its PDs: a feature left nothing in it where PDs stay
as they are whichever of its values, rare ones included, rows are given, and has the wrong sign
where PDs fall, on the whole, in the direction in which they should rise. A scorecard's points are
also held against their WoE.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import logit

from riskkit._checks import Floats, as_flags
from riskkit.scores.columns import Special, as_table
from riskkit.scores.comparison import Scorer
from riskkit.scores.features import SIGNS, Direction
from riskkit.scores.scorecard import Scorecard

#: What is found, the most serious first.
FindingKind = Literal["constant", "unused", "against", "sign", "levels", "reversed"]

_N_ROWS = 1000
_FEWEST_BADS = 10  # as scorecards and trees have it: a level that expects fewer is rare
_LOW, _HIGH = 0.1, 0.9  # quantiles between which a feature moves
_LEAST_MOVE = 1e-9  # log-odds, above rounding
_MERGED = 2  # rare levels that share something
_SENTENCES: dict[FindingKind, str] = {
    "constant": "{feature!r} has one value in all {n_rows:,} training rows, so it adds nothing.",
    "unused": "{feature!r} left nothing in the model: no PD of {n_rows:,} training rows changes, "
    "whichever of its values they are given.",
    "against": "{feature!r} has the wrong sign: from its low to its high values the log-odds of "
    "bad move by {move:+.2f} on average, though PDs should rise where it is {worse}.",
    "sign": "{feature!r} has the wrong sign: what it adds falls where its WoE rises.",
    "levels": "{feature!r} has {n_levels:,} levels in training, {n_rare:,} of them too rare to "
    "score by their own outcomes ({share:.1%} of the rows): they score together, or close to it.",
    "reversed": "{feature!r} has bins that add less than a bin of lower WoE, by up to {fall:.3g} "
    "log-odds ({share:.1%} of the rows).",
}
_ORDER = tuple(_SENTENCES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to look at in one feature of a model."""

    feature: str  #: The feature.
    kind: FindingKind  #: What was found.
    details: Mapping[str, Any] = field(default_factory=dict)  #: The numbers of its sentence.

    def __str__(self) -> str:
        """Return it as a sentence."""
        return _SENTENCES[self.kind].format(feature=self.feature, **self.details)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data.

        Returns
        -------
        dict of str to anything
            For JSON.
        """
        named = {"feature": self.feature, "kind": self.kind, "sentence": str(self)}
        return named | dict(self.details)


def model_findings(  # noqa: PLR0913 - a model, its training rows, and what is known of its features
    scorer: Scorer,
    X: Any,
    *,
    bad: ArrayLike,
    rng: np.random.Generator,
    directions: Mapping[str, Direction] | None = None,
    special: Mapping[str, Special] | None = None,
) -> tuple[Finding, ...]:
    """Return what there is to look at in the features of a trained model, of any kind.

    Parameters
    ----------
    scorer : scorer
        A fitted one.
    X : DataFrame, shape (n_applicants, n_features)
        The rows it was trained on; features that the model leaves to others are passed over.
    bad : array-like of {0, 1}, shape (n_outcomes,)
        The outcomes it was trained on.
    rng : Generator
        Draws 1,000 rows to try it on, and which of a feature's values each is given.
    directions : mapping of str to {"higher", "lower", "none"}, optional
        For features, the direction in which the PD is to rise.
    special : mapping of str to tuple, optional
        For numbers, codes that mean "missing because ...".

    Returns
    -------
    tuple of Finding
        Constant features, features that left nothing in the model, wrong signs, categories with
        rare levels (which expect fewer than ten bads or goods), and of a `Scorecard` what its
        `checks` find; the most serious first.

    Raises
    ------
    DataError
        If X lacks a feature, or bad holds anything but 0 and 1.

    Examples
    --------
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50, "office": 7.0})
    >>> bad = [1, 0, 0, 0] * 50
    >>> scorer = Scorecard().fit(X, bad)
    >>> for found in model_findings(scorer, X, bad=bad, rng=np.random.default_rng(0)):
    ...     print(found)
    'office' has one value in all 200 training rows, so it adds nothing.
    """
    (is_bad,) = as_flags(bad=bad)
    table = as_table(X)
    names = [str(name) for name in getattr(scorer, "feature_names_in_", table.columns)]
    sample = table.iloc[rng.permutation(len(table))[:_N_ROWS]].reset_index(drop=True)
    trial = _Trial(scorer=scorer, sample=sample, before=_log_odds(scorer, sample))
    rate = float(is_bad.mean())
    least_rows = _FEWEST_BADS / max(min(rate, 1 - rate), 1e-12)
    signs = {name: worse for name, worse in (directions or {}).items() if SIGNS[worse]}
    found: list[Finding] = []
    for name in names:
        found += _rare(table[name], least_rows)
        idle = _idle(trial, table[name], rng)
        if idle is not None:
            found.append(idle)
        elif name in signs:
            found += _against(trial, name, signs[name], (special or {}).get(name, ()))
    silent = {finding.feature for finding in found if finding.kind in {"constant", "unused"}}
    found += [f for f in _of_scorecard(scorer) if f.feature not in silent]
    return tuple(sorted(found, key=_seriousness))


def _seriousness(found: Finding) -> tuple[int, float]:
    of_kind = found.details.get("share", 0.0) * found.details.get("fall", 1.0)
    return _ORDER.index(found.kind), -float(of_kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    # Rows to try a model on, and its log-odds there.
    scorer: Scorer
    sample: pd.DataFrame
    before: Floats

    def with_values(self, name: str, values: Any) -> Floats:
        return _log_odds(self.scorer, self.sample.assign(**{name: values}))


def _log_odds(scorer: Scorer, table: pd.DataFrame) -> Floats:
    return np.asarray(logit(scorer.predict_proba(table)[:, 1]), dtype=np.float64)


def _idle(trial: _Trial, column: pd.Series, rng: np.random.Generator) -> Finding | None:
    name = str(column.name)
    if len(pd.unique(column)) == 1:
        return Finding(feature=name, kind="constant", details={"n_rows": len(column)})
    given = _all_kinds(column, len(trial.sample), rng)
    if np.array_equal(trial.with_values(name, given), trial.before):
        return Finding(feature=name, kind="unused", details={"n_rows": len(given)})
    return None


def _all_kinds(column: pd.Series, n: int, rng: np.random.Generator) -> pd.Series:
    # Values that occur, the rare, which a sample of rows may lack, as often as the common; where
    # there are more than rows, missing and numbers from the least to the largest all the same.
    is_number = pd.api.types.is_numeric_dtype(column)
    distinct = column.drop_duplicates().sort_values(key=None if is_number else pd.isna)
    places = np.arange(n) * len(distinct) // n
    places[-2:] = np.arange(len(distinct))[-min(n, 2) :]  # the largest, and missing after it
    return distinct.iloc[rng.permutation(places)].reset_index(drop=True)


def _rare(column: pd.Series, least_rows: float) -> Iterator[Finding]:
    if pd.api.types.is_numeric_dtype(column):
        return
    counts = column.value_counts().to_numpy()
    counts = counts[counts > 0]  # a categorical counts levels that it does not hold
    rare = counts < least_rows
    if rare.sum() >= _MERGED:
        details = {
            "n_levels": int(rare.size),
            "n_rare": int(rare.sum()),
            "share": float(counts[rare].sum() / len(column)),
        }
        yield Finding(feature=str(column.name), kind="levels", details=details)


def _against(trial: _Trial, name: str, worse: Direction, special: Special) -> Iterator[Finding]:
    own = trial.sample[name]
    ordinary = own[own.notna() & ~own.isin(list(special))]
    if ordinary.empty:
        return
    low, high = (
        float(ordinary.quantile(share, interpolation="nearest")) for share in (_LOW, _HIGH)
    )
    move = float((trial.with_values(name, high) - trial.with_values(name, low)).mean())
    if SIGNS[worse] * move < -_LEAST_MOVE:
        yield Finding(feature=name, kind="against", details={"move": move, "worse": worse})


def _of_scorecard(scorer: Scorer) -> Iterator[Finding]:
    if not isinstance(scorer, Scorecard):
        return
    for row in scorer.checks().itertuples():
        if row.slope < 0:
            yield Finding(feature=row.feature, kind="sign")
        elif row.reversed_share > 0:
            details = {"share": row.reversed_share, "fall": row.largest_reversal}
            yield Finding(feature=row.feature, kind="reversed", details=details)
