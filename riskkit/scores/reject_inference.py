"""Reject inference: PD models for all applicants, though outcomes exist for the approved only.

One protocol: a method takes past applicants and an unfitted scorer, any scikit-learn classifier
with `predict_proba` and sample weights, and returns an `Inferred` model with what it rests on.

No method creates information. What is known of the rejected comes from three places only: outcomes
of those approved at random (`inverse_propensity`, `two_stream`), a column that moved the decision
but not the risk (`bivariate_probit`), or belief (all others). Where nothing but the columns decided
and the scorer is flexible, `known_only` is right already and belief can only disturb it
[1]_ [2]_. Judge a method on all applicants (`riskkit.scores.evaluated`), never on labelled rows.

References
----------
.. [1] Ehrhardt, Biernacki, Vandewalle, Heinrich and Beben (2019), Reject inference methods in
   credit scoring, arXiv 1903.10855.
.. [2] Kozodoi, Lessmann, Alamgir, Moreira-Matias and Papakonstantinou (2024), Fighting sampling
   bias, arXiv 2407.13009.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from riskkit._checks import Floats
from riskkit.errors import DataError
from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.past import Past, PastApplicants, checked_past, fitted_on
from riskkit.selection import (
    Assumption,
    Population,
    effective_sample_size,
    estimated_propensities,
    merged_bands,
    quantile_bands,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """A model for all applicants, and what it rests on."""

    model: Any  #: Fitted: `predict_proba(X)[:, 1]` is the PD.
    method: str  #: Which method made it.
    assumption: Assumption  #: What must be true for it to be right.
    population: Population  #: For whom it is right then.
    n_known: int  #: Applicants with an outcome that it learned from.
    n_inferred: int  #: Applicants without one that it learned from.
    note: str  #: What was done, in a sentence.


class RejectInference(Protocol):
    """A method of reject inference."""

    def __call__(self, applicants: PastApplicants, scorer: Any) -> Inferred:
        """Return a model for all applicants."""


def known_only(applicants: PastApplicants, scorer: Any) -> Inferred:
    """Train on the known outcomes: right where nothing but the columns decided who has one.

    Parameters
    ----------
    applicants : PastApplicants
        Who applied and what became of them.
    scorer : scikit-learn classifier
        Copied, not fitted.

    Returns
    -------
    Inferred
        The model everybody starts with.

    Raises
    ------
    DataError
        If the applicants break their contract, or a class is missing or too small for the scorer.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> X = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0] * 10})
    >>> bad, approved = [0, 0, 1, float("nan")] * 10, [1, 1, 1, 0] * 10
    >>> past = PastApplicants(X=X, bad=bad, approved=approved)
    >>> known_only(past, LogisticRegression()).n_known
    30
    """
    past = checked_past(applicants)
    return Inferred(
        model=fitted_known(past, scorer),
        method="known only",
        assumption=Assumption.COLUMNS,
        population=Population.EVERYBODY,
        n_known=int(past.known.sum()),
        n_inferred=0,
        note="Trained on the known outcomes.",
    )


def inverse_propensity(applicants: PastApplicants, scorer: Any) -> Inferred:
    """Train on the known outcomes, each weighed by 1 / recorded propensity.

    Consistent whatever decided, but the few explored weigh so much that little data is left:
    compare the effective sample size in the note. Weights serve evaluation and calibration better.

    Parameters
    ----------
    applicants : PastApplicants
        Who applied and what became of them; with propensities.
    scorer : scikit-learn classifier
        Copied, not fitted.

    Returns
    -------
    Inferred
        A model of those whom the past policy approves with a positive probability.

    Raises
    ------
    DataError
        If there are no propensities, the applicants break their contract, or a class is missing or
        too small for the scorer.

    References
    ----------
    .. [1] Zadrozny (2004), Learning and evaluating classifiers under sample selection bias, ICML.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> X = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0] * 10})
    >>> rows = dict(bad=[0, 0, 1, float("nan")] * 10, approved=[1, 1, 1, 0] * 10)
    >>> past = PastApplicants(X=X, **rows, propensity=[1.0, 1.0, 0.5, 0.5] * 10)
    >>> inverse_propensity(past, LogisticRegression()).note
    'Known outcomes weigh 1 / propensity; they are worth 27 equally weighted ones.'
    """
    past = checked_past(applicants)
    if past.propensity is None:
        raise DataError("propensity must be recorded for inverse propensity, but there is none.")
    known = np.flatnonzero(past.known)
    weight = past.weight[known] / past.propensity[known]
    return Inferred(
        model=fitted_on(past, scorer, known, past.bad[known], weight),
        method="inverse propensity",
        assumption=Assumption.RECORDED,
        population=past.reachable,
        n_known=int(past.known.sum()),
        n_inferred=0,
        note="Known outcomes weigh 1 / propensity; they are worth "
        f"{effective_sample_size(weight):.0f} equally weighted ones.{past.left_out}",
    )


def reweighted(
    applicants: PastApplicants,
    scorer: Any,
    *,
    approval_model: Any = None,
    n_bands: int = 10,
    seed: int = 0,
) -> Inferred:
    """Train on the known outcomes, weighed up to all applicants with a similar propensity.

    Parameters
    ----------
    applicants : PastApplicants
        Who applied and what became of them.
    scorer : scikit-learn classifier
        Copied, not fitted.
    approval_model : scikit-learn classifier, optional
        Estimates who has a known outcome, cross-fitted; by default a `BoostedScorer`.
    n_bands : int
        Bands of equal size by estimated propensity; one with fewer than 20 known outcomes joins
        the next band with a higher propensity.
    seed : int
        Draws the folds.

    Returns
    -------
    Inferred
        Known as augmentation [1]_; what the policy saw and no column shows stays in it.

    Raises
    ------
    DataError
        If the applicants break their contract, everybody has a known outcome or too few do.

    References
    ----------
    .. [1] Crook and Banasik (2004), Does reject inference really improve the performance of
       application scoring models?, J. Banking & Finance 28, 857-874.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(1)
    >>> X = pd.DataFrame({"x": rng.standard_normal(2000)})
    >>> approved = rng.random(2000) < 1 / (1 + np.exp(X["x"]))
    >>> bad = np.where(approved, rng.random(2000) < 0.2, np.nan)
    >>> past = PastApplicants(X=X, bad=bad, approved=approved)
    >>> reweighted(past, LogisticRegression(), approval_model=LogisticRegression()).note
    'Known outcomes stand for all applicants of their band; 0 applicants joined another band.'
    """
    past = checked_past(applicants)
    model = BoostedScorer(seed=seed) if approval_model is None else approval_model
    found = estimated_propensities(model, past.table, approved=past.known, seed=seed)
    bands = quantile_bands(found.propensity, n_bands)
    merged = merged_bands(bands, past.known, towards=1)
    everybody = np.bincount(merged, past.weight)
    known = np.flatnonzero(past.known)
    seen = np.bincount(merged[known], past.weight[known], everybody.size)
    weight = past.weight[known] * (everybody / np.maximum(seen, 1e-300))[merged[known]]
    return Inferred(
        model=fitted_on(past, scorer, known, past.bad[known], weight),
        method="reweighting",
        assumption=Assumption.ALIKE_IN_CELLS,
        population=Population.EVERYBODY,
        n_known=int(past.known.sum()),
        n_inferred=0,
        note="Known outcomes stand for all applicants of their band; "
        f"{int((bands != merged).sum())} applicants joined another band.",
    )


def fuzzy(applicants: PastApplicants, scorer: Any) -> Inferred:
    """Train on the known outcomes and on everybody else as partly good, partly bad.

    Each applicant without an outcome enters twice, weighed by the PD of a model of the known. With
    an unpenalised logistic regression this returns exactly that model: nothing was learned. With
    other scorers it smooths.

    Parameters
    ----------
    applicants : PastApplicants
        Who applied and what became of them.
    scorer : scikit-learn classifier
        Copied, not fitted.

    Returns
    -------
    Inferred
        A model that believes the first one.

    Raises
    ------
    DataError
        If the applicants break their contract, or a class is missing or too small for the scorer.

    References
    ----------
    .. [1] Ehrhardt, Biernacki, Vandewalle, Heinrich and Beben (2019), arXiv 1903.10855.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> X = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0] * 10})
    >>> bad, approved = [0, 1, 1, float("nan")] * 10, [1, 1, 1, 0] * 10
    >>> past = PastApplicants(X=X, bad=bad, approved=approved)
    >>> fuzzy(past, LogisticRegression()).n_inferred
    10
    """
    past = checked_past(applicants)
    model = fitted_known(past, scorer)
    pds = (
        model.predict_proba(past.table[~past.known])[:, 1] if not past.known.all() else np.empty(0)
    )
    return Inferred(
        model=fitted_soft(past, scorer, pds),
        method="fuzzy augmentation",
        assumption=Assumption.MODEL,
        population=Population.EVERYBODY,
        n_known=int(past.known.sum()),
        n_inferred=pds.size,
        note="Applicants without an outcome are as bad as a model of the known says.",
    )


def parcelled(
    applicants: PastApplicants, scorer: Any, *, prudence: float = 1.2, n_bands: int = 10
) -> Inferred:
    """Train on the known outcomes and on everybody else, worse by a factor that is believed.

    Parameters
    ----------
    applicants : PastApplicants
        Who applied and what became of them.
    scorer : scikit-learn classifier
        Copied, not fitted.
    prudence : float
        In each band of PD, the bad rate of those without an outcome over that of the known: a
        belief that only explored applicants can check.
    n_bands : int
        Bands of equal size by the PD of a model of the known; one with fewer than 20 known outcomes
        joins the next safer one.

    Returns
    -------
    Inferred
        A model that believes the factor.

    Raises
    ------
    DataError
        If prudence is not positive, the applicants break their contract, or a class is missing or
        too small for the scorer.

    References
    ----------
    .. [1] Ehrhardt, Biernacki, Vandewalle, Heinrich and Beben (2019), arXiv 1903.10855.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> X = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0] * 10})
    >>> bad, approved = [0, 1, 1, float("nan")] * 10, [1, 1, 1, 0] * 10
    >>> past = PastApplicants(X=X, bad=bad, approved=approved)
    >>> parcelled(past, LogisticRegression(), prudence=1.5).n_inferred
    10
    """
    if not 0 < prudence < np.inf:
        raise DataError(f"prudence must be positive and finite, but is {prudence}.")
    past = checked_past(applicants)
    pds = fitted_known(past, scorer).predict_proba(past.table)[:, 1]
    bands = merged_bands(quantile_bands(pds, n_bands), past.known, towards=-1)
    known = past.known
    n_known = np.bincount(bands[known], past.weight[known], bands.max() + 1)
    n_bad = np.bincount(bands[known], (past.weight * past.bad)[known], bands.max() + 1)
    rates = np.minimum(prudence * n_bad / np.maximum(n_known, 1e-300), 1)  # empty: joined another
    return Inferred(
        model=fitted_soft(past, scorer, rates[bands[~known]]),
        method="parcelling",
        assumption=Assumption.MODEL,
        population=Population.EVERYBODY,
        n_known=int(known.sum()),
        n_inferred=int((~known).sum()),
        note="Applicants without an outcome are believed to be "
        f"{prudence:g} times as bad as the known in their band.",
    )


def fitted_known(past: Past, scorer: Any) -> Any:
    """Return a copy of a scorer, fitted on the known outcomes."""
    known = np.flatnonzero(past.known)
    return fitted_on(
        past, scorer, known, past.bad[known], past.weight[known] if past.weighted else None
    )


def fitted_soft(past: Past, scorer: Any, pds: Floats) -> Any:
    """Return a copy fitted on the known, and on the others as partly bad and partly good."""
    known, others = np.flatnonzero(past.known), np.flatnonzero(~past.known)
    weight, partly_bad, partly_good = past.weight[others], pds > 0, pds < 1
    parts = [
        (known, past.bad[known], past.weight[known]),
        (others[partly_bad], np.ones(partly_bad.sum()), (weight * pds)[partly_bad]),
        (others[partly_good], np.zeros(partly_good.sum()), (weight * (1 - pds))[partly_good]),
    ]
    return fitted_on(past, scorer, *map(np.concatenate, zip(*parts, strict=True)))
