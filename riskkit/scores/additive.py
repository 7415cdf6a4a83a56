"""Logistic regression whose every feature is a look-up table, so that it can become points."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits

from riskkit._checks import Flags, Floats
from riskkit.scores.columns import Codes
from riskkit.scores.crossfit import Outcomes
from riskkit.scores.features import totals

#: Coefficients may have any sign, or not be negative.
Sign = NDArray[np.bool_]
_OPTIONS: Any = {"maxiter": 300, "maxfun": 400, "ftol": 1e-9, "gtol": 1e-5}
_NO_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One feature in the regression: its log-odds of bad are `basis[cell] @ coefficients`."""

    cell: Codes  #: The cell of each row, shape (n_rows,).
    basis: Floats  #: What each cell holds, shape (n_cells, n_columns).
    penalty: Floats  #: L2 penalty of each coefficient, shape (n_columns,).
    not_negative: Sign  #: Which coefficients may not be negative, shape (n_columns,).


@dataclass(frozen=True, slots=True, kw_only=True)
class Additive:
    """A fitted regression."""

    intercept: float  #: Log-odds of bad where every term is 0.
    coefficients: tuple[Floats, ...]  #: By term, shape (n_columns,) each.

    @property
    def vector(self) -> Floats:
        """Intercept and coefficients in one array."""
        return np.concatenate([[self.intercept], *self.coefficients])

    def margins(self, terms: tuple[Term, ...], rows: Flags) -> Floats:
        """Return the log-odds of bad of some rows."""
        margins = np.full(int(rows.sum()), self.intercept)
        for term, coefficients in zip(terms, self.coefficients, strict=True):
            margins += (term.basis @ coefficients)[term.cell[rows]]
        return margins


def fit_additive(
    terms: tuple[Term, ...], outcomes: Outcomes, rows: Flags, start: Additive | None = None
) -> Additive:
    """Fit the regression on some rows by penalised maximum likelihood.

    `start` saves time where a similar regression is known; the maximum is the same.
    """
    bad, weight = outcomes.bad[rows].astype(np.float64), outcomes.weight[rows]
    cells = [term.cell[rows] for term in terms]
    splits = np.cumsum([1, *(term.basis.shape[1] for term in terms)])
    parts = [slice(a, b) for a, b in itertools.pairwise(splits)]
    penalty = np.concatenate([[0.0], *(term.penalty for term in terms)])
    total = weight.sum()
    # Columns of one spread let the search converge in few steps.
    spread = np.concatenate(
        [
            [1.0],
            *(_spread(term, cell, weight) for term, cell in zip(terms, cells, strict=True)),
        ]
    )

    def loss(scaled: Floats) -> tuple[float, Floats]:
        beta = scaled / spread
        eta = np.full(len(bad), beta[0])
        for term, cell, part in zip(terms, cells, parts, strict=True):
            eta += (term.basis @ beta[part])[cell]
        residual = weight * (expit(eta) - bad)
        value = np.sum(weight * (np.logaddexp(0, eta) - bad * eta)) + np.sum(penalty * beta**2) / 2
        gradients = [
            totals(cell, residual, len(term.basis)) @ term.basis
            for term, cell in zip(terms, cells, strict=True)
        ]
        gradient = np.concatenate([[residual.sum()], *gradients]) + penalty * beta
        return value / total, gradient / spread / total

    first = _null(np.sum(weight * bad) / total, splits[-1]) if start is None else start.vector
    signs = np.concatenate([[False], *(term.not_negative for term in terms)])
    bounds = [(0.0 if sign else None, None) for sign in signs]
    # For products as small as these, BLAS threads only keep each other waiting.
    with threadpool_limits(limits=1, user_api="blas"):
        found = minimize(
            loss, x0=first * spread, jac=True, method="L-BFGS-B", bounds=bounds, options=_OPTIONS
        )
    beta = found.x / spread
    return Additive(intercept=float(beta[0]), coefficients=tuple(beta[part] for part in parts))


def _spread(term: Term, cell: Codes, weight: Floats) -> Floats:
    share = np.bincount(cell, weight, len(term.basis)) / weight.sum()
    variance = share @ term.basis**2 - (share @ term.basis) ** 2
    return np.where(variance > _NO_VARIANCE, np.sqrt(np.maximum(variance, 0)), 1.0)


def _null(bad_rate: float, n: int) -> Floats:
    beta = np.zeros(n)
    beta[0] = np.log(bad_rate / (1 - bad_rate))
    return beta
