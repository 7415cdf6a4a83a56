"""Columns that are excluded from the risk: whether they moved the past decision at all."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr
from scipy.stats import chi2

from riskkit._checks import Flags, Floats
from riskkit.errors import DataError
from riskkit.scores.designs import learn_design
from riskkit.scores.past import Past
from riskkit.selection import effective_weights, quantile_bands

_MOST_P = 1e-3  # as rare must be a likelihood ratio that chance gives
#: Likelihood ratio per column, in large samples its F: above 10, by the rule of thumb, columns are
#: not weak. For one column that is about `_MOST_P`; for 19, 1e-3 would be an F of 2.3.
_LEAST_STRENGTH = 10.0
_QUARTILE = 0.6745  # of a normal score
_TWO = 2  # values of a column that tells one level
_MOST_BANDS, _BAND_ROWS = 200, 20
_OWN = 0.05  # share of a column's variance within bands of another, to be more than a copy
_DEPENDENT = 1e-8  # share of a column's variance that the others leave to it
_MAX_STEPS = 500


def checked_exclusion(past: Past, excluded: Sequence[str]) -> list[str]:
    """Return the features of the risk, given those that are to move the decision only.

    Those must move it at given other features: that is tested by the likelihood ratio of a probit
    of the decision with and without them. A chance column that passes the test would leave the
    correlation of decision and outcome to the curvature of a formula, and so would many columns
    that together are significant but weak each. So it asks for p <= 0.001 and for a ratio above 10
    per column (a level counts as one), the counterpart of F > 10, the rule of thumb for weak
    instruments in linear models [1]_. Numbers among the other features may bend at
    their quartiles: a column that only repeats one of them in another form earns nothing.

    Parameters
    ----------
    past : Past
        Applicants, checked.
    excluded : sequence of str
        The features that moved the decision only.

    Returns
    -------
    list of str
        All others.

    Raises
    ------
    DataError
        If nothing is excluded, something excluded is no feature, is constant or all features are
        excluded, nobody or everybody was passed, or what is excluded did not move the decision, or
        hardly.

    References
    ----------
    .. [1] Staiger and Stock (1997), Instrumental variables regression with weak instruments,
       Econometrica 65, 557-586.
    """
    kept = _checked_names(past, excluded)
    told = learn_design(past.table[kept])(past.table)
    extra = learn_design(past.table[list(excluded)])(past.table)
    numbers = told[:, [np.unique(column).size > _TWO for column in told.T]]
    extra = extra[:, ~_repeated(extra, numbers)]
    known = _apart(np.column_stack([np.ones(len(told)), told, *_bent(numbers)]))
    fresh = _apart(extra - known @ (known.T @ extra) / len(extra))
    named = ", ".join(map(repr, excluded))
    if not fresh.shape[1]:
        raise DataError(
            f"excluded must move the past decision at given other features, but {named} only "
            "repeats what they say: the bivariate probit is not identified."
        )
    without = _Gate(known, past)
    full = _Gate(np.column_stack([known, fresh]), past)
    start = without.fitted(np.zeros(known.shape[1]))
    found = full.fitted(np.append(start, np.zeros(fresh.shape[1])))
    ratio = 2 * (without.loss(start)[0] - full.loss(found)[0])
    p_value = float(chi2.sf(ratio, fresh.shape[1]))
    strength = ratio / fresh.shape[1]
    if p_value > _MOST_P or strength <= _LEAST_STRENGTH:
        raise DataError(
            f"excluded must move the past decision at given other features, but {named} is not "
            f"shown to, or too little (likelihood ratio test: p = {p_value:.2g}, needed "
            f"{_MOST_P:g}; {strength:.1f} per column, needed above {_LEAST_STRENGTH:g}; "
            f"{fresh.shape[1]} columns): the bivariate probit is not identified. Name a feature "
            "that decided and has nothing to do with the risk, or use another method."
        )
    return kept


def _checked_names(past: Past, excluded: Sequence[str]) -> list[str]:
    if not excluded:
        raise DataError(
            "excluded must name at least one feature that moved the past decision and not the "
            "risk, but names none: without it the bivariate probit is not identified."
        )
    absent = [name for name in excluded if name not in past.table]
    if absent:
        raise DataError(f"excluded names {absent[0]!r}, which is not a column of X.")
    constant = [name for name in excluded if past.table[name].nunique(dropna=False) == 1]
    if constant:
        raise DataError(
            f"excluded names {constant[0]!r}, which is the same for everybody and so moved no "
            "decision: the bivariate probit is not identified."
        )
    kept = [name for name in past.table if name not in set(excluded)]
    if not kept:
        raise DataError("excluded must leave some features for the PD, but names all of them.")
    n_passed = int(past.passed.sum())
    if not 0 < n_passed < past.passed.size:
        raise DataError(
            "approved must hold passed and stopped applicants, but the past policy passed "
            f"{n_passed} of {past.passed.size}."
        )
    return kept


def _bent(numbers: Floats) -> list[Floats]:
    return [np.maximum(sign * numbers - _QUARTILE, 0) for sign in (-1, 1)]


def _repeated(extra: Floats, numbers: Floats) -> Flags:
    # Columns that hardly differ where one of the numbers does not: it says the same, in bands or
    # as a square, say, and has no effect of its own but by the formula's curvature.
    n_bands = int(np.clip(len(extra) // _BAND_ROWS, 1, _MOST_BANDS))
    repeated = np.zeros(extra.shape[1], dtype=bool)
    for column in numbers.T:
        bands = quantile_bands(column, n_bands)
        rows = np.maximum(np.bincount(bands), 1)
        for i, values in enumerate(extra.T):
            means = np.bincount(bands, values) / rows
            repeated[i] |= np.mean((values - means[bands]) ** 2) < _OWN * values.var()
    return repeated


def _apart(columns: Floats) -> Floats:
    # Uncorrelated columns of size one that say the same; fewer where some say nothing new.
    sizes, axes = np.linalg.eigh(columns.T @ columns / len(columns))
    real = sizes > _DEPENDENT
    return np.asarray(columns @ (axes[:, real] / np.sqrt(sizes[real])))


class _Gate:
    # A probit of the past decision.
    def __init__(self, columns: Floats, past: Past) -> None:
        self.sign = np.where(past.passed, 1.0, -1.0)
        self.columns = columns * self.sign[:, None]
        self.weight = effective_weights(past.weight)

    def loss(self, beta: Floats) -> tuple[float, Floats]:
        at = self.columns @ beta
        logs = log_ndtr(at)
        mills = np.exp(-(at**2) / 2 - logs) / np.sqrt(2 * np.pi)
        return -float(self.weight @ logs), -(self.columns.T @ (self.weight * mills))

    def fitted(self, start: Floats) -> Floats:
        fit = minimize(
            self.loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _MAX_STEPS}
        )
        return np.asarray(fit.x)
