"""How far reasons hang on chance: on the background drawn, and on the model's fit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskkit._checks import Flags, Floats
from riskkit.applicants import Schema
from riskkit.errors import DataError
from riskkit.explanations.attribution import Explainer, attribute, new_explainer
from riskkit.explanations.ranking import Ranking, rank_groups
from riskkit.scores import Scorer

#: Reasons are stable where repeats name at least so many of them again, on average [fraction].
STABLE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """How often repeats give the same reasons; every array has shape (n_applicants,)."""

    n_repeats: int  #: How many there were.
    same_first: Floats  #: Share of repeats with the same strongest reason [fraction].
    same_set: Floats  #: Share of repeats with the same reasons in any order [fraction].
    found_again: Floats  #: Share of the reasons that a repeat names again, on average [fraction].

    @property
    def stable(self) -> Flags:
        """Whether at least `STABLE` of the reasons are found again."""
        return self.found_again >= STABLE


def reason_stability(ranking: Ranking, repeats: Iterable[Ranking]) -> Stability:
    """Compare the reasons of applicants with those that repeats give them.

    Parameters
    ----------
    ranking : Ranking
        The reasons as given.
    repeats : iterable of Ranking
        The same applicants' reasons under another background or another fit.

    Returns
    -------
    Stability
        Agreement by applicant; who has no reasons agrees with a repeat that has none either.

    Raises
    ------
    DataError
        If there is no repeat, or one is of other reasons or applicants.
    """
    shares = [_agreement(ranking, repeat) for repeat in repeats]
    if not shares:
        raise DataError("repeats must hold at least one ranking, but is empty.")
    first, whole, again = np.mean(shares, axis=0)
    return Stability(n_repeats=len(shares), same_first=first, same_set=whole, found_again=again)


def bootstrap_stability(
    explainer: Explainer, applicants: pd.DataFrame, schema: Schema, *, n: int = 20, seed: int
) -> Stability:
    """Return how often reasons stay when the background is drawn again with replacement.

    Parameters
    ----------
    explainer : Explainer
        Scorer and background.
    applicants : DataFrame, shape (n_applicants, n_features)
        The features of training.
    schema : Schema
        Reasons of the features.
    n : int
        How many backgrounds are drawn.
    seed : int
        Draws them.

    Returns
    -------
    Stability
        Agreement by applicant.

    Raises
    ------
    DataError
        If `n` is not positive, or the schema or a column breaks its contract.

    References
    ----------
    .. [1] Efron (1979), Bootstrap methods: another look at the jackknife, Ann. Statist. 7, 1-26.

    Examples
    --------
    >>> from riskkit.applicants import Column
    >>> from riskkit.scores import Scorecard
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0] * 50})
    >>> schema = Schema(columns={"income": Column(role="feature", kind="number")})
    >>> explainer = new_explainer(Scorecard().fit(X, [1, 0, 0, 0] * 50), X[1:4])
    >>> bootstrap_stability(explainer, X[:1], schema, n=5, seed=0).stable
    array([ True])
    """
    rng = np.random.default_rng(seed)
    background = explainer.background
    draws = (
        background.iloc[np.sort(rng.integers(len(background), size=len(background)))]
        for _ in range(n)
    )
    return reason_stability(
        rank_groups(explainer.attribute(applicants), schema),
        (rank_groups(attribute(explainer.scorer, applicants, drawn), schema) for drawn in draws),
    )


def refit_stability(
    explainer: Explainer, refits: Sequence[Scorer], applicants: pd.DataFrame, schema: Schema
) -> Stability:
    """Return how often reasons stay when the model is fitted again, against one background.

    Parameters
    ----------
    explainer : Explainer
        Scorer and background.
    refits : sequence of scorers
        The scorer fitted again, with another seed or on rows drawn with replacement.
    applicants : DataFrame, shape (n_applicants, n_features)
        The features of training.
    schema : Schema
        Reasons of the features.

    Returns
    -------
    Stability
        Agreement by applicant.

    Raises
    ------
    DataError
        If there is no refit, or the schema or a column breaks its contract.
    """
    again = (new_explainer(refit, explainer.background).attribute(applicants) for refit in refits)
    return reason_stability(
        rank_groups(explainer.attribute(applicants), schema),
        (rank_groups(attribution, schema) for attribution in again),
    )


def _agreement(ranking: Ranking, repeat: Ranking) -> tuple[Floats, Floats, Floats]:
    if ranking.keys != repeat.keys or ranking.totals.shape != repeat.totals.shape:
        raise DataError("repeats must rank the reasons of the same applicants and schema.")
    given, other = ranking.named, repeat.named
    n_given, n_both = given.sum(axis=1), (given & other).sum(axis=1)
    none = (n_given == 0) & (other.sum(axis=1) == 0)
    return (
        np.asarray(ranking.places[:, 0] == repeat.places[:, 0], dtype=np.float64),
        np.asarray((given == other).all(axis=1), dtype=np.float64),
        np.where(none, 1.0, n_both / np.maximum(n_given, 1)),
    )
