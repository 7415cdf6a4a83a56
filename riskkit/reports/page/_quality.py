"""Whether the data of the report are like those the model was fitted on, feature by feature."""

from typing import Any

import numpy as np
import pandas as pd

from riskkit.bundle import Bundle
from riskkit.explanations import LANGUAGES, Words
from riskkit.reports.page._plain import plain_number
from riskkit.reports.page._samples import Scored
from riskkit.reports.page._words import say
from riskkit.scores import (
    BivariateProbitModel,
    BoostedScorer,
    Scorecard,
    TwoStreamModel,
    psi,
    psi_by_chance,
    unseen_values,
)

_N_BINS = 10


def quality_of(bundle: Bundle, base: Scored, sample: Scored) -> list[dict[str, Any]]:
    """Return missing values and shifts of each feature against a base sample."""
    before = base.at_gate().history.applications.features
    after = sample.at_gate().history.applications.features
    unseen: dict[str, list[dict[str, Any]]] = {}
    if _knows_its_values(bundle.scorer):
        for found in unseen_values(bundle.scorer, after):
            words = {"what": found.what, "n": found.n_rows, "examples": list(found.examples)}
            unseen.setdefault(found.feature, []).append(words)
    return [
        _feature(bundle, name, before[name], after[name]) | {"unseen": unseen.get(name, [])}
        for name in bundle.schema.features
    ]


def quality_words(bundle: Bundle, rows: list[dict[str, Any]]) -> Words:
    """Return in a sentence what was looked for in the features and found."""
    shifted = [row for row in rows if row["shifted"] or row["unseen"]]
    key = "quality_shifted" if shifted else "quality_all_alike"
    checked = "" if _knows_its_values(bundle.scorer) else "_values_unchecked"
    return say(key + checked, n=len(shifted), all=len(rows))


def label_of(bundle: Bundle, name: str) -> dict[str, str]:
    """Return what a column is called, by language."""
    columns = bundle.schema.columns
    label = columns[name].label if name in columns else {}
    return {language: label.get(language, name) for language in LANGUAGES}


def _knows_its_values(scorer: Any) -> bool:
    # Two streams may be made of models that keep no list of values.
    if isinstance(scorer, TwoStreamModel):
        return all(map(_knows_its_values, scorer.parts.values()))
    return isinstance(scorer, Scorecard | BoostedScorer | BivariateProbitModel)


def _feature(bundle: Bundle, name: str, before: pd.Series, after: pd.Series) -> dict[str, Any]:
    expected, actual = _binned(before, after)
    by_chance = psi_by_chance(
        n_expected=len(before), n_actual=len(after), n_bins=int(((expected + actual) > 0).sum())
    )
    shift = psi(expected=expected, actual=actual)
    return {
        "name": name,
        "label": label_of(bundle, name),
        "missing_before": plain_number(float(before.isna().mean())),
        "missing": plain_number(float(after.isna().mean())),
        "psi": plain_number(shift),
        "psi_by_chance": plain_number(by_chance),
        "shifted": bool(shift > max(by_chance, 0.1)),  # by custom 0.1 is a shift worth a word
    }


def _binned(before: pd.Series, after: pd.Series) -> tuple[Any, Any]:
    # Tenths of the base, or its commonest levels; missing values are a bin of their own.
    if pd.api.types.is_numeric_dtype(before):
        edges = np.unique(before.quantile(np.arange(1, _N_BINS) / _N_BINS).dropna())
        codes = [
            np.where(x.isna(), len(edges) + 1, np.searchsorted(edges, x)) for x in (before, after)
        ]
        n_bins = len(edges) + 2
    else:
        levels = before.value_counts().index[: _N_BINS - 1]
        places = pd.Index(levels)
        codes = [
            np.where(x.isna(), len(levels) + 1, np.where(at < 0, len(levels), at))
            for x in (before, after)
            for at in [places.get_indexer(pd.Index(x))]
        ]
        n_bins = len(levels) + 2
    return tuple(np.bincount(code, minlength=n_bins) for code in codes)  # type: ignore[return-value]
