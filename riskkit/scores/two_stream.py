"""Two streams: those whom the past policy passes, and those it stops, with a model each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logit
from scipy.stats import chi2

from riskkit._checks import Floats
from riskkit.errors import DataError
from riskkit.scores.boosting import BoostedScorer
from riskkit.scores.calibration import Line, calibrated_line
from riskkit.scores.columns import Special
from riskkit.scores.features import Direction, reversed_directions
from riskkit.scores.past import Past, PastApplicants, checked_past, fitted_on
from riskkit.scores.reject_inference import Inferred
from riskkit.scores.scorecard import Scorecard
from riskkit.selection import Assumption, effective_weights

_TINY = 1e-12
#: What the model of passing has from that of the passed, beside its directions turned round.
_SHARED = ("special", "interactions", "seed", "n_jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStreamModel:
    """PD = P(passed | x) PD among the passed + P(stopped | x) PD among the stopped."""

    passing: Any  #: Fitted: probability that the past policy's rule passes, as class 1.
    passed: Any  #: Fitted: PD among those whom it passes.
    stopped: Any  #: Fitted: PD among those whom it stops; or None, where `line` gives it.
    line: Line | None  #: Log-odds of bad of the stopped, given those among the passed.
    ordered: bool = False  #: Whether the stopped are held to be no better than like passed ones.

    @property
    def directions(self) -> Mapping[str, Direction]:
        """Directions of the PD among the passed: of its own, `keeps_directions` says if it does."""
        return getattr(self.passed, "directions", None) or {}

    @property
    def special(self) -> Mapping[str, Special]:
        """Codes that mean "missing because ...", by feature."""
        return getattr(self.passed, "special", None) or {}

    @property
    def feature_names_in_(self) -> Any:
        """The features of training, in their order."""
        return self.passed.feature_names_in_

    @property
    def classes_(self) -> Any:
        """0 = good, 1 = bad."""
        return np.array([0, 1])

    def predict_proba(self, X: Any) -> Floats:
        """Return the probabilities of good and bad of all applicants.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training.

        Returns
        -------
        array of float, shape (n_applicants, 2)
            1 - PD and PD.

        Raises
        ------
        DataError
            If a column is absent or breaks its rule.
        """
        passing, passed = (model.predict_proba(X)[:, 1] for model in (self.passing, self.passed))
        stopped = None if self.line else self.stopped.predict_proba(X)[:, 1]
        pds = self._mixed(passing, passed, stopped)
        return np.column_stack([1 - pds, pds])

    def margin(self, X: Any) -> Floats:
        """Return the log-odds of bad of all applicants.

        Parameters
        ----------
        X : DataFrame, shape (n_applicants, n_features)
            The features of training.

        Returns
        -------
        array of float, shape (n_applicants,)
            What `predict_proba` says, on the scale on which it is explained [log-odds].

        Raises
        ------
        DataError
            If a column is absent or breaks its rule.
        """
        return _log_odds(self.predict_proba(X)[:, 1])

    def pd_of(self, applicant: Mapping[str, Any]) -> float:
        """Return the PD of one applicant, without the detour of a table.

        Parameters
        ----------
        applicant : mapping of str to any
            The features by name, missing as None or NaN; other keys are ignored.

        Returns
        -------
        float
            The PD [fraction].

        Raises
        ------
        DataError
            If a feature is absent, a number is text, or a number is infinite.
        """
        passing, passed = (np.array([m.pd_of(applicant)]) for m in (self.passing, self.passed))
        stopped = None if self.line else np.array([self.stopped.pd_of(applicant)])
        return float(self._mixed(passing, passed, stopped)[0])

    def get_params(self, *, deep: bool = True) -> dict[str, Any]:
        """Return the parameters of its models, as scikit-learn names those of parts.

        Parameters
        ----------
        deep : bool
            Ignored: the models have no parts of their own.

        Returns
        -------
        dict of str to anything
            Such as ``passed__n_leaves``.
        """
        del deep
        return {
            f"{name}__{key}": value
            for name, part in self.parts.items()
            for key, value in part.get_params().items()
        }

    @property
    def parts(self) -> dict[str, Any]:
        """Its models by name."""
        found = {"passing": self.passing, "passed": self.passed, "stopped": self.stopped}
        return {name: part for name, part in found.items() if part is not None}

    def _mixed(self, passing: Floats, passed: Floats, stopped: Floats | None) -> Floats:
        if self.line is not None:
            stopped = self.line.rates(_log_odds(passed))
        assert stopped is not None  # noqa: S101 - one of the two is there
        if self.ordered:
            stopped = np.maximum(stopped, passed)
        return passing * passed + (1 - passing) * stopped


def two_stream(
    applicants: PastApplicants,
    scorer: Any,
    *,
    stopped_scorer: Any = None,
    passing_scorer: Any = None,
    ordered: bool = False,
) -> Inferred:
    """Train one model on the passed, a small one on the explored, and mix them.

    The passed are many, and their model need not know anything of the stopped; what the past
    policy saw and no column shows is in the difference between the two, which is learned from
    random approvals. By default the small model has two parameters: the log-odds among the passed,
    moved and stretched to fit the explored. Some fifteen explored bads were enough for that, and
    too few for a model of the features, in experiments/reject_inference.py.

    Parameters
    ----------
    applicants : PastApplicants
        Who applied and what became of them; with propensities, some between 0 and 1.
    scorer : scikit-learn classifier
        For the passed; copied, not fitted.
    stopped_scorer : scikit-learn classifier, optional
        A model of the features for the stopped, in place of the two parameters.
    passing_scorer : scikit-learn classifier, optional
        For the probability of passing; by default a `BoostedScorer`, with the directions of a
        scorer that has some turned round, its interactions and its special codes.
    ordered : bool
        Hold the stopped to be no better than passed ones with equal features, unless the explored
        speak against it. With directions of the passed, and of the passing turned round, the PD
        then keeps its directions: where a feature gets worse, fewer are passed, both streams get
        worse, and the mixture moves to the worse one. Without it nothing makes it keep them.

    Returns
    -------
    Inferred
        With a `TwoStreamModel`, of those whom the past policy approves with a positive probability.

    Raises
    ------
    DataError
        If there are no propensities, nobody or everybody is passed, the explored lack a class, or
        the applicants break their contract.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(1)
    >>> X = pd.DataFrame({"x": rng.standard_normal(4000)})
    >>> propensity = np.where(X["x"] < 0.5, 1.0, 0.2)
    >>> approved = rng.random(4000) < propensity
    >>> bad = np.where(approved, rng.random(4000) < 0.1 + 0.2 * (X["x"] > 0.5), np.nan)
    >>> past = PastApplicants(X=X, bad=bad, approved=approved, propensity=propensity)
    >>> found = two_stream(past, LogisticRegression(), passing_scorer=LogisticRegression())
    >>> pds = found.model.predict_proba(pd.DataFrame({"x": [-1.0, 1.0]}))[:, 1]
    >>> bool(pds[0] < 0.12), bool(pds[1] > 0.2)
    (True, True)
    """
    past = checked_past(applicants)
    passed, explored = _checked_streams(past)
    assert past.propensity is not None  # noqa: S101 - the streams were told by it
    rows, reach = passed & past.known, past.propensity > 0
    weight = past.weight if past.weighted else np.ones(passed.size)
    inverse = weight / np.maximum(past.propensity, _TINY)
    model = _fitted(scorer, past, past.bad, rows, weight)
    stopped, line = None, None
    x = _log_odds(model.predict_proba(past.table[explored])[:, 1])
    if stopped_scorer is None:
        scaled = inverse[explored] / inverse[explored].mean()
        line = calibrated_line(x, bad=past.bad[explored], weight=scaled)
        found = line.log_odds(x)
    else:
        stopped = _fitted(stopped_scorer, past, past.bad, explored, inverse)
        found = _log_odds(stopped.predict_proba(past.table[explored])[:, 1])
    no_better = ordered and _may_be_ordered(x, found, past.bad[explored], inverse[explored])
    passing = _passing_scorer(scorer) if passing_scorer is None else passing_scorer
    return Inferred(
        model=TwoStreamModel(
            passing=_fitted(passing, past, passed, reach, weight),
            passed=model,
            stopped=stopped,
            line=line,
            ordered=no_better,
        ),
        method="two streams",
        assumption=Assumption.RECORDED,
        population=past.reachable,
        n_known=int(past.known.sum()),
        n_inferred=int((reach & ~past.known).sum()),
        note=f"{int(rows.sum())} passed and {int(explored.sum())} explored outcomes, "
        f"{int(past.bad[explored].sum())} of the latter bad, each teach a model of their own."
        + (_ORDERED[no_better] if ordered else "")
        + past.left_out,
    )


_ORDERED = {
    True: " The stopped are held to be no better than passed ones with equal features.",
    False: " The explored outcomes speak against stopped ones that are no better than passed ones "
    "with equal features.",
}


def _may_be_ordered(passed: Floats, stopped: Floats, bad: Floats, weight: Floats) -> bool:
    # Whether the explored fit the worse of the two log-odds not much less than the stopped's own.
    scaled = effective_weights(weight)

    def loss(x: Floats) -> float:
        return float(scaled @ (np.logaddexp(0, x) - bad * x))

    worse = np.maximum(passed, stopped)
    return bool(2 * (loss(worse) - loss(stopped)) <= chi2.ppf(0.95, 1))


def _passing_scorer(scorer: Any) -> BoostedScorer:
    if not isinstance(scorer, BoostedScorer | Scorecard):
        return BoostedScorer()
    params = scorer.get_params()
    shared = {name: params[name] for name in _SHARED if name in params}
    return BoostedScorer(directions=reversed_directions(scorer.directions), **shared)


def _checked_streams(past: Past) -> tuple[Any, Any]:
    if past.propensity is None:
        raise DataError("propensity must be recorded for two streams, but there is none.")
    passed, explored = past.passed, past.explored
    for name, rows in (("passed", passed & past.known), ("explored", explored)):
        n_bads = int(past.bad[rows].sum())
        if not 0 < n_bads < int(rows.sum()):
            raise DataError(
                f"bad must hold goods and bads among the {name} applicants, but of "
                f"{int(rows.sum())} outcomes {n_bads} are bad."
            )
    return passed, explored


def _log_odds(pds: Floats) -> Floats:
    return np.asarray(logit(np.clip(pds, _TINY, 1 - _TINY)))


def _fitted(scorer: Any, past: Past, target: Any, rows: Any, weight: Floats) -> Any:
    weights = weight[rows]
    # Scorers treat equal weights as none; leaving them out keeps those that take none usable.
    given = None if np.ptp(weights) == 0 else weights
    return fitted_on(past, scorer, np.flatnonzero(rows), target[rows], given)
