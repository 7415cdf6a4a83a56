"""Bias-aware self-learning: a weak model labels the rejects it is surest of, little by little."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression

from riskkit._checks import Flags, Floats
from riskkit.errors import DataError
from riskkit.scores.designs import learn_design
from riskkit.scores.discrimination import auc
from riskkit.scores.past import Past, PastApplicants, checked_past, fitted_on
from riskkit.scores.reject_inference import Inferred
from riskkit.selection import Assumption, Population

_TREES = 100
_FEWEST_REJECTED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfLearningPlan:
    """How rejects are labelled; the defaults are those the authors chose (their table E.9)."""

    #: Shares of the rejects, from the least like the approved, that bound those kept.
    kept: tuple[float, float] = (0.01, 1.0)
    sampled: float = 0.3  #: Share of the remaining rejects looked at in an iteration [fraction].
    labelled: float = 0.01  #: Share of these labelled good; [fraction].
    imbalance: float = 2.0  #: As many times more are labelled bad.
    n_iterations: int = 5  #: Most iterations.
    held_out: float = 0.1  #: Share of approved and rejects that decide when to stop [fraction].


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labels:
    rows: Any  # row numbers of labelled rejects
    bad: Floats


def self_learning(
    applicants: PastApplicants,
    scorer: Any,
    *,
    plan: SelfLearningPlan | None = None,
    seed: int = 0,
) -> Inferred:
    """Train on the known outcomes and on a few rejects that a weak model is surest of.

    Rejects least like the approved are set aside by an isolation forest. An L1 logistic regression
    then labels the safest and riskiest of a random share of the others, more of them bad than
    good; the scorer is fitted anew, and the labels stay as long as its expected AUC on held-out
    applicants improves, in which a reject counts as good and bad by the first scorer's PD (what
    the authors' Bayesian AUC tends to). The method refines belief, it does not check it.

    Parameters
    ----------
    applicants : PastApplicants
        Who applied and what became of them.
    scorer : scikit-learn classifier
        Copied, not fitted.
    plan : SelfLearningPlan, optional
        How rejects are labelled.
    seed : int
        Draws held-out applicants, rejects and outcomes.

    Returns
    -------
    Inferred
        A model that believes the labels [1]_.

    Raises
    ------
    DataError
        If there are fewer than 50 rejects, the plan contradicts itself, the applicants break their
        contract, or a class is too small.

    References
    ----------
    .. [1] Kozodoi, Lessmann, Alamgir, Moreira-Matias and Papakonstantinou (2024), Fighting
       sampling bias, arXiv 2407.13009.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> X = pd.DataFrame({"x": rng.standard_normal(3000), "z": rng.standard_normal(3000)})
    >>> approved = X["x"] < 0
    >>> bad = np.where(approved, rng.random(3000) < 1 / (1 + np.exp(1 - X["x"])), np.nan)
    >>> past = PastApplicants(X=X, bad=bad, approved=approved)
    >>> found = self_learning(past, LogisticRegression())
    >>> found.n_inferred <= 5 * 3 * 0.01 * 0.3 * 1500 + 15
    True
    """
    rules = plan or SelfLearningPlan()
    past = checked_past(applicants)
    _check(rules, past)
    rng = np.random.default_rng(seed)
    design = learn_design(past.table)
    numbers = design(past.table)
    held_out = rng.random(past.known.size) < rules.held_out
    train = past.known & ~held_out
    _check_train(past, train)
    pool = np.flatnonzero(~past.known & ~held_out)
    pool = pool[_like_the_approved(numbers[train], numbers[pool], rules, seed)]
    judge = _Judge.of(past, held_out, _fitted(past, scorer, train, None))
    labels = _Labels(rows=np.empty(0, dtype=np.intp), bad=np.empty(0))
    best, thresholds = judge.auc(judge.first), None
    for _ in range(rules.n_iterations):
        weak = _weak_model(past, numbers, train, labels)
        looked_at = rng.choice(pool, max(1, round(rules.sampled * pool.size)), replace=False)
        pds = weak.predict_proba(numbers[looked_at])[:, 1]
        if thresholds is None:
            shares = [rules.labelled, 1 - rules.labelled * rules.imbalance]
            thresholds = np.quantile(pds, shares)
        new = _surest(looked_at, pds, thresholds, rules, rng)
        if not new.rows.size:
            break
        more = _Labels(
            rows=np.concatenate([labels.rows, new.rows]), bad=np.concatenate([labels.bad, new.bad])
        )
        reached = judge.auc(_fitted(past, scorer, train, more))
        if reached <= best:
            break
        best, labels = reached, more
        pool = np.setdiff1d(pool, new.rows)
    return Inferred(
        model=_fitted(past, scorer, past.known, labels),
        method="bias-aware self-learning",
        assumption=Assumption.MODEL,
        population=Population.EVERYBODY,
        n_known=int(past.known.sum()),
        n_inferred=int(labels.rows.size),
        note=f"{labels.rows.size} applicants without an outcome were labelled by a weak model, "
        f"{int(labels.bad.sum())} of them bad.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    # Held-out applicants; those without an outcome stand twice, as good and as bad.
    table: pd.DataFrame
    bad: Floats
    weight: Floats
    first: Any

    @classmethod
    def of(cls, past: Past, held_out: Flags, first: Any) -> "_Judge":
        known, unknown = (np.flatnonzero(held_out & rows) for rows in (past.known, ~past.known))
        pds = first.predict_proba(past.table.iloc[unknown])[:, 1]
        ones, w = np.ones(unknown.size), past.weight
        return cls(
            table=past.table.iloc[np.concatenate([known, unknown, unknown])],
            bad=np.concatenate([past.bad[known], ones, 0 * ones]),
            weight=np.concatenate([w[known], w[unknown] * pds, w[unknown] * (1 - pds)]),
            first=first,
        )

    def auc(self, model: Any) -> float:
        pds, some = model.predict_proba(self.table)[:, 1], self.weight > 0
        return auc(bad=self.bad[some], pds=pds[some], weight=self.weight[some])


def _check(rules: SelfLearningPlan, past: Past) -> None:
    low, high = rules.kept
    shares = (rules.sampled, rules.labelled, rules.held_out)
    if not (0 <= low < high <= 1 and all(0 < share < 1 for share in shares)):
        raise DataError(f"plan must hold shares between 0 and 1, kept rising, but is {rules}.")
    if rules.imbalance <= 0 or rules.labelled * (1 + rules.imbalance) >= 1:
        raise DataError(
            "plan must label less than all rejects it looks at, but labelled is "
            f"{rules.labelled} and imbalance {rules.imbalance}."
        )
    n_rejected = int((~past.known).sum())
    if n_rejected < _FEWEST_REJECTED:
        raise DataError(
            f"applicants must hold at least {_FEWEST_REJECTED} without an outcome for "
            f"self-learning, but hold {n_rejected}."
        )


def _check_train(past: Past, train: Flags) -> None:
    n_bads = int(past.bad[train].sum())
    if not 0 < n_bads < int(train.sum()):
        raise DataError(
            f"bad must hold goods and bads after some were held out, but of {int(train.sum())} "
            f"outcomes {n_bads} are bad."
        )


def _like_the_approved(
    approved: Floats, rejected: Floats, rules: SelfLearningPlan, seed: int
) -> Flags:
    if rules.kept == (0.0, 1.0):
        return np.ones(len(rejected), dtype=bool)
    forest = IsolationForest(n_estimators=_TREES, random_state=seed, n_jobs=1).fit(approved)
    likeness = forest.score_samples(rejected)
    low, high = np.quantile(likeness, rules.kept)
    return np.asarray((likeness >= low) & (likeness <= high))


def _weak_model(past: Past, numbers: Floats, train: Flags, labels: _Labels) -> Any:
    rows = np.concatenate([np.flatnonzero(train), labels.rows])
    bad = np.concatenate([past.bad[train], labels.bad]).astype(np.intp)
    model = LogisticRegression(l1_ratio=1.0, solver="liblinear", C=1.0, max_iter=200)
    return model.fit(numbers[rows], bad, sample_weight=past.weight[rows])


def _surest(
    rows: Any, pds: Floats, thresholds: Floats, rules: SelfLearningPlan, rng: np.random.Generator
) -> _Labels:
    # After the first iteration more may lie beyond the thresholds than an iteration may label.
    chosen, outcomes = [], []
    for beyond, outcome, share in (
        (pds <= thresholds[0], 0.0, rules.labelled),
        (pds >= thresholds[1], 1.0, rules.labelled * rules.imbalance),
    ):
        most = max(1, round(share * rows.size))
        found = rows[beyond]
        if found.size > most:
            found = rng.choice(found, most, replace=False)
        chosen.append(found)
        outcomes.append(np.full(found.size, outcome))
    labels = _Labels(rows=np.concatenate(chosen), bad=np.concatenate(outcomes))
    _, first = np.unique(labels.rows, return_index=True)  # equal PDs may lie beyond both
    return replace(labels, rows=labels.rows[first], bad=labels.bad[first])


def _fitted(past: Past, scorer: Any, train: Flags, labels: _Labels | None) -> Any:
    extra = np.empty(0, dtype=np.intp) if labels is None else labels.rows
    bads = np.empty(0) if labels is None else labels.bad
    rows = np.concatenate([np.flatnonzero(train), extra])
    bad = np.concatenate([past.bad[train], bads])
    return fitted_on(past, scorer, rows, bad, past.weight[rows] if past.weighted else None)
