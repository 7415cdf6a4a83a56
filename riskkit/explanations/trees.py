"""Shapley values of trees: one way for few applicants, another for many, a third without others."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskkit._checks import Floats
from riskkit.explanations.leaves import by_leaves
from riskkit.scores import BoostedScorer

#: From so many applicants on, woodelf's cost per tree is earned back by its low cost per row.
MANY_ROWS = 100
#: More are explained one such batch after the other, so that memory does not grow with them.
_BATCH_ROWS = 65_536

Contributions = Callable[[pd.DataFrame], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePaths:
    """Contributions that need no background, and what they are added to."""

    base: float  #: Mean margin of the training rows, as the trees counted them [log-odds of bad].
    contributions_of: Contributions  #: Features to contributions.


def against_background(scorer: BoostedScorer, background: pd.DataFrame) -> Contributions:
    """Return what maps applicants to contributions compared with every row of a background.

    Fewer than `MANY_ROWS` applicants go one by one through `by_leaves` [1]_, more of them together
    through woodelf [2]_; both are exact and agree to far less than the tolerance of the sums.

    References
    ----------
    .. [1] Lundberg et al. (2020), Nature Machine Intelligence 2, 56-67.
    .. [2] Nadel and Wettenstein (2025), From Decision Trees to Boolean Logic, arXiv 2511.09376.
    """
    encoded = scorer.encode(background)
    few = by_leaves(scorer.booster_, encoded.to_numpy())
    to_feature = _sources(scorer)
    many: list[Contributions] = []  # made when first needed: its import alone takes a second

    def contributions(applicants: pd.DataFrame) -> Floats:
        columns = scorer.encode(applicants)
        if len(columns) < MANY_ROWS:
            return scorer.slope_ * few(columns.to_numpy()) @ to_feature
        if not many:
            many.append(_by_woodelf(scorer, encoded))
        batches = (
            columns.iloc[start : start + _BATCH_ROWS]
            for start in range(0, len(columns), _BATCH_ROWS)
        )
        return np.concatenate([scorer.slope_ * many[0](batch) @ to_feature for batch in batches])

    return contributions


def along_paths(scorer: BoostedScorer) -> TreePaths:
    """Return contributions where a feature left out is averaged over the training rows of a node.

    References
    ----------
    .. [1] Lundberg et al. (2020), Nature Machine Intelligence 2, 56-67: "path dependent".
    """
    to_feature = _sources(scorer)

    def raw(encoded: Floats) -> Floats:
        predicted = scorer.booster_.predict(encoded, pred_contrib=True, num_threads=1)
        return np.asarray(predicted, dtype=np.float64)

    expected = raw(np.zeros((1, len(to_feature))))[0, -1]  # alike for every applicant

    def contributions(applicants: pd.DataFrame) -> Floats:
        encoded = scorer.encode(applicants).to_numpy()
        return scorer.slope_ * raw(encoded)[:, :-1] @ to_feature

    return TreePaths(
        base=float(scorer.slope_ * expected + scorer.intercept_), contributions_of=contributions
    )


def _by_woodelf(scorer: BoostedScorer, background: pd.DataFrame) -> Contributions:
    # It keeps the whole background: there is nothing to set, and the check of the sums against
    # the mean margin of every row would tell.
    import woodelf  # noqa: PLC0415 - only whoever explains many applicants waits for it

    trees = woodelf.WoodelfExplainer(
        scorer.booster_, background, feature_perturbation="interventional"
    )
    return lambda columns: np.asarray(trees.shap_values(columns, verbose=False), dtype=np.float64)


def _sources(scorer: BoostedScorer) -> Floats:
    # 1 where an encoded column (row) comes from a feature (column).
    sources = np.asarray(scorer.encoded_sources_, dtype=object)
    return (sources[:, None] == scorer.feature_names_in_[None, :]).astype(np.float64)
