"""Past applicants as reject inference and evaluation see them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from riskkit._checks import Flags, Floats, as_finite, as_flags, check_shapes
from riskkit.applicants import History
from riskkit.errors import DataError
from riskkit.scores.columns import as_table
from riskkit.selection import Population, inverse_propensity_weights

#: The column that `with_past_decision` adds.
PAST_DECISION = "past decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastApplicants:
    """Applicants who reached the score gate in closed windows; columns of shape (n_applicants,)."""

    X: Any  #: Their features: a table, missing values and categories welcome.
    bad: ArrayLike  #: 1 bad, 0 good, NaN unknown.
    approved: ArrayLike  #: 1 where the past policy approved, by its rule or at random.
    propensity: ArrayLike | None = None  #: Its recorded probability of approval, or None.
    weight: ArrayLike | None = None  #: Sampling weights, or None.
    time: ArrayLike | None = None  #: When each applied: scorers that take it hold out in time.
    n_open: int = 0  #: Further applicants, left out since their windows are still open.

    @classmethod
    def of(cls, history: History) -> "PastApplicants":
        """Return those of a history who reached the score gate in closed windows.

        Parameters
        ----------
        history : History
            Past applications.

        Returns
        -------
        PastApplicants
            Whoever was stopped before the score gate is left out, and whoever applied so late that
            the window is still open, approved or not; `n_open` counts the latter.
        """
        seen = history.take(history.reached & history.matured)
        return cls(
            X=seen.applications.features,
            bad=seen.bad,
            approved=seen.approved,
            propensity=seen.propensity,
            weight=seen.weight,
            time=seen.applications.time,
            n_open=int((history.reached & ~history.matured).sum()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The same, checked; arrays of shape (n_applicants,)."""

    table: pd.DataFrame  #: Features, rows numbered from 0.
    bad: Floats  #: 1 bad, 0 good, NaN unknown.
    known: Flags  #: Whether the outcome is known.
    approved: Flags  #: Whether the past policy approved.
    propensity: Floats | None  #: Recorded probability of approval.
    weight: Floats  #: Positive weights.
    weighted: bool  #: Whether weights were given.
    time: NDArray[Any] | None  #: When each applied.

    @property
    def passed(self) -> Flags:
        """Whether the past policy's own rule approved, leaving random approvals aside."""
        return self.approved if self.propensity is None else self.propensity == 1

    @property
    def explored(self) -> Flags:
        """Whether the outcome is known by random approval only."""
        return self.known & ~self.passed

    @property
    def left_out(self) -> str:
        """How many nobody could have learned of, a sentence for the notes of methods, or none."""
        unreachable = 0 if self.propensity is None else int((self.propensity == 0).sum())
        if not unreachable:
            return ""
        return f" {unreachable} whom the past policy never approves are left out."

    @property
    def reachable(self) -> Population:
        """Whom outcomes weighed by recorded propensities, if there are any, stand for."""
        everybody = self.propensity is None or bool((self.propensity > 0).all())
        return Population.EVERYBODY if everybody else Population.EXPLORABLE


def checked_past(applicants: PastApplicants) -> Past:
    """Check past applicants.

    Raises
    ------
    DataError
        If a column breaks its rule, no outcome is known, the known ones are of one class, or
        somebody was approved and has no outcome.
    """
    table = as_table(applicants.X).reset_index(drop=True)
    bad = np.asarray(applicants.bad, dtype=np.float64)
    (approved,) = as_flags(approved=applicants.approved)
    check_shapes({"bad": bad, "approved": approved})
    if len(table) != bad.size:
        raise DataError(
            f"bad must have one value per row of X, but has {bad.size} for {len(table)} rows."
        )
    known = ~np.isnan(bad)
    as_flags(bad=np.where(known, bad, 0))
    _check_classes(bad, known, approved)
    weight = np.ones(bad.size) if applicants.weight is None else applicants.weight
    (weights,) = as_finite(weight=weight)
    check_shapes({"bad": bad, "weight": weights})
    if (weights <= 0).any():
        first = int(np.flatnonzero(weights <= 0)[0])
        raise DataError(
            f"weight must be positive, but {int((weights <= 0).sum())} of {weights.size} values "
            f"are not; the first is {weights[first]} in row {first}."
        )
    time = None if applicants.time is None else np.asarray(applicants.time)
    if time is not None:
        check_shapes({"bad": bad, "time": time})
    return Past(
        table=table,
        bad=bad,
        known=known,
        approved=approved,
        propensity=_checked_propensity(applicants.propensity, approved),
        weight=weights,
        weighted=applicants.weight is not None,
        time=time,
    )


