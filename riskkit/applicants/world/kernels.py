"""A smooth classifier of another family than the graded scorers, for what is borrowed.

A world whose PD were a boosted tree or an additive scorecard would flatter whoever grades that
same family on it. Kernel logistic regression is neither: it bends smoothly in all columns at once
(no steps, no axis-parallel splits, not a sum over columns), and its linear part extends it to
where few rows were seen. Its landmarks are drawn from the copula, so no real row is stored.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from riskkit._checks import Floats
from riskkit._records import STRICT

#: Inverse strengths of the ridge penalty that are tried on rows held out.
_PENALTIES = (0.003, 0.03, 0.3)
_HELD_OUT = 0.25


class KernelLogit(BaseModel):
    """The log-odds of an event as a linear part plus bumps around landmarks."""

    model_config = STRICT

    kind: Literal["kernel_logit"] = "kernel_logit"
    n_rows: int  #: Rows that it was fitted on.
    event_rate: float  #: Share of them with the event [fraction].
    held_out_auc: float  #: AUC on a quarter held out, before the final fit on all.
    inverse_penalty: float  #: The ridge penalty that had the lowest log loss there, inverted.
    intercept: float  #: [log-odds]
    linear: tuple[float, ...]  #: Weight of each input [log-odds].
    bumps: tuple[float, ...]  #: Weight of the kernel around each landmark [log-odds].

    def probabilities(self, inputs: Floats, kernel: Floats) -> Floats:
        """Return the probability of the event, shape (n_rows,).

        Parameters
        ----------
        inputs : array of float, shape (n_rows, n_inputs)
            Standardised columns.
        kernel : array of float, shape (n_rows, n_landmarks)
            Their kernel with the landmarks.

        Returns
        -------
        array of float, shape (n_rows,)
            Probabilities [fraction].
        """
        return expit(
            self.intercept + inputs @ np.array(self.linear) + kernel @ np.array(self.bumps)
        )

    def shifted(self, inputs: Floats, kernel: Floats, *, weights: Floats) -> "KernelLogit":
        """Return the model with an intercept that gives drawn rows the event rate of the real.

        A copula keeps pairs of columns, not all that lies between three and more, which moves
        the mean of a curved function.
        """

        def excess(shift: float) -> float:
            moved = self.model_copy(update={"intercept": self.intercept + shift})
            rates = moved.probabilities(inputs, kernel)
            return float(np.average(rates, weights=weights)) - self.event_rate

        shift = brentq(excess, -20.0, 20.0, xtol=1e-8)
        return self.model_copy(update={"intercept": round(self.intercept + shift, 6)})


def kernel_with(inputs: Floats, landmarks: Floats) -> Floats:
    """Return exp(-squared distance / n_inputs) to each landmark, shape (n_rows, n_landmarks)."""
    squares = (inputs**2).sum(axis=1)[:, None] + (landmarks**2).sum(axis=1)
    distances = np.maximum(squares - 2 * inputs @ landmarks.T, 0.0)
    return np.exp(-distances / inputs.shape[1])


def fit_kernel_logit(
    inputs: Floats, landmarks: Floats, event: NDArray[np.generic], *, rng: np.random.Generator
) -> KernelLogit:
    """Return the classifier with the ridge penalty that does best on rows held out.

    Parameters
    ----------
    inputs : array of float, shape (n_rows, n_inputs)
        Standardised columns.
    landmarks : array of float, shape (n_landmarks, n_inputs)
        Where the bumps stand.
    event : array of {0, 1}, shape (n_rows,)
        Whether the event came.
    rng : Generator
        Which rows are held out.

    Returns
    -------
    KernelLogit
        Fitted to all rows.
    """
    design = np.hstack([inputs, kernel_with(inputs, landmarks)])
    flags = np.asarray(event).astype(np.int8)
    held_out = np.zeros(len(flags), dtype=bool)
    for value in (0, 1):  # both outcomes on both sides, also where bads are few
        rows = rng.permutation(np.flatnonzero(flags == value))
        held_out[rows[: max(1, int(_HELD_OUT * len(rows)))]] = True
    tried = {}
    for penalty in _PENALTIES:
        guesses = _fitted(design[~held_out], flags[~held_out], penalty).predict_proba(
            design[held_out]
        )[:, 1]
        auc = float(roc_auc_score(flags[held_out], guesses))
        tried[float(log_loss(flags[held_out], guesses)), penalty] = auc
    (_, best), auc = min(tried.items())
    final = _fitted(design, flags, best)
    weights = np.round(final.coef_[0], 6)
    return KernelLogit(
        n_rows=len(flags),
        event_rate=round(float(flags.mean()), 6),
        held_out_auc=round(auc, 4),
        inverse_penalty=best,
        intercept=round(float(final.intercept_[0]), 6),
        linear=tuple(weights[: inputs.shape[1]].tolist()),
        bumps=tuple(weights[inputs.shape[1] :].tolist()),
    )


def _fitted(design: Floats, flags: NDArray[np.int8], penalty: float) -> LogisticRegression:
    model = LogisticRegression(C=penalty, solver="newton-cholesky", max_iter=200)
    return model.fit(design, flags)