def fitted_on(
    past: Past, scorer: Any, rows: NDArray[np.intp], target: ArrayLike, weight: Floats | None
) -> Any:
    """Return a copy of a scorer, fitted on some rows, with their times if it takes them.

    Parameters
    ----------
    past : Past
        Applicants.
    scorer : scikit-learn classifier
        Copied, not fitted.
    rows : array of int, shape (n_rows,)
        Which applicants; one may stand several times.
    target : array-like of {0, 1}, shape (n_rows,)
        What is learned of each.
    weight : array of float or None, shape (n_rows,)
        Their weights; without any, the scorer need not take some.

    Returns
    -------
    Any
        The fitted copy.
    """
    given: dict[str, Any] = {} if weight is None else {"sample_weight": weight}
    if past.time is not None and has_fit_parameter(scorer, "time"):
        given["time"] = past.time[rows]
    table = past.table.iloc[rows].reset_index(drop=True)
    return clone(scorer).fit(table, np.asarray(target).astype(np.intp), **given)


def with_past_decision(X: Any, *, passed: ArrayLike) -> pd.DataFrame:
    """Return features with the past policy's own decision as one more.

    It carries what the past policy saw and no column shows. That helps as long as that policy goes
    on deciding beside the new model, on every applicant and before it. The danger: once the past
    policy is switched off or changes, the column is gone or means something else, and every PD
    with it; and since all but the explored outcomes are of the passed, a model without explored
    rows learns nothing of the other value. Who was refused before will tend to be refused again:
    watch false rejections by this column.

    Parameters
    ----------
    X : DataFrame, shape (n_applicants, n_features)
        The features.
    passed : array-like of {0, 1}, shape (n_applicants,)
        1 where the past policy's own rule approves; not 1 for those it approved at random only.

    Returns
    -------
    DataFrame, shape (n_applicants, n_features + 1)
        A copy with the category "past decision".

    Raises
    ------
    DataError
        If X already has that column, or passed has another length or holds anything but 0 and 1.

    Examples
    --------
    >>> table = with_past_decision(pd.DataFrame({"income": [900.0, 400.0]}), passed=[1, 0])
    >>> table["past decision"].tolist()
    ['passed', 'stopped']
    """
    table = as_table(X)
    (is_passed,) = as_flags(passed=passed)
    if len(table) != is_passed.size:
        raise DataError(
            f"passed must have one value per row of X, but has {is_passed.size} for {len(table)} "
            "rows."
        )
    if PAST_DECISION in table:
        raise DataError(f"X must not have a column {PAST_DECISION!r} yet, but has one.")
    return table.assign(**{PAST_DECISION: np.where(is_passed, "passed", "stopped")})


def _check_classes(bad: Floats, known: Flags, approved: Flags) -> None:
    if not known.any():
        raise DataError(
            f"bad must be known for some applicants, but of {bad.size} none has an outcome and "
            f"{int(approved.sum())} were approved."
        )
    outcomes = bad[known]
    if outcomes.min() == outcomes.max():
        raise DataError(
            f"bad must hold goods and bads, but its {outcomes.size} known values are all "
            f"{outcomes[0]:.0f}."
        )
    unapproved = np.flatnonzero(known & ~approved)
    if unapproved.size:
        raise DataError(
            f"bad must be missing for whoever was not approved, but {unapproved.size} values are "
            f"not; the first is in row {unapproved[0]}."
        )
    # A propensity tells who had an outcome only if everybody approved has one.
    silent = np.flatnonzero(approved & ~known)
    if silent.size:
        raise DataError(
            f"bad must be known for whoever was approved, but {silent.size} of "
            f"{int(approved.sum())} have no outcome; the first is in row {silent[0]}. Where their "
            "windows are still open, leave out all who applied as late, approved or not."
        )


def _checked_propensity(propensity: ArrayLike | None, approved: Flags) -> Floats | None:
    if propensity is None:
        return None
    inverse_propensity_weights(approved=approved, propensity=propensity)  # checks both
    return np.asarray(propensity, dtype=np.float64)
